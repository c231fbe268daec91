/* A run turned round: what it touched goes back to what was there before. */
#include "model/normalize.h"
#include "model/resource_key.h"
#include "restoration.h"

/* ---- what the run did ---- */

/* Whether a record says that something may have been done to what is there. A creation by POST is
 * told by its "done" alone, which has its id. */
static bool is_deed(const struct node *record)
{
    struct str what = node_get_text(record, STR("record"));
    return str_is(what, "done") ||
           (str_is(what, "intent") && !str_is(node_get_text(record, STR("ask")), "post"));
}

/* The last record of what was done in each step, by its number; made in `a`. */
static const struct node **find_deeds(const struct plan *plan, const struct node *records,
                                      struct arena *a)
{
    const struct node **deeds = arena_array(a, plan->n + 1, sizeof *deeds);
    for (size_t i = 0; i < records->list.n; i++) {
        const struct node *record = &records->list.items[i];
        unsigned number = plan_number(node_get(record, STR("step")));
        if (number <= plan->n && is_deed(record))
            deeds[number] = record;
    }
    return deeds;
}

/* The first thing that was done to a resource says how it goes back. */
static void touch(struct restore *r, struct map *known, enum kind_id kind, struct str id,
                  enum step_verb verb)
{
    char key[RESOURCE_KEY_MAX];
    if (!id.n || map_get(known, resource_key(key, kind, id)))
        return;
    struct touched *t = arena_alloc(&r->arena, sizeof *t);
    *t = (struct touched){
        .kind = kind, .id = arena_str(&r->arena, id), .verb = verb, .next = r->touched};
    r->touched = t;
    map_put(known, arena_str(&r->arena, resource_key(key, kind, id)), t);
}

static void read_step(struct restore *r, struct map *known, struct idmap *made,
                      const struct step *step, const struct node *deed)
{
    if (step->verb == STEP_CREATE) {
        struct str now = node_get_text(deed, STR("id"));
        now = now.n ? now : step->id; /* brought back from the bin */
        idmap_add(made, step->kind, step->id, now);
        touch(r, known, step->kind, now, STEP_CREATE);
    } else {
        struct str now = step->target.n ? step->target : idmap_get(made, step->kind, step->id);
        touch(r, known, step->kind, now, step->verb == STEP_DELETE ? STEP_DELETE : STEP_UPDATE);
    }
}

static int read_touched(struct restore *r, const struct node *document, const struct node *records,
                        struct err *err)
{
    struct plan plan = {0};
    struct idmap made = {0};
    struct map known = {0};
    int result = restore_load_steps(&plan, document, err);
    const struct node **deeds = result == 0 ? find_deeds(&plan, records, &plan.arena) : NULL;
    for (size_t i = 0; result == 0 && i < plan.n; i++)
        if (deeds[i + 1])
            read_step(r, &known, &made, plan.steps[i], deeds[i + 1]);
    map_release(&known);
    idmap_release(&made);
    plan_release(&plan);
    return result;
}

/* ---- what others have done since ---- */

static int same_but_stamps(struct restore *r, const struct snapshot *after, const struct entry *was,
                           const struct entry *is, bool *ret_same, struct err *err)
{
    struct arena scratch = {0};
    struct node old, new;
    int result = 0;
    *ret_same = entry_same(was, is);
    if (!*ret_same) {
        result = snapshot_load(after, was, &scratch, &old, err);
        if (result == 0)
            result = snapshot_load(&r->live, is, &scratch, &new, err);
        if (result == 0)
            *ret_same = normalize_same_but_stamps(kind_of(was->kind), &old, &new);
    }
    arena_release(&scratch);
    return result;
}

/* Refuses, by name, where something is not as the run has left it. */
static int check_untouched(struct restore *r, const struct oid *after_run, struct err *err)
{
    struct snapshot after;
    struct buf names = BUF_MAX(800);
    int result = snapshot_open(&after, r->store, after_run, err);
    for (const struct touched *t = r->touched; result == 0 && t; t = t->next) {
        const struct entry *was = snapshot_find(&after, t->kind, t->id);
        const struct entry *is = snapshot_find(&r->live, t->kind, t->id);
        bool same = !was && !is;
        if (was && is)
            result = same_but_stamps(r, &after, was, is, &same, err);
        bool gone_already = t->verb == STEP_CREATE && !is;
        if (result == 0 && !same && !gone_already)
            buf_printf(&names, "%s%s %s (%s)", names.n ? ", " : "", kind_of(t->kind)->name, t->id.p,
                       (is ? is : was)->slug.p);
    }
    if (result == 0 && names.n)
        result = err_set(err, ERR_CONFLICT,
                         "others have changed since what run %s wrote: %s; put that back by a "
                         "restore of what you want of it",
                         r->report.run, buf_cstr(&names));
    buf_release(&names);
    snapshot_release(&after);
    return result;
}

/* ---- the story ---- */

/* The commit that a run ended with. */
static int end_of(const struct node *records, const char *run, struct oid *ret, struct err *err)
{
    for (size_t i = records->list.n; i > 0; i--) {
        const struct node *record = &records->list.items[i - 1];
        if (str_is(node_get_text(record, STR("record")), "end") &&
            oid_from_hex(node_get_text(record, STR("head")), ret) == 0)
            return 0;
    }
    return err_set(err, ERR_USAGE, "run %s has not ended: \"iokeeper resume\" finishes it", run);
}

int restore_turn_round(struct restore *r, const char *run, struct err *err)
{
    struct node plan, records;
    struct oid end;
    if (restore_read_run(r->store, run, &r->arena, &plan, &records, err) < 0 ||
        end_of(&records, run, &end, err) < 0)
        return -1;
    if (!str_is(node_get_text(&plan, STR("account")), r->options.sync.account.url))
        return err_set(err, ERR_USAGE, "run %s wrote to the account at %.*s", run,
                       STR_ARG(node_get_text(&plan, STR("account"))));
    if (oid_from_hex(node_get_text(&plan, STR("head")), &r->commit) < 0)
        return err_set(err, ERR_BAD, "run %s: its plan names no commit", run);
    r->undoes = true;
    if (read_touched(r, &plan, &records, err) < 0)
        return err_wrap(err, "run %s", run);
    r->report.run = arena_str(&r->arena, str_of(run)).p;
    int result = check_untouched(r, &end, err);
    r->report.run = NULL;
    return result;
}
