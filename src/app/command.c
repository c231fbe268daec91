#include "app/command.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/output.h"
#include "app/privilege.h"
#include "base/log.h"
#include "base/nearest.h"
#include "route/restore.h"

int command_exit_code(const struct err *err)
{
    switch (err->cls) {
    case ERR_AUTH:
        return EXIT_TOKEN_REFUSED;
    case ERR_STOP:
        return EXIT_SIGNAL + (err->code ? err->code : SIGTERM);
    case ERR_USAGE:
        return EXIT_BAD_USAGE;
    case ERR_NO_MIRROR:
        return EXIT_NO_MIRROR;
    case ERR_LOCKED:
        return EXIT_LOCKED;
    case ERR_NONE:
    case ERR_BAD:
    case ERR_RETRY:
    case ERR_MISSING:
    case ERR_IO:
        break;
    case ERR_CONFLICT:
        return err->code == RESTORE_UNFINISHED ? EXIT_NEEDS_PERSON : EXIT_FAILED;
    }
    return EXIT_FAILED;
}

/* The row of an option. */
static const struct command_option *row_of(int id)
{
    for (size_t i = 0; i < command_options_n; i++)
        if (command_options[i].id == id)
            return &command_options[i];
    return NULL;
}

static bool *restore_flag(struct invocation *in, int option)
{
    switch (option) {
    case OPT_ALL:
        return &in->restore.all;
    case OPT_PRUNE:
        return &in->restore.prune;
    case OPT_WITH_DEPENDENCIES:
        return &in->restore.with_dependencies;
    case OPT_CONNECTIONS:
        return &in->restore.connections;
    case OPT_ENABLE_FLOWS:
        return &in->restore.enable_flows;
    case OPT_FORCE_MANAGED:
        return &in->restore.force_managed;
    case OPT_DRY_RUN:
        return &in->restore.dry_run;
    default:
        return NULL;
    }
}

static const char **restore_text(struct invocation *in, int option)
{
    switch (option) {
    case OPT_AT:
        return &in->restore.at;
    case OPT_ON_CONFLICT:
        return &in->restore.on_conflict;
    case OPT_SECRETS:
        return &in->restore.secrets;
    case OPT_JOURNAL:
        return &in->restore.journal;
    case OPT_PLAN:
        return &in->restore.plan;
    case OPT_NAME:
        return &in->restore.name;
    case OPT_TO:
        return &in->restore.to;
    case OPT_MAP:
        return &in->restore.map;
    case OPT_SANDBOX:
        return &in->restore.sandbox;
    default:
        return NULL;
    }
}

/* An option that only plan, restore and clone take. */
static bool take_restore_option(struct invocation *in, int option)
{
    bool *flag = restore_flag(in, option);
    const char **text = restore_text(in, option);
    in->restore_options |= row_of(option)->takes;
    if (flag)
        *flag = true;
    if (text)
        *text = optarg;
    return flag || text;
}

/* Takes one option; false for one that getopt has refused. */
static bool take_option(struct invocation *in, int option, const char **ret_alias)
{
    switch (option) {
    case OPT_CONFIG:
        in->config_file = optarg;
        return true;
    case OPT_ACCOUNT:
        in->account = optarg;
        return true;
    case 'q':
        in->quiet = true;
        return true;
    case 'v':
        in->verbose = true;
        return true;
    case 'o':
        in->output = optarg;
        return true;
    case OPT_JSON:
        in->json = true;
        return true;
    case OPT_YES:
        in->yes = true;
        return true;
    case OPT_FULL:
        in->full = true;
        return true;
    case OPT_HELP:
        *ret_alias = "help";
        return true;
    case OPT_VERSION:
        *ret_alias = "version";
        return true;
    default:
        return row_of(option) && take_restore_option(in, option);
    }
}

const struct verb *command_find_verb(const char *name, struct err *err)
{
    const char *names[COMMAND_VERBS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < command_verbs_n; i++) {
        if (strcmp(command_verbs[i].name, name) == 0)
            return &command_verbs[i];
        if (!(command_verbs[i].flags & IS_HIDDEN))
            names[n++] = command_verbs[i].name;
    }
    const char *meant = nearest(name, names, n);
    err_set(err, ERR_USAGE, "no verb \"%.40s\"%s%s%s; \"iokeeper help\" lists them", name,
            meant ? "; did you mean \"" : "", meant ? meant : "", meant ? "\"?" : "");
    return NULL;
}

/* The table as getopt wants it; to hold command_options_n + 1. */
static void make_getopt(struct option *to)
{
    for (size_t i = 0; i < command_options_n; i++) {
        const struct command_option *row = &command_options[i];
        *to++ = (struct option){row->name, row->argument ? required_argument : no_argument, NULL,
                                row->id};
    }
    *to = (struct option){0};
}

/* Finds the verb among options and arguments and checks that they fit it. */
static const struct verb *parse(struct invocation *in, int argc, char **argv, struct err *err)
{
    const char *alias = NULL;
    struct option options[COMMAND_OPTIONS_MAX + 1];
    int option;
    make_getopt(options);
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":qvo:", options, NULL)) != -1)
        if (!take_option(in, option, &alias)) {
            err_set(err, ERR_USAGE, "%s \"%.40s\"; \"iokeeper help\" lists the options",
                    option == ':' ? "no value behind" : "no option", argv[optind - 1]);
            return NULL;
        }
    if (!alias && optind == argc) {
        err_set(err, ERR_USAGE, "a verb is missing; \"iokeeper help\" lists them");
        return NULL;
    }
    if (alias && strcmp(alias, "version") == 0) {
        puts("iokeeper " IOKEEPER_VERSION);
        return NULL;
    }
    const struct verb *verb = command_find_verb(alias ? alias : argv[optind], err);
    if (!verb || alias)
        return verb;
    in->args = argv + optind + 1;
    in->n_args = argc - optind - 1;
    if (in->n_args < verb->min_args || in->n_args > verb->max_args)
        err_set(err, ERR_USAGE, "usage: iokeeper %s %s", verb->name, verb->args);
    else if (in->full && !(verb->flags & TAKES_FULL))
        err_set(err, ERR_USAGE, "%s takes no --full", verb->name);
    else if (in->output && !(verb->flags & TAKES_OUTPUT))
        err_set(err, ERR_USAGE, "%s takes no -o", verb->name);
    else if (in->restore_options & ~verb->flags)
        err_set(err, ERR_USAGE,
                "%s does not take all of these options; \"iokeeper help\" lists them", verb->name);
    else if (in->config_file && in->account)
        err_set(err, ERR_USAGE, "--config and --account exclude each other");
    else
        return verb;
    return NULL;
}

/* SIGINT and SIGTERM are read where the program waits, and never interrupt anything. */
static int catch_signals(void)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Which signal it was that stopped us. */
static void name_signal(const struct invocation *in, struct err *err)
{
    struct signalfd_siginfo info;
    if (read(in->stop_fd, &info, sizeof info) != sizeof info)
        return;
    err->code = (int)info.ssi_signo;
    err_wrap(err, "%s", info.ssi_signo == SIGINT ? "interrupted" : "terminated");
}

static int run(struct invocation *in, const struct verb *verb, struct err *err)
{
    if ((verb->flags & NEEDS_CONFIG) &&
        config_load(&in->config, in->config_file, in->account, err) < 0)
        return -1;
    if (verb->flags & NEEDS_CONFIG)
        log_set_account(in->config.account);
    if ((verb->flags & NEEDS_TOKEN) && config_load_secrets(&in->config, err) < 0)
        return -1;
    if ((verb->flags & NEEDS_CONFIG) && privilege_become_owner(in->config.mirror_path, err) < 0)
        return -1;
    return verb->run(in, err);
}

static int fail(const struct invocation *in, const struct err *err)
{
    int code = command_exit_code(err);
    log_event(LOG_LEVEL_ERROR, &(struct log_fields){.event = LOG_FAILED}, "%s", err->text);
    if (in->json) {
        struct arena scratch = {0};
        struct node fields = node_map(&scratch, 3);
        output_set(&scratch, &fields, "result", "failed");
        output_set(&scratch, &fields, "error", err->text);
        output_set_number(&scratch, &fields, "exit", code);
        output_json(&scratch, "summary", fields);
        arena_release(&scratch);
    }
    return code;
}

/* Whether a program reads along, known before anything can go wrong. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

int command_main(int argc, char **argv)
{
    struct invocation in = {.stop_fd = -1, .json = wants_json(argc, argv)};
    struct err err = {0};
    const struct verb *verb = parse(&in, argc, argv, &err);
    if (!verb)
        return err.cls == ERR_NONE ? EXIT_DONE : fail(&in, &err);
    if (in.quiet)
        log_set_level(LOG_LEVEL_ERROR);
    else if (in.verbose)
        log_set_level(LOG_LEVEL_DEBUG);
    in.stop_fd = catch_signals();
    int code = run(&in, verb, &err);
    if (code < 0) {
        if (err.cls == ERR_STOP)
            name_signal(&in, &err);
        code = fail(&in, &err);
    }
    config_release(&in.config);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        log_error("standard output: cannot be written");
        code = code ? code : EXIT_FAILED;
    }
    if (in.stop_fd >= 0)
        close(in.stop_fd);
    return code;
}
