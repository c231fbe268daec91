/*
 * difference_output: a difference of resources, for people and programs; of `diff` and `log`.
 */
#ifndef APP_DIFFERENCE_OUTPUT_H
#define APP_DIFFERENCE_OUTPUT_H

#include "app/command.h"
#include "route/difference.h"
#include "route/names.h"

/* How much is told of a row. */
enum difference_depth {
    DEPTH_ROW,    /* what it is, and how many fields */
    DEPTH_PATHS,  /* and their paths, in the same line */
    DEPTH_VALUES, /* and old and new values, a field a line */
};

/* Who shows differences. */
struct difference_view {
    const struct invocation *in;
    struct names *before, *after; /* names of what is referred to; may be the same */
    enum difference_depth depth;
    const char *commit; /* told with each row of NDJSON; NULL: none */
};

/* Shows a row that difference_read has read. */
int difference_print(const struct difference_view *view, const struct difference_row *row,
                     const struct difference_details *details, struct err *err);

#endif
