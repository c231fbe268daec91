/*
 * json.h - what the simulator needs of json-c, in short words.
 *
 * Numbers that are no 64-bit integers keep the spelling they came with. Functions that put a value
 * take it over: the object frees it. A JSON null is a NULL pointer, as everywhere in json-c.
 */
#ifndef SIMULATOR_JSON_H
#define SIMULATOR_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "random.h"

/* Parses exactly one object or array, nothing behind it. NULL where the bytes are something else.
 */
struct json_object *json_parse(const char *bytes, size_t len);

/* The compact text of a value; free() it. `ret_len` may be NULL. */
char *json_text(struct json_object *value, size_t *ret_len);

/* Appends the compact text of a value. */
void json_write(struct buffer *out, struct json_object *value);

/* Appends a string as JSON, quoted and escaped. */
void json_write_string(struct buffer *out, const char *text);

void json_put(struct json_object *object, const char *key, struct json_object *value);
void json_put_text(struct json_object *object, const char *key, const char *text);
void json_put_bool(struct json_object *object, const char *key, bool value);
void json_put_int(struct json_object *object, const char *key, int64_t value);
void json_put_moment(struct json_object *object, const char *key, int64_t moment);

/* A number served with exactly this spelling. */
void json_put_number(struct json_object *object, const char *key, const char *spelling);

/* Puts a new empty object or array and returns it, still owned by its parent. */
struct json_object *json_put_object(struct json_object *object, const char *key);
struct json_object *json_put_array(struct json_object *object, const char *key);

/* Adds to an array; the second form adds a new empty object and returns it. */
void json_push(struct json_object *array, struct json_object *value);
void json_push_text(struct json_object *array, const char *text);
struct json_object *json_push_object(struct json_object *array);

/* A member: NULL where there is none or `object` is no object. Borrowed. */
struct json_object *json_get(struct json_object *object, const char *key);

/* A member that is a string; NULL otherwise. Borrowed. */
const char *json_get_text(struct json_object *object, const char *key);

/* A member as a number or boolean, or `fallback`. */
double json_get_number(struct json_object *object, const char *key, double fallback);
bool json_get_bool(struct json_object *object, const char *key);

/* The member at a path such as "http.auth.type", through objects only: json_get(), put and remove.
 * Putting makes the objects that are missing. */
struct json_object *json_at(struct json_object *object, const char *path);
void json_put_at(struct json_object *object, const char *path, struct json_object *value);
void json_remove_at(struct json_object *object, const char *path);

/* A copy whose objects, at every depth, have their keys in a random order. */
struct json_object *json_shuffled(struct json_object *value, struct random *random);

/* RFC 7386: `target` (an object, changed in place) merged with `patch` (an object). */
void json_merge(struct json_object *target, struct json_object *patch);

#endif
