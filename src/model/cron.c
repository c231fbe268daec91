#include "model/cron.h"

#include <stdint.h>
#include <strings.h>

/* What a schedule says is found in sets of numbers, and only those are put into words: so words and
 * schedule agree, however it was spelled. */

enum field_id { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };
enum { NAME_LEN = 3, EACH_MIN = 3, WORDS_MAX = 1024 };
/* So many times of a day are listed in any case, and so many where nothing shorter is true. */
enum { TIMES_FEW = 4, TIMES_MOST = 8, MINUTES_LISTED = 6 };

static const struct field_range {
    unsigned least, most;
    const char *names; /* of three letters each, from the least value on */
} ranges[FIELDS] = {
    [MINUTE] = {0, 59, ""},
    [HOUR] = {0, 23, ""},
    [DAY] = {1, 31, ""},
    [MONTH] = {1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
    [WEEKDAY] = {0, 6, "SUNMONTUEWEDTHUFRISAT"},
};

struct schedule_sets {
    uint64_t set[FIELDS]; /* a bit a value; Sunday is 0 */
    bool open[FIELDS];    /* begins with '*' or is '?' */
};

/* ---- sets ---- */

static uint64_t bit(unsigned value)
{
    return UINT64_C(1) << value;
}

static uint64_t full(enum field_id id)
{
    return (bit(ranges[id].most + 1) - 1) & ~(bit(ranges[id].least) - 1);
}

static bool is_full(const struct schedule_sets *s, enum field_id id)
{
    return s->set[id] == full(id);
}

static unsigned count(uint64_t set)
{
    return (unsigned)__builtin_popcountll(set);
}

/* The least and the greatest value; the set is not empty. */
static unsigned first_of(uint64_t set)
{
    return (unsigned)__builtin_ctzll(set);
}

static unsigned last_of(uint64_t set)
{
    return 63 - (unsigned)__builtin_clzll(set);
}

/* How far apart its values are, all of them equally; 0: not so, or there are less than two. */
static unsigned step_of(uint64_t set)
{
    if (count(set) < 2)
        return 0;
    unsigned first = first_of(set), step = first_of(set & ~bit(first)) - first;
    uint64_t regular = 0;
    for (unsigned value = first; value <= last_of(set); value += step)
        regular |= bit(value);
    return set == regular ? step : 0;
}

/* How far apart minutes are that go on alike through the end of the hour; 0: they do not. */
static unsigned cycle_of(uint64_t minutes)
{
    unsigned step = step_of(minutes);
    return step > 0 && step * count(minutes) == 60 ? step : 0;
}

/* ---- reading ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes a number of at most two digits off *rest. */
static bool take_number(struct str *rest, unsigned *ret_number)
{
    size_t n = 0;
    for (*ret_number = 0; n < rest->n && is_digit(rest->p[n]); n++)
        if (n < 2)
            *ret_number = *ret_number * 10 + (unsigned)(rest->p[n] - '0');
    *rest = str_sub(*rest, n, rest->n);
    return n == 1 || n == 2;
}

static bool take_char(struct str *rest, char c)
{
    if (rest->n == 0 || rest->p[0] != c)
        return false;
    *rest = str_sub(*rest, 1, rest->n);
    return true;
}

/* Takes a number, or a name that the field has. */
static bool take_value(enum field_id id, struct str *rest, unsigned *ret_value)
{
    const struct field_range *range = &ranges[id];
    for (unsigned i = 0; rest->n >= NAME_LEN && range->names[i * NAME_LEN]; i++) {
        if (strncasecmp(rest->p, range->names + (size_t)i * NAME_LEN, NAME_LEN) != 0)
            continue;
        *rest = str_sub(*rest, NAME_LEN, rest->n);
        *ret_value = range->least + i;
        return true;
    }
    unsigned most = id == WEEKDAY ? 7 : range->most;
    return take_number(rest, ret_value) && *ret_value >= range->least && *ret_value <= most;
}

/* Takes "*", "5" or "1-5", of which *ret_alone is the second. */
static bool take_span(enum field_id id, struct str *rest, unsigned *ret_first, unsigned *ret_last,
                      bool *ret_alone)
{
    *ret_first = ranges[id].least;
    *ret_last = ranges[id].most;
    *ret_alone = false;
    if (take_char(rest, '*'))
        return true;
    if (!take_value(id, rest, ret_first))
        return false;
    *ret_last = *ret_first;
    *ret_alone = !take_char(rest, '-');
    if (!*ret_alone && !take_value(id, rest, ret_last))
        return false;
    if (id == WEEKDAY && *ret_last == 0 && *ret_first > 0)
        *ret_last = 7; /* as the end of a range Sunday is the last day */
    return *ret_first <= *ret_last;
}

/* Adds one part of a field, such as "*", "5", "1-5", "0-30/10". "5/10" goes on to the end, as
 * dialects with seconds have it; of weekdays that would leave open which end Sunday is at. */
static bool add_part(enum field_id id, struct str part, bool has_seconds, uint64_t *set)
{
    unsigned first, last, step = 1;
    bool alone;
    if (!take_span(id, &part, &first, &last, &alone))
        return false;
    if (take_char(&part, '/')) {
        if (!take_number(&part, &step) || step == 0 || step > ranges[id].most)
            return false;
        if (alone && (!has_seconds || id == WEEKDAY))
            return false;
        last = alone ? ranges[id].most : last;
    }
    for (unsigned value = first; value <= last; value += step)
        *set |= bit(id == WEEKDAY && value == 7 ? 0 : value);
    return part.n == 0;
}

static bool read_field(enum field_id id, struct str text, bool has_seconds, struct schedule_sets *s)
{
    s->open[id] = text.p[0] == '*' || text.p[0] == '?';
    if (str_is(text, "?")) {
        s->set[id] = full(id);
        return id == DAY || id == WEEKDAY;
    }
    if (text.n > 1 && text.p[0] == '*' && text.p[1] != '/')
        return false;
    for (bool more = true; more;) {
        more = str_find(text, ',') < text.n;
        if (!add_part(id, str_cut(&text, ','), has_seconds, &s->set[id]))
            return false;
    }
    return true;
}

/* Splits at blanks; returns how many fields there are, one more than fit where there are more. */
static unsigned split(struct str text, struct str fields[static FIELDS + 2])
{
    unsigned n = 0;
    while (text.n > 0 && n < FIELDS + 2) {
        struct str word = str_cut(&text, ' ');
        if (word.n > 0)
            fields[n++] = word;
    }
    return n;
}

static bool read_schedule(struct str text, struct schedule_sets *s)
{
    struct str fields[FIELDS + 2];
    unsigned n = split(text, fields);
    bool has_seconds = n == FIELDS + 1;
    if (n != FIELDS && !has_seconds)
        return false;
    if (has_seconds && !str_is(fields[0], "?") && !str_is(fields[0], "0"))
        return false;
    for (enum field_id id = 0; id < FIELDS; id++)
        if (!read_field(id, fields[id + has_seconds], has_seconds, s))
            return false;
    return true;
}

/* ---- days ---- */

/* Whether days and weekdays say the same in every dialect: where both are given, some want both to
 * fit and some either. */
static bool days_are_clear(const struct schedule_sets *s)
{
    if (is_full(s, DAY) && is_full(s, WEEKDAY))
        return true;
    return is_full(s, DAY) ? s->open[DAY] : is_full(s, WEEKDAY) ? s->open[WEEKDAY] : false;
}

/* Whether every month of the set has the set's days, in every year; "each month" may lack the one
 * day it is about. */
static bool days_exist(const struct schedule_sets *s)
{
    static const unsigned char days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (is_full(s, DAY))
        return true;
    if (is_full(s, MONTH))
        return last_of(s->set[DAY]) <= days[2] || count(s->set[DAY]) == 1;
    for (unsigned month = 1; month <= 12; month++)
        if ((s->set[MONTH] & bit(month)) && last_of(s->set[DAY]) > days[month])
            return false;
    return true;
}

static void add_day(struct buf *out, unsigned day)
{
    buf_printf(out, "%u", day);
}

static void add_month(struct buf *out, unsigned month)
{
    static const char *const names[] = {"",        "January",  "February", "March",  "April",
                                        "May",     "June",     "July",     "August", "September",
                                        "October", "November", "December"};
    buf_str(out, str_of(names[month]));
}

/* Monday is 1 and Sunday 7, so that they come in the order of a week. */
static void add_weekday(struct buf *out, unsigned day)
{
    static const char *const names[] = {"",         "Monday", "Tuesday",  "Wednesday",
                                        "Thursday", "Friday", "Saturday", "Sunday"};
    buf_str(out, str_of(names[day]));
}

static void add_separator(struct buf *out, bool is_first, bool is_last)
{
    if (!is_first)
        buf_str(out, is_last ? STR(" and ") : STR(", "));
}

/* "1 to 5, 10 and 15": runs of three and more are shortened. */
static void add_set(struct buf *out, uint64_t set, void (*add)(struct buf *out, unsigned value))
{
    bool is_first = true;
    while (set) {
        unsigned first = first_of(set), last = first;
        while (set & bit(last + 1))
            last++;
        if (last - first + 1 < EACH_MIN)
            last = first;
        set &= ~(bit(last + 1) - 1);
        add_separator(out, is_first, set == 0);
        is_first = false;
        add(out, first);
        if (last > first) {
            buf_str(out, STR(" to "));
            add(out, last);
        }
    }
}

static void add_days_of_month(struct buf *out, const struct schedule_sets *s)
{
    buf_str(out, count(s->set[DAY]) == 1 ? STR("on day ") : STR("on days "));
    add_set(out, s->set[DAY], add_day);
    if (!is_full(s, MONTH)) {
        buf_str(out, STR(" of "));
        add_set(out, s->set[MONTH], add_month);
    } else
        buf_str(out, last_of(s->set[DAY]) > 28 ? STR(" of each month that has one")
                                               : STR(" of each month"));
}

static void add_days_of_week(struct buf *out, const struct schedule_sets *s)
{
    uint64_t days = s->set[WEEKDAY];
    if (is_full(s, WEEKDAY))
        buf_str(out, STR("every day"));
    else {
        if (count(days) == 1)
            buf_str(out, STR("every "));
        add_set(out, (days & ~bit(0)) | (days & bit(0) ? bit(7) : 0), add_weekday);
    }
    if (!is_full(s, MONTH)) {
        buf_str(out, STR(" in "));
        add_set(out, s->set[MONTH], add_month);
    }
}

/* ---- times ---- */

static void add_clock(struct buf *out, unsigned hour, unsigned minute)
{
    buf_printf(out, "%02u:%02u", hour, minute);
}

/* "at 06:30 and 18:30" */
static void add_times(struct buf *out, const struct schedule_sets *s)
{
    unsigned left = count(s->set[HOUR]) * count(s->set[MINUTE]);
    bool is_first = true;
    buf_str(out, STR("at "));
    for (unsigned time = 0; time < 24 * 60; time++) {
        if (!(s->set[HOUR] & bit(time / 60)) || !(s->set[MINUTE] & bit(time % 60)))
            continue;
        add_separator(out, is_first, --left == 0);
        is_first = false;
        add_clock(out, time / 60, time % 60);
    }
}

/* "every minute", "every 15 minutes", "every hour" */
static void add_every(struct buf *out, unsigned step, const char *unit)
{
    if (step == 1)
        buf_printf(out, "every %s", unit);
    else
        buf_printf(out, "every %u %ss", step, unit);
}

/* "from 08:00 to 17:45": the first time of a day and the last. */
static void add_limits(struct buf *out, const struct schedule_sets *s)
{
    buf_str(out, STR("from "));
    add_clock(out, first_of(s->set[HOUR]), first_of(s->set[MINUTE]));
    buf_str(out, STR(" to "));
    add_clock(out, last_of(s->set[HOUR]), last_of(s->set[MINUTE]));
}

static void add_minute(struct buf *out, unsigned minute)
{
    buf_printf(out, ":%02u", minute);
}

/* "every hour at :10 and :40" */
static bool add_minutes(struct buf *out, uint64_t minutes)
{
    bool is_first = true;
    if (count(minutes) > MINUTES_LISTED)
        return false;
    buf_str(out, STR("every hour at "));
    for (uint64_t left = minutes; left; is_first = false) {
        unsigned minute = first_of(left);
        left &= ~bit(minute);
        add_separator(out, is_first, left == 0);
        add_minute(out, minute);
    }
    return true;
}

/* What goes on all the hours of a day, or through hours that are equally far apart. */
static bool add_rhythm(struct buf *out, const struct schedule_sets *s)
{
    uint64_t minutes = s->set[MINUTE], hours = s->set[HOUR];
    unsigned cycle = cycle_of(minutes), step = step_of(hours);
    if (is_full(s, HOUR) && cycle && first_of(minutes) == 0)
        add_every(out, cycle, "minute");
    else if (is_full(s, HOUR))
        return add_minutes(out, minutes);
    else if (cycle && (step == 1 || count(hours) == 1)) {
        add_every(out, cycle, "minute");
        buf_char(out, ' ');
        add_limits(out, s);
    } else if (count(minutes) == 1 && step > 0) {
        add_every(out, step, "hour");
        buf_char(out, ' ');
        add_limits(out, s);
    } else if (step == 1 && add_minutes(out, minutes)) {
        buf_str(out, STR(", "));
        add_limits(out, s);
    } else
        return false;
    return true;
}

static void add_days(struct buf *out, const struct schedule_sets *s)
{
    if (is_full(s, DAY))
        add_days_of_week(out, s);
    else
        add_days_of_month(out, s);
}

static bool tell_rhythm(struct buf *out, const struct schedule_sets *s)
{
    if (!is_full(s, DAY) || !is_full(s, WEEKDAY) || !is_full(s, MONTH)) {
        add_days(out, s);
        buf_str(out, STR(", "));
    }
    return add_rhythm(out, s);
}

/* Writes all of it to out, which is empty. */
static bool tell(struct buf *out, const struct schedule_sets *s)
{
    unsigned times = count(s->set[HOUR]) * count(s->set[MINUTE]);
    if (times > TIMES_FEW && tell_rhythm(out, s))
        return true;
    if (times > TIMES_MOST)
        return false;
    buf_reset(out);
    add_days(out, s);
    buf_char(out, ' ');
    add_times(out, s);
    return true;
}

bool cron_words(struct str expression, struct buf *out)
{
    struct schedule_sets s = {0};
    struct buf words = BUF_MAX(WORDS_MAX);
    bool is_told = read_schedule(expression, &s) && days_are_clear(&s) && days_exist(&s) &&
                   tell(&words, &s) && !buf_overflowed(&words);
    if (is_told)
        buf_str(out, buf_view(&words));
    buf_release(&words);
    return is_told;
}
