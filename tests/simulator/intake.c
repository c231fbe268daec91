#include "intake.h"

#include "runtime.h"
#include "secrets.h"

/* Where a webhook listens follows from its id. */
static void open_webhook(struct json_object *document)
{
    const char *id = json_get_text(document, "_id");
    struct buffer url = {0};

    if (!id || !json_object_is_type(json_get(document, "webhook"), json_type_object))
        return;
    buffer_format(&url, "https://api.integrator.io/v1/exports/%s/data", id);
    json_put_at(document, "webhook.url", json_object_new_string(url.data));
    buffer_release(&url);
}

struct resource *intake_add(struct account *account, const struct kind *kind,
                            struct json_object *document)
{
    const struct rules *rules = account->rules;
    struct json_object *vault = rules->masks ? secrets_take(kind, document) : NULL;
    struct resource *fresh;

    if (rules->masks)
        open_webhook(document);
    if (rules->runtime)
        runtime_put(account, kind, document);
    fresh = account_add_document(account, kind, document);
    resource_set_vault(fresh, vault);
    return fresh;
}

void intake_replace(struct account *account, struct resource *resource,
                    struct json_object *document)
{
    const struct rules *rules = account->rules;

    if (rules->runtime) {
        struct json_object *before = resource_document(resource);

        runtime_keep(resource->kind, before, document);
        json_object_put(before);
    }
    if (rules->masks)
        resource_set_vault(resource, secrets_take(resource->kind, document));
    account_set_document(account, resource, document);
}
