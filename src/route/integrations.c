/* integrations: their documents, made last, with what belongs into them. */
#include <stdlib.h>

#include "cycle.h"
#include "format/json.h"
#include "model/layout.h"

struct integration *cycle_add_integration(struct cycle *c, struct str id)
{
    struct integration *made = map_get(&c->integrations_by_id, id);
    if (made)
        return made;
    made = arena_alloc(&c->arena, sizeof *made);
    made->id = arena_str(&c->arena, id);
    map_put(&c->integrations_by_id, made->id, made);
    made->next = c->integrations;
    c->integrations = made;
    return made;
}

/* Notes which of its own a document does not list by itself. A summary says nothing of it. */
static void note_lacks(struct integration *integration, const struct node *doc)
{
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const char *field = kind_of((enum kind_id)k)->registered;
        integration->lacks[k] = field && !node_get(doc, str_of(field));
    }
}

void cycle_take_integration(struct cycle *c, struct list *list, struct str text)
{
    struct arena scratch = {0};
    struct node doc;
    struct digest digest;
    struct err why = {0};
    if (digest_parse(&scratch, list->kind, text, &doc, &digest, &why) < 0) {
        cycle_refuse_text(c, list, text, digest.id, &why);
    } else if (api_walk_row(&list->walk, digest.id)) {
        struct integration *integration = cycle_add_integration(c, digest.id);
        bool summary = list->kind->whole && !node_get(&doc, str_of(list->kind->whole));
        if (summary && integration->asked) { /* its whole document was got before the list moved */
            arena_release(&scratch);
            return;
        }
        digest_redact(c->redactor, &scratch, list->kind, &doc, &digest);
        integration->json = arena_str(&c->arena, text);
        integration->name = arena_str(&c->arena, digest.title);
        integration->summary = summary;
        if (!summary)
            note_lacks(integration, &doc);
    }
    arena_release(&scratch);
}

static void take_whole(struct cycle *c, struct integration *integration, struct str json)
{
    struct arena scratch = {0};
    struct node doc;
    struct err ignored; /* told when its document is entered */
    integration->json = arena_str(&c->arena, json);
    if (json_parse(&scratch, json, &doc, &ignored) == 0)
        note_lacks(integration, &doc);
    arena_release(&scratch);
}

int cycle_get_whole_integrations(struct cycle *c, struct err *err)
{
    const struct kind *kind = kind_of(KIND_INTEGRATION);
    struct http_response response;
    int got;
    for (struct integration *i = c->integrations; i; i = i->next)
        if (i->summary && !i->asked &&
            cycle_get(c, api_url(&c->api, &c->arena, kind->item, i->id), false, i, err) < 0)
            return -1;
    while ((got = cycle_answer(c, &response, err)) != HTTP_IDLE) {
        if (got < 0)
            return -1;
        if (got != HTTP_DONE)
            continue;
        struct integration *integration = (struct integration *)(uintptr_t)response.tag;
        struct err why = {0};
        integration->json = STR("");
        integration->asked = true;
        if (api_judge(&response, "GET", response.url, &why) < 0)
            cycle_problem(c, kind, &why);
        else
            take_whole(c, integration, buf_view(&response.body));
        http_response_release(&response);
    }
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return node_cmp(a, b);
}

/* Supplies a field such as _registeredConnectionIds from the sub-list, or as HEAD has it where the
 * sub-list could not be read. */
static void supply_registered(struct cycle *c, struct arena *a, const struct kind *kind,
                              const struct integration *integration, struct node *doc)
{
    struct list *list = cycle_list(c, kind->id, integration->id);
    if (!list || node_get(doc, str_of(kind->registered)))
        return;
    struct node ids = list->rows, head_doc;
    if (list->state != LIST_WHOLE || list->nameless_damage) {
        struct err ignored; /* a person may have committed what is no document */
        const struct entry *before =
            index_get(&c->before, KIND_INTEGRATION, integration->id, STR(""));
        bool read = before && cycle_load(c, a, &before->blob, &head_doc, &ignored) == 0;
        const struct node *kept = read ? node_get(&head_doc, str_of(kind->registered)) : NULL;
        if (!kept)
            return;
        ids = *kept;
    } else if (ids.list.n) {
        qsort(ids.list.items, ids.list.n, sizeof *ids.list.items, by_text);
    }
    node_map_set(a, doc, str_of(kind->registered), ids);
}

/* Makes the document of an integration, with what belongs into it. ERR_BAD where it cannot be. */
static int digest_integration(struct cycle *c, struct arena *a,
                              const struct integration *integration, struct digest *ret,
                              struct err *err)
{
    const struct kind *kind = kind_of(KIND_INTEGRATION);
    struct node doc;
    if (digest_parse(a, kind, integration->json, &doc, ret, err) < 0)
        return -1;
    digest_redact(c->redactor, a, kind, &doc, ret);
    if (!str_eq(ret->id, integration->id))
        return err_set(err, ERR_BAD, "integration (%s): GET gave another one", integration->id.p);
    for (size_t k = 0; k < KIND_COUNT; k++)
        if (kind_of((enum kind_id)k)->registered)
            supply_registered(c, a, kind_of((enum kind_id)k), integration, &doc);
    return digest_node(cycle_digester(c), a, kind, &doc, &c->before, ret, err);
}

/* Where an integration's document cannot be had: HEAD's stays. A new one has no file yet, but what
 * belongs to it gets the place that it will keep. */
static void enter_home(struct cycle *c, const struct integration *integration)
{
    const struct entry *before = index_get(&c->before, KIND_INTEGRATION, integration->id, STR(""));
    c->incomplete[KIND_INTEGRATION] = true;
    if (before) {
        index_keep(&c->now, before);
        return;
    }
    struct entry *home = index_put(&c->now, KIND_INTEGRATION, integration->id, STR(""));
    home->title = arena_str(&c->now.arena, integration->name);
    home->slug = layout_slug(&c->now.arena, integration->name);
}

static int enter_integration(struct cycle *c, const struct integration *integration,
                             struct err *err)
{
    struct arena scratch = {0};
    struct digest digest;
    struct entry *entry;
    struct err why = {0};
    int result = 0;
    if (integration->json.n == 0) {
        enter_home(c, integration);
    } else if (digest_integration(c, &scratch, integration, &digest, &why) < 0) {
        cycle_problem(c, kind_of(KIND_INTEGRATION), &why);
        enter_home(c, integration);
    } else {
        result = cycle_enter(c, kind_of(KIND_INTEGRATION), &digest, &entry, err);
    }
    arena_release(&scratch);
    return result;
}

int cycle_enter_integrations(struct cycle *c, struct err *err)
{
    for (struct integration *i = c->integrations; i; i = i->next)
        if (enter_integration(c, i, err) < 0)
            return -1;
    return 0;
}
