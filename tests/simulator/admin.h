/*
 * admin.h - the path by which tests change the account behind the API's back, order faults, and
 * read statistics.
 *
 * It asks for no token, is not counted, and no fault strikes it. README.md is its manual.
 */
#ifndef SIMULATOR_ADMIN_H
#define SIMULATOR_ADMIN_H

#include "exchange.h"
#include "simulator.h"

#define ADMIN_PREFIX "_admin"

/* Answers a request whose first path segment is ADMIN_PREFIX. */
void admin_answer(struct simulator *sim, const struct request *request, struct reply *reply);

#endif
