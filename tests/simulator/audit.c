#include "audit.h"

#include <string.h>

#include "people.h"

static void put_user(const struct account *account, struct json_object *row, const char *user)
{
    if (account->rules->rich_audit)
        people_put_by_email(json_put_object(row, "user"), user);
    else
        json_put_text(row, "user", user);
}

struct json_object *audit_row(struct account *account, int64_t moment, const char *user,
                              const char *action, const struct resource *resource,
                              struct json_object *changes)
{
    struct json_object *row = json_object_new_object();
    const char *integration = resource->kind->container ? resource->id : resource->owner;
    char id[ID_SIZE];

    if (account->rules->rich_audit) {
        account_fresh_id(account, id);
        json_put_text(row, "_id", id);
    }
    json_put_moment(row, "timestamp", moment);
    put_user(account, row, user);
    json_put_text(row, "action", action);
    json_put_text(row, "resourceType", resource->kind->type);
    json_put_text(row, "_resourceId", resource->id);
    if (account->rules->rich_audit && integration)
        json_put_text(row, "_integrationId", integration);
    json_put(row, "changes", changes);
    return row;
}

void audit_stamp(const struct account *account, struct json_object *document, const char *user)
{
    char id[ID_SIZE];

    json_put_moment(document, "lastModified", account->now);
    if (!account->rules->rich_audit)
        return;
    people_id(user, id);
    json_put_text(document, "lastModifiedBy", id);
}

static void put_change(struct json_object *changes, const char *key, struct json_object *old,
                       struct json_object *new)
{
    struct json_object *change = json_put_object(changes, key);

    json_put(change, "old", json_object_get(old));
    json_put(change, "new", json_object_get(new));
}

static bool is_stamp(const char *key)
{
    return strcmp(key, "lastModified") == 0 || strcmp(key, "lastModifiedBy") == 0;
}

/* The fields that differ; of a creation or deletion, the name alone. */
static struct json_object *changes_between(struct json_object *before, struct json_object *after)
{
    struct json_object *changes = json_object_new_object();
    struct json_object_iter it;

    if (!before || !after) {
        put_change(changes, "name", json_get(before, "name"), json_get(after, "name"));
        return changes;
    }
    json_object_object_foreachC(before, it)
    {
        struct json_object *new = json_get(after, it.key);

        if (!is_stamp(it.key) && !json_object_equal(it.val, new))
            put_change(changes, it.key, it.val, new);
    }
    json_object_object_foreachC(after, it)
    {
        if (it.val && !is_stamp(it.key) && !json_get(before, it.key))
            put_change(changes, it.key, NULL, it.val);
    }
    return changes;
}

static bool belongs_to(struct account *account, struct resource *container,
                       const struct resource *resource)
{
    size_t count;
    struct resource *const *members = account_members(account, container, resource->kind, &count);

    for (size_t i = 0; i < count; i++)
        if (members[i] == resource)
            return true;
    return container == resource;
}

void audit_record(struct account *account, struct resource *resource, const char *user,
                  struct json_object *before, struct json_object *after)
{
    const char *action = !before ? "create" : !after ? "delete" : "update";
    struct json_object *row =
        audit_row(account, account->now, user, action, resource, changes_between(before, after));

    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; kinds[k].container && i < account->shelves[k].count; i++) {
            struct resource *container = account->shelves[k].at[i];

            if (belongs_to(account, container, resource))
                rows_put(&container->rows[FACET_AUDIT], row);
        }
    if (account->rules->rich_audit)
        rows_put(&account->rows[FACET_AUDIT], row);
    json_object_put(row);
}
