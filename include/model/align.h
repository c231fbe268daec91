/*
 * align: which elements of two versions of a list are the same one.
 *
 * By position alone an element put in at the front changes all that follow. People mean the element
 * by what names it, so an element is known, in this order, by its `_id`, its `name`, its `generate`
 * (else `extract`), the resource that it refers to, its whole content, and where none of these is
 * found on the other side by its place between its neighbours.
 */
#ifndef MODEL_ALIGN_H
#define MODEL_ALIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "format/node.h"

/* The place of an element that is not there. */
#define ALIGN_NONE ((size_t)-1)

/* An element of either list, or of both. */
struct align_row {
    size_t before, after; /* places; ALIGN_NONE on the side where it is not */
    bool moved;           /* it stands behind another one that it stood before, or the other way */
};

/* Aligns two list nodes: rows in the order of `after`, what was taken out standing where it stood.
 * Made in `a`. Of elements that changed places as few as possible are called moved. */
size_t align_lists(struct arena *a, const struct node *before, const struct node *after,
                   struct align_row **ret_rows);

/* What an element of a list is called by its `name`, `generate` or `extract`; empty where it has
 * none. Borrows it. */
struct str align_name(const struct node *element);

#endif
