#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "documents.h"
#include "format/json.h"
#include "gen.h"
#include "model/layout.h"
#include "model/refs.h"
#include "model/remap.h"

enum { DOCUMENTS = 4000 };

static struct idmap map;

static int clear(void **state)
{
    clear_documents(state);
    idmap_release(&map);
    return 0;
}

static int release(void **state)
{
    release_documents(state);
    idmap_release(&map);
    return 0;
}

static void add(unsigned of, const char *old, const char *now)
{
    idmap_add(&map, of, str_of(old), str_of(now));
}

static void assert_remaps(const char *before, size_t n, const char *after)
{
    struct node doc = json(before), want = json(after);
    assert_int_equal(remap(&arena, &doc, &map), n);
    assert_string_equal(text_of(&doc), text_of(&want));
    assert_int_equal(remap(&arena, &doc, &map), 0); /* and nothing more */
}

static void assert_stays(const char *text)
{
    assert_remaps(text, 0, text);
}

/* "a.b: x1>x2; c: y1>y2" */
static void assert_strays(const char *text, const char *beside, const char *want)
{
    struct node doc = json(text);
    struct str got = STR("");
    for (struct stray *s = remap_strays(&arena, &doc, str_of(beside), &map); s; s = s->next)
        got = arena_printf(&arena, "%s%s%s: %.*s>%.*s", got.p, got.n ? "; " : "", s->path,
                           STR_ARG(s->old), STR_ARG(s->now));
    assert_string_equal(got.p, want);
}

/* ---- replacing ---- */

static void each_reference_is_replaced_by_its_kind(void **state)
{
    (void)state;
    static const char *const fields[] = {"_connectionId",
                                         "_borrowConcurrencyFromConnectionId",
                                         "_mcpConnectionId",
                                         "_registeredConnectionIds",
                                         "_integrationId",
                                         "_parentId",
                                         "_runNextFlowIds",
                                         "_flowId",
                                         "_keepDeltaBehindFlowId",
                                         "_abstractFlowId",
                                         "_exportId",
                                         "_keepDeltaBehindExportId",
                                         "_postParseListenerId",
                                         "_importId",
                                         "_scriptId",
                                         "_iClientId",
                                         "_fileDefinitionId",
                                         "_ediProfileId",
                                         "_asyncHelperId",
                                         "_lookupCacheId",
                                         "_registeredLookupCacheIds",
                                         "_stackId",
                                         "_agentId",
                                         "_apiId",
                                         "_toolId"};
    for (unsigned of = 0; of < KIND_COUNT; of++)
        if (kind_is_document(kind_of((enum kind_id)of)))
            add(of, "x", arena_printf(&arena, "now-%s", kind_of((enum kind_id)of)->name).p);
    for (size_t i = 0; i < GEN_COUNT(fields); i++) {
        const char *f = fields[i];
        const char *now = kind_of(kind_ref_of(str_of(f))->target)->name;
        assert_remaps(arena_printf(&arena, "{\"%s\":\"x\"}", f).p, 1,
                      arena_printf(&arena, "{\"%s\":\"now-%s\"}", f, now).p);
        assert_remaps(
            arena_printf(&arena, "{\"%s\":[\"x\",[\"x\",\"y\"],1]}", f).p, 2,
            arena_printf(&arena, "{\"%s\":[\"now-%s\",[\"now-%s\",\"y\"],1]}", f, now, now).p);
        assert_remaps(arena_printf(&arena, "{\"a\":[{\"b\":{\"%s\":\"x\"}}]}", f).p, 1,
                      arena_printf(&arena, "{\"a\":[{\"b\":{\"%s\":\"now-%s\"}}]}", f, now).p);
        assert_stays(arena_printf(&arena, "{\"%s\":\"y\"}", f).p);
        assert_stays(arena_printf(&arena, "{\"%s\":null}", f).p);
        assert_stays(arena_printf(&arena, "{\"%s\":{\"a\":\"x\"}}", f).p);
    }
}

static void what_runs_next_is_replaced_inside(void **state)
{
    (void)state;
    add(KIND_FLOW, "f", "f2");
    add(KIND_EXPORT, "e", "e2");
    assert_remaps("{\"_runNextExportIds\":[{\"_flowId\":\"f\",\"_exportId\":\"e\"}]}", 2,
                  "{\"_runNextExportIds\":[{\"_flowId\":\"f2\",\"_exportId\":\"e2\"}]}");
    assert_stays("{\"_runNextExportIds\":[\"f\",\"e\"]}"); /* of which kind? */
}

static void groups_are_replaced_on_both_sides(void **state)
{
    (void)state;
    add(IDMAP_GROUP, "g", "g2");
    assert_remaps("{\"_flowGroupingId\":\"g\"}", 1, "{\"_flowGroupingId\":\"g2\"}");
    assert_remaps(
        "{\"_id\":\"g\",\"flowGroupings\":[{\"_id\":\"g\",\"name\":\"g\"},{\"_id\":\"h\"}]}", 1,
        "{\"_id\":\"g\",\"flowGroupings\":[{\"_id\":\"g2\",\"name\":\"g\"},{\"_id\":\"h\"}]}");
    assert_stays("{\"a\":{\"flowGroupings\":[{\"_id\":\"g\"}]}}"); /* the integration's own only */
    assert_stays("{\"flowGroupings\":[{\"a\":{\"_id\":\"g\"}},\"g\"]}");
}

static void own_ids_and_other_text_stay(void **state)
{
    (void)state;
    for (unsigned of = 0; of < KIND_COUNT; of++)
        if (kind_is_document(kind_of((enum kind_id)of)))
            add(of, "x", "y");
    add(IDMAP_GROUP, "x", "y");
    assert_stays("{\"_id\":\"x\",\"name\":\"x\",\"description\":\"x\"}");
    assert_stays("{\"a\":[{\"_id\":\"x\"}]}");
    assert_stays("{\"_templateId\":\"x\",\"_connectorId\":\"x\",\"_httpConnectorId\":\"x\","
                 "\"_sourceId\":\"x\",\"_fooId\":\"x\",\"exportId\":\"x\"}");
    assert_stays("{\"nextRouterId\":\"x\",\"branchId\":\"x\",\"id\":\"x\"}");
    assert_stays("{\"http\":{\"relativeURI\":\"/a/x\"}}");
}

static void free_form_keys_hold_no_references(void **state)
{
    (void)state;
    add(KIND_EXPORT, "x", "y");
    assert_stays("{\"settings\":{\"_exportId\":\"x\"}}");
    assert_stays("{\"a\":{\"settings\":[{\"b\":{\"_exportId\":[\"x\"]}}]}}");
    assert_stays("{\"mockOutput\":{\"_exportId\":\"x\"}}");
    assert_stays("{\"sampleData\":{\"_exportId\":\"x\"}}");
    assert_stays("{\"mockResponse\":[{\"_exportId\":\"x\"}]}");
}

static void ids_that_are_not_safe_are_no_references(void **state)
{
    (void)state;
    add(KIND_EXPORT, "x", "y");
    assert_stays("{\"_exportId\":\"\"}");
    assert_stays("{\"_exportId\":\"x \"}");
    assert_stays("{\"_exportId\":\"{{x}}\"}");
    assert_stays("{\"_exportId\":\"x\\u0000\"}");
}

static void kinds_are_not_mixed_up(void **state)
{
    (void)state;
    add(KIND_EXPORT, "x", "e2");
    add(KIND_IMPORT, "x", "i2");
    assert_remaps("{\"_exportId\":\"x\",\"_importId\":\"x\",\"_scriptId\":\"x\"}", 2,
                  "{\"_exportId\":\"e2\",\"_importId\":\"i2\",\"_scriptId\":\"x\"}");
}

static void the_last_id_is_taken(void **state)
{
    (void)state;
    add(KIND_EXPORT, "a", "b");
    add(KIND_EXPORT, "b", "c");
    assert_remaps("{\"pageGenerators\":[{\"_exportId\":\"a\"},{\"_exportId\":\"b\"}]}", 2,
                  "{\"pageGenerators\":[{\"_exportId\":\"c\"},{\"_exportId\":\"c\"}]}");
}

static void an_empty_map_changes_nothing(void **state)
{
    (void)state;
    assert_stays("{\"_exportId\":\"a\"}");
    assert_strays("{\"a\":\"a\"}", "a", "");
}

static void documents_need_not_be_maps(void **state)
{
    (void)state;
    add(KIND_EXPORT, "x", "y");
    assert_stays("\"x\"");
    assert_stays("null");
    assert_remaps("[{\"_exportId\":\"x\"}]", 1, "[{\"_exportId\":\"y\"}]");
}

static void new_texts_do_not_borrow_the_map(void **state)
{
    (void)state;
    add(KIND_EXPORT, "old-one", "new-one");
    struct node doc = json("{\"_exportId\":\"old-one\",\"a\":\"old-one\"}");
    struct stray *stray = remap_strays(&arena, &doc, STR(""), &map);
    remap(&arena, &doc, &map);
    idmap_release(&map);
    assert_string_equal(text_of(&doc), "{\"_exportId\":\"new-one\",\"a\":\"old-one\"}");
    assert_true(str_is(stray->old, "old-one"));
    assert_true(str_is(stray->now, "new-one"));
}

/* ---- what is not replaced ---- */

static void ids_in_text_are_strays(void **state)
{
    (void)state;
    add(KIND_EXPORT, "x1", "x2");
    add(KIND_FLOW, "f1", "f2");
    assert_strays("{\"a\":\"x1\"}", "", "a: x1>x2");
    assert_strays("{\"http\":{\"relativeURI\":\"/v1/exports/x1/data?flow=f1&x=x1\"}}", "",
                  "http.relativeURI: x1>x2; http.relativeURI: f1>f2");
    assert_strays("{\"settings\":{\"_exportId\":\"x1\",\"list\":[\"a\",\"f1\"]}}", "",
                  "settings._exportId: x1>x2; settings.list[1]: f1>f2");
    assert_strays("{\"_fooId\":\"x1\",\"_templateId\":\"f1\"}", "",
                  "_fooId: x1>x2; _templateId: f1>f2");
    assert_strays("{\"description\":\"was x1.\",\"name\":\"f1\"}", "",
                  "name: f1>f2; description: x1>x2");
    assert_strays("{\"a\":[{\"_id\":\"x1\"}]}", "", "a[0]._id: x1>x2");
    assert_strays("{\"_exportId\":\"{{x1}}\"}", "", "_exportId: x1>x2");
    assert_strays("{\"_runNextExportIds\":[\"x1\"]}", "", "_runNextExportIds[0]: x1>x2");
}

static void references_and_own_ids_are_no_strays(void **state)
{
    (void)state;
    add(KIND_EXPORT, "x1", "x2");
    add(IDMAP_GROUP, "g1", "g2");
    assert_strays("{\"_id\":\"x1\",\"_exportId\":\"x1\",\"_importId\":\"x1\"}", "", "");
    assert_strays("{\"_flowGroupingId\":\"g1\",\"_runNextExportIds\":[{\"_exportId\":\"x1\"}]}", "",
                  "");
    assert_strays("{\"flowGroupings\":[{\"_id\":\"g1\",\"name\":\"g1\"}]}", "",
                  "flowGroupings[0].name: g1>g2");
}

static void keys_that_are_ids_are_strays(void **state)
{
    (void)state;
    add(KIND_EXPORT, "x1", "x2");
    assert_strays("{\"settings\":{\"x1\":{\"a\":\"b\"}}}", "", "settings.x1: x1>x2");
    assert_strays("{\"settings\":{\"x1\":\"x1\"}}", "", "settings.x1: x1>x2"); /* once a place */
    assert_strays("{\"settings\":{\"of x1\":\"a\"}}", "", "settings.\"of x1\": x1>x2");
}

static void the_text_beside_comes_last_without_a_path(void **state)
{
    (void)state;
    add(KIND_EXPORT, "x1", "x2");
    assert_strays("{}", "var id = 'x1';\nvar same = \"x1\";\n", ": x1>x2");
    assert_strays("{\"a\":\"x1\"}", "x1", "a: x1>x2; : x1>x2");
    assert_strays("\"x1\"", "x1", ": x1>x2; : x1>x2");
}

static void an_id_is_one_only_as_a_whole(void **state)
{
    (void)state;
    add(KIND_EXPORT, "5e8f", "61aa");
    static const char *const none[] = {"a5e8f", "5e8fa", "5e8f0", "5e8f_", "_5e8f",
                                       "5e8f-", "-5e8f", "5e8",   "e8f",   "5E8F"};
    for (size_t i = 0; i < GEN_COUNT(none); i++) {
        assert_strays("{}", none[i], "");
        assert_strays("{}", arena_printf(&arena, "/%s/", none[i]).p, "");
        assert_strays(arena_printf(&arena, "{\"a\":\"%s\"}", none[i]).p, "", "");
    }
    static const char *const one[] = {"5e8f",     " 5e8f ",     "/5e8f/",  "'5e8f'", "(5e8f)",
                                      "=5e8f&",   "5e8f.",      ".5e8f",   "5e8f\n", "é5e8fé",
                                      "a b 5e8f", "5e8f5 5e8f", "{{5e8f}}"};
    for (size_t i = 0; i < GEN_COUNT(one); i++)
        assert_strays("{}", one[i], ": 5e8f>61aa");
}

static void the_longest_ids_are_found_and_longer_runs_are_none(void **state)
{
    (void)state;
    char id[ID_MAX + 2];
    memset(id, 'a', sizeof id);
    idmap_add(&map, KIND_FLOW, (struct str){id, ID_MAX}, STR("b"));
    struct node doc = node_map(&arena, 0);
    struct stray *stray = remap_strays(&arena, &doc, (struct str){id, ID_MAX}, &map);
    assert_non_null(stray);
    assert_int_equal(stray->old.n, ID_MAX);
    assert_null(remap_strays(&arena, &doc, (struct str){id, ID_MAX + 1}, &map));
}

static void numbers_and_nul_are_harmless(void **state)
{
    (void)state;
    add(KIND_EXPORT, "12", "13");
    assert_strays("{\"a\":12,\"b\":null,\"c\":true}", "", "");
    assert_strays("{\"a\":\"x\\u000012\\u0000\"}", "", "a: 12>13");
}

/* Told by one who reads the JSON instead: what is left of an old id after remap is a stray. */
static void what_is_left_of_old_ids_are_strays(void **state)
{
    (void)state;
    static const char *const keys[] = {"_id",
                                       "name",
                                       "_exportId",
                                       "_fooId",
                                       "settings",
                                       "flowGroupings",
                                       "_flowGroupingId",
                                       "a",
                                       "_runNextExportIds",
                                       "_scriptId"};
    static const char *const texts[] = {"o1", "o2", "o3", "o1 and o2", "x/o3", "o1o2", ""};
    struct gen g = gen_start("remap");
    add(KIND_EXPORT, "o1", "n1");
    add(KIND_SCRIPT, "o2", "n2");
    add(IDMAP_GROUP, "o3", "n3");
    size_t found = 0;
    for (int run = 0; run < DOCUMENTS; run++) {
        struct arena local = {0};
        struct node pieces[40];
        size_t n = 0;
        for (; n < 12; n++)
            pieces[n] = node_cstring(texts[gen_below(&g, GEN_COUNT(texts))]);
        for (; n < GEN_COUNT(pieces); n++) {
            bool is_map = gen_below(&g, 3);
            pieces[n] = is_map ? node_map(&local, 0) : node_list(&local, 0);
            for (size_t k = gen_below(&g, 5); k > 0; k--) {
                struct node piece = node_copy(&local, &pieces[gen_below(&g, n)]);
                if (is_map)
                    node_map_set(&local, &pieces[n], str_of(keys[gen_below(&g, GEN_COUNT(keys))]),
                                 piece);
                else
                    node_list_add(&local, &pieces[n], piece);
            }
        }
        struct node *doc = &pieces[n - 1];
        struct node was = node_copy(&local, doc);
        size_t replaced = remap(&local, doc, &map);
        assert_int_equal(node_eq(&was, doc), replaced == 0);
        struct str own = doc->type == NODE_MAP ? node_get_text(doc, STR("_id")) : STR("");
        struct stray *before = remap_strays(&local, &was, STR(""), &map);
        struct stray *after = remap_strays(&local, doc, STR(""), &map);
        for (; before && after; before = before->next, after = after->next) {
            assert_string_equal(before->path, after->path);
            assert_true(str_eq(before->old, after->old));
            found++;
        }
        assert_true(!before && !after); /* what is replaced is no stray, before or after */
        assert_true(str_eq(own, doc->type == NODE_MAP ? node_get_text(&was, STR("_id")) : own));
        struct refs refs = refs_of(&local, doc);
        for (size_t i = 0; i < refs.n; i++)
            assert_true(
                str_eq(idmap_get(&map, refs.items[i].kind, refs.items[i].id), refs.items[i].id));
        arena_release(&local);
    }
    assert_true(found > DOCUMENTS);
}

static void long_texts_take_no_time_to_speak_of(void **state)
{
    (void)state;
    enum { LONG = 4 << 20 };
    for (int i = 0; i < 10000; i++)
        add(KIND_FLOW, arena_printf(&arena, "o%d", i).p, "n");
    struct buf text = BUF_MAX(LONG + 64);
    for (int i = 0; text.n < LONG; i++)
        buf_printf(&text, "o%d,", i % 20000);
    struct node doc = node_map(&arena, 1);
    node_map_set(&arena, &doc, STR("a"), node_string(buf_view(&text)));
    clock_t began = clock();
    size_t n = 0;
    for (struct stray *s = remap_strays(&arena, &doc, buf_view(&text), &map); s; s = s->next)
        n++;
    assert_int_equal(n, 2 * 10000); /* each once a place */
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    if (seconds > 5)
        fail_msg("%d bytes took %.1f s", 2 * LONG, seconds);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_reference_is_replaced_by_its_kind, clear),
        cmocka_unit_test_setup(what_runs_next_is_replaced_inside, clear),
        cmocka_unit_test_setup(groups_are_replaced_on_both_sides, clear),
        cmocka_unit_test_setup(own_ids_and_other_text_stay, clear),
        cmocka_unit_test_setup(free_form_keys_hold_no_references, clear),
        cmocka_unit_test_setup(ids_that_are_not_safe_are_no_references, clear),
        cmocka_unit_test_setup(kinds_are_not_mixed_up, clear),
        cmocka_unit_test_setup(the_last_id_is_taken, clear),
        cmocka_unit_test_setup(an_empty_map_changes_nothing, clear),
        cmocka_unit_test_setup(documents_need_not_be_maps, clear),
        cmocka_unit_test_setup(new_texts_do_not_borrow_the_map, clear),
        cmocka_unit_test_setup(ids_in_text_are_strays, clear),
        cmocka_unit_test_setup(references_and_own_ids_are_no_strays, clear),
        cmocka_unit_test_setup(keys_that_are_ids_are_strays, clear),
        cmocka_unit_test_setup(the_text_beside_comes_last_without_a_path, clear),
        cmocka_unit_test_setup(an_id_is_one_only_as_a_whole, clear),
        cmocka_unit_test_setup(the_longest_ids_are_found_and_longer_runs_are_none, clear),
        cmocka_unit_test_setup(numbers_and_nul_are_harmless, clear),
        cmocka_unit_test_setup(what_is_left_of_old_ids_are_strays, clear),
        cmocka_unit_test_setup(long_texts_take_no_time_to_speak_of, clear),
    };
    return cmocka_run_group_tests_name("remap", tests, NULL, release);
}
