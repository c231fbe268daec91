/*
 * template.h - the template archive of an integration, behind a signed URL.
 *
 * The archive lies outside of the API: its signature is all it asks for, and a client that sends
 * its token there has leaked it, which the statistics show.
 */
#ifndef SIMULATOR_TEMPLATE_H
#define SIMULATOR_TEMPLATE_H

#include "exchange.h"
#include "simulator.h"

#define TEMPLATE_PREFIX "_files"

/* Answers {"signedURL": …}. */
void template_answer_link(struct simulator *sim, const struct request *request, struct reply *reply,
                          const struct resource *container);

/* Answers a request whose first path segment is TEMPLATE_PREFIX with the archive. */
void template_answer_file(struct simulator *sim, const struct request *request,
                          struct reply *reply);

#endif
