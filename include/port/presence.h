/*
 * presence: that a daemon keeps a mirror, for others to see.
 *
 * Two files in the folder of ours in the git directory: daemon.lock, which the daemon holds by
 * a lock on the open file, so that the kernel lets go of it when the daemon dies; and daemon.json,
 * one object that tells what it is about. Without the lock held the object means nothing.
 */
#ifndef PORT_PRESENCE_H
#define PORT_PRESENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "format/node.h"

struct presence;

/* Takes the place of the mirror's only daemon. ERR_LOCKED, with the pid of the one there is;
 * ERR_IO. */
int presence_take(struct presence **ret_presence, const char *folder, struct err *err);

/* Replaces what the daemon tells: a map. A failure leaves what was told before. */
int presence_tell(struct presence *presence, const struct node *state, struct err *err);

/* In a forked child: lets go of what it has inherited. The place stays its parent's. */
void presence_forget(struct presence *presence);

/* Gives the place back. Takes NULL. */
void presence_leave(struct presence *presence);

/* What the daemon of this mirror tells, made in `a`: null where none is there. */
int presence_read(const char *folder, struct arena *a, struct node *ret, struct err *err);

#endif
