#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_now(void)
{
    return (int64_t)time(NULL);
}

static int64_t ms_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void)
{
    return ms_of(CLOCK_MONOTONIC);
}

int64_t clock_boot_ms(void)
{
    return ms_of(CLOCK_BOOTTIME);
}

void clock_format(int64_t seconds, char ret_text[static CLOCK_TEXT])
{
    const int64_t year_0 = -62167219200, year_9999 = 253402300799;
    time_t t = (time_t)(seconds < year_0 ? year_0 : seconds > year_9999 ? year_9999 : seconds);
    struct tm tm;
    gmtime_r(&t, &tm);
    /* The modulos change nothing: they show the compiler that the text fits. */
    snprintf(ret_text, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ",
             (unsigned)(tm.tm_year + 1900) % 10000u, (unsigned)(tm.tm_mon + 1) % 100u,
             (unsigned)tm.tm_mday % 100u, (unsigned)tm.tm_hour % 100u, (unsigned)tm.tm_min % 100u,
             (unsigned)tm.tm_sec % 100u);
}

/* Reads as many digits as `digits`, at text[at]; -1 where one is missing. */
static int number_at(const char *text, size_t at, size_t digits)
{
    int value = 0;
    for (size_t i = at; i < at + digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

int clock_parse(struct str text, int64_t *ret_seconds)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    const size_t n = sizeof shape - 1;
    if (text.n < n + 1 || text.p[text.n - 1] != 'Z')
        return -1;
    for (size_t i = 0; i < n; i++)
        if (shape[i] != 'd' && text.p[i] != shape[i])
            return -1;
    if (text.n > n + 1 && text.p[n] != '.')
        return -1;
    for (size_t i = n + 1; i + 1 < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return -1;
    struct tm tm = {.tm_year = number_at(text.p, 0, 4) - 1900,
                    .tm_mon = number_at(text.p, 5, 2) - 1,
                    .tm_mday = number_at(text.p, 8, 2),
                    .tm_hour = number_at(text.p, 11, 2),
                    .tm_min = number_at(text.p, 14, 2),
                    .tm_sec = number_at(text.p, 17, 2)};
    if (tm.tm_year < -1900 || tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 ||
        tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 ||
        tm.tm_sec < 0 || tm.tm_sec > 60)
        return -1;
    int day = tm.tm_mday;
    int64_t seconds = (int64_t)timegm(&tm);
    if (tm.tm_mday != day && tm.tm_sec != 60)
        return -1; /* timegm makes 2 March of 30 February */
    *ret_seconds = seconds;
    return 0;
}
