/*
 * exchange.h - one request and the reply to it, free of any HTTP library.
 */
#ifndef SIMULATOR_EXCHANGE_H
#define SIMULATOR_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

enum { MAX_SEGMENTS = 6 };

struct request {
    const char *method;
    const char *raw_path;         /* as received, without the query */
    const char *raw_query;        /* behind the "?", or "" */
    const char *scheme;           /* http or https */
    const char *host;             /* the Host header, or NULL */
    const char *authorization;    /* or NULL */
    const char *content_type;     /* or NULL */
    char *segments[MAX_SEGMENTS]; /* of the path, percent-decoded */
    size_t segments_count;
    bool bad_path;      /* broken escapes, %00, or too many segments */
    bool ignore_offset; /* faults ask for these */
    bool ignore_limit;
    struct buffer body;
};

struct reply {
    unsigned status;
    const char *code; /* of the error it tells of; NULL: none */
    struct buffer body;
    const char *content_type; /* NULL: application/json */
    const char *allow;        /* header values; NULL: none */
    char *location;
    char *retry_after;
    char *link;
    size_t page;       /* of a list: which one, counted from 1; 0: no list */
    size_t rows_shown; /* of that list, up to and with this page */
    const char *route; /* how the statistics call the path; NULL: unknown */
};

/* Splits `uri` into path segments and query. The strings `request` points to must outlive it. */
void request_split(struct request *request, char *uri);
void request_release(struct request *request);

/* A parameter of the query, decoded; free() it. NULL where there is none. */
char *request_parameter(const struct request *request, const char *name);

/* A parameter that is a whole number; `fallback` where it is absent or none. */
int64_t request_number(const struct request *request, const char *name, int64_t fallback);

/* Appends `text`, escaped for one path segment. */
void exchange_escape(struct buffer *out, const char *text);

void reply_release(struct reply *reply);

/* {"errors":[{"code":…,"message":…,"field":…}]}; `code` is a literal, `field` may be NULL. */
void reply_error(struct reply *reply, unsigned status, const char *code, const char *message,
                 const char *field);

/* The 404 of something called `title`: "Integration not found". */
void reply_not_found(struct reply *reply, const char *title);

/* The 405 of a path that knows only the methods in `allow`. */
void reply_bad_method(struct reply *reply, const char *allow);

#endif
