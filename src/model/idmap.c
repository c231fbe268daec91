#include "model/idmap.h"

#include "format/utf8.h"
#include "model/layout.h"

enum { WORD_SHOWN = 60 }; /* bytes of a key quoted in a message */

static const char groups[] = "flowgroupings";

/* An id of a resource. All of one resource hang together as a tree, the smaller of two joined
 * beneath the larger, so that no way up is long. */
struct idmap_id {
    unsigned of;
    struct str text;
    struct idmap_id *up;   /* NULL: the root, which speaks for the resource */
    struct idmap_id *twin; /* another kind's of the same text, or NULL */
    struct str last;       /* the root's: the id the resource has now */
    size_t n;              /* the root's: ids in its tree */
};

void idmap_release(struct idmap *map)
{
    map_release(&map->map);
    arena_release(&map->arena);
    *map = (struct idmap){0};
}

static struct idmap_id *root_of(struct idmap_id *id)
{
    while (id->up)
        id = id->up;
    return id;
}

static struct idmap_id *known(const struct idmap *map, unsigned of, struct str text)
{
    struct idmap_id *id = map_get(&map->map, text);
    while (id && id->of != of)
        id = id->twin;
    return id;
}

static void remember(struct idmap *map, struct idmap_id *id)
{
    if (map->n == map->room) {
        size_t room = map->room ? 2 * map->room : 16;
        struct idmap_id **ids = arena_array(&map->arena, room, sizeof(struct idmap_id *));
        for (size_t i = 0; i < map->n; i++)
            ids[i] = map->ids[i];
        map->ids = ids;
        map->room = room;
    }
    map->ids[map->n++] = id;
}

/* The root of the resource that has or had this id, which is a new one if the map knows none. */
static struct idmap_id *resource_of(struct idmap *map, unsigned of, struct str text)
{
    struct idmap_id *id = known(map, of, text);
    if (!id) {
        id = arena_alloc(&map->arena, sizeof *id);
        text = arena_str(&map->arena, text);
        *id = (struct idmap_id){
            .of = of, .text = text, .twin = map_get(&map->map, text), .last = text, .n = 1};
        map_put(&map->map, text, id);
        remember(map, id);
    }
    return root_of(id);
}

void idmap_add(struct idmap *map, unsigned of, struct str old, struct str now)
{
    if (str_eq(old, now) && !known(map, of, now))
        return;
    struct idmap_id *before = resource_of(map, of, old), *after = resource_of(map, of, now);
    if (before == after) {
        after->last = known(map, of, now)->text;
        return;
    }
    struct str last = after->last;
    struct idmap_id *root = before->n > after->n ? before : after;
    struct idmap_id *joined = root == before ? after : before;
    joined->up = root;
    root->n += joined->n;
    root->last = last;
}

struct str idmap_get(const struct idmap *map, unsigned of, struct str id)
{
    struct idmap_id *found = known(map, of, id);
    return found ? root_of(found)->last : id;
}

struct str idmap_find(const struct idmap *map, struct str id)
{
    for (struct idmap_id *found = map_get(&map->map, id); found; found = found->twin) {
        struct str last = root_of(found)->last;
        if (!str_eq(last, id))
            return last;
    }
    return STR("");
}

size_t idmap_origins(const struct idmap *map, unsigned of, struct str now, struct arena *a,
                     struct str **ret_ids)
{
    struct idmap_id *id = known(map, of, now), *root = id ? root_of(id) : NULL;
    size_t n = 0;
    *ret_ids = arena_array(a, root ? root->n : 0, sizeof **ret_ids);
    for (size_t i = 0; root && str_eq(root->last, now) && i < map->n; i++)
        if (map->ids[i] != id && root_of(map->ids[i]) == root)
            (*ret_ids)[n++] = map->ids[i]->text;
    return n;
}

/* ---- the file ---- */

static const char *name_of(unsigned of)
{
    return of == IDMAP_GROUP ? groups : kind_of((enum kind_id)of)->plural;
}

static bool has_ids(unsigned of)
{
    return of == IDMAP_GROUP || kind_is_document(kind_of((enum kind_id)of));
}

/* What the ids under this word are of; false where it is none that idmap_document writes. */
static bool read_word(struct str word, unsigned *ret_of)
{
    for (unsigned of = 0; of <= IDMAP_GROUP; of++)
        if (has_ids(of) && str_is(word, name_of(of))) {
            *ret_of = of;
            return true;
        }
    return false;
}

/* Refuses what stands under key, by its line where that is known. */
static int refuse(const struct node *node, struct str key, const char *why, struct err *err)
{
    err_set(err, ERR_BAD, "\"%.*s\" %s", STR_ARG(utf8_cut(key, WORD_SHOWN)), why);
    return node->line ? err_wrap(err, "line %u", node->line) : -1;
}

static int check_pairs(const struct node *pairs, struct str word, struct err *err)
{
    if (pairs->type != NODE_MAP)
        return refuse(pairs, word, "is no map of ids", err);
    for (size_t i = 0; i < pairs->map.n; i++) {
        const struct member *pair = &pairs->map.items[i];
        if (!layout_id_is_safe(pair->key))
            return refuse(&pair->value, pair->key, "is no id", err);
        if (pair->value.type != NODE_STRING || !layout_id_is_safe(pair->value.text))
            return refuse(&pair->value, pair->key, "leads to what is no id", err);
    }
    return 0;
}

static int check(const struct node *doc, struct err *err)
{
    if (doc->type != NODE_MAP)
        return err_set(err, ERR_BAD, "line %u: no map of ids by kind", doc->line ? doc->line : 1);
    for (size_t i = 0; i < doc->map.n; i++) {
        const struct member *m = &doc->map.items[i];
        unsigned of;
        if (!read_word(m->key, &of))
            return refuse(&m->value, m->key, "is the plural of no kind", err);
        if (check_pairs(&m->value, m->key, err) < 0)
            return -1;
    }
    return 0;
}

int idmap_load(struct idmap *map, const struct node *doc, struct err *err)
{
    if (doc->type == NODE_NULL)
        return 0;
    if (check(doc, err) < 0)
        return -1;
    for (size_t i = 0; i < doc->map.n; i++) {
        const struct member *m = &doc->map.items[i];
        unsigned of;
        if (!read_word(m->key, &of))
            continue;
        for (size_t k = 0; k < m->value.map.n; k++)
            idmap_add(map, of, m->value.map.items[k].key, m->value.map.items[k].value.text);
    }
    return 0;
}

/* The pairs of one kind, sorted at once: a map may hold all of an account. */
static struct node pairs_of(const struct idmap *map, unsigned of, struct arena *a)
{
    size_t n = 0;
    for (size_t i = 0; i < map->n; i++)
        n += map->ids[i]->of == of;
    struct node pairs = node_map(a, n);
    for (size_t i = 0; i < map->n; i++) {
        struct idmap_id *id = map->ids[i];
        if (id->of != of)
            continue;
        struct str last = root_of(id)->last;
        if (!str_eq(id->text, last))
            pairs.map.items[pairs.map.n++] = (struct member){
                .key = arena_str(a, id->text), .value = node_string(arena_str(a, last))};
    }
    struct err never; /* an id of a kind is known once */
    (void)node_map_sort(pairs.map.items, pairs.map.n, &never);
    return pairs;
}

struct node idmap_document(const struct idmap *map, struct arena *a)
{
    struct node doc = node_map(a, IDMAP_GROUP + 1);
    for (unsigned of = 0; of <= IDMAP_GROUP; of++) {
        struct node pairs = pairs_of(map, of, a);
        if (pairs.map.n)
            node_map_set(a, &doc, str_of(name_of(of)), pairs);
    }
    return doc;
}
