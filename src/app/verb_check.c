/* verb_check: whether the mirror is whole, free of secrets, and enough to restore from. */
#include <unistd.h>

#include "app/command.h"
#include "app/options.h"
#include "app/output.h"
#include "app/progress.h"
#include "live.h"
#include "route/check.h"

/* How many lines of one sort a person is shown before they are only counted. */
enum { SHOWN_MAX = 20, SHOWN_HEX = 10 };

static int exit_code_of(const struct check_result *result)
{
    return result->faults_n || result->findings_n ? EXIT_FAILED : EXIT_DONE;
}

static const char *result_of(const struct check_result *result)
{
    return result->faults_n ? "damaged" : result->findings_n ? "secrets" : "clean";
}

static size_t resources_of(const struct check_result *result)
{
    const size_t *n = result->restorable_n;
    return n[CHECK_WHOLE] + n[CHECK_HOLES] + n[CHECK_NOT];
}

/* ---- for programs ---- */

static void print_json_restorable(struct arena *a, const struct check_result *result)
{
    for (const struct check_restorable *r = result->restorable; r; r = r->next) {
        struct node fields = node_map(a, 5);
        output_set(a, &fields, "kind", kind_of(r->kind)->name);
        output_set(a, &fields, "id", r->id);
        output_set(a, &fields, "name", r->name);
        output_set(a, &fields, "how", r->how == CHECK_HOLES ? "holes" : "not");
        output_set(a, &fields, "why", r->why);
        output_json(a, "restorable", fields);
    }
}

static void print_json_lists(struct arena *a, const struct check_result *result)
{
    for (const struct check_fault *f = result->faults; f; f = f->next) {
        struct node fields = node_map(a, 2);
        output_set(a, &fields, "path", f->path);
        output_set(a, &fields, "text", f->text);
        output_set(a, &fields, "remedy", f->remedy);
        output_json(a, "fault", fields);
    }
    for (const struct check_dangling *d = result->dangling; d; d = d->next) {
        struct node fields = node_map(a, 3);
        output_set(a, &fields, "path", d->path);
        output_set(a, &fields, "kind", kind_of(d->kind)->name);
        output_set(a, &fields, "id", d->id);
        output_json(a, "dangling", fields);
    }
    for (const struct check_finding *f = result->findings; f; f = f->next) {
        char commit[OID_HEX + 1];
        struct node fields = node_map(a, 6);
        oid_to_hex(&f->commit, commit);
        output_set(a, &fields, "path", f->path);
        output_set(a, &fields, "where", f->where);
        output_set(a, &fields, "what", f->what);
        output_set(a, &fields, "commit", arena_str(a, str_of(commit)).p);
        output_set_number(a, &fields, "versions", (int64_t)f->versions);
        output_set_flag(a, &fields, "current", f->current);
        output_json(a, "finding", fields);
    }
    print_json_restorable(a, result);
}

static void print_json(const struct check_result *result, int code)
{
    struct arena scratch = {0}, *a = &scratch;
    char commit[OID_HEX + 1] = "";
    struct node fields = node_map(a, 17);
    if (result->born)
        oid_to_hex(&result->commit, commit);
    print_json_lists(a, result);
    output_set(a, &fields, "result", result_of(result));
    output_set_number(a, &fields, "exit", code);
    output_set(a, &fields, "commit", commit);
    output_set_number(a, &fields, "verified", (int64_t)result->verified);
    output_set(a, &fields, "tree_unseen", result->tree_unseen ? result->tree_unseen : "");
    output_set_number(a, &fields, "files", (int64_t)result->files);
    output_set_number(a, &fields, "documents", (int64_t)result->documents);
    output_set_number(a, &fields, "commits", (int64_t)result->commits);
    output_set_number(a, &fields, "blobs", (int64_t)result->blobs);
    output_set_number(a, &fields, "too_large", (int64_t)result->too_large);
    output_set_number(a, &fields, "faults", (int64_t)result->faults_n);
    output_set_number(a, &fields, "dangling", (int64_t)result->dangling_n);
    output_set_number(a, &fields, "findings", (int64_t)result->findings_n);
    output_set_number(a, &fields, "resources", (int64_t)resources_of(result));
    output_set_number(a, &fields, "whole", (int64_t)result->restorable_n[CHECK_WHOLE]);
    output_set_number(a, &fields, "holes", (int64_t)result->restorable_n[CHECK_HOLES]);
    output_set_number(a, &fields, "not", (int64_t)result->restorable_n[CHECK_NOT]);
    output_json(a, "summary", fields);
    arena_release(&scratch);
}

/* ---- for people ---- */

static void print_more(size_t n, size_t shown)
{
    if (n > shown)
        output_line("         ... and %zu more", n - shown);
}

static void print_fault(const struct check_fault *fault)
{
    output_line("fault    %s%s%s", fault->path, *fault->path ? " " : "", fault->text);
    if (*fault->remedy)
        output_line("         -> %s", fault->remedy);
}

static void print_faults(const struct check_result *result, size_t most)
{
    size_t n = 0;
    for (const struct check_fault *f = result->faults; f && n < most; f = f->next, n++)
        print_fault(f);
    print_more(result->faults_n, n);
}

static void print_dangling(const struct check_result *result)
{
    for (const struct check_dangling *d = result->dangling; d; d = d->next)
        output_line("dangling %s refers to %s %s", d->path, kind_of(d->kind)->name, d->id);
}

static void print_findings(const struct check_result *result, size_t most)
{
    size_t n = 0;
    for (const struct check_finding *f = result->findings; f && n < most; f = f->next, n++) {
        char commit[OID_HEX + 1];
        oid_to_hex(&f->commit, commit);
        output_line("secret   %s, %s: %s; since commit %.*s%s",
                    *f->path ? f->path : "a commit's message", f->where, f->what, SHOWN_HEX, commit,
                    f->current ? ", and in HEAD" : "");
    }
    print_more(result->findings_n, n);
}

/* Those of one sort, behind `shown` others; how many are shown then. */
static size_t print_some(const struct check_result *result, enum check_how how, size_t shown,
                         size_t most)
{
    for (const struct check_restorable *r = result->restorable; r && shown < most; r = r->next)
        if (r->how == how) {
            output_line("%-8s %s \"%s\" (%s): %s", how == CHECK_HOLES ? "holes" : "not",
                        kind_of(r->kind)->name, r->name, r->id, r->why);
            shown++;
        }
    return shown;
}

/* What could be brought back; the worst stands first. */
static void print_restorable(const struct check_result *result, size_t most)
{
    const size_t *n = result->restorable_n;
    size_t shown = print_some(result, CHECK_NOT, 0, most);
    shown = print_some(result, CHECK_HOLES, shown, most);
    print_more(n[CHECK_NOT] + n[CHECK_HOLES], shown);
    output_line("restorable: %zu of %zu whole, %zu with holes, %zu not", n[CHECK_WHOLE],
                resources_of(result), n[CHECK_HOLES], n[CHECK_NOT]);
}

static void print_advice(void)
{
    output_line("A secret in the history is known to all who have a copy: give it a new value in");
    output_line("the account first. Then take the old one out of the history, such as by \"git");
    output_line("filter-repo\", and out of all copies. docs/SECURITY.md tells how.");
}

static void print(const struct invocation *in, const struct check_result *result)
{
    size_t most = in->verbose ? SIZE_MAX : SHOWN_MAX;
    print_faults(result, most);
    if (in->verbose)
        print_dangling(result);
    print_findings(result, most);
    if (result->findings_n)
        print_advice();
    if (result->born && result->tree_unseen)
        output_line("unread   the working tree: %s", result->tree_unseen);
    if (result->too_large)
        output_line("unread   %zu files are too large to be looked at", result->too_large);
    if (in->quiet)
        return;
    if (!result->born && !result->faults_n) {
        output_line("%s: nothing was committed yet", result_of(result));
        return;
    }
    print_restorable(result, most);
    output_line("%s: %zu objects, refs and files verified; %zu documents; %zu faults; %zu "
                "references lead nowhere; %zu "
                "secrets in %zu commits",
                result_of(result), result->verified, result->documents, result->faults_n,
                result->dangling_n, result->findings_n, result->commits);
}

int verb_check(struct invocation *in, struct err *err)
{
    int cycle = in->live ? live_sync(in, err) : EXIT_DONE;
    if (cycle < 0)
        return -1;
    struct progress progress;
    struct check_result result;
    struct check_options options = options_check(&in->config, in->stop_fd);
    progress_init(&progress, STDERR_FILENO, !in->quiet && !in->json);
    options.pace = progress_pace(&progress, in->stop_fd);
    int code = check_run(&options, &result, err);
    progress_finish(&progress);
    if (code == 0) {
        code = exit_code_of(&result) ? exit_code_of(&result) : cycle;
        if (in->json)
            print_json(&result, code);
        else
            print(in, &result);
    }
    check_release(&result);
    return code;
}
