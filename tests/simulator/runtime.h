/* runtime.h - the state of running things that documents of the live service carry: it changes by
 * itself and is no configuration. */
#ifndef SIMULATOR_RUNTIME_H
#define SIMULATOR_RUNTIME_H

#include "account.h"

/* Gives each runtime field of the document's kind a new value, where there is an object to hold it.
 */
void runtime_put(struct account *account, const struct kind *kind, struct json_object *document);

/* Gives `after` the runtime fields of `before`, and no other. */
void runtime_keep(const struct kind *kind, struct json_object *before, struct json_object *after);

/*
 * Time passes: every runtime field of every document changes, OAuth tokens are renewed behind their
 * masks, and some documents get new stamps. Nothing is configured and no audit row written.
 */
void runtime_churn(struct account *account, uint64_t seed);

#endif
