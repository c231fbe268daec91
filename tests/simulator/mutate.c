#include "mutate.h"

#include "mutator.h"
#include "phrases.h"

/* ---- edits ---- */

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
        mutator_rename, edit_description, edit_settings, edit_schedule, edit_mapping, edit_content};
    struct random *random = &m->maker.random;
    struct resource *resource = any_resource(m);
    const char *user = phrase_user(random);
    struct json_object *after;

    if (!resource)
        return;
    after = resource_document(resource);
    edits[random_below(random, sizeof edits / sizeof *edits)](random, after);
    mutator_update(m, resource, after, user);
    json_object_put(after);
}

/* ---- adding and deleting flows ---- */

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
    mutator_add(m, &kinds[KIND_FLOWS], document_flow(&m->maker, flow, &plan), user);
    mutator_add(m, &kinds[KIND_EXPORTS], document_export(&m->maker, export_id), user);
    mutator_add(m, &kinds[KIND_IMPORTS], document_import(&m->maker, import_id), user);
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
            mutator_delete(m, used, user);
    }
    mutator_delete(m, flow, user);
}

void mutate_account(struct account *account, const struct mutation *mutation, struct buffer *out)
{
    struct mutator m;

    mutator_begin(&m, account, mutation->seed, out);
    for (size_t i = 0; i < mutation->edits; i++)
        edit_one(&m);
    for (size_t i = 0; i < mutation->adds; i++)
        add_flow(&m);
    for (size_t i = 0; i < mutation->deletes; i++)
        delete_flow(&m);
    mutator_end(&m);
    buffer_text(out, "\n");
}
