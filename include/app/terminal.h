/*
 * terminal: what stands between a verb's output and a person: colour, width and a pager.
 *
 *     if (terminal_begin(&options, err) < 0) ...
 *     ... the verb prints on stdout ...
 *     terminal_end();
 *
 * A program that reads along gets the same bytes every time: no colour, no pager, nothing cut.
 */
#ifndef APP_TERMINAL_H
#define APP_TERMINAL_H

#include <stdbool.h>

#include "base/err.h"

struct terminal_options {
    const char *color; /* "auto", "always" or "never"; NULL: auto */
    bool json;         /* a program reads along, wherever that is */
    bool pages;        /* long output may go through a pager */
};

/* Finds out what stdout is, and starts the pager where one is wanted: IOKEEPER_PAGER, else PAGER,
 * else less (with LESS=FRX, where LESS is not set). Where it cannot be started output goes
 * straight to the terminal. ERR_USAGE for another word of colour. */
int terminal_begin(const struct terminal_options *options, struct err *err);

/* Flushes stdout and waits for the pager. -1 where something could not be written, but for a reader
 * who has left: that is no failure. */
int terminal_end(void);

/* Whether stdout leads to a person, through a pager or not. */
bool terminal_is_person(void);

/* Columns; 0 where stdout leads to a program. */
unsigned terminal_width(void);

#endif
