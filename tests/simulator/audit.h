/*
 * audit.h - the audit log that every write leaves in its integrations.
 */
#ifndef SIMULATOR_AUDIT_H
#define SIMULATOR_AUDIT_H

#include "account.h"

/* The user whose token clients of the API hold. */
#define AUDIT_API_USER "api-owner@example.com"

/*
 * One row: as the reference shows it, plus _resourceId; with rich audit, with an id, the user as an
 * object and the integration, too. Takes `changes` over. json_object_put() the row.
 */
struct json_object *audit_row(struct account *account, int64_t moment, const char *user,
                              const char *action, const struct resource *resource,
                              struct json_object *changes);

/* Sets lastModified and, with rich audit, lastModifiedBy, as a save by this user does now. */
void audit_stamp(const struct account *account, struct json_object *document, const char *user);

/*
 * Writes a row, stamped with the account's time, into each container the resource belongs to, or
 * into its own log if it is one; with rich audit, into that of the account, too. `before` is NULL
 * for a creation, `after` for a deletion (which must not have happened yet).
 */
void audit_record(struct account *account, struct resource *resource, const char *user,
                  struct json_object *before, struct json_object *after);

#endif
