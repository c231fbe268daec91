#include "model/path.h"

#include <stdbool.h>

#include "base/printable.h"
#include "format/utf8.h"

static bool is_word(struct str key)
{
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '$'))
            return false;
    }
    return key.n > 0;
}

/* Appends a key or name as it is shown: in one line, and not longer than that. */
static void append_shown(struct buf *path, struct str word)
{
    size_t begin = path->n;
    buf_str(path, utf8_cut(word, PATH_KEY_SHOWN));
    printable(path->p + begin, path->n - begin);
    if (word.n > PATH_KEY_SHOWN)
        buf_str(path, STR("…"));
}

void path_key(struct buf *path, struct str key)
{
    if (path->n)
        buf_char(path, '.');
    const char *quote = is_word(key) ? "" : "\"";
    buf_str(path, str_of(quote));
    append_shown(path, key);
    buf_str(path, str_of(quote));
}

void path_index(struct buf *path, size_t index)
{
    buf_printf(path, "[%zu]", index);
}

void path_name(struct buf *path, struct str name)
{
    buf_str(path, STR("[\""));
    append_shown(path, name);
    buf_str(path, STR("\"]"));
}
