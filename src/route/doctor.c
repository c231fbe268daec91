#include "route/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "format/node.h"
#include "model/kind.h"
#include "port/api.h"
#include "port/store.h"
#include "route/record.h"
#include "route/remote.h"
#include "route/secrecy.h"

struct visit {
    const struct doctor_options *options;
    struct doctor_result *result;
    struct doctor_finding **tail;
    struct api api;
    struct http *http;
    struct redactor *redactor; /* servers may say in errors what they were told */
};

static void tell(struct visit *v, enum doctor_level level, const char *about, const char *remedy,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

static void tell(struct visit *v, enum doctor_level level, const char *about, const char *remedy,
                 const char *format, ...)
{
    struct doctor_finding *finding = arena_alloc(&v->result->arena, sizeof *finding);
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct buf shown = BUF_MAX(16 * sizeof text);
    if (v->redactor)
        redact_text(v->redactor, NULL, NULL, str_of(text), &shown);
    *finding = (struct doctor_finding){
        .level = level,
        .about = about,
        .found = arena_str(&v->result->arena, v->redactor ? buf_view(&shown) : str_of(text)).p,
        .remedy = remedy,
    };
    buf_release(&shown);
    *v->tail = finding;
    v->tail = &finding->next;
    v->result->bad += level == DOCTOR_BAD;
}

/* ---- the mirror ---- */

/* What the record says of the remote, where it can be reached. */
static void look_at_pushes(struct visit *v, struct store *store)
{
    struct node last;
    struct err err = {0};
    long unpushed = 0;
    if (store_unpushed(store, v->options->remote.url, &unpushed, &err) < 0 ||
        record_load(store, &v->result->arena, &last, &err) < 0) {
        tell(v, DOCTOR_BAD, "remote", "\"iokeeper check\" tells what is damaged", "%s", err.text);
        return;
    }
    struct str failure = node_get_text(&last, STR("push_failure"));
    if (failure.n)
        tell(v, DOCTOR_BAD, "remote",
             "the next cycle pushes again; see that the remote can be reached",
             "the last push failed: %.*s", STR_ARG(failure));
    else if (unpushed != 0)
        tell(v, DOCTOR_NOTE, "remote", "the next cycle pushes", "%s",
             unpushed < 0 ? "nothing was pushed yet" : "some commits are not pushed yet");
    else
        tell(v, DOCTOR_GOOD, "remote", "", "can be reached, and has all commits");
}

static void look_at_remote(struct visit *v, struct store *store)
{
    const struct store_remote *remote = &v->options->remote;
    struct err err = {0}, outcome = {0};
    if (!*remote->url)
        tell(v, DOCTOR_NOTE, "remote",
             "set mirror.remote: a backup on one machine is half a backup", "none is configured");
    else if (remote_do(REMOTE_TRY, store, remote, v->options->account.stop_fd, &outcome, &err) < 0)
        tell(v, DOCTOR_BAD, "remote", "see that this machine may start processes", "%s", err.text);
    else if (outcome.cls != ERR_NONE)
        tell(v, DOCTOR_BAD, "remote", "see mirror.remote and what it needs", "%s", outcome.text);
    else
        look_at_pushes(v, store);
}

static void look_at_mirror(struct visit *v)
{
    const char *path = v->options->mirror_path;
    struct store *store = NULL;
    struct err err = {0};
    if (store_path_is_free(path)) {
        tell(v, DOCTOR_NOTE, "mirror", "\"iokeeper sync\" makes it", "%s: none there yet", path);
        return;
    }
    if (store_open(&store, path, v->options->branch, &err) < 0) {
        tell(v, DOCTOR_BAD, "mirror", "see mirror.path and mirror.branch", "%s", err.text);
        return;
    }
    if (access(path, W_OK) < 0)
        tell(v, DOCTOR_BAD, "mirror", "give the user that runs iokeeper the folder",
             "%s: cannot be written by this user", path);
    else
        tell(v, DOCTOR_GOOD, "mirror", "", "%s", path);
    look_at_remote(v, store);
    store_close(store);
}

/* ---- the API ---- */

/* Asks for one row of a list: 1 with its answer in *ret (release it), 0 where the visit is over,
 * the cause being told, -1 with err. */
static int ask(struct visit *v, const char *path, struct http_response *ret, struct err *err)
{
    struct arena scratch = {0};
    struct str url = api_url(&v->api, &scratch, path, STR(""));
    struct http_request request = {.url = url.p};
    if (!v->api.bare)
        request.url = arena_printf(&scratch, "%s?limit=1", url.p).p;
    int result = http_submit(v->http, &request, err);
    if (result == 0)
        result = http_next(v->http, ret, err);
    arena_release(&scratch);
    if (result < 0)
        return -1;
    struct err why = {0};
    if (account_check_token(&v->options->account, ret, &why) < 0) {
        tell(v, DOCTOR_BAD, "token", "make a new one in the account, and put it there", "%s",
             why.text);
        v->result->token_refused = true;
    } else if (ret->status == 0) {
        api_judge(ret, "GET", ret->url, &why);
        tell(v, DOCTOR_BAD, "API", "see api.url, and that this machine may go there", "%s",
             why.text);
    } else {
        return 1;
    }
    http_response_release(ret);
    return 0;
}

/* Whether a server takes no limit=: it is asked without from then on. */
static bool refuses_paging(struct visit *v, const struct http_response *response)
{
    if (v->api.bare || response->status != 400)
        return false;
    v->api.bare = true;
    return true;
}

/* As ask, in whatever way the server takes it. */
static int ask_either_way(struct visit *v, const char *path, struct http_response *ret,
                          struct err *err)
{
    int got = ask(v, path, ret, err);
    if (got > 0 && refuses_paging(v, ret)) {
        http_response_release(ret);
        got = ask(v, path, ret, err);
    }
    return got;
}

static int look_at_api(struct visit *v, struct err *err)
{
    struct http_response response;
    int got = ask_either_way(v, kind_of(KIND_INTEGRATION)->account_list, &response, err);
    if (got <= 0)
        return got;
    struct err why = {0};
    if (api_judge(&response, "GET", response.url, &why) < 0)
        tell(v, DOCTOR_BAD, "API", "see api.url: it ends in /v1", "%s", why.text);
    else
        tell(v, DOCTOR_GOOD, "API", "", "%s answers, and takes the token from %s", v->api.url,
             v->options->account.token_source);
    bool good = why.cls == ERR_NONE;
    http_response_release(&response);
    return good ? 1 : 0;
}

static int look_at_dialect(struct visit *v, struct err *err)
{
    struct http_response response;
    int got = ask_either_way(v, kind_of(KIND_AUDIT)->account_list, &response, err);
    if (got <= 0)
        return got;
    struct err why = {0};
    if (api_judge(&response, "GET", response.url, &why) == 0)
        tell(v, DOCTOR_GOOD, "dialect", "", "live: an account-wide audit log; pages %s",
             response.link_next ? "by Link" : "by Link where there is more than one");
    else if (response.status == 404 || response.status == 405 || response.status == 403)
        tell(v, DOCTOR_NOTE, "dialect", "",
             "reference: no account-wide audit log (%d), so that the integrations' own are read; "
             "pages by limit and offset",
             response.status);
    else
        tell(v, DOCTOR_BAD, "dialect", "try again later", "%s", why.text);
    http_response_release(&response);
    return 1;
}

static int look_at_kind(struct visit *v, const struct kind *kind, struct err *err)
{
    struct http_response response;
    int got = ask_either_way(v, kind->account_list, &response, err);
    if (got <= 0)
        return got;
    struct err why = {0};
    bool denied = response.status == 404 || response.status == 405 || response.status == 403;
    if (api_judge(&response, "GET", response.url, &why) == 0)
        tell(v, DOCTOR_GOOD, kind->plural, "", "served");
    else if (denied && kind->sub_list)
        tell(v, DOCTOR_NOTE, kind->plural, "",
             "no account-wide list (%d): the integrations' own are read", response.status);
    else if (denied && kind->optional)
        tell(v, DOCTOR_NOTE, kind->plural, "", "not served here (%d): left out", response.status);
    else
        tell(v, DOCTOR_BAD, kind->plural,
             "what cannot be read stays as it is in the mirror; see what the token may read", "%s",
             why.text);
    http_response_release(&response);
    return 1;
}

static int look_at_kinds(struct visit *v, struct err *err)
{
    int got = 1;
    for (size_t k = 0; k < KIND_COUNT && got > 0; k++) {
        const struct kind *kind = kind_of((enum kind_id)k);
        if (kind_is_document(kind) && kind->place != PLACE_OWN_FOLDER)
            got = look_at_kind(v, kind, err);
    }
    return got;
}

int doctor_run(const struct doctor_options *options, struct doctor_result *ret, struct err *err)
{
    *ret = (struct doctor_result){0};
    struct visit v = {.options = options,
                      .result = ret,
                      .tail = &ret->findings,
                      .api = account_api(&options->account),
                      .redactor = secrecy_passing()};
    look_at_mirror(&v);
    int got = account_open(&options->account, -1, &v.http, err) < 0 ? -1 : look_at_api(&v, err);
    if (got > 0)
        got = look_at_dialect(&v, err);
    if (got > 0)
        got = look_at_kinds(&v, err);
    http_close(v.http);
    redactor_free(v.redactor);
    return got < 0 ? -1 : 0;
}

void doctor_release(struct doctor_result *result)
{
    arena_release(&result->arena);
    *result = (struct doctor_result){0};
}
