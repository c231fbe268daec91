/* Times as a person writes them. */
#include <stdio.h>

#include "base/clock.h"

enum { DAY = 24 * 60 * 60, TEXT_MAX = 40, DIGITS_MAX = 9 };

/* Completes a date to RFC 3339: what is not said of a time is zero, a day alone its last second. */
static int parse_absolute(struct str text, int64_t *ret_seconds)
{
    char full[TEXT_MAX];
    bool zone = str_ends(text, STR("Z"));
    struct str bare = str_sub(text, 0, text.n - zone);
    if (bare.n == 10 && !zone)
        snprintf(full, sizeof full, "%.*sT23:59:59Z", STR_ARG(bare));
    else if (bare.n == 16)
        snprintf(full, sizeof full, "%.*s:00Z", STR_ARG(bare));
    else if (bare.n >= 19 && bare.n < sizeof full - 2)
        snprintf(full, sizeof full, "%.*sZ", STR_ARG(bare));
    else
        return -1;
    if (full[10] == ' ')
        full[10] = 'T';
    return clock_parse(str_of(full), ret_seconds);
}

/* Reads digits at the head of *rest, not more than make sense; -1 where there are none. */
static int64_t take_number(struct str *rest)
{
    int64_t value = 0;
    size_t n = 0;
    for (; n < rest->n && n < DIGITS_MAX && rest->p[n] >= '0' && rest->p[n] <= '9'; n++)
        value = value * 10 + (rest->p[n] - '0');
    *rest = str_sub(*rest, n, rest->n);
    return n ? value : -1;
}

static int parse_relative(struct str text, int64_t now, int64_t *ret_seconds)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } units[] = {{"second", 1},     {"minute", 60},      {"hour", 3600},     {"day", DAY},
                 {"week", 7 * DAY}, {"month", 30 * DAY}, {"year", 365 * DAY}};
    int64_t count = take_number(&text);
    if (count < 0 || !str_starts(text, STR(" ")) || !str_ends(text, STR(" ago")))
        return -1;
    struct str unit = str_sub(text, 1, text.n > 5 ? text.n - 5 : 0);
    if (unit.n > 1 && unit.p[unit.n - 1] == 's')
        unit.n--;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (str_is(unit, units[i].name)) {
            *ret_seconds = now - count * units[i].seconds;
            return 0;
        }
    return -1;
}

int clock_parse_date(struct str text, int64_t now, int64_t *ret_seconds)
{
    if (str_find(text, '\0') < text.n)
        return -1;
    if (str_is(text, "now") || str_is(text, "yesterday")) {
        *ret_seconds = str_is(text, "now") ? now : now - DAY;
        return 0;
    }
    if (parse_absolute(text, ret_seconds) == 0)
        return 0;
    return parse_relative(text, now, ret_seconds);
}
