/*
 * clock: the time of day as text, and time that only goes forward.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/str.h"

/* Bytes of a time as text, with its NUL. */
enum { CLOCK_TEXT = sizeof "2026-11-23T22:41:07Z" };

/* Seconds since the epoch, UTC. */
int64_t clock_now(void);

/* Milliseconds of a clock that never jumps, for intervals only. */
int64_t clock_monotonic_ms(void);

/* Likewise, of one that also goes on while the machine sleeps (CLOCK_BOOTTIME). */
int64_t clock_boot_ms(void);

/* Writes `seconds` as RFC 3339 in UTC, such as 2026-11-23T22:41:07Z; years 0 to 9999, else the
 * nearest of these. */
void clock_format(int64_t seconds, char ret_text[static CLOCK_TEXT]);

/* Reads an RFC 3339 time in UTC, with or without a fraction (dropped): 2024-01-15T12:00:00.000Z.
 * Returns 0, or -1 for anything else; *ret_seconds is set only on success. */
int clock_parse(struct str text, int64_t *ret_seconds);

/*
 * Reads a time as a person writes it, in UTC: "2024-01-15" (the last second of that day),
 * "2024-01-15T12:00", "2024-01-15 12:00:30Z", "now", "yesterday", "2 hours ago" (seconds, minutes,
 * hours, days, weeks; months of 30 and years of 365 days), counted from `now`. Returns 0, or -1 for
 * anything else; *ret_seconds is set only on success.
 */
int clock_parse_date(struct str text, int64_t now, int64_t *ret_seconds);

#endif
