#include "model/hole.h"

#include "base/map.h"
#include "hole_internal.h"
#include "model/path.h"

/* A hole, and where it is. */
struct found {
    struct hole hole; /* first: a list of found is one of holes */
    struct node *node;
};

struct search {
    struct arena *a;
    struct buf path;
    struct hole *first, *last;
};

static void found(struct search *s, struct node *node)
{
    struct found *new = arena_alloc(s->a, sizeof *new);
    new->hole.sort = hole_is_mask(node->text) ? HOLE_MASK : HOLE_REDACTED;
    new->hole.path = arena_str(s->a, buf_view(&s->path)).p;
    new->node = node;
    if (s->last)
        s->last->next = &new->hole;
    else
        s->first = &new->hole;
    s->last = &new->hole;
}

static void search(struct search *s, struct node *node)
{
    size_t from = s->path.n;
    if (hole_is(node))
        found(s, node);
    for (size_t i = 0; node->type == NODE_LIST && i < node->list.n; i++) {
        path_index(&s->path, i);
        search(s, &node->list.items[i]);
        buf_cut(&s->path, from);
    }
    for (size_t i = 0; node->type == NODE_MAP && i < node->map.n; i++) {
        path_key(&s->path, node->map.items[i].key);
        search(s, &node->map.items[i].value);
        buf_cut(&s->path, from);
    }
}

/* The holes of doc, each in a struct found. */
static struct hole *search_document(struct arena *a, struct node *doc)
{
    struct search s = {.a = a, .path = BUF_MAX(PATH_BYTES)};
    search(&s, doc);
    buf_release(&s.path);
    return s.first;
}

struct hole *hole_find(struct arena *a, const struct node *doc)
{
    struct node same = *doc;
    return search_document(a, &same);
}

bool hole_is(const struct node *node)
{
    return node->type == NODE_STRING && hole_is_in(node->text);
}

bool hole_is_whole(const struct node *node)
{
    for (size_t i = 0; node->type == NODE_LIST && i < node->list.n; i++)
        if (!hole_is_whole(&node->list.items[i]))
            return false;
    for (size_t i = 0; node->type == NODE_MAP && i < node->map.n; i++)
        if (!hole_is_whole(&node->map.items[i].value))
            return false;
    return !hole_is(node);
}

/* ---- filling ---- */

static void mark_secret(struct node *node)
{
    node->secret = true;
    for (size_t i = 0; node->type == NODE_LIST && i < node->list.n; i++)
        mark_secret(&node->list.items[i]);
    for (size_t i = 0; node->type == NODE_MAP && i < node->map.n; i++)
        mark_secret(&node->map.items[i].value);
}

void hole_fill(struct arena *a, struct node *node, const struct node *value)
{
    *node = node_copy(a, value);
    mark_secret(node);
}

size_t hole_fill_given(struct arena *a, struct node *doc, const struct node *given)
{
    struct arena scratch = {0};
    struct hole *holes = search_document(&scratch, doc);
    struct map one = {0}; /* the hole at a path; any other at the same has lost its node */
    size_t filled = 0;
    for (struct hole *hole = holes; hole; hole = hole->next) {
        struct found *twin = map_get(&one, str_of(hole->path));
        if (twin)
            twin->node = ((struct found *)hole)->node = NULL;
        else
            map_put(&one, str_of(hole->path), hole);
    }
    for (struct hole *hole = holes; hole; hole = hole->next) {
        struct node *node = ((struct found *)hole)->node;
        const struct node *value = node_get(given, str_of(hole->path));
        bool fits = value && (value->type == NODE_STRING || value->type == NODE_MAP);
        if (!node || !fits || !hole_is_whole(value))
            continue;
        hole_fill(a, node, value);
        filled++;
    }
    map_release(&one);
    arena_release(&scratch);
    return filled;
}

/* ---- leaving out ---- */

static void take_out(struct node *node)
{
    size_t left = 0;
    if (hole_is(node))
        *node = node_string(STR(""));
    for (size_t i = 0; node->type == NODE_LIST && i < node->list.n; i++)
        take_out(&node->list.items[i]);
    for (size_t i = 0; node->type == NODE_MAP && i < node->map.n; i++) {
        struct member m = node->map.items[i];
        if (hole_is(&m.value))
            continue;
        take_out(&m.value);
        node->map.items[left++] = m;
    }
    if (node->type == NODE_MAP)
        node->map.n = left;
}

struct hole *hole_drop(struct arena *a, struct node *doc)
{
    struct hole *holes = hole_find(a, doc);
    if (holes)
        take_out(doc);
    return holes;
}
