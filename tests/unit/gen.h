/*
 * gen: random documents from a seed, for tests by property. Header only: a test is one file.
 *
 *     struct gen g = gen_start("yaml");            // prints the seed; SEED=n repeats a run
 *     struct node doc = gen_document(&g, &arena);
 */
#ifndef UNIT_GEN_H
#define UNIT_GEN_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "format/node.h"

struct gen {
    uint64_t state;
    bool json; /* only what JSON by json_parse can hold: no NUL in keys, integers of 64 bits */
};

#define GEN_COUNT(array) (sizeof(array) / sizeof *(array))
#define GEN_STR(literal)                                                                           \
    {                                                                                              \
        .p = ("" literal), .n = sizeof(literal) - 1                                                \
    }

/* Strings that have broken YAML writers: each must survive alone, in a list, as a key. */
static const struct str gen_hostile[] = {
    GEN_STR(""),
    GEN_STR(" "),
    GEN_STR("  "),
    GEN_STR("\t"),
    GEN_STR("\n"),
    GEN_STR("\n\n\n"),
    GEN_STR(" \n"),
    GEN_STR("\n "),
    GEN_STR(" \n "),
    GEN_STR("\n \n"),
    GEN_STR("\t\n"),
    GEN_STR("\n\t"),
    GEN_STR("a\n"),
    GEN_STR("a\n\n"),
    GEN_STR("a\n\n\n"),
    GEN_STR("\na"),
    GEN_STR("\n\na"),
    GEN_STR("\n\n a"),
    GEN_STR("\n  \na"),
    GEN_STR("a\nb"),
    GEN_STR("a\n b\n"),
    GEN_STR(" a\nb\n"),
    GEN_STR("  a\n b\n"),
    GEN_STR("\ta\nb\n"),
    GEN_STR("a\n\tb\n"),
    GEN_STR("a\n "),
    GEN_STR("a\n  \n"),
    GEN_STR("a \nb \n"),
    GEN_STR("a\t\nb\t"),
    GEN_STR("a\n\n b\n\n\n"),
    GEN_STR("---\nx\n"),
    GEN_STR("x\n---\n"),
    GEN_STR("x\n...\n"),
    GEN_STR("# x\ny\n"),
    GEN_STR("x\n# y\n"),
    GEN_STR("x\n#y"),
    GEN_STR("- a\n- b\n"),
    GEN_STR("a: 1\nb: 2\n"),
    GEN_STR("a\r\nb\r\n"),
    GEN_STR("a\rb"),
    GEN_STR("\r"),
    GEN_STR("a\n\xEF\xBB\xBFz\n"),
    GEN_STR("yes"),
    GEN_STR("No"),
    GEN_STR("ON"),
    GEN_STR("off"),
    GEN_STR("y"),
    GEN_STR("N"),
    GEN_STR("true"),
    GEN_STR("FALSE"),
    GEN_STR("tRuE"),
    GEN_STR("null"),
    GEN_STR("Null"),
    GEN_STR("~"),
    GEN_STR("nan"),
    GEN_STR(".NaN"),
    GEN_STR(".inf"),
    GEN_STR("-.inf"),
    GEN_STR("+.INF"),
    GEN_STR("-inf"),
    GEN_STR("0"),
    GEN_STR("-1"),
    GEN_STR("+1"),
    GEN_STR("01"),
    GEN_STR("0x1F"),
    GEN_STR("0o17"),
    GEN_STR("0b1"),
    GEN_STR("-0x1"),
    GEN_STR("+0x1"),
    GEN_STR("1_000"),
    GEN_STR("1,000"),
    GEN_STR("1.5"),
    GEN_STR("1."),
    GEN_STR(".5"),
    GEN_STR("+.5"),
    GEN_STR("1e3"),
    GEN_STR("1.0e+3"),
    GEN_STR("5e84000000000000"),
    GEN_STR("5f8a1b2c3d4e5f6a7b8c9d0e"),
    GEN_STR("."),
    GEN_STR(".."),
    GEN_STR("..."),
    GEN_STR("...x"),
    GEN_STR("-"),
    GEN_STR("--"),
    GEN_STR("---"),
    GEN_STR("--- x"),
    GEN_STR("190:20:30"),
    GEN_STR("1:2"),
    GEN_STR("10:00"),
    GEN_STR("2024-01-01"),
    GEN_STR("2024-1-1"),
    GEN_STR("2024-01-15T12:00:00Z"),
    GEN_STR("2024-01-15 12:00:00"),
    GEN_STR("- x"),
    GEN_STR("-x"),
    GEN_STR("? x"),
    GEN_STR("?x"),
    GEN_STR(": x"),
    GEN_STR(":x"),
    GEN_STR(":"),
    GEN_STR("x:"),
    GEN_STR("x: y"),
    GEN_STR("x:y"),
    GEN_STR("x:\ty"),
    GEN_STR("x :"),
    GEN_STR("# x"),
    GEN_STR("#x"),
    GEN_STR("x # y"),
    GEN_STR("x #"),
    GEN_STR("x#y"),
    GEN_STR("x\t#y"),
    GEN_STR(" x"),
    GEN_STR("x "),
    GEN_STR("x  y"),
    GEN_STR("\tx"),
    GEN_STR("x\t"),
    GEN_STR("a\tb"),
    GEN_STR("[x]"),
    GEN_STR("{x: y}"),
    GEN_STR("x, y"),
    GEN_STR("]"),
    GEN_STR("&a"),
    GEN_STR("*a"),
    GEN_STR("!x"),
    GEN_STR("!!str x"),
    GEN_STR("|"),
    GEN_STR(">"),
    GEN_STR("'x'"),
    GEN_STR("\"x\""),
    GEN_STR("it's"),
    GEN_STR("say \"x\""),
    GEN_STR("\\"),
    GEN_STR("\\n"),
    GEN_STR("%x"),
    GEN_STR("%YAML 1.1"),
    GEN_STR("@x"),
    GEN_STR("`x`"),
    GEN_STR("="),
    GEN_STR("=x"),
    GEN_STR("<<"),
    GEN_STR("<x>"),
    GEN_STR("******"),
    GEN_STR("\0"),
    GEN_STR("a\0b"),
    GEN_STR("\x01"),
    GEN_STR("\x1B[31m"),
    GEN_STR("\x7F"),
    GEN_STR("\a\b\v\f"),
    GEN_STR("\xC2\x80"),
    GEN_STR("\xC2\x85"),
    GEN_STR("a\xC2\x85z"),
    GEN_STR("\xC2\xA0"),
    GEN_STR("\xC2\xAD"),
    GEN_STR("\xE2\x80\x8B"),
    GEN_STR("\xE2\x80\xA8"),
    GEN_STR("\xE2\x80\xA9"),
    GEN_STR("a\xE2\x80\xA8z\n"),
    GEN_STR("\xE2\x80\xAE"),
    GEN_STR("\xE2\x81\xA0"),
    GEN_STR("\xE2\x81\xA6"),
    GEN_STR("\xD8\x9C"),
    GEN_STR("\xEF\xBB\xBF"),
    GEN_STR("\xEF\xBF\xBD"),
    GEN_STR("\xEF\xBF\xBE"),
    GEN_STR("\xEF\xBF\xBF"),
    GEN_STR("\xEF\xB7\x90"),
    GEN_STR("\xED\x9F\xBF"),
    GEN_STR("\xEE\x80\x80"),
    GEN_STR("\xF0\x9F\x98\x80"),
    GEN_STR("\xF0\x9F\x98\x80\nz\n"),
    GEN_STR("\xF0\x9F\xBF\xBE"),
    GEN_STR("\xF3\xA0\x81\xA7"),
    GEN_STR("\xF4\x8F\xBF\xBF"),
    GEN_STR("\xC3\xA9t\xC3\xA9"),
    GEN_STR("\xE6\xBC\xA2\xE5\xAD\x97"),
    GEN_STR("_id"),
    GEN_STR("name"),
    GEN_STR("description"),
    GEN_STR("function (a) {\n\treturn 1;\n}\n"),
};

/* splitmix64: small, and the same everywhere. */
static inline uint64_t gen_next(struct gen *g)
{
    uint64_t z = (g->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* 0 to n - 1; n is small, so that the bias does not matter. */
static inline size_t gen_below(struct gen *g, size_t n)
{
    return (size_t)(gen_next(g) % n);
}

static inline struct gen gen_start(const char *what)
{
    const char *given = getenv("SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 20231123;
    printf("seed of %s: %" PRIu64 " (set SEED to change it)\n", what, seed);
    return (struct gen){.state = seed};
}

static inline void gen_point(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_char(out, (char)c);
    } else if (c < 0x800) {
        buf_char(out, (char)(0xC0 | c >> 6));
        buf_char(out, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        buf_char(out, (char)(0xE0 | c >> 12));
        buf_char(out, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_char(out, (char)(0x80 | (c & 0x3F)));
    } else {
        buf_char(out, (char)(0xF0 | c >> 18));
        buf_char(out, (char)(0x80 | (c >> 12 & 0x3F)));
        buf_char(out, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_char(out, (char)(0x80 | (c & 0x3F)));
    }
}

/* Any code point but a surrogate; the ones that mean something to YAML far more often. */
static inline uint32_t gen_any_point(struct gen *g)
{
    static const char meaning[] = "\n\n\n   \t:#-?,[]{}&*!|>'\"%@`=~<.+_0123456789eExaynob\\\r";
    static const uint32_t rare[] = {0,      1,      0x1B,   0x7F,   0x80,    0x85,    0xA0,
                                    0xAD,   0x61C,  0x200B, 0x200D, 0x200E,  0x2028,  0x2029,
                                    0x202E, 0x2060, 0x2066, 0xFEFF, 0xFFFD,  0xFFFE,  0xFFFF,
                                    0xD7FF, 0xE000, 0xFDD0, 0xFFF9, 0x1F600, 0x1FFFE, 0xE0041};
    switch (gen_below(g, 8)) {
    case 0:
        return rare[gen_below(g, GEN_COUNT(rare))];
    case 1: {
        uint32_t c = (uint32_t)gen_below(g, 0x110000);
        return c >= 0xD800 && c <= 0xDFFF ? 0x2603 : c;
    }
    case 2:
        return (uint32_t)(0x20 + gen_below(g, 0x5F));
    default:
        return (unsigned char)meaning[gen_below(g, sizeof meaning - 1)];
    }
}

static inline struct str gen_noise(struct gen *g, struct arena *a, size_t max)
{
    struct buf b = BUF_MAX(1 << 20);
    for (size_t n = gen_below(g, max + 1); n > 0; n--)
        gen_point(&b, gen_any_point(g));
    struct str s = arena_str(a, buf_view(&b));
    buf_release(&b);
    return s;
}

/* Text of lines: what becomes a literal block, with the shapes that chomping and indentation trip
 * over. */
static inline struct str gen_lines(struct gen *g, struct arena *a)
{
    static const char *const lines[] = {"",    "",     " ",   "  ",  "\t",  "x",
                                        " x",  "   x", "\tx", "x ",  "x\t", "# x",
                                        "- x", "x: y", "---", "...", "{",   "\xC3\xA9"};
    struct buf b = BUF_MAX(1 << 20);
    for (size_t n = 1 + gen_below(g, 6); n > 0; n--) {
        buf_str(&b, str_of(lines[gen_below(g, GEN_COUNT(lines))]));
        if (n > 1 || gen_below(g, 2))
            buf_char(&b, '\n');
    }
    struct str s = arena_str(a, buf_view(&b));
    buf_release(&b);
    return s;
}

static inline struct str gen_string(struct gen *g, struct arena *a)
{
    switch (gen_below(g, 6)) {
    case 0:
        return gen_hostile[gen_below(g, GEN_COUNT(gen_hostile))];
    case 1:
        return gen_lines(g, a);
    case 2:
        return gen_noise(g, a, 3);
    case 3:
        return gen_noise(g, a, 20);
    default:
        return arena_printf(a, "text %u", (unsigned)gen_below(g, 1000));
    }
}

static inline struct str gen_key(struct gen *g, struct arena *a)
{
    if (gen_below(g, 3) > 0)
        return arena_printf(a, "key%u", (unsigned)gen_below(g, 40));
    struct str key;
    do
        key = gen_below(g, 50) == 0 ? gen_noise(g, a, 2000) : gen_string(g, a);
    while (g->json && str_find(key, '\0') < key.n);
    return key;
}

static inline struct node gen_number(struct gen *g, struct arena *a)
{
    static const char *const numbers[] = {"0",
                                          "-1",
                                          "7",
                                          "18446744073709551615",
                                          "-9223372036854775808",
                                          "1.10",
                                          "-0.0",
                                          "0.1",
                                          "1e3",
                                          "1E-3",
                                          "1.5e3",
                                          "-2.50E+07",
                                          "1e400",
                                          "123456.789"};
    if (gen_below(g, 2))
        return node_number(a, str_of(numbers[gen_below(g, GEN_COUNT(numbers))]));
    if (!g->json && gen_below(g, 8) == 0)
        return node_number(a, STR("123456789012345678901234567890"));
    return node_integer(a, (long long)gen_next(g) >> gen_below(g, 64));
}

static inline struct node gen_node(struct gen *g, struct arena *a, size_t depth)
{
    struct node n;
    size_t kind = gen_below(g, depth == 0 ? 6 : 10);
    if (kind == 0)
        return gen_below(g, 2) ? node_null() : node_bool(gen_below(g, 2));
    if (kind == 1)
        return gen_number(g, a);
    if (kind < 6)
        return node_string(gen_string(g, a));
    size_t count = gen_below(g, 6);
    if (kind < 8) {
        n = node_list(a, 0);
        while (count-- > 0)
            node_list_add(a, &n, gen_node(g, a, depth - 1));
        return n;
    }
    n = node_map(a, gen_below(g, 4));
    while (count-- > 0) {
        struct str key = gen_key(g, a);
        node_map_set(a, &n, key, gen_node(g, a, depth - 1));
    }
    return n;
}

/* A list or a map. */
static inline struct node gen_document(struct gen *g, struct arena *a)
{
    struct node n;
    do
        n = gen_node(g, a, 1 + gen_below(g, 6));
    while (n.type != NODE_LIST && n.type != NODE_MAP);
    return n;
}

/* The same document, its maps' members set in another order. */
static inline struct node gen_shuffled(struct gen *g, struct arena *a, const struct node *node)
{
    if (node->type == NODE_LIST) {
        struct node list = node_list(a, node->list.n);
        for (size_t i = 0; i < node->list.n; i++)
            node_list_add(a, &list, gen_shuffled(g, a, &node->list.items[i]));
        return list;
    }
    if (node->type != NODE_MAP)
        return *node;
    size_t n = node->map.n, *order = arena_array(a, n, sizeof *order);
    for (size_t i = 0; i < n; i++) {
        size_t j = gen_below(g, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    struct node map = node_map(a, 0);
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &node->map.items[order[i]];
        node_map_set(a, &map, m->key, gen_shuffled(g, a, &m->value));
    }
    return map;
}

#endif
