/*
 * scope: which resources are mirrored, by globs on "kind/name".
 */
#ifndef MODEL_SCOPE_H
#define MODEL_SCOPE_H

#include <stdbool.h>

#include "base/str.h"
#include "model/kind.h"

/*
 * mirror.include and mirror.exclude: NULL-ended lists of globs, borrowed; NULL or empty for none. A
 * glob is that of fnmatch(3) without flags ('*' fits '/' too) on "KIND/NAME", KIND being the kind's
 * name or plural; one without '/' is about all of a kind. Zero-initialised holds everything.
 */
struct scope {
    const char *const *include, *const *exclude;
};

/* Whether a resource of this kind and name is mirrored: it fits a glob of include, or there is
 * none, and no glob of exclude. Names are cut at a NUL byte. */
bool scope_holds(const struct scope *scope, const struct kind *kind, struct str name);

/* Whether any resource of a kind may be mirrored, whatever its name. */
bool scope_may_hold(const struct scope *scope, const struct kind *kind);

/* Whether two scopes are spelled the same. */
bool scope_same(const struct scope *a, const struct scope *b);

#endif
