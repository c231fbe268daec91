#include "base/width.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* One character at the beginning of text: its bytes, and the columns it takes. */
struct glyph {
    size_t bytes, columns;
};

static struct glyph first_of(struct str text)
{
    wchar_t wide;
    mbstate_t state = {0};
    unsigned char c = (unsigned char)text.p[0];
    if (c < 0x80)
        return (struct glyph){1, 1};
    size_t n = mbrtowc(&wide, text.p, text.n, &state);
    if (n == 0 || n > text.n)
        return (struct glyph){1, 1};
    int columns = wcwidth(wide);
    return (struct glyph){n, columns < 0 ? 1 : (size_t)columns};
}

static locale_t utf8(void)
{
    static locale_t locale;
    if (!locale)
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!locale)
        abort();
    return locale;
}

/* How many bytes fit into so many columns, and how many columns these take. */
static struct glyph measure(struct str text, size_t columns)
{
    locale_t before = uselocale(utf8());
    struct glyph all = {0, 0};
    while (all.bytes < text.n) {
        struct glyph next = first_of(str_sub(text, all.bytes, text.n));
        if (all.columns + next.columns > columns)
            break;
        all.bytes += next.bytes;
        all.columns += next.columns;
    }
    uselocale(before);
    return all;
}

size_t width_of(struct str text)
{
    return measure(text, (size_t)-1 / 2).columns;
}

struct str width_cut(struct str text, size_t columns)
{
    return str_sub(text, 0, measure(text, columns).bytes);
}
