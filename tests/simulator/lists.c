#include "lists.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct page {
    size_t offset;
    size_t limit;
};

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

/* Reads limit= and offset=, or answers 400. */
static int read_page(const struct simulator *sim, const struct request *request,
                     struct reply *reply, struct page *page)
{
    size_t limit = SIZE_MAX;
    size_t offset = 0;
    const char *wrong = NULL;

    if (read_parameter(request, "limit", 1, &limit) != 0)
        wrong = "limit";
    else if (read_parameter(request, "offset", 0, &offset) != 0)
        wrong = "offset";
    if (wrong) {
        reply_error(reply, 400, "validation_error", "Not a valid number", wrong);
        return -1;
    }
    if (limit != SIZE_MAX && limit > sim->options.page_cap)
        limit = sim->options.page_cap;
    page->limit = request->ignore_limit ? SIZE_MAX : limit;
    page->offset = request->ignore_offset ? 0 : offset;
    return 0;
}

static void shuffle_rows(struct random *order, const struct text **rows, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = random_below(order, i);
        const struct text *kept = rows[i - 1];

        rows[i - 1] = rows[other];
        rows[other] = kept;
    }
}

static void write_one(struct simulator *sim, struct buffer *out, const struct text *text)
{
    struct json_object *value = sim->options.shuffle ? json_parse(text->bytes, text->len) : NULL;
    struct json_object *shuffled;

    if (!value) {
        buffer_add(out, text->bytes, text->len);
        return;
    }
    shuffled = json_shuffled(value, &sim->order);
    json_write(out, shuffled);
    json_object_put(shuffled);
    json_object_put(value);
}

/* Writes the rows of one page. The array of rows may be reordered. */
static void write_page(struct simulator *sim, struct reply *reply, const struct page *page,
                       const struct text **rows, size_t count, bool ordered)
{
    size_t first = page->offset < count ? page->offset : count;
    size_t last = count - first < page->limit ? count : first + page->limit;
    size_t bytes = 2;

    if (sim->options.shuffle && !ordered)
        shuffle_rows(&sim->order, rows + first, last - first);
    for (size_t i = first; i < last; i++)
        bytes += rows[i]->len + 1;
    buffer_reserve(&reply->body, bytes);
    buffer_text(&reply->body, "[");
    for (size_t i = first; i < last; i++) {
        if (i > first)
            buffer_text(&reply->body, ",");
        write_one(sim, &reply->body, rows[i]);
    }
    buffer_text(&reply->body, "]");
    reply->status = 200;
}

static bool wanted(const struct resource *resource, const char *sandbox)
{
    if (!sandbox || (strcmp(sandbox, "true") != 0 && strcmp(sandbox, "false") != 0))
        return true;
    return resource->sandbox == (strcmp(sandbox, "true") == 0);
}

void lists_resources(struct simulator *sim, const struct request *request, struct reply *reply,
                     struct resource *const *resources, size_t count)
{
    const struct text **rows;
    char *sandbox;
    struct page page;
    size_t kept = 0;

    if (read_page(sim, request, reply, &page) != 0)
        return;
    rows = memory_resize(NULL, count, sizeof *rows);
    sandbox = request_parameter(request, "sandbox");
    for (size_t i = 0; i < count; i++) {
        bool summary = resources[i]->kind->container && !sim->options.whole_lists;

        if (wanted(resources[i], sandbox))
            rows[kept++] = summary ? resource_summary(resources[i]) : &resources[i]->document;
    }
    write_page(sim, reply, &page, rows, kept, false);
    free(sandbox);
    free(rows);
}

void lists_rows(struct simulator *sim, const struct request *request, struct reply *reply,
                const struct resource *container, const struct facet *facet)
{
    const struct rows *from = &container->rows[facet->id];
    const struct text **rows;
    struct page page;

    if (read_page(sim, request, reply, &page) != 0)
        return;
    rows = memory_resize(NULL, from->count, sizeof *rows);
    for (size_t i = 0; i < from->count; i++)
        rows[i] = &from->at[i];
    write_page(sim, reply, &page, rows, from->count, facet->ordered);
    free(rows);
}

void lists_one(struct simulator *sim, struct reply *reply, unsigned status, const struct text *text)
{
    reply->status = status;
    write_one(sim, &reply->body, text);
}
