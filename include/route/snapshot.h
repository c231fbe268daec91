/*
 * snapshot: the mirror as one commit holds it: an index of what there is, and documents on demand.
 */
#ifndef ROUTE_SNAPSHOT_H
#define ROUTE_SNAPSHOT_H

#include "base/arena.h"
#include "base/err.h"
#include "format/node.h"
#include "model/idmap.h"
#include "model/index.h"
#include "port/store.h"

/* Reads a blob of the mirror as a document, made in `a`. ERR_BAD where it is none. */
int snapshot_read(struct store *store, const struct oid *blob, struct arena *a, struct node *ret,
                  struct err *err);

/* Reads the name that a blob of the mirror has as a document, without reading the rest of it; empty
 * where it has none or is no document. Made in `a`. */
int snapshot_read_name(struct store *store, const struct oid *blob, struct arena *a,
                       struct str *ret_name, struct err *err);

/* Adds what account/idmap.yaml says, where an index of a commit has it. */
int snapshot_read_ids(struct store *store, const struct index *index, struct idmap *ids,
                      struct err *err);

/* Zero-initialise; give back with snapshot_release. */
struct snapshot {
    struct store *store; /* borrowed */
    struct oid commit;   /* zero: an empty mirror */
    struct index index;
    struct idmap ids; /* account/idmap.yaml */
    struct str url;   /* of the account, as iokeeper.yaml has it; or empty. The index's arena */
};

/* Reads which files a commit holds (zero: none), the id map and the manifest. ERR_BAD where the id
 * map is none, because a person has edited it. */
int snapshot_open(struct snapshot *s, struct store *store, const struct oid *commit,
                  struct err *err);

/* Gives back what it holds, also after a snapshot_open that failed. */
void snapshot_release(struct snapshot *s);

/* The entry of a document, or NULL. */
struct entry *snapshot_find(const struct snapshot *s, enum kind_id kind, struct str id);

/* Reads an entry's document into *ret_doc, made in `a`, with the text that lies beside it under its
 * key. ERR_BAD, naming the file, where it is none. */
int snapshot_load(const struct snapshot *s, const struct entry *entry, struct arena *a,
                  struct node *ret_doc, struct err *err);

#endif
