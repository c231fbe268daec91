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
#include "model/refs.h"

enum { DOCUMENTS = 5000 };

static struct arena arena;

static int clear(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct node json(struct str text)
{
    struct node node;
    struct err err = {0};
    if (json_parse(&arena, text, &node, &err) < 0)
        fail_msg("%.*s: %s", STR_ARG(text), err.text);
    return node;
}

/* "export:e1+ flow:f1": '+' what is used. */
static const char *text_of(struct refs refs)
{
    struct str text = STR("");
    for (size_t i = 0; i < refs.n; i++)
        text = arena_printf(&arena, "%s%s%s:%s%s", text.p, i ? " " : "",
                            kind_of(refs.items[i].kind)->name, refs.items[i].id.p,
                            refs.items[i].used ? "+" : "");
    return text.p;
}

static void assert_refs(const char *json_text, const char *want)
{
    struct node doc = json(str_of(json_text));
    assert_string_equal(text_of(refs_of(&arena, &doc)), want);
}

static void each_field_refers_to_its_kind(void **state)
{
    (void)state;
    static const struct {
        const char *field, *want;
    } rows[] = {
        {"_connectionId", "connection:x"},
        {"_borrowConcurrencyFromConnectionId", "connection:x"},
        {"_mcpConnectionId", "connection:x"},
        {"_registeredConnectionIds", "connection:x"},
        {"_integrationId", "integration:x"},
        {"_parentId", "integration:x"},
        {"_runNextFlowIds", "flow:x"},
        {"_flowId", "flow:x"},
        {"_keepDeltaBehindFlowId", "flow:x"},
        {"_abstractFlowId", "flow:x"},
        {"_exportId", "export:x+"},
        {"_keepDeltaBehindExportId", "export:x"},
        {"_postParseListenerId", "export:x"},
        {"_importId", "import:x+"},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        const char *f = rows[i].field;
        assert_refs(arena_printf(&arena, "{\"%s\":\"x\"}", f).p, rows[i].want);
        assert_refs(arena_printf(&arena, "{\"%s\":[\"x\"]}", f).p, rows[i].want);
        assert_refs(arena_printf(&arena, "{\"%s\":[[\"x\"],[]]}", f).p, rows[i].want);
        assert_refs(arena_printf(&arena, "[{\"a\":[{\"b\":{\"%s\":\"x\"}}]}]", f).p, rows[i].want);
        assert_refs(arena_printf(&arena, "{\"%s\":null}", f).p, "");
        assert_refs(arena_printf(&arena, "{\"%s\":5}", f).p, "");
        assert_refs(arena_printf(&arena, "{\"%s\":{\"_id\":\"x\"}}", f).p, "");
    }
}

static void lists_keep_their_order(void **state)
{
    (void)state;
    assert_refs("{\"_runNextFlowIds\":[\"b\",\"a\",\"c\"]}", "flow:b flow:a flow:c");
}

static void routers_and_generators_use_their_steps(void **state)
{
    (void)state;
    assert_refs("{\"pageGenerators\":[{\"_exportId\":\"e1\"},{\"_exportId\":\"e2\"}],"
                "\"routers\":[{\"id\":\"r1\",\"branches\":[{\"nextRouterId\":\"r2\","
                "\"pageProcessors\":[{\"type\":\"import\",\"_importId\":\"i1\"},"
                "{\"type\":\"export\",\"_exportId\":\"e3\"}]}]}]}",
                "export:e1+ export:e2+ import:i1+ export:e3+");
}

static void old_flows_name_theirs_at_the_root(void **state)
{
    (void)state;
    assert_refs("{\"_id\":\"f\",\"_exportId\":\"e\",\"_importId\":\"i\",\"_integrationId\":\"n\"}",
                "export:e+ import:i+ integration:n");
}

/* What runs next belongs to another flow, so that its export does too. */
static void what_runs_next_is_not_used(void **state)
{
    (void)state;
    assert_refs("{\"_runNextExportIds\":[{\"_flowId\":\"f1\",\"_exportId\":\"e1\"}]}",
                "export:e1 flow:f1");
    assert_refs("{\"_runNextExportIds\":[{\"deeper\":{\"_importId\":\"i1\"}}]}", "import:i1");
    assert_refs("{\"_exportId\":\"e1\",\"_runNextExportIds\":[{\"_exportId\":\"e1\"}]}",
                "export:e1+ export:e1");
    assert_refs("{\"a\":{\"_runNextExportIds\":[{\"_exportId\":\"e1\"}]},\"b\":{\"_exportId\":"
                "\"e2\"}}",
                "export:e1 export:e2+");
}

static void the_same_reference_counts_once(void **state)
{
    (void)state;
    assert_refs("{\"a\":{\"_exportId\":\"x\"},\"b\":{\"_exportId\":\"x\"},\"c\":[{\"_exportId\":"
                "[\"x\",\"x\"]}]}",
                "export:x+");
    assert_refs("{\"_exportId\":\"x\",\"_importId\":\"x\",\"_flowId\":\"x\"}",
                "export:x+ flow:x import:x+");
    assert_refs("{\"_exportId\":[\"x\",\"X\",\"xx\"]}", "export:x+ export:X+ export:xx+");
}

static void ids_that_are_not_safe_are_no_references(void **state)
{
    (void)state;
    assert_refs(
        "{\"_exportId\":[\"\",\"..\",\"../../x\",\".git\",\"a/b\",\"a\\u0000b\",\"\\u00e9\","
        "\"ok\",\"a b\"]}",
        "export:ok+");
    char id[301];
    memset(id, 'a', sizeof id);
    struct node doc = node_map(&arena, 1);
    node_map_set(&arena, &doc, STR("_exportId"), node_string((struct str){id, 300}));
    assert_int_equal(refs_of(&arena, &doc).n, 0);
    node_map_set(&arena, &doc, STR("_exportId"), node_string((struct str){id, ID_MAX}));
    assert_int_equal(refs_of(&arena, &doc).n, 1);
}

static void names_inside_the_document_and_text_are_none(void **state)
{
    (void)state;
    assert_refs("{\"_id\":\"x\",\"id\":\"x\",\"branchId\":\"x\",\"nextRouterId\":\"x\","
                "\"_flowGroupingId\":\"x\",\"_sourceId\":\"x\",\"_templateId\":\"x\","
                "\"_connectorId\":\"x\",\"_httpConnectorId\":\"x\",\"_userId\":\"x\","
                "\"settings\":\"{\\\"_exportId\\\":\\\"x\\\"}\"}",
                "");
    assert_refs("null", "");
    assert_refs("\"x\"", "");
    assert_refs("[\"x\",1,true,null]", "");
    assert_refs("{}", "");
}

static void nothing_of_the_document_is_borrowed(void **state)
{
    (void)state;
    char id[] = "abc";
    struct node doc = node_map(&arena, 1);
    node_map_set(&arena, &doc, STR("_exportId"), node_string(str_of(id)));
    struct refs refs = refs_of(&arena, &doc);
    memset(id, '!', sizeof id);
    assert_string_equal(refs.items[0].id.p, "abc");
}

/* ---- later and free ---- */

/* "export:e1~": '~' what can be set later. */
static void assert_late(const char *json_text, const char *want)
{
    struct node doc = json(str_of(json_text));
    struct refs refs = refs_of(&arena, &doc);
    struct str text = STR("");
    for (size_t i = 0; i < refs.n; i++)
        text = arena_printf(&arena, "%s%s%s%s", text.p, i ? " " : "", refs.items[i].id.p,
                            refs.items[i].late ? "~" : "");
    assert_string_equal(text.p, want);
}

static void what_can_close_a_circle_is_late(void **state)
{
    (void)state;
    assert_late("{\"_connectionId\":\"c\",\"_integrationId\":\"n\",\"_exportId\":\"e\"}", "c e n");
    assert_late("{\"_runNextFlowIds\":[\"f\",\"g\"],\"_parentId\":\"n\"}", "n~ f~ g~");
    assert_late("{\"_borrowConcurrencyFromConnectionId\":\"c\",\"_connectionId\":\"c\"}", "c~ c");
    /* Beneath such a place all is set with it. */
    assert_late("{\"_runNextExportIds\":[{\"_exportId\":\"e\",\"x\":{\"_importId\":\"i\"}}]}",
                "e~ i~");
    assert_late("{\"x\":{\"_exportId\":\"e\"},\"_runNextExportIds\":[{\"_exportId\":\"e\"}]}",
                "e~ e");
}

static void what_is_free_form_holds_no_references(void **state)
{
    (void)state;
    assert_refs(
        "{\"settings\":{\"_exportId\":\"x\"},\"mockOutput\":[{\"_exportId\":\"x\"}],"
        "\"mockResponse\":{\"a\":{\"_flowId\":\"x\"}},\"sampleData\":{\"_importId\":\"x\"}}",
        "");
    assert_refs("{\"a\":[{\"settings\":{\"_exportId\":\"x\"},\"_importId\":\"y\"}]}", "import:y+");
    assert_refs("{\"settingsForm\":{\"init\":{\"_scriptId\":\"x\"}}}", "script:x");
    assert_refs("{\"_exportId\":{\"settings\":[\"x\"]}}", "");
}

/* ---- taking out ---- */

static const char *json_of(const struct node *doc)
{
    struct buf b = BUF_MAX(1 << 20);
    json_write(&b, doc);
    const char *text = arena_str(&arena, buf_view(&b)).p;
    buf_release(&b);
    return text;
}

/* Takes export x and flow y out. */
static void assert_removed(const char *before, const char *after, size_t taken)
{
    struct ref items[] = {{.kind = KIND_EXPORT, .id = STR("x")},
                          {.kind = KIND_FLOW, .id = STR("y")}};
    struct refs gone = {.items = items, .n = GEN_COUNT(items)};
    struct node doc = json(str_of(before));
    assert_int_equal(refs_remove(&doc, &gone), taken);
    assert_string_equal(json_of(&doc), after);
    assert_int_equal(refs_remove(&doc, &gone), 0);
}

static void a_reference_goes_with_its_key(void **state)
{
    (void)state;
    assert_removed("{\"_exportId\":\"x\",\"a\":1}", "{\"a\":1}", 1);
    assert_removed("{\"_exportId\":\"xx\",\"_importId\":\"x\",\"a\":\"x\"}",
                   "{\"_exportId\":\"xx\",\"_importId\":\"x\",\"a\":\"x\"}", 0);
    assert_removed("{\"a\":[{\"b\":{\"_exportId\":\"x\"},\"c\":[{\"_flowId\":\"y\"}]}]}",
                   "{\"a\":[{\"b\":{},\"c\":[{}]}]}", 2);
    assert_removed("{\"_exportId\":\"x\",\"_flowId\":\"y\",\"_keepDeltaBehindExportId\":\"x\"}",
                   "{}", 3);
}

static void a_reference_in_a_list_goes_alone(void **state)
{
    (void)state;
    assert_removed("{\"_runNextFlowIds\":[\"a\",\"y\",\"b\",\"y\"]}",
                   "{\"_runNextFlowIds\":[\"a\",\"b\"]}", 2);
    assert_removed("{\"_runNextFlowIds\":[\"y\"]}", "{\"_runNextFlowIds\":[]}", 1);
    assert_removed("{\"_exportId\":[[\"x\",\"z\"]]}", "{\"_exportId\":[[\"z\"]]}", 1);
}

static void what_runs_next_goes_whole(void **state)
{
    (void)state;
    assert_removed(
        "{\"_runNextExportIds\":[{\"_flowId\":\"y\",\"_exportId\":\"k\"},"
        "{\"_flowId\":\"k\",\"_exportId\":\"k\"},{\"_flowId\":\"k\",\"_exportId\":\"x\"}]}",
        "{\"_runNextExportIds\":[{\"_exportId\":\"k\",\"_flowId\":\"k\"}]}", 2);
    assert_removed("{\"_runNextExportIds\":[{\"a\":{\"_exportId\":\"x\"}}]}",
                   "{\"_runNextExportIds\":[]}", 1);
}

static void what_is_free_form_is_left(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[{\"sampleData\":{\"_exportId\":\"x\"}}],"
                               "\"settings\":{\"_exportId\":\"x\",\"b\":[{\"_flowId\":\"y\"}]}}";
    assert_removed(text, text, 0);
    assert_removed("null", "null", 0);
    assert_removed("\"x\"", "\"x\"", 0);
    assert_removed("[{\"_exportId\":\"x\"}]", "[{}]", 1);
}

/* ---- by property ---- */

static const char *const fields[] = {
    "_exportId", "_importId", "_flowId", "_runNextExportIds", "_runNextFlowIds", "_connectionId",
    "a",         "b",         "_id",     "settings",          "sampleData"};

static struct node random_doc(struct gen *g, size_t depth)
{
    static const char *const ids[] = {"x1", "x2", "x3", "x4", "../x", "", "x5"};
    size_t shape = gen_below(g, depth == 0 ? 2 : 6);
    if (shape < 2)
        return shape ? node_cstring(ids[gen_below(g, GEN_COUNT(ids))]) : node_bool(true);
    struct node n = shape < 4 ? node_list(&arena, 0) : node_map(&arena, 0);
    for (size_t i = gen_below(g, 5); i > 0; i--) {
        struct node value = random_doc(g, depth - 1);
        if (shape < 4)
            node_list_add(&arena, &n, value);
        else
            node_map_set(&arena, &n, str_of(fields[gen_below(g, GEN_COUNT(fields))]), value);
    }
    return n;
}

/* The header's sentences again, without any list of what was found: is this very one there? */
static bool says(const struct node *node, const struct kind_ref *under, bool linked, bool late,
                 const struct ref *ref)
{
    if (node->type == NODE_STRING)
        return under && !under->links && under->target == ref->kind &&
               str_eq(node->text, ref->id) && layout_id_is_safe(node->text) &&
               ref->used == (under->uses && !linked) && ref->late == late;
    bool found = false;
    if (node->type == NODE_LIST)
        for (size_t i = 0; i < node->list.n; i++)
            found = found || says(&node->list.items[i], under, linked, late, ref);
    if (node->type == NODE_MAP)
        for (size_t i = 0; i < node->map.n; i++) {
            const struct kind_ref *r = kind_ref_of(node->map.items[i].key);
            if (!kind_key_is_free_form(node->map.items[i].key))
                found = found || says(&node->map.items[i].value, r, linked || (r && r->links),
                                      late || (r && r->late), ref);
        }
    return found;
}

static bool holds(struct refs refs, const struct ref *want)
{
    size_t n = 0;
    for (size_t i = 0; i < refs.n; i++)
        n += refs.items[i].kind == want->kind && refs.items[i].used == want->used &&
             refs.items[i].late == want->late && str_eq(refs.items[i].id, want->id);
    assert_true(n <= 1);
    return n == 1;
}

static void what_is_found_is_what_is_there(void **state)
{
    (void)state;
    static const char *const ids[] = {"x1", "x2", "x3", "x4", "x5", "../x", ""};
    struct gen g = gen_start("refs");
    size_t found = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        struct node doc = random_doc(&g, 5);
        struct refs refs = refs_of(&arena, &doc);
        found += refs.n;
        for (size_t k = 0; k < KIND_COUNT; k++)
            for (size_t id = 0; id < GEN_COUNT(ids); id++)
                for (int flags = 0; flags < 4; flags++) {
                    struct ref ref = {(enum kind_id)k, str_of(ids[id]), flags & 1, flags & 2};
                    assert_int_equal(says(&doc, NULL, false, false, &ref), holds(refs, &ref));
                }
    }
    assert_true(found > DOCUMENTS / 4);
}

static void the_order_told_makes_no_difference(void **state)
{
    (void)state;
    struct gen g = gen_start("refs order");
    for (int i = 0; i < DOCUMENTS / 10; i++) {
        arena_reset(&arena);
        struct node doc = random_doc(&g, 5), same = gen_shuffled(&g, &arena, &doc);
        assert_string_equal(text_of(refs_of(&arena, &doc)), text_of(refs_of(&arena, &same)));
    }
}

static bool is_among(const struct refs *refs, const struct ref *ref)
{
    for (size_t i = 0; i < refs->n; i++)
        if (refs->items[i].kind == ref->kind && str_eq(refs->items[i].id, ref->id))
            return true;
    return false;
}

static bool has_key(const struct node *node, struct str key)
{
    bool found = false;
    for (size_t i = 0; node->type == NODE_LIST && i < node->list.n; i++)
        found = found || has_key(&node->list.items[i], key);
    for (size_t i = 0; node->type == NODE_MAP && i < node->map.n; i++)
        found =
            found || str_eq(node->map.items[i].key, key) || has_key(&node->map.items[i].value, key);
    return found;
}

/* None of them is left, and where nothing runs next, all others are. */
static void what_is_taken_out_is_gone(void **state)
{
    (void)state;
    struct gen g = gen_start("refs removed");
    size_t taken = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        struct node doc = random_doc(&g, 5), before = node_copy(&arena, &doc);
        struct refs all = refs_of(&arena, &doc), gone = {0};
        gone.items = arena_array(&arena, all.n, sizeof *gone.items);
        for (size_t j = 0; j < all.n; j++)
            if (gen_below(&g, 3) == 0)
                gone.items[gone.n++] = all.items[j];
        size_t n = refs_remove(&doc, &gone);
        struct refs left = refs_of(&arena, &doc);
        assert_true(n >= (gone.n > 0) && (gone.n > 0 || node_eq(&doc, &before)));
        for (size_t j = 0; j < left.n; j++)
            assert_true(!is_among(&gone, &left.items[j]) && is_among(&all, &left.items[j]));
        bool whole = !has_key(&before, STR("_runNextExportIds"));
        for (size_t j = 0; whole && j < all.n; j++)
            assert_true(is_among(&gone, &all.items[j]) != is_among(&left, &all.items[j]));
        taken += n;
    }
    assert_true(taken > DOCUMENTS / 8);
}

/* A hostile flow must not hold up a worker for minutes. */
static void many_references_take_no_time_to_speak_of(void **state)
{
    (void)state;
    enum { MANY = 60000 };
    struct node list = node_list(&arena, MANY), doc = node_map(&arena, 1);
    for (int i = 0; i < MANY; i++)
        node_list_add(&arena, &list, node_string(arena_printf(&arena, "id%d", i)));
    node_map_set(&arena, &doc, STR("_exportId"), list);
    clock_t began = clock();
    assert_int_equal(refs_of(&arena, &doc).n, MANY);
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    if (seconds > 3)
        fail_msg("%d references took %.1f s", MANY, seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_field_refers_to_its_kind, clear),
        cmocka_unit_test_setup(lists_keep_their_order, clear),
        cmocka_unit_test_setup(routers_and_generators_use_their_steps, clear),
        cmocka_unit_test_setup(old_flows_name_theirs_at_the_root, clear),
        cmocka_unit_test_setup(what_runs_next_is_not_used, clear),
        cmocka_unit_test_setup(the_same_reference_counts_once, clear),
        cmocka_unit_test_setup(ids_that_are_not_safe_are_no_references, clear),
        cmocka_unit_test_setup(names_inside_the_document_and_text_are_none, clear),
        cmocka_unit_test_setup(nothing_of_the_document_is_borrowed, clear),
        cmocka_unit_test_setup(what_can_close_a_circle_is_late, clear),
        cmocka_unit_test_setup(what_is_free_form_holds_no_references, clear),
        cmocka_unit_test_setup(a_reference_goes_with_its_key, clear),
        cmocka_unit_test_setup(a_reference_in_a_list_goes_alone, clear),
        cmocka_unit_test_setup(what_runs_next_goes_whole, clear),
        cmocka_unit_test_setup(what_is_free_form_is_left, clear),
        cmocka_unit_test_setup(what_is_found_is_what_is_there, clear),
        cmocka_unit_test_setup(what_is_taken_out_is_gone, clear),
        cmocka_unit_test_setup(the_order_told_makes_no_difference, clear),
        cmocka_unit_test_setup(many_references_take_no_time_to_speak_of, clear),
    };
    return cmocka_run_group_tests_name("refs", tests, NULL, release);
}
