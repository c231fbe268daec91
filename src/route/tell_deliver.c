#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "format/json.h"
#include "format/mac.h"
#include "port/http.h"
#include "tell_internal.h"

enum {
    TRIES = 3,
    FIRST_PAUSE_MS = 1000, /* then three times as long */
    TIMEOUT_MS = 5 * 1000, /* of silence; the whole may last ten times that */
    ANSWER_MAX = 64 << 10,
    BODY_MAX = 1 << 20,
};

/* "host:port" of a URL, in `a`: its path lets in whoever knows it. */
static const char *host_of(struct arena *a, const char *url)
{
    const char *from = strstr(url, "://");
    from = from ? from + 3 : url;
    return arena_str(a, (struct str){from, strcspn(from, "/?#")}).p;
}

static bool is_transient(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

/* What the receiver says of the event itself, and not of us, the URL or the time. */
static bool is_unwanted(int status)
{
    return status == 400 || status == 413 || status == 415 || status == 422;
}

/* What an answer means: 0 for 2xx. */
static int judge(const char *what, const char *host, const struct http_response *response,
                 struct err *err)
{
    if (response->status >= 200 && response->status < 300)
        return 0;
    if (response->status == 0)
        return err_set(err, ERR_RETRY, "%s: %s", what, response->failure.text);
    enum err_class cls = is_transient(response->status)  ? ERR_RETRY
                         : is_unwanted(response->status) ? ERR_BAD
                                                         : ERR_USAGE;
    return err_set(err, cls, "%s: %s answers %d", what, host, response->status);
}

static int ask_once(struct http *http, const struct http_request *request, const char *what,
                    const char *host, struct err *err)
{
    struct http_response response = {0};
    if (http_submit(http, request, err) < 0 || http_next(http, &response, err) < 0)
        return -1;
    int result = judge(what, host, &response, err);
    http_response_release(&response);
    return result;
}

/* Waits, unless it is time to stop. */
static int pause_or_stop(int stop_fd, int ms, struct err *err)
{
    struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
    int ready;
    do
        ready = poll(&stop, 1, ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0 ? err_set(err, ERR_STOP, "asked to stop") : 0;
}

static int ask(struct telling *t, const struct http_request *request, const char *what,
               struct err *err)
{
    const struct http_options options = {.user_agent = "iokeeper/" IOKEEPER_VERSION,
                                         .origin = request->url,
                                         .concurrency = 1,
                                         .rate = 10,
                                         .timeout_ms = TIMEOUT_MS,
                                         .attempts = 1,
                                         .max_body = ANSWER_MAX,
                                         .stop_fd = t->options->stop_fd,
                                         .wake_fd = -1};
    const char *host = host_of(&t->arena, request->url);
    struct http *http;
    if (http_open(&http, &options, err) < 0)
        return -1;
    int result = -1;
    for (int i = 0, pause = FIRST_PAUSE_MS; i < TRIES; i++, pause *= 3) {
        if (i > 0 && pause_or_stop(t->options->stop_fd, pause, err) < 0)
            break;
        result = ask_once(http, request, what, host, err);
        if (result == 0 || err->cls != ERR_RETRY)
            break;
    }
    http_close(http);
    return result;
}

/* ---- a webhook ---- */

/* The same for the same news told twice, so that a receiver can drop what it has had; another one
 * for the same words another time. */
static const char *id_of(struct telling *t, const struct event *event)
{
    struct buf all = BUF_MAX(BODY_MAX);
    struct oid oid;
    char hex[OID_HEX + 1];
    buf_printf(&all, "%s\n%s\n%s\n%lld\n", t->options->api_url, t->options->account, event->name,
               node_get_integer(&t->told, STR("told")));
    json_write(&all, &event->fields);
    oid_of(OBJ_BLOB, buf_view(&all), &oid);
    oid_to_hex(&oid, hex);
    buf_release(&all);
    return arena_str(&t->arena, str_of(hex)).p;
}

static void set(struct telling *t, struct node *map, const char *key, const char *text)
{
    node_map_set(&t->arena, map, str_of(key), node_cstring(text));
}

static struct node body_of(struct telling *t, const struct event *event, const char *id,
                           const char *now)
{
    struct node body = node_map(&t->arena, 16);
    for (size_t i = 0; i < event->fields.map.n; i++)
        node_map_set(&t->arena, &body, event->fields.map.items[i].key,
                     event->fields.map.items[i].value);
    node_map_set(&t->arena, &body, STR("version"), node_integer(&t->arena, 1));
    set(t, &body, "id", id);
    set(t, &body, "event", event->name);
    set(t, &body, "account", t->options->account);
    set(t, &body, "api_url", t->options->api_url);
    set(t, &body, "time", now);
    set(t, &body, "text", event->text);
    return body;
}

/* "sha256=HEX" of "TIMESTAMP.BODY", so that an old one cannot be sent again as a new one. */
static const char *signature(struct telling *t, const char *timestamp, struct str body)
{
    struct buf text = BUF_MAX(BODY_MAX + 64);
    char hex[MAC_HEX + 1];
    buf_printf(&text, "%s.", timestamp);
    buf_str(&text, body);
    mac_tag(str_of(t->options->webhook_secret), buf_view(&text), hex);
    buf_release(&text);
    return arena_printf(&t->arena, "X-Iokeeper-Signature: sha256=%s", hex).p;
}

int tell_post(struct telling *t, const struct event *event, struct err *err)
{
    struct arena *a = &t->arena;
    struct buf text = BUF_MAX(BODY_MAX);
    const char *id = id_of(t, event);
    const char *timestamp = arena_printf(a, "%lld", (long long)t->now).p;
    char now[CLOCK_TEXT];
    clock_format(t->now, now);
    struct node body = body_of(t, event, id, now);
    json_write(&text, &body);
    const char *secret = t->options->webhook_secret;
    const char *headers[] = {arena_printf(a, "X-Iokeeper-Event: %s", event->name).p,
                             arena_printf(a, "X-Iokeeper-Delivery: %s", id).p,
                             arena_printf(a, "X-Iokeeper-Timestamp: %s", timestamp).p,
                             secret && *secret ? signature(t, timestamp, buf_view(&text)) : NULL,
                             NULL};
    struct http_request request = {.method = HTTP_POST,
                                   .url = t->options->webhook,
                                   .body = buf_view(&text),
                                   .headers = headers,
                                   .anonymous = true};
    int result = buf_overflowed(&text) ? err_set(err, ERR_BAD, "webhook: too much to tell")
                                       : ask(t, &request, "webhook", err);
    buf_release(&text);
    return result;
}

int tell_beat(struct telling *t, struct err *err)
{
    struct http_request request = {
        .method = HTTP_GET, .url = t->options->heartbeat, .anonymous = true};
    return ask(t, &request, "heartbeat", err);
}
