#include "model/normalize.h"

/* "lastPing*" fits every key that begins so. */
static bool fits(struct str pattern, struct str key)
{
    if (str_ends(pattern, STR("*")))
        return str_starts(key, str_sub(pattern, 0, pattern.n - 1));
    return str_eq(pattern, key);
}

/* Takes the members that `path` leads to out of map. */
static void remove_path(struct node *map, struct str path)
{
    if (map->type != NODE_MAP)
        return;
    struct str rest = path;
    struct str step = str_cut(&rest, '.');
    size_t kept = 0;
    for (size_t i = 0; i < map->map.n; i++) {
        struct member *m = &map->map.items[i];
        bool drop = false;
        if (fits(step, m->key)) {
            bool held = m->value.type == NODE_MAP && m->value.map.n > 0;
            if (rest.n)
                remove_path(&m->value, rest);
            drop = rest.n == 0 || (held && m->value.map.n == 0);
        }
        if (!drop)
            map->map.items[kept++] = *m;
    }
    map->map.n = kept;
}

static void remove_helpers(struct node *node)
{
    if (node->type == NODE_LIST)
        for (size_t i = 0; i < node->list.n; i++)
            remove_helpers(&node->list.items[i]);
    if (node->type != NODE_MAP)
        return;
    size_t kept = 0;
    for (size_t i = 0; i < node->map.n; i++) {
        struct member *m = &node->map.items[i];
        bool held = m->value.type == NODE_MAP && m->value.map.n > 0;
        if (kind_key_is_noise(m->key))
            continue;
        remove_helpers(&m->value);
        if (!held || m->value.map.n > 0)
            node->map.items[kept++] = *m;
    }
    node->map.n = kept;
}

void normalize(const struct kind *kind, struct node *doc)
{
    remove_helpers(doc);
    for (const char *const *path = kind->noise; *path; path++)
        remove_path(doc, str_of(*path));
}

static bool is_stamp(const struct kind *kind, struct str key)
{
    for (const char *const *stamp = kind->stamps; *stamp; stamp++)
        if (str_is(key, *stamp))
            return true;
    return false;
}

/* The next member from *i on that is no stamp, or NULL. */
static const struct member *next_lasting(const struct kind *kind, const struct node *map, size_t *i)
{
    while (*i < map->map.n) {
        const struct member *m = &map->map.items[(*i)++];
        if (!is_stamp(kind, m->key))
            return m;
    }
    return NULL;
}

bool normalize_same_but_stamps(const struct kind *kind, const struct node *a, const struct node *b)
{
    if (a->type != NODE_MAP || b->type != NODE_MAP)
        return node_eq(a, b);
    size_t i = 0, j = 0;
    for (;;) {
        const struct member *left = next_lasting(kind, a, &i);
        const struct member *right = next_lasting(kind, b, &j);
        if (!left || !right)
            return !left && !right;
        if (!str_eq(left->key, right->key) || !node_eq(&left->value, &right->value))
            return false;
    }
}

void normalize_to_written(const struct kind *kind, struct node *doc)
{
    for (const char *const *path = kind->stamps; *path; path++)
        remove_path(doc, str_of(*path));
    for (const char *const *path = kind->fixed; *path; path++)
        remove_path(doc, str_of(*path));
}
