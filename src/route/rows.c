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

static uint64_t count_of(const struct node *row)
{
    struct str text = STR("");
    const struct node *count = node_get(row, STR("numError"));
    if (count && count->type == NODE_NUMBER)
        text = count->text;
    uint64_t n = 0;
    for (size_t i = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && n < 1000000000; i++)
        n = n * 10 + (uint64_t)(text.p[i] - '0');
    return n;
}

/* All rows in one file, in an order of their own, because the API's means nothing. No rows, no
 * file. */
static int write_whole(struct cycle *c, const struct list *list, struct err *err)
{
    struct node rows = list->rows;
    if (list->kind->id == KIND_ERRORS) {
        for (size_t i = 0; i < rows.list.n; i++)
            c->result->open_errors += count_of(&rows.list.items[i]);
        if (!c->options->errors)
            return 0;
    }
    if (rows.list.n == 0)
        return 0;
    qsort(rows.list.items, rows.list.n, sizeof *rows.list.items, by_value);
    return cycle_enter_file(c, list->kind, list->integration, STR(""), &rows, err);
}

/* Who an audit row says it was: a mail address or name, or an object that holds one. */
static struct str user_of(const struct node *row)
{
    const struct node *user = node_get(row, STR("user"));
    if (!user)
        user = node_get(row, STR("byUser"));
    if (user && user->type == NODE_STRING)
        return user->text;
    struct str email = node_get_text(user ? user : row, STR("email"));
    return email.n ? email : node_get_text(user ? user : row, STR("name"));
}

static void note_user(struct cycle *c, struct str user)
{
    for (size_t i = 0; i < c->changed_by.list.n; i++)
        if (str_eq(c->changed_by.list.items[i].text, user))
            return;
    if (user.n)
        node_list_add(&c->arena, &c->changed_by, node_string(arena_str(&c->arena, user)));
}

/* The rows of one month: those that HEAD holds and those the API told, each once. */
static int write_month(struct cycle *c, const struct list *list, struct str month,
                       const struct dated *told, size_t n, struct err *err)
{
    struct arena scratch = {0};
    struct node held = node_list(&scratch, 0);
    struct err why = {0};
    const struct entry *before = index_get(&c->before, list->kind->id, list->integration, month);
    if (before && cycle_load(c, &scratch, &before->blob, &held, &why) == 0 &&
        held.type != NODE_LIST)
        err_set(&why, ERR_BAD, "holds no list of rows");
    if (why.cls != ERR_NONE) {
        /* Not a file of ours: what HEAD has must not shrink, so it stays. */
        err_wrap(&why, "audit log %.*s", STR_ARG(month));
        cycle_problem(c, list->kind, &why);
        index_keep(&c->now, before);
        arena_release(&scratch);
        return 0;
    }
    size_t held_n = held.list.n;
    struct dated *all = arena_array(&scratch, n + held_n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        all[i] = told[i];
    for (size_t i = 0; i < held_n; i++) {
        struct node *row = &held.list.items[i];
        all[n + i] = (struct dated){node_get_text(row, str_of(list->kind->when)), *row};
    }
    struct node file = node_list(&scratch, n + held_n);
    if (n + held_n)
        qsort(all, n + held_n, sizeof *all, by_time);
    for (size_t i = 0; i < n + held_n; i++)
        if (i == 0 || by_time(&all[i - 1], &all[i]) != 0)
            node_list_add(&scratch, &file, all[i].row);
    int result = cycle_enter_file(c, list->kind, list->integration, month, &file, err);
    /* A first mirror would name everybody who ever changed anything. */
    for (size_t i = 0; result == 0 && !oid_is_zero(&c->head) && i < n; i++) {
        bool known = false;
        for (size_t k = 0; !known && k < held_n; k++)
            known = node_eq(&told[i].row, &held.list.items[k]);
        if (!known)
            note_user(c, user_of(&told[i].row));
    }
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

/* What HEAD has and was not read stays, and months always do. A list that came back empty where it
 * was not is withheld: no GET can confirm it. */
static void keep_unread(struct cycle *c)
{
    for (size_t i = 0; i < c->before.n; i++) {
        const struct entry *entry = c->before.entries[i];
        const struct kind *kind = kind_of(entry->kind);
        if (kind_is_document(kind) || !index_get(&c->now, KIND_INTEGRATION, entry->id, STR("")) ||
            index_get(&c->now, entry->kind, entry->id, entry->part))
            continue;
        const struct list *list = cycle_list(c, entry->kind, entry->id);
        bool read = list && list->state == LIST_WHOLE && !list->damaged;
        if (!read || kind->place == PLACE_MONTHS)
            index_keep(&c->now, entry);
        else if (kind->lasting && !cycle_is_acked(c, entry))
            cycle_withhold(c, entry);
    }
}

/* Whether what a list told is to be written. Months take what came; a file that stands for the
 * whole list does so only where all of it was read, or where there is none yet. */
static bool is_writable(const struct cycle *c, const struct list *list)
{
    if (kind_is_document(list->kind) ||
        !index_get(&c->now, KIND_INTEGRATION, list->integration, STR("")))
        return false;
    if (list->kind->place == PLACE_MONTHS)
        return true;
    return list->state == LIST_WHOLE &&
           (!list->damaged || !index_get(&c->before, list->kind->id, list->integration, STR("")));
}

int cycle_write_rows(struct cycle *c, struct err *err)
{
    for (const struct list *list = c->lists; list; list = list->next) {
        if (!is_writable(c, list))
            continue;
        int result = list->kind->place == PLACE_MONTHS ? write_months(c, list, err)
                                                       : write_whole(c, list, err);
        if (result < 0)
            return -1;
    }
    keep_unread(c);
    return 0;
}
