#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"

/* Of more requests a second than the ring has places, the newest count. */
static void count_arrival(struct stats *stats, int64_t now)
{
    stats->arrivals[stats->arrivals_end++ % STATS_ARRIVALS] = now;
    if (stats->arrivals_count < STATS_ARRIVALS)
        stats->arrivals_count++;
    while (now - stats->arrivals[(stats->arrivals_end - stats->arrivals_count) % STATS_ARRIVALS] >=
           1000)
        stats->arrivals_count--;
    if (stats->arrivals_count > stats->peak_rate)
        stats->peak_rate = stats->arrivals_count;
}

void stats_begin(struct stats *stats, int64_t now)
{
    count_arrival(stats, now);
    stats->parallel++;
    if (stats->parallel > stats->max_parallel)
        stats->max_parallel = stats->parallel;
}

void stats_end(struct stats *stats)
{
    stats->parallel--;
}

static void count(struct tally *tally, const char *key)
{
    size_t i = 0;

    while (i < tally->used && strcmp(tally->at[i].key, key) != 0)
        i++;
    if (i == STATS_COUNTERS)
        i--;
    if (i == tally->used) {
        tally->at[i].key = memory_text(i == STATS_COUNTERS - 1 ? "other" : key);
        tally->used++;
    }
    tally->at[i].count++;
}

static void log_line(struct stats *stats, const struct request *request, const char *code,
                     unsigned status)
{
    char **place = &stats->log[stats->requests % STATS_LOG_SIZE];
    struct buffer line = {0};
    struct buffer uri = {0};

    buffer_format(&uri, "%s%s%s", request->raw_path, *request->raw_query ? "?" : "",
                  request->raw_query);
    buffer_text(&line, "{\"method\":");
    json_write_string(&line, request->method);
    buffer_text(&line, ",\"path\":");
    json_write_string(&line, uri.data);
    buffer_format(&line, ",\"status\":%u", status);
    if (code) {
        buffer_text(&line, ",\"code\":");
        json_write_string(&line, code);
    }
    buffer_text(&line, "}\n");
    buffer_release(&uri);
    free(*place);
    *place = line.data;
}

void stats_record(struct stats *stats, const struct request *request, const struct reply *reply,
                  bool closed)
{
    unsigned status = closed ? 0 : reply->status;
    const char *code = closed ? NULL : reply->code;
    char number[16];

    snprintf(number, sizeof number, "%u", status);
    count(&stats->methods, request->method);
    count(&stats->statuses, number);
    count(&stats->routes, reply->route ? reply->route : "unknown");
    if (code)
        count(&stats->codes, code);
    stats->unauthorized += status == 401;
    log_line(stats, request, code, status);
    stats->requests++;
}

static void tally_reset(struct tally *tally)
{
    for (size_t i = 0; i < tally->used; i++)
        free(tally->at[i].key);
    tally->used = 0;
    memset(tally->at, 0, sizeof tally->at);
}

void stats_reset(struct stats *stats)
{
    size_t parallel = stats->parallel;

    tally_reset(&stats->methods);
    tally_reset(&stats->statuses);
    tally_reset(&stats->routes);
    tally_reset(&stats->codes);
    for (size_t i = 0; i < STATS_LOG_SIZE; i++)
        free(stats->log[i]);
    memset(stats, 0, sizeof *stats);
    stats->parallel = stats->max_parallel = parallel;
}

static void write_tally(struct buffer *out, const char *name, const struct tally *tally)
{
    buffer_format(out, ",\"%s\":{", name);
    for (size_t i = 0; i < tally->used; i++) {
        buffer_text(out, i ? "," : "");
        json_write_string(out, tally->at[i].key);
        buffer_format(out, ":%zu", tally->at[i].count);
    }
    buffer_text(out, "}");
}

void stats_write(const struct stats *stats, struct buffer *out)
{
    buffer_format(out, "{\"requests\":%zu", stats->requests);
    write_tally(out, "by_method", &stats->methods);
    write_tally(out, "by_status", &stats->statuses);
    write_tally(out, "by_path_template", &stats->routes);
    write_tally(out, "by_code", &stats->codes);
    buffer_format(out, ",\"unauthorized\":%zu,\"leaked_authorization\":%zu", stats->unauthorized,
                  stats->leaked_authorization);
    buffer_format(out, ",\"rate_limited\":%zu,\"peak_rate\":%zu,\"managed_writes\":%zu",
                  stats->rate_limited, stats->peak_rate, stats->managed_writes);
    buffer_format(out, ",\"max_parallel\":%zu,\"connections_opened\":%zu}", stats->max_parallel,
                  stats->connections_opened);
}

void stats_write_log(const struct stats *stats, struct buffer *out)
{
    size_t kept = stats->requests < STATS_LOG_SIZE ? stats->requests : STATS_LOG_SIZE;

    buffer_text(out, "");
    for (size_t i = stats->requests - kept; i < stats->requests; i++)
        buffer_text(out, stats->log[i % STATS_LOG_SIZE]);
}
