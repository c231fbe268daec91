/*
 * state.h - the whole account as one JSON document, and back.
 *
 * {"clock":…, "random":[4 hex words], "integrations":[…], "flows":[…], …, "audit":{ID:[rows]},
 * "errors":…, "ashares":…, "account":{"audit":[rows],…},
 * "secrets":{"connections":{ID:{path:value}}}, "recycled":[…]}, the last three where there are any.
 * The dump of a loaded dump is the same, byte for byte.
 */
#ifndef SIMULATOR_STATE_H
#define SIMULATOR_STATE_H

#include "account.h"

void state_dump(const struct account *account, struct buffer *out);

/* Replaces what the account holds. Returns 0, or -1 and changes nothing where `bytes` are no dump.
 */
int state_load(struct account *account, const char *bytes, size_t len);

#endif
