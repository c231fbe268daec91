#include "route/metrics.h"

#include <stdlib.h>

#include "base/clock.h"
#include "format/exposition.h"
#include "model/kind.h"

/* Flows with open errors that get a sample each; a dashboard of more is none. */
enum { FLOWS_MAX = 500, ERRORS_MAX = 1000000000 };

struct metrics {
    struct buf *out;
    struct str account;
    const struct node *status;
};

/* ---- reading the record ---- */

static double number_of(const struct node *value)
{
    return value && value->type == NODE_NUMBER ? strtod(value->text.p, NULL) : 0;
}

static double number(const struct metrics *m, const char *key)
{
    return number_of(node_get(m->status, str_of(key)));
}

static const struct node *map_in(const struct node *map, const char *key)
{
    const struct node *value = map ? node_get(map, str_of(key)) : NULL;
    return value && value->type == NODE_MAP ? value : NULL;
}

static size_t size_of(const struct node *map)
{
    return map ? map->map.n : 0;
}

/* ---- writing ---- */

static void family(const struct metrics *m, const char *name, const char *type, const char *help)
{
    exposition_family(m->out, name, type, help);
}

/* A sample with the account and up to two labels more. */
static void sample(const struct metrics *m, const char *name, const char *label, struct str value,
                   const char *label2, struct str value2, double number)
{
    struct exposition_label labels[3] = {{"account", m->account}};
    size_t n = 1;
    if (label)
        labels[n++] = (struct exposition_label){label, value};
    if (label2)
        labels[n++] = (struct exposition_label){label2, value2};
    exposition_sample(m->out, name, labels, n, number);
}

static void plain(const struct metrics *m, const char *name, double number)
{
    sample(m, name, NULL, STR(""), NULL, STR(""), number);
}

static void gauge(const struct metrics *m, const char *name, const char *help, double number)
{
    family(m, name, "gauge", help);
    plain(m, name, number);
}

static void counter(const struct metrics *m, const char *name, const char *help, double number)
{
    family(m, name, "counter", help);
    plain(m, name, number);
}

/* A time of the record's; nothing where it never was. */
static void moment(const struct metrics *m, const char *name, const char *key, const char *help)
{
    int64_t seconds;
    if (clock_parse(node_get_text(m->status, str_of(key)), &seconds) == 0)
        gauge(m, name, help, (double)seconds);
}

/* One sample for each member of a map of numbers. */
static void each(const struct metrics *m, const char *name, const char *label,
                 const struct node *map)
{
    for (size_t i = 0; i < size_of(map); i++)
        sample(m, name, label, map->map.items[i].key, NULL, STR(""),
               number_of(&map->map.items[i].value));
}

/* ---- what there is to tell ---- */

static void write_cycles(const struct metrics *m, unsigned every_ms)
{
    bool failed = str_is(node_get_text(m->status, STR("outcome")), "failed");
    const struct node *complete = node_get(m->status, STR("complete"));
    bool whole = !failed && complete && complete->type == NODE_BOOL && complete->boolean;
    gauge(m, "iokeeper_last_cycle_success", "Whether the last cycle ran to its end.",
          failed ? 0 : 1);
    gauge(m, "iokeeper_last_cycle_complete",
          "Whether the last cycle read everything whole and withheld nothing.", whole ? 1 : 0);
    gauge(m, "iokeeper_failures", "Cycles that failed in a row.", number(m, "failures"));
    moment(m, "iokeeper_last_cycle_timestamp_seconds", "started", "When the last cycle began.");
    moment(m, "iokeeper_last_success_timestamp_seconds", "last_success",
           "When the last cycle began that ran to its end.");
    moment(m, "iokeeper_last_complete_timestamp_seconds", "last_complete",
           "When the last cycle began that read everything whole.");
    gauge(m, "iokeeper_cycle_duration_seconds", "How long the last cycle took, without the push.",
          number(m, "took_ms") / 1000);
    gauge(m, "iokeeper_schedule_interval_seconds", "How often it is meant to sync.",
          every_ms / 1000.0);
    family(m, "iokeeper_cycles_total", "counter", "Cycles by how they ended.");
    each(m, "iokeeper_cycles_total", "outcome", map_in(map_in(m->status, "totals"), "cycles"));
}

static void write_resources(const struct metrics *m)
{
    const struct node *resources = map_in(m->status, "resources");
    const struct node *withheld = node_get(m->status, STR("withheld"));
    family(m, "iokeeper_resources", "gauge", "What the mirror holds, by kind.");
    for (size_t i = 0; i < size_of(resources); i++) {
        const struct kind *kind = kind_find(resources->map.items[i].key);
        if (kind)
            sample(m, "iokeeper_resources", "kind", str_of(kind->name), NULL, STR(""),
                   number_of(&resources->map.items[i].value));
    }
    gauge(m, "iokeeper_withheld_deletions", "Deletions that wait for a person's word.",
          withheld && withheld->type == NODE_LIST ? (double)withheld->list.n : 0);
}

static void write_changes(const struct metrics *m)
{
    const struct node *kinds = map_in(map_in(m->status, "totals"), "changes");
    family(m, "iokeeper_changes_total", "counter", "Changes committed, by kind and verb.");
    for (size_t i = 0; i < size_of(kinds); i++) {
        const struct node *verbs = &kinds->map.items[i].value;
        for (size_t j = 0; verbs->type == NODE_MAP && j < verbs->map.n; j++)
            sample(m, "iokeeper_changes_total", "kind", kinds->map.items[i].key, "verb",
                   verbs->map.items[j].key, number_of(&verbs->map.items[j].value));
    }
}

static void write_api(const struct metrics *m)
{
    const struct node *totals = map_in(m->status, "totals");
    struct metrics t = {m->out, m->account, totals ? totals : m->status};
    family(m, "iokeeper_api_requests_total", "counter",
           "Requests to the API by status; none: no answer came.");
    each(m, "iokeeper_api_requests_total", "code", map_in(totals, "requests"));
    if (!totals)
        return;
    counter(&t, "iokeeper_api_retries_total", "Requests that were repeated.",
            number(&t, "retries"));
    counter(&t, "iokeeper_api_rate_limit_waits_total",
            "Times a request waited for the rate limit or a Retry-After.",
            number(&t, "rate_waits"));
    counter(&t, "iokeeper_pushes_total", "Pushes that the remote took.", number(&t, "pushes"));
    counter(&t, "iokeeper_push_failures_total", "Pushes that failed.", number(&t, "pushes_failed"));
}

static void write_push(const struct metrics *m)
{
    double unpushed = number(m, "unpushed");
    gauge(m, "iokeeper_unpushed_commits",
          "Commits that the remote does not have; -1: nothing was pushed yet.", unpushed);
    moment(m, "iokeeper_last_push_timestamp_seconds", "last_push",
           "When the remote was last known to have everything.");
}

/* What an integration's rows come to by flow: one that is told twice is one sample. */
static struct node by_flow(struct arena *a, const struct node *rows)
{
    struct node flows = node_map(a, 0);
    for (size_t i = 0; rows && rows->type == NODE_LIST && i < rows->list.n; i++) {
        const struct node *row = &rows->list.items[i];
        double open = row->type == NODE_MAP ? number_of(node_get(row, STR("numError"))) : 0;
        struct str flow = row->type == NODE_MAP ? node_get_text(row, STR("_flowId")) : STR("");
        if (!flow.n || open < 1 || open > ERRORS_MAX)
            continue;
        long long before = (long long)number_of(node_get(&flows, flow));
        node_map_set(a, &flows, flow, node_integer(a, before + (long long)open));
    }
    return flows;
}

static void write_errors(const struct metrics *m, const struct node *errors)
{
    struct arena scratch = {0};
    size_t n = 0;
    gauge(m, "iokeeper_flow_errors_open", "Open errors of all flows.", number(m, "open_errors"));
    family(m, "iokeeper_flow_errors", "gauge", "Open errors of a flow that has some.");
    for (size_t i = 0; errors->type == NODE_MAP && i < errors->map.n; i++) {
        const struct member *of = &errors->map.items[i];
        struct node flows = by_flow(
            &scratch, of->value.type == NODE_MAP ? node_get(&of->value, STR("rows")) : NULL);
        for (size_t j = 0; j < flows.map.n && n < FLOWS_MAX; j++, n++)
            sample(m, "iokeeper_flow_errors", "integration", of->key, "flow",
                   flows.map.items[j].key, number_of(&flows.map.items[j].value));
    }
    arena_release(&scratch);
}

void metrics_write(struct buf *out, const char *account, const struct node *status,
                   const struct node *errors, unsigned every_ms)
{
    struct metrics m = {out, str_of(account), status};
    family(&m, "iokeeper_build_info", "gauge", "The version that wrote this.");
    sample(&m, "iokeeper_build_info", "version", STR(IOKEEPER_VERSION), NULL, STR(""), 1);
    if (status->type != NODE_MAP)
        return;
    write_cycles(&m, every_ms);
    write_resources(&m);
    write_changes(&m);
    write_api(&m);
    write_push(&m);
    write_errors(&m, errors);
}
