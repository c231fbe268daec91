/* A list walked on a server that does what the bytes say: the walk ends within bounds, an error is
 * told exactly where it is broken, and an answer to anything is judged. A libFuzzer target: clang
 * -fsanitize=fuzzer,address,undefined, with the floors up to port. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/api.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct script {
    const uint8_t *at, *end;
};

static void require(bool good)
{
    if (!good)
        abort();
}

static unsigned next(struct script *s)
{
    return s->at < s->end ? *s->at++ : 0;
}

/* A Link as the bytes say: none, one to somewhere new, one seen before, elsewhere, or raw. */
static char *next_link(struct script *s)
{
    char text[300];
    unsigned choice = next(s) % 8;
    if (choice < 4)
        return NULL;
    if (choice < 6) {
        snprintf(text, sizeof text, "https://api.example.com/v1/flows?p=%u", next(s));
    } else if (choice == 6) {
        snprintf(text, sizeof text, "https://evil%u.example/v1", next(s));
    } else {
        size_t n = next(s), left = (size_t)(s->end - s->at);
        n = n < left ? n : left;
        memcpy(text, s->at, n);
        text[n] = '\0';
        s->at += n;
    }
    return strdup(text);
}

/* Tells the rows of a page: ids of one byte, some of them unreadable. Returns how many. */
static size_t tell_rows(struct script *s, struct api_walk *walk)
{
    size_t rows = next(s) % 40;
    for (size_t i = 0; i < rows; i++) {
        char id[2] = {(char)next(s), 'x'};
        if (id[0] == 'u')
            continue;
        bool fresh = api_walk_row(walk, (struct str){id, 1 + (id[0] & 1)});
        require(!fresh || !api_walk_row(walk, (struct str){id, 1 + (id[0] & 1)}));
    }
    return rows;
}

static void walk_list(struct script *s, struct api *api)
{
    struct api_walk walk;
    struct err err = {0};
    enum api_step step = WALK_MORE;
    unsigned requests = 0, again = 0;
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    unsigned traits = next(s);
    walk.fenced = traits & 1;
    walk.nameless = traits & 2;
    do {
        struct arena a = {0};
        struct str url = api_walk_url(&walk, api, &a);
        require(url.p[url.n] == '\0' && http_same_origin(api->origin, url.p));
        struct http_response refusal = {.status = next(s) % 16 ? 200 : 400,
                                        .url = (char *)(uintptr_t)url.p};
        bool without = api_walk_refused(&walk, api, &refusal);
        require(!without || !strstr(api_walk_url(&walk, api, &a).p, "limit="));
        arena_release(&a);
        if (without)
            continue;
        size_t rows = tell_rows(s, &walk);
        struct http_response response = {.status = 200, .link_next = next_link(s)};
        step = api_walk_page(&walk, api, &response, rows, &err);
        free(response.link_next);
        again += step == WALK_AGAIN;
        requests++;
        /* When the script is at its end every page is empty and has no Link. */
        require(s->at < s->end || requests < 100000);
    } while (step == WALK_MORE || step == WALK_AGAIN);
    /* A first look at a list of linked pages is one more. */
    require(again <= API_WALKS_MAX);
    require(again < API_WALKS_MAX || !(walk.fenced || walk.nameless));
    require((step == WALK_BROKEN) == (err.cls != ERR_NONE));
    api_walk_release(&walk);
}

static void judge(struct script *s)
{
    struct err err = {0};
    struct http_response response = {.status = (int)(next(s) << 8 | next(s)) % 700,
                                     .failure = {.cls = ERR_RETRY, .text = "h: cause"},
                                     .body = BUF_MAX(1 << 20)};
    buf_bytes(&response.body, s->at, (size_t)(s->end - s->at));
    bool good = response.status >= 200 && response.status < 300;
    int result = api_judge(&response, "GET", "https://api.example.com/v1/flows?offset=1", &err);
    require(result == (good ? 0 : -1));
    require(good == (err.cls == ERR_NONE));
    for (const char *c = err.text; *c; c++)
        require((unsigned char)*c >= 0x20 && *c != 0x7F);
    buf_release(&response.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script s = {.at = data, .end = data + size};
    struct api api = {.url = "https://api.example.com/v1", .origin = "https://api.example.com"};
    api.page_size = 1 + next(&s) % 40;
    api.links = next(&s) % 2;
    if (next(&s) % 4 == 0) {
        judge(&s);
        return 0;
    }
    for (int list = 0; list < 3; list++) /* one server: what it can give is remembered */
        walk_list(&s, &api);
    return 0;
}
