#include "route/account.h"

#include <poll.h>

#include "model/kind.h"

/* One answer holds at most BODY_MAX: whole accounts of 20,000 documents fit, and eight at once do
 * not fill a small machine. With full jitter, five tries give a server some three seconds. */
enum { BODY_MAX = 64 << 20, ATTEMPTS = 5, BACKOFF_MS = 200 };

int account_open(const struct account_options *options, int wake_fd, struct http **ret_http,
                 struct err *err)
{
    struct http_options http = {.user_agent = "iokeeper/" IOKEEPER_VERSION,
                                .token = options->token,
                                .origin = options->origin,
                                .allow_http = options->allow_http,
                                .concurrency = options->concurrency,
                                .rate = options->rate,
                                .timeout_ms = options->timeout_ms,
                                .attempts = ATTEMPTS,
                                .backoff_ms = BACKOFF_MS,
                                .max_body = BODY_MAX,
                                .stop_fd = options->stop_fd,
                                .wake_fd = wake_fd};
    return http_open(ret_http, &http, err);
}

struct api account_api(const struct account_options *options)
{
    return (struct api){
        .url = options->url, .origin = options->origin, .page_size = options->page_size};
}

int account_check_token(const struct account_options *options, const struct http_response *response,
                        struct err *err)
{
    if (response->status != 401)
        return 0;
    api_judge(response, "GET", response->url, err);
    return err_wrap(err, "the API refused the token from %s", options->token_source);
}

int account_get(const struct account_options *options, struct http *http, const char *url,
                bool anonymous, struct http_response *ret_response, struct err *err)
{
    struct http_request request = {.method = HTTP_GET, .url = url, .anonymous = anonymous};
    if (http_submit(http, &request, err) < 0 || http_next(http, ret_response, err) < 0)
        return -1;
    if (account_check_token(options, ret_response, err) == 0)
        return 0;
    http_response_release(ret_response);
    return -1;
}

static int probe_once(const struct account_options *options, struct err *err)
{
    struct arena scratch = {0};
    struct api api = account_api(options);
    struct http *http = NULL;
    struct http_response response = {0};
    struct str url = api_url(&api, &scratch, kind_of(KIND_INTEGRATION)->account_list, STR(""));
    int result = account_open(options, -1, &http, err);
    if (result == 0)
        result = account_get(options, http, arena_printf(&scratch, "%s?limit=1", url.p).p, false,
                             &response, err);
    http_response_release(&response);
    http_close(http);
    arena_release(&scratch);
    return result;
}

int account_probe(const struct account_options *options, struct err *err)
{
    enum { TRIES = 2, PAUSE_MS = 1000 };
    int result = -1;
    for (int i = 0; i < TRIES && result < 0; i++) {
        if (i > 0)
            poll(NULL, 0, PAUSE_MS);
        err_clear(err);
        result = probe_once(options, err);
        if (result < 0 && err->cls != ERR_AUTH)
            break;
    }
    if (result == 0 || err->cls == ERR_AUTH)
        return result;
    err_clear(err);
    return 0;
}
