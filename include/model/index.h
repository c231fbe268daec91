/*
 * index: what stays in memory of an account: one small entry a resource, no documents.
 *
 * HEAD's index is read off its paths; the new one is filled while lists arrive. The tree of the
 * next commit is made from the new index alone, so that a deletion is nothing but an entry that is
 * not there. An entry's owner, and with it the path, is settled once all are in.
 */
#ifndef MODEL_INDEX_H
#define MODEL_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/map.h"
#include "format/gitobj.h"
#include "model/kind.h"
#include "model/refs.h"

/* Who uses or lists a resource: nobody known, one integration, or several (a standalone flow counts
 * as another one). */
struct claim {
    enum { CLAIM_NONE, CLAIM_ONE, CLAIM_SEVERAL } state;
    struct str integration; /* for CLAIM_ONE */
};

/* Adds one claimant; an empty id is a standalone flow's. */
void claim_add(struct claim *claim, struct str integration);

struct entry {
    enum kind_id kind;
    struct str id;   /* the resource's; the integration's where rows stand in its file, empty where
                        they stand in the account's */
    struct str part; /* month of an audit file; else empty */
    struct str slug;
    struct str title;       /* the name as the API told it; empty in HEAD's index */
    struct str owner;       /* id of the integration in whose folder it stands; empty: account/ */
    struct str home;        /* integration the document itself names (_integrationId) */
    struct claim listed_by; /* integrations whose sub-list held it */
    struct claim used_by;   /* integrations whose flows use it; filled by index_settle */
    struct refs refs;       /* flows: what they refer to */
    struct oid blob;        /* zero: there is no file, only a home for what belongs to it */
    struct oid beside;      /* the text beside the document (kind.body); zero: there is none */
    const char *evidence;   /* why one of HEAD is known to be gone; NULL: it is not */
    struct entry *heir;     /* of HEAD: what it is since it was created anew; NULL: it was not */
    struct entry *origin;   /* the other way round */
    unsigned turn;          /* which of the cycle's commits brings it, or takes it; 0: none does */
    bool chosen;            /* a restore is about it */
    bool out;               /* out of scope: the index stands for no file of it */
    bool kept; /* carried over from HEAD because it could not be read, or is withheld */
};

/* Zero-initialise or index_init; index_release gives all back. */
struct index {
    struct arena arena; /* holds entries and their texts */
    struct map map;
    struct entry **entries; /* in the order they came */
    size_t n, room;
};

/* An empty index, and giving everything back; usable again after either. */
void index_init(struct index *index);
void index_release(struct index *index);

/* The entry of this kind, id and part, or NULL. Ids are safe ones (layout_id_is_safe) or empty,
 * parts months. */
struct entry *index_get(const struct index *index, enum kind_id kind, struct str id,
                        struct str part);

/* The entry of this kind, id and part; made, with copied texts and all else empty, where it is not
 * there yet. */
struct entry *index_put(struct index *index, enum kind_id kind, struct str id, struct str part);

/* Adds a file of HEAD by its path, and the integration in whose folder it stands as its home; false
 * where the path is none of the layout's. */
bool index_add_path(struct index *index, struct str path, const struct oid *blob);

/* Copies an entry of HEAD's index, marked as kept: it keeps its owner. Replaces nothing that is
 * already there. */
struct entry *index_keep(struct index *index, const struct entry *entry);

/* Number of entries of a kind that have a document or file. */
size_t index_count(const struct index *index, enum kind_id kind);

/*
 * Settles who owns what. A flow belongs to the integration it names, or to the only one that lists
 * it. An export or import belongs to the only integration that it names or whose flows use it;
 * where no flow uses it and it names none, to the only one that lists it. All else belongs to none.
 * What was kept stays with whom it was. An integration that
 * the index does not hold owns nothing.
 */
void index_settle(struct index *index);

/* Whether two entries of one resource stand for the same content. */
bool entry_same(const struct entry *a, const struct entry *b);

/* Marks as out of scope what belongs to an integration that is. Call index_settle before. */
void index_spread_scope(struct index *index);

/* Whether an entry stands for a document that is there. */
bool entry_is_document(const struct entry *entry);

/* Whether an entry stands for a file. */
bool entry_is_file(const struct entry *entry);

/* Where an entry of the index stands in the mirror, its owner having been settled or read off HEAD.
 * Made in `a`, NUL-terminated. */
struct str index_path(const struct index *index, struct arena *a, const struct entry *entry);

/* A file of the tree that the index stands for: an entry's document, or the text beside it. */
struct index_file {
    struct str path; /* NUL-terminated */
    const struct entry *entry;
    const struct oid *blob;
    bool beside;
};

/* All files, sorted by path in byte order, made in `a`; call index_settle first. Rows belong
 * to an integration that the index holds. */
void index_files(const struct index *index, struct arena *a, struct index_file **ret_files,
                 size_t *ret_n);

#endif
