/*
 * kinds.h - THE TABLE: one row a kind of resource, one row a list kept with an integration.
 *
 * Everything that differs from kind to kind stands here; no other file compares a kind's name. A
 * new kind, or another profile's view of one, is a row or a column here.
 */
#ifndef SIMULATOR_KINDS_H
#define SIMULATOR_KINDS_H

#include <stdbool.h>
#include <stddef.h>

enum kind_id {
    KIND_INTEGRATIONS,
    KIND_FLOWS,
    KIND_EXPORTS,
    KIND_IMPORTS,
    KIND_CONNECTIONS,
    KIND_SCRIPTS,
    KINDS
};

struct kind {
    enum kind_id id;
    const char *path;       /* in URLs and in the state dump: "flows" */
    const char *type;       /* as the audit log calls it: "flow" */
    const char *title;      /* as messages call it: "Flow" */
    const char *list_route; /* how /_admin/stats calls the paths */
    const char *item_route;
    const char *child_route; /* NULL: an integration has no such sub-list */
    bool container;          /* has sub-lists and an audit log: an integration */
    bool unique_name;        /* a second one of the same name is a conflict */
    bool dies_with_owner;    /* the container's deletion takes along what no other container uses */
    unsigned used_by; /* bits of the kinds whose members' references make one a member, too */
};

extern const struct kind kinds[KINDS];

/* The kind with this path, or NULL. */
const struct kind *kind_by_path(const char *path);

/* A member of documents, at any depth, that refers to a resource by id. */
struct reference_key {
    const char *name;
    enum kind_id kind;
    bool registers; /* in a container's own document it makes the resource a member */
};

/* The row of this member name, or NULL. */
const struct reference_key *kind_reference(const char *name);

/* The member of a document that names its container. */
#define KIND_OWNER_KEY "_integrationId"

/* Lists that belong to one container and are no resources of their own. */
enum facet_id { FACET_AUDIT, FACET_ERRORS, FACET_USERS, FACETS };

struct facet {
    enum facet_id id;
    const char *path;
    const char *route;
    bool ordered; /* its rows' order means something: never shuffled */
};

extern const struct facet facets[FACETS];

const struct facet *facet_by_path(const char *path);

/* The one sub-path of a container that is neither a list of resources nor a facet. */
#define KIND_TEMPLATE_PATH "template"
#define KIND_TEMPLATE_ROUTE "/integrations/{id}/template"

#endif
