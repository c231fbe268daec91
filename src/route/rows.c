/* rows: files that list an integration's rows: users, errors, and the audit log by month. */
#include <stdlib.h>

#include "base/buf.h"
#include "cycle.h"
#include "format/yaml.h"
#include "model/layout.h"

static int by_value(const void *a, const void *b)
{
    return node_cmp(a, b);
}

/* A row's month, its time and then its content: the order of an audit file, so that it grows at its
 * end. */
struct dated {
    struct str when;
    struct node row;
};

static int by_time(const void *a, const void *b)
{
    const struct dated *left = a, *right = b;
    int order = str_cmp(layout_month(left->when), layout_month(right->when));
    if (order == 0)
        order = str_cmp(left->when, right->when);
    return order ? order : node_cmp(&left->row, &right->row);
}

/* All rows in one file, in an order of their own, because the API's means nothing. No rows, no
 * file. */
static int write_whole(struct cycle *c, const struct list *list, struct err *err)
{
    struct node rows = list->rows;
    if (rows.list.n == 0 || (list->kind->id == KIND_ERRORS && !c->options->errors))
        return 0;
    qsort(rows.list.items, rows.list.n, sizeof *rows.list.items, by_value);
    return cycle_enter_file(c, list->kind, list->integration, STR(""), &rows, err);
}

/* Writes the rows that HEAD holds and those of the told that it does not, which are news. */
static int merge_month(struct cycle *c, const struct list *list, struct str month,
                       const struct node *held, const struct dated *told, size_t n, struct err *err)
{
    struct arena scratch = {0};
    struct map known = {0};
    struct dated *all = arena_array(&scratch, n + held->list.n, sizeof *all);
    size_t all_n = 0;
    for (size_t i = 0; i < held->list.n; i++) {
        struct node row = held->list.items[i];
        redact(c->redactor, &scratch, list->kind, &row); /* as configured now */
        map_put(&known, cycle_row_identity(c, list->kind, &row), c);
        all[all_n++] = (struct dated){node_get_text(&row, str_of(list->kind->when)), row};
    }
    for (size_t i = 0; i < n; i++) {
        if (map_put(&known, cycle_row_identity(c, list->kind, &told[i].row), c))
            continue;
        all[all_n++] = told[i];
        if (!list->noted)
            authors_note(c, list->integration, &told[i].row);
    }
    if (all_n)
        qsort(all, all_n, sizeof *all, by_time);
    struct node file = node_list(&scratch, all_n);
    for (size_t i = 0; i < all_n; i++)
        node_list_add(&scratch, &file, all[i].row);
    map_release(&known);
    int result = cycle_enter_file(c, list->kind, list->integration, month, &file, err);
    arena_release(&scratch);
    return result;
}

/* What HEAD holds of a month, also of the integration that this one was before it was created anew;
 * or NULL. */
static const struct entry *held_month(const struct cycle *c, const struct kind *kind,
                                      struct str integration, struct str month)
{
    const struct entry *before = index_get(&c->before, kind->id, integration, month);
    const struct entry *home = index_get(&c->now, KIND_INTEGRATION, integration, STR(""));
    if (before || !integration.n || !home || !home->origin)
        return before;
    return index_get(&c->before, kind->id, home->origin->id, month);
}

/* The rows of one month: those that HEAD holds and those the API told, each once. */
static int write_month(struct cycle *c, const struct list *list, struct str month,
                       const struct dated *told, size_t n, struct err *err)
{
    struct arena scratch = {0};
    struct node held = node_list(&scratch, 0);
    struct err why = {0};
    const struct entry *before = held_month(c, list->kind, list->integration, month);
    if (before && cycle_load(c, &scratch, &before->blob, &held, &why) == 0 &&
        held.type != NODE_LIST)
        err_set(&why, ERR_BAD, "holds no list of rows");
    if (why.cls != ERR_NONE) {
        /* Not a file of ours: what HEAD has must not shrink, so it stays. */
        err_wrap(&why, "audit log %.*s", STR_ARG(month));
        cycle_problem(c, list->kind, &why);
        index_put(&c->now, list->kind->id, list->integration, month)->blob = before->blob;
        arena_release(&scratch);
        return 0;
    }
    int result = merge_month(c, list, month, &held, told, n, err);
    arena_release(&scratch);
    return result;
}

static bool month_is_unchanged(struct cycle *c, const struct list *list, struct str month,
                               const struct dated *told, size_t n)
{
    const struct entry *before = index_get(&c->before, list->kind->id, list->integration, month);
    if (!before)
        return false;
    struct arena scratch = {0};
    struct buf yaml = BUF_MAX(DIGEST_MAX);
    struct oid blob;
    struct node file = node_list(&scratch, n);
    for (size_t i = 0; i < n; i++)
        node_list_add(&scratch, &file, told[i].row);
    yaml_emit(&yaml, &file);
    oid_of(OBJ_BLOB, buf_view(&yaml), &blob);
    bool same = !buf_overflowed(&yaml) && oid_eq(&blob, &before->blob);
    buf_release(&yaml);
    arena_release(&scratch);
    if (same)
        index_keep(&c->now, before)->kept = false;
    return same;
}

static int write_months(struct cycle *c, const struct list *list, struct err *err)
{
    struct arena scratch = {0};
    size_t n = list->rows.list.n;
    struct dated *told = arena_array(&scratch, n, sizeof *told);
    for (size_t i = 0; i < n; i++) {
        const struct node *row = &list->rows.list.items[i];
        told[i] = (struct dated){node_get_text(row, str_of(list->kind->when)), *row};
    }
    if (n)
        qsort(told, n, sizeof *told, by_time);
    int result = 0;
    for (size_t from = 0, to; result == 0 && from < n; from = to) {
        struct str month = layout_month(told[from].when);
        for (to = from + 1; to < n && str_eq(layout_month(told[to].when), month);)
            to++;
        if (!month_is_unchanged(c, list, month, told + from, to - from))
            result = write_month(c, list, month, told + from, to - from, err);
    }
    arena_release(&scratch);
    return result;
}

/* ---- account-wide lists: whose a row is ---- */

/* The integration to which a resource belongs, as it is or as it was. */
static struct str owner_of(const struct cycle *c, const struct kind *kind, struct str id)
{
    const struct entry *entry = index_get(&c->now, kind->id, id, STR(""));
    if (!entry)
        entry = index_get(&c->before, kind->id, id, STR(""));
    if (!entry)
        return STR("");
    return kind->place == PLACE_OWN_FOLDER ? entry->id : entry->owner;
}

/* The integration of an audit row: the one it names, or that of the resource it is about. */
static struct str home_of(const struct cycle *c, const struct node *row)
{
    struct str named = node_get_text(row, STR("_integrationId"));
    if (named.n)
        return named;
    const struct kind *kind = cycle_kind_of_row(row);
    struct str id = node_get_text(row, STR("_resourceId"));
    bool document = kind && kind_is_document(kind) && layout_id_is_safe(id);
    return document ? owner_of(c, kind, id) : STR("");
}

/* An account-wide list, taken apart by integration. */
struct parts {
    const struct list *whole;
    struct map by_integration;
    struct list *first; /* newest first; the account's own under an empty id */
};

static struct list *part_of(struct cycle *c, struct parts *parts, struct str integration)
{
    bool known = layout_id_is_safe(integration) &&
                 index_get(&c->now, KIND_INTEGRATION, integration, STR(""));
    struct str id = known ? arena_str(&c->arena, integration) : STR("");
    struct list *part = map_get(&parts->by_integration, id);
    if (part)
        return part;
    part = arena_alloc(&c->arena, sizeof *part);
    *part = (struct list){.kind = parts->whole->kind,
                          .integration = id,
                          .state = parts->whole->state,
                          .damaged = parts->whole->damaged,
                          .rows = node_list(&c->arena, 0),
                          .noted = true,
                          .next = parts->first};
    map_put(&parts->by_integration, id, part);
    parts->first = part;
    return part;
}

/* Whether a row is about an integration, or another resource, out of scope. */
static bool is_out(const struct cycle *c, const struct node *row)
{
    struct str home = home_of(c, row);
    const struct entry *entry = index_get(&c->now, KIND_INTEGRATION, home, STR(""));
    if (entry && entry->out)
        return true;
    const struct kind *kind = cycle_kind_of_row(row);
    struct str id = node_get_text(row, STR("_resourceId"));
    entry = kind && layout_id_is_safe(id) ? index_get(&c->now, kind->id, id, STR("")) : NULL;
    return entry ? entry->out : kind && !scope_may_hold(&c->scope, kind);
}

/* Puts a row where it belongs: with the integrations it is about, or with the account. */
static void part_row(struct cycle *c, struct parts *parts, const struct node *row)
{
    const struct kind *kind = parts->whole->kind;
    const struct node *shared = kind->shared ? node_get(row, str_of(kind->shared)) : NULL;
    if (!shared || shared->type != NODE_LIST || shared->list.n == 0) {
        struct list *part = part_of(c, parts, home_of(c, row));
        node_list_add(&c->arena, &part->rows, *row);
        return;
    }
    for (size_t i = 0; i < shared->list.n; i++) {
        struct str id = node_get_text(&shared->list.items[i], STR("_integrationId"));
        struct list *part = part_of(c, parts, id);
        size_t n = part->rows.list.n;
        if (n == 0 || !node_eq(&part->rows.list.items[n - 1], row))
            node_list_add(&c->arena, &part->rows, *row);
    }
}

/* Adds to `known` the rows that HEAD has of an audit log, from a month on. A resource may have
 * moved since: a row stays where it was put first. */
static void read_known_rows(struct cycle *c, const struct kind *kind, struct str from,
                            struct map *known)
{
    for (size_t i = 0; i < c->before.n; i++) {
        const struct entry *entry = c->before.entries[i];
        struct node file;
        struct err ignored; /* a person may have committed what is no list */
        if (entry->kind != kind->id || str_cmp(entry->part, from) < 0 ||
            cycle_load(c, &c->arena, &entry->blob, &file, &ignored) < 0 || file.type != NODE_LIST)
            continue;
        for (size_t r = 0; r < file.list.n; r++)
            map_put(known, cycle_row_identity(c, kind, &file.list.items[r]), c);
    }
}

static struct str oldest_month(const struct list *list)
{
    struct str oldest = STR("~");
    for (size_t i = 0; i < list->rows.list.n; i++) {
        struct str when = node_get_text(&list->rows.list.items[i], str_of(list->kind->when));
        struct str month = layout_month(when);
        if (str_cmp(month, oldest) < 0)
            oldest = month;
    }
    return oldest;
}

static int write_rows(struct cycle *c, const struct list *list, struct err *err)
{
    return list->kind->place == PLACE_MONTHS ? write_months(c, list, err)
                                             : write_whole(c, list, err);
}

/* The integration that one of HEAD was created anew as, or NULL. */
static const struct entry *heir_of(const struct cycle *c, struct str integration)
{
    const struct entry *home = index_get(&c->before, KIND_INTEGRATION, integration, STR(""));
    return home ? home->heir : NULL;
}

static bool is_homeless(const struct cycle *c, const struct entry *entry)
{
    return entry->id.n && !index_get(&c->now, KIND_INTEGRATION, entry->id, STR(""));
}

/* The log of an integration that is gone goes to the account's: it only grows. */
static void bury(struct cycle *c, struct parts *parts)
{
    const struct kind *kind = parts->whole->kind;
    for (size_t i = 0; kind->place == PLACE_MONTHS && i < c->before.n; i++) {
        const struct entry *entry = c->before.entries[i];
        struct node file;
        struct err ignored; /* a person may have committed what is no list */
        if (entry->kind != kind->id || !is_homeless(c, entry) || heir_of(c, entry->id) ||
            cycle_load(c, &c->arena, &entry->blob, &file, &ignored) < 0 || file.type != NODE_LIST)
            continue;
        struct list *part = part_of(c, parts, STR(""));
        for (size_t r = 0; r < file.list.n; r++)
            node_list_add(&c->arena, &part->rows, file.list.items[r]);
    }
}

static int write_account_rows(struct cycle *c, const struct list *list, struct err *err)
{
    struct parts parts = {.whole = list};
    struct map known = {0};
    int result = 0;
    bury(c, &parts);
    if (list->kind->place == PLACE_MONTHS)
        read_known_rows(c, list->kind, oldest_month(list), &known);
    for (size_t i = 0; i < list->rows.list.n; i++) {
        const struct node *row = &list->rows.list.items[i];
        bool held = known.n > 0 && map_get(&known, cycle_row_identity(c, list->kind, row));
        if (held || is_out(c, row))
            continue;
        authors_note(c, home_of(c, row), row);
        part_row(c, &parts, row);
    }
    for (const struct list *part = parts.first; part && result == 0; part = part->next)
        result = write_rows(c, part, err);
    map_release(&known);
    map_release(&parts.by_integration);
    return result;
}

/* ---- what was not read ---- */

/* The list that had to show the rows of a file of HEAD, or NULL. */
static const struct list *list_of(const struct cycle *c, const struct entry *entry)
{
    const struct list *account = cycle_list(c, entry->kind, STR(""));
    if (account && !account->superseded)
        return account;
    return entry->id.n ? cycle_list(c, entry->kind, entry->id) : NULL;
}

/* Whether the integrations' own lists have said all that the account's said before. */
static bool is_replaced(const struct cycle *c, enum kind_id kind)
{
    const struct list *account = cycle_list(c, kind, STR(""));
    return account && account->superseded && cycle_sub_lists_whole(c, kind);
}

/* The rows of an integration that was created anew go on with what it is now, and its log loses
 * none. */
static void inherit_rows(struct cycle *c)
{
    for (size_t i = 0; i < c->before.n; i++) {
        struct entry *entry = c->before.entries[i];
        const struct kind *kind = kind_of(entry->kind);
        const struct entry *home =
            kind_is_document(kind) || !entry->id.n ? NULL : heir_of(c, entry->id);
        if (!home)
            continue;
        struct entry *heir = index_get(&c->now, entry->kind, home->id, entry->part);
        if (!heir && kind->place == PLACE_MONTHS) {
            heir = index_put(&c->now, entry->kind, home->id, entry->part);
            heir->blob = entry->blob;
        }
        entry->heir = heir;
        if (heir)
            heir->origin = entry;
    }
}

/* What HEAD has and was not read stays, and months always do. A list that came back empty where it
 * was not is withheld: no GET can confirm it. */
static void keep_unread(struct cycle *c)
{
    for (size_t i = 0; i < c->before.n; i++) {
        const struct entry *entry = c->before.entries[i];
        const struct kind *kind = kind_of(entry->kind);
        if (kind_is_document(kind) || is_homeless(c, entry) ||
            index_get(&c->now, entry->kind, entry->id, entry->part))
            continue;
        const struct list *list = list_of(c, entry);
        bool read = list ? list->state == LIST_WHOLE && !list->damaged
                         : !entry->id.n && is_replaced(c, entry->kind);
        bool emptied = read && (!list || list->integration.n || list->rows.list.n == 0);
        if (!read || kind->place == PLACE_MONTHS)
            index_keep(&c->now, entry);
        else if (kind->lasting && emptied && !cycle_is_acked(c, entry))
            cycle_withhold(c, entry);
    }
}

/* Whether what a list told is to be written. Months take what came, but those of the account only a
 * log seen whole, because the next cycle goes on where it ended; a file that stands for the whole
 * list does so only where all of it was read, or where there is none yet. */
static bool is_writable(const struct cycle *c, const struct list *list)
{
    bool homeless =
        list->integration.n && !index_get(&c->now, KIND_INTEGRATION, list->integration, STR(""));
    if (kind_is_document(list->kind) || list->superseded || homeless)
        return false;
    if (list->kind->place == PLACE_MONTHS)
        return c->options->audit && (list->integration.n || list->state == LIST_WHOLE);
    bool held = list->integration.n
                    ? index_get(&c->before, list->kind->id, list->integration, STR("")) != NULL
                    : index_count(&c->before, list->kind->id) > 0;
    return list->state == LIST_WHOLE && (!list->damaged || !held);
}

/* Where the log is not kept, HEAD cannot tell which rows are new: those since the last cycle are.
 */
static void note_unkept(struct cycle *c)
{
    const struct list *log = c->trail.list;
    for (size_t i = 0; i < log->rows.list.n; i++) {
        const struct node *row = &log->rows.list.items[i];
        struct str when = node_get_text(row, str_of(log->kind->when));
        if (c->trail.through.n && str_cmp(when, c->trail.through) > 0)
            authors_note(c, home_of(c, row), row);
    }
}

/* What ids became. */
static int write_ids(struct cycle *c, struct err *err)
{
    struct arena scratch = {0};
    struct node map = idmap_document(&c->ids, &scratch);
    int result = 0;
    if (map.map.n)
        result = cycle_enter_file(c, kind_of(KIND_IDMAP), STR(""), STR(""), &map, err);
    arena_release(&scratch);
    return result;
}

int cycle_write_rows(struct cycle *c, struct err *err)
{
    index_settle(&c->now);
    index_spread_scope(&c->now);
    if (!c->options->audit && c->trail.list)
        note_unkept(c);
    const struct list none = {
        .kind = kind_of(KIND_AUDIT), .state = LIST_WHOLE, .rows = node_list(&c->arena, 0)};
    bool trail_read = c->trail.list && is_writable(c, c->trail.list);
    if (!trail_read && write_account_rows(c, &none, err) < 0)
        return -1;
    for (const struct list *list = c->lists; list; list = list->next) {
        if (!is_writable(c, list))
            continue;
        int result =
            list->integration.n ? write_rows(c, list, err) : write_account_rows(c, list, err);
        if (result < 0)
            return -1;
    }
    inherit_rows(c);
    keep_unread(c);
    return write_ids(c, err);
}
