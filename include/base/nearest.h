/*
 * nearest: the known word that a mistyped one most likely meant, for "did you mean".
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/*
 * The one of n known words that takes the fewest edits to get from `word`: a letter more, a letter
 * less, another letter, two neighbours swapped (Damerau-Levenshtein, optimal string alignment).
 * ASCII letters count without regard to case, everything else by its bytes; of several equally
 * near, the first. NULL where even the nearest takes more than 1 + strlen(word) / 3 edits, and for
 * a word longer than 64 bytes; known words longer than that are passed over. Borrows from `known`.
 */
const char *nearest(const char *word, const char *const *known, size_t n);

#endif
