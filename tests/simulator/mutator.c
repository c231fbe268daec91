#include "mutator.h"

#include "audit.h"
#include "enrichment.h"
#include "intake.h"
#include "recycle.h"

static void collect_ids(struct ids *ids, const struct shelf *shelf)
{
    for (size_t i = 0; i < shelf->count; i++)
        ids_add(ids, shelf->at[i]->id);
}

void mutator_begin(struct mutator *m, struct account *account, uint64_t seed, struct buffer *out)
{
    *m = (struct mutator){.account = account, .out = out};
    random_seed(&m->maker.random, seed);
    m->maker.rules = account->rules;
    m->maker.now = account->now;
    m->maker.groups = &m->groups;
    m->maker.connections = &m->known[KIND_CONNECTIONS];
    for (size_t k = 0; k < KINDS; k++) {
        collect_ids(&m->known[k], &account->shelves[k]);
        m->maker.known[k] = &m->known[k];
    }
    buffer_text(out, "[");
}

void mutator_end(struct mutator *m)
{
    buffer_text(m->out, "]");
    for (size_t k = 0; k < KINDS; k++)
        ids_release(&m->known[k]);
}

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

static void record(struct mutator *m, struct resource *resource, const char *user,
                   struct json_object *before, struct json_object *after)
{
    if (!m->silent)
        audit_record(m->account, resource, user, before, after);
}

void mutator_add(struct mutator *m, const struct kind *kind, struct json_object *document,
                 const char *user)
{
    struct resource *fresh;

    json_put_moment(document, "createdAt", account_tick(m->account));
    audit_stamp(m->account, document, user);
    document_enrich(&m->maker, kind->id, document);
    fresh = intake_add(m->account, kind, document);
    record(m, fresh, user, NULL, document);
    tell(m, "create", fresh, user);
    json_object_put(document);
}

void mutator_update(struct mutator *m, struct resource *resource, struct json_object *after,
                    const char *user)
{
    struct json_object *before = resource_document(resource);

    account_tick(m->account);
    audit_stamp(m->account, after, user);
    account_set_document(m->account, resource, after);
    record(m, resource, user, before, after);
    tell(m, "update", resource, user);
    json_object_put(before);
}

void mutator_delete(struct mutator *m, struct resource *resource, const char *user)
{
    struct json_object *before = resource_document(resource);

    account_tick(m->account);
    record(m, resource, user, before, NULL);
    tell(m, "delete", resource, user);
    recycle_delete(m->account, resource, true, true);
    json_object_put(before);
}

void mutator_rename(struct random *random, struct json_object *document)
{
    const char *old = json_get_text(document, "name");
    struct buffer name = {0};

    buffer_format(&name, "%s (v%zu)", old ? old : "unnamed", 2 + random_below(random, 8));
    json_put_text(document, "name", name.data);
    buffer_release(&name);
}
