/* Whether the account is what the commit holds: the plan made once more, which should be empty. */
#include "restoration.h"

/* What would still have to be done is what differs. */
static void tell_step(struct restore *r, const struct step *step)
{
    struct buf text = BUF_MAX(1500);
    if (step->verb == STEP_CREATE)
        buf_str(&text, STR("is not in the account"));
    else if (step->verb == STEP_DELETE)
        buf_str(&text, STR("is still in the account"));
    else if (step->verb == STEP_ENABLE)
        buf_str(&text, STR("is not enabled"));
    for (const struct step_field *field = step->fields; field; field = field->next)
        buf_printf(&text, "%s%s is %s instead of %s", field == step->fields ? "" : "; ",
                   field->path, *field->before ? field->before : "missing",
                   *field->after ? field->after : "none");
    struct str id = step->target.n ? step->target : step->id;
    if (step->verb != STEP_LINK)
        restore_row(r, &r->tails.residual, step->kind, id, step->title, "%s", buf_cstr(&text));
    buf_release(&text);
}

/* Holes of what was created: nobody has filled them yet. What came out of the bin has its secrets.
 */
static void tell_shells(struct restore *r, const struct works *works)
{
    for (size_t i = 0; i < works->n; i++) {
        const struct work *work = &works->items[i];
        const struct plan_text *hole = work->step->holes;
        if (work->state != WORK_DONE || work->step->verb != STEP_CREATE || !hole ||
            (work->step->from_bin && !work->found_fallen))
            continue;
        restore_row(r, &r->tails.residual, work->step->kind, work->id, work->step->title,
                    "needs credentials: %s", restore_join(&r->arena, hole));
    }
}

static void tell_works(struct restore *r, const struct works *works)
{
    for (size_t i = 0; i < works->n; i++) {
        const struct work *work = &works->items[i];
        const struct step *step = work->step;
        struct str id = work->id.n ? work->id : step->id;
        r->report.done_by[step->verb] += work->state == WORK_DONE;
        if (work->state == WORK_FAILED)
            restore_row(r, &r->tails.failed, step->kind, id, step->title, "%s: %s",
                        step_verb_name(step->verb), work->failure);
        else if (work->state == WORK_UNKNOWN)
            restore_row(r, &r->tails.unknown, step->kind, id, step->title,
                        "created, or not? no answer came, and the account does not tell");
    }
}

static bool has_row(const struct restore_row *row, const struct restore_row *sought)
{
    for (; row; row = row->next)
        if (row->kind == sought->kind && str_eq(str_of(row->id), str_of(sought->id)))
            return true;
    return false;
}

/* What was left before is a residual now. */
static void tell_left(struct restore *r, const struct restore_row *left)
{
    for (; left; left = left->next)
        if (!has_row(r->report.residuals, left))
            restore_row(r, &r->tails.residual, left->kind, str_of(left->id), str_of(left->title),
                        "%s", left->text);
}

int restore_verify(struct restore *r, const struct works *works, bool enabled, struct err *err)
{
    struct plan done = r->plan, again = {0};
    restore_reset_report(r);
    r->plan = again;
    int result = restore_make_steps(r, err);
    again = r->plan;
    r->plan = done;
    struct restore_row *kept = r->report.kept, *left = r->report.left;
    struct plan_text *notes = r->report.notes;
    restore_reset_report(r);
    r->report.kept = kept;
    r->report.notes = notes;
    if (result == 0) {
        tell_works(r, works);
        tell_shells(r, works);
        for (size_t i = 0; i < again.n; i++)
            if (enabled || again.steps[i]->verb != STEP_ENABLE)
                tell_step(r, again.steps[i]);
        tell_left(r, left);
    }
    plan_release(&again);
    return result == 0 ? restore_find_strays(r, works, err) : -1;
}
