#include "route/select.h"

#include "base/nearest.h"
#include "model/layout.h"
#include "model/selector.h"

/* Bytes of a list of those that fit. */
enum { LISTED_MAX = 900 };

/* Those that fit so far. */
struct matches {
    struct entry *first;
    size_t n;
    struct buf text;
};

static void add_match(struct matches *matches, struct entry *entry, struct str name)
{
    buf_printf(&matches->text, "%s%s \"%.60s\" (%s)", matches->n ? ", " : "",
               kind_of(entry->kind)->name, name.n ? name.p : "", entry->id.p);
    if (matches->n++ == 0)
        matches->first = entry;
}

static int find_by_id(const struct snapshot *s, const struct selector *sel, struct matches *matches,
                      struct err *err)
{
    struct arena scratch = {0};
    struct str name;
    int result = 0;
    for (size_t i = 0; result == 0 && i < s->index.n; i++) {
        struct entry *entry = s->index.entries[i];
        if (!entry_is_document(entry) || !selector_fits_id(sel, kind_of(entry->kind), entry->id))
            continue;
        result = snapshot_read_name(s->store, &entry->blob, &scratch, &name, err);
        if (result == 0)
            add_match(matches, entry, name);
    }
    arena_release(&scratch);
    return result;
}

static int find_by_name(const struct snapshot *s, const struct selector *sel,
                        struct matches *matches, struct err *err)
{
    struct arena scratch = {0}, names = {0};
    struct str word = layout_slug(&names, sel->word), text = layout_slug(&names, sel->text);
    int result = 0;
    for (size_t i = 0; result == 0 && i < s->index.n; i++) {
        struct entry *entry = s->index.entries[i];
        const struct kind *kind = kind_of(entry->kind);
        struct str name;
        if (!entry_is_document(entry) || !selector_may_fit(sel, kind, entry->slug, word, text))
            continue;
        arena_reset(&scratch);
        result = snapshot_read_name(s->store, &entry->blob, &scratch, &name, err);
        if (result == 0 && selector_fits(sel, kind, entry->id, name))
            add_match(matches, entry, name);
    }
    arena_release(&scratch);
    arena_release(&names);
    return result;
}

int select_find(const struct snapshot *s, const char *text, struct entry **ret, struct err *err)
{
    struct matches matches = {.text = BUF_MAX(LISTED_MAX)};
    struct selector sel = selector_read(str_of(text));
    int result = find_by_id(s, &sel, &matches, err);
    if (result == 0 && matches.n == 0)
        result = find_by_name(s, &sel, &matches, err);
    if (result == 0 && matches.n > 1)
        result = err_set(err, ERR_USAGE, "\"%.100s\": %zu resources are called that: %s", text,
                         matches.n, buf_cstr(&matches.text));
    buf_release(&matches.text);
    *ret = matches.first;
    return result;
}

/* The slug in the index that is nearest to what was asked for, among those of its kind. */
static const char *find_nearest(const struct snapshot *s, const char *text, struct arena *a)
{
    struct selector sel = selector_read(str_of(text));
    const char **slugs = arena_array(a, s->index.n + 1, sizeof *slugs);
    size_t n = 0;
    for (size_t i = 0; i < s->index.n; i++) {
        const struct entry *entry = s->index.entries[i];
        if (entry_is_document(entry) && (!sel.kind || sel.kind->id == entry->kind))
            slugs[n++] = arena_str(a, entry->slug).p;
    }
    return nearest(layout_slug(a, sel.word).p, slugs, n);
}

int select_one_of(const struct snapshot *s, const char *text, const char *where, struct entry **ret,
                  struct err *err)
{
    if (select_find(s, text, ret, err) < 0)
        return -1;
    if (*ret)
        return 0;
    struct arena scratch = {0};
    const char *meant = find_nearest(s, text, &scratch);
    err_set(err, ERR_USAGE,
            "\"%.100s\": nothing in %.20s is called that%s%s%s; \"iokeeper list\" tells what is "
            "there, \"iokeeper list --deleted\" what was",
            text, where, meant ? " (the nearest is \"" : "", meant ? meant : "",
            meant ? "\")" : "");
    arena_release(&scratch);
    return -1;
}
