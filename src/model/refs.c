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

/* Where in a document the search is. */
struct place {
    const struct kind_ref *under; /* the reference that the nearest key is, or NULL */
    bool uses;                    /* not beneath what runs next */
    bool late;
};

/* Whether a reference is found for the first time. */
static bool is_new(struct finder *f, const struct ref *ref)
{
    char text[ID_MAX + 16];
    int n = snprintf(text, sizeof text, "%d%c%c%.*s", (int)ref->kind, ref->used ? '!' : ' ',
                     ref->late ? '~' : ' ', STR_ARG(ref->id));
    struct str key = {.p = text, .n = (size_t)n};
    return !map_get(&f->seen, key) && !map_put(&f->seen, arena_str(f->arena, key), f);
}

static void add(struct finder *f, struct str id, const struct place *place)
{
    struct ref ref = {.kind = place->under->target,
                      .id = id,
                      .used = place->uses && place->under->uses,
                      .late = place->late};
    if (!layout_id_is_safe(id) || !is_new(f, &ref))
        return;
    if (f->found.n == f->room) {
        size_t room = f->room ? f->room * 2 : 8;
        struct ref *items = arena_array(f->arena, room, sizeof *items);
        for (size_t i = 0; i < f->found.n; i++)
            items[i] = f->found.items[i];
        f->found.items = items;
        f->room = room;
    }
    ref.id = arena_str(f->arena, id);
    f->found.items[f->found.n++] = ref;
}

static void find(struct finder *f, const struct node *node, struct place place)
{
    switch (node->type) {
    case NODE_STRING:
        if (place.under && !place.under->links)
            add(f, node->text, &place);
        break;
    case NODE_LIST:
        for (size_t i = 0; i < node->list.n; i++)
            find(f, &node->list.items[i], place);
        break;
    case NODE_MAP:
        for (size_t i = 0; i < node->map.n; i++) {
            const struct member *m = &node->map.items[i];
            const struct kind_ref *ref = kind_ref_of(m->key);
            if (!kind_key_is_free_form(m->key))
                find(f, &m->value,
                     (struct place){.under = ref,
                                    .uses = place.uses && !(ref && ref->links),
                                    .late = place.late || (ref && ref->late)});
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
    find(&f, doc, (struct place){.uses = true});
    map_release(&f.seen);
    return f.found;
}

/* ---- taking out ---- */

static bool is_gone(const struct kind_ref *under, const struct node *node, const struct refs *gone)
{
    if (!under || under->links || node->type != NODE_STRING)
        return false;
    for (size_t i = 0; i < gone->n; i++)
        if (gone->items[i].kind == under->target && str_eq(gone->items[i].id, node->text))
            return true;
    return false;
}

static size_t take_out(struct node *node, const struct kind_ref *under, const struct refs *gone);

static size_t take_out_of_list(struct node *list, const struct kind_ref *under,
                               const struct refs *gone)
{
    size_t left = 0, taken = 0;
    for (size_t i = 0; i < list->list.n; i++) {
        struct node item = list->list.items[i];
        size_t inside = is_gone(under, &item, gone) ? 1 : take_out(&item, under, gone);
        bool drops = inside && (item.type == NODE_STRING || (under && under->links));
        taken += inside;
        if (!drops)
            list->list.items[left++] = item;
    }
    list->list.n = left;
    return taken;
}

static size_t take_out(struct node *node, const struct kind_ref *under, const struct refs *gone)
{
    size_t taken = 0;
    if (node->type == NODE_LIST)
        return take_out_of_list(node, under, gone);
    for (size_t i = 0; node->type == NODE_MAP && i < node->map.n;) {
        struct member *m = &node->map.items[i];
        const struct kind_ref *ref = kind_ref_of(m->key);
        if (kind_key_is_free_form(m->key)) {
            i++;
        } else if (is_gone(ref, &m->value, gone)) {
            node_map_remove(node, m->key);
            taken++;
        } else {
            taken += take_out(&m->value, ref, gone);
            i++;
        }
    }
    return taken;
}

size_t refs_remove(struct node *doc, const struct refs *gone)
{
    return gone->n ? take_out(doc, NULL, gone) : 0;
}
