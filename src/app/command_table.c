/* The verbs, options and exit codes, a row each: parsing, help, manual pages and completions all
 * come from here. */
#include <signal.h>

#include "app/command.h"

/* Arguments that are not counted. */
enum { ANY_NUMBER = 1000000 };

/* clang-format off */
const struct verb command_verbs[] = {
    {"init", "[DIR]", "write a commented configuration and create the mirror repository",
     "Writes a configuration file with every option, its default and what it is for, and creates "
     "the mirror's repository in DIR. What is there already is left as it is.\n\n"
     "As root the file is /etc/iokeeper/NAME.yaml, else ~/.config/iokeeper/NAME.yaml; --account "
     "gives the NAME, --config another file.",
     verb_init, 0, 0, 1},
    {"sync", "[--full]", "one cycle now: poll, mirror, commit, push",
     "Reads the account, commits what has changed, a commit for each person who changed "
     "something, pushes, and tells the webhook. Nothing is written to the account.\n\n"
     "What cannot be read stays as it was, and the exit code is 3. A deletion is committed only "
     "when the whole list was seen without it and a request for it answers 404; too many at once "
     "are withheld until \"iokeeper ack\", and the exit code is 5.",
     verb_sync, NEEDS_CONFIG | NEEDS_TOKEN | TAKES_FULL, 0, 0},
    {"run", "", "the daemon: sync on the schedule, speak to systemd",
     "Syncs at once, unless the last sync is recent, and then every schedule.every. It ends with 2, "
     "10 or 12 where configuration, mirror or token are no good at the start. A token that is "
     "refused later slows it down, other failures are tried again soon and then ever later.\n\n"
     "SIGUSR1 syncs now, SIGHUP reads the configuration anew (a bad one is told, and the old one "
     "stays), SIGTERM ends it within ten seconds. It holds the mirror only while it syncs, so that "
     "other verbs work beside it.",
     verb_run, NEEDS_CONFIG | NEEDS_TOKEN, 0, 0},
    {"status", "", "the last cycle, what the mirror holds, withheld deletions, open flow errors",
     "Tells what the last cycle came to, when the next one is due where a daemon runs, what the "
     "mirror holds by kind, which deletions are withheld, which commits are not pushed. Asks "
     "nobody, and works while the daemon syncs.",
     verb_status, NEEDS_CONFIG, 0, 0},
    {"list", "[KIND]", "what the mirror holds, or held",
     "Lists resources by kind, with the integration that each belongs to, as HEAD has them or as "
     "--at had them. KIND is a kind's singular or plural.\n\n"
     "--deleted lists what is gone from HEAD instead, with when it went and who took it, the last "
     "first. \"iokeeper restore\" with the commit before brings it back.",
     verb_list, NEEDS_CONFIG | TAKES_AT | TAKES_DELETED | IS_PAGED, 0, 1},
    {"log", "[SELECTOR]", "who changed what and when, newest first",
     "The commits of the mirror, with the resources that each changed. Of one resource: each change "
     "field by field, old value and new, followed back across renames, moves to another folder and "
     "re-creation by a restore. A resource that is gone is found by its id, or by its last name.\n\n"
     "--since and --until count the time of the change (the author's date); --grep looks for a "
     "text in the paths and values of the fields that changed.",
     verb_log, NEEDS_CONFIG | TAKES_LOG | TAKES_DELETED | IS_PAGED, 0, 1},
    {"show", "SELECTOR", "a resource as it is, or was",
     "Prints the document as YAML, a script's text with it. Of an integration there stand above it, "
     "as comments, what it holds, its flows with their schedules in words, the connections it "
     "uses and who changed it last. --live syncs the mirror first, and asks the account which of "
     "these connections are online.",
     verb_show, NEEDS_CONFIG | TAKES_AT | TAKES_LIVE | IS_PAGED, 1, 1},
    {"diff", "[SELECTOR...]", "what differs between two commits, or from the account: fields, not lines",
     "Compares --from (the commit before HEAD) with --to (HEAD), resource by resource, field by "
     "field. Elements of lists are aligned by _id, name, extract and generate; texts of several "
     "lines are shown line by line; what was renamed, moved or created anew is named so; a hidden "
     "value is only said to have changed. --live syncs the mirror first and compares with that; "
     "--from is HEAD then.\n\n"
     "With selectors only these, an integration standing for its folder.",
     verb_diff, NEEDS_CONFIG | TAKES_DIFF | TAKES_LIVE | IS_PAGED, 0, ANY_NUMBER},
    {"uses", "SELECTOR", "what a resource depends on, directly and through others",
     "The dependency graph from a resource downwards: what it refers to, what that refers to, and so "
     "on, across integrations. What is referred to and not in the mirror is said to be missing.",
     verb_uses, NEEDS_CONFIG | TAKES_AT | TAKES_GRAPH | IS_PAGED, 1, 1},
    {"used-by", "SELECTOR", "what depends on a resource, directly and through others",
     "The dependency graph from a resource upwards: what would break with it, up to the flows and "
     "the integrations that these belong to.",
     verb_used_by, NEEDS_CONFIG | TAKES_AT | TAKES_GRAPH | IS_PAGED, 1, 1},
    {"ack", "", "accept the deletions that the last cycle withheld, once",
     "The next cycle commits those of the withheld deletions that are still absent.",
     verb_ack, NEEDS_CONFIG, 0, 0},
    {"check", "", "prove the mirror: every byte, documents, references, secrets, restorability",
     "Reads all of it back: each object, pack, index and ref as git fsck does, and each file of the "
     "working tree; documents, layout, references; the whole history for secrets. It tells how much "
     "of the account could be restored whole, with holes, or not. Each fault has its remedy.\n\n"
     "--live syncs first, and ends with that cycle's exit code where the mirror is clean.",
     verb_check, NEEDS_CONFIG | TAKES_LIVE, 0, 0},
    {"doctor", "", "try configuration, token, API, mirror and remote, and say what to mend",
     "Each finding has its cause and a remedy. Writes nothing.",
     verb_doctor, NEEDS_CONFIG | NEEDS_TOKEN, 0, 0},
    {"plan", "SELECTOR...|--all --at WHEN", "what restore would do, and nothing else",
     "Syncs the mirror, compares the account with a commit, and shows what \"iokeeper restore\" "
     "with the same arguments would do, field by field. With -o the plan is kept in a file, which "
     "restore --plan carries out exactly, or not at all.",
     verb_plan, NEEDS_CONFIG | NEEDS_TOKEN | TAKES_ENABLE | TAKES_RESTORE | TAKES_OUTPUT, 0,
     ANY_NUMBER},
    {"restore", "SELECTOR...|--all --at WHEN", "bring the account back to what a commit holds",
     "Shows its plan, asks, carries it out, syncs, and compares again; what differs then is told, "
     "and the exit code is 3. No flow is started, no connection that exists is written and nothing "
     "is deleted unless an option says so; a masked secret is never sent.\n\n"
     "A SELECTOR is an id, an exact name, kind/NAME-or-id, or a path in the mirror. What is "
     "created anew has a new id; account/idmap.yaml leads from the old one to it.",
     verb_restore,
     NEEDS_CONFIG | NEEDS_TOKEN | TAKES_ENABLE | TAKES_RESTORE | TAKES_RUN | TAKES_PLAN, 0,
     ANY_NUMBER},
    {"clone", "SELECTOR...|--all --at WHEN", "make a copy, here or in another account",
     "As restore, for which nothing of what is selected is there yet.",
     verb_clone,
     NEEDS_CONFIG | NEEDS_TOKEN | TAKES_ENABLE | TAKES_RESTORE | TAKES_RUN | TAKES_CLONE, 0,
     ANY_NUMBER},
    {"undo", "[RUN]", "take a restore or clone back",
     "Brings back what a run (the last one) has touched, as it was before, and deletes what it "
     "created. All of it must still be as the run left it.",
     verb_undo, NEEDS_CONFIG | NEEDS_TOKEN | TAKES_ENABLE, 0, 1},
    {"resume", "", "finish an interrupted restore or clone",
     "Goes on from the run's journal. A creation whose outcome is not known is looked for in the "
     "account, and never repeated blindly.",
     verb_resume, NEEDS_CONFIG | NEEDS_TOKEN, 0, 0},
    {"template", "INTEGRATION -o FILE", "download the vendor's template archive",
     "Writes the archive that the service makes of an integration.",
     verb_template, NEEDS_CONFIG | NEEDS_TOKEN | TAKES_OUTPUT, 1, 1},
    {"help", "[VERB]", "the verbs, or one of them with its options", "", verb_help, IS_PAGED, 0, 1},
    {"complete", "[WORD]", "what could stand where a verb takes a resource", "", verb_complete,
     NEEDS_CONFIG | IS_HIDDEN, 0, 1},
    {"complete-when", "[WORD]", "what could stand where a verb takes a commit", "",
     verb_complete_when, NEEDS_CONFIG | IS_HIDDEN, 0, 1},
    {"manual", "PAGE", "a page of the manual, or a completion", "", verb_manual, IS_HIDDEN, 1, 1},
};

#define TO(field) offsetof(struct invocation, field)

const struct command_option command_options[] = {
    {OPT_CONFIG, "config", "FILE", "configuration file; default /etc/iokeeper/NAME.yaml", 0,
     TO(config_file)},
    {OPT_ACCOUNT, "account", "NAME", "configuration by name; default \"default\"", 0, TO(account)},
    {'q', "quiet", NULL, "errors only", 0, TO(quiet)},
    {'v', "verbose", NULL, "tell more of what is done", 0, TO(verbose)},
    {OPT_JSON, "json", NULL, "NDJSON on standard output", 0, TO(json)},
    {OPT_COLOR, "color", "WHEN", "colour the output: auto, always or never", 0, TO(color)},
    {OPT_NO_PAGER, "no-pager", NULL, "print long output at once", 0, TO(no_pager)},
    {OPT_YES, "yes", NULL, "answer yes to what a verb asks", 0, TO(yes)},
    {OPT_HELP, "help", NULL, "the verbs, and nothing else", 0, TO(help)},
    {OPT_VERSION, "version", NULL, "version, and nothing else", 0, TO(version)},
    {OPT_FULL, "full", NULL, "read whole documents where cheaper polls would do", TAKES_FULL,
     TO(full)},
    {OPT_ALL, "all", NULL, "everything, instead of selectors", TAKES_RESTORE, TO(restore.all)},
    {OPT_AT, "at", "WHEN", "commit, tag, or date: \"2024-01-15\", \"2 hours ago\"; default HEAD",
     TAKES_RESTORE | TAKES_AT, TO(at)},
    {OPT_FROM, "from", "WHEN", "the older side; default the commit before --to, or HEAD with --live",
     TAKES_DIFF, TO(look.from)},
    {OPT_LIVE, "live", NULL, "sync first, and look at the account as it is now", TAKES_LIVE,
     TO(live)},
    {OPT_STAT, "stat", NULL, "how many fields of what, without the fields", TAKES_DIFF,
     TO(look.stat)},
    {OPT_PATCH, "patch", NULL, "lines of the files instead of fields, as git shows them", TAKES_DIFF,
     TO(look.patch)},
    {OPT_EXIT_CODE, "exit-code", NULL, "end with 4 where something differs", TAKES_DIFF,
     TO(look.exit_code)},
    {OPT_AUTHOR, "author", "TEXT", "only changes by whose name or address holds the text", TAKES_LOG,
     TO(look.author)},
    {OPT_SINCE, "since", "DATE", "only changes of then and later", TAKES_LOG, TO(look.since)},
    {OPT_UNTIL, "until", "DATE", "only changes of then and earlier", TAKES_LOG, TO(look.until)},
    {OPT_KIND, "kind", "KIND", "only changes of such resources", TAKES_LOG, TO(look.kind)},
    {OPT_GREP, "grep", "TEXT", "only changes of fields whose path or value holds the text",
     TAKES_LOG, TO(look.grep)},
    {'n', "max-count", "N", "no more than so many commits", TAKES_LOG, TO(look.max_count)},
    {OPT_DELETED, "deleted", NULL, "what is gone, and who deleted it", TAKES_DELETED,
     TO(look.deleted)},
    {OPT_DOT, "dot", NULL, "a graph for Graphviz", TAKES_GRAPH, TO(look.dot)},
    {'o', "output", "FILE", "write to a file", TAKES_OUTPUT, TO(output)},
    {OPT_PLAN, "plan", "FILE", "exactly what the file plans, or nothing", TAKES_PLAN,
     TO(restore.plan)},
    {OPT_DRY_RUN, "dry-run", NULL, "show the plan, write nothing", TAKES_RUN, TO(restore.dry_run)},
    {OPT_PRUNE, "prune", NULL, "delete what the commit does not hold", TAKES_RESTORE,
     TO(restore.prune)},
    {OPT_WITH_DEPENDENCIES, "with-dependencies", NULL, "create what is referred to and missing",
     TAKES_RESTORE, TO(restore.with_dependencies)},
    {OPT_CONNECTIONS, "connections", NULL, "write connections that exist, too", TAKES_RESTORE,
     TO(restore.connections)},
    {OPT_ENABLE_FLOWS, "enable-flows", NULL, "enable at the end what the commit has enabled",
     TAKES_ENABLE, TO(restore.enable_flows)},
    {OPT_ON_CONFLICT, "on-conflict", "WORD",
     "what to do where a name is taken: fail, rename or adopt", TAKES_RESTORE,
     TO(restore.on_conflict)},
    {OPT_FORCE_MANAGED, "force-managed", NULL, "write what a vendor manages", TAKES_RESTORE,
     TO(restore.force_managed)},
    {OPT_SECRETS, "secrets", "FILE",
     "YAML: selector, path and value of what the mirror does not hold", TAKES_RESTORE,
     TO(restore.secrets)},
    {OPT_JOURNAL, "journal", "FILE", "where the run's journal is kept", TAKES_RUN,
     TO(restore.journal)},
    {OPT_NAME, "name", "NAME", "the copy's name", TAKES_CLONE, TO(restore.name)},
    {OPT_TO, "to", "CONFIG", "configuration of the account to copy into", TAKES_CLONE, TO(to)},
    {OPT_TO, "to", "WHEN", "the younger side; default HEAD", TAKES_DIFF, TO(to)},
    {OPT_MAP, "map", "FILE", "YAML: what there stands for what here", TAKES_CLONE,
     TO(restore.map)},
    {OPT_SANDBOX, "sandbox", "WORD", "mark copies as sandbox: true, false or keep", TAKES_CLONE,
     TO(restore.sandbox)},
};

const struct exit_row command_exits[] = {
    {EXIT_DONE, "done"},
    {EXIT_FAILED, "failed"},
    {EXIT_BAD_USAGE, "usage or configuration"},
    {EXIT_PARTIAL, "partial: something could not be read, or not be brought back; the rest is safe"},
    {EXIT_DIFFERENT, "differences were found, and --exit-code asked for them"},
    {EXIT_WITHHELD, "deletions are withheld"},
    {EXIT_NO_MIRROR, "no mirror repository here"},
    {EXIT_LOCKED, "another iokeeper holds the mirror"},
    {EXIT_TOKEN_REFUSED, "the API refused the token"},
    {EXIT_NEEDS_PERSON, "a restore is unfinished, or nobody knows what became of a creation"},
    {EXIT_SIGNAL + SIGINT, "interrupted"},
    {EXIT_SIGNAL + SIGTERM, "terminated"},
};
/* clang-format on */

const size_t command_verbs_n = sizeof command_verbs / sizeof *command_verbs;
const size_t command_options_n = sizeof command_options / sizeof *command_options;
const size_t command_exits_n = sizeof command_exits / sizeof *command_exits;

_Static_assert(sizeof command_verbs / sizeof *command_verbs <= COMMAND_VERBS_MAX, "verbs");
_Static_assert(sizeof command_options / sizeof *command_options <= COMMAND_OPTIONS_MAX, "options");

bool command_has_option(const struct verb *verb, const struct command_option *option)
{
    return verb ? (option->takes & verb->flags) != 0 : option->takes == 0;
}
