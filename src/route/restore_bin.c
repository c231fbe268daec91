/*
 * The recycle bin of the live service: what was deleted comes back from it with its id and its
 * secrets, and so does what it refers to; but as it was, an enabled flow enabled. What would bring
 * such a one along is created anew instead, and enabled last where that is wanted.
 */
#include <string.h>
#include <strings.h>

#include "format/json.h"
#include "model/layout.h"
#include "restoration.h"

/* ---- reading it ---- */

/* The kind that a model is of, in whatever case it is told; NULL where it is none of ours. */
static const struct kind *kind_of_model(struct str model)
{
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const char *name = kind_of((enum kind_id)k)->name;
        if (model.n == strlen(name) && strncasecmp(model.p, name, model.n) == 0)
            return kind_of((enum kind_id)k);
    }
    return NULL;
}

static void take_row(struct restore *r, struct api_walk *walk, const struct node *row)
{
    const struct node *doc = node_get(row, STR("doc"));
    const struct kind *kind = kind_of_model(node_get_text(row, STR("model")));
    struct str id = doc ? node_get_text(doc, STR("_id")) : STR("");
    if (!kind || !layout_id_is_safe(id) || !api_walk_row(walk, id))
        return;
    struct arena *a = &r->arena;
    struct binned *binned = arena_alloc(a, sizeof *binned);
    *binned = (struct binned){.kind = kind->id,
                              .id = arena_str(a, id),
                              .home = arena_str(a, node_get_text(doc, STR("_integrationId"))),
                              .refs = refs_of(a, doc),
                              .barred = kind->id == KIND_FLOW && restore_is_enabled(doc),
                              .next = r->first_binned};
    r->first_binned = binned;
    map_put(&r->bin, binned->id, binned);
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
        int got = account_get(&r->options.sync.account, r->http,
                              api_walk_url(walk, &r->api, &scratch).p, false, &response, err);
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

/* ---- what may come back ---- */

static struct binned *find_binned(const struct restore *r, enum kind_id kind, struct str id)
{
    struct binned *binned = map_get(&r->bin, id);
    return binned && binned->kind == kind ? binned : NULL;
}

/* Whether something barred would come along: what it refers to does. */
static bool brings_barred(const struct restore *r, const struct binned *binned)
{
    for (size_t i = 0; i < binned->refs.n; i++) {
        const struct binned *other =
            find_binned(r, binned->refs.items[i].kind, binned->refs.items[i].id);
        if (other && other->barred)
            return true;
    }
    return false;
}

/* Bars whatever would bring along what is barred; an integration brings its own. */
static void spread_bars(struct restore *r)
{
    for (bool more = true; more;) {
        more = false;
        for (struct binned *b = r->first_binned; b; b = b->next) {
            struct binned *home = b->barred ? find_binned(r, KIND_INTEGRATION, b->home) : NULL;
            if (home && !home->barred) {
                home->barred = true;
                more = true;
            }
            if (!b->barred && brings_barred(r, b)) {
                b->barred = true;
                more = true;
            }
        }
    }
}

int restore_read_bin(struct restore *r, struct err *err)
{
    struct api_walk walk;
    map_release(&r->bin);
    r->first_binned = NULL;
    if (!r->cycle.live || r->options.clone)
        return 0;
    api_walk_init(&walk, api_url(&r->api, &r->arena, "/recycleBinTTL", STR("")).p);
    walk.fenced = true;
    int result = walk_bin(r, &walk, err);
    api_walk_release(&walk);
    spread_bars(r);
    return result;
}

bool restore_bin_has(const struct restore *r, enum kind_id kind, struct str id)
{
    const struct binned *binned = find_binned(r, kind, id);
    return binned && !binned->barred;
}
