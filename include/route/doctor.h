/*
 * doctor: what is right and wrong with a set-up, found by trying it. Changes nothing.
 */
#ifndef ROUTE_DOCTOR_H
#define ROUTE_DOCTOR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "port/store.h"
#include "route/account.h"

/* What is looked at; all text is borrowed. */
struct doctor_options {
    struct account_options account;
    const char *mirror_path, *branch;
    struct store_remote remote; /* url "": none */
};

/* How good a finding is. */
enum doctor_level { DOCTOR_GOOD, DOCTOR_NOTE, DOCTOR_BAD };

/* One thing looked at. */
struct doctor_finding {
    enum doctor_level level;
    const char *about;  /* "token", "mirror", "scripts" */
    const char *found;  /* what was found, and the cause where it is bad */
    const char *remedy; /* what to do; "" where there is nothing to do */
    struct doctor_finding *next;
};

struct doctor_result {
    struct arena arena; /* holds all below */
    struct doctor_finding *findings;
    size_t bad;         /* how many are DOCTOR_BAD */
    bool token_refused; /* one of these */
};

/* Looks at the mirror, the API, the token, the dialect, each kind's list and the remote. Returns -1
 * only where it was asked to stop (ERR_STOP) or the machine failed (ERR_IO); release *ret either
 * way. */
int doctor_run(const struct doctor_options *options, struct doctor_result *ret, struct err *err);

/* Gives back what a result holds. */
void doctor_release(struct doctor_result *result);

#endif
