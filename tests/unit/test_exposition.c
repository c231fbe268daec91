/* Prometheus' text format: what is escaped, how numbers are spelled. */
#include "format/exposition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void becomes(const struct exposition_label *labels, size_t n, double value, const char *want)
{
    struct buf out = BUF_MAX(4096);
    exposition_sample(&out, "x_total", labels, n, value);
    assert_string_equal(buf_cstr(&out), want);
    buf_release(&out);
}

static void a_family_has_help_and_type(void **state)
{
    (void)state;
    struct buf out = BUF_MAX(4096);
    exposition_family(&out, "x_total", "counter", "How many.");
    assert_string_equal(buf_cstr(&out), "# HELP x_total How many.\n# TYPE x_total counter\n");
    buf_release(&out);
}

static void numbers_are_spelled_plainly(void **state)
{
    (void)state;
    becomes(NULL, 0, 0, "x_total 0\n");
    becomes(NULL, 0, -1, "x_total -1\n");
    becomes(NULL, 0, 1795791773, "x_total 1795791773\n");
    becomes(NULL, 0, 0.25, "x_total 0.250\n");
    becomes(NULL, 0, 999999999999999, "x_total 999999999999999\n");
    becomes(NULL, 0, 1e300, "x_total 1.0000000000000001e+300\n");
}

static void labels_are_escaped_and_cut(void **state)
{
    (void)state;
    char long_text[300], want[300];
    struct exposition_label labels[] = {{"account", STR("a")}, {"flow", STR("x\"\\\n}")}};
    becomes(labels, 1, 1, "x_total{account=\"a\"} 1\n");
    becomes(labels, 2, 1, "x_total{account=\"a\",flow=\"x\\\"\\\\\\n}\"} 1\n");
    memset(long_text, 'a', sizeof long_text);
    memcpy(long_text + 199, "\xC3\xA9", 2); /* would be split */
    labels[0].value = (struct str){long_text, sizeof long_text};
    snprintf(want, sizeof want, "x_total{account=\"%.199s\"} 1\n", long_text);
    becomes(labels, 1, 1, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_family_has_help_and_type),
        cmocka_unit_test(numbers_are_spelled_plainly),
        cmocka_unit_test(labels_are_escaped_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
