/* What of the commit is meant. */
#include "model/layout.h"
#include "model/selector.h"
#include "restoration.h"

/* Bytes of a list of those that fit. */
enum { LISTED_MAX = 900 };

/* An integration stands for all that is in its folder. */
static void choose_with_members(struct restore *r, struct entry *entry)
{
    entry->chosen = true;
    for (size_t i = 0; entry->kind == KIND_INTEGRATION && i < r->want.index.n; i++) {
        struct entry *other = r->want.index.entries[i];
        if (entry_is_document(other) && str_eq(other->owner, entry->id))
            other->chosen = true;
    }
}

/* Those that fit so far. */
struct matches {
    struct entry *first;
    size_t n;
    struct buf text;
};

static int add_match(struct restore *r, struct matches *matches, struct entry *entry,
                     struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    int result = snapshot_load(&r->want, entry, &scratch, &doc, err);
    if (result == 0)
        buf_printf(&matches->text, "%s%s \"%.60s\" (%s)", matches->n ? ", " : "",
                   kind_of(entry->kind)->name,
                   arena_str(&scratch, node_get_text(&doc, STR("name"))).p, entry->id.p);
    if (matches->n++ == 0)
        matches->first = entry;
    arena_release(&scratch);
    return result;
}

static int find_by_id(struct restore *r, const struct selector *s, struct matches *matches,
                      struct err *err)
{
    for (size_t i = 0; i < r->want.index.n; i++) {
        struct entry *entry = r->want.index.entries[i];
        if (entry_is_document(entry) && selector_fits_id(s, kind_of(entry->kind), entry->id) &&
            add_match(r, matches, entry, err) < 0)
            return -1;
    }
    return 0;
}

static int find_by_name(struct restore *r, const struct selector *s, struct matches *matches,
                        struct err *err)
{
    struct arena scratch = {0}, names = {0};
    struct str word = layout_slug(&names, s->word), text = layout_slug(&names, s->text);
    int result = 0;
    for (size_t i = 0; result == 0 && i < r->want.index.n; i++) {
        struct entry *entry = r->want.index.entries[i];
        const struct kind *kind = kind_of(entry->kind);
        struct node doc;
        if (!entry_is_document(entry) || !selector_may_fit(s, kind, entry->slug, word, text))
            continue;
        arena_reset(&scratch);
        result = snapshot_load(&r->want, entry, &scratch, &doc, err);
        if (result == 0 && selector_fits(s, kind, entry->id, node_get_text(&doc, STR("name"))))
            result = add_match(r, matches, entry, err);
    }
    arena_release(&scratch);
    arena_release(&names);
    return result;
}

static int select_one(struct restore *r, const char *text, struct err *err)
{
    struct matches matches = {.text = BUF_MAX(LISTED_MAX)};
    struct selector s = selector_read(str_of(text));
    int result = find_by_id(r, &s, &matches, err);
    if (result == 0 && matches.n == 0)
        result = find_by_name(r, &s, &matches, err);
    if (result == 0 && matches.n == 0)
        result = err_set(err, ERR_USAGE, "\"%.100s\": nothing in %.10s is called that", text,
                         r->report.source);
    else if (result == 0 && matches.n > 1)
        result = err_set(err, ERR_USAGE, "\"%.100s\": %zu resources are called that: %s", text,
                         matches.n, buf_cstr(&matches.text));
    else if (result == 0)
        choose_with_members(r, matches.first);
    buf_release(&matches.text);
    return result;
}

int restore_select(struct restore *r, struct err *err)
{
    for (size_t i = 0; r->options.all && i < r->want.index.n; i++)
        if (entry_is_document(r->want.index.entries[i]))
            r->want.index.entries[i]->chosen = true;
    for (size_t i = 0; i < r->options.selectors_n; i++)
        if (select_one(r, r->options.selectors[i], err) < 0)
            return -1;
    return 0;
}

void restore_select_touched(struct restore *r)
{
    for (const struct touched *t = r->touched; t; t = t->next) {
        struct entry *entry = snapshot_find(&r->want, t->kind, t->id);
        if (entry && t->verb != STEP_CREATE)
            entry->chosen = true;
    }
}
