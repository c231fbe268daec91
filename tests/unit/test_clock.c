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

/* ---- as a person writes them ---- */

enum { NOW = 1705320000 /* 2024-01-15T12:00:00Z */, HOUR = 3600, DAY = 24 * HOUR };

static void dates_of_people_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"2024-01-15", NOW + 12 * HOUR - 1},
        {"1970-01-01", DAY - 1},
        {"2024-01-15T12:00", NOW},
        {"2024-01-15T12:00Z", NOW},
        {"2024-01-15 12:00", NOW},
        {"2024-01-15 12:00Z", NOW},
        {"2024-01-15T12:00:30", NOW + 30},
        {"2024-01-15T12:00:30Z", NOW + 30},
        {"2024-01-15 12:00:30", NOW + 30},
        {"2024-01-15 12:00:30Z", NOW + 30},
        {"2024-01-15T12:00:30.123Z", NOW + 30},
        {"now", NOW},
        {"yesterday", NOW - DAY},
        {"0 seconds ago", NOW},
        {"1 second ago", NOW - 1},
        {"90 seconds ago", NOW - 90},
        {"5 minutes ago", NOW - 5 * 60},
        {"1 hour ago", NOW - HOUR},
        {"2 hours ago", NOW - 2 * HOUR},
        {"2 hour ago", NOW - 2 * HOUR},
        {"3 days ago", NOW - 3 * DAY},
        {"2 weeks ago", NOW - 14 * DAY},
        {"1 month ago", NOW - 30 * DAY},
        {"10 years ago", NOW - (int64_t)3650 * DAY},
        {"999999999 years ago", NOW - (int64_t)999999999 * 365 * DAY},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        int64_t got = 42;
        if (clock_parse_date(str_of(rows[i].text), NOW, &got) < 0)
            fail_msg("%s is refused", rows[i].text);
        if (got != rows[i].seconds)
            fail_msg("%s is %" PRId64 ", not %" PRId64, rows[i].text, got, rows[i].seconds);
    }
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const struct str texts[] = {
        GEN_STR(""),
        GEN_STR(" "),
        GEN_STR("Z"),
        GEN_STR("Now"),
        GEN_STR("now "),
        GEN_STR("tomorrow"),
        GEN_STR("2024"),
        GEN_STR("2024-01"),
        GEN_STR("2024-01-15Z"),
        GEN_STR("2024-1-5"),
        GEN_STR("2024-13-01"),
        GEN_STR("2024-01-32"),
        GEN_STR("15-01-2024"),
        GEN_STR("2024/01/15"),
        GEN_STR("2024-01-15 "),
        GEN_STR("2024-01-15T12"),
        GEN_STR("2024-01-15T24:00"),
        GEN_STR("2024-01-15T12:60"),
        GEN_STR("2024-01-15t12:00"),
        GEN_STR("2024-01-15_12:00"),
        GEN_STR("2024-01-15T12:00ZZ"),
        GEN_STR("2024-01-15T12:00:00ZZ"),
        GEN_STR("2024-01-15T12:00:00+01:00"),
        GEN_STR("2024-01-15T12:00:00.000000000000000000000000000000000000000"),
        GEN_STR("2024-01-15T12:00:00\0and more"),
        GEN_STR("2024-01-15T12:0\0"),
        GEN_STR("now\0"),
        GEN_STR("2"),
        GEN_STR("2 hours"),
        GEN_STR("hours ago"),
        GEN_STR(" ago"),
        GEN_STR("2 ago"),
        GEN_STR("2  ago"),
        GEN_STR("2 s ago"),
        GEN_STR("2 hourss ago"),
        GEN_STR("2 Hours ago"),
        GEN_STR("2hours ago"),
        GEN_STR("2  hours ago"),
        GEN_STR("-2 hours ago"),
        GEN_STR("2.5 hours ago"),
        GEN_STR("2 hours ago "),
        GEN_STR("2 hours\0 ago"),
        GEN_STR("2 fortnights ago"),
        GEN_STR("1000000000 seconds ago"),
        GEN_STR("99999999999999999999999999 years ago"),
    };
    for (size_t i = 0; i < GEN_COUNT(texts); i++) {
        int64_t got = 42;
        if (clock_parse_date(texts[i], NOW, &got) != -1)
            fail_msg("%s is taken for %" PRId64, texts[i].p, got);
        assert_int_equal(got, 42);
    }
}

static void what_is_written_is_a_date_too(void **state)
{
    (void)state;
    struct gen g = gen_start("clock date");
    for (int i = 0; i < 20000; i++) {
        int64_t seconds = (int64_t)(gen_next(&g) % 315569520000u) - 62167219200, back = 0;
        char text[CLOCK_TEXT];
        clock_format(seconds, text);
        assert_int_equal(clock_parse_date(str_of(text), NOW, &back), 0);
        assert_int_equal(back, seconds);
        assert_int_equal(clock_parse_date(str_sub(str_of(text), 0, 10), NOW, &back), 0);
        assert_true(back >= seconds && back - seconds < DAY);
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
        cmocka_unit_test(times_are_written_in_utc),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(dates_of_people_are_read),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(what_is_written_is_a_date_too),
        cmocka_unit_test(time_goes_forward),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
