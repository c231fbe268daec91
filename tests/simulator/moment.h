/*
 * moment.h - points in time as the API writes them: 2024-01-15T12:00:00.000Z.
 *
 * A moment is milliseconds since 1970. The wall clock is never read here: time in the simulator
 * moves with its writes.
 */
#ifndef SIMULATOR_MOMENT_H
#define SIMULATOR_MOMENT_H

#include <stdint.h>

#define MOMENT_TEXT_SIZE 32
#define MOMENT_MINUTE INT64_C(60000)
#define MOMENT_DAY (INT64_C(1440) * MOMENT_MINUTE)

/* Writes the ISO text of `moment` into `text` and returns it. */
const char *moment_text(int64_t moment, char text[MOMENT_TEXT_SIZE]);

/* Reads an ISO text. Returns 0, or -1 where it is none. */
int moment_parse(const char *text, int64_t *ret_moment);

#endif
