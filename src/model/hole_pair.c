/* Two documents, of which either may have holes where the other has values. */
#include <string.h>

#include "base/map.h"
#include "hole_internal.h"

/* ---- the same but for holes ---- */

/* Whether a hole may stand for node, NULL for none. */
static bool stands_for(const struct node *hole, const struct node *node)
{
    if (!node || hole_is_mask(hole->text) || hole_is_mark(hole->text))
        return true;
    if (node->type != NODE_STRING)
        return false;
    return node->text.n == 0 || hole_is_mask(node->text) || hole_fits(hole->text, node->text);
}

/* Whether one of the two is a hole that may stand for the other; either may be NULL. */
static bool one_stands_for_other(const struct node *a, const struct node *b)
{
    return (a && hole_is(a) && stands_for(a, b)) || (b && hole_is(b) && stands_for(b, a));
}

/* As hole_same; either may be NULL. */
static bool same_place(const struct node *a, const struct node *b)
{
    return a && b ? hole_same(a, b) : one_stands_for_other(a, b);
}

static bool same_lists(const struct node *a, const struct node *b)
{
    size_t n = a->list.n > b->list.n ? a->list.n : b->list.n;
    for (size_t i = 0; i < n; i++)
        if (!same_place(i < a->list.n ? &a->list.items[i] : NULL,
                        i < b->list.n ? &b->list.items[i] : NULL))
            return false;
    return true;
}

static bool same_maps(const struct node *a, const struct node *b)
{
    size_t i = 0, j = 0;
    while (i < a->map.n || j < b->map.n) {
        const struct member *left = i < a->map.n ? &a->map.items[i] : NULL;
        const struct member *right = j < b->map.n ? &b->map.items[j] : NULL;
        int order = !left ? 1 : !right ? -1 : node_key_cmp(left->key, right->key);
        i += order <= 0;
        j += order >= 0;
        if (!same_place(order <= 0 ? &left->value : NULL, order >= 0 ? &right->value : NULL))
            return false;
    }
    return true;
}

bool hole_same(const struct node *a, const struct node *b)
{
    if (one_stands_for_other(a, b))
        return true;
    if (a->type == NODE_LIST && b->type == NODE_LIST)
        return same_lists(a, b);
    if (a->type == NODE_MAP && b->type == NODE_MAP)
        return same_maps(a, b);
    return node_eq(a, b);
}

/* ---- filling ---- */

/* An identity that elements of two lists may share. */
struct identity {
    const struct node *there; /* the last element of the live list that has it */
    size_t n_here, n_there;
};

struct filler {
    struct arena *a;
    struct arena scratch;
};

/* What tells an element from the others, with the key that it stands under; empty for nothing. */
static struct str identity_of(struct arena *a, const struct node *element)
{
    static const char *const keys[] = {"_id", "name", "key"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct str text = node_get_text(element, str_of(keys[i]));
        if (!text.n || hole_is_in(text))
            continue;
        char *identity = arena_alloc(a, text.n + 1);
        identity[0] = (char)('0' + i);
        memcpy(identity + 1, text.p, text.n);
        return (struct str){.p = identity, .n = text.n + 1};
    }
    return STR("");
}

static struct identity *identity_in(struct filler *f, struct map *all, const struct node *element)
{
    struct str text = identity_of(&f->scratch, element);
    if (!text.n)
        return NULL;
    struct identity *identity = map_get(all, text);
    if (!identity) {
        identity = arena_alloc(&f->scratch, sizeof *identity);
        map_put(all, text, identity);
    }
    return identity;
}

static bool is_empty(const struct node *node)
{
    return node->type == NODE_NULL || (node->type == NODE_STRING && node->text.n == 0) ||
           (node->type == NODE_LIST && node->list.n == 0) ||
           (node->type == NODE_MAP && node->map.n == 0);
}

static void fill(struct filler *f, struct node *node, const struct node *live);

static void fill_list(struct filler *f, struct node *list, const struct node *live)
{
    bool alike = list->list.n == live->list.n && hole_same(list, live);
    struct map all = {0};
    struct identity **of = arena_array(&f->scratch, list->list.n, sizeof(struct identity *));
    for (size_t i = 0; i < list->list.n; i++) {
        of[i] = identity_in(f, &all, &list->list.items[i]);
        if (of[i])
            of[i]->n_here++;
    }
    for (size_t i = 0; i < live->list.n; i++) {
        struct identity *identity = identity_in(f, &all, &live->list.items[i]);
        if (identity) {
            identity->n_there++;
            identity->there = &live->list.items[i];
        }
    }
    map_release(&all);
    for (size_t i = 0; i < list->list.n; i++) {
        struct node *element = &list->list.items[i];
        if (of[i] && of[i]->n_here == 1 && of[i]->n_there == 1)
            fill(f, element, of[i]->there);
        else if (alike)
            fill(f, element, &live->list.items[i]);
    }
}

static void fill(struct filler *f, struct node *node, const struct node *live)
{
    if (hole_is(node)) {
        if (!is_empty(live) && hole_is_whole(live) && stands_for(node, live))
            hole_fill(f->a, node, live);
    } else if (node->type == NODE_LIST && live->type == NODE_LIST) {
        fill_list(f, node, live);
    } else if (node->type == NODE_MAP && live->type == NODE_MAP) {
        for (size_t i = 0; i < node->map.n; i++) {
            const struct node *there = node_get(live, node->map.items[i].key);
            if (there)
                fill(f, &node->map.items[i].value, there);
        }
    }
}

void hole_fill_live(struct arena *a, struct node *doc, const struct node *live)
{
    struct filler f = {.a = a};
    fill(&f, doc, live);
    arena_release(&f.scratch);
}
