/* The commented configuration that `init` writes, made of the option table. */
#include <string.h>

#include "app/config_option.h"
#include "base/auto.h"
#include "format/yaml.h"

enum {
    COLUMNS = 90,
    INDENT = 2,
    COMMENT_MAX = 1024,
};

static const char head[] =
    "# Configuration of iokeeper, which mirrors an integrator.io account into git.\n"
    "#\n"
    "# A line such as \"#rate: 200\" shows a default; take the \"#\" away to change it.\n"
    "# Times have a unit: 500ms, 30s, 15min, 24h, 2d.\n";

/* Appends text as comment lines, broken between words. */
static void write_comment(struct buf *out, struct str text)
{
    size_t column = 0;
    while (text.n > 0) {
        struct str word = str_cut(&text, ' ');
        if (column > 0 && column + 1 + word.n > COLUMNS) {
            buf_char(out, '\n');
            column = 0;
        }
        if (column == 0) {
            buf_fill(out, ' ', INDENT);
            buf_char(out, '#');
            column = INDENT + 1;
        }
        buf_char(out, ' ');
        buf_str(out, word);
        column += 1 + word.n;
    }
    buf_char(out, '\n');
}

/* What there is to say about an option: its purpose, and the values that are not obvious. */
static void write_purpose(struct buf *out, const struct option *option)
{
    AUTO(buf_release) struct buf comment = BUF_MAX(COMMENT_MAX);
    buf_str(&comment, str_of(option->purpose));
    if (option->type == OPTION_COUNT)
        buf_printf(&comment, " From %u to %u.", option->min, option->max);
    if (option->type == OPTION_WORD) {
        buf_str(&comment, STR(" One of "));
        config_describe(&comment, option);
        buf_char(&comment, '.');
    }
    write_comment(out, buf_view(&comment));
}

/* Appends "key: value": the value given, or NULL for a comment that shows the default. */
static void write_option(struct buf *out, const struct option *option, const char *given)
{
    const char *value = given ? given : option->fallback;
    buf_fill(out, ' ', INDENT);
    buf_printf(out, "%s%s: ", given ? "" : "#", option->key);
    if (option->type == OPTION_TEXT || option->type == OPTION_PATH)
        yaml_emit_scalar(out, str_of(value));
    else
        buf_str(out, str_of(value));
    buf_char(out, '\n');
}

void config_write_example(struct buf *out, const char *api_url, const char *token_file,
                          const char *mirror_path)
{
    const struct {
        size_t offset;
        const char *value;
    } given[] = {
        {offsetof(struct config, api_url), api_url},
        {offsetof(struct config, token_file), token_file},
        {offsetof(struct config, mirror_path), mirror_path},
    };
    const char *section = "";
    buf_str(out, str_of(head));
    for (size_t i = 0; i < config_options_n; i++) {
        const struct option *option = &config_options[i];
        buf_char(out, '\n');
        if (strcmp(section, option->section) != 0)
            buf_printf(out, "%s:\n", option->section);
        section = option->section;
        write_purpose(out, option);
        const char *value = NULL;
        for (size_t j = 0; j < sizeof given / sizeof *given; j++)
            if (given[j].offset == option->offset)
                value = given[j].value;
        write_option(out, option, value);
    }
}
