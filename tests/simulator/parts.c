#include "parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory.h"
#include "moment.h"
#include "people.h"
#include "phrases.h"
#include "secrets.h"

enum { HISTORY_DAYS = 400, NESTING = 12 };

void ids_add(struct ids *ids, const char *id)
{
    if (ids->count == ids->cap) {
        ids->cap = ids->cap * 2 + 8;
        ids->at = memory_resize(ids->at, ids->cap, sizeof(char *));
    }
    ids->at[ids->count++] = memory_text(id);
}

void ids_release(struct ids *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        free(ids->at[i]);
    free(ids->at);
    *ids = (struct ids){0};
}

void part_put_name(struct maker *maker, struct json_object *document, const char *verb)
{
    struct random *random = &maker->random;
    struct buffer name = {0};

    if (random_chance(random, 0.12)) {
        buffer_text(&name, phrase_foreign_name(random));
    } else {
        buffer_format(&name, "%s %s %s", verb, phrase_system(random), phrase_object(random));
        if (random_chance(random, 0.1)) /* names that differ by case only */
            for (size_t i = 0; i < name.len; i++)
                name.data[i] = (char)toupper((unsigned char)name.data[i]);
    }
    json_put_text(document, "name", name.data);
    buffer_release(&name);
}

void part_put_description(struct maker *maker, struct json_object *document)
{
    struct buffer text = {0};

    if (random_chance(&maker->random, 0.6)) {
        phrase_description(&maker->random, &text);
        json_put_text(document, "description", text.data);
        buffer_release(&text);
    }
}

void part_put_stamps(struct maker *maker, struct json_object *document)
{
    int64_t age = (int64_t)random_below(&maker->random, HISTORY_DAYS) * MOMENT_DAY;
    int64_t part = (int64_t)random_below(&maker->random, (size_t)MOMENT_DAY);
    int64_t created = maker->now - age - part;
    int64_t since = (int64_t)random_below(&maker->random, (size_t)(age + 1));

    json_put_moment(document, "createdAt", created);
    json_put_moment(document, "lastModified", created + since);
    if (maker->rules->rich_audit) {
        char user[ID_SIZE];

        people_id(phrase_user(&maker->random), user);
        json_put_text(document, "lastModifiedBy", user);
    }
}

struct json_object *part_begin(const char *id)
{
    struct json_object *document = json_object_new_object();

    json_put_text(document, "_id", id);
    return document;
}

const char *part_any_id(struct maker *maker, const struct ids *ids)
{
    return ids->at[random_below(&maker->random, ids->count)];
}

void part_put_id(struct maker *maker, struct json_object *document, const char *key,
                 const struct ids *ids)
{
    if (ids->count)
        json_put_text(document, key, part_any_id(maker, ids));
}

void part_put_local_id(struct maker *maker, struct json_object *document, const char *key)
{
    char id[8];

    snprintf(id, sizeof id, "%06x", (unsigned)random_below(&maker->random, 1 << 24));
    json_put_text(document, key, id);
}

void part_push_pair(struct json_object *array, const char *name, const char *value)
{
    struct json_object *pair = json_push_object(array);

    json_put_text(pair, "name", name);
    json_put_text(pair, "value", value);
}

/* [operator, [type, [extract, field]], value] */
static struct json_object *comparison(struct random *random)
{
    static const char *const operators[] = {"equals", "notequals", "greaterthan", "startswith",
                                            "contains"};
    struct json_object *outer = json_object_new_array();
    struct json_object *typed = json_object_new_array();
    struct json_object *extract = json_object_new_array();

    json_push_text(extract, "extract");
    json_push_text(extract, phrase_field(random));
    json_push_text(typed, random_chance(random, 0.5) ? "string" : "number");
    json_push(typed, extract);
    json_push_text(outer, operators[random_below(random, 5)]);
    json_push(outer, typed);
    json_push_text(outer, phrase_lookalike(random));
    return outer;
}

static struct json_object *expression(struct random *random, int depth)
{
    struct json_object *both;

    if (depth == 0)
        return comparison(random);
    both = json_object_new_array();
    json_push_text(both, random_chance(random, 0.5) ? "and" : "or");
    json_push(both, comparison(random));
    json_push(both, expression(random, depth - 1));
    return both;
}

void part_put_filter(struct maker *maker, struct json_object *document, const char *key)
{
    struct json_object *filter = json_put_object(document, key);

    json_put_text(filter, "type", "expression");
    json_put(json_put_object(filter, "expression"), "rules", expression(&maker->random, 1));
    json_put_text(json_get(filter, "expression"), "version", "1");
    json_put(filter, "rules", json_object_get(json_get(json_get(filter, "expression"), "rules")));
    json_put_text(filter, "version", "1");
}

void part_put_hook(struct maker *maker, struct json_object *hooks, const char *name)
{
    struct json_object *hook = json_put_object(hooks, name);

    json_put_text(hook, "function", name);
    part_put_id(maker, hook, "_scriptId", maker->known[KIND_SCRIPTS]);
}

/* Free-form settings, sometimes deep, always with values that are easily spoilt. */
void part_put_settings(struct maker *maker, struct json_object *document)
{
    struct random *random = &maker->random;
    struct json_object *settings = json_put_object(document, "settings");

    if (random_chance(random, 0.5))
        return;
    json_put_text(settings, "region", phrase_lookalike(random));
    json_put_number(settings, "factor", phrase_number(random));
    json_put_int(settings, "cursor", INT64_C(9007199254740993));
    json_put(settings, "fallback", NULL);
    json_put_array(settings, "exclude");
    json_put_object(settings, "overrides");
    for (int i = 0; random_chance(random, 0.8) && i < NESTING; i++) {
        settings = json_put_object(settings, i % 2 ? "inner" : "größe");
        json_put_text(settings, "value", phrase_lookalike(random));
    }
}

void part_put_secret(struct maker *maker, struct json_object *object, const char *key)
{
    if (maker->rules->masks)
        json_put(object, key, secrets_make(&maker->random));
    else
        json_put_text(object, key, "******");
}
