#include "tell_internal.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "route/metrics.h"
#include "route/record.h"

enum {
    METRICS_MAX = 4 << 20,
    COMMITS_MAX = 50, /* that get their texts told */
};

static bool is_given(const char *text)
{
    return text && *text;
}

bool tell_is_wanted(const struct tell_options *options)
{
    return is_given(options->webhook) || is_given(options->textfile) ||
           is_given(options->heartbeat);
}

/* ---- what was told ---- */

static void merge(struct telling *t, const struct node *noted)
{
    for (size_t i = 0; i < noted->map.n; i++)
        node_map_set(&t->arena, &t->told, noted->map.items[i].key, noted->map.items[i].value);
}

/* What cannot be noted is told again: rather twice than not at all. */
static void save_told(struct telling *t, struct store *store)
{
    struct err err = {0};
    if (record_save_told(store, &t->told, &err) < 0)
        log_warning("%s: what was told will be told again", err.text);
}

/* ---- the webhook ---- */

static int load_commits(struct telling *t, struct store *store, struct err *err)
{
    struct oid last;
    if (store_head(store, &t->head, &t->born, err) < 0)
        return -1;
    t->first = oid_from_hex(node_get_text(&t->told, STR("commit")), &last) < 0;
    if (!t->born || t->first)
        return 0;
    if (store_commits_since(store, &last, &t->head, &t->arena, COMMITS_MAX, &t->commits, err) == 0)
        return 0;
    if (err->cls != ERR_MISSING)
        return -1;
    err_clear(err);
    t->first = true; /* history was rewritten: what is new in it nobody can say */
    return 0;
}

/* How many events were told since the mirror was made: part of each one's id. */
static void count_told(struct telling *t)
{
    long long n = node_get_integer(&t->told, STR("told"));
    node_map_set(&t->arena, &t->told, STR("told"), node_integer(&t->arena, n + 1));
}

/* Delivers events in their order; false where one may arrive soon. One that nobody takes until a
 * person has acted stays untold, for the next cycle; one that is not wanted is left. */
static bool deliver(struct telling *t)
{
    for (const struct event *event = t->events; event; event = event->next) {
        struct err err = {0};
        int result = tell_post(t, event, &err);
        if (result < 0 && err.cls == ERR_STOP)
            return false;
        if (result < 0)
            log_warning("%s: \"%s\" is not told%s", err.text, event->name,
                        err.cls == ERR_BAD ? ", and is left out" : " yet");
        if (result < 0 && err.cls != ERR_BAD)
            return err.cls != ERR_RETRY;
        merge(t, &event->noted);
        count_told(t);
    }
    return true;
}

static bool tell_webhook(struct telling *t, struct store *store)
{
    struct err err = {0};
    if (load_commits(t, store, &err) < 0) {
        log_warning("webhook: %s", err.text);
        return true;
    }
    tell_find_events(t);
    merge(t, &t->silent);
    return deliver(t);
}

/* ---- metrics and heartbeat ---- */

static void write_textfile(struct telling *t, struct store *store)
{
    struct buf text = BUF_MAX(METRICS_MAX);
    struct err err = {0};
    struct node errors;
    int result = record_load_errors(store, &t->arena, &errors, &err);
    if (result == 0) {
        metrics_write(&text, t->options->account, &t->status, &errors, t->options->every_ms);
        result = fs_replace(t->options->textfile, 0644, buf_view(&text), &err);
    }
    if (result < 0)
        log_warning("metrics.textfile: %s", err.text);
    buf_release(&text);
}

/* Which complete cycle it was the last time, as a number: one begins within the second of another.
 */
static struct str complete_cycles(const struct telling *t)
{
    const struct node *totals = node_get(&t->status, STR("totals"));
    const struct node *cycles =
        totals && totals->type == NODE_MAP ? node_get(totals, STR("cycles")) : NULL;
    const struct node *synced =
        cycles && cycles->type == NODE_MAP ? node_get(cycles, STR("synced")) : NULL;
    return synced && synced->type == NODE_NUMBER ? synced->text : STR("");
}

/* One beat for each complete cycle. */
static bool beat(struct telling *t)
{
    struct err err = {0};
    struct str cycle = complete_cycles(t);
    if (!str_is(node_get_text(&t->status, STR("outcome")), "synced") ||
        str_eq(cycle, node_get_text(&t->told, STR("heartbeat"))))
        return true;
    if (tell_beat(t, &err) == 0) {
        node_map_set(&t->arena, &t->told, STR("heartbeat"), node_string(cycle));
        return true;
    }
    if (err.cls != ERR_STOP)
        log_warning("%s", err.text);
    return err.cls != ERR_STOP && err.cls != ERR_RETRY;
}

/* ---- the story ---- */

static bool tell_all(struct telling *t, struct store *store)
{
    const struct tell_options *o = t->options;
    struct err err = {0};
    bool all = true;
    if (record_load(store, &t->arena, &t->status, &err) < 0) {
        log_warning("%s", err.text);
        return true;
    }
    if (record_load_told(store, &t->arena, &t->told, &err) < 0)
        t->told = node_map(&t->arena, 0); /* as good as none: a first contact */
    if (is_given(o->textfile))
        write_textfile(t, store);
    if (t->status.type == NODE_MAP && is_given(o->heartbeat))
        all = beat(t);
    if (is_given(o->webhook))
        all = tell_webhook(t, store) && all;
    if (is_given(o->webhook) || is_given(o->heartbeat))
        save_told(t, store);
    return all;
}

/* Without a mirror there is nothing to remember by: it is told once, or not at all. */
static void tell_failure(struct telling *t, const struct err *failure)
{
    if (!failure || !is_given(t->options->webhook))
        return;
    tell_find_failure(t, failure);
    t->told = node_map(&t->arena, 0);
    deliver(t);
}

bool tell(const struct tell_options *options, const struct err *failure)
{
    struct telling t = {.options = options, .now = clock_now()};
    struct store *store = NULL;
    struct err err = {0};
    bool all = true;
    if (!tell_is_wanted(options))
        return true;
    if (store_open(&store, options->mirror_path, options->branch, &err) == 0)
        all = tell_all(&t, store);
    else
        tell_failure(&t, failure);
    store_close(store);
    arena_release(&t.arena);
    return all;
}
