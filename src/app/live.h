/*
 * live: the account as it is now, for verbs that look at the mirror: one cycle, told only where
 * something is amiss.
 */
#ifndef APP_LIVE_H
#define APP_LIVE_H

#include "app/command.h"

/* Syncs the mirror; the token has been loaded. The exit code that the cycle stands for: 0, or that
 * of one that was partial or withheld deletions, of which the log tells. -1 where it failed. */
int live_sync(const struct invocation *in, struct err *err);

#endif
