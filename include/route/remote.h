/*
 * remote: the talk with a remote, in a process of its own.
 *
 * Some versions of libgit2 wait for a silent remote for ever, and cannot be told otherwise. A child
 * talks. It is cut off when nothing has moved for remote->timeout_ms, after an hour in all, or when
 * we are asked to stop. It dies with its parent, whose lock it holds too.
 */
#ifndef ROUTE_REMOTE_H
#define ROUTE_REMOTE_H

#include "base/err.h"
#include "port/store.h"

/* Whether commits go there, or it is only tried. */
enum remote_action { REMOTE_PUSH, REMOTE_TRY };

/* Does it. What the remote's side of it came to is in *ret_outcome, ERR_NONE where it went well; -1
 * where our own side fails (ERR_IO) or stop_fd is readable (ERR_STOP). */
int remote_do(enum remote_action action, struct store *store, const struct store_remote *remote,
              int stop_fd, struct err *ret_outcome, struct err *err);

#endif
