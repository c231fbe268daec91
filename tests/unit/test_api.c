#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/utf8.h"
#include "gen.h"
#include "port/api.h"

enum { LISTS = 3000, ROWS_MAX = 400 };

static const char base[] = "https://api.example.com/v1";
static const char origin[] = "https://api.example.com";

static struct arena arena;

static int clear(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct api api_of(unsigned page_size)
{
    return (struct api){.url = base, .origin = origin, .page_size = page_size};
}

/* ---- URLs ---- */

static void urls_are_those_of_the_reference(void **state)
{
    (void)state;
    struct api api = api_of(50);
    struct str url = api_url(&api, &arena, "/flows", STR(""));
    assert_string_equal(url.p, "https://api.example.com/v1/flows");
    assert_int_equal(url.n, strlen(url.p));
    assert_string_equal(api_url(&api, &arena, "/flows/", STR("a-B_1")).p,
                        "https://api.example.com/v1/flows/a-B_1");
    assert_string_equal(api_sub_url(&api, &arena, STR("i1"), "ashares").p,
                        "https://api.example.com/v1/integrations/i1/ashares");
    /* An id need not be terminated. */
    assert_string_equal(api_url(&api, &arena, "/flows/", (struct str){"abcdef", 3}).p,
                        "https://api.example.com/v1/flows/abc");
    assert_string_equal(api_sub_url(&api, &arena, (struct str){"abcdef", 3}, "audit").p,
                        "https://api.example.com/v1/integrations/abc/audit");
}

static void a_path_is_what_stands_behind_the_host(void **state)
{
    (void)state;
    assert_string_equal(api_path_of("https://h:8443/v1/flows?offset=2"), "/v1/flows?offset=2");
    assert_string_equal(api_path_of("https://h"), "https://h");
    assert_string_equal(api_path_of("nonsense"), "nonsense");
    assert_string_equal(api_path_of(""), "");
}

/* ---- judging ---- */

static int judge(int status, struct str body, const char *url, struct err *err)
{
    struct http_response response = {.status = status, .body = BUF_MAX(16 << 20)};
    buf_str(&response.body, body);
    *err = (struct err){0};
    int result = api_judge(&response, "GET", url, err);
    buf_release(&response.body);
    return result;
}

static void assert_text(struct str text)
{
    for (size_t at = 0, n; at < text.n; at += n) {
        uint32_t c;
        n = utf8_decode(text, at, &c);
        if (n == 0 || c < 0x20 || c == 0x7F)
            fail_msg("byte %zu of: %s", at, text.p);
    }
}

static void each_status_has_its_class(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum err_class cls;
        const char *reason;
    } rows[] = {{400, ERR_BAD, "Bad Request"},
                {401, ERR_AUTH, "Unauthorized"},
                {403, ERR_BAD, "Forbidden"},
                {404, ERR_MISSING, "Not Found"},
                {405, ERR_MISSING, "Method Not Allowed"},
                {408, ERR_RETRY, "Request Timeout"},
                {409, ERR_CONFLICT, "Conflict"},
                {415, ERR_BAD, "Unsupported Media Type"},
                {422, ERR_BAD, "Unprocessable Content"},
                {429, ERR_RETRY, "Too Many Requests"},
                {500, ERR_RETRY, "Internal Server Error"},
                {502, ERR_RETRY, "Bad Gateway"},
                {503, ERR_RETRY, "Service Unavailable"},
                {504, ERR_RETRY, "Gateway Timeout"},
                {418, ERR_BAD, ""},
                {501, ERR_BAD, ""},
                {599, ERR_BAD, ""},
                {100, ERR_BAD, ""},
                {999, ERR_BAD, ""}};
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        struct err err;
        assert_int_equal(judge(rows[i].status, STR(""), "https://h/v1/flows?offset=200", &err), -1);
        assert_int_equal(err.cls, rows[i].cls);
        assert_int_equal(err.code, rows[i].status);
        const char *want =
            arena_printf(&arena, "GET /v1/flows?offset=200: %d %s", rows[i].status, rows[i].reason)
                .p;
        if (*rows[i].reason)
            assert_string_equal(err.text, want);
        else
            assert_int_equal(strncmp(err.text, want, strlen(want)), 0);
    }
}

static void success_is_no_error(void **state)
{
    (void)state;
    for (int status = 200; status < 300; status++) {
        struct err err;
        assert_int_equal(judge(status, STR("{\"errors\":[{\"code\":\"x\"}]}"), base, &err), 0);
        assert_int_equal(err.cls, ERR_NONE);
    }
}

static void redirects_are_told_with_their_goal(void **state)
{
    (void)state;
    static const int statuses[] = {301, 302, 303, 304, 307, 308};
    for (size_t i = 0; i < GEN_COUNT(statuses); i++) {
        struct err err = {0};
        struct http_response response = {.status = statuses[i]};
        assert_int_equal(api_judge(&response, "GET", base, &err), -1);
        assert_int_equal(err.cls, ERR_BAD);
        response.location = (char *)(uintptr_t) "https://evil.example/x";
        assert_int_equal(api_judge(&response, "GET", base, &err), -1);
        assert_int_equal(err.cls, ERR_BAD);
        assert_int_equal(err.code, statuses[i]);
        assert_non_null(strstr(err.text, "https://evil.example/x"));
        assert_non_null(strstr(err.text, "GET /v1: "));
    }
}

static void an_answer_that_never_came_keeps_its_cause(void **state)
{
    (void)state;
    static const enum err_class classes[] = {ERR_RETRY, ERR_BAD, ERR_IO};
    for (size_t i = 0; i < GEN_COUNT(classes); i++) {
        struct http_response response = {
            .failure = {.cls = classes[i], .text = "api.example.com:443: Connection refused"}};
        struct err err = {0};
        assert_int_equal(api_judge(&response, "DELETE", "https://h/v1/flows/x", &err), -1);
        assert_int_equal(err.cls, classes[i]);
        assert_string_equal(err.text,
                            "DELETE /v1/flows/x: api.example.com:443: Connection refused");
    }
}

static void the_apis_error_body_explains(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *want;
    } rows[] = {
        /* the three shapes of the reference, to the letter */
        {404,
         "{\n  \"errors\": [{\n    \"code\": \"not_found\",\n    \"message\": \"Integration not "
         "found\"\n  }]\n}",
         "404 Not Found: not_found: Integration not found"},
        {400,
         "{\"errors\":[{\"code\":\"validation_error\",\"message\":\"Name is required\",\"field\":"
         "\"name\"}]}",
         "400 Bad Request: validation_error: Name is required (field name)"},
        {409,
         "{\"errors\":[{\"code\":\"conflict\",\"message\":\"Integration with this name already "
         "exists\"}]}",
         "409 Conflict: conflict: Integration with this name already exists"},
        /* live */
        {401, "{\"message\":\"Unauthorized\"}", "401 Unauthorized: Unauthorized"},
        {429, "{\"errors\":[{\"code\":\"rate_limited\"}]}", "429 Too Many Requests: rate_limited"},
        {422, "{\"errors\":[{\"message\":\"bad\"},{\"message\":\"worse\"}]}",
         "422 Unprocessable Content: bad"},
        /* nothing to learn */
        {500, "{\"errors\":[]}", "500 Internal Server Error"},
        {500, "{\"errors\":null}", "500 Internal Server Error"},
        {500, "{\"errors\":\"x\"}", "500 Internal Server Error"},
        {500, "{\"errors\":[\"x\"]}", "500 Internal Server Error"},
        {500, "{\"errors\":[null]}", "500 Internal Server Error"},
        {500, "{\"errors\":[{\"message\":5}]}", "500 Internal Server Error"},
        {500, "{\"message\":{\"a\":1}}", "500 Internal Server Error"},
        {500, "[]", "500 Internal Server Error"},
        {500, "{}", "500 Internal Server Error"},
        {500, "null", "500 Internal Server Error"},
        {500, "\"text\"", "500 Internal Server Error"},
        {502, "<html><title>502</title></html>", "502 Bad Gateway"},
        {503, "{\"message\":\"cut o", "503 Service Unavailable"},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        struct err err;
        assert_int_equal(judge(rows[i].status, str_of(rows[i].body), "https://h/v1/x", &err), -1);
        assert_string_equal(err.text, arena_printf(&arena, "GET /v1/x: %s", rows[i].want).p);
    }
}

static void hostile_bodies_stay_one_line(void **state)
{
    (void)state;
    static const struct str bodies[] = {
        GEN_STR("{\"message\":\"a\\nb\\r\\u001b[31m\\u0007\\u0085\"}"),
        GEN_STR("{\"message\":\"a\\u0000b\"}"),
        GEN_STR("{\"errors\":[{\"code\":\"\\u0000\",\"message\":\"\\t\",\"field\":\"\\n\"}]}"),
        GEN_STR("{\"message\":\"\\u202e\\u2066x\"}"),
        GEN_STR("\0\0\0\0"),
        GEN_STR("\xFF\xFE{}"),
        GEN_STR("{\"message\":\"\xFF\"}"),
        GEN_STR("%s%n%x"),
        GEN_STR("{\"message\":\"%s%n%x\"}"),
    };
    for (size_t i = 0; i < GEN_COUNT(bodies); i++) {
        struct err err;
        assert_int_equal(judge(503, bodies[i], "https://h/v1/x", &err), -1);
        assert_int_equal(err.cls, ERR_RETRY);
        assert_int_equal(strncmp(err.text, "GET /v1/x: 503 Service Unavailable", 34), 0);
        assert_text(str_of(err.text));
    }
}

static void long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++)
        for (size_t n = 10; n <= 1000000; n *= 10) {
            struct buf body = BUF_MAX(16 << 20);
            struct err err;
            buf_str(&body, STR("{\"message\":\""));
            buf_fill(&body, 'x', shift);
            for (size_t i = 0; i < n; i++)
                buf_str(&body, STR("\xE6\xB3\xA8"));
            buf_str(&body, STR("\"}"));
            struct str text = arena_str(&arena, buf_view(&body));
            buf_release(&body);
            assert_int_equal(judge(500, text, "https://h/v1/x", &err), -1);
            assert_text(str_of(err.text));
        }
}

static void deep_and_random_bodies_do_no_harm(void **state)
{
    (void)state;
    struct gen g = gen_start("bodies");
    for (int i = 0; i < 5000; i++) {
        arena_reset(&arena);
        struct str noise = gen_noise(&g, &arena, 60);
        struct str body =
            arena_printf(&arena, "{\"%s\":%s%.*s", gen_below(&g, 2) ? "errors" : "message",
                         gen_below(&g, 2) ? "[{\"message\":\"" : "\"", STR_ARG(noise));
        struct err err;
        assert_int_equal(judge(400, body, "https://h/v1/x", &err), -1);
        assert_int_equal(err.cls, ERR_BAD);
        assert_text(str_of(err.text));
    }
    struct buf deep = BUF_MAX(1 << 20);
    struct err err;
    buf_fill(&deep, '[', 60000);
    assert_int_equal(judge(500, buf_view(&deep), "https://h/v1/x", &err), -1);
    buf_release(&deep);
}

/* ---- a server by script ---- */

enum links { NO_LINKS, LINKS, LINKS_LOOP, LINKS_SELF, LINKS_ELSEWHERE, LINKS_FOREVER };

struct server {
    size_t rows[2 * ROWS_MAX]; /* numbers; a row's id is its number */
    size_t n, next_number;
    size_t distinct; /* rows, each counted once */
    size_t cap;      /* most rows it gives on a page; 0: as many as are asked for */
    size_t fixed;    /* rows it gives on a page whatever is asked for; 0: not so */
    bool ignores_limit, ignores_offset, repeats_once, repeats_forever, endless;
    enum links links;
    bool fenced; /* who walks it learns otherwise what moved */
    /* A change of the list before the request of this number, counted from 1; 0: none. */
    size_t changes_at, inserts, deletes, at;
    size_t requests;
};

static struct server server_of(size_t n)
{
    struct server s = {.n = n, .next_number = n, .distinct = n};
    for (size_t i = 0; i < n; i++)
        s.rows[i] = i;
    return s;
}

/* A list that holds each row twice, one behind the other. */
static struct server server_of_doubles(size_t n)
{
    struct server s = server_of(2 * n);
    for (size_t i = 0; i < s.n; i++)
        s.rows[i] = i / 2;
    s.distinct = n;
    return s;
}

static size_t number_in(const char *url, const char *key)
{
    const char *at = strstr(url, key);
    return at ? (size_t)strtoull(at + strlen(key), NULL, 10) : 0;
}

static void change_list(struct server *s)
{
    for (size_t i = 0; i < s->deletes && s->n > s->at; i++, s->n--)
        memmove(&s->rows[s->at], &s->rows[s->at + 1], (s->n - s->at - 1) * sizeof s->rows[0]);
    for (size_t i = 0; i < s->inserts && s->n < GEN_COUNT(s->rows); i++, s->n++) {
        size_t at = s->at < s->n ? s->at : s->n;
        memmove(&s->rows[at + 1], &s->rows[at], (s->n - at) * sizeof s->rows[0]);
        s->rows[at] = s->next_number++;
    }
}

/* The page that an URL asks for: from..to of the rows, and the Link to the next one. */
static char *answer(struct server *s, const char *url, size_t *ret_from, size_t *ret_to)
{
    size_t limit = number_in(url, "limit="), offset = number_in(url, "offset=");
    s->requests++;
    if (s->requests == s->changes_at)
        change_list(s);
    size_t size = s->ignores_limit ? s->n : s->fixed ? s->fixed : limit;
    if (s->cap && size > s->cap)
        size = s->cap;
    if (s->ignores_offset)
        offset = 0;
    if ((s->repeats_forever && s->requests > 2) || (s->repeats_once && s->requests == 3))
        offset = offset > size ? offset - size : 0;
    *ret_from = offset < s->n ? offset : s->n;
    *ret_to = offset + size < s->n ? offset + size : s->n;
    if (s->links == NO_LINKS || (*ret_to == s->n && s->links == LINKS))
        return NULL;
    size_t next = s->links == LINKS_LOOP && *ret_to == s->n ? 0
                  : s->links == LINKS_SELF                  ? offset
                  : s->links == LINKS_FOREVER               ? offset + size
                                                            : *ret_to;
    return strdup(arena_printf(&arena, "%s/flows?limit=%zu&offset=%zu",
                               s->links == LINKS_ELSEWHERE ? "https://evil.example/v1" : base,
                               limit, next)
                      .p);
}

struct outcome {
    enum api_step step;
    size_t requests, told; /* rows told as new in the last walk */
    bool seen[4 * ROWS_MAX];
    struct err err;
};

static void tell_row(struct api_walk *walk, struct outcome *o, size_t number)
{
    char id[32];
    snprintf(id, sizeof id, "%zu", number);
    if (!api_walk_row(walk, str_of(id)))
        return;
    o->told++;
    assert_true(number < GEN_COUNT(o->seen) || number >= 1u << 30);
    if (number < GEN_COUNT(o->seen))
        o->seen[number] = true;
}

static size_t tell_page(struct server *s, struct api_walk *walk, struct outcome *o, size_t from,
                        size_t to)
{
    if (s->endless) {
        tell_row(walk, o, (1u << 30) + s->requests);
        return 1;
    }
    for (size_t i = from; i < to; i++)
        tell_row(walk, o, s->rows[i]);
    return to - from;
}

/* Walks a list to its end, which has to come. */
static void walk_list(struct server *s, struct api *api, struct outcome *o)
{
    struct api_walk walk;
    *o = (struct outcome){0};
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    walk.fenced = s->fenced;
    do {
        struct arena scratch = {0};
        size_t from, to;
        char url[512];
        snprintf(url, sizeof url, "%s", api_walk_url(&walk, api, &scratch).p);
        arena_release(&scratch);
        struct http_response response = {.status = 200};
        response.link_next = answer(s, url, &from, &to);
        size_t rows = tell_page(s, &walk, o, from, to);
        o->step = api_walk_page(&walk, api, &response, rows, &o->err);
        if (o->step == WALK_AGAIN)
            o->told = 0;
        free(response.link_next);
        o->requests++;
        if (o->requests > (size_t)API_WALKS_MAX * (API_PAGES_MAX + 1))
            fail_msg("no end after %zu requests", o->requests);
    } while (o->step == WALK_MORE || o->step == WALK_AGAIN);
    if (o->step == WALK_BROKEN) {
        assert_int_equal(o->err.cls, ERR_BAD);
        assert_int_equal(strncmp(o->err.text, "GET /v1/flows: ", 15), 0);
        assert_text(str_of(o->err.text));
    } else {
        assert_int_equal(o->err.cls, ERR_NONE);
    }
    api_walk_release(&walk);
}

/* Rows that the list holds now and the walk has not seen. */
static size_t unseen(const struct server *s, const struct outcome *o)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += !o->seen[s->rows[i]];
    return n;
}

static void assert_whole(struct server *s, struct api *api)
{
    struct outcome o;
    walk_list(s, api, &o);
    if (o.step != WALK_DONE)
        fail_msg("step %d after %zu requests: %s", (int)o.step, o.requests, o.err.text);
    if (unseen(s, &o) || o.told != s->distinct)
        fail_msg("%zu of %zu rows were not seen", unseen(s, &o), s->n);
}

/* ---- paging ---- */

static void pages_are_asked_for_by_offset(void **state)
{
    (void)state;
    struct api api = api_of(2);
    struct api_walk walk;
    struct err err = {0};
    struct http_response response = {.status = 200};
    api_walk_init(&walk, "https://h/v1/flows");
    assert_string_equal(api_walk_url(&walk, &api, &arena).p, "https://h/v1/flows?limit=2&offset=0");
    assert_true(api_walk_row(&walk, STR("a")));
    assert_true(api_walk_row(&walk, STR("b")));
    assert_int_equal(api_walk_page(&walk, &api, &response, 2, &err), WALK_MORE);
    assert_string_equal(api_walk_url(&walk, &api, &arena).p, "https://h/v1/flows?limit=2&offset=1");
    assert_false(api_walk_row(&walk, STR("b"))); /* the pages overlap by one row */
    assert_int_equal(api_walk_page(&walk, &api, &response, 1, &err), WALK_DONE);
    api_walk_release(&walk);
    api_walk_init(&walk, "https://h/v1/flows?sandbox=true");
    assert_string_equal(api_walk_url(&walk, &api, &arena).p,
                        "https://h/v1/flows?sandbox=true&limit=2&offset=0");
    api_walk_release(&walk);
}

static void every_row_is_seen_whatever_the_sizes(void **state)
{
    (void)state;
    for (unsigned page = 1; page <= 12; page++)
        for (size_t cap = 0; cap <= 14; cap++)
            for (size_t n = 0; n <= 40; n++) {
                struct api api = api_of(page);
                struct server s = server_of(n);
                s.cap = cap;
                assert_whole(&s, &api);
                size_t size = cap && cap < page ? cap : page;
                assert_true(s.requests <= n / (size > 1 ? size - 1 : 1) + 2);
                assert_whole(&s, &api); /* and once what the server can give is known */
            }
}

/* Where nothing else tells what moved, a list of several linked pages is walked twice. */
static void links_lead_through_the_list(void **state)
{
    (void)state;
    for (unsigned page = 1; page <= 12; page++)
        for (size_t n = 0; n <= 40; n++)
            for (int fenced = 0; fenced < 2; fenced++) {
                struct api api = api_of(page);
                struct server s = server_of(n);
                s.links = LINKS;
                s.fenced = fenced;
                assert_whole(&s, &api);
                size_t pages = n > page ? (n + page - 1) / page : 1;
                if (pages > 1)
                    assert_int_equal(s.requests, fenced ? pages : 2 * pages);
                assert_true(pages > 1 || s.requests <= 2);
            }
}

static void honest_servers_are_read_whole(void **state)
{
    (void)state;
    struct gen g = gen_start("honest");
    for (int i = 0; i < LISTS; i++) {
        arena_reset(&arena);
        bool doubles = gen_below(&g, 4) == 0;
        size_t factor = doubles ? 2 : 1; /* no page ends between a row and its double */
        size_t page = factor * (1 + gen_below(&g, gen_below(&g, 2) ? 10 : 200));
        size_t cap = gen_below(&g, 2) ? 0 : factor * (1 + gen_below(&g, 100));
        struct api api = api_of((unsigned)page);
        enum links links = gen_below(&g, 2) ? LINKS : NO_LINKS;
        for (int list = 0; list < 4; list++) { /* one server, several lists */
            size_t n = gen_below(&g, ROWS_MAX);
            struct server s = doubles ? server_of_doubles(n) : server_of(n);
            s.cap = cap;
            s.links = links;
            assert_whole(&s, &api);
        }
    }
}

static void an_empty_list_ends_at_once(void **state)
{
    (void)state;
    struct api api = api_of(50);
    struct server s = server_of(0);
    struct outcome o;
    walk_list(&s, &api, &o);
    assert_int_equal(o.step, WALK_DONE);
    assert_int_equal(o.requests, 1);
}

static void a_row_twice_on_a_page_is_the_servers_way_of_telling(void **state)
{
    (void)state;
    struct api api = api_of(10);
    struct server s = server_of_doubles(18);
    assert_whole(&s, &api);
    assert_int_equal(s.requests, 4);
    s = server_of_doubles(20);
    s.links = LINKS;
    s.fenced = true;
    assert_whole(&s, &api);
    assert_int_equal(s.requests, 4);
}

static void a_server_that_sends_all_at_once_is_read_whole(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        struct api api = api_of(10);
        struct server s = server_of(n);
        s.ignores_limit = true; /* but not offset= */
        assert_whole(&s, &api);
    }
}

/* "A page is the last: it is empty, or shorter than limit= and than a page of this server has been
 * before, or holds no row not seen before." A longer one is not. */
static void a_server_with_pages_of_its_own_size_is_read_whole(void **state)
{
    (void)state;
    for (size_t fixed = 1; fixed < 30; fixed++)
        for (size_t n = 0; n < 100; n += 7) {
            struct api api = api_of(10);
            struct server s = server_of(n);
            s.fixed = fixed;
            assert_whole(&s, &api);
        }
}

static void a_server_that_ignores_paging_altogether_ends(void **state)
{
    (void)state;
    for (unsigned page = 1; page < 30; page++)
        for (size_t n = 0; n < 40; n++) {
            struct api api = api_of(page);
            struct server s = server_of(n);
            struct outcome o;
            s.ignores_limit = s.ignores_offset = true;
            walk_list(&s, &api, &o); /* also of exactly the length asked for */
            assert_int_equal(o.step, WALK_DONE);
            assert_int_equal(unseen(&s, &o), 0);
        }
}

static void a_server_that_ignores_offset_is_found_out(void **state)
{
    (void)state;
    for (unsigned page = 1; page < 20; page++)
        for (size_t n = 0; n < 60; n++) {
            struct api api = api_of(page);
            struct server s = server_of(n);
            struct outcome o;
            s.ignores_offset = true;
            walk_list(&s, &api, &o);
            /* A limit= greater by one shows all of a list that is longer by one. */
            assert_int_equal(o.step, n > page + 1 ? WALK_BROKEN : WALK_DONE);
            if (o.step == WALK_DONE)
                assert_int_equal(unseen(&s, &o), 0);
            assert_true(o.requests <= 2 * API_WALKS_MAX);
        }
}

static void a_page_repeated_once_makes_another_walk(void **state)
{
    (void)state;
    struct api api = api_of(10);
    struct server s = server_of(45);
    struct outcome o;
    s.repeats_once = true;
    walk_list(&s, &api, &o);
    assert_int_equal(o.step, WALK_DONE);
    assert_int_equal(unseen(&s, &o), 0);
    assert_int_equal(o.told, 45);
    assert_true(o.requests > 5);
}

static void a_page_repeated_for_ever_breaks_the_walk(void **state)
{
    (void)state;
    struct api api = api_of(10);
    struct server s = server_of(45);
    struct outcome o;
    s.repeats_forever = true;
    walk_list(&s, &api, &o);
    assert_int_equal(o.step, WALK_BROKEN);
    assert_true(o.requests < 20);
}

static void a_list_without_end_is_given_up(void **state)
{
    (void)state;
    struct api api = api_of(1);
    struct server s = server_of(0);
    struct outcome o;
    s.endless = true;
    walk_list(&s, &api, &o);
    assert_int_equal(o.step, WALK_BROKEN);
    assert_true(o.requests <= API_PAGES_MAX + 1);
    assert_non_null(strstr(o.err.text, "does not end"));
    s.links = LINKS_FOREVER;
    walk_list(&s, &api, &o);
    assert_int_equal(o.step, WALK_BROKEN);
}

/* ---- links ---- */

static void links_that_loop_break_the_walk(void **state)
{
    (void)state;
    static const enum links loops[] = {LINKS_LOOP, LINKS_SELF};
    for (size_t i = 0; i < GEN_COUNT(loops); i++)
        for (size_t n = 0; n < 50; n++) {
            struct api api = api_of(10);
            struct server s = server_of(n);
            struct outcome o;
            s.links = loops[i];
            walk_list(&s, &api, &o);
            assert_int_equal(o.step, WALK_BROKEN);
            assert_true(o.requests <= (n / 10 + 4) * API_WALKS_MAX);
        }
}

static void a_link_to_another_server_is_not_followed(void **state)
{
    (void)state;
    struct api api = api_of(10);
    struct server s = server_of(45);
    struct outcome o;
    s.links = LINKS_ELSEWHERE;
    walk_list(&s, &api, &o);
    assert_int_equal(o.step, WALK_BROKEN);
    assert_int_equal(o.requests, 1);
    assert_non_null(strstr(o.err.text, "https://evil.example/v1/flows"));
}

static enum api_step step_with_link(const char *link)
{
    struct api api = api_of(2);
    struct api_walk walk;
    struct err err = {0};
    struct http_response response = {.status = 200, .link_next = (char *)(uintptr_t)link};
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    api_walk_row(&walk, STR("a"));
    enum api_step step = api_walk_page(&walk, &api, &response, 1, &err);
    if (step == WALK_MORE)
        assert_string_equal(api_walk_url(&walk, &api, &arena).p, link);
    api_walk_release(&walk);
    return step;
}

static void only_links_to_the_api_itself_are_followed(void **state)
{
    (void)state;
    static const char *const good[] = {
        "https://api.example.com/v1/flows?after=x", "https://api.example.com:443/v1/flows?after=x",
        "https://API.example.com/v1/x", "HTTPS://api.example.com/v1/flows?a=b&c=%2F"};
    static const char *const bad[] = {"http://api.example.com/v1/flows",
                                      "https://api.example.com:8443/v1/flows",
                                      "https://api.example.com.evil.example/v1/flows",
                                      "https://evil.example/https://api.example.com/",
                                      "https://api.example.com@evil.example/v1/flows",
                                      "https://api.example.com\\@evil.example/v1/flows",
                                      "//api.example.com/v1/flows",
                                      "/v1/flows",
                                      "file:///etc/passwd",
                                      "javascript:1",
                                      "",
                                      " https://api.example.com/v1"};
    for (size_t i = 0; i < GEN_COUNT(good); i++)
        assert_int_equal(step_with_link(good[i]), WALK_MORE);
    for (size_t i = 0; i < GEN_COUNT(bad); i++)
        if (step_with_link(bad[i]) != WALK_BROKEN)
            fail_msg("followed: %s", bad[i]);
}

static void a_link_counts_more_than_the_length_of_a_page(void **state)
{
    (void)state;
    struct api api = api_of(10);
    struct api_walk walk;
    struct err err = {0};
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    walk.fenced = true;
    struct http_response linked = {
        .status = 200, .link_next = (char *)(uintptr_t) "https://api.example.com/v1/flows?p=1"};
    struct http_response last = {.status = 200};
    assert_int_equal(api_walk_page(&walk, &api, &linked, 0, &err), WALK_MORE); /* even empty */
    linked.link_next = (char *)(uintptr_t) "https://api.example.com/v1/flows?p=2";
    assert_true(api_walk_row(&walk, STR("a")));
    assert_int_equal(api_walk_page(&walk, &api, &linked, 1, &err), WALK_MORE);
    for (char id[] = "b"; id[0] < 'l'; id[0]++)
        assert_true(api_walk_row(&walk, str_of(id)));
    assert_int_equal(api_walk_page(&walk, &api, &last, 10, &err), WALK_DONE); /* even full */
    api_walk_release(&walk);
}

/* ---- rows that could not be read ---- */

/* They are told by a hash of their content. They are no rows "seen before". */
static void a_last_page_that_cannot_be_read_ends_the_walk(void **state)
{
    (void)state;
    struct api api = api_of(1);
    struct api_walk walk;
    struct err err = {0};
    struct http_response linked = {
        .status = 200, .link_next = (char *)(uintptr_t) "https://api.example.com/v1/flows?p=1"};
    struct http_response last = {.status = 200};
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    walk.fenced = true;
    assert_true(api_walk_row(&walk, STR("a")));
    assert_int_equal(api_walk_page(&walk, &api, &linked, 1, &err), WALK_MORE);
    assert_true(api_walk_row(&walk, STR("hash 1")));
    assert_int_equal(api_walk_page(&walk, &api, &last, 1, &err), WALK_DONE);
    api_walk_release(&walk);
}

static void a_page_that_cannot_be_read_does_not_hide_the_next(void **state)
{
    (void)state;
    struct api api = api_of(2);
    struct api_walk walk;
    struct err err = {0};
    struct http_response response = {.status = 200};
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    assert_true(api_walk_row(&walk, STR("a")));
    assert_true(api_walk_row(&walk, STR("b")));
    assert_int_equal(api_walk_page(&walk, &api, &response, 2, &err), WALK_MORE);
    assert_false(api_walk_row(&walk, STR("b")));
    assert_true(api_walk_row(&walk, STR("hash 1")));
    assert_int_equal(api_walk_page(&walk, &api, &response, 2, &err), WALK_MORE);
    assert_false(api_walk_row(&walk, STR("hash 1")));
    assert_true(api_walk_row(&walk, STR("e")));
    assert_int_equal(api_walk_page(&walk, &api, &response, 2, &err), WALK_MORE);
    assert_false(api_walk_row(&walk, STR("e")));
    assert_int_equal(api_walk_page(&walk, &api, &response, 1, &err), WALK_DONE);
    api_walk_release(&walk);
}

/* ---- lists that move ---- */

/* "A row seen twice means that the list moved while it was walked: the walk begins again." */
static void rows_put_in_front_of_us_are_noticed(void **state)
{
    (void)state;
    size_t missed = 0;
    for (size_t n = 1; n < 45; n++)
        for (size_t when = 2; when <= n / 10 + 2; when++)
            for (size_t count = 1; count <= 3; count++) {
                struct api api = api_of(10);
                struct server s = server_of(n);
                struct outcome o;
                s.changes_at = when;
                s.inserts = count;
                walk_list(&s, &api, &o);
                assert_int_equal(o.step, WALK_DONE);
                /* Of hardly more rows than came in, the first page looks like coming again from a
                 * server that ignores offset=. */
                missed += unseen(&s, &o) > 0 && s.requests >= when && n > count + 1;
            }
    assert_int_equal(missed, 0);
}

/* Rows behind us that go shift others up: pages overlap by one row, so that none slips through. */
static void rows_that_go_hide_no_others(void **state)
{
    (void)state;
    for (size_t n = 0; n < 45; n++)
        for (size_t when = 1; when <= n / 10 + 2; when++)
            for (size_t at = 0; at < n; at += 3) {
                struct api api = api_of(10);
                struct server s = server_of(n);
                struct outcome o;
                s.changes_at = when;
                s.deletes = 1;
                s.at = at;
                walk_list(&s, &api, &o);
                assert_true(o.step == WALK_DONE);
                assert_int_equal(unseen(&s, &o), 0);
            }
}

/* The rows of a linked page do not overlap with the next, so that one that moved up behind one that
 * went is missed by the walk that saw it go, and found by the one after. */
static void rows_that_go_hide_no_others_behind_links(void **state)
{
    (void)state;
    size_t missed = 0;
    for (size_t n = 0; n < 45; n++)
        for (size_t when = 1; when <= n / 10 + 2; when++)
            for (size_t at = 0; at < n; at += 3) {
                struct api api = api_of(10);
                struct server s = server_of(n);
                struct outcome o;
                s.links = LINKS;
                s.changes_at = when;
                s.deletes = 1;
                s.at = at;
                walk_list(&s, &api, &o);
                assert_int_equal(o.step, WALK_DONE);
                assert_int_equal(unseen(&s, &o), 0);
                assert_true(o.requests <= 3 * (n / 10 + 2));
                s = server_of(n);
                s.links = LINKS;
                s.changes_at = when;
                s.deletes = 1;
                s.at = at;
                s.fenced = true;
                walk_list(&s, &api, &o);
                missed += unseen(&s, &o);
            }
    assert_true(missed > 0); /* who is fenced has to look elsewhere */
}

/* One walk: pages of two rows a link apart, from the row `first` on. */
static enum api_step walk_pairs(struct api_walk *walk, struct api *api, char first, int pages,
                                struct err *err)
{
    enum api_step step = WALK_BROKEN;
    for (int i = 0; i < pages; i++) {
        char url[64], id[] = {first, '\0'};
        snprintf(url, sizeof url, "https://api.example.com/v1/flows?p=%d", i + 1);
        struct http_response page = {.status = 200, .link_next = i + 1 < pages ? url : NULL};
        api_walk_row(walk, str_of(id));
        id[0]++;
        api_walk_row(walk, str_of(id));
        first = (char)(first + 2);
        step = api_walk_page(walk, api, &page, 2, err);
        assert_true(step == WALK_MORE || i + 1 == pages);
    }
    return step;
}

static void two_walks_have_to_show_the_same_rows(void **state)
{
    (void)state;
    struct api api = api_of(2);
    struct api_walk walk;
    struct err err = {0};
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    assert_int_equal(walk_pairs(&walk, &api, 'a', 2, &err), WALK_AGAIN); /* a b c d */
    assert_string_equal(api_walk_url(&walk, &api, &arena).p,
                        "https://api.example.com/v1/flows?limit=2&offset=0");
    assert_int_equal(walk_pairs(&walk, &api, 'c', 2, &err), WALK_AGAIN);  /* c d e f */
    assert_int_equal(walk_pairs(&walk, &api, 'c', 3, &err), WALK_AGAIN);  /* more */
    assert_int_equal(walk_pairs(&walk, &api, 'c', 2, &err), WALK_BROKEN); /* fewer */
    assert_int_equal(err.cls, ERR_BAD);
    assert_non_null(strstr(err.text, "moved while it was read"));
    api_walk_release(&walk);
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    assert_int_equal(walk_pairs(&walk, &api, 'a', 2, &err), WALK_AGAIN);
    assert_int_equal(walk_pairs(&walk, &api, 'b', 2, &err), WALK_AGAIN);
    assert_int_equal(walk_pairs(&walk, &api, 'b', 2, &err), WALK_DONE);
    api_walk_release(&walk);
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    assert_int_equal(walk_pairs(&walk, &api, 'a', 1, &err), WALK_MORE); /* no link, no proof */
    api_walk_release(&walk);
}

static void a_list_that_never_stands_still_breaks_the_walk(void **state)
{
    (void)state;
    struct api api = api_of(2);
    struct api_walk walk;
    struct err err = {0};
    struct http_response response = {.status = 200};
    enum api_step step = WALK_MORE;
    int walks = 0;
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    while (step == WALK_MORE || step == WALK_AGAIN) {
        walks++;
        assert_true(api_walk_row(&walk, STR("a"))); /* forgotten with each walk */
        assert_true(api_walk_row(&walk, STR("b")));
        assert_int_equal(api_walk_page(&walk, &api, &response, 2, &err), WALK_MORE);
        assert_true(api_walk_row(&walk, STR("c"))); /* b went meanwhile */
        assert_true(api_walk_row(&walk, STR("d")));
        step = api_walk_page(&walk, &api, &response, 2, &err);
        if (step == WALK_AGAIN)
            assert_string_equal(api_walk_url(&walk, &api, &arena).p,
                                "https://api.example.com/v1/flows?limit=2&offset=0");
    }
    assert_int_equal(step, WALK_BROKEN);
    assert_int_equal(walks, API_WALKS_MAX);
    assert_int_equal(err.cls, ERR_BAD);
    api_walk_release(&walk);
}

/* ---- servers that take no paging parameters ---- */

static bool refused(struct api_walk *walk, struct api *api, int status)
{
    struct arena scratch = {0};
    struct str url = api_walk_url(walk, api, &scratch);
    struct http_response response = {.status = status, .url = (char *)(uintptr_t)url.p};
    bool again = api_walk_refused(walk, api, &response);
    arena_release(&scratch);
    return again;
}

static void a_server_that_refuses_paging_is_asked_without(void **state)
{
    (void)state;
    struct api api = api_of(10);
    struct api_walk walk;
    struct err err = {0};
    struct http_response page = {.status = 200};
    api_walk_init(&walk, "https://api.example.com/v1/flows?sandbox=true");
    static const int others[] = {401, 403, 404, 405, 409, 422, 429, 500, 503};
    for (size_t i = 0; i < GEN_COUNT(others); i++)
        assert_false(refused(&walk, &api, others[i]));
    assert_false(api.bare);
    assert_true(refused(&walk, &api, 400));
    assert_true(api.bare);
    assert_string_equal(api_walk_url(&walk, &api, &arena).p,
                        "https://api.example.com/v1/flows?sandbox=true");
    assert_false(refused(&walk, &api, 400)); /* it is not the paging, then */
    for (char id[] = "a"; id[0] < 'k'; id[0]++)
        assert_true(api_walk_row(&walk, str_of(id)));
    assert_int_equal(api_walk_page(&walk, &api, &page, 10, &err), WALK_DONE); /* however many */
    api_walk_release(&walk);
    api_walk_init(&walk, "https://api.example.com/v1/exports"); /* and so are all its lists */
    assert_string_equal(api_walk_url(&walk, &api, &arena).p, "https://api.example.com/v1/exports");
    api_walk_release(&walk);
}

static void a_list_that_broke_off_is_not_asked_without(void **state)
{
    (void)state;
    struct api api = api_of(2);
    struct api_walk walk;
    struct err err = {0};
    struct http_response page = {.status = 200};
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    assert_true(api_walk_row(&walk, STR("a")));
    assert_true(api_walk_row(&walk, STR("b")));
    assert_int_equal(api_walk_page(&walk, &api, &page, 2, &err), WALK_MORE);
    assert_false(refused(&walk, &api, 400));
    assert_false(api.bare);
    api_walk_release(&walk);
}

/* ---- the live service ---- */

/* A server that has shown a Link anywhere pages by links alone: what has none is all there is. */
static void a_page_without_a_link_is_the_last_where_links_were_seen(void **state)
{
    (void)state;
    for (int links = 0; links < 2; links++) {
        struct api api = api_of(5);
        struct api_walk walk;
        struct err err = {0};
        struct http_response page = {.status = 200};
        struct http_response linked = {
            .status = 200,
            .link_next = (char *)(uintptr_t) "https://api.example.com/v1/exports?p=1"};
        if (links) {
            api_walk_init(&walk, "https://api.example.com/v1/exports");
            assert_true(api_walk_row(&walk, STR("x")));
            assert_int_equal(api_walk_page(&walk, &api, &linked, 1, &err), WALK_MORE);
            api_walk_release(&walk);
        }
        api_walk_init(&walk, "https://api.example.com/v1/flows");
        assert_true(api_walk_row(&walk, STR("a")));
        assert_true(api_walk_row(&walk, STR("b")));
        assert_true(api_walk_row(&walk, STR("c")));
        assert_int_equal(api_walk_page(&walk, &api, &page, 3, &err), links ? WALK_DONE : WALK_MORE);
        api_walk_release(&walk);
    }
}

/* A full page of the live service that has no Link may have lost it: one look is not enough. */
static void a_full_page_without_a_link_is_looked_at_twice(void **state)
{
    (void)state;
    struct api api = api_of(5);
    struct api_walk walk;
    struct err err = {0};
    struct http_response last = {.status = 200};
    struct http_response linked = {
        .status = 200, .link_next = (char *)(uintptr_t) "https://api.example.com/v1/flows?p=1"};
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    walk.fenced = true;
    for (int look = 0; look < 2; look++)
        for (int page = 0; page < 2; page++) {
            for (int i = 0; i < API_LIVE_ROWS; i++)
                assert_true(api_walk_row(&walk, arena_printf(&arena, "%d-%d", page, i)));
            assert_int_equal(
                api_walk_page(&walk, &api, page ? &last : &linked, API_LIVE_ROWS, &err),
                page == 0   ? WALK_MORE
                : look == 0 ? WALK_AGAIN
                            : WALK_DONE);
        }
    api_walk_release(&walk);
}

static void a_limit_of_the_walks_own_counts(void **state)
{
    (void)state;
    struct api api = api_of(2);
    struct api_walk walk;
    struct err err = {0};
    struct http_response page = {.status = 200};
    api.most_rows = 10;
    api_walk_init(&walk, "https://api.example.com/v1/audit?from=x");
    walk.limit = API_LIVE_ROWS;
    assert_string_equal(api_walk_url(&walk, &api, &arena).p,
                        "https://api.example.com/v1/audit?from=x&limit=1000&offset=0");
    assert_true(api_walk_row(&walk, STR("a")));
    assert_true(api_walk_row(&walk, STR("b")));
    assert_int_equal(api_walk_page(&walk, &api, &page, 2, &err), WALK_DONE);
    api_walk_release(&walk);
}

/* ---- whatever the server does ---- */

static void every_walk_ends(void **state)
{
    (void)state;
    struct gen g = gen_start("servers");
    size_t steps[4] = {0};
    for (int i = 0; i < 4 * LISTS; i++) {
        arena_reset(&arena);
        struct api api = api_of((unsigned)(1 + gen_below(&g, 60)));
        size_t n = gen_below(&g, ROWS_MAX / 2);
        struct server s = gen_below(&g, 4) ? server_of(n) : server_of_doubles(n);
        struct outcome o;
        s.cap = gen_below(&g, 3) ? 0 : 1 + gen_below(&g, 60);
        s.fixed = gen_below(&g, 6) ? 0 : 1 + gen_below(&g, 80);
        s.ignores_limit = gen_below(&g, 6) == 0;
        s.ignores_offset = gen_below(&g, 6) == 0;
        s.repeats_once = gen_below(&g, 6) == 0;
        s.repeats_forever = gen_below(&g, 8) == 0;
        s.links = gen_below(&g, 2) ? NO_LINKS : (enum links)gen_below(&g, LINKS_FOREVER);
        s.fenced = gen_below(&g, 2) == 0;
        s.changes_at = gen_below(&g, 3) ? 0 : 1 + gen_below(&g, 8);
        s.inserts = gen_below(&g, 4);
        s.deletes = gen_below(&g, 4);
        s.at = gen_below(&g, 50);
        walk_list(&s, &api, &o);
        steps[o.step]++;
        assert_true(o.requests <= (ROWS_MAX + 4) * (2 * API_WALKS_MAX + 1));
    }
    assert_true(steps[WALK_DONE] > LISTS / 4 && steps[WALK_BROKEN] > LISTS / 4);
}

/* A released walk may be released again; one never used, too. */
static void a_walk_gives_all_back(void **state)
{
    (void)state;
    struct api_walk walk;
    api_walk_init(&walk, "https://api.example.com/v1/flows");
    api_walk_release(&walk);
    api_walk_release(&walk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(urls_are_those_of_the_reference, clear),
        cmocka_unit_test_setup(a_path_is_what_stands_behind_the_host, clear),
        cmocka_unit_test_setup(each_status_has_its_class, clear),
        cmocka_unit_test_setup(success_is_no_error, clear),
        cmocka_unit_test_setup(redirects_are_told_with_their_goal, clear),
        cmocka_unit_test_setup(an_answer_that_never_came_keeps_its_cause, clear),
        cmocka_unit_test_setup(the_apis_error_body_explains, clear),
        cmocka_unit_test_setup(hostile_bodies_stay_one_line, clear),
        cmocka_unit_test_setup(long_messages_are_cut_between_characters, clear),
        cmocka_unit_test_setup(deep_and_random_bodies_do_no_harm, clear),
        cmocka_unit_test_setup(pages_are_asked_for_by_offset, clear),
        cmocka_unit_test_setup(every_row_is_seen_whatever_the_sizes, clear),
        cmocka_unit_test_setup(links_lead_through_the_list, clear),
        cmocka_unit_test_setup(honest_servers_are_read_whole, clear),
        cmocka_unit_test_setup(an_empty_list_ends_at_once, clear),
        cmocka_unit_test_setup(a_row_twice_on_a_page_is_the_servers_way_of_telling, clear),
        cmocka_unit_test_setup(a_server_that_sends_all_at_once_is_read_whole, clear),
        cmocka_unit_test_setup(a_server_with_pages_of_its_own_size_is_read_whole, clear),
        cmocka_unit_test_setup(a_server_that_ignores_paging_altogether_ends, clear),
        cmocka_unit_test_setup(a_server_that_ignores_offset_is_found_out, clear),
        cmocka_unit_test_setup(a_page_repeated_once_makes_another_walk, clear),
        cmocka_unit_test_setup(a_page_repeated_for_ever_breaks_the_walk, clear),
        cmocka_unit_test_setup(a_list_without_end_is_given_up, clear),
        cmocka_unit_test_setup(links_that_loop_break_the_walk, clear),
        cmocka_unit_test_setup(a_link_to_another_server_is_not_followed, clear),
        cmocka_unit_test_setup(only_links_to_the_api_itself_are_followed, clear),
        cmocka_unit_test_setup(a_link_counts_more_than_the_length_of_a_page, clear),
        cmocka_unit_test_setup(a_last_page_that_cannot_be_read_ends_the_walk, clear),
        cmocka_unit_test_setup(a_page_that_cannot_be_read_does_not_hide_the_next, clear),
        cmocka_unit_test_setup(rows_put_in_front_of_us_are_noticed, clear),
        cmocka_unit_test_setup(rows_that_go_hide_no_others, clear),
        cmocka_unit_test_setup(a_list_that_never_stands_still_breaks_the_walk, clear),
        cmocka_unit_test_setup(rows_that_go_hide_no_others_behind_links, clear),
        cmocka_unit_test_setup(two_walks_have_to_show_the_same_rows, clear),
        cmocka_unit_test_setup(a_server_that_refuses_paging_is_asked_without, clear),
        cmocka_unit_test_setup(a_list_that_broke_off_is_not_asked_without, clear),
        cmocka_unit_test_setup(a_page_without_a_link_is_the_last_where_links_were_seen, clear),
        cmocka_unit_test_setup(a_full_page_without_a_link_is_looked_at_twice, clear),
        cmocka_unit_test_setup(a_limit_of_the_walks_own_counts, clear),
        cmocka_unit_test_setup(every_walk_ends, clear),
        cmocka_unit_test_setup(a_walk_gives_all_back, clear),
    };
    return cmocka_run_group_tests_name("api", tests, NULL, release);
}
