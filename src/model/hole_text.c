/* What a hole looks like, and what is left of a text around it. */
#include <string.h>

#include "hole_internal.h"
#include "model/redact.h"

enum { MASK_MIN = 4 };

/* The offset of part in text from `from` on; text.n where it is not there. */
static size_t find(struct str text, size_t from, struct str part)
{
    if (!part.n)
        return from;
    if (from >= text.n)
        return text.n;
    const char *hit = memmem(text.p + from, text.n - from, part.p, part.n);
    return hit ? (size_t)(hit - text.p) : text.n;
}

static bool is_of_tag(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether a mark stands in text from `from` on; it is text[*ret_at, *ret_end). */
static bool find_mark(struct str text, size_t from, size_t *ret_at, size_t *ret_end)
{
    const struct str begin = STR(REDACT_MARK);
    for (size_t at; (at = find(text, from, begin)) < text.n; from = at + begin.n) {
        size_t tag = at + begin.n, end = tag;
        while (end < text.n && is_of_tag(text.p[end]))
            end++;
        if (end == tag || end == text.n || text.p[end] != '>')
            continue;
        *ret_at = at;
        *ret_end = end + 1;
        return true;
    }
    return false;
}

bool hole_is_mask(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '*')
            return false;
    return text.n >= MASK_MIN;
}

bool hole_is_mark(struct str text)
{
    size_t at, end;
    return find_mark(text, 0, &at, &end) && at == 0 && end == text.n;
}

bool hole_is_in(struct str text)
{
    size_t at, end;
    return hole_is_mask(text) || find_mark(text, 0, &at, &end);
}

bool hole_fits(struct str left, struct str text)
{
    size_t at, end, next_at, next_end;
    if (!find_mark(left, 0, &at, &end))
        return str_eq(left, text);
    if (!str_starts(text, str_sub(left, 0, at)))
        return false;
    size_t from = at; /* text up to here is accounted for */
    while (find_mark(left, end, &next_at, &next_end)) {
        struct str between = str_sub(left, end, next_at - end);
        size_t found = find(text, from + 1, between);
        if (found >= text.n)
            return false;
        from = found + between.n;
        end = next_end;
    }
    struct str last = str_sub(left, end, left.n);
    return text.n > from && text.n - from > last.n && str_ends(text, last);
}
