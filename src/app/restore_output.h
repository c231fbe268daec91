/*
 * restore_output: a plan, and what came of it, for people and programs. Private to src/app.
 */
#ifndef APP_RESTORE_OUTPUT_H
#define APP_RESTORE_OUTPUT_H

#include "app/command.h"
#include "route/restore.h"

enum restore_ending { RESTORE_PLANNED, RESTORE_REFUSED, RESTORE_DONE };

/* Prints what is to be done, what is left, who else will feel it, and what remains for a person. */
void restore_print_plan(const struct invocation *in, const struct restore_report *report);

/* Prints what failed, and in what the account differs afterwards. */
void restore_print_outcome(const struct invocation *in, const struct restore_report *report);

/* Prints the closing line; the exit code. */
int restore_print_summary(const struct invocation *in, const struct restore_report *report,
                          enum restore_ending ending);

/* Prints that there was nothing to do; the exit code. */
int restore_print_nothing(const struct invocation *in, const char *text);

#endif
