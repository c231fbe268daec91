/*
 * log: lines for the operator, on standard error.
 *
 * Only routes and app log; everything below returns an err. Under systemd (JOURNAL_STREAM set) each
 * line begins with the priority prefix that sd-daemon(3) describes, so that the journal files it
 * rightly; on a terminal it begins with "iokeeper: ".
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* From what a person must see to what only helps to find a fault. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Drops lines less important than level; LOG_LEVEL_INFO until set. Process-wide. */
void log_set_level(enum log_level level);

/* One line, without its newline; what could act on a terminal is shown as '?' (base/printable.h).
 */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
