#include "routes.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "audit.h"
#include "lists.h"
#include "memory.h"
#include "people.h"
#include "recycle.h"
#include "template.h"
#include "writes.h"

static bool authorized(const struct simulator *sim, const struct request *request)
{
    static const char scheme[] = "Bearer ";
    const char *header = request->authorization;

    return header && strncasecmp(header, scheme, sizeof scheme - 1) == 0 &&
           strcmp(header + sizeof scheme - 1, sim->options.token) == 0;
}

static void unauthorized(const struct simulator *sim, struct reply *reply)
{
    if (sim->options.rules.terse_401) {
        reply->status = 401;
        buffer_text(&reply->body, "{\"message\":\"Unauthorized\"}");
        return;
    }
    reply_error(reply, 401, "unauthorized", "Unauthorized", NULL);
}

static bool within_rate(struct simulator *sim)
{
    const struct rules *rules = &sim->options.rules;

    return bucket_take(&sim->bucket, rules->bucket, rules->refill, bucket_now());
}

static void rate_limited(struct simulator *sim, struct reply *reply)
{
    sim->stats.rate_limited++;
    reply_error(reply, 429, "rate_limited", "Too many requests", NULL);
    reply->retry_after = memory_text("1");
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
        writes_create(sim, request, reply, kind);
    else if (!is(request, "GET"))
        reply_bad_method(reply, "GET, POST");
    else if (sim->options.no_account_lists && !kind->container)
        reply_not_found(reply, "Resource");
    else
        lists_resources(sim, request, reply, kind, shelf->at, shelf->count);
}

/* Only some kinds have fields that can be patched. */
static bool is_patched(const struct simulator *sim, const struct kind *kind)
{
    return sim->options.rules.patches && *kind->patchable;
}

static void answer_item(struct simulator *sim, const struct request *request, struct reply *reply,
                        const struct kind *kind)
{
    struct resource *resource = account_find(sim->account, kind, request->segments[2]);
    bool patched = is_patched(sim, kind);
    bool known = is(request, "GET") || is(request, "PUT") || is(request, "DELETE") ||
                 (patched && is(request, "PATCH"));

    if (!known)
        reply_bad_method(reply, patched ? "GET, PUT, PATCH, DELETE" : "GET, PUT, DELETE");
    else if (!resource)
        reply_not_found(reply, kind->title);
    else if (is(request, "GET"))
        lists_one(sim, reply, 200, &resource->document);
    else if (is(request, "PUT"))
        writes_replace(sim, request, reply, resource);
    else if (is(request, "PATCH"))
        writes_patch(sim, request, reply, resource);
    else
        writes_delete(sim, reply, resource);
}

static void answer_members(struct simulator *sim, const struct request *request,
                           struct reply *reply, struct resource *container, const struct kind *kind)
{
    size_t count;
    struct resource *const *members = account_members(sim->account, container, kind, &count);

    lists_resources(sim, request, reply, kind, members, count);
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

    if (kind && kind->beyond && !sim->options.rules.every_kind)
        return NULL;
    return kind && sim->options.no_items && !kind->container ? NULL : kind;
}

/* ---- the account itself ---- */

static void answer_account_audit(struct simulator *sim, const struct request *request,
                                 struct reply *reply)
{
    lists_rows(sim, request, reply, NULL, &facets[FACET_AUDIT]);
}

static void answer_account_users(struct simulator *sim, const struct request *request,
                                 struct reply *reply)
{
    lists_rows(sim, request, reply, NULL, &facets[FACET_USERS]);
}

static void answer_token_info(struct simulator *sim, const struct request *request,
                              struct reply *reply)
{
    char id[ID_SIZE];

    (void)sim;
    (void)request;
    people_id(AUDIT_API_USER, id);
    buffer_format(&reply->body,
                  "{\"_userId\":\"%s\",\"scope\":\"account\",\"environment\":\"production\"}", id);
    reply->status = 200;
}

/* What is read of the account beside its kinds; each is there if its rule says so. */
static const struct account_list {
    const char *path;
    const char *route;
    size_t rule;
    void (*answer)(struct simulator *sim, const struct request *request, struct reply *reply);
} account_lists[] = {
    {"audit", "/audit", offsetof(struct rules, account_audit), answer_account_audit},
    {"ashares", "/ashares", offsetof(struct rules, account_users), answer_account_users},
    {"tokenInfo", "/tokenInfo", offsetof(struct rules, token_info), answer_token_info},
};

static const struct account_list *account_list_of(const struct simulator *sim,
                                                  const struct request *request)
{
    const char *rules = (const char *)&sim->options.rules;

    for (size_t i = 0; i < sizeof account_lists / sizeof *account_lists; i++)
        if (request->segments_count == 2 &&
            strcmp(account_lists[i].path, request->segments[1]) == 0 &&
            *(const bool *)(rules + account_lists[i].rule))
            return &account_lists[i];
    return NULL;
}

/* The paths that begin with a kind. */
static const char *kind_route(const struct simulator *sim, const struct request *request)
{
    const struct kind *kind = kind_of(sim, request);

    if (!kind)
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

const char *routes_name(const struct simulator *sim, const struct request *request)
{
    const struct account_list *list = account_list_of(sim, request);
    const char *route;

    if (request->bad_path || !request->segments_count ||
        strcmp(request->segments[0], ROUTES_PREFIX) != 0)
        return NULL;
    if (list)
        return list->route;
    route = recycle_route(sim, request);
    return route ? route : kind_route(sim, request);
}

void routes_answer(struct simulator *sim, const struct request *request, struct reply *reply)
{
    const struct kind *kind = kind_of(sim, request);
    const struct account_list *list = account_list_of(sim, request);

    reply->route = routes_name(sim, request);
    if (!authorized(sim, request))
        unauthorized(sim, reply);
    else if (!within_rate(sim))
        rate_limited(sim, reply);
    else if (!reply->route)
        reply_not_found(reply, "Resource");
    else if (list && !is(request, "GET"))
        reply_bad_method(reply, "GET");
    else if (list)
        list->answer(sim, request, reply);
    else if (!kind)
        recycle_answer(sim, request, reply);
    else if (request->segments_count == 2)
        answer_collection(sim, request, reply, kind);
    else if (request->segments_count == 3)
        answer_item(sim, request, reply, kind);
    else
        answer_child(sim, request, reply, kind);
}
