/*
 * command: the verbs, as a table, and what they are given.
 */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "base/err.h"

/* Exit codes of the contract. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_BAD_USAGE = 2,
    EXIT_PARTIAL = 3,
    EXIT_DIFFERENT = 4,
    EXIT_WITHHELD = 5,
    EXIT_NO_MIRROR = 10,
    EXIT_LOCKED = 11,
    EXIT_TOKEN_REFUSED = 12,
    EXIT_NEEDS_PERSON = 13,
    EXIT_SIGNAL = 128, /* + the signal's number */
};

/* What the command line says. All text is the command line's; texts are NULL where not given. */
struct invocation {
    const char *config_file; /* --config */
    const char *account;     /* --account */
    bool quiet, verbose, json, yes;
    bool help, version;
    const char *color; /* --color */
    bool no_pager;
    bool full;          /* --full */
    const char *output; /* -o */
    const char *at;     /* --at */
    const char *to;     /* --to: a commit of diff's, a configuration of clone's */
    bool live;          /* --live: the account as it is now */
    struct {            /* of plan, restore and clone */
        bool all, prune, with_dependencies, connections, enable_flows, force_managed, dry_run;
        const char *secrets, *journal, *on_conflict, *plan;
        const char *name, *map, *sandbox;
    } restore;
    struct { /* of list, log, diff and the graph */
        bool deleted, exit_code, stat, patch, dot;
        const char *from, *author, *since, *until, *kind, *grep, *max_count;
    } look;
    uint64_t given; /* a bit a row of command_options */
    char **args;    /* behind the verb */
    int n_args;
    int stop_fd;          /* readable once a signal asks to stop */
    struct config config; /* loaded where the verb needs it */
};

/* ---- the tables (command_table.c) ---- */

/* What a verb needs before it runs, and which options it takes. */
enum {
    NEEDS_CONFIG = 1,
    NEEDS_TOKEN = 2,
    TAKES_FULL = 4,
    TAKES_OUTPUT = 8,
    TAKES_RESTORE = 16, /* what is restored, and how */
    TAKES_RUN = 32,     /* how it is carried out */
    TAKES_CLONE = 64,
    TAKES_ENABLE = 128, /* whether flows may start */
    IS_HIDDEN = 256,    /* of use to the build and to completions alone */
    TAKES_AT = 512,
    TAKES_LIVE = 1024,
    TAKES_DIFF = 2048,
    TAKES_LOG = 4096,
    TAKES_DELETED = 8192,
    TAKES_GRAPH = 16384,
    IS_PAGED = 32768,   /* what it prints may be long */
    TAKES_PLAN = 65536, /* a file of one */
};

struct verb {
    const char *name;
    const char *args;  /* as help shows them */
    const char *does;  /* half a sentence */
    const char *about; /* what its page says, paragraphs with an empty line between them */
    int (*run)(struct invocation *in, struct err *err);
    unsigned flags;
    int min_args, max_args;
};

/* Ids of options; those of one letter have it instead. */
enum {
    OPT_CONFIG = 256,
    OPT_ACCOUNT,
    OPT_JSON,
    OPT_YES,
    OPT_FULL,
    OPT_HELP,
    OPT_VERSION,
    OPT_ALL,
    OPT_AT,
    OPT_PRUNE,
    OPT_WITH_DEPENDENCIES,
    OPT_CONNECTIONS,
    OPT_ENABLE_FLOWS,
    OPT_FORCE_MANAGED,
    OPT_ON_CONFLICT,
    OPT_SECRETS,
    OPT_JOURNAL,
    OPT_PLAN,
    OPT_DRY_RUN,
    OPT_NAME,
    OPT_TO,
    OPT_MAP,
    OPT_SANDBOX,
    OPT_COLOR,
    OPT_NO_PAGER,
    OPT_LIVE,
    OPT_FROM,
    OPT_EXIT_CODE,
    OPT_STAT,
    OPT_PATCH,
    OPT_DELETED,
    OPT_AUTHOR,
    OPT_SINCE,
    OPT_UNTIL,
    OPT_KIND,
    OPT_GREP,
    OPT_DOT,
};

struct command_option {
    int id; /* its letter, or an OPT_ */
    const char *name;
    const char *argument; /* as help shows it; NULL: it takes none */
    const char *help;     /* half a sentence */
    unsigned takes;       /* the TAKES_ of the verbs that have it; 0: every verb */
    size_t field;         /* where in struct invocation it goes: a text, or a flag */
};

/* Exit codes, as pages list them. */
struct exit_row {
    int code;
    const char *means;
};

/* What a verb is used for, as help and its page show it. */
struct command_example {
    const char *verb;
    const char *command; /* a line for a shell */
    const char *does;    /* half a sentence */
};

/* For whoever makes an array of names. */
enum { COMMAND_VERBS_MAX = 64, COMMAND_OPTIONS_MAX = 64 };

/* The verbs, in the order of help. */
extern const struct verb command_verbs[];
/* How many. */
extern const size_t command_verbs_n;

/* The options; those of every verb come first. One name may mean different things to different
 * verbs: such rows share id and field. */
extern const struct command_option command_options[];
/* How many. */
extern const size_t command_options_n;

/* The exit codes, in their order. */
extern const struct exit_row command_exits[];
/* How many. */
extern const size_t command_exits_n;

/* The examples (command_examples.c), those of a verb together. */
extern const struct command_example command_examples[];
/* How many. */
extern const size_t command_examples_n;

/* Whether a verb has an option; NULL: every verb. */
bool command_has_option(const struct verb *verb, const struct command_option *option);

/* The verb of this name; NULL with ERR_USAGE, and the nearest one in its text. */
const struct verb *command_find_verb(const char *name, struct err *err);

/* ---- running ---- */

/* Parses the command line, runs the verb and returns the exit code. */
int command_main(int argc, char **argv);

/* The exit code that an error's class stands for. */
int command_exit_code(const struct err *err);

/* The verbs: each prints what it has to say, and returns its exit code. An err is filled, and -1
 * returned, where it failed: command_main tells it and finds the exit code. */
int verb_init(struct invocation *in, struct err *err);
int verb_sync(struct invocation *in, struct err *err);
int verb_run(struct invocation *in, struct err *err);
int verb_status(struct invocation *in, struct err *err);
int verb_ack(struct invocation *in, struct err *err);
int verb_check(struct invocation *in, struct err *err);
int verb_doctor(struct invocation *in, struct err *err);
int verb_plan(struct invocation *in, struct err *err);
int verb_restore(struct invocation *in, struct err *err);
int verb_clone(struct invocation *in, struct err *err);
int verb_undo(struct invocation *in, struct err *err);
int verb_resume(struct invocation *in, struct err *err);
int verb_template(struct invocation *in, struct err *err);
int verb_list(struct invocation *in, struct err *err);
int verb_log(struct invocation *in, struct err *err);
int verb_show(struct invocation *in, struct err *err);
int verb_diff(struct invocation *in, struct err *err);
int verb_uses(struct invocation *in, struct err *err);
int verb_used_by(struct invocation *in, struct err *err);
int verb_complete(struct invocation *in, struct err *err);
int verb_complete_when(struct invocation *in, struct err *err);
int verb_help(struct invocation *in, struct err *err);
int verb_manual(struct invocation *in, struct err *err);

#endif
