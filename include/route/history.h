/*
 * history: the commits of the mirror, newest first, and what each did to which resource.
 *
 * An integration stands for all in its folder. Of one resource it follows the file back across new
 * names, moves to another folder and what a restore created anew (account/idmap.yaml); of all of
 * them, each commit is compared with the one before. It looks back only as far as it is asked.
 */
#ifndef ROUTE_HISTORY_H
#define ROUTE_HISTORY_H

#include <stdint.h>

#include "base/pace.h"
#include "model/selector.h"
#include "route/difference.h"
#include "route/names.h"

/* Which commits are wanted; text is borrowed, NULL: any. */
struct history_options {
    struct names *names;  /* of the commit where it begins */
    const char *selector; /* a resource, of the tip or of any commit before */
    const char *author;   /* part of the author's name or address, whatever its case */
    int64_t since, until; /* of the author's date, both included; 0: any */
    const struct kind *kind;
    const char *grep; /* part of the path or a value of a field that changed */
    bool deleted;     /* only what was deleted */
    struct pace pace; /* counts commits */
};

struct history;

/* A change of a commit that is wanted. */
struct history_change {
    const struct difference_row *row;
    struct difference_details details;
};

/* A commit with something in it that is wanted. */
struct history_event {
    struct store_log_row commit;
    struct history_change *changes; /* those wanted */
    size_t n;
};

/* Begins; history_free ends it in any case. ERR_USAGE where no commit knows the selector, or
 * several resources of the tip are called that. */
int history_open(const struct history_options *options, struct history **ret_history,
                 struct err *err);

/* 1 with *ret, which lives until the next call; 0 at the end; -1. ERR_STOP where it was asked to.
 */
int history_next(struct history *history, struct history_event *ret, struct err *err);

/* Takes NULL. */
void history_free(struct history *history);

#endif
