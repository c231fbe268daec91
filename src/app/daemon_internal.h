/*
 * daemon_internal: the parts of the daemon, for its own files only.
 *
 *     daemon.c          the loop: signals, the clock, what is begun when
 *     daemon_worker.c   a child that does one job, watched while it does
 *     daemon_jobs.c     the jobs: prove, sync, tell
 *     daemon_state.c    what the daemon is about, in words and for `status`
 *
 * All that touches the network or the repository happens in a child, one at a time: whatever a
 * library leaks or breaks is gone with it, and the daemon itself stays small. A child's findings
 * come back through memory that both share.
 */
#ifndef APP_DAEMON_INTERNAL_H
#define APP_DAEMON_INTERNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/command.h"
#include "model/schedule.h"
#include "port/presence.h"

/* ---- what a child comes back with ---- */

/* What the mirror's record says of the last cycle, as far as a line needs it. */
struct facts {
    bool known;
    int64_t started; /* seconds since the epoch */
    char outcome[16];
    char failure[256]; /* "": it did not fail */
    int64_t resources, changes, withheld;
    int64_t unpushed; /* commits; -1: all */
    char last_complete[32];
};

struct report {
    bool proved;   /* of JOB_PROVE: mirror and configuration are fine; the token is still asked */
    bool finished; /* the job ran to its end: err says how */
    struct err err;
    bool told;   /* those who are to know were told, or */
    bool untold; /* some of them could not be reached */
    struct facts last;
    char folder[PATH_MAX]; /* of ours in the git directory, from JOB_PROVE */
};

/* ---- jobs ---- */

enum job { JOB_PROVE, JOB_SYNC, JOB_TELL };

/* Does it, in the child. */
void daemon_do(enum job job, struct invocation *in, struct report *report);

/* ---- the child ---- */

struct worker {
    pid_t pid; /* 0: none */
    enum job job;
    struct report *report; /* shared with the child */
    uint64_t pulse;        /* as it was last seen */
    int64_t moved_at;      /* when it last rose, clock_boot_ms */
    int status;            /* of waitpid, once it has ended */
    int log_fd;            /* where its entries for the log arrive; -1: it has none */
};

void worker_init(struct worker *w);

/* Begins a job. ERR_IO where there can be no process. */
int worker_start(struct worker *w, enum job job, struct invocation *in, struct presence *presence,
                 struct err *err);

/* Whether it has ended; then report is whole, and says so also where the child was killed. */
bool worker_reap(struct worker *w);

/* Whether it moved since this was asked last; it is killed where it has not for far too long. */
bool worker_moves(struct worker *w);

/* Asks it to end, and makes it after at_most_ms; it is reaped. */
void worker_stop(struct worker *w, int64_t at_most_ms);

/* ---- the daemon ---- */

struct daemon {
    struct invocation *in;
    struct schedule schedule;
    struct worker worker;
    struct presence *presence;
    struct facts last;
    int signal_fd, timer_fd;
    int64_t beat_ms, beat_at; /* 0: no watchdog */
    int64_t since;            /* seconds since the epoch */
    bool again;               /* a sync was asked for while one was under way */
    bool untold;
    int64_t tell_at; /* when to try again */
    unsigned tell_failures;
    char reload_failure[256]; /* "": the configuration is as the file says */
};

/* Tells systemd and `status` what the daemon is about. */
void daemon_show(struct daemon *d);

/* Takes from the record of a cycle what a line needs. */
struct store;
int facts_read(struct store *store, struct facts *ret, struct err *err);

#endif
