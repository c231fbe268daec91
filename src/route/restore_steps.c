/* The steps: what is created, changed, deleted and enabled, and what is left as it is. */
#include <string.h>

#include "model/layout.h"
#include "restoration.h"

enum { LISTED_MAX = 400 };

/* ---- texts ---- */

static const char *list_holes(struct restore *r, const struct hole *hole)
{
    struct buf text = BUF_MAX(LISTED_MAX);
    for (bool first = true; hole; hole = hole->next, first = false)
        buf_printf(&text, "%s%s", first ? "" : ", ", hole->path);
    const char *result = arena_str(&r->arena, buf_view(&text)).p;
    buf_release(&text);
    return result;
}

static struct plan_text *copy_holes(struct plan *plan, const struct hole *hole)
{
    struct plan_text *first = NULL, **tail = &first;
    for (; hole; hole = hole->next) {
        struct plan_text *made = arena_alloc(&plan->arena, sizeof *made);
        made->text = arena_str(&plan->arena, str_of(hole->path)).p;
        *tail = made;
        tail = &made->next;
    }
    return first;
}

static struct step_field *copy_fields(struct plan *plan, const struct step_field *field)
{
    struct step_field *first = NULL, **tail = &first;
    struct arena *a = &plan->arena;
    for (; field; field = field->next) {
        struct step_field *made = arena_alloc(a, sizeof *made);
        *made = (struct step_field){.path = arena_str(a, str_of(field->path)).p,
                                    .before = arena_str(a, str_of(field->before)).p,
                                    .after = arena_str(a, str_of(field->after)).p};
        *tail = made;
        tail = &made->next;
    }
    return first;
}

/* ---- steps of what is wanted ---- */

static void refer(struct restore *r, struct step *step, const struct node *doc, struct arena *a)
{
    struct refs refs = refs_of(a, doc);
    for (size_t i = 0; i < refs.n; i++)
        plan_refer(&r->plan, step, refs.items[i].kind, refs.items[i].id, refs.items[i].late);
}

/* Says which references of a document lead nowhere, so that it is written without them. */
static void tell_dangling(struct restore *r, const struct entry *wanted, struct str id,
                          struct str title, const struct node *doc, struct arena *a)
{
    struct refs refs = refs_of(a, doc);
    for (size_t i = 0; i < refs.n; i++)
        if (!restore_account_has(r, refs.items[i].kind, refs.items[i].id) &&
            !snapshot_find(&r->want, refs.items[i].kind, refs.items[i].id))
            restore_row(r, &r->tails.left, wanted->kind, id, title,
                        "refers to %s %.*s, which is neither in the commit nor in the account: "
                        "that is left out",
                        kind_of(refs.items[i].kind)->name, STR_ARG(refs.items[i].id));
}

static struct step *add_step(struct restore *r, enum step_verb verb, const struct entry *wanted,
                             const struct entry *actual, struct str title)
{
    struct arena *a = &r->plan.arena;
    struct step *step = plan_add(&r->plan, verb, wanted->kind, wanted->id);
    step->title = arena_str(a, title);
    step->path = index_path(&r->want.index, a, wanted);
    step->blob = wanted->blob;
    step->beside = wanted->beside;
    if (actual) {
        step->target = arena_str(a, actual->id);
        step->seen_blob = actual->blob;
        step->seen_beside = actual->beside;
    }
    return step;
}

/* A flow that the commit has enabled is created disabled: what becomes of it. */
static void plan_enabling(struct restore *r, const struct entry *wanted, const struct entry *actual,
                          struct str title)
{
    if (r->options.enable_flows)
        add_step(r, STEP_ENABLE, wanted, actual, title);
    else
        restore_todo(r,
                     "enable flow \"%.*s\" when all is well: it is disabled, and the commit has it "
                     "enabled (--enable-flows does it)",
                     STR_ARG(title));
}

static bool is_managed(const struct restore *r, const struct entry *wanted)
{
    struct str home = wanted->kind == KIND_INTEGRATION ? wanted->id : wanted->owner;
    const struct entry *integration = snapshot_find(&r->want, KIND_INTEGRATION, home);
    struct arena scratch = {0};
    struct node doc;
    struct err ignored;
    bool managed = home.n && integration &&
                   snapshot_load(&r->want, integration, &scratch, &doc, &ignored) == 0 &&
                   node_get_text(&doc, STR("_connectorId")).n > 0;
    arena_release(&scratch);
    return managed;
}

/* The name of a resource of the account that a created one may not have, too. Only the reference's
 * integrations are known to need names of their own. */
static int find_namesake(struct restore *r, const struct entry *wanted, struct str title,
                         const struct entry **ret, struct err *err)
{
    struct arena scratch = {0};
    struct str slug = layout_slug(&scratch, title);
    int result = 0;
    *ret = NULL;
    bool unique = wanted->kind == KIND_INTEGRATION && !r->cycle.live;
    for (size_t i = 0; unique && result == 0 && !*ret && i < r->live.index.n; i++) {
        const struct entry *entry = r->live.index.entries[i];
        struct node doc;
        if (entry->kind != wanted->kind || oid_is_zero(&entry->blob) || !str_eq(entry->slug, slug))
            continue;
        result = snapshot_load(&r->live, entry, &scratch, &doc, err);
        if (result == 0 && str_eq(node_get_text(&doc, STR("name")), title))
            *ret = entry;
    }
    arena_release(&scratch);
    return result;
}

/* A name that is free, made of one that is not. */
static int find_free_name(struct restore *r, const struct entry *wanted, struct str *title,
                          struct err *err)
{
    struct str base = *title;
    for (unsigned n = 2; n < 100; n++) {
        const struct entry *namesake;
        *title = arena_printf(&r->arena, "%.*s (%u)", STR_ARG(base), n);
        if (find_namesake(r, wanted, *title, &namesake, err) < 0)
            return -1;
        if (!namesake)
            return 0;
    }
    return 0;
}

static int plan_change(struct restore *r, const struct entry *wanted, const struct entry *actual,
                       struct err *err);

static int plan_creation(struct restore *r, const struct entry *wanted, struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    const struct entry *namesake = NULL;
    if (snapshot_load(&r->want, wanted, &scratch, &doc, err) < 0) {
        arena_release(&scratch);
        return -1;
    }
    struct str title = restore_title(r, wanted, &doc, &r->arena);
    int result = find_namesake(r, wanted, title, &namesake, err);
    bool adopts = namesake && r->options.on_conflict == CONFLICT_ADOPT;
    bool renames = namesake && r->options.on_conflict == CONFLICT_RENAME;
    if (result == 0 && renames)
        result = find_free_name(r, wanted, &title, err);
    if (result == 0 && adopts) {
        idmap_add(&r->ids, wanted->kind, wanted->id, namesake->id);
        result = plan_change(r, wanted, namesake, err);
    } else if (result == 0) {
        if (namesake && !renames)
            restore_problem(r,
                            "%s \"%.*s\": the account has another one of this name (%s): "
                            "--on-conflict rename or adopt says what to do",
                            kind_of(wanted->kind)->name, STR_ARG(title), namesake->id.p);
        struct step *step = add_step(r, STEP_CREATE, wanted, NULL, title);
        const struct node *given = restore_given(r, wanted->kind, wanted->id, title);
        step->renamed = renames;
        step->from_bin = restore_bin_has(r, wanted->kind, wanted->id);
        refer(r, step, &doc, &scratch);
        tell_dangling(r, wanted, wanted->id, title, &doc, &scratch);
        if (given)
            hole_fill_given(&scratch, &doc, given);
        step->holes = copy_holes(&r->plan, hole_find(&scratch, &doc));
        if (wanted->kind == KIND_FLOW && restore_is_enabled(&doc))
            plan_enabling(r, wanted, NULL, title);
    }
    arena_release(&scratch);
    return result;
}

/* ---- what is there and differs ---- */

/* Why a document that differs is not written; NULL: it is. */
static const char *why_left(struct restore *r, const struct contrast *contrast)
{
    if (contrast->immutable)
        return arena_printf(&r->arena, "%s cannot be changed once it is there", contrast->immutable)
            .p;
    if (contrast->masked && contrast->fields)
        return arena_printf(&r->arena,
                            "holds secrets that the API masks (%s): give them with --secrets, or "
                            "change it by hand",
                            list_holes(r, contrast->masked))
            .p;
    return NULL;
}

static const char *list_fields(struct restore *r, const struct step_field *field)
{
    struct buf text = BUF_MAX(LISTED_MAX);
    for (bool first = true; field; field = field->next, first = false)
        buf_printf(&text, "%s%s", first ? "" : ", ", field->path);
    const char *result = arena_str(&r->arena, buf_view(&text)).p;
    buf_release(&text);
    return result;
}

static int plan_change(struct restore *r, const struct entry *wanted, const struct entry *actual,
                       struct err *err)
{
    struct arena scratch = {0};
    struct contrast contrast;
    struct node doc;
    int result = 0;
    if (restore_contrast(r, wanted, actual, &scratch, &contrast, err) < 0 ||
        snapshot_load(&r->want, wanted, &scratch, &doc, err) < 0) {
        arena_release(&scratch);
        return -1;
    }
    struct str title = restore_title(r, wanted, &doc, &r->arena);
    const char *left = why_left(r, &contrast);
    bool untouched = kind_of(wanted->kind)->secretive && !r->options.connections && !r->undoes;
    if (contrast.fields && untouched) {
        restore_row(r, &r->tails.kept, wanted->kind, actual->id, title,
                    "differs (%s); --connections writes it", list_fields(r, contrast.fields));
    } else if (contrast.fields && left) {
        restore_row(r, &r->tails.left, wanted->kind, actual->id, title, "%s", left);
    } else if (contrast.fields) {
        struct step *step = add_step(r, STEP_UPDATE, wanted, actual, title);
        refer(r, step, &doc, &scratch);
        step->fields = copy_fields(&r->plan, contrast.fields);
        step->holes = copy_holes(&r->plan, hole_find(&scratch, &doc));
    }
    tell_dangling(r, wanted, actual->id, title, &doc, &scratch);
    if (contrast.missing)
        restore_row(r, &r->tails.left, wanted->kind, actual->id, title, "needs credentials: %s",
                    list_holes(r, contrast.missing));
    if (contrast.disabled)
        plan_enabling(r, wanted, actual, title);
    arena_release(&scratch);
    return result;
}

/* Whether what stands in the account as the commit has it refers to what has, or gets, another id.
 */
static int refers_anew(struct restore *r, const struct entry *wanted, bool *ret, struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    *ret = false;
    if (r->ids.n == 0 && !r->creates)
        return 0;
    int result = snapshot_load(&r->want, wanted, &scratch, &doc, err);
    struct refs refs = result == 0 ? refs_of(&scratch, &doc) : (struct refs){0};
    for (size_t i = 0; i < refs.n && !*ret; i++) {
        const struct ref *ref = &refs.items[i];
        *ret = !str_eq(idmap_get(&r->ids, ref->kind, ref->id), ref->id) ||
               restore_is_made_anew(r, ref->kind, ref->id);
    }
    arena_release(&scratch);
    return result;
}

/* Whether anything has to be created at all. */
static bool creates(const struct restore *r)
{
    for (size_t i = 0; i < r->want.index.n; i++)
        if (r->want.index.entries[i]->chosen && !r->want.index.entries[i]->heir)
            return true;
    return false;
}

static int plan_wanted(struct restore *r, const struct entry *wanted, struct err *err)
{
    const struct entry *actual = wanted->heir;
    bool anew = true;
    if (actual && entry_same(wanted, actual) && !r->options.clone &&
        refers_anew(r, wanted, &anew, err) < 0)
        return -1;
    if (!anew)
        return 0;
    if (!actual && r->cycle.unread[wanted->kind])
        restore_problem(
            r,
            "%s %s: the account's %s could not be read whole, so it may be there all the "
            "same; try again when they can",
            kind_of(wanted->kind)->name, wanted->id.p, kind_of(wanted->kind)->plural);
    return actual ? plan_change(r, wanted, actual, err) : plan_creation(r, wanted, err);
}

/* A flow builds on the groups of its integration, which may be changed as well. */
static void wait_for_groups(struct restore *r)
{
    for (size_t i = 0; i < r->plan.n; i++) {
        struct step *step = r->plan.steps[i];
        const struct entry *wanted = snapshot_find(&r->want, step->kind, step->id);
        if (step->kind != KIND_FLOW || step->verb > STEP_UPDATE || !wanted || !wanted->owner.n)
            continue;
        struct step *home = plan_find(&r->plan, STEP_UPDATE, KIND_INTEGRATION, wanted->owner);
        if (home)
            plan_wait(&r->plan, step, home);
    }
}

/* ---- what is there and not in the commit ---- */

static bool is_wanted(const struct map *wanted_ids, const struct entry *actual)
{
    return map_get(wanted_ids, actual->id) != NULL;
}

/* Whether copies are made beside what they are made of, which is none of a copy's to delete. */
static bool copies_here(const struct restore *r)
{
    return r->options.clone && r->source == r->store;
}

/* Whether a resource of the account is within what is restored. */
static bool is_within(const struct restore *r, const struct map *homes, const struct entry *actual)
{
    if (!entry_is_document(actual))
        return false;
    return (r->options.all && !copies_here(r)) ||
           (actual->owner.n && map_get(homes, actual->owner));
}

static int plan_deletion(struct restore *r, const struct entry *actual, struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    int result = snapshot_load(&r->live, actual, &scratch, &doc, err);
    if (result == 0) {
        struct step *step = plan_add(&r->plan, STEP_DELETE, actual->kind, actual->id);
        step->target = step->id;
        step->title = arena_str(&r->plan.arena, node_get_text(&doc, STR("name")));
        step->path = index_path(&r->live.index, &r->plan.arena, actual);
        step->seen_blob = actual->blob;
        step->seen_beside = actual->beside;
        refer(r, step, &doc, &scratch);
    }
    arena_release(&scratch);
    return result;
}

static int plan_deletions(struct restore *r, struct err *err)
{
    struct map wanted_ids = {0}, homes = {0};
    int result = 0;
    for (size_t i = 0; i < r->want.index.n; i++) {
        const struct entry *wanted = r->want.index.entries[i];
        if (!entry_is_document(wanted))
            continue;
        struct str id = idmap_get(&r->ids, wanted->kind, wanted->id);
        map_put(&wanted_ids, id, r);
        if (copies_here(r))
            map_put(&wanted_ids, wanted->id, r);
        if (wanted->kind == KIND_INTEGRATION && wanted->chosen &&
            (!r->options.clone || wanted->heir))
            map_put(&homes, id, r);
    }
    for (size_t i = 0; result == 0 && i < r->live.index.n; i++) {
        const struct entry *actual = r->live.index.entries[i];
        if (is_within(r, &homes, actual) && !is_wanted(&wanted_ids, actual))
            result = plan_deletion(r, actual, err);
    }
    map_release(&wanted_ids);
    map_release(&homes);
    return result;
}

/* What the run that is undone has made. */
static int plan_unmaking(struct restore *r, struct err *err)
{
    for (const struct touched *t = r->touched; t; t = t->next) {
        const struct entry *actual = snapshot_find(&r->live, t->kind, t->id);
        if (t->verb == STEP_CREATE && actual && plan_deletion(r, actual, err) < 0)
            return -1;
    }
    return 0;
}

int restore_make_steps(struct restore *r, struct err *err)
{
    restore_pair(r);
    r->creates = creates(r);
    for (size_t i = 0; i < r->want.index.n; i++) {
        const struct entry *wanted = r->want.index.entries[i];
        if (!wanted->chosen)
            continue;
        size_t before = r->plan.n;
        if (plan_wanted(r, wanted, err) < 0)
            return -1;
        if (r->plan.n > before && !r->options.force_managed && is_managed(r, wanted))
            restore_problem(r,
                            "%s %s belongs to an integration that its vendor manages: "
                            "--force-managed writes it all the same",
                            kind_of(wanted->kind)->name, wanted->id.p);
    }
    if (r->undoes ? plan_unmaking(r, err) < 0 : r->options.prune && plan_deletions(r, err) < 0)
        return -1;
    wait_for_groups(r);
    plan_order(&r->plan);
    return 0;
}
