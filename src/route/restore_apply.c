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

/* As many requests at once as the configuration can ask for. */
enum { BODY_MAX_BYTES = 64 << 20, CONCURRENCY_MAX = 256 };

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
static int submit(struct restore *r, struct works *works, struct work *work, struct err *err)
{
    struct arena scratch = {0};
    struct http_request request = {.method = method_of(work->ask),
                                   .url = url_of(r, &scratch, work).p,
                                   .body = buf_view(&work->body),
                                   .tag = work->step->number};
    int result = http_submit(r->http, &request, err);
    arena_release(&scratch);
    buf_release(&work->body);
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

/* Makes ready what a step asks next, and notes what it sets out to do. False where it failed. */
static bool prepare(struct restore *r, struct works *works, struct work *work)
{
    struct err why = {0};
    if (work->ask == ASK_NOTHING) {
        work->ask = first_ask(work);
        if (work->step->verb == STEP_LINK || work->step->verb == STEP_ENABLE || !work->id.n)
            work->id = idmap_get(&r->ids, work->step->kind, work->step->id);
        work->body = (struct buf)BUF_MAX(BODY_MAX_BYTES);
        if (work->ask == ASK_POST && creation_body(r, work, &work->body, &why) < 0) {
            works_fail(r, works, work, why.text);
            return false;
        }
    }
    if (is_write(work->ask))
        restore_record(r, "intent", work->step, "ask", str_of(ask_name(work->ask)));
    return true;
}

/* ---- answers ---- */

/* The document that is to replace another one is sent next. */
static void put(struct works *works, struct work *work, const struct node *doc)
{
    work->body = (struct buf)BUF_MAX(BODY_MAX_BYTES);
    json_write(&work->body, doc);
    works_ask(works, work, ASK_PUT);
}

/* Goes on with the document as it is now: nothing to change, or a PUT. What came back from the bin
 * is there, even where it cannot be made what it was. */
static void take_look(struct restore *r, struct works *works, struct work *work,
                      const struct node *live)
{
    struct arena scratch = {0};
    struct node wish, is = node_copy(&scratch, live);
    struct err why = {0};
    const struct kind *kind = kind_of(work->step->kind);
    normalize(kind, &is);
    normalize_to_written(kind, &is);
    bool made = restore_body(r, work->step, live, &scratch, &wish, &why) == 0;
    bool same = made && hole_same(&wish, &is);
    const struct hole *left = made && !same ? hole_drop(&scratch, &wish) : NULL;
    if (!made) {
        works_fail(r, works, work, why.text);
    } else if (same || (left && work->step->verb == STEP_CREATE)) {
        works_settle(r, works, work, work->id, live);
    } else if (left) {
        works_fail(
            r, works, work,
            arena_printf(&scratch,
                         "left as it is: %s holds a secret that neither the mirror nor the API "
                         "tells; give it with --secrets, or change it by hand",
                         left->path)
                .p);
    } else {
        put(works, work, &wish);
    }
    arena_release(&scratch);
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

static void take_success(struct restore *r, struct works *works, struct work *work,
                         const struct http_response *response)
{
    struct arena scratch = {0};
    struct node doc;
    struct err why = {0};
    bool told = work->ask != ASK_DELETE && read_document(&scratch, response, &doc, &why) == 0;
    if (work->ask == ASK_DELETE || work->ask == ASK_PUT)
        works_settle(r, works, work, work->id, told ? &doc : NULL);
    else if (work->ask == ASK_POST && told)
        works_settle(r, works, work, node_get_text(&doc, STR("_id")), &doc);
    else if (work->ask == ASK_POST)
        work->state = WORK_UNKNOWN; /* it is there, but under what id? */
    else if (told)
        take_look(r, works, work, &doc);
    else
        works_fail(r, works, work, why.text);
    arena_release(&scratch);
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

/* Whether a request may have been carried out though no answer says so. */
static bool is_unclear(const struct http_response *response)
{
    return response->status == 0 ? response->sent
                                 : response->status >= 500 || response->status == 408;
}

/* An answer that is none, or says no. */
static void take_failure(struct restore *r, struct works *works, struct work *work,
                         const struct http_response *response, const struct err *why)
{
    bool gone = response->status == 404;
    bool unclear = work->ask == ASK_POST && is_unclear(response);
    if (unclear || why->cls == ERR_RETRY) {
        work->state = unclear ? WORK_UNKNOWN : WORK_OPEN;
        work->ask = ASK_NOTHING;
        works->broken = true;
        works->why = *why;
    } else if (work->ask == ASK_BIN_LOOK && gone) {
        works_ask(works, work, work->found_fallen ? ASK_NOTHING : ASK_BIN);
    } else if (work->ask == ASK_BIN) {
        /* Not in the bin any more: something else has brought it back, or it is created anew. */
        work->found_fallen = true;
        works_ask(works, work, ASK_BIN_LOOK);
    } else if (work->ask == ASK_DELETE && gone) {
        works_settle(r, works, work, work->id, NULL);
    } else if (work->ask == ASK_POST && is_about_name(response) && rename_step(r, work)) {
        restore_record(r, "void", work->step, NULL, STR(""));
        works_ask(works, work, ASK_NOTHING);
    } else {
        works_fail(r, works, work, why->text);
    }
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
    struct work *work = &works->items[response->tag - 1];
    struct err why = {0};
    works->under_way--;
    if (account_check_token(&r->options.sync.account, response, err) < 0)
        return -1;
    if (api_judge(response, method_name(work->ask), response->url, &why) == 0)
        take_success(r, works, work, response);
    else
        take_failure(r, works, work, response, &why);
    return 0;
}

/* ---- the line ---- */

/* Begins what can be begun: all that is set out for is on disk at once, and then sent. */
static int begin_due(struct restore *r, struct works *works, enum step_verb from, enum step_verb to,
                     struct err *err)
{
    unsigned most = r->options.sync.account.concurrency, n = 0;
    struct work *batch[CONCURRENCY_MAX], *work;
    while (!works->broken && works->under_way + n < most && (work = works_next(works, from, to)))
        if (prepare(r, works, work))
            batch[n++] = work;
    if (journal_sync(r->journal, err) < 0)
        return -1;
    for (unsigned i = 0; i < n; i++)
        if (submit(r, works, batch[i], err) < 0)
            return -1;
    return 0;
}

/* Takes all answers that have come, waiting for one. */
static int take_answers(struct restore *r, struct works *works, struct err *err)
{
    struct http_response response;
    int got = http_next(r->http, &response, err);
    while (got == HTTP_DONE) {
        int result = take_answer(r, works, &response, err);
        http_response_release(&response);
        if (result < 0)
            return -1;
        got = http_poll(r->http, &response, err);
    }
    return got < 0 ? -1 : 0;
}

int restore_work(struct restore *r, struct works *works, enum step_verb from, enum step_verb to,
                 struct err *err)
{
    works->broken = false;
    works_refresh(r, works);
    for (;;) {
        if (begin_due(r, works, from, to, err) < 0)
            return -1;
        if (works->under_way == 0)
            return 0;
        if (take_answers(r, works, err) < 0)
            return -1;
        if (r->options.sync.progress)
            r->options.sync.progress(r->options.sync.context, "writing", r->report.done, works->n);
    }
}
