/*
 * secrets.h - secrets kept apart from the documents that show a mask in their place.
 *
 * A vault is an object: the path of each field to its value. What was sent is what is stored, be it
 * a mask: a client that sends masks back destroys the secrets behind them.
 */
#ifndef SIMULATOR_SECRETS_H
#define SIMULATOR_SECRETS_H

#include "account.h"

/* Moves the secrets of a document into a new vault and leaves their masks; NULL where it has none.
 * json_object_put() the vault. */
struct json_object *secrets_take(const struct kind *kind, struct json_object *document);

/* A made-up secret: "sim-secret-" and 16 digits. */
struct json_object *secrets_make(struct random *random);

/* Renews the OAuth tokens of a vault, as the service does by itself. */
void secrets_refresh(struct json_object *vault, struct random *random);

/* [{"kind","_id","path","value"}…] of everything stored. */
void secrets_write(const struct account *account, struct buffer *out);

#endif
