/* lists.h - answering a list: filter, page, order. */
#ifndef SIMULATOR_LISTS_H
#define SIMULATOR_LISTS_H

#include "exchange.h"
#include "simulator.h"

/* Answers with resources, after the filter `sandbox=`. */
void lists_resources(struct simulator *sim, const struct request *request, struct reply *reply,
                     struct resource *const *resources, size_t count);

/* Answers with one facet of a container. */
void lists_rows(struct simulator *sim, const struct request *request, struct reply *reply,
                const struct resource *container, const struct facet *facet);

/* Answers with one JSON text, its keys shuffled where --shuffle asks for it. */
void lists_one(struct simulator *sim, struct reply *reply, unsigned status,
               const struct text *text);

#endif
