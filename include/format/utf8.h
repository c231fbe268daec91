/*
 * utf8: one code point at a time, for scanners that leave the fast path at the first byte >= 0x80,
 * and text cut where no character is split, for messages.
 */
#ifndef FORMAT_UTF8_H
#define FORMAT_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Reads the code point at byte `at` (less than s.n) into *ret_point. Returns the bytes it takes, or
 * 0 where they are not UTF-8 as RFC 3629 has it: cut off, overlong, a surrogate, past U+10FFFF. */
size_t utf8_decode(struct str s, size_t at, uint32_t *ret_point);

/* The longest beginning of s of at most n bytes that splits no character. Borrows s. */
struct str utf8_cut(struct str s, size_t n);

#endif
