/*
 * hole: what a document of the mirror lacks: values that the API masks, and secrets that were
 * redacted. Neither is ever sent back; a hole is filled with the value itself, or left out.
 *
 * A value is whole if there is no hole in it, at any depth. What holes are filled with is marked as
 * secret (node.h).
 */
#ifndef MODEL_HOLE_H
#define MODEL_HOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "format/node.h"

enum hole_sort {
    HOLE_MASK,    /* the API's "******": a string of nothing but four or more '*' */
    HOLE_REDACTED /* a string that holds "<redacted:TAG>", TAG being ASCII letters and digits */
};

struct hole {
    enum hole_sort sort;
    const char *path; /* "http.headers[0].value", as path.h spells it */
    struct hole *next;
};

/* The holes of a document, in canonical order, made in `a`. NULL: it is whole. */
struct hole *hole_find(struct arena *a, const struct node *doc);

/* Whether there is no hole in a value, at any depth. */
bool hole_is_whole(const struct node *value);

/* Whether a text (of a script, say) holds a redaction, or is a mask. */
bool hole_is_in(struct str text);

/*
 * Fills holes of doc in place from the same resource as the API tells it now: a hole takes the
 * value that stands in its place, if that value is whole and not empty (null, "", [] or {}) and, of
 * a redacted string of which something is left, is a string that begins and ends with what is left
 * (and holds what is left in between, in order). In maps the place is the key; in lists the element
 * of the same identity (_id, else name, else key), if exactly one has it on either side, else the
 * element at the same index, if the lists are equally long and the same but for holes (hole_same).
 * New values are copied to `a`.
 */
void hole_fill_live(struct arena *a, struct node *doc, const struct node *live);

/*
 * Fills holes from what a person gives: a map from path (as in struct hole) to the whole value, a
 * string, or a map where the API takes an object (http.encrypted). A path that leads to no hole, or
 * to several, is left alone, as is a value that is not whole. Values are copied to `a`. Returns the
 * number filled.
 */
size_t hole_fill_given(struct arena *a, struct node *doc, const struct node *given);

/* Takes the holes that are left out of doc, in place: a member of a map goes with its key, an
 * element of a list becomes the empty string. The holes taken, as hole_find tells them. */
struct hole *hole_drop(struct arena *a, struct node *doc);

/* Whether two documents are equal but for holes: where one side has a hole the other may have any
 * value, or none. What is left of a redacted string has to fit what is on the other side, unless
 * that is nothing, an empty string or a mask. */
bool hole_same(const struct node *a, const struct node *b);

#endif
