/*
 * tell_internal: the parts of tell, for its own files only.
 *
 *     tell.c           the story: what is known, what was told, who is told what
 *     tell_events.c    what has become untold since, in words and fields; pure
 *     tell_deliver.c   a webhook's POST, a heartbeat's GET, until they arrive or are given up
 */
#ifndef ROUTE_TELL_INTERNAL_H
#define ROUTE_TELL_INTERNAL_H

#include "base/arena.h"
#include "format/node.h"
#include "port/store.h"
#include "route/tell.h"

/* Something that somebody is to hear of. */
struct event {
    const char *name;   /* "changed", "failed", "partial", "recovered", "withheld", "push_failing",
                           "push_recovered" */
    const char *text;   /* for a person, one or more lines, as Slack wants them escaped */
    struct node fields; /* what else a program may want; a map */
    struct node noted;  /* what told.json has once this is told; a map */
    struct event *next;
};

/* What events are made from. */
struct telling {
    const struct tell_options *options;
    struct arena arena;
    int64_t now;
    struct node status;           /* of the record; null where there is none */
    struct node told;             /* a map; empty at the first contact */
    struct store_commits commits; /* since the last that was told */
    struct oid head;
    bool born, first;     /* HEAD exists; nothing was told yet, or history is another one */
    struct event *events; /* in the order they are to be told */
    struct event **tail;
    struct node silent; /* what told.json has without anybody being told */
};

/* Fills events and silent. */
void tell_find_events(struct telling *t);

/* The event of a cycle that left no record. */
void tell_find_failure(struct telling *t, const struct err *failure);

/* POSTs an event. -1 with err where it did not arrive: ERR_RETRY where it may soon, ERR_USAGE where
 * a person must act first, ERR_BAD where the receiver does not want this one, ERR_STOP. No text has
 * more of the URL than its host. */
int tell_post(struct telling *t, const struct event *event, struct err *err);

/* GETs the heartbeat's URL; errors likewise. */
int tell_beat(struct telling *t, struct err *err);

#endif
