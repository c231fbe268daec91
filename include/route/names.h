/*
 * names: what ids are called, so that a reference can be shown as people know it.
 *
 * Names are those of one commit, found when they are first asked for.
 */
#ifndef ROUTE_NAMES_H
#define ROUTE_NAMES_H

#include <stdbool.h>

#include "base/map.h"
#include "route/snapshot.h"

/* names_init, then names_release. */
struct names {
    struct store *store; /* borrowed */
    struct oid commit;
    bool opened; /* snapshot is */
    struct snapshot snapshot;
    struct arena arena;
    struct map known; /* texts, by kind and id */
};

/* Nothing is read yet; a zero commit has no names. */
void names_init(struct names *names, struct store *store, const struct oid *commit);
void names_release(struct names *names);

/* The commit's files, opened when first asked for; NULL with err. */
const struct snapshot *names_snapshot(struct names *names, struct err *err);

/* The name of a document by kind and id; empty where the commit has none or cannot be read. Lives
 * as long as names. */
struct str names_of(struct names *names, enum kind_id kind, struct str id);

#endif
