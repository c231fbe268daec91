/*
 * trail: the account-wide audit log, which a live service has.
 *
 * Its first page is read before all lists, its end after them. What it tells of the time between
 * shows which lists lost or won rows while they were walked: links lead through pages by offset, so
 * that a row deleted on an earlier page takes one unseen with it. Such lists are walked again.
 *
 * Only rows newer than those of HEAD are asked for, and some before, for a log that is behind.
 */
#include <string.h>

#include "base/clock.h"
#include "cycle.h"
#include "route/record.h"

/* How far behind the log may be, in seconds; how often lists that moved are walked again. */
enum { LAG = 3600, ROUNDS_MAX = 3 };

/* How far the server's clock may be ahead of ours, in seconds. */
enum { AHEAD = 86400 };

static struct str time_of(const struct list *list, size_t i)
{
    return node_get_text(&list->rows.list.items[i], str_of(list->kind->when));
}

/* The log's list from a time on (empty: all of it). */
static struct list *add_log(struct cycle *c, struct str from)
{
    struct list *list = cycle_add_list(c, kind_of(KIND_AUDIT), STR(""));
    if (from.n)
        list->walk.url = arena_printf(&c->arena, "%s?from=%.*s", list->walk.url, STR_ARG(from)).p;
    list->walk.limit = API_LIVE_ROWS;
    return list;
}

/* A time of the log's, some earlier. */
static struct str before_lag(struct cycle *c, struct str when)
{
    char text[CLOCK_TEXT];
    int64_t seconds;
    if (clock_parse(when, &seconds) < 0)
        return STR("");
    clock_format(seconds - LAG, text);
    return arena_str(&c->arena, str_of(text));
}

/* Whether a time is one, and not so far ahead of ours that all to come would lie before it. */
static bool is_plausible(const struct cycle *c, struct str when)
{
    int64_t seconds;
    return clock_parse(when, &seconds) == 0 && seconds <= c->result->started + AHEAD;
}

static struct str newest(const struct cycle *c, const struct list *list, struct str least)
{
    for (size_t i = 0; i < list->rows.list.n; i++)
        if (str_cmp(time_of(list, i), least) > 0 && is_plausible(c, time_of(list, i)))
            least = time_of(list, i);
    return least;
}

/* Takes rows that are new to the log, and marks the kinds of which they say that one came or went.
 * `since`: what is older did so before the lists were begun. */
static void take_rows(struct cycle *c, const struct list *from, struct str since,
                      bool moved[KIND_COUNT])
{
    struct trail *trail = &c->trail;
    for (size_t i = 0; i < from->rows.list.n; i++) {
        struct node *row = &from->rows.list.items[i];
        struct str identity = cycle_row_identity(c, from->kind, row);
        if (map_put(&trail->rows, identity, row))
            continue;
        if (from != trail->list)
            node_list_add(&c->arena, &trail->list->rows, *row);
        const struct kind *kind = cycle_kind_of_row(row);
        bool stays = str_is(node_get_text(row, STR("action")), "update");
        if (stays || str_cmp(time_of(from, i), since) < 0)
            continue;
        for (size_t k = 0; k < KIND_COUNT; k++) /* of what kind it does not say: any */
            moved[k] = moved[k] || !kind || kind->id == k;
    }
}

/* Judges the first page, of `some` of the log or all: which dialect the server speaks. */
static int judge(struct cycle *c, struct list *list, bool some, struct err *err)
{
    struct trail *trail = &c->trail;
    if (list->state != LIST_FAILED) {
        trail->dialect = DIALECT_LIVE;
        trail->list = list;
        trail->fences = list->rows.list.n > 0; /* a token of little scope may see an empty one */
        trail->began = trail->mark = newest(c, list, trail->through);
        take_rows(c, list, STR("~"), (bool[KIND_COUNT]){false}); /* all of it came before */
        return 0;
    }
    if (list->failure.cls == ERR_BAD && list->failure.code == 400 && some) {
        list->superseded = true; /* from= is not understood: all of it, then */
        list = add_log(c, STR(""));
        return cycle_walk_first_page(c, list, err) < 0 ? -1 : judge(c, list, false, err);
    }
    trail->dialect = cycle_is_denied(&list->failure) ? DIALECT_REFERENCE : DIALECT_UNKNOWN;
    /* Where nobody wants the log itself, only its use as a fence is lost. */
    list->superseded = trail->dialect == DIALECT_REFERENCE || !c->options->audit;
    return 0;
}

int trail_begin(struct cycle *c, struct err *err)
{
    struct record_trail known;
    if (record_load_trail(c->store, &c->arena, &c->head, c->options->audit, &known, err) < 0)
        return -1;
    c->trail.through = known.through;
    c->api.links = known.links;
    if (!is_plausible(c, c->trail.through))
        c->trail.through = STR("");
    /* Another scope wants rows that were left out before. */
    bool same = scope_same(&c->scope, &c->scope_before);
    struct str from = same ? before_lag(c, c->trail.through) : STR("");
    struct list *list = add_log(c, from);
    return cycle_walk_first_page(c, list, err) < 0 ? -1 : judge(c, list, from.n > 0, err);
}

/* ---- what moved meanwhile ---- */

/* Reads what the log got since the lists were begun. */
static int read_end(struct cycle *c, bool moved[KIND_COUNT], bool *ret_known, struct err *err)
{
    struct trail *trail = &c->trail;
    struct list *end = add_log(c, trail->mark);
    if (cycle_walk_lists(c, err) < 0)
        return -1;
    *ret_known = end->state == LIST_WHOLE && !end->damaged;
    take_rows(c, end, trail->mark, moved);
    trail->mark = newest(c, end, trail->mark);
    return 0;
}

/* Begins those lists again of which rows may have been lost. */
static size_t walk_again(struct cycle *c, const bool moved[KIND_COUNT])
{
    size_t n = 0;
    for (struct list *list = c->lists; list; list = list->next) {
        if (list->state != LIST_WHOLE || list->linked_pages < 2 || !moved[list->kind->id])
            continue;
        const char *url = list->walk.url;
        api_walk_init(&list->walk, url);
        list->walk.fenced = true;
        list->state = LIST_OPEN;
        n++;
    }
    return n;
}

/* Lists of several linked pages of which nobody can say that they were seen whole. */
static void fail_unproved(struct cycle *c, const bool moved[KIND_COUNT], const char *why)
{
    for (struct list *list = c->lists; list; list = list->next)
        if (list->state == LIST_WHOLE && list->linked_pages > 1 && moved[list->kind->id]) {
            list->state = LIST_FAILED;
            err_set(&list->failure, ERR_BAD, "GET %s: %s", api_path_of(list->walk.url), why);
        }
}

static bool is_log(const struct list *list)
{
    return list->kind->id == KIND_AUDIT && !list->integration.n;
}

/* The log stands in one list again, whatever was asked to fill it. */
static void close_log(struct cycle *c)
{
    for (struct list *list = c->lists; list; list = list->next)
        if (is_log(list) && list != c->trail.list)
            list->superseded = list->state == LIST_WHOLE || !c->options->audit;
}

int trail_end(struct cycle *c, struct err *err)
{
    struct trail *trail = &c->trail;
    if (!trail->list)
        return 0;
    bool moved[KIND_COUNT] = {false};
    take_rows(c, trail->list, trail->began, moved); /* what its other pages had */
    for (unsigned round = 0;; round++) {
        bool known;
        if (read_end(c, moved, &known, err) < 0)
            return -1;
        if (!trail->fences) /* lists of several pages were walked until two walks agreed */
            break;
        if (!known) {
            for (size_t k = 0; k < KIND_COUNT; k++)
                moved[k] = kind_is_document(kind_of((enum kind_id)k));
            fail_unproved(c, moved,
                          "several pages, and the audit log could not say whether they moved");
            break;
        }
        if (round == ROUNDS_MAX) {
            fail_unproved(c, moved, "the list moved while it was read, again and again");
            break;
        }
        if (walk_again(c, moved) == 0)
            break;
        memset(moved, 0, sizeof moved);
    }
    close_log(c);
    return cycle_get_whole_integrations(c, err); /* of which a list has told only now */
}

int trail_save(struct cycle *c, struct err *err)
{
    const struct trail *trail = &c->trail;
    bool whole = trail->list && trail->list->state == LIST_WHOLE;
    if (!whole || !trail->began.n)
        return 0;
    struct record_trail known = {.through = trail->began, .links = c->api.links};
    return record_save_trail(c->store, &c->result->commit, c->options->audit, &known, err);
}
