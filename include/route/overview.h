/*
 * overview: an integration at a glance: what it holds, its flows, the connections it uses, and who
 * changed any of it last.
 */
#ifndef ROUTE_OVERVIEW_H
#define ROUTE_OVERVIEW_H

#include <stdbool.h>

#include "route/connectivity.h"
#include "route/names.h"

/* A flow of the integration. */
struct overview_flow {
    struct str id, name;
    struct str schedule; /* as the API has it; empty: it runs on an event or by hand */
    bool enabled;
    struct overview_flow *next;
};

/* A connection that something of the integration uses, directly or through shared resources. */
struct overview_connection {
    struct str id, name, type;
    size_t hidden;           /* values that the mirror does not hold */
    bool missing;            /* it is referred to, but not in the mirror */
    bool registered;         /* the integration lists it, and nothing uses it */
    enum connectivity state; /* of overview_ask */
    struct overview_connection *next;
};

struct overview {
    size_t holds[KIND_COUNT];    /* documents in its folder; the integration is not counted */
    struct overview_flow *flows; /* in the order of their paths */
    struct overview_connection *connections; /* in the order they are met */
    struct store_log_row
        last; /* the last commit that touched its folder; zero id: none was found */
};

/* Looks at an integration of the commit that names are of; made in `a`. */
int overview_of(struct names *names, const struct entry *integration, struct arena *a,
                struct overview *ret, struct err *err);

/* Asks the account for the state of the connections that are in the mirror. Scratch is made in `a`.
 */
int overview_ask(struct overview *overview, const struct account_options *account, struct arena *a,
                 struct err *err);

#endif
