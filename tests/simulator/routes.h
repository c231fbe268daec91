/* routes.h - the API under /v1. */
#ifndef SIMULATOR_ROUTES_H
#define SIMULATOR_ROUTES_H

#include "exchange.h"
#include "simulator.h"

#define ROUTES_PREFIX "v1"

/* How the statistics call the request's path: "/integrations/{id}/flows". NULL where it is no path
 * of the API. */
const char *routes_name(const struct simulator *sim, const struct request *request);

/* Answers a request whose first path segment is ROUTES_PREFIX. */
void routes_answer(struct simulator *sim, const struct request *request, struct reply *reply);

#endif
