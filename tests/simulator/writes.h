/* writes.h - POST, PUT, PATCH and DELETE of resources. */
#ifndef SIMULATOR_WRITES_H
#define SIMULATOR_WRITES_H

#include "exchange.h"
#include "simulator.h"

void writes_create(struct simulator *sim, const struct request *request, struct reply *reply,
                   const struct kind *kind);

/* The document becomes what is sent: a field left out is erased. */
void writes_replace(struct simulator *sim, const struct request *request, struct reply *reply,
                    struct resource *resource);

/* JSON Patch, of the few fields that the kind lets patch. */
void writes_patch(struct simulator *sim, const struct request *request, struct reply *reply,
                  struct resource *resource);

void writes_delete(struct simulator *sim, struct reply *reply, struct resource *resource);

#endif
