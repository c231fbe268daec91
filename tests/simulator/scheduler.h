/*
 * scheduler.h - which flows the service would have started.
 *
 * Nothing runs. A run is noted, {"_flowId","name","at","reason"}, when a flow that has a schedule
 * is created enabled or becomes enabled, at once, and when the simulated clock is set past the next
 * time its schedule names (UTC, one run each time the clock is set). Clients' writes, of a minute
 * each, do not count as time passing.
 */
#ifndef SIMULATOR_SCHEDULER_H
#define SIMULATOR_SCHEDULER_H

#include "account.h"

/* A client has saved a resource; `before` is what it was, NULL for a new one. */
void scheduler_saved(struct rows *runs, int64_t now, struct json_object *before,
                     const struct resource *resource);

/* The clock has been set from one time to another. */
void scheduler_passed(struct rows *runs, const struct account *account, int64_t from, int64_t to);

#endif
