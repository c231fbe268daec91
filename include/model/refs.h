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
    bool
        late; /* it stands where a link can be set later (kind_ref.late), or beneath such a place */
};

struct refs {
    struct ref *items; /* in the order found, each (kind, id, used, late) once */
    size_t n;
};

/* All references in doc, by the table of kind.h: strings, and strings in lists, under such a field
 * at any depth but beneath free-form keys. Ids that are not safe (layout_id_is_safe) are no
 * references. Made in `a`, ids copied. */
struct refs refs_of(struct arena *a, const struct node *doc);

/* Takes references out of doc, in place, wherever refs_of finds them: a member with its key, an
 * element of a list; beneath what runs next (kind_ref.links) the whole element that holds one.
 * Returns how many it took. */
size_t refs_remove(struct node *doc, const struct refs *gone);

#endif
