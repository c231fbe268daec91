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

static void dump_rows(const char *name, const struct rows *rows, struct buffer *out)
{
    json_write_string(out, name);
    buffer_text(out, ":");
    rows_write(rows, out);
}

static void dump_facet(const struct account *account, const struct facet *facet, struct buffer *out)
{
    const char *between = "";

    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; kinds[k].container && i < account->shelves[k].count; i++) {
            buffer_text(out, between);
            dump_rows(account->shelves[k].at[i]->id, &account->shelves[k].at[i]->rows[facet->id],
                      out);
            between = ",\n";
        }
}

static void dump_account_rows(const struct account *account, struct buffer *out)
{
    size_t dumped = 0;

    for (size_t f = 0; f < FACETS; f++) {
        if (!account->rows[f].count)
            continue;
        buffer_text(out, dumped++ ? ",\n" : ",\n\"account\":{");
        dump_rows(facets[f].path, &account->rows[f], out);
    }
    if (dumped)
        buffer_text(out, "}");
}

static struct json_object *vaults_of(const struct shelf *shelf)
{
    struct json_object *vaults = NULL;

    for (size_t i = 0; i < shelf->count; i++) {
        if (!shelf->at[i]->vault)
            continue;
        if (!vaults)
            vaults = json_object_new_object();
        json_put(vaults, shelf->at[i]->id, json_object_get(shelf->at[i]->vault));
    }
    return vaults;
}

static void dump_vaults(const struct account *account, struct buffer *out)
{
    struct json_object *all = json_object_new_object();

    for (size_t k = 0; k < KINDS; k++) {
        struct json_object *vaults = vaults_of(&account->shelves[k]);

        if (vaults)
            json_put(all, kinds[k].path, vaults);
    }
    if (json_object_object_length(all)) {
        buffer_text(out, ",\n\"secrets\":");
        json_write(out, all);
    }
    json_object_put(all);
}

static void dump_recycled(const struct recycled *recycled, struct buffer *out)
{
    struct json_object *entry = json_object_new_object();

    json_put_text(entry, "kind", recycled->resource->kind->path);
    json_put_int(entry, "deletion", (int64_t)recycled->deletion);
    json_put_bool(entry, "head", recycled->head);
    json_put_moment(entry, "at", recycled->moment);
    json_put(entry, "doc", resource_document(recycled->resource));
    json_put(entry, "secrets", json_object_get(recycled->resource->vault));
    json_write(out, entry);
    json_object_put(entry);
}

static void dump_bin(const struct account *account, struct buffer *out)
{
    for (size_t i = 0; i < account->bin.count; i++) {
        buffer_text(out, i ? ",\n" : ",\n\"recycled\":[\n");
        dump_recycled(&account->bin.at[i], out);
    }
    if (account->bin.count)
        buffer_text(out, "]");
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
    dump_account_rows(account, out);
    dump_vaults(account, out);
    dump_bin(account, out);
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

static void load_account_rows(struct account *account, struct json_object *dump)
{
    for (size_t f = 0; f < FACETS; f++) {
        struct json_object *rows = json_get(json_get(dump, "account"), facets[f].path);

        if (json_object_is_type(rows, json_type_array))
            rows_set(&account->rows[f], rows);
    }
}

static void load_vaults(struct account *account, struct json_object *dump)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct json_object *vaults = json_get(json_get(dump, "secrets"), kinds[k].path);

        for (size_t i = 0; vaults && i < account->shelves[k].count; i++) {
            struct resource *resource = account->shelves[k].at[i];
            struct json_object *vault = json_get(vaults, resource->id);

            if (json_object_is_type(vault, json_type_object))
                resource_set_vault(resource, json_object_get(vault));
        }
    }
}

/* Puts one entry of the bin back there, by way of the account. */
static void load_recycled(struct account *account, struct json_object *entry)
{
    const char *path = json_get_text(entry, "kind");
    const char *at = json_get_text(entry, "at");
    const struct kind *kind = path ? kind_by_path(path) : NULL;
    struct json_object *document = json_get(entry, "doc");
    struct json_object *vault = json_get(entry, "secrets");
    struct recycled recycled = {.head = json_get_bool(entry, "head")};

    if (!kind || !json_object_is_type(document, json_type_object) || !at ||
        moment_parse(at, &recycled.moment) != 0)
        return;
    recycled.deletion = (size_t)json_get_number(entry, "deletion", 0);
    recycled.resource = account_add_document(account, kind, document);
    account_detach(account, recycled.resource);
    if (json_object_is_type(vault, json_type_object))
        resource_set_vault(recycled.resource, json_object_get(vault));
    bin_add(&account->bin, recycled);
}

static void load_bin(struct account *account, struct json_object *dump)
{
    struct json_object *entries = json_get(dump, "recycled");

    for (size_t i = 0;
         json_object_is_type(entries, json_type_array) && i < json_object_array_length(entries);
         i++)
        load_recycled(account, json_object_array_get_idx(entries, i));
}

static void load_facets(struct json_object *dump, struct resource *container)
{
    for (size_t f = 0; f < FACETS; f++) {
        struct json_object *rows = json_get(json_get(dump, facets[f].path), container->id);

        if (json_object_is_type(rows, json_type_array))
            rows_set(&container->rows[f], rows);
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
    load_account_rows(account, dump);
    load_vaults(account, dump);
    load_bin(account, dump);
    json_object_put(dump);
    return 0;
}
