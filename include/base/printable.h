/*
 * printable: text from outside, made harmless to terminals, logs and commit messages.
 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include <stddef.h>

/*
 * Puts a '?' in the place of every byte of what could act where text is shown, in the n bytes at
 * text: C0 and C1 control characters (line breaks, tabs and escape sequences among them), DEL, and
 * the separators and marks that break or reorder text (U+061C, U+200E, U+200F, U+2028 to U+202E,
 * U+2066 to U+2069). Length
 * and all other bytes stay.
 */
void printable(char *text, size_t n);

#endif
