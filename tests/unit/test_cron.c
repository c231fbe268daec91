#include "gen.h"
#include "model/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gen.h"

static void assert_words(const char *expression, const char *expected)
{
    struct buf out = BUF_MAX(1000);
    bool is_told = cron_words(str_of(expression), &out);
    if (is_told != (expected != NULL))
        fail_msg("%s: %s", expression, is_told ? buf_cstr(&out) : "not told");
    assert_string_equal(buf_cstr(&out), expected ? expected : "");
    buf_release(&out);
}

static void schedules_are_told(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"? 5 0 ? * *", "every day at 00:05"},
        {"? */15 * ? * *", "every 15 minutes"},
        {"? 0 8-17 ? * 1-5", "Monday to Friday, every hour from 08:00 to 17:00"},
        {"? 30 6,18 ? * *", "every day at 06:30 and 18:30"},
        {"? 0 3 1 * ?", "on day 1 of each month at 03:00"},
        {"? 10,40 * ? * *", "every hour at :10 and :40"},
        {"? 0 0 ? 1,7 *", "every day in January and July at 00:00"},
        {"5 0 * * *", "every day at 00:05"},
        {"*/5 * * * *", "every 5 minutes"},
        {"0 5 0 * * ?", "every day at 00:05"},
        {"  ?  5 0 ? * * ", "every day at 00:05"},
        {"? * * ? * *", "every minute"},
        {"? */1 * * * *", "every minute"},
        {"? 0,30 * ? * *", "every 30 minutes"},
        {"? 0 * ? * *", "every hour at :00"},
        {"? 5/15 * ? * *", "every hour at :05, :20, :35 and :50"},
        {"? */40 * ? * *", "every hour at :00 and :40"},
        {"? 0 */2 ? * *", "every 2 hours from 00:00 to 22:00"},
        {"? 20 */6 ? * *", "every day at 00:20, 06:20, 12:20 and 18:20"},
        {"? 0 1-23/5 ? * *", "every 5 hours from 01:00 to 21:00"},
        {"? */15 8-17 ? * MON-FRI", "Monday to Friday, every 15 minutes from 08:00 to 17:45"},
        {"? */10 7 ? * *", "every 10 minutes from 07:00 to 07:50"},
        {"? 3-59/10 7 ? * *", "every 10 minutes from 07:03 to 07:53"},
        {"? 10,40 9-12 ? * *", "every 30 minutes from 09:10 to 12:40"},
        {"? 10,40 9-10 ? * *", "every day at 09:10, 09:40, 10:10 and 10:40"},
        {"? 0 1,2,5,7,11,20 ? * *", "every day at 01:00, 02:00, 05:00, 07:00, 11:00 and 20:00"},
        {"? 0 9 ? * 0", "every Sunday at 09:00"},
        {"? 0 9 ? * 7", "every Sunday at 09:00"},
        {"? 0 9 ? * SUN", "every Sunday at 09:00"},
        {"? 0 9 ? * sat,sun", "Saturday and Sunday at 09:00"},
        {"? 0 9 ? * 5-7", "Friday to Sunday at 09:00"},
        {"? 0 9 ? * FRI-SUN", "Friday to Sunday at 09:00"},
        {"? 0 9 ? * 0-4", "Monday to Thursday and Sunday at 09:00"},
        {"? 0 9 ? * 0-7", "every day at 09:00"},
        {"? 0 9 ? * 1,3,5", "Monday, Wednesday and Friday at 09:00"},
        {"? 0 9 ? * */2", "Tuesday, Thursday, Saturday and Sunday at 09:00"},
        {"? */30 * ? * 6", "every Saturday, every 30 minutes"},
        {"? 0 9 ? JAN-MAR,DEC 1", "every Monday in January to March and December at 09:00"},
        {"? 0 9 1,15 * ?", "on days 1 and 15 of each month at 09:00"},
        {"? 0 9 1-7 4,10 ?", "on days 1 to 7 of April and October at 09:00"},
        {"? 0 9 31 * ?", "on day 31 of each month that has one at 09:00"},
        {"? 0 9 30 4 ?", "on day 30 of April at 09:00"},
        {"? */20 * 1 * ?", "on day 1 of each month, every 20 minutes"},
        {"? 0 9 1-31 * *", "every day at 09:00"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_words(pairs[i][0], pairs[i][1]);
}

static void what_is_not_sure_is_not_told(void **state)
{
    (void)state;
    static const char *const expressions[] = {
        "",
        " ",
        "?",
        "daily",
        "@daily",
        "? 5 0 ? *",
        "5 0 ? *",
        "? 5 0 ? * * 2027",
        "1 5 0 ? * *",
        "* 5 0 ? * *", /* every second of that minute */
        "? 5 0 L * ?",
        "? 5 0 LW * ?",
        "? 5 0 15W * ?",
        "? 5 0 ? * 5L",
        "? 5 0 ? * 2#1",
        "? 60 0 ? * *",
        "? 5 24 ? * *",
        "? 5 0 0 * ?",
        "? 5 0 32 * ?",
        "? 5 0 ? 0 *",
        "? 5 0 ? 13 *",
        "? 5 0 ? * 8",
        "? 5 0 ? * MONDAY",
        "? 5 0 ? JUNE *",
        "? MON 0 ? * *",
        "? 5, 0 ? * *",
        "? ,5 0 ? * *",
        "? 5,,6 0 ? * *",
        "? 5- 0 ? * *",
        "? 9-5 0 ? * *",
        "? -5 0 ? * *",
        "? */0 * ? * *",
        "? */ * ? * *",
        "? */60 * ? * *",
        "? */90 * ? * *",
        "? *5 * ? * *",
        "? *,5 * ? * *",
        "? ?,5 * ? * *",
        "? ? * ? * *",
        "? 5 ? ? * *",
        "? 5 0 ? ? *",
        "? 005 0 ? * *",
        "? 5\t0 ? * *",
        "? +5 0 ? * *",
        "? 5.5 0 ? * *",
        "5/15 * * * *", /* some dialects without seconds take that for 5 */
        "? 5 0 ? * 1/2",
        "? 5 0 1 * 1",
        "? 5 0 */2 * 1", /* days and weekdays: both, or either? */
        "? 5 0 1-31 * 1",
        "? 5 0 1 * 0-6",
        "? 5 0 30 2 ?",
        "? 5 0 29 2 ?",
        "? 5 0 31 4,5 ?",
        "? 5 0 1,31 * ?",
        "? 1,2,4,8,16,32,33 * ? * *",
        "? */15 1,5,9 ? * *",
        "? 0,7 1,2,3,5,9 ? * *",
        "? 5 0 ? * \xC3\xA9",
    };
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++)
        assert_words(expressions[i], NULL);
    assert_false(cron_words((struct str){"? 5\0 0 ? * *", 12}, &(struct buf){.max = 100}));
}

static void words_are_appended_or_nothing_is(void **state)
{
    (void)state;
    struct buf out = BUF_MAX(100);
    buf_str(&out, STR("runs "));
    assert_false(cron_words(STR("? 5 0 L * ?"), &out));
    assert_string_equal(buf_cstr(&out), "runs ");
    assert_true(cron_words(STR("? 5 0 ? * *"), &out));
    assert_string_equal(buf_cstr(&out), "runs every day at 00:05");
    buf_release(&out);
}

/* Random text of what schedules are made of, in a block of just its size, so that a sanitizer sees
 * whatever reads past its end. Half of it has six fields. */
static void nothing_random_breaks_it(void **state)
{
    (void)state;
    static const char *const pieces[] = {"?",
                                         "*",
                                         "*/",
                                         "/",
                                         "-",
                                         ",",
                                         " ",
                                         "0",
                                         "1",
                                         "5",
                                         "7",
                                         "9",
                                         "12",
                                         "15",
                                         "59",
                                         "L",
                                         "#",
                                         "MON",
                                         "SU",
                                         "JAN",
                                         "x",
                                         "\xFF",
                                         "99999999999999999999"};
    static const char *const fields[] = {"*",    "?",   "5",    "0",   "*/15", "1-5",
                                         "0,30", "MON", "8-17", "JAN", "L",    "99"};
    struct gen g = gen_start("cron");
    unsigned told = 0;
    for (unsigned run = 0; run < 100000; run++) {
        struct buf text = BUF_MAX(1000), out = BUF_MAX(1000);
        bool whole = gen_below(&g, 2);
        for (size_t n = whole ? 6 : 1 + gen_below(&g, 14); n > 0; n--)
            buf_printf(&text, "%s%s",
                       whole ? fields[gen_below(&g, GEN_COUNT(fields))]
                             : pieces[gen_below(&g, GEN_COUNT(pieces))],
                       whole && n > 1 ? " " : "");
        char *exact = test_malloc(text.n);
        memcpy(exact, text.p, text.n);
        told += cron_words((struct str){exact, text.n}, &out);
        assert_false(buf_overflowed(&out));
        test_free(exact);
        buf_release(&text);
        buf_release(&out);
    }
    assert_true(told > 0);
}

/* Any sets of a schedule have words that fit in what words may take. */
static void long_lists_fit(void **state)
{
    (void)state;
    assert_words("? 1 1-23/3 1-28/2 1-11/2 ?",
                 "on days 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25 and 27 of January, March, "
                 "May, July, September and November, every 3 hours from 01:01 to 22:01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_are_told),
        cmocka_unit_test(what_is_not_sure_is_not_told),
        cmocka_unit_test(words_are_appended_or_nothing_is),
        cmocka_unit_test(nothing_random_breaks_it),
        cmocka_unit_test(long_lists_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
