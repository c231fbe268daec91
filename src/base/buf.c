#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct buf *b, size_t n)
{
    if (b->overflowed || n > b->max - b->n) {
        b->overflowed = true;
        return false;
    }
    if (b->capacity - b->n > n)
        return true;
    size_t want = b->n + n + 1;
    size_t capacity = b->capacity < 256 ? 256 : b->capacity + b->capacity / 2;
    if (capacity < want)
        capacity = want;
    b->p = realloc(b->p, capacity);
    if (!b->p)
        abort();
    b->capacity = capacity;
    return true;
}

void buf_bytes(struct buf *b, const void *p, size_t n)
{
    if (!make_room(b, n))
        return;
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void buf_str(struct buf *b, struct str s)
{
    buf_bytes(b, s.p, s.n);
}

void buf_char(struct buf *b, char c)
{
    buf_bytes(b, &c, 1);
}

void buf_fill(struct buf *b, char c, size_t n)
{
    if (!make_room(b, n))
        return;
    memset(b->p + b->n, c, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        abort();
    if (!make_room(b, (size_t)n))
        return;
    va_start(args, format);
    vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
}

struct str buf_view(const struct buf *b)
{
    return (struct str){.p = b->p ? b->p : "", .n = b->n};
}

const char *buf_cstr(const struct buf *b)
{
    return b->p ? b->p : "";
}

bool buf_overflowed(const struct buf *b)
{
    return b->overflowed;
}

void buf_reset(struct buf *b)
{
    b->overflowed = false;
    buf_cut(b, 0);
}

void buf_cut(struct buf *b, size_t n)
{
    b->n = n;
    if (b->p)
        b->p[n] = '\0';
}

void buf_release(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.max = b->max};
}
