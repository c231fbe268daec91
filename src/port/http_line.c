#include "http_internal.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that headers take, each with its NUL, and the empty one that ends them. */
static size_t headers_size(const char *const *headers)
{
    size_t n = 1;
    for (; headers && *headers; headers++)
        n += strlen(*headers) + 1;
    return n;
}

struct http_job *http_job_new(const struct http_request *request)
{
    size_t url_size = strlen(request->url) + 1;
    size_t all_headers = headers_size(request->headers);
    struct http_job *job = calloc(1, sizeof *job + url_size + all_headers + request->body.n);
    if (!job)
        abort();
    job->tag = request->tag;
    job->method = request->method;
    job->url = memcpy(job->bytes, request->url, url_size);
    char *at = job->bytes + url_size;
    job->headers = at;
    for (const char *const *h = request->headers; h && *h; h++)
        at = stpcpy(at, *h) + 1;
    job->body = (struct str){.p = job->bytes + url_size + all_headers, .n = request->body.n};
    if (request->body.n)
        memcpy(job->bytes + url_size + all_headers, request->body.p, request->body.n);
    return job;
}

void http_line_append(struct http_line *line, struct http_job *job)
{
    job->next = NULL;
    if (line->tail)
        line->tail->next = job;
    else
        line->head = job;
    line->tail = job;
    line->n++;
}

void http_line_prepend(struct http_line *line, struct http_job *job)
{
    job->next = line->head;
    line->head = job;
    if (!line->tail)
        line->tail = job;
    line->n++;
}

static void make_room(struct http_line *line)
{
    if (line->pauses < line->capacity)
        return;
    line->capacity = line->capacity ? 2 * line->capacity : 16;
    line->pausing = reallocarray(line->pausing, line->capacity, sizeof *line->pausing);
    if (!line->pausing)
        abort();
}

void http_line_pause(struct http_line *line, struct http_job *job)
{
    make_room(line);
    struct http_job **heap = line->pausing;
    size_t at = line->pauses++;
    for (size_t parent; at > 0 && heap[parent = (at - 1) / 2]->due > job->due; at = parent)
        heap[at] = heap[parent];
    heap[at] = job;
    line->n++;
}

static struct http_job *end_pause(struct http_line *line)
{
    struct http_job **heap = line->pausing;
    struct http_job *first = heap[0];
    struct http_job *last = heap[--line->pauses];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < line->pauses && heap[child + 1]->due < heap[child]->due)
            child++;
        if (child >= line->pauses || heap[child]->due >= last->due)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}

static bool pause_is_over(const struct http_line *line, int64_t now)
{
    return line->pauses > 0 && line->pausing[0]->due <= now;
}

struct http_job *http_line_first(const struct http_line *line, int64_t now)
{
    return pause_is_over(line, now) ? line->pausing[0] : line->head;
}

struct http_job *http_line_take(struct http_line *line, int64_t now)
{
    line->n--;
    if (pause_is_over(line, now))
        return end_pause(line);
    struct http_job *job = line->head;
    line->head = job->next;
    if (!line->head)
        line->tail = NULL;
    return job;
}

int64_t http_line_ready_at(const struct http_line *line)
{
    if (line->head)
        return INT64_MIN;
    return line->pauses > 0 ? line->pausing[0]->due : INT64_MAX;
}

void http_line_release(struct http_line *line)
{
    for (size_t i = 0; i < line->pauses; i++)
        free(line->pausing[i]);
    free(line->pausing);
    while (line->head) {
        struct http_job *job = line->head;
        line->head = job->next;
        free(job);
    }
    *line = (struct http_line){0};
}
