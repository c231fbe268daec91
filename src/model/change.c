#include "model/change.h"

#include "base/printable.h"
#include "format/utf8.h"

/* Bytes of a key that are shown; real ones stay below 40. Path and depth are bounded with them. */
enum { KEY_SHOWN = 80 };

struct walk {
    struct buf *out;
    struct buf path; /* of the value being compared */
    size_t most, n;
};

static void found(struct walk *w)
{
    if (w->n++ >= w->most)
        return;
    if (w->n > 1)
        buf_str(w->out, STR(", "));
    buf_str(w->out, buf_view(&w->path));
}

static bool is_word(struct str key)
{
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '$'))
            return false;
    }
    return key.n > 0;
}

static void compare(struct walk *w, const struct node *a, const struct node *b);

/* Compares what stands under one key on either side; NULL where it does not. */
static void compare_member(struct walk *w, struct str key, const struct node *a,
                           const struct node *b)
{
    size_t from = w->path.n;
    if (from)
        buf_char(&w->path, '.');
    bool word = is_word(key);
    if (!word)
        buf_char(&w->path, '"');
    size_t begin = w->path.n;
    buf_str(&w->path, utf8_cut(key, KEY_SHOWN));
    printable(w->path.p + begin, w->path.n - begin);
    if (key.n > KEY_SHOWN)
        buf_str(&w->path, STR("…"));
    if (!word)
        buf_char(&w->path, '"');
    if (a && b)
        compare(w, a, b);
    else
        found(w);
    buf_cut(&w->path, from);
}

static void compare_maps(struct walk *w, const struct node *a, const struct node *b)
{
    size_t i = 0, j = 0;
    while (i < a->map.n || j < b->map.n) {
        const struct member *left = i < a->map.n ? &a->map.items[i] : NULL;
        const struct member *right = j < b->map.n ? &b->map.items[j] : NULL;
        int order = !left ? 1 : !right ? -1 : node_key_cmp(left->key, right->key);
        if (order <= 0)
            i++;
        if (order >= 0)
            j++;
        compare_member(w, order <= 0 ? left->key : right->key, order <= 0 ? &left->value : NULL,
                       order >= 0 ? &right->value : NULL);
    }
}

static void compare_lists(struct walk *w, const struct node *a, const struct node *b)
{
    size_t n = a->list.n > b->list.n ? a->list.n : b->list.n;
    for (size_t i = 0; i < n; i++) {
        size_t from = w->path.n;
        buf_printf(&w->path, "[%zu]", i);
        if (i < a->list.n && i < b->list.n)
            compare(w, &a->list.items[i], &b->list.items[i]);
        else
            found(w);
        buf_cut(&w->path, from);
    }
}

static void compare(struct walk *w, const struct node *a, const struct node *b)
{
    if (a->type == NODE_MAP && b->type == NODE_MAP)
        compare_maps(w, a, b);
    else if (a->type == NODE_LIST && b->type == NODE_LIST)
        compare_lists(w, a, b);
    else if (!node_eq(a, b))
        found(w);
}

static struct node without_stamps(struct arena *a, const struct kind *kind, const struct node *doc)
{
    if (doc->type != NODE_MAP)
        return *doc;
    struct node lasting = node_copy(a, doc);
    for (const char *const *stamp = kind->stamps; *stamp; stamp++)
        node_map_remove(&lasting, str_of(*stamp));
    return lasting;
}

size_t change_fields(const struct kind *kind, const struct node *before, const struct node *after,
                     size_t most, struct buf *out)
{
    struct arena scratch = {0};
    struct walk w = {
        .out = out, .path = BUF_MAX((NODE_DEPTH_MAX + 2) * (KEY_SHOWN + 32)), .most = most};
    struct node a = without_stamps(&scratch, kind, before);
    struct node b = without_stamps(&scratch, kind, after);
    compare(&w, &a, &b);
    if (w.n > most)
        buf_printf(out, " and %zu more", w.n - most);
    buf_release(&w.path);
    arena_release(&scratch);
    return w.n;
}
