/*
 * redact_corpus: reads a row of tests/golden/redact and judges what became of it. Header only: a
 * test is one file.
 */
#ifndef UNIT_REDACT_CORPUS_H
#define UNIT_REDACT_CORPUS_H

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "format/json.h"
#include "format/node.h"
#include "model/kind.h"
#include "model/redact.h"

#define CORPUS_OPEN "\xC2\xAB"
#define CORPUS_CLOSE "\xC2\xBB"
#define CORPUS_MARK "<redacted>"

enum { CORPUS_TEXT_MAX = 1 << 20 };

struct corpus_row {
    const struct kind *kind; /* NULL: the table has no such kind */
    struct str where;
    struct str value, want; /* `want` with CORPUS_MARK in the place of what is secret */
    struct str secrets[32];
    size_t n; /* secrets; 0: ordinary text */
};

/* How a row came out. */
enum corpus_verdict {
    CORPUS_RIGHT,
    CORPUS_MISSED, /* something of a secret is still there */
    CORPUS_FALSE,  /* something else is gone */
};

static inline struct str corpus_unescape(struct arena *a, struct str text)
{
    static const char codes[] = "nrt\\", bytes[] = "\n\r\t\\";
    char *out = arena_alloc(a, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *code =
            text.p[i] == '\\' && i + 1 < text.n ? strchr(codes, text.p[i + 1]) : NULL;
        out[n++] = code ? bytes[code - codes] : text.p[i];
        i += code != NULL;
    }
    return (struct str){.p = out, .n = n};
}

/* Reads a line of the file; false for comments and empty lines. */
static inline bool corpus_read(struct arena *a, struct str line, struct corpus_row *ret)
{
    if (line.n == 0 || line.p[0] == '#')
        return false;
    struct str kind = str_cut(&line, '\t');
    *ret =
        (struct corpus_row){.kind = str_is(kind, "audit") ? kind_of(KIND_AUDIT) : kind_find(kind)};
    ret->where = str_cut(&line, '\t');
    struct str text = corpus_unescape(a, line);
    struct buf value = BUF_MAX(CORPUS_TEXT_MAX), want = BUF_MAX(CORPUS_TEXT_MAX);
    while (text.n) {
        const char *open = memmem(text.p, text.n, CORPUS_OPEN, 2);
        struct str plain = str_sub(text, 0, open ? (size_t)(open - text.p) : text.n);
        text = str_sub(text, plain.n + 2, text.n);
        buf_str(&value, plain);
        buf_str(&want, plain);
        const char *close = open ? memmem(text.p, text.n, CORPUS_CLOSE, 2) : NULL;
        if (!close)
            continue;
        struct str secret = str_sub(text, 0, (size_t)(close - text.p));
        text = str_sub(text, secret.n + 2, text.n);
        ret->secrets[ret->n++] = secret;
        buf_str(&value, secret);
        buf_str(&want, STR(CORPUS_MARK));
    }
    ret->value = arena_str(a, buf_view(&value));
    ret->want = arena_str(a, buf_view(&want));
    buf_release(&value);
    buf_release(&want);
    return true;
}

/* A key of a row's path: a ':' in it stands for a dot. */
static inline struct str corpus_key(struct arena *a, struct str key)
{
    char *p = arena_alloc(a, key.n + 1);
    for (size_t i = 0; i < key.n; i++)
        p[i] = key.p[i] == ':' ? '.' : key.p[i];
    return (struct str){.p = p, .n = key.n};
}

/* The document that holds value where a row says. */
static inline struct node corpus_doc(struct arena *a, struct str where, struct node value)
{
    if (where.n == 0)
        return value;
    if (where.p[0] == '.')
        return corpus_doc(a, str_sub(where, 1, where.n), value);
    if (where.p[0] != '[') {
        size_t n = 0;
        while (n < where.n && where.p[n] != '.' && where.p[n] != '[')
            n++;
        struct node map = node_map(a, 1);
        node_map_set(a, &map, corpus_key(a, str_sub(where, 0, n)),
                     corpus_doc(a, str_sub(where, n, where.n), value));
        return map;
    }
    size_t n = str_find(where, ']');
    struct str inner = str_sub(where, 1, n - 1), rest = str_sub(where, n + 1, where.n);
    struct node list = node_list(a, 1);
    bool named = str_find(inner, ':') < inner.n;
    struct str key = named ? str_cut(&inner, ':') : STR("name");
    if (inner.n && !named)
        rest = STR("value");
    struct node item = corpus_doc(a, rest, value);
    if (inner.n)
        node_map_set(a, &item, key, node_string(inner));
    node_list_add(a, &list, item);
    return list;
}

/* text with CORPUS_MARK in the place of every mark. */
static inline struct str corpus_plain(struct arena *a, struct str text)
{
    struct buf out = BUF_MAX(CORPUS_TEXT_MAX);
    static const struct str mark = {"<redacted:", 10};
    for (size_t i = 0; i < text.n;) {
        struct str rest = str_sub(text, i, text.n);
        size_t end = str_starts(rest, mark) ? str_find(rest, '>') : 0;
        if (end == mark.n + 12) {
            buf_str(&out, STR(CORPUS_MARK));
            i += end + 1;
        } else {
            buf_char(&out, text.p[i++]);
        }
    }
    struct str plain = arena_str(a, buf_view(&out));
    buf_release(&out);
    return plain;
}

static inline struct str corpus_json(struct arena *a, const struct node *node)
{
    struct buf out = BUF_MAX(CORPUS_TEXT_MAX);
    json_write(&out, node);
    struct str text = arena_str(a, buf_view(&out));
    buf_release(&out);
    return text;
}

static inline struct node corpus_value(struct arena *a, struct str text, bool json)
{
    struct node node = node_string(text);
    struct err err;
    if (json && json_parse(a, text, &node, &err) < 0)
        node = node_null();
    return node;
}

/* What becomes of the row, as JSON or text with plain marks in *ret_got, and what should. */
static inline enum corpus_verdict corpus_judge(struct arena *a, const struct redactor *r,
                                               const struct corpus_row *row, struct str *ret_got,
                                               struct str *ret_want)
{
    if (str_is(row->where, "@text")) {
        struct buf out = BUF_MAX(CORPUS_TEXT_MAX);
        redact_text(r, row->kind, "content", row->value, &out);
        *ret_got = corpus_plain(a, buf_view(&out));
        *ret_want = corpus_plain(a, row->want);
        buf_release(&out);
    } else {
        bool json = str_ends(row->where, STR("#"));
        struct str where = str_sub(row->where, 0, row->where.n - json);
        struct node doc = corpus_doc(a, where, corpus_value(a, row->value, json));
        struct node want = corpus_doc(a, where, corpus_value(a, row->want, json && !row->n));
        redact(r, a, row->kind, &doc);
        *ret_got = corpus_plain(a, corpus_json(a, &doc));
        *ret_want = corpus_plain(a, corpus_json(a, &want));
    }
    if (str_eq(*ret_got, *ret_want))
        return CORPUS_RIGHT;
    for (size_t i = 0; i < row->n; i++)
        if (memmem(ret_got->p, ret_got->n, row->secrets[i].p, row->secrets[i].n))
            return CORPUS_MISSED;
    size_t marks = 0;
    for (const char *p = ret_got->p; (p = strstr(p, CORPUS_MARK)); p++)
        marks++;
    return marks < row->n ? CORPUS_MISSED : CORPUS_FALSE;
}

#endif
