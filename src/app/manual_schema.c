/* A JSON schema of the configuration, for editors and for checks before it is used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_option.h"
#include "base/arena.h"
#include "format/json.h"
#include "manual.h"

enum { SCHEMA_MAX = 1 << 20 };

static void set(struct arena *a, struct node *map, const char *key, struct node value)
{
    node_map_set(a, map, str_of(key), value);
}

static struct node text(const char *value)
{
    return node_cstring(value);
}

static void set_count(struct arena *a, struct node *map, const struct option *option)
{
    set(a, map, "type", text("integer"));
    set(a, map, "minimum", node_integer(a, option->min));
    set(a, map, "maximum", node_integer(a, option->max));
    if (option->fallback)
        set(a, map, "default", node_integer(a, strtoll(option->fallback, NULL, 10)));
}

/* true and false among the words are booleans in YAML. */
static void set_words(struct arena *a, struct node *map, const char *const *words)
{
    struct node all = node_list(a, 8);
    for (size_t i = 0; words[i]; i++) {
        bool yes = strcmp(words[i], "true") == 0, no = strcmp(words[i], "false") == 0;
        node_list_add(a, &all, text(words[i]));
        if (yes || no)
            node_list_add(a, &all, node_bool(yes));
    }
    set(a, map, "enum", all);
}

static struct node option_schema(struct arena *a, const struct option *option)
{
    struct node map = node_map(a, 6), item = node_map(a, 1);
    set(a, &map, "description", text(option->purpose));
    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_PATH:
        set(a, &map, "type", text("string"));
        break;
    case OPTION_BOOL:
        set(a, &map, "type", text("boolean"));
        break;
    case OPTION_COUNT:
        set_count(a, &map, option);
        return map;
    case OPTION_DURATION:
        set(a, &map, "type", text("string"));
        set(a, &map, "pattern", text("^[0-9]+(ms|s|min|h|d)$"));
        break;
    case OPTION_TEXTS:
        set(a, &item, "type", text("string"));
        set(a, &map, "type", text("array"));
        set(a, &map, "items", item);
        return map;
    case OPTION_WORD:
        set_words(a, &map, option->words);
        break;
    }
    if (option->fallback && option->type == OPTION_BOOL)
        set(a, &map, "default", node_bool(strcmp(option->fallback, "true") == 0));
    else if (option->fallback)
        set(a, &map, "default", text(option->fallback));
    return map;
}

/* A map that holds nothing but these; a section may be empty. */
static struct node closed(struct arena *a, struct node properties)
{
    struct node map = node_map(a, 3), types = node_list(a, 2);
    node_list_add(a, &types, text("object"));
    node_list_add(a, &types, text("null"));
    set(a, &map, "type", types);
    set(a, &map, "additionalProperties", node_bool(false));
    set(a, &map, "properties", properties);
    return map;
}

void manual_put_schema(void)
{
    struct arena scratch = {0}, *a = &scratch;
    struct buf out = BUF_MAX(SCHEMA_MAX);
    struct node sections = node_map(a, 8);
    for (size_t i = 0; i < config_options_n;) {
        const char *section = config_options[i].section;
        struct node keys = node_map(a, 16);
        for (; i < config_options_n && strcmp(config_options[i].section, section) == 0; i++)
            set(a, &keys, config_options[i].key, option_schema(a, &config_options[i]));
        set(a, &sections, section, closed(a, keys));
    }
    struct node schema = closed(a, sections);
    set(a, &schema, "title", text("Configuration of iokeeper"));
    json_write(&out, &schema);
    printf("%s\n", buf_cstr(&out));
    buf_release(&out);
    arena_release(&scratch);
}
