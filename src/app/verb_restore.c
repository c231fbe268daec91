/* verb_restore: plan, restore, clone, undo and resume, told to a person or a program. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/options.h"
#include "app/progress.h"
#include "restore_output.h"

/* ---- asking ---- */

/* Whether a person says yes. Without a terminal nobody does. */
static bool ask(const char *question)
{
    char answer[16] = "";
    fflush(stdout);
    fprintf(stderr, "%s [y/N] ", question);
    fflush(stderr);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int confirm(const struct invocation *in, const struct restore_report *report,
                   struct err *err)
{
    char question[100];
    size_t deletions = plan_count(report->plan, STEP_DELETE);
    if (in->yes)
        return 0;
    if (!isatty(STDIN_FILENO))
        return err_set(err, ERR_USAGE,
                       "nothing was written: say --yes where there is no terminal to ask at");
    snprintf(question, sizeof question, "Write this to %.60s?", report->account);
    if (!ask(question))
        return err_set(err, ERR_USAGE, "nothing was written");
    snprintf(question, sizeof question, "%zu resources will be DELETED. Sure?", deletions);
    if (deletions && !ask(question))
        return err_set(err, ERR_USAGE, "nothing was written");
    return 0;
}

/* ---- the story ---- */

/* Shows the plan; carries it out where it is meant to be. */
static int carry_out(struct invocation *in, struct restore *r, bool writes,
                     struct progress *progress, struct err *err)
{
    const struct restore_report *report = restore_report(r);
    progress_finish(progress);
    if (in->restore.plan && restore_match(r, in->restore.plan, err) < 0)
        return -1;
    if (report->problems) {
        restore_print_plan(in, report);
        return restore_print_summary(in, report, RESTORE_REFUSED);
    }
    if (in->output && restore_save_plan(r, in->output, err) < 0)
        return -1;
    restore_print_plan(in, report);
    if (!writes)
        return restore_print_summary(in, report, RESTORE_PLANNED);
    if (report->plan->n && confirm(in, report, err) < 0)
        return -1;
    progress_init(progress, STDERR_FILENO, !in->quiet && !in->json);
    int result = restore_run(r, err);
    progress_finish(progress);
    if (result < 0)
        return -1;
    restore_print_outcome(in, report);
    return restore_print_summary(in, report, RESTORE_DONE);
}

static int check_arguments(const struct invocation *in, struct err *err)
{
    bool named = in->n_args > 0;
    if (in->restore.plan && (named || in->restore.all || in->at))
        return err_set(err, ERR_USAGE, "--plan FILE says what and when: no selectors beside it");
    if (!in->restore.plan && named == in->restore.all)
        return err_set(err, ERR_USAGE,
                       "%s: name an integration, a flow or another resource, or say --all",
                       named ? "both selectors and --all" : "what");
    return 0;
}

/* Runs one of the verbs; `prepare` has made r, or failed. */
static int finish(struct invocation *in, struct restore *r, int prepared, bool writes,
                  struct progress *progress, struct err *err)
{
    int result = prepared == 0 ? carry_out(in, r, writes, progress, err) : -1;
    progress_finish(progress);
    restore_free(r);
    return result;
}

static void begin_progress(struct invocation *in, struct progress *progress,
                           struct restore_options *options)
{
    progress_init(progress, STDERR_FILENO, !in->quiet && !in->json);
    options->sync.progress = progress_show;
    options->sync.context = progress;
}

static int plan_or_restore(struct invocation *in, bool writes, struct err *err)
{
    struct progress progress;
    struct restore_options options;
    struct restore *r = NULL;
    struct arena texts = {0};
    if (check_arguments(in, err) < 0 || options_restore(in, &options, err) < 0)
        return -1;
    if (in->restore.plan && restore_load_plan(in->restore.plan, &texts, &options, err) < 0) {
        arena_release(&texts);
        return -1;
    }
    begin_progress(in, &progress, &options);
    int prepared = restore_prepare(&options, &r, err);
    int result = finish(in, r, prepared, writes, &progress, err);
    arena_release(&texts);
    return result;
}

int verb_plan(struct invocation *in, struct err *err)
{
    return plan_or_restore(in, false, err);
}

int verb_restore(struct invocation *in, struct err *err)
{
    return plan_or_restore(in, !in->restore.dry_run, err);
}

int verb_clone(struct invocation *in, struct err *err)
{
    struct progress progress;
    struct restore_options options;
    struct restore *r = NULL;
    struct config other = {0};
    if (check_arguments(in, err) < 0 || options_restore(in, &options, err) < 0)
        return -1;
    options.clone = true;
    if (!in->restore.sandbox && !in->restore.all)
        options.sandbox = COPIES_IN_SANDBOX;
    int result = 0;
    if (in->to) {
        result = config_load_alone(&other, in->to, err);
        if (result == 0)
            result = config_load_secrets(&other, err);
        if (result == 0 && strcmp(other.mirror_path, in->config.mirror_path) == 0)
            result = err_set(err, ERR_USAGE,
                             "--to %s: has the same mirror; another account needs its own", in->to);
        options.source_path = in->config.mirror_path;
        options.source_branch = in->config.branch;
        options.sync = options_sync(&other, in->stop_fd);
    }
    if (result == 0) {
        begin_progress(in, &progress, &options);
        int prepared = restore_prepare(&options, &r, err);
        result = finish(in, r, prepared, !in->restore.dry_run, &progress, err);
    }
    config_release(&other);
    return result;
}

int verb_undo(struct invocation *in, struct err *err)
{
    struct progress progress;
    struct restore_options options;
    struct restore *r = NULL;
    if (options_restore(in, &options, err) < 0)
        return -1;
    options.selectors_n = 0;
    begin_progress(in, &progress, &options);
    int prepared = restore_prepare_undo(&options, in->n_args ? in->args[0] : NULL, &r, err);
    return finish(in, r, prepared, true, &progress, err);
}

int verb_resume(struct invocation *in, struct err *err)
{
    struct progress progress;
    struct restore_options options;
    struct restore *r = NULL;
    if (options_restore(in, &options, err) < 0)
        return -1;
    begin_progress(in, &progress, &options);
    int prepared = restore_prepare_resume(&options, &r, err);
    if (prepared == 0 && !r) {
        progress_finish(&progress);
        return restore_print_nothing(in, "nothing to resume: no run is unfinished");
    }
    return finish(in, r, prepared, true, &progress, err);
}
