/* memory.h - allocation that cannot fail: a test tool out of memory aborts. */
#ifndef SIMULATOR_MEMORY_H
#define SIMULATOR_MEMORY_H

#include <stddef.h>

/* Zeroed memory for one object of `size` bytes; free() releases it. */
void *memory_new(size_t size);

/* Grows `old` (may be NULL) to `count` elements of `size` bytes. */
void *memory_resize(void *old, size_t count, size_t size);

/* A copy of the `len` bytes at `text`, with a NUL behind them. */
char *memory_copy(const char *text, size_t len);

/* A copy of a C string. */
char *memory_text(const char *text);

#endif
