/*
 * faults.h - what goes wrong on request.
 *
 * Faults are asked for through /_admin/faults (README.md lists the fields). Per request, the first
 * one that matches and strikes is the only one.
 */
#ifndef SIMULATOR_FAULTS_H
#define SIMULATOR_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "exchange.h"
#include "json.h"
#include "random.h"

enum fault_action {
    FAULT_STATUS,        /* answer with a status */
    FAULT_CUT,           /* promise the whole body, close after some bytes */
    FAULT_CLOSE,         /* close without an answer */
    FAULT_STALL,         /* pause amid the body, or before the headers */
    FAULT_GARBAGE,       /* 200 with something that is no JSON */
    FAULT_EMPTY,         /* 200 with [] */
    FAULT_REPEAT,        /* take offset as 0 */
    FAULT_IGNORE_OFFSET, /* the same */
    FAULT_IGNORE_LIMIT,
    FAULT_BODY, /* 200 with given bytes */
    FAULT_DELAY,
    FAULT_REDIRECT,
    FAULT_EMPTY_204,  /* 204, whatever the list holds */
    FAULT_DROP_LINK,  /* a page without the link to the next */
    FAULT_WRONG_LINK, /* the link leads to another host */
    FAULT_LOOP_LINK,  /* the link leads to the page itself */
    FAULT_ACTIONS
};

struct fault {
    struct json_object *wanted; /* as it was asked for; the texts below are borrowed from it */
    const char *method;         /* NULL: any; "!GET": any other */
    const char *path;           /* a glob */
    const char *query;          /* NULL: any */
    double share;
    size_t times; /* 0: for ever */
    size_t skip;
    enum fault_action action;
    unsigned status;
    const char *retry_after;
    const char *content_type;
    const char *location;
    struct buffer body;
    bool has_body;
    bool after; /* carry the request out, then lose its answer */
    size_t bytes;
    size_t ms;
    size_t seen; /* requests that matched */
    size_t hits; /* requests that were struck */
    size_t users;
    struct fault *next;
};

struct faults {
    struct fault *first;
    struct random random;
};

/* Adds one object, or each of an array. Returns 0, or -1 and adds nothing, with `ret_why` a
 * literal. */
int faults_add(struct faults *faults, struct json_object *wanted, const char **ret_why);
void faults_clear(struct faults *faults);
void faults_write(const struct faults *faults, struct buffer *out);

/* The fault that strikes this request, or NULL. fault_leave() it after the answer. */
struct fault *faults_strike(struct faults *faults, const struct request *request);
void fault_leave(struct fault *fault);

/* Whether the fault's own answer goes out instead of the request's; and that answer. */
bool fault_answers(const struct fault *fault);
void fault_reply(const struct fault *fault, struct reply *reply);

/* Spoils the reply's Link header, if that is what the fault does. */
void fault_bend_link(const struct fault *fault, const struct request *request, struct reply *reply);

/* Milliseconds to wait before the request is carried out; after that, before it is answered. */
size_t fault_wait(const struct fault *fault);
size_t fault_hold(const struct fault *fault);

#endif
