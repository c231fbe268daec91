/* The reader: libyaml's events, one at a time, to nodes. */
#include "format/yaml.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "format/utf8.h"

enum { SHOWN_MAX = 60 }; /* bytes of the text quoted in a message */

struct loader {
    struct arena *a;
    struct err *err;
    struct str text;
    yaml_parser_t parser;
    yaml_event_t event; /* the one being looked at */
    /* What the open lists and maps hold so far, outermost first; a list's items have no keys. Moved
     * to the arena when a collection ends and its size is known. */
    struct member *pending;
    size_t n, capacity;
};

static size_t event_line(const struct loader *l)
{
    return l->event.start_mark.line + 1;
}

static int refuse(const struct loader *l, const char *what)
{
    return err_set(l->err, ERR_BAD, "line %zu: %s", event_line(l), what);
}

static size_t line_at(struct str text, size_t offset)
{
    size_t line = 1;
    struct str before = str_sub(text, 0, offset);
    for (size_t at; (at = str_find(before, '\n')) < before.n; line++)
        before = str_sub(before, at + 1, before.n);
    return line;
}

/* libyaml's complaint. It knows the line, except where the bytes themselves are bad. */
static int parser_error(const struct loader *l)
{
    const yaml_parser_t *p = &l->parser;
    if (p->error == YAML_MEMORY_ERROR)
        abort();
    size_t line = p->error == YAML_READER_ERROR ? line_at(l->text, p->problem_offset)
                                                : p->problem_mark.line + 1;
    return err_set(l->err, ERR_BAD, "line %zu: %s%s%s", line, p->problem ? p->problem : "not YAML",
                   p->context ? " " : "", p->context ? p->context : "");
}

static int next_event(struct loader *l)
{
    yaml_event_delete(&l->event);
    return yaml_parser_parse(&l->parser, &l->event) ? 0 : parser_error(l);
}

static void push(struct loader *l, struct member member)
{
    if (l->n == l->capacity) {
        l->capacity = l->capacity ? 2 * l->capacity : 64;
        l->pending = reallocarray(l->pending, l->capacity, sizeof *l->pending);
        if (!l->pending)
            abort();
    }
    l->pending[l->n++] = member;
}

static struct str scalar_text(const struct loader *l)
{
    return (struct str){.p = (const char *)l->event.data.scalar.value,
                        .n = l->event.data.scalar.length};
}

static int check_properties(const struct loader *l, const yaml_char_t *anchor,
                            const yaml_char_t *tag)
{
    if (anchor)
        return refuse(l, "anchors are not supported");
    if (!tag || strcmp((const char *)tag, "!") == 0 ||
        (l->event.type == YAML_SCALAR_EVENT && strcmp((const char *)tag, YAML_STR_TAG) == 0))
        return 0;
    return err_set(l->err, ERR_BAD, "line %zu: the tag %.*s is not supported", event_line(l),
                   STR_ARG(utf8_cut(str_of((const char *)tag), SHOWN_MAX)));
}

static bool is_one_of(struct str s, const char *const words[3])
{
    return str_is(s, words[0]) || str_is(s, words[1]) || str_is(s, words[2]);
}

/* The YAML 1.2 core schema, less the numbers that JSON cannot spell. */
static struct node resolve_plain(struct arena *a, struct str text)
{
    static const char *const null_words[] = {"null", "Null", "NULL"};
    static const char *const true_words[] = {"true", "True", "TRUE"};
    static const char *const false_words[] = {"false", "False", "FALSE"};
    if (text.n == 0 || str_is(text, "~") || is_one_of(text, null_words))
        return node_null();
    if (is_one_of(text, true_words))
        return node_bool(true);
    if (is_one_of(text, false_words))
        return node_bool(false);
    struct str copy = arena_str(a, text);
    return node_number_length(text) == text.n ? node_number(a, copy) : node_string(copy);
}

static int load_scalar(const struct loader *l, struct node *ret_node)
{
    if (check_properties(l, l->event.data.scalar.anchor, l->event.data.scalar.tag) < 0)
        return -1;
    bool plain = l->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !l->event.data.scalar.tag;
    *ret_node =
        plain ? resolve_plain(l->a, scalar_text(l)) : node_string(arena_str(l->a, scalar_text(l)));
    return 0;
}

static int load_node(struct loader *l, size_t depth, struct node *ret_node);

static int load_list(struct loader *l, size_t depth, struct node *ret_node)
{
    size_t from = l->n;
    if (next_event(l) < 0)
        return -1;
    while (l->event.type != YAML_SEQUENCE_END_EVENT) {
        struct member item = {.key = STR("")};
        if (load_node(l, depth, &item.value) < 0)
            return -1;
        push(l, item);
        if (next_event(l) < 0)
            return -1;
    }
    *ret_node = node_list(l->a, l->n - from);
    for (size_t i = from; i < l->n; i++)
        ret_node->list.items[ret_node->list.n++] = l->pending[i].value;
    l->n = from;
    return 0;
}

/* Reads the key looked at and its value. The member's line is the key's. */
static int load_member(struct loader *l, size_t depth, struct member *ret_member)
{
    size_t line = event_line(l);
    if (l->event.type == YAML_ALIAS_EVENT)
        return refuse(l, "aliases are not supported");
    if (l->event.type != YAML_SCALAR_EVENT)
        return refuse(l, "a key that is a list or map is not supported");
    if (check_properties(l, l->event.data.scalar.anchor, l->event.data.scalar.tag) < 0)
        return -1;
    ret_member->key = arena_str(l->a, scalar_text(l));
    if (next_event(l) < 0 || load_node(l, depth, &ret_member->value) < 0)
        return -1;
    ret_member->value.line = (unsigned)line;
    return 0;
}

/* The line of the later one of two sorted members with the same key. */
static unsigned duplicate_line(const struct node *map)
{
    for (size_t i = 1; i < map->map.n; i++) {
        const struct member *a = &map->map.items[i - 1], *b = &map->map.items[i];
        if (str_eq(a->key, b->key))
            return a->value.line > b->value.line ? a->value.line : b->value.line;
    }
    return map->line;
}

static int load_map(struct loader *l, size_t depth, struct node *ret_node)
{
    size_t from = l->n;
    if (next_event(l) < 0)
        return -1;
    while (l->event.type != YAML_MAPPING_END_EVENT) {
        struct member member;
        if (load_member(l, depth, &member) < 0)
            return -1;
        push(l, member);
        if (next_event(l) < 0)
            return -1;
    }
    struct node map = node_map(l->a, l->n - from);
    map.map.n = l->n - from;
    if (map.map.n)
        memcpy(map.map.items, l->pending + from, map.map.n * sizeof *map.map.items);
    l->n = from;
    if (node_map_sort(map.map.items, map.map.n, l->err) < 0)
        return err_wrap(l->err, "line %u", duplicate_line(&map));
    *ret_node = map;
    return 0;
}

static int load_collection(struct loader *l, size_t depth, struct node *ret_node)
{
    bool list = l->event.type == YAML_SEQUENCE_START_EVENT;
    if (list ? check_properties(l, l->event.data.sequence_start.anchor,
                                l->event.data.sequence_start.tag) < 0
             : check_properties(l, l->event.data.mapping_start.anchor,
                                l->event.data.mapping_start.tag) < 0)
        return -1;
    if (depth == NODE_DEPTH_MAX)
        return err_set(l->err, ERR_BAD, "line %zu: nested deeper than %d", event_line(l),
                       NODE_DEPTH_MAX);
    return list ? load_list(l, depth + 1, ret_node) : load_map(l, depth + 1, ret_node);
}

/* Reads the node whose first event is looked at; its last one is looked at afterwards. */
static int load_node(struct loader *l, size_t depth, struct node *ret_node)
{
    unsigned line = (unsigned)event_line(l);
    if (l->event.type == YAML_ALIAS_EVENT)
        return refuse(l, "aliases are not supported");
    if (l->event.type == YAML_SCALAR_EVENT ? load_scalar(l, ret_node) < 0
                                           : load_collection(l, depth, ret_node) < 0)
        return -1;
    ret_node->line = line;
    return 0;
}

static int load_stream(struct loader *l, struct node *ret_node)
{
    if (next_event(l) < 0 || next_event(l) < 0) /* the stream's start, the document's */
        return -1;
    if (l->event.type == YAML_STREAM_END_EVENT) {
        *ret_node = node_null();
        ret_node->line = 1;
        return 0;
    }
    if (next_event(l) < 0 || load_node(l, 0, ret_node) < 0)
        return -1;
    if (next_event(l) < 0 || next_event(l) < 0) /* the document's end, what follows it */
        return -1;
    return l->event.type == YAML_STREAM_END_EVENT ? 0 : refuse(l, "a second document");
}

int yaml_load(struct arena *a, struct str text, struct node *ret_node, struct err *err)
{
    struct loader l = {.a = a, .err = err, .text = text};
    if (!yaml_parser_initialize(&l.parser))
        abort();
    /* Not guessed: a byte order mark must not turn the text into UTF-16. */
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
    struct node node;
    int status = load_stream(&l, &node);
    if (status == 0)
        *ret_node = node;
    yaml_event_delete(&l.event);
    yaml_parser_delete(&l.parser);
    free(l.pending);
    return status;
}
