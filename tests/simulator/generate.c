#include "generate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "documents.h"
#include "enrichment.h"
#include "intake.h"
#include "memory.h"
#include "moment.h"
#include "people.h"
#include "phrases.h"

enum {
    SANDBOX_EVERY = 4, /* every fourth integration and fifth connection is a sandbox one */
    SANDBOX_CONNECTION = 5,
    ROUTED_EVERY = 3,    /* every third flow has routers */
    CASE_TWIN_EVERY = 9, /* every ninth integration has its neighbour's name in capitals */
    AUDIT_DAYS = 180,
};

/* Two integrations, whose first flows both use the export or import. */
struct shared {
    bool import;
    char id[ID_SIZE];
    size_t one;
    size_t other;
};

struct generator {
    struct account *account;
    const struct sizes *sizes;
    struct maker maker;
    struct ids connections[2]; /* of production, of the sandbox */
    struct ids known[KINDS];
    struct ids groups; /* flow groups of the integration at hand */
    struct shared *shared;
    size_t shared_count;
    uint64_t seed;
};

/* ---- small parts ---- */

/* Adds the document and lets go of it. */
static void add(struct generator *g, enum kind_id kind, struct json_object *document)
{
    struct resource *fresh;

    document_enrich(&g->maker, kind, document);
    fresh = intake_add(g->account, &kinds[kind], document);
    ids_add(&g->known[kind], fresh->id);
    json_object_put(document);
}

static bool is_sandbox(size_t integration)
{
    return integration % SANDBOX_EVERY == SANDBOX_EVERY - 1;
}

/* Points the maker at production or the sandbox, which has to make do with production's connections
 * if it has none. */
static void enter(struct generator *g, bool sandbox)
{
    g->maker.sandbox = sandbox;
    g->maker.connections = &g->connections[sandbox && g->connections[1].count];
}

static void new_export(struct generator *g, char id[ID_SIZE])
{
    account_fresh_id(g->account, id);
    add(g, KIND_EXPORTS, document_export(&g->maker, id));
}

static void new_import(struct generator *g, char id[ID_SIZE])
{
    account_fresh_id(g->account, id);
    add(g, KIND_IMPORTS, document_import(&g->maker, id));
}

/* ---- what the whole account shares ---- */

static void make_connections(struct generator *g)
{
    for (size_t i = 0; i < g->sizes->connections; i++) {
        char id[ID_SIZE];

        enter(g, i % SANDBOX_CONNECTION == SANDBOX_CONNECTION - 1);
        account_fresh_id(g->account, id);
        add(g, KIND_CONNECTIONS, document_connection(&g->maker, id));
        ids_add(&g->connections[g->maker.sandbox], id);
    }
}

static void make_scripts(struct generator *g)
{
    for (size_t i = 0; i < g->sizes->scripts; i++) {
        char id[ID_SIZE];

        account_fresh_id(g->account, id);
        add(g, KIND_SCRIPTS, document_script(&g->maker, id));
    }
}

static void make_shared_kind(struct generator *g, enum kind_id kind, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char id[ID_SIZE];

        account_fresh_id(g->account, id);
        add(g, kind, document_shared(&g->maker, kind, id));
    }
}

/* The next integration of the same environment; `one` itself where there is no other. */
static size_t partner_of(const struct generator *g, size_t one)
{
    size_t other = one;

    do
        other = (other + 1) % g->sizes->integrations;
    while (is_sandbox(other) != is_sandbox(one));
    return other;
}

static void make_shared(struct generator *g)
{
    if (!g->sizes->integrations || !g->sizes->flows)
        return;
    g->shared_count = g->sizes->shared;
    g->shared = memory_resize(NULL, g->shared_count, sizeof *g->shared);
    for (size_t i = 0; i < g->shared_count; i++) {
        struct shared *shared = &g->shared[i];

        shared->import = i % 2;
        shared->one = i % g->sizes->integrations;
        shared->other = partner_of(g, shared->one);
        enter(g, is_sandbox(shared->one));
        if (shared->import)
            new_import(g, shared->id);
        else
            new_export(g, shared->id);
    }
}

/* ---- integrations ---- */

static void integration_name(const struct generator *g, size_t number, char *name, size_t size)
{
    struct random random;
    bool twin = number % CASE_TWIN_EVERY == CASE_TWIN_EVERY - 1;
    size_t base = twin ? number - 1 : number;

    random_seed(&random, g->seed + base); /* the twin draws what its neighbour drew */
    if (base % 5 == 3)
        snprintf(name, size, "%s %zu", phrase_foreign_name(&random), base + 1);
    else
        snprintf(name, size, "%s to %s %zu", phrase_system(&random), phrase_system(&random),
                 base + 1);
    for (; twin && *name; name++)
        *name = (char)toupper((unsigned char)*name);
}

/* Gives flow number `flow` its part of the integration's exports and imports. */
static void plan_flow(struct generator *g, struct flow_plan *plan, size_t integration, size_t flow,
                      const struct ids *exports, const struct ids *imports)
{
    for (size_t i = flow; i < exports->count; i += g->sizes->flows)
        ids_add(&plan->exports, exports->at[i]);
    for (size_t i = flow; i < imports->count; i += g->sizes->flows)
        ids_add(&plan->imports, imports->at[i]);
    for (size_t i = 0; flow == 0 && i < g->shared_count; i++) {
        const struct shared *shared = &g->shared[i];

        if (shared->one == integration || shared->other == integration)
            ids_add(shared->import ? &plan->imports : &plan->exports, shared->id);
    }
}

static void make_flow(struct generator *g, struct flow_plan *plan, size_t number)
{
    char id[ID_SIZE];

    plan->routed = number % ROUTED_EVERY == ROUTED_EVERY - 1;
    account_fresh_id(g->account, id);
    add(g, KIND_FLOWS, document_flow(&g->maker, id, plan));
    ids_release(&plan->exports);
    ids_release(&plan->imports);
}

static void make_contents(struct generator *g, size_t number, const char *integration)
{
    struct ids exports = {0};
    struct ids imports = {0};
    char id[ID_SIZE];

    for (size_t i = 0; i < g->sizes->exports; i++) {
        new_export(g, id);
        ids_add(&exports, id);
    }
    for (size_t i = 0; i < g->sizes->imports; i++) {
        new_import(g, id);
        ids_add(&imports, id);
    }
    for (size_t i = 0; i < g->sizes->flows; i++) {
        struct flow_plan plan = {.integration = integration};

        plan_flow(g, &plan, number, i, &exports, &imports);
        make_flow(g, &plan, i);
    }
    ids_release(&exports);
    ids_release(&imports);
}

static void know_groups(struct generator *g, struct json_object *integration)
{
    struct json_object *groups = json_get(integration, "flowGroupings");

    ids_release(&g->groups);
    for (size_t i = 0; i < json_object_array_length(groups); i++)
        ids_add(&g->groups, json_get_text(json_object_array_get_idx(groups, i), "_id"));
}

/* An installed app of a vendor: the last integrations are, but never the first of all. */
static void put_vendor(struct generator *g, struct json_object *integration)
{
    char id[ID_SIZE];

    account_fresh_id(g->account, id);
    json_put_text(integration, "_connectorId", id);
    json_put_text(integration, "version", "1.2.0");
}

static void make_integration(struct generator *g, size_t number)
{
    struct json_object *document;
    char id[ID_SIZE];
    char name[160];

    enter(g, is_sandbox(number));
    integration_name(g, number, name, sizeof name);
    account_fresh_id(g->account, id);
    document = document_integration(&g->maker, id, name);
    if (number && number + g->sizes->managed >= g->sizes->integrations)
        put_vendor(g, document);
    know_groups(g, document);
    add(g, KIND_INTEGRATIONS, document);
    make_contents(g, number, id);
}

static void make_standalone(struct generator *g)
{
    for (size_t i = 0; i < g->sizes->standalone; i++) {
        struct flow_plan plan = {0};
        char id[ID_SIZE];

        enter(g, false);
        new_export(g, id);
        ids_add(&plan.exports, id);
        new_import(g, id);
        ids_add(&plan.imports, id);
        make_flow(g, &plan, i);
    }
}

static void make_orphans(struct generator *g)
{
    char id[ID_SIZE];

    enter(g, false);
    for (size_t i = 0; i < g->sizes->orphans; i++) {
        if (i % 2)
            new_import(g, id);
        else
            new_export(g, id);
    }
}

/* ---- users, errors, audit ---- */

static struct json_object *new_share(struct generator *g, size_t number)
{
    struct json_object *row = json_object_new_object();
    char id[ID_SIZE];

    account_fresh_id(g->account, id);
    json_put_text(row, "_id", id);
    json_put_text(row, "accessLevel", random_chance(&g->maker.random, 0.5) ? "manage" : "monitor");
    json_put_bool(row, "accepted", true);
    people_put(json_put_object(row, "sharedWithUser"), number);
    json_put_array(row, "integrationAccessLevel");
    return row;
}

/* The same people in all integrations. */
static void make_users(struct generator *g, struct resource *integration)
{
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; i < g->sizes->users; i++)
        json_push(rows, new_share(g, i));
    rows_set(&integration->rows[FACET_USERS], rows);
    json_object_put(rows);
}

/* Restricts a share to some integrations. */
static void restrict_share(struct generator *g, struct json_object *row, size_t number)
{
    const struct ids *integrations = &g->known[KIND_INTEGRATIONS];

    json_object_object_del(row, "accessLevel");
    for (size_t i = number % 2; i < integrations->count; i += 2) {
        struct json_object *one = json_push_object(json_get(row, "integrationAccessLevel"));

        json_put_text(one, "_integrationId", integrations->at[i]);
        json_put_text(one, "accessLevel", i % 4 ? "manage" : "monitor");
    }
}

/* The users of the account: an administrator, then in turns those who reach some integrations and
 * those who reach all. */
static void make_account_users(struct generator *g)
{
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; i < g->sizes->users; i++) {
        struct json_object *row = new_share(g, i);

        if (i == 0)
            json_put_text(row, "accessLevel", "administrator");
        if (i % 2)
            restrict_share(g, row, i / 2);
        json_put_moment(row, "lastModified", g->account->now - (int64_t)i * MOMENT_DAY);
        json_push(rows, row);
    }
    rows_set(&g->account->rows[FACET_USERS], rows);
    json_object_put(rows);
}

static void make_errors(struct generator *g, struct resource *integration)
{
    struct json_object *rows = json_object_new_array();
    size_t count;
    struct resource *const *flows =
        account_members(g->account, integration, &kinds[KIND_FLOWS], &count);

    for (size_t i = 0; i < count; i++) {
        struct json_object *row = json_push_object(rows);

        json_put_text(row, "_flowId", flows[i]->id);
        json_put_int(
            row, "numError",
            random_chance(&g->maker.random, 0.7) ? 0 : (int64_t)random_below(&g->maker.random, 99));
    }
    rows_set(&integration->rows[FACET_ERRORS], rows);
    json_object_put(rows);
}

/* Any member of the integration, of the kinds that have sub-lists or scripts, or itself. */
static struct resource *any_member(struct generator *g, struct resource *integration)
{
    const struct kind *kind = &kinds[random_below(&g->maker.random, KIND_SCRIPTS + 1)];
    size_t count;
    struct resource *const *members = account_members(g->account, integration, kind, &count);

    return count ? members[random_below(&g->maker.random, count)] : integration;
}

static struct json_object *past_change(struct random *random)
{
    struct json_object *changes = json_object_new_object();
    struct json_object *change =
        json_put_object(changes, random_chance(random, 0.5) ? "schedule" : "description");

    json_put_text(change, "old", phrase_schedule(random));
    json_put_text(change, "new", phrase_lookalike(random));
    return changes;
}

static void make_audit(struct generator *g, struct resource *integration)
{
    struct json_object *rows = json_object_new_array();
    struct random *random = &g->maker.random;
    int64_t step = AUDIT_DAYS * MOMENT_DAY / (int64_t)(g->sizes->audit + 1);

    for (size_t i = 0; i < g->sizes->audit; i++) {
        int64_t moment =
            g->account->now - step * (int64_t)i - 1 - (int64_t)random_below(random, (size_t)step);
        struct resource *resource = any_member(g, integration);

        json_push(rows, audit_row(g->account, moment, phrase_user(random), "update", resource,
                                  past_change(random)));
    }
    rows_set(&integration->rows[FACET_AUDIT], rows);
    json_object_put(rows);
}

/* One row that belongs to no integration for each resource of the kinds all share. */
static void add_shared_rows(struct generator *g, struct json_object *rows)
{
    struct random *random = &g->maker.random;

    for (size_t k = KIND_SCRIPTS + 1; k < KINDS; k++)
        for (size_t i = 0; i < g->account->shelves[k].count; i++) {
            int64_t age = (int64_t)random_below(random, (size_t)(AUDIT_DAYS * MOMENT_DAY));

            json_push(rows, audit_row(g->account, g->account->now - age, phrase_user(random),
                                      "update", g->account->shelves[k].at[i], past_change(random)));
        }
}

static int newest_first(const void *left, const void *right)
{
    struct json_object *const *a = left;
    struct json_object *const *b = right;

    return strcmp(json_get_text(*b, "timestamp"), json_get_text(*a, "timestamp"));
}

/* The rows of all integrations and of what they share, in order of time. */
static void make_account_audit(struct generator *g)
{
    const struct shelf *integrations = &g->account->shelves[KIND_INTEGRATIONS];
    struct json_object *all = json_object_new_array();

    for (size_t i = 0; i < integrations->count; i++) {
        const struct rows *rows = &integrations->at[i]->rows[FACET_AUDIT];

        for (size_t j = 0; j < rows->count; j++)
            json_push(all, json_parse(rows->at[j].bytes, rows->at[j].len));
    }
    add_shared_rows(g, all);
    json_object_array_sort(all, newest_first);
    rows_set(&g->account->rows[FACET_AUDIT], all);
    json_object_put(all);
}

static void make_facets(struct generator *g)
{
    const struct shelf *integrations = &g->account->shelves[KIND_INTEGRATIONS];
    const struct rules *rules = g->account->rules;

    for (size_t i = 0; i < integrations->count; i++) {
        if (!rules->shares_users)
            make_users(g, integrations->at[i]);
        make_errors(g, integrations->at[i]);
        make_audit(g, integrations->at[i]);
    }
    if (rules->shares_users)
        make_account_users(g);
    if (rules->rich_audit)
        make_account_audit(g);
}

static void start(struct generator *g)
{
    random_seed(&g->maker.random, ~g->seed);
    g->maker.rules = g->account->rules;
    g->maker.now = g->account->now;
    g->maker.groups = &g->groups;
    for (size_t k = 0; k < KINDS; k++)
        g->maker.known[k] = &g->known[k];
    enter(g, false);
}

static void release(struct generator *g)
{
    for (size_t k = 0; k < KINDS; k++)
        ids_release(&g->known[k]);
    ids_release(&g->connections[0]);
    ids_release(&g->connections[1]);
    ids_release(&g->groups);
    free(g->shared);
}

/* Lookup caches belong to integrations: each gets its part of them once it is there. */
static void make_integrations(struct generator *g)
{
    size_t integrations = g->sizes->integrations;
    size_t caches = g->sizes->lookupcaches;

    for (size_t i = 0; i < integrations; i++) {
        make_integration(g, i);
        make_shared_kind(g, KIND_LOOKUPCACHES,
                         caches * (i + 1) / integrations - caches * i / integrations);
    }
    if (!integrations)
        make_shared_kind(g, KIND_LOOKUPCACHES, caches);
}

/* Whatever comes first is referred to by what comes later. */
void generate_account(struct account *account, const struct sizes *sizes, uint64_t seed)
{
    struct generator g = {.account = account, .sizes = sizes, .seed = seed};

    start(&g);
    make_shared_kind(&g, KIND_AGENTS, sizes->agents);
    make_shared_kind(&g, KIND_STACKS, sizes->stacks);
    make_shared_kind(&g, KIND_ICLIENTS, sizes->iclients);
    make_connections(&g);
    make_scripts(&g);
    make_shared_kind(&g, KIND_FILEDEFINITIONS, sizes->filedefinitions);
    make_shared_kind(&g, KIND_EDIPROFILES, sizes->ediprofiles);
    make_shared_kind(&g, KIND_ASYNCHELPERS, sizes->asynchelpers);
    make_shared(&g);
    make_integrations(&g);
    make_standalone(&g);
    make_orphans(&g);
    make_shared_kind(&g, KIND_APIS, sizes->apis);
    make_shared_kind(&g, KIND_TOOLS, sizes->tools);
    make_shared_kind(&g, KIND_MCPSERVERS, sizes->mcpservers);
    make_shared_kind(&g, KIND_TAGS, sizes->tags);
    make_facets(&g);
    release(&g);
}
