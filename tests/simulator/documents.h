/*
 * documents.h - made-up documents, one function a kind, like those of real accounts.
 *
 * Every function returns a new document; json_object_put() it.
 */
#ifndef SIMULATOR_DOCUMENTS_H
#define SIMULATOR_DOCUMENTS_H

#include "json.h"
#include "kinds.h"
#include "profile.h"
#include "random.h"

/* Ids a document may refer to. */
struct ids {
    char **at;
    size_t count;
    size_t cap;
};

void ids_add(struct ids *ids, const char *id);
void ids_release(struct ids *ids);

/* What the makers draw from. */
struct maker {
    const struct rules *rules;
    struct random random;
    int64_t now;
    const struct ids *connections;  /* those of the integration's environment */
    const struct ids *known[KINDS]; /* of the whole account, as far as they are made; never NULL */
    const struct ids *groups;       /* flow groups of the integration */
    size_t connections_made;
    bool sandbox;
};

/* What a flow connects. */
struct flow_plan {
    struct ids exports;
    struct ids imports;
    const char *integration; /* NULL: a standalone flow */
    bool routed;             /* by routers and branches, not by a plain list */
};

struct json_object *document_integration(struct maker *maker, const char *id, const char *name);
struct json_object *document_connection(struct maker *maker, const char *id);
struct json_object *document_script(struct maker *maker, const char *id);
struct json_object *document_export(struct maker *maker, const char *id);
struct json_object *document_import(struct maker *maker, const char *id);
struct json_object *document_flow(struct maker *maker, const char *id,
                                  const struct flow_plan *plan);

/* A document of a kind beyond the reference. */
struct json_object *document_shared(struct maker *maker, enum kind_id kind, const char *id);

/* A document of any kind, with what it needs drawn from what is known. */
struct json_object *document_any(struct maker *maker, enum kind_id kind, const char *id);

/* One row of an import's mapping.fields, for those who add to one. */
struct json_object *document_mapping_row(struct random *random);

#endif
