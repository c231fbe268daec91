#include "route/difference.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "model/digest.h"
#include "model/layout.h"
#include "route/snapshot.h"

/* ---- rows ---- */

char difference_verb(const struct difference_row *row)
{
    return !row->old_path.n ? '+' : !row->path.n ? '-' : '~';
}

bool difference_moved(const struct difference_row *row)
{
    struct layout_place place, old;
    if (!row->is_ours || !row->path.n || !row->old_path.n || !layout_parse(row->path, &place) ||
        !layout_parse(row->old_path, &old))
        return false;
    return kind_is_document(kind_of(row->kind)) && row->kind != KIND_INTEGRATION &&
           (!str_eq(place.owner, old.owner) ||
            (!place.owner.n && !str_eq(layout_folder(row->path), layout_folder(row->old_path))));
}

/* Rows being made. */
struct gathering {
    struct difference *d;
    struct map known; /* rows, by kind, id and part; by path for a person's */
    size_t room;
    struct store_parts parts; /* of paths that count; none: all do */
};

/* What a file is of, as a key: several files may be of one resource. */
static struct str key_of(struct gathering *g, const struct layout_place *place, struct str path,
                         bool is_ours)
{
    if (!is_ours)
        return path;
    bool document = kind_is_document(kind_of(place->kind));
    return arena_printf(&g->d->arena, "%d %.*s %.*s", (int)place->kind,
                        STR_ARG(document ? place->id : place->owner), STR_ARG(place->part));
}

static struct difference_row *row_of(struct gathering *g, struct str key)
{
    void *known = map_get(&g->known, key);
    if (known)
        return &g->d->rows[(uintptr_t)known - 1];
    struct difference *d = g->d;
    if (d->n == g->room) {
        g->room = g->room ? 2 * g->room : 64;
        d->rows = reallocarray(d->rows, g->room, sizeof *d->rows);
        if (!d->rows)
            abort();
    }
    d->rows[d->n] = (struct difference_row){.is_ours = false};
    map_put(&g->known, key, (void *)(uintptr_t)(d->n + 1));
    return &d->rows[d->n++];
}

static void add_side(struct difference_row *row, const struct store_delta *delta, bool beside,
                     bool after)
{
    const struct oid *blob = after ? &delta->after : &delta->before;
    if (beside) {
        *(after ? &row->beside_after : &row->beside_before) = *blob;
        if (after || !row->beside_path.n)
            row->beside_path = delta->path;
    } else {
        *(after ? &row->after : &row->before) = *blob;
        *(after ? &row->path : &row->old_path) = delta->path;
    }
}

/* The id that a resource of the older side has on the newer one. */
static struct str id_now(const struct gathering *g, const struct layout_place *place)
{
    return place->id.n ? idmap_get(&g->d->ids, place->kind, place->id) : place->id;
}

/* One side of a file that differs. */
static void gather_side(struct gathering *g, const struct store_delta *delta, bool after)
{
    struct layout_place place = {0};
    bool is_ours = layout_parse(delta->path, &place);
    struct str id = place.id;
    if (is_ours && !after)
        place.id = id_now(g, &place);
    struct difference_row *row = row_of(g, key_of(g, &place, delta->path, is_ours));
    row->is_ours = is_ours;
    row->kind = place.kind;
    row->part = place.part;
    row->id = is_ours && kind_is_document(kind_of(place.kind)) ? place.id : place.owner;
    if (is_ours && !after && !str_eq(id, place.id))
        row->old_id = id;
    add_side(row, delta, place.beside, after);
}

/* A document whose file is the same, but for the text beside it, or the other way round: its other
 * file has not come up, and is looked for. */
static int complete(struct gathering *g, struct difference_row *row, struct err *err)
{
    const struct kind *kind = kind_of(row->kind);
    struct layout_place place;
    bool exists = false;
    if (!row->is_ours || !kind->body || row->path.n || row->old_path.n ||
        !layout_parse(row->beside_path, &place))
        return 0;
    place.beside = false;
    struct str path = layout_path(&g->d->arena, &place);
    bool after = !oid_is_zero(&row->beside_after);
    struct oid blob;
    if (store_find_blob(g->d->store, after ? &g->d->after : &g->d->before, path.p, &blob, &exists,
                        err) < 0)
        return -1;
    if (exists) {
        row->path = row->old_path = path;
        row->before = row->after = blob;
    } else {
        *(after ? &row->path : &row->old_path) = row->beside_path;
    }
    return 0;
}

static int cmp_rows(const void *a, const void *b)
{
    const struct difference_row *left = a, *right = b;
    if (left->is_ours != right->is_ours)
        return left->is_ours ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return str_cmp(left->path.n ? left->path : left->old_path,
                   right->path.n ? right->path : right->old_path);
}

/* Whether a file is on the newer side alone: then it may be what another one has become. */
static bool any_added(const struct store_delta *deltas, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (oid_is_zero(&deltas[i].before))
            return true;
    return false;
}

static int read_ids(struct gathering *g, struct err *err)
{
    struct oid blob;
    struct node doc;
    bool exists = false;
    struct layout_place place = {.kind = KIND_IDMAP};
    struct str path = layout_path(&g->d->arena, &place);
    if (oid_is_zero(&g->d->after))
        return 0;
    if (store_find_blob(g->d->store, &g->d->after, path.p, &blob, &exists, err) < 0)
        return -1;
    if (!exists)
        return 0;
    struct err ignored; /* a person's: then what is created anew is told as gone and come */
    if (snapshot_read(g->d->store, &blob, &g->d->arena, &doc, &ignored) == 0)
        (void)idmap_load(&g->d->ids, &doc, &ignored);
    return 0;
}

/* What is on the newer side alone may have been created anew for what went in an earlier commit. */
static void find_origins(struct gathering *g)
{
    struct difference *d = g->d;
    for (size_t i = 0; d->ids.n && i < d->n; i++) {
        struct difference_row *row = &d->rows[i];
        struct str *origins;
        if (!row->is_ours || difference_verb(row) != '+')
            continue;
        size_t n = idmap_origins(&d->ids, row->kind, row->id, &d->arena, &origins);
        if (n)
            row->old_id = origins[n - 1];
    }
}

static int gather(struct gathering *g, struct err *err)
{
    struct difference *d = g->d;
    struct store_delta *deltas;
    size_t n;
    bool of_one = g->parts.n > 0;
    if (store_compare(d->store, &d->before, &d->after, of_one ? &g->parts : NULL, &d->arena,
                      &deltas, &n, err) < 0)
        return -1;
    if (!of_one && any_added(deltas, n) && read_ids(g, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (!oid_is_zero(&deltas[i].before))
            gather_side(g, &deltas[i], false);
        if (!oid_is_zero(&deltas[i].after))
            gather_side(g, &deltas[i], true);
    }
    for (size_t i = 0; i < d->n; i++)
        if (complete(g, &d->rows[i], err) < 0)
            return -1;
    find_origins(g);
    if (d->n)
        qsort(d->rows, d->n, sizeof *d->rows, cmp_rows);
    return 0;
}

int difference_open(struct difference *d, struct store *store, const struct oid *before,
                    const struct oid *after, struct err *err)
{
    *d = (struct difference){.store = store, .before = *before, .after = *after};
    struct gathering g = {.d = d};
    int result = gather(&g, err);
    map_release(&g.known);
    return result;
}

/* Its ids, those that it had, and the one that it has by now, as the id map knows. */
static void add_parts(struct gathering *g, enum kind_id kind, const struct str *ids, size_t n)
{
    struct difference *d = g->d;
    size_t room = 2 * n;
    for (size_t i = 0; i < n; i++) {
        struct str *origins;
        room += idmap_origins(&d->ids, kind, ids[i], &d->arena, &origins);
    }
    const char **texts = arena_array(&d->arena, room + 1, sizeof *texts);
    g->parts.texts = texts;
    for (size_t i = 0; i < n; i++) {
        struct str *origins;
        size_t origins_n = idmap_origins(&d->ids, kind, ids[i], &d->arena, &origins);
        texts[g->parts.n++] = arena_str(&d->arena, ids[i]).p;
        texts[g->parts.n++] = arena_str(&d->arena, idmap_get(&d->ids, kind, ids[i])).p;
        for (size_t k = 0; k < origins_n; k++)
            texts[g->parts.n++] = arena_str(&d->arena, origins[k]).p;
    }
}

int difference_open_of(struct difference *d, struct store *store, const struct oid *before,
                       const struct oid *after, enum kind_id kind, const struct str *ids, size_t n,
                       struct err *err)
{
    *d = (struct difference){.store = store, .before = *before, .after = *after};
    struct gathering g = {.d = d};
    int result = read_ids(&g, err);
    if (result == 0) {
        add_parts(&g, kind, ids, n);
        result = gather(&g, err);
    }
    map_release(&g.known);
    return result;
}

void difference_release(struct difference *d)
{
    free(d->rows);
    idmap_release(&d->ids);
    arena_release(&d->arena);
    *d = (struct difference){0};
}

/* ---- details ---- */

/* Reads one side: a null node where there is none; *readable false where it is no document. */
static int read_side(const struct difference *d, const struct difference_row *row, bool after,
                     struct arena *a, struct node *ret, bool *readable, struct err *err)
{
    const struct oid *blob = after ? &row->after : &row->before;
    const struct oid *beside = after ? &row->beside_after : &row->beside_before;
    struct buf text = BUF_MAX(DIGEST_MAX);
    int result = 0;
    *ret = node_null();
    if (!oid_is_zero(blob) && snapshot_read(d->store, blob, a, ret, err) < 0) {
        *readable = false;
        *ret = node_null();
        result = err->cls == ERR_BAD ? 0 : -1;
    }
    if (result == 0 && *readable && ret->type == NODE_MAP && !oid_is_zero(beside)) {
        result = store_read(d->store, beside, &text, err);
        node_map_set(a, ret, str_of(kind_of(row->kind)->body),
                     node_string(arena_str(a, buf_view(&text))));
    }
    buf_release(&text);
    return result;
}

/* Takes the newer side from what was read last, or reads it. */
static int read_newer(const struct difference *d, const struct difference_row *row,
                      const struct difference_last *last, struct arena *a, struct node *ret,
                      bool *readable, struct err *err)
{
    if (last->doc.type != NODE_MAP || !oid_eq(&last->blob, &row->after) ||
        !oid_eq(&last->beside, &row->beside_after))
        return read_side(d, row, true, a, ret, readable, err);
    *ret = last->doc;
    return 0;
}

/* Reads the older side, to be taken for the newer one of the next row. */
static int read_older(const struct difference *d, const struct difference_row *row,
                      struct difference_last *last, struct node *ret, bool *readable,
                      struct err *err)
{
    last->turn = !last->turn;
    struct arena *a = &last->arenas[last->turn];
    arena_reset(a);
    int result = read_side(d, row, false, a, ret, readable, err);
    last->blob = row->before;
    last->beside = row->beside_before;
    last->doc = result == 0 && *readable ? *ret : node_null();
    return result;
}

void difference_forget(struct difference_last *last)
{
    arena_release(&last->arenas[0]);
    arena_release(&last->arenas[1]);
    *last = (struct difference_last){.turn = 0};
}

int difference_read(const struct difference *d, const struct difference_row *row, struct arena *a,
                    struct difference_details *ret, struct err *err)
{
    return difference_read_on(d, row, NULL, a, ret, err);
}

int difference_read_on(const struct difference *d, const struct difference_row *row,
                       struct difference_last *last, struct arena *a,
                       struct difference_details *ret, struct err *err)
{
    struct node *docs = arena_array(a, 2, sizeof *docs);
    bool readable = true;
    *ret = (struct difference_details){.unreadable = !row->is_ours};
    if (!row->is_ours)
        return 0;
    const struct kind *kind = kind_of(row->kind);
    int result = last ? read_newer(d, row, last, a, &docs[1], &readable, err)
                      : read_side(d, row, true, a, &docs[1], &readable, err);
    if (result == 0)
        result = last ? read_older(d, row, last, &docs[0], &readable, err)
                      : read_side(d, row, false, a, &docs[0], &readable, err);
    if (result < 0)
        return -1;
    ret->unreadable = !readable;
    ret->rows_only = !kind_is_document(kind) && row->kind != KIND_IDMAP;
    ret->old_name = node_get_text(&docs[0], STR("name"));
    ret->name = node_get_text(&docs[1], STR("name"));
    if (!readable || difference_verb(row) != '~')
        return 0;
    ret->fields = change_list_aligned(a, kind, &docs[0], &docs[1]);
    for (const struct change_field *field = ret->fields; field; field = field->next)
        ret->fields_n++;
    return 0;
}
