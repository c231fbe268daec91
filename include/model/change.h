/*
 * change: what differs between two versions of a document, field by field.
 */
#ifndef MODEL_CHANGE_H
#define MODEL_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "format/node.h"
#include "model/kind.h"

/*
 * Appends the paths of the fields that differ, ", " between them, in canonical order:
 * "schedule, pageProcessors[1]._importId". A path leads to the deepest value that differs; a value
 * on one side only is one path, whatever it holds. Lists are compared by position. The kind's
 * stamps are left out. At most `most` paths are written, then "and N more". Paths are spelled as
 * path.h has it, so that the text is printable. Returns how many paths there are.
 */
size_t change_fields(const struct kind *kind, const struct node *before, const struct node *after,
                     size_t most, struct buf *out);

/* A field that differs. */
struct change_field {
    const char *path;
    const struct node *before, *after; /* NULL on the side where there is none */
    bool moved; /* an element of a list that changed places: both sides are given, and what else
                   differs of it are fields of their own */
    size_t from, to; /* its places, if it moved; from 0 */
    struct change_field *next;
};

/* The fields that change_fields tells of, all of them, in the same order, for who wants to show
 * their values. Made in `a`; the nodes borrow the documents. NULL: none differs. A value may be
 * secret, and is not printable. */
struct change_field *change_list(struct arena *a, const struct kind *kind,
                                 const struct node *before, const struct node *after);

/* The same for people who read a difference: elements of lists are those that model/align.h says,
 * a path has an element's name where it has one (fields["email"].extract), else its place, on the
 * side where it is, and in `after` where it is on both. */
struct change_field *change_list_aligned(struct arena *a, const struct kind *kind,
                                         const struct node *before, const struct node *after);

#endif
