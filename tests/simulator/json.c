#include "json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "moment.h"

enum { MAX_DEPTH = 500 }; /* every recursion over a document is bounded by it */

struct json_object *json_parse(const char *bytes, size_t len)
{
    struct json_tokener *tokener;
    struct json_object *value = NULL;

    if (!bytes || len > INT_MAX)
        return NULL;
    tokener = json_tokener_new_ex(MAX_DEPTH);
    if (!tokener)
        abort();
    value = json_tokener_parse_ex(tokener, bytes, (int)len);
    if (json_tokener_get_error(tokener) != json_tokener_success ||
        (!json_object_is_type(value, json_type_object) &&
         !json_object_is_type(value, json_type_array))) {
        json_object_put(value);
        value = NULL;
    }
    json_tokener_free(tokener);
    return value;
}

static const char *text_of(struct json_object *value, size_t *ret_len)
{
    int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
    const char *text = json_object_to_json_string_length(value, flags, ret_len);

    if (!text)
        abort();
    return text;
}

char *json_text(struct json_object *value, size_t *ret_len)
{
    size_t len;
    const char *text = text_of(value, &len);

    if (ret_len)
        *ret_len = len;
    return memory_copy(text, len);
}

void json_write(struct buffer *out, struct json_object *value)
{
    size_t len;
    const char *text = text_of(value, &len);

    buffer_add(out, text, len);
}

void json_write_string(struct buffer *out, const char *text)
{
    struct json_object *string = json_object_new_string(text);

    json_write(out, string);
    json_object_put(string);
}

void json_put(struct json_object *object, const char *key, struct json_object *value)
{
    if (json_object_object_add(object, key, value) != 0)
        abort();
}

void json_put_text(struct json_object *object, const char *key, const char *text)
{
    json_put(object, key, json_object_new_string(text));
}

void json_put_bool(struct json_object *object, const char *key, bool value)
{
    json_put(object, key, json_object_new_boolean(value));
}

void json_put_int(struct json_object *object, const char *key, int64_t value)
{
    json_put(object, key, json_object_new_int64(value));
}

void json_put_moment(struct json_object *object, const char *key, int64_t moment)
{
    char text[MOMENT_TEXT_SIZE];

    json_put_text(object, key, moment_text(moment, text));
}

void json_put_number(struct json_object *object, const char *key, const char *spelling)
{
    json_put(object, key, json_object_new_double_s(strtod(spelling, NULL), spelling));
}

struct json_object *json_put_object(struct json_object *object, const char *key)
{
    struct json_object *fresh = json_object_new_object();

    json_put(object, key, fresh);
    return fresh;
}

struct json_object *json_put_array(struct json_object *object, const char *key)
{
    struct json_object *fresh = json_object_new_array();

    json_put(object, key, fresh);
    return fresh;
}

void json_push(struct json_object *array, struct json_object *value)
{
    if (json_object_array_add(array, value) != 0)
        abort();
}

void json_push_text(struct json_object *array, const char *text)
{
    json_push(array, json_object_new_string(text));
}

struct json_object *json_push_object(struct json_object *array)
{
    struct json_object *fresh = json_object_new_object();

    json_push(array, fresh);
    return fresh;
}

struct json_object *json_get(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, key, &value);
    return value;
}

const char *json_get_text(struct json_object *object, const char *key)
{
    struct json_object *value = json_get(object, key);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

double json_get_number(struct json_object *object, const char *key, double fallback)
{
    struct json_object *value = json_get(object, key);

    if (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double))
        return json_object_get_double(value);
    return fallback;
}

bool json_get_bool(struct json_object *object, const char *key)
{
    struct json_object *value = json_get(object, key);

    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

/* ---- paths ---- */

/* The object that holds, or is to hold, the path's last member, and that member's name in
 * `ret_key`. NULL where there is none and `make` does not want one. */
static struct json_object *holder(struct json_object *object, const char *path, bool make,
                                  const char **ret_key)
{
    const char *dot;

    while (object && (dot = strchr(path, '.'))) {
        char *key = memory_copy(path, (size_t)(dot - path));
        struct json_object *next = json_get(object, key);

        if (make && !json_object_is_type(next, json_type_object))
            next = json_put_object(object, key);
        object = next;
        path = dot + 1;
        free(key);
    }
    *ret_key = path;
    return json_object_is_type(object, json_type_object) ? object : NULL;
}

struct json_object *json_at(struct json_object *object, const char *path)
{
    const char *key;

    object = holder(object, path, false, &key);
    return json_get(object, key);
}

void json_put_at(struct json_object *object, const char *path, struct json_object *value)
{
    const char *key;

    object = holder(object, path, true, &key);
    json_put(object, key, value);
}

void json_remove_at(struct json_object *object, const char *path)
{
    const char *key;

    object = holder(object, path, false, &key);
    if (object)
        json_object_object_del(object, key);
}

/* ---- order ---- */

/* The keys of an object, in a random order; free() the array, not the keys. */
static const char **shuffled_keys(struct json_object *object, struct random *random,
                                  size_t *ret_count)
{
    size_t count = (size_t)json_object_object_length(object);
    const char **keys = memory_resize(NULL, count, sizeof *keys);
    struct json_object_iter it;
    size_t n = 0;

    json_object_object_foreachC(object, it)
    {
        size_t place = random_below(random, n + 1);

        if (place != n)
            keys[n] = keys[place];
        keys[place] = it.key;
        n++;
    }
    *ret_count = n;
    return keys;
}

static struct json_object *shuffled_object(struct json_object *object, struct random *random)
{
    struct json_object *copy = json_object_new_object();
    size_t count;
    const char **keys = shuffled_keys(object, random, &count);

    for (size_t i = 0; i < count; i++)
        json_put(copy, keys[i], json_shuffled(json_get(object, keys[i]), random));
    free(keys);
    return copy;
}

struct json_object *json_shuffled(struct json_object *value, struct random *random)
{
    struct json_object *copy;

    if (json_object_is_type(value, json_type_object))
        return shuffled_object(value, random);
    if (!json_object_is_type(value, json_type_array))
        return json_object_get(value);
    copy = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(value); i++)
        json_push(copy, json_shuffled(json_object_array_get_idx(value, i), random));
    return copy;
}

/* ---- merging ---- */

/* What a member becomes when `patch` (not null) is merged into `old` (borrowed, may be NULL). */
static struct json_object *merged(struct json_object *old, struct json_object *patch)
{
    struct json_object *target;

    if (!json_object_is_type(patch, json_type_object))
        return json_object_get(patch);
    if (json_object_is_type(old, json_type_object))
        target = json_object_get(old);
    else
        target = json_object_new_object();
    json_merge(target, patch);
    return target;
}

void json_merge(struct json_object *target, struct json_object *patch)
{
    struct json_object_iter it;

    json_object_object_foreachC(patch, it)
    {
        if (it.val)
            json_put(target, it.key, merged(json_get(target, it.key), it.val));
        else
            json_object_object_del(target, it.key);
    }
}
