/*
 * timers.h - calls functions after a while, from a thread of its own, so that waiting blocks
 * nobody.
 */
#ifndef SIMULATOR_TIMERS_H
#define SIMULATOR_TIMERS_H

#include <stddef.h>

struct timers;

struct timers *timers_start(void);

/* Calls `wake(subject)` after `ms` milliseconds, or at once when the timers are being stopped. Any
 * thread may ask. */
void timers_add(struct timers *timers, size_t ms, void (*wake)(void *subject), void *subject);

/* Calls everything that still waits. Later additions are called at once. */
void timers_stop(struct timers *timers);

void timers_free(struct timers *timers);

#endif
