#include "app/command.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/output.h"
#include "app/privilege.h"
#include "app/terminal.h"
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

/* Takes one option; false for one that getopt has refused. */
static bool take_option(struct invocation *in, int id)
{
    for (size_t i = 0; i < command_options_n; i++) {
        const struct command_option *row = &command_options[i];
        if (row->id != id)
            continue;
        void *field = (char *)in + row->field;
        if (row->argument)
            *(const char **)field = optarg;
        else
            *(bool *)field = true;
        in->given |= UINT64_C(1) << i;
        return true;
    }
    return false;
}

/* Whether a verb has an option, by this row or another of the same name. */
static bool fits(const struct verb *verb, const struct command_option *given)
{
    for (size_t i = 0; i < command_options_n; i++)
        if (command_options[i].id == given->id &&
            (command_options[i].takes == 0 || command_has_option(verb, &command_options[i])))
            return true;
    return false;
}

/* The first option given that a verb does not have; NULL: all fit. */
static const struct command_option *find_misfit(const struct invocation *in,
                                                const struct verb *verb)
{
    for (size_t i = 0; i < command_options_n; i++)
        if ((in->given & UINT64_C(1) << i) && !fits(verb, &command_options[i]))
            return &command_options[i];
    return NULL;
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

/* What getopt has refused: `found` is ':' for an option without its value. */
static int refuse(int found, const char *word, struct err *err)
{
    const char *names[COMMAND_OPTIONS_MAX], *meant = NULL;
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_long = strncmp(word, "--", 2) == 0;
    if (found == ':')
        return err_set(err, ERR_USAGE,
                       "no value behind \"%.40s\"; \"iokeeper help\" lists the options", word);
    for (size_t i = 0; i < command_options_n; i++)
        names[i] = command_options[i].name;
    if (is_long)
        meant = nearest(word + 2, names, command_options_n);
    return err_set(err, ERR_USAGE, "no option \"%.40s\"%s%s%s; \"iokeeper help\" lists the options",
                   is_long || !optopt ? word : letter, meant ? "; did you mean \"--" : "",
                   meant ? meant : "", meant ? "\"?" : "");
}

static int read_options(struct invocation *in, int argc, char **argv, struct err *err)
{
    struct option options[COMMAND_OPTIONS_MAX + 1];
    int option;
    make_getopt(options);
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":qvn:o:", options, NULL)) != -1)
        if (!take_option(in, option))
            return refuse(option, argv[optind - 1], err);
    return 0;
}

/* Whether what stands behind the verb fits it. */
static int check_usage(const struct invocation *in, const struct verb *verb, struct err *err)
{
    const struct command_option *misfit = find_misfit(in, verb);
    if (in->n_args < verb->min_args || in->n_args > verb->max_args)
        return err_set(err, ERR_USAGE, "usage: iokeeper %s %s", verb->name, verb->args);
    if (misfit)
        return err_set(err, ERR_USAGE, "%s takes no --%s; \"iokeeper help %s\" lists what it takes",
                       verb->name, misfit->name, verb->name);
    if (in->config_file && in->account)
        return err_set(err, ERR_USAGE, "--config and --account exclude each other");
    return 0;
}

static void tell_version(const struct invocation *in)
{
    struct arena scratch = {0};
    if (!in->json) {
        puts("iokeeper " IOKEEPER_VERSION);
        return;
    }
    struct node fields = node_map(&scratch, 2);
    output_set(&scratch, &fields, "version", IOKEEPER_VERSION);
    output_set_number(&scratch, &fields, "exit", EXIT_DONE);
    output_json(&scratch, "summary", fields);
    arena_release(&scratch);
}

/* Finds the verb among options and arguments and checks that they fit it; NULL without an error
 * where all is said and done. */
static const struct verb *parse(struct invocation *in, int argc, char **argv, struct err *err)
{
    if (read_options(in, argc, argv, err) < 0)
        return NULL;
    if (in->version) {
        tell_version(in);
        return NULL;
    }
    if (in->help)
        optind = optind < argc && strcmp(argv[optind], "help") == 0 ? optind + 1 : optind;
    else if (optind == argc) {
        err_set(err, ERR_USAGE, "a verb is missing; \"iokeeper help\" lists them");
        return NULL;
    }
    /* "VERB --help" is "help VERB" */
    const struct verb *verb = command_find_verb(in->help ? "help" : argv[optind++], err);
    if (!verb)
        return NULL;
    in->args = argv + optind;
    in->n_args = argc - optind;
    if (in->help) {
        in->n_args = in->n_args > 0;
        in->given = 0;
    }
    return check_usage(in, verb, err) < 0 ? NULL : verb;
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
    if (((verb->flags & NEEDS_TOKEN) || in->live) && config_load_secrets(&in->config, err) < 0)
        return -1;
    if ((verb->flags & NEEDS_CONFIG) && privilege_become_owner(in->config.mirror_path, err) < 0)
        return -1;
    struct terminal_options terminal = {
        .color = in->color, .json = in->json, .pages = (verb->flags & IS_PAGED) && !in->no_pager};
    if (terminal_begin(&terminal, err) < 0)
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

/* Whether what stands behind a word is its value. */
static bool takes_next(const char *word)
{
    for (size_t i = 0; i < command_options_n; i++) {
        const struct command_option *row = &command_options[i];
        const char letter[] = {'-', (char)(row->id < OPT_CONFIG ? row->id : '-'), '\0'};
        if (row->argument && (strcmp(word, letter) == 0 ||
                              (strncmp(word, "--", 2) == 0 && strcmp(word + 2, row->name) == 0)))
            return true;
    }
    return false;
}

/* Whether a program reads along, known before anything can go wrong. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
        i += takes_next(argv[i]);
    }
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
    if (terminal_end() < 0) {
        log_error("standard output: cannot be written");
        code = code ? code : EXIT_FAILED;
    }
    if (in.stop_fd >= 0)
        close(in.stop_fd);
    return code;
}
