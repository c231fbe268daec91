/*
 * progress: one line on standard error that shows a person how far the work is.
 *
 *     struct progress progress;
 *     progress_init(&progress, STDERR_FILENO, !quiet && !json);
 *     ... progress_update(&progress, "mirroring", done, total, clock_monotonic_ms());
 *     ... progress_clear(&progress); log_info(...);       // before anything else is printed
 *     progress_finish(&progress);
 *
 * It is drawn only on a terminal that can erase a line (TERM set and not "dumb"), only once the
 * work has lasted over a second, at most ten times a second, and not while the program is in the
 * background; otherwise every call does nothing. So callers update as often as they like and need
 * not ask whether anyone watches. Plain ASCII. Errors of writing are ignored.
 */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pace.h"

/* What the line tells. */
struct progress_view {
    const char *phase;   /* ASCII, such as "mirroring"; borrowed */
    const char *unit;    /* ASCII, what is counted, such as "documents"; borrowed */
    uint64_t done;       /* units */
    uint64_t total;      /* units; 0: not known. done may exceed it */
    uint64_t counted;    /* units done since the phase was first seen ... */
    uint64_t elapsed_ms; /* ... which took so long; 0: too early to tell how fast it goes */
};

/*
 * Writes the line of `view` into text, NUL-terminated, at most `width` - 1 columns and size - 1
 * bytes wide (terminals wrap in their last column):
 *
 *     mirroring  [#>              ] 1,234/10,300 documents  512/s  0:18 left
 *
 * Where that is too narrow the bar shrinks (in steps, so that it does not twitch) and goes, then
 * the time, then the speed; then the rest is cut. Returns the bytes written. Pure. size is at least
 * 1.
 */
size_t progress_text(char *text, size_t size, unsigned width, const struct progress_view *view);

/* The line on one terminal. Owns nothing: there is no release. */
struct progress {
    int fd;
    bool enabled;
    bool drawn;                /* the line stands on the terminal */
    int64_t begun_ms;          /* when the work was first heard of */
    int64_t phase_ms;          /* when this phase was ... */
    uint64_t phase_done;       /* ... and what was done by then */
    int64_t drawn_ms;          /* when the line was last drawn; 0: never */
    struct progress_view view; /* what was last told; phase NULL: nothing yet */
};

/* fd: where to draw, borrowed until progress_finish. enabled: whether the caller wants it; where fd
 * is not a suitable terminal it is off all the same. What is counted are documents; set
 * view.unit behind this call where it is something else. */
void progress_init(struct progress *p, int fd, bool enabled);

/*
 * Tells that `done` of `total` (0: not known) documents are through `phase`, and draws the line
 * where it is time to. phase is borrowed until the next update is over; one of another text begins
 * a new phase, with a speed of its own. now_ms: of clock_monotonic_ms.
 */
void progress_update(struct progress *p, const char *phase, uint64_t done, uint64_t total,
                     int64_t now_ms);

/* The same now, as routes call it (sync_options.progress and its like): `progress` is a struct
 * progress. */
void progress_show(void *progress, const char *phase, uint64_t done, uint64_t total);

/* The pace of a piece of work that is shown so; stop_fd readable: stop; -1: none. */
struct pace progress_pace(struct progress *progress, int stop_fd);

/* Takes the line off the terminal, if it is there, so that something else can be printed. The next
 * update draws it again. */
void progress_clear(struct progress *p);

/* Takes the line away for good: later updates do nothing. */
void progress_finish(struct progress *p);

#endif
