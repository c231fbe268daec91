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

void path_key(struct buf *path, struct str key)
{
    if (path->n)
        buf_char(path, '.');
    bool word = is_word(key);
    if (!word)
        buf_char(path, '"');
    size_t begin = path->n;
    buf_str(path, utf8_cut(key, PATH_KEY_SHOWN));
    printable(path->p + begin, path->n - begin);
    if (key.n > PATH_KEY_SHOWN)
        buf_str(path, STR("…"));
    if (!word)
        buf_char(path, '"');
}

void path_index(struct buf *path, size_t index)
{
    buf_printf(path, "[%zu]", index);
}
