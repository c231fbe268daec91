#include "admin.h"

#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "moment.h"
#include "mutate.h"
#include "recycle.h"
#include "runtime.h"
#include "scheduler.h"
#include "secrets.h"
#include "state.h"

#define DEFAULT_USER "admin@example.com"

static bool is(const struct request *request, const char *method)
{
    return strcmp(request->method, method) == 0;
}

static void refuse(struct reply *reply, const char *why)
{
    reply_error(reply, 400, "bad_request", why, NULL);
}

static void answer_text(struct reply *reply, unsigned status, const struct text *text)
{
    reply->status = status;
    buffer_add(&reply->body, text->bytes, text->len);
}

/* ---- state, statistics, faults, clock, mutations ---- */

static void answer_state(struct simulator *sim, const struct request *request, struct reply *reply)
{
    reply->status = 204;
    if (is(request, "GET")) {
        reply->status = 200;
        state_dump(sim->account, &reply->body);
    } else if (!is(request, "PUT")) {
        reply_bad_method(reply, "GET, PUT");
    } else if (state_load(sim->account, request->body.data, request->body.len) != 0) {
        refuse(reply, "no dump of /_admin/state");
    }
}

static void answer_stats(struct simulator *sim, const struct request *request, struct reply *reply)
{
    reply->status = 204;
    if (is(request, "GET")) {
        reply->status = 200;
        stats_write(&sim->stats, &reply->body);
    } else if (is(request, "DELETE")) {
        stats_reset(&sim->stats);
    } else {
        reply_bad_method(reply, "GET, DELETE");
    }
}

static void answer_log(struct simulator *sim, const struct request *request, struct reply *reply)
{
    if (!is(request, "GET")) {
        reply_bad_method(reply, "GET");
        return;
    }
    reply->status = 200;
    reply->content_type = "application/x-ndjson";
    stats_write_log(&sim->stats, &reply->body);
}

static void add_faults(struct simulator *sim, const struct request *request, struct reply *reply)
{
    struct json_object *wanted = json_parse(request->body.data, request->body.len);
    const char *why = "no JSON object or array";

    if (!wanted || faults_add(&sim->faults, wanted, &why) != 0)
        refuse(reply, why);
    json_object_put(wanted);
}

static void answer_faults(struct simulator *sim, const struct request *request, struct reply *reply)
{
    reply->status = 204;
    if (is(request, "GET")) {
        reply->status = 200;
        faults_write(&sim->faults, &reply->body);
    } else if (is(request, "POST")) {
        add_faults(sim, request, reply);
    } else if (is(request, "DELETE")) {
        faults_clear(&sim->faults);
    } else {
        reply_bad_method(reply, "GET, POST, DELETE");
    }
}

static void add_during(struct simulator *sim, const struct request *request, struct reply *reply)
{
    struct json_object *wanted = json_parse(request->body.data, request->body.len);
    const char *why = "no JSON object or array";

    if (!wanted || during_add(&sim->during, wanted, &why) != 0)
        refuse(reply, why);
    json_object_put(wanted);
}

static void answer_during(struct simulator *sim, const struct request *request, struct reply *reply)
{
    reply->status = 204;
    if (is(request, "GET")) {
        reply->status = 200;
        during_write(sim->during, &reply->body);
    } else if (is(request, "POST")) {
        add_during(sim, request, reply);
    } else if (is(request, "DELETE")) {
        during_clear(&sim->during);
    } else {
        reply_bad_method(reply, "GET, POST, DELETE");
    }
}

static void answer_clock(struct simulator *sim, const struct request *request, struct reply *reply)
{
    struct json_object *body = json_parse(request->body.data, request->body.len);
    const char *now = json_get_text(body, "now");
    int64_t from = sim->account->now;
    char text[MOMENT_TEXT_SIZE];

    if (is(request, "POST") && (!now || moment_parse(now, &sim->account->now) != 0)) {
        refuse(reply, "\"now\" must be a time such as 2026-01-02T03:04:05.000Z");
    } else if (is(request, "POST") || is(request, "GET")) {
        scheduler_passed(&sim->runs, sim->account, from, sim->account->now);
        reply->status = 200;
        buffer_format(&reply->body, "{\"now\":\"%s\"}", moment_text(sim->account->now, text));
    } else {
        reply_bad_method(reply, "GET, POST");
    }
    json_object_put(body);
}

/* Rows that are read and forgotten. */
static void answer_notes(struct rows *rows, const struct request *request, struct reply *reply)
{
    reply->status = 204;
    if (is(request, "GET")) {
        reply->status = 200;
        rows_write(rows, &reply->body);
    } else if (is(request, "DELETE")) {
        rows_clear(rows);
    } else {
        reply_bad_method(reply, "GET, DELETE");
    }
}

static void answer_runs(struct simulator *sim, const struct request *request, struct reply *reply)
{
    answer_notes(&sim->runs, request, reply);
}

static void answer_losses(struct simulator *sim, const struct request *request, struct reply *reply)
{
    answer_notes(&sim->losses, request, reply);
}

static size_t parameter(const struct request *request, const char *name, int64_t fallback)
{
    int64_t number = request_number(request, name, fallback);

    return number < 0 ? 0 : number > 1000000 ? 1000000 : (size_t)number;
}

static void answer_mutate(struct simulator *sim, const struct request *request, struct reply *reply)
{
    struct mutation mutation = {
        .seed = (uint64_t)request_number(request, "seed", 1),
        .edits = parameter(request, "edits", 0),
        .adds = parameter(request, "adds", 0),
        .deletes = parameter(request, "deletes", 0),
    };

    if (!is(request, "POST")) {
        reply_bad_method(reply, "POST");
        return;
    }
    reply->status = 200;
    mutate_account(sim->account, &mutation, &reply->body);
}

static void answer_churn(struct simulator *sim, const struct request *request, struct reply *reply)
{
    if (!is(request, "POST")) {
        reply_bad_method(reply, "POST");
        return;
    }
    runtime_churn(sim->account, (uint64_t)request_number(request, "seed", 1));
    reply->status = 204;
}

static void answer_secrets(struct simulator *sim, const struct request *request,
                           struct reply *reply)
{
    if (!is(request, "GET")) {
        reply_bad_method(reply, "GET");
        return;
    }
    reply->status = 200;
    secrets_write(sim->account, &reply->body);
}

/* PUT /_admin/ashares, /_admin/audit: the rows of the whole account */
static void answer_account_rows(struct simulator *sim, const struct request *request,
                                struct reply *reply)
{
    const struct facet *facet = facet_by_path(request->segments[1]);
    struct json_object *rows = json_parse(request->body.data, request->body.len);

    if (!is(request, "PUT")) {
        reply_bad_method(reply, "PUT");
    } else if (!json_object_is_type(rows, json_type_array)) {
        refuse(reply, "no JSON array");
    } else {
        rows_set(&sim->account->rows[facet->id], rows);
        reply->status = 204;
    }
    json_object_put(rows);
}

/* ---- resources, as given ---- */

/* One change to a resource: what it was, who is to be named, and whether the change is to leave
 * traces at all. */
struct edit {
    struct simulator *sim;
    struct json_object *before;
    char *user;
    bool traced;
};

static void edit_begin(struct edit *edit, struct simulator *sim, const struct request *request,
                       const struct resource *resource)
{
    edit->sim = sim;
    edit->before = resource ? resource_document(resource) : NULL;
    edit->user = request_parameter(request, "user");
    edit->traced = request_number(request, "touch", 0) != 0;
    if (edit->traced)
        account_tick(sim->account);
}

static const char *edit_user(const struct edit *edit)
{
    return edit->user ? edit->user : DEFAULT_USER;
}

static void stamp(struct edit *edit, struct resource *resource)
{
    struct json_object *document = resource_document(resource);

    json_put_text(document, "lastModifiedBy", edit_user(edit));
    audit_stamp(edit->sim->account, document, edit_user(edit));
    account_set_document(edit->sim->account, resource, document);
    json_object_put(document);
}

/* Stamps the changed resource and writes the audit row, where asked for. */
static void edit_trace(struct edit *edit, struct resource *resource)
{
    struct json_object *after;

    if (!edit->traced)
        return;
    stamp(edit, resource);
    after = resource_document(resource);
    audit_record(edit->sim->account, resource, edit_user(edit), edit->before, after);
    json_object_put(after);
}

static void edit_end(struct edit *edit)
{
    json_object_put(edit->before);
    free(edit->user);
}

static void add_as_given(struct simulator *sim, const struct request *request, struct reply *reply,
                         const struct kind *kind)
{
    struct resource *fresh = account_add(sim->account, kind, request->body.data, request->body.len);
    struct edit edit;

    if (!fresh) {
        refuse(reply, "no JSON object");
        return;
    }
    edit_begin(&edit, sim, request, NULL);
    edit_trace(&edit, fresh);
    edit_end(&edit);
    answer_text(reply, 201, &fresh->document);
}

static int merge_as_given(struct simulator *sim, const struct request *request,
                          struct resource *resource)
{
    struct json_object *patch = json_parse(request->body.data, request->body.len);
    struct json_object *document = resource_document(resource);
    bool good = json_object_is_type(patch, json_type_object);

    if (good) {
        json_merge(document, patch);
        account_set_document(sim->account, resource, document);
    }
    json_object_put(document);
    json_object_put(patch);
    return good ? 0 : -1;
}

static void change_as_given(struct simulator *sim, const struct request *request,
                            struct reply *reply, struct resource *resource)
{
    struct edit edit;
    int result;

    edit_begin(&edit, sim, request, resource);
    if (is(request, "PATCH"))
        result = merge_as_given(sim, request, resource);
    else
        result = account_set(sim->account, resource, request->body.data, request->body.len);
    if (result == 0) {
        edit_trace(&edit, resource);
        answer_text(reply, 200, &resource->document);
    } else {
        refuse(reply, "no JSON object");
    }
    edit_end(&edit);
}

static void delete_as_given(struct simulator *sim, const struct request *request,
                            struct reply *reply, struct resource *resource)
{
    struct edit edit;

    edit_begin(&edit, sim, request, resource);
    if (edit.traced)
        audit_record(sim->account, resource, edit_user(&edit), edit.before, NULL);
    recycle_delete(sim->account, resource, request_number(request, "cascade", 0) != 0, edit.traced);
    edit_end(&edit);
    reply->status = 204;
}

static void answer_resource(struct simulator *sim, const struct request *request,
                            struct reply *reply, const struct kind *kind)
{
    struct resource *resource = account_find(sim->account, kind, request->segments[2]);

    if (!resource)
        reply_not_found(reply, kind->title);
    else if (is(request, "GET"))
        answer_text(reply, 200, &resource->document);
    else if (is(request, "PATCH") || is(request, "PUT"))
        change_as_given(sim, request, reply, resource);
    else if (is(request, "DELETE"))
        delete_as_given(sim, request, reply, resource);
    else
        reply_bad_method(reply, "GET, PUT, PATCH, DELETE");
}

/* POST /_admin/touch/KIND/ID */
static void answer_touch(struct simulator *sim, const struct request *request, struct reply *reply)
{
    const struct kind *kind =
        request->segments_count == 4 ? kind_by_path(request->segments[2]) : NULL;
    struct resource *resource =
        kind ? account_find(sim->account, kind, request->segments[3]) : NULL;
    struct edit edit;

    if (!resource) {
        reply_not_found(reply, "Resource");
    } else if (!is(request, "POST")) {
        reply_bad_method(reply, "POST");
    } else {
        edit_begin(&edit, sim, request, resource);
        account_tick(sim->account);
        stamp(&edit, resource);
        edit_end(&edit);
        answer_text(reply, 200, &resource->document);
    }
}

/* PUT /_admin/integrations/ID/FACET */
static void answer_facet(struct simulator *sim, const struct request *request, struct reply *reply,
                         const struct kind *kind)
{
    const struct facet *facet = facet_by_path(request->segments[3]);
    struct resource *container = account_find(sim->account, kind, request->segments[2]);
    struct json_object *rows = json_parse(request->body.data, request->body.len);

    if (!facet || !container) {
        reply_not_found(reply, "Resource");
    } else if (!is(request, "PUT")) {
        reply_bad_method(reply, "PUT");
    } else if (!json_object_is_type(rows, json_type_array)) {
        refuse(reply, "no JSON array");
    } else if (facet->shared && sim->options.rules.shares_users) {
        refuse(reply, "users are the account's here: PUT /_admin/ashares");
    } else {
        rows_set(&container->rows[facet->id], rows);
        reply->status = 204;
    }
    json_object_put(rows);
}

static const struct {
    const char *name;
    void (*answer)(struct simulator *sim, const struct request *request, struct reply *reply);
} tools[] = {
    {"state", answer_state},        {"stats", answer_stats},          {"log", answer_log},
    {"faults", answer_faults},      {"clock", answer_clock},          {"mutate", answer_mutate},
    {"runs", answer_runs},          {"losses", answer_losses},        {"touch", answer_touch},
    {"during", answer_during},      {"churn", answer_churn},          {"secrets", answer_secrets},
    {"audit", answer_account_rows}, {"ashares", answer_account_rows},
};

void admin_answer(struct simulator *sim, const struct request *request, struct reply *reply)
{
    const char *name = request->segments_count > 1 ? request->segments[1] : "";
    const struct kind *kind = kind_by_path(name);

    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
        if (strcmp(tools[i].name, name) == 0) {
            tools[i].answer(sim, request, reply);
            return;
        }
    if (kind && request->segments_count == 2 && is(request, "POST"))
        add_as_given(sim, request, reply, kind);
    else if (kind && request->segments_count == 2)
        reply_bad_method(reply, "POST");
    else if (kind && request->segments_count == 3)
        answer_resource(sim, request, reply, kind);
    else if (kind && kind->container && request->segments_count == 4)
        answer_facet(sim, request, reply, kind);
    else
        reply_not_found(reply, "Resource");
}
