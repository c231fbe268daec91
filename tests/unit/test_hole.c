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
#include "model/hole.h"
#include "model/redact.h"

enum { DOCUMENTS = 5000 };

#define TAG "<redacted:0123456789ab>"
#define OTHER "<redacted:ba9876543210>"
#define MASK "******"

/* "mask a.b, redacted c[0]" */
static const char *told(const struct hole *holes)
{
    struct str text = STR("");
    for (const struct hole *h = holes; h; h = h->next)
        text = arena_printf(&arena, "%s%s%s %s", text.p, text.n ? ", " : "",
                            h->sort == HOLE_MASK ? "mask" : "redacted", h->path);
    return text.p;
}

static void assert_holes(const char *text, const char *want)
{
    struct node doc = json(text);
    assert_string_equal(told(hole_find(&arena, &doc)), want);
}

/* ---- what is a hole ---- */

static void masks_and_marks_are_holes(void **state)
{
    (void)state;
    static const char *const holes[] = {"****",
                                        MASK,
                                        "********************",
                                        TAG,
                                        "Bearer " TAG,
                                        TAG " and more",
                                        "a" TAG "b" OTHER "c",
                                        TAG OTHER,
                                        "<redacted:" TAG,
                                        "<redacted:>" TAG,
                                        "<<redacted:a>>",
                                        "<redacted:Z9>"};
    for (size_t i = 0; i < GEN_COUNT(holes); i++)
        if (!hole_is_in(str_of(holes[i])))
            fail_msg("no hole: %s", holes[i]);
}

static void other_text_is_none(void **state)
{
    (void)state;
    static const char *const none[] = {"",
                                       "*",
                                       "***",
                                       "**** ",
                                       "a****",
                                       "***x***",
                                       "redacted",
                                       "<redacted:",
                                       "<redacted>",
                                       "<redacted:>",
                                       "<redacted:a",
                                       "<redacted:a b>",
                                       "<REDACTED:a>",
                                       "<redacted:\xE2\x80\xA6>",
                                       "redacted:ab>"};
    for (size_t i = 0; i < GEN_COUNT(none); i++)
        if (hole_is_in(str_of(none[i])))
            fail_msg("a hole: %s", none[i]);
    assert_false(hole_is_in((struct str){0}));
    assert_true(hole_is_in((struct str){"\0" TAG, 1 + sizeof TAG - 1}));
}

static void what_the_redactor_leaves_is_a_hole(void **state)
{
    (void)state;
    struct err err;
    static const char *const paths[] = {"connection:all", "connection:map", NULL};
    struct redactor *r = redactor_new(paths, STR("key"), &err);
    struct node doc =
        json("{\"all\":\"x\",\"map\":{\"a\":1},\"headers\":[{\"name\":\"Authorization\","
             "\"value\":\"Bearer Zm9vYmFyYmF6cXV4MTIzNDU2\"}],\"plain\":\"text\"}");
    struct node was = node_copy(&arena, &doc);
    assert_int_equal(redact(r, &arena, kind_of(KIND_CONNECTION), &doc), 3);
    assert_string_equal(told(hole_find(&arena, &doc)),
                        "redacted all, redacted headers[0].value, redacted map");
    assert_true(hole_same(&doc, &was));
    hole_fill_live(&arena, &doc, &was);
    assert_true(node_eq(&doc, &was));
    redactor_free(r);
}

static void holes_are_told_in_canonical_order(void **state)
{
    (void)state;
    assert_holes("{}", "");
    assert_holes("[]", "");
    assert_holes("{\"a\":1,\"b\":null,\"c\":\"***\"}", "");
    assert_holes("{\"http\":{\"headers\":[{\"name\":\"x\"},{\"value\":\"Bearer " TAG
                 "\"}],\"auth\":{"
                 "\"password\":\"" MASK "\"}},\"name\":\"" MASK "\",\"a b\":[[\"" TAG "\"]]}",
                 "mask name, redacted \"a b\"[0][0], mask http.auth.password, redacted "
                 "http.headers[1].value");
    assert_holes("\"" MASK "\"", "mask ");
}

static void finding_leaves_the_document(void **state)
{
    (void)state;
    struct node doc = json("{\"a\":\"" MASK "\"}"), was = node_copy(&arena, &doc);
    hole_find(&arena, &doc);
    assert_true(node_eq(&doc, &was));
}

/* ---- from the live document ---- */

static void assert_live(const char *doc_text, const char *live_text, const char *want_text)
{
    struct node doc = json(doc_text), live = json(live_text), want = json(want_text);
    struct node was = node_copy(&arena, &live);
    hole_fill_live(&arena, &doc, &live);
    if (!node_eq(&doc, &want))
        fail_msg("%s\nlive %s\nbecame %s", doc_text, live_text, text_of(&doc));
    assert_true(node_eq(&live, &was));
}

static void assert_live_leaves(const char *doc, const char *live)
{
    assert_live(doc, live, doc);
}

static void a_hole_takes_what_stands_in_its_place(void **state)
{
    (void)state;
    assert_live("{\"a\":{\"b\":\"" MASK "\",\"c\":\"old\"}}",
                "{\"a\":{\"b\":\"s3cret\",\"c\":\"new\"},\"d\":1}",
                "{\"a\":{\"b\":\"s3cret\",\"c\":\"old\"}}");
    assert_live("{\"a\":\"" TAG "\"}", "{\"a\":\"s\"}", "{\"a\":\"s\"}");
    assert_live("{\"a\":\"" TAG "\"}", "{\"a\":{\"k\":[\"v\"]}}", "{\"a\":{\"k\":[\"v\"]}}");
    assert_live("{\"a\":\"" TAG "\"}", "{\"a\":12}", "{\"a\":12}");
    assert_live("{\"a\":\"" TAG "\"}", "{\"a\":false}", "{\"a\":false}");
    assert_live("\"" MASK "\"", "\"s\"", "\"s\"");
}

static void what_is_not_whole_or_empty_fills_nothing(void **state)
{
    (void)state;
    static const char *const values[] = {"\"" MASK "\"",
                                         "\"****\"",
                                         "\"" OTHER "\"",
                                         "\"x " OTHER "\"",
                                         "{\"k\":[\"" MASK "\"]}",
                                         "null",
                                         "\"\"",
                                         "[]",
                                         "{}"};
    for (size_t i = 0; i < GEN_COUNT(values); i++) {
        const char *live = arena_printf(&arena, "{\"a\":%s}", values[i]).p;
        assert_live_leaves("{\"a\":\"" MASK "\"}", live);
        assert_live_leaves("{\"a\":\"" TAG "\"}", live);
    }
    assert_live_leaves("{\"a\":\"" MASK "\"}", "{}");
    assert_live_leaves("{\"a\":\"" MASK "\"}", "[]");
    assert_live_leaves("{\"a\":{\"b\":\"" MASK "\"}}", "{\"a\":\"x\"}");
    assert_live_leaves("{\"a\":[\"" MASK "\"]}", "{\"a\":{\"0\":\"x\"}}");
}

static void what_is_left_has_to_fit(void **state)
{
    (void)state;
    static const struct {
        const char *left, *live;
        bool fits;
    } rows[] = {
        {"Bearer " TAG, "Bearer x", true},
        {"Bearer " TAG, "Bearer ", false}, /* something was there */
        {"Bearer " TAG, "Basic x", false},
        {"Bearer " TAG, "bearer x", false},
        {TAG "@host", "me@host", true},
        {TAG "@host", "@host", false},
        {TAG "@host", "me@host2", false},
        {"a" TAG "b", "a-b", true},
        {"a" TAG "b", "ab", false},
        {"a" TAG "a", "a", false},
        {"a" TAG "a", "aa", false},
        {"a" TAG "a", "aaa", true},
        {"?k=" TAG "&n=1&s=" OTHER "&z", "?k=1&n=1&s=2&z", true},
        {"?k=" TAG "&n=1&s=" OTHER "&z", "?k=&n=1&s=2&z", false},
        {"?k=" TAG "&n=1&s=" OTHER "&z", "?k=1&n=1&s=&z", false},
        {"?k=" TAG "&n=1&s=" OTHER "&z", "?k=1&s=2&n=1&z", false},
        {"?k=" TAG "&n=1&s=" OTHER "&z", "?k=a&n=1&s=b&n=1&s=c&z", true},
        {TAG OTHER, "ab", true},
        {TAG OTHER, "a", false},
        {TAG "x" OTHER, "xxx", true},
        {TAG "x" OTHER, "xx", false},
        {TAG "xx" OTHER, "axxb", true},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        struct node doc = node_map(&arena, 1), live = node_map(&arena, 1);
        node_map_set(&arena, &doc, STR("a"), node_cstring(rows[i].left));
        node_map_set(&arena, &live, STR("a"), node_cstring(rows[i].live));
        assert_int_equal(hole_same(&doc, &live), rows[i].fits);
        assert_int_equal(hole_same(&live, &doc), rows[i].fits);
        hole_fill_live(&arena, &doc, &live);
        if (node_eq(&doc, &live) != rows[i].fits)
            fail_msg("%s of %s: %s", rows[i].left, rows[i].live, text_of(&doc));
    }
    assert_live_leaves("{\"a\":\"Bearer " TAG "\"}", "{\"a\":12}");
    assert_live_leaves("{\"a\":\"Bearer " TAG "\"}", "{\"a\":[\"Bearer x\"]}");
}

static void elements_are_matched_by_identity(void **state)
{
    (void)state;
    assert_live("[{\"name\":\"a\",\"value\":\"" MASK "\"},{\"name\":\"b\",\"value\":\"" TAG "\"}]",
                "[{\"name\":\"c\",\"value\":\"3\"},{\"name\":\"b\",\"value\":\"2\"},"
                "{\"name\":\"a\",\"value\":\"1\"}]",
                "[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b\",\"value\":\"2\"}]");
    assert_live(
        "[{\"_id\":\"1\",\"name\":\"a\",\"v\":\"" MASK "\"}]",
        "[{\"_id\":\"2\",\"name\":\"a\",\"v\":\"x\"},{\"_id\":\"1\",\"name\":\"b\",\"v\":\"y\"}]",
        "[{\"_id\":\"1\",\"name\":\"a\",\"v\":\"y\"}]");
    assert_live("[{\"key\":\"k\",\"v\":\"" MASK "\"}]",
                "[{\"key\":\"j\",\"v\":\"x\"},{\"key\":\"k\",\"v\":\"y\"}]",
                "[{\"key\":\"k\",\"v\":\"y\"}]");
    assert_live_leaves("[{\"name\":\"a\",\"v\":\"" MASK "\"}]",
                       "[{\"key\":\"a\",\"v\":\"x\"},{\"_id\":\"a\",\"v\":\"y\"}]");
    assert_live("[{\"name\":\"" MASK "\",\"key\":\"k\",\"v\":\"" MASK "\"}]",
                "[{\"key\":\"j\"},{\"key\":\"k\",\"v\":\"y\"}]",
                "[{\"name\":\"" MASK "\",\"key\":\"k\",\"v\":\"y\"}]"); /* a hole is no identity */
}

static void an_identity_of_several_is_none(void **state)
{
    (void)state;
    assert_live_leaves("[{\"name\":\"a\",\"v\":\"" MASK "\"}]",
                       "[{\"name\":\"a\",\"v\":\"1\"},{\"name\":\"a\",\"v\":\"2\"}]");
    assert_live_leaves("[{\"name\":\"a\",\"v\":\"" MASK "\"},{\"name\":\"a\",\"v\":\"" TAG "\"}]",
                       "[{\"name\":\"a\",\"v\":\"1\"}]");
    assert_live("[{\"name\":\"a\",\"v\":\"" MASK "\"},{\"name\":\"a\",\"v\":\"" TAG "\"}]",
                "[{\"name\":\"a\",\"v\":\"1\"},{\"name\":\"a\",\"v\":\"2\"}]",
                "[{\"name\":\"a\",\"v\":\"1\"},{\"name\":\"a\",\"v\":\"2\"}]"); /* by index */
}

static void elements_without_identity_are_matched_by_index_in_equal_lists(void **state)
{
    (void)state;
    assert_live("[\"a\",\"" MASK "\",\"x " TAG "\"]", "[\"a\",\"s\",\"x y\"]",
                "[\"a\",\"s\",\"x y\"]");
    assert_live("[[\"" MASK "\"],{\"v\":\"" MASK "\",\"w\":1}]", "[[\"s\"],{\"v\":\"t\",\"w\":1}]",
                "[[\"s\"],{\"v\":\"t\",\"w\":1}]");
    assert_live_leaves("[\"a\",\"" MASK "\"]", "[\"s\",\"a\"]"); /* they changed places */
    assert_live_leaves("[\"" MASK "\"]", "[\"s\",\"t\"]");
    assert_live_leaves("[\"a\",\"" MASK "\"]", "[\"a\"]");
    assert_live_leaves("[{\"v\":\"" MASK "\",\"w\":1}]", "[{\"v\":\"t\",\"w\":2}]");
}

static void what_fills_is_copied_and_secret(void **state)
{
    (void)state;
    struct arena other = {0};
    struct node doc = json("{\"a\":\"" MASK "\",\"b\":\"x\"}"), live = node_map(&other, 1);
    struct node inner = node_map(&other, 1);
    node_map_set(&other, &inner, arena_str(&other, STR("k")),
                 node_string(arena_str(&other, STR("v"))));
    node_map_set(&other, &live, STR("a"), inner);
    hole_fill_live(&arena, &doc, &live);
    arena_release(&other);
    assert_string_equal(text_of(&doc), "{\"a\":{\"k\":\"v\"},\"b\":\"x\"}");
    assert_true(node_get(&doc, STR("a"))->secret);
    assert_true(node_get(node_get(&doc, STR("a")), STR("k"))->secret);
    assert_false(node_get(&doc, STR("b"))->secret);
}

/* ---- from a person ---- */

static void assert_given(const char *doc_text, const char *given_text, size_t n, const char *want)
{
    struct node doc = json(doc_text), given = json(given_text), want_doc = json(want);
    assert_int_equal(hole_fill_given(&arena, &doc, &given), n);
    if (!node_eq(&doc, &want_doc))
        fail_msg("%s\ngiven %s\nbecame %s", doc_text, given_text, text_of(&doc));
}

static void a_person_fills_by_path(void **state)
{
    (void)state;
    assert_given("{\"http\":{\"headers\":[{\"v\":\"Bearer " TAG "\"}],\"encrypted\":\"" MASK "\"},"
                 "\"a b\":\"" MASK "\"}",
                 "{\"http.headers[0].v\":\"Bearer x\",\"http.encrypted\":{\"p\":\"q\"},"
                 "\"\\\"a b\\\"\":\"y\"}",
                 3,
                 "{\"http\":{\"headers\":[{\"v\":\"Bearer x\"}],\"encrypted\":{\"p\":\"q\"}},"
                 "\"a b\":\"y\"}");
}

static void a_path_to_no_hole_is_left_alone(void **state)
{
    (void)state;
    static const char doc[] = "{\"a\":\"x\",\"b\":{\"c\":\"" MASK "\"}}";
    static const char *const given[] = {"{\"a\":\"y\"}",
                                        "{\"b\":\"y\"}",
                                        "{\"c\":\"y\"}",
                                        "{\"d\":\"y\"}",
                                        "{\"b.c.d\":\"y\"}",
                                        "{\"\":\"y\"}",
                                        "{}",
                                        "null",
                                        "[\"b.c\"]"};
    for (size_t i = 0; i < GEN_COUNT(given); i++)
        assert_given(doc, given[i], 0, doc);
}

static void what_is_no_whole_string_or_map_is_left_alone(void **state)
{
    (void)state;
    static const char doc[] = "{\"a\":\"" MASK "\"}";
    static const char *const values[] = {"1",
                                         "null",
                                         "true",
                                         "[\"x\"]",
                                         "\"" MASK "\"",
                                         "\"Bearer " TAG "\"",
                                         "{\"k\":\"" MASK "\"}"};
    for (size_t i = 0; i < GEN_COUNT(values); i++)
        assert_given(doc, arena_printf(&arena, "{\"a\":%s}", values[i]).p, 0, doc);
}

static void a_path_that_leads_to_several_holes_is_left_alone(void **state)
{
    (void)state;
    static const char doc[] =
        "{\"a\\nb\":\"" MASK "\",\"a\\tb\":\"" MASK "\",\"a\\rb\":\"" TAG "\",\"c\":\"" MASK "\"}";
    assert_given(doc, "{\"\\\"a?b\\\"\":\"x\"}", 0, doc);
}

static void what_a_person_gives_is_copied_and_secret(void **state)
{
    (void)state;
    struct arena other = {0};
    struct node doc = json("{\"a\":\"" MASK "\"}"), given = node_map(&other, 1);
    node_map_set(&other, &given, STR("a"), node_string(arena_str(&other, STR("given"))));
    assert_int_equal(hole_fill_given(&arena, &doc, &given), 1);
    arena_release(&other);
    assert_string_equal(text_of(&doc), "{\"a\":\"given\"}");
    assert_true(node_get(&doc, STR("a"))->secret);
}

/* ---- left out ---- */

static void assert_drops(const char *doc_text, const char *holes, const char *want)
{
    struct node doc = json(doc_text);
    assert_string_equal(told(hole_drop(&arena, &doc)), holes);
    assert_string_equal(text_of(&doc), want);
    assert_null(hole_drop(&arena, &doc));
}

static void holes_are_left_out(void **state)
{
    (void)state;
    assert_drops("{}", "", "{}");
    assert_drops("{\"a\":\"x\"}", "", "{\"a\":\"x\"}");
    assert_drops("{\"a\":\"" MASK "\",\"b\":\"x\",\"c\":\"Bearer " TAG "\",\"d\":{\"e\":\"" TAG
                 "\"}}",
                 "mask a, redacted c, redacted d.e", "{\"b\":\"x\",\"d\":{}}");
    assert_drops("{\"a\":[\"x\",\"" MASK "\",[\"" TAG "\"],{\"v\":\"" MASK "\"}]}",
                 "mask a[1], redacted a[2][0], mask a[3].v", "{\"a\":[\"x\",\"\",[\"\"],{}]}");
    assert_drops("\"" MASK "\"", "mask ", "\"\"");
}

/* ---- the same but for holes ---- */

static void assert_same(const char *a_text, const char *b_text, bool same)
{
    struct node a = json(a_text), b = json(b_text);
    if (hole_same(&a, &b) != same || hole_same(&b, &a) != same)
        fail_msg("%s and %s are %s", a_text, b_text, same ? "not the same" : "the same");
}

static void holes_stand_for_anything(void **state)
{
    (void)state;
    static const char *const values[] = {"\"x\"",
                                         "\"\"",
                                         "null",
                                         "1",
                                         "{\"k\":\"v\"}",
                                         "[]",
                                         "\"" MASK "\"",
                                         "\"" OTHER "\"",
                                         "\"Bearer " OTHER "\""};
    for (size_t i = 0; i < GEN_COUNT(values); i++) {
        const char *b = arena_printf(&arena, "{\"a\":%s,\"b\":1}", values[i]).p;
        assert_same("{\"a\":\"" MASK "\",\"b\":1}", b, true);
        assert_same("{\"a\":\"" TAG "\",\"b\":1}", b, true);
    }
    assert_same("{\"a\":\"" MASK "\",\"b\":1}", "{\"b\":1}", true);
    assert_same("{\"b\":1,\"c\":\"x " TAG "\"}", "{\"b\":1}", true);
    assert_same("[1,\"" MASK "\"]", "[1]", true);
    assert_same("[1,\"" MASK "\"]", "[1,2]", true);
    assert_same("[\"x" TAG "\"]", "[\"\"]", true); /* as it is left out of a list */
    assert_same("{\"a\":\"Bearer " TAG "\"}", "{\"a\":\"Bearer " OTHER "\"}", true);
    assert_same("{\"a\":\"Bearer " TAG "\"}", "{\"a\":\"" MASK "\"}", true);
}

static void other_differences_count(void **state)
{
    (void)state;
    assert_same("{\"a\":\"" MASK "\",\"b\":1}", "{\"a\":\"x\",\"b\":2}", false);
    assert_same("{\"a\":\"" MASK "\"}", "{\"a\":\"x\",\"b\":2}", false);
    assert_same("{\"a\":\"Bearer " TAG "\"}", "{\"a\":\"Basic x\"}", false);
    assert_same("{\"a\":\"Bearer " TAG "\"}", "{\"a\":1}", false);
    assert_same("{\"a\":\"Bearer " TAG "\"}", "{\"a\":null}", false);
    assert_same("{\"a\":\"Bearer " TAG "\"}", "{\"a\":\"Basic " TAG "\"}", false);
    assert_same("[\"" MASK "\",1]", "[1]", false);
    assert_same("[1]", "[1,2]", false);
    assert_same("{}", "[]", false);
    assert_same("{\"a\":{\"b\":\"" MASK "\"}}", "{}", false);
    assert_same("{}", "{}", true);
    assert_same("{\"a\":\"1\"}", "{\"a\":1}", false);
}

/* ---- by property ---- */

/* Puts holes in the place of strings somewhere; returns how many. */
static size_t dig(struct gen *g, struct arena *a, struct node *node)
{
    size_t n = 0;
    if (node->type == NODE_STRING && node->text.n && gen_below(g, 3) == 0) {
        size_t from = gen_below(g, node->text.n), to = from + 1 + gen_below(g, node->text.n - from);
        struct buf b = BUF_MAX(1 << 20);
        buf_str(&b, str_sub(node->text, 0, from));
        buf_str(&b, STR(TAG));
        buf_str(&b, str_sub(node->text, to, node->text.n));
        node->text = gen_below(g, 2) ? STR(MASK) : arena_str(a, buf_view(&b));
        buf_release(&b);
        return 1;
    }
    for (size_t i = 0; node->type == NODE_LIST && i < node->list.n; i++)
        n += dig(g, a, &node->list.items[i]);
    for (size_t i = 0; node->type == NODE_MAP && i < node->map.n; i++)
        n += dig(g, a, &node->map.items[i].value);
    return n;
}

static size_t count(const struct hole *holes)
{
    size_t n = 0;
    for (; holes; holes = holes->next)
        n++;
    return n;
}

static void what_was_dug_is_filled_again(void **state)
{
    (void)state;
    struct gen g = gen_start("hole");
    size_t dug = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        struct node whole = gen_document(&g, &arena);
        hole_drop(&arena, &whole); /* the generator knows masks, too */
        struct node doc = node_copy(&arena, &whole);
        size_t n = dig(&g, &arena, &doc);
        dug += n;
        assert_int_equal(count(hole_find(&arena, &doc)), n);
        assert_true(hole_same(&doc, &doc));
        assert_true(hole_same(&doc, &whole) && hole_same(&whole, &doc));
        struct node filled = node_copy(&arena, &doc), dropped = node_copy(&arena, &doc);
        hole_fill_live(&arena, &filled, &whole);
        if (!node_eq(&filled, &whole))
            fail_msg("%s\nfilled %s\nfrom %s", text_of(&doc), text_of(&filled), text_of(&whole));
        assert_int_equal(count(hole_drop(&arena, &dropped)), n);
        assert_null(hole_find(&arena, &dropped));
        assert_true(hole_same(&doc, &dropped) && hole_same(&dropped, &doc));
        assert_int_equal(hole_same(&whole, &dropped), node_eq(&whole, &dropped));
    }
    assert_true(dug > DOCUMENTS / 4);
}

static void nothing_that_is_filled_has_holes_or_changes_the_rest(void **state)
{
    (void)state;
    struct gen g = gen_start("hole pairs");
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        struct node live = gen_document(&g, &arena), doc = node_copy(&arena, &live);
        dig(&g, &arena, &doc);
        dig(&g, &arena, &live);
        struct node was = node_copy(&arena, &doc);
        hole_fill_live(&arena, &doc, &live);
        assert_true(hole_same(&was, &doc));
        assert_true(count(hole_find(&arena, &doc)) <= count(hole_find(&arena, &was)));
    }
}

static void hostile_texts_and_lists_take_no_time_to_speak_of(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct buf left = BUF_MAX(64 << 20), text = BUF_MAX(64 << 20);
    for (int i = 0; i < MANY; i++) {
        buf_str(&left, STR("<redacted:<redacted:a>ab"));
        buf_str(&text, STR("<redacted:xaab"));
    }
    struct node list = node_list(&arena, MANY), live = node_list(&arena, MANY);
    for (int i = 0; i < MANY; i++) {
        struct node element = node_map(&arena, 2);
        node_map_set(&arena, &element, STR("name"),
                     node_string(arena_printf(&arena, "n%d", i / (1 + i % 2))));
        node_map_set(&arena, &element, STR("v"), node_cstring(MASK));
        node_list_add(&arena, &list, element);
        struct node there = node_copy(&arena, &element);
        node_map_set(&arena, &there, STR("v"), node_cstring("s"));
        node_list_add(&arena, &live, there);
    }
    struct node a = node_string(buf_view(&left)), b = node_string(buf_view(&text));
    clock_t began = clock();
    assert_true(hole_same(&a, &b));
    text.p[text.n - 1] = 'c';
    assert_false(hole_same(&a, &b));
    hole_fill_live(&arena, &list, &live);
    assert_null(hole_find(&arena, &list));
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    if (seconds > 5)
        fail_msg("it took %.1f s", seconds);
    buf_release(&left);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(masks_and_marks_are_holes, clear_documents),
        cmocka_unit_test_setup(other_text_is_none, clear_documents),
        cmocka_unit_test_setup(what_the_redactor_leaves_is_a_hole, clear_documents),
        cmocka_unit_test_setup(holes_are_told_in_canonical_order, clear_documents),
        cmocka_unit_test_setup(finding_leaves_the_document, clear_documents),
        cmocka_unit_test_setup(a_hole_takes_what_stands_in_its_place, clear_documents),
        cmocka_unit_test_setup(what_is_not_whole_or_empty_fills_nothing, clear_documents),
        cmocka_unit_test_setup(what_is_left_has_to_fit, clear_documents),
        cmocka_unit_test_setup(elements_are_matched_by_identity, clear_documents),
        cmocka_unit_test_setup(an_identity_of_several_is_none, clear_documents),
        cmocka_unit_test_setup(elements_without_identity_are_matched_by_index_in_equal_lists,
                               clear_documents),
        cmocka_unit_test_setup(what_fills_is_copied_and_secret, clear_documents),
        cmocka_unit_test_setup(a_person_fills_by_path, clear_documents),
        cmocka_unit_test_setup(a_path_to_no_hole_is_left_alone, clear_documents),
        cmocka_unit_test_setup(what_is_no_whole_string_or_map_is_left_alone, clear_documents),
        cmocka_unit_test_setup(a_path_that_leads_to_several_holes_is_left_alone, clear_documents),
        cmocka_unit_test_setup(what_a_person_gives_is_copied_and_secret, clear_documents),
        cmocka_unit_test_setup(holes_are_left_out, clear_documents),
        cmocka_unit_test_setup(holes_stand_for_anything, clear_documents),
        cmocka_unit_test_setup(other_differences_count, clear_documents),
        cmocka_unit_test_setup(what_was_dug_is_filled_again, clear_documents),
        cmocka_unit_test_setup(nothing_that_is_filled_has_holes_or_changes_the_rest,
                               clear_documents),
        cmocka_unit_test_setup(hostile_texts_and_lists_take_no_time_to_speak_of, clear_documents),
    };
    return cmocka_run_group_tests_name("hole", tests, NULL, release_documents);
}
