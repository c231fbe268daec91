/*
 * stats.h - what clients have asked for: counts, and the last requests one by one. /_admin itself
 * is not counted.
 */
#ifndef SIMULATOR_STATS_H
#define SIMULATOR_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange.h"

enum { STATS_LOG_SIZE = 10000, STATS_COUNTERS = 128, STATS_ARRIVALS = 1 << 16 };

struct counter {
    char *key;
    size_t count;
};

/* Counters by name. What no longer fits is counted under the last one, "other". */
struct tally {
    struct counter at[STATS_COUNTERS];
    size_t used;
};

struct stats {
    struct tally methods;
    struct tally statuses;
    struct tally routes;
    struct tally codes;        /* of errors told */
    char *log[STATS_LOG_SIZE]; /* a ring of NDJSON lines */
    size_t requests;           /* the next one's place is requests % STATS_LOG_SIZE */
    size_t unauthorized;
    size_t leaked_authorization;
    size_t rate_limited;
    size_t managed_writes; /* to what a vendor manages */
    size_t connections_opened;
    int64_t arrivals[STATS_ARRIVALS]; /* a ring: when the requests of the last second came */
    size_t arrivals_end;              /* the next one's place is arrivals_end % STATS_ARRIVALS */
    size_t arrivals_count;
    size_t peak_rate; /* most of them at once */
    size_t parallel;  /* requests under way */
    size_t max_parallel;
};

/* A request has come, at this millisecond; it has ended. */
void stats_begin(struct stats *stats, int64_t now);
void stats_end(struct stats *stats);

/* Counts a request that was carried out and will be answered thus, unless the connection is closed
 * without an answer, which counts as status 0. */
void stats_record(struct stats *stats, const struct request *request, const struct reply *reply,
                  bool closed);

/* Forgets everything but what is under way. */
void stats_reset(struct stats *stats);

void stats_write(const struct stats *stats, struct buffer *out);
void stats_write_log(const struct stats *stats, struct buffer *out);

#endif
