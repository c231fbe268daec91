/* lists: walks lists of the API into the index: network, digesting and taking in side by side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pulse.h"
#include "cycle.h"
#include "format/json.h"
#include "model/layout.h"
#include "model/normalize.h"

/* The most rows of one page that are taken. The reference pages by 50, the live service by 1000; a
 * server that ignores limit= may send a whole account. */
enum { PAGE_ROWS_MAX = 200000 };

/* ---- a page of documents, digested on another thread ---- */

struct row {
    struct digest digest;
    struct err *err;     /* of a row that is no good, in the page's arena; else NULL */
    struct str identity; /* what the walk knows the row by */
    bool summary;        /* the list does not tell all of it: it is got singly */
};

struct page {
    struct pool_job job; /* first */
    struct cycle *cycle;
    const struct fetch *fetch;
    struct list *list; /* the fetch's */
    struct http_response response;
    struct arena arena;
    struct row *rows;
    size_t n, room;
    bool broken; /* it breaks off, or is no array: err says */
    struct err err;
};

/* The rows of an answer one by one, bounded in number. An empty list may come as 204, without a
 * body; any other answer has one. */
struct rows {
    struct json_array it;
    size_t taken;
    bool empty;
};

static int rows_open(struct rows *rows, const struct http_response *response, struct err *err)
{
    *rows = (struct rows){.empty = response->status == 204};
    return rows->empty ? 0 : json_array_open(&rows->it, buf_view(&response->body), err);
}

static int rows_next(struct rows *rows, struct str *ret_row, struct err *err)
{
    if (rows->empty)
        return 0;
    if (rows->taken >= PAGE_ROWS_MAX)
        return err_set(err, ERR_BAD, "more than %d rows on a page", PAGE_ROWS_MAX);
    int more = json_array_next(&rows->it, ret_row, err);
    rows->taken += more > 0;
    return more;
}

static struct row *add_row(struct page *page)
{
    if (page->n == page->room) {
        page->room = page->room ? page->room * 2 : 128;
        page->rows = realloc(page->rows, page->room * sizeof *page->rows);
        if (!page->rows)
            abort();
    }
    struct row *row = &page->rows[page->n++];
    *row = (struct row){0};
    return row;
}

/* What a row is known by that has no id, or none that can be read. */
static struct str content_identity(struct arena *a, struct str content)
{
    struct oid hash;
    char hex[OID_HEX + 1];
    oid_of(OBJ_BLOB, content, &hash);
    oid_to_hex(&hash, hex);
    return arena_str(a, str_of(hex));
}

static void digest_row(struct page *page, struct digester *digester, struct str text,
                       struct row *row)
{
    struct node doc;
    struct err why = {0};
    const struct list *list = page->list;
    const char *whole = list->kind->whole;
    int result = digest_parse(&page->arena, list->kind, text, &doc, &row->digest, &why);
    row->summary = result == 0 && whole && !page->fetch->id.n && !node_get(&doc, str_of(whole));
    if (result == 0 && !list->ids_only && !row->summary) {
        digest_redact(page->cycle->redactor, &page->arena, list->kind, &doc, &row->digest);
        result = digest_node(digester, &page->arena, list->kind, &doc, &page->cycle->before,
                             &row->digest, &why);
    }
    row->identity = result == 0 ? row->digest.id : content_identity(&page->arena, text);
    if (result < 0) {
        row->err = arena_alloc(&page->arena, sizeof *row->err);
        *row->err = why;
    }
}

static void digest_page(struct pool_job *job, unsigned worker)
{
    struct page *page = (struct page *)job;
    struct rows rows;
    struct str text;
    if (page->fetch->id.n) {
        digest_row(page, page->cycle->digesters[worker], buf_view(&page->response.body),
                   add_row(page));
        return;
    }
    int more = rows_open(&rows, &page->response, &page->err);
    while (more == 0 && (more = rows_next(&rows, &text, &page->err)) > 0) {
        digest_row(page, page->cycle->digesters[worker], text, add_row(page));
        more = 0;
    }
    page->broken = more < 0;
}

static void free_page(struct page *page)
{
    http_response_release(&page->response);
    arena_release(&page->arena);
    free(page->rows);
    free(page);
}

/* ---- lists ---- */

/* Longest key of a list: a kind's number and an id. */
enum { LIST_KEY_MAX = ID_MAX + 16 };

static struct str list_key(char text[static LIST_KEY_MAX], enum kind_id kind,
                           struct str integration)
{
    int n = snprintf(text, LIST_KEY_MAX, "%d/%.*s", (int)kind, STR_ARG(integration));
    return (struct str){.p = text, .n = n < LIST_KEY_MAX ? (size_t)n : LIST_KEY_MAX - 1};
}

struct list *cycle_list(const struct cycle *c, enum kind_id kind, struct str integration)
{
    char key[LIST_KEY_MAX];
    return map_get(&c->lists_by_key, list_key(key, kind, integration));
}

struct list *cycle_add_list(struct cycle *c, const struct kind *kind, struct str integration)
{
    struct list *list = arena_alloc(&c->arena, sizeof *list);
    struct str url = integration.n ? api_sub_url(&c->api, &c->arena, integration, kind->sub_list)
                                   : api_url(&c->api, &c->arena, kind->account_list, STR(""));
    if (c->options->sandbox && kind->place == PLACE_OWN_FOLDER)
        url = arena_printf(&c->arena, "%s?sandbox=%s", url.p, c->options->sandbox);
    list->kind = kind;
    list->integration = integration;
    list->page.list = list;
    list->rows = node_list(&c->arena, 0);
    api_walk_init(&list->walk, url.p);
    list->walk.nameless = !kind->row_id;
    /* The log tells of documents only. */
    list->walk.fenced = c->trail.fences && kind_is_document(kind);
    list->next = c->lists;
    c->lists = list;
    char key[LIST_KEY_MAX];
    map_put(&c->lists_by_key, arena_str(&c->arena, list_key(key, kind->id, integration)), list);
    return list;
}

/* The pages of a list come one after the other: long lists begin first and are kept going. */
static int get_page(struct cycle *c, struct list *list, struct err *err)
{
    struct arena scratch = {0};
    bool first = !list->integration.n || list->walk.pages > 0;
    struct str url = api_walk_url(&list->walk, &c->api, &scratch);
    int result = cycle_get(c, url, first, &list->page, err);
    list->state = LIST_WALKING;
    arena_release(&scratch);
    return result;
}

/* Gets one of a list singly. */
static int get_item(struct cycle *c, struct list *list, struct str id, struct err *err)
{
    struct fetch *fetch = arena_alloc(&c->arena, sizeof *fetch);
    *fetch = (struct fetch){.list = list, .id = arena_str(&c->arena, id)};
    return cycle_get(c, api_url(&c->api, &c->arena, list->kind->item, fetch->id), false, fetch,
                     err);
}

static void fail_list(struct list *list, const struct err *why)
{
    list->state = LIST_FAILED;
    list->failure = *why;
    api_walk_release(&list->walk);
}

/* A row that cannot be taken: it is told by name, and its list proves no absence. */
static void refuse_row(struct cycle *c, struct list *list, struct str id, struct err *why)
{
    list->damaged = true;
    cycle_problem(c, list->kind, why);
    const struct entry *before = id.n ? index_get(&c->before, list->kind->id, id, STR("")) : NULL;
    if (before)
        index_keep(&c->now, before);
}

/* Judges a page. How long a page may be is known by lists of the same sort only: a server may cap
 * one lower than another. */
static enum api_step judge_page(struct cycle *c, struct list *list,
                                const struct http_response *response, size_t rows, struct err *why)
{
    unsigned *most_rows = &c->most_rows[list->kind->id][list->integration.n > 0];
    c->api.most_rows = *most_rows;
    enum api_step step = api_walk_page(&list->walk, &c->api, response, rows, why);
    *most_rows = c->api.most_rows;
    return step;
}

/* Goes on with a list after a page of it was taken. */
static int after_page(struct cycle *c, struct list *list, const struct http_response *response,
                      size_t rows, struct err *err)
{
    struct err why = {0};
    switch (judge_page(c, list, response, rows, &why)) {
    case WALK_AGAIN:
        if (list->kind->place != PLACE_MONTHS) /* whose rows never become untrue */
            list->rows.list.n = 0;
        return get_page(c, list, err);
    case WALK_MORE:
        return get_page(c, list, err);
    case WALK_BROKEN:
        fail_list(list, &why);
        return 0;
    case WALK_DONE:
        break;
    }
    list->state = LIST_WHOLE;
    list->linked_pages = list->walk.linked ? list->walk.pages : 0;
    api_walk_release(&list->walk);
    return 0;
}

/* What a page that is no list of rows does to its list. */
static void break_list(struct list *list, const struct http_response *response, struct err *why)
{
    err_wrap(why, "GET %s", api_path_of(response->url));
    fail_list(list, why);
}

/* Takes a document, or notes who lists it. */
static int take_document(struct cycle *c, struct list *list, const struct digest *digest,
                         struct err *err)
{
    struct entry *entry;
    if (list->ids_only) {
        entry = index_get(&c->now, list->kind->id, digest->id, STR(""));
    } else {
        c->documents++;
        if (cycle_enter(c, list->kind, digest, &entry, err) < 0)
            return -1;
    }
    if (entry && list->integration.n)
        claim_add(&entry->listed_by, list->integration);
    return 0;
}

static int take_row(struct cycle *c, struct list *list, struct row *row, struct err *err)
{
    struct digest *digest = &row->digest;
    if (!api_walk_row(&list->walk, row->identity))
        return 0;
    if (list->integration.n && list->kind->registered && digest->id.n)
        node_list_add(&c->arena, &list->rows, node_string(arena_str(&c->arena, digest->id)));
    if (row->err) {
        list->nameless_damage |= digest->id.n == 0;
        refuse_row(c, list, digest->id, row->err);
        return 0;
    }
    if (row->summary && !list->ids_only) {
        const struct entry *now = index_get(&c->now, list->kind->id, digest->id, STR(""));
        return now && !now->kept ? 0 : get_item(c, list, digest->id, err);
    }
    return take_document(c, list, digest, err);
}

/* Takes what was got singly, after a list told of it. */
static int take_item(struct cycle *c, struct page *page, struct err *err)
{
    struct row *row = &page->rows[0];
    const struct fetch *fetch = page->fetch;
    struct err other;
    if (!row->err && !str_eq(row->digest.id, fetch->id)) {
        err_set(&other, ERR_BAD, "%s (%s): GET gave another one", fetch->list->kind->name,
                fetch->id.p);
        row->err = &other;
    }
    if (!row->err)
        return take_document(c, fetch->list, &row->digest, err);
    refuse_row(c, fetch->list, fetch->id, row->err);
    return 0;
}

static int take_page(struct cycle *c, struct page *page, struct err *err)
{
    struct list *list = page->list;
    int result = 0;
    if (page->fetch->id.n) {
        result = take_item(c, page, err);
        free_page(page);
        return result;
    }
    for (size_t i = 0; i < page->n && result == 0; i++)
        result = take_row(c, list, &page->rows[i], err);
    if (result == 0 && page->broken)
        break_list(list, &page->response, &page->err);
    else if (result == 0)
        result = after_page(c, list, &page->response, page->n, err);
    free_page(page);
    return result;
}

/* Takes the tags out of redacted values: they follow a key that may be another one day. */
static void blank_tags(struct buf *text)
{
    static const char mark[] = "<redacted:";
    const size_t n = sizeof mark - 1;
    for (size_t i = 0; i + n < text->n; i++) {
        if (memcmp(text->p + i, mark, n) != 0)
            continue;
        for (i += n; i < text->n && text->p[i] != '>' && text->p[i] != '"'; i++)
            text->p[i] = '-';
    }
}

struct str cycle_row_identity(struct cycle *c, const struct kind *kind, const struct node *row)
{
    struct str id = node_get_text(row, kind->row_id ? str_of(kind->row_id) : STR("_id"));
    if (id.n)
        return id;
    struct buf text = BUF_MAX(DIGEST_MAX);
    json_write(&text, row);
    blank_tags(&text);
    id = content_identity(&c->arena, buf_view(&text));
    buf_release(&text);
    return id;
}

void cycle_refuse_text(struct cycle *c, struct list *list, struct str text, struct str id,
                       struct err *why)
{
    if (api_walk_row(&list->walk, content_identity(&c->arena, text)))
        refuse_row(c, list, id, why);
}

/* Rows that are no documents are few and small: they stay until their file is written. */
static void take_plain_row(struct cycle *c, struct list *list, size_t number, struct str text)
{
    struct node row;
    struct err why = {0};
    bool parsed = json_parse(&c->arena, text, &row, &why) == 0;
    if (parsed && (row.type != NODE_MAP || row.map.n == 0))
        err_set(&why, ERR_BAD, "is no object with anything in it");
    if (why.cls != ERR_NONE) {
        err_wrap(&why, "GET %s: row %zu", api_path_of(list->walk.url), number);
        cycle_refuse_text(c, list, text, STR(""), &why);
        return;
    }
    normalize(list->kind, &row);
    redact(c->redactor, &c->arena, list->kind, &row);
    if (api_walk_row(&list->walk, cycle_row_identity(c, list->kind, &row)))
        node_list_add(&c->arena, &list->rows, row);
}

/* Takes a page on this thread: rows that other rows wait for, and small ones. */
static int take_here(struct cycle *c, struct list *list, const struct http_response *response,
                     struct err *err)
{
    struct rows rows;
    struct str text;
    struct err why = {0};
    int more = rows_open(&rows, response, &why);
    while (more == 0 && (more = rows_next(&rows, &text, &why)) > 0) {
        if (kind_is_document(list->kind))
            cycle_take_integration(c, list, text);
        else
            take_plain_row(c, list, rows.taken, text);
        more = 0;
    }
    if (more < 0) {
        break_list(list, response, &why);
        return 0;
    }
    return after_page(c, list, response, rows.taken, err);
}

static int page_arrived(struct cycle *c, struct http_response *response, struct err *err)
{
    const struct fetch *fetch = (const struct fetch *)(uintptr_t)response->tag;
    struct list *list = fetch->list;
    struct err why = {0};
    int result = 0;
    if (!fetch->id.n && api_walk_refused(&list->walk, &c->api, response)) {
        result = get_page(c, list, err);
    } else if (api_judge(response, "GET", response->url, &why) < 0) {
        if (fetch->id.n)
            refuse_row(c, list, fetch->id, &why);
        else
            fail_list(list, &why);
    } else if (!kind_is_document(list->kind) || list->kind->place == PLACE_OWN_FOLDER) {
        result = take_here(c, list, response, err);
    } else {
        struct page *page = calloc(1, sizeof *page);
        if (!page)
            abort();
        *page = (struct page){.job.run = digest_page,
                              .cycle = c,
                              .fetch = fetch,
                              .list = list,
                              .response = *response};
        pool_submit(c->pool, &page->job);
        return 0;
    }
    http_response_release(response);
    return result;
}

/* The next digested page: waits for one where the cores have enough to do, so that no more is read
 * meanwhile and memory stays bounded, or where there is nothing else to wait for. */
static struct page *digested_page(struct cycle *c)
{
    struct pool_job *job = pool_take(c->pool);
    if (!job && (pool_pending(c->pool) > 2 * c->threads || http_pending(c->http) == 0))
        job = pool_wait(c->pool);
    return (struct page *)job;
}

/* Waits for the first page of a list of rows, ahead of all other lists. */
int cycle_walk_first_page(struct cycle *c, struct list *list, struct err *err)
{
    if (get_page(c, list, err) < 0)
        return -1;
    while (list->walk.pages == 0 && list->state == LIST_WALKING) {
        struct http_response response;
        int got = cycle_answer(c, &response, err);
        if (got < 0 || (got == HTTP_DONE && page_arrived(c, &response, err) < 0))
            return -1;
    }
    return 0;
}

int cycle_walk_lists(struct cycle *c, struct err *err)
{
    for (struct list *list = c->lists; list; list = list->next)
        if (list->state == LIST_OPEN && get_page(c, list, err) < 0)
            return -1;
    for (;;) {
        struct http_response response;
        struct page *page = digested_page(c);
        if (page) {
            if (take_page(c, page, err) < 0)
                return -1;
            pulse();
            cycle_progress(c, "mirroring", c->documents, c->before.n);
            continue;
        }
        int got = cycle_answer(c, &response, err);
        if (got < 0)
            return -1;
        if (got == HTTP_DONE && page_arrived(c, &response, err) < 0)
            return -1;
        if (got == HTTP_IDLE && pool_pending(c->pool) == 0)
            return 0;
    }
}

void cycle_drop_pages(struct cycle *c)
{
    struct pool_job *job;
    while (c->pool && (job = pool_wait(c->pool)) != NULL)
        free_page((struct page *)job);
}
