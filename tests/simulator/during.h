/*
 * during.h - changes that befall a list while somebody walks it.
 *
 * Asked for through /_admin/during (README.md lists the fields). After the given page of a list has
 * been answered, and before any other request is, the change happens.
 */
#ifndef SIMULATOR_DURING_H
#define SIMULATOR_DURING_H

#include "account.h"
#include "exchange.h"

enum during_action {
    DURING_DELETE,
    DURING_ADD,
    DURING_REORDER,
    DURING_RENAME,
    DURING_MOVE,
    DURING_ACTIONS
};

struct during {
    struct json_object *wanted; /* as it was asked for; the path is borrowed from it */
    const char *path;           /* a glob */
    size_t page;                /* counted from 1; 0: any */
    enum during_action action;
    size_t count;
    size_t times; /* 0: for ever */
    size_t seed;
    bool behind; /* befalls rows not shown yet, instead of those shown */
    bool silent; /* leaves no audit rows */
    size_t hits;
    struct buffer done; /* what was done the last time, as JSON */
    struct during *next;
};

/* Adds one object, or each of an array, to the list. Returns 0, or -1 and adds nothing, with
 * `ret_why` a literal. */
int during_add(struct during **first, struct json_object *wanted, const char **ret_why);
void during_clear(struct during **first);

/* [{"during":…,"hits":N,"done":[…]}…] */
void during_write(const struct during *first, struct buffer *out);

/* Lets happen what is to happen now that this request has been answered like that. */
void during_answered(struct during *first, struct account *account, const struct request *request,
                     const struct reply *reply);

#endif
