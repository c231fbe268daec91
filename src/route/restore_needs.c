/*
 * What the account must have, or be given, before what is wanted can be written: all that it refers
 * to.
 */

#include "model/resource_key.h"
#include "restoration.h"

/* ---- what the account has ---- */

/* Whether another resource of the account is to be written in the place of a copied one. */
static bool stands_for(const struct restore *r, const struct entry *wanted, struct str id)
{
    return !r->options.clone || !wanted || !wanted->chosen || !str_eq(id, wanted->id);
}

static struct entry *find_counterpart(const struct restore *r, const struct entry *wanted)
{
    struct str id = r->ids.n ? idmap_get(&r->ids, wanted->kind, wanted->id) : wanted->id;
    return stands_for(r, wanted, id) ? snapshot_find(&r->live, wanted->kind, id) : NULL;
}

void restore_pair(struct restore *r)
{
    for (size_t i = 0; i < r->want.index.n; i++) {
        struct entry *wanted = r->want.index.entries[i];
        bool document = entry_is_document(wanted);
        wanted->heir = document ? find_counterpart(r, wanted) : NULL;
    }
}

static const struct stranger *stranger_of(const struct restore *r, enum kind_id kind, struct str id)
{
    char key[RESOURCE_KEY_MAX];
    return map_get(&r->strangers, resource_key(key, kind, id));
}

bool restore_account_has(const struct restore *r, enum kind_id kind, struct str id)
{
    const struct entry *wanted = snapshot_find(&r->want, kind, id);
    if (wanted && wanted->chosen)
        return true;
    if (snapshot_find(&r->live, kind, idmap_get(&r->ids, kind, id)))
        return true;
    const struct stranger *stranger = stranger_of(r, kind, id);
    return stranger && stranger->exists;
}

bool restore_is_made_anew(const struct restore *r, enum kind_id kind, struct str id)
{
    const struct entry *wanted = snapshot_find(&r->want, kind, id);
    return wanted && wanted->chosen && !wanted->heir && !restore_bin_has(r, kind, id);
}

/* ---- what the mirror does not know ---- */

static void add_stranger(struct restore *r, enum kind_id kind, struct str id)
{
    char key[RESOURCE_KEY_MAX];
    if (stranger_of(r, kind, id))
        return;
    struct stranger *stranger = arena_alloc(&r->arena, sizeof *stranger);
    *stranger =
        (struct stranger){.kind = kind, .id = arena_str(&r->arena, id), .next = r->first_stranger};
    r->first_stranger = stranger;
    map_put(&r->strangers, arena_str(&r->arena, resource_key(key, kind, id)), stranger);
}

/* Asks the account itself for what stands outside of the mirror's scope. */
static int ask_for_strangers(struct restore *r, struct err *err)
{
    bool other_account = r->source != r->store;
    for (struct stranger *s = r->first_stranger; s && !other_account; s = s->next) {
        struct arena scratch = {0};
        struct http_response response;
        struct str url =
            api_url(&r->api, &scratch, kind_of(s->kind)->item, idmap_get(&r->ids, s->kind, s->id));
        int result = account_get(&r->options.sync.account, r->http, url.p, false, &response, err);
        if (result == 0) {
            s->exists = response.status >= 200 && response.status < 300;
            http_response_release(&response);
        }
        arena_release(&scratch);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* ---- the search ---- */

/* Chosen entries whose references are still to be looked at. */
struct search {
    struct restore *r;
    struct entry **queue;
    size_t n, at;
};

static void choose_dependency(struct search *search, struct entry *entry)
{
    entry->chosen = true;
    search->queue[search->n++] = entry;
}

static void tell_missing(struct restore *r, const struct node *doc, const struct entry *from,
                         const struct entry *missing)
{
    struct arena scratch = {0};
    struct node other;
    struct err ignored;
    struct str name = snapshot_load(&r->want, missing, &scratch, &other, &ignored) == 0
                          ? node_get_text(&other, STR("name"))
                          : STR("");
    restore_problem(r,
                    "%s \"%.*s\" (%s) refers to %s \"%.*s\" (%s), which the account does not have: "
                    "select it as well, or give --with-dependencies",
                    kind_of(from->kind)->name, STR_ARG(node_get_text(doc, STR("name"))), from->id.p,
                    kind_of(missing->kind)->name, STR_ARG(name), missing->id.p);
    arena_release(&scratch);
}

static void look_at_reference(struct search *search, const struct entry *from,
                              const struct node *doc, const struct ref *ref)
{
    struct restore *r = search->r;
    if (restore_account_has(r, ref->kind, ref->id))
        return;
    struct entry *missing = snapshot_find(&r->want, ref->kind, ref->id);
    if (!missing)
        add_stranger(r, ref->kind, ref->id);
    else if (r->options.with_dependencies || r->undoes)
        choose_dependency(search, missing);
    else
        tell_missing(r, doc, from, missing);
}

static int look_at_document(struct search *search, const struct entry *entry, struct err *err)
{
    struct restore *r = search->r;
    const struct entry *actual = entry->heir;
    struct arena scratch = {0};
    struct node doc;
    if (actual && entry_same(entry, actual))
        return 0;
    int result = snapshot_load(&r->want, entry, &scratch, &doc, err);
    if (result == 0) {
        struct refs refs = refs_of(&scratch, &doc);
        for (size_t i = 0; i < refs.n; i++)
            look_at_reference(search, entry, &doc, &refs.items[i]);
    }
    arena_release(&scratch);
    return result;
}

int restore_find_needs(struct restore *r, struct err *err)
{
    struct search search = {.r = r};
    restore_pair(r);
    search.queue = arena_array(&r->arena, r->want.index.n, sizeof(struct entry *));
    for (size_t i = 0; i < r->want.index.n; i++)
        if (r->want.index.entries[i]->chosen)
            search.queue[search.n++] = r->want.index.entries[i];
    while (search.at < search.n)
        if (look_at_document(&search, search.queue[search.at++], err) < 0)
            return -1;
    return ask_for_strangers(r, err);
}
