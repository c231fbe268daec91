#include "route/graph.h"

#include <stdlib.h>

#include "model/refs.h"

/* ---- nodes and edges ---- */

static struct str key_of(struct arena *a, enum kind_id kind, struct str id)
{
    return arena_printf(a, "%d %.*s", (int)kind, STR_ARG(id));
}

struct graph_node *graph_find(const struct graph *graph, enum kind_id kind, struct str id)
{
    struct arena scratch = {0};
    struct graph_node *node = map_get(&graph->nodes, key_of(&scratch, kind, id));
    arena_release(&scratch);
    return node;
}

/* The node of a resource, made where it is not known yet: as missing, until its document is met. */
static struct graph_node *put_node(struct graph *graph, enum kind_id kind, struct str id)
{
    struct str key = key_of(&graph->arena, kind, id);
    struct graph_node *node = map_get(&graph->nodes, key);
    if (node)
        return node;
    if (graph->n == graph->room) {
        graph->room = graph->room ? 2 * graph->room : 1024;
        graph->all = reallocarray(graph->all, graph->room, sizeof *graph->all);
        if (!graph->all)
            abort();
    }
    node = arena_alloc(&graph->arena, sizeof *node);
    *node = (struct graph_node){
        .kind = kind, .id = arena_str(&graph->arena, id), .name = STR(""), .missing = true};
    graph->all[graph->n++] = node;
    map_put(&graph->nodes, key, node);
    return node;
}

static int cmp_nodes(const struct graph_node *a, const struct graph_node *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = str_cmp(a->name, b->name);
    return order ? order : str_cmp(a->id, b->id);
}

static void add_end(struct graph *graph, struct graph_edge **list, struct graph_node *node,
                    bool registered)
{
    struct graph_edge *edge = arena_alloc(&graph->arena, sizeof *edge);
    *edge = (struct graph_edge){.node = node, .registered = registered, .next = *list};
    *list = edge;
}

static bool has_end(const struct graph_edge *list, const struct graph_node *node)
{
    while (list && list->node != node)
        list = list->next;
    return list != NULL;
}

static void add_edge(struct graph *graph, struct graph_node *user, struct graph_node *used,
                     bool registered)
{
    if (user == used || has_end(user->uses, used))
        return;
    add_end(graph, &user->uses, used, registered);
    add_end(graph, &used->used_by, user, registered);
}

/* ---- documents ---- */

static void add_references(struct graph *graph, struct graph_node *node, const struct node *doc)
{
    struct arena scratch = {0};
    struct refs refs = refs_of(&scratch, doc);
    for (size_t i = 0; i < refs.n; i++) {
        const struct ref *ref = &refs.items[i];
        struct graph_node *other = put_node(graph, ref->kind, ref->id);
        if (ref->kind == KIND_INTEGRATION && node->kind != KIND_INTEGRATION)
            continue;
        add_edge(graph, node, other,
                 node->kind == KIND_INTEGRATION && ref->kind == KIND_CONNECTION);
    }
    arena_release(&scratch);
}

static int add_document(struct graph *graph, const struct snapshot *snapshot,
                        const struct entry *entry, struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    struct graph_node *node = put_node(graph, entry->kind, entry->id);
    int result = snapshot_read(snapshot->store, &entry->blob, &scratch, &doc, err);
    node->missing = false;
    node->owner = arena_str(&graph->arena, entry->owner);
    if (result == 0) {
        node->name = arena_str(&graph->arena, node_get_text(&doc, STR("name")));
        add_references(graph, node, &doc);
    } else if (err->cls == ERR_BAD) {
        err_clear(err); /* a person's, or damaged: check tells of it */
        result = 0;
    }
    arena_release(&scratch);
    return result;
}

/* An integration depends on its flows, and on what of its own nothing else depends on. */
static void add_members(struct graph *graph)
{
    for (size_t i = 0; i < graph->n; i++) {
        struct graph_node *node = graph->all[i];
        if (!node->owner.n || node->kind == KIND_INTEGRATION ||
            (node->kind != KIND_FLOW && node->used_by))
            continue;
        struct graph_node *owner = graph_find(graph, KIND_INTEGRATION, node->owner);
        if (owner)
            add_edge(graph, owner, node, false);
    }
}

/* ---- order ---- */

static int cmp_ends(const void *a, const void *b)
{
    const struct graph_edge *const *left = a, *const *right = b;
    return cmp_nodes((*left)->node, (*right)->node);
}

static void sort_ends(struct graph_edge **list)
{
    size_t n = 0;
    for (const struct graph_edge *edge = *list; edge; edge = edge->next)
        n++;
    if (n < 2)
        return;
    struct graph_edge **all = reallocarray(NULL, n, sizeof *all);
    if (!all)
        abort();
    struct graph_edge *edge = *list;
    for (size_t i = 0; i < n; i++, edge = edge->next)
        all[i] = edge;
    qsort(all, n, sizeof *all, cmp_ends);
    for (size_t i = 0; i < n; i++)
        all[i]->next = i + 1 < n ? all[i + 1] : NULL;
    *list = all[0];
    free(all);
}

int graph_open(struct graph *graph, const struct snapshot *snapshot, struct pace *pace,
               struct err *err)
{
    *graph = (struct graph){0};
    for (size_t i = 0; i < snapshot->index.n; i++)
        if (pace_tell(pace, "reading", i, snapshot->index.n, err) < 0 ||
            (entry_is_document(snapshot->index.entries[i]) &&
             add_document(graph, snapshot, snapshot->index.entries[i], err) < 0))
            return -1;
    add_members(graph);
    for (size_t i = 0; i < graph->n; i++) {
        sort_ends(&graph->all[i]->uses);
        sort_ends(&graph->all[i]->used_by);
    }
    return 0;
}

void graph_release(struct graph *graph)
{
    free(graph->all);
    map_release(&graph->nodes);
    arena_release(&graph->arena);
    *graph = (struct graph){0};
}
