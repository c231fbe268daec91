/*
 * timeline: which files each commit changed, along first parents from the first commit on, as bytes
 * that are added to, and cut, at their end.
 *
 * From it come the commits that touch a path, the files of a commit and what differs between two,
 * without a tree being read. The bytes are a head line, then a record a commit: the length of its
 * content as a varint, the content, and the CRC-32 of both, counted on from that of the record
 * before. The content is the commit's id, the number of files that it changed as a varint, and of
 * each: a varint that is 0 for a path not met before, whose length (a varint) and bytes follow, or
 * else that path's number from 1; the new mode as a varint, 0 where the file went away; and, unless
 * it did, the blob's id. A varint has seven bits a byte, the lowest first, and the high bit on all
 * bytes but the last. So a record that was broken off, flipped, left out or put elsewhere ends what
 * counts.
 *
 * Pure: no repository, no file.
 */
#ifndef FORMAT_TIMELINE_H
#define FORMAT_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "format/gitobj.h"

/* What a commit did to one file. */
struct timeline_delta {
    uint32_t path;   /* its number, from 0 */
    uint32_t before; /* 1 + the number of the delta that it had last; 0: there was none */
    unsigned mode;   /* git's; 0: it went away */
    struct oid blob; /* zero where it went away */
};

struct timeline_commit {
    struct oid id;
    uint32_t first; /* delta; its last one is before the next commit's first */
    size_t end;     /* of its record, in bytes from the beginning */
};

/* Zero-initialised is an empty timeline; give back with timeline_release. The arrays are for
 * reading. */
struct timeline {
    struct timeline_commit *commits; /* oldest first */
    struct timeline_delta *deltas;
    struct str *paths;
    uint32_t *newest; /* a path: 1 + the number of its last delta */
    uint32_t *met;    /* a path: 0 but while timeline_compare is at work */
    uint32_t near;    /* a commit close to those that will be looked for */
    uint32_t commits_n, deltas_n, paths_n;
    uint32_t commits_room, deltas_room, paths_room;
    uint32_t sum; /* of the last record */
    struct map by_path, by_commit;
    uint32_t indexed; /* commits in by_commit */
    struct arena arena;
};

/* A file that a commit changed, to be added. */
struct timeline_change {
    struct str path;
    unsigned mode; /* 0: it went away */
    struct oid blob;
};

/* Appends the head line that the bytes of a timeline begin with. */
void timeline_begin(struct buf *out);

/* Reads what counts of the bytes of a timeline into an empty one; tells how many bytes that are: 0
 * where they do not begin as one. */
size_t timeline_load(struct timeline *t, struct str bytes);

/* Adds a commit whose first parent is the last one, and appends its record. Each path stands in
 * `changes` once. Where that is too much for a record, or for out, out has overflowed, and the
 * timeline is not to be written. */
void timeline_add(struct timeline *t, const struct oid *commit,
                  const struct timeline_change *changes, size_t n, struct buf *out);

/* Finds a commit: whether it is there, and its number. */
bool timeline_find(struct timeline *t, const struct oid *commit, uint32_t *ret);

/* The deltas of the commits from number `from` on to before `to`: from *ret_first on to before
 * *ret_end. from <= to <= commits_n. */
void timeline_deltas(const struct timeline *t, uint32_t from, uint32_t to, uint32_t *ret_first,
                     uint32_t *ret_end);

/* What became of a path from its first delta of a stretch to its last, by their numbers. */
struct timeline_span {
    uint32_t path, first, last;
};

/* The paths that the commits from number `from` on to before `to` changed, in no order; made in
 * `a`. */
void timeline_compare(struct timeline *t, uint32_t from, uint32_t to, struct arena *a,
                      struct timeline_span **ret_spans, size_t *ret_n);

/* What a path was as of a commit, or NULL where it was not there. */
const struct timeline_delta *timeline_at(struct timeline *t, uint32_t commit, struct str path);

/* Gives the memory back; the timeline is empty and usable afterwards. */
void timeline_release(struct timeline *t);

#endif
