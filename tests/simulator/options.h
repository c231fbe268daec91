/*
 * options.h - the command line.
 */
#ifndef SIMULATOR_OPTIONS_H
#define SIMULATOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile.h"

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
    const char *no_include; /* kinds, separated by commas, whose lists refuse include= */
    struct rules rules;
    struct sizes sizes;
    bool shuffle;
    bool no_account_lists;
    bool no_items;
    bool gzip;
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_BAD };

/* Reads the command line over the defaults of its profile. What is wrong with it has been said on
 * standard error.
 */
enum options_result options_read(struct options *options, int argc, char **argv);

void options_help(void);

#endif
