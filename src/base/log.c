#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/printable.h"

enum { TEXT_MAX = 2048, FIELD_MAX = 256, FIELDS_MAX = 8 };

static enum log_level threshold = LOG_LEVEL_INFO;
static const char *account_name;
static int relay_fd = -1;

void log_set_level(enum log_level level)
{
    threshold = level;
}

void log_set_account(const char *account)
{
    account_name = account;
}

/* ---- standard error ---- */

/* sd-daemon(3): a line that begins with "<N>" is stored with syslog priority N. */
static const char *prefix_of(enum log_level level)
{
    static const char *const journal[] = {"<3>", "<4>", "<6>", "<7>"};
    static const char *const terminal[] = {
        "iokeeper: error: ", "iokeeper: warning: ", "iokeeper: ", "iokeeper: debug: "};
    return getenv("JOURNAL_STREAM") ? journal[level] : terminal[level];
}

/* ---- the journal ---- */

/* Standard error leads to the journal, and not to where somebody sent it since. */
bool log_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    char here[64];
    if (!stream || fstat(STDERR_FILENO, &st) < 0)
        return false;
    snprintf(here, sizeof here, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, here) == 0;
}

/* An entry being put together: each field is "NAME=value". */
struct entry {
    char texts[FIELDS_MAX][FIELD_MAX];
    struct iovec fields[FIELDS_MAX + 1];
    int n;
};

static void add(struct entry *e, const char *name, const char *value)
{
    if (!value || e->n == FIELDS_MAX)
        return;
    char *text = e->texts[e->n];
    snprintf(text, FIELD_MAX, "%s=%s", name, value);
    printable(text, strlen(text));
    e->fields[e->n++] = (struct iovec){text, strlen(text)};
}

static bool to_journal(enum log_level level, const struct log_fields *fields, const char *text)
{
    static const char *const priorities[] = {"3", "4", "6", "7"};
    static const char *const ids[] = {
        [LOG_PLAIN] = NULL,
        [LOG_SYNCED] = "3f0f0b6c8a1f4f0b9d6d0c7a51e2a9d1",
        [LOG_FAILED] = "8d3f7c0e2b5a4d6f9a1c4e8b70d2f3a6",
        [LOG_WITHHELD] = "5b9e1d4c7f3a4286b0c8e2d6a4f19e73",
        [LOG_RECOVERED] = "e4b2c6f81d7349a5b3e09f7d5a8c1264",
        [LOG_RESTORED] = "c1a7e5d3908b4f62a7d4f0b8e6c2935d",
    };
    char message[sizeof "MESSAGE=" + TEXT_MAX];
    struct entry e = {.n = 0};
    add(&e, "PRIORITY", priorities[level]);
    add(&e, "SYSLOG_IDENTIFIER", "iokeeper");
    add(&e, "MESSAGE_ID", ids[fields->event]);
    add(&e, "IOKEEPER_ACCOUNT", account_name);
    add(&e, "IOKEEPER_KIND", fields->kind);
    add(&e, "IOKEEPER_RESOURCE", fields->resource);
    add(&e, "IOKEEPER_COMMIT", fields->commit);
    snprintf(message, sizeof message, "MESSAGE=%s", text);
    e.fields[e.n] = (struct iovec){message, strlen(message)};
    return sd_journal_sendv(e.fields, e.n + 1) == 0;
}

/* ---- by way of another process ---- */

/* An entry on its way; an empty field says nothing. Both ends are the same program. */
struct parcel {
    enum log_level level;
    enum log_event_id event;
    char kind[FIELD_MAX], resource[FIELD_MAX], commit[FIELD_MAX];
    char text[TEXT_MAX];
};

static void pack(char *to, const char *value)
{
    snprintf(to, FIELD_MAX, "%s", value ? value : "");
}

static const char *unpack(const char *field)
{
    return *field ? field : NULL;
}

void log_send_to(int fd)
{
    relay_fd = fd;
}

static bool to_relay(enum log_level level, const struct log_fields *fields, const char *text)
{
    struct parcel parcel = {.level = level, .event = fields->event};
    if (relay_fd < 0)
        return false;
    pack(parcel.kind, fields->kind);
    pack(parcel.resource, fields->resource);
    pack(parcel.commit, fields->commit);
    snprintf(parcel.text, sizeof parcel.text, "%s", text);
    return send(relay_fd, &parcel, sizeof parcel, MSG_NOSIGNAL) == (ssize_t)sizeof parcel;
}

void log_relay(int fd)
{
    struct parcel parcel;
    while (recv(fd, &parcel, sizeof parcel, MSG_DONTWAIT) == (ssize_t)sizeof parcel) {
        const struct log_fields fields = {.event = parcel.event,
                                          .kind = unpack(parcel.kind),
                                          .resource = unpack(parcel.resource),
                                          .commit = unpack(parcel.commit)};
        log_event(parcel.level, &fields, "%s", parcel.text);
    }
}

/* ---- all of them ---- */

static void write_entry(enum log_level level, const struct log_fields *fields, const char *format,
                        va_list args)
{
    char text[TEXT_MAX];
    if (level > threshold)
        return;
    vsnprintf(text, sizeof text, format, args);
    printable(text, strlen(text));
    if (!log_is_journal() || (!to_relay(level, fields, text) && !to_journal(level, fields, text)))
        fprintf(stderr, "%s%s\n", prefix_of(level), text);
}

void log_event(enum log_level level, const struct log_fields *fields, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_entry(level, fields, format, args);
    va_end(args);
}

void log_for_the_record(const struct log_fields *fields, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    printable(text, strlen(text));
    to_journal(LOG_LEVEL_INFO, fields, text);
}

void log_line(enum log_level level, const char *format, ...)
{
    static const struct log_fields none;
    va_list args;
    va_start(args, format);
    write_entry(level, &none, format, args);
    va_end(args);
}
