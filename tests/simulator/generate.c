#include "generate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit.h"
#include "documents.h"
#include "memory.h"
#include "moment.h"
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
    struct ids scripts;
    struct shared *shared;
    size_t shared_count;
    uint64_t seed;
};

/* ---- small parts ---- */

static void ids_add(struct ids *ids, const char *id)
{
    if (ids->count == ids->cap) {
        ids->cap = ids->cap * 2 + 8;
        ids->at = memory_resize(ids->at, ids->cap, sizeof(char *));
    }
    ids->at[ids->count++] = memory_text(id);
}

static void ids_release(struct ids *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        free(ids->at[i]);
    free(ids->at);
    *ids = (struct ids){0};
}

/* Adds the document and lets go of it. */
static void add(struct generator *g, enum kind_id kind, struct json_object *document)
{
    account_add_document(g->account, &kinds[kind], document);
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
        ids_add(&g->scripts, id);
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

static void make_integration(struct generator *g, size_t number)
{
    char id[ID_SIZE];
    char name[160];

    enter(g, is_sandbox(number));
    integration_name(g, number, name, sizeof name);
    account_fresh_id(g->account, id);
    add(g, KIND_INTEGRATIONS, document_integration(&g->maker, id, name));
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

/* The same people in all integrations: those of phrases.h first, then numbered ones. */
static void put_person(struct json_object *row, size_t number)
{
    const struct person *person = phrase_person(number);
    struct json_object *user = json_put_object(row, "sharedWithUser");
    char id[ID_SIZE];
    char email[48];
    char name[32];

    snprintf(id, sizeof id, "%024zx", number + 1);
    snprintf(email, sizeof email, "user%zu@example.com", number + 1);
    snprintf(name, sizeof name, "User %zu", number + 1);
    json_put_text(user, "_id", id);
    json_put_text(user, "email", person ? person->email : email);
    json_put_text(user, "name", person ? person->name : name);
}

static void make_users(struct generator *g, struct resource *integration)
{
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; i < g->sizes->users; i++) {
        struct json_object *row = json_push_object(rows);
        char id[ID_SIZE];

        account_fresh_id(g->account, id);
        json_put_text(row, "_id", id);
        json_put_text(row, "accessLevel",
                      random_chance(&g->maker.random, 0.5) ? "manage" : "monitor");
        json_put_bool(row, "accepted", true);
        put_person(row, i);
        json_put_array(row, "integrationAccessLevel");
    }
    resource_set_rows(integration, &facets[FACET_USERS], rows);
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
    resource_set_rows(integration, &facets[FACET_ERRORS], rows);
    json_object_put(rows);
}

/* Any member of the integration, or itself. */
static struct resource *any_member(struct generator *g, struct resource *integration)
{
    const struct kind *kind = &kinds[random_below(&g->maker.random, KINDS)];
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

        json_push(rows,
                  audit_row(moment, phrase_user(random), "update", resource, past_change(random)));
    }
    resource_set_rows(integration, &facets[FACET_AUDIT], rows);
    json_object_put(rows);
}

void generate_account(struct account *account, const struct sizes *sizes, uint64_t seed)
{
    struct generator g = {.account = account, .sizes = sizes, .seed = seed};
    struct shelf *integrations = &account->shelves[KIND_INTEGRATIONS];

    random_seed(&g.maker.random, ~seed);
    g.maker.now = account->now;
    g.maker.scripts = &g.scripts;
    make_connections(&g);
    make_scripts(&g);
    make_shared(&g);
    for (size_t i = 0; i < sizes->integrations; i++)
        make_integration(&g, i);
    make_standalone(&g);
    make_orphans(&g);
    for (size_t i = 0; i < integrations->count; i++) {
        make_users(&g, integrations->at[i]);
        make_errors(&g, integrations->at[i]);
        make_audit(&g, integrations->at[i]);
    }
    ids_release(&g.connections[0]);
    ids_release(&g.connections[1]);
    ids_release(&g.scripts);
    free(g.shared);
}
