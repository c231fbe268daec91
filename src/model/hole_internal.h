/*
 * hole_internal: what the files of holes share: hole.c knows one document, hole_pair.c compares
 * two, hole_text.c knows what a hole looks like.
 */
#ifndef MODEL_HOLE_INTERNAL_H
#define MODEL_HOLE_INTERNAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "format/node.h"
#include "model/hole.h"

/* Whether text is a mask. */
bool hole_is_mask(struct str text);

/* Whether text is nothing but one mark of the redactor. */
bool hole_is_mark(struct str text);

/* Whether text could be what was redacted to `left`: they are the same, but that something stands
 * in the place of each mark. */
bool hole_fits(struct str left, struct str text);

/* Whether node is a hole. */
bool hole_is(const struct node *node);

/* Puts a copy of value, made in `a`, in the place of the hole at node. */
void hole_fill(struct arena *a, struct node *node, const struct node *value);

#endif
