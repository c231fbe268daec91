/* pull: which lists are read. */
#include "cycle.h"

/* The sub-lists of a kind: of all integrations, or of those whose documents lack what they tell. Of
 * integrations out of scope only what may belong to others, too. */
static void add_sub_lists(struct cycle *c, const struct kind *kind, bool only_lacking)
{
    for (struct integration *i = c->integrations; i; i = i->next) {
        bool out =
            !kind_is_document(kind) && !scope_holds(&c->scope, kind_of(KIND_INTEGRATION), i->name);
        if (!out && (!only_lacking || i->lacks[kind->id]))
            cycle_add_list(c, kind, i->id);
    }
}

/* Likewise, for who belongs to whom alone. */
static void add_sub_lists_of_ids(struct cycle *c, const struct kind *kind, bool only_lacking)
{
    struct list *before = c->lists;
    add_sub_lists(c, kind, only_lacking);
    for (struct list *list = c->lists; list != before; list = list->next)
        list->ids_only = true;
}

static bool wants(const struct cycle *c, const struct kind *kind)
{
    bool needed = kind->place == PLACE_OWN_FOLDER || kind->decides; /* who owns what */
    return (kind->id != KIND_USERS || c->options->users) &&
           (kind->id != KIND_AUDIT || c->options->audit) &&
           (needed || !kind_is_document(kind) || scope_may_hold(&c->scope, kind));
}

/* The filter of sandbox= is documented for integrations only, so that with it `auto` asks them.
 * What no integration lists is asked of the account in any case. */
static bool asks_account(const struct cycle *c, const struct kind *kind)
{
    enum sync_lists lists = c->options->lists;
    return kind->account_list && (!kind->sub_list || lists == SYNC_LISTS_ACCOUNT ||
                                  (lists == SYNC_LISTS_AUTO && !c->options->sandbox));
}

/* The audit log before all else: what it tells later shows what moved meanwhile. */
static int pull_trail(struct cycle *c, struct err *err)
{
    return asks_account(c, kind_of(KIND_AUDIT)) ? trail_begin(c, err) : 0;
}

/* The account-wide lists of kinds whose documents have to be got singly, or of the others. */
static void add_account_lists(struct cycle *c, bool singly)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind *kind = kind_of((enum kind_id)i);
        if (kind->id != KIND_AUDIT && (kind->body != NULL) == singly && asks_account(c, kind) &&
            wants(c, kind))
            cycle_add_list(c, kind, STR(""));
    }
}

/* All account-wide lists at once, that of integrations among them; first those that only begin what
 * is to be asked for. */
static int pull_account(struct cycle *c, struct err *err)
{
    add_account_lists(c, true);
    add_account_lists(c, false);
    if (cycle_walk_lists(c, err) < 0)
        return -1;
    /* What can be read is read: where the list of integrations cannot be had, those of HEAD. */
    bool failed = cycle_list(c, KIND_INTEGRATION, STR(""))->state == LIST_FAILED;
    for (size_t i = 0; failed && i < c->before.n; i++)
        if (c->before.entries[i]->kind == KIND_INTEGRATION)
            cycle_add_integration(c, c->before.entries[i]->id);
    return cycle_get_whole_integrations(c, err);
}

/* Whether some of a kind have no known owner but the sub-lists might name one. */
static bool has_orphans(struct cycle *c, const struct kind *kind)
{
    for (size_t i = 0; i < c->now.n; i++) {
        const struct entry *entry = c->now.entries[i];
        if (entry->kind == kind->id && !entry->home.n && entry->used_by.state == CLAIM_NONE)
            return true;
    }
    return false;
}

/* Whether sub-lists are read in place of an account-wide list that failed. `auto` does it for
 * documents whatever the failure; rows move with it, so that a server has to say that it has none.
 */
static bool falls_back(const struct cycle *c, const struct list *list)
{
    if (list->state != LIST_FAILED)
        return false;
    return kind_is_document(list->kind) ? c->options->lists == SYNC_LISTS_AUTO
                                        : cycle_is_denied(&list->failure);
}

/* The sub-lists of a kind where there is no account-wide list or it fell short: all of them where
 * it failed, and only for who belongs to whom where documents do not say it. A live service, known
 * by its account-wide audit log, would be asked in vain: there, what no flow uses is nobody's. */
static void add_what_lacks(struct cycle *c, const struct kind *kind)
{
    struct list *list = cycle_list(c, kind->id, STR(""));
    if (!list) {
        add_sub_lists(c, kind, false);
    } else if (falls_back(c, list)) {
        list->superseded = cycle_is_denied(&list->failure) &&
                           (!kind_is_document(kind) || cycle_is_absent(&list->failure));
        add_sub_lists(c, kind, false);
    } else if (kind->place == PLACE_OWNER && c->trail.dialect == DIALECT_REFERENCE &&
               has_orphans(c, kind)) {
        add_sub_lists_of_ids(c, kind, false);
    } else if (kind->registered) {
        add_sub_lists_of_ids(c, kind, true);
    }
}

static int pull_integrations(struct cycle *c, struct err *err)
{
    index_settle(&c->now);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind *kind = kind_of((enum kind_id)i);
        if (kind->sub_list && kind->id != KIND_ERRORS && wants(c, kind))
            add_what_lacks(c, kind);
    }
    if (cycle_add_error_lists(c, err) < 0)
        return -1;
    return cycle_walk_lists(c, err);
}

int cycle_pull(struct cycle *c, struct err *err)
{
    int result = pull_trail(c, err);
    if (result == 0)
        result = pull_account(c, err);
    if (result == 0)
        result = pull_integrations(c, err);
    if (result == 0)
        result = trail_end(c, err);
    if (result == 0)
        result = cycle_enter_integrations(c, err);
    cycle_drop_pages(c);
    return result;
}
