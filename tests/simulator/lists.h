/* lists.h - answering a list: what it holds, what the request wants of it. */
#ifndef SIMULATOR_LISTS_H
#define SIMULATOR_LISTS_H

#include "exchange.h"
#include "simulator.h"

/* Answers with resources, all of one kind, after the filter `sandbox=`. */
void lists_resources(struct simulator *sim, const struct request *request, struct reply *reply,
                     const struct kind *kind, struct resource *const *resources, size_t count);

/* Answers with one facet of a container or, where it is NULL, of the account. */
void lists_rows(struct simulator *sim, const struct request *request, struct reply *reply,
                const struct resource *container, const struct facet *facet);

/* Answers with one JSON text. */
void lists_one(struct simulator *sim, struct reply *reply, unsigned status,
               const struct text *text);

#endif
