#include "model/remap.h"

#include <stdbool.h>
#include <stdio.h>

#include "model/layout.h"
#include "model/path.h"

/* What a string is the id of, beside kinds and groups. */
enum { NOTHING = IDMAP_GROUP + 1, ITSELF };

/* Where in a document a value stands. */
enum where { AT_ROOT, IN_GROUPS, INSIDE, IN_FREE_FORM };

struct place {
    enum where where;
    unsigned of; /* what a string here is the id of */
};

static unsigned refers_to(struct str key)
{
    const struct kind_ref *ref = kind_ref_of(key);
    if (ref && !ref->links)
        return ref->target;
    return str_is(key, KIND_GROUP_FIELD) ? IDMAP_GROUP : NOTHING;
}

/* The place of what stands under key in a map; elements of a list are where the list is. */
static struct place beneath(struct place map, struct str key)
{
    bool is_id = str_is(key, "_id");
    if (map.where == IN_FREE_FORM || kind_key_is_free_form(key))
        return (struct place){.where = IN_FREE_FORM, .of = NOTHING};
    if (map.where == AT_ROOT && is_id)
        return (struct place){.where = INSIDE, .of = ITSELF};
    if (map.where == AT_ROOT && str_is(key, KIND_GROUPS_FIELD))
        return (struct place){.where = IN_GROUPS, .of = NOTHING};
    if (map.where == IN_GROUPS && is_id)
        return (struct place){.where = INSIDE, .of = IDMAP_GROUP};
    return (struct place){.where = INSIDE, .of = refers_to(key)};
}

static bool is_reference(struct place place, struct str text)
{
    return place.of < NOTHING && layout_id_is_safe(text);
}

/* ---- replacing ---- */

struct change {
    struct arena *a;
    const struct idmap *map;
    size_t n;
};

static void replace(struct change *c, struct node *node, struct place place)
{
    if (node->type == NODE_STRING && is_reference(place, node->text)) {
        struct str now = idmap_get(c->map, place.of, node->text);
        if (str_eq(now, node->text))
            return;
        node->text = arena_str(c->a, now);
        c->n++;
    } else if (node->type == NODE_LIST) {
        for (size_t i = 0; i < node->list.n; i++)
            replace(c, &node->list.items[i], place);
    } else if (node->type == NODE_MAP) {
        for (size_t i = 0; i < node->map.n; i++) {
            struct member *m = &node->map.items[i];
            replace(c, &m->value, beneath(place, m->key));
        }
    }
}

size_t remap(struct arena *a, struct node *doc, const struct idmap *map)
{
    struct change c = {.a = a, .map = map};
    if (map->n)
        replace(&c, doc, (struct place){.where = AT_ROOT, .of = NOTHING});
    return c.n;
}

/* ---- what is not replaced ---- */

struct search {
    struct arena *a;
    const struct idmap *map;
    struct buf path;
    size_t place;        /* a number for where the search is */
    const char *spelled; /* that place's path, once it is needed */
    struct arena scratch;
    struct map seen; /* ids found, by place */
    struct stray *first, *last;
};

/* Whether an id is found in this place for the first time. */
static bool is_new(struct search *s, struct str id)
{
    char text[ID_MAX + 24];
    int n = snprintf(text, sizeof text, "%zu %.*s", s->place, STR_ARG(id));
    struct str key = {.p = text, .n = (size_t)n};
    return !map_get(&s->seen, key) && !map_put(&s->seen, arena_str(&s->scratch, key), s);
}

static void look_up(struct search *s, struct str id)
{
    struct str now = id.n <= ID_MAX ? idmap_find(s->map, id) : STR("");
    if (!now.n || !is_new(s, id))
        return;
    if (!s->spelled)
        s->spelled = arena_str(s->a, buf_view(&s->path)).p;
    struct stray *stray = arena_alloc(s->a, sizeof *stray);
    *stray =
        (struct stray){.path = s->spelled, .old = arena_str(s->a, id), .now = arena_str(s->a, now)};
    if (s->last)
        s->last->next = stray;
    else
        s->first = stray;
    s->last = stray;
}

/* Looks up all that could be an id: the runs of what ids are made of. */
static void search_text(struct search *s, struct str text)
{
    for (size_t at = 0, end; at < text.n; at = end + 1) {
        end = at;
        while (end < text.n && layout_id_is_safe(str_sub(text, end, 1)))
            end++;
        if (end > at)
            look_up(s, str_sub(text, at, end - at));
    }
}

static void enter(struct search *s)
{
    s->place++;
    s->spelled = NULL;
}

static void search(struct search *s, const struct node *node, struct place place)
{
    size_t from = s->path.n;
    if (node->type == NODE_STRING && place.of != ITSELF && !is_reference(place, node->text))
        search_text(s, node->text);
    for (size_t i = 0; node->type == NODE_LIST && i < node->list.n; i++) {
        path_index(&s->path, i);
        enter(s);
        search(s, &node->list.items[i], place);
        buf_cut(&s->path, from);
    }
    for (size_t i = 0; node->type == NODE_MAP && i < node->map.n; i++) {
        const struct member *m = &node->map.items[i];
        path_key(&s->path, m->key);
        enter(s);
        search_text(s, m->key);
        search(s, &m->value, beneath(place, m->key));
        buf_cut(&s->path, from);
    }
}

struct stray *remap_strays(struct arena *a, const struct node *doc, struct str beside,
                           const struct idmap *map)
{
    if (!map->n)
        return NULL;
    struct search s = {.a = a, .map = map, .path = BUF_MAX(PATH_BYTES)};
    search(&s, doc, (struct place){.where = AT_ROOT, .of = NOTHING});
    buf_reset(&s.path);
    enter(&s);
    search_text(&s, beside);
    map_release(&s.seen);
    arena_release(&s.scratch);
    buf_release(&s.path);
    return s.first;
}
