#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/node.h"
#include "gen.h"

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

static struct str numbered(size_t i)
{
    return arena_printf(&arena, "k%03zu", i);
}

static void assert_sorted(const struct node *map)
{
    for (size_t i = 1; i < map->map.n; i++)
        assert_true(node_key_cmp(map->map.items[i - 1].key, map->map.items[i].key) < 0);
}

static void constructors_say_what_they_make(void **state)
{
    (void)state;
    assert_int_equal(node_null().type, NODE_NULL);
    assert_true(node_bool(true).boolean);
    assert_true(str_is(node_cstring("x").text, "x"));
    assert_true(str_is(node_cstring(NULL).text, ""));
    assert_int_equal(node_list(&arena, 5).list.n, 0);
    assert_int_equal(node_map(&arena, 0).map.n, 0);
    assert_true(str_is(node_integer(&arena, 0).text, "0"));
    assert_true(str_is(node_integer(&arena, -12).text, "-12"));
    assert_true(str_is(node_integer(&arena, LLONG_MAX).text, "9223372036854775807"));
    assert_true(str_is(node_integer(&arena, LLONG_MIN).text, "-9223372036854775808"));
}

static void numbers_are_found_by_their_grammar(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {
        {"", 0},    {"-", 0},   {"x", 0},      {"+1", 0},    {".5", 0},      {"0", 1},
        {"-0", 2},  {"01", 1},  {"-01", 2},    {"12", 2},    {"12x", 2},     {"1.5", 3},
        {"1.", 1},  {"1.x", 1}, {"1e5", 3},    {"1E+05", 5}, {"1.25e-3", 7}, {"1e", 1},
        {"1e+", 1}, {"1ex", 1}, {"1.5e5.", 5}, {"0x1", 1},   {"--1", 0},     {"1.2.3", 3},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++)
        assert_int_equal(node_number_length(str_of(rows[i].text)), rows[i].length);
    assert_int_equal(node_number_length((struct str){"1.5e7", 4}), 3);
    assert_int_equal(node_number_length((struct str){"1\0", 2}), 1);
}

static void exponents_get_a_dot_and_a_sign(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"1e3", "1.0e+3"},    {"1E-3", "1.0E-3"},     {"1.5e3", "1.5e+3"}, {"-1E+5", "-1.0E+5"},
        {"1.0e+3", "1.0e+3"}, {"1.10", "1.10"},       {"-0.0", "-0.0"},    {"100", "100"},
        {"0e0", "0.0e+0"},    {"1.5E-07", "1.5E-07"},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        struct node number = node_number(&arena, str_of(rows[i][0]));
        assert_true(str_is(number.text, rows[i][1]));
        number = node_number(&arena, number.text); /* once is enough */
        assert_true(str_is(number.text, rows[i][1]));
    }
}

static void lists_grow(void **state)
{
    (void)state;
    for (size_t room = 0; room < 9; room++) {
        struct node list = node_list(&arena, room);
        for (size_t i = 0; i < 100; i++)
            node_list_add(&arena, &list, node_integer(&arena, (long long)i));
        assert_int_equal(list.list.n, 100);
        for (size_t i = 0; i < 100; i++)
            assert_true(str_eq(list.list.items[i].text, node_integer(&arena, (long long)i).text));
    }
}

/* Items that somebody laid out himself have no room that we know of. */
static void a_list_made_by_hand_grows_into_memory_of_its_own(void **state)
{
    (void)state;
    struct node items[3] = {node_bool(true), node_null(), node_null()};
    struct node list = {.type = NODE_LIST, .list = {.items = items, .n = 1}};
    node_list_add(&arena, &list, node_cstring("x"));
    assert_ptr_not_equal(list.list.items, items);
    assert_int_equal(items[1].type, NODE_NULL);
    assert_true(list.list.items[0].boolean);
    assert_int_equal(list.list.items[1].type, NODE_STRING);
}

static void maps_keep_their_order_and_their_keys_unique(void **state)
{
    (void)state;
    struct gen g = gen_start("node maps");
    for (int round = 0; round < 200; round++) {
        arena_reset(&arena);
        struct node map = node_map(&arena, gen_below(&g, 4));
        bool present[40] = {false};
        size_t n = 0;
        for (int step = 0; step < 100; step++) {
            size_t i = gen_below(&g, 40);
            bool expected = present[i];
            assert_int_equal(node_get(&map, numbered(i)) != NULL, expected);
            if (gen_below(&g, 3) == 0) {
                assert_int_equal(node_map_remove(&map, numbered(i)), expected);
                present[i] = false;
            } else {
                node_map_set(&arena, &map, numbered(i), node_integer(&arena, step));
                assert_true(
                    str_eq(node_get(&map, numbered(i))->text, node_integer(&arena, step).text));
                present[i] = true;
            }
            n = n + present[i] - expected;
            assert_int_equal(map.map.n, n);
            assert_sorted(&map);
        }
    }
}

static void what_is_no_map_has_no_members(void **state)
{
    (void)state;
    struct node list = node_list(&arena, 0), null = node_null(), map = node_map(&arena, 0);
    assert_null(node_get(&list, STR("a")));
    assert_null(node_get(&null, STR("a")));
    assert_false(node_map_remove(&map, STR("a")));
    node_map_set(&arena, &map, STR("a"), node_bool(true));
    node_map_set(&arena, &map, STR("b"), node_cstring("text"));
    assert_true(str_is(node_get_text(&map, STR("a")), ""));
    assert_true(str_is(node_get_text(&map, STR("b")), "text"));
    assert_true(str_is(node_get_text(&map, STR("c")), ""));
    assert_true(str_is(node_get_text(&null, STR("c")), ""));
}

static void keys_stand_in_canonical_order(void **state)
{
    (void)state;
    static const char *const order[] = {"_id",        "name", "description", "",        "A",
                                        "_i",         "_id2", "a",           "aa",      "b",
                                        "descriptio", "nam",  "namee",       "\xC3\xA9"};
    for (size_t i = 0; i < GEN_COUNT(order); i++) {
        for (size_t j = 0; j < GEN_COUNT(order); j++) {
            int got = node_key_cmp(str_of(order[i]), str_of(order[j]));
            assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
        }
    }
}

static void members_are_sorted_and_twins_found(void **state)
{
    (void)state;
    struct gen g = gen_start("node sort");
    for (size_t n = 0; n < 80; n++) {
        struct member *members = arena_array(&arena, n + 1, sizeof *members);
        for (size_t i = 0; i < n; i++) {
            size_t j = gen_below(&g, i + 1);
            members[i] = members[j];
            members[j].key = numbered(i);
        }
        struct err err = {0};
        struct node map = {.type = NODE_MAP, .map = {members, n}};
        assert_int_equal(node_map_sort(members, n, &err), 0);
        assert_sorted(&map);
        if (n == 0)
            continue;
        members[n].key = numbered(gen_below(&g, n));
        char text[64];
        snprintf(text, sizeof text, "the key \"%s\" stands twice", members[n].key.p);
        assert_int_equal(node_map_sort(members, n + 1, &err), -1);
        assert_int_equal(err.cls, ERR_BAD);
        assert_string_equal(err.text, text);
    }
}

static void equality_ignores_what_is_no_value(void **state)
{
    (void)state;
    struct node a = node_cstring("x"), b = node_cstring("x");
    b.secret = true;
    b.line = 7;
    assert_true(node_eq(&a, &b));
    assert_int_equal(node_cmp(&a, &b), 0);
    struct node one = node_number(&arena, STR("1")), text = node_cstring("1");
    assert_false(node_eq(&one, &text));
    struct node same = node_number(&arena, STR("1.0"));
    assert_false(node_eq(&one, &same)); /* numbers are their spelling */
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void values_are_totally_ordered(void **state)
{
    (void)state;
    enum { N = 60 };
    struct gen g = gen_start("node order");
    struct node nodes[N];
    for (size_t i = 0; i < N; i++)
        nodes[i] = gen_node(&g, &arena, gen_below(&g, 3));
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            int ij = sign(node_cmp(&nodes[i], &nodes[j]));
            assert_int_equal(ij, -sign(node_cmp(&nodes[j], &nodes[i])));
            assert_int_equal(ij == 0, node_eq(&nodes[i], &nodes[j]));
            for (size_t k = 0; k < N; k++)
                if (ij <= 0 && node_cmp(&nodes[j], &nodes[k]) <= 0)
                    assert_true(node_cmp(&nodes[i], &nodes[k]) <= 0);
        }
    }
}

static void copies_are_equal_and_borrow_nothing(void **state)
{
    (void)state;
    struct gen g = gen_start("node copy");
    for (int i = 0; i < 2000; i++) {
        struct arena first = {0}, second = {0};
        struct node original = gen_node(&g, &first, 4);
        original.line = 3;
        original.secret = true;
        struct node shuffled = gen_shuffled(&g, &first, &original);
        struct node copy = node_copy(&arena, &original);
        assert_true(node_eq(&copy, &original));
        assert_true(node_eq(&copy, &shuffled));
        assert_int_equal(copy.line, 3);
        assert_true(copy.secret);
        struct node again = node_copy(&second, &copy);
        arena_release(&first); /* under a sanitizer, a borrowed byte shows here */
        assert_true(node_eq(&copy, &again));
        arena_release(&second);
        arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(constructors_say_what_they_make, clear),
        cmocka_unit_test_setup(numbers_are_found_by_their_grammar, clear),
        cmocka_unit_test_setup(exponents_get_a_dot_and_a_sign, clear),
        cmocka_unit_test_setup(lists_grow, clear),
        cmocka_unit_test_setup(a_list_made_by_hand_grows_into_memory_of_its_own, clear),
        cmocka_unit_test_setup(maps_keep_their_order_and_their_keys_unique, clear),
        cmocka_unit_test_setup(what_is_no_map_has_no_members, clear),
        cmocka_unit_test_setup(keys_stand_in_canonical_order, clear),
        cmocka_unit_test_setup(members_are_sorted_and_twins_found, clear),
        cmocka_unit_test_setup(equality_ignores_what_is_no_value, clear),
        cmocka_unit_test_setup(values_are_totally_ordered, clear),
        cmocka_unit_test_setup(copies_are_equal_and_borrow_nothing, clear),
    };
    return cmocka_run_group_tests_name("node", tests, NULL, release);
}
