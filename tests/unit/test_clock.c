#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "base/clock.h"
#include "gen.h"

static void assert_text(int64_t seconds, const char *text)
{
    char got[CLOCK_TEXT];
    clock_format(seconds, got);
    assert_string_equal(got, text);
}

static void times_are_written_in_utc(void **state)
{
    (void)state;
    setenv("TZ", "America/New_York", 1);
    tzset();
    assert_text(0, "1970-01-01T00:00:00Z");
    assert_text(1705320000, "2024-01-15T12:00:00Z");
    assert_text(951782400, "2000-02-29T00:00:00Z");
    assert_text(-1, "1969-12-31T23:59:59Z");
    assert_text(INT64_MIN, "0000-01-01T00:00:00Z");
    assert_text(INT64_MAX, "9999-12-31T23:59:59Z");
}

static void times_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2024-01-15T12:00:00Z", 1705320000},
        {"2024-01-15T12:00:00.000Z", 1705320000},
        {"2024-01-15T12:00:00.999999Z", 1705320000},
        {"1969-12-31T23:59:59Z", -1},
        {"0000-01-01T00:00:00Z", -62167219200},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        int64_t got = 42;
        assert_int_equal(clock_parse(str_of(rows[i].text), &got), 0);
        assert_int_equal(got, rows[i].seconds);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "Z",
        "2024-01-15",
        "2024-01-15T12:00:00",
        "2024-01-15 12:00:00Z",
        "2024-01-15T12:00:00+00:00",
        "2024-01-15T12:00:00.xZ",
        "2024-01-15T12:00:00xZ",
        "2024-13-15T12:00:00Z",
        "2024-00-15T12:00:00Z",
        "2024-01-32T12:00:00Z",
        "2024-01-00T12:00:00Z",
        "2024-01-15T24:00:00Z",
        "2024-01-15T12:60:00Z",
        "2024-01-15T12:00:61Z",
        "20240115T120000Z",
        "x024-01-15T12:00:00Z",
        "-024-01-15T12:00:00Z",
        "2024-01-15T12:00: 0Z",
        "12024-01-15T12:00:00Z",
    };
    for (size_t i = 0; i < GEN_COUNT(texts); i++) {
        int64_t got = 42;
        if (clock_parse(str_of(texts[i]), &got) != -1)
            fail_msg("%s is taken for %" PRId64, texts[i], got);
        assert_int_equal(got, 42);
    }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct gen g = gen_start("clock");
    for (int i = 0; i < 20000; i++) {
        int64_t seconds = (int64_t)(gen_next(&g) % 315569520000u) - 62167219200, back = 0;
        char text[CLOCK_TEXT];
        clock_format(seconds, text);
        assert_int_equal(clock_parse(str_of(text), &back), 0);
        assert_int_equal(seconds, back);
    }
}

static void time_goes_forward(void **state)
{
    (void)state;
    assert_true(clock_now() > 1700000000);
    int64_t before = clock_monotonic_ms();
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic_ms();
        assert_true(now >= before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_in_utc),   cmocka_unit_test(times_are_read),
        cmocka_unit_test(what_is_no_time_is_refused), cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(time_goes_forward),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
