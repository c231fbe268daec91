/*
 * buf: bytes that grow, born with a maximum.
 *
 * For text being written and bodies being received. Growth past the maximum is refused, once and
 * for all: a buf that overflowed keeps what fitted, ignores further appends and says so by
 * buf_overflowed. Out of memory aborts.
 *
 *     struct buf b = BUF_MAX(64 << 20);
 *     buf_str(&b, ...); buf_printf(&b, ...);
 *     if (buf_overflowed(&b)) ...
 *     buf_release(&b);
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct buf {
    char *p;         /* NUL-terminated whenever it is not NULL */
    size_t n;        /* bytes in use, without that NUL */
    size_t capacity; /* bytes allocated */
    size_t max;      /* n never exceeds this */
    bool overflowed;
};

/* Initialiser of an empty buf of at most `limit` bytes. */
#define BUF_MAX(limit)                                                                             \
    {                                                                                              \
        .max = (limit)                                                                             \
    }

/* Appends n bytes, a str, one byte, n times one byte, or formatted text. p may be NULL if n is 0.
 */
void buf_bytes(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_char(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t n);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));

/* What it holds. Valid until the next append, reset or release; NUL-terminated when not empty. */
struct str buf_view(const struct buf *b);

/* The content as a C string, "" where empty; same validity. */
const char *buf_cstr(const struct buf *b);

/* Whether anything was refused since the last reset. */
bool buf_overflowed(const struct buf *b);

/* Forgets the content, keeps memory and maximum. */
void buf_reset(struct buf *b);

/* Cuts the content to its first n bytes; n at most b->n. */
void buf_cut(struct buf *b, size_t n);

/* Gives the memory back; usable as AUTO(buf_release). The maximum stays. */
void buf_release(struct buf *b);

#endif
