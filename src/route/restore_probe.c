/*
 * What became of creations whose answer did not come. The account has been read since: a resource
 * that was not there before the run, that no other step has made, and that holds all that was sent,
 * is the one. One that is nowhere was not created.
 */

#include "format/json.h"
#include "model/resource_key.h"
#include "restoration.h"

enum { BODY_MAX_BYTES = 64 << 20 };

/* ---- what was there before ---- */

int restore_note_known(struct restore *r, const struct oid *head, struct err *err)
{
    struct snapshot before;
    char key[RESOURCE_KEY_MAX];
    int result = snapshot_open(&before, r->store, head, err);
    for (size_t i = 0; result == 0 && i < before.index.n; i++) {
        const struct entry *entry = before.index.entries[i];
        if (kind_is_document(kind_of(entry->kind)))
            map_put(&r->known, arena_str(&r->arena, resource_key(key, entry->kind, entry->id)), r);
    }
    snapshot_release(&before);
    return result;
}

static bool is_known(const struct restore *r, enum kind_id kind, struct str id)
{
    char key[RESOURCE_KEY_MAX];
    return map_get(&r->known, resource_key(key, kind, id)) != NULL;
}

/* ---- likeness ---- */

/* Whether what is there holds all that was sent; what the server adds does not count. */
static bool holds(const struct node *is, const struct node *sent)
{
    if (sent->type == NODE_MAP && is->type == NODE_MAP) {
        for (size_t i = 0; i < sent->map.n; i++) {
            const struct node *value = node_get(is, sent->map.items[i].key);
            if (!value || !holds(value, &sent->map.items[i].value))
                return false;
        }
        return true;
    }
    if (sent->type == NODE_LIST && is->type == NODE_LIST) {
        for (size_t i = 0; i < sent->list.n && sent->list.n == is->list.n; i++)
            if (!holds(&is->list.items[i], &sent->list.items[i]))
                return false;
        return sent->list.n == is->list.n;
    }
    return hole_same(is, sent);
}

/* The documents of a kind that may be what was sent. */
struct suspects {
    const struct entry *first;
    size_t n;
};

static int find_suspects(struct restore *r, enum kind_id kind, const struct node *sent,
                         struct suspects *ret, struct err *err)
{
    *ret = (struct suspects){0};
    for (size_t i = 0; i < r->live.index.n; i++) {
        const struct entry *entry = r->live.index.entries[i];
        struct arena scratch = {0};
        struct node doc;
        if (entry->kind != kind || oid_is_zero(&entry->blob) || is_known(r, kind, entry->id))
            continue;
        int result = snapshot_load(&r->live, entry, &scratch, &doc, err);
        if (result == 0 && holds(&doc, sent)) {
            ret->first = ret->n ? ret->first : entry;
            ret->n++;
        }
        arena_release(&scratch);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* ---- one step ---- */

/* Groups of flows get ids of the server's: those that were sent say nothing. */
static void drop_group_ids(struct node *doc)
{
    struct node *groups = node_get(doc, STR(KIND_GROUPS_FIELD));
    for (size_t i = 0; groups && groups->type == NODE_LIST && i < groups->list.n; i++)
        if (groups->list.items[i].type == NODE_MAP)
            node_map_remove(&groups->list.items[i], STR("_id"));
}

/* What was sent, as text: equal texts are answered by any of equal resources. */
static int sent_text(struct restore *r, const struct work *work, struct arena *a,
                     struct node *ret_sent, struct buf *text, struct err *err)
{
    if (restore_body(r, work->step, NULL, a, ret_sent, err) < 0)
        return -1;
    hole_drop(a, ret_sent);
    drop_group_ids(ret_sent);
    json_write(text, ret_sent);
    return 0;
}

static size_t count_alike(struct restore *r, const struct works *works, const struct work *work,
                          struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < works->n; i++) {
        const struct work *other = &works->items[i];
        struct arena scratch = {0};
        struct node sent;
        struct err ignored;
        struct buf body = BUF_MAX(BODY_MAX_BYTES);
        if (other->state == WORK_UNKNOWN && other->step->kind == work->step->kind &&
            sent_text(r, other, &scratch, &sent, &body, &ignored) == 0)
            n += str_eq(text, buf_view(&body));
        buf_release(&body);
        arena_release(&scratch);
    }
    return n;
}

static int settle_found(struct restore *r, struct works *works, struct work *work,
                        const struct entry *found, struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    char key[RESOURCE_KEY_MAX];
    int result = snapshot_load(&r->live, found, &scratch, &doc, err);
    if (result == 0) {
        map_put(&r->known, arena_str(&r->arena, resource_key(key, found->kind, found->id)), r);
        works_settle(r, works, work, found->id, &doc);
    }
    arena_release(&scratch);
    return result;
}

static int probe_one(struct restore *r, struct works *works, struct work *work, bool last,
                     struct err *err)
{
    struct arena scratch = {0};
    struct node sent;
    struct buf text = BUF_MAX(BODY_MAX_BYTES);
    struct suspects suspects = {0};
    int result = sent_text(r, work, &scratch, &sent, &text, err);
    if (result == 0)
        result = find_suspects(r, work->step->kind, &sent, &suspects, err);
    bool clear = suspects.n == 1 ||
                 (suspects.n > 1 && count_alike(r, works, work, buf_view(&text)) >= suspects.n);
    if (result == 0 && clear) {
        result = settle_found(r, works, work, suspects.first, err);
    } else if (result == 0 && suspects.n == 0 && last && !r->cycle.unread[work->step->kind]) {
        work->state = WORK_OPEN;
        restore_record(r, "void", work->step, NULL, STR(""));
    }
    buf_release(&text);
    arena_release(&scratch);
    return result;
}

/* Ids that steps of this run have made are not looked at again. */
static void note_made(struct restore *r, const struct works *works)
{
    char key[RESOURCE_KEY_MAX];
    for (size_t i = 0; i < works->n; i++) {
        const struct work *work = &works->items[i];
        if (work->state == WORK_DONE && work->step->verb == STEP_CREATE)
            map_put(&r->known, arena_str(&r->arena, resource_key(key, work->step->kind, work->id)),
                    r);
    }
}

int restore_probe(struct restore *r, struct works *works, bool last, struct err *err)
{
    note_made(r, works);
    for (size_t i = 0; i < works->n; i++)
        if (works->items[i].state == WORK_UNKNOWN &&
            probe_one(r, works, &works->items[i], last, err) < 0)
            return -1;
    return journal_sync(r->journal, err);
}
