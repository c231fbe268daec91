/*
 * sync: one cycle of the mirror, from the API to a commit.
 *
 * list → digest → settle what is absent → tree → commit → working tree → push → tell. HEAD is the
 * only memory: whatever the program was doing when it died, the next cycle begins from the last
 * whole commit. What could not be read stays as HEAD has it; absence counts only in a list seen
 * whole, confirmed by a GET that answers 404, and up to the limits of deletion.
 */
#ifndef ROUTE_SYNC_H
#define ROUTE_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "format/gitobj.h"
#include "model/kind.h"
#include "port/http.h"
#include "port/store.h"
#include "route/account.h"

/* Which lists of the API are walked: api.lists. */
enum sync_lists { SYNC_LISTS_AUTO, SYNC_LISTS_ACCOUNT, SYNC_LISTS_INTEGRATION };

/* What the operator wants; all text is borrowed. Ranges are those of the configuration. */
struct sync_options {
    struct account_options account;
    enum sync_lists lists;
    const char *sandbox; /* "true", "false", or NULL for both */
    const char *mirror_path, *branch;
    struct store_remote remote; /* where commits are pushed; url "": nowhere */
    bool users, audit, errors;
    /* What the mirror holds, as globs, and what it hides: mirror.include, .exclude and .redact.
     * Ended by NULL; NULL is the same as none. */
    const char *const *include, *const *exclude, *const *redact;
    unsigned max_delete_percent, max_delete;
    /* Told now and then how far a phase has come; total 0: not known. May be NULL. */
    void (*progress)(void *context, const char *phase, uint64_t done, uint64_t total);
    void *context;
    struct store *store; /* the mirror, open and locked by the caller, whose it stays; or NULL */
    bool no_push;        /* leave the remote alone: more is to come */
};

/* One change of the cycle, for people and programs. */
struct sync_change {
    char verb; /* '+' added, '~' changed, '-' deleted */
    enum kind_id kind;
    const char *id, *title, *path;
    const char *owner; /* id of the integration it belongs to; "" for the account's */
    bool scope; /* it came into the mirror's scope, or left it: the account has it as before */
    const char *fields; /* of a changed document, "schedule, pageProcessors[1]._importId"; or "" */
    struct sync_change *next;
};

/* Something that could not be done, told by name. */
struct sync_problem {
    const char *text;
    struct sync_problem *next;
};

/* A deletion withheld. */
struct sync_withheld {
    enum kind_id kind;
    const char *id, *path;
    struct sync_withheld *next;
};

struct sync_result {
    struct arena arena; /* holds all texts and rows below */
    int64_t started;    /* seconds since the epoch */
    int64_t took_ms;
    bool complete; /* everything was read whole, nothing withheld */
    bool committed;
    struct oid commit;            /* HEAD afterwards; zero where there is none */
    size_t resources[KIND_COUNT]; /* files or documents by kind */
    bool not_served[KIND_COUNT];  /* kinds that the server does not have */
    bool unread[KIND_COUNT];      /* kinds that could not be read whole */
    bool live;                    /* the account has a log of its own: the live service's dialect */
    size_t added, changed, deleted;
    size_t rescoped;               /* came into the mirror's scope, or left it */
    struct sync_change *changes;   /* in order of path, deletions last */
    struct sync_problem *problems; /* each makes the cycle partial */
    struct sync_problem *notes;    /* worth a line, but no failure */
    struct sync_withheld *withheld;
    size_t withheld_n;
    uint64_t open_errors; /* of flows, as the API counts them */
    size_t rescued;       /* files of a person's, now on branch rescue_branch */
    const char *rescue_branch;
    bool push_tried;          /* there is a remote, and it was asked to take what it lacks */
    const char *push_failure; /* NULL: none */
    long unpushed;            /* commits; -1: all; 0 without a remote */
    struct http_stats http;
    bool recorded; /* route/record.h has counted it */
};

/*
 * Runs one cycle. Creates the mirror where its path is free. Returns 0 with *ret filled also where
 * the cycle was partial or deletions were withheld; -1 where nothing could be done: HEAD is then
 * what it was, unless the working tree failed or the push was cut off after the commit (ERR_AUTH,
 * ERR_RETRY for a server that does not answer, ERR_NO_MIRROR, ERR_LOCKED, ERR_USAGE, ERR_IO,
 * ERR_STOP). Either way give *ret back with sync_result_release. What a cycle found is kept for
 * `status` in the git directory (route/record.h).
 */
int sync_run(const struct sync_options *options, struct sync_result *ret, struct err *err);

/* Gives back what a result holds; it is empty afterwards. */
void sync_result_release(struct sync_result *result);

#endif
