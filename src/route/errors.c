/*
 * errors: how many errors of flows are open, which is state and no configuration.
 *
 * There is no account-wide list of them. A live account of many integrations is read everywhere
 * else with a few requests, so that there only some integrations are asked in a cycle, those whose
 * answers are the oldest; the rest counts as it was. With mirror.errors all are asked.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "cycle.h"
#include "route/record.h"

/* Integrations asked in a cycle of a live account. */
enum { ASKED_MAX = 32 };

/* What is known of an integration's errors. */
struct count {
    struct integration *integration;
    struct str at; /* time of the last answer; empty: never */
};

static int by_age(const void *a, const void *b)
{
    const struct count *left = a, *right = b;
    int order = str_cmp(left->at, right->at);
    return order ? order : str_cmp(left->integration->id, right->integration->id);
}

int cycle_add_error_lists(struct cycle *c, struct err *err)
{
    const struct kind *kind = kind_of(KIND_ERRORS);
    struct arena scratch = {0};
    struct node known;
    size_t n = 0, most = c->integrations_by_id.n;
    if (record_load_errors(c->store, &scratch, &known, err) < 0)
        return -1;
    struct count *counts = arena_array(&scratch, most + 1, sizeof *counts);
    for (struct integration *i = c->integrations; i; i = i->next) {
        const struct node *row = node_get(&known, i->id);
        counts[n++] = (struct count){i, row ? node_get_text(row, STR("at")) : STR("")};
    }
    if (n)
        qsort(counts, n, sizeof *counts, by_age);
    bool all = c->options->errors || c->trail.dialect != DIALECT_LIVE;
    for (size_t i = 0; i < n && (all || i < ASKED_MAX); i++)
        cycle_add_list(c, kind, counts[i].integration->id);
    arena_release(&scratch);
    return 0;
}

static uint64_t number_of(const struct node *row)
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

static uint64_t sum(const struct node *rows)
{
    uint64_t n = 0;
    for (size_t i = 0; rows && rows->type == NODE_LIST && i < rows->list.n; i++)
        n += number_of(&rows->list.items[i]);
    return n;
}

/* What is known of one integration now: this cycle's answer, or an older one. */
static const struct node *known_now(struct cycle *c, const struct integration *integration,
                                    const struct node *known, struct node *fresh)
{
    const struct list *list = cycle_list(c, KIND_ERRORS, integration->id);
    if (!list || list->state != LIST_WHOLE)
        return node_get(known, integration->id);
    char at[CLOCK_TEXT];
    clock_format(c->result->started, at);
    *fresh = node_map(&c->arena, 2);
    node_map_set(&c->arena, fresh, STR("at"), node_string(arena_str(&c->arena, str_of(at))));
    node_map_set(&c->arena, fresh, STR("rows"), list->rows);
    return fresh;
}

int cycle_take_error_counts(struct cycle *c, struct err *err)
{
    struct node known, now = node_map(&c->arena, 0), fresh;
    if (record_load_errors(c->store, &c->arena, &known, err) < 0)
        return -1;
    for (struct integration *i = c->integrations; i; i = i->next) {
        const struct node *row = known_now(c, i, &known, &fresh);
        if (!row)
            continue;
        c->result->open_errors += sum(node_get(row, STR("rows")));
        node_map_set(&c->arena, &now, i->id, *row);
    }
    return record_save_errors(c->store, &now, err);
}
