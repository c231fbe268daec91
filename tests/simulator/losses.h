/*
 * losses.h - what clients' writes have done to secrets.
 *
 * A row each, {"kind","_id","path","loss"}, newest first. What GET shows in place of a secret is a
 * mask, a string of nothing but four or more asterisks. The loss is "masked" where a client has
 * sent a mask, which is stored as if it were the secret; "tagged" where it has sent a text that
 * holds "<redacted:"; "erased" where PUT has left out what was shown as a mask.
 */
#ifndef SIMULATOR_LOSSES_H
#define SIMULATOR_LOSSES_H

#include "account.h"

/* A client has sent a document that is to be stored, and is still as it came. */
void losses_sent(struct rows *losses, const struct kind *kind, const char *id,
                 struct json_object *sent);

/* A client has replaced what the resource showed `before`. */
void losses_saved(struct rows *losses, const struct resource *resource, struct json_object *before);

#endif
