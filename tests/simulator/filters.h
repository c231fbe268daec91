/* filters.h - which rows of an audit log or a list of users a request wants. */
#ifndef SIMULATOR_FILTERS_H
#define SIMULATOR_FILTERS_H

#include "account.h"
#include "exchange.h"

/* The parameters of the query that choose audit rows by equality. */
enum { FILTER_TYPE, FILTER_RESOURCE, FILTER_USER, FILTER_FIELDS };

struct filter {
    char *equal[FILTER_FIELDS]; /* NULL: any */
    int64_t from;
    int64_t to;
    bool timed;              /* from and to count */
    const char *integration; /* users have to reach it; NULL: any will do */
};

/* Reads the parameters for audit rows. Returns NULL, or the name of one that is no time.
 * filter_release() it in any case. */
const char *filter_read(struct filter *filter, const struct request *request);
void filter_release(struct filter *filter);

/* Whether the row is wanted. */
bool filter_wants(const struct filter *filter, const struct text *row);

/* Whether a list with filters knows the query parameter of this name and length. */
bool filter_knows(const char *name, size_t len);

#endif
