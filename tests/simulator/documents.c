#include "documents.h"

#include <stdio.h>

#include "moment.h"
#include "parts.h"
#include "phrases.h"

/* ---- integrations, scripts ---- */

static void push_install_step(struct maker *maker, struct json_object *steps, size_t number)
{
    struct json_object *step = json_push_object(steps);
    char name[32];

    snprintf(name, sizeof name, "Step %zu", number);
    json_put_text(step, "name", name);
    json_put_text(step, "type", number % 2 ? "connection" : "template_zip");
    json_put_bool(step, "completed", true);
    if (number % 2)
        part_put_id(maker, step, "_connectionId", maker->connections);
}

struct json_object *document_integration(struct maker *maker, const char *id, const char *name)
{
    struct random *random = &maker->random;
    struct json_object *document = part_begin(id);
    struct json_object *steps;
    struct json_object *groups;

    json_put_text(document, "name", name);
    part_put_description(maker, document);
    json_put_bool(document, "sandbox", maker->sandbox);
    steps = json_put_array(document, "installSteps");
    for (size_t i = 0; i < random_below(random, 4); i++)
        push_install_step(maker, steps, i);
    json_put_array(document, "uninstallSteps");
    groups = json_put_array(document, "flowGroupings");
    for (size_t i = 0; i < random_below(random, 3); i++) {
        struct json_object *group = json_push_object(groups);

        json_put_text(group, "name", phrase_object(random));
        part_put_local_id(maker, group, "_id");
    }
    json_put_text(document, "mode", "settings");
    json_put_text(document, "readme",
                  random_chance(random, 0.3) ? "<p>Ask <b>ops</b> first.</p>\n<p>✔ tested</p>"
                                             : "");
    part_put_settings(maker, document);
    part_put_stamps(maker, document);
    return document;
}

struct json_object *document_script(struct maker *maker, const char *id)
{
    struct json_object *document = part_begin(id);

    part_put_name(maker, document, "Script for");
    part_put_description(maker, document);
    json_put_text(document, "content", phrase_javascript(&maker->random));
    part_put_stamps(maker, document);
    return document;
}

/* ---- exports ---- */

static void put_http_export(struct maker *maker, struct json_object *document)
{
    struct random *random = &maker->random;
    struct json_object *http = json_put_object(document, "http");
    struct json_object *headers;
    struct json_object *paging;
    struct json_object *response;

    json_put_text(http, "relativeURI",
                  "/v2/orders?updated_since={{{lastExportDateTime}}}&page[size]=250&status=any");
    json_put_text(http, "method", random_chance(random, 0.7) ? "GET" : "POST");
    json_put_text(http, "formType", "http");
    headers = json_put_array(http, "headers");
    part_push_pair(headers, "accept", "application/json");
    part_push_pair(headers, "x-request-id", "{{{uuid}}}");
    part_push_pair(headers, "x-flag", phrase_lookalike(random));
    paging = json_put_object(http, "paging");
    json_put_text(paging, "method", "url");
    json_put_text(paging, "path", "links.next");
    json_put_text(paging, "lastPageStatusCode", "404");
    json_put_text(paging, "relativeURI", "/v2/orders?cursor={{export.http.paging.token}}");
    response = json_put_object(http, "response");
    json_put_text(response, "resourcePath", "data.items");
    json_put_array(response, "successValues");
    json_put_object(response, "errorPath");
}

static void put_netsuite_export(struct maker *maker, struct json_object *document)
{
    struct json_object *restlet = json_put_object(json_put_object(document, "netsuite"), "restlet");
    struct json_object *criteria = json_put_array(restlet, "criteria");

    json_put_text(restlet, "recordType", phrase_object(&maker->random));
    json_put_text(restlet, "searchId", "0123");
    json_put_bool(restlet, "useSS2Restlets", true);
    json_put_int(restlet, "batchSize", 1000);
    for (int i = 0; i < 6; i++) {
        struct json_object *one = json_push_object(criteria);

        json_put_text(one, "field", phrase_field(&maker->random));
        json_put(one, "join", NULL);
        json_put_text(one, "operator", "anyof");
        json_put_text(one, "searchValue", phrase_lookalike(&maker->random));
        json_put_array(one, "searchValue2");
    }
}

static void put_salesforce_export(struct maker *maker, struct json_object *document)
{
    struct json_object *salesforce = json_put_object(document, "salesforce");

    json_put_text(salesforce, "type", "soql");
    json_put_text(salesforce, "sObjectType", "Opportunity");
    json_put_text(json_put_object(salesforce, "soql"), "query",
                  "SELECT Id, Name, Amount,\n\t(SELECT Id, Quantity FROM "
                  "OpportunityLineItems)\nFROM Opportunity\n"
                  "WHERE StageName = 'Closed Won' AND LastModifiedDate > {{lastExportDateTime}}");
    json_put_text(salesforce, "api", random_chance(&maker->random, 0.5) ? "rest" : "bulk");
}

static void put_database_query(struct maker *maker, struct json_object *document)
{
    json_put_text(json_put_object(document, "rdbms"), "query", phrase_sql(&maker->random));
}

static void put_file_export(struct maker *maker, struct json_object *document)
{
    struct json_object *ftp = json_put_object(document, "ftp");
    struct json_object *file = json_put_object(document, "file");
    struct json_object *csv;

    json_put_text(ftp, "directoryPath", "/outbound/été");
    json_put_text(ftp, "fileNameStartsWith", phrase_lookalike(&maker->random));
    json_put_text(file, "type", "csv");
    json_put_bool(file, "skipDelete", true);
    csv = json_put_object(file, "csv");
    json_put_text(csv, "columnDelimiter", "\t");
    json_put_text(csv, "rowDelimiter", "\r\n");
    json_put_int(csv, "rowsToSkip", 0);
    json_put_array(csv, "keyColumns");
}

/* How the adaptors are called, and their part of an export and of an import. */
struct adaptor {
    const char *name;
    void (*put)(struct maker *maker, struct json_object *document);
};

static const struct adaptor export_adaptors[] = {
    {"HTTPExport", put_http_export},
    {"NetSuiteExport", put_netsuite_export},
    {"SalesforceExport", put_salesforce_export},
    {"RDBMSExport", put_database_query},
    {"FTPExport", put_file_export},
    {"HTTPExport", put_http_export},
};

static void put_transform(struct maker *maker, struct json_object *document)
{
    struct json_object *transform = json_put_object(document, "transform");
    struct json_object *rules = json_put_array(json_put_object(transform, "expression"), "rules");
    struct json_object *rule = json_object_new_array();
    size_t count = 3 + random_below(&maker->random, 10);

    json_put_text(transform, "type", "expression");
    json_put_text(json_get(transform, "expression"), "version", "1");
    for (size_t i = 0; i < count; i++) {
        struct json_object *move = json_push_object(rule);

        json_put_text(move, "extract", phrase_field(&maker->random));
        json_put_text(move, "generate", phrase_field(&maker->random));
    }
    json_push(rules, rule);
}

static void put_sample(struct maker *maker, struct json_object *document)
{
    struct json_object *page =
        json_put_array(json_put_object(document, "mockOutput"), "page_of_records");
    size_t count = 2 + random_below(&maker->random, 5);

    for (size_t i = 0; i < count; i++) {
        struct json_object *record = json_put_object(json_push_object(page), "record");

        json_put_int(record, "id", (int64_t)(random_next(&maker->random) >> 12));
        json_put_number(record, "amount", phrase_number(&maker->random));
        json_put_text(record, "code", phrase_lookalike(&maker->random));
        json_put_text(record, "customer", phrase_foreign_name(&maker->random));
        json_put(record, "closed", NULL);
    }
}

struct json_object *document_export(struct maker *maker, const char *id)
{
    struct random *random = &maker->random;
    const struct adaptor *adaptor =
        &export_adaptors[random_below(random, sizeof export_adaptors / sizeof *export_adaptors)];
    struct json_object *document = part_begin(id);

    part_put_name(maker, document, phrase_verb(random));
    part_put_description(maker, document);
    part_put_id(maker, document, "_connectionId", maker->connections);
    json_put_text(document, "apiIdentifier", "e8f1c2");
    json_put_bool(document, "asynchronous", true);
    json_put_text(document, "type", "delta");
    json_put_text(json_put_object(document, "delta"), "dateField", "lastmodified");
    json_put_int(document, "pageSize", 20);
    json_put_bool(document, "oneToMany", false);
    json_put_bool(document, "sandbox", maker->sandbox);
    adaptor->put(maker, document);
    if (random_chance(random, 0.6))
        put_transform(maker, document);
    if (random_chance(random, 0.6))
        part_put_filter(maker, document, "filter");
    part_put_filter(maker, document, "inputFilter");
    put_sample(maker, document);
    part_put_hook(maker, json_put_object(document, "hooks"), "preSavePage");
    part_put_settings(maker, document);
    json_put_text(document, "adaptorType", adaptor->name);
    part_put_stamps(maker, document);
    return document;
}

/* ---- imports ---- */

struct json_object *document_mapping_row(struct random *random)
{
    struct json_object *row = json_object_new_object();
    size_t form = random_below(random, 6);

    if (form == 0) {
        json_put_text(row, "hardCodedValue", phrase_lookalike(random));
    } else {
        json_put_text(row, "extract",
                      form == 1 ? "{{#if record.vip}}A{{else}}B{{/if}}" : phrase_field(random));
    }
    json_put_text(row, "generate", phrase_field(random));
    if (form == 2)
        json_put_text(row, "lookupName", "country codes");
    if (form == 3)
        json_put(row, "hardCodedValue", NULL);
    if (form == 4)
        json_put_bool(row, "immutable", true);
    return row;
}

static void put_mapping(struct maker *maker, struct json_object *document, size_t count)
{
    struct json_object *mapping = json_put_object(document, "mapping");
    struct json_object *fields = json_put_array(mapping, "fields");
    struct json_object *lists = json_put_array(mapping, "lists");

    for (size_t i = 0; i < count; i++)
        json_push(fields, document_mapping_row(&maker->random));
    if (random_chance(&maker->random, 0.5)) {
        struct json_object *list = json_push_object(lists);

        json_put_text(list, "generate", "item");
        fields = json_put_array(list, "fields");
        for (size_t i = 0; i < count / 3; i++)
            json_push(fields, document_mapping_row(&maker->random));
    }
}

static void put_lookup(struct maker *maker, struct json_object *document)
{
    struct json_object *lookups = json_put_array(document, "lookups");
    struct json_object *lookup = json_push_object(lookups);
    struct json_object *map = json_put_object(lookup, "map");

    json_put_text(lookup, "name", "country codes");
    json_put_text(map, "NO", "no");
    json_put_text(map, "JP", "日本");
    json_put_text(map, "Ø", phrase_lookalike(&maker->random));
    json_put_text(map, "", "empty key");
    json_put(lookup, "default", NULL);
    json_put_bool(lookup, "allowFailures", true);
}

static void put_http_import(struct maker *maker, struct json_object *document)
{
    struct json_object *http = json_put_object(document, "http");

    part_push_pair(json_put_array(http, "headers"), "idempotency-key", "{{{hash record.id}}}");
    json_push_text(json_put_array(http, "relativeURI"), "/v2/customers/{{record.id}}");
    json_push_text(json_put_array(http, "method"),
                   random_chance(&maker->random, 0.5) ? "PUT" : "POST");
    json_push_text(json_put_array(http, "body"),
                   "{\n  \"id\": {{record.id}},\n  \"name\": \"{{jsonEncode record.name}}\"\n}");
    json_put_int(http, "batchSize", 1);
    json_put_bool(http, "sendPostMappedData", true);
    json_put_text(http, "formType", "http");
}

static void put_netsuite_import(struct maker *maker, struct json_object *document)
{
    struct json_object *netsuite = json_put_object(document, "netsuite_da");
    struct json_object *internal_id = json_put_object(netsuite, "internalIdLookup");

    json_put_text(netsuite, "operation", "addupdate");
    json_put_text(netsuite, "recordType", phrase_object(&maker->random));
    json_put_text(internal_id, "expression", "[\"externalid\",\"is\",\"{{{id}}}\"]");
    json_put_bool(netsuite, "isMigrated", true);
    json_put_text(json_put_object(json_put_object(netsuite, "hooks"), "preMap"), "function",
                  "celigo_preMap");
}

static void put_salesforce_import(struct maker *maker, struct json_object *document)
{
    struct json_object *salesforce = json_put_object(document, "salesforce");

    json_put_text(salesforce, "operation", "upsert");
    json_put_text(salesforce, "sObjectType", "Account");
    json_put_text(json_put_object(salesforce, "upsert"), "externalIdField", "NetSuite_Id__c");
    json_put_bool(salesforce, "removeNonSubmittableFields", random_chance(&maker->random, 0.5));
}

static void put_database_import(struct maker *maker, struct json_object *document)
{
    struct json_object *rdbms = json_put_object(document, "rdbms");

    json_push_text(json_put_array(rdbms, "query"), phrase_sql(&maker->random));
    json_push_text(json_put_array(rdbms, "queryType"), "INSERT");
}

static const struct adaptor import_adaptors[] = {
    {"HTTPImport", put_http_import},
    {"NetSuiteDistributedImport", put_netsuite_import},
    {"SalesforceImport", put_salesforce_import},
    {"RDBMSImport", put_database_import},
    {"FTPImport", put_file_export},
};

struct json_object *document_import(struct maker *maker, const char *id)
{
    struct random *random = &maker->random;
    const struct adaptor *adaptor =
        &import_adaptors[random_below(random, sizeof import_adaptors / sizeof *import_adaptors)];
    struct json_object *document = part_begin(id);
    struct json_object *hooks;

    part_put_name(maker, document, phrase_verb(random));
    part_put_description(maker, document);
    part_put_id(maker, document, "_connectionId", maker->connections);
    json_put_bool(document, "ignoreExisting", false);
    json_put_bool(document, "ignoreMissing", random_chance(random, 0.2));
    json_put_bool(document, "oneToMany", false);
    json_put_text(document, "pathToMany", "");
    json_put_bool(document, "sandbox", maker->sandbox);
    put_mapping(maker, document, 8 + random_below(random, 24));
    put_lookup(maker, document);
    adaptor->put(maker, document);
    if (random_chance(random, 0.4))
        part_put_filter(maker, document, "filter");
    hooks = json_put_object(document, "hooks");
    if (random_chance(random, 0.5))
        part_put_hook(maker, hooks, "preMap");
    if (random_chance(random, 0.3))
        json_put_text(json_put_object(hooks, "postMap"), "content", phrase_javascript(random));
    part_put_settings(maker, document);
    json_put_text(document, "adaptorType", adaptor->name);
    part_put_stamps(maker, document);
    return document;
}

/* ---- flows ---- */

static void put_response_mapping(struct maker *maker, struct json_object *processor)
{
    struct json_object *mapping = json_put_object(processor, "responseMapping");
    struct json_object *fields = json_put_array(mapping, "fields");
    size_t count = 2 + random_below(&maker->random, 12);

    for (size_t i = 0; i < count; i++) {
        struct json_object *field = json_push_object(fields);

        json_put_text(field, "extract", phrase_field(&maker->random));
        json_put_text(field, "generate", phrase_field(&maker->random));
    }
    json_put_array(mapping, "lists");
}

static void push_processor(struct maker *maker, struct json_object *processors, const char *type,
                           const char *key, const char *id)
{
    struct json_object *processor = json_push_object(processors);

    json_put_text(processor, "type", type);
    json_put_text(processor, key, id);
    json_put_bool(processor, "proceedOnFailure", random_chance(&maker->random, 0.3));
    put_response_mapping(maker, processor);
    if (random_chance(&maker->random, 0.3))
        part_put_hook(maker, json_put_object(processor, "hooks"), "postResponseMap");
}

static void put_generators(struct maker *maker, struct json_object *document,
                           const struct ids *exports, size_t count)
{
    struct json_object *generators = json_put_array(document, "pageGenerators");

    for (size_t i = 0; i < count; i++) {
        struct json_object *generator = json_push_object(generators);

        json_put_text(generator, "_exportId", exports->at[i]);
        json_put_bool(generator, "skipRetries", false);
        if (random_chance(&maker->random, 0.2))
            json_put_text(generator, "schedule", phrase_schedule(&maker->random));
    }
}

/* Lookups first, then every `step`th import from `first` on. */
static void put_processors(struct maker *maker, struct json_object *parent,
                           const struct flow_plan *plan, size_t first_lookup, size_t first,
                           size_t step)
{
    struct json_object *processors = json_put_array(parent, "pageProcessors");

    for (size_t i = first_lookup; i < plan->exports.count; i++)
        push_processor(maker, processors, "export", "_exportId", plan->exports.at[i]);
    for (size_t i = first; i < plan->imports.count; i += step)
        push_processor(maker, processors, "import", "_importId", plan->imports.at[i]);
}

static void put_branch(struct maker *maker, struct json_object *branches,
                       const struct flow_plan *plan, size_t number, size_t count)
{
    struct json_object *branch = json_push_object(branches);
    char name[32];

    snprintf(name, sizeof name, "Branch %zu.0", number + 1);
    json_put_text(branch, "name", name);
    part_put_local_id(maker, branch, "branchId");
    part_put_filter(maker, branch, "inputFilter");
    put_processors(maker, branch, plan, number ? plan->exports.count : 1, number, count);
}

static void put_routers(struct maker *maker, struct json_object *document,
                        const struct flow_plan *plan)
{
    struct json_object *routers = json_put_array(document, "routers");
    struct json_object *router = json_push_object(routers);
    struct json_object *branches;
    size_t count = 2 + random_below(&maker->random, 2);

    part_put_local_id(maker, router, "id");
    json_put_text(router, "name", phrase_foreign_name(&maker->random));
    json_put_text(router, "routeRecordsTo", "first_matching_branch");
    json_put_text(router, "routeRecordsUsing", "input_filters");
    json_put_object(router, "script");
    branches = json_put_array(router, "branches");
    for (size_t i = 0; i < count; i++)
        put_branch(maker, branches, plan, i, count);
}

struct json_object *document_flow(struct maker *maker, const char *id, const struct flow_plan *plan)
{
    struct random *random = &maker->random;
    struct json_object *document = part_begin(id);
    size_t generators = plan->exports.count ? 1 : 0;

    part_put_name(maker, document, phrase_verb(random));
    part_put_description(maker, document);
    if (plan->integration)
        json_put_text(document, "_integrationId", plan->integration);
    json_put_bool(document, "disabled", random_chance(random, 0.3));
    json_put_bool(document, "skipRetries", false);
    json_put_text(document, "schedule", phrase_schedule(random));
    json_put_text(document, "timezone", "Europe/Zurich");
    json_put_bool(document, "sandbox", maker->sandbox);
    put_generators(maker, document, &plan->exports, generators);
    if (plan->routed)
        put_routers(maker, document, plan);
    else
        put_processors(maker, document, plan, generators, 0, 1);
    json_put_array(document, "_runNextFlowIds");
    json_put_bool(document, "autoResolveMatchingTraceKeys", true);
    json_put_object(document, "aliases");
    part_put_settings(maker, document);
    json_put_moment(document, "lastExecutedAt",
                    maker->now - (int64_t)random_below(random, (size_t)MOMENT_DAY));
    part_put_stamps(maker, document);
    return document;
}

/* ---- any kind ---- */

static struct json_object *any_integration(struct maker *maker, const char *id)
{
    char name[40];

    snprintf(name, sizeof name, "%s %s", phrase_system(&maker->random), id);
    return document_integration(maker, id, name);
}

/* A flow of one export and one import, where there are any. */
static struct json_object *any_flow(struct maker *maker, const char *id)
{
    const struct ids *exports = maker->known[KIND_EXPORTS];
    const struct ids *imports = maker->known[KIND_IMPORTS];
    const struct ids *integrations = maker->known[KIND_INTEGRATIONS];
    struct flow_plan plan = {0};

    if (exports->count)
        plan.exports =
            (struct ids){&exports->at[random_below(&maker->random, exports->count)], 1, 0};
    if (imports->count)
        plan.imports =
            (struct ids){&imports->at[random_below(&maker->random, imports->count)], 1, 0};
    if (integrations->count)
        plan.integration = part_any_id(maker, integrations);
    return document_flow(maker, id, &plan);
}

struct json_object *document_any(struct maker *maker, enum kind_id kind, const char *id)
{
    static struct json_object *(*const make[KINDS])(struct maker * maker, const char *id) = {
        [KIND_INTEGRATIONS] = any_integration,    [KIND_FLOWS] = any_flow,
        [KIND_EXPORTS] = document_export,         [KIND_IMPORTS] = document_import,
        [KIND_CONNECTIONS] = document_connection, [KIND_SCRIPTS] = document_script,
    };

    return make[kind] ? make[kind](maker, id) : document_shared(maker, kind, id);
}
