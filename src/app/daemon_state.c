#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/output.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon_internal.h"
#include "port/service.h"
#include "port/store.h"
#include "route/record.h"

enum { LINE_BYTES = 512, DAY = 24 * 60 * 60 };

/* ---- the record ---- */

static void copy(char *to, size_t size, const struct node *map, const char *key)
{
    struct str text = node_get_text(map, str_of(key));
    snprintf(to, size, "%.*s", STR_ARG(text));
}

static int64_t sum(const struct node *map)
{
    int64_t n = 0;
    for (size_t i = 0; map && map->type == NODE_MAP && i < map->map.n; i++) {
        const struct kind *kind = kind_find(map->map.items[i].key);
        if (kind && kind_is_document(kind))
            n += node_get_integer(map, map->map.items[i].key);
    }
    return n;
}

int facts_read(struct store *store, struct facts *ret, struct err *err)
{
    struct arena scratch = {0};
    struct node last;
    *ret = (struct facts){0};
    int result = record_load(store, &scratch, &last, err);
    if (result == 0 && clock_parse(node_get_text(&last, STR("started")), &ret->started) == 0) {
        const struct node *withheld = node_get(&last, STR("withheld"));
        ret->known = true;
        copy(ret->outcome, sizeof ret->outcome, &last, "outcome");
        copy(ret->failure, sizeof ret->failure, &last, "failure");
        copy(ret->last_complete, sizeof ret->last_complete, &last, "last_complete");
        ret->resources = sum(node_get(&last, STR("resources")));
        ret->changes = node_get_integer(&last, STR("added")) +
                       node_get_integer(&last, STR("changed")) +
                       node_get_integer(&last, STR("deleted"));
        ret->withheld = withheld && withheld->type == NODE_LIST ? (int64_t)withheld->list.n : 0;
        ret->unpushed = node_get_integer(&last, STR("unpushed"));
    }
    arena_release(&scratch);
    return result;
}

/* ---- in words ---- */

/* A time as a person near this machine says it: "14:02", or with its day where that is another. */
static void say_time(int64_t when, char *to, size_t size)
{
    time_t t = (time_t)when;
    struct tm tm;
    int64_t away = when - clock_now();
    localtime_r(&t, &tm);
    strftime(to, size, away > -DAY / 2 && away < DAY / 2 ? "%H:%M" : "%Y-%m-%d %H:%M", &tm);
}

/* When the next cycle is due, by the clock on the wall. */
static int64_t next_at(const struct daemon *d)
{
    int64_t left_ms = d->schedule.due_ms - clock_boot_ms();
    return clock_now() + (left_ms > 0 ? (left_ms + 999) / 1000 : 0);
}

static void say_last(const struct facts *last, bool has_remote, struct buf *line)
{
    char when[32];
    bool failed = strcmp(last->outcome, "failed") == 0;
    if (!last->known) {
        buf_str(line, STR("no sync yet"));
        return;
    }
    say_time(last->started, when, sizeof when);
    if (failed) {
        buf_printf(line, "last sync %s failed: %s; last complete %s", when, last->failure,
                   *last->last_complete ? last->last_complete : "never");
        return;
    }
    buf_printf(line, "last sync %s %s, %" PRId64 " resources, %" PRId64 " changes", when,
               strcmp(last->outcome, "synced") == 0 ? "complete" : last->outcome, last->resources,
               last->changes);
    if (last->withheld)
        buf_printf(line, ", %" PRId64 " deletions withheld", last->withheld);
    if (has_remote && last->unpushed < 0)
        buf_str(line, STR("; nothing pushed yet"));
    else if (has_remote)
        buf_printf(line, "; %" PRId64 " unpushed", last->unpushed);
}

static bool is_syncing(const struct daemon *d)
{
    return d->worker.pid && d->worker.job == JOB_SYNC;
}

static void show_service(const struct daemon *d)
{
    struct buf line = BUF_MAX(LINE_BYTES);
    char next[32];
    say_last(&d->last, *d->in->config.remote, &line);
    say_time(next_at(d), next, sizeof next);
    if (is_syncing(d))
        buf_str(&line, STR("; syncing now"));
    else
        buf_printf(&line, "; next %s", next);
    if (*d->reload_failure)
        buf_printf(&line, "; configuration NOT reloaded: %s", d->reload_failure);
    service_status(buf_overflowed(&line) ? "see iokeeper status" : buf_cstr(&line));
    buf_release(&line);
}

/* ---- for `status` ---- */

static void show_others(const struct daemon *d)
{
    struct arena scratch = {0};
    struct err err = {0};
    struct node state = node_map(&scratch, 8);
    output_set_number(&scratch, &state, "pid", getpid());
    node_map_set(&scratch, &state, STR("since"), node_time(&scratch, d->since));
    output_set(&scratch, &state, "state", is_syncing(d) ? "syncing" : "waiting");
    node_map_set(&scratch, &state, STR("next"), node_time(&scratch, next_at(d)));
    output_set_number(&scratch, &state, "every_ms", d->schedule.every_ms);
    output_set_number(&scratch, &state, "failures", d->schedule.failures);
    output_set(&scratch, &state, "reload_failure", d->reload_failure);
    if (presence_tell(d->presence, &state, &err) < 0)
        log_debug("%s", err.text);
    arena_release(&scratch);
}

void daemon_show(struct daemon *d)
{
    show_service(d);
    show_others(d);
}
