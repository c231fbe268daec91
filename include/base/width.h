/*
 * width: how many columns of a terminal a text takes.
 */
#ifndef BASE_WIDTH_H
#define BASE_WIDTH_H

#include <stddef.h>

#include "base/str.h"

/* Columns of UTF-8: wide characters take two, combining ones none, as the C library's C.UTF-8
 * locale has it; control characters, and bytes that are no UTF-8, take one each. */
size_t width_of(struct str text);

/* The longest beginning that takes at most so many columns, with the combining characters that
 * belong to its last one. Borrows text. */
struct str width_cut(struct str text, size_t columns);

#endif
