/*
 * sync_output: what a cycle came to, told to a person or a program; for `sync` and the daemon.
 */
#ifndef APP_SYNC_OUTPUT_H
#define APP_SYNC_OUTPUT_H

#include <stdbool.h>

#include "app/command.h"
#include "route/sync.h"

/* The exit code of a cycle that ran to its end. */
int sync_exit_code(const struct sync_result *result);

/* NDJSON: each change, withheld deletion, problem and note, then the summary. */
void sync_print_json(const struct sync_result *result);

/* Logs what a person has to know: notes, problems, withheld deletions, a push that failed; and,
 * where verbose, prints each change. */
void sync_log_result(const struct sync_result *result, bool verbose);

/* The closing line, on standard output. */
void sync_print_closing(const struct sync_result *result);

/* The same as an entry of the log; and one for each of the first changes, unless they are all that
 * there is, in a mirror that was made just now. */
void sync_log_closing(const struct sync_result *result);
void sync_log_changes(const struct sync_result *result);

#endif
