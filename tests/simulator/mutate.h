/* mutate.h - realistic random changes to an account, by several users, each with its audit entry.
 */
#ifndef SIMULATOR_MUTATE_H
#define SIMULATOR_MUTATE_H

#include "account.h"

struct mutation {
    uint64_t seed;
    size_t edits;   /* a field or a few of any resource */
    size_t adds;    /* a flow, its export and its import */
    size_t deletes; /* a flow, and what only it uses */
};

/* Appends what was done, as a JSON array of {"action","kind","_id","user"}. */
void mutate_account(struct account *account, const struct mutation *mutation, struct buffer *out);

#endif
