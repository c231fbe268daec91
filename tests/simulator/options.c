#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_type {
    TYPE_NUMBER,
    TYPE_TEXT,
    TYPE_ON,  /* sets a flag */
    TYPE_OFF, /* clears one */
    TYPE_PROFILE,
    TYPE_PAGE_STYLE,
    TYPE_HELP
};

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
    {"users", TYPE_NUMBER, FIELD(sizes.users), "N",
     "users of each integration, in live of the account (default 3)"},
    {"audit", TYPE_NUMBER, FIELD(sizes.audit), "N",
     "audit entries of each integration at the start (default 12)"},
    {"standalone", TYPE_NUMBER, FIELD(sizes.standalone), "N",
     "flows of no integration (default 0; live 3)"},
    {"shared", TYPE_NUMBER, FIELD(sizes.shared), "N",
     "exports and imports used by two integrations (default 0)"},
    {"orphans", TYPE_NUMBER, FIELD(sizes.orphans), "N",
     "exports and imports used by no flow (default 0)"},
    {"iclients", TYPE_NUMBER, FIELD(sizes.iclients), "N", "iClients (default 0; live 2)"},
    {"filedefinitions", TYPE_NUMBER, FIELD(sizes.filedefinitions), "N", "likewise"},
    {"ediprofiles", TYPE_NUMBER, FIELD(sizes.ediprofiles), "N", "likewise"},
    {"asynchelpers", TYPE_NUMBER, FIELD(sizes.asynchelpers), "N", "likewise"},
    {"lookupcaches", TYPE_NUMBER, FIELD(sizes.lookupcaches), "N", "likewise"},
    {"stacks", TYPE_NUMBER, FIELD(sizes.stacks), "N", "likewise"},
    {"agents", TYPE_NUMBER, FIELD(sizes.agents), "N", "likewise"},
    {"apis", TYPE_NUMBER, FIELD(sizes.apis), "N", "likewise"},
    {"tools", TYPE_NUMBER, FIELD(sizes.tools), "N", "likewise"},
    {"mcpservers", TYPE_NUMBER, FIELD(sizes.mcpservers), "N", "likewise"},
    {"tags", TYPE_NUMBER, FIELD(sizes.tags), "N", "likewise"},
    {"managed", TYPE_NUMBER, FIELD(sizes.managed), "N",
     "of the integrations, those a vendor manages (default 0; live 1)"},
    {"load", TYPE_TEXT, FIELD(load), "FILE", "start with this dump of /_admin/state instead"},
    {"latency", TYPE_NUMBER, FIELD(latency), "MS", "wait so long before each answer"},
    {"page-cap", TYPE_NUMBER, FIELD(page_cap), "N",
     "a larger limit= counts as this (default 1000)"},
    {"shuffle", TYPE_ON, FIELD(shuffle), NULL, "vary the order of keys, and of rows within a page"},
    {"no-account-lists", TYPE_ON, FIELD(no_account_lists), NULL,
     "no account-wide lists but /integrations: 404"},
    {"no-items", TYPE_ON, FIELD(no_items), NULL,
     "only the paths of the reference's table: no /flows… at all"},
    {"whole-lists", TYPE_ON, FIELD(rules.whole_lists), NULL,
     "GET /integrations answers whole documents"},
    {"gzip", TYPE_ON, FIELD(gzip), NULL, "compress for clients that accept it"},
    {"tls-cert", TYPE_TEXT, FIELD(tls_cert), "FILE", "serve https with this certificate (PEM)"},
    {"tls-key", TYPE_TEXT, FIELD(tls_key), "FILE", "its key (PEM)"},
    {"profile", TYPE_PROFILE, FIELD(rules), "NAME", "whose API to play: reference or live"},
    {"page-style", TYPE_PAGE_STYLE, FIELD(rules.page_style), "NAME",
     "how lists are paged: offset (reference) or link (live)"},
    {"page-size", TYPE_NUMBER, FIELD(rules.page_size), "N",
     "rows a page by link; of an audit log, at most (default 1000)"},
    {"bucket", TYPE_NUMBER, FIELD(rules.bucket), "N",
     "requests at once before 429; 0: no limit (default 0; live 1000)"},
    {"refill", TYPE_NUMBER, FIELD(rules.refill), "N",
     "and so many more a second (default live 300)"},
    {"strict-query", TYPE_ON, FIELD(rules.strict_query), NULL,
     "unknown parameters of a list, limit= among them, are a 400"},
    {"no-include", TYPE_TEXT, FIELD(no_include), "KIND,...",
     "these lists refuse include= with 400"},
    {"ignore-include", TYPE_OFF, FIELD(rules.projects), NULL, "include= and exclude= do nothing"},
    {"no-account-audit", TYPE_OFF, FIELD(rules.account_audit), NULL, "no /audit: 404"},
    {"no-account-ashares", TYPE_OFF, FIELD(rules.account_users), NULL, "no /ashares: 404"},
    {"no-recycle-bin", TYPE_OFF, FIELD(rules.recycle_bin), NULL, "no /recycleBinTTL: 404"},
    {"refuse-server-fields", TYPE_ON, FIELD(rules.refuses_server_fields), NULL,
     "documents that set _id, createdAt or stamps are a 422 (live)"},
    {"refuse-delete-in-use", TYPE_ON, FIELD(rules.refuses_in_use), NULL,
     "deleting what others refer to is a 422"},
    {"refuse-shells", TYPE_ON, FIELD(rules.refuses_shells), NULL,
     "NetSuite and AS2 connections without credentials are a 422 (live)"},
    {"clamp", TYPE_NUMBER, FIELD(rules.clamp), "N",
     "of a pageSize that is written, at most this is stored"},
    {"help", TYPE_HELP, 0, NULL, "show this"},
};

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .bind = "127.0.0.1",
        .token = "sim-token",
        .seed = 1,
        .page_cap = 1000,
        .no_include = "",
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

/* A profile sets all rules and sizes, so that it has to be read before what changes them. */
static int read_profile(struct options *options, const char *name)
{
    const struct profile *profile = profile_by_name(name);

    if (!profile)
        return -1;
    options->rules = profile->rules;
    options->sizes = profile->sizes;
    return 0;
}

static int read_page_style(enum page_style *ret_style, const char *name)
{
    static const char *const names[PAGE_STYLES] = {"offset", "link"};

    for (size_t i = 0; i < PAGE_STYLES; i++)
        if (strcmp(names[i], name) == 0) {
            *ret_style = (enum page_style)i;
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
    case TYPE_ON:
    case TYPE_OFF:
        *(bool *)field = row->type == TYPE_ON;
        return 0;
    case TYPE_PAGE_STYLE:
        return read_page_style(field, text);
    case TYPE_PROFILE:
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
    if (!options->rules.page_size)
        return bad("must be at least 1", "--page-size");
    return OPTIONS_RUN;
}

/* One argument taken apart. */
struct argument {
    const struct option_row *row; /* NULL: no such option */
    const char *value;            /* NULL: none */
    bool spare_value;             /* a flag was given one */
};

/* Takes the argument at `*at` apart, and the one behind it where that is its value. */
static struct argument take_argument(int argc, char **argv, int *at)
{
    const char *name = strncmp(argv[*at], "--", 2) == 0 ? argv[*at] + 2 : "";
    size_t len = strcspn(name, "=");
    struct argument argument = {.row = find_row(name, len)};

    if (name[len])
        argument.value = name + len + 1;
    else if (argument.row && argument.row->argument && *at + 1 < argc)
        argument.value = argv[++*at];
    argument.spare_value = argument.row && !argument.row->argument && argument.value;
    return argument;
}

/* Sets the defaults: those of the last profile named, or of the reference. */
static enum options_result start_with_profile(struct options *options, int argc, char **argv)
{
    const char *name = profiles[PROFILE_REFERENCE].name;

    set_defaults(options);
    for (int i = 1; i < argc; i++) {
        struct argument argument = take_argument(argc, argv, &i);

        if (argument.row && argument.row->type == TYPE_PROFILE && argument.value)
            name = argument.value;
    }
    return read_profile(options, name) == 0 ? OPTIONS_RUN : bad("no such profile", name);
}

enum options_result options_read(struct options *options, int argc, char **argv)
{
    if (start_with_profile(options, argc, argv) == OPTIONS_BAD)
        return OPTIONS_BAD;
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        struct argument argument = take_argument(argc, argv, &i);
        const struct option_row *row = argument.row;

        if (!row)
            return bad("unknown option", text);
        if (row->type == TYPE_HELP)
            return OPTIONS_HELP;
        if (argument.spare_value)
            return bad("takes no value", text);
        if ((row->argument && !argument.value) || set_field(options, row, argument.value) != 0)
            return bad("missing or bad value", row->name);
    }
    return check(options);
}
