#include "port/api.h"

#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "format/node.h"
#include "format/utf8.h"

/* Bytes of a foreign URL that errors show; pages in a row that may bring nothing new. */
enum { URL_SHOWN = 200, STALE_MAX = 3 };

struct str api_url(const struct api *api, struct arena *a, const char *path, struct str id)
{
    return arena_printf(a, "%s%s%.*s", api->url, path, STR_ARG(id));
}

struct str api_sub_url(const struct api *api, struct arena *a, struct str integration,
                       const char *list)
{
    return arena_printf(a, "%s/integrations/%.*s/%s", api->url, STR_ARG(integration), list);
}

/* The reason phrases of RFC 9110 that this API is known to answer with. */
static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } known[] = {{301, "Moved Permanently"},
                 {302, "Found"},
                 {307, "Temporary Redirect"},
                 {308, "Permanent Redirect"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {408, "Request Timeout"},
                 {409, "Conflict"},
                 {415, "Unsupported Media Type"},
                 {422, "Unprocessable Content"},
                 {429, "Too Many Requests"},
                 {500, "Internal Server Error"},
                 {502, "Bad Gateway"},
                 {503, "Service Unavailable"},
                 {504, "Gateway Timeout"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].status == status)
            return known[i].reason;
    return "unexpected status";
}

static enum err_class class_of(int status)
{
    switch (status) {
    case 401:
        return ERR_AUTH;
    case 404:
    case 405:
        return ERR_MISSING;
    case 409:
        return ERR_CONFLICT;
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return ERR_RETRY;
    default:
        return ERR_BAD;
    }
}

const char *api_path_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    return path ? path : url;
}

/* {"errors":[{"code","message","field"?}]}, or the {"message"} that a live 401 has. */
static struct str explanation(struct arena *a, struct str body)
{
    enum { SHOWN = 200, BODY_READ = 64 * 1024 };
    struct err ignored;
    struct node doc;
    if (body.n == 0 || body.n > BODY_READ || json_parse(a, body, &doc, &ignored) < 0)
        return STR("");
    const struct node *errors = node_get(&doc, STR("errors"));
    bool listed = errors && errors->type == NODE_LIST && errors->list.n > 0;
    const struct node *first = listed ? &errors->list.items[0] : &doc;
    struct str code = node_get_text(first, STR("code"));
    struct str message = node_get_text(first, STR("message"));
    struct str field = node_get_text(first, STR("field"));
    return utf8_cut(arena_printf(a, ": %.*s%s%.*s%s%.*s%s", STR_ARG(code),
                                 code.n && message.n ? ": " : "", STR_ARG(message),
                                 field.n ? " (field " : "", STR_ARG(field), field.n ? ")" : ""),
                    SHOWN);
}

/* A URL of somebody else's as a person may see it: a query can be a key to what it leads to. */
static struct str without_query(const char *url)
{
    struct str whole = str_of(url);
    return utf8_cut(str_sub(whole, 0, str_find(whole, '?')), URL_SHOWN);
}

int api_judge(const struct http_response *response, const char *method, const char *url,
              struct err *err)
{
    if (response->status >= 200 && response->status < 300)
        return 0;
    const char *path = api_path_of(url);
    if (response->status == 0) {
        *err = response->failure;
        return err_wrap(err, "%s %s", method, path);
    }
    if (response->status >= 300 && response->status < 400)
        return err_set_code(err, ERR_BAD, response->status,
                            "%s %s: %d %s to %.*s: redirects are not followed; is api.url right?",
                            method, path, response->status, reason_of(response->status),
                            STR_ARG(without_query(response->location)));
    struct arena scratch = {0};
    struct str why = explanation(&scratch, buf_view(&response->body));
    if (why.n <= 2)
        why = STR("");
    err_set_code(err, class_of(response->status), response->status, "%s %s: %d %s%.*s", method,
                 path, response->status, reason_of(response->status), STR_ARG(why));
    arena_release(&scratch);
    return -1;
}

void api_walk_init(struct api_walk *walk, const char *url)
{
    *walk = (struct api_walk){.url = url, .walks = 1};
}

static void begin_page(struct api_walk *walk)
{
    walk->page_told = walk->page_new = walk->page_repeated = 0;
    walk->page_joins = false;
}

static void forget(struct api_walk *walk)
{
    free(walk->next);
    walk->next = NULL;
    map_release(&walk->seen);
    map_release(&walk->links);
    arena_reset(&walk->arena);
    walk->offset = 0;
    walk->pages = 0;
    walk->overlaps = false;
    walk->stale = 0;
    walk->known = 0;
    begin_page(walk);
}

/* Begins again, and remembers what this walk has shown. */
static void remember(struct api_walk *walk)
{
    struct map seen = walk->seen;
    struct arena keys = walk->arena;
    map_release(&walk->before);
    walk->seen = (struct map){0};
    walk->arena = walk->before_arena;
    forget(walk);
    walk->before = seen;
    walk->before_arena = keys;
    walk->looked = true;
}

void api_walk_release(struct api_walk *walk)
{
    forget(walk);
    arena_release(&walk->arena);
    map_release(&walk->before);
    arena_release(&walk->before_arena);
    walk->looked = false;
}

static unsigned limit_of(const struct api_walk *walk, const struct api *api)
{
    return walk->limit ? walk->limit : api->page_size;
}

struct str api_walk_url(const struct api_walk *walk, const struct api *api, struct arena *a)
{
    if (walk->next)
        return arena_str(a, str_of(walk->next));
    if (api->bare)
        return arena_str(a, str_of(walk->url));
    return arena_printf(a, "%s%climit=%u&offset=%zu", walk->url, strchr(walk->url, '?') ? '&' : '?',
                        limit_of(walk, api), walk->offset);
}

bool api_walk_refused(const struct api_walk *walk, struct api *api,
                      const struct http_response *response)
{
    bool paged = strstr(response->url, "limit=") != NULL;
    if (response->status != 400 || walk->next || walk->pages > 0 || !paged)
        return false;
    api->bare = true;
    return true;
}

/* A row twice on one page is the server's way of telling; on two pages it is a list that moved, or
 * the row by which two pages overlap. */
struct seen_row {
    unsigned page;
};

bool api_walk_row(struct api_walk *walk, struct str id)
{
    struct seen_row *known = map_get(&walk->seen, id);
    walk->page_told++;
    if (known) {
        walk->page_repeated += known->page != walk->pages;
        walk->page_joins |= known->page + 1 == walk->pages;
        known->page = walk->pages;
        return false;
    }
    struct seen_row *row = arena_alloc(&walk->arena, sizeof *row);
    row->page = walk->pages;
    walk->known += map_get(&walk->before, id) != NULL;
    map_put(&walk->seen, arena_str(&walk->arena, id), row);
    walk->page_new++;
    return true;
}

static const char rows_came_twice[] = "rows came twice: the list moved while it was read";

static enum api_step again(struct api_walk *walk, const char *why, struct err *err)
{
    if (walk->walks >= API_WALKS_MAX) {
        err_set(err, ERR_BAD, "GET %s: %s, also after %d walks", api_path_of(walk->url), why,
                API_WALKS_MAX);
        return WALK_BROKEN;
    }
    forget(walk);
    walk->walks++;
    return WALK_AGAIN;
}

/* Takes the link of an answer as the next page, after proving that it leads to the API itself and
 * somewhere new. */
static enum api_step follow(struct api_walk *walk, const struct api *api, const char *link,
                            struct err *err)
{
    if (!http_same_origin(api->origin, link)) {
        err_set(err, ERR_BAD, "GET %s: its next page is on another server (%.*s): not followed",
                api_path_of(walk->url), STR_ARG(without_query(link)));
        return WALK_BROKEN;
    }
    struct str key = arena_str(&walk->arena, str_of(link));
    if (map_put(&walk->links, key, walk))
        return again(walk, "a link to the next page came twice", err);
    free(walk->next);
    walk->next = strdup(link);
    if (!walk->next)
        abort();
    return WALK_MORE;
}

/* A page is the last where it is shorter than what was asked for and than what this server has been
 * seen to give: a server may cap limit= lower than we ask. */
static bool is_last(const struct api_walk *walk, struct api *api, size_t rows)
{
    if (rows == 0 || api->bare)
        return true;
    if (api->links && rows != limit_of(walk, api) && rows < API_LIVE_ROWS)
        return true;
    bool shorter = rows < limit_of(walk, api) && rows < api->most_rows;
    if (rows > api->most_rows)
        api->most_rows = (unsigned)(rows < UINT32_MAX ? rows : UINT32_MAX);
    return shorter;
}

/* A page on which nothing is new: the first page again, from a server that ignores offset= (which
 * hides what lies behind where it honours limit=), or what a list that moved pushed back. Whether
 * as many rows as limit= asks for are all there are, another limit= tells. */
static enum api_step nothing_new(struct api_walk *walk, struct api *api, bool linked, size_t rows,
                                 struct err *err)
{
    if (linked || rows == limit_of(walk, api)) {
        walk->limit = limit_of(walk, api) + 1;
        return again(walk, "a page was repeated (is offset= ignored?)", err);
    }
    if (rows != walk->first_rows && !walk->nameless)
        return again(walk, rows_came_twice, err);
    api->links = api->links || !walk->nameless; /* offset= is ignored, on purpose as it seems */
    return WALK_DONE;
}

/* Goes on behind a page, one row back, so that the next page joins it: where a row before it went
 * meanwhile, all behind it have moved up, and one would be lost between two pages. */
static enum api_step go_on(struct api_walk *walk, size_t rows)
{
    walk->overlaps = rows > 1 && !walk->nameless;
    walk->offset += walk->overlaps ? rows - 1 : rows;
    return WALK_MORE;
}

/* Judges a page but for what comes after it. */
static enum api_step judge_page(struct api_walk *walk, struct api *api, bool linked, size_t rows,
                                struct err *err)
{
    bool joined = walk->overlaps && walk->page_joins;
    bool all_known = rows > 0 && walk->page_new == 0 && walk->page_told >= rows;
    bool only_joins = all_known && joined && walk->page_repeated == 1;
    if (only_joins && rows == 1)
        return WALK_DONE;
    walk->stale = only_joins ? walk->stale + 1 : 0;
    if (only_joins && walk->stale < STALE_MAX) /* the joining row, told more than once */
        return WALK_MORE;
    if (all_known && walk->pages > 1)
        return nothing_new(walk, api, linked, rows, err);
    if (walk->overlaps && !joined)
        return again(walk, "rows were lost between two pages: the list moved while it was read",
                     err);
    if (walk->page_repeated > (joined ? 1 : 0) && !walk->nameless)
        return again(walk, rows_came_twice, err);
    return WALK_MORE;
}

/* Ends a walk that links led through, or begins another to compare it with. */
static enum api_step compare(struct api_walk *walk, bool full, struct err *err)
{
    if (!full && (walk->fenced || walk->nameless || walk->pages < 2))
        return WALK_DONE;
    bool same = walk->looked && walk->known == walk->seen.n && walk->known == walk->before.n;
    if (same)
        return WALK_DONE;
    if (walk->looked && walk->walks++ >= API_WALKS_MAX) {
        err_set(err, ERR_BAD, "GET %s: the list moved while it was read, also after %d walks",
                api_path_of(walk->url), API_WALKS_MAX);
        return WALK_BROKEN;
    }
    remember(walk);
    return WALK_AGAIN;
}

enum api_step api_walk_page(struct api_walk *walk, struct api *api,
                            const struct http_response *response, size_t rows, struct err *err)
{
    bool linked = walk->next || response->link_next;
    walk->linked = linked;
    api->links = api->links || response->link_next;
    bool full = !response->link_next && rows >= API_LIVE_ROWS;
    if (walk->pages++ == 0)
        walk->first_rows = rows;
    if (walk->pages > API_PAGES_MAX) {
        err_set(err, ERR_BAD, "GET %s: does not end after %d pages", api_path_of(walk->url),
                API_PAGES_MAX);
        return WALK_BROKEN;
    }
    enum api_step step = judge_page(walk, api, linked, rows, err);
    begin_page(walk);
    if (step != WALK_MORE)
        return step;
    walk->overlaps = false;
    if (response->link_next)
        return follow(walk, api, response->link_next, err);
    if (linked)
        return compare(walk, full, err);
    return is_last(walk, api, rows) ? WALK_DONE : go_on(walk, rows);
}
