#include "cron.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "moment.h"

enum { LOOK_AHEAD_DAYS = 8, NAME_LEN = 3 };

static const struct {
    unsigned least;
    unsigned most;
    const char *names; /* of three letters each, from the least value on */
} ranges[CRON_FIELDS] = {
    [CRON_MINUTE] = {0, 59, ""},
    [CRON_HOUR] = {0, 23, ""},
    [CRON_DAY] = {1, 31, ""},
    [CRON_MONTH] = {1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
    [CRON_WEEKDAY] = {0, 7, "SUNMONTUEWEDTHUFRISAT"},
};

/* Reads a number or a name and moves on behind it. */
static int read_value(int field, const char **at, unsigned *ret_value)
{
    const char *names = ranges[field].names;
    char *end;

    for (unsigned i = 0; names[i * NAME_LEN]; i++)
        if (strncasecmp(*at, names + (size_t)i * NAME_LEN, NAME_LEN) == 0) {
            *ret_value = ranges[field].least + i;
            *at += NAME_LEN;
            return 0;
        }
    if (**at < '0' || **at > '9')
        return -1;
    *ret_value = (unsigned)strtoul(*at, &end, 10);
    *at = end;
    return *ret_value > ranges[field].most ? -1 : 0;
}

/* Reads one part, such as "*", "5", "1-5", "0-30/10". */
static int read_part(int field, const char **at, uint64_t *allowed)
{
    unsigned first = ranges[field].least;
    unsigned last = ranges[field].most;
    unsigned step = 1;

    if (**at == '*' || **at == '?') {
        ++*at;
    } else {
        if (read_value(field, at, &first) != 0)
            return -1;
        last = first;
        if (**at == '-') {
            ++*at;
            if (read_value(field, at, &last) != 0)
                return -1;
        }
    }
    if (**at == '/') {
        char *end;

        step = (unsigned)strtoul(*at + 1, &end, 10);
        *at = end;
        last = last == first ? ranges[field].most : last;
    }
    for (unsigned value = first; step && value <= last; value += step)
        *allowed |= UINT64_C(1) << value;
    return step ? 0 : -1;
}

static int read_field(int field, const char **at, uint64_t *allowed)
{
    *at += strspn(*at, " ");
    if (read_part(field, at, allowed) != 0)
        return -1;
    while (**at == ',') {
        ++*at;
        if (read_part(field, at, allowed) != 0)
            return -1;
    }
    return **at && **at != ' ' ? -1 : 0;
}

int cron_parse(const char *text, struct cron *ret_cron)
{
    struct cron cron = {{0}};

    text += strspn(text, " ");
    text += strcspn(text, " "); /* seconds */
    for (int field = 0; field < CRON_FIELDS; field++)
        if (read_field(field, &text, &cron.allowed[field]) != 0)
            return -1;
    if (cron.allowed[CRON_WEEKDAY] & (UINT64_C(1) << 7)) /* Sunday, once more */
        cron.allowed[CRON_WEEKDAY] |= 1;
    if (text[strspn(text, " ")])
        return -1;
    *ret_cron = cron;
    return 0;
}

static bool fires(const struct cron *cron, int64_t moment)
{
    time_t seconds = (time_t)(moment / 1000);
    struct tm tm;
    int values[CRON_FIELDS];

    if (!gmtime_r(&seconds, &tm))
        return false;
    values[CRON_MINUTE] = tm.tm_min;
    values[CRON_HOUR] = tm.tm_hour;
    values[CRON_DAY] = tm.tm_mday;
    values[CRON_MONTH] = tm.tm_mon + 1;
    values[CRON_WEEKDAY] = tm.tm_wday;
    for (int field = 0; field < CRON_FIELDS; field++)
        if (!(cron->allowed[field] & (UINT64_C(1) << values[field])))
            return false;
    return true;
}

bool cron_next(const struct cron *cron, int64_t from, int64_t to, int64_t *ret_moment)
{
    int64_t most = from + LOOK_AHEAD_DAYS * MOMENT_DAY;
    int64_t moment = from - from % MOMENT_MINUTE + MOMENT_MINUTE;

    for (; moment <= to && moment <= most; moment += MOMENT_MINUTE)
        if (fires(cron, moment)) {
            *ret_moment = moment;
            return true;
        }
    return false;
}
