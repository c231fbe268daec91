#include "mutate.h"

#include <stdlib.h>

#include "audit.h"
#include "documents.h"
#include "memory.h"
#include "phrases.h"

struct mutator {
    struct account *account;
    struct maker maker;
    struct buffer *out;
    size_t done;
};

static void tell(struct mutator *m, const char *action, const struct resource *resource,
                 const char *user)
{
    buffer_format(m->out, "%s{\"action\":\"%s\",\"kind\":\"%s\",\"_id\":", m->done++ ? ",\n" : "",
                  action, resource->kind->path);
    json_write_string(m->out, resource->id);
    buffer_text(m->out, ",\"user\":");
    json_write_string(m->out, user);
    buffer_text(m->out, "}");
}

/* ---- edits ---- */

static void edit_name(struct random *random, struct json_object *document)
{
    const char *old = json_get_text(document, "name");
    struct buffer name = {0};

    buffer_format(&name, "%s (v%zu)", old ? old : "unnamed", 2 + random_below(random, 8));
    json_put_text(document, "name", name.data);
    buffer_release(&name);
}

static void edit_description(struct random *random, struct json_object *document)
{
    struct buffer text = {0};

    phrase_description(random, &text);
    buffer_format(&text, " Ticket OPS-%zu.", random_below(random, 10000));
    json_put_text(document, "description", text.data);
    buffer_release(&text);
}

static void edit_settings(struct random *random, struct json_object *document)
{
    struct json_object *settings = json_get(document, "settings");

    if (!json_object_is_type(settings, json_type_object))
        settings = json_put_object(document, "settings");
    json_put_text(settings, phrase_field(random), phrase_lookalike(random));
    json_put_number(settings, "factor", phrase_number(random));
}

static void edit_schedule(struct random *random, struct json_object *document)
{
    if (!json_get_text(document, "schedule")) {
        edit_description(random, document);
        return;
    }
    json_put_text(document, "schedule", phrase_schedule(random));
    json_put_bool(document, "disabled", random_chance(random, 0.5));
}

static void edit_mapping(struct random *random, struct json_object *document)
{
    struct json_object *fields = json_get(json_get(document, "mapping"), "fields");

    if (json_object_is_type(fields, json_type_array))
        json_push(fields, document_mapping_row(random));
    else
        edit_settings(random, document);
}

static void edit_content(struct random *random, struct json_object *document)
{
    const char *content = json_get_text(document, "content");
    struct buffer text = {0};

    if (!content) {
        edit_mapping(random, document);
        return;
    }
    buffer_format(&text, "%s\n// changed %zu ✏️\n", content, random_below(random, 1000));
    json_put_text(document, "content", text.data);
    buffer_release(&text);
}

static struct resource *any_resource(struct mutator *m)
{
    size_t total = 0;
    size_t chosen;

    for (size_t k = 0; k < KINDS; k++)
        total += m->account->shelves[k].count;
    chosen = random_below(&m->maker.random, total);
    for (size_t k = 0; k < KINDS; k++) {
        if (chosen < m->account->shelves[k].count)
            return m->account->shelves[k].at[chosen];
        chosen -= m->account->shelves[k].count;
    }
    return NULL;
}

static void edit_one(struct mutator *m)
{
    static void (*const edits[])(struct random * random, struct json_object * document) = {
        edit_name, edit_description, edit_settings, edit_schedule, edit_mapping, edit_content};
    struct random *random = &m->maker.random;
    struct resource *resource = any_resource(m);
    const char *user = phrase_user(random);
    struct json_object *before;
    struct json_object *after;

    if (!resource)
        return;
    before = resource_document(resource);
    after = resource_document(resource);
    edits[random_below(random, sizeof edits / sizeof *edits)](random, after);
    json_put_moment(after, "lastModified", account_tick(m->account));
    account_set_document(m->account, resource, after);
    audit_record(m->account, resource, user, before, after);
    tell(m, "update", resource, user);
    json_object_put(after);
    json_object_put(before);
}

/* ---- adding and deleting flows ---- */

static void add_one(struct mutator *m, const struct kind *kind, struct json_object *document,
                    const char *user)
{
    struct resource *fresh;

    json_put_moment(document, "createdAt", account_tick(m->account));
    json_put_moment(document, "lastModified", m->account->now);
    fresh = account_add_document(m->account, kind, document);
    audit_record(m->account, fresh, user, NULL, document);
    tell(m, "create", fresh, user);
    json_object_put(document);
}

static void add_flow(struct mutator *m)
{
    struct shelf *integrations = &m->account->shelves[KIND_INTEGRATIONS];
    struct resource *integration;
    const char *user = phrase_user(&m->maker.random);
    char flow[ID_SIZE];
    char export_id[ID_SIZE];
    char import_id[ID_SIZE];
    char *exports[] = {export_id};
    char *imports[] = {import_id};
    struct flow_plan plan = {.exports = {exports, 1, 1}, .imports = {imports, 1, 1}};

    if (!integrations->count)
        return;
    integration = integrations->at[random_below(&m->maker.random, integrations->count)];
    plan.integration = integration->id;
    m->maker.sandbox = integration->sandbox;
    m->maker.now = m->account->now;
    account_fresh_id(m->account, export_id);
    account_fresh_id(m->account, import_id);
    account_fresh_id(m->account, flow);
    add_one(m, &kinds[KIND_FLOWS], document_flow(&m->maker, flow, &plan), user);
    add_one(m, &kinds[KIND_EXPORTS], document_export(&m->maker, export_id), user);
    add_one(m, &kinds[KIND_IMPORTS], document_import(&m->maker, import_id), user);
}

static void delete_one(struct mutator *m, struct resource *resource, const char *user)
{
    struct json_object *before = resource_document(resource);

    account_tick(m->account);
    audit_record(m->account, resource, user, before, NULL);
    tell(m, "delete", resource, user);
    account_remove(m->account, resource);
    json_object_put(before);
}

/* Deletes what only this flow uses, and then the flow. */
static void delete_flow(struct mutator *m)
{
    struct shelf *flows = &m->account->shelves[KIND_FLOWS];
    const char *user = phrase_user(&m->maker.random);
    struct resource *flow;

    if (!flows->count)
        return;
    flow = flows->at[random_below(&m->maker.random, flows->count)];
    for (size_t i = 0; i < flow->refs_count; i++) {
        struct resource *used =
            account_find(m->account, &kinds[flow->refs[i].key->kind], flow->refs[i].id);

        if (used && used->kind->dies_with_owner && !account_is_used(m->account, used, flow))
            delete_one(m, used, user);
    }
    delete_one(m, flow, user);
}

static void collect_ids(struct ids *ids, const struct shelf *shelf)
{
    ids->at = memory_resize(NULL, shelf->count, sizeof(char *));
    ids->count = shelf->count;
    for (size_t i = 0; i < shelf->count; i++)
        ids->at[i] = memory_text(shelf->at[i]->id);
}

static void release_ids(struct ids *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        free(ids->at[i]);
    free(ids->at);
}

void mutate_account(struct account *account, const struct mutation *mutation, struct buffer *out)
{
    struct mutator m = {.account = account, .out = out};
    struct ids connections = {0};
    struct ids scripts = {0};

    random_seed(&m.maker.random, mutation->seed);
    collect_ids(&connections, &account->shelves[KIND_CONNECTIONS]);
    collect_ids(&scripts, &account->shelves[KIND_SCRIPTS]);
    m.maker.connections = &connections;
    m.maker.scripts = &scripts;
    buffer_text(out, "[");
    for (size_t i = 0; i < mutation->edits; i++)
        edit_one(&m);
    for (size_t i = 0; i < mutation->adds; i++)
        add_flow(&m);
    for (size_t i = 0; i < mutation->deletes; i++)
        delete_flow(&m);
    buffer_text(out, "]\n");
    release_ids(&scripts);
    release_ids(&connections);
}
