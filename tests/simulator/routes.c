#include "routes.h"

#include <string.h>
#include <strings.h>

#include "audit.h"
#include "lists.h"
#include "moment.h"
#include "template.h"

static bool authorized(const struct simulator *sim, const struct request *request)
{
    static const char scheme[] = "Bearer ";
    const char *header = request->authorization;

    return header && strncasecmp(header, scheme, sizeof scheme - 1) == 0 &&
           strcmp(header + sizeof scheme - 1, sim->options.token) == 0;
}

static void unauthorized(struct reply *reply)
{
    reply_error(reply, 401, "unauthorized", "Unauthorized", NULL);
}

static void invalid(struct reply *reply, const char *message, const char *field)
{
    reply_error(reply, 400, "validation_error", message, field);
}

static bool name_taken(const struct simulator *sim, const struct kind *kind, const char *name,
                       const struct resource *except)
{
    const struct shelf *shelf = &sim->account->shelves[kind->id];

    for (size_t i = 0; kind->unique_name && i < shelf->count; i++)
        if (shelf->at[i] != except && shelf->at[i]->name && strcmp(shelf->at[i]->name, name) == 0)
            return true;
    return false;
}

static void conflict(struct reply *reply, const struct kind *kind)
{
    struct buffer message = {0};

    buffer_format(&message, "%s with this name already exists", kind->title);
    reply_error(reply, 409, "conflict", message.data, NULL);
    buffer_release(&message);
}

/*
 * The document a client sent to create (`old` NULL) or replace a resource, or NULL and the reason
 * answered. json_object_put() it.
 */
static struct json_object *read_document(const struct simulator *sim, const struct request *request,
                                         struct reply *reply, const struct kind *kind,
                                         const struct resource *old)
{
    struct json_object *document = json_parse(request->body.data, request->body.len);
    const char *name = json_get_text(document, "name");

    if (!json_object_is_type(document, json_type_object))
        invalid(reply, "Request body must be a JSON object", NULL);
    else if (!name || !*name)
        invalid(reply, "Name is required", "name");
    else if (name_taken(sim, kind, name, old))
        conflict(reply, kind);
    else
        return document;
    json_object_put(document);
    return NULL;
}

/* What is stored of a client's document: its fields between those that only the server sets. */
static struct json_object *stored_document(struct json_object *sent, const char *id,
                                           struct json_object *created_at, int64_t now)
{
    struct json_object *stored = json_object_new_object();
    struct json_object_iter it;

    json_put_text(stored, "_id", id);
    json_object_object_foreachC(sent, it) json_put(stored, it.key, json_object_get(it.val));
    json_put_text(stored, "_id", id);
    json_object_object_del(stored, "createdAt");
    json_object_object_del(stored, "lastModified");
    if (created_at)
        json_put(stored, "createdAt", json_object_get(created_at));
    json_put_moment(stored, "lastModified", now);
    return stored;
}

static void create(struct simulator *sim, const struct request *request, struct reply *reply,
                   const struct kind *kind)
{
    struct account *account = sim->account;
    struct json_object *sent = read_document(sim, request, reply, kind, NULL);
    struct json_object *created_at;
    struct json_object *stored;
    struct resource *fresh;
    char now[MOMENT_TEXT_SIZE];
    char id[ID_SIZE];

    if (!sent)
        return;
    created_at = json_object_new_string(moment_text(account_tick(account), now));
    account_fresh_id(account, id);
    stored = stored_document(sent, id, created_at, account->now);
    fresh = account_add_document(account, kind, stored);
    audit_record(account, fresh, AUDIT_API_USER, NULL, stored);
    lists_one(sim, reply, 201, &fresh->document);
    json_object_put(stored);
    json_object_put(created_at);
    json_object_put(sent);
}

static void replace(struct simulator *sim, const struct request *request, struct reply *reply,
                    struct resource *resource)
{
    struct account *account = sim->account;
    struct json_object *sent = read_document(sim, request, reply, resource->kind, resource);
    struct json_object *before;
    struct json_object *stored;

    if (!sent)
        return;
    before = resource_document(resource);
    stored =
        stored_document(sent, resource->id, json_get(before, "createdAt"), account_tick(account));
    account_set_document(account, resource, stored);
    audit_record(account, resource, AUDIT_API_USER, before, stored);
    lists_one(sim, reply, 200, &resource->document);
    json_object_put(stored);
    json_object_put(before);
    json_object_put(sent);
}

static void delete (struct simulator *sim, struct reply *reply, struct resource *resource)
{
    struct json_object *before = resource_document(resource);

    account_tick(sim->account);
    audit_record(sim->account, resource, AUDIT_API_USER, before, NULL);
    account_remove_cascading(sim->account, resource);
    json_object_put(before);
    reply->status = 204;
}

static bool is(const struct request *request, const char *method)
{
    return strcmp(request->method, method) == 0;
}

static void answer_collection(struct simulator *sim, const struct request *request,
                              struct reply *reply, const struct kind *kind)
{
    const struct shelf *shelf = &sim->account->shelves[kind->id];

    if (is(request, "POST"))
        create(sim, request, reply, kind);
    else if (!is(request, "GET"))
        reply_bad_method(reply, "GET, POST");
    else if (sim->options.no_account_lists && !kind->container)
        reply_not_found(reply, "Resource");
    else
        lists_resources(sim, request, reply, shelf->at, shelf->count);
}

static void answer_item(struct simulator *sim, const struct request *request, struct reply *reply,
                        const struct kind *kind)
{
    struct resource *resource = account_find(sim->account, kind, request->segments[2]);

    if (!is(request, "GET") && !is(request, "PUT") && !is(request, "DELETE"))
        reply_bad_method(reply, "GET, PUT, DELETE");
    else if (!resource)
        reply_not_found(reply, kind->title);
    else if (is(request, "GET"))
        lists_one(sim, reply, 200, &resource->document);
    else if (is(request, "PUT"))
        replace(sim, request, reply, resource);
    else
        delete (sim, reply, resource);
}

static void answer_members(struct simulator *sim, const struct request *request,
                           struct reply *reply, struct resource *container, const struct kind *kind)
{
    size_t count;
    struct resource *const *members = account_members(sim->account, container, kind, &count);

    lists_resources(sim, request, reply, members, count);
}

/* Answers /integrations/{id}/CHILD. */
static void answer_child(struct simulator *sim, const struct request *request, struct reply *reply,
                         const struct kind *container_kind)
{
    const char *child = request->segments[3];
    const struct kind *kind = kind_by_path(child);
    const struct facet *facet = facet_by_path(child);
    struct resource *container = account_find(sim->account, container_kind, request->segments[2]);

    if (!is(request, "GET"))
        reply_bad_method(reply, "GET");
    else if (!container)
        reply_not_found(reply, container_kind->title);
    else if (kind)
        answer_members(sim, request, reply, container, kind);
    else if (facet)
        lists_rows(sim, request, reply, container, facet);
    else
        template_answer_link(sim, request, reply, container);
}

static const char *child_route(const char *child)
{
    const struct kind *kind = kind_by_path(child);
    const struct facet *facet = facet_by_path(child);

    if (kind)
        return kind->child_route;
    if (facet)
        return facet->route;
    return strcmp(child, KIND_TEMPLATE_PATH) == 0 ? KIND_TEMPLATE_ROUTE : NULL;
}

/* The kind the path begins with, unless this server does not know it. */
static const struct kind *kind_of(const struct simulator *sim, const struct request *request)
{
    const struct kind *kind =
        request->segments_count > 1 ? kind_by_path(request->segments[1]) : NULL;

    return kind && sim->options.no_items && !kind->container ? NULL : kind;
}

const char *routes_name(const struct simulator *sim, const struct request *request)
{
    const struct kind *kind = kind_of(sim, request);

    if (!kind || request->bad_path || strcmp(request->segments[0], ROUTES_PREFIX) != 0)
        return NULL;
    switch (request->segments_count) {
    case 2:
        return kind->list_route;
    case 3:
        return kind->item_route;
    case 4:
        return kind->container ? child_route(request->segments[3]) : NULL;
    default:
        return NULL;
    }
}

void routes_answer(struct simulator *sim, const struct request *request, struct reply *reply)
{
    const struct kind *kind = kind_of(sim, request);

    reply->route = routes_name(sim, request);
    if (!authorized(sim, request))
        unauthorized(reply);
    else if (!reply->route)
        reply_not_found(reply, "Resource");
    else if (request->segments_count == 2)
        answer_collection(sim, request, reply, kind);
    else if (request->segments_count == 3)
        answer_item(sim, request, reply, kind);
    else
        answer_child(sim, request, reply, kind);
}
