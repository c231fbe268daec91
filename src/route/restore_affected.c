/* Who else will feel it: flows outside of what is restored that use what is written. And what is
 * left for a person to do. */
#include <string.h>

#include "model/resource_key.h"
#include "restoration.h"

/* The resources that are written, and what uses them. */
struct radius {
    struct restore *r;
    struct arena arena;
    struct map hit;    /* by kind and id */
    struct refs *refs; /* of each entry of the account, at its place in the index */
};

static bool is_hit(const struct radius *radius, enum kind_id kind, struct str id)
{
    char key[RESOURCE_KEY_MAX];
    return map_get(&radius->hit, resource_key(key, kind, id)) != NULL;
}

static void hit(struct radius *radius, enum kind_id kind, struct str id)
{
    char key[RESOURCE_KEY_MAX];
    map_put(&radius->hit, arena_str(&radius->arena, resource_key(key, kind, id)), radius);
}

/* Whether a step changes what others may use: what is new, nobody uses yet. */
static bool is_felt(const struct step *step)
{
    return (step->verb == STEP_UPDATE || step->verb == STEP_DELETE) && step->kind != KIND_FLOW &&
           step->kind != KIND_INTEGRATION;
}

/* Marks what of the account is within what is restored. */
static void mark_within(struct restore *r)
{
    for (size_t i = 0; i < r->want.index.n; i++) {
        const struct entry *wanted = r->want.index.entries[i];
        struct entry *actual = wanted->chosen ? wanted->heir : NULL;
        if (actual)
            actual->chosen = true;
    }
    for (size_t i = 0; i < r->plan.n; i++) {
        const struct step *step = r->plan.steps[i];
        struct entry *actual = snapshot_find(&r->live, step->kind, step->target);
        if (actual)
            actual->chosen = true;
    }
}

/* Documents that can lie between a flow and what it uses. */
static bool is_between(enum kind_id kind)
{
    return kind_of(kind)->rank >= kind_of(KIND_CONNECTION)->rank && kind != KIND_INTEGRATION;
}

static int read_refs(struct radius *radius, struct err *err)
{
    const struct snapshot *live = &radius->r->live;
    radius->refs = arena_array(&radius->arena, live->index.n, sizeof *radius->refs);
    for (size_t i = 0; i < live->index.n; i++) {
        const struct entry *entry = live->index.entries[i];
        struct arena scratch = {0};
        struct node doc;
        if (!entry_is_document(entry) || !is_between(entry->kind))
            continue;
        int result = snapshot_load(live, entry, &scratch, &doc, err);
        if (result == 0)
            radius->refs[i] = refs_of(&radius->arena, &doc);
        arena_release(&scratch);
        if (result < 0)
            return -1;
    }
    return 0;
}

static bool uses_hit(const struct radius *radius, size_t i)
{
    for (size_t k = 0; k < radius->refs[i].n; k++) {
        const struct ref *ref = &radius->refs[i].items[k];
        if (!ref->late && ref->kind != KIND_FLOW && is_hit(radius, ref->kind, ref->id))
            return true;
    }
    return false;
}

/* What uses something hit is hit itself, until nothing more is. */
static void spread(struct radius *radius)
{
    const struct index *index = &radius->r->live.index;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < index->n; i++) {
            const struct entry *entry = index->entries[i];
            if (is_hit(radius, entry->kind, entry->id) || !uses_hit(radius, i))
                continue;
            hit(radius, entry->kind, entry->id);
            more = true;
        }
    }
}

static int tell_affected(struct radius *radius, struct err *err)
{
    struct restore *r = radius->r;
    for (size_t i = 0; i < r->live.index.n; i++) {
        const struct entry *entry = r->live.index.entries[i];
        struct arena scratch = {0};
        struct node doc;
        if (entry->kind != KIND_FLOW || oid_is_zero(&entry->blob) ||
            !is_hit(radius, entry->kind, entry->id) || entry->chosen)
            continue;
        int result = snapshot_load(&r->live, entry, &scratch, &doc, err);
        if (result == 0)
            restore_row(r, &r->tails.affected, entry->kind, entry->id,
                        node_get_text(&doc, STR("name")), "%.*s",
                        STR_ARG(index_path(&r->live.index, &scratch, entry)));
        arena_release(&scratch);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* Says what outside of this refers to something that gets another id, and will not follow it. */
static int tell_left_behind(struct restore *r, struct err *err)
{
    for (size_t i = 0; i < r->live.index.n; i++) {
        const struct entry *entry = r->live.index.entries[i];
        struct arena scratch = {0};
        struct node doc;
        if (!entry_is_document(entry) || entry->chosen)
            continue;
        int result = snapshot_load(&r->live, entry, &scratch, &doc, err);
        struct refs refs = result == 0 ? refs_of(&scratch, &doc) : (struct refs){0};
        for (size_t k = 0; k < refs.n; k++)
            if (restore_is_made_anew(r, refs.items[k].kind, refs.items[k].id))
                restore_todo(r,
                             "%s \"%.*s\" (%s) refers to %s %.*s, which gets another id: select it "
                             "as well, or change it by hand",
                             kind_of(entry->kind)->name, STR_ARG(node_get_text(&doc, STR("name"))),
                             entry->id.p, kind_of(refs.items[k].kind)->name,
                             STR_ARG(refs.items[k].id));
        arena_release(&scratch);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* Whether the plan creates something that gets another id by that. */
static bool makes_anew(const struct restore *r)
{
    for (size_t i = 0; i < r->plan.n; i++)
        if (r->plan.steps[i]->verb == STEP_CREATE && !r->plan.steps[i]->from_bin)
            return true;
    return false;
}

int restore_find_affected(struct restore *r, struct err *err)
{
    struct radius radius = {.r = r};
    bool any = false;
    mark_within(r);
    for (size_t i = 0; i < r->plan.n; i++)
        if (is_felt(r->plan.steps[i])) {
            hit(&radius, r->plan.steps[i]->kind, r->plan.steps[i]->target);
            any = true;
        }
    int result = any ? read_refs(&radius, err) : 0;
    if (result == 0 && any) {
        spread(&radius);
        result = tell_affected(&radius, err);
    }
    map_release(&radius.hit);
    arena_release(&radius.arena);
    if (result == 0 && !r->options.clone && makes_anew(r))
        result = tell_left_behind(r, err);
    return result;
}

/* ---- what is not as it should be ---- */

static void hit_rows(struct radius *radius, const struct restore_row *row)
{
    for (; row; row = row->next)
        hit(radius, row->kind, str_of(row->id));
}

int restore_hold_tainted(struct restore *r, struct works *works, struct err *err)
{
    struct radius radius = {.r = r};
    hit_rows(&radius, r->report.residuals);
    hit_rows(&radius, r->report.failed);
    hit_rows(&radius, r->report.unknown);
    int result = radius.hit.n ? read_refs(&radius, err) : 0;
    if (result == 0 && radius.hit.n)
        spread(&radius);
    for (size_t i = 0; result == 0 && i < works->n; i++) {
        struct work *work = &works->items[i];
        struct str id = idmap_get(&r->ids, work->step->kind, work->step->id);
        if (work->step->verb != STEP_ENABLE || work->state != WORK_OPEN ||
            !is_hit(&radius, work->step->kind, id))
            continue;
        works_fail(r, works, work,
                   "left disabled: it, or something that it uses, is not yet as the commit has it");
    }
    map_release(&radius.hit);
    arena_release(&radius.arena);
    return result;
}

/* ---- afterwards ---- */

static void tell_of_webhook(struct restore *r, const struct step *step)
{
    const struct entry *wanted = snapshot_find(&r->want, step->kind, step->id);
    struct arena scratch = {0};
    struct node doc;
    struct err ignored;
    bool webhook = step->kind == KIND_EXPORT && wanted &&
                   snapshot_load(&r->want, wanted, &scratch, &doc, &ignored) == 0 &&
                   (str_is(node_get_text(&doc, STR("type")), "webhook") ||
                    str_is(node_get_text(&doc, STR("adaptorType")), "WebhookExport"));
    if (webhook)
        restore_todo(r, "export \"%.*s\" gets a new webhook URL: give it to whoever calls it",
                     STR_ARG(step->title));
    arena_release(&scratch);
}

static bool is_oauth(const struct plan_text *hole)
{
    return strstr(hole->text, "auth.token") || strstr(hole->text, "oauth");
}

static void tell_of_holes(struct restore *r, const struct step *step)
{
    bool oauth = false;
    for (const struct plan_text *hole = step->holes; hole; hole = hole->next)
        oauth = oauth || is_oauth(hole);
    if (step->holes)
        restore_todo(r, "enter the credentials of %s \"%.*s\" (%s)%s", kind_of(step->kind)->name,
                     STR_ARG(step->title), restore_join(&r->arena, step->holes),
                     oauth ? "; if it signs in by OAuth, authorize it in the browser" : "");
}

void restore_find_todos(struct restore *r)
{
    for (size_t i = 0; i < r->plan.n; i++) {
        const struct step *step = r->plan.steps[i];
        if (step->verb != STEP_CREATE || step->from_bin)
            continue;
        tell_of_holes(r, step);
        tell_of_webhook(r, step);
    }
}
