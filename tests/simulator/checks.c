#include "checks.h"

#include <string.h>

static bool refuse(struct reply *reply, unsigned status, const char *code, const char *message,
                   const char *field)
{
    reply_error(reply, status, code, message, field);
    return false;
}

bool checks_media_type(const struct simulator *sim, const struct request *request,
                       struct reply *reply)
{
    const char *type = request->content_type;

    if (!sim->options.rules.validates || (type && strstr(type, "json")))
        return true;
    return refuse(reply, 415, "unsupported_media_type", "Content-Type must be application/json",
                  NULL);
}

/* ---- names ---- */

static bool name_taken(const struct simulator *sim, const struct kind *kind, const char *name,
                       const struct resource *except)
{
    const struct shelf *shelf = &sim->account->shelves[kind->id];
    bool unique = kind->unique_name && sim->options.rules.unique_names;

    for (size_t i = 0; unique && i < shelf->count; i++)
        if (shelf->at[i] != except && shelf->at[i]->name && strcmp(shelf->at[i]->name, name) == 0)
            return true;
    return false;
}

static bool conflict(struct reply *reply, const struct kind *kind)
{
    struct buffer message = {0};

    buffer_format(&message, "%s with this name already exists", kind->title);
    reply_error(reply, 409, "conflict", message.data, NULL);
    buffer_release(&message);
    return false;
}

/* ---- fields ---- */

static bool is_missing(struct json_object *value)
{
    return !value ||
           (json_object_is_type(value, json_type_string) && json_object_get_string_len(value) == 0);
}

static bool has_required(struct reply *reply, const struct kind *kind, struct json_object *document)
{
    for (const char *const *path = kind->required; *path; path++)
        if (is_missing(json_at(document, *path)))
            return refuse(reply, 422, "missing_required_field", "Required field is missing", *path);
    return true;
}

static bool keeps_immutable(struct reply *reply, struct json_object *document,
                            const struct resource *old)
{
    struct json_object *before = resource_document(old);
    bool kept = true;

    for (const char *const *path = old->kind->immutable; kept && *path; path++) {
        struct json_object *was = json_at(before, *path);
        struct json_object *is = json_at(document, *path);

        if (is && !json_object_equal(was, is))
            kept = refuse(reply, 422, "immutable_field", "Field cannot be changed", *path);
    }
    json_object_put(before);
    return kept;
}

static bool leaves_server_fields(struct reply *reply, struct json_object *document)
{
    static const char *const fields[] = {"_id", "createdAt", "lastModified", "lastModifiedBy"};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (json_object_object_get_ex(document, fields[i], NULL))
            return refuse(reply, 422, "read_only_field", "Field is set by the server", fields[i]);
    return true;
}

/* Connections of these types are refused while a credential is missing or a mask. */
static bool has_credentials(struct reply *reply, const struct kind *kind,
                            struct json_object *document)
{
    static const struct {
        const char *type;
        const char *path;
    } credentials[] = {{"netsuite", "netsuite.tokenSecret"}, {"as2", "as2.userPrivateKey"}};
    const char *type = json_get_text(document, "type");

    if (kind->id != KIND_CONNECTIONS || !type)
        return true;
    for (size_t i = 0; i < sizeof credentials / sizeof *credentials; i++) {
        struct json_object *value = json_at(document, credentials[i].path);
        const char *text = value ? json_object_get_string(value) : "";

        if (strcmp(type, credentials[i].type) == 0 && strspn(text, "*") == strlen(text))
            return refuse(reply, 422, "missing_required_field", "Credentials are required",
                          credentials[i].path);
    }
    return true;
}

/* ---- references ---- */

/* A walk through a document. */
struct search {
    const struct account *account;
    struct buffer path; /* of the value at hand */
};

/* What these hold is the customer's own: a key that looks like a reference is none. */
static bool is_free_form(const char *key)
{
    static const char *const keys[] = {"settings", "mockOutput", "mockResponse", "sampleData"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static bool find_dangling(struct search *search, const struct reference_key *key,
                          struct json_object *value);

static bool find_in_array(struct search *search, const struct reference_key *key,
                          struct json_object *array)
{
    size_t len = search->path.len;

    for (size_t i = 0; i < json_object_array_length(array); i++) {
        buffer_format(&search->path, "[%zu]", i);
        if (find_dangling(search, key, json_object_array_get_idx(array, i)))
            return true;
        buffer_cut(&search->path, len);
    }
    return false;
}

static bool find_in_object(struct search *search, struct json_object *object)
{
    struct json_object_iter it;
    size_t len = search->path.len;

    json_object_object_foreachC(object, it)
    {
        if (is_free_form(it.key))
            continue;
        buffer_format(&search->path, "%s%s", len ? "." : "", it.key);
        if (find_dangling(search, kind_reference(it.key), it.val))
            return true;
        buffer_cut(&search->path, len);
    }
    return false;
}

/* Whether the value holds a reference to something that is not there; `path` then leads to it. */
static bool find_dangling(struct search *search, const struct reference_key *key,
                          struct json_object *value)
{
    if (json_object_is_type(value, json_type_array))
        return find_in_array(search, key, value);
    if (json_object_is_type(value, json_type_object))
        return find_in_object(search, value);
    if (!key || !value)
        return false;
    return !json_object_is_type(value, json_type_string) ||
           !account_find(search->account, &kinds[key->kind], json_object_get_string(value));
}

/* Whether the flow's group, if it names one, is one of its integration's. */
static bool group_exists(const struct account *account, struct json_object *document)
{
    const char *group = json_get_text(document, "_flowGroupingId");
    const char *owner = json_get_text(document, KIND_OWNER_KEY);
    struct resource *container =
        owner ? account_find(account, &kinds[KIND_INTEGRATIONS], owner) : NULL;
    struct json_object *integration = container ? resource_document(container) : NULL;
    struct json_object *groups = json_get(integration, "flowGroupings");
    bool found = !group;

    for (size_t i = 0; !found && json_object_is_type(groups, json_type_array) &&
                       i < json_object_array_length(groups);
         i++) {
        const char *id = json_get_text(json_object_array_get_idx(groups, i), "_id");

        found = id && strcmp(id, group) == 0;
    }
    json_object_put(integration);
    return found;
}

static bool has_references(const struct simulator *sim, struct reply *reply,
                           struct json_object *document)
{
    struct search search = {.account = sim->account};
    bool good = true;

    if (find_dangling(&search, NULL, document))
        good = refuse(reply, 422, "invalid_ref", "Referenced resource does not exist",
                      search.path.data);
    else if (!group_exists(sim->account, document))
        good = refuse(reply, 422, "invalid_ref", "The integration has no such flow group",
                      "_flowGroupingId");
    buffer_release(&search.path);
    return good;
}

/* ---- all of it ---- */

static bool is_valid(const struct simulator *sim, struct reply *reply, const struct kind *kind,
                     struct json_object *document, const struct resource *old)
{
    const struct rules *rules = &sim->options.rules;

    return has_required(reply, kind, document) &&
           (!rules->refuses_server_fields || leaves_server_fields(reply, document)) &&
           (!old || keeps_immutable(reply, document, old)) &&
           (!rules->refuses_shells || has_credentials(reply, kind, document)) &&
           has_references(sim, reply, document);
}

bool checks_document(const struct simulator *sim, struct reply *reply, const struct kind *kind,
                     struct json_object *document, const struct resource *old)
{
    const char *name = json_get_text(document, "name");

    if (!json_object_is_type(document, json_type_object))
        return refuse(reply, 400, "validation_error", "Request body must be a JSON object", NULL);
    if (sim->options.rules.validates)
        return is_valid(sim, reply, kind, document, old);
    if (!name || !*name)
        return refuse(reply, 400, "validation_error", "Name is required", "name");
    return !name_taken(sim, kind, name, old) || conflict(reply, kind);
}

bool checks_patched(const struct simulator *sim, struct reply *reply, const struct kind *kind,
                    struct json_object *document)
{
    return has_required(reply, kind, document) && has_references(sim, reply, document);
}
