/* Ids that hide in free text, where nobody replaces them: scripts, URIs, settings. */
#include "model/remap.h"
#include "restoration.h"

/* What this run has made under another id. */
static void add_made(const struct works *works, struct idmap *made)
{
    for (size_t i = 0; i < works->n; i++) {
        const struct work *work = &works->items[i];
        if (work->state == WORK_DONE && work->step->verb == STEP_CREATE)
            idmap_add(made, work->step->kind, work->step->id, work->id);
    }
}

static void tell(struct restore *r, const struct entry *entry, const struct node *doc,
                 const struct stray *stray)
{
    const struct kind *kind = kind_of(entry->kind);
    for (; stray; stray = stray->next)
        restore_todo(r, "%s \"%.*s\" (%s) holds the old id %.*s in %s: it is %.*s now", kind->name,
                     STR_ARG(node_get_text(doc, STR("name"))), entry->id.p, STR_ARG(stray->old),
                     *stray->path ? stray->path : "its text", STR_ARG(stray->now));
}

int restore_find_strays(struct restore *r, const struct works *works, struct err *err)
{
    struct idmap made = {0};
    int result = 0;
    add_made(works, &made);
    for (size_t i = 0; result == 0 && made.n && i < r->live.index.n; i++) {
        const struct entry *entry = r->live.index.entries[i];
        struct arena scratch = {0};
        struct node doc;
        if (!entry_is_document(entry))
            continue;
        result = snapshot_load(&r->live, entry, &scratch, &doc, err);
        if (result == 0)
            tell(r, entry, &doc, remap_strays(&scratch, &doc, STR(""), &made));
        arena_release(&scratch);
    }
    idmap_release(&made);
    return result;
}
