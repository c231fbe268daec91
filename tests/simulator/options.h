/*
 * options.h - the command line.
 *
 * Profiles: `reference` is the document the project was created from. A further profile is a
 * further value of `enum profile`; what differs between them is asked for in routes.c, lists.c and
 * kinds.c.
 */
#ifndef SIMULATOR_OPTIONS_H
#define SIMULATOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum profile { PROFILE_REFERENCE };

/* The account to make up. Flows, exports, imports, users and audit entries are counted per
 * integration. */
struct sizes {
    size_t integrations;
    size_t flows;
    size_t exports;
    size_t imports;
    size_t connections;
    size_t scripts;
    size_t users;
    size_t audit;
    size_t standalone; /* flows of no integration */
    size_t shared;     /* exports and imports used by the flows of two integrations */
    size_t orphans;    /* exports and imports used by no flow */
};

struct options {
    const char *bind;
    const char *port_file;
    const char *token;
    const char *load;
    const char *tls_cert;
    const char *tls_key;
    size_t port;
    size_t seed;
    size_t latency; /* milliseconds before each answer */
    size_t page_cap;
    enum profile profile;
    struct sizes sizes;
    bool shuffle;
    bool no_account_lists;
    bool no_items;
    bool whole_lists;
    bool gzip;
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_BAD };

/* Reads the command line over the defaults. What is wrong with it has been said on standard error.
 */
enum options_result options_read(struct options *options, int argc, char **argv);

void options_help(void);

#endif
