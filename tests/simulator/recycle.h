/* recycle.h - the recycle bin: what is deleted can be restored for 30 days, with its id and its
 * secrets. */
#ifndef SIMULATOR_RECYCLE_H
#define SIMULATOR_RECYCLE_H

#include "exchange.h"
#include "simulator.h"

#define RECYCLE_PATH "recycleBinTTL"

/* Deletes a resource, and with `cascade` what goes with it; with `keep` into the bin, where the
 * rules have one. */
void recycle_delete(struct account *account, struct resource *resource, bool cascade, bool keep);

/* How the statistics call the request's path; NULL where it is none of the bin's, or there is no
 * bin. */
const char *recycle_route(const struct simulator *sim, const struct request *request);

/* Answers a request of the bin. */
void recycle_answer(struct simulator *sim, const struct request *request, struct reply *reply);

#endif
