#include "app/command.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/output.h"
#include "base/log.h"
#include "base/nearest.h"
#include "route/restore.h"

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
};

/* Arguments that are not counted. */
enum { ANY_NUMBER = 1000000 };

struct verb {
    const char *name;
    const char *args; /* as help shows them */
    const char *does;
    int (*run)(struct invocation *in, struct err *err);
    unsigned flags;
    int min_args, max_args;
};

static const struct verb verbs[] = {
    {"init", "[DIR]", "write a commented configuration and create the mirror repository", verb_init,
     0, 0, 1},
    {"sync", "[--full]", "one cycle now: poll, mirror, commit, push", verb_sync,
     NEEDS_CONFIG | NEEDS_TOKEN | TAKES_FULL, 0, 0},
    {"run", "", "the daemon: sync on the schedule, speak to systemd", verb_run,
     NEEDS_CONFIG | NEEDS_TOKEN, 0, 0},
    {"status", "", "the last cycle, what the mirror holds, withheld deletions, open flow errors",
     verb_status, NEEDS_CONFIG, 0, 0},
    {"ack", "", "accept the deletions that the last cycle withheld, once", verb_ack, NEEDS_CONFIG,
     0, 0},
    {"check", "", "prove the mirror: documents, references, no secrets in its history", verb_check,
     NEEDS_CONFIG, 0, 0},
    {"doctor", "", "try configuration, token, API, mirror and remote, and say what to mend",
     verb_doctor, NEEDS_CONFIG | NEEDS_TOKEN, 0, 0},
    {"plan", "SELECTOR...|--all --at WHEN", "what restore would do, and nothing else", verb_plan,
     NEEDS_CONFIG | NEEDS_TOKEN | TAKES_ENABLE | TAKES_RESTORE | TAKES_OUTPUT, 0, ANY_NUMBER},
    {"restore", "SELECTOR...|--all --at WHEN", "bring the account back to what a commit holds",
     verb_restore, NEEDS_CONFIG | NEEDS_TOKEN | TAKES_ENABLE | TAKES_RESTORE | TAKES_RUN, 0,
     ANY_NUMBER},
    {"clone", "SELECTOR...|--all --at WHEN", "make a copy, here or in another account", verb_clone,
     NEEDS_CONFIG | NEEDS_TOKEN | TAKES_ENABLE | TAKES_RESTORE | TAKES_RUN | TAKES_CLONE, 0,
     ANY_NUMBER},
    {"undo", "[RUN]", "take a restore or clone back", verb_undo,
     NEEDS_CONFIG | NEEDS_TOKEN | TAKES_ENABLE, 0, 1},
    {"resume", "", "finish an interrupted restore or clone", verb_resume,
     NEEDS_CONFIG | NEEDS_TOKEN, 0, 0},
    {"template", "INTEGRATION -o FILE", "download the vendor's template archive", verb_template,
     NEEDS_CONFIG | NEEDS_TOKEN | TAKES_OUTPUT, 1, 1},
    {"help", "", "this text", verb_help, 0, 0, 1},
};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

enum {
    OPT_CONFIG = 256,
    OPT_ACCOUNT,
    OPT_JSON,
    OPT_YES,
    OPT_FULL,
    OPT_HELP,
    OPT_VERSION,
    OPT_ALL, /* from here on those of restore */
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
    OPT_END
};

static const struct option options[] = {
    {"config", required_argument, NULL, OPT_CONFIG},
    {"account", required_argument, NULL, OPT_ACCOUNT},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"json", no_argument, NULL, OPT_JSON},
    {"yes", no_argument, NULL, OPT_YES},
    {"full", no_argument, NULL, OPT_FULL},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {"all", no_argument, NULL, OPT_ALL},
    {"at", required_argument, NULL, OPT_AT},
    {"prune", no_argument, NULL, OPT_PRUNE},
    {"with-dependencies", no_argument, NULL, OPT_WITH_DEPENDENCIES},
    {"connections", no_argument, NULL, OPT_CONNECTIONS},
    {"enable-flows", no_argument, NULL, OPT_ENABLE_FLOWS},
    {"force-managed", no_argument, NULL, OPT_FORCE_MANAGED},
    {"on-conflict", required_argument, NULL, OPT_ON_CONFLICT},
    {"secrets", required_argument, NULL, OPT_SECRETS},
    {"journal", required_argument, NULL, OPT_JOURNAL},
    {"plan", required_argument, NULL, OPT_PLAN},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"name", required_argument, NULL, OPT_NAME},
    {"to", required_argument, NULL, OPT_TO},
    {"map", required_argument, NULL, OPT_MAP},
    {"sandbox", required_argument, NULL, OPT_SANDBOX},
    {NULL, 0, NULL, 0}};

int verb_help(struct invocation *in, struct err *err)
{
    (void)in;
    (void)err;
    puts("usage: iokeeper [--config FILE | --account NAME] [-q | -v] [--json] VERB [ARG...]\n\n"
         "Keeps an integrator.io account in a git repository.\n");
    for (size_t i = 0; i < VERBS; i++)
        printf("  %-9s %-20s  %s\n", verbs[i].name, verbs[i].args, verbs[i].does);
    puts("\nOptions\n"
         "  --config FILE    configuration file; default /etc/iokeeper/NAME.yaml\n"
         "  --account NAME   configuration by name; default \"default\"\n"
         "  -q, --quiet      errors only\n"
         "  -v, --verbose    each change, and what the API was asked\n"
         "  --json           NDJSON on standard output\n"
         "  --yes            answer yes to what a verb asks\n"
         "  --version        version, and nothing else\n\n"
         "Options of plan, restore and clone\n"
         "  --all            everything, instead of selectors (id, name, kind/name, path)\n"
         "  --at WHEN        commit, tag, or date: \"2024-01-15\", \"2 hours ago\"; default HEAD\n"
         "  -o FILE          plan: write the plan to a file\n"
         "  --plan FILE      restore: exactly what the file plans, or nothing\n"
         "  --dry-run        show the plan, write nothing\n"
         "  --prune          delete what the commit does not hold\n"
         "  --with-dependencies  create what is referred to and missing\n"
         "  --connections    write connections that exist, too\n"
         "  --enable-flows   enable at the end what the commit has enabled\n"
         "  --on-conflict fail|rename|adopt  what to do where a name is taken\n"
         "  --force-managed  write what a vendor manages\n"
         "  --secrets FILE   YAML: selector, path and value of what the mirror does not hold\n"
         "  --journal FILE   where the run's journal is kept\n"
         "  --name NAME, --to CONFIG, --map FILE, --sandbox true|false|keep  of clone\n\n"
         "Without a configuration file IOKEEPER_API_URL, IOKEEPER_TOKEN and IOKEEPER_MIRROR are\n"
         "enough; they override the file.");
    return EXIT_DONE;
}

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

/* Which verbs take an option of restore. */
static unsigned flags_of(int option)
{
    return option == OPT_ENABLE_FLOWS ? TAKES_ENABLE
           : option >= OPT_NAME       ? TAKES_CLONE
           : option >= OPT_PLAN       ? TAKES_RUN
                                      : TAKES_RESTORE;
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
    in->restore_options |= flags_of(option);
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
        return option >= OPT_ALL && option < OPT_END && take_restore_option(in, option);
    }
}

static const struct verb *find_verb(const char *name, struct err *err)
{
    const char *names[VERBS];
    for (size_t i = 0; i < VERBS; i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
        names[i] = verbs[i].name;
    }
    const char *meant = nearest(name, names, VERBS);
    err_set(err, ERR_USAGE, "no verb \"%.40s\"%s%s%s; \"iokeeper help\" lists them", name,
            meant ? "; did you mean \"" : "", meant ? meant : "", meant ? "\"?" : "");
    return NULL;
}

/* Finds the verb among options and arguments and checks that they fit it. */
static const struct verb *parse(struct invocation *in, int argc, char **argv, struct err *err)
{
    const char *alias = NULL;
    int option;
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
    const struct verb *verb = find_verb(alias ? alias : argv[optind], err);
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
