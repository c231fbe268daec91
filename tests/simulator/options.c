#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_type { TYPE_NUMBER, TYPE_TEXT, TYPE_FLAG, TYPE_PROFILE, TYPE_PAGE_STYLE, TYPE_HELP };

struct option_row {
    const char *name;
    enum option_type type;
    size_t offset; /* of the field in struct options */
    const char *argument;
    const char *help;
};

#define FIELD(name) offsetof(struct options, name)

static const struct option_row rows[] = {
    {"port", TYPE_NUMBER, FIELD(port), "N", "listen on this port; 0: any free one (default)"},
    {"bind", TYPE_TEXT, FIELD(bind), "ADDR", "listen on this IPv4 address (default 127.0.0.1)"},
    {"port-file", TYPE_TEXT, FIELD(port_file), "FILE",
     "write the port number there once listening"},
    {"token", TYPE_TEXT, FIELD(token), "T", "the bearer token to ask for (default sim-token)"},
    {"seed", TYPE_NUMBER, FIELD(seed), "N",
     "seed of the account, the clock and all chance (default 1)"},
    {"integrations", TYPE_NUMBER, FIELD(sizes.integrations), "N", "integrations (default 3)"},
    {"flows", TYPE_NUMBER, FIELD(sizes.flows), "N", "flows of each integration (default 4)"},
    {"exports", TYPE_NUMBER, FIELD(sizes.exports), "N", "exports of each integration (default 6)"},
    {"imports", TYPE_NUMBER, FIELD(sizes.imports), "N", "imports of each integration (default 6)"},
    {"connections", TYPE_NUMBER, FIELD(sizes.connections), "N",
     "connections of the account (default 6)"},
    {"scripts", TYPE_NUMBER, FIELD(sizes.scripts), "N", "scripts of the account (default 4)"},
    {"users", TYPE_NUMBER, FIELD(sizes.users), "N", "users of each integration (default 3)"},
    {"audit", TYPE_NUMBER, FIELD(sizes.audit), "N",
     "audit entries of each integration at the start (default 12)"},
    {"standalone", TYPE_NUMBER, FIELD(sizes.standalone), "N",
     "flows of no integration (default 0)"},
    {"shared", TYPE_NUMBER, FIELD(sizes.shared), "N",
     "exports and imports used by two integrations (default 0)"},
    {"orphans", TYPE_NUMBER, FIELD(sizes.orphans), "N",
     "exports and imports used by no flow (default 0)"},
    {"load", TYPE_TEXT, FIELD(load), "FILE", "start with this dump of /_admin/state instead"},
    {"latency", TYPE_NUMBER, FIELD(latency), "MS", "wait so long before each answer"},
    {"page-cap", TYPE_NUMBER, FIELD(page_cap), "N",
     "a larger limit= counts as this (default 1000)"},
    {"shuffle", TYPE_FLAG, FIELD(shuffle), NULL,
     "vary the order of keys, and of rows within a page"},
    {"no-account-lists", TYPE_FLAG, FIELD(no_account_lists), NULL,
     "no account-wide lists but /integrations: 404"},
    {"no-items", TYPE_FLAG, FIELD(no_items), NULL,
     "only the paths of the reference's table: no /flows… at all"},
    {"whole-lists", TYPE_FLAG, FIELD(whole_lists), NULL,
     "GET /integrations answers whole documents"},
    {"gzip", TYPE_FLAG, FIELD(gzip), NULL, "compress for clients that accept it"},
    {"tls-cert", TYPE_TEXT, FIELD(tls_cert), "FILE", "serve https with this certificate (PEM)"},
    {"tls-key", TYPE_TEXT, FIELD(tls_key), "FILE", "its key (PEM)"},
    {"profile", TYPE_PROFILE, FIELD(profile), "NAME", "whose API to play: reference"},
    {"page-style", TYPE_PAGE_STYLE, 0, "NAME", "how lists are paged: offset"},
    {"help", TYPE_HELP, 0, NULL, "show this"},
};

static const char *const profile_names[] = {[PROFILE_REFERENCE] = "reference"};

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .bind = "127.0.0.1",
        .token = "sim-token",
        .seed = 1,
        .page_cap = 1000,
        .profile = PROFILE_REFERENCE,
        .sizes = {.integrations = 3,
                  .flows = 4,
                  .exports = 6,
                  .imports = 6,
                  .connections = 6,
                  .scripts = 4,
                  .users = 3,
                  .audit = 12},
    };
}

void options_help(void)
{
    puts("usage: simulator [OPTION…]\n\nA make-believe integrator.io for tests. See "
         "tests/simulator/README.md.\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char left[40];

        snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
                 rows[i].argument ? rows[i].argument : "");
        printf("  %-22s %s\n", left, rows[i].help);
    }
}

static int read_number(size_t *ret_number, const char *text)
{
    char *end;

    if (*text < '0' || *text > '9')
        return -1;
    errno = 0;
    *ret_number = (size_t)strtoull(text, &end, 10);
    return *end || errno ? -1 : 0;
}

static int read_profile(enum profile *ret_profile, const char *text)
{
    for (size_t i = 0; i < sizeof profile_names / sizeof *profile_names; i++)
        if (strcmp(profile_names[i], text) == 0) {
            *ret_profile = (enum profile)i;
            return 0;
        }
    return -1;
}

/* Puts a value into the row's field. `text` is NULL for a flag only. */
static int set_field(struct options *options, const struct option_row *row, const char *text)
{
    void *field = (char *)options + row->offset;

    switch (row->type) {
    case TYPE_NUMBER:
        return read_number(field, text);
    case TYPE_TEXT:
        memcpy(field, &text, sizeof text);
        return 0;
    case TYPE_FLAG:
        *(bool *)field = true;
        return 0;
    case TYPE_PROFILE:
        return read_profile(field, text);
    case TYPE_PAGE_STYLE:
        return strcmp(text, "offset") == 0 ? 0 : -1;
    case TYPE_HELP:
        break;
    }
    return 0;
}

static const struct option_row *find_row(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0)
            return &rows[i];
    return NULL;
}

static enum options_result bad(const char *what, const char *argument)
{
    fprintf(stderr, "simulator: %s: %s (try --help)\n", what, argument);
    return OPTIONS_BAD;
}

static enum options_result check(const struct options *options)
{
    if (options->port > 65535)
        return bad("no such port", "--port");
    if (!options->tls_cert != !options->tls_key)
        return bad("certificate and key go together", "--tls-cert, --tls-key");
    if (!options->page_cap)
        return bad("must be at least 1", "--page-cap");
    return OPTIONS_RUN;
}

enum options_result options_read(struct options *options, int argc, char **argv)
{
    set_defaults(options);
    for (int i = 1; i < argc; i++) {
        const char *name = strncmp(argv[i], "--", 2) == 0 ? argv[i] + 2 : "";
        size_t len = strcspn(name, "=");
        const struct option_row *row = find_row(name, len);
        const char *value = NULL;

        if (!row)
            return bad("unknown option", argv[i]);
        if (row->type == TYPE_HELP)
            return OPTIONS_HELP;
        if (!row->argument && name[len])
            return bad("takes no value", argv[i]);
        if (row->argument)
            value = name[len] ? name + len + 1 : i + 1 < argc ? argv[++i] : NULL;
        if ((row->argument && !value) || set_field(options, row, value) != 0)
            return bad("missing or bad value", row->name);
    }
    return check(options);
}
