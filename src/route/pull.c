/* pull: the account's lists, into the index. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
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
};

struct page {
    struct pool_job job; /* first */
    struct cycle *cycle;
    struct list *list;
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
    int result = digest_parse(&page->arena, list->kind, text, &doc, &row->digest, &why);
    if (result == 0 && !list->ids_only)
        result = digest_node(digester, &page->arena, list->kind, &doc, &page->cycle->before,
                             &row->digest, &why);
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

static struct list *add_list(struct cycle *c, const struct kind *kind, struct str integration)
{
    struct list *list = arena_alloc(&c->arena, sizeof *list);
    struct str url = integration.n ? api_sub_url(&c->api, &c->arena, integration, kind->sub_list)
                                   : api_url(&c->api, &c->arena, kind->account_list, STR(""));
    if (c->options->sandbox && !integration.n)
        url = arena_printf(&c->arena, "%s?sandbox=%s", url.p, c->options->sandbox);
    list->kind = kind;
    list->integration = integration;
    list->rows = node_list(&c->arena, 0);
    api_walk_init(&list->walk, url.p);
    list->walk.nameless = !kind->row_id;
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
    int result = cycle_get(c, api_walk_url(&list->walk, &c->api, &scratch), first, list, err);
    arena_release(&scratch);
    return result;
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

/* Goes on with a list after a page of it was taken. */
static int after_page(struct cycle *c, struct list *list, const struct http_response *response,
                      size_t rows, struct err *err)
{
    struct err why = {0};
    switch (api_walk_page(&list->walk, &c->api, response, rows, &why)) {
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
    api_walk_release(&list->walk);
    return 0;
}

/* What a page that is no list of rows does to its list. */
static void break_list(struct list *list, const struct http_response *response, struct err *why)
{
    err_wrap(why, "GET %s", api_path_of(response->url));
    fail_list(list, why);
}

static int take_row(struct cycle *c, struct list *list, struct row *row, struct err *err)
{
    struct digest *digest = &row->digest;
    struct entry *entry;
    if (!api_walk_row(&list->walk, row->identity))
        return 0;
    if (list->integration.n && list->kind->registered && digest->id.n)
        node_list_add(&c->arena, &list->rows, node_string(arena_str(&c->arena, digest->id)));
    if (row->err) {
        list->nameless_damage |= digest->id.n == 0;
        refuse_row(c, list, digest->id, row->err);
        return 0;
    }
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

static int take_page(struct cycle *c, struct page *page, struct err *err)
{
    struct list *list = page->list;
    int result = 0;
    for (size_t i = 0; i < page->n && result == 0; i++)
        result = take_row(c, list, &page->rows[i], err);
    if (result == 0 && page->broken)
        break_list(list, &page->response, &page->err);
    else if (result == 0)
        result = after_page(c, list, &page->response, page->n, err);
    free_page(page);
    return result;
}

/* What identifies a row of a kind without documents: its id field, else its content, whatever the
 * order of its keys. */
static struct str row_identity(struct cycle *c, const struct kind *kind, const struct node *row)
{
    struct str id = kind->row_id ? node_get_text(row, str_of(kind->row_id)) : STR("");
    if (id.n)
        return id;
    struct buf text = BUF_MAX(DIGEST_MAX);
    json_write(&text, row);
    id = content_identity(&c->arena, buf_view(&text));
    buf_release(&text);
    return id;
}

/* Refuses a row on this thread, unless the same has been refused before. */
static void refuse_text(struct cycle *c, struct list *list, struct str text, struct str id,
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
    if (json_parse(&c->arena, text, &row, &why) < 0) {
        err_wrap(&why, "GET %s: row %zu", api_path_of(list->walk.url), number);
        refuse_text(c, list, text, STR(""), &why);
        return;
    }
    normalize(list->kind, &row);
    if (api_walk_row(&list->walk, row_identity(c, list->kind, &row)))
        node_list_add(&c->arena, &list->rows, row);
}

static struct integration *add_integration(struct cycle *c, struct str id)
{
    for (struct integration *i = c->integrations; i; i = i->next)
        if (str_eq(i->id, id))
            return i;
    struct integration *made = arena_alloc(&c->arena, sizeof *made);
    made->id = arena_str(&c->arena, id);
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

/* An integration's document is made last, when what belongs to it is known. */
static void take_integration(struct cycle *c, struct list *list, struct str text)
{
    struct arena scratch = {0};
    struct node doc;
    struct digest digest;
    struct err why = {0};
    if (digest_parse(&scratch, list->kind, text, &doc, &digest, &why) < 0) {
        refuse_text(c, list, text, digest.id, &why);
    } else if (api_walk_row(&list->walk, digest.id)) {
        struct integration *integration = add_integration(c, digest.id);
        integration->json = arena_str(&c->arena, text);
        integration->name = arena_str(&c->arena, digest.title);
        integration->summary = list->kind->whole && !node_get(&doc, str_of(list->kind->whole));
        if (!integration->summary)
            note_lacks(integration, &doc);
    }
    arena_release(&scratch);
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
            take_integration(c, list, text);
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
    struct list *list = (struct list *)(uintptr_t)response->tag;
    struct err why = {0};
    int result = 0;
    if (api_judge(response, "GET", response->url, &why) < 0) {
        fail_list(list, &why);
    } else if (!kind_is_document(list->kind) || list->kind->place == PLACE_OWN_FOLDER) {
        result = take_here(c, list, response, err);
    } else {
        struct page *page = calloc(1, sizeof *page);
        if (!page)
            abort();
        *page =
            (struct page){.job.run = digest_page, .cycle = c, .list = list, .response = *response};
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

/* Walks all open lists to their ends. Network, digesting on other cores and taking in go on side by
 * side. */
static int walk_lists(struct cycle *c, struct err *err)
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

/* ---- which lists ---- */

/* The sub-lists of a kind: of all integrations, or of those whose documents lack what they tell. */
static void add_sub_lists(struct cycle *c, const struct kind *kind, bool only_lacking)
{
    for (struct integration *i = c->integrations; i; i = i->next)
        if (!only_lacking || i->lacks[kind->id])
            add_list(c, kind, i->id);
}

/* Likewise, for who belongs to whom alone. */
static void add_sub_lists_of_ids(struct cycle *c, const struct kind *kind, bool only_lacking)
{
    struct list *before = c->lists;
    add_sub_lists(c, kind, only_lacking);
    for (struct list *list = c->lists; list != before; list = list->next)
        list->ids_only = true;
}

static bool wants(const struct cycle *c, const struct kind *kind)
{
    return (kind->id != KIND_USERS || c->options->users) &&
           (kind->id != KIND_AUDIT || c->options->audit);
}

/* Integrations, and those of HEAD where their list cannot be had: what can be read is read. */
static int pull_integrations(struct cycle *c, struct err *err)
{
    struct list *list = add_list(c, kind_of(KIND_INTEGRATION), STR(""));
    if (walk_lists(c, err) < 0)
        return -1;
    for (size_t i = 0; list->state == LIST_FAILED && i < c->before.n; i++)
        if (c->before.entries[i]->kind == KIND_INTEGRATION)
            add_integration(c, c->before.entries[i]->id);
    return 0;
}

/* The filter of sandbox: is documented for integrations only, so that with it `auto` asks them. */
static bool asks_account(const struct cycle *c, const struct kind *kind)
{
    enum sync_lists lists = c->options->lists;
    return kind->account_list &&
           (lists == SYNC_LISTS_ACCOUNT || (lists == SYNC_LISTS_AUTO && !c->options->sandbox));
}

static int pull_first_choice(struct cycle *c, struct err *err)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind *kind = kind_of((enum kind_id)i);
        if (kind->place == PLACE_OWN_FOLDER || !wants(c, kind))
            continue;
        if (asks_account(c, kind))
            add_list(c, kind, STR(""));
        else
            add_sub_lists(c, kind, false);
    }
    return walk_lists(c, err);
}

/* Whether some of a kind have no known owner but the sub-lists might name one. */
static bool has_orphans(struct cycle *c, const struct kind *kind)
{
    if (kind->place != PLACE_OWNER)
        return false;
    for (size_t i = 0; i < c->now.n; i++) {
        const struct entry *entry = c->now.entries[i];
        if (entry->kind == kind->id && !entry->home.n && entry->used_by.state == CLAIM_NONE)
            return true;
    }
    return false;
}

/* Sub-lists where the account-wide list fell short: all of them where it failed (`auto`), and only
 * for who belongs to whom where documents do not say it. */
static int pull_what_lacks(struct cycle *c, struct err *err)
{
    index_settle(&c->now);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind *kind = kind_of((enum kind_id)i);
        struct list *list =
            kind->place == PLACE_OWN_FOLDER ? NULL : cycle_list(c, kind->id, STR(""));
        if (!list)
            continue;
        bool fallback = list->state == LIST_FAILED && c->options->lists == SYNC_LISTS_AUTO;
        if (fallback) {
            list->superseded = cycle_is_absent(&list->failure);
            add_sub_lists(c, kind, false);
        } else if (has_orphans(c, kind)) {
            add_sub_lists_of_ids(c, kind, false);
        } else if (kind->registered) {
            add_sub_lists_of_ids(c, kind, true);
        }
    }
    return walk_lists(c, err);
}

/* ---- integrations' documents ---- */

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

static int get_whole_integrations(struct cycle *c, struct err *err)
{
    const struct kind *kind = kind_of(KIND_INTEGRATION);
    struct http_response response;
    int got;
    for (struct integration *i = c->integrations; i; i = i->next)
        if (i->summary &&
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

static int enter_integrations(struct cycle *c, struct err *err)
{
    for (struct integration *i = c->integrations; i; i = i->next)
        if (enter_integration(c, i, err) < 0)
            return -1;
    return 0;
}

int cycle_pull(struct cycle *c, struct err *err)
{
    int result = pull_integrations(c, err);
    if (result == 0)
        result = get_whole_integrations(c, err);
    if (result == 0)
        result = pull_first_choice(c, err);
    if (result == 0)
        result = pull_what_lacks(c, err);
    if (result == 0)
        result = enter_integrations(c, err);
    /* A cycle that ends early leaves pages with the pool. */
    struct pool_job *job;
    while ((job = pool_wait(c->pool)) != NULL)
        free_page((struct page *)job);
    return result;
}
