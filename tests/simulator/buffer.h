/*
 * buffer.h - bytes that grow.
 *
 * A zeroed struct is an empty buffer. `data` is NULL while nothing was ever added; afterwards a NUL
 * stands behind the `len` bytes, which may hold NULs themselves.
 */
#ifndef SIMULATOR_BUFFER_H
#define SIMULATOR_BUFFER_H

#include <stddef.h>

struct buffer {
    char *data;
    size_t len;
    size_t cap;
};

void buffer_add(struct buffer *b, const char *bytes, size_t len);
void buffer_text(struct buffer *b, const char *text);
void buffer_format(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forgets all but the first `len` bytes. */
void buffer_cut(struct buffer *b, size_t len);

/* Makes room for `more` further bytes, so that adding them moves nothing. */
void buffer_reserve(struct buffer *b, size_t more);

/* Appends what the file holds. Returns 0, or -1 with errno set. */
int buffer_read_file(struct buffer *b, const char *path);

/* Frees the bytes; the buffer is empty again. */
void buffer_release(struct buffer *b);

#endif
