#include "moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *moment_text(int64_t moment, char text[MOMENT_TEXT_SIZE])
{
    int64_t millis = ((moment % 1000) + 1000) % 1000;
    time_t seconds = (time_t)((moment - millis) / 1000);
    char head[MOMENT_TEXT_SIZE - 6];
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) || !strftime(head, sizeof head, "%Y-%m-%dT%H:%M:%S", &tm))
        memcpy(head, "1970-01-01T00:00:00", sizeof "1970-01-01T00:00:00");
    snprintf(text, MOMENT_TEXT_SIZE, "%s.%03dZ", head, (int)millis);
    return text;
}

int moment_parse(const char *text, int64_t *ret_moment)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    int millis = 0;

    if (!rest)
        return -1;
    if (*rest == '.') {
        for (rest++; *rest >= '0' && *rest <= '9' && millis < 1000; rest++)
            millis = millis * 10 + (*rest - '0');
        if (rest[-4] != '.')
            return -1;
    }
    if (strcmp(rest, "Z") != 0)
        return -1;
    *ret_moment = (int64_t)timegm(&tm) * 1000 + millis;
    return 0;
}
