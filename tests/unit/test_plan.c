#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "format/json.h"
#include "gen.h"
#include "model/layout.h"
#include "model/plan.h"

enum { PLANS = 3000, TEXT_MAX = 16 << 20 };

static struct arena arena;
static struct plan plan;

static int clear(void **state)
{
    (void)state;
    arena_reset(&arena);
    plan_release(&plan);
    return 0;
}

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    plan_release(&plan);
    return 0;
}

static struct step *add_to(struct plan *p, enum step_verb verb, enum kind_id kind, const char *id)
{
    struct step *step = plan_add(p, verb, kind, str_of(id));
    step->title = arena_printf(&p->arena, "Title of %s", id);
    step->path = arena_printf(&p->arena, "%s/%s", kind_of(kind)->folder, id);
    return step;
}

static struct step *add(enum step_verb verb, enum kind_id kind, const char *id)
{
    return add_to(&plan, verb, kind, id);
}

static void refer(struct step *step, enum kind_id kind, const char *id)
{
    plan_refer(&plan, step, kind, str_of(id), false);
}

static void refer_late(struct step *step, enum kind_id kind, const char *id)
{
    plan_refer(&plan, step, kind, str_of(id), true);
}

/* "1 create export e1; 2 create flow f1 <1": level, verb, kind, id and what each step needs. */
static const char *told(const struct plan *p)
{
    struct str text = STR("");
    for (size_t i = 0; i < p->n; i++) {
        const struct step *step = p->steps[i];
        text = arena_printf(&arena, "%s%s%u %s %s %s", text.p, i ? "; " : "", step->level,
                            step_verb_name(step->verb), kind_of(step->kind)->name, step->id.p);
        for (size_t j = 0; j < step->needs_n; j++)
            text = arena_printf(&arena, "%s %s%u", text.p, j ? "" : "<", step->needs[j]);
    }
    return text.p;
}

static void assert_order(const char *want)
{
    plan_order(&plan);
    assert_string_equal(told(&plan), want);
}

static bool defers(const struct step *step, enum kind_id kind, const char *id)
{
    return plan_defers(&plan, step, kind, str_of(id));
}

/* ---- adding and finding ---- */

static void verbs_have_names(void **state)
{
    (void)state;
    static const char *const names[] = {"create", "update", "link", "delete", "enable"};
    for (int verb = 0; verb < STEP_VERBS; verb++)
        assert_string_equal(step_verb_name((enum step_verb)verb), names[verb]);
}

static void an_empty_plan_does_nothing(void **state)
{
    (void)state;
    plan_order(&plan);
    assert_int_equal(plan.n, 0);
    assert_int_equal(plan_levels(&plan), 0);
    assert_int_equal(plan_count(&plan, STEP_CREATE), 0);
    assert_null(plan_find(&plan, STEP_CREATE, KIND_FLOW, STR("f")));
    assert_int_equal(plan_document(&plan, &arena).list.n, 0);
}

static void steps_are_found_by_verb_kind_and_id(void **state)
{
    (void)state;
    char id[] = "x1";
    struct step *made = add(STEP_CREATE, KIND_FLOW, id);
    memset(id, '!', 2); /* it was copied */
    struct step *changed = add(STEP_UPDATE, KIND_EXPORT, "x1");
    struct step *gone = add(STEP_DELETE, KIND_FLOW, "x1");
    assert_ptr_equal(plan_find(&plan, STEP_CREATE, KIND_FLOW, STR("x1")), made);
    assert_ptr_equal(plan_find(&plan, STEP_UPDATE, KIND_EXPORT, STR("x1")), changed);
    assert_ptr_equal(plan_find(&plan, STEP_DELETE, KIND_FLOW, STR("x1")), gone);
    assert_null(plan_find(&plan, STEP_CREATE, KIND_EXPORT, STR("x1")));
    assert_null(plan_find(&plan, STEP_UPDATE, KIND_FLOW, STR("x1")));
    assert_null(plan_find(&plan, STEP_CREATE, KIND_FLOW, STR("x")));
    assert_null(plan_find(&plan, STEP_CREATE, KIND_FLOW, STR("")));
}

static void a_released_plan_is_empty_and_usable(void **state)
{
    (void)state;
    add(STEP_CREATE, KIND_FLOW, "f");
    plan_order(&plan);
    plan_release(&plan);
    assert_null(plan_find(&plan, STEP_CREATE, KIND_FLOW, STR("f")));
    add(STEP_CREATE, KIND_TAG, "t");
    assert_order("1 create tag t");
}

/* ---- order ---- */

static void what_is_referred_to_is_created_first(void **state)
{
    (void)state;
    struct step *flow = add(STEP_CREATE, KIND_FLOW, "f1");
    refer(flow, KIND_EXPORT, "e1");
    refer(flow, KIND_INTEGRATION, "n1");
    refer(add(STEP_CREATE, KIND_EXPORT, "e1"), KIND_CONNECTION, "c1");
    add(STEP_CREATE, KIND_INTEGRATION, "n1");
    add(STEP_CREATE, KIND_CONNECTION, "c1");
    assert_order("1 create connection c1; 1 create integration n1; 2 create export e1 <1; "
                 "3 create flow f1 <2 3");
    assert_int_equal(plan_levels(&plan), 3);
}

static void within_a_level_rank_then_path_decide(void **state)
{
    (void)state;
    add(STEP_CREATE, KIND_FLOW, "b");
    add(STEP_CREATE, KIND_FLOW, "a");
    add(STEP_CREATE, KIND_TAG, "z");
    add(STEP_CREATE, KIND_EXPORT, "c");
    assert_order("1 create tag z; 1 create export c; 1 create flow a; 1 create flow b");
}

static void references_to_what_is_not_created_make_nothing_wait(void **state)
{
    (void)state;
    struct step *flow = add(STEP_CREATE, KIND_FLOW, "f1");
    refer(flow, KIND_EXPORT, "elsewhere");
    refer(flow, KIND_IMPORT, "e1"); /* an export's id */
    refer(flow, KIND_EXPORT, "changed");
    add(STEP_CREATE, KIND_EXPORT, "e1");
    add(STEP_UPDATE, KIND_EXPORT, "changed");
    assert_order("1 update export changed; 1 create export e1; 1 create flow f1");
    assert_false(defers(flow, KIND_EXPORT, "elsewhere"));
    assert_false(defers(flow, KIND_EXPORT, "changed"));
}

static void a_change_waits_for_what_it_comes_to_refer_to(void **state)
{
    (void)state;
    struct step *flow = add(STEP_UPDATE, KIND_FLOW, "f1");
    refer(flow, KIND_EXPORT, "e1");
    refer_late(flow, KIND_FLOW, "f2"); /* there is no link for it later */
    add(STEP_CREATE, KIND_EXPORT, "e1");
    add(STEP_CREATE, KIND_FLOW, "f2");
    assert_order("1 create export e1; 1 create flow f2; 2 update flow f1 <1 2");
    assert_false(defers(flow, KIND_FLOW, "f2"));
}

static void a_step_waits_for_another_where_told(void **state)
{
    (void)state;
    struct step *flow = add(STEP_CREATE, KIND_FLOW, "f1"),
                *home = add(STEP_UPDATE, KIND_INTEGRATION, "n1");
    plan_wait(&plan, flow, home);
    plan_wait(&plan, flow, home);
    plan_wait(&plan, flow, flow);
    assert_order("1 update integration n1; 2 create flow f1 <1");
}

static void a_late_reference_that_comes_earlier_needs_no_link(void **state)
{
    (void)state;
    struct step *second = add(STEP_CREATE, KIND_FLOW, "f2");
    add(STEP_CREATE, KIND_FLOW, "f1");
    refer(second, KIND_EXPORT, "e1");
    refer_late(second, KIND_FLOW, "f1");
    add(STEP_CREATE, KIND_EXPORT, "e1");
    assert_order("1 create export e1; 1 create flow f1; 2 create flow f2 <1 2");
    assert_false(defers(second, KIND_FLOW, "f1"));
}

static void a_late_reference_is_linked_when_all_is_there(void **state)
{
    (void)state;
    struct step *first = add(STEP_CREATE, KIND_FLOW, "f1");
    struct step *second = add(STEP_CREATE, KIND_FLOW, "f2");
    struct oid blob = {.bytes = {1}}, beside = {.bytes = {2}};
    refer_late(first, KIND_FLOW, "f2");
    refer_late(second, KIND_FLOW, "f1");
    refer(second, KIND_EXPORT, "e1");
    add(STEP_CREATE, KIND_EXPORT, "e1");
    first->blob = blob;
    first->beside = beside;
    assert_order("1 create export e1; 1 create flow f1; 2 create flow f2 <1 2; "
                 "3 link flow f1 <2 3");
    assert_true(defers(first, KIND_FLOW, "f2"));
    assert_false(defers(second, KIND_FLOW, "f1"));
    const struct step *link = plan.steps[3];
    assert_string_equal(link->title.p, "Title of f1");
    assert_string_equal(link->path.p, "flows/f1");
    assert_true(oid_eq(&link->blob, &blob) && oid_eq(&link->beside, &beside));
    assert_false(defers(link, KIND_FLOW, "f2"));
    assert_int_equal(plan_count(&plan, STEP_LINK), 1);
    assert_int_equal(plan_count(&plan, STEP_CREATE), 3);
}

static void a_document_has_one_link_for_all_it_lacks(void **state)
{
    (void)state;
    struct step *flow = add(STEP_CREATE, KIND_FLOW, "f1");
    refer_late(flow, KIND_FLOW, "f2");
    refer_late(flow, KIND_FLOW, "f3");
    refer_late(flow, KIND_FLOW, "f3");
    add(STEP_CREATE, KIND_FLOW, "f2");
    add(STEP_CREATE, KIND_FLOW, "f3");
    assert_order("1 create flow f1; 1 create flow f2; 1 create flow f3; 2 link flow f1 <1 2 3");
}

/* Nothing can hold its own id before it has one. */
static void a_reference_to_itself_is_linked(void **state)
{
    (void)state;
    struct step *flow = add(STEP_CREATE, KIND_FLOW, "f1");
    refer_late(flow, KIND_FLOW, "f1");
    struct step *tool = add(STEP_CREATE, KIND_TOOL, "t1");
    refer(tool, KIND_TOOL, "t1");
    struct step *changed = add(STEP_UPDATE, KIND_FLOW, "f2");
    refer_late(changed, KIND_FLOW, "f2");
    struct step *gone = add(STEP_DELETE, KIND_FLOW, "f3");
    refer_late(gone, KIND_FLOW, "f3");
    assert_order("1 create tool t1; 1 create flow f1; 1 update flow f2; 2 link tool t1 <1; "
                 "2 link flow f1 <2; 3 delete flow f3");
    assert_true(defers(flow, KIND_FLOW, "f1"));
    assert_true(defers(tool, KIND_TOOL, "t1"));
    assert_false(defers(changed, KIND_FLOW, "f2"));
}

static void a_circle_without_late_references_is_cut_once(void **state)
{
    (void)state;
    struct step *tool = add(STEP_CREATE, KIND_TOOL, "t1");
    struct step *flow = add(STEP_CREATE, KIND_FLOW, "f1");
    struct step *export = add(STEP_CREATE, KIND_EXPORT, "e1");
    struct step *outside = add(STEP_CREATE, KIND_MCPSERVER, "m1");
    refer(flow, KIND_TOOL, "t1");
    refer(tool, KIND_EXPORT, "e1");
    refer(export, KIND_FLOW, "f1");
    refer(outside, KIND_FLOW, "f1");
    assert_order("1 create export e1; 2 create tool t1 <1; 3 create flow f1 <2; "
                 "4 create mcpserver m1 <3; 5 link export e1 <1 3");
    assert_true(defers(export, KIND_FLOW, "f1"));
    assert_false(defers(tool, KIND_EXPORT, "e1"));
    assert_false(defers(outside, KIND_FLOW, "f1"));
}

static void deletions_go_backwards_and_behind(void **state)
{
    (void)state;
    struct step *flow = add(STEP_DELETE, KIND_FLOW, "f1");
    refer(flow, KIND_EXPORT, "e1");
    refer(flow, KIND_EXPORT, "stays");
    refer(add(STEP_DELETE, KIND_EXPORT, "e1"), KIND_CONNECTION, "c1");
    add(STEP_DELETE, KIND_CONNECTION, "c1");
    struct step *made = add(STEP_CREATE, KIND_FLOW, "f2");
    refer(made, KIND_EXPORT, "e1"); /* an account's id, not the commit's */
    add(STEP_UPDATE, KIND_EXPORT, "stays");
    add(STEP_ENABLE, KIND_FLOW, "f2");
    assert_order(
        "1 update export stays; 1 create flow f2; 2 delete flow f1; 3 delete export e1 <3; "
        "4 delete connection c1 <4; 5 enable flow f2");
}

static void late_references_count_for_deletions(void **state)
{
    (void)state;
    refer_late(add(STEP_DELETE, KIND_FLOW, "f1"), KIND_FLOW, "f2");
    refer_late(add(STEP_DELETE, KIND_FLOW, "f2"), KIND_FLOW, "f3");
    add(STEP_DELETE, KIND_FLOW, "f3");
    assert_order("1 delete flow f1; 2 delete flow f2 <1; 3 delete flow f3 <2");
}

static void a_circle_of_deletions_is_cut(void **state)
{
    (void)state;
    refer_late(add(STEP_DELETE, KIND_FLOW, "f1"), KIND_FLOW, "f2");
    refer_late(add(STEP_DELETE, KIND_FLOW, "f2"), KIND_FLOW, "f1");
    plan_order(&plan);
    assert_int_equal(plan.n, 2);
    assert_int_equal(plan_levels(&plan), 2);
    assert_int_equal(plan_count(&plan, STEP_LINK), 0);
}

static void enabling_waits_for_its_flow(void **state)
{
    (void)state;
    plan_wait(&plan, add(STEP_ENABLE, KIND_FLOW, "f1"), add(STEP_CREATE, KIND_FLOW, "f1"));
    add(STEP_DELETE, KIND_FLOW, "f2");
    assert_order("1 create flow f1; 2 delete flow f2; 3 enable flow f1 <1");
}

/* ---- by property ---- */

enum { NODES = 24 };

/* What was asked for: steps of a random plan, and the references between them. */
struct request {
    struct node_of {
        enum step_verb verb;
        enum kind_id kind;
        char id[8];
    } steps[NODES];
    size_t n;
    bool refers[NODES][NODES], late[NODES][NODES];
};

static struct request random_request(struct gen *g, bool circles)
{
    static const enum kind_id kinds[] = {KIND_FLOW, KIND_EXPORT, KIND_CONNECTION, KIND_TOOL};
    static const enum step_verb verbs[] = {STEP_CREATE, STEP_CREATE, STEP_CREATE, STEP_UPDATE,
                                           STEP_DELETE};
    struct request request = {.n = gen_below(g, NODES + 1)};
    size_t thin = 2 + gen_below(g, 12);
    for (size_t i = 0; i < request.n; i++) {
        request.steps[i].verb = verbs[gen_below(g, GEN_COUNT(verbs))];
        request.steps[i].kind = kinds[gen_below(g, GEN_COUNT(kinds))];
        snprintf(request.steps[i].id, sizeof request.steps[i].id, "x%zu",
                 gen_below(g, 900) * 100 + i);
        for (size_t j = 0; j < (circles ? request.n : i); j++) {
            request.refers[i][j] = gen_below(g, thin) == 0;
            request.late[i][j] = gen_below(g, 3) == 0;
        }
    }
    return request;
}

/* Adds all steps to a plan, the one at order[0] first. */
static void make(struct plan *p, const struct request *request, const size_t *order)
{
    struct step *steps[NODES];
    for (size_t i = 0; i < request->n; i++) {
        const struct node_of *of = &request->steps[order[i]];
        steps[order[i]] = add_to(p, of->verb, of->kind, of->id);
    }
    for (size_t i = 0; i < request->n; i++)
        for (size_t j = 0; j < request->n; j++)
            if (request->refers[i][j])
                plan_refer(p, steps[i], request->steps[j].kind, str_of(request->steps[j].id),
                           request->late[i][j]);
    plan_order(p);
}

static void shuffle(struct gen *g, size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = gen_below(g, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

static const struct step *find(const struct plan *p, enum step_verb verb, const struct node_of *of)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->steps[i]->verb == verb && p->steps[i]->kind == of->kind &&
            str_is(p->steps[i]->id, of->id))
            return p->steps[i];
    return NULL;
}

static bool needs(const struct step *step, const struct step *other)
{
    for (size_t i = 0; i < step->needs_n; i++)
        if (step->needs[i] == other->number)
            return true;
    return false;
}

static void assert_numbered(const struct plan *p)
{
    unsigned level = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct step *step = p->steps[i];
        assert_int_equal(step->number, i + 1);
        assert_true(step->level == level || step->level == level + 1);
        level = step->level;
        for (size_t j = 0; j < step->needs_n; j++) {
            assert_true(step->needs[j] > (j ? step->needs[j - 1] : 0));
            assert_true(step->needs[j] <= p->n);
            assert_true(p->steps[step->needs[j] - 1]->level < level);
        }
    }
    assert_int_equal(plan_levels(p), level);
}

/* Creations and changes, then links, deletions, enabling. */
static void assert_phases(const struct plan *p)
{
    for (size_t i = 1; i < p->n; i++) {
        enum step_verb before = p->steps[i - 1]->verb, after = p->steps[i]->verb;
        assert_true((before <= STEP_UPDATE ? STEP_CREATE : before) <=
                    (after <= STEP_UPDATE ? STEP_CREATE : after));
        if (before != after && after > STEP_UPDATE)
            assert_true(p->steps[i - 1]->level < p->steps[i]->level);
    }
}

static void assert_all_there(const struct plan *p, const struct request *request)
{
    size_t links = plan_count(p, STEP_LINK), linked = 0;
    assert_int_equal(p->n, request->n + links);
    for (size_t i = 0; i < request->n; i++) {
        assert_non_null(find(p, request->steps[i].verb, &request->steps[i]));
        linked +=
            request->steps[i].verb == STEP_CREATE && find(p, STEP_LINK, &request->steps[i]) != NULL;
    }
    assert_int_equal(links, linked); /* at most one each */
}

/* Whether `from` has to come behind `to` by what cannot be set later. */
static bool depends(const struct request *request, size_t from, size_t to, bool *seen)
{
    if (seen[from])
        return false;
    seen[from] = true;
    for (size_t next = 0; next < request->n; next++)
        if (request->refers[from][next] && !request->late[from][next] &&
            request->steps[next].verb == STEP_CREATE &&
            (next == to || depends(request, next, to, seen)))
            return true;
    return false;
}

static void assert_creation(const struct plan *p, const struct request *request, size_t i, size_t j)
{
    const struct step *step = find(p, STEP_CREATE, &request->steps[i]),
                      *other = find(p, STEP_CREATE, &request->steps[j]),
                      *link = find(p, STEP_LINK, &request->steps[i]);
    bool deferred = plan_defers(p, step, other->kind, other->id), seen[NODES] = {0};
    assert_int_equal(deferred, !needs(step, other));
    if (deferred)
        assert_true(link && needs(link, step) && needs(link, other));
    if (deferred && !request->late[i][j])
        assert_true(i == j || depends(request, j, i, seen));
}

static void assert_references(const struct plan *p, const struct request *request, bool circles)
{
    for (size_t i = 0; i < request->n; i++)
        for (size_t j = 0; j < request->n; j++) {
            const struct node_of *from = &request->steps[i], *to = &request->steps[j];
            if (!request->refers[i][j])
                continue;
            if (from->verb == STEP_CREATE && to->verb == STEP_CREATE)
                assert_creation(p, request, i, j);
            if (from->verb == STEP_UPDATE && to->verb == STEP_CREATE)
                assert_true(needs(find(p, STEP_UPDATE, from), find(p, STEP_CREATE, to)));
            if (from->verb == STEP_DELETE && to->verb == STEP_DELETE && !circles)
                assert_true(needs(find(p, STEP_DELETE, to), find(p, STEP_DELETE, from)));
        }
}

static void assert_plan(const struct plan *p, const struct request *request, bool circles)
{
    assert_numbered(p);
    assert_phases(p);
    assert_all_there(p, request);
    assert_references(p, request, circles);
}

static void every_plan_can_be_carried_out(void **state)
{
    (void)state;
    struct gen g = gen_start("plan");
    size_t order[NODES], links = 0;
    for (int i = 0; i < PLANS; i++) {
        clear(NULL);
        bool circles = gen_below(&g, 2);
        struct request request = random_request(&g, circles);
        shuffle(&g, order, request.n);
        make(&plan, &request, order);
        assert_plan(&plan, &request, circles);
        links += plan_count(&plan, STEP_LINK);
    }
    assert_true(links > PLANS / 4);
}

static void the_order_told_makes_no_difference(void **state)
{
    (void)state;
    struct gen g = gen_start("plan order");
    size_t order[NODES];
    for (int i = 0; i < PLANS / 4; i++) {
        clear(NULL);
        struct plan other = {0};
        struct request request = random_request(&g, false);
        shuffle(&g, order, request.n);
        make(&plan, &request, order);
        shuffle(&g, order, request.n);
        make(&other, &request, order);
        assert_string_equal(told(&plan), told(&other));
        plan_release(&other);
    }
}

/* A hostile or huge account must not hold up a restore for minutes. */
static void large_plans_take_no_time_to_speak_of(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    clock_t began = clock();
    for (int i = 0; i < MANY; i++) {
        char id[16], next[16];
        snprintf(id, sizeof id, "x%d", i);
        snprintf(next, sizeof next, "x%d", (i + 1) % MANY);
        struct step *step = add(STEP_CREATE, KIND_FLOW, id);
        refer(step, KIND_EXPORT, id);
        refer_late(step, KIND_FLOW, next);
        add(STEP_CREATE, KIND_EXPORT, id);
    }
    plan_order(&plan);
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    assert_int_equal(plan_count(&plan, STEP_LINK), MANY);
    assert_int_equal(plan_levels(&plan), 3);
    if (seconds > 5)
        fail_msg("%zu steps took %.1f s", plan.n, seconds);
}

/* ---- as a document ---- */

static const char *text_of(const struct node *node)
{
    struct buf b = BUF_MAX(TEXT_MAX);
    json_write(&b, node);
    const char *text = arena_str(&arena, buf_view(&b)).p;
    buf_release(&b);
    return text;
}

static struct node json(const char *text)
{
    struct node node;
    struct err err = {0};
    if (json_parse(&arena, str_of(text), &node, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    return node;
}

static const char *text_without_nul(struct gen *g, struct plan *p)
{
    struct str text = gen_string(g, &arena);
    return arena_str(&p->arena, str_sub(text, 0, str_find(text, '\0'))).p;
}

static struct oid random_oid(struct gen *g)
{
    struct oid oid = {0};
    if (gen_below(g, 3))
        for (size_t i = 0; i < OID_BYTES; i++)
            oid.bytes[i] = (unsigned char)gen_below(g, 256);
    return oid;
}

static void decorate(struct gen *g, struct plan *p, struct step *step)
{
    step->title = gen_string(g, &p->arena);
    step->path = gen_string(g, &p->arena);
    step->target = gen_below(g, 2) ? arena_printf(&p->arena, "t%zu", gen_below(g, 99)) : STR("");
    step->from_bin = gen_below(g, 2);
    step->renamed = gen_below(g, 2);
    step->blob = random_oid(g);
    step->beside = random_oid(g);
    step->seen_blob = random_oid(g);
    step->seen_beside = random_oid(g);
    struct plan_text **hole = &step->holes;
    struct step_field **field = &step->fields;
    for (size_t n = gen_below(g, 3); n > 0; n--, hole = &(*hole)->next) {
        *hole = arena_alloc(&p->arena, sizeof **hole);
        (*hole)->text = text_without_nul(g, p);
    }
    for (size_t n = gen_below(g, 3); n > 0; n--, field = &(*field)->next) {
        *field = arena_alloc(&p->arena, sizeof **field);
        **field = (struct step_field){.path = text_without_nul(g, p),
                                      .before = text_without_nul(g, p),
                                      .after = text_without_nul(g, p)};
    }
}

static void a_plan_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct gen g = gen_start("plan document");
    size_t order[NODES];
    for (int i = 0; i < PLANS / 4; i++) {
        clear(NULL);
        struct plan read = {0};
        struct err err = {0};
        struct request request = random_request(&g, true);
        shuffle(&g, order, request.n);
        make(&plan, &request, order);
        for (size_t j = 0; j < plan.n; j++)
            decorate(&g, &plan, plan.steps[j]);
        struct node doc = plan_document(&plan, &arena);
        const char *text = text_of(&doc);
        struct node parsed = json(text);
        if (plan_load(&read, &parsed, &err) < 0)
            fail_msg("%s: %s", err.text, text);
        struct node again = plan_document(&read, &arena);
        assert_string_equal(text_of(&again), text);
        assert_string_equal(told(&read), told(&plan));
        for (size_t j = 0; j < plan.n; j++)
            for (size_t k = 0; k < plan.n; k++)
                assert_int_equal(
                    plan_defers(&plan, plan.steps[j], plan.steps[k]->kind, plan.steps[k]->id),
                    plan_defers(&read, read.steps[j], plan.steps[k]->kind, plan.steps[k]->id));
        plan_release(&read);
    }
}

static void what_is_read_borrows_nothing(void **state)
{
    (void)state;
    struct step *made = add(STEP_CREATE, KIND_FLOW, "f1");
    made->title = STR("A title");
    plan_order(&plan);
    struct plan read = {0};
    struct err err = {0};
    struct node doc = plan_document(&plan, &arena);
    assert_int_equal(plan_load(&read, &doc, &err), 0);
    clear(NULL);
    assert_string_equal(read.steps[0]->title.p, "A title");
    assert_ptr_equal(plan_find(&read, STEP_CREATE, KIND_FLOW, STR("f1")), read.steps[0]);
    plan_release(&read);
}

static void assert_refused(const char *text, const char *why)
{
    struct plan read = {0};
    struct err err = {0};
    struct node doc = json(text);
    if (plan_load(&read, &doc, &err) == 0)
        fail_msg("taken: %s", text);
    assert_int_equal(err.cls, ERR_BAD);
    assert_string_equal(err.text, why);
    plan_release(&read);
}

#define FLOW1 "\"step\":1,\"level\":1,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"f1\""
#define STEP2(level, needs)                                                                        \
    "[{" FLOW1 "},{\"step\":2,\"level\":" level ",\"verb\":\"link\",\"kind\":\"flow\",\"id\":"     \
    "\"f1\",\"needs\":" needs "}]"

static void what_is_no_plan_is_refused_by_its_step(void **state)
{
    (void)state;
    static const char *const firsts[] = {
        "[null]",
        "[[]]",
        "[\"create\"]",
        "[{}]",
        "[{\"step\":1,\"level\":1,\"verb\":\"create\",\"kind\":\"flow\"}]",
        "[{\"step\":1,\"level\":1,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"../x\"}]",
        "[{\"step\":1,\"level\":1,\"verb\":\"create\",\"kind\":\"flow\",\"id\":5}]",
        "[{\"step\":1,\"level\":1,\"verb\":\"create\",\"kind\":\"audit log\",\"id\":\"f1\"}]",
        "[{\"step\":1,\"level\":1,\"verb\":\"create\",\"kind\":\"id map\",\"id\":\"f1\"}]",
        "[{\"step\":1,\"level\":1,\"verb\":\"create\",\"kind\":\"nothing\",\"id\":\"f1\"}]",
        "[{\"step\":1,\"level\":1,\"verb\":\"destroy\",\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{\"step\":1,\"level\":1,\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{\"step\":2,\"level\":1,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{\"step\":0,\"level\":1,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{\"step\":\"1\",\"level\":1,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{\"step\":1,\"level\":0,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{\"step\":1,\"level\":-1,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{\"step\":1,\"level\":1.5,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{\"step\":1,\"level\":4294967297,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{\"step\":1,\"level\":2,\"verb\":\"create\",\"kind\":\"flow\",\"id\":\"f1\"}]",
        "[{" FLOW1 ",\"target\":\"a/b\"}]",
        "[{" FLOW1 ",\"blob\":\"12\"}]",
        "[{" FLOW1 ",\"beside\":\"zz\"}]",
        "[{" FLOW1 ",\"seen_blob\":\"000000000000000000000000000000000000000g\"}]",
        "[{" FLOW1 ",\"seen_beside\":\"x\"}]",
        "[{" FLOW1 ",\"needs\":[1]}]",
        "[{" FLOW1 ",\"needs\":[0]}]",
        "[{" FLOW1 ",\"needs\":[\"1\"]}]",
    };
    static const char *const seconds[] = {
        STEP2("2", "[2]"),   STEP2("2", "[3]"),  STEP2("2", "[1,1]"),
        STEP2("2", "[1,0]"), STEP2("2", "[-1]"), STEP2("1", "[1]"), /* of the same level */
        STEP2("3", "[1]"),                                          /* a level is left out */
    };
    assert_refused("{}", "no list of steps");
    assert_refused("null", "no list of steps");
    assert_refused("\"steps\"", "no list of steps");
    for (size_t i = 0; i < GEN_COUNT(firsts); i++)
        assert_refused(firsts[i], "step 1 is damaged");
    for (size_t i = 0; i < GEN_COUNT(seconds); i++)
        assert_refused(seconds[i], "step 2 is damaged");
}

static void what_a_step_does_not_say_is_empty(void **state)
{
    (void)state;
    struct err err = {0};
    struct node doc = json(STEP2("2", "[1]"));
    assert_int_equal(plan_load(&plan, &doc, &err), 0);
    const struct step *step = plan.steps[0];
    assert_true(step->target.n == 0 && step->title.n == 0 && step->path.n == 0);
    assert_true(oid_is_zero(&step->blob) && oid_is_zero(&step->seen_beside));
    assert_true(!step->from_bin && !step->renamed && !step->fields && !step->holes);
    assert_int_equal(step->needs_n, 0);
    assert_int_equal(plan.steps[1]->needs[0], 1);
}

/* A damaged file is refused, or read as a plan that can be carried out. */
static void damage_never_makes_a_plan_that_cannot_be(void **state)
{
    (void)state;
    struct gen g = gen_start("damaged plan");
    size_t order[NODES], taken = 0;
    for (int i = 0; i < PLANS; i++) {
        clear(NULL);
        struct plan read = {0};
        struct err err = {0};
        struct request request = random_request(&g, true);
        shuffle(&g, order, request.n);
        make(&plan, &request, order);
        struct node doc = plan_document(&plan, &arena), parsed;
        char *text = (char *)text_of(&doc);
        for (size_t n = 1 + gen_below(&g, 3); n > 0; n--)
            text[gen_below(&g, strlen(text))] = "0123456789\"{}[],:abcdef"[gen_below(&g, 23)];
        if (json_parse(&arena, str_of(text), &parsed, &err) == 0 &&
            plan_load(&read, &parsed, &err) == 0) {
            assert_numbered(&read);
            taken++;
        } else {
            assert_int_equal(err.cls, ERR_BAD);
        }
        plan_release(&read);
    }
    assert_true(taken > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(verbs_have_names, clear),
        cmocka_unit_test_setup(an_empty_plan_does_nothing, clear),
        cmocka_unit_test_setup(steps_are_found_by_verb_kind_and_id, clear),
        cmocka_unit_test_setup(a_released_plan_is_empty_and_usable, clear),
        cmocka_unit_test_setup(what_is_referred_to_is_created_first, clear),
        cmocka_unit_test_setup(within_a_level_rank_then_path_decide, clear),
        cmocka_unit_test_setup(references_to_what_is_not_created_make_nothing_wait, clear),
        cmocka_unit_test_setup(a_change_waits_for_what_it_comes_to_refer_to, clear),
        cmocka_unit_test_setup(a_step_waits_for_another_where_told, clear),
        cmocka_unit_test_setup(a_late_reference_that_comes_earlier_needs_no_link, clear),
        cmocka_unit_test_setup(a_late_reference_is_linked_when_all_is_there, clear),
        cmocka_unit_test_setup(a_document_has_one_link_for_all_it_lacks, clear),
        cmocka_unit_test_setup(a_reference_to_itself_is_linked, clear),
        cmocka_unit_test_setup(a_circle_without_late_references_is_cut_once, clear),
        cmocka_unit_test_setup(deletions_go_backwards_and_behind, clear),
        cmocka_unit_test_setup(late_references_count_for_deletions, clear),
        cmocka_unit_test_setup(a_circle_of_deletions_is_cut, clear),
        cmocka_unit_test_setup(enabling_waits_for_its_flow, clear),
        cmocka_unit_test_setup(every_plan_can_be_carried_out, clear),
        cmocka_unit_test_setup(the_order_told_makes_no_difference, clear),
        cmocka_unit_test_setup(large_plans_take_no_time_to_speak_of, clear),
        cmocka_unit_test_setup(a_plan_is_read_as_it_was_written, clear),
        cmocka_unit_test_setup(what_is_read_borrows_nothing, clear),
        cmocka_unit_test_setup(what_is_no_plan_is_refused_by_its_step, clear),
        cmocka_unit_test_setup(what_a_step_does_not_say_is_empty, clear),
        cmocka_unit_test_setup(damage_never_makes_a_plan_that_cannot_be, clear),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, release);
}
