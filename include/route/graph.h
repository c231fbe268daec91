/*
 * graph: which resources of a commit depend on which.
 *
 * A resource depends on what its document refers to. That a document names its integration is
 * turned round: the integration depends on its flows, and on what of its own no flow uses; else
 * everything would depend on everything beside it.
 */
#ifndef ROUTE_GRAPH_H
#define ROUTE_GRAPH_H

#include <stdbool.h>

#include "base/map.h"
#include "base/pace.h"
#include "route/snapshot.h"

struct graph_node;

/* One end of an edge, in the list of the other. */
struct graph_edge {
    struct graph_node *node;
    bool registered; /* an integration only has the connection registered */
    struct graph_edge *next;
};

struct graph_node {
    enum kind_id kind;
    struct str id, name;
    struct str owner; /* id of the integration in whose folder it stands; or empty */
    bool missing;     /* it is referred to, but not in the commit */
    struct graph_edge *uses, *used_by; /* in the order of the other end's path or id */
    unsigned mark;                     /* for whoever walks; 0 at first */
};

struct graph {
    struct arena arena;
    struct map nodes; /* by kind and id */
    struct graph_node **all;
    size_t n, room;
};

/* Reads all documents of a commit, at a pace. graph_release gives it back, also after a failure. */
int graph_open(struct graph *graph, const struct snapshot *snapshot, struct pace *pace,
               struct err *err);
void graph_release(struct graph *graph);

/* The node of a resource; NULL where neither a document nor a reference tells of it. */
struct graph_node *graph_find(const struct graph *graph, enum kind_id kind, struct str id);

#endif
