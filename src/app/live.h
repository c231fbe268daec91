/*
 * live: a cycle of a verb's own, with a progress line; and the account as it is now, for verbs that
 * look at the mirror.
 */
#ifndef APP_LIVE_H
#define APP_LIVE_H

#include "app/command.h"
#include "route/sync.h"

/* Runs a cycle and shows a person how far it is; as sync_run (release *ret either way). */
int live_run(const struct invocation *in, struct sync_result *ret, struct err *err);

/* Syncs the mirror, telling only what is amiss; the token has been loaded. The exit code that the
 * cycle stands for: 0, or that of one that was partial or withheld deletions, of which the log
 * tells. -1 where it failed. */
int live_sync(const struct invocation *in, struct err *err);

#endif
