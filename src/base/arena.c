#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 64 * 1024 };

struct arena_block {
    struct arena_block *older;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

static void add_block(struct arena *a, size_t n)
{
    size_t size = n > BLOCK_MIN ? n : BLOCK_MIN;
    struct arena_block *block = malloc(sizeof *block + size);
    if (!block)
        abort();
    block->size = size;
    block->older = a->head;
    a->head = block;
    a->used = 0;
}

/* n bytes as they come, for what is written at once. */
static void *take(struct arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > SIZE_MAX / 2)
        abort();
    n = (n + align - 1) / align * align;
    if (!a->head || a->head->size - a->used < n)
        add_block(a, n);
    void *p = a->head->bytes + a->used;
    a->used += n;
    return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = take(a, n);
    return n ? memset(p, 0, n) : p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        abort();
    return arena_alloc(a, bytes);
}

struct str arena_str(struct arena *a, struct str s)
{
    char *copy = take(a, s.n + 1);
    if (s.n)
        memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return (struct str){.p = copy, .n = s.n};
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        abort();
    char *text = take(a, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return (struct str){.p = text, .n = (size_t)n};
}

void arena_reset(struct arena *a)
{
    struct arena_block *kept = NULL;
    while (a->head) {
        struct arena_block *block = a->head;
        a->head = block->older;
        if (!kept || block->size > kept->size) {
            free(kept);
            kept = block;
        } else {
            free(block);
        }
    }
    if (kept)
        kept->older = NULL;
    a->head = kept;
    a->used = 0;
}

void arena_release(struct arena *a)
{
    while (a->head) {
        struct arena_block *block = a->head;
        a->head = block->older;
        free(block);
    }
    a->used = 0;
}
