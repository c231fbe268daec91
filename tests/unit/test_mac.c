#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/mac.h"

/* A str of n bytes c, in memory of exactly that size, so that a sanitizer sees any step beyond. */
static struct str filled(char c, size_t n)
{
    char *p = malloc(n);
    assert_non_null(p);
    memset(p, c, n);
    return (struct str){.p = p, .n = n};
}

static void assert_mac(struct str key, struct str text, const char *want)
{
    char hex[MAC_HEX + 1];
    mac_tag(key, text, hex);
    assert_string_equal(hex, want);
}

/* RFC 4231, section 4. */
static void vectors_of_the_rfc_hold(void **state)
{
    (void)state;
    struct str key = filled(0x0b, 20);
    assert_mac(key, STR("Hi There"),
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    free((void *)key.p);
    assert_mac(STR("Jefe"), STR("what do ya want for nothing?"),
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    struct str long_key = filled((char)0xaa, 131);
    assert_mac(long_key, STR("Test Using Larger Than Block-Size Key - Hash Key First"),
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    free((void *)long_key.p);
    struct str data_key = filled((char)0xaa, 20), data = filled((char)0xdd, 50);
    assert_mac(data_key, data, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    free((void *)data_key.p);
    free((void *)data.p);
}

static void nothing_is_a_key_and_a_text_too(void **state)
{
    (void)state;
    assert_mac((struct str){0}, (struct str){0},
               "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    assert_mac(STR(""), STR(""),
               "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void every_byte_counts(void **state)
{
    (void)state;
    char one[MAC_HEX + 1], two[MAC_HEX + 1];
    mac_tag(STR("k"), STR("a\0b"), one);
    mac_tag(STR("k"), STR("a\0c"), two);
    assert_string_not_equal(one, two);
    mac_tag(STR("l"), STR("a\0b"), two);
    assert_string_not_equal(one, two);
    mac_tag(STR("k"), STR("a\0b"), two);
    assert_string_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_rfc_hold),
        cmocka_unit_test(nothing_is_a_key_and_a_text_too),
        cmocka_unit_test(every_byte_counts),
    };
    return cmocka_run_group_tests_name("mac", tests, NULL, NULL);
}
