/*
 * command: the verbs, as a table, and what they are given.
 */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include <stdbool.h>

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

/* What the command line says. All text is the command line's. */
struct invocation {
    const char *config_file; /* --config; NULL */
    const char *account;     /* --account; NULL */
    bool quiet, verbose, json, yes;
    bool full;          /* --full */
    const char *output; /* -o; NULL */
    struct {            /* of plan, restore and clone; texts NULL where not given */
        bool all, prune, with_dependencies, connections, enable_flows, force_managed, dry_run;
        const char *at, *secrets, *journal, *on_conflict, *plan;
        const char *name, *to, *map, *sandbox;
    } restore;
    unsigned restore_options; /* which sorts of these were given */
    char **args;              /* behind the verb */
    int n_args;
    int stop_fd;          /* readable once a signal asks to stop */
    struct config config; /* loaded where the verb needs it */
};

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
int verb_help(struct invocation *in, struct err *err);

#endif
