/*
 * pages.h - one page of a list: which rows a request wants, and writing them.
 *
 * By offset, the client says limit= and offset=. By link, the server sets the size, and a Link
 * header leads on; what is behind the cursor is an offset all the same.
 */
#ifndef SIMULATOR_PAGES_H
#define SIMULATOR_PAGES_H

#include "account.h"
#include "exchange.h"
#include "simulator.h"

/* Fields to show or to leave out, separated by commas; NULL: all. */
struct projection {
    char *include;
    char *exclude;
};

/* The rows of a whole list, before it is cut into pages. */
struct listing {
    const struct text **rows; /* may be reordered */
    size_t count;
    const struct projection *projection;
    bool ordered; /* the order means something */
    bool windowed;
};

/* Answers with the page of the listing that the request asks for, or says what is wrong with it. */
void pages_answer(struct simulator *sim, const struct request *request, struct reply *reply,
                  struct listing *listing);

/* Appends one JSON text as it is served. */
void pages_write(struct simulator *sim, struct buffer *out, const struct text *text,
                 const struct projection *projection);

#endif
