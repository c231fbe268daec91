/*
 * arena: memory of one pass, given back all at once.
 *
 * Everything made while a page, a document or a cycle is worked on comes from an arena that its
 * maker passes first; there are no free functions for it. arena_reset keeps the memory for the next
 * pass. Out of memory aborts the program: every size that comes from outside is bounded before.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/str.h"

struct arena_block;

/* Zero-initialise, or arena_init; give back with arena_release. Not to be copied. */
struct arena {
    struct arena_block *head; /* the block being filled; older ones behind it */
    size_t used;              /* bytes used of head */
};

/* An empty arena; takes no memory yet. */
void arena_init(struct arena *a);

/* n bytes, zeroed, aligned for any type, valid until reset or release. Never NULL, n may be 0. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc));

/* n times size bytes, zeroed; aborts where the product overflows. */
void *arena_array(struct arena *a, size_t n, size_t size) __attribute__((malloc));

/* A copy of s, NUL-terminated behind its n bytes. */
struct str arena_str(struct arena *a, struct str s);

/* A formatted text, NUL-terminated. */
struct str arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));

/* Forgets everything, keeping the largest block for what comes next. */
void arena_reset(struct arena *a);

/* Gives all memory back; the arena is empty and usable afterwards. */
void arena_release(struct arena *a);

#endif
