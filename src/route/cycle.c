/* cycle: what its chapters share (see cycle.h). */
#include "cycle.h"

#include <stdio.h>
#include <string.h>

#include "format/utf8.h"
#include "format/yaml.h"
#include "model/layout.h"
#include "model/normalize.h"
#include "route/snapshot.h"

/* After so many requests in a row that no answer came to, each of them tried several times, the
 * server may be gone. */
enum { UNANSWERED_MAX = 3 };

/* Problems told by name; a hostile account could have any number. */
enum { PROBLEMS_MAX = 5000 };

int cycle_get(struct cycle *c, struct str url, bool first, const void *tag, struct err *err)
{
    struct http_request request = {
        .method = HTTP_GET, .url = url.p, .first = first, .tag = (uint64_t)(uintptr_t)tag};
    return http_submit(c->http, &request, err);
}

bool cycle_is_absent(const struct err *failure)
{
    return failure->code == 404 || failure->code == 405;
}

bool cycle_is_denied(const struct err *failure)
{
    return cycle_is_absent(failure) || failure->code == 403;
}

const struct kind *cycle_kind_of_row(const struct node *row)
{
    enum { WORD_MAX = 40 };
    char word[WORD_MAX];
    struct str type = node_get_text(row, STR("resourceType"));
    if (type.n > sizeof word)
        return NULL;
    for (size_t i = 0; i < type.n; i++)
        word[i] = type.p[i] >= 'A' && type.p[i] <= 'Z' ? (char)(type.p[i] - 'A' + 'a') : type.p[i];
    return kind_find((struct str){.p = word, .n = type.n});
}

/* Asks for something small that has been answered before. */
static int probe(struct cycle *c, struct err *err)
{
    struct arena scratch = {0};
    struct str url = api_url(&c->api, &scratch, kind_of(KIND_INTEGRATION)->account_list, STR(""));
    c->probing = true;
    int result = cycle_get(c, arena_printf(&scratch, "%s?limit=1", url.p), true, &c->probing, err);
    arena_release(&scratch);
    return result;
}

static bool is_probe(const struct cycle *c, const struct http_response *response)
{
    return response->tag == (uint64_t)(uintptr_t)&c->probing;
}

/* Whether the cycle can go on after this answer. One list without an answer fails alone; after
 * several in a row the server is asked whether it is there. */
static int judge_for_all(struct cycle *c, struct http_response *response, struct err *err)
{
    if (account_check_token(&c->options->account, response, err) < 0)
        return -1;
    bool was_probe = is_probe(c, response);
    if (was_probe)
        c->probing = false;
    if (response->status != 0 || response->answered) {
        c->answered = true;
        c->unanswered = 0;
        return 0;
    }
    if (!was_probe && c->answered)
        return ++c->unanswered < UNANSWERED_MAX || c->probing ? 0 : probe(c, err);
    *err = response->failure;
    return err_wrap(err, "%s",
                    c->answered ? "the server stopped answering" : "no answer from the API");
}

int cycle_answer(struct cycle *c, struct http_response *ret_response, struct err *err)
{
    for (;;) {
        int got = http_next(c->http, ret_response, err);
        if (got < 0 && err->cls == ERR_STOP)
            err_set(err, ERR_STOP, "nothing was changed");
        if (got != HTTP_DONE)
            return got;
        bool ours = is_probe(c, ret_response);
        int result = judge_for_all(c, ret_response, err);
        if (result == 0 && !ours)
            return got;
        http_response_release(ret_response);
        if (result < 0)
            return -1;
    }
}

int cycle_load(struct cycle *c, struct arena *a, const struct oid *blob, struct node *ret,
               struct err *err)
{
    int result = snapshot_read(c->store, blob, a, ret, err);
    if (result == 0)
        return 0;
    char hex[OID_HEX + 1];
    oid_to_hex(blob, hex);
    return err_wrap(err, "blob %s of the mirror", hex);
}

/* Whether a new version says nothing that HEAD's does not, but for stamps. What HEAD holds may be
 * no document of ours, if a person committed it: then it differs. */
static bool is_same_but_stamps(struct cycle *c, const struct kind *kind, const struct entry *before,
                               const struct digest *digest)
{
    if (!oid_eq(&before->beside, &digest->beside))
        return false;
    struct arena scratch = {0};
    struct node old, new;
    struct err ignored;
    bool same = cycle_load(c, &scratch, &before->blob, &old, &ignored) == 0 &&
                yaml_load(&scratch, digest->yaml, &new, &ignored) == 0 &&
                normalize_same_but_stamps(kind, &old, &new);
    arena_release(&scratch);
    return same;
}

static struct refs copy_refs(struct arena *a, struct refs refs)
{
    struct refs copy = {.items = arena_array(a, refs.n, sizeof *copy.items), .n = refs.n};
    for (size_t i = 0; i < refs.n; i++) {
        copy.items[i] = refs.items[i];
        copy.items[i].id = arena_str(a, refs.items[i].id);
    }
    return copy;
}

int cycle_enter(struct cycle *c, const struct kind *kind, const struct digest *digest,
                struct entry **ret_entry, struct err *err)
{
    const struct entry *before = index_get(&c->before, kind->id, digest->id, STR(""));
    struct entry *entry = index_put(&c->now, kind->id, digest->id, STR(""));
    struct arena *a = &c->now.arena;
    *ret_entry = entry;
    entry->kept = false;
    entry->out = !scope_holds(&c->scope, kind, digest->title);
    entry->slug = arena_str(a, digest->slug);
    entry->title = arena_str(a, digest->title);
    entry->home = arena_str(a, digest->home);
    entry->refs = copy_refs(a, digest->refs);
    entry->blob = digest->blob;
    entry->beside = digest->beside;
    if (digest->unchanged || entry->out)
        return 0;
    if (before && is_same_but_stamps(c, kind, before, digest)) {
        entry->blob = before->blob;
        return 0;
    }
    if (digest->beside_entry.n &&
        store_batch_add(c->batch, &digest->beside, digest->beside_entry, err) < 0)
        return -1;
    return digest->entry.n ? store_batch_add(c->batch, &digest->blob, digest->entry, err) : 0;
}

int cycle_enter_file(struct cycle *c, const struct kind *kind, struct str integration,
                     struct str part, const struct node *content, struct err *err)
{
    struct arena scratch = {0};
    struct digest digest = {0};
    struct err why = {0};
    const struct entry *before = index_get(&c->before, kind->id, integration, part);
    int result = digest_file(cycle_digester(c), &scratch, content, before ? &before->blob : NULL,
                             &digest, &why);
    if (result < 0) {
        err_wrap(&why, "%s of integration %.*s", kind->name, STR_ARG(integration));
        cycle_problem(c, kind, &why);
        if (before)
            index_keep(&c->now, before);
        arena_release(&scratch);
        return 0;
    }
    index_put(&c->now, kind->id, integration, part)->blob = digest.blob;
    if (!digest.unchanged)
        result = store_batch_add(c->batch, &digest.blob, digest.entry, err);
    arena_release(&scratch);
    return result;
}

struct digester *cycle_digester(struct cycle *c)
{
    return c->digesters[c->threads];
}

/* Hides what an answer of the server may have put into an error. */
void cycle_hide_secrets(const struct cycle *c, struct err *err)
{
    struct buf text = BUF_MAX(16 * sizeof err->text);
    if (c->redactor && redact_text(c->redactor, NULL, NULL, str_of(err->text), &text) > 0) {
        struct str shown = utf8_cut(buf_view(&text), sizeof err->text - 1);
        memcpy(err->text, shown.p, shown.n);
        err->text[shown.n] = '\0';
    }
    buf_release(&text);
}

/* Appends to a list of problems what is not told already. */
static void tell(struct cycle *c, struct sync_problem **list, const char *text)
{
    if (map_get(&c->told, str_of(text)))
        return;
    struct sync_problem *problem = arena_alloc(&c->result->arena, sizeof *problem);
    problem->text = arena_str(&c->result->arena, str_of(text)).p;
    map_put(&c->told, str_of(problem->text), problem);
    while (*list)
        list = &(*list)->next;
    *list = problem;
}

void cycle_problem(struct cycle *c, const struct kind *kind, const struct err *err)
{
    c->incomplete[kind->id] = true;
    struct err shown = *err;
    cycle_hide_secrets(c, &shown);
    if (c->told.n < PROBLEMS_MAX)
        tell(c, &c->result->problems, shown.text);
}

void cycle_note(struct cycle *c, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tell(c, &c->result->notes, text);
}

void cycle_progress(struct cycle *c, const char *phase, uint64_t done, uint64_t total)
{
    if (c->options->progress)
        c->options->progress(c->options->context, phase, done, total);
}
