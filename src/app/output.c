#include "app/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/printable.h"
#include "format/json.h"

enum { LINE_MAX_BYTES = 16 << 20 };

void output_set(struct arena *a, struct node *fields, const char *key, const char *text)
{
    node_map_set(a, fields, str_of(key), node_cstring(text));
}

void output_set_number(struct arena *a, struct node *fields, const char *key, int64_t number)
{
    node_map_set(a, fields, str_of(key), node_integer(a, number));
}

void output_set_flag(struct arena *a, struct node *fields, const char *key, bool flag)
{
    node_map_set(a, fields, str_of(key), node_bool(flag));
}

void output_json(struct arena *a, const char *type, struct node fields)
{
    struct buf line = BUF_MAX(LINE_MAX_BYTES);
    struct buf rest = BUF_MAX(LINE_MAX_BYTES);
    struct node head = node_map(a, 1);
    output_set(a, &head, "type", type);
    json_write(&line, &head);
    json_write(&rest, &fields);
    if (fields.map.n > 0) {
        buf_cut(&line, line.n - 1);
        buf_char(&line, ',');
        buf_str(&line, str_sub(buf_view(&rest), 1, rest.n));
    }
    printf("%s\n", buf_cstr(&line));
    buf_release(&rest);
    buf_release(&line);
}

void output_line(const char *format, ...)
{
    va_list args;
    char *text;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        abort();
    printable(text, (size_t)n);
    puts(text);
    free(text);
}
