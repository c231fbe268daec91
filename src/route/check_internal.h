/*
 * check_internal: what the files of check share. check.c runs all and keeps the lists; check_tree.c
 * looks at HEAD's files, check_restorable.c at what they could bring back; check_history.c looks
 * for secrets in what any ref leads to.
 */
#ifndef ROUTE_CHECK_INTERNAL_H
#define ROUTE_CHECK_INTERNAL_H

#include "base/buf.h"
#include "base/map.h"
#include "model/index.h"
#include "model/layout.h"
#include "model/redact.h"
#include "port/store.h"
#include "route/check.h"

/* A check under way. */
struct check {
    const struct check_options *options;
    struct pace pace;
    struct check_result *result;
    struct store *store;
    struct store_file *files; /* of HEAD */
    size_t files_n;
    struct index held;  /* what HEAD's paths say */
    struct map managed; /* by id of an integration: whether its vendor manages it */
    struct redactor *redactor;
    struct buf content;   /* of the object at hand */
    struct arena scratch; /* of the object at hand */
    struct check_fault **fault_tail;
    struct check_fault *last_fault;
    bool history_barred; /* an object is damaged so that the history cannot be walked */
    struct check_dangling **dangling_tail;
    struct check_finding **finding_tail;
    struct check_restorable **restorable_tail;
};

/* Adds a fault of a file; path may be empty. */
void check_fault(struct check *c, struct str path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Gives the last fault a remedy; static text. */
void check_remedy(struct check *c, const char *remedy);

/* Reads a blob into c->content: 1, 0 where it is too large, which is counted, or cannot be read,
 * which is a fault, or -1. */
int check_read(struct check *c, struct str path, const struct oid *blob, struct err *err);

/* Says of a document of HEAD how far it could be brought back; doc is used up. */
void check_restorable(struct check *c, const struct layout_place *place, struct node *doc);

/* Says of one that cannot be read that it could not. */
void check_not_restorable(struct check *c, const struct layout_place *place, const char *why);

/* The parts. `head` is HEAD's commit, or zero. */
int check_bytes(struct check *c, const struct oid *head, struct err *err);
int check_tree(struct check *c, struct err *err);
int check_history(struct check *c, struct err *err);

#endif
