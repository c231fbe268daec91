#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 64 }; /* bytes; bounds the work, and the rows on the stack */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(char a, char b)
{
    return lower(a) == lower(b);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits from a to b, both at most WORD_MAX long. Three rows of the usual table are enough: a swap
 * of neighbours looks two rows back. */
static size_t distance(const char *a, size_t a_n, const char *b, size_t b_n)
{
    size_t rows[3][WORD_MAX + 1] = {0};
    for (size_t j = 0; j <= b_n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_n; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_n; j++) {
            size_t replaced = last[j - 1] + !same(a[i - 1], b[j - 1]);
            now[j] = least(replaced, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a_n % 3][b_n];
}

const char *nearest(const char *word, const char *const *known, size_t n)
{
    size_t word_n = strnlen(word, WORD_MAX + 1);
    if (word_n > WORD_MAX)
        return NULL;
    const char *best = NULL;
    size_t best_distance = 1 + word_n / 3;
    for (size_t i = 0; i < n; i++) {
        size_t known_n = strnlen(known[i], WORD_MAX + 1);
        if (known_n > WORD_MAX)
            continue;
        size_t edits = distance(word, word_n, known[i], known_n);
        if (edits < best_distance || (!best && edits == best_distance)) {
            best = known[i];
            best_distance = edits;
        }
    }
    return best;
}
