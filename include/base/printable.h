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

/*
 * From now on printable() also puts '*' over every byte of this secret where it stands in a text,
 * or where a text that was cut ends with at least PRINTABLE_HIDDEN_MIN bytes of its beginning: a
 * server may send a token back in an error. Borrowed until printable_show gets the same pointer.
 * Process-wide, set before threads start. Secrets shorter than PRINTABLE_HIDDEN_MIN are not looked
 * for, nor is one more than PRINTABLE_HIDDEN_MOST.
 */
enum { PRINTABLE_HIDDEN_MIN = 6, PRINTABLE_HIDDEN_MOST = 16 };
void printable_hide(const char *secret);

/* Takes that back. */
void printable_show(const char *secret);

#endif
