/*
 * mirror: the repository, opened to be read, and the commits that people name.
 */
#ifndef ROUTE_MIRROR_H
#define ROUTE_MIRROR_H

#include "base/err.h"
#include "base/pace.h"
#include "port/store.h"

/* Opens the mirror at a path (store_close gives it back). ERR_NO_MIRROR, saying what makes one,
 * where there is none yet; *ret_store is NULL then. */
int mirror_open(const char *path, const char *branch, struct store **ret_store, struct err *err);

/* The commit that `when` names (store_find_commit); NULL: the branch's newest. ERR_USAGE where
 * there is none. */
int mirror_find(struct store *store, const char *when, struct oid *ret_commit, struct err *err);

/* Brings the timeline up to the branch's newest commit (store_timeline_extend), at a pace. */
int mirror_keep_timeline(struct store *store, struct pace *pace, struct err *err);

/* The commit before one, along first parents; zero where there is none. */
int mirror_before(struct store *store, const struct oid *commit, struct oid *ret, struct err *err);

#endif
