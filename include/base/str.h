/*
 * str: a slice of text that somebody else owns.
 *
 * A str points into memory of an arena, a buf or a literal and lives as long as that does. It may
 * hold any bytes, NUL among them, and is not terminated unless its maker says so. Pass it by value.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
    const char *p; /* never NULL when n > 0 */
    size_t n;      /* bytes */
};

/* A str of a string literal, without counting at run time. */
#define STR(literal) ((struct str){.p = ("" literal), .n = sizeof(literal) - 1})

/* printf arguments for "%.*s"; a str longer than INT_MAX is cut there. */
#define STR_ARG(s) ((int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n)), ((s).n ? (s).p : "")

/* The str of a C string; NULL gives the empty str. Borrows c. */
struct str str_of(const char *c);

/* Whether both hold the same bytes. */
bool str_eq(struct str a, struct str b);

/* Whether s holds the bytes of the C string c, and no more. */
bool str_is(struct str s, const char *c);

/* Byte order, shorter first where one begins the other: <0, 0 or >0, as memcmp. */
int str_cmp(struct str a, struct str b);

/* Whether s begins, or ends, with the bytes of fix. */
bool str_starts(struct str s, struct str fix);
bool str_ends(struct str s, struct str fix);

/* The part of s from byte `from` (at most s.n), at most n bytes long. Borrows what s borrows. */
struct str str_sub(struct str s, size_t from, size_t n);

/* The offset of the first byte c in s, or s.n where there is none. */
size_t str_find(struct str s, char c);

/* Cuts *rest at the first byte sep: returns what is before it and moves *rest behind it; without
 * sep returns all and leaves *rest empty. */
struct str str_cut(struct str *rest, char sep);

#endif
