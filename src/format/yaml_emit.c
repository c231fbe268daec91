/* The writer. What it may leave plain is pinned by tests against the resolvers of both versions. */
#include "format/yaml.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "format/utf8.h"

enum {
    INDENT = 2,
    /* Readers look ahead no further for the colon that makes a scalar a key (YAML 1.2 section
     * 7.4.2), so one longer than this, as spelled, is announced by "? ". */
    IMPLICIT_KEY_MAX = 1024, /* characters */
};

/* ---- what a string holds ---- */

/* Bits that say why a string cannot be plain. */
enum trait {
    HAS_LF = 1,     /* a line feed: makes a block, if nothing is hidden */
    HAS_TAB = 2,    /* a tab: goes into a block as it is */
    HAS_MARKER = 4, /* ": " or " #", which end plain text */
    HAS_HIDDEN = 8, /* a character that must be escaped */
};

/* Whether a code point is lost by readers, or not seen by people: it is always written as an
 * escape. Joiners (U+200C, U+200D) stay: emoji and scripts are made with them. */
static bool is_hidden(uint32_t c)
{
    if (c < 0xA0)
        return c < 0x20 || c >= 0x7F;
    if ((c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF))
        return true; /* noncharacters */
    if (c >= 0x2000 && c <= 0x206F)
        return c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
               c >= 0x2060;
    return c == 0x061C || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F);
}

/* The traits of the character at *at, which is moved behind it. */
static unsigned character_traits(struct str s, size_t *at)
{
    size_t i = *at;
    *at = i + 1;
    switch (s.p[i]) {
    case '\n':
        return HAS_LF;
    case '\t':
        return HAS_TAB;
    case ':':
        return i + 1 == s.n || s.p[i + 1] == ' ' ? HAS_MARKER : 0;
    case '#':
        return i > 0 && s.p[i - 1] == ' ' ? HAS_MARKER : 0;
    default:
        break;
    }
    uint32_t point;
    size_t n = utf8_decode(s, i, &point);
    if (n == 0)
        return HAS_HIDDEN;
    *at = i + n;
    return is_hidden(point) ? HAS_HIDDEN : 0;
}

static unsigned string_traits(struct str s)
{
    unsigned traits = 0;
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c < 0x7F && c != ':' && c != '#')
            i++;
        else
            traits |= character_traits(s, &i);
    }
    return traits;
}

/* ---- what readers take for something else than a string ---- */

static bool is_digit(struct str s, size_t at)
{
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

/* Words that a reader of either version, or one that is lenient in letters, resolves. */
static bool is_word(struct str s)
{
    static const char *const words[] = {"y",    "n",    "yes",   "no",   "on",  "off",
                                        "true", "null", "false", ".nan", "nan", ".inf",
                                        "inf",  "+inf", "+.inf", "~",    "="};
    if (s.n > sizeof "false" - 1)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == s.n && strncasecmp(words[i], s.p, s.n) == 0)
            return true;
    return false;
}

/* Integers of any base, floats, base 60, with any grouping; dates and times. Generous: what only
 * looks like one is quoted as well. */
static bool is_numeric(struct str s)
{
    size_t from = s.p[0] == '+' ? 1 : 0;
    if (is_digit(s, from) && from + 1 < s.n && s.p[from] == '0' && s.p[from + 1] &&
        strchr("xobXOB", s.p[from + 1]))
        return true;
    if (is_digit(s, 0) && is_digit(s, 1) && is_digit(s, 2) && is_digit(s, 3) && s.n > 5 &&
        s.p[4] == '-' && is_digit(s, 5))
        return true;
    if (!is_digit(s, from) && !(from < s.n && s.p[from] == '.'))
        return false;
    while (from < s.n && s.p[from] && strchr("0123456789_.,:eE+-", s.p[from]))
        from++;
    return from == s.n;
}

/* Whether s, free of traits, can stand without quotes. */
static bool is_plain(struct str s)
{
    if (s.n == 0 || s.p[0] == ' ' || s.p[s.n - 1] == ' ')
        return false;
    if (strchr("-?:,[]{}#&*!|>'\"%@`=~", s.p[0]))
        return false;
    return !str_starts(s, STR("<<")) && !str_starts(s, STR("...")) && !is_word(s) && !is_numeric(s);
}

/* ---- scalars ---- */

static void write_escape(struct buf *out, uint32_t point)
{
    switch (point) {
    case '"':
        buf_str(out, STR("\\\""));
        break;
    case '\\':
        buf_str(out, STR("\\\\"));
        break;
    case '\n':
        buf_str(out, STR("\\n"));
        break;
    case '\r':
        buf_str(out, STR("\\r"));
        break;
    case '\t':
        buf_str(out, STR("\\t"));
        break;
    case '\0':
        buf_str(out, STR("\\0"));
        break;
    default:
        buf_printf(out, point < 0x100 ? "\\x%02X" : point < 0x10000 ? "\\u%04X" : "\\U%08X", point);
        break;
    }
}

/* Appends s in double quotes. Bytes that are not UTF-8, which a node must not hold, come out as the
 * replacement character rather than as a file that cannot be read. */
static void write_quoted(struct buf *out, struct str s)
{
    size_t done = 0, i = 0;
    buf_char(out, '"');
    while (i < s.n) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
            i++;
            continue;
        }
        uint32_t point;
        size_t n = utf8_decode(s, i, &point);
        if (n > 0 && c >= 0x80 && !is_hidden(point)) {
            i += n;
            continue;
        }
        buf_str(out, str_sub(s, done, i - done));
        write_escape(out, n > 0 ? point : 0xFFFD);
        i += n > 0 ? n : 1;
        done = i;
    }
    buf_str(out, str_sub(s, done, s.n));
    buf_char(out, '"');
}

static void write_inline(struct buf *out, struct str s, unsigned traits)
{
    if (traits == 0 && is_plain(s))
        buf_str(out, s);
    else
        write_quoted(out, s);
}

void yaml_emit_scalar(struct buf *out, struct str text)
{
    write_inline(out, text, string_traits(text));
}

static size_t leading_line_feeds(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == '\n')
        n++;
    return n;
}

/* The header of a literal block: whether the indentation is told, how many line feeds end it. */
static void write_block_header(struct buf *out, struct str s)
{
    char first = s.p[leading_line_feeds(s)];
    buf_char(out, '|');
    /* A reader would take white space at the beginning for indentation. */
    if (first == ' ' || first == '\t')
        buf_char(out, '0' + INDENT);
    if (s.p[s.n - 1] != '\n')
        buf_char(out, '-');
    else if (s.p[s.n - 2] == '\n')
        buf_char(out, '+');
    buf_char(out, '\n');
}

static void write_block(struct buf *out, struct str s, size_t indent)
{
    write_block_header(out, s);
    while (s.n > 0) {
        struct str line = str_cut(&s, '\n');
        if (line.n > 0) {
            buf_fill(out, ' ', indent);
            buf_str(out, line);
        }
        buf_char(out, '\n');
    }
}

static void write_string(struct buf *out, struct str s, size_t indent)
{
    unsigned traits = string_traits(s);
    if ((traits & HAS_LF) && !(traits & HAS_HIDDEN) && leading_line_feeds(s) < s.n) {
        write_block(out, s, indent);
        return;
    }
    write_inline(out, s, traits);
    buf_char(out, '\n');
}

/* ---- the tree ---- */

static bool is_collection(const struct node *node)
{
    return (node->type == NODE_LIST && node->list.n > 0) ||
           (node->type == NODE_MAP && node->map.n > 0);
}

/* What is no collection and no string, with the line's end. */
static struct str leaf_spelling(const struct node *node)
{
    switch (node->type) {
    case NODE_BOOL:
        return node->boolean ? STR("true") : STR("false");
    case NODE_NUMBER:
        return node->text;
    case NODE_LIST:
        return STR("[]");
    case NODE_MAP:
        return STR("{}");
    case NODE_NULL:
    case NODE_STRING:
        break;
    }
    return STR("null");
}

/* Appends a scalar or an empty collection to the line begun, and ends it. A block's lines stand at
 * `indent`. */
static void write_leaf(struct buf *out, const struct node *node, size_t indent)
{
    if (node->type == NODE_STRING) {
        write_string(out, node->text, indent);
        return;
    }
    buf_str(out, leaf_spelling(node));
    buf_char(out, '\n');
}

static size_t count_characters(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

/* Appends "key:", or "? key" and ":" on a line of its own. */
static void write_key(struct buf *out, struct str key, size_t indent)
{
    size_t from = out->n;
    yaml_emit_scalar(out, key);
    if (out->n - from > IMPLICIT_KEY_MAX &&
        count_characters(str_sub(buf_view(out), from, out->n)) > IMPLICIT_KEY_MAX) {
        buf_cut(out, from);
        buf_str(out, STR("? "));
        yaml_emit_scalar(out, key);
        buf_char(out, '\n');
        buf_fill(out, ' ', indent);
    }
    buf_char(out, ':');
}

static void write_node(struct buf *out, const struct node *node, size_t indent);

static void write_map(struct buf *out, const struct node *map, size_t indent)
{
    for (size_t i = 0; i < map->map.n; i++) {
        const struct member *member = &map->map.items[i];
        if (i > 0)
            buf_fill(out, ' ', indent);
        write_key(out, member->key, indent);
        if (is_collection(&member->value)) {
            buf_char(out, '\n');
            buf_fill(out, ' ', indent + INDENT);
        } else {
            buf_char(out, ' ');
        }
        write_node(out, &member->value, indent + INDENT);
    }
}

static void write_list(struct buf *out, const struct node *list, size_t indent)
{
    for (size_t i = 0; i < list->list.n; i++) {
        if (i > 0)
            buf_fill(out, ' ', indent);
        buf_str(out, STR("- "));
        write_node(out, &list->list.items[i], indent + INDENT);
    }
}

/* Appends node to a line that is begun up to column `indent`, or holds its key or dash. */
static void write_node(struct buf *out, const struct node *node, size_t indent)
{
    if (!is_collection(node))
        write_leaf(out, node, indent);
    else if (node->type == NODE_MAP)
        write_map(out, node, indent);
    else
        write_list(out, node, indent);
}

void yaml_emit(struct buf *out, const struct node *node)
{
    if (node->type == NODE_STRING) {
        /* A block at column 0 could hold what looks like the document's end. */
        yaml_emit_scalar(out, node->text);
        buf_char(out, '\n');
        return;
    }
    write_node(out, node, 0);
}
