/*
 * cron.h - schedules of six fields, such as "? 5 0 ? * *": second, minute, hour, day, month,
 * weekday.
 *
 * Seconds do not count. A field is `*` or `?`, or parts separated by commas: a number, a range,
 * each with a step, or the name of a month or weekday.
 */
#ifndef SIMULATOR_CRON_H
#define SIMULATOR_CRON_H

#include <stdbool.h>
#include <stdint.h>

enum { CRON_MINUTE, CRON_HOUR, CRON_DAY, CRON_MONTH, CRON_WEEKDAY, CRON_FIELDS };

struct cron {
    uint64_t allowed[CRON_FIELDS]; /* a bit a value */
};

/* Reads a schedule. Returns 0, or -1 where it is none. */
int cron_parse(const char *text, struct cron *ret_cron);

/* Whether the schedule fires at some time after `from`, up to `to`, within eight days; the first
 * such time. */
bool cron_next(const struct cron *cron, int64_t from, int64_t to, int64_t *ret_moment);

#endif
