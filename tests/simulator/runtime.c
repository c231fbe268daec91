#include "runtime.h"

#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "memory.h"
#include "moment.h"
#include "phrases.h"
#include "secrets.h"

/* Where a value comes from. */
struct source {
    struct random *random;
    int64_t now;
    struct json_object *old; /* may be NULL */
};

static struct json_object *make_moment(const struct source *from)
{
    int64_t age = (int64_t)random_below(from->random, (size_t)(MOMENT_DAY / 24));
    char text[MOMENT_TEXT_SIZE];

    return json_object_new_string(moment_text(from->now - age, text));
}

static struct json_object *make_deadline(const struct source *from)
{
    int64_t ahead = (int64_t)random_below(from->random, (size_t)MOMENT_DAY);
    char text[MOMENT_TEXT_SIZE];

    return json_object_new_string(moment_text(from->now + ahead, text));
}

static struct json_object *make_flag(const struct source *from)
{
    return json_object_new_boolean(!json_object_get_boolean(from->old));
}

static struct json_object *make_count(const struct source *from)
{
    return json_object_new_int64((int64_t)random_below(from->random, 1 << 20));
}

static struct json_object *make_size(const struct source *from)
{
    return json_object_new_double((double)random_below(from->random, 1 << 20) / 1024);
}

/* Never the old one. */
static struct json_object *make_status(const struct source *from)
{
    static const char *const states[] = {"online", "offline", "pinging", "unconfigured"};
    const char *old = from->old ? json_object_get_string(from->old) : "";
    size_t state = random_below(from->random, 4);

    if (strcmp(states[state], old) == 0)
        state = (state + 1) % 4;
    return json_object_new_string(states[state]);
}

static struct json_object *make_queues(const struct source *from)
{
    struct json_object *queues = json_object_new_array();

    for (size_t i = 0; i < 1 + random_below(from->random, 2); i++) {
        struct json_object *queue = json_push_object(queues);

        json_put_text(queue, "name", phrase_object(from->random));
        json_put(queue, "size", make_count(from));
    }
    return queues;
}

static struct json_object *make_load(const struct source *from)
{
    struct json_object *load = json_object_new_object();

    json_put(load, "used", make_count(from));
    json_put(load, "limit", make_count(from));
    json_put(load, "resetAt", make_deadline(from));
    return load;
}

static struct json_object *make_helper(const struct source *from)
{
    struct json_object *helper = json_object_new_object();

    json_put(helper, "revision", make_count(from));
    json_put_text(helper, "hint", phrase_field(from->random));
    return helper;
}

static const struct {
    enum kind_id kind;
    const char *path;
    struct json_object *(*make)(const struct source *from);
} fields[] = {
    {KIND_FLOWS, "lastExecutedAt", make_moment},
    {KIND_FLOWS, "resolvedAt", make_moment},
    {KIND_FLOWS, "logging.debugUntil", make_deadline},
    {KIND_FLOWS, "__flowHelper", make_helper},
    {KIND_EXPORTS, "debugUntil", make_deadline},
    {KIND_EXPORTS, "draft", make_flag},
    {KIND_EXPORTS, "draftExpiresAt", make_deadline},
    {KIND_EXPORTS, "__formHelper", make_helper},
    {KIND_IMPORTS, "debugUntil", make_deadline},
    {KIND_IMPORTS, "draft", make_flag},
    {KIND_IMPORTS, "draftExpiresAt", make_deadline},
    {KIND_IMPORTS, "__formHelper", make_helper},
    {KIND_CONNECTIONS, "queues", make_queues},
    {KIND_CONNECTIONS, "offline", make_flag},
    {KIND_CONNECTIONS, "status", make_status},
    {KIND_CONNECTIONS, "needsAuthorization", make_flag},
    {KIND_CONNECTIONS, "concurrencyInfo", make_load},
    {KIND_CONNECTIONS, "rateLimit", make_load},
    {KIND_CONNECTIONS, "lastPingAt", make_moment},
    {KIND_CONNECTIONS, "lastPingStatus", make_status},
    {KIND_CONNECTIONS, "quotas", make_load},
    {KIND_CONNECTIONS, "capabilities", make_load},
    {KIND_CONNECTIONS, "debugDate", make_deadline},
    {KIND_CONNECTIONS, "__connectionHelper", make_helper},
    {KIND_LOOKUPCACHES, "size", make_count},
    {KIND_LOOKUPCACHES, "sizeInMB", make_size},
};

enum { FIELDS = sizeof fields / sizeof *fields };

/* Whether what is to hold the field is there; configuration is not made up for it. */
static bool has_parent(struct json_object *document, const char *path)
{
    const char *dot = strrchr(path, '.');
    char *parent = dot ? memory_copy(path, (size_t)(dot - path)) : NULL;
    bool found = !parent || json_object_is_type(json_at(document, parent), json_type_object);

    free(parent);
    return found;
}

static void put(struct random *random, int64_t now, const struct kind *kind,
                struct json_object *document)
{
    for (size_t i = 0; i < FIELDS; i++) {
        struct source from = {random, now, NULL};

        if (fields[i].kind != kind->id || !has_parent(document, fields[i].path))
            continue;
        from.old = json_at(document, fields[i].path);
        json_put_at(document, fields[i].path, fields[i].make(&from));
    }
}

void runtime_put(struct account *account, const struct kind *kind, struct json_object *document)
{
    put(&account->random, account->now, kind, document);
}

void runtime_keep(const struct kind *kind, struct json_object *before, struct json_object *after)
{
    for (size_t i = 0; i < FIELDS; i++) {
        struct json_object *old = json_at(before, fields[i].path);

        if (fields[i].kind != kind->id)
            continue;
        json_remove_at(after, fields[i].path);
        if (old && has_parent(after, fields[i].path))
            json_put_at(after, fields[i].path, json_object_get(old));
    }
}

static void churn(struct account *account, struct random *random, struct resource *resource)
{
    struct json_object *document = resource_document(resource);

    put(random, account->now, resource->kind, document);
    if (random_chance(random, 0.3))
        audit_stamp(account, document, phrase_user(random));
    account_set_document(account, resource, document);
    secrets_refresh(resource->vault, random);
    json_object_put(document);
}

void runtime_churn(struct account *account, uint64_t seed)
{
    struct random random;

    random_seed(&random, seed);
    account_tick(account);
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < account->shelves[k].count; i++)
            churn(account, &random, account->shelves[k].at[i]);
}
