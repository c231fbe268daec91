/*
 * schedule: when the next cycle begins. Pure: the time and the chance are given.
 *
 * Times are milliseconds of one clock that never goes back and goes on while the machine sleeps
 * (clock_boot_ms); a cycle that was due meanwhile is due at once, and only once.
 *
 *     schedule_begin(&s, age_ms, now);             // the first
 *     schedule_started(&s, now);                   // each time one begins
 *     schedule_ended(&s, outcome, now, random);    // each time one has ended
 *     ... sleep until s.due_ms
 */
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* What a cycle came to, by what is to be done about it. */
enum schedule_outcome {
    SCHEDULE_DONE,   /* it ran to its end, whole or not: the next one is due at its time */
    SCHEDULE_RETRY,  /* it failed for a cause that may pass: soon, then ever later */
    SCHEDULE_LOCKED, /* another process has the mirror: in some seconds, up to a minute */
    SCHEDULE_PERSON, /* a person must act, as for a refused token: ever later, up to an hour */
};

struct schedule {
    int64_t every_ms, jitter_ms; /* as configured; may be changed at any time, schedule_changed */
    int64_t due_ms;              /* when the next cycle begins */
    int64_t slot_ms;             /* where it stands in the rhythm, without chance */
    unsigned failures, locked;   /* in a row */
};

/* The first cycle: at once, unless one that ran to its end began age_ms ago, and less than an
 * interval. age_ms < 0: there was none. */
void schedule_begin(struct schedule *s, int64_t age_ms, int64_t now_ms);

/* A cycle begins, on time or because somebody asked for it: the rhythm counts from here, unless it
 * only fills the place that chance or a wait moved it from. */
void schedule_started(struct schedule *s, int64_t now_ms);

/* A cycle ended. Intervals are measured from start to start; those that it ran over are left out.
 * `random`: any number; of chance there are up to jitter_ms, and of a failure's pause its second
 * half. */
void schedule_ended(struct schedule *s, enum schedule_outcome outcome, int64_t now_ms,
                    uint64_t random);

/* every_ms or jitter_ms have been changed: after a failure at once, else as it stood, and no later
 * than a new interval from now. */
void schedule_changed(struct schedule *s, int64_t now_ms);

#endif
