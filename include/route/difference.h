/*
 * difference: what differs between two commits of the mirror, resource by resource.
 *
 *     struct difference d;
 *     if (difference_open(&d, store, &before, &after, err) == 0)
 *         for (size_t i = 0; i < d.n; i++)
 *             difference_read(&d, &d.rows[i], &scratch, &details, err) ...
 *     difference_release(&d);
 *
 * Rows are found by paths and blob ids alone; documents are read one row at a time.
 */
#ifndef ROUTE_DIFFERENCE_H
#define ROUTE_DIFFERENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "format/node.h"
#include "model/change.h"
#include "model/idmap.h"
#include "port/store.h"

/* A resource, or a file of rows, or a file of a person's. */
struct difference_row {
    bool is_ours;      /* it stands in a place of the layout; else only paths and blobs count */
    enum kind_id kind; /* if it does */
    struct str id;     /* in the newer commit where it is there; the integration's for rows */
    struct str part;   /* month of an audit log; else empty */
    struct str old_id; /* before a restore created it anew; empty: it did not */
    struct str path, old_path;              /* empty on the side where it is not */
    struct oid before, after;               /* blobs of the document; zero likewise */
    struct oid beside_before, beside_after; /* of the text beside it (kind.body) */
    struct str beside_path; /* of that text, on the newer side where it is there; or empty */
};

struct difference {
    struct store *store; /* borrowed */
    struct oid before, after;
    struct arena arena;
    struct difference_row *rows; /* by kind, then path */
    size_t n;
    struct idmap ids; /* of the newer commit; read where something is on that side alone */
};

/* '+' where it is on the newer side only, '-' on the older, '~' on both. */
char difference_verb(const struct difference_row *row);

/* Whether it stands in another folder than before, rather than under another name in the same. */
bool difference_moved(const struct difference_row *row);

/* Finds what differs. Either commit may be zero, which holds nothing. */
int difference_open(struct difference *d, struct store *store, const struct oid *before,
                    const struct oid *after, struct err *err);

/* Finds what differs of one resource, by any of the ids that it has or had: whatever else changed
 * is not among the rows. No integration, to which belongs what has ids of its own. */
int difference_open_of(struct difference *d, struct store *store, const struct oid *before,
                       const struct oid *after, enum kind_id kind, const struct str *ids, size_t n,
                       struct err *err);

/* Gives back what it holds, also after a difference_open that failed. */
void difference_release(struct difference *d);

/* What a row comes to. */
struct difference_details {
    struct str name, old_name;   /* names on either side; empty where there is none */
    struct change_field *fields; /* of what is on both sides; aligned (model/change.h) */
    size_t fields_n;
    bool rows_only;  /* a log of rows: fields are rows that came and went */
    bool unreadable; /* one of the sides is no document: lines are all that can be shown */
};

/* Reads both sides of a row and compares them; all is made in `a`. Rows that stand on one side only
 * have no fields. The text beside a document is a field of the name that it has in the API. */
int difference_read(const struct difference *d, const struct difference_row *row, struct arena *a,
                    struct difference_details *ret, struct err *err);

/* The document on the older side of the row read last: on the way back along the commits of one
 * resource it is the next row's on the newer side. Zero-initialise; difference_forget gives it
 * back.
 */
struct difference_last {
    struct arena arenas[2]; /* of this one, and of the one before, which details may point into */
    unsigned turn;
    struct oid blob, beside;
    struct node doc;
};

/* As difference_read, without reading what was read last; details live until the next call but one.
 */
int difference_read_on(const struct difference *d, const struct difference_row *row,
                       struct difference_last *last, struct arena *a,
                       struct difference_details *ret, struct err *err);
void difference_forget(struct difference_last *last);

#endif
