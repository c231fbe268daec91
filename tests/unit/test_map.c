#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/map.h"
#include "gen.h"

enum { MANY = 100000, ACTIONS = 200000 };

static struct arena arena;
static struct map map;

static int clear(void **state)
{
    (void)state;
    map_release(&map);
    arena_release(&arena);
    return 0;
}

static int values[4];

static void an_empty_map_holds_nothing(void **state)
{
    (void)state;
    assert_null(map_get(&map, STR("")));
    assert_null(map_get(&map, STR("x")));
    assert_int_equal(map.n, 0);
}

static void a_value_is_replaced_and_the_old_one_told(void **state)
{
    (void)state;
    assert_null(map_put(&map, STR("a"), &values[0]));
    assert_ptr_equal(map_put(&map, STR("a"), &values[1]), &values[0]);
    assert_ptr_equal(map_put(&map, STR("a"), &values[1]), &values[1]);
    assert_ptr_equal(map_get(&map, STR("a")), &values[1]);
    assert_int_equal(map.n, 1);
}

static void keys_are_bytes(void **state)
{
    (void)state;
    static const struct str keys[] = {GEN_STR(""),     GEN_STR("\0"),   GEN_STR("\0\0"),
                                      GEN_STR("a"),    GEN_STR("a\0"),  GEN_STR("a\0b"),
                                      GEN_STR("a\0c"), GEN_STR("\xFF"), GEN_STR("A")};
    static int marks[GEN_COUNT(keys)];
    for (size_t i = 0; i < GEN_COUNT(keys); i++)
        assert_null(map_put(&map, keys[i], &marks[i]));
    assert_int_equal(map.n, GEN_COUNT(keys));
    for (size_t i = 0; i < GEN_COUNT(keys); i++)
        assert_ptr_equal(map_get(&map, keys[i]), &marks[i]);
    assert_null(map_get(&map, STR("a\0d")));
    assert_ptr_equal(map_get(&map, (struct str){0}), &marks[0]);
}

static void a_key_is_found_by_content_not_by_place(void **state)
{
    (void)state;
    char same[] = "key";
    map_put(&map, STR("key"), &values[0]);
    assert_ptr_equal(map_get(&map, (struct str){same, 3}), &values[0]);
    assert_null(map_get(&map, (struct str){same, 2}));
}

static void it_grows_to_a_hundred_thousand(void **state)
{
    (void)state;
    struct str *keys = arena_array(&arena, MANY, sizeof *keys);
    for (size_t i = 0; i < MANY; i++) {
        keys[i] = arena_printf(&arena, "%08zx", i * 2654435761u % 4294967291u);
        assert_null(map_put(&map, keys[i], &keys[i]));
        assert_int_equal(map.n, i + 1);
        assert_true(map.capacity >= map.n && (map.capacity & (map.capacity - 1)) == 0);
    }
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(map_get(&map, keys[i]), &keys[i]);
        assert_null(map_get(&map, arena_printf(&arena, "no %zu", i)));
    }
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(map_put(&map, keys[i], &keys[MANY - 1 - i]), &keys[i]);
    assert_int_equal(map.n, MANY);
}

static void what_was_released_is_empty_and_usable(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 1000; i++)
            map_put(&map, arena_printf(&arena, "%zu", i), &values[0]);
        map_release(&map);
        assert_int_equal(map.n, 0);
        assert_null(map_get(&map, STR("1")));
    }
    map_release(&map);
}

/* Against the simplest model: an array by number. */
static void it_answers_like_an_array(void **state)
{
    (void)state;
    enum { KEYS = 700 };
    struct gen g = gen_start("map");
    static struct str keys[KEYS];
    static void *model[KEYS];
    static char marks[97];
    size_t n = 0;
    for (size_t i = 0; i < KEYS; i++)
        keys[i] = arena_printf(&arena, "%zu%s", i, i % 3 ? "-long-key-of-the-same-end" : "");
    for (int i = 0; i < ACTIONS; i++) {
        size_t k = gen_below(&g, KEYS);
        if (gen_below(&g, 4)) {
            assert_ptr_equal(map_get(&map, keys[k]), model[k]);
            continue;
        }
        void *value = &marks[gen_below(&g, sizeof marks)];
        n += !model[k];
        assert_ptr_equal(map_put(&map, keys[k], value), model[k]);
        model[k] = value;
        assert_int_equal(map.n, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_empty_map_holds_nothing, clear),
        cmocka_unit_test_teardown(a_value_is_replaced_and_the_old_one_told, clear),
        cmocka_unit_test_teardown(keys_are_bytes, clear),
        cmocka_unit_test_teardown(a_key_is_found_by_content_not_by_place, clear),
        cmocka_unit_test_teardown(it_grows_to_a_hundred_thousand, clear),
        cmocka_unit_test_teardown(what_was_released_is_empty_and_usable, clear),
        cmocka_unit_test_teardown(it_answers_like_an_array, clear),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
