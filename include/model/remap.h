/*
 * remap: puts the ids that resources have now in the place of those that a document was written
 * with.
 */
#ifndef MODEL_REMAP_H
#define MODEL_REMAP_H

#include <stddef.h>

#include "base/arena.h"
#include "format/node.h"
#include "model/idmap.h"
#include "model/kind.h"

/*
 * Replaces, in place, every reference of doc by the id the map leads to: fields of kind_ref_of, but
 * those that hold what runs next, whose own fields are references; _flowGroupingId; and the _id of
 * the flowGroupings at the root. A reference is a safe id (layout_id_is_safe), alone or in lists,
 * at any depth but beneath free-form keys (kind_key_is_free_form). The document's own _id stays.
 * New texts are copied to `a`. Returns the number of ids replaced.
 */
size_t remap(struct arena *a, struct node *doc, const struct idmap *map);

/* An id that the map knows, standing where it is not replaced. */
struct stray {
    const char *path; /* as path.h spells it; "" for the text beside a document */
    struct str old, now;
    struct stray *next;
};

/*
 * Ids of the map, whatever their kind, in free text: in any string that is no reference, under keys
 * such as _fooId that are none of ours, beneath free-form keys, in keys themselves, and in
 * `beside`, the text that lies beside the document (or empty). An id counts where neither side of
 * it goes on with a character of ids ([A-Za-z0-9_-]). Each once a place, in canonical order, made
 * in `a`, texts copied; NULL: none. The document's own _id is no stray. Time is linear in the size
 * of the document, and of what is found.
 */
struct stray *remap_strays(struct arena *a, const struct node *doc, struct str beside,
                           const struct idmap *map);

#endif
