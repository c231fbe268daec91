#include "losses.h"

#include <string.h>

#define TAG "<redacted:"

enum { MASK_LEAST = 4 };

/* A walk through a document. */
struct walk {
    struct rows *losses;
    const struct kind *kind;
    const char *id;
    struct buffer path; /* to the value at hand */
};

static void note(struct walk *walk, const char *loss)
{
    struct json_object *row = json_object_new_object();

    json_put_text(row, "kind", walk->kind->path);
    json_put_text(row, "_id", walk->id);
    json_put_text(row, "path", walk->path.data);
    json_put_text(row, "loss", loss);
    rows_put(walk->losses, row);
    json_object_put(row);
}

static const char *text_of(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static bool is_mask(struct json_object *value)
{
    const char *text = text_of(value);
    size_t stars = strspn(text, "*");

    return stars >= MASK_LEAST && !text[stars];
}

/* What was sent, compared with nothing; what was shown, compared with what is. */
typedef void (*look)(struct walk *walk, struct json_object *value, struct json_object *now);

static void look_at_sent(struct walk *walk, struct json_object *value, struct json_object *now)
{
    (void)now;
    if (is_mask(value))
        note(walk, "masked");
    else if (strstr(text_of(value), TAG))
        note(walk, "tagged");
}

static void look_at_shown(struct walk *walk, struct json_object *value, struct json_object *now)
{
    if (is_mask(value) && (!now || (json_object_is_type(now, json_type_string) && !*text_of(now))))
        note(walk, "erased");
}

/* Looks at all that `value` holds, each with what stands in its place in `now`. */
static void walk_through(struct walk *walk, struct json_object *value, struct json_object *now,
                         look at)
{
    size_t len = walk->path.len;
    struct json_object_iter it;

    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            bool paired =
                json_object_is_type(now, json_type_array) && i < json_object_array_length(now);

            buffer_format(&walk->path, "[%zu]", i);
            walk_through(walk, json_object_array_get_idx(value, i),
                         paired ? json_object_array_get_idx(now, i) : NULL, at);
            buffer_cut(&walk->path, len);
        }
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreachC(value, it)
        {
            buffer_format(&walk->path, "%s%s", len ? "." : "", it.key);
            walk_through(walk, it.val, json_get(now, it.key), at);
            buffer_cut(&walk->path, len);
        }
    } else {
        at(walk, value, now);
    }
}

void losses_sent(struct rows *losses, const struct kind *kind, const char *id,
                 struct json_object *sent)
{
    struct walk walk = {losses, kind, id, {0}};

    walk_through(&walk, sent, NULL, look_at_sent);
    buffer_release(&walk.path);
}

void losses_saved(struct rows *losses, const struct resource *resource, struct json_object *before)
{
    struct walk walk = {losses, resource->kind, resource->id, {0}};
    struct json_object *now = resource_document(resource);

    walk_through(&walk, before, now, look_at_shown);
    buffer_release(&walk.path);
    json_object_put(now);
}
