/*
 * output: what verbs print on standard output.
 *
 * With --json each line is one object with a "type", the last one a "summary"; otherwise lines for
 * people.
 */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "format/node.h"

/* Prints node, a map, as one NDJSON line that begins with "type". */
void output_json(struct arena *a, const char *type, struct node fields);

/* Sets a text, a number or a flag of fields. Text is borrowed. */
void output_set(struct arena *a, struct node *fields, const char *key, const char *text);
void output_set_number(struct arena *a, struct node *fields, const char *key, int64_t number);
void output_set_flag(struct arena *a, struct node *fields, const char *key, bool flag);

/* Sets a text; borrowed, too. */
void output_set_str(struct arena *a, struct node *fields, const char *key, struct str text);

/* Bytes of a time for a person, with its NUL. */
enum { OUTPUT_TIME = sizeof "2026-11-23 22:41" };

/* Writes seconds since the epoch as a date and a time of day in UTC, to the minute. */
void output_time(int64_t seconds, char ret_text[static OUTPUT_TIME]);

/* Prints a line for a person; what could act on a terminal is shown as '?' (base/printable.h). */
void output_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How a piece of a line looks where colour is on. */
enum style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_ADDED,
    STYLE_REMOVED,
    STYLE_CHANGED,
    STYLE_HEADING,
    STYLE_COMMIT,
    STYLE_REF,
    STYLE_ALERT,
    STYLES
};

/* Prints a piece of a line in a style, made printable likewise. */
void output_span(enum style style, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends the line. */
void output_end(void);

/* Prints text of several lines: byte for byte for a program, harmless for a person. */
void output_text(struct str text);

/* Prints a line of a patch behind `indent`, in the colours that git has for it, tabs as spaces. */
void output_patch_line(struct str line, const char *indent);

/* Whether output_span colours; off until it is switched on. */
void output_set_color(bool on);

#endif
