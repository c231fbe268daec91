#include "enrichment.h"

#include <string.h>

#include "parts.h"

static bool chance(struct maker *maker, double share)
{
    return random_chance(&maker->random, share);
}

static void put_known(struct maker *maker, struct json_object *object, const char *key,
                      enum kind_id kind)
{
    part_put_id(maker, object, key, maker->known[kind]);
}

/* The member `key`, made an object where it is none. */
static struct json_object *object_at(struct json_object *document, const char *key)
{
    struct json_object *object = json_get(document, key);

    return json_object_is_type(object, json_type_object) ? object : json_put_object(document, key);
}

/* What exports and imports have in common. */
static void enrich_step(struct maker *maker, struct json_object *document)
{
    struct json_object *file = json_get(document, "file");
    struct json_object *http = json_get(document, "http");

    if (file) {
        put_known(maker, object_at(file, "fileDefinition"), "_fileDefinitionId",
                  KIND_FILEDEFINITIONS);
        put_known(maker, document, "_ediProfileId", KIND_EDIPROFILES);
    }
    if (http && chance(maker, 0.4))
        put_known(maker, http, "_asyncHelperId", KIND_ASYNCHELPERS);
}

static void make_webhook(struct maker *maker, struct json_object *document)
{
    static const char *const others[] = {"_connectionId", "delta", "http", "netsuite",
                                         "salesforce",    "rdbms", "ftp",  "file"};
    struct json_object *webhook;

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        json_object_object_del(document, others[i]);
    json_put_text(document, "type", "webhook");
    json_put_text(document, "adaptorType", "WebhookExport");
    webhook = json_put_object(document, "webhook");
    json_put_text(webhook, "provider", "custom");
    json_put_text(webhook, "verify", "token");
    part_put_secret(maker, webhook, "key");
    part_put_secret(maker, webhook, "token");
    part_put_secret(maker, webhook, "password");
}

static void enrich_export(struct maker *maker, struct json_object *document)
{
    if (chance(maker, 0.12))
        make_webhook(maker, document);
    enrich_step(maker, document);
    if (chance(maker, 0.15)) {
        struct json_object *hook = object_at(object_at(document, "hooks"), "preSavePage");

        json_object_object_del(hook, "_scriptId");
        put_known(maker, hook, "_stackId", KIND_STACKS);
    }
    if (chance(maker, 0.08))
        put_known(maker, document, "_postParseListenerId", KIND_EXPORTS);
}

static void enrich_import(struct maker *maker, struct json_object *document)
{
    struct json_object *lookup;

    enrich_step(maker, document);
    if (chance(maker, 0.3)) {
        lookup = json_push_object(json_get(document, "lookups"));
        json_put_text(lookup, "name", "cached");
        put_known(maker, lookup, "_lookupCacheId", KIND_LOOKUPCACHES);
    }
    if (chance(maker, 0.15)) {
        struct json_object *hook = object_at(object_at(document, "hooks"), "postSubmit");

        json_put_text(hook, "function", "postSubmit");
        put_known(maker, hook, "_stackId", KIND_STACKS);
    }
}

static void enrich_flow(struct maker *maker, struct json_object *document)
{
    struct json_object *next = json_get(document, "_runNextFlowIds");

    json_put_object(document, "logging");
    if (chance(maker, 0.2) && maker->known[KIND_FLOWS]->count)
        json_push_text(next, part_any_id(maker, maker->known[KIND_FLOWS]));
    if (chance(maker, 0.5) && json_get_text(document, "_integrationId") && maker->groups->count)
        part_put_id(maker, document, "_flowGroupingId", maker->groups);
}

static void enrich_integration(struct maker *maker, struct json_object *document)
{
    struct json_object *registered = json_put_array(document, "_registeredConnectionIds");

    for (size_t i = 0; i < 2 && maker->connections->count; i++)
        json_push_text(registered, part_any_id(maker, maker->connections));
}

static void enrich_connection(struct maker *maker, struct json_object *document)
{
    if (chance(maker, 0.2))
        put_known(maker, document, "_borrowConcurrencyFromConnectionId", KIND_CONNECTIONS);
}

void document_enrich(struct maker *maker, enum kind_id kind, struct json_object *document)
{
    static void (*const enrich[KINDS])(struct maker * maker, struct json_object * document) = {
        [KIND_INTEGRATIONS] = enrich_integration, [KIND_FLOWS] = enrich_flow,
        [KIND_EXPORTS] = enrich_export,           [KIND_IMPORTS] = enrich_import,
        [KIND_CONNECTIONS] = enrich_connection,
    };

    if (maker->rules->every_kind && enrich[kind])
        enrich[kind](maker, document);
}
