/* A plan's steps as a document, and back. */
#include <string.h>

#include "model/layout.h"
#include "model/plan.h"

static const char *const verb_names[STEP_VERBS] = {[STEP_CREATE] = "create",
                                                   [STEP_UPDATE] = "update",
                                                   [STEP_LINK] = "link",
                                                   [STEP_DELETE] = "delete",
                                                   [STEP_ENABLE] = "enable"};

const char *step_verb_name(enum step_verb verb)
{
    return verb_names[verb];
}

/* ---- to a document ---- */

static void set(struct arena *a, struct node *map, const char *key, struct node value)
{
    node_map_set(a, map, str_of(key), value);
}

static void set_oid(struct arena *a, struct node *map, const char *key, const struct oid *oid)
{
    char hex[OID_HEX + 1];
    if (oid_is_zero(oid))
        return;
    oid_to_hex(oid, hex);
    set(a, map, key, node_string(arena_str(a, str_of(hex))));
}

static struct node fields_of(const struct step *step, struct arena *a)
{
    struct node list = node_list(a, 0);
    for (const struct step_field *field = step->fields; field; field = field->next) {
        struct node row = node_map(a, 3);
        set(a, &row, "path", node_cstring(field->path));
        set(a, &row, "old", node_cstring(field->before));
        set(a, &row, "new", node_cstring(field->after));
        node_list_add(a, &list, row);
    }
    return list;
}

static struct node step_document(const struct step *step, struct arena *a)
{
    struct node map = node_map(a, 18), needs = node_list(a, step->needs_n), holes = node_list(a, 0);
    for (size_t i = 0; i < step->needs_n; i++)
        node_list_add(a, &needs, node_integer(a, step->needs[i]));
    for (const struct plan_text *hole = step->holes; hole; hole = hole->next)
        node_list_add(a, &holes, node_cstring(hole->text));
    set(a, &map, "step", node_integer(a, step->number));
    set(a, &map, "level", node_integer(a, step->level));
    set(a, &map, "verb", node_cstring(step_verb_name(step->verb)));
    set(a, &map, "kind", node_cstring(kind_of(step->kind)->name));
    set(a, &map, "id", node_string(step->id));
    set(a, &map, "target", node_string(step->target));
    set(a, &map, "name", node_string(step->title));
    set(a, &map, "path", node_string(step->path));
    set(a, &map, "from_bin", node_bool(step->from_bin));
    set(a, &map, "renamed", node_bool(step->renamed));
    set(a, &map, "needs", needs);
    set(a, &map, "fields", fields_of(step, a));
    set(a, &map, "holes", holes);
    set_oid(a, &map, "blob", &step->blob);
    set_oid(a, &map, "beside", &step->beside);
    set_oid(a, &map, "seen_blob", &step->seen_blob);
    set_oid(a, &map, "seen_beside", &step->seen_beside);
    return map;
}

struct node plan_document(const struct plan *plan, struct arena *a)
{
    struct node list = node_list(a, plan->n);
    for (size_t i = 0; i < plan->n; i++)
        node_list_add(a, &list, step_document(plan->steps[i], a));
    return list;
}

/* ---- from a document ---- */

static bool flag_of(const struct node *map, const char *key)
{
    const struct node *flag = node_get(map, str_of(key));
    return flag && flag->type == NODE_BOOL && flag->boolean;
}

unsigned plan_number(const struct node *node)
{
    unsigned value = 0;
    if (!node || node->type != NODE_NUMBER || node->text.n > 9)
        return 0;
    for (size_t i = 0; i < node->text.n; i++) {
        if (node->text.p[i] < '0' || node->text.p[i] > '9')
            return 0;
        value = value * 10 + (unsigned)(node->text.p[i] - '0');
    }
    return value;
}

static int load_oid(const struct node *map, const char *key, struct oid *ret)
{
    struct str hex = node_get_text(map, str_of(key));
    return hex.n ? oid_from_hex(hex, ret) : 0;
}

static struct str text_of(struct plan *plan, const struct node *map, const char *key)
{
    return arena_str(&plan->arena, node_get_text(map, str_of(key)));
}

static const struct node *list_of(const struct node *map, const char *key)
{
    static const struct node none = {.type = NODE_LIST};
    const struct node *list = node_get(map, str_of(key));
    return list && list->type == NODE_LIST ? list : &none;
}

static void load_texts(struct plan *plan, struct step *step, const struct node *map)
{
    struct plan_text **hole_tail = &step->holes;
    struct step_field **tail = &step->fields;
    const struct node *holes = list_of(map, "holes"), *fields = list_of(map, "fields");
    for (size_t i = 0; i < holes->list.n; i++) {
        struct plan_text *hole = arena_alloc(&plan->arena, sizeof *hole);
        const struct node *item = &holes->list.items[i];
        hole->text = item->type == NODE_STRING ? arena_str(&plan->arena, item->text).p : "";
        *hole_tail = hole;
        hole_tail = &hole->next;
    }
    for (size_t i = 0; i < fields->list.n; i++) {
        struct step_field *field = arena_alloc(&plan->arena, sizeof *field);
        const struct node *row = &fields->list.items[i];
        *field = (struct step_field){.path = text_of(plan, row, "path").p,
                                     .before = text_of(plan, row, "old").p,
                                     .after = text_of(plan, row, "new").p};
        *tail = field;
        tail = &field->next;
    }
}

/* Only steps of earlier levels can be needed. */
static int load_needs(struct plan *plan, struct step *step, const struct node *map)
{
    const struct node *needs = list_of(map, "needs");
    step->needs = arena_array(&plan->arena, needs->list.n, sizeof *step->needs);
    for (size_t i = 0; i < needs->list.n; i++) {
        unsigned number = plan_number(&needs->list.items[i]);
        if (number == 0 || number >= step->number || (i > 0 && number <= step->needs[i - 1]) ||
            plan->steps[number - 1]->level >= step->level)
            return -1;
        step->needs[step->needs_n++] = number;
    }
    return 0;
}

static int verb_find(struct str name)
{
    for (int verb = 0; verb < STEP_VERBS; verb++)
        if (str_is(name, verb_names[verb]))
            return verb;
    return -1;
}

/* Whether a step's number and level follow those of the steps before it. */
static bool follows(const struct plan *plan, const struct step *step)
{
    unsigned level = plan->n > 1 ? plan->steps[plan->n - 2]->level : 0;
    return step->number == plan->n && (step->level == level || step->level == level + 1) &&
           step->level > 0;
}

static int load_step(struct plan *plan, const struct node *map)
{
    const struct kind *kind = kind_find(node_get_text(map, STR("kind")));
    int verb = verb_find(node_get_text(map, STR("verb")));
    struct str id = node_get_text(map, STR("id")), target = node_get_text(map, STR("target"));
    if (!kind || !kind_is_document(kind) || verb < 0 || !layout_id_is_safe(id) ||
        (target.n && !layout_id_is_safe(target)))
        return -1;
    struct step *step = plan_add(plan, (enum step_verb)verb, kind->id, id);
    step->number = plan_number(node_get(map, STR("step")));
    step->level = plan_number(node_get(map, STR("level")));
    step->target = arena_str(&plan->arena, target);
    step->title = text_of(plan, map, "name");
    step->path = text_of(plan, map, "path");
    step->from_bin = flag_of(map, "from_bin");
    step->renamed = flag_of(map, "renamed");
    load_texts(plan, step, map);
    if (!follows(plan, step) || load_oid(map, "blob", &step->blob) < 0 ||
        load_oid(map, "beside", &step->beside) < 0 ||
        load_oid(map, "seen_blob", &step->seen_blob) < 0 ||
        load_oid(map, "seen_beside", &step->seen_beside) < 0)
        return -1;
    return load_needs(plan, step, map);
}

int plan_load(struct plan *plan, const struct node *steps, struct err *err)
{
    if (steps->type != NODE_LIST)
        return err_set(err, ERR_BAD, "no list of steps");
    for (size_t i = 0; i < steps->list.n; i++)
        if (load_step(plan, &steps->list.items[i]) < 0)
            return err_set(err, ERR_BAD, "step %zu is damaged", i + 1);
    return 0;
}
