#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/width.h"

static void columns_of_text(void **state)
{
    (void)state;
    assert_int_equal(width_of(STR("")), 0);
    assert_int_equal(width_of(STR("abc")), 3);
    assert_int_equal(width_of(STR("Zürich")), 6);
    assert_int_equal(width_of(STR("e\xcc\x81")), 1);
    assert_int_equal(width_of(STR("订单")), 4);
    assert_int_equal(width_of(STR("한국어")), 6);
    assert_int_equal(width_of(STR("→")), 1);
    assert_int_equal(width_of(STR("\xff\xfe")), 2);
    assert_int_equal(width_of(STR("a\xe8\xae")), 3);
    assert_int_equal(width_of(STR("a\tb")), 3);
}

static void assert_cut(struct str text, size_t columns, struct str want)
{
    struct str cut = width_cut(text, columns);
    assert_int_equal(cut.n, want.n);
    assert_true(str_eq(cut, want));
}

static void cut_between_characters(void **state)
{
    (void)state;
    assert_cut(STR("abc"), 2, STR("ab"));
    assert_cut(STR("abc"), 3, STR("abc"));
    assert_cut(STR("abc"), 0, STR(""));
    assert_cut(STR("订单x"), 3, STR("订"));
    assert_cut(STR("订单x"), 4, STR("订单"));
    assert_cut(STR("e\xcc\x81x"), 1, STR("e\xcc\x81"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_text),
        cmocka_unit_test(cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
