/* What of the commit is meant. */
#include "restoration.h"
#include "route/select.h"

/* An integration stands for all that is in its folder. */
static void choose_with_members(struct restore *r, struct entry *entry)
{
    entry->chosen = true;
    for (size_t i = 0; entry->kind == KIND_INTEGRATION && i < r->want.index.n; i++) {
        struct entry *other = r->want.index.entries[i];
        if (entry_is_document(other) && str_eq(other->owner, entry->id))
            other->chosen = true;
    }
}

static int select_one(struct restore *r, const char *text, struct err *err)
{
    struct entry *entry;
    if (select_one_of(&r->want, text, r->report.source, &entry, err) < 0)
        return -1;
    choose_with_members(r, entry);
    return 0;
}

int restore_select(struct restore *r, struct err *err)
{
    for (size_t i = 0; r->options.all && i < r->want.index.n; i++)
        if (entry_is_document(r->want.index.entries[i]))
            r->want.index.entries[i]->chosen = true;
    for (size_t i = 0; i < r->options.selectors_n; i++)
        if (select_one(r, r->options.selectors[i], err) < 0)
            return -1;
    return 0;
}

void restore_select_touched(struct restore *r)
{
    for (const struct touched *t = r->touched; t; t = t->next) {
        struct entry *entry = snapshot_find(&r->want, t->kind, t->id);
        if (entry && t->verb != STEP_CREATE)
            entry->chosen = true;
    }
}
