/* document_shared.c - made-up documents of the kinds that integrations share: iClients, stacks,
 * EDI, APIs, tools. */
#include "documents.h"
#include "parts.h"
#include "phrases.h"

static void put_iclient(struct maker *maker, struct json_object *document)
{
    struct json_object *oauth2 = json_put_object(document, "oauth2");

    json_put_text(document, "provider", "custom_oauth2");
    json_put_text(oauth2, "clientId", "client-0123");
    part_put_secret(maker, oauth2, "clientSecret");
    part_put_secret(maker, oauth2, "password");
    json_put_text(oauth2, "grantType", "authorizecode");
    json_push_text(json_put_array(oauth2, "scope"), "orders:read");
    json_put_text(json_put_object(oauth2, "token"), "uri", "https://auth.example.com/token");
}

static void put_file_definition(struct maker *maker, struct json_object *document)
{
    struct json_object *rules = json_put_array(document, "rules");

    json_put_text(document, "format", "delimited/edifact");
    json_put_text(document, "version", "1");
    json_put_text(document, "sampleData", "UNB+UNOC:3+SENDER+RECEIVER+230401:1200+1'\n");
    for (size_t i = 0; i < 2 + random_below(&maker->random, 3); i++) {
        struct json_object *rule = json_push_object(rules);

        json_put_text(rule, "name", phrase_object(&maker->random));
        json_put_text(rule, "maxOccurrence", "1");
        json_push_text(json_put_array(rule, "elements"), phrase_field(&maker->random));
    }
}

static void put_edi_profile(struct maker *maker, struct json_object *document)
{
    json_put_text(document, "fileType", random_chance(&maker->random, 0.5) ? "x12" : "edifact");
    json_put_text(json_put_object(document, "interchange"), "senderId", "0123456789");
    json_put_text(document, "partnerId", phrase_lookalike(&maker->random));
    part_put_settings(maker, document);
}

static void put_async_helper(struct maker *maker, struct json_object *document)
{
    struct json_object *http = json_put_object(document, "http");
    struct json_object *submit = json_put_object(http, "submit");

    json_put_text(submit, "resourcePath", "data.jobId");
    json_push_text(json_put_array(submit, "sameAsStatus"), phrase_field(&maker->random));
    json_put_text(json_put_object(http, "status"), "statusPath", "state");
}

static void put_lookup_cache(struct maker *maker, struct json_object *document)
{
    part_put_id(maker, document, "_integrationId", maker->known[KIND_INTEGRATIONS]);
    json_put_bool(document, "isVisible", true);
    json_put_text(document, "keyField", phrase_field(&maker->random));
}

static void put_stack(struct maker *maker, struct json_object *document)
{
    struct json_object *server = json_put_object(document, "server");

    json_put_text(document, "type", "server");
    json_put_text(server, "hostURI", "https://hooks.example.com/celigo");
    part_put_secret(maker, server, "systemToken");
    json_put_bool(server, "ipRanges", random_chance(&maker->random, 0.5));
}

static void put_agent(struct maker *maker, struct json_object *document)
{
    part_put_secret(maker, document, "accessToken");
    json_put_text(document, "platform", "linux");
}

static void push_step(struct maker *maker, struct json_object *steps, enum kind_id kind,
                      const char *key)
{
    if (maker->known[kind]->count)
        part_put_id(maker, json_push_object(steps), key, maker->known[kind]);
}

static void put_api(struct maker *maker, struct json_object *document)
{
    struct json_object *routes = json_put_array(document, "steps");

    json_put_text(document, "relativeURI", "/v1/orders/{id}");
    json_put_text(document, "method", "POST");
    json_put_text(document, "function", "handleRequest");
    part_put_id(maker, document, "_scriptId", maker->known[KIND_SCRIPTS]);
    push_step(maker, routes, KIND_EXPORTS, "_exportId");
    push_step(maker, routes, KIND_IMPORTS, "_importId");
}

static void put_tool(struct maker *maker, struct json_object *document)
{
    struct json_object *steps = json_put_array(document, "pageProcessors");

    part_put_id(maker, document, "_integrationId", maker->known[KIND_INTEGRATIONS]);
    json_put_text(json_put_object(document, "input"), "schema", "{\"type\": \"object\"}");
    push_step(maker, steps, KIND_EXPORTS, "_exportId");
    push_step(maker, steps, KIND_IMPORTS, "_importId");
    part_put_hook(maker, json_put_object(document, "hooks"), "preSend");
}

static void put_mcp_server(struct maker *maker, struct json_object *document)
{
    struct json_object *tools = json_put_array(document, "tools");

    json_put_text(document, "path", "/mcp/orders");
    json_put_bool(document, "disabled", random_chance(&maker->random, 0.3));
    push_step(maker, tools, KIND_TOOLS, "_toolId");
    push_step(maker, tools, KIND_APIS, "_apiId");
}

static void put_tag(struct maker *maker, struct json_object *document)
{
    static const char *const colors[] = {"green", "amber", "0123"};

    json_put_text(document, "color", colors[random_below(&maker->random, 3)]);
}

static const struct {
    const char *verb; /* the names begin with it */
    void (*put)(struct maker *maker, struct json_object *document);
} makers[KINDS] = {
    [KIND_ICLIENTS] = {"Client of", put_iclient},
    [KIND_FILEDEFINITIONS] = {"File of", put_file_definition},
    [KIND_EDIPROFILES] = {"Partner for", put_edi_profile},
    [KIND_ASYNCHELPERS] = {"Wait for", put_async_helper},
    [KIND_LOOKUPCACHES] = {"Cache of", put_lookup_cache},
    [KIND_STACKS] = {"Stack for", put_stack},
    [KIND_AGENTS] = {"Agent near", put_agent},
    [KIND_APIS] = {"API for", put_api},
    [KIND_TOOLS] = {"Tool for", put_tool},
    [KIND_MCPSERVERS] = {"Server of", put_mcp_server},
    [KIND_TAGS] = {"Tag for", put_tag},
};

struct json_object *document_shared(struct maker *maker, enum kind_id kind, const char *id)
{
    struct json_object *document = part_begin(id);

    part_put_name(maker, document, makers[kind].verb);
    part_put_description(maker, document);
    makers[kind].put(maker, document);
    part_put_stamps(maker, document);
    return document;
}
