#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "documents.h"
#include "format/json.h"
#include "gen.h"
#include "model/normalize.h"

enum { DOCUMENTS = 20000 };

static void assert_normal(enum kind_id kind, const char *before, const char *after)
{
    struct node doc = json(before);
    normalize(kind_of(kind), &doc);
    assert_string_equal(text_of(&doc), after);
    normalize(kind_of(kind), &doc);
    assert_string_equal(text_of(&doc), after);
}

static void each_noise_path_goes(void **state)
{
    (void)state;
    static const char *const values[] = {
        "1", "null", "\"x\"", "[]", "{}", "[{\"a\":1}]", "{\"a\":{\"b\":1}}"};
    for (size_t k = 0; k < KIND_COUNT; k++)
        for (const char *const *path = kind_of((enum kind_id)k)->noise; *path; path++)
            for (size_t v = 0; v < GEN_COUNT(values); v++) {
                if (strpbrk(*path, ".*"))
                    continue;
                const char *doc =
                    arena_printf(&arena, "{\"_id\":\"i\",\"%s\":%s,\"zz\":1}", *path, values[v]).p;
                assert_normal((enum kind_id)k, doc, "{\"_id\":\"i\",\"zz\":1}");
            }
}

static void noise_is_noise_only_at_its_path(void **state)
{
    (void)state;
    static const char nested[] = "{\"http\":{\"debugDate\":1,\"lastPingAt\":3,\"queues\":[1],"
                                 "\"status\":2}}";
    assert_normal(KIND_CONNECTION, nested, nested);
    static const char others[] = "{\"Queues\":1,\"debugDates\":1,\"lastpingX\":2,\"statusX\":1,"
                                 "\"xstatus\":1}";
    assert_normal(KIND_CONNECTION, others, others);
    /* Another kind's. */
    static const char flow[] = "{\"_id\":\"f\",\"debugUntil\":1,\"draft\":2,\"lastPingX\":3,"
                               "\"offline\":true,\"queues\":[]}";
    assert_normal(KIND_FLOW, flow, flow);
    static const char export[] = "{\"lastExecutedAt\":1,\"logging\":{\"debugUntil\":1},"
                                 "\"status\":1}";
    assert_normal(KIND_EXPORT, export, export);
}

static void a_star_fits_every_key_that_begins_so(void **state)
{
    (void)state;
    assert_normal(KIND_CONNECTION,
                  "{\"lastPing\":1,\"lastPingAt\":\"x\",\"lastPingStatus\":{\"a\":1},"
                  "\"lastPin\":2,\"lastPing*\":3,\"xlastPing\":4}",
                  "{\"lastPin\":2,\"xlastPing\":4}");
}

static void a_map_that_only_held_state_goes_with_it(void **state)
{
    (void)state;
    assert_normal(KIND_FLOW, "{\"_id\":\"f\",\"logging\":{\"debugUntil\":\"2024\"}}",
                  "{\"_id\":\"f\"}");
    assert_normal(KIND_FLOW, "{\"logging\":{\"debugUntil\":\"2024\",\"level\":2}}",
                  "{\"logging\":{\"level\":2}}");
    assert_normal(KIND_FLOW, "{\"logging\":{\"debugUntil\":null}}", "{}");
}

static void what_was_empty_stays(void **state)
{
    (void)state;
    assert_normal(KIND_FLOW, "{\"logging\":{}}", "{\"logging\":{}}");
    assert_normal(KIND_FLOW, "{\"logging\":null}", "{\"logging\":null}");
    assert_normal(KIND_FLOW, "{\"logging\":[{\"debugUntil\":1}]}",
                  "{\"logging\":[{\"debugUntil\":1}]}");
    assert_normal(KIND_FLOW, "{\"logging\":\"debugUntil\"}", "{\"logging\":\"debugUntil\"}");
}

static void helpers_go_at_any_depth(void **state)
{
    (void)state;
    assert_normal(KIND_IMPORT,
                  "{\"__aHelper\":{\"x\":[1]},\"a\":[[{\"__bHelper\":1,\"b\":1}]],"
                  "\"c\":{\"d\":{\"__cHelper\":null,\"e\":2}},\"__v\":3}",
                  "{\"__v\":3,\"a\":[[{\"b\":1}]],\"c\":{\"d\":{\"e\":2}}}");
    for (size_t k = 0; k < KIND_COUNT; k++)
        assert_normal((enum kind_id)k, "{\"__xHelper\":1,\"k\":2}", "{\"k\":2}");
}

/* "Takes runtime state out: the kind's noise paths, and helper keys at any depth. A map that only
 * held such state goes with it." */
static void a_map_that_only_held_helpers_goes_with_them(void **state)
{
    (void)state;
    assert_normal(KIND_FLOW, "{\"a\":{\"__xHelper\":1},\"b\":1}", "{\"b\":1}");
    assert_normal(KIND_FLOW, "{\"b\":1,\"logging\":{\"__xHelper\":1,\"debugUntil\":2}}",
                  "{\"b\":1}");
}

static void what_is_no_map_is_left_alone(void **state)
{
    (void)state;
    assert_normal(KIND_FLOW, "[]", "[]");
    assert_normal(KIND_FLOW, "[{\"lastExecutedAt\":1}]", "[{\"lastExecutedAt\":1}]");
    assert_normal(KIND_FLOW, "\"lastExecutedAt\"", "\"lastExecutedAt\"");
    assert_normal(KIND_FLOW, "null", "null");
    assert_normal(KIND_FLOW, "{}", "{}");
}

static void stamps_stay(void **state)
{
    (void)state;
    for (size_t k = 0; k < KIND_COUNT; k++)
        assert_normal((enum kind_id)k,
                      "{\"_id\":\"i\",\"lastModified\":\"2024\",\"lastModifiedBy\":\"u\"}",
                      "{\"_id\":\"i\",\"lastModified\":\"2024\",\"lastModifiedBy\":\"u\"}");
}

/* ---- what is written ---- */

static void assert_written(enum kind_id kind, const char *before, const char *after)
{
    struct node doc = json(before);
    normalize_to_written(kind_of(kind), &doc);
    assert_string_equal(text_of(&doc), after);
    normalize_to_written(kind_of(kind), &doc);
    assert_string_equal(text_of(&doc), after);
}

static void what_the_server_sets_is_not_written(void **state)
{
    (void)state;
    for (size_t k = 0; k < KIND_COUNT; k++)
        if (kind_is_document(kind_of((enum kind_id)k)))
            assert_written(
                (enum kind_id)k,
                "{\"_id\":\"i\",\"_sourceId\":\"s\",\"_userId\":\"u\",\"createdAt\":\"2024\","
                "\"lastModified\":\"2024\",\"lastModifiedBy\":\"u\",\"name\":\"n\","
                "\"type\":\"http\"}",
                "{\"name\":\"n\",\"type\":\"http\"}");
}

static void a_webhooks_address_is_not_written(void **state)
{
    (void)state;
    assert_written(KIND_EXPORT, "{\"webhook\":{\"token\":\"t\",\"url\":\"https://x\"}}",
                   "{\"webhook\":{\"token\":\"t\"}}");
    assert_written(KIND_EXPORT, "{\"a\":1,\"webhook\":{\"url\":\"https://x\"}}", "{\"a\":1}");
    assert_written(KIND_EXPORT, "{\"webhook\":{}}", "{\"webhook\":{}}");
    assert_written(KIND_EXPORT, "{\"http\":{\"url\":\"https://x\"},\"url\":\"y\"}",
                   "{\"http\":{\"url\":\"https://x\"},\"url\":\"y\"}");
    assert_written(KIND_IMPORT, "{\"webhook\":{\"url\":\"https://x\"}}",
                   "{\"webhook\":{\"url\":\"https://x\"}}");
}

static void all_else_is_written(void **state)
{
    (void)state;
    static const char nested[] = "{\"_connectorId\":\"c\",\"_integrationId\":\"n\",\"a\":{\"_id\":"
                                 "\"i\",\"createdAt\":1,\"lastModified\":2},\"flowGroupings\":[{"
                                 "\"_id\":\"g\",\"name\":\"G\"}]}";
    for (size_t k = 0; k < KIND_COUNT; k++)
        assert_written((enum kind_id)k, nested, nested);
    assert_written(KIND_FLOW, "[{\"_id\":1}]", "[{\"_id\":1}]");
    assert_written(KIND_FLOW, "null", "null");
}

/* What can never be changed is sent: it has to be told when a document is made. */
static void what_is_immutable_is_written(void **state)
{
    (void)state;
    for (size_t k = 0; k < KIND_COUNT; k++)
        for (const char *const *path = kind_of((enum kind_id)k)->immutable; *path; path++) {
            const char *doc = arena_printf(&arena, "{\"%s\":\"x\"}", *path).p;
            assert_written((enum kind_id)k, doc, doc);
        }
}

/* ---- by property ---- */

/* Sprinkles runtime state, helpers and stamps into a document. */
static struct node random_doc(struct gen *g, const struct kind *kind)
{
    struct node doc = gen_document(g, &arena);
    if (doc.type != NODE_MAP)
        return doc;
    for (const char *const *path = kind->noise; *path; path++) {
        if (gen_below(g, 2))
            continue;
        struct str rest = str_of(*path), step = str_cut(&rest, '.');
        struct node value = gen_node(g, &arena, 2);
        if (str_ends(step, STR("*")))
            step = arena_printf(&arena, "%.*s%zu", (int)step.n - 1, step.p, gen_below(g, 9));
        if (rest.n) {
            struct node map = node_map(&arena, 2);
            node_map_set(&arena, &map, rest, value);
            if (gen_below(g, 2))
                node_map_set(&arena, &map, STR("level"), node_bool(true));
            value = map;
        }
        node_map_set(&arena, &doc, step, value);
    }
    for (size_t i = 0; i < doc.map.n; i++)
        if (doc.map.items[i].value.type == NODE_MAP && gen_below(g, 2))
            node_map_set(&arena, &doc.map.items[i].value, STR("__xHelper"), gen_node(g, &arena, 2));
    return doc;
}

static bool has_helper(const struct node *node)
{
    bool found = false;
    if (node->type == NODE_LIST)
        for (size_t i = 0; i < node->list.n; i++)
            found = found || has_helper(&node->list.items[i]);
    if (node->type == NODE_MAP)
        for (size_t i = 0; i < node->map.n; i++)
            found = found || kind_key_is_noise(node->map.items[i].key) ||
                    has_helper(&node->map.items[i].value);
    return found;
}

static void normalising_twice_changes_nothing_more(void **state)
{
    (void)state;
    struct gen g = gen_start("normalize");
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        const struct kind *kind = kind_of((enum kind_id)gen_below(&g, KIND_COUNT));
        struct node doc = random_doc(&g, kind);
        normalize(kind, &doc);
        struct node once = node_copy(&arena, &doc);
        normalize(kind, &doc);
        assert_true(node_eq(&once, &doc));
        assert_false(has_helper(&doc));
        for (const char *const *path = kind->noise; *path; path++)
            if (!strpbrk(*path, ".*"))
                assert_null(node_get(&doc, str_of(*path)));
    }
}

static void the_order_told_makes_no_difference(void **state)
{
    (void)state;
    struct gen g = gen_start("normalize order");
    for (int i = 0; i < DOCUMENTS / 4; i++) {
        arena_reset(&arena);
        const struct kind *kind = kind_of((enum kind_id)gen_below(&g, KIND_COUNT));
        struct node doc = random_doc(&g, kind), same = gen_shuffled(&g, &arena, &doc);
        normalize(kind, &doc);
        normalize(kind, &same);
        assert_true(node_eq(&doc, &same));
    }
}

/* ---- stamps ---- */

static bool same(enum kind_id kind, const char *a, const char *b)
{
    struct node left = json(a), right = json(b);
    bool result = normalize_same_but_stamps(kind_of(kind), &left, &right);
    assert_int_equal(normalize_same_but_stamps(kind_of(kind), &right, &left), result);
    return result;
}

static void stamps_alone_make_no_difference(void **state)
{
    (void)state;
    static const char base[] = "{\"_id\":\"i\",\"lastModified\":\"2024\",\"z\":1}";
    assert_true(same(KIND_FLOW, base, base));
    assert_true(same(KIND_FLOW, base, "{\"_id\":\"i\",\"lastModified\":\"2025\",\"z\":1}"));
    assert_true(same(KIND_FLOW, base, "{\"_id\":\"i\",\"z\":1}"));
    assert_true(same(KIND_FLOW, base,
                     "{\"_id\":\"i\",\"lastModified\":{\"a\":[1]},"
                     "\"lastModifiedBy\":\"u\",\"z\":1}"));
    assert_true(same(KIND_FLOW, "{}", "{\"lastModified\":1}"));
    assert_true(same(KIND_FLOW, "{\"lastModifiedBy\":1}", "{\"lastModified\":1}"));
}

static void anything_else_does(void **state)
{
    (void)state;
    static const char base[] = "{\"_id\":\"i\",\"lastModified\":\"2024\",\"z\":1}";
    assert_false(same(KIND_FLOW, base, "{\"_id\":\"i\",\"lastModified\":\"2024\",\"z\":2}"));
    assert_false(same(KIND_FLOW, base, "{\"_id\":\"i\",\"lastModified\":\"2025\"}"));
    assert_false(same(KIND_FLOW, base, "{\"a\":1,\"_id\":\"i\",\"z\":1}"));
    assert_false(same(KIND_FLOW, base, "{\"_id\":\"i\",\"zz\":1}"));
    assert_false(same(KIND_FLOW, base, "{\"_id\":\"i\",\"z\":1,\"zz\":1}"));
    assert_false(same(KIND_FLOW, "{\"z\":1}", "{\"z\":1.0}"));
    assert_false(same(KIND_FLOW, "{\"z\":null}", "{}"));
    assert_false(same(KIND_FLOW, "{\"lastModifiedX\":1}", "{\"lastModifiedX\":2}"));
    /* A stamp is one at the root only. */
    assert_false(same(KIND_FLOW, "{\"a\":{\"lastModified\":1}}", "{\"a\":{\"lastModified\":2}}"));
}

static void a_kind_without_stamps_compares_all(void **state)
{
    (void)state;
    assert_false(same(KIND_AUDIT, "{\"lastModified\":1}", "{\"lastModified\":2}"));
    assert_true(same(KIND_AUDIT, "{\"lastModified\":1}", "{\"lastModified\":1}"));
}

static void what_is_no_map_compares_whole(void **state)
{
    (void)state;
    assert_true(same(KIND_FLOW, "[1]", "[1]"));
    assert_false(same(KIND_FLOW, "[1]", "[2]"));
    assert_false(same(KIND_FLOW, "{}", "[]"));
    assert_false(same(KIND_FLOW, "{\"lastModified\":1}", "null"));
}

static void comparing_is_comparing_without_the_stamps(void **state)
{
    (void)state;
    struct gen g = gen_start("stamps");
    const struct kind *kind = kind_of(KIND_EXPORT);
    size_t equal = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        struct node docs[2], bare[2];
        do
            docs[0] = gen_document(&g, &arena);
        while (docs[0].type != NODE_MAP);
        docs[1] = node_copy(&arena, &docs[0]);
        for (int d = 0; d < 2; d++) {
            for (const char *const *stamp = kind->stamps; *stamp; stamp++)
                if (gen_below(&g, 2))
                    node_map_set(&arena, &docs[d], str_of(*stamp), gen_node(&g, &arena, 2));
            if (gen_below(&g, 3) == 0)
                node_map_set(&arena, &docs[d], gen_key(&g, &arena), gen_node(&g, &arena, 1));
            bare[d] = node_copy(&arena, &docs[d]);
            for (const char *const *stamp = kind->stamps; *stamp; stamp++)
                node_map_remove(&bare[d], str_of(*stamp));
        }
        bool want = node_eq(&bare[0], &bare[1]);
        assert_int_equal(normalize_same_but_stamps(kind, &docs[0], &docs[1]), want);
        equal += want;
    }
    assert_true(equal > DOCUMENTS / 4 && equal < DOCUMENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_noise_path_goes, clear_documents),
        cmocka_unit_test_setup(noise_is_noise_only_at_its_path, clear_documents),
        cmocka_unit_test_setup(a_star_fits_every_key_that_begins_so, clear_documents),
        cmocka_unit_test_setup(a_map_that_only_held_state_goes_with_it, clear_documents),
        cmocka_unit_test_setup(what_was_empty_stays, clear_documents),
        cmocka_unit_test_setup(helpers_go_at_any_depth, clear_documents),
        cmocka_unit_test_setup(a_map_that_only_held_helpers_goes_with_them, clear_documents),
        cmocka_unit_test_setup(what_is_no_map_is_left_alone, clear_documents),
        cmocka_unit_test_setup(stamps_stay, clear_documents),
        cmocka_unit_test_setup(what_the_server_sets_is_not_written, clear_documents),
        cmocka_unit_test_setup(a_webhooks_address_is_not_written, clear_documents),
        cmocka_unit_test_setup(all_else_is_written, clear_documents),
        cmocka_unit_test_setup(what_is_immutable_is_written, clear_documents),
        cmocka_unit_test_setup(normalising_twice_changes_nothing_more, clear_documents),
        cmocka_unit_test_setup(the_order_told_makes_no_difference, clear_documents),
        cmocka_unit_test_setup(stamps_alone_make_no_difference, clear_documents),
        cmocka_unit_test_setup(anything_else_does, clear_documents),
        cmocka_unit_test_setup(a_kind_without_stamps_compares_all, clear_documents),
        cmocka_unit_test_setup(what_is_no_map_compares_whole, clear_documents),
        cmocka_unit_test_setup(comparing_is_comparing_without_the_stamps, clear_documents),
    };
    return cmocka_run_group_tests_name("normalize", tests, NULL, release_documents);
}
