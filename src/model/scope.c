#include "model/scope.h"

#include <fnmatch.h>
#include <string.h>

#include "base/arena.h"

/* Whether the part of a glob before '/' fits a kind. */
static bool fits_kind(const char *glob, const struct kind *kind)
{
    struct arena scratch = {0};
    struct str whole = str_of(glob);
    const char *word = arena_str(&scratch, str_sub(whole, 0, str_find(whole, '/'))).p;
    bool fits = fnmatch(word, kind->name, 0) == 0 || fnmatch(word, kind->plural, 0) == 0;
    arena_release(&scratch);
    return fits;
}

/* Whether a glob fits a resource. */
static bool fits(const char *glob, const struct kind *kind, struct str name)
{
    if (!strchr(glob, '/'))
        return fits_kind(glob, kind);
    struct arena scratch = {0};
    struct str singular = arena_printf(&scratch, "%s/%.*s", kind->name, STR_ARG(name));
    struct str plural = arena_printf(&scratch, "%s/%.*s", kind->plural, STR_ARG(name));
    bool does = fnmatch(glob, singular.p, 0) == 0 || fnmatch(glob, plural.p, 0) == 0;
    arena_release(&scratch);
    return does;
}

static bool any_fits(const char *const *globs, const struct kind *kind, struct str name)
{
    for (; globs && *globs; globs++)
        if (fits(*globs, kind, name))
            return true;
    return false;
}

bool scope_holds(const struct scope *scope, const struct kind *kind, struct str name)
{
    bool everything = !scope->include || !*scope->include;
    return (everything || any_fits(scope->include, kind, name)) &&
           !any_fits(scope->exclude, kind, name);
}

bool scope_may_hold(const struct scope *scope, const struct kind *kind)
{
    bool may = !scope->include || !*scope->include;
    for (const char *const *glob = scope->include; !may && glob && *glob; glob++)
        may = fits_kind(*glob, kind) || (*glob)[0] == '*';
    for (const char *const *glob = scope->exclude; may && glob && *glob; glob++) {
        const char *name = strchr(*glob, '/');
        may = !(fits_kind(*glob, kind) && (!name || strcmp(name, "/*") == 0));
    }
    return may;
}

static bool same(const char *const *a, const char *const *b)
{
    for (; a && *a && b && *b; a++, b++)
        if (strcmp(*a, *b) != 0)
            return false;
    return (!a || !*a) && (!b || !*b);
}

bool scope_same(const struct scope *a, const struct scope *b)
{
    return same(a->include, b->include) && same(a->exclude, b->exclude);
}
