/* verb_complete, verb_complete_when: what could stand where a verb takes a resource, or a commit;
 * for completions. */
#include <stdio.h>

#include "app/command.h"
#include "look.h"
#include "model/layout.h"

/* A line that a shell may take: names with line breaks or control characters are left to their
 * ids. */
static void offer(const char *prefix, struct str word)
{
    for (size_t i = 0; i < word.n; i++)
        if ((unsigned char)word.p[i] < ' ' || word.p[i] == 0x7f)
            return;
    printf("%s%.*s\n", prefix, STR_ARG(word));
}

/* What a person has typed: a kind with '/' behind it, or none, and the beginning of a name or id.
 */
struct typed {
    const struct kind *kind; /* NULL: any */
    const char *prefix;      /* "flow/", as typed */
    struct str begins;
    struct str slug; /* with which the slug of such a name begins; empty: any may */
};

static struct typed read_typed(struct arena *a, const char *word)
{
    struct str rest = str_of(word), all = rest;
    struct str head = str_cut(&rest, '/');
    const struct kind *kind = head.n < all.n ? kind_find(head) : NULL;
    struct typed t = {.prefix = "", .begins = all, .slug = STR("")};
    if (kind && kind_is_document(kind))
        t = (struct typed){.kind = kind,
                           .prefix = arena_printf(a, "%.*s/", STR_ARG(head)).p,
                           .begins = rest,
                           .slug = STR("")};
    struct str slug = layout_slug(a, t.begins);
    if (t.begins.n && !str_is(slug, "unnamed") && slug.n < SLUG_MAX)
        t.slug = slug;
    return t;
}

static void offer_kinds(const char *word)
{
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const struct kind *kind = kind_of((enum kind_id)k);
        if (kind_is_document(kind) && str_starts(str_of(kind->name), str_of(word)))
            printf("%s/\n", kind->name);
    }
}

static int offer_entry(struct names *names, const struct typed *t, const struct entry *entry,
                       struct err *err)
{
    struct str name;
    if (t->begins.n && str_starts(entry->id, t->begins))
        offer(t->prefix, entry->id);
    if (!str_starts(entry->slug, t->slug) || (!t->kind && !t->begins.n))
        return 0;
    if (snapshot_read_name(names->store, &entry->blob, &names->arena, &name, err) < 0)
        return -1;
    if (name.n && str_starts(name, t->begins))
        offer(t->prefix, name);
    return 0;
}

static int offer_all(struct names *names, const char *word, struct err *err)
{
    struct typed t = read_typed(&names->arena, word);
    const struct snapshot *s = names_snapshot(names, err);
    if (!s)
        return -1;
    if (!t.kind)
        offer_kinds(word);
    for (size_t i = 0; i < s->index.n; i++) {
        const struct entry *entry = s->index.entries[i];
        if (entry_is_document(entry) && (!t.kind || t.kind->id == entry->kind) &&
            offer_entry(names, &t, entry, err) < 0)
            return -1;
    }
    return 0;
}

/* Branches and tags; HEAD is what is meant where nothing is said. */
static int offer_commits(struct names *names, const char *word, struct err *err)
{
    const char **refs;
    size_t n;
    if (store_names(names->store, &names->arena, &refs, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (str_starts(str_of(refs[i]), str_of(word)))
            offer("", str_of(refs[i]));
    return 0;
}

static int complete(struct invocation *in,
                    int (*offer_words)(struct names *, const char *, struct err *), struct err *err)
{
    struct names names;
    int code = look_open(&in->config, NULL, &names, err);
    if (code == 0)
        code = offer_words(&names, in->n_args ? in->args[0] : "", err);
    look_close(&names);
    return code;
}

int verb_complete_when(struct invocation *in, struct err *err)
{
    return complete(in, offer_commits, err);
}

int verb_complete(struct invocation *in, struct err *err)
{
    return complete(in, offer_all, err);
}
