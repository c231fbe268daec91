#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const verbs[] = {"init", "sync", "status", "restore", "resume", "list", "log"};

static const char *nearest_verb(const char *word)
{
    return nearest(word, verbs, sizeof verbs / sizeof *verbs);
}

static void each_kind_of_edit_is_one(void **state)
{
    (void)state;
    assert_string_equal(nearest_verb("synac"), "sync"); /* a letter more */
    assert_string_equal(nearest_verb("syn"), "sync");   /* a letter less */
    assert_string_equal(nearest_verb("sinc"), "sync");  /* another letter */
    assert_string_equal(nearest_verb("sycn"), "sync");  /* neighbours swapped */
    assert_string_equal(nearest_verb("ysnc"), "sync");  /* ... at the beginning */
    assert_string_equal(nearest_verb("stauts"), "status");
}

static void case_does_not_count(void **state)
{
    (void)state;
    assert_string_equal(nearest_verb("SYNC"), "sync");
    assert_string_equal(nearest_verb("ReStroe"), "restore");
}

static void the_limit_grows_with_the_word(void **state)
{
    (void)state;
    static const char *const known[] = {"abcdef"};
    assert_string_equal(nearest("xyzdef", known, 1), "abcdef"); /* 3 edits, 1 + 6 / 3 allowed */
    assert_null(nearest("wxyzef", known, 1));                   /* 4 */
    assert_string_equal(nearest("abcd", known, 1), "abcdef");   /* 2 edits, 1 + 4 / 3 allowed */
    assert_null(nearest("abc", known, 1));                      /* 3, 1 + 3 / 3 allowed */
}

static void what_is_far_is_not_meant(void **state)
{
    (void)state;
    assert_null(nearest_verb("frobnicate"));
    assert_null(nearest_verb(""));
    assert_null(nearest("sync", NULL, 0));
}

static void of_equals_the_first(void **state)
{
    (void)state;
    static const char *const pair[] = {"cat", "car"};
    assert_string_equal(nearest("cab", pair, 2), "cat");
}

static void long_words_are_passed_over(void **state)
{
    (void)state;
    char long_word[66];
    memset(long_word, 'a', sizeof long_word - 1);
    long_word[65] = '\0';
    const char *const known[] = {long_word, long_word + 1};
    assert_null(nearest(long_word, known, 2));
    assert_ptr_equal(nearest(long_word + 1, known, 2), known[1]);
    assert_null(nearest("\xff\xfe", known, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_edit_is_one),
        cmocka_unit_test(case_does_not_count),
        cmocka_unit_test(the_limit_grows_with_the_word),
        cmocka_unit_test(what_is_far_is_not_meant),
        cmocka_unit_test(of_equals_the_first),
        cmocka_unit_test(long_words_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
