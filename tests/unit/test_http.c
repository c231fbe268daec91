/* The http port against a scripted server on loopback. Nothing here depends on how fast the machine
 * is, but for generous upper bounds on things that must not take long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <zlib.h>

#include "../../src/port/http_internal.h"
#include "base/auto.h"
#include "tiny_server.h"

static const char token[] = "s3cr3t-t0k3n";

enum { SEED = 20240115 };

/* -- helpers ----------------------------------------------------------------------------------- */

static struct http_options options_for(const struct tiny *server, char origin[static 64])
{
    snprintf(origin, 64, "http://127.0.0.1:%u", server ? server->port : 9u);
    return (struct http_options){.user_agent = "test",
                                 .token = token,
                                 .origin = origin,
                                 .concurrency = 4,
                                 .rate = 1000000,
                                 .timeout_ms = 5000,
                                 .attempts = 3,
                                 .backoff_ms = 2,
                                 .max_body = 8 << 20,
                                 .stop_fd = -1,
                                 .wake_fd = -1,
                                 .seed = SEED};
}

static struct http *open_with(const struct http_options *options)
{
    struct http *http = NULL;
    struct err err = {0};
    if (http_open(&http, options, &err) < 0)
        fail_msg("%s", err.text);
    return http;
}

static struct http *open_default(const struct tiny *server)
{
    char origin[64];
    struct http_options options = options_for(server, origin);
    return open_with(&options);
}

static void submit(struct http *http, enum http_method method, uint64_t tag, unsigned port,
                   const char *path)
{
    char url[256];
    struct err err = {0};
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
    struct http_request request = {.method = method, .url = url, .tag = tag};
    if (method == HTTP_POST || method == HTTP_PUT || method == HTTP_PATCH)
        request.body = STR("{\"name\":\"x\"}");
    if (http_submit(http, &request, &err) < 0)
        fail_msg("%s", err.text);
}

static struct http_response next_done(struct http *http)
{
    struct http_response response = {0};
    struct err err = {0};
    int got = http_next(http, &response, &err);
    if (got != HTTP_DONE)
        fail_msg("http_next: %d %s", got, err.text);
    return response;
}

/* One request, to its end. */
static struct http_response ask(struct http *http, enum http_method method,
                                const struct tiny *server, const char *path)
{
    submit(http, method, 7, server->port, path);
    struct http_response response = next_done(http);
    assert_int_equal(response.tag, 7);
    assert_null(strstr(response.failure.text, token));
    return response;
}

static void assert_failed(const struct http_response *response, enum err_class cls,
                          const char *part)
{
    assert_int_equal(response->status, 0);
    assert_int_equal(response->body.n, 0);
    assert_int_equal(response->failure.cls, cls);
    if (!strstr(response->failure.text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, response->failure.text);
}

static int timer_in(int ms)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    struct itimerspec when = {
        .it_value = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L + 1}};
    assert_true(fd >= 0 && timerfd_settime(fd, 0, &when, NULL) == 0);
    return fd;
}

/* -- scripts ----------------------------------------------------------------------------------- */

static void answer_ok(struct tiny_exchange *x)
{
    tiny_reply(x, 200, "Content-Type: application/json\r\n", "{\"ok\":1}", 8);
}

static void answer_slowly(struct tiny_exchange *x)
{
    tiny_sleep(x->server, 20);
    answer_ok(x);
}

/* /418 → 418 */
static void answer_status_of_path(struct tiny_exchange *x)
{
    tiny_reply(x, (int)strtol(x->path + 1, NULL, 10), "", "{\"no\":1}", 8);
}

/* Answers the first request with data, a head's first lines; the others well. */
struct first {
    int status;
    const char *headers;
};

static void answer_first_otherwise(struct tiny_exchange *x)
{
    const struct first *first = x->server->data;
    if (x->n == 0)
        tiny_reply(x, first->status, first->headers, "{}", 2);
    else
        answer_ok(x);
}

/* Asks for at least two seconds, as a date: computed when it is sent, for slow machines' sake. */
static void answer_first_with_date(struct tiny_exchange *x)
{
    char header[64];
    time_t when = time(NULL) + 3;
    struct tm tm;
    gmtime_r(&when, &tm);
    strftime(header, sizeof header, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
    if (x->n == 0)
        tiny_reply(x, 503, header, "{}", 2);
    else
        answer_ok(x);
}

static void answer_with_headers(struct tiny_exchange *x)
{
    const struct first *first = x->server->data;
    tiny_reply(x, first->status, first->headers, "[]", 2);
}

/* Takes one request a connection; what comes after it is read, and dropped with the connection. */
static void hang_up_on_second(struct tiny_exchange *x)
{
    if (x->nth == 0)
        answer_ok(x);
    else
        x->hang_up = true;
}

static void send_text_and_hang_up(struct tiny_exchange *x)
{
    const char *text = x->server->data;
    tiny_send(x, text, strlen(text));
    x->hang_up = true;
}

static void send_text_and_stall(struct tiny_exchange *x)
{
    const char *text = x->server->data;
    tiny_send(x, text, strlen(text));
    tiny_sleep(x->server, 60 * 1000);
    x->hang_up = true;
}

static void trickle(struct tiny_exchange *x)
{
    const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    tiny_send(x, head, sizeof head - 1);
    for (int i = 0; i < 500 && !x->hang_up; i++) {
        tiny_send(x, "x", 1);
        tiny_sleep(x->server, 20);
    }
    x->hang_up = true;
}

/* -- many at a time ---------------------------------------------------------------------------- */

static void test_parallel_up_to_the_limit(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(answer_slowly, NULL);
    struct http *http = open_default(server);
    bool seen[40] = {false};
    for (unsigned i = 0; i < 40; i++)
        submit(http, HTTP_GET, i, server->port, "/x");
    assert_int_equal(http_pending(http), 40);
    for (unsigned i = 0; i < 40; i++) {
        struct http_response response = next_done(http);
        assert_int_equal(response.status, 200);
        assert_true(response.sent);
        assert_string_equal(buf_cstr(&response.body), "{\"ok\":1}");
        assert_string_equal(response.content_type, "application/json");
        assert_false(seen[response.tag]);
        seen[response.tag] = true;
        http_response_release(&response);
        assert_int_equal(http_pending(http), 39 - i);
        assert_true(tiny_count(server) <= i + 1 + 2 * 4); /* a slow caller holds work back */
    }
    struct http_response none;
    struct err err;
    assert_int_equal(http_next(http, &none, &err), HTTP_IDLE);
    assert_int_equal(http_poll(http, &none, &err), HTTP_IDLE);
    assert_int_equal(tiny_most_active(server), 4);
    assert_int_equal(tiny_connections(server), 4); /* kept alive, used again */
    http_close(http);
    tiny_stop(server);
}

static void test_order_of_submission(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(answer_ok, NULL);
    char origin[64];
    struct http_options options = options_for(server, origin);
    options.concurrency = 1;
    struct http *http = open_with(&options);
    for (unsigned i = 0; i < 20; i++)
        submit(http, HTTP_GET, i, server->port, "/x");
    for (unsigned i = 0; i < 20; i++) {
        struct http_response response = next_done(http);
        assert_int_equal(response.tag, i);
        http_response_release(&response);
    }
    http_close(http);
    tiny_stop(server);
}

static void test_thousands_in_line(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct tiny *server = tiny_start(answer_ok, NULL);
    char origin[64];
    struct http_options options = options_for(server, origin);
    options.concurrency = 8;
    struct http *http = open_with(&options);
    AUTO(freep) bool *seen = calloc(N, sizeof *seen);
    for (unsigned i = 0; i < N; i++)
        submit(http, HTTP_GET, i, server->port, "/x");
    int64_t start = clock_monotonic_ms();
    for (unsigned i = 0; i < N; i++) {
        struct http_response response = next_done(http);
        assert_false(seen[response.tag]);
        seen[response.tag] = true;
        http_response_release(&response);
    }
    int64_t ms = clock_monotonic_ms() - start;
    print_message("%d requests in %lld ms\n", N, (long long)ms);
    struct http_stats stats;
    http_stats(http, &stats);
    assert_int_equal(stats.requests, N);
    assert_int_equal(stats.by_status[200], N);
    assert_int_equal(stats.bytes, N * 8);
    assert_int_equal(tiny_connections(server), 8);
    http_close(http);
    tiny_stop(server);
}

static void test_poll_does_not_wait(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(answer_slowly, NULL);
    struct http *http = open_default(server);
    struct http_response response = {0};
    struct err err;
    int got;
    unsigned idle = 0;
    submit(http, HTTP_GET, 1, server->port, "/x");
    while ((got = http_poll(http, &response, &err)) == HTTP_IDLE)
        idle++;
    assert_int_equal(got, HTTP_DONE);
    assert_true(idle > 0);
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

/* -- again ------------------------------------------------------------------------------------- */

static void test_tries_by_status_and_method(void **state)
{
    (void)state;
    static const struct {
        enum http_method method;
        const char *path;
        unsigned tries;
    } rows[] = {
        {HTTP_GET, "/408", 3},   {HTTP_GET, "/429", 3},    {HTTP_GET, "/500", 3},
        {HTTP_GET, "/502", 3},   {HTTP_GET, "/503", 3},    {HTTP_GET, "/504", 3},
        {HTTP_PUT, "/503", 3},   {HTTP_DELETE, "/503", 3}, {HTTP_POST, "/503", 1},
        {HTTP_PATCH, "/503", 1}, {HTTP_POST, "/429", 1},   {HTTP_GET, "/200", 1},
        {HTTP_GET, "/400", 1},   {HTTP_GET, "/401", 1},    {HTTP_GET, "/403", 1},
        {HTTP_GET, "/404", 1},   {HTTP_GET, "/409", 1},    {HTTP_GET, "/422", 1},
        {HTTP_GET, "/501", 1},   {HTTP_POST, "/201", 1},
    };
    struct tiny *server = tiny_start(answer_status_of_path, NULL);
    struct http *http = open_default(server);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned before = tiny_count(server);
        struct http_response response = ask(http, rows[i].method, server, rows[i].path);
        assert_int_equal(response.status, strtol(rows[i].path + 1, NULL, 10));
        assert_string_equal(buf_cstr(&response.body), "{\"no\":1}");
        assert_int_equal(response.failure.cls, ERR_NONE);
        assert_int_equal(tiny_count(server) - before, rows[i].tries);
        http_response_release(&response);
    }
    struct http_stats stats;
    http_stats(http, &stats);
    assert_int_equal(stats.requests, 8 * 3 + 12);
    assert_int_equal(stats.retries, 8 * 2);
    assert_int_equal(stats.by_status[503], 3 * 3 + 2);
    assert_int_equal(stats.by_status[500], 3);
    assert_int_equal(stats.by_status[404], 1);
    http_close(http);
    tiny_stop(server);
}

static void test_retry_succeeds(void **state)
{
    (void)state;
    struct first first = {.status = 500, .headers = ""};
    struct tiny *server = tiny_start(answer_first_otherwise, &first);
    struct http *http = open_default(server);
    struct http_response response = ask(http, HTTP_GET, server, "/x");
    assert_int_equal(response.status, 200);
    assert_string_equal(buf_cstr(&response.body), "{\"ok\":1}");
    assert_int_equal(tiny_count(server), 2);
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

static void retry_after_holds_all(tiny_script *script, struct first *first)
{
    struct tiny *server = tiny_start(script, first);
    char origin[64];
    struct http_options options = options_for(server, origin);
    options.concurrency = 1;
    struct http *http = open_with(&options);
    for (unsigned i = 0; i < 4; i++)
        submit(http, HTTP_GET, i, server->port, "/x");
    for (unsigned i = 0; i < 4; i++) {
        struct http_response response = next_done(http);
        assert_int_equal(response.status, 200);
        assert_int_equal(response.tag, i); /* the one tried again goes first */
        http_response_release(&response);
    }
    assert_int_equal(tiny_count(server), 5);
    for (unsigned i = 1; i < 5; i++)
        assert_true(server->arrivals[i].at - server->arrivals[0].at >= 1000);
    struct http_stats stats;
    http_stats(http, &stats);
    assert_true(stats.rate_waits > 0);
    http_close(http);
    tiny_stop(server);
}

static void test_retry_after_seconds(void **state)
{
    (void)state;
    struct first first = {.status = 429, .headers = "Retry-After: 1\r\n"};
    retry_after_holds_all(answer_first_otherwise, &first);
}

static void test_retry_after_date(void **state)
{
    (void)state;
    retry_after_holds_all(answer_first_with_date, NULL);
}

static void test_retry_after_is_bounded(void **state)
{
    (void)state;
    struct first first = {.status = 429, .headers = "Retry-After: 3600\r\n"};
    struct tiny *server = tiny_start(answer_first_otherwise, &first);
    struct http *http = open_default(server);
    struct http_response response = ask(http, HTTP_GET, server, "/x");
    assert_int_equal(response.status, 429);
    assert_int_equal(response.failure.cls, ERR_RETRY);
    assert_int_equal(response.failure.code, 429);
    assert_non_null(
        strstr(response.failure.text, ": rate limited; the server asks to wait 3600 s"));
    http_response_release(&response);
    response = ask(http, HTTP_GET, server, "/x"); /* and nothing is held back */
    assert_int_equal(response.status, 200);
    assert_int_equal(tiny_count(server), 2);
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

static void test_retry_after_in_the_past(void **state)
{
    (void)state;
    struct first first = {.status = 503,
                          .headers = "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n"};
    struct tiny *server = tiny_start(answer_first_otherwise, &first);
    struct http *http = open_default(server);
    struct http_response response = ask(http, HTTP_GET, server, "/x");
    assert_int_equal(response.status, 200);
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

static void test_backoff_bounds(void **state)
{
    (void)state;
    uint64_t random = SEED;
    print_message("seed %d\n", SEED);
    for (unsigned tries = 1; tries <= 80; tries++) {
        int64_t most = tries > 12 ? 30000 : 500LL << (tries - 1);
        if (most > 30000)
            most = 30000;
        int64_t low = INT64_MAX, high = -1;
        for (int i = 0; i < 2000; i++) {
            int64_t ms = http_backoff_ms(500, tries, http_random(&random));
            assert_true(ms >= 0 && ms <= most);
            low = ms < low ? ms : low;
            high = ms > high ? ms : high;
        }
        assert_true(low < most / 20 && high > most - most / 20); /* full jitter */
    }
    assert_int_equal(http_backoff_ms(0, 5, http_random(&random)), 0);
    assert_true(http_backoff_ms(UINT32_MAX, 1, http_random(&random)) <= 30000);
}

static void test_pace(void **state)
{
    (void)state;
    struct http_pace pace;
    http_pace_init(&pace, 200, 3, 1000);
    for (int i = 0; i < 3; i++)
        assert_true(http_pace_take(&pace, 1000));
    assert_false(http_pace_take(&pace, 1000));
    assert_int_equal(http_pace_ready_at(&pace, 1000), 1005);
    assert_false(http_pace_take(&pace, 1004));
    assert_true(http_pace_take(&pace, 1005));
    http_pace_hold(&pace, 5000);
    http_pace_hold(&pace, 2000); /* the longer one holds */
    assert_int_equal(http_pace_ready_at(&pace, 1500), 5000);
    for (int i = 0; i < 3; i++)
        assert_true(http_pace_take(&pace, 5000));
    assert_false(http_pace_take(&pace, 5000)); /* no more than the burst is saved up */
    unsigned taken = 0;
    for (int64_t now = 5001; now <= 15000; now++)
        while (http_pace_take(&pace, now))
            taken++;
    assert_int_equal(taken, 2000);
    http_pace_init(&pace, UINT32_MAX, 256, 0);
    assert_true(http_pace_take(&pace, INT64_MAX / 2));
}

static void test_line_order(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct http_line line = {0};
    uint64_t random = SEED;
    assert_true(http_line_ready_at(&line) == INT64_MAX);
    for (unsigned i = 0; i < N; i++) {
        struct http_job *job = http_job_new(&(struct http_request){.url = "x"});
        job->due = (int64_t)(http_random(&random) % 1000) + 1;
        http_line_pause(&line, job);
    }
    assert_null(http_line_first(&line, 0));
    http_line_append(&line, http_job_new(&(struct http_request){.url = "x", .tag = 1}));
    assert_int_equal(http_line_first(&line, 0)->tag, 1);
    int64_t last = 0;
    for (unsigned i = 0; i < N; i++) {
        struct http_job *job = http_line_take(&line, 1000);
        assert_true(job->due >= last);
        last = job->due;
        free(job);
    }
    assert_int_equal(line.n, 1);
    http_line_release(&line);
}

static void test_rate(void **state)
{
    (void)state;
    enum { N = 30, RATE = 50, BURST = 4 };
    struct tiny *server = tiny_start(answer_ok, NULL);
    char origin[64];
    struct http_options options = options_for(server, origin);
    options.concurrency = BURST;
    options.rate = RATE;
    int64_t start = clock_monotonic_ms();
    struct http *http = open_with(&options);
    for (unsigned i = 0; i < N; i++)
        submit(http, HTTP_GET, i, server->port, "/x");
    for (unsigned i = 0; i < N; i++) {
        struct http_response response = next_done(http);
        http_response_release(&response);
    }
    for (unsigned i = 0; i < N; i++)
        assert_true((int64_t)(i + 1) <= BURST + RATE * (server->arrivals[i].at - start) / 1000 + 1);
    struct http_stats stats;
    http_stats(http, &stats);
    assert_in_range(stats.rate_waits, 1, N - BURST);
    http_close(http);
    tiny_stop(server);
}

/* -- faults ------------------------------------------------------------------------------------ */

static void test_connection_faults(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *cause;
    } rows[] = {
        {"", "connection closed without an answer"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\"", "connection closed within"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ha", "connection closed"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", ""},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", ""},
        {"220 smtp.example.com ESMTP\r\n", "the answer is not HTTP"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tiny *server = tiny_start(send_text_and_hang_up, (void *)(uintptr_t)rows[i].answer);
        struct http *http = open_default(server);
        char name[64];
        snprintf(name, sizeof name, "127.0.0.1:%u: ", server->port);
        struct http_response response = ask(http, HTTP_GET, server, "/x");
        print_message("%s\n", response.failure.text);
        assert_failed(&response, ERR_RETRY, rows[i].cause);
        assert_failed(&response, ERR_RETRY, "(3 tries)");
        assert_ptr_equal(strstr(response.failure.text, name), response.failure.text);
        assert_int_equal(tiny_count(server), 3);
        http_response_release(&response);

        response = ask(http, HTTP_POST, server, "/x");
        assert_failed(&response, ERR_RETRY, rows[i].cause);
        assert_true(response.sent);
        assert_null(strstr(response.failure.text, "tries"));
        assert_int_equal(tiny_count(server), 4);
        http_response_release(&response);
        http_close(http);
        tiny_stop(server);
    }
}

static void test_post_is_sent_once_whatever_dies(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(hang_up_on_second, NULL);
    char origin[64];
    struct http_options options = options_for(server, origin);
    options.concurrency = 1; /* the kept-alive connection has to make room */
    struct http *http = open_with(&options);
    struct http_response response = ask(http, HTTP_GET, server, "/first");
    assert_int_equal(response.status, 200);
    http_response_release(&response);
    /* On the kept-alive connection curl would lose it, and silently send it again. */
    response = ask(http, HTTP_POST, server, "/second");
    assert_int_equal(response.status, 200);
    assert_int_equal(tiny_count(server), 2);
    assert_int_not_equal(server->arrivals[0].connection, server->arrivals[1].connection);
    http_response_release(&response);
    /* A GET may be sent again, and is. */
    response = ask(http, HTTP_GET, server, "/third");
    assert_int_equal(response.status, 200);
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

static void test_stall(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\""};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct tiny *server = tiny_start(send_text_and_stall, (void *)(uintptr_t)answers[i]);
        char origin[64];
        struct http_options options = options_for(server, origin);
        options.timeout_ms = 200;
        options.attempts = 2;
        struct http *http = open_with(&options);
        int64_t start = clock_monotonic_ms();
        struct http_response response = ask(http, HTTP_GET, server, "/x");
        int64_t ms = clock_monotonic_ms() - start;
        assert_failed(&response, ERR_RETRY, "no data for 0.2 s (2 tries)");
        assert_true(ms >= 400 && ms < 3000);
        http_response_release(&response);
        http_close(http);
        tiny_stop(server);
    }
}

static void test_endless_trickle(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(trickle, NULL);
    char origin[64];
    struct http_options options = options_for(server, origin);
    options.timeout_ms = 100;
    options.attempts = 1;
    struct http *http = open_with(&options);
    struct http_response response = ask(http, HTTP_GET, server, "/x");
    assert_failed(&response, ERR_RETRY, "not finished within 1 s");
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

static void test_refused(void **state)
{
    (void)state;
    struct tiny nobody = {0};
    close(tiny_listen(&nobody.port));
    struct http *http = open_default(&nobody);
    char text[64];
    snprintf(text, sizeof text, "127.0.0.1:%u: connection refused (3 tries)", nobody.port);
    static const enum http_method methods[] = {HTTP_GET, HTTP_POST};
    for (size_t i = 0; i < 2; i++) { /* a POST, too: nothing of it was sent */
        struct http_response response = ask(http, methods[i], &nobody, "/x");
        assert_failed(&response, ERR_RETRY, text);
        assert_string_equal(response.failure.text, text);
        assert_false(response.sent);
        http_response_release(&response);
    }
    struct http_stats stats;
    http_stats(http, &stats);
    assert_int_equal(stats.by_status[0], 6);
    http_close(http);
}

static void test_unknown_host(void **state)
{
    (void)state;
    struct http_options options = {.origin = "https://nowhere.invalid",
                                   .concurrency = 1,
                                   .rate = 100,
                                   .timeout_ms = 5000,
                                   .attempts = 2,
                                   .max_body = 1000,
                                   .stop_fd = -1,
                                   .wake_fd = -1};
    struct http *http = open_with(&options);
    struct err err;
    struct http_request request = {.url = "https://nowhere.invalid/v1/x?key=hidden"};
    assert_int_equal(http_submit(http, &request, &err), 0);
    struct http_response response = next_done(http);
    assert_failed(&response, ERR_RETRY, "nowhere.invalid:443: ");
    assert_null(strstr(response.failure.text, "hidden"));
    print_message("%s\n", response.failure.text);
    http_response_release(&response);
    http_close(http);
}

/* -- bodies ------------------------------------------------------------------------------------ */

static void answer_big(struct tiny_exchange *x)
{
    size_t n = 2 << 20;
    AUTO(freep) char *body = calloc(1, n);
    tiny_reply(x, 200, "", body, n);
}

struct packed {
    unsigned char *bytes;
    size_t n;
};

static struct packed gzip_of_zeros(size_t n)
{
    struct packed packed = {.bytes = malloc(n / 100 + 1000), .n = n / 100 + 1000};
    AUTO(freep) unsigned char *zeros = calloc(1, n);
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = zeros;
    z.avail_in = (uInt)n;
    z.next_out = packed.bytes;
    z.avail_out = (uInt)packed.n;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed.n = z.total_out;
    deflateEnd(&z);
    return packed;
}

static void answer_packed(struct tiny_exchange *x)
{
    const struct packed *packed = x->server->data;
    tiny_reply(x, 200, "Content-Encoding: gzip\r\n", packed->bytes, packed->n);
}

static void test_body_limit(void **state)
{
    (void)state;
    struct packed packed = gzip_of_zeros(64 << 20);
    struct tiny *servers[] = {tiny_start(answer_big, NULL), tiny_start(answer_packed, &packed)};
    for (size_t i = 0; i < 2; i++) {
        char origin[64];
        struct http_options options = options_for(servers[i], origin);
        options.max_body = 1 << 20;
        struct http *http = open_with(&options);
        struct http_response response = ask(http, HTTP_GET, servers[i], "/x");
        assert_failed(&response, ERR_BAD, ": body exceeds 1 MB");
        assert_int_equal(tiny_count(servers[i]), 1);
        http_response_release(&response);
        http_close(http);
        tiny_stop(servers[i]);
    }
    free(packed.bytes);
}

static void test_compressed_body(void **state)
{
    (void)state;
    struct packed packed = gzip_of_zeros(1 << 20);
    struct tiny *server = tiny_start(answer_packed, &packed);
    char origin[64];
    struct http_options options = options_for(server, origin);
    options.max_body = 1 << 20; /* exactly */
    struct http *http = open_with(&options);
    struct http_response response = ask(http, HTTP_GET, server, "/x");
    assert_int_equal(response.status, 200);
    assert_int_equal(response.body.n, 1 << 20);
    struct http_stats stats;
    http_stats(http, &stats);
    assert_int_equal(stats.bytes, packed.n);
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
    free(packed.bytes);
}

static void test_no_content(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(answer_status_of_path, NULL);
    struct http *http = open_default(server);
    static const enum http_method methods[] = {HTTP_GET, HTTP_DELETE, HTTP_PUT};
    for (size_t i = 0; i < 3; i++) {
        struct http_response response = ask(http, methods[i], server, "/204");
        assert_int_equal(response.status, 204);
        assert_int_equal(response.body.n, 0);
        assert_null(response.content_type);
        http_response_release(&response);
    }
    assert_int_equal(tiny_connections(server), 1);
    http_close(http);
    tiny_stop(server);
}

static void note_head(struct tiny_exchange *x)
{
    char *kept = x->server->data;
    snprintf(kept, TINY_HEAD, "%s", x->head);
    answer_ok(x);
}

static void test_request_headers(void **state)
{
    (void)state;
    static const char *const names[] = {"GET", "POST", "PUT", "DELETE", "PATCH"};
    static char head[TINY_HEAD];
    struct tiny *server = tiny_start(note_head, head);
    struct http *http = open_default(server);
    for (unsigned i = HTTP_GET; i <= HTTP_PATCH; i++) {
        enum http_method method = (enum http_method)i;
        bool has_body = method != HTTP_GET && method != HTTP_DELETE;
        struct http_response response = ask(http, method, server, "/v1/x?limit=1");
        assert_int_equal(response.status, 200);
        http_response_release(&response);
        char line[64];
        snprintf(line, sizeof line, "%s /v1/x?limit=1 HTTP/1.1\r\n", names[i]);
        assert_ptr_equal(strstr(head, line), head);
        assert_non_null(strstr(head, "\r\nAuthorization: Bearer s3cr3t-t0k3n\r\n"));
        assert_non_null(strstr(head, "\r\nAccept: application/json\r\n"));
        assert_non_null(strstr(head, "\r\nUser-Agent: test\r\n"));
        assert_non_null(strstr(head, "gzip"));
        assert_int_equal(strstr(head, "\r\nContent-Type: application/json\r\n") != NULL, has_body);
        assert_int_equal(strstr(head, "\r\nContent-Length: 12\r\n") != NULL, has_body);
        assert_null(strstr(head, "Expect:"));
    }
    http_close(http);
    tiny_stop(server);
}

static void test_large_and_empty_bodies(void **state)
{
    (void)state;
    static char head[TINY_HEAD];
    struct tiny *server = tiny_start(note_head, head);
    struct http *http = open_default(server);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/x", server->port);
    size_t n = 3 << 20;
    AUTO(freep) char *big = calloc(1, n);
    struct http_request request = {.method = HTTP_PUT, .url = url, .body = {.p = big, .n = n}};
    struct err err;
    assert_int_equal(http_submit(http, &request, &err), 0);
    struct http_response response = next_done(http);
    assert_int_equal(response.status, 200);
    assert_non_null(strstr(head, "\r\nContent-Length: 3145728\r\n"));
    assert_null(strstr(head, "Expect:"));
    http_response_release(&response);
    request = (struct http_request){.method = HTTP_POST, .url = url};
    assert_int_equal(http_submit(http, &request, &err), 0);
    response = next_done(http);
    assert_int_equal(response.status, 200);
    assert_non_null(strstr(head, "\r\nContent-Length: 0\r\n"));
    assert_null(strstr(head, "Content-Type"));
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

/* -- the token --------------------------------------------------------------------------------- */

static void test_token_stays_home(void **state)
{
    (void)state;
    struct tiny *home = tiny_start(answer_ok, NULL);
    struct tiny *other = tiny_start(answer_ok, NULL);
    char origin[64];
    struct http_options options = options_for(home, origin);
    options.concurrency = 1; /* the same handle for all */
    struct http *http = open_with(&options);
    for (int i = 0; i < 3; i++) {
        struct http_response response = ask(http, HTTP_GET, home, "/x");
        http_response_release(&response);
        response = ask(http, HTTP_POST, other, "/x");
        http_response_release(&response);
        response = ask(http, HTTP_GET, other, "/x");
        http_response_release(&response);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_true(home->arrivals[i].with_token);
    for (unsigned i = 0; i < 6; i++)
        assert_false(other->arrivals[i].with_token);
    http_close(http);
    tiny_stop(home);
    tiny_stop(other);
}

static void test_redirect_is_not_followed(void **state)
{
    (void)state;
    struct tiny *other = tiny_start(answer_ok, NULL);
    char headers[160], url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/there", other->port);
    snprintf(headers, sizeof headers, "Location: %s\r\n", url);
    struct first first = {.status = 302, .headers = headers};
    struct tiny *server = tiny_start(answer_with_headers, &first);
    struct http *http = open_default(server);
    struct http_response response = ask(http, HTTP_GET, server, "/v1/x");
    assert_int_equal(response.status, 302);
    assert_string_equal(response.location, url);
    http_response_release(&response);
    assert_int_equal(tiny_count(other), 0);
    first = (struct first){.status = 201, .headers = "Location: ../v2/y?z=1\r\n"};
    snprintf(url, sizeof url, "http://127.0.0.1:%u/v2/y?z=1", server->port);
    response = ask(http, HTTP_POST, server, "/v1/x");
    assert_string_equal(response.location, url);
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
    tiny_stop(other);
}

static void test_loopback_needs_no_proxy(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(answer_ok, NULL);
    setenv("http_proxy", "http://user:hidden@127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://user:hidden@127.0.0.1:1", 1);
    struct http *http = open_default(server);
    struct http_response response = ask(http, HTTP_GET, server, "/x");
    assert_int_equal(response.status, 200);
    http_response_release(&response);
    char origin[64];
    struct http_options options = options_for(server, origin);
    options.allow_http = true;
    http_close(http);
    http = open_with(&options);
    struct err err;
    struct http_request request = {.url = "http://example.invalid/x"};
    assert_int_equal(http_submit(http, &request, &err), 0);
    response = next_done(http);
    assert_failed(&response, ERR_RETRY, "example.invalid:80: ");
    assert_null(strstr(response.failure.text, "hidden"));
    print_message("%s\n", response.failure.text);
    http_response_release(&response);
    http_close(http);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    tiny_stop(server);
}

static void test_urls_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "api.integrator.io/v1",
        "/v1/exports",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "http://example.com/x", /* plain, and not loopback */
        "http://127.0.0.1.example.com/x",
        "https://user:hidden@example.com/",
        "https://hidden@example.com/",
        "https://example.com:99999/",
        "https:///x",
        "https:/example.com/",
        "https:example.com/",
        "https://exa mple.com/",
        "https://[fe80::1%25eth0]/",
        "https://example.com/\r\nX: y",
    };
    struct http *http = open_default(NULL);
    struct err err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_request request = {.url = bad[i]};
        if (http_submit(http, &request, &err) == 0)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.cls, ERR_BAD);
        assert_null(strstr(err.text, "hidden"));
    }
    struct http_request none = {.url = NULL};
    assert_int_equal(http_submit(http, &none, &err), -1);
    assert_int_equal(http_pending(http), 0);
    http_close(http);
}

static void test_options_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        NULL, "", "api.integrator.io", "ftp://x", "http://example.com", "https://user:hidden@x"};
    struct http *http = NULL;
    struct err err;
    char origin[64];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_options options = options_for(NULL, origin);
        options.origin = bad[i];
        assert_int_equal(http_open(&http, &options, &err), -1);
        assert_int_equal(err.cls, ERR_USAGE);
        assert_null(strstr(err.text, "hidden"));
    }
    static const char *const good[] = {"http://localhost:8080", "http://[::1]", "http://127.9.9.9",
                                       "https://api.integrator.io/v1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct http_options options = options_for(NULL, origin);
        options.origin = good[i];
        assert_int_equal(http_open(&http, &options, &err), 0);
        http_close(http);
    }
    struct http_options options = options_for(NULL, origin);
    options.origin = "http://example.com";
    options.allow_http = true;
    assert_int_equal(http_open(&http, &options, &err), 0);
    http_close(http);
    options.concurrency = 257;
    assert_int_equal(http_open(&http, &options, &err), -1);
    http_close(NULL);
}

static void test_same_origin(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"https://api.integrator.io", "https://api.integrator.io/v1/exports?offset=2", true},
        {"https://api.integrator.io", "https://API.Integrator.IO:443/v1", true},
        {"https://api.integrator.io:443", "https://api.integrator.io/", true},
        {"http://localhost", "http://localhost:80/x", true},
        {"https://[::1]:8443", "https://[::1]:8443/x", true},
        {"https://[::1]", "https://[0:0:0:0:0:0:0:1]/x", true},
        {"https://[2001:DB8::1]", "https://[2001:db8::1]/x", true},
        {"https://api.integrator.io", "http://api.integrator.io/", false},
        {"https://api.integrator.io", "https://api.integrator.io:8443/", false},
        {"https://api.integrator.io", "https://api.eu.integrator.io/", false},
        {"https://api.integrator.io", "https://api.integrator.io.evil.com/", false},
        {"https://api.integrator.io", "https://evil.com/?https://api.integrator.io", false},
        {"https://api.integrator.io", "https://api.integrator.io@evil.com/", false},
        {"https://api.integrator.io", "https://evil.com\\@api.integrator.io/", false},
        {"https://api.integrator.io", "https://evil.com#@api.integrator.io/", false},
        {"https://api.integrator.io", "//api.integrator.io/", false},
        {"https://api.integrator.io", "/v1/exports", false},
        {"https://api.integrator.io", "", false},
        {"http://127.0.0.1", "http://127.0.0.2", false},
        {"", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (http_same_origin(rows[i].a, rows[i].b) != rows[i].same)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
}

/* -- links ------------------------------------------------------------------------------------- */

static void test_link_find(void **state)
{
    (void)state;
    static const struct {
        const char *value, *next; /* NULL: none */
    } rows[] = {
        {"<https://x/?p=2>; rel=\"next\"", "https://x/?p=2"},
        {"<https://x/?p=2>;rel=next", "https://x/?p=2"},
        {"<a>; rel=\"prev\", <b>; rel=\"next\"", "b"},
        {"<a>; rel=\"prev\" , <b>;rel=\"next\" , <c>; rel=\"last\"", "b"},
        {"<a>; title=\"one, <two>; rel=next\"; rel=\"prev\", <b>; rel=next", "b"},
        {"<a>; title=\"a \\\" quote, \"; rel=\"next\"", "a"},
        {"<a>; rel=\"prev next\"", "a"},
        {"<a>; rel=\"NEXT\"", "a"},
        {"<a>; REL=Next", "a"},
        {"<a> ; rel = \"next\"", "a"},
        {"<a>;rel=\"ne\\xt\"", "a"}, /* a quoted-pair is the character itself */
        {"<a,b;c>; rel=next", "a,b;c"},
        {"<>; rel=next", ""},
        {",, <a>; rel=next", "a"},
        {"<a>; rel=next; rel=prev", "a"},
        {"<a>; rel=prev; rel=next", NULL},
        {"<a>; rel=nextpage", NULL},
        {"<a>; rel=\"not-next\"", NULL},
        {"<a>; rel=nex", NULL},
        {"<a>; rev=next", NULL},
        {"<a>; title=next", NULL},
        {"<a>", NULL},
        {"<a>; rel", NULL},
        {"<a>; rel=", NULL},
        {"<a; rel=next", NULL},
        {"a; rel=next", NULL},
        {"a, <b>; rel=next", "b"},
        {"<a>; rel=\"next", "a"},
        {"<a>; rel=next; anchor=\"#other\"", NULL},
        {"<a>; rel=next; anchor=\"#other\", <b>; rel=next", "b"},
        {"", NULL},
        {"<", NULL},
        {";", NULL},
        {"<a>;\"", NULL},
        {"<a>; rel=\"\\", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str reference = {0};
        bool found = http_link_find(str_of(rows[i].value), "next", &reference);
        if (found != (rows[i].next != NULL) || (found && !str_is(reference, rows[i].next)))
            fail_msg("%s", rows[i].value);
    }
    struct str reference;
    assert_false(
        http_link_find((struct str){.p = "<a>; rel=\"next\0\"", .n = 16}, "next", &reference));
}

static void test_links_of_an_answer(void **state)
{
    (void)state;
    static const struct {
        const char *headers, *next;
        bool seen;
    } rows[] = {
        {"", NULL, false},
        {"Link: <?offset=2>; rel=\"next\"\r\n", "/v1/exports?offset=2", true},
        {"link: </v1/a>; rel=\"prev\"\r\nLINK: </v1/b>; rel=\"next\"\r\n", "/v1/b", true},
        {"Link: </v1/a>; rel=\"prev\"\r\n", NULL, true},
        {"Link: </v1/a b>; rel=\"next\"\r\n", "/v1/a%20b", true},
    };
    struct first first = {.status = 200};
    struct tiny *server = tiny_start(answer_with_headers, &first);
    struct http *http = open_default(server);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char url[128];
        first.headers = rows[i].headers;
        struct http_response response = ask(http, HTTP_GET, server, "/v1/exports?limit=1");
        assert_int_equal(response.link_seen, rows[i].seen);
        if (rows[i].next) {
            snprintf(url, sizeof url, "http://127.0.0.1:%u%s", server->port, rows[i].next);
            assert_string_equal(response.link_next, url);
        } else {
            assert_null(response.link_next);
        }
        http_response_release(&response);
    }
    first.headers = "Link: <https://api.eu:99999/>; rel=next\r\n";
    struct http_response response = ask(http, HTTP_GET, server, "/x");
    assert_string_equal(response.link_next, "https://api.eu:99999/"); /* not the last page */
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

/* -- stop and wake ----------------------------------------------------------------------------- */

static void test_stop_during_a_transfer(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(send_text_and_stall, (void *)(uintptr_t) "");
    char origin[64];
    struct http_options options = options_for(server, origin);
    AUTO(closep) int stop = timer_in(100);
    options.stop_fd = stop;
    struct http *http = open_with(&options);
    struct http_response response;
    struct err err;
    submit(http, HTTP_GET, 1, server->port, "/x");
    int64_t start = clock_monotonic_ms();
    for (int i = 0; i < 2; i++) { /* it is not read, so it stays */
        assert_int_equal(http_next(http, &response, &err), -1);
        assert_int_equal(err.cls, ERR_STOP);
    }
    assert_true(clock_monotonic_ms() - start < 100 + 400);
    http_close(http);
    tiny_stop(server);
}

static int64_t cpu_ms(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void test_stop_during_a_pause(void **state)
{
    (void)state;
    struct first first = {.status = 503, .headers = "Retry-After: 100\r\n"};
    struct tiny *server = tiny_start(answer_with_headers, &first);
    char origin[64];
    struct http_options options = options_for(server, origin);
    AUTO(closep) int stop = timer_in(500);
    options.stop_fd = stop;
    options.concurrency = 1;
    struct http *http = open_with(&options);
    struct http_response response;
    struct err err;
    for (unsigned i = 0; i < 10; i++)
        submit(http, HTTP_GET, i, server->port, "/x");
    int64_t start = clock_monotonic_ms(), start_cpu = cpu_ms();
    assert_int_equal(http_next(http, &response, &err), -1);
    assert_int_equal(err.cls, ERR_STOP);
    assert_true(clock_monotonic_ms() - start < 500 + 400);
    assert_true(cpu_ms() - start_cpu < 100); /* it slept */
    assert_int_equal(tiny_count(server), 1);
    http_close(http);
    tiny_stop(server);
}

static void test_stop_hands_out_what_is_finished(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(answer_slowly, NULL);
    char origin[64];
    struct http_options options = options_for(server, origin);
    AUTO(closep) int stop = eventfd(0, EFD_CLOEXEC);
    options.stop_fd = stop;
    struct http *http = open_with(&options);
    struct http_response response = {0};
    struct err err;
    int got;
    unsigned done = 0;
    for (unsigned i = 0; i < 12; i++)
        submit(http, HTTP_GET, i, server->port, "/x");
    while ((got = http_next(http, &response, &err)) == HTTP_DONE) {
        done++;
        http_response_release(&response);
        assert_int_equal(eventfd_write(stop, 1), 0);
    }
    assert_int_equal(got, -1);
    assert_int_equal(err.cls, ERR_STOP);
    assert_true(done >= 1 && done <= 8);
    http_close(http);
    tiny_stop(server);
}

static void test_wake(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(answer_slowly, NULL);
    char origin[64];
    struct http_options options = options_for(server, origin);
    AUTO(closep) int wake = eventfd(1, EFD_CLOEXEC);
    options.wake_fd = wake;
    struct http *http = open_with(&options);
    struct http_response response = {0};
    struct err err;
    eventfd_t value;
    assert_int_equal(http_next(http, &response, &err), HTTP_IDLE); /* nothing to wait for */
    submit(http, HTTP_GET, 1, server->port, "/x");
    assert_int_equal(http_next(http, &response, &err), HTTP_WOKEN);
    assert_int_equal(http_poll(http, &response, &err), HTTP_WOKEN);
    assert_int_equal(eventfd_read(wake, &value), 0); /* it was not read */
    assert_int_equal(http_next(http, &response, &err), HTTP_DONE);
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

static void test_close_in_the_middle(void **state)
{
    (void)state;
    struct first first = {.status = 503, .headers = ""};
    struct tiny *server = tiny_start(answer_with_headers, &first);
    char origin[64];
    struct http_options options = options_for(server, origin);
    options.backoff_ms = 30000;
    struct http *http = open_with(&options);
    struct http_response response = {0};
    struct err err;
    for (unsigned i = 0; i < 50; i++)
        submit(http, HTTP_PUT, i, server->port, "/x");
    while (tiny_count(server) < 20)
        assert_int_equal(http_poll(http, &response, &err), HTTP_IDLE);
    http_close(http);
    tiny_stop(server);
}

/* -- TLS --------------------------------------------------------------------------------------- */

static void test_tls_to_a_plain_port(void **state)
{
    (void)state;
    struct tiny *server = tiny_start(answer_ok, NULL);
    struct http *http = open_default(server);
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%u/x", server->port);
    struct http_request request = {.url = url};
    struct err err;
    assert_int_equal(http_submit(http, &request, &err), 0);
    struct http_response response = next_done(http);
    print_message("%s\n", response.failure.text);
    assert_failed(&response, ERR_RETRY, ": TLS: ");
    assert_false(response.sent);
    assert_int_equal(tiny_connections(server), 3);
    http_response_release(&response);
    http_close(http);
    tiny_stop(server);
}

/* `openssl s_server` with a certificate of its own for 127.0.0.1. */
struct tls {
    char directory[64], certificate[96], key[96];
    uint16_t port;
    pid_t pid;
};

static pid_t spawn(const char *const *arguments)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(126);
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static bool can_connect(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    AUTO(closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool tls_start(struct tls *tls)
{
    snprintf(tls->directory, sizeof tls->directory, "/tmp/test_http.XXXXXX");
    assert_non_null(mkdtemp(tls->directory));
    snprintf(tls->certificate, sizeof tls->certificate, "%s/cert.pem", tls->directory);
    snprintf(tls->key, sizeof tls->key, "%s/key.pem", tls->directory);
    const char *const make[] = {"openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:prime256v1",
                                "-nodes",
                                "-subj",
                                "/CN=test",
                                "-addext",
                                "subjectAltName=IP:127.0.0.1",
                                "-days",
                                "2",
                                "-keyout",
                                tls->key,
                                "-out",
                                tls->certificate,
                                NULL};
    int status = -1;
    waitpid(spawn(make), &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return false;
    close(tiny_listen(&tls->port));
    char accept[32];
    snprintf(accept, sizeof accept, "127.0.0.1:%u", tls->port);
    const char *const serve[] = {"openssl", "s_server",       "-accept", accept,
                                 "-cert",   tls->certificate, "-key",    tls->key,
                                 "-www",    "-quiet",         NULL};
    tls->pid = spawn(serve);
    for (int i = 0; i < 500 && !can_connect(tls->port); i++)
        usleep(10 * 1000);
    return true;
}

static void tls_stop(struct tls *tls)
{
    if (tls->pid > 0) {
        kill(tls->pid, SIGKILL);
        waitpid(tls->pid, NULL, 0);
    }
    unlink(tls->certificate);
    unlink(tls->key);
    rmdir(tls->directory);
}

static struct http_response ask_tls(const struct tls *tls, const char *host, const char *ca_file)
{
    char origin[64], url[64];
    struct http_options options = options_for(NULL, origin);
    options.ca_file = ca_file;
    options.timeout_ms = 10000;
    struct http *http = open_with(&options);
    snprintf(url, sizeof url, "https://%s:%u/", host, tls->port);
    struct http_request request = {.url = url};
    struct err err;
    assert_int_equal(http_submit(http, &request, &err), 0);
    struct http_response response = next_done(http);
    struct http_stats stats;
    http_stats(http, &stats);
    assert_int_equal(stats.requests, 1); /* neither success nor a bad certificate is tried again */
    http_close(http);
    return response;
}

static void test_certificates(void **state)
{
    (void)state;
    struct tls tls = {0};
    if (!tls_start(&tls)) {
        tls_stop(&tls);
        skip();
    }
    struct http_response response = ask_tls(&tls, "127.0.0.1", NULL);
    print_message("%s\n", response.failure.text);
    assert_failed(&response, ERR_IO, ": TLS: self");
    assert_false(response.sent);
    http_response_release(&response);

    response = ask_tls(&tls, "127.0.0.1", tls.certificate);
    assert_int_equal(response.status, 200);
    assert_true(response.body.n > 0);
    http_response_release(&response);

    response = ask_tls(&tls, "localhost", tls.certificate);
    print_message("%s\n", response.failure.text);
    assert_failed(&response, ERR_IO, "localhost:");
    http_response_release(&response);
    tls_stop(&tls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parallel_up_to_the_limit),
        cmocka_unit_test(test_order_of_submission),
        cmocka_unit_test(test_thousands_in_line),
        cmocka_unit_test(test_poll_does_not_wait),
        cmocka_unit_test(test_tries_by_status_and_method),
        cmocka_unit_test(test_retry_succeeds),
        cmocka_unit_test(test_retry_after_seconds),
        cmocka_unit_test(test_retry_after_date),
        cmocka_unit_test(test_retry_after_is_bounded),
        cmocka_unit_test(test_retry_after_in_the_past),
        cmocka_unit_test(test_backoff_bounds),
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_line_order),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_connection_faults),
        cmocka_unit_test(test_post_is_sent_once_whatever_dies),
        cmocka_unit_test(test_stall),
        cmocka_unit_test(test_endless_trickle),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unknown_host),
        cmocka_unit_test(test_body_limit),
        cmocka_unit_test(test_compressed_body),
        cmocka_unit_test(test_no_content),
        cmocka_unit_test(test_request_headers),
        cmocka_unit_test(test_large_and_empty_bodies),
        cmocka_unit_test(test_token_stays_home),
        cmocka_unit_test(test_redirect_is_not_followed),
        cmocka_unit_test(test_loopback_needs_no_proxy),
        cmocka_unit_test(test_urls_refused),
        cmocka_unit_test(test_options_refused),
        cmocka_unit_test(test_same_origin),
        cmocka_unit_test(test_link_find),
        cmocka_unit_test(test_links_of_an_answer),
        cmocka_unit_test(test_stop_during_a_transfer),
        cmocka_unit_test(test_stop_during_a_pause),
        cmocka_unit_test(test_stop_hands_out_what_is_finished),
        cmocka_unit_test(test_wake),
        cmocka_unit_test(test_close_in_the_middle),
        cmocka_unit_test(test_tls_to_a_plain_port),
        cmocka_unit_test(test_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
