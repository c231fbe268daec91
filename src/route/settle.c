/* settle: what HEAD has and the account did not show. */
#include <stdlib.h>
#include <string.h>

#include "cycle.h"
#include "format/json.h"

/* ---- lists that failed ---- */

/* A server that answers all lists of such a kind with 404 or 405 does not have it, unless it had it
 * before. A refusal (403) is such an answer for kinds that an account may have no right to. */
static bool is_not_served(const struct cycle *c, const struct kind *kind)
{
    bool any = false;
    if ((kind_is_document(kind) && !kind->optional) || index_count(&c->before, kind->id) > 0)
        return false;
    for (const struct list *list = c->lists; list; list = list->next) {
        if (list->kind != kind || list->superseded)
            continue;
        if (list->state != LIST_FAILED ||
            !(kind->optional ? cycle_is_denied(&list->failure) : cycle_is_absent(&list->failure)))
            return false;
        any = true;
    }
    return any;
}

static void settle_not_served(struct cycle *c, const struct kind *kind)
{
    if (!is_not_served(c, kind))
        return;
    c->result->not_served[kind->id] = true;
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
        if (list->kind->id == KIND_ERRORS && !c->options->errors)
            cycle_note(c, "%s", why.text); /* nothing of the mirror depends on it */
        else
            cycle_problem(c, list->kind, &why);
    }
}

/* ---- what not having seen a thing means ---- */

enum absence {
    ABSENCE_NONE,     /* a list that could have shown it was not seen whole: it stays */
    ABSENCE_LISTED,   /* all lists that had to show it were seen whole */
    ABSENCE_UNLISTED, /* no list has to show it: only a GET can tell */
};

static bool is_whole(const struct list *list)
{
    return list->state == LIST_WHOLE && !list->damaged;
}

bool cycle_sub_lists_whole(const struct cycle *c, enum kind_id kind)
{
    for (const struct list *list = c->lists; list; list = list->next)
        if (list->kind->id == kind && list->integration.n && !is_whole(list))
            return false;
    return true;
}

static enum absence absence_of(const struct cycle *c, const struct entry *entry)
{
    const struct list *account = cycle_list(c, entry->kind, STR(""));
    if (account && !account->superseded)
        return is_whole(account) ? ABSENCE_LISTED : ABSENCE_NONE;
    const struct list *sub = entry->owner.n ? cycle_list(c, entry->kind, entry->owner) : NULL;
    const struct kind *kind = kind_of(entry->kind);
    bool follows = kind->place == PLACE_OWNER && !kind->decides; /* listed where it is used */
    if (sub && is_whole(sub))
        return follows ? ABSENCE_UNLISTED : ABSENCE_LISTED;
    if (sub)
        return ABSENCE_NONE;
    if (!is_whole(cycle_list(c, KIND_INTEGRATION, STR(""))))
        return ABSENCE_NONE;
    if (entry->owner.n)
        return ABSENCE_LISTED; /* its integration is not there */
    return cycle_sub_lists_whole(c, entry->kind) ? ABSENCE_UNLISTED : ABSENCE_NONE;
}

/* What may be gone, and what is known to be. */
struct absent {
    struct entry *entry; /* of HEAD */
    bool unlisted;
    bool gone; /* GET has answered 404 */
};

struct absents {
    struct absent *items;
    size_t n;
};

/* Whether the account has a document under another id, because a restore had to create it anew. */
static bool find_heir(struct cycle *c, struct entry *entry)
{
    struct str id = idmap_get(&c->ids, entry->kind, entry->id);
    struct entry *heir =
        str_eq(id, entry->id) ? NULL : index_get(&c->now, entry->kind, id, STR(""));
    if (!heir)
        return false;
    if (index_get(&c->before, entry->kind, id, STR(""))) {
        /* HEAD has both: the new one came before anybody knew what it was. */
        entry->evidence = arena_printf(&c->arena, "created anew as %.*s", STR_ARG(id)).p;
        return true;
    }
    entry->heir = heir;
    heir->origin = heir->origin ? heir->origin : entry;
    return true;
}

/* Sorts HEAD's documents that did not come into those that stay and those that may be gone. */
static struct absents find_absent(struct cycle *c, struct arena *a)
{
    struct absents absents = {.items = arena_array(a, c->before.n, sizeof *absents.items)};
    for (size_t i = 0; i < c->before.n; i++) {
        struct entry *entry = c->before.entries[i];
        const struct kind *kind = kind_of(entry->kind);
        if (!kind_is_document(kind) || index_get(&c->now, entry->kind, entry->id, STR("")) ||
            !scope_may_hold(&c->scope, kind) || find_heir(c, entry))
            continue;
        enum absence absence = absence_of(c, entry);
        if (absence != ABSENCE_NONE) {
            absents.items[absents.n++] =
                (struct absent){.entry = entry, .unlisted = absence == ABSENCE_UNLISTED};
            continue;
        }
        c->incomplete[entry->kind] = true;
        index_keep(&c->now, entry);
    }
    return absents;
}

/* Takes out of `absents` what has come or been kept since. */
static void drop_settled(const struct cycle *c, struct absents *absents)
{
    size_t left = 0;
    for (size_t i = 0; i < absents->n; i++) {
        const struct entry *entry = absents->items[i].entry;
        if (!index_get(&c->now, entry->kind, entry->id, STR("")))
            absents->items[left++] = absents->items[i];
    }
    absents->n = left;
}

/* ---- too much at once ---- */

/* More than the configuration allows, or a kind that had several and now has none (which is what a
 * token of too little scope looks like). */
static bool is_too_much(const struct cycle *c, enum kind_id kind, size_t gone, size_t accepted)
{
    size_t had = index_count(&c->before, kind) - accepted;
    bool vanished = had > 1 && gone == had;
    bool over =
        gone > c->options->max_delete && gone * 100 > (size_t)c->options->max_delete_percent * had;
    return vanished || over;
}

void cycle_withhold(struct cycle *c, const struct entry *entry)
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

/* Withholds the unaccepted absences of each kind with too many. */
static void withhold_what_is_too_much(struct cycle *c, struct absents *absents)
{
    size_t unaccepted[KIND_COUNT] = {0}, accepted[KIND_COUNT] = {0};
    bool too_much[KIND_COUNT];
    for (size_t i = 0; i < absents->n; i++) {
        const struct entry *entry = absents->items[i].entry;
        bool acked = cycle_is_acked(c, entry);
        unaccepted[entry->kind] += !acked;
        accepted[entry->kind] += acked && !oid_is_zero(&entry->blob);
    }
    for (size_t k = 0; k < KIND_COUNT; k++)
        too_much[k] = is_too_much(c, (enum kind_id)k, unaccepted[k], accepted[k]);
    for (size_t i = absents->n; i > 0;
         i--) { /* the list grows at its head: it ends in path order */
        const struct entry *entry = absents->items[i - 1].entry;
        if (too_much[entry->kind] && !cycle_is_acked(c, entry))
            cycle_withhold(c, entry);
    }
    drop_settled(c, absents);
}

/* An integration stays while anything of it is kept: its folder is where that stands. */
static void keep_homes(struct cycle *c, struct absents *absents)
{
    struct map homes = {0};
    for (size_t i = 0; i < c->before.n; i++) {
        const struct entry *entry = c->before.entries[i];
        const struct entry *now = index_get(&c->now, entry->kind, entry->id, entry->part);
        if (now && now->kept && entry->owner.n)
            map_put(&homes, entry->owner, c);
    }
    for (size_t i = 0; i < absents->n; i++) {
        const struct entry *entry = absents->items[i].entry;
        if (entry->kind != KIND_INTEGRATION || !map_get(&homes, entry->id))
            continue;
        if (c->result->withheld_n > 0)
            cycle_withhold(c, entry);
        else
            index_keep(&c->now, entry);
    }
    map_release(&homes);
    drop_settled(c, absents);
}

/* ---- the question that decides ---- */

/* What GET says of a resource that no list showed. Only 404 means that it is gone. */
static int take_answer(struct cycle *c, struct absent *absent, const struct http_response *response,
                       struct err *err)
{
    struct entry *entry = absent->entry;
    const struct kind *kind = kind_of(entry->kind);
    struct arena scratch = {0};
    struct err why = {0};
    struct node doc;
    struct digest digest;
    struct entry *entered;
    int result = 0;
    bool told = api_judge(response, "GET", response->url, &why) == 0;
    absent->gone = !told && why.code == 404;
    if (absent->gone)
        entry->evidence = absent->unlisted ? "GET 404" : "absent from a complete list, GET 404";
    const struct list *account = cycle_list(c, entry->kind, STR(""));
    bool taken =
        told && digest_parse(&scratch, kind, buf_view(&response->body), &doc, &digest, &why) == 0 &&
        str_eq(digest.id, entry->id) && kind->place != PLACE_OWN_FOLDER;
    if (taken) {
        digest_redact(c->redactor, &scratch, kind, &doc, &digest);
        taken =
            digest_node(cycle_digester(c), &scratch, kind, &doc, &c->before, &digest, &why) == 0;
    }
    if (taken)
        result = cycle_enter(c, kind, &digest, &entered, err);
    else if (!absent->gone)
        index_keep(&c->now, entry);
    if (told && why.cls == ERR_NONE && account && !account->superseded)
        err_set(&why, ERR_BAD, "list %s: %.*s was not in it, but exists: kept", kind->plural,
                STR_ARG(entry->id));
    if (!absent->gone && why.cls != ERR_NONE)
        cycle_problem(c, kind, &why);
    arena_release(&scratch);
    return result;
}

/* Which absences a round of questions is about. */
enum round { ROUND_UNLISTED, ROUND_BELONGINGS, ROUND_INTEGRATIONS };

static bool is_in_round(const struct absent *absent, enum round round)
{
    bool integration = absent->entry->kind == KIND_INTEGRATION;
    return !absent->gone && (round == ROUND_UNLISTED     ? absent->unlisted
                             : round == ROUND_BELONGINGS ? !integration
                                                         : integration);
}

static int ask(struct cycle *c, struct absents *absents, enum round round, struct err *err)
{
    struct http_response response;
    int got;
    for (size_t i = 0; i < absents->n; i++) {
        struct absent *absent = &absents->items[i];
        const char *item = kind_of(absent->entry->kind)->item;
        if (is_in_round(absent, round) &&
            cycle_get(c, api_url(&c->api, &c->arena, item, absent->entry->id), false, absent, err) <
                0)
            return -1;
    }
    for (size_t done = 0; (got = cycle_answer(c, &response, err)) != HTTP_IDLE;) {
        if (got < 0)
            return -1;
        if (got != HTTP_DONE)
            continue;
        int result = take_answer(c, (struct absent *)(uintptr_t)response.tag, &response, err);
        http_response_release(&response);
        if (result < 0)
            return -1;
        cycle_progress(c, "confirming deletions", ++done, absents->n);
    }
    drop_settled(c, absents);
    return 0;
}

/* ---- the recycle bin ---- */

/* More deletions than this are not looked for there. */
enum { BIN_ASKED_MAX = 50 };

/* Says of what is gone whether the recycle bin of a live account has it. */
static int ask_bin(struct cycle *c, const struct absents *absents, struct err *err)
{
    struct http_response response;
    int got;
    bool asks = c->trail.dialect == DIALECT_LIVE && absents->n <= BIN_ASKED_MAX;
    for (size_t i = 0; asks && i < absents->n; i++) {
        const struct entry *entry = absents->items[i].entry;
        struct str path = arena_printf(&c->arena, "/recycleBinTTL%s", kind_of(entry->kind)->item);
        struct str url = api_url(&c->api, &c->arena, path.p, entry->id);
        if (cycle_get(c, url, false, &absents->items[i], err) < 0)
            return -1;
    }
    while ((got = cycle_answer(c, &response, err)) != HTTP_IDLE) {
        if (got < 0)
            return -1;
        if (got != HTTP_DONE)
            continue;
        struct entry *entry = ((struct absent *)(uintptr_t)response.tag)->entry;
        struct str body = buf_view(&response.body);
        bool has = response.status == 200 && memmem(body.p, body.n, entry->id.p, entry->id.n);
        if (has)
            entry->evidence = arena_printf(&c->arena, "%s, in the recycle bin", entry->evidence).p;
        http_response_release(&response);
    }
    return 0;
}

/* ---- owners ---- */

/* Flows carried over decide, like others, who owns what they use. What a person committed in their
 * place may be no document. */
static void read_kept_refs(struct cycle *c)
{
    struct arena scratch = {0};
    for (size_t i = 0; i < c->now.n; i++) {
        struct entry *entry = c->now.entries[i];
        const struct kind *kind = kind_of(entry->kind);
        struct err why = {0};
        struct node doc;
        if (!entry->kept || !kind->decides)
            continue;
        arena_reset(&scratch);
        if (cycle_load(c, &scratch, &entry->blob, &doc, &why) < 0)
            cycle_problem(c, kind, &why);
        else
            entry->refs = refs_of(&c->now.arena, &doc);
    }
    arena_release(&scratch);
}

/* Where a sub-list could not be read, who lists a thing is as HEAD has it. */
static void inherit_listing(struct cycle *c)
{
    bool whole[KIND_COUNT];
    for (size_t k = 0; k < KIND_COUNT; k++)
        whole[k] = cycle_sub_lists_whole(c, (enum kind_id)k);
    for (size_t i = 0; i < c->now.n; i++) {
        struct entry *entry = c->now.entries[i];
        const struct entry *before = index_get(&c->before, entry->kind, entry->id, entry->part);
        bool known = whole[entry->kind] && c->trail.dialect != DIALECT_UNKNOWN;
        if (known || entry->kept || !before)
            continue;
        entry->listed_by = (struct claim){0};
        claim_add(&entry->listed_by, arena_str(&c->now.arena, before->owner));
    }
}

int cycle_settle(struct cycle *c, struct err *err)
{
    struct arena scratch = {0};
    for (size_t i = 0; i < KIND_COUNT; i++)
        settle_not_served(c, kind_of((enum kind_id)i));
    report_failed_lists(c);
    struct absents absents = find_absent(c, &scratch);
    int result = ask(c, &absents, ROUND_UNLISTED, err);
    if (result == 0) {
        withhold_what_is_too_much(c, &absents);
        result = ask(c, &absents, ROUND_BELONGINGS, err);
    }
    if (result == 0) {
        keep_homes(c, &absents);
        result = ask(c, &absents, ROUND_INTEGRATIONS, err);
    }
    if (result == 0)
        result = ask_bin(c, &absents, err);
    arena_release(&scratch);
    read_kept_refs(c);
    inherit_listing(c);
    return result;
}
