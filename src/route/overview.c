#include "route/overview.h"

#include "model/hole.h"
#include "model/layout.h"
#include "model/refs.h"

struct look {
    const struct snapshot *snapshot;
    const struct entry *integration;
    struct arena *a;
    struct overview *overview;
    struct map met; /* entries and connections, by kind and id */
    struct overview_flow **flow_tail;
    struct overview_connection **connection_tail;
};

/* Whether something is met for the first time. */
static bool is_new(struct look *look, enum kind_id kind, struct str id)
{
    return !map_put(&look->met, arena_printf(look->a, "%d %.*s", (int)kind, STR_ARG(id)), look);
}

static void add_flow(struct look *look, const struct entry *entry, const struct node *doc)
{
    const struct node *disabled = node_get(doc, STR("disabled"));
    struct overview_flow *flow = arena_alloc(look->a, sizeof *flow);
    *flow = (struct overview_flow){
        .id = entry->id,
        .name = node_get_text(doc, STR("name")),
        .schedule = node_get_text(doc, STR("schedule")),
        .enabled = !(disabled && disabled->type == NODE_BOOL && disabled->boolean)};
    *look->flow_tail = flow;
    look->flow_tail = &flow->next;
}

static size_t count_holes(struct arena *a, const struct node *doc)
{
    size_t n = 0;
    for (const struct hole *hole = hole_find(a, doc); hole; hole = hole->next)
        n++;
    return n;
}

static int add_connection(struct look *look, struct str id, bool registered, struct err *err)
{
    const struct entry *entry = snapshot_find(look->snapshot, KIND_CONNECTION, id);
    struct overview_connection *c = arena_alloc(look->a, sizeof *c);
    struct node doc = node_null();
    if (!is_new(look, KIND_CONNECTION, id))
        return 0;
    if (entry && snapshot_load(look->snapshot, entry, look->a, &doc, err) < 0)
        return -1;
    *c = (struct overview_connection){.id = arena_str(look->a, id),
                                      .name = node_get_text(&doc, STR("name")),
                                      .type = node_get_text(&doc, STR("type")),
                                      .hidden = entry ? count_holes(look->a, &doc) : 0,
                                      .missing = !entry,
                                      .registered = registered};
    *look->connection_tail = c;
    look->connection_tail = &c->next;
    return 0;
}

/* ---- what is used ---- */

/* Resources whose references are still to be followed. */
struct queue {
    const struct entry **items;
    size_t n, next;
};

/* Looks at a document: its connections, and what else it uses and has not been met. */
static int look_at(struct look *look, const struct entry *entry, struct queue *queue,
                   struct err *err)
{
    struct node doc;
    if (snapshot_load(look->snapshot, entry, look->a, &doc, err) < 0)
        return -1;
    if (entry->kind == KIND_FLOW && str_eq(entry->owner, look->integration->id))
        add_flow(look, entry, &doc);
    struct refs refs = refs_of(look->a, &doc);
    for (size_t i = 0; i < refs.n; i++) {
        const struct ref *ref = &refs.items[i];
        if (ref->kind == KIND_INTEGRATION || ref->kind == KIND_FLOW)
            continue;
        if (ref->kind == KIND_CONNECTION) {
            if (add_connection(look, ref->id, false, err) < 0)
                return -1;
            continue;
        }
        const struct entry *other = snapshot_find(look->snapshot, ref->kind, ref->id);
        if (other && is_new(look, ref->kind, ref->id))
            queue->items[queue->n++] = other;
    }
    return 0;
}

/* All that stands in the folder, then all that it leads to. */
static int look_at_members(struct look *look, struct err *err)
{
    struct index_file *files;
    size_t n;
    index_files(&look->snapshot->index, look->a, &files, &n);
    struct queue queue = {.items = arena_array(look->a, n + 1, sizeof *queue.items)};
    for (size_t i = 0; i < n; i++) {
        const struct entry *entry = files[i].entry;
        if (files[i].beside || !entry_is_document(entry) || entry->kind == KIND_INTEGRATION ||
            !str_eq(entry->owner, look->integration->id))
            continue;
        look->overview->holds[entry->kind]++;
        if (is_new(look, entry->kind, entry->id))
            queue.items[queue.n++] = entry;
    }
    while (queue.next < queue.n)
        if (look_at(look, queue.items[queue.next++], &queue, err) < 0)
            return -1;
    return 0;
}

/* What the integration itself lists. */
static int look_at_registered(struct look *look, struct err *err)
{
    struct node doc;
    if (snapshot_load(look->snapshot, look->integration, look->a, &doc, err) < 0)
        return -1;
    struct refs refs = refs_of(look->a, &doc);
    for (size_t i = 0; i < refs.n; i++)
        if (refs.items[i].kind == KIND_CONNECTION &&
            add_connection(look, refs.items[i].id, true, err) < 0)
            return -1;
    return 0;
}

/* ---- who was last ---- */

static int find_last(struct look *look, struct err *err)
{
    struct store_log *log = NULL;
    struct str path = index_path(&look->snapshot->index, look->a, look->integration);
    const char *folder = arena_str(look->a, layout_folder(path)).p;
    int more = store_log_open(look->snapshot->store, &look->snapshot->commit, &log, err);
    if (more == 0) {
        store_log_follow(log, &folder, 1);
        more = store_log_next(log, look->a, &look->overview->last, err);
    }
    store_log_free(log);
    return more < 0 ? -1 : 0;
}

int overview_of(struct names *names, const struct entry *integration, struct arena *a,
                struct overview *ret, struct err *err)
{
    *ret = (struct overview){.flows = NULL};
    struct look look = {.snapshot = names_snapshot(names, err),
                        .integration = integration,
                        .a = a,
                        .overview = ret,
                        .flow_tail = &ret->flows,
                        .connection_tail = &ret->connections};
    int result = !look.snapshot || look_at_members(&look, err) < 0 ||
                         look_at_registered(&look, err) < 0 || find_last(&look, err) < 0
                     ? -1
                     : 0;
    map_release(&look.met);
    return result;
}

int overview_ask(struct overview *overview, const struct account_options *account, struct arena *a,
                 struct err *err)
{
    size_t n = 0, i = 0;
    for (const struct overview_connection *c = overview->connections; c; c = c->next)
        n++;
    struct str *ids = arena_array(a, n, sizeof *ids);
    enum connectivity *states = arena_array(a, n, sizeof *states);
    for (const struct overview_connection *c = overview->connections; c; c = c->next)
        ids[i++] = c->id;
    if (connectivity_ask(account, ids, n, states, err) < 0)
        return -1;
    i = 0;
    for (struct overview_connection *c = overview->connections; c; c = c->next)
        c->state = states[i++];
    return 0;
}
