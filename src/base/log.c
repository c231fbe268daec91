#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"

static enum log_level threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    threshold = level;
}

/* sd-daemon(3): a line that begins with "<N>" is stored with syslog priority N. */
static const char *prefix_of(enum log_level level)
{
    static const char *const journal[] = {"<3>", "<4>", "<6>", "<7>"};
    static const char *const terminal[] = {
        "iokeeper: error: ", "iokeeper: warning: ", "iokeeper: ", "iokeeper: debug: "};
    return getenv("JOURNAL_STREAM") ? journal[level] : terminal[level];
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level > threshold)
        return;
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    printable(text, strlen(text));
    fprintf(stderr, "%s%s\n", prefix_of(level), text);
}
