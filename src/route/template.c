#include "route/template.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "format/json.h"
#include "model/digest.h"
#include "model/layout.h"

/* A signed URL's query is the key to the archive: no error shows it. */
static int judge(const struct http_response *response, struct err *err)
{
    char *shown = strndup(response->url, strcspn(response->url, "?"));
    if (!shown)
        abort();
    int result = api_judge(response, "GET", shown, err);
    free(shown);
    return result;
}

/* An answer that is a good one. */
static int get(const struct account_options *options, struct http *http, const char *url,
               bool anonymous, struct http_response *ret_response, struct err *err)
{
    if (account_get(options, http, url, anonymous, ret_response, err) < 0)
        return -1;
    if (judge(ret_response, err) == 0)
        return 0;
    http_response_release(ret_response);
    return -1;
}

/* What a selector may say besides an id or a name. */
struct wanted {
    struct str text; /* as given, or behind "integration/" */
    struct str id;   /* of a path in the mirror; else empty */
};

static struct wanted read_selector(const char *selector)
{
    struct layout_place place;
    struct wanted wanted = {.text = str_of(selector)};
    struct str rest = wanted.text;
    struct str word = str_cut(&rest, '/');
    const struct kind *kind = kind_find(word);
    if (layout_parse(wanted.text, &place) && place.kind == KIND_INTEGRATION)
        wanted.id = place.id;
    else if (kind && kind->id == KIND_INTEGRATION && rest.n)
        wanted.text = rest;
    return wanted;
}

static bool fits(const struct wanted *wanted, const struct digest *digest)
{
    if (wanted->id.n)
        return str_eq(wanted->id, digest->id);
    return str_eq(wanted->text, digest->id) || str_eq(wanted->text, digest->title);
}

/* Integrations that fit: the first one's id, and all of them as text. */
struct matches {
    size_t n;
    struct str id;
    struct buf text;
};

static int match_page(struct api_walk *walk, struct arena *a, const struct http_response *response,
                      const struct wanted *wanted, struct matches *matches, size_t *ret_rows,
                      struct err *err)
{
    struct json_array it;
    struct str row;
    struct node doc;
    struct digest digest;
    int more = 0;
    *ret_rows = 0;
    if (response->body.n == 0)
        return 0;
    if (json_array_open(&it, buf_view(&response->body), err) < 0)
        return -1;
    while ((more = json_array_next(&it, &row, err)) > 0) {
        struct err ignored;
        ++*ret_rows;
        if (digest_parse(a, kind_of(KIND_INTEGRATION), row, &doc, &digest, &ignored) < 0 ||
            !api_walk_row(walk, digest.id) || !fits(wanted, &digest))
            continue;
        buf_printf(&matches->text, "%s\"%.60s\" (%s)", matches->n ? ", " : "", digest.title.p,
                   digest.id.p);
        if (matches->n++ == 0)
            matches->id = digest.id;
    }
    return more;
}

static int find(const struct account_options *options, struct http *http, struct arena *a,
                const struct wanted *wanted, struct matches *matches, struct err *err)
{
    struct api api = account_api(options);
    struct api_walk walk;
    enum api_step step = WALK_MORE;
    api_walk_init(&walk, api_url(&api, a, kind_of(KIND_INTEGRATION)->account_list, STR("")).p);
    while (step == WALK_MORE || step == WALK_AGAIN) {
        struct http_response response;
        size_t rows;
        if (step == WALK_AGAIN)
            matches->n = 0;
        if (get(options, http, api_walk_url(&walk, &api, a).p, false, &response, err) < 0) {
            step = WALK_BROKEN;
            break;
        }
        bool good = match_page(&walk, a, &response, wanted, matches, &rows, err) == 0;
        step = good ? api_walk_page(&walk, &api, &response, rows, err) : WALK_BROKEN;
        http_response_release(&response);
    }
    api_walk_release(&walk);
    return step == WALK_DONE ? 0 : err_wrap(err, "list integrations");
}

static int save(const char *path, struct str archive, struct err *err)
{
    if (archive.n == 0)
        return err_set(err, ERR_BAD, "the template is empty");
    if (strcmp(path, "-") != 0)
        return fs_replace(path, 0644, archive, err);
    return fs_write(STDOUT_FILENO, archive) < 0 ? err_errno(err, "standard output") : 0;
}

static int download(const struct account_options *options, struct http *http, struct arena *a,
                    struct str id, const char *path, struct err *err)
{
    struct api api = account_api(options);
    struct http_response response;
    struct node doc;
    struct err ignored;
    struct str link = STR("");
    if (get(options, http, api_sub_url(&api, a, id, "template").p, false, &response, err) < 0)
        return -1;
    if (json_parse(a, buf_view(&response.body), &doc, &ignored) == 0) {
        link = node_get_text(&doc, STR("signedURL"));
        if (!link.n) {
            http_response_release(&response);
            return err_set(err, ERR_BAD, "template of %s: the answer holds no signedURL", id.p);
        }
    }
    if (link.n) {
        http_response_release(&response);
        if (get(options, http, arena_str(a, link).p, true, &response, err) < 0)
            return err_wrap(err, "template of %s", id.p);
    }
    int result = save(path, buf_view(&response.body), err);
    http_response_release(&response);
    return result;
}

int template_download(const struct account_options *options, const char *selector, const char *path,
                      struct err *err)
{
    struct http *http = NULL;
    struct arena a = {0};
    struct wanted wanted = read_selector(selector);
    struct matches matches = {.text = BUF_MAX(4096)};
    int result = account_open(options, -1, &http, err);
    if (result == 0)
        result = find(options, http, &a, &wanted, &matches, err);
    if (result == 0 && matches.n == 0)
        result = err_set(err, ERR_USAGE, "no integration is \"%.80s\"", selector);
    else if (result == 0 && matches.n > 1)
        result = err_set(err, ERR_USAGE, "%zu integrations are \"%.80s\": %s", matches.n, selector,
                         buf_cstr(&matches.text));
    else if (result == 0)
        result = download(options, http, &a, matches.id, path, err);
    buf_release(&matches.text);
    http_close(http);
    arena_release(&a);
    return result;
}
