#include "secrets.h"

#include <stdio.h>
#include <string.h>

/* An empty string is nothing to hide. */
static bool is_secret(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) ? json_object_get_string_len(value) > 0
                                                        : value != NULL;
}

struct json_object *secrets_take(const struct kind *kind, struct json_object *document)
{
    struct json_object *vault = NULL;

    for (const struct secret_field *field = kind->secrets; field && field->path; field++) {
        struct json_object *value = json_at(document, field->path);

        if (!is_secret(value))
            continue;
        if (!vault)
            vault = json_object_new_object();
        json_put(vault, field->path, json_object_get(value));
        json_put_at(document, field->path, json_object_new_string(field->mask));
    }
    return vault;
}

struct json_object *secrets_make(struct random *random)
{
    char text[32];

    snprintf(text, sizeof text, "sim-secret-%016llx", (unsigned long long)random_next(random));
    return json_object_new_string(text);
}

static bool is_token(const char *path)
{
    const char *name = strrchr(path, '.');

    return name && (strcmp(name, ".token") == 0 || strcmp(name, ".refreshToken") == 0 ||
                    strcmp(name, ".bearerToken") == 0);
}

void secrets_refresh(struct json_object *vault, struct random *random)
{
    struct json_object_iter it;

    if (!vault)
        return;
    json_object_object_foreachC(vault, it)
    {
        if (is_token(it.key))
            json_put(vault, it.key, secrets_make(random));
    }
}

static void write_vault(const struct resource *resource, struct buffer *out, size_t *written)
{
    struct json_object_iter it;

    json_object_object_foreachC(resource->vault, it)
    {
        buffer_format(out, "%s{\"kind\":\"%s\",\"_id\":", (*written)++ ? ",\n" : "\n",
                      resource->kind->path);
        json_write_string(out, resource->id);
        buffer_text(out, ",\"path\":");
        json_write_string(out, it.key);
        buffer_text(out, ",\"value\":");
        json_write(out, it.val);
        buffer_text(out, "}");
    }
}

void secrets_write(const struct account *account, struct buffer *out)
{
    size_t written = 0;

    buffer_text(out, "[");
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < account->shelves[k].count; i++)
            if (account->shelves[k].at[i]->vault)
                write_vault(account->shelves[k].at[i], out, &written);
    buffer_text(out, "]\n");
}
