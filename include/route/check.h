/*
 * check: proves the mirror, offline and without changing anything.
 *
 * Of the repository: every byte, as `git fsck` and beyond (port/store.h), and each file of the
 * working tree against HEAD. Of HEAD: each of our files stands where the layout has it, loads, and
 * is written the one way that there is; ids and names match paths. References that lead nowhere are
 * told, and for each resource how much of it HEAD alone could bring back. Of all that any ref leads
 * to, rescued and deleted files and commit messages too: no secret stands there, by the same rules
 * that keep secrets out of new commits. Every object read is proved by its hash.
 */
#ifndef ROUTE_CHECK_H
#define ROUTE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/pace.h"
#include "format/gitobj.h"
#include "model/kind.h"

/* What is looked at; all text is borrowed. */
struct check_options {
    const char *mirror_path, *branch;
    const char *const *redact; /* mirror.redact, ended by NULL; NULL: none */
    struct pace pace;
};

/* Something that is not as it must be. */
struct check_fault {
    const char *path; /* of HEAD; "" where it is about none */
    const char *text;
    const char *remedy; /* what to do; "" where that depends */
    struct check_fault *next;
};

/* A reference that leads nowhere: what it led to is not in the mirror, or not in the account. */
struct check_dangling {
    const char *path;
    enum kind_id kind;
    const char *id;
    struct check_dangling *next;
};

/* A secret in the history; nothing of its value is told. */
struct check_finding {
    const char *path;  /* of the file; "": a commit's message */
    const char *where; /* in it, "http.headers[0].value" or "line 12" */
    const char *what;  /* "password" */
    struct oid commit; /* the first that has it there */
    size_t versions;   /* of the file, with one there */
    bool current;      /* one of them is HEAD's */
    struct check_finding *next;
};

/* How far HEAD alone could bring a resource back. */
enum check_how {
    CHECK_WHOLE,
    CHECK_HOLES, /* but for masked and redacted values */
    CHECK_NOT,   /* not, or not as it was */
    CHECK_HOWS
};

/* A resource that HEAD alone could not bring back whole. */
struct check_restorable {
    enum kind_id kind;
    const char *id, *name;
    enum check_how how;
    const char *why; /* paths of the holes, or what is in the way */
    struct check_restorable *next;
};

struct check_result {
    struct arena arena;      /* holds all below */
    bool born;               /* there is a commit */
    struct oid commit;       /* HEAD */
    size_t verified;         /* objects, packs, refs and files of the working tree */
    const char *tree_unseen; /* why the working tree was not compared; NULL: it was */
    size_t files, documents;
    size_t commits, blobs; /* of the history */
    size_t too_large;      /* of those, and not looked at: no document is as large */
    struct check_fault *faults;
    size_t faults_n;
    struct check_dangling *dangling;
    size_t dangling_n;
    struct check_finding *findings; /* in the order of their first commits */
    size_t findings_n;
    struct check_restorable *restorable; /* those that are not whole, in the order of their paths */
    size_t restorable_n[CHECK_HOWS]; /* resources of HEAD; rows that are not restored are none */
};

/* Checks all. Returns 0 with *ret filled, whatever was found; -1 where it could not look
 * (ERR_NO_MIRROR, ERR_USAGE, ERR_IO, ERR_STOP). Either way give *ret back with check_release. */
int check_run(const struct check_options *options, struct check_result *ret, struct err *err);

/* Gives back what a result holds. */
void check_release(struct check_result *result);

#endif
