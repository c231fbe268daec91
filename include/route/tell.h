/*
 * tell: who is to know hears of it: a webhook, Prometheus, a dead man's switch.
 *
 * As what is unpushed is HEAD against the remote, what is untold is the record and HEAD against
 * .git/iokeeper/told.json, which says what was told last. There is no queue: who could not be
 * reached hears of everything since the next time, and a death between telling and noting so tells
 * twice, under the same id. What was before the first time is not told, but for a failure.
 *
 * Runs behind a cycle, when the mirror is free again, and holds nothing up: each talk is limited.
 */
#ifndef ROUTE_TELL_H
#define ROUTE_TELL_H

#include <stdbool.h>

#include "base/err.h"

/* All text is borrowed; NULL or "" stands for none. */
struct tell_options {
    const char *account; /* NAME */
    const char *api_url;
    const char *mirror_path, *branch;
    const char *webhook, *webhook_secret;
    const char *textfile; /* absolute */
    const char *heartbeat;
    unsigned every_ms; /* how often it is meant to sync */
    int stop_fd;       /* readable: stop; -1: none */
};

/* Where there is anybody to tell. */
bool tell_is_wanted(const struct tell_options *options);

/*
 * Tells all that is untold, and logs a warning for whoever could not be reached. `failure`: why the
 * cycle before failed, for a mirror that cannot be opened, which then nobody else knows of; NULL:
 * it did not. Returns true where all is told, false where somebody should be told again later.
 */
bool tell(const struct tell_options *options, const struct err *failure);

#endif
