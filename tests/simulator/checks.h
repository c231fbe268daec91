/* checks.h - what the server says to a document it is sent, before it takes it. */
#ifndef SIMULATOR_CHECKS_H
#define SIMULATOR_CHECKS_H

#include "exchange.h"
#include "simulator.h"

/* Whether the body is declared as JSON, where the rules ask for that; otherwise answers 415. */
bool checks_media_type(const struct simulator *sim, const struct request *request,
                       struct reply *reply);

/* Whether the document may create (`old` NULL) or replace a resource; otherwise answers why not. */
bool checks_document(const struct simulator *sim, struct reply *reply, const struct kind *kind,
                     struct json_object *document, const struct resource *old);

/* Whether a document that was patched may stay so; otherwise answers why not. */
bool checks_patched(const struct simulator *sim, struct reply *reply, const struct kind *kind,
                    struct json_object *document);

#endif
