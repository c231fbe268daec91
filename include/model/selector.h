/*
 * selector: what a person calls a resource.
 */
#ifndef MODEL_SELECTOR_H
#define MODEL_SELECTOR_H

#include <stdbool.h>

#include "base/str.h"
#include "model/kind.h"

/*
 * An id, an exact name, KIND/NAME-or-id (KIND being a kind's name or plural), or a path in the
 * mirror, also that of an integration's folder. Borrows the text it was read from. A text whose
 * part before the first '/' is no kind is a name, slashes and all; one that reads as KIND/NAME may
 * also be the exact name of something.
 */
struct selector {
    struct str text;         /* as given */
    const struct kind *kind; /* of KIND/word or a path; NULL: any */
    struct str word;         /* id or exact name, without KIND; empty for a path */
    struct str id;           /* of a path; else empty */
};

/* Reads one; what kinds it may name have documents (a path of a file of rows is a name). */
struct selector selector_read(struct str text);

/* Whether a resource is one that is meant. An id that fits is preferred to a name by the caller:
 * see selector_fits_id. */
bool selector_fits(const struct selector *s, const struct kind *kind, struct str id,
                   struct str name);

/* Whether it is meant by its id. */
bool selector_fits_id(const struct selector *s, const struct kind *kind, struct str id);

/* Whether a resource with this slug (layout_slug of its name) may be meant by its name: for not
 * reading every document. `word_slug` and `text_slug` are the slugs of s->word and s->text. */
bool selector_may_fit(const struct selector *s, const struct kind *kind, struct str slug,
                      struct str word_slug, struct str text_slug);

#endif
