/* changes: what the next commit changes, as rows for messages, people and programs. */
#include <stdlib.h>

#include "base/buf.h"
#include "cycle.h"
#include "model/change.h"
#include "model/layout.h"

/* How many fields of a changed document are named, and for how many documents they are looked for:
 * naming them means reading both versions. */
enum { FIELDS_MAX = 8, COMPARED_MAX = 2000 };

static const char *text_of(struct cycle *c, struct str s)
{
    return arena_str(&c->result->arena, s).p;
}

/* Reads what an entry stands for: 1, or 0 where a person committed what is no document there. */
static int load(struct cycle *c, struct arena *a, const struct entry *entry, struct node *ret,
                struct err *err)
{
    if (oid_is_zero(&entry->blob))
        return 0;
    if (cycle_load(c, a, &entry->blob, ret, err) == 0)
        return 1;
    if (err->cls != ERR_BAD)
        return -1;
    err_clear(err);
    return 0;
}

/* The name of an entry: as the API told it, else as its document says, else as its integration's.
 */
static int find_title(struct cycle *c, const struct entry *entry, const char **ret_title,
                      struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    const struct entry *named = entry;
    if (!kind_is_document(kind_of(entry->kind)))
        named = index_get(&c->now, KIND_INTEGRATION, entry->id, STR(""));
    *ret_title = named ? text_of(c, named->title) : "";
    int result = 0;
    bool untitled = named && !named->title.n && (named->kept || named == entry);
    if (untitled && (result = load(c, &scratch, named, &doc, err)) > 0)
        *ret_title = text_of(c, node_get_text(&doc, STR("name")));
    arena_release(&scratch);
    return result < 0 ? -1 : 0;
}

static int find_fields(struct cycle *c, const struct entry *before, const struct entry *after,
                       const char **ret_fields, struct err *err)
{
    struct arena scratch = {0};
    struct node old, new;
    struct buf fields = BUF_MAX(64 * 1024);
    int result = load(c, &scratch, before, &old, err);
    if (result > 0)
        result = load(c, &scratch, after, &new, err);
    if (result > 0) {
        const struct kind *kind = kind_of(after->kind);
        if (!oid_eq(&before->beside, &after->beside))
            buf_str(&fields, str_of(kind->body));
        size_t from = fields.n;
        if (from)
            buf_str(&fields, STR(", "));
        if (change_fields(kind, &old, &new, FIELDS_MAX, &fields) == 0)
            buf_cut(&fields, from);
        *ret_fields = text_of(c, buf_view(&fields));
    }
    buf_release(&fields);
    arena_release(&scratch);
    return result < 0 ? -1 : 0;
}

/* Whether a document came to belong to somebody else. A path that only follows the name of its
 * integration is no change of what stands there. */
static bool has_moved(const struct entry *before, const struct entry *after)
{
    return !str_eq(before->owner, after->owner);
}

/* Says which id a document had before it was created anew. */
static void tell_origin(struct cycle *c, const struct entry *origin, struct sync_change *change)
{
    change->fields = arena_printf(&c->result->arena, "created anew, was %.*s%s%s",
                                  STR_ARG(origin->id), *change->fields ? ", " : "", change->fields)
                         .p;
}

/* Says where a document stood before. */
static void tell_move(struct cycle *c, const struct entry *before, struct sync_change *change)
{
    const struct entry *from = index_get(&c->before, KIND_INTEGRATION, before->owner, STR(""));
    struct arena *a = &c->result->arena;
    change->fields = arena_printf(a, "moved from %s%.*s%s%s", from ? "integration " : "the account",
                                  STR_ARG(from ? from->slug : STR("")), *change->fields ? ", " : "",
                                  change->fields)
                         .p;
}

/* Whether the account has a resource as before, and only the configuration says otherwise of it. */
static bool is_about_scope(const struct cycle *c, const struct entry *before,
                           const struct entry *after)
{
    const struct entry *entry = after ? after : before;
    const struct kind *kind = kind_of(entry->kind);
    const struct entry *now = index_get(&c->now, entry->kind, entry->id, entry->part);
    if (!after)
        return (now && now->out) || (kind_is_document(kind) && !scope_may_hold(&c->scope, kind));
    if (before || oid_is_zero(&c->head) || scope_same(&c->scope, &c->scope_before))
        return false;
    const struct entry *home = index_get(&c->now, KIND_INTEGRATION, after->owner, STR(""));
    bool held = !kind_is_document(kind) || scope_holds(&c->scope_before, kind, after->title);
    return !held ||
           (home && !scope_holds(&c->scope_before, kind_of(KIND_INTEGRATION), home->title));
}

static int add_change(struct cycle *c, char verb, struct entry *before, struct entry *after,
                      struct str path, struct sync_change ***tail, struct err *err)
{
    struct entry *entry = after ? after : before;
    struct change *made = arena_alloc(&c->result->arena, sizeof *made);
    struct sync_change *change = &made->told;
    made->entry = entry;
    change->verb = verb;
    change->kind = entry->kind;
    change->id = text_of(c, entry->id);
    change->path = text_of(c, path);
    change->owner = entry->kind == KIND_INTEGRATION ? change->id : text_of(c, entry->owner);
    change->fields = "";
    **tail = change;
    *tail = &change->next;
    change->scope = is_about_scope(c, before, after);
    size_t *counter = change->scope ? &c->result->rescoped
                      : verb == '+' ? &c->result->added
                      : verb == '~' ? &c->result->changed
                                    : &c->result->deleted;
    (*counter)++;
    if (find_title(c, entry, &change->title, err) < 0)
        return -1;
    bool compared = verb == '~' && kind_is_document(kind_of(entry->kind));
    if (compared && c->result->changed < COMPARED_MAX &&
        find_fields(c, before, after, &change->fields, err) < 0)
        return -1;
    if (verb == '~' && after->origin == before)
        tell_origin(c, before, change);
    else if (verb == '~' && has_moved(before, after))
        tell_move(c, before, change);
    return 0;
}

int cycle_list_changes(struct cycle *c, const struct index_file *files, size_t n, struct err *err)
{
    struct sync_change **tail = &c->result->changes;
    struct arena scratch = {0};
    struct index_file *held;
    size_t held_n;
    int result = 0;
    index_files(&c->before, &scratch, &held, &held_n);
    for (size_t i = 0; i < n && result == 0; i++) {
        const struct entry *named = files[i].entry;
        struct entry *after = index_get(&c->now, named->kind, named->id, named->part);
        struct entry *before = index_get(&c->before, after->kind, after->id, after->part);
        if (files[i].beside)
            continue;
        if (!before && after->origin) {
            result = add_change(c, '~', after->origin, after, files[i].path, &tail, err);
            continue;
        }
        if (!before || oid_is_zero(&before->blob))
            result = add_change(c, '+', NULL, after, files[i].path, &tail, err);
        else if (!entry_same(before, after) || has_moved(before, after))
            result = add_change(c, '~', before, after, files[i].path, &tail, err);
    }
    for (size_t i = 0; i < held_n && result == 0; i++) {
        const struct entry *named = held[i].entry;
        struct entry *before = index_get(&c->before, named->kind, named->id, named->part);
        const struct entry *after = index_get(&c->now, before->kind, before->id, before->part);
        if (!held[i].beside && !before->heir && (!after || !entry_is_file(after)))
            result = add_change(c, '-', before, NULL, held[i].path, &tail, err);
    }
    arena_release(&scratch);
    return result;
}
