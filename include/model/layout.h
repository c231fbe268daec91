/*
 * layout: where in the mirror a resource stands, and what a path in the mirror holds.
 *
 * Paths are made of fixed words, slugs and ids only, so that no name an API can give leads out of
 * the mirror, hides a file or collides with another (the id keeps them apart). They are derived
 * from a resource and its owner, and from nothing else.
 */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/kind.h"

/* Bytes of a slug and of an id, at most. */
enum { SLUG_MAX = 60, ID_MAX = 64 };

/* The three names at the root of the mirror that are ours; NULL-ended. What else stands there is
 * people's. */
extern const char *const layout_roots[];

/* The root file that says what this repository is. */
#define LAYOUT_MANIFEST "iokeeper.yaml"

/* Whether id is one that paths and URLs may hold: [A-Za-z0-9_-]{1,64}. */
bool layout_id_is_safe(struct str id);

/*
 * The slug of a name: lower case; every run of anything but letters, digits and bytes of UTF-8
 * letters is one '-'; none at either end; at most SLUG_MAX bytes, cut between characters; "unnamed"
 * where nothing is left. What is a letter, and its lower case, is as the C library's C.UTF-8 locale
 * has it. Bytes that are no UTF-8 count as no letters.
 */
struct str layout_slug(struct arena *a, struct str name);

/* What a path in the mirror says about itself. Borrows the path. */
struct layout_place {
    enum kind_id kind;
    struct str id;    /* the resource's; empty for rows of an integration */
    struct str slug;  /* its slug; empty likewise */
    struct str owner; /* id of the integration whose folder it is in; empty: account/ */
    struct str owner_slug;
    struct str part; /* month of an audit file, "2024-01"; else empty */
    bool beside;     /* the text beside a document (kind.body), not the document itself */
};

/* The path of a place: the inverse of layout_parse. For an integration's own document id and slug
 * are used and the owner's are not; NUL-terminated. */
struct str layout_path(struct arena *a, const struct layout_place *place);

/* Reads a path; false where it is none that layout_path makes. */
bool layout_parse(struct str path, struct layout_place *ret_place);

/* The folder that a path stands in, without a '/' at its end; empty for one at the root. Borrows.
 */
struct str layout_folder(struct str path);

/* The month part of a time such as 2024-01-15T12:00:00.000Z, "2024-01"; "undated" where the text
 * begins otherwise. Borrows when, or is static. */
struct str layout_month(struct str when);

#endif
