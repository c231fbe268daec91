/*
 * The work: steps turned into requests, as many at once as the configuration allows, none before
 * what it needs.
 *
 * Whatever changes the account is in the journal before it is sent. A PUT or DELETE can be sent
 * again; a POST whose answer did not come makes its step unknown, and nothing here sends it again.
 */
#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "model/normalize.h"
#include "restoration.h"

enum { BODY_MAX_BYTES = 64 << 20 };

/* ---- single requests ---- */

int restore_get(struct restore *r, struct str url, struct http_response *ret_response,
                struct err *err)
{
    struct http_request request = {.method = HTTP_GET, .url = url.p};
    if (http_submit(r->http, &request, err) < 0 || http_next(r->http, ret_response, err) < 0)
        return -1;
    if (account_check_token(&r->options.sync.account, ret_response, err) == 0)
        return 0;
    http_response_release(ret_response);
    return -1;
}

/* ---- setting up ---- */

static struct work *work_of(struct works *works, unsigned number)
{
    return &works->items[number - 1];
}

void restore_count_waits(struct works *works)
{
    for (size_t i = 0; i < works->n; i++) {
        struct work *work = &works->items[i];
        work->waits = 0;
        for (size_t k = 0; k < work->step->needs_n; k++)
            work->waits += work_of(works, work->step->needs[k])->state != WORK_DONE;
    }
}

static struct work *recorded_work(struct works *works, const struct node *record)
{
    const struct node *number = node_get(record, STR("step"));
    unsigned value = 0;
    if (!number || number->type != NODE_NUMBER)
        return NULL;
    for (size_t i = 0; i < number->text.n && i < 9; i++)
        value = value * 10 + (unsigned)(number->text.p[i] - '0');
    return value >= 1 && value <= works->n ? work_of(works, value) : NULL;
}

/* What the journal of a run that is taken up says of a step. */
static void replay(struct restore *r, struct works *works, const struct node *record)
{
    struct work *work = recorded_work(works, record);
    struct str what = node_get_text(record, STR("record"));
    if (!work)
        return;
    if (str_is(what, "intent") && str_is(node_get_text(record, STR("ask")), "post")) {
        work->state = WORK_UNKNOWN;
    } else if (str_is(what, "done")) {
        const struct node *groups = node_get(record, STR("groups"));
        struct str id = node_get_text(record, STR("id"));
        struct err ignored;
        work->state = WORK_DONE;
        if (groups)
            idmap_load(&r->ids, groups, &ignored);
        if (work->step->verb == STEP_CREATE && id.n) {
            work->id = id;
            idmap_add(&r->ids, work->step->kind, work->step->id, id);
        }
    } else if (str_is(what, "void")) {
        work->state = WORK_OPEN; /* probed for, and not there */
    } else if (str_is(what, "failed")) {
        work->state = WORK_FAILED;
        work->failure = arena_str(&r->arena, node_get_text(record, STR("text"))).p;
    }
}

int restore_set_up_works(struct restore *r, struct works *works, struct err *err)
{
    (void)err;
    *works = (struct works){.items = arena_array(&r->arena, r->plan.n, sizeof *works->items),
                            .n = r->plan.n};
    for (size_t i = 0; i < works->n; i++) {
        works->items[i].step = r->plan.steps[i];
        works->items[i].id = r->plan.steps[i]->target;
    }
    for (size_t i = 0; r->resumes && i < r->records.list.n; i++)
        replay(r, works, &r->records.list.items[i]);
    restore_count_waits(works);
    return 0;
}

/* ---- endings ---- */

static void fail(struct restore *r, struct work *work, const char *text)
{
    work->state = WORK_FAILED;
    work->failure = arena_str(&r->arena, str_of(text)).p;
    restore_record(r, "failed", work->step, "text", str_of(work->failure));
}

static void finish(struct restore *r, struct work *work)
{
    work->state = WORK_DONE;
    restore_record(r, "done", work->step, work->step->verb == STEP_CREATE ? "id" : NULL, work->id);
}

/* Adds the ids of groups that the server has made to the record of the step that made them. */
static void record_with_groups(struct restore *r, struct work *work, const struct node *doc)
{
    const struct entry *wanted = snapshot_find(&r->want, work->step->kind, work->step->id);
    struct arena scratch = {0};
    struct node ours, record = node_map(&scratch, 4);
    struct err ignored;
    if (wanted && snapshot_load(&r->want, wanted, &scratch, &ours, &ignored) == 0)
        restore_pair_groups(r, &ours, doc);
    struct node all = idmap_document(&r->ids, &scratch);
    const struct node *groups = node_get(&all, STR("flowgroupings"));
    struct node only = node_map(&scratch, 1);
    if (groups)
        node_map_set(&scratch, &only, STR("flowgroupings"), *groups);
    node_map_set(&scratch, &record, STR("record"), node_cstring("done"));
    node_map_set(&scratch, &record, STR("step"), node_integer(&scratch, work->step->number));
    node_map_set(&scratch, &record, STR("id"), node_string(work->id));
    node_map_set(&scratch, &record, STR("groups"), only);
    work->state = WORK_DONE;
    journal_add(r->journal, &record);
    arena_release(&scratch);
}

void restore_settle_creation(struct restore *r, struct work *work, struct str id,
                             const struct node *doc)
{
    work->id = arena_str(&r->arena, id);
    if (work->step->verb == STEP_CREATE)
        idmap_add(&r->ids, work->step->kind, work->step->id, work->id);
    if (work->step->kind == KIND_INTEGRATION && doc)
        record_with_groups(r, work, doc);
    else
        finish(r, work);
}

static void count_done(struct restore *r, struct works *works, const struct work *done)
{
    r->report.done++;
    for (size_t i = 0; i < works->n; i++) {
        struct work *work = &works->items[i];
        for (size_t k = 0; k < work->step->needs_n; k++)
            work->waits -= work->step->needs[k] == done->step->number;
    }
}

/* What needs a step that failed fails with it, by name. */
static void fail_dependents(struct restore *r, struct works *works)
{
    for (size_t i = 0; i < works->n; i++) {
        struct work *work = &works->items[i];
        for (size_t k = 0; work->state == WORK_OPEN && k < work->step->needs_n; k++) {
            const struct work *other = work_of(works, work->step->needs[k]);
            if (other->state != WORK_FAILED)
                continue;
            struct arena scratch = {0};
            fail(r, work,
                 arena_printf(&scratch, "not tried: it needs %s \"%.*s\", which failed",
                              kind_of(other->step->kind)->name, STR_ARG(other->step->title))
                     .p);
            arena_release(&scratch);
        }
    }
}

/* ---- asking ---- */

static struct str url_of(struct restore *r, struct arena *a, const struct work *work)
{
    const struct kind *kind = kind_of(work->step->kind);
    switch (work->ask) {
    case ASK_POST:
        return api_url(&r->api, a, kind->account_list, STR(""));
    case ASK_BIN:
        return arena_printf(a, "%s/recycleBinTTL%s%.*s/doCascadeRestore", r->api.url, kind->item,
                            STR_ARG(work->step->id));
    default:
        return api_url(&r->api, a, kind->item, work->id);
    }
}

static enum http_method method_of(enum ask ask)
{
    return ask == ASK_POST || ask == ASK_BIN ? HTTP_POST
           : ask == ASK_PUT                  ? HTTP_PUT
           : ask == ASK_DELETE               ? HTTP_DELETE
                                             : HTTP_GET;
}

static const char *ask_name(enum ask ask)
{
    return ask == ASK_POST ? "post" : ask == ASK_BIN ? "bin" : ask == ASK_PUT ? "put" : "delete";
}

static bool is_write(enum ask ask)
{
    return ask == ASK_POST || ask == ASK_BIN || ask == ASK_PUT || ask == ASK_DELETE;
}

/* Puts the step's request in line; its intent must be on disk. */
static int submit(struct restore *r, struct works *works, struct work *work, struct str body,
                  struct err *err)
{
    struct arena scratch = {0};
    struct http_request request = {.method = method_of(work->ask),
                                   .url = url_of(r, &scratch, work).p,
                                   .body = body,
                                   .tag = work->step->number};
    int result = http_submit(r->http, &request, err);
    arena_release(&scratch);
    if (result == 0) {
        work->state = WORK_SENT;
        works->under_way++;
    }
    return result;
}

/* The first question of a step. */
static enum ask first_ask(const struct work *work)
{
    switch (work->step->verb) {
    case STEP_CREATE:
        return work->step->from_bin && !work->found_fallen ? ASK_BIN_LOOK : ASK_POST;
    case STEP_DELETE:
        return ASK_DELETE;
    default:
        return ASK_LOOK;
    }
}

/* Makes the body of a creation. A hole makes a shell of it. */
static int creation_body(struct restore *r, const struct work *work, struct buf *body,
                         struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    int result = restore_body(r, work->step, NULL, &scratch, &doc, err);
    if (result == 0) {
        hole_drop(&scratch, &doc);
        json_write(body, &doc);
    }
    arena_release(&scratch);
    return result;
}

/* Begins a step: what is written down first is on disk when this returns. */
static int begin(struct restore *r, struct works *works, struct work *work, struct err *err)
{
    struct buf body = BUF_MAX(BODY_MAX_BYTES);
    struct err why = {0};
    work->ask = first_ask(work);
    if (work->step->verb == STEP_LINK || work->step->verb == STEP_ENABLE || !work->id.n)
        work->id = idmap_get(&r->ids, work->step->kind, work->step->id);
    int result = 0;
    if (work->ask == ASK_POST && creation_body(r, work, &body, &why) < 0) {
        fail(r, work, why.text);
    } else {
        if (is_write(work->ask)) {
            restore_record(r, "intent", work->step, "ask", str_of(ask_name(work->ask)));
            result = journal_sync(r->journal, err);
        }
        if (result == 0)
            result = submit(r, works, work, buf_view(&body), err);
    }
    buf_release(&body);
    return result;
}

/* ---- answers ---- */

/* Sends the document that is to replace another one. */
static int put(struct restore *r, struct works *works, struct work *work, const struct node *doc,
               struct err *err)
{
    struct buf body = BUF_MAX(BODY_MAX_BYTES);
    json_write(&body, doc);
    work->ask = ASK_PUT;
    restore_record(r, "intent", work->step, "ask", STR("put"));
    int result = journal_sync(r->journal, err);
    if (result == 0)
        result = submit(r, works, work, buf_view(&body), err);
    buf_release(&body);
    return result;
}

/* Goes on with the document as it is now: nothing to change, or a PUT. What came back from the bin
 * is there, even where it cannot be made what it was. */
static int take_look(struct restore *r, struct works *works, struct work *work,
                     const struct node *live, struct err *err)
{
    struct arena scratch = {0};
    struct node wish, is = node_copy(&scratch, live);
    struct err why = {0};
    const struct kind *kind = kind_of(work->step->kind);
    int result = 0;
    normalize(kind, &is);
    normalize_to_written(kind, &is);
    bool made = restore_body(r, work->step, live, &scratch, &wish, &why) == 0;
    bool same = made && hole_same(&wish, &is);
    const struct hole *left = made && !same ? hole_drop(&scratch, &wish) : NULL;
    if (!made) {
        fail(r, work, why.text);
    } else if (same || (left && work->step->verb == STEP_CREATE)) {
        restore_settle_creation(r, work, work->id, live);
        count_done(r, works, work);
    } else if (left) {
        fail(r, work,
             arena_printf(&scratch,
                          "left as it is: %s holds a secret that neither the mirror nor the API "
                          "tells; give it with --secrets, or change it by hand",
                          left->path)
                 .p);
    } else {
        result = put(r, works, work, &wish, err);
    }
    arena_release(&scratch);
    return result;
}

/* The document of an answer, or -1. */
static int read_document(struct arena *a, const struct http_response *response, struct node *ret,
                         struct err *err)
{
    if (json_parse(a, buf_view(&response->body), ret, err) < 0)
        return err_wrap(err, "%s", api_path_of(response->url));
    if (ret->type != NODE_MAP || !node_get_text(ret, STR("_id")).n)
        return err_set(err, ERR_BAD, "%s: the answer is no document", api_path_of(response->url));
    return 0;
}

static int take_success(struct restore *r, struct works *works, struct work *work,
                        const struct http_response *response, struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    struct err why = {0};
    int result = 0;
    bool told = work->ask != ASK_DELETE && read_document(&scratch, response, &doc, &why) == 0;
    if (work->ask == ASK_DELETE) {
        finish(r, work);
        count_done(r, works, work);
    } else if (work->ask == ASK_PUT || (work->ask == ASK_POST && told)) {
        restore_settle_creation(r, work,
                                work->ask == ASK_POST ? node_get_text(&doc, STR("_id")) : work->id,
                                told ? &doc : NULL);
        count_done(r, works, work);
    } else if (work->ask == ASK_POST) {
        work->state = WORK_UNKNOWN; /* it is there, but under what id? */
    } else if (told) {
        result = take_look(r, works, work, &doc, err);
    } else {
        fail(r, work, why.text);
    }
    arena_release(&scratch);
    return result;
}

/* Asks another question of the same step, at once. */
static int ask_again(struct restore *r, struct works *works, struct work *work, enum ask ask,
                     struct err *err)
{
    work->ask = ask;
    if (is_write(ask)) {
        restore_record(r, "intent", work->step, "ask", str_of(ask_name(ask)));
        if (journal_sync(r->journal, err) < 0)
            return -1;
    }
    return submit(r, works, work, STR(""), err);
}

/* A creation that is refused because of its name, which may be tried with another one. */
static bool is_about_name(const struct http_response *response)
{
    struct str body = buf_view(&response->body);
    return response->status == 409 ||
           (response->status == 422 && memmem(body.p, body.n, "\"name\"", 6) != NULL);
}

/* Tries a creation once more under another name. */
static bool rename_step(struct restore *r, struct work *work)
{
    if (r->options.on_conflict != CONFLICT_RENAME || work->tries >= 9)
        return false;
    struct str base = work->step->title;
    work->tries++;
    if (work->step->renamed && work->tries > 1)
        base = str_sub(base, 0, base.n - 4); /* " (2)" */
    work->step->title = arena_printf(&r->plan.arena, "%.*s (%u)", STR_ARG(base), work->tries + 1);
    work->step->renamed = true;
    return true;
}

/* An answer that is none, or says no. */
static int take_failure(struct restore *r, struct works *works, struct work *work,
                        const struct http_response *response, struct err *why, struct err *err)
{
    bool gone = response->status == 404;
    if (work->ask == ASK_POST &&
        (response->status == 0 ? response->sent : response->status >= 500)) {
        work->state = WORK_UNKNOWN;
        works->broken = true;
        works->why = *why;
    } else if (why->cls == ERR_RETRY) {
        work->state = WORK_OPEN;
        works->broken = true;
        works->why = *why;
    } else if (work->ask == ASK_BIN_LOOK && gone && !work->found_fallen) {
        return ask_again(r, works, work, ASK_BIN, err);
    } else if (work->ask == ASK_BIN) {
        /* Not in the bin any more: something else has brought it back, or it is created anew. */
        work->found_fallen = true;
        return ask_again(r, works, work, ASK_BIN_LOOK, err);
    } else if (work->ask == ASK_BIN_LOOK && gone) {
        work->state = WORK_OPEN;
    } else if (work->ask == ASK_DELETE && gone) {
        finish(r, work);
        count_done(r, works, work);
    } else if (work->ask == ASK_POST && is_about_name(response) && rename_step(r, work)) {
        work->state = WORK_OPEN;
        restore_record(r, "void", work->step, NULL, STR(""));
    } else {
        fail(r, work, why->text);
    }
    return 0;
}

static const char *method_name(enum ask ask)
{
    return ask == ASK_POST || ask == ASK_BIN ? "POST"
           : ask == ASK_PUT                  ? "PUT"
           : ask == ASK_DELETE               ? "DELETE"
                                             : "GET";
}

static int take_answer(struct restore *r, struct works *works, const struct http_response *response,
                       struct err *err)
{
    struct work *work = work_of(works, (unsigned)response->tag);
    struct err why = {0};
    works->under_way--;
    if (account_check_token(&r->options.sync.account, response, err) < 0)
        return -1;
    if (api_judge(response, method_name(work->ask), response->url, &why) == 0)
        return take_success(r, works, work, response, err);
    return take_failure(r, works, work, response, &why, err);
}

/* ---- the line ---- */

static bool is_due(const struct work *work, enum step_verb from, enum step_verb to)
{
    return work->state == WORK_OPEN && work->waits == 0 && work->step->verb >= from &&
           work->step->verb <= to;
}

/* Begins what can be begun. */
static int begin_due(struct restore *r, struct works *works, enum step_verb from, enum step_verb to,
                     struct err *err)
{
    for (size_t i = 0; i < works->n && !works->broken; i++) {
        if (works->under_way >= r->options.sync.account.concurrency)
            return 0;
        if (is_due(&works->items[i], from, to) && begin(r, works, &works->items[i], err) < 0)
            return -1;
    }
    return 0;
}

int restore_work(struct restore *r, struct works *works, enum step_verb from, enum step_verb to,
                 struct err *err)
{
    struct http_response response;
    works->broken = false;
    for (;;) {
        fail_dependents(r, works);
        if (begin_due(r, works, from, to, err) < 0)
            return -1;
        if (works->under_way == 0)
            return journal_sync(r->journal, err);
        int got = http_next(r->http, &response, err);
        if (got < 0)
            return -1;
        int result = take_answer(r, works, &response, err);
        http_response_release(&response);
        if (result == 0)
            result = journal_sync(r->journal, err);
        if (result < 0)
            return -1;
        if (r->options.sync.progress)
            r->options.sync.progress(r->options.sync.context, "writing", r->report.done, works->n);
    }
}
