#include "model/plan.h"

#include <stdlib.h>

#include "model/resource_key.h"

struct step_ref {
    enum kind_id kind;
    struct str id;
    struct step *step; /* to wait for, whatever it does; else NULL, and kind and id count */
    bool late;
    bool cut; /* it closes a circle: not waited for */
    struct step_ref *next;
};

static struct map *map_of(const struct plan *plan, enum step_verb verb)
{
    struct plan *p = (struct plan *)plan;
    return verb == STEP_CREATE   ? &p->creates
           : verb == STEP_UPDATE ? &p->changes
           : verb == STEP_DELETE ? &p->deletes
                                 : NULL;
}

void plan_release(struct plan *plan)
{
    free(plan->steps);
    map_release(&plan->creates);
    map_release(&plan->changes);
    map_release(&plan->deletes);
    arena_release(&plan->arena);
    *plan = (struct plan){0};
}

struct step *plan_add(struct plan *plan, enum step_verb verb, enum kind_id kind, struct str id)
{
    struct step *step = arena_alloc(&plan->arena, sizeof *step);
    char key[RESOURCE_KEY_MAX];
    step->verb = verb;
    step->kind = kind;
    step->id = arena_str(&plan->arena, id);
    if (plan->n == plan->room) {
        plan->room = plan->room ? 2 * plan->room : 64;
        plan->steps = realloc(plan->steps, plan->room * sizeof(struct step *));
        if (!plan->steps)
            abort();
    }
    plan->steps[plan->n++] = step;
    if (map_of(plan, verb))
        map_put(map_of(plan, verb), arena_str(&plan->arena, resource_key(key, kind, id)), step);
    return step;
}

struct step *plan_find(const struct plan *plan, enum step_verb verb, enum kind_id kind,
                       struct str id)
{
    char key[RESOURCE_KEY_MAX];
    return map_get(map_of(plan, verb), resource_key(key, kind, id));
}

static struct step_ref *add_ref(struct plan *plan, struct step *step)
{
    struct step_ref *ref = arena_alloc(&plan->arena, sizeof *ref);
    ref->next = step->refs;
    step->refs = ref;
    return ref;
}

void plan_refer(struct plan *plan, struct step *step, enum kind_id kind, struct str id, bool late)
{
    bool itself = step->kind == kind && str_eq(step->id, id);
    struct step_ref *ref = add_ref(plan, step);
    ref->kind = kind;
    ref->id = arena_str(&plan->arena, id);
    ref->late = late || itself; /* it has no id to hold before it is there */
}

void plan_wait(struct plan *plan, struct step *step, struct step *other)
{
    add_ref(plan, step)->step = other;
}

/* ---- order ---- */

static int by_place(const void *a, const void *b)
{
    const struct step *left = *(struct step *const *)a, *right = *(struct step *const *)b;
    if (left->level != right->level)
        return left->level < right->level ? -1 : 1;
    unsigned left_rank = kind_of(left->kind)->rank, right_rank = kind_of(right->kind)->rank;
    if (left_rank != right_rank)
        return left_rank < right_rank ? -1 : 1;
    int order = str_cmp(left->path, right->path);
    return order ? order : str_cmp(left->id, right->id);
}

/* The step that a reference makes this one wait for, or NULL. */
static struct step *awaited(const struct plan *plan, const struct step *step,
                            const struct step_ref *ref)
{
    if (ref->step)
        return ref->step;
    return step->verb == STEP_DELETE ? NULL : plan_find(plan, STEP_CREATE, ref->kind, ref->id);
}

/* The step that has to be placed before this one because of a reference, or NULL. What can be set
 * later is not waited for, unless the document is there already. */
static struct step *needed(const struct plan *plan, const struct step *step,
                           const struct step_ref *ref)
{
    struct step *other = awaited(plan, step, ref);
    bool waits = !ref->cut && !(ref->late && step->verb == STEP_CREATE);
    return other != step && waits ? other : NULL;
}

/* The level of a step all of whose needs have theirs; 0: one has not. */
static unsigned level_of(const struct plan *plan, const struct step *step, unsigned first)
{
    unsigned level = first;
    for (const struct step_ref *ref = step->refs; ref; ref = ref->next) {
        const struct step *other = needed(plan, step, ref);
        if (other && !other->placed)
            return 0;
        if (other && other->level + 1 > level)
            level = other->level + 1;
    }
    return level;
}

static struct step_ref *first_unplaced(const struct plan *plan, const struct step *step)
{
    for (struct step_ref *ref = step->refs; ref; ref = ref->next) {
        const struct step *other = needed(plan, step, ref);
        if (other && !other->placed)
            return ref;
    }
    return NULL;
}

/* Cuts a circle of those that wait for each other, found by following one of them for so many steps
 * that it must have come round. */
static void cut_circle(const struct plan *plan, struct step *const *waiting, size_t n)
{
    struct step *step = waiting[0];
    for (size_t i = 0; i < n; i++)
        step = awaited(plan, step, first_unplaced(plan, step));
    struct step *cut = step, *at = step;
    do {
        if (by_place(&at, &cut) < 0)
            cut = at;
        at = awaited(plan, at, first_unplaced(plan, at));
    } while (at != step);
    struct step_ref *ref = first_unplaced(plan, cut);
    ref->cut = true;
    ref->late = true;
}

/* Gives levels from `first` on to these steps; the last one given, or first - 1. */
static unsigned place(const struct plan *plan, struct step **steps, size_t n, unsigned first)
{
    unsigned last = first - 1;
    while (n > 0) {
        size_t left = 0;
        for (size_t i = 0; i < n; i++) {
            unsigned level = level_of(plan, steps[i], first);
            if (!level) {
                steps[left++] = steps[i];
                continue;
            }
            steps[i]->level = level;
            steps[i]->placed = true;
            last = level > last ? level : last;
        }
        if (left == n)
            cut_circle(plan, steps, n);
        n = left;
    }
    return last;
}

/* Whether a reference of a created document is to be set by a link. */
static bool is_deferred(const struct plan *plan, const struct step *step,
                        const struct step_ref *ref)
{
    const struct step *other = awaited(plan, step, ref);
    return step->verb == STEP_CREATE && ref->late && !ref->step && other &&
           other->level >= step->level;
}

static struct step *link_of(struct plan *plan, struct step *made)
{
    struct step *link = plan_add(plan, STEP_LINK, made->kind, made->id);
    link->title = made->title;
    link->path = made->path;
    link->blob = made->blob;
    link->beside = made->beside;
    plan_wait(plan, link, made);
    return link;
}

/* Adds a link for each created document that cannot have all its references at once. */
static void add_links(struct plan *plan)
{
    for (size_t i = 0, n = plan->n; i < n; i++) {
        struct step *made = plan->steps[i], *link = NULL;
        for (const struct step_ref *ref = made->refs; ref; ref = ref->next) {
            if (!is_deferred(plan, made, ref))
                continue;
            link = link ? link : link_of(plan, made);
            plan_wait(plan, link, awaited(plan, made, ref));
        }
    }
}

/* What refers to a document that goes has to go before it. */
static void reverse_deletions(struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        struct step *step = plan->steps[i];
        for (struct step_ref *ref = step->refs; step->verb == STEP_DELETE && ref; ref = ref->next) {
            struct step *other =
                ref->step ? NULL : plan_find(plan, STEP_DELETE, ref->kind, ref->id);
            if (other && other != step)
                plan_wait(plan, other, step);
        }
    }
}

/* Places the steps of some verbs behind those before. */
static unsigned place_verbs(struct plan *plan, enum step_verb from, enum step_verb to,
                            unsigned first)
{
    struct step **some = malloc((plan->n + 1) * sizeof *some);
    size_t n = 0;
    if (!some)
        abort();
    for (size_t i = 0; i < plan->n; i++)
        if (plan->steps[i]->verb >= from && plan->steps[i]->verb <= to)
            some[n++] = plan->steps[i];
    unsigned last = place(plan, some, n, first);
    free(some);
    return last;
}

static int by_number(const void *a, const void *b)
{
    unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;
    return left < right ? -1 : left > right;
}

/* The numbers of the steps before each one, once a number. */
static void list_needs(struct plan *plan, struct step *step)
{
    size_t room = 0, n = 0;
    for (const struct step_ref *ref = step->refs; ref; ref = ref->next)
        room++;
    step->needs = arena_array(&plan->arena, room, sizeof *step->needs);
    for (const struct step_ref *ref = step->refs; ref; ref = ref->next) {
        const struct step *other = awaited(plan, step, ref);
        if (other && other != step && other->level < step->level)
            step->needs[n++] = other->number;
    }
    if (n)
        qsort(step->needs, n, sizeof *step->needs, by_number);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || step->needs[i] != step->needs[i - 1])
            step->needs[step->needs_n++] = step->needs[i];
}

void plan_order(struct plan *plan)
{
    reverse_deletions(plan);
    unsigned last = place_verbs(plan, STEP_CREATE, STEP_UPDATE, 1);
    add_links(plan);
    last = place_verbs(plan, STEP_LINK, STEP_LINK, last + 1);
    last = place_verbs(plan, STEP_DELETE, STEP_DELETE, last + 1);
    place_verbs(plan, STEP_ENABLE, STEP_ENABLE, last + 1);
    if (plan->n)
        qsort(plan->steps, plan->n, sizeof(struct step *), by_place);
    for (size_t i = 0; i < plan->n; i++)
        plan->steps[i]->number = (unsigned)i + 1;
    for (size_t i = 0; i < plan->n; i++)
        list_needs(plan, plan->steps[i]);
}

/* Whether a number stands in an ascending list. */
static bool is_needed(const struct step *step, unsigned number)
{
    return step->needs_n &&
           bsearch(&number, step->needs, step->needs_n, sizeof number, by_number) != NULL;
}

bool plan_defers(const struct plan *plan, const struct step *step, enum kind_id kind, struct str id)
{
    const struct step *other = plan_find(plan, STEP_CREATE, kind, id);
    return step->verb == STEP_CREATE && other && !is_needed(step, other->number);
}

size_t plan_count(const struct plan *plan, enum step_verb verb)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n; i++)
        n += plan->steps[i]->verb == verb;
    return n;
}

unsigned plan_levels(const struct plan *plan)
{
    return plan->n ? plan->steps[plan->n - 1]->level : 0;
}
