#include "restore_output.h"

#include <string.h>

#include "app/output.h"
#include "base/log.h"

/* Rows of one sort, and fields of one step, that a person is shown before they are counted. */
enum { SHOWN_MAX = 200, FIELDS_SHOWN_MAX = 12 };

/* ---- for programs ---- */

static void print_json_steps(const struct plan *plan)
{
    struct arena scratch = {0};
    struct node steps = plan_document(plan, &scratch);
    for (size_t i = 0; i < steps.list.n; i++)
        output_json(&scratch, "step", steps.list.items[i]);
    arena_release(&scratch);
}

static void print_json_rows(const char *type, const char *text_key, const struct restore_row *row)
{
    struct arena scratch = {0};
    for (; row; row = row->next) {
        struct node fields = node_map(&scratch, 4);
        output_set(&scratch, &fields, "kind", kind_of(row->kind)->name);
        output_set(&scratch, &fields, "id", row->id);
        output_set(&scratch, &fields, "name", row->title);
        output_set(&scratch, &fields, text_key, row->text);
        output_json(&scratch, type, fields);
    }
    arena_release(&scratch);
}

static void print_json_texts(const char *type, const struct plan_text *text)
{
    struct arena scratch = {0};
    for (; text; text = text->next) {
        struct node fields = node_map(&scratch, 1);
        output_set(&scratch, &fields, "text", text->text);
        output_json(&scratch, type, fields);
    }
    arena_release(&scratch);
}

/* ---- for people ---- */

static char mark_of(enum step_verb verb)
{
    static const char marks[STEP_VERBS] = {[STEP_CREATE] = '+',
                                           [STEP_UPDATE] = '~',
                                           [STEP_LINK] = '@',
                                           [STEP_DELETE] = '-',
                                           [STEP_ENABLE] = '!'};
    return marks[verb];
}

static void print_fields(const struct step *step)
{
    size_t n = 0;
    for (const struct step_field *field = step->fields; field; field = field->next)
        if (n++ < FIELDS_SHOWN_MAX)
            output_line("         %s: %s -> %s", field->path,
                        *field->before ? field->before : "(none)",
                        *field->after ? field->after : "(none)");
    if (n > FIELDS_SHOWN_MAX)
        output_line("         ... and %zu more fields", n - FIELDS_SHOWN_MAX);
}

static void print_steps(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n && i < SHOWN_MAX; i++) {
        const struct step *step = plan->steps[i];
        output_line("%5u  %c %-7s %s \"%.*s\" (%s)%s", step->number, mark_of(step->verb),
                    step_verb_name(step->verb), kind_of(step->kind)->name, STR_ARG(step->title),
                    step->target.n ? step->target.p : step->id.p,
                    step->from_bin ? ", from the recycle bin" : "");
        print_fields(step);
    }
    if (plan->n > SHOWN_MAX)
        output_line("       ... and %zu more steps", plan->n - SHOWN_MAX);
}

static void print_rows(const char *heading, const struct restore_row *row)
{
    size_t n = 0;
    if (row)
        output_line("%s", heading);
    for (; row; row = row->next)
        if (n++ < SHOWN_MAX)
            output_line("  %s \"%s\" (%s): %s", kind_of(row->kind)->name, row->title, row->id,
                        row->text);
    if (n > SHOWN_MAX)
        output_line("  ... and %zu more", n - SHOWN_MAX);
}

static void print_texts(const char *heading, const struct plan_text *text)
{
    size_t n = 0;
    if (text)
        output_line("%s", heading);
    for (; text; text = text->next)
        if (n++ < SHOWN_MAX)
            output_line("  %s", text->text);
    if (n > SHOWN_MAX)
        output_line("  ... and %zu more", n - SHOWN_MAX);
}

void restore_print_plan(const struct invocation *in, const struct restore_report *report)
{
    if (in->json) {
        print_json_steps(report->plan);
        print_json_rows("kept", "why", report->kept);
        print_json_rows("left", "why", report->left);
        print_json_rows("affected", "path", report->affected);
        print_json_texts("todo", report->todos);
        print_json_texts("note", report->notes);
        print_json_texts("problem", report->problems);
        return;
    }
    if (in->quiet) {
        for (const struct plan_text *text = report->problems; text; text = text->next)
            log_error("%s", text->text);
        return;
    }
    print_steps(report->plan);
    print_rows("Kept as they are:", report->kept);
    print_rows("Cannot be made what the commit holds:", report->left);
    print_rows("Flows outside of this that use what is written:", report->affected);
    print_texts("Notes:", report->notes);
    print_texts("Afterwards, by hand:", report->todos);
    print_texts("Not possible like this:", report->problems);
}

void restore_print_outcome(const struct invocation *in, const struct restore_report *report)
{
    if (in->json) {
        print_json_rows("failed", "text", report->failed);
        print_json_rows("unknown", "text", report->unknown);
        print_json_rows("residual", "text", report->residuals);
        print_json_texts("todo", report->todos);
        return;
    }
    print_rows("Failed:", report->failed);
    print_rows("Outcome unknown:", report->unknown);
    print_rows("Not as the commit has it:", report->residuals);
    if (report->run && !in->quiet) /* else the plan has said it */
        print_texts("Left to do by hand:", report->todos);
}

/* ---- the closing line ---- */

static int exit_code_of(const struct restore_report *report, enum restore_ending ending)
{
    if (ending == RESTORE_REFUSED)
        return EXIT_BAD_USAGE;
    if (ending == RESTORE_PLANNED)
        return EXIT_DONE;
    if (report->unknown)
        return EXIT_NEEDS_PERSON;
    return report->failed || report->residuals || (report->left && !report->run) ? EXIT_PARTIAL
                                                                                 : EXIT_DONE;
}

static const char *result_of(const struct restore_report *report, enum restore_ending ending,
                             int code)
{
    if (ending == RESTORE_REFUSED)
        return "refused";
    if (ending == RESTORE_PLANNED)
        return report->plan->n ? "planned" : "nothing";
    if (code == EXIT_NEEDS_PERSON)
        return "unfinished";
    if (code == EXIT_PARTIAL)
        return "partial";
    return report->run ? "restored" : "nothing";
}

static void print_json_summary(const struct restore_report *report, const char *result, int code)
{
    struct arena scratch = {0};
    struct node fields = node_map(&scratch, 12);
    output_set(&scratch, &fields, "result", result);
    for (int verb = 0; verb < STEP_VERBS; verb++)
        output_set_number(&scratch, &fields, step_verb_name((enum step_verb)verb),
                          (int64_t)plan_count(report->plan, (enum step_verb)verb));
    output_set_number(&scratch, &fields, "done", (int64_t)report->done);
    output_set_number(&scratch, &fields, "plan_ms", report->plan_ms);
    output_set_number(&scratch, &fields, "write_ms", report->write_ms);
    output_set_number(&scratch, &fields, "levels", plan_levels(report->plan));
    output_set(&scratch, &fields, "commit", report->source);
    output_set(&scratch, &fields, "run", report->run ? report->run : "");
    output_set_number(&scratch, &fields, "exit", code);
    output_json(&scratch, "summary", fields);
    arena_release(&scratch);
}

/* "1 to create, 0 to change, ...", or what was done of it. */
static void print_counts(const struct restore_report *report, const char *result, bool ran)
{
    static const char *const planned[STEP_VERBS] = {[STEP_CREATE] = "to create",
                                                    [STEP_UPDATE] = "to change",
                                                    [STEP_LINK] = "to link",
                                                    [STEP_DELETE] = "to delete",
                                                    [STEP_ENABLE] = "to enable"};
    static const char *const done[STEP_VERBS] = {[STEP_CREATE] = "created",
                                                 [STEP_UPDATE] = "changed",
                                                 [STEP_LINK] = "linked",
                                                 [STEP_DELETE] = "deleted",
                                                 [STEP_ENABLE] = "enabled"};
    struct buf text = BUF_MAX(400);
    for (int verb = 0; verb < STEP_VERBS; verb++)
        buf_printf(&text, "%s%zu %s", verb ? ", " : "",
                   ran ? report->done_by[verb] : plan_count(report->plan, (enum step_verb)verb),
                   ran ? done[verb] : planned[verb]);
    output_line("%s: %s; commit %.10s%s%s", result, buf_cstr(&text), report->source,
                report->run ? "; run " : "", report->run ? report->run : "");
    buf_release(&text);
}

static void print_line(const struct restore_report *report, const char *result,
                       enum restore_ending ending)
{
    if (ending == RESTORE_DONE && !report->run)
        output_line("nothing to do: the account is as %.10s has it%s", report->source,
                    report->left || report->kept ? ", but for what is named above" : "");
    else
        print_counts(report, result, ending == RESTORE_DONE);
}

int restore_print_summary(const struct invocation *in, const struct restore_report *report,
                          enum restore_ending ending)
{
    int code = exit_code_of(report, ending);
    const char *result = result_of(report, ending, code);
    if (ending == RESTORE_DONE && report->run)
        log_for_the_record(&(struct log_fields){.event = LOG_RESTORED, .commit = report->source},
                           "%s: %zu steps done of run %s, from commit %.10s", result, report->done,
                           report->run, report->source);
    if (in->json)
        print_json_summary(report, result, code);
    else if (!in->quiet)
        print_line(report, result, ending);
    return code;
}

int restore_print_nothing(const struct invocation *in, const char *text)
{
    struct arena scratch = {0};
    struct node fields = node_map(&scratch, 2);
    output_set(&scratch, &fields, "result", "nothing");
    output_set_number(&scratch, &fields, "exit", EXIT_DONE);
    if (in->json)
        output_json(&scratch, "summary", fields);
    else if (!in->quiet)
        output_line("%s", text);
    arena_release(&scratch);
    return EXIT_DONE;
}
