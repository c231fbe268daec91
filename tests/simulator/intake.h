/* intake.h - what the server does, by its rules, with each document it takes in: runtime state is
 * its own, secrets go into the vault, a webhook gets its address. */
#ifndef SIMULATOR_INTAKE_H
#define SIMULATOR_INTAKE_H

#include "account.h"

/* Adds a document, which stays the caller's and is changed into what is shown. */
struct resource *intake_add(struct account *account, const struct kind *kind,
                            struct json_object *document);

/* Replaces a resource's document likewise; secrets that it does not name are lost. */
void intake_replace(struct account *account, struct resource *resource,
                    struct json_object *document);

#endif
