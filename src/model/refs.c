#include "model/refs.h"

#include "model/layout.h"

struct finder {
    struct arena *arena;
    struct refs found;
    size_t room;
};

static void add(struct finder *f, const struct kind_ref *ref, struct str id, bool used)
{
    if (!layout_id_is_safe(id))
        return;
    for (size_t i = 0; i < f->found.n; i++) {
        struct ref *known = &f->found.items[i];
        if (known->kind == ref->target && known->used == used && str_eq(known->id, id))
            return;
    }
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
    return f.found;
}
