#include "http_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"

static char *copy_of(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        abort();
    return copy;
}

static struct curl_slist *header_list(const char *const *headers)
{
    struct curl_slist *list = NULL;
    for (; *headers; headers++) {
        list = curl_slist_append(list, *headers);
        if (!list)
            abort();
    }
    return list;
}

void http_settings_init(struct http_settings *settings, const struct http_options *options)
{
    /* A header without a value keeps curl from sending its own: it would call an empty POST a form,
     * and ask before sending a body of over 1 MB. */
    static const char *const bare[] = {"Accept: application/json", "Content-Type:", NULL};
    static const char *const json[] = {"Accept: application/json", "Content-Type: application/json",
                                       "Expect:", NULL};
    *settings = (struct http_settings){
        .user_agent = copy_of(options->user_agent),
        .token = copy_of(options->token),
        .ca_file = copy_of(options->ca_file),
        .timeout_ms = options->timeout_ms,
        .max_body = options->max_body,
        .bare_headers = header_list(bare),
        .json_headers = header_list(json),
    };
}

void http_settings_release(struct http_settings *settings)
{
    if (settings->token)
        explicit_bzero(settings->token, strlen(settings->token));
    free(settings->token);
    free(settings->user_agent);
    free(settings->ca_file);
    curl_slist_free_all(settings->bare_headers);
    curl_slist_free_all(settings->json_headers);
    *settings = (struct http_settings){0};
}

/* -- what curl calls -------------------------------------------------------------------------- */

static size_t take_body(char *bytes, size_t size, size_t n, void *user)
{
    struct http_transfer *transfer = user;
    transfer->moved_at = clock_monotonic_ms();
    buf_bytes(&transfer->response.body, bytes, size * n);
    return buf_overflowed(&transfer->response.body) ? CURL_WRITEFUNC_ERROR : size * n;
}

static size_t take_header(char *bytes, size_t size, size_t n, void *user)
{
    struct http_transfer *transfer = user;
    (void)bytes; /* read by curl_easy_header when all is there */
    transfer->moved_at = clock_monotonic_ms();
    return size * n;
}

/* The connection stands and the request is about to be sent on it. */
static int note_sending(void *user, char *peer, char *local, int peer_port, int local_port)
{
    struct http_transfer *transfer = user;
    (void)peer, (void)local, (void)peer_port, (void)local_port;
    transfer->job->sent = true;
    transfer->moved_at = clock_monotonic_ms();
    return CURL_PREREQFUNC_OK;
}

/* Only for uploads: a body of ours that trickles out is moving, too. */
static int note_progress(void *user, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                         curl_off_t up)
{
    struct http_transfer *transfer = user;
    (void)down_all, (void)down, (void)up_all;
    if (up != transfer->uploaded) {
        transfer->uploaded = up;
        transfer->moved_at = clock_monotonic_ms();
    }
    return 0;
}

/* -- before ----------------------------------------------------------------------------------- */

/* Options and values here are fixed and known to libcurl 7.88: nothing but memory can lack. */
static void must(CURLcode code)
{
    if (code != CURLE_OK)
        abort();
}

static void prepare_callbacks(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    must(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body));
    must(curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer));
    must(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header));
    must(curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer));
    must(curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, note_sending));
    must(curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer));
    must(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error));
    must(curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer));
    if (transfer->job->body.n) {
        must(curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, note_progress));
        must(curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer));
        must(curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L));
    }
}

static void prepare_connection(CURL *easy, const struct http_settings *settings)
{
    long connect_ms =
        settings->timeout_ms < HTTP_CONNECT_MAX_MS ? settings->timeout_ms : HTTP_CONNECT_MAX_MS;
    must(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms));
    must(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                          HTTP_WHOLE_TIMEOUTS * (long)settings->timeout_ms));
    must(curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L));
    must(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    /* A hanging resolver thread must not hold up a stop: it is left behind, not joined. */
    must(curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L));
    /* A wish: 7.88 refuses it as long as the buffer of a transfer that failed early is there. */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 64L * 1024);
}

static void prepare_security(CURL *easy, const struct http_settings *settings,
                             const struct http_job *job)
{
    must(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
    must(curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    must(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L));
    must(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L));
    must(curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
    if (settings->ca_file) {
        must(curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file));
        must(curl_easy_setopt(easy, CURLOPT_CAPATH, NULL)); /* these and no others */
    }
    must(curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
    must(curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L));
    if (job->bypass_proxy)
        must(curl_easy_setopt(easy, CURLOPT_PROXY, ""));
    if (job->with_token && settings->token) {
        must(curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER));
        must(curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, settings->token));
    }
}

/* curl sends a request again when a kept-alive connection dies before the first byte of an answer,
 * although the server may have acted on it. What must not be done twice gets a connection that was
 * not used before and that nobody shares.
 *
 * No CURLOPT_PIPEWAIT: it saves handshakes at the start, but behind a connection that hangs all
 * requests would wait, one connect timeout after the other. */
static void prepare_version(CURL *easy, enum http_method method)
{
    if (http_is_idempotent(method)) {
        must(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS));
        return;
    }
    must(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    must(curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L));
    must(curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L));
}

/* The request's own headers behind those of its sort, in a list of the transfer's. */
static struct curl_slist *own_headers(struct http_transfer *transfer,
                                      const struct curl_slist *common)
{
    for (; common; common = common->next)
        if (!(transfer->headers = curl_slist_append(transfer->headers, common->data)))
            abort();
    for (const char *h = transfer->job->headers; *h; h += strlen(h) + 1)
        if (!(transfer->headers = curl_slist_append(transfer->headers, h)))
            abort();
    return transfer->headers;
}

static void prepare_request(struct http_transfer *transfer, const struct http_settings *settings)
{
    CURL *easy = transfer->easy;
    const struct http_job *job = transfer->job;
    static const char *const names[] = {[HTTP_GET] = "GET",
                                        [HTTP_POST] = "POST",
                                        [HTTP_PUT] = "PUT",
                                        [HTTP_DELETE] = "DELETE",
                                        [HTTP_PATCH] = "PATCH"};
    bool has_body = job->body.n > 0;
    must(curl_easy_setopt(easy, CURLOPT_URL, job->url));
    if (has_body || job->method == HTTP_POST || job->method == HTTP_PUT ||
        job->method == HTTP_PATCH) {
        must(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job->body.p));
        must(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->body.n));
    }
    must(curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, names[job->method]));
    struct curl_slist *headers = has_body ? settings->json_headers : settings->bare_headers;
    must(curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
                          *job->headers ? own_headers(transfer, headers) : headers));
    must(curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""));
    if (settings->user_agent)
        must(curl_easy_setopt(easy, CURLOPT_USERAGENT, settings->user_agent));
}

void http_transfer_prepare(struct http_transfer *transfer, const struct http_settings *settings)
{
    if (transfer->easy)
        curl_easy_reset(transfer->easy); /* so that nothing is left, the token least of all */
    else if (!(transfer->easy = curl_easy_init()))
        abort();
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
    transfer->moved_at = 0;
    transfer->uploaded = 0;
    transfer->error[0] = '\0';
    prepare_callbacks(transfer);
    prepare_connection(transfer->easy, settings);
    prepare_security(transfer->easy, settings, transfer->job);
    prepare_version(transfer->easy, transfer->job->method);
    prepare_request(transfer, settings);
}

/* -- after: why there is no answer ------------------------------------------------------------ */

/* Faults of the way to the server, which another try may not meet. */
static bool is_connection_fault(CURLcode code)
{
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* of the answer: URLs were checked */
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR: /* a reset in mid-handshake looks no different from a refusal */
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_NO_CONNECTION_AVAILABLE:
        return true;
    default:
        return false;
    }
}

static bool is_tls_failure(CURLcode code)
{
    switch ((int)code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return true;
    default:
        return false;
    }
}

/* "SSL certificate problem: certificate has expired" → "certificate has expired" */
static const char *without_prefix(const char *text)
{
    static const char *const prefixes[] = {"SSL certificate problem: ", "SSL: "};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0)
            return text + strlen(prefixes[i]);
    return text;
}

struct cause {
    char text[CURL_ERROR_SIZE + 32];
};

static void describe_refusal(CURL *easy, struct cause *cause)
{
    long number = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    snprintf(cause->text, sizeof cause->text, "%s",
             number ? strerror((int)number) : "cannot connect");
    cause->text[0] = (char)tolower((unsigned char)cause->text[0]);
}

static void describe_timeout(const struct http_transfer *transfer, unsigned timeout_ms,
                             bool stalled, struct cause *cause)
{
    unsigned connect_ms = timeout_ms < HTTP_CONNECT_MAX_MS ? timeout_ms : HTTP_CONNECT_MAX_MS;
    if (stalled)
        snprintf(cause->text, sizeof cause->text, "no data for %.9g s", timeout_ms / 1000.0);
    else if (!transfer->moved_at)
        snprintf(cause->text, sizeof cause->text, "no connection within %.9g s",
                 connect_ms / 1000.0);
    else
        snprintf(cause->text, sizeof cause->text, "not finished within %.9g s",
                 HTTP_WHOLE_TIMEOUTS * (timeout_ms / 1000.0));
}

/* Of curl's own texts only those are shown that cannot hold a URL or a proxy's password. */
static void describe(const struct http_transfer *transfer, const struct http_settings *settings,
                     CURLcode code, bool stalled, struct cause *cause)
{
    const char *text = curl_easy_strerror(code);
    switch ((int)code) {
    case CURLE_COULDNT_CONNECT:
        describe_refusal(transfer->easy, cause);
        return;
    case CURLE_OPERATION_TIMEDOUT:
        describe_timeout(transfer, settings->timeout_ms, stalled, cause);
        return;
    case CURLE_COULDNT_RESOLVE_HOST:
        text = "cannot resolve the host name";
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        text = "cannot resolve the proxy's name";
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        text = "the answer is not HTTP";
        break;
    case CURLE_GOT_NOTHING:
        text = "connection closed without an answer";
        break;
    case CURLE_PARTIAL_FILE:
        text = "connection closed within the body";
        break;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        text = transfer->error[0] ? transfer->error : text;
        break;
    default:
        if (is_tls_failure(code)) {
            snprintf(cause->text, sizeof cause->text, "TLS: %s",
                     transfer->error[0] ? without_prefix(transfer->error) : text);
            return;
        }
    }
    snprintf(cause->text, sizeof cause->text, "%s", text);
}

static void conclude_failure(struct http_transfer *transfer, const struct http_settings *settings,
                             CURLcode code, bool stalled)
{
    struct http_response *response = &transfer->response;
    struct http_place place = {0};
    const char *reason;
    http_place_of(transfer->job->url, &place, &reason);
    if (buf_overflowed(&response->body)) {
        err_set(&response->failure, ERR_BAD, "%s: body exceeds %.9g MB", place.authority,
                (double)settings->max_body / (1 << 20));
        return;
    }
    struct cause cause = {0};
    describe(transfer, settings, code, stalled, &cause);
    char tries[32] = "";
    if (transfer->job->tries > 1)
        snprintf(tries, sizeof tries, " (%u tries)", transfer->job->tries);
    transfer->transient = is_connection_fault(code);
    err_set(&response->failure, transfer->transient ? ERR_RETRY : ERR_IO, "%s: %s%s",
            place.authority, cause.text, tries);
}

/* -- after: the answer ------------------------------------------------------------------------ */

/* The value of the index-th header of this name in the last answer, NULL past the last one. */
static const char *header_value(CURL *easy, const char *name, size_t index)
{
    struct curl_header *header;
    if (curl_easy_header(easy, name, index, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return header->value;
}

/* A reference that is no URL is handed on as it is: to follow it fails, whereas to drop it would
 * look like the last page. */
static char *absolute_or_verbatim(const char *base, struct str reference)
{
    char *url = http_resolve(base, reference);
    if (!url && !(url = strndup(reference.p, reference.n)))
        abort();
    return url;
}

static void read_links(struct http_transfer *transfer)
{
    struct http_response *response = &transfer->response;
    const char *value;
    struct str reference;
    for (size_t i = 0; (value = header_value(transfer->easy, "Link", i)); i++) {
        response->link_seen = true;
        if (!response->link_next && http_link_find(str_of(value), "next", &reference))
            response->link_next = absolute_or_verbatim(transfer->job->url, reference);
    }
}

static void refuse_to_wait(struct http_transfer *transfer)
{
    struct http_response *response = &transfer->response;
    struct http_place place = {0};
    const char *reason;
    http_place_of(transfer->job->url, &place, &reason);
    transfer->transient = false;
    err_set_code(&response->failure, ERR_RETRY, response->status,
                 "%s: %s; the server asks to wait %lld s", place.authority,
                 response->status == 429 ? "rate limited" : "not available",
                 (long long)transfer->retry_after_s);
}

static void conclude_answer(struct http_transfer *transfer, long status)
{
    struct http_response *response = &transfer->response;
    curl_off_t retry_after = 0;
    response->status = (int)status;
    transfer->transient = http_is_transient_status(response->status);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
    transfer->retry_after_s = retry_after > 0 ? retry_after : 0; /* < 0: before 8.12, a past date */
    if (transfer->transient && transfer->retry_after_s > HTTP_RETRY_AFTER_MAX_S)
        refuse_to_wait(transfer);
    read_links(transfer);
    const char *location = header_value(transfer->easy, "Location", 0);
    if (location)
        response->location = absolute_or_verbatim(transfer->job->url, str_of(location));
    response->content_type = copy_of(header_value(transfer->easy, "Content-Type", 0));
}

void http_transfer_conclude(struct http_transfer *transfer, const struct http_settings *settings,
                            CURLcode code, bool stalled)
{
    long status = 0;
    transfer->response.tag = transfer->job->tag;
    transfer->response.url = copy_of(transfer->job->url);
    transfer->response.sent = transfer->job->sent;
    transfer->transient = false;
    transfer->retry_after_s = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    transfer->response.answered = status != 0;
    if (code != CURLE_OK)
        status = 0; /* an answer counts only when it came whole */
    if (status)
        conclude_answer(transfer, status);
    else
        conclude_failure(transfer, settings, code, stalled);
    if (!status)
        buf_release(&transfer->response.body); /* part of a body is none */
}

void http_transfer_reset(struct http_transfer *transfer, size_t max_body)
{
    struct buf body = transfer->response.body;
    transfer->response.body = (struct buf){0};
    http_response_release(&transfer->response);
    buf_reset(&body);
    body.max = max_body;
    transfer->response = (struct http_response){.body = body};
}

void http_transfer_release(struct http_transfer *transfer)
{
    curl_slist_free_all(transfer->headers);
    http_response_release(&transfer->response);
    curl_easy_cleanup(transfer->easy);
    free(transfer->job);
    *transfer = (struct http_transfer){0};
}
