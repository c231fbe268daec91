#include "port/http.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/pulse.h"
#include "http_internal.h"

enum {
    CONCURRENCY_MAX = 256,
    TIMEOUT_MAX_MS = 3600 * 1000,
    LOOK_AROUND_MS = 60 * 1000, /* the longest uninterrupted wait */
};

struct http {
    struct http_settings settings;
    char *origin;
    bool allow_http;
    unsigned concurrency, attempts, backoff_ms;
    int stop_fd, wake_fd;
    uint64_t random;

    CURLM *multi;
    struct http_line line; /* what waits to begin */
    struct http_pace pace;

    /* Twice as many as may run, so that others run while finished ones wait to be fetched. */
    struct http_transfer *transfers;
    struct http_transfer *free;
    struct http_transfer *finished, *finished_last; /* first finished, first out */
    unsigned running;
    size_t finished_n;

    struct http_stats stats;
};

/* -- life ------------------------------------------------------------------------------------- */

static int check_options(const struct http_options *options, struct err *err)
{
    struct http_place place;
    const char *reason = "none";
    if (!options->origin || http_place_of(options->origin, &place, &reason) < 0)
        return err_set(err, ERR_USAGE, "API URL: %s", reason);
    if (!place.tls && !place.loopback && !options->allow_http)
        return err_set(err, ERR_USAGE, "API URL: plain http to %s would show the token to others",
                       place.authority);
    if (options->concurrency < 1 || options->concurrency > CONCURRENCY_MAX)
        return err_set(err, ERR_USAGE, "concurrency is %u, not 1 to %d", options->concurrency,
                       CONCURRENCY_MAX);
    if (options->rate < 1)
        return err_set(err, ERR_USAGE, "rate is 0 requests per second");
    if (options->attempts < 1)
        return err_set(err, ERR_USAGE, "a request needs at least 1 attempt");
    if (options->timeout_ms < 1 || options->timeout_ms > TIMEOUT_MAX_MS)
        return err_set(err, ERR_USAGE, "timeout is %u ms, not 1 to %d", options->timeout_ms,
                       TIMEOUT_MAX_MS);
    return 0;
}

static CURLM *new_multi(unsigned concurrency)
{
    CURLM *multi = curl_multi_init();
    if (!multi)
        abort();
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)concurrency);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)concurrency);
    return multi;
}

static void new_transfers(struct http *http)
{
    unsigned n = 2 * http->concurrency;
    http->transfers = calloc(n, sizeof *http->transfers);
    if (!http->transfers)
        abort();
    for (unsigned i = 0; i < n; i++) {
        http->transfers[i].next = http->free;
        http->free = &http->transfers[i];
    }
}

static uint64_t random_seed(uint64_t seed)
{
    if (!seed && getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = (uint64_t)clock_monotonic_ms();
    return seed;
}

/* Some may begin at once; those and what is refilled in a second are no more than the rate. */
static void open_pace(struct http *http, unsigned rate)
{
    unsigned burst = rate / 10 < http->concurrency ? rate / 10 : http->concurrency;
    if (burst == 0)
        burst = 1;
    http_pace_init(&http->pace, rate > burst ? rate - burst : rate, burst, clock_monotonic_ms());
}

int http_open(struct http **ret_http, const struct http_options *options, struct err *err)
{
    if (check_options(options, err) < 0)
        return -1;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, ERR_IO, "libcurl does not start");
    struct http *http = calloc(1, sizeof *http);
    if (!http || !(http->origin = strdup(options->origin)))
        abort();
    http_settings_init(&http->settings, options);
    http->allow_http = options->allow_http;
    http->concurrency = options->concurrency;
    http->attempts = options->attempts;
    http->backoff_ms = options->backoff_ms;
    http->stop_fd = options->stop_fd;
    http->wake_fd = options->wake_fd;
    http->random = random_seed(options->seed);
    http->multi = new_multi(http->concurrency);
    open_pace(http, options->rate);
    new_transfers(http);
    *ret_http = http;
    return 0;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    for (unsigned i = 0; i < 2 * http->concurrency; i++) {
        struct http_transfer *transfer = &http->transfers[i];
        if (transfer->job)
            curl_multi_remove_handle(http->multi, transfer->easy);
        http_transfer_release(transfer);
    }
    curl_multi_cleanup(http->multi);
    http_line_release(&http->line);
    http_settings_release(&http->settings);
    free(http->transfers);
    free(http->origin);
    free(http);
    curl_global_cleanup();
}

/* -- in ---------------------------------------------------------------------------------------- */

int http_submit(struct http *http, const struct http_request *request, struct err *err)
{
    struct http_place place;
    const char *reason = "none";
    if (!request->url || http_place_of(request->url, &place, &reason) < 0)
        return err_set(err, ERR_BAD, "unusable URL: %s", reason);
    if (!place.tls && !place.loopback && !http->allow_http)
        return err_set(err, ERR_BAD, "unusable URL: plain http to %s", place.authority);
    struct http_job *job = http_job_new(request);
    job->with_token = !request->anonymous && http_same_origin(http->origin, request->url);
    job->bypass_proxy = place.loopback;
    if (request->first)
        http_line_prepend(&http->line, job);
    else
        http_line_append(&http->line, job);
    return 0;
}

/* -- one try ----------------------------------------------------------------------------------- */

static bool has_room(const struct http *http)
{
    return http->free && http->running < http->concurrency;
}

static int begin(struct http *http, struct http_job *job, struct err *err)
{
    struct http_transfer *transfer = http->free;
    transfer->job = job;
    job->tries++;
    http_transfer_reset(transfer, http->settings.max_body);
    http_transfer_prepare(transfer, &http->settings);
    CURLMcode code = curl_multi_add_handle(http->multi, transfer->easy);
    if (code != CURLM_OK) {
        transfer->job = NULL;
        free(job);
        return err_set(err, ERR_IO, "libcurl: %s", curl_multi_strerror(code));
    }
    http->free = transfer->next;
    http->running++;
    http->stats.requests++;
    http->stats.retries += job->tries > 1;
    return 0;
}

static int begin_what_may(struct http *http, struct err *err)
{
    int64_t now = clock_monotonic_ms();
    while (has_room(http) && http_line_first(&http->line, now) && http_pace_take(&http->pace, now))
        if (begin(http, http_line_take(&http->line, now), err) < 0)
            return -1;
    return 0;
}

/* A request whose turn it is, and that only the pace holds back. */
static void count_wait(struct http *http)
{
    int64_t now = clock_monotonic_ms();
    struct http_job *job = has_room(http) ? http_line_first(&http->line, now) : NULL;
    if (!job || job->waited || http_pace_ready_at(&http->pace, now) <= now)
        return;
    job->waited = true;
    http->stats.rate_waits++;
}

static void count_answer(struct http *http, const struct http_transfer *transfer)
{
    curl_off_t bytes = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
    http->stats.bytes += (uint64_t)bytes;
    unsigned status = (unsigned)transfer->response.status;
    http->stats.by_status[status < HTTP_STATUSES ? status : 0]++;
}

/* A request may be repeated when that changes nothing, or when it was not sent at all. */
static bool may_try_again(const struct http *http, const struct http_transfer *transfer)
{
    return transfer->transient && transfer->job->tries < http->attempts &&
           (http_is_idempotent(transfer->job->method) || !transfer->job->sent);
}

static void pause_job(struct http *http, struct http_transfer *transfer, int64_t now)
{
    struct http_job *job = transfer->job;
    int64_t pause = http_backoff_ms(http->backoff_ms, job->tries, http_random(&http->random));
    int64_t asked = transfer->retry_after_s * 1000;
    job->due = now + (asked > pause ? asked : pause);
    job->waited = false;
    http_line_pause(&http->line, job);
    transfer->next = http->free;
    http->free = transfer;
}

static void hand_out(struct http *http, struct http_transfer *transfer)
{
    free(transfer->job);
    transfer->next = NULL;
    if (http->finished_last)
        http->finished_last->next = transfer;
    else
        http->finished = transfer;
    http->finished_last = transfer;
    http->finished_n++;
}

static void end(struct http *http, struct http_transfer *transfer, CURLcode code, bool stalled)
{
    int64_t now = clock_monotonic_ms();
    pulse();
    curl_multi_remove_handle(http->multi, transfer->easy);
    http->running--;
    http_transfer_conclude(transfer, &http->settings, code, stalled);
    count_answer(http, transfer);
    int status = transfer->response.status;
    if ((status == 429 || status == 503) && transfer->retry_after_s <= HTTP_RETRY_AFTER_MAX_S)
        http_pace_hold(&http->pace, now + transfer->retry_after_s * 1000);
    if (may_try_again(http, transfer))
        pause_job(http, transfer, now);
    else
        hand_out(http, transfer);
    transfer->job = NULL;
}

/* -- the loop ---------------------------------------------------------------------------------- */

static int move(struct http *http, struct err *err)
{
    int running, left;
    CURLMcode code = curl_multi_perform(http->multi, &running);
    if (code != CURLM_OK)
        return err_set(err, ERR_IO, "libcurl: %s", curl_multi_strerror(code));
    for (CURLMsg *message; (message = curl_multi_info_read(http->multi, &left));) {
        CURLcode result = message->data.result;
        struct http_transfer *transfer = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        end(http, transfer, result, false); /* message is gone after this */
    }
    return 0;
}

static int64_t stalls_at(const struct http *http, const struct http_transfer *transfer)
{
    return transfer->job && transfer->moved_at ? transfer->moved_at + http->settings.timeout_ms
                                               : INT64_MAX;
}

static void end_stalled(struct http *http)
{
    int64_t now = clock_monotonic_ms();
    for (unsigned i = 0; i < 2 * http->concurrency; i++)
        if (stalls_at(http, &http->transfers[i]) <= now)
            end(http, &http->transfers[i], CURLE_OPERATION_TIMEDOUT, true);
}

/* Twice: what the first round finished makes room for what the second one begins, so that it is on
 * its way while the caller works. */
static int work(struct http *http, struct err *err)
{
    for (int round = 0; round < 2; round++)
        if (begin_what_may(http, err) < 0 || move(http, err) < 0)
            return -1;
    end_stalled(http);
    count_wait(http);
    return 0;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Sleeps until curl, a descriptor or the clock has something to do. */
static int wait_for_something(struct http *http, struct err *err)
{
    int64_t now = clock_monotonic_ms();
    int64_t until = now + LOOK_AROUND_MS;
    int64_t ready = http_line_ready_at(&http->line);
    if (has_room(http) && ready < until)
        until = earlier(until, http_pace_ready_at(&http->pace, ready > now ? ready : now));
    for (unsigned i = 0; i < 2 * http->concurrency; i++)
        until = earlier(until, stalls_at(http, &http->transfers[i]));

    struct curl_waitfd extra[2];
    unsigned n = 0;
    if (http->stop_fd >= 0)
        extra[n++] = (struct curl_waitfd){.fd = http->stop_fd, .events = CURL_WAIT_POLLIN};
    if (http->wake_fd >= 0)
        extra[n++] = (struct curl_waitfd){.fd = http->wake_fd, .events = CURL_WAIT_POLLIN};
    int timeout_ms = until > now ? (int)(until - now) : 0;
    CURLMcode code = curl_multi_poll(http->multi, extra, n, timeout_ms, NULL);
    if (code != CURLM_OK)
        return err_set(err, ERR_IO, "libcurl: %s", curl_multi_strerror(code));
    return 0;
}

/* Asked of the kernel, since curl does not report a descriptor whose other end hung up. */
static bool is_readable(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return fd >= 0 && poll(&entry, 1, 0) > 0;
}

static int fetch(struct http *http, struct http_response *ret_response)
{
    struct http_transfer *transfer = http->finished;
    http->finished = transfer->next;
    if (!http->finished)
        http->finished_last = NULL;
    http->finished_n--;
    *ret_response = transfer->response;
    transfer->response = (struct http_response){0};
    transfer->next = http->free;
    http->free = transfer;
    return HTTP_DONE;
}

static int next(struct http *http, bool wait, struct http_response *ret_response, struct err *err)
{
    for (;;) {
        if (is_readable(http->stop_fd))
            return http->finished ? fetch(http, ret_response)
                                  : err_set(err, ERR_STOP, "asked to stop");
        if (work(http, err) < 0)
            return -1;
        if (http_pending(http) == 0)
            return HTTP_IDLE;
        if (is_readable(http->wake_fd))
            return HTTP_WOKEN;
        if (http->finished)
            return fetch(http, ret_response);
        if (!wait)
            return HTTP_IDLE;
        if (wait_for_something(http, err) < 0)
            return -1;
    }
}

int http_next(struct http *http, struct http_response *ret_response, struct err *err)
{
    return next(http, true, ret_response, err);
}

int http_poll(struct http *http, struct http_response *ret_response, struct err *err)
{
    return next(http, false, ret_response, err);
}

/* -- out --------------------------------------------------------------------------------------- */

size_t http_pending(const struct http *http)
{
    return http->line.n + http->running + http->finished_n;
}

void http_response_release(struct http_response *response)
{
    buf_release(&response->body);
    free(response->url);
    free(response->link_next);
    free(response->location);
    free(response->content_type);
    *response = (struct http_response){0};
}

void http_stats(const struct http *http, struct http_stats *ret_stats)
{
    *ret_stats = http->stats;
}
