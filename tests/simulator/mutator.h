/*
 * mutator.h - single changes to an account, as its users make them.
 *
 * Each moves the clock on, stamps the document, leaves audit rows unless asked not to, and is told
 * in the JSON array that `out` becomes: {"action","kind","_id","user"}.
 */
#ifndef SIMULATOR_MUTATOR_H
#define SIMULATOR_MUTATOR_H

#include "account.h"
#include "documents.h"

struct mutator {
    struct account *account;
    struct maker maker;
    struct buffer *out;
    struct ids known[KINDS];
    struct ids groups;
    size_t done;
    bool silent; /* leaves no audit rows */
};

/* Begins with the account as it is; chance follows the seed. mutator_end() it. */
void mutator_begin(struct mutator *m, struct account *account, uint64_t seed, struct buffer *out);
void mutator_end(struct mutator *m);

/* Adds a document, which is let go of. */
void mutator_add(struct mutator *m, const struct kind *kind, struct json_object *document,
                 const char *user);

/* Makes `after` the resource's document; it stays the caller's. */
void mutator_update(struct mutator *m, struct resource *resource, struct json_object *after,
                    const char *user);

/* Removes the resource, and with a container what dies with it. */
void mutator_delete(struct mutator *m, struct resource *resource, const char *user);

/* Appends " (vN)" to the document's name. */
void mutator_rename(struct random *random, struct json_object *document);

#endif
