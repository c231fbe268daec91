/* simulator.h - what one running simulator consists of. Only the HTTP thread touches it once the
 * server runs. */
#ifndef SIMULATOR_SIMULATOR_H
#define SIMULATOR_SIMULATOR_H

#include "account.h"
#include "bucket.h"
#include "during.h"
#include "faults.h"
#include "options.h"
#include "stats.h"

struct simulator {
    struct options options;
    struct account *account;
    struct faults faults;
    struct during *during;
    struct bucket bucket;
    struct rows runs;   /* of flows, that would have been; newest first */
    struct rows losses; /* of secrets, by clients; newest first */
    struct stats stats;
    struct random order; /* for --shuffle */
    unsigned port;
};

#endif
