#include "state.h"

#include <inttypes.h>
#include <stdlib.h>

#include "moment.h"

static void dump_random(const struct random *random, struct buffer *out)
{
    for (size_t i = 0; i < 4; i++)
        buffer_format(out, "%s\"%016" PRIx64 "\"", i ? "," : "", random->word[i]);
}

/* Documents put in as given may hold white space: writing them anew gives the text a loaded dump
 * will have. */
static void dump_shelf(const struct shelf *shelf, struct buffer *out)
{
    for (size_t i = 0; i < shelf->count; i++) {
        struct json_object *document = resource_document(shelf->at[i]);

        buffer_text(out, i ? ",\n" : "\n");
        json_write(out, document);
        json_object_put(document);
    }
}

static void dump_rows(const struct resource *container, const struct facet *facet,
                      struct buffer *out)
{
    const struct rows *rows = &container->rows[facet->id];

    json_write_string(out, container->id);
    buffer_text(out, ":[");
    for (size_t i = 0; i < rows->count; i++) {
        buffer_text(out, i ? ",\n" : "\n");
        buffer_add(out, rows->at[i].bytes, rows->at[i].len);
    }
    buffer_text(out, "]");
}

static void dump_facet(const struct account *account, const struct facet *facet, struct buffer *out)
{
    const char *between = "";

    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; kinds[k].container && i < account->shelves[k].count; i++) {
            buffer_text(out, between);
            dump_rows(account->shelves[k].at[i], facet, out);
            between = ",\n";
        }
}

void state_dump(const struct account *account, struct buffer *out)
{
    char now[MOMENT_TEXT_SIZE];

    buffer_format(out, "{\"clock\":\"%s\",\n\"random\":[", moment_text(account->now, now));
    dump_random(&account->random, out);
    buffer_text(out, "]");
    for (size_t k = 0; k < KINDS; k++) {
        buffer_format(out, ",\n\"%s\":[", kinds[k].path);
        dump_shelf(&account->shelves[k], out);
        buffer_text(out, "]");
    }
    for (size_t f = 0; f < FACETS; f++) {
        buffer_format(out, ",\n\"%s\":{", facets[f].path);
        dump_facet(account, &facets[f], out);
        buffer_text(out, "}");
    }
    buffer_text(out, "}\n");
}

static int load_header(struct account *account, struct json_object *dump)
{
    struct json_object *words = json_get(dump, "random");
    const char *now = json_get_text(dump, "clock");

    if (now && moment_parse(now, &account->now) != 0)
        return -1;
    if (!json_object_is_type(words, json_type_array) || json_object_array_length(words) != 4)
        return words ? -1 : 0;
    for (size_t i = 0; i < 4; i++)
        account->random.word[i] =
            strtoull(json_object_get_string(json_object_array_get_idx(words, i)), NULL, 16);
    return 0;
}

static bool is_list_of_objects(struct json_object *list)
{
    if (!json_object_is_type(list, json_type_array))
        return !list;
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_object))
            return false;
    return true;
}

static bool is_dump(struct json_object *dump)
{
    bool good = json_object_is_type(dump, json_type_object);

    for (size_t k = 0; good && k < KINDS; k++)
        good = is_list_of_objects(json_get(dump, kinds[k].path));
    return good;
}

static void load_shelves(struct account *account, struct json_object *dump)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct json_object *list = json_get(dump, kinds[k].path);

        for (size_t i = 0; list && i < json_object_array_length(list); i++)
            account_add_document(account, &kinds[k], json_object_array_get_idx(list, i));
    }
}

static void load_facets(struct json_object *dump, struct resource *container)
{
    for (size_t f = 0; f < FACETS; f++) {
        struct json_object *rows = json_get(json_get(dump, facets[f].path), container->id);

        if (json_object_is_type(rows, json_type_array))
            resource_set_rows(container, &facets[f], rows);
    }
}

int state_load(struct account *account, const char *bytes, size_t len)
{
    struct json_object *dump = json_parse(bytes, len);

    if (!is_dump(dump) || load_header(account, dump) != 0) {
        json_object_put(dump);
        return -1;
    }
    account_clear(account);
    load_shelves(account, dump);
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; kinds[k].container && i < account->shelves[k].count; i++)
            load_facets(dump, account->shelves[k].at[i]);
    json_object_put(dump);
    return 0;
}
