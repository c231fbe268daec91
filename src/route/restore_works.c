/*
 * Which steps of a run are done, failed, or can be begun: the works, their line, and what the
 * journal says of them.
 */
#include <stdlib.h>

#include "model/layout.h"
#include "restoration.h"

static struct work *work_of(const struct works *works, unsigned number)
{
    return &works->items[number - 1];
}

/* ---- the line ---- */

static void push(struct works *works, struct work *work)
{
    if (work->in_line || work->state != WORK_OPEN || work->waits > 0)
        return;
    work->in_line = true;
    works->line[works->tail++ % works->n] = work;
}

struct work *works_next(struct works *works, enum step_verb from, enum step_verb to)
{
    while (works->head < works->tail) {
        struct work *work = works->line[works->head++ % works->n];
        work->in_line = false;
        if (work->state == WORK_OPEN && work->step->verb >= from && work->step->verb <= to)
            return work;
    }
    return NULL;
}

void works_ask(struct works *works, struct work *work, enum ask ask)
{
    work->ask = ask;
    work->state = WORK_OPEN;
    push(works, work);
}

/* ---- endings ---- */

/* Why what needs a step that failed is not tried. */
static const char *not_tried(struct restore *r, const struct step *failed)
{
    return arena_printf(&r->arena, "not tried: it needs %s \"%.*s\", which failed",
                        kind_of(failed->kind)->name, STR_ARG(failed->title))
        .p;
}

void works_fail(struct restore *r, struct works *works, struct work *work, const char *text)
{
    struct work **stack = malloc(works->n * sizeof *stack);
    size_t depth = 0;
    if (!stack)
        abort();
    work->failure = arena_str(&r->arena, str_of(text)).p;
    work->state = WORK_FAILED;
    stack[depth++] = work;
    while (depth > 0) {
        struct work *failed = stack[--depth];
        restore_record(r, "failed", failed->step, "text", str_of(failed->failure));
        for (size_t i = 0; i < failed->users_n; i++) {
            struct work *user = work_of(works, failed->users[i]);
            if (user->state != WORK_OPEN)
                continue;
            user->state = WORK_FAILED;
            user->failure = not_tried(r, failed->step);
            stack[depth++] = user;
        }
    }
    free(stack);
}

/* The ids of groups that the server has made, for the record of the step that made them. */
static struct node groups_of(struct restore *r, const struct work *work, const struct node *doc,
                             struct arena *a)
{
    const struct entry *wanted = snapshot_find(&r->want, work->step->kind, work->step->id);
    struct node ours, only = node_map(a, 1);
    struct err ignored;
    if (wanted && snapshot_load(&r->want, wanted, a, &ours, &ignored) == 0)
        restore_pair_groups(r, &ours, doc);
    struct node all = idmap_document(&r->ids, a);
    const struct node *groups = node_get(&all, STR("flowgroupings"));
    if (groups)
        node_map_set(a, &only, STR("flowgroupings"), *groups);
    return only;
}

static void record_done(struct restore *r, const struct work *work, const struct node *doc)
{
    struct arena scratch = {0};
    struct node record = node_map(&scratch, 4);
    node_map_set(&scratch, &record, STR("record"), node_cstring("done"));
    node_map_set(&scratch, &record, STR("step"), node_integer(&scratch, work->step->number));
    if (work->step->verb == STEP_CREATE)
        node_map_set(&scratch, &record, STR("id"), node_string(work->id));
    if (work->step->kind == KIND_INTEGRATION && doc)
        node_map_set(&scratch, &record, STR("groups"), groups_of(r, work, doc, &scratch));
    journal_add(r->journal, &record);
    arena_release(&scratch);
}

void works_settle(struct restore *r, struct works *works, struct work *work, struct str id,
                  const struct node *doc)
{
    if (work->step->verb == STEP_CREATE && !layout_id_is_safe(id)) {
        works_fail(r, works, work, "the server gave it an id that is none");
        return;
    }
    work->id = arena_str(&r->arena, id);
    if (work->step->verb == STEP_CREATE)
        idmap_add(&r->ids, work->step->kind, work->step->id, work->id);
    work->state = WORK_DONE;
    r->report.done++;
    record_done(r, work, doc);
    for (size_t i = 0; i < work->users_n; i++) {
        struct work *user = work_of(works, work->users[i]);
        user->waits--;
        push(works, user);
    }
}

/* ---- setting up ---- */

static struct work *recorded_work(struct works *works, const struct node *record)
{
    unsigned number = plan_number(node_get(record, STR("step")));
    return number >= 1 && number <= works->n ? work_of(works, number) : NULL;
}

static int replay_done(struct restore *r, struct work *work, const struct node *record,
                       struct err *err)
{
    struct str id = node_get_text(record, STR("id"));
    work->state = WORK_DONE;
    r->report.done++;
    if (work->step->verb == STEP_CREATE && layout_id_is_safe(id))
        work->id = id;
    return restore_add_made(&r->ids, work->step, record, err);
}

/* What the journal of a run that is taken up says of a step. */
static int replay(struct restore *r, struct works *works, const struct node *record,
                  struct err *err)
{
    struct work *work = recorded_work(works, record);
    struct str what = node_get_text(record, STR("record"));
    if (!work)
        return 0;
    if (str_is(what, "done"))
        return replay_done(r, work, record, err);
    if (str_is(what, "intent") && str_is(node_get_text(record, STR("ask")), "post"))
        work->state = WORK_UNKNOWN;
    else if (str_is(what, "void"))
        work->state = WORK_OPEN; /* looked for, and not there */
    if (str_is(what, "failed")) {
        work->state = WORK_FAILED;
        work->failure = arena_str(&r->arena, node_get_text(record, STR("text"))).p;
    }
    return 0;
}

/* Lists of the steps that need each one. */
static void list_users(struct restore *r, struct works *works)
{
    for (size_t i = 0; i < works->n; i++)
        for (size_t k = 0; k < works->items[i].step->needs_n; k++)
            work_of(works, works->items[i].step->needs[k])->users_n++;
    for (size_t i = 0; i < works->n; i++) {
        struct work *work = &works->items[i];
        work->users = arena_array(&r->arena, work->users_n, sizeof *work->users);
        work->users_n = 0;
    }
    for (size_t i = 0; i < works->n; i++)
        for (size_t k = 0; k < works->items[i].step->needs_n; k++) {
            struct work *needed = work_of(works, works->items[i].step->needs[k]);
            needed->users[needed->users_n++] = works->items[i].step->number;
        }
}

int restore_set_up_works(struct restore *r, struct works *works, struct err *err)
{
    *works = (struct works){.items = arena_array(&r->arena, r->plan.n, sizeof *works->items),
                            .n = r->plan.n,
                            .line = arena_array(&r->arena, r->plan.n, sizeof(struct work *))};
    for (size_t i = 0; i < works->n; i++) {
        works->items[i].step = r->plan.steps[i];
        works->items[i].id = r->plan.steps[i]->target;
    }
    list_users(r, works);
    for (size_t i = 0; r->resumes && i < r->records.list.n; i++)
        if (replay(r, works, &r->records.list.items[i], err) < 0)
            return err_wrap(err, "journal");
    return 0;
}

void works_refresh(struct restore *r, struct works *works)
{
    for (size_t i = 0; i < works->n; i++) {
        struct work *work = &works->items[i];
        const struct work *failed = NULL;
        work->waits = 0;
        for (size_t k = 0; k < work->step->needs_n; k++) {
            const struct work *needed = work_of(works, work->step->needs[k]);
            work->waits += needed->state != WORK_DONE;
            failed = needed->state == WORK_FAILED ? needed : failed;
        }
        if (failed && work->state == WORK_OPEN)
            works_fail(r, works, work, not_tried(r, failed->step));
        push(works, work);
    }
}

void works_release(struct works *works)
{
    for (size_t i = 0; i < works->n; i++)
        buf_release(&works->items[i].body);
}
