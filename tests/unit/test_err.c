#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "base/err.h"

static void a_text_grows_outermost_first(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(err_set_code(&err, ERR_RETRY, 503, "GET /exports: %d", 503), -1);
    assert_int_equal(err_wrap(&err, "list %s", "exports"), -1);
    assert_string_equal(err.text, "list exports: GET /exports: 503");
    assert_int_equal(err.cls, ERR_RETRY);
    assert_int_equal(err.code, 503);
    assert_int_equal(err_set(&err, ERR_BAD, "other"), -1);
    assert_int_equal(err.code, 0);
    err_clear(&err);
    assert_int_equal(err.cls, ERR_NONE);
    assert_string_equal(err.text, "");
}

static void errno_is_told(void **state)
{
    (void)state;
    struct err err = {0};
    errno = ENOENT;
    assert_int_equal(err_errno(&err, "open %s", "x"), -1);
    assert_int_equal(err.cls, ERR_IO);
    assert_int_equal(err.code, ENOENT);
    assert_string_equal(err.text, "open x: No such file or directory");
}

static void control_characters_do_not_act(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_BAD, "%s",
            "a\n\x1B[31m\x7F"
            "b\xC3\xA9");
    assert_string_equal(err.text, "a??[31m?b\xC3\xA9");
    err_wrap(&err, "%s", "x\ty");
    assert_string_equal(err.text, "x?y: a??[31m?b\xC3\xA9");
}

/* Whatever is put in, the text ends within its room, in whole characters. */
static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    char text[3000];
    for (size_t shift = 0; shift < 4; shift++) {
        struct err err = {0};
        memset(text, 'x', shift);
        for (size_t i = shift; i + 4 < sizeof text; i += 4)
            memcpy(text + i, "\xF0\x9F\x98\x80", 5);
        err_set(&err, ERR_BAD, "%s", text);
        size_t n = strlen(err.text);
        assert_true(n < sizeof err.text && n > sizeof err.text - 8);
        assert_int_equal((n - shift) % 4, 0);
        err_wrap(&err, "ab");
        n = strlen(err.text);
        assert_true(n < sizeof err.text && n > sizeof err.text - 8);
        assert_int_equal((n - shift - 4) % 4, 0);
    }
}

/* An errno's text may not fit; what is there must still be whole. */
static void a_long_context_leaves_errno_cut_not_broken(void **state)
{
    (void)state;
    char text[1100];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct err err = {0};
    errno = EACCES;
    err_errno(&err, "%s", text);
    assert_true(strlen(err.text) < sizeof err.text);
    errno = EACCES;
    err_errno(&err, "%.*s", 1010, text);
    assert_true(strlen(err.text) < sizeof err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_grows_outermost_first),
        cmocka_unit_test(errno_is_told),
        cmocka_unit_test(control_characters_do_not_act),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(a_long_context_leaves_errno_cut_not_broken),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
