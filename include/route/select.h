/*
 * select: which resource of a commit a person means.
 */
#ifndef ROUTE_SELECT_H
#define ROUTE_SELECT_H

#include "route/snapshot.h"

/* Finds what a selector (model/selector.h) means, by its id, else by its exact name: *ret NULL
 * where nothing is called that. ERR_USAGE, listing them, where several are. */
int select_find(const struct snapshot *s, const char *text, struct entry **ret, struct err *err);

/* The same, where it must be there: ERR_USAGE, saying how to look for it, where it is not. `where`
 * names the commit in that text. */
int select_one_of(const struct snapshot *s, const char *text, const char *where, struct entry **ret,
                  struct err *err);

#endif
