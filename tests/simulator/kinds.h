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
    KIND_ICLIENTS,
    KIND_FILEDEFINITIONS,
    KIND_EDIPROFILES,
    KIND_ASYNCHELPERS,
    KIND_LOOKUPCACHES,
    KIND_STACKS,
    KIND_AGENTS,
    KIND_APIS,
    KIND_TOOLS,
    KIND_MCPSERVERS,
    KIND_TAGS,
    KINDS
};

/* A field that GET shows as a mask, where the rules have masks. */
struct secret_field {
    const char *path; /* "http.auth.token.token" */
    const char *mask;
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
    bool beyond;             /* served only where the rules have every kind */
    unsigned used_by;   /* bits of the kinds whose members' references make one a member, too */
    const char *hidden; /* the field a list leaves out, where the rules hide fields */
    const struct secret_field *secrets; /* ends with an empty one; NULL: none */
    const char *model;                  /* as the recycle bin calls it: "Flow" */
    /* Paths of fields, ending with NULL; of no kind a NULL pointer. They count where the rules
     * validate and patch. */
    const char *const *required;
    const char *const *immutable;
    const char *const *patchable;
};

extern const struct kind kinds[KINDS];

/* The kind with this path, or NULL. */
const struct kind *kind_by_path(const char *path);

/* A member of documents, at any depth, that refers to a resource by id. */
struct reference_key {
    const char *name;
    enum kind_id kind;
    bool uses;      /* a part of what refers to it: it makes a member, and keeps one alive */
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
    bool ordered;  /* its rows' order means something: never shuffled */
    bool windowed; /* filters, limit= and offset= count, however other lists are paged */
    bool shared; /* with shared users, an integration's rows are those of the account that reach it
                  */
};

extern const struct facet facets[FACETS];

const struct facet *facet_by_path(const char *path);

/* The one sub-path of a container that is neither a list of resources nor a facet. */
#define KIND_TEMPLATE_PATH "template"
#define KIND_TEMPLATE_ROUTE "/integrations/{id}/template"

#endif
