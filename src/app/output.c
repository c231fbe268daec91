#include "app/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/terminal.h"
#include "base/buf.h"
#include "base/clock.h"
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

void output_set_str(struct arena *a, struct node *fields, const char *key, struct str text)
{
    node_map_set(a, fields, str_of(key), node_string(text));
}

void output_time(int64_t seconds, char ret_text[static OUTPUT_TIME])
{
    enum { DATE = sizeof "2026-11-23" - 1 };
    char text[CLOCK_TEXT];
    clock_format(seconds, text);
    text[DATE] = ' ';
    memcpy(ret_text, text, OUTPUT_TIME - 1);
    ret_text[OUTPUT_TIME - 1] = '\0';
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

/* ---- lines for people ---- */

static bool colored;

static const char *const sgr[STYLES] = {
    [STYLE_PLAIN] = "",     [STYLE_BOLD] = "1",     [STYLE_DIM] = "2",     [STYLE_ADDED] = "32",
    [STYLE_REMOVED] = "31", [STYLE_CHANGED] = "33", [STYLE_HEADING] = "1", [STYLE_COMMIT] = "33",
    [STYLE_REF] = "36",     [STYLE_ALERT] = "1;31",
};

void output_set_color(bool on)
{
    colored = on;
}

/* The formatted text, made printable; the caller's to free. */
static char *make_text(const char *format, va_list args)
{
    char *text;
    int n = vasprintf(&text, format, args);
    if (n < 0)
        abort();
    printable(text, (size_t)n);
    return text;
}

void output_span(enum style style, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = make_text(format, args);
    va_end(args);
    if (colored && *sgr[style] && *text)
        printf("\033[%sm%s\033[m", sgr[style], text);
    else
        fputs(text, stdout);
    free(text);
}

void output_end(void)
{
    putchar('\n');
}

static enum style style_of_line(struct str line)
{
    static const struct {
        const char *begin;
        enum style style;
    } looks[] = {{"+++ ", STYLE_BOLD}, {"--- ", STYLE_BOLD}, {"diff ", STYLE_BOLD},
                 {"+", STYLE_ADDED},   {"-", STYLE_REMOVED}, {"@@", STYLE_REF}};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (str_starts(line, str_of(looks[i].begin)))
            return looks[i].style;
    return STYLE_PLAIN;
}

/* Prints a line in a style, tabs as spaces. */
static void put_line(enum style style, const char *indent, struct str line)
{
    enum { TAB = 4 };
    struct buf text = BUF_MAX(LINE_MAX_BYTES);
    for (size_t i = 0; i < line.n; i++)
        buf_fill(&text, line.p[i] == '\t' ? ' ' : line.p[i], line.p[i] == '\t' ? TAB : 1);
    output_span(style, "%s%s", indent, buf_cstr(&text));
    output_end();
    buf_release(&text);
}

void output_patch_line(struct str line, const char *indent)
{
    put_line(style_of_line(line), indent, line);
}

void output_text(struct str text)
{
    if (!terminal_is_person())
        fwrite(text.p, 1, text.n, stdout);
    while (text.n && terminal_is_person())
        put_line(STYLE_PLAIN, "", str_cut(&text, '\n'));
}

void output_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = make_text(format, args);
    va_end(args);
    puts(text);
    free(text);
}
