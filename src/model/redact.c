#include "model/redact.h"

#include <stdlib.h>
#include <string.h>

#include "format/mac.h"
#include "redact_internal.h"

enum {
    /* Hex digits of a tag. 48 bits: among 100,000 secrets two share a tag once in 50,000 accounts,
     * and a line of a diff stays short. The key, not the length, keeps values from being guessed.
     */
    TAG_HEX = 12,
};

/* ---- making ---- */

struct redactor *redactor_new(const char *const *paths, struct str key, struct err *err)
{
    struct redactor *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    size_t n = 0;
    while (paths && paths[n])
        n++;
    r->key = arena_str(&r->arena, key);
    r->paths = arena_array(&r->arena, n, sizeof *r->paths);
    for (; r->n < n; r->n++) {
        struct str text = arena_str(&r->arena, str_of(paths[r->n]));
        const char *problem = redact_path_compile(&r->arena, text, &r->paths[r->n]);
        if (!problem)
            continue;
        err_set(err, ERR_USAGE, "\"%.*s\": %s", STR_ARG(text), problem);
        redactor_free(r);
        return NULL;
    }
    return r;
}

void redactor_free(struct redactor *r)
{
    if (!r)
        return;
    explicit_bzero((void *)r->key.p, r->key.n);
    arena_release(&r->arena);
    free(r);
}

const char *redact_path_problem(struct arena *a, struct str path)
{
    struct redact_path compiled;
    return redact_path_compile(a, path, &compiled);
}

/* ---- marks ---- */

void redact_mark(const struct redactor *r, struct str value, struct buf *out)
{
    char hex[MAC_HEX + 1];
    mac_tag(r->key, value, hex);
    buf_printf(out, REDACT_MARK "%.*s>", TAG_HEX, hex);
}

bool redact_is_hidden(struct str text)
{
    size_t stars = 0;
    while (stars < text.n && text.p[stars] == '*')
        stars++;
    bool marked = str_starts(text, STR(REDACT_MARK)) && str_find(text, '>') + 1 == text.n;
    return stars == text.n || marked;
}

/* ---- what is asked for ---- */

size_t redact(const struct redactor *r, struct arena *a, const struct kind *kind, struct node *doc)
{
    struct walk w = {.r = r, .a = a};
    walk_document(&w, kind, doc);
    return w.changed;
}

size_t redact_text(const struct redactor *r, const struct kind *kind, const char *key,
                   struct str text, struct buf *out)
{
    struct arena scratch = {0};
    struct walk w = {.r = r, .a = &scratch};
    walk_text(&w, kind, key, text, out);
    arena_release(&scratch);
    return w.changed;
}

struct redact_finding *redact_find(const struct redactor *r, struct arena *a,
                                   const struct kind *kind, struct node *doc)
{
    struct walk w = {.r = r, .a = a, .tell = true};
    walk_document(&w, kind, doc);
    return w.findings;
}

struct redact_finding *redact_find_text(const struct redactor *r, struct arena *a,
                                        const struct kind *kind, const char *key, struct str text)
{
    struct buf out = BUF_MAX(REDACTED_MAX);
    struct walk w = {.r = r, .a = a, .tell = true};
    walk_text(&w, kind, key, text, &out);
    buf_release(&out);
    return w.findings;
}
