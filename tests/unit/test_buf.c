#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/buf.h"

static void appends_follow_each_other(void **state)
{
    (void)state;
    AUTO(buf_release) struct buf b = BUF_MAX(1000);
    assert_string_equal(buf_cstr(&b), "");
    assert_int_equal(buf_view(&b).n, 0);
    buf_bytes(&b, NULL, 0);
    buf_str(&b, STR("ab"));
    buf_char(&b, 'c');
    buf_fill(&b, '-', 3);
    buf_printf(&b, "%d", 42);
    assert_string_equal(buf_cstr(&b), "abc---42");
    assert_int_equal(buf_view(&b).n, 8);
    buf_cut(&b, 2);
    assert_string_equal(buf_cstr(&b), "ab");
    buf_reset(&b);
    assert_string_equal(buf_cstr(&b), "");
    buf_char(&b, '\0');
    assert_int_equal(buf_view(&b).n, 1);
}

static void the_maximum_can_be_filled_but_not_passed(void **state)
{
    (void)state;
    AUTO(buf_release) struct buf b = BUF_MAX(10);
    buf_str(&b, STR("0123456789"));
    assert_false(buf_overflowed(&b));
    buf_bytes(&b, "", 0);
    assert_false(buf_overflowed(&b));
    buf_char(&b, 'x');
    assert_true(buf_overflowed(&b));
    assert_string_equal(buf_cstr(&b), "0123456789");
    buf_reset(&b);
    assert_false(buf_overflowed(&b));
}

static void an_overflow_refuses_all_that_follows(void **state)
{
    (void)state;
    AUTO(buf_release) struct buf b = BUF_MAX(4);
    buf_str(&b, STR("ab"));
    buf_str(&b, STR("cde"));
    buf_char(&b, 'x'); /* would fit, but the text would have a hole */
    buf_printf(&b, "%s", "y");
    buf_fill(&b, 'z', 1);
    assert_true(buf_overflowed(&b));
    assert_string_equal(buf_cstr(&b), "ab");
}

static void growth_keeps_what_is_there(void **state)
{
    (void)state;
    AUTO(buf_release) struct buf b = BUF_MAX(1 << 20);
    for (int i = 0; i < 100000; i++)
        buf_char(&b, (char)('a' + i % 26));
    assert_int_equal(b.n, 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(b.p[i], 'a' + i % 26);
    assert_int_equal(b.p[b.n], '\0');
}

static void release_leaves_it_usable(void **state)
{
    (void)state;
    struct buf b = BUF_MAX(5);
    buf_str(&b, STR("too long"));
    buf_release(&b);
    assert_int_equal(b.max, 5);
    assert_false(buf_overflowed(&b));
    buf_str(&b, STR("fits"));
    assert_string_equal(buf_cstr(&b), "fits");
    buf_release(&b);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_follow_each_other),
        cmocka_unit_test(the_maximum_can_be_filled_but_not_passed),
        cmocka_unit_test(an_overflow_refuses_all_that_follows),
        cmocka_unit_test(growth_keeps_what_is_there),
        cmocka_unit_test(release_leaves_it_usable),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
