/* settle: what HEAD has and the account did not show. */
#include <stdlib.h>

#include "cycle.h"
#include "format/json.h"

/* ---- lists that failed ---- */

/* A server that answers all lists of such a kind with 403, 404 or 405 does not have it. */
static bool is_not_served(const struct cycle *c, const struct kind *kind)
{
    bool any = false;
    for (const struct list *list = c->lists; list; list = list->next) {
        if (list->kind != kind)
            continue;
        int status = list->failure.code;
        if (list->state != LIST_FAILED || (status != 403 && status != 404 && status != 405))
            return false;
        any = true;
    }
    return any;
}

static void settle_not_served(struct cycle *c, const struct kind *kind)
{
    if (kind_is_document(kind) || !is_not_served(c, kind))
        return;
    cycle_note(c, "the server does not have %s for this token", kind->plural);
    for (struct list *list = c->lists; list; list = list->next)
        if (list->kind == kind)
            list->superseded = true;
}

/* Says once for each list why it could not be read whole. */
static void report_failed_lists(struct cycle *c)
{
    for (struct list *list = c->lists; list; list = list->next) {
        if (list->state != LIST_FAILED || list->superseded)
            continue;
        struct err why = list->failure;
        err_wrap(&why, "list %s", list->kind->plural);
        cycle_problem(c, list->kind, &why);
    }
}

static bool is_whole(const struct list *list)
{
    return list->state == LIST_WHOLE && !list->damaged;
}

static bool all_sub_lists_whole(const struct cycle *c, enum kind_id kind)
{
    for (const struct list *list = c->lists; list; list = list->next)
        if (list->kind->id == kind && list->integration.n && !is_whole(list))
            return false;
    return true;
}

/* Whether not having seen an entry of HEAD means anything: each list that could have shown it was
 * seen whole. */
static bool absence_counts(const struct cycle *c, const struct entry *entry)
{
    const struct list *account = cycle_list(c, entry->kind, STR(""));
    if (account && !account->superseded)
        return is_whole(account);
    const struct list *integrations = cycle_list(c, KIND_INTEGRATION, STR(""));
    const struct list *sub = entry->owner.n ? cycle_list(c, entry->kind, entry->owner) : NULL;
    if (sub)
        return is_whole(sub);
    return is_whole(integrations) && (entry->owner.n || all_sub_lists_whole(c, entry->kind));
}

/* ---- what is absent ---- */

struct absent {
    const struct entry **entries;
    size_t n;
};

/* Sorts HEAD's entries that did not come into those that stay and those that may be gone. */
static struct absent find_absent(struct cycle *c, struct arena *a)
{
    struct absent absent = {.entries = arena_array(a, c->before.n, sizeof *absent.entries)};
    for (size_t i = 0; i < c->before.n; i++) {
        const struct entry *entry = c->before.entries[i];
        if (!kind_is_document(kind_of(entry->kind)) ||
            index_get(&c->now, entry->kind, entry->id, STR("")))
            continue;
        if (absence_counts(c, entry)) {
            absent.entries[absent.n++] = entry;
        } else {
            c->incomplete[entry->kind] = true;
            index_keep(&c->now, entry);
        }
    }
    return absent;
}

/* More than the configuration allows, or a kind that had several and now has none (which is what a
 * token of too little scope looks like). */
static bool is_too_much(const struct cycle *c, enum kind_id kind, size_t gone)
{
    size_t had = index_count(&c->before, kind);
    bool vanished = had > 1 && gone == had;
    bool over =
        gone > c->options->max_delete && gone * 100 > (size_t)c->options->max_delete_percent * had;
    return vanished || over;
}

static void withhold(struct cycle *c, const struct entry *entry)
{
    index_keep(&c->now, entry);
    struct sync_withheld *withheld = arena_alloc(&c->result->arena, sizeof *withheld);
    withheld->kind = entry->kind;
    withheld->id = arena_str(&c->result->arena, entry->id).p;
    withheld->path = index_path(&c->before, &c->result->arena, entry).p;
    withheld->next = c->result->withheld;
    c->result->withheld = withheld;
    c->result->withheld_n++;
}

/* Takes out of `absent` what is withheld: the unaccepted absences of each kind with too many. */
static void withhold_what_is_too_much(struct cycle *c, struct absent *absent)
{
    size_t unaccepted[KIND_COUNT] = {0};
    bool too_much[KIND_COUNT];
    size_t left = 0;
    for (size_t i = 0; i < absent->n; i++)
        unaccepted[absent->entries[i]->kind] += !cycle_is_acked(c, absent->entries[i]);
    for (size_t k = 0; k < KIND_COUNT; k++)
        too_much[k] = is_too_much(c, (enum kind_id)k, unaccepted[k]);
    for (size_t i = absent->n; i > 0; i--) /* the list grows at its head: it ends in path order */
        if (too_much[absent->entries[i - 1]->kind] && !cycle_is_acked(c, absent->entries[i - 1]))
            withhold(c, absent->entries[i - 1]);
    for (size_t i = 0; i < absent->n; i++)
        if (!index_get(&c->now, absent->entries[i]->kind, absent->entries[i]->id, STR("")))
            absent->entries[left++] = absent->entries[i];
    absent->n = left;
}

/* ---- the question that decides ---- */

/* What GET says of a resource that a list did not show. Only 404 means that it is gone. */
static int take_answer(struct cycle *c, const struct entry *entry,
                       const struct http_response *response, struct err *err)
{
    const struct kind *kind = kind_of(entry->kind);
    struct arena scratch = {0};
    struct err why = {0};
    struct node doc;
    struct digest digest;
    struct entry *entered;
    int result = 0;
    bool told = api_judge(response, "GET", response->url, &why) == 0;
    bool gone = !told && why.code == 404;
    const struct list *account = cycle_list(c, entry->kind, STR(""));
    if (told && digest_parse(&scratch, kind, buf_view(&response->body), &doc, &digest, &why) == 0 &&
        str_eq(digest.id, entry->id) && kind->place != PLACE_OWN_FOLDER &&
        digest_node(cycle_digester(c), &scratch, kind, &doc, &c->before, &digest, &why) == 0)
        result = cycle_enter(c, kind, &digest, &entered, err);
    else if (!gone)
        index_keep(&c->now, entry);
    if (told && why.cls == ERR_NONE && account && !account->superseded)
        err_set(&why, ERR_BAD, "list %s: %.*s was not in it, but exists: kept", kind->plural,
                STR_ARG(entry->id));
    if (!gone && why.cls != ERR_NONE)
        cycle_problem(c, kind, &why);
    arena_release(&scratch);
    return result;
}

static int confirm_absent(struct cycle *c, const struct absent *absent, struct err *err)
{
    struct http_response response;
    int got;
    for (size_t i = 0; i < absent->n; i++) {
        const struct entry *entry = absent->entries[i];
        const struct kind *kind = kind_of(entry->kind);
        if (cycle_get(c, api_url(&c->api, &c->arena, kind->item, entry->id), false, entry, err) < 0)
            return -1;
    }
    for (size_t done = 0; (got = cycle_answer(c, &response, err)) != HTTP_IDLE;) {
        if (got < 0)
            return -1;
        if (got != HTTP_DONE)
            continue;
        const struct entry *entry = (const struct entry *)(uintptr_t)response.tag;
        int result = take_answer(c, entry, &response, err);
        http_response_release(&response);
        if (result < 0)
            return -1;
        cycle_progress(c, "confirming deletions", ++done, absent->n);
    }
    return 0;
}

/* ---- owners ---- */

/* Flows carried over decide, like others, who owns what they use. */
static int read_kept_refs(struct cycle *c, struct err *err)
{
    struct arena scratch = {0};
    int result = 0;
    for (size_t i = 0; result == 0 && i < c->now.n; i++) {
        struct entry *entry = c->now.entries[i];
        struct node doc;
        if (!entry->kept || !kind_of(entry->kind)->decides)
            continue;
        arena_reset(&scratch);
        result = cycle_load(c, &scratch, &entry->blob, &doc, err);
        if (result < 0)
            break;
        entry->refs = refs_of(&c->now.arena, &doc);
        entry->home = arena_str(&c->now.arena, node_get_text(&doc, STR("_integrationId")));
    }
    arena_release(&scratch);
    return result;
}

int cycle_settle(struct cycle *c, struct err *err)
{
    struct arena scratch = {0};
    for (size_t i = 0; i < KIND_COUNT; i++)
        settle_not_served(c, kind_of((enum kind_id)i));
    report_failed_lists(c);
    struct absent absent = find_absent(c, &scratch);
    withhold_what_is_too_much(c, &absent);
    int result = confirm_absent(c, &absent, err);
    arena_release(&scratch);
    return result == 0 ? read_kept_refs(c, err) : -1;
}
