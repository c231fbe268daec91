#include "route/connectivity.h"

#include "format/json.h"
#include "model/kind.h"
#include "model/layout.h"

const char *connectivity_word(enum connectivity state)
{
    static const char *const words[] = {[CONNECTIVITY_UNASKED] = "",
                                        [CONNECTIVITY_ONLINE] = "online",
                                        [CONNECTIVITY_OFFLINE] = "offline",
                                        [CONNECTIVITY_UNTOLD] = "state unknown",
                                        [CONNECTIVITY_GONE] = "not in the account"};
    return words[state];
}

/* What a connection's document says of itself. */
static int read_state(struct str body, struct arena *a, enum connectivity *ret, struct err *err)
{
    struct node doc;
    if (json_parse(a, body, &doc, err) < 0)
        return -1;
    const struct node *offline = node_get(&doc, STR("offline"));
    if (!offline || offline->type != NODE_BOOL)
        *ret = CONNECTIVITY_UNTOLD;
    else
        *ret = offline->boolean ? CONNECTIVITY_OFFLINE : CONNECTIVITY_ONLINE;
    return 0;
}

static int ask(const struct account_options *account, struct http *http, struct str id,
               enum connectivity *ret, struct err *err)
{
    struct arena scratch = {0};
    struct http_response response = {0};
    struct api api = account_api(account);
    *ret = CONNECTIVITY_GONE;
    if (!layout_id_is_safe(id))
        return 0;
    const char *url = api_url(&api, &scratch, kind_of(KIND_CONNECTION)->item, id).p;
    int result = account_get(account, http, url, false, &response, err);
    if (result == 0 && response.status != 404)
        result = api_judge(&response, "GET", url, err);
    if (result == 0 && response.status != 404)
        result = read_state(buf_view(&response.body), &scratch, ret, err);
    http_response_release(&response);
    arena_release(&scratch);
    return result;
}

int connectivity_ask(const struct account_options *account, const struct str *ids, size_t n,
                     enum connectivity *ret, struct err *err)
{
    struct http *http = NULL;
    int result = n ? account_open(account, -1, &http, err) : 0;
    for (size_t i = 0; result == 0 && i < n; i++)
        result = ask(account, http, ids[i], &ret[i], err);
    http_close(http);
    return result;
}
