#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/json.h"
#include "gen.h"

enum { DOCUMENTS = 20000, TEXT_MAX = 64 << 20 };

static struct arena arena;
static struct buf out = BUF_MAX(TEXT_MAX);

static int clear(void **state)
{
    (void)state;
    arena_reset(&arena);
    buf_reset(&out);
    return 0;
}

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    buf_release(&out);
    return 0;
}

static struct node parsed(struct str text)
{
    struct node node;
    struct err err = {0};
    if (json_parse(&arena, text, &node, &err) < 0)
        fail_msg("%.*s: %s", STR_ARG(text), err.text);
    return node;
}

static const char *written(const struct node *node)
{
    buf_reset(&out);
    json_write(&out, node);
    return buf_cstr(&out);
}

static void assert_refused(struct str text, const char *error)
{
    struct node unset = node_cstring("untouched");
    struct err err = {0};
    if (json_parse(&arena, text, &unset, &err) == 0)
        fail_msg("%.*s is taken for %s", STR_ARG(text), written(&unset));
    assert_int_equal(err.cls, ERR_BAD);
    assert_string_equal(unset.text.p, "untouched");
    if (!strstr(err.text, error))
        fail_msg("%.*s\ngives: %s\nnot:   %s", STR_ARG(text), err.text, error);
}

/* ---- reading ---- */

static void values_are_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {"null", "null"},
        {" true ", "true"},
        {"false", "false"},
        {"\"\"", "\"\""},
        {"12", "12"},
        {"[]", "[]"},
        {"{}", "{}"},
        {"\t[ 1 ,\r\n2 ] ", "[1,2]"},
        {"{\"b\":1,\"a\":{\"\":[]}}", "{\"a\":{\"\":[]},\"b\":1}"},
        {"{\"z\":1,\"name\":2,\"description\":3,\"_id\":4,\"A\":5}",
         "{\"_id\":4,\"name\":2,\"description\":3,\"A\":5,\"z\":1}"},
        {"\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "\"/\\u0008\\u000c\\n\\r\\t\\\"\\\\\""},
        {"\"\\u00e9\\ud83d\\ude00\\uFFFF\"", "\"\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBF\""},
        {"\"a\\u0000b\"", "\"a\\u0000b\""},
        {"\"\x7F\xE2\x80\xA8\"", "\"\x7F\xE2\x80\xA8\""},
        {"{\"\\u0061\":\"\\u0000\"}", "{\"a\":\"\\u0000\"}"},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        struct node node = parsed(str_of(rows[i].text));
        assert_string_equal(written(&node), rows[i].canonical);
    }
}

static void numbers_keep_their_spelling(void **state)
{
    (void)state;
    static const char *const same[] = {"0",
                                       "-1",
                                       "1.10",
                                       "-0.0",
                                       "0.1",
                                       "100",
                                       "1.0e+3",
                                       "1.5E-10",
                                       "9223372036854775807",
                                       "9223372036854775808",
                                       "18446744073709551615",
                                       "-9223372036854775808",
                                       "123456789012345678901234567890.5",
                                       "1.0e+400",
                                       "-0.0e-0",
                                       "0.30000000000000000000000000000000000004"};
    for (size_t i = 0; i < GEN_COUNT(same); i++) {
        struct node node = parsed(str_of(same[i]));
        assert_int_equal(node.type, NODE_NUMBER);
        assert_string_equal(written(&node), same[i]);
    }
    struct node list = parsed(STR("[1e3,1E-3,1.5e3,0e0,-0e05]"));
    assert_string_equal(written(&list), "[1.0e+3,1.0E-3,1.5e+3,0.0e+0,-0.0e+05]");
}

static void what_would_be_altered_is_refused(void **state)
{
    (void)state;
    assert_refused(
        STR("123456789012345678901234567890"),
        "integer 123456789012345678901234567890 does not fit 64 bits and would be altered");
    assert_refused(STR("[18446744073709551616]"), "does not fit 64 bits");
    assert_refused(STR("[-9223372036854775809]"), "does not fit 64 bits");
    assert_refused(STR("[1234567890123456789012345678901234567890123456789012345678901234567890]"),
                   "integer 1234567890123456789012345678901234567890... does not fit");
    assert_refused(STR("[-0]"), "the integer -0 at byte 1 would lose its sign");
    assert_refused(STR("[\"\\ud800\"]"), "the unpaired surrogate \\uD800 at byte 2");
    assert_refused(STR("[\"\\udc00\\ud800\"]"), "the unpaired surrogate \\uDC00");
    assert_refused(STR("[\"\\ud800\\u0041\"]"), "the unpaired surrogate \\uD800");
    assert_refused(STR("[\"\\ud83dx\"]"), "the unpaired surrogate \\uD83D");
    assert_refused(STR("{\"a\\u0000b\":1}"), "the key at byte 1 holds U+0000");
    assert_refused(STR("{\"\\u0000\" \n :1}"), "holds U+0000");
}

/* Every code point, escaped as JSON has it: kept, or refused because json-c would alter it. */
static void escapes_are_kept_or_refused(void **state)
{
    (void)state;
    enum { BLOCK = 64 };
    size_t refused = 0;
    for (uint32_t from = 0; from < 0x110000; from += BLOCK) {
        arena_reset(&arena);
        struct buf escaped = BUF_MAX(1 << 20), raw = BUF_MAX(1 << 20);
        buf_char(&escaped, '"');
        for (uint32_t c = from; c < from + BLOCK; c++) {
            if (c < 0x10000)
                buf_printf(&escaped, "\\u%04x", c);
            else
                buf_printf(&escaped, "\\u%04X\\u%04X", 0xD7C0 + (c >> 10), 0xDC00 | (c & 0x3FF));
            gen_point(&raw, c);
        }
        buf_char(&escaped, '"');
        if ((from & 0xF800) == 0xD800) {
            assert_refused(buf_view(&escaped), "would be altered");
            refused++;
        } else {
            struct node string = parsed(buf_view(&escaped));
            assert_true(str_eq(string.text, buf_view(&raw)));
        }
        buf_release(&escaped);
        buf_release(&raw);
    }
    assert_int_equal(refused * BLOCK, 17 * 0x800);
}

static void a_key_that_stands_twice_is_named(void **state)
{
    (void)state;
    assert_refused(STR("{\"a\":1,\"a\":2}"), "the key \"a\" stands twice");
    assert_refused(STR("{\"x\":[{\"a\":{\"b\":1},\"b\":2,\"a\":3}]}"),
                   "the key \"a\" stands twice");
    assert_refused(STR("{\"b\":1,\"\\u0062\":2}"), "the key \"b\" stands twice");
    assert_refused(STR("{\"\":1,\"\":2}"), "the key \"\" stands twice");
    assert_refused(STR("[{\"a\":1},{\"a\":1,\"c\":\"c\",\"d\":[{\"c\":1}],\"c\":1}]"),
                   "the key \"c\" stands twice");
    /* A long one is cut, between characters. */
    struct str e = STR("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9");
    const char *text = arena_printf(&arena, "{\"x%.*s%.*s%.*s\":1,\"x%.*s%.*s%.*s\":2}", STR_ARG(e),
                                    STR_ARG(e), STR_ARG(e), STR_ARG(e), STR_ARG(e), STR_ARG(e))
                           .p;
    assert_refused(str_of(text), "\xC3\xA9\" stands twice");
    parsed(STR("[{\"a\":1},{\"a\":{\"a\":[{\"a\":1}]}}]"));
}

static const char *const no_json[] = {
    "",
    " ",
    "nul",
    "nulll",
    "NULL",
    "True",
    "NaN",
    "[NaN]",
    "Infinity",
    "[-Infinity]",
    "-",
    "[+1]",
    "01",
    "[00]",
    "[-01]",
    "[01.5]",
    "1.",
    "[1.]",
    "[1.e5]",
    "[.5]",
    "[1e]",
    "[1e+]",
    "[1.5e+x]",
    "[0x1]",
    "[1-2]",
    "[1.2.3]",
    "[--1]",
    "[1 2]",
    "[1,]",
    "[,1]",
    "[",
    "]",
    "[1",
    "[1]]",
    "[1] x",
    "[1]x",
    "1 2",
    "{",
    "{\"a\"}",
    "{\"a\":}",
    "{a:1}",
    "{'a':1}",
    "['a']",
    "{1:2}",
    "{\"a\" 1}",
    "{\"a\":1,}",
    "{,}",
    "[}",
    "[\"a]",
    "[\"\\x\"]",
    "[\"\\u12\"]",
    "[\"\\\"]",
    "[\"a\nb\"]",
    "[\"\x01\"]",
    "[/**/1]",
    "// x\n1",
    "[1\f]",
    "\xEF\xBB\xBF[]",
    "[\xC2\xA0]",
    "[\"\xFF\"]",
    "[\"\xC0\x80\"]",
    "[\"\xED\xA0\x80\"]",
    "[\"\xF4\x90\x80\x80\"]",
    "[\"\xC3\"]",
    "[\"\xE2\x82\"]",
    "[\"\xF8\x88\x80\x80\x80\"]",
    "[true false]",
    "[truefalse]",
    "[\"a\"\"b\"]",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\"::1}",
    ":",
    ",",
};

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < GEN_COUNT(no_json); i++)
        assert_refused(str_of(no_json[i]), "not JSON at byte ");
    assert_refused(STR("[1\0]"), "not JSON at byte 2: unexpected character");
    assert_refused(STR("[1]\0"), "not JSON at byte 3: unexpected character");
    assert_refused(STR("1\0"), "not JSON at byte 1: unexpected character");
    assert_refused(STR("[\"a\0b\"]"), "not JSON at byte 3: control character in a string");
}

static void errors_say_where(void **state)
{
    (void)state;
    assert_refused(STR(""), "not JSON at byte 0: unexpected end of data");
    assert_refused(STR("[1,2"), "not JSON at byte 4: unexpected end of data");
    assert_refused(STR("[1,\"ab"), "not JSON at byte 6: unexpected end of data");
    assert_refused(STR("[1] x"), "not JSON at byte 4: unexpected character");
    assert_refused(STR("[1] 2"), "not JSON at byte 4: ");
    assert_refused(STR("[\"\xC3\xA9\xFF\"]"), "not JSON at byte 4: invalid UTF-8");
}

static void the_text_needs_no_terminator(void **state)
{
    (void)state;
    static const char text[] = "12345\"abc\"truenull[1]";
    assert_string_equal(written(&(struct node){0}), "null");
    struct node number = parsed((struct str){text, 3});
    assert_string_equal(written(&number), "123");
    struct node word = parsed((struct str){text + 10, 4});
    assert_true(word.boolean);
    assert_refused((struct str){text + 10, 3}, "not JSON");
    assert_refused((struct str){text + 5, 4}, "unexpected end of data");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (int n = NODE_DEPTH_MAX - 1; n <= NODE_DEPTH_MAX + 1; n++) {
        for (int filled = 0; filled < 2; filled++) {
            buf_reset(&out);
            for (int i = 0; i < n; i++)
                buf_str(&out, i % 2 ? STR("[") : STR("{\"k\":"));
            buf_str(&out, filled ? STR("1") : n % 2 ? STR("[]") : STR("{}"));
            for (int i = n - 1; i >= 0; i--)
                buf_char(&out, i % 2 ? ']' : '}');
            struct str text = arena_str(&arena, buf_view(&out));
            if (n + !filled <= NODE_DEPTH_MAX)
                parsed(text);
            else
                assert_refused(text, "nested deeper than 100");
        }
    }
    buf_reset(&out);
    buf_fill(&out, '[', 1000000);
    assert_refused(arena_str(&arena, buf_view(&out)), "nested deeper than 100 at byte 100");
}

static void nothing_of_the_text_is_borrowed(void **state)
{
    (void)state;
    char text[] = "{\"key\":[\"value\",1.5]}";
    struct node node = parsed(str_of(text));
    memset(text, 'x', sizeof text - 1);
    assert_string_equal(written(&node), "{\"key\":[\"value\",1.5]}");
}

/* ---- both ---- */

static void random_documents_survive(void **state)
{
    (void)state;
    struct gen g = gen_start("json");
    g.json = true;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        struct node node = gen_node(&g, &arena, gen_below(&g, 6));
        written(&node);
        struct node back = parsed(buf_view(&out));
        assert_true(node_eq(&node, &back));
    }
}

/* What is taken must survive being written; everything else must be refused, not crash. */
static void damaged_documents_are_taken_whole_or_not_at_all(void **state)
{
    (void)state;
    static const char bytes[] = "\"\\{}[]:,0123456789.-+eEtrufalsn \n\x80\xC3\xFF/'";
    struct gen g = gen_start("json damage");
    g.json = true;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        struct node node = gen_node(&g, &arena, 3), back;
        written(&node);
        struct buf copy = BUF_MAX(TEXT_MAX);
        buf_str(&copy, buf_view(&out));
        for (size_t n = gen_below(&g, 3); n < 3; n++)
            copy.p[gen_below(&g, copy.n)] = bytes[gen_below(&g, sizeof bytes)];
        struct err err;
        if (json_parse(&arena, buf_view(&copy), &node, &err) == 0) {
            written(&node);
            back = parsed(buf_view(&out));
            assert_true(node_eq(&node, &back));
        } else {
            assert_int_equal(err.cls, ERR_BAD);
            assert_true(strlen(err.text) < 160);
        }
        buf_release(&copy);
    }
}

/* ---- arrays ---- */

/* The elements of text joined by '|'; behind them "|!" and the error, where there is one. */
static const char *split(struct str text)
{
    struct json_array it;
    struct str element;
    struct err err = {0};
    buf_reset(&out);
    int more = json_array_open(&it, text, &err);
    while (more == 0 ? (more = json_array_next(&it, &element, &err)) > 0 : false) {
        buf_str(&out, element);
        buf_char(&out, '|');
        more = 0;
    }
    if (more < 0) {
        assert_int_equal(err.cls, ERR_BAD);
        buf_printf(&out, "!%s", err.text);
    }
    return buf_cstr(&out);
}

static void arrays_are_split_into_elements(void **state)
{
    (void)state;
    assert_string_equal(split(STR("[]")), "");
    assert_string_equal(split(STR(" [ \n] ")), "");
    assert_string_equal(split(STR("[1]")), "1|");
    assert_string_equal(split(STR("\n[ 1 , {\"a\":[2,3]} ,\"x\" ] ")), "1|{\"a\":[2,3]}|\"x\"|");
    assert_string_equal(split(STR("[\",]\",\"\\\"]\",[\"}\"]]")), "\",]\"|\"\\\"]\"|[\"}\"]|");
    assert_string_equal(split(STR("[\"\\\\\",2]")), "\"\\\\\"|2|");
    /* One bad element leaves the others alone. */
    assert_string_equal(split(STR("[{\"a\":1},{bad},{\"b\":2}]")), "{\"a\":1}|{bad}|{\"b\":2}|");
}

static void arrays_that_break_off_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *result;
    } rows[] = {
        {"", "!not a JSON array"},
        {"{}", "!not a JSON array"},
        {"null", "!not a JSON array"},
        {"[", "!not JSON: the text ends within an array"},
        {"[1", "!not JSON: the text ends within an array"},
        {"[1,", "1|!not JSON: the text ends within an array"},
        {"[1,{\"a\":2", "1|!not JSON: the text ends within an array"},
        {"[1,\"]", "1|!not JSON: the text ends within an array"},
        {"[1,\"]\\", "1|!not JSON: the text ends within an array"},
        {"[1,]", "1|!not JSON: an array element is missing"},
        {"[,1]", "!not JSON: an array element is missing"},
        {"[1,,2]", "1|!not JSON: an array element is missing"},
        {"[1]x", "1|!not JSON: something stands behind the array"},
        {"[1}", "1|!not JSON: neither ',' nor ']' behind an array element"},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++)
        assert_string_equal(split(str_of(rows[i].text)), rows[i].result);
}

/* Splitting and parsing gives what parsing the whole gives; a prefix never ends well. */
static void random_arrays_split_as_they_parse(void **state)
{
    (void)state;
    struct gen g = gen_start("json arrays");
    g.json = true;
    for (int i = 0; i < DOCUMENTS / 10; i++) {
        arena_reset(&arena);
        struct node list = node_list(&arena, 0), parts = node_list(&arena, 0);
        for (size_t n = gen_below(&g, 6); n > 0; n--)
            node_list_add(&arena, &list, gen_node(&g, &arena, 3));
        written(&list);
        struct json_array it;
        struct str element;
        struct err err;
        int more;
        assert_int_equal(json_array_open(&it, buf_view(&out), &err), 0);
        while ((more = json_array_next(&it, &element, &err)) > 0)
            node_list_add(&arena, &parts, parsed(element));
        assert_int_equal(more, 0);
        assert_true(node_eq(&list, &parts));
        struct str prefix = str_sub(buf_view(&out), 0, 1 + gen_below(&g, out.n - 1));
        assert_int_equal(json_array_open(&it, prefix, &err), 0);
        while ((more = json_array_next(&it, &element, &err)) > 0)
            ;
        assert_int_equal(more, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(values_are_what_they_say, clear),
        cmocka_unit_test_setup(numbers_keep_their_spelling, clear),
        cmocka_unit_test_setup(what_would_be_altered_is_refused, clear),
        cmocka_unit_test_setup(escapes_are_kept_or_refused, clear),
        cmocka_unit_test_setup(a_key_that_stands_twice_is_named, clear),
        cmocka_unit_test_setup(what_is_no_json_is_refused, clear),
        cmocka_unit_test_setup(errors_say_where, clear),
        cmocka_unit_test_setup(the_text_needs_no_terminator, clear),
        cmocka_unit_test_setup(depth_is_bounded, clear),
        cmocka_unit_test_setup(nothing_of_the_text_is_borrowed, clear),
        cmocka_unit_test_setup(random_documents_survive, clear),
        cmocka_unit_test_setup(damaged_documents_are_taken_whole_or_not_at_all, clear),
        cmocka_unit_test_setup(arrays_are_split_into_elements, clear),
        cmocka_unit_test_setup(arrays_that_break_off_are_refused, clear),
        cmocka_unit_test_setup(random_arrays_split_as_they_parse, clear),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, release);
}
