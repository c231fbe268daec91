/*
 * pulse: a count of what has moved, for a process that watches whether this one still lives.
 *
 * Whatever does work that can hang says so each time a piece of it is done: an answer has come, an
 * object was written, the remote took some bytes. A watchdog is fed when the count has risen, never
 * by a timer that would go on for a program that is stuck.
 */
#ifndef BASE_PULSE_H
#define BASE_PULSE_H

#include <stdint.h>

/* Something has moved. For any thread; costs an addition. */
void pulse(void);

/* How often, since the process began; of pulse_share: that of all processes that share it. */
uint64_t pulse_count(void);

/* From now on this process and the children it forks count together. May be called again. */
void pulse_share(void);

#endif
