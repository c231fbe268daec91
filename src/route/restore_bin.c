/*
 * The recycle bin of the live service: what was deleted comes back from it with its id and its
 * secrets, but also as it was, an enabled flow enabled. Such a one is created anew instead, unless
 * flows are to be enabled anyway.
 */
#include <string.h>
#include <strings.h>

#include "format/json.h"
#include "restoration.h"

/* ---- reading it ---- */

static void take_row(struct restore *r, struct api_walk *walk, const struct node *row)
{
    const struct node *doc = node_get(row, STR("doc"));
    struct str id = node_get_text(doc, STR("_id"));
    if (!doc || !id.n || !api_walk_row(walk, id))
        return;
    struct node *kept = arena_alloc(&r->arena, sizeof *kept);
    *kept = node_copy(&r->arena, row);
    map_put(&r->bin, node_get_text(node_get(kept, STR("doc")), STR("_id")), kept);
}

static int take_page(struct restore *r, struct api_walk *walk, const struct http_response *response,
                     size_t *ret_rows, struct err *err)
{
    struct arena scratch = {0};
    struct json_array it;
    struct str text;
    struct node row;
    int more = 0;
    *ret_rows = 0;
    if (response->body.n > 0 && json_array_open(&it, buf_view(&response->body), err) < 0)
        return -1;
    while (response->body.n > 0 && (more = json_array_next(&it, &text, err)) > 0) {
        struct err ignored; /* what cannot be read is created anew */
        ++*ret_rows;
        if (json_parse(&scratch, text, &row, &ignored) == 0)
            take_row(r, walk, &row);
    }
    arena_release(&scratch);
    return more;
}

/* Whether the bin could be read. A server without one, or a bin that cannot be read whole, is as an
 * empty one: what is in it is created anew. */
static int walk_bin(struct restore *r, struct api_walk *walk, struct err *err)
{
    enum api_step step = WALK_MORE;
    while (step == WALK_MORE || step == WALK_AGAIN) {
        struct arena scratch = {0};
        struct http_response response;
        size_t rows;
        struct err why = {0};
        int got = restore_get(r, api_walk_url(walk, &r->api, &scratch), &response, err);
        arena_release(&scratch);
        if (got < 0)
            return -1;
        if (api_judge(&response, "GET", response.url, &why) < 0 ||
            take_page(r, walk, &response, &rows, &why) < 0)
            step = WALK_BROKEN;
        else
            step = api_walk_page(walk, &r->api, &response, rows, &why);
        http_response_release(&response);
    }
    return 0;
}

int restore_read_bin(struct restore *r, struct err *err)
{
    struct api_walk walk;
    map_release(&r->bin);
    if (!r->cycle.live || r->options.clone)
        return 0;
    api_walk_init(&walk, api_url(&r->api, &r->arena, "/recycleBinTTL", STR("")).p);
    walk.fenced = true;
    int result = walk_bin(r, &walk, err);
    api_walk_release(&walk);
    return result;
}

/* ---- what may come back ---- */

static bool is_enabled_flow(const struct node *row)
{
    struct str model = node_get_text(row, STR("model"));
    const struct node *disabled = node_get(node_get(row, STR("doc")), STR("disabled"));
    return model.n == 4 && strncasecmp(model.p, "flow", 4) == 0 &&
           (!disabled || disabled->type != NODE_BOOL || !disabled->boolean);
}

/* Whether bringing back an integration would bring back an enabled flow of it. */
static bool brings_flows(const struct restore *r, struct str integration)
{
    for (size_t i = 0; i < r->want.index.n; i++) {
        const struct entry *entry = r->want.index.entries[i];
        const struct node *row = entry->kind == KIND_FLOW ? map_get(&r->bin, entry->id) : NULL;
        if (row && is_enabled_flow(row) &&
            str_eq(node_get_text(node_get(row, STR("doc")), STR("_integrationId")), integration))
            return true;
    }
    return false;
}

bool restore_bin_has(const struct restore *r, enum kind_id kind, struct str id)
{
    const struct node *row = map_get(&r->bin, id);
    struct str model = node_get_text(row, STR("model"));
    if (!row || model.n != strlen(kind_of(kind)->name) ||
        strncasecmp(model.p, kind_of(kind)->name, model.n) != 0)
        return false;
    if (r->options.enable_flows)
        return true;
    return kind == KIND_FLOW ? !is_enabled_flow(row)
                             : kind != KIND_INTEGRATION || !brings_flows(r, id);
}
