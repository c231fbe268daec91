#include "base/str.h"

#include <string.h>

struct str str_of(const char *c)
{
    return (struct str){.p = c ? c : "", .n = c ? strlen(c) : 0};
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(struct str s, const char *c)
{
    return str_eq(s, str_of(c));
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str fix)
{
    return s.n >= fix.n && str_eq(str_sub(s, 0, fix.n), fix);
}

bool str_ends(struct str s, struct str fix)
{
    return s.n >= fix.n && str_eq(str_sub(s, s.n - fix.n, fix.n), fix);
}

struct str str_sub(struct str s, size_t from, size_t n)
{
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return (struct str){.p = n ? s.p + from : "", .n = n};
}

size_t str_find(struct str s, char c)
{
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

struct str str_cut(struct str *rest, char sep)
{
    size_t at = str_find(*rest, sep);
    struct str head = str_sub(*rest, 0, at);
    *rest = str_sub(*rest, at < rest->n ? at + 1 : at, rest->n);
    return head;
}
