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
#include "format/utf8.h"
#include "gen.h"
#include "model/change.h"
#include "model/normalize.h"

enum { DOCUMENTS = 20000, ALL = 1000000 };

static struct buf out = BUF_MAX(16 << 20);

static int clear(void **state)
{
    clear_documents(state);
    buf_reset(&out);
    return 0;
}

static int release(void **state)
{
    release_documents(state);
    buf_release(&out);
    return 0;
}

static size_t changes(const char *before, const char *after, size_t most)
{
    struct node a = json(before), b = json(after);
    buf_reset(&out);
    return change_fields(kind_of(KIND_FLOW), &a, &b, most, &out);
}

static void assert_changes(const char *before, const char *after, size_t n, const char *want)
{
    assert_int_equal(changes(before, after, ALL), n);
    assert_string_equal(buf_cstr(&out), want);
    assert_int_equal(changes(after, before, ALL), n); /* either way */
    assert_string_equal(buf_cstr(&out), want);
}

static void a_path_leads_to_the_deepest_value_that_differs(void **state)
{
    (void)state;
    assert_changes("{\"a\":1}", "{\"a\":2}", 1, "a");
    assert_changes("{\"a\":{\"b\":{\"c\":1,\"d\":2}}}", "{\"a\":{\"b\":{\"c\":1,\"d\":3}}}", 1,
                   "a.b.d");
    assert_changes("{\"schedule\":\"x\",\"pageProcessors\":[{},{\"_importId\":\"a\"}]}",
                   "{\"schedule\":\"y\",\"pageProcessors\":[{},{\"_importId\":\"b\"}]}", 2,
                   "pageProcessors[1]._importId, schedule");
    assert_changes("{\"a\":[[1,[2]]]}", "{\"a\":[[1,[3]]]}", 1, "a[0][1][0]");
}

static void a_value_on_one_side_is_one_path(void **state)
{
    (void)state;
    assert_changes("{}", "{\"a\":{\"b\":1,\"c\":[1,2,3]}}", 1, "a");
    assert_changes("{\"a\":null}", "{}", 1, "a");
    assert_changes("{\"a\":{\"x\":1}}", "{\"a\":{\"x\":1,\"b\":{\"c\":1}}}", 1, "a.b");
}

static void lists_compare_by_position(void **state)
{
    (void)state;
    assert_changes("{\"a\":[1,2]}", "{\"a\":[1,2,3,4]}", 2, "a[2], a[3]");
    assert_changes("{\"a\":[1,2,3]}", "{\"a\":[0,1,2,3]}", 4, "a[0], a[1], a[2], a[3]");
    assert_changes("{\"a\":[]}", "{\"a\":[{\"b\":1}]}", 1, "a[0]");
    assert_changes("{\"a\":[]}", "{}", 1, "a");
}

static void another_type_is_one_change(void **state)
{
    (void)state;
    assert_changes("{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":[1,2]}", 1, "a");
    assert_changes("{\"a\":[1]}", "{\"a\":1}", 1, "a");
    assert_changes("{\"a\":\"1\"}", "{\"a\":1}", 1, "a");
    assert_changes("{\"a\":{}}", "{\"a\":[]}", 1, "a");
    assert_changes("{\"a\":null}", "{\"a\":false}", 1, "a");
    assert_changes("{\"a\":1}", "{\"a\":1.0}", 1, "a");
}

static void paths_come_in_canonical_order(void **state)
{
    (void)state;
    assert_changes("{}",
                   "{\"b\":1,\"a\":1,\"_x\":1,\"Z\":1,\"description\":1,\"name\":1,\"_id\":1}", 7,
                   "_id, name, description, Z, _x, a, b");
    assert_changes("{\"m\":{\"name\":1,\"a\":1}}", "{\"m\":{\"name\":2,\"a\":2}}", 2,
                   "m.name, m.a");
}

static void stamps_are_left_out(void **state)
{
    (void)state;
    assert_changes("{\"lastModified\":1}", "{\"lastModified\":2,\"lastModifiedBy\":3}", 0, "");
    assert_changes("{\"a\":1,\"lastModified\":1}", "{\"a\":2}", 1, "a");
    assert_changes("{\"a\":{\"lastModified\":1}}", "{\"a\":{\"lastModified\":2}}", 1,
                   "a.lastModified"); /* one is a stamp at the root only */
    struct node a = json("{\"lastModified\":1}"), b = json("{\"lastModified\":2}");
    buf_reset(&out);
    assert_int_equal(change_fields(kind_of(KIND_AUDIT), &a, &b, 9, &out), 1);
    assert_string_equal(buf_cstr(&out), "lastModified");
}

static void documents_stay_as_they_are(void **state)
{
    (void)state;
    struct node a = json("{\"a\":1,\"lastModified\":1}"), b = json("{\"lastModified\":2}");
    struct node was = node_copy(&arena, &a);
    change_fields(kind_of(KIND_FLOW), &a, &b, 9, &out);
    assert_true(node_eq(&a, &was));
}

static void more_than_the_most_are_counted(void **state)
{
    (void)state;
    static const char before[] = "{}", after[] = "{\"a\":1,\"b\":1,\"c\":1,\"d\":1}";
    assert_int_equal(changes(before, after, 4), 4);
    assert_string_equal(buf_cstr(&out), "a, b, c, d");
    assert_int_equal(changes(before, after, 3), 4);
    assert_string_equal(buf_cstr(&out), "a, b, c and 1 more");
    assert_int_equal(changes(before, after, 1), 4);
    assert_string_equal(buf_cstr(&out), "a and 3 more");
}

static void text_is_appended(void **state)
{
    (void)state;
    struct node a = json("{}"), b = json("{\"a\":1}");
    buf_str(&out, STR("x: "));
    change_fields(kind_of(KIND_FLOW), &a, &b, 9, &out);
    assert_string_equal(buf_cstr(&out), "x: a");
}

static void odd_keys_are_quoted(void **state)
{
    (void)state;
    assert_changes("{}", "{\"a b\":1}", 1, "\"a b\"");
    assert_changes("{}", "{\"\":1}", 1, "\"\"");
    assert_changes("{}", "{\"a.b\":1}", 1, "\"a.b\"");
    assert_changes("{}", "{\"a[0]\":1}", 1, "\"a[0]\"");
    assert_changes("{}", "{\"a,\":1}", 1, "\"a,\"");
    assert_changes("{\"m\":{\"a b\":[1]}}", "{\"m\":{\"a b\":[2]}}", 1, "m.\"a b\"[0]");
    assert_changes("{}", "{\"$ref-x_9\":1}", 1, "$ref-x_9");
}

/* ---- printable, whatever the keys ---- */

static void assert_printable(struct str text)
{
    for (size_t at = 0, n; at < text.n; at += n) {
        uint32_t c;
        n = utf8_decode(text, at, &c);
        if (n == 0)
            fail_msg("no UTF-8 at byte %zu of: %.*s", at, STR_ARG(text));
        bool hides = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F ||
                     (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        if (hides)
            fail_msg("U+%04X at byte %zu of: %.*s", (unsigned)c, at, STR_ARG(text));
    }
}

static void control_characters_do_not_come_through(void **state)
{
    (void)state;
    static const char *const keys[] = {"a\\nb",     "\\u001b[31m", "a\\tb",  "a\\u0085b",
                                       "a\\u007fb", "\\r",         "a\\\"b", "\\u009b1",
                                       "a\\u202eb", "a\\u2028b"};
    size_t bad = 0;
    for (size_t i = 0; i < GEN_COUNT(keys); i++) {
        changes("{}", arena_printf(&arena, "{\"%s\":1}", keys[i]).p, 9);
        assert_int_equal(out.p[0], '"');
        for (size_t c = 0; c < out.n; c++)
            if ((unsigned char)out.p[c] < 0x20 || out.p[c] == 0x7F)
                bad++;
        assert_printable(buf_view(&out));
    }
    assert_int_equal(bad, 0);
}

static void a_long_odd_key_is_cut_between_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        struct buf key = BUF_MAX(1024);
        buf_fill(&key, 'a', shift);
        for (int i = 0; i < 60; i++)
            buf_str(&key, STR("\xE6\xB3\xA8"));
        struct node a = node_map(&arena, 1), b = node_map(&arena, 1);
        node_map_set(&arena, &b, buf_view(&key), node_null());
        buf_reset(&out);
        assert_int_equal(change_fields(kind_of(KIND_FLOW), &a, &b, 9, &out), 1);
        assert_true(out.n < 100);
        assert_printable(buf_view(&out));
        buf_release(&key);
    }
}

/* One key of a megabyte must not take the others' paths with it. */
static void a_huge_key_leaves_the_other_paths_whole(void **state)
{
    (void)state;
    enum { HUGE_KEY = 1 << 20 };
    char *key = arena_alloc(&arena, HUGE_KEY);
    memset(key, 'k', HUGE_KEY);
    struct node a = node_map(&arena, 1), b = node_map(&arena, 3);
    node_map_set(&arena, &b, STR("before"), node_null());
    node_map_set(&arena, &b, (struct str){key, HUGE_KEY}, node_null());
    node_map_set(&arena, &b, STR("then"), node_null());
    assert_int_equal(change_fields(kind_of(KIND_FLOW), &a, &b, 9, &out), 3);
    assert_int_equal(strncmp(buf_cstr(&out), "before, ", 8), 0);
    if (!str_ends(buf_view(&out), STR(", then")))
        fail_msg("ends in: %s", buf_cstr(&out) + (out.n > 40 ? out.n - 40 : 0));
}

/* ---- as a list ---- */

static struct change_field *listed(const struct node *before, const struct node *after)
{
    return change_list(&arena, kind_of(KIND_FLOW), before, after);
}

static void a_list_has_the_values_of_both_sides(void **state)
{
    (void)state;
    struct node before = json("{\"_id\":\"x\",\"a\":{\"b\":1},\"c\":[1,2],\"d\":{\"e\":1}}");
    struct node after = json("{\"_id\":\"x\",\"a\":{\"b\":2},\"c\":[1,2,3],\"f\":null}");
    struct change_field *field = listed(&before, &after);
    assert_string_equal(field->path, "a.b");
    assert_ptr_equal(field->before, node_get(node_get(&before, STR("a")), STR("b")));
    assert_ptr_equal(field->after, node_get(node_get(&after, STR("a")), STR("b")));
    field = field->next;
    assert_string_equal(field->path, "c[2]");
    assert_null(field->before);
    assert_ptr_equal(field->after, &node_get(&after, STR("c"))->list.items[2]);
    field = field->next;
    assert_string_equal(field->path, "d");
    assert_ptr_equal(field->before, node_get(&before, STR("d")));
    assert_null(field->after);
    field = field->next;
    assert_string_equal(field->path, "f");
    assert_null(field->before);
    assert_ptr_equal(field->after, node_get(&after, STR("f")));
    assert_null(field->next);
}

static void a_list_of_nothing_is_none(void **state)
{
    (void)state;
    struct node a = json("{\"a\":1,\"lastModified\":1}"), b = json("{\"a\":1,\"lastModified\":2}");
    assert_null(listed(&a, &a));
    assert_null(listed(&a, &b)); /* stamps are left out */
}

static void documents_that_are_no_maps_have_one_field_without_a_path(void **state)
{
    (void)state;
    struct node a = json("{}"), b = json("[]");
    struct change_field *field = listed(&a, &b);
    assert_string_equal(field->path, "");
    assert_ptr_equal(field->before, &a);
    assert_ptr_equal(field->after, &b);
    assert_null(field->next);
}

/* ---- by property ---- */

static struct node random_map(struct gen *g)
{
    struct node doc;
    do
        doc = gen_document(g, &arena);
    while (doc.type != NODE_MAP);
    return doc;
}

/* Changes a value somewhere. */
static void damage(struct gen *g, struct node *node)
{
    if (node->type == NODE_MAP && node->map.n > 0 && gen_below(g, 4)) {
        damage(g, &node->map.items[gen_below(g, node->map.n)].value);
    } else if (node->type == NODE_LIST && node->list.n > 0 && gen_below(g, 4)) {
        damage(g, &node->list.items[gen_below(g, node->list.n)]);
    } else if (node->type == NODE_MAP && gen_below(g, 2)) {
        struct str key = gen_key(g, &arena);
        node_map_set(&arena, node, key, gen_node(g, &arena, 1));
    } else if (node->type == NODE_LIST && gen_below(g, 2)) {
        node_list_add(&arena, node, gen_node(g, &arena, 1));
    } else {
        *node = gen_node(g, &arena, 1);
    }
}

static void a_document_does_not_differ_from_itself(void **state)
{
    (void)state;
    struct gen g = gen_start("change none");
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        buf_reset(&out);
        struct node doc = gen_document(&g, &arena), same = gen_shuffled(&g, &arena, &doc);
        const struct kind *kind = kind_of((enum kind_id)gen_below(&g, KIND_COUNT));
        assert_int_equal(change_fields(kind, &doc, &doc, 9, &out), 0);
        assert_int_equal(change_fields(kind, &doc, &same, 9, &out), 0);
        assert_int_equal(out.n, 0);
    }
}

static void none_is_told_exactly_where_stamps_alone_differ(void **state)
{
    (void)state;
    struct gen g = gen_start("change");
    const struct kind *kind = kind_of(KIND_EXPORT);
    size_t differ = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        buf_reset(&out);
        struct node a = random_map(&g), b = node_copy(&arena, &a);
        if (gen_below(&g, 2))
            damage(&g, &b);
        if (gen_below(&g, 2) && b.type == NODE_MAP)
            node_map_set(&arena, &b, str_of(kind->stamps[0]), gen_node(&g, &arena, 1));
        size_t n = change_fields(kind, &a, &b, ALL, &out);
        assert_int_equal(n == 0, normalize_same_but_stamps(kind, &a, &b));
        differ += n > 0;
        buf_reset(&out);
        assert_int_equal(change_fields(kind, &b, &a, ALL, &out), n);
    }
    assert_true(differ > DOCUMENTS / 8);
}

static void the_text_is_printable_whatever_the_documents(void **state)
{
    (void)state;
    struct gen g = gen_start("change text");
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        buf_reset(&out);
        struct node a = random_map(&g), b = node_copy(&arena, &a);
        damage(&g, &b);
        damage(&g, &b);
        change_fields(kind_of(KIND_FLOW), &a, &b, 5, &out);
        assert_printable(buf_view(&out));
    }
}

static void a_list_tells_what_the_text_tells(void **state)
{
    (void)state;
    struct gen g = gen_start("change list");
    size_t told = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        buf_reset(&out);
        struct node a = random_map(&g), b = node_copy(&arena, &a);
        damage(&g, &b);
        damage(&g, &b);
        size_t n = change_fields(kind_of(KIND_FLOW), &a, &b, ALL, &out);
        struct buf text = BUF_MAX(16 << 20);
        for (struct change_field *f = listed(&a, &b); f; f = f->next, n--) {
            buf_printf(&text, "%s%s", text.n ? ", " : "", f->path);
            assert_true(f->before || f->after);
            if (f->before && f->after)
                assert_false(node_eq(f->before, f->after));
            told++;
        }
        assert_int_equal(n, 0);
        assert_string_equal(buf_cstr(&text), buf_cstr(&out));
        buf_release(&text);
    }
    assert_true(told > DOCUMENTS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_path_leads_to_the_deepest_value_that_differs, clear),
        cmocka_unit_test_setup(a_value_on_one_side_is_one_path, clear),
        cmocka_unit_test_setup(lists_compare_by_position, clear),
        cmocka_unit_test_setup(another_type_is_one_change, clear),
        cmocka_unit_test_setup(paths_come_in_canonical_order, clear),
        cmocka_unit_test_setup(stamps_are_left_out, clear),
        cmocka_unit_test_setup(documents_stay_as_they_are, clear),
        cmocka_unit_test_setup(more_than_the_most_are_counted, clear),
        cmocka_unit_test_setup(text_is_appended, clear),
        cmocka_unit_test_setup(odd_keys_are_quoted, clear),
        cmocka_unit_test_setup(control_characters_do_not_come_through, clear),
        cmocka_unit_test_setup(a_long_odd_key_is_cut_between_characters, clear),
        cmocka_unit_test_setup(a_huge_key_leaves_the_other_paths_whole, clear),
        cmocka_unit_test_setup(a_list_has_the_values_of_both_sides, clear),
        cmocka_unit_test_setup(a_list_of_nothing_is_none, clear),
        cmocka_unit_test_setup(documents_that_are_no_maps_have_one_field_without_a_path, clear),
        cmocka_unit_test_setup(a_document_does_not_differ_from_itself, clear),
        cmocka_unit_test_setup(none_is_told_exactly_where_stamps_alone_differ, clear),
        cmocka_unit_test_setup(the_text_is_printable_whatever_the_documents, clear),
        cmocka_unit_test_setup(a_list_tells_what_the_text_tells, clear),
    };
    return cmocka_run_group_tests_name("change", tests, NULL, release);
}
