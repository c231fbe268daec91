/*
 * output: what verbs print on standard output.
 *
 * With --json each line is one object with a "type", the last one a "summary"; otherwise lines for
 * people.
 */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H

#include <stdint.h>

#include "base/arena.h"
#include "format/node.h"

/* Prints node, a map, as one NDJSON line that begins with "type". */
void output_json(struct arena *a, const char *type, struct node fields);

/* Sets a text, a number or a flag of fields. Text is borrowed. */
void output_set(struct arena *a, struct node *fields, const char *key, const char *text);
void output_set_number(struct arena *a, struct node *fields, const char *key, int64_t number);
void output_set_flag(struct arena *a, struct node *fields, const char *key, bool flag);

/* Prints a line for a person; what could act on a terminal is shown as '?' (base/printable.h). */
void output_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
