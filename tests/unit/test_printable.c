/* What printable() takes out of text from outside, and what it leaves. */
#include "base/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void becomes(const char *text, const char *expected)
{
    char shown[256];
    size_t n = strlen(text);
    assert_true(n < sizeof shown);
    memcpy(shown, text, n + 1);
    printable(shown, n);
    assert_string_equal(shown, expected);
}

static void ordinary_text_stays(void **state)
{
    (void)state;
    becomes("", "");
    becomes("Orders to NetSuite (5e8f)", "Orders to NetSuite (5e8f)");
    becomes("Café Zürich – 注文 🚀 👩‍👩‍👧",
            "Café Zürich – 注文 🚀 👩‍👩‍👧");
}

static void what_acts_on_a_terminal_does_not(void **state)
{
    (void)state;
    becomes("a\x1b[31mb", "a?[31mb");
    becomes("a\tb\nc\rd\x7f", "a?b?c?d?");
    becomes("\xC2\x9B"
            "31m",
            "??31m");
    becomes("\xE2\x80\xAEgnp.exe", "???gnp.exe");
    becomes("\xE2\x81\xA6x\xE2\x81\xA9", "???x???");
    becomes("\xD8\x9C\xE2\x80\xA8", "?????");
}

static void a_sequence_cut_off_is_no_sequence(void **state)
{
    (void)state;
    becomes("a\xC2", "a\xC2");
    becomes("a\xE2\x80", "a\xE2\x80");
}

static void a_secret_is_hidden_wherever_it_stands(void **state)
{
    (void)state;
    static const char secret[] = "s3cret-token";
    printable_hide(secret);
    becomes("Bearer s3cret-token is not welcome", "Bearer ************ is not welcome");
    becomes("s3cret-tokens3cret-token", "************************");
    becomes("s3cret token", "s3cret token");
    printable_show(secret);
    becomes("s3cret-token", "s3cret-token");
}

static void a_secret_cut_off_at_the_end_is_hidden(void **state)
{
    (void)state;
    static const char secret[] = "s3cret-token";
    printable_hide(secret);
    becomes("Bearer s3cret-t", "Bearer ********");
    becomes("Bearer s3cre", "Bearer s3cre"); /* too little to matter */
    becomes("s3cret-", "*******");
    printable_show(secret);
}

static void a_short_secret_would_hide_everything(void **state)
{
    (void)state;
    static const char secret[] = "abc";
    printable_hide(secret);
    becomes("abc", "abc");
    printable_show(secret);
}

static void several_secrets_are_hidden(void **state)
{
    (void)state;
    static const char one[] = "first-secret", other[] = "other-secret";
    printable_hide(one);
    printable_hide(other);
    becomes("first-secret, other-secret", "************, ************");
    printable_show(one);
    becomes("first-secret, other-secret", "first-secret, ************");
    printable_show(other);
    becomes("other-secret", "other-secret");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_text_stays),
        cmocka_unit_test(what_acts_on_a_terminal_does_not),
        cmocka_unit_test(a_sequence_cut_off_is_no_sequence),
        cmocka_unit_test(a_secret_is_hidden_wherever_it_stands),
        cmocka_unit_test(a_secret_cut_off_at_the_end_is_hidden),
        cmocka_unit_test(a_short_secret_would_hide_everything),
        cmocka_unit_test(several_secrets_are_hidden),
    };
    return cmocka_run_group_tests_name("printable", tests, NULL, NULL);
}
