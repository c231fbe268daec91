/*
 * pace: a long piece of work and whoever waits for it, who is told how far it has come, and can ask
 * it to stop.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <stdint.h>

#include "base/err.h"

struct pace {
    /* Told what is being done, and how much of how much; total 0: not known. May be NULL. */
    void (*progress)(void *context, const char *phase, uint64_t done, uint64_t total);
    void *context;
    int stop_fd;    /* readable: stop; -1: none */
    unsigned calls; /* of pace_tell */
};

/* For each piece of work: now and then, and where none is done yet, tells how far the work has
 * come. ERR_STOP where it was asked to stop. */
int pace_tell(struct pace *pace, const char *phase, uint64_t done, uint64_t total, struct err *err);

#endif
