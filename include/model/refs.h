/*
 * refs: which resources a document refers to.
 */
#ifndef MODEL_REFS_H
#define MODEL_REFS_H

#include <stddef.h>

#include "base/arena.h"
#include "format/node.h"
#include "model/kind.h"

struct ref {
    enum kind_id kind;
    struct str id;
    bool used; /* the document uses it, rather than only running or waiting for it */
};

struct refs {
    struct ref *items; /* in the order found, each (kind, id, used) once */
    size_t n;
};

/* All references in doc, by the table of kind.h: strings, and strings in lists, under such a field
 * at any depth. Ids that are not safe (layout_id_is_safe) are no references. Made in `a`, ids
 * copied. */
struct refs refs_of(struct arena *a, const struct node *doc);

#endif
