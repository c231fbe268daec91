/*
 * documents: JSON in and out, for tests that compare documents. All of it lives in one arena, which
 * each test finds empty: setup `clear_documents`, group teardown `release_documents`.
 */
#ifndef UNIT_DOCUMENTS_H
#define UNIT_DOCUMENTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "format/json.h"
#include "format/node.h"

enum { DOCUMENT_TEXT_MAX = 64 << 20 };

static struct arena arena;

static inline int clear_documents(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

static inline int release_documents(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* The document that a text is; the test fails where it is none. */
static inline struct node json(const char *text)
{
    struct node node;
    struct err err = {0};
    if (json_parse(&arena, str_of(text), &node, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    return node;
}

/* A document as compact JSON. */
static inline const char *text_of(const struct node *node)
{
    struct buf b = BUF_MAX(DOCUMENT_TEXT_MAX);
    json_write(&b, node);
    const char *text = arena_str(&arena, buf_view(&b)).p;
    buf_release(&b);
    return text;
}

#endif
