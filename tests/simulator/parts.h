/* parts.h - the parts of made-up documents that several kinds share. */
#ifndef SIMULATOR_PARTS_H
#define SIMULATOR_PARTS_H

#include "documents.h"

/* A new document with this id. */
struct json_object *part_begin(const char *id);

/* Each puts what its name says, made up. */
void part_put_name(struct maker *maker, struct json_object *document, const char *verb);
void part_put_description(struct maker *maker, struct json_object *document);
void part_put_settings(struct maker *maker, struct json_object *document);
void part_put_filter(struct maker *maker, struct json_object *document, const char *key);
void part_put_stamps(struct maker *maker, struct json_object *document);

/* A hook of this name, and the script it runs, if there are any. */
void part_put_hook(struct maker *maker, struct json_object *hooks, const char *name);

/* The secret itself, or only the mask, whatever the rules store. */
void part_put_secret(struct maker *maker, struct json_object *object, const char *key);

/* One of these ids, of which there is at least one; the same as a member, if there are any. */
const char *part_any_id(struct maker *maker, const struct ids *ids);
void part_put_id(struct maker *maker, struct json_object *document, const char *key,
                 const struct ids *ids);

/* A name that counts inside the document only. */
void part_put_local_id(struct maker *maker, struct json_object *document, const char *key);

/* {"name":…,"value":…} */
void part_push_pair(struct json_object *array, const char *name, const char *value);

#endif
