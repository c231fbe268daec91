#include "pages.h"

#include <stdlib.h>
#include <string.h>

#include "links.h"

struct page {
    size_t offset;
    size_t limit;
};

/* ---- which page ---- */

/* Reads a whole number of at least `least`. Returns -1 where the parameter is there and is
 * something else. */
static int read_parameter(const struct request *request, const char *name, size_t least,
                          size_t *ret_number)
{
    char *text = request_parameter(request, name);
    bool good = true;

    if (text) {
        size_t digits = strspn(text, "0123456789");

        good = digits > 0 && digits < 18 && !text[digits] && strtoull(text, NULL, 10) >= least;
        if (good)
            *ret_number = (size_t)strtoull(text, NULL, 10);
    }
    free(text);
    return good ? 0 : -1;
}

/* Reads limit= and offset=. Returns NULL, or the name of the one that is no number. */
static const char *read_window(const struct request *request, size_t cap, struct page *page)
{
    if (read_parameter(request, "limit", 1, &page->limit) != 0)
        return "limit";
    if (read_parameter(request, "offset", 0, &page->offset) != 0)
        return "offset";
    if (page->limit != SIZE_MAX && page->limit > cap)
        page->limit = cap;
    return NULL;
}

/* Follows a cursor, if there is one. Returns NULL or its name. */
static const char *read_cursor(const struct request *request, struct page *page)
{
    char *cursor = request_parameter(request, LINKS_CURSOR);
    int result = cursor ? links_read_cursor(cursor, &page->offset) : 0;

    free(cursor);
    return result == 0 ? NULL : LINKS_CURSOR;
}

/* The same for pages whose size the server sets. */
static const char *read_place(const struct simulator *sim, const struct request *request,
                              bool windowed, struct page *page)
{
    size_t size = sim->options.rules.page_size;
    const char *wrong = NULL;

    page->limit = size;
    if (windowed)
        wrong = read_window(request, size, page);
    return wrong ? wrong : read_cursor(request, page);
}

/* Reads what says where the page is, or answers 400. */
static int read_page(const struct simulator *sim, const struct request *request,
                     struct reply *reply, const struct listing *listing, struct page *page)
{
    bool by_link = sim->options.rules.page_style == PAGE_LINK;
    const char *wrong;

    if (by_link)
        wrong = read_place(sim, request, listing->windowed, page);
    else
        wrong = read_window(request, sim->options.page_cap, page);
    if (wrong) {
        reply_error(reply, 400, by_link ? "invalid_query_params" : "validation_error",
                    "Not a valid number", wrong);
        return -1;
    }
    if (request->ignore_limit)
        page->limit = SIZE_MAX;
    if (request->ignore_offset)
        page->offset = 0;
    return 0;
}

/* ---- writing it ---- */

static void shuffle_rows(struct random *order, const struct text **rows, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = random_below(order, i);
        const struct text *kept = rows[i - 1];

        rows[i - 1] = rows[other];
        rows[other] = kept;
    }
}

/* Whether `name` is one of the names, which are separated by commas. */
static bool is_among(const char *names, const char *name)
{
    size_t len = strlen(name);

    while (*names) {
        size_t next = strcspn(names, ",");

        if (next == len && strncmp(names, name, len) == 0)
            return true;
        names += next;
        names += *names == ',';
    }
    return false;
}

/* Leaves out of a document what the projection does not want. */
static void project(struct json_object *document, const struct projection *projection)
{
    static const char always[] = "_id,name";
    struct json_object_iterator at = json_object_iter_begin(document);
    struct json_object_iterator end = json_object_iter_end(document);

    while (!json_object_iter_equal(&at, &end)) {
        const char *name = json_object_iter_peek_name(&at);
        bool wanted = projection->include
                          ? is_among(projection->include, name) || is_among(always, name)
                          : !is_among(projection->exclude, name);

        json_object_iter_next(&at);
        if (!wanted)
            json_object_object_del(document, name);
    }
}

void pages_write(struct simulator *sim, struct buffer *out, const struct text *text,
                 const struct projection *projection)
{
    bool projected = projection && (projection->include || projection->exclude);
    bool changed = projected || sim->options.shuffle;
    struct json_object *value = changed ? json_parse(text->bytes, text->len) : NULL;
    struct json_object *shuffled;

    if (!value) {
        buffer_add(out, text->bytes, text->len);
        return;
    }
    if (projected)
        project(value, projection);
    shuffled = sim->options.shuffle ? json_shuffled(value, &sim->order) : json_object_get(value);
    json_write(out, shuffled);
    json_object_put(shuffled);
    json_object_put(value);
}

static void write_rows(struct simulator *sim, struct reply *reply, const struct listing *listing,
                       size_t first, size_t last)
{
    size_t bytes = 2;

    if (sim->options.shuffle && !listing->ordered)
        shuffle_rows(&sim->order, listing->rows + first, last - first);
    for (size_t i = first; i < last; i++)
        bytes += listing->rows[i]->len + 1;
    buffer_reserve(&reply->body, bytes);
    buffer_text(&reply->body, "[");
    for (size_t i = first; i < last; i++) {
        if (i > first)
            buffer_text(&reply->body, ",");
        pages_write(sim, &reply->body, listing->rows[i], listing->projection);
    }
    buffer_text(&reply->body, "]");
    reply->status = 200;
}

void pages_answer(struct simulator *sim, const struct request *request, struct reply *reply,
                  struct listing *listing)
{
    const struct rules *rules = &sim->options.rules;
    struct page page = {.limit = SIZE_MAX};
    size_t first;
    size_t last;

    if (read_page(sim, request, reply, listing, &page) != 0)
        return;
    first = page.offset < listing->count ? page.offset : listing->count;
    last = listing->count - first < page.limit ? listing->count : first + page.limit;
    reply->page = page.offset / page.limit + (page.offset % page.limit != 0) + 1;
    reply->rows_shown = last;
    if (first == last && rules->empty_is_204) {
        reply->status = 204;
        return;
    }
    write_rows(sim, reply, listing, first, last);
    if (rules->page_style == PAGE_LINK && last < listing->count)
        reply->link = links_next(sim, request, last);
}
