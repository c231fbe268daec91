#include "model/change.h"

#include "model/align.h"
#include "model/path.h"

/* A comparison. Fields that differ are listed in `a`, or, without one, told in `out`. */
struct walk {
    const struct kind *kind;
    struct buf path; /* of the values being compared */
    size_t n;
    struct arena *a;
    bool aligns;
    struct change_field *first, *last;
    struct buf *out;
    size_t most;
};

static struct change_field *list(struct walk *w, const struct node *before,
                                 const struct node *after)
{
    struct change_field *field = arena_alloc(w->a, sizeof *field);
    const char *path = arena_str(w->a, buf_view(&w->path)).p;
    *field = (struct change_field){.path = path, .before = before, .after = after};
    if (w->last)
        w->last->next = field;
    else
        w->first = field;
    w->last = field;
    return field;
}

static void found(struct walk *w, const struct node *before, const struct node *after)
{
    size_t n = w->n++;
    if (w->a) {
        list(w, before, after);
    } else if (n < w->most) {
        if (n)
            buf_str(w->out, STR(", "));
        buf_str(w->out, buf_view(&w->path));
    }
}

static void compare(struct walk *w, const struct node *before, const struct node *after);

/* Compares what stands in one place on either side; NULL where it does not. */
static void compare_place(struct walk *w, const struct node *before, const struct node *after)
{
    if (before && after)
        compare(w, before, after);
    else
        found(w, before, after);
}

/* Whether key, of the map being compared, is a stamp: one is so at the root only. */
static bool is_stamp(const struct walk *w, struct str key)
{
    if (w->path.n)
        return false;
    for (const char *const *stamp = w->kind->stamps; *stamp; stamp++)
        if (str_is(key, *stamp))
            return true;
    return false;
}

static void compare_maps(struct walk *w, const struct node *before, const struct node *after)
{
    size_t i = 0, j = 0;
    while (i < before->map.n || j < after->map.n) {
        const struct member *left = i < before->map.n ? &before->map.items[i] : NULL;
        const struct member *right = j < after->map.n ? &after->map.items[j] : NULL;
        int order = !left ? 1 : !right ? -1 : node_key_cmp(left->key, right->key);
        struct str key = order <= 0 ? left->key : right->key;
        i += order <= 0;
        j += order >= 0;
        if (is_stamp(w, key))
            continue;
        size_t from = w->path.n;
        path_key(&w->path, key);
        compare_place(w, order <= 0 ? &left->value : NULL, order >= 0 ? &right->value : NULL);
        buf_cut(&w->path, from);
    }
}

/* Compares elements that are the same ones, wherever they stand. */
static void compare_aligned(struct walk *w, const struct node *before, const struct node *after)
{
    struct align_row *rows;
    size_t n = align_lists(w->a, before, after, &rows);
    for (size_t i = 0; i < n; i++) {
        const struct align_row *row = &rows[i];
        size_t from = w->path.n;
        const struct node *left =
            row->before == ALIGN_NONE ? NULL : &before->list.items[row->before];
        const struct node *right = row->after == ALIGN_NONE ? NULL : &after->list.items[row->after];
        struct str name = align_name(right ? right : left);
        if (name.n)
            path_name(&w->path, name);
        else
            path_index(&w->path, right ? row->after : row->before);
        if (row->moved) {
            struct change_field *field = list(w, left, right);
            field->moved = true;
            field->from = row->before;
            field->to = row->after;
        }
        compare_place(w, left, right);
        buf_cut(&w->path, from);
    }
}

static void compare_lists(struct walk *w, const struct node *before, const struct node *after)
{
    size_t n = before->list.n > after->list.n ? before->list.n : after->list.n;
    for (size_t i = 0; i < n; i++) {
        size_t from = w->path.n;
        path_index(&w->path, i);
        compare_place(w, i < before->list.n ? &before->list.items[i] : NULL,
                      i < after->list.n ? &after->list.items[i] : NULL);
        buf_cut(&w->path, from);
    }
}

static void compare(struct walk *w, const struct node *before, const struct node *after)
{
    if (before->type == NODE_MAP && after->type == NODE_MAP)
        compare_maps(w, before, after);
    else if (before->type == NODE_LIST && after->type == NODE_LIST)
        (w->aligns ? compare_aligned : compare_lists)(w, before, after);
    else if (!node_eq(before, after))
        found(w, before, after);
}

size_t change_fields(const struct kind *kind, const struct node *before, const struct node *after,
                     size_t most, struct buf *out)
{
    struct walk w = {.kind = kind, .path = BUF_MAX(PATH_BYTES), .out = out, .most = most};
    compare(&w, before, after);
    if (w.n > most)
        buf_printf(out, " and %zu more", w.n - most);
    buf_release(&w.path);
    return w.n;
}

static struct change_field *list_all(struct arena *a, const struct kind *kind,
                                     const struct node *before, const struct node *after,
                                     bool aligns)
{
    struct walk w = {.kind = kind, .path = BUF_MAX(PATH_BYTES), .a = a, .aligns = aligns};
    compare(&w, before, after);
    buf_release(&w.path);
    return w.first;
}

struct change_field *change_list(struct arena *a, const struct kind *kind,
                                 const struct node *before, const struct node *after)
{
    return list_all(a, kind, before, after, false);
}

struct change_field *change_list_aligned(struct arena *a, const struct kind *kind,
                                         const struct node *before, const struct node *after)
{
    return list_all(a, kind, before, after, true);
}
