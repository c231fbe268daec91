/*
 * log: lines for the operator, in the journal or on standard error.
 *
 * Only routes and app log; everything below returns an err. Where standard error is the journal's
 * (JOURNAL_STREAM, systemd.exec(5)), entries go there with their fields; otherwise each is a line
 * on standard error: with the priority prefix of sd-daemon(3) where a service manager collects it,
 * and beginning with "iokeeper: " elsewhere. The second door to libsystemd.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* From what a person must see to what only helps to find a fault. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Drops lines less important than level; LOG_LEVEL_INFO until set. Process-wide. */
void log_set_level(enum log_level level);

/* IOKEEPER_ACCOUNT of every entry from now on; borrowed. NULL, as at first: none. Process-wide. */
void log_set_account(const char *account);

/* Whether entries go to the journal with their fields. */
bool log_is_journal(void);

/* One line, without its newline; what could act on a terminal is shown as '?' (base/printable.h).
 */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* What happens, told by a MESSAGE_ID of its own; systemd/iokeeper.catalog explains each. */
enum log_event_id {
    LOG_PLAIN, /* none: a line with fields */
    LOG_SYNCED,
    LOG_FAILED,
    LOG_WITHHELD,
    LOG_RECOVERED,
    LOG_RESTORED,
};

/* Fields beside the text; NULL where there is nothing to say. Borrowed for the call. */
struct log_fields {
    enum log_event_id event;
    const char *kind;     /* IOKEEPER_KIND, "flow" */
    const char *resource; /* IOKEEPER_RESOURCE, its id */
    const char *commit;   /* IOKEEPER_COMMIT */
};

/* As log_line, with fields. */
void log_event(enum log_level level, const struct log_fields *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * From now on entries for the journal go to fd instead, a SOCK_SEQPACKET socket, for whoever reads
 * them with log_relay at its other end; borrowed. The journal finds out which unit an entry is of
 * by looking at the process that sent it, and one that ends at once is gone by then. Where nobody
 * reads, they go to the journal after all. Process-wide.
 */
void log_send_to(int fd);

/* Logs what waits at fd, a non-blocking socket, as entries of this process. */
void log_relay(int fd);

/* As log_event at LOG_LEVEL_INFO, to the machine's journal alone, wherever standard error leads:
 * what a person did at a terminal is to be found there later. Nothing where there is no journal. */
void log_for_the_record(const struct log_fields *fields, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
