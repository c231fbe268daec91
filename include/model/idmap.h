/*
 * idmap: which id a resource has now that had another one before.
 *
 * A server gives ids itself: what a restore had to create again has a new one. The map leads from
 * every id a resource ever had to its last one. In the mirror it is account/idmap.yaml:
 *
 *     exports:
 *       5e8f0c: 61aa42
 *
 * by the kind's plural, and "flowgroupings" for the groups of flows that stand inside of
 * integrations. Ids are safe ones (layout_id_is_safe).
 */
#ifndef MODEL_IDMAP_H
#define MODEL_IDMAP_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "format/node.h"
#include "model/kind.h"

/* What ids are of: a kind's number, or this for a group of flows. */
enum { IDMAP_GROUP = KIND_COUNT };

struct idmap_id;

/* Zero-initialised is empty; give back with idmap_release. Not to be copied. */
struct idmap {
    struct arena arena;
    struct map map;        /* from an id's text to a struct idmap_id */
    struct idmap_id **ids; /* both sides of every pair, in the order they came */
    size_t n, room;
};

/* Frees it; empty and usable afterwards. */
void idmap_release(struct idmap *map);

/*
 * Notes that `old`, of a kind with documents or a group, is `now`; texts are copied. All ids that
 * the resource ever had, not `old` alone, lead to where `now` leads from here on. If `now` is one
 * of them, it has come back and leads nowhere. Two equal ids that the map does not know are no
 * pair.
 */
void idmap_add(struct idmap *map, unsigned of, struct str old, struct str now);

/* The last id of a resource that had this one; `id` itself where it has no other. Borrows the map,
 * or is `id`. */
struct str idmap_get(const struct idmap *map, unsigned of, struct str id);

/* Whether any resource had this id before, whatever its kind: where ids stand in free text. The id
 * it has now, or empty. Borrows the map. */
struct str idmap_find(const struct idmap *map, struct str id);

/* The other ids of the resource that has this one last, in the order they came, made in `a`; their
 * texts are the map's. Returns how many. */
size_t idmap_origins(const struct idmap *map, unsigned of, struct str now, struct arena *a,
                     struct str **ret_ids);

/* Adds what a map file says, in canonical order. ERR_BAD, naming the line where it is known, for
 * what is no such map: an unknown kind, an id that is not safe or no string; nothing is added then.
 * An empty document (null) is an empty map. */
int idmap_load(struct idmap *map, const struct node *doc, struct err *err);

/* The map as a document, made in `a`, texts copied: each id that leads to another, with where it
 * leads at the end. */
struct node idmap_document(const struct idmap *map, struct arena *a);

#endif
