#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void equality_is_of_bytes(void **state)
{
    (void)state;
    assert_true(str_eq(STR(""), (struct str){NULL, 0}));
    assert_true(str_eq(STR("a\0b"), (struct str){"a\0b", 3}));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_false(str_eq(STR("a"), STR("ab")));
    assert_true(str_is(STR("ab"), "ab"));
    assert_false(str_is(STR("ab\0"), "ab"));
    assert_true(str_is(str_of(NULL), ""));
}

static void order_is_of_unsigned_bytes(void **state)
{
    (void)state;
    static const char *const order[] = {"", "A", "a", "aa", "ab", "b", "\x7F", "\x80", "\xC3\xA9"};
    const int n = sizeof order / sizeof *order;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            int got = str_cmp(str_of(order[i]), str_of(order[j]));
            assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
        }
    }
    assert_true(str_cmp(STR("a"), STR("a\0")) < 0);
}

static void ends_are_found(void **state)
{
    (void)state;
    assert_true(str_starts(STR("abc"), STR("ab")));
    assert_true(str_starts(STR("abc"), STR("")));
    assert_true(str_starts(STR(""), STR("")));
    assert_false(str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")));
    assert_true(str_ends(STR("abc"), STR("")));
    assert_false(str_ends(STR("c"), STR("bc")));
    assert_false(str_ends(STR("abd"), STR("bc")));
}

static void parts_stay_within(void **state)
{
    (void)state;
    assert_true(str_is(str_sub(STR("abcd"), 1, 2), "bc"));
    assert_true(str_is(str_sub(STR("abcd"), 1, SIZE_MAX), "bcd"));
    assert_true(str_is(str_sub(STR("abcd"), 4, 1), ""));
    assert_true(str_is(str_sub(STR("abcd"), 9, 1), ""));
    assert_non_null(str_sub((struct str){NULL, 0}, 0, 0).p);
}

static void bytes_are_found(void **state)
{
    (void)state;
    assert_int_equal(str_find(STR("abc"), 'c'), 2);
    assert_int_equal(str_find(STR("abc"), 'x'), 3);
    assert_int_equal(str_find((struct str){NULL, 0}, 'x'), 0);
    assert_int_equal(str_find(STR("a\0b"), 'b'), 2);
}

static void cutting_walks_the_fields(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,");
    assert_true(str_is(str_cut(&rest, ','), "a"));
    assert_true(str_is(str_cut(&rest, ','), ""));
    assert_true(str_is(str_cut(&rest, ','), "b"));
    assert_int_equal(rest.n, 0);
    assert_true(str_is(str_cut(&rest, ','), ""));
    rest = STR("whole");
    assert_true(str_is(str_cut(&rest, ','), "whole"));
    assert_int_equal(rest.n, 0);
}

static void printing_takes_length_and_bytes(void **state)
{
    (void)state;
    char text[16];
    struct str s = {"abcdef", 3};
    snprintf(text, sizeof text, "<%.*s>", STR_ARG(s));
    assert_string_equal(text, "<abc>");
    s = (struct str){NULL, 0};
    snprintf(text, sizeof text, "<%.*s>", STR_ARG(s));
    assert_string_equal(text, "<>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_is_of_bytes),
        cmocka_unit_test(order_is_of_unsigned_bytes),
        cmocka_unit_test(ends_are_found),
        cmocka_unit_test(parts_stay_within),
        cmocka_unit_test(bytes_are_found),
        cmocka_unit_test(cutting_walks_the_fields),
        cmocka_unit_test(printing_takes_length_and_bytes),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
