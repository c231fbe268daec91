/*
 * look: the mirror at one commit, for verbs that read it.
 */
#ifndef APP_LOOK_H
#define APP_LOOK_H

#include "app/config.h"
#include "route/names.h"

/* Opens the configuration's mirror at the commit that `when` names (NULL: the newest); its store,
 * commit and names are then in *ret. ERR_NO_MIRROR, ERR_USAGE where there is none. look_close ends
 * it in any case. */
int look_open(const struct config *config, const char *when, struct names *ret, struct err *err);

/* Finds the one resource that a selector means there; ERR_USAGE, saying what to do, where it is not
 * one. */
int look_select(struct names *look, const char *selector, struct entry **ret, struct err *err);

/* Gives names and store back. */
void look_close(struct names *look);

#endif
