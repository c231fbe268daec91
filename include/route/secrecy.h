/*
 * secrecy: what hides secrets from a mirror, with the key that stays on this machine.
 *
 * The key is iokeeper/redact.key in the git directory, mode 0600, made at random by the first sync.
 * It is in no commit and is never pushed.
 */
#ifndef ROUTE_SECRECY_H
#define ROUTE_SECRECY_H

#include "base/err.h"
#include "model/redact.h"
#include "port/store.h"

/* Makes the redactor of a mirror, for the configured paths (NULL-ended; NULL: none); free it with
 * redactor_free. Hold the lock. ERR_USAGE for a bad path, or a key that is damaged. */
int secrecy_open(struct store *store, const char *const *paths, struct redactor **ret_redactor,
                 struct err *err);

/* Makes a redactor for what is only shown: its tags mean nothing afterwards. NULL without random
 * bytes. */
struct redactor *secrecy_passing(void);

#endif
