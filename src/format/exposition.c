#include "format/exposition.h"

#include "format/utf8.h"

enum { VALUE_MAX = 200 };

/* Whole numbers below this are spelled with all their digits. */
#define NUMBER_MAX 1e15

void exposition_family(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void append_value(struct buf *out, struct str value)
{
    value = utf8_cut(value, VALUE_MAX);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '\\' || c == '"')
            buf_char(out, '\\');
        if (c == '\n')
            buf_str(out, STR("\\n"));
        else
            buf_char(out, c);
    }
}

void exposition_sample(struct buf *out, const char *name, const struct exposition_label *labels,
                       size_t n, double value)
{
    buf_printf(out, "%s", name);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%s%s=\"", i ? "," : "{", labels[i].name);
        append_value(out, labels[i].value);
        buf_char(out, '"');
    }
    bool is_small = value > -NUMBER_MAX && value < NUMBER_MAX;
    const char *format = !is_small                           ? "%s %.17g\n"
                         : (double)(long long)value == value ? "%s %.0f\n"
                                                             : "%s %.3f\n";
    buf_printf(out, format, n ? "}" : "", value);
}
