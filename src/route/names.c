#include "route/names.h"

void names_init(struct names *names, struct store *store, const struct oid *commit)
{
    *names = (struct names){.store = store, .commit = *commit};
}

void names_release(struct names *names)
{
    if (names->opened)
        snapshot_release(&names->snapshot);
    map_release(&names->known);
    arena_release(&names->arena);
    *names = (struct names){0};
}

const struct snapshot *names_snapshot(struct names *names, struct err *err)
{
    if (names->opened)
        return &names->snapshot;
    if (snapshot_open(&names->snapshot, names->store, &names->commit, err) < 0) {
        snapshot_release(&names->snapshot);
        return NULL;
    }
    names->opened = true;
    return &names->snapshot;
}

/* Reads it from the commit. */
static struct str find(struct names *names, enum kind_id kind, struct str id)
{
    struct err ignored; /* a name that cannot be read is shown as an id */
    struct str name;
    const struct snapshot *snapshot = names_snapshot(names, &ignored);
    const struct entry *entry = snapshot ? snapshot_find(snapshot, kind, id) : NULL;
    if (!entry ||
        snapshot_read_name(names->store, &entry->blob, &names->arena, &name, &ignored) < 0)
        return STR("");
    return name;
}

struct str names_of(struct names *names, enum kind_id kind, struct str id)
{
    struct str key = arena_printf(&names->arena, "%d %.*s", (int)kind, STR_ARG(id));
    struct str *known = map_get(&names->known, key);
    if (!known) {
        known = arena_alloc(&names->arena, sizeof *known);
        *known = find(names, kind, id);
        map_put(&names->known, key, known);
    }
    return *known;
}
