#include "model/refs.h"

#include <stdio.h>

#include "base/map.h"
#include "model/layout.h"

struct finder {
    struct arena *arena;
    struct refs found;
    size_t room;
    struct map seen; /* what is found already: a hostile document may refer to thousands */
};

/* Whether a reference is found for the first time. */
static bool is_new(struct finder *f, enum kind_id kind, struct str id, bool used)
{
    char text[ID_MAX + 16];
    int n = snprintf(text, sizeof text, "%d%c%.*s", (int)kind, used ? '!' : ' ', STR_ARG(id));
    struct str key = {.p = text, .n = (size_t)n};
    return !map_get(&f->seen, key) && !map_put(&f->seen, arena_str(f->arena, key), f);
}

static void add(struct finder *f, const struct kind_ref *ref, struct str id, bool used)
{
    if (!layout_id_is_safe(id) || !is_new(f, ref->target, id, used))
        return;
    if (f->found.n == f->room) {
        size_t room = f->room ? f->room * 2 : 8;
        struct ref *items = arena_array(f->arena, room, sizeof *items);
        for (size_t i = 0; i < f->found.n; i++)
            items[i] = f->found.items[i];
        f->found.items = items;
        f->room = room;
    }
    f->found.items[f->found.n++] =
        (struct ref){.kind = ref->target, .id = arena_str(f->arena, id), .used = used};
}

static void find(struct finder *f, const struct node *node, const struct kind_ref *under, bool uses)
{
    switch (node->type) {
    case NODE_STRING:
        if (under && !under->links)
            add(f, under, node->text, uses && under->uses);
        break;
    case NODE_LIST:
        for (size_t i = 0; i < node->list.n; i++)
            find(f, &node->list.items[i], under, uses);
        break;
    case NODE_MAP:
        for (size_t i = 0; i < node->map.n; i++) {
            const struct member *m = &node->map.items[i];
            const struct kind_ref *ref = kind_ref_of(m->key);
            find(f, &m->value, ref, uses && !(ref && ref->links));
        }
        break;
    case NODE_NULL:
    case NODE_BOOL:
    case NODE_NUMBER:
        break;
    }
}

struct refs refs_of(struct arena *a, const struct node *doc)
{
    struct finder f = {.arena = a};
    find(&f, doc, NULL, true);
    map_release(&f.seen);
    return f.found;
}
