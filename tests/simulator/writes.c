#include "writes.h"

#include <string.h>

#include "audit.h"
#include "checks.h"
#include "intake.h"
#include "lists.h"
#include "losses.h"
#include "moment.h"
#include "recycle.h"
#include "scheduler.h"
#include "secrets.h"

/* ---- what only the server sets ---- */

/* Flow groups keep the ids they have; all others are new. */
static void number_groups(struct account *account, struct json_object *document,
                          struct json_object *before)
{
    struct json_object *groups = json_get(document, "flowGroupings");
    struct json_object *old = json_get(before, "flowGroupings");
    size_t count =
        json_object_is_type(groups, json_type_array) ? json_object_array_length(groups) : 0;
    size_t known = json_object_is_type(old, json_type_array) ? json_object_array_length(old) : 0;

    for (size_t i = 0; i < count; i++) {
        struct json_object *group = json_object_array_get_idx(groups, i);
        struct json_object *id = json_get(group, "_id");
        bool kept = false;
        char fresh[ID_SIZE];

        for (size_t j = 0; id && j < known; j++)
            kept =
                kept || json_object_equal(id, json_get(json_object_array_get_idx(old, j), "_id"));
        if (kept || !json_object_is_type(group, json_type_object))
            continue;
        account_fresh_id(account, fresh);
        json_put_text(group, "_id", fresh);
    }
}

/* A flow that does not say so is not disabled. */
static void enable(struct account *account, struct json_object *document,
                   struct json_object *before)
{
    (void)account;
    (void)before;
    if (!json_get(document, "disabled"))
        json_put_bool(document, "disabled", false);
}

/* A webhook's token is made with it; its address stays. */
static void keep_webhook(struct account *account, struct json_object *document,
                         struct json_object *before)
{
    struct json_object *url = json_at(before, "webhook.url");

    if (!json_object_is_type(json_get(document, "webhook"), json_type_object))
        return;
    if (url)
        json_put_at(document, "webhook.url", json_object_get(url));
    if (!before)
        json_put_at(document, "webhook.token", secrets_make(&account->random));
}

static void (*const finish[KINDS])(struct account *account, struct json_object *document,
                                   struct json_object *before) = {
    [KIND_INTEGRATIONS] = number_groups,
    [KIND_FLOWS] = enable,
    [KIND_EXPORTS] = keep_webhook,
};

/* Immutable fields that the client left out stay. */
static void keep_immutable(const struct kind *kind, struct json_object *document,
                           struct json_object *before)
{
    for (const char *const *path = kind->immutable; before && *path; path++) {
        struct json_object *old = json_at(before, *path);

        if (old && !json_at(document, *path))
            json_put_at(document, *path, json_object_get(old));
    }
}

/* No page is larger than the server wants it. */
static void clamp(const struct account *account, struct json_object *document)
{
    size_t most = account->rules->clamp;

    if (most && json_get_number(document, "pageSize", 0) > (double)most)
        json_put_int(document, "pageSize", (int64_t)most);
}

/* What is stored of a client's document: its fields between those that only the server sets. Of a
 * new one, `before` is NULL. */
static struct json_object *stored_document(struct account *account, const struct kind *kind,
                                           struct json_object *sent, const char *id,
                                           struct json_object *before)
{
    struct json_object *stored = json_object_new_object();
    struct json_object *created_at = json_get(before, "createdAt");
    struct json_object_iter it;

    json_put_text(stored, "_id", id);
    json_object_object_foreachC(sent, it) json_put(stored, it.key, json_object_get(it.val));
    json_put_text(stored, "_id", id);
    json_object_object_del(stored, "createdAt");
    json_object_object_del(stored, "lastModified");
    if (!before)
        json_put_moment(stored, "createdAt", account->now);
    else if (created_at)
        json_put(stored, "createdAt", json_object_get(created_at));
    audit_stamp(account, stored, AUDIT_API_USER);
    clamp(account, stored);
    if (account->rules->validates && finish[kind->id])
        finish[kind->id](account, stored, before);
    if (account->rules->validates)
        keep_immutable(kind, stored, before);
    return stored;
}

/* ---- managed integrations ---- */

static bool is_managed(const struct resource *container)
{
    struct json_object *document = resource_document(container);
    bool managed = json_get_text(document, "_connectorId") != NULL;

    json_object_put(document);
    return managed;
}

static bool holds(struct account *account, struct resource *container,
                  const struct resource *resource)
{
    size_t count;
    struct resource *const *members = account_members(account, container, resource->kind, &count);

    for (size_t i = 0; i < count; i++)
        if (members[i] == resource)
            return true;
    return container == resource;
}

/* Counts a write to an integration that its vendor manages, or to something that is its alone. */
static void count_managed(struct simulator *sim, const struct resource *resource)
{
    const struct shelf *shelf = &sim->account->shelves[KIND_INTEGRATIONS];
    bool shared = !resource->kind->container && !resource->kind->dies_with_owner;

    for (size_t i = 0; !shared && i < shelf->count; i++)
        if (is_managed(shelf->at[i]) && holds(sim->account, shelf->at[i], resource)) {
            sim->stats.managed_writes++;
            return;
        }
}

/* ---- create, replace, delete ---- */

void writes_create(struct simulator *sim, const struct request *request, struct reply *reply,
                   const struct kind *kind)
{
    struct account *account = sim->account;
    struct json_object *sent = json_parse(request->body.data, request->body.len);
    struct json_object *stored;
    struct resource *fresh;
    char id[ID_SIZE];

    if (checks_media_type(sim, request, reply) && checks_document(sim, reply, kind, sent, NULL)) {
        account_tick(account);
        account_fresh_id(account, id);
        losses_sent(&sim->losses, kind, id, sent);
        stored = stored_document(account, kind, sent, id, NULL);
        fresh = intake_add(account, kind, stored);
        audit_record(account, fresh, AUDIT_API_USER, NULL, stored);
        scheduler_saved(&sim->runs, account->now, NULL, fresh);
        count_managed(sim, fresh);
        lists_one(sim, reply, 201, &fresh->document);
        json_object_put(stored);
    }
    json_object_put(sent);
}

/* Traces a change and answers with what the resource has become. */
static void save(struct simulator *sim, struct reply *reply, struct resource *resource,
                 struct json_object *before, struct json_object *after)
{
    audit_record(sim->account, resource, AUDIT_API_USER, before, after);
    scheduler_saved(&sim->runs, sim->account->now, before, resource);
    count_managed(sim, resource);
    lists_one(sim, reply, 200, &resource->document);
}

void writes_replace(struct simulator *sim, const struct request *request, struct reply *reply,
                    struct resource *resource)
{
    struct account *account = sim->account;
    struct json_object *sent = json_parse(request->body.data, request->body.len);
    struct json_object *before;
    struct json_object *stored;

    if (checks_media_type(sim, request, reply) &&
        checks_document(sim, reply, resource->kind, sent, resource)) {
        before = resource_document(resource);
        account_tick(account);
        losses_sent(&sim->losses, resource->kind, resource->id, sent);
        stored = stored_document(account, resource->kind, sent, resource->id, before);
        intake_replace(account, resource, stored);
        losses_saved(&sim->losses, resource, before);
        save(sim, reply, resource, before, stored);
        json_object_put(stored);
        json_object_put(before);
    }
    json_object_put(sent);
}

void writes_delete(struct simulator *sim, struct reply *reply, struct resource *resource)
{
    struct json_object *before;

    if (sim->options.rules.refuses_in_use && account_is_referenced(sim->account, resource)) {
        reply_error(reply, 422, "in_use", "Other resources refer to this one", "_id");
        return;
    }
    before = resource_document(resource);
    count_managed(sim, resource);
    account_tick(sim->account);
    audit_record(sim->account, resource, AUDIT_API_USER, before, NULL);
    recycle_delete(sim->account, resource, true, true);
    json_object_put(before);
    reply->status = 204;
}

/* ---- patch ---- */

static bool is_patchable(const struct kind *kind, const char *pointer)
{
    for (const char *const *path = kind->patchable; *path; path++)
        if (pointer[0] == '/' && strcmp(pointer + 1, *path) == 0)
            return true;
    return false;
}

/* Carries out one operation. Returns whether it could. */
static bool apply(struct json_object *document, struct json_object *operation)
{
    const char *name = json_get_text(operation, "op");
    const char *key = json_get_text(operation, "path") + 1;
    struct json_object *value = NULL;
    bool given = json_object_object_get_ex(operation, "value", &value);

    if (name && strcmp(name, "remove") == 0)
        json_object_object_del(document, key);
    else if (name && given && (strcmp(name, "replace") == 0 || strcmp(name, "add") == 0))
        json_put(document, key, json_object_get(value));
    else
        return false;
    return true;
}

/* Applies all operations to the document, or answers why not. */
static bool patch(struct reply *reply, const struct kind *kind, struct json_object *document,
                  struct json_object *operations)
{
    if (!json_object_is_type(operations, json_type_array)) {
        reply_error(reply, 400, "validation_error", "Request body must be a JSON Patch", NULL);
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(operations); i++) {
        struct json_object *operation = json_object_array_get_idx(operations, i);
        const char *pointer = json_get_text(operation, "path");

        if (!pointer || !is_patchable(kind, pointer)) {
            reply_error(reply, 422, "invalid_path", "Path cannot be patched", pointer);
            return false;
        }
        if (!apply(document, operation)) {
            reply_error(reply, 422, "invalid_operation", "Operation is not supported", "op");
            return false;
        }
    }
    return true;
}

void writes_patch(struct simulator *sim, const struct request *request, struct reply *reply,
                  struct resource *resource)
{
    struct json_object *operations = json_parse(request->body.data, request->body.len);
    struct json_object *before = resource_document(resource);
    struct json_object *after = resource_document(resource);

    if (checks_media_type(sim, request, reply) && patch(reply, resource->kind, after, operations) &&
        checks_patched(sim, reply, resource->kind, after)) {
        account_tick(sim->account);
        audit_stamp(sim->account, after, AUDIT_API_USER);
        account_set_document(sim->account, resource, after);
        save(sim, reply, resource, before, after);
    }
    json_object_put(after);
    json_object_put(before);
    json_object_put(operations);
}
