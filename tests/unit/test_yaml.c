#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <regex.h>

#include "format/json.h"
#include "format/yaml.h"
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

static const char *emitted(const struct node *node)
{
    buf_reset(&out);
    yaml_emit(&out, node);
    assert_false(buf_overflowed(&out));
    return buf_cstr(&out);
}

static struct node loaded(const char *text)
{
    struct node node;
    struct err err = {0};
    if (yaml_load(&arena, str_of(text), &node, &err) < 0)
        fail_msg("%s\n%s", err.text, text);
    return node;
}

static void assert_round_trip(const struct node *node)
{
    struct node back;
    struct err err = {0};
    const char *text = emitted(node);
    if (yaml_load(&arena, buf_view(&out), &back, &err) < 0)
        fail_msg("%s\n%s", err.text, text);
    if (!node_eq(node, &back))
        fail_msg("altered:\n%s", text);
}

static struct node list_of(struct node item)
{
    struct node list = node_list(&arena, 1);
    node_list_add(&arena, &list, item);
    return list;
}

static struct node map_of(struct str key, struct node value)
{
    struct node map = node_map(&arena, 2);
    node_map_set(&arena, &map, key, value);
    return map;
}

static struct node json(const char *text)
{
    struct node node;
    struct err err = {0};
    if (json_parse(&arena, str_of(text), &node, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    return node;
}

static void assert_emits(const char *json_text, const char *yaml_text)
{
    struct node node = json(json_text);
    assert_string_equal(emitted(&node), yaml_text);
    assert_round_trip(&node);
}

/* ---- the writer ---- */

static void blocks_are_indented_by_two(void **state)
{
    (void)state;
    assert_emits("{\"b\":{\"c\":1,\"d\":[1,2]},\"a\":[]}",
                 "a: []\nb:\n  c: 1\n  d:\n    - 1\n    - 2\n");
    assert_emits("[{\"a\":1,\"b\":{}},[[1],2],[]]", "- a: 1\n  b: {}\n- - - 1\n  - 2\n- []\n");
    assert_emits("{}", "{}\n");
    assert_emits("[]", "[]\n");
    assert_emits("[null,true,false,1.10,-5,1e3]",
                 "- null\n- true\n- false\n- 1.10\n- -5\n- 1.0e+3\n");
}

static void keys_stand_in_canonical_order(void **state)
{
    (void)state;
    assert_emits("{\"a\":1,\"description\":\"d\",\"_a\":2,\"name\":\"m\",\"_id\":\"i\",\"Z\":3}",
                 "_id: i\nname: m\ndescription: d\nZ: 3\n_a: 2\na: 1\n");
}

static void lines_become_a_literal_block(void **state)
{
    (void)state;
    assert_emits("{\"a\":\"x\\ny\\n\"}", "a: |\n  x\n  y\n");
    assert_emits("{\"a\":\"x\\ny\"}", "a: |-\n  x\n  y\n");
    assert_emits("{\"a\":\"x\\n\\n\"}", "a: |+\n  x\n\n");
    assert_emits("{\"a\":\" x\\n\\ty \\n\"}", "a: |2\n   x\n  \ty \n");
    assert_emits("{\"a\":\"\\n x\"}", "a: |2-\n\n   x\n");
    assert_emits("{\"a\":\"\\nx\\n\"}", "a: |\n\n  x\n");
    assert_emits("[[\"x\\n\"]]", "- - |\n    x\n");
    assert_emits("{\"a\":[{\"b\":\"x\\ny\"}]}", "a:\n  - b: |-\n      x\n      y\n");
}

static void what_a_block_cannot_hold_is_quoted(void **state)
{
    (void)state;
    assert_emits("{\"a\":\"x\\r\\ny\"}", "a: \"x\\r\\ny\"\n");
    assert_emits("{\"a\":\"\\n\\n\"}", "a: \"\\n\\n\"\n");
    assert_emits("{\"a\":\"x\\n\\u202ey\"}", "a: \"x\\n\\u202Ey\"\n");
    assert_emits("{\"a\\nb\":1}", "\"a\\nb\": 1\n");
    assert_emits("{\"a\":\"\\u0000\\u0007\\u007f\\u0085\\ufeff\\ud83f\\udffe\"}",
                 "a: \"\\0\\x07\\x7F\\x85\\uFEFF\\U0001FFFE\"\n");
}

static void visible_text_is_left_alone(void **state)
{
    (void)state;
    assert_emits(
        "[\"5f8a1b2c3d4e5f6a7b8c9d0e\",\"Orders -> NetSuite (daily)\",\"\\ud83d\\ude00 a, b\"]",
        "- 5f8a1b2c3d4e5f6a7b8c9d0e\n- Orders -> NetSuite (daily)\n- \xF0\x9F\x98\x80 a, b\n");
    assert_emits(
        "[\"5e8400000000000000000000\",\"yes\",\"a: b\",\"a \\\"b\\\"\",\"******\"]",
        "- \"5e8400000000000000000000\"\n- \"yes\"\n- \"a: b\"\n- a \"b\"\n- \"******\"\n");
}

static void a_long_key_is_explicit(void **state)
{
    (void)state;
    char text[4100];
    for (size_t n = 1000; n <= 2000; n += n == 1020 ? 1 : n == 1030 ? 970 : n < 1020 ? 20 : 1) {
        memset(text, 'k', n);
        struct node map = map_of(arena_str(&arena, (struct str){text, n}), node_bool(true));
        assert_int_equal(emitted(&map)[0] == '?', n > 1024);
        assert_round_trip(&map);
        map = list_of(map_of(map.map.items[0].key, list_of(map)));
        assert_round_trip(&map);
    }
    /* It is characters that count, not bytes; and the quotes count with them. */
    for (size_t n = 1018; n < 1030; n++) {
        for (size_t i = 0; i < n; i++)
            memcpy(text + 2 * i, i == 7 ? ": " : "\xC3\xA9", 2);
        struct node map = map_of(arena_str(&arena, (struct str){text, 2 * n}), node_null());
        assert_int_equal(emitted(&map)[0] == '?', n + 3 > 1024);
        assert_round_trip(&map);
    }
}

static void text_that_is_no_utf8_stays_readable(void **state)
{
    (void)state;
    struct node map = map_of(STR("a"), node_string(STR("x\xFFy\nz")));
    assert_string_equal(emitted(&map), "a: \"x\\uFFFDy\\nz\"\n");
}

static void a_scalar_alone_shows_as_in_a_document(void **state)
{
    (void)state;
    yaml_emit_scalar(&out, STR("plain text"));
    buf_char(&out, '|');
    yaml_emit_scalar(&out, STR("no"));
    buf_char(&out, '|');
    yaml_emit_scalar(&out, STR("a\nb"));
    assert_string_equal(buf_cstr(&out), "plain text|\"no\"|\"a\\nb\"");
}

/* ---- both ---- */

static void hostile_strings_survive_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < GEN_COUNT(gen_hostile); i++) {
        struct str s = gen_hostile[i];
        struct node string = node_string(s), doc = list_of(string);
        assert_round_trip(&string);
        assert_round_trip(&doc);
        doc = list_of(list_of(string));
        node_list_add(&arena, &doc, string);
        assert_round_trip(&doc);
        doc = map_of(s, string);
        assert_round_trip(&doc);
        node_map_set(&arena, &doc, STR("zz"), map_of(s, list_of(map_of(s, string))));
        assert_round_trip(&doc);
        doc = list_of(doc);
        node_list_add(&arena, &doc, string);
        assert_round_trip(&doc);
    }
}

static void random_documents_survive(void **state)
{
    (void)state;
    struct gen g = gen_start("yaml");
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        struct node doc = gen_document(&g, &arena);
        assert_round_trip(&doc);
    }
}

static void emission_is_independent_of_the_order_told(void **state)
{
    (void)state;
    struct gen g = gen_start("yaml order");
    struct buf first = BUF_MAX(TEXT_MAX);
    for (int i = 0; i < DOCUMENTS / 10; i++) {
        arena_reset(&arena);
        buf_reset(&first);
        struct node doc = gen_document(&g, &arena);
        struct node same = gen_shuffled(&g, &arena, &doc);
        yaml_emit(&first, &doc);
        assert_string_equal(emitted(&same), buf_cstr(&first));
    }
    buf_release(&first);
}

static void long_text_survives(void **state)
{
    (void)state;
    char *text = malloc(1 << 20);
    assert_non_null(text);
    memset(text, 'x', 1 << 20);
    struct node doc = map_of(STR("a"), node_string((struct str){text, 1 << 20}));
    assert_round_trip(&doc);
    for (size_t i = 80; i < 1 << 20; i += 81)
        text[i] = '\n';
    assert_round_trip(&doc);
    text[500] = '\r';
    assert_round_trip(&doc);
    free(text);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    struct node doc = node_bool(true);
    for (int i = 0; i < NODE_DEPTH_MAX; i++)
        doc = i % 2 ? list_of(doc) : map_of(STR("k"), doc);
    assert_round_trip(&doc);
    doc = list_of(doc);
    struct err err = {0};
    struct node unset;
    emitted(&doc);
    assert_int_equal(yaml_load(&arena, buf_view(&out), &unset, &err), -1);
    assert_non_null(strstr(err.text, "nested deeper than 100"));
}

/* ---- plain text and the readers of the world ---- */

/* What YAML 1.1 (yaml.org/type, and PyYAML) and YAML 1.2 (core schema) resolve to other than a
 * string. */
static const char *const resolved[] = {
    "^$",
    "^(~|null|Null|NULL)$",
    "^(y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$",
    "^[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_,]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)$",
    "^[-+]?([0-9][0-9_]*)?\\.[0-9._]*([eE][-+]?[0-9]+)?$",
    "^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\\.[0-9_]*$",
    "^[-+]?\\.(inf|Inf|INF)$",
    "^\\.(nan|NaN|NAN)$",
    "^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}",
    "^(=|<<)$",
    "^[-+]?[0-9]+$",
    "^0o[0-7]+$",
    "^0x[0-9a-fA-F]+$",
    "^[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$",
};

static void assert_safe(const regex_t *res, const char *text, size_t *plain)
{
    buf_reset(&out);
    yaml_emit_scalar(&out, str_of(text));
    if (buf_cstr(&out)[0] == '"')
        return;
    ++*plain;
    for (size_t i = 0; i < GEN_COUNT(resolved); i++)
        if (regexec(&res[i], text, 0, NULL, 0) == 0)
            fail_msg("plain %s could be taken for %s", text, resolved[i]);
}

static void plain_text_is_a_string_to_every_reader(void **state)
{
    (void)state;
    static const char letters[] = "018_.,:-+eExobaynf~=<TNI";
    const size_t base = sizeof letters; /* the NUL too: shorter strings */
    regex_t res[GEN_COUNT(resolved)];
    for (size_t i = 0; i < GEN_COUNT(resolved); i++)
        assert_int_equal(regcomp(&res[i], resolved[i], REG_EXTENDED | REG_NOSUB), 0);
    size_t plain = 0;
    for (size_t i = 1; i < base * base * base * base; i++) {
        char text[5] = {0};
        size_t rest = i;
        for (int at = 0; at < 4; at++, rest /= base)
            text[at] = letters[rest % base];
        if (text[0])
            assert_safe(res, text, &plain);
    }
    static const char *const longer[] = {
        "false",        "False",      "FALSE",    "-.inf",    "+.Inf",
        "0b1010",       "0x1Fa",      "0o755",    "2024-1-2", "2024-01-02T03:04:05Z",
        "190:20:30.15", "685_230.15", "1e1000",   "12e03",    "-1.5E-10",
        "6.8523015e+5", "1_000_000",  "1,000,000"};
    size_t none = 0;
    for (size_t i = 0; i < GEN_COUNT(longer); i++)
        assert_safe(res, longer[i], &none);
    assert_int_equal(none, 0);
    assert_true(plain > 1000); /* it is not safe by quoting everything */
    for (size_t i = 0; i < GEN_COUNT(resolved); i++)
        regfree(&res[i]);
}

/* ---- the reader ---- */

static void plain_scalars_resolve_by_the_core_schema(void **state)
{
    (void)state;
    struct node got = loaded("- null\n- ~\n-\n- True\n- FALSE\n- 1\n- -0.5\n- 1.5e3\n- 1e3\n"
                             "- 0x1F\n- 1_000\n- yes\n- .inf\n- +1\n- 01\n- 1.\n- '1'\n"
                             "- \"true\"\n- !!str 5\n- ! 6\n");
    struct node want = json("[null,null,null,true,false,1,-0.5,1.5e+3,1.0e+3,\"0x1F\",\"1_000\","
                            "\"yes\",\".inf\",\"+1\",\"01\",\"1.\",\"1\",\"true\",\"5\",\"6\"]");
    assert_string_equal(arena_str(&arena, str_of(emitted(&got))).p, emitted(&want));
    assert_true(node_eq(&got, &want));
}

static void nodes_carry_their_line(void **state)
{
    (void)state;
    struct node doc = loaded("# a comment\na: 1\nb:\n  c:\n    - x\n    - y\n");
    assert_int_equal(doc.line, 2);
    struct node *b = node_get(&doc, STR("b")), *c = node_get(b, STR("c"));
    assert_int_equal(node_get(&doc, STR("a"))->line, 2);
    assert_int_equal(b->line, 3); /* the key's line, not the value's */
    assert_int_equal(c->line, 4);
    assert_int_equal(c->list.items[1].line, 6);
}

static void an_empty_document_is_null(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "# only a comment\n", "---\n", "--- ~\n...\n"};
    for (size_t i = 0; i < GEN_COUNT(texts); i++)
        assert_int_equal(loaded(texts[i]).type, NODE_NULL);
}

static void what_is_refused_names_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"a: 1\nb: 2\na: 3\n", "line 3: the key \"a\" stands twice"},
        {"x:\n  - {a: 1,\n b: 2, a: 3}\n", "line 3: the key \"a\" stands twice"},
        {"a: &x 1\n", "line 1: anchors are not supported"},
        {"a: &x [1]\n", "line 1: anchors are not supported"},
        {"&x a: 1\n", "line 1: anchors are not supported"},
        {"a: 1\nb: *x\n", "line 2: aliases are not supported"},
        {"*x : 1\n", "line 1: aliases are not supported"},
        {"a: !!int 1\n", "line 1: the tag tag:yaml.org,2002:int is not supported"},
        {"a: !mine {}\n", "line 1: the tag !mine is not supported"},
        {"? [a]\n: 1\n", "line 1: a key that is a list or map is not supported"},
        {"a: 1\n---\nb: 1\n", "line 2: a second document"},
        {"a: 1\nb: [1\nc: 2\n", "line 3: "},
        {"a: 1\n\tb: 2\n", "line 2: "},
        {"a: \"x\n", "line 2: "},
        {"a: 1\nb: \x01\n", "line 2: control characters are not allowed"},
        {"a: 1\n\nb: \xFF\n", "line 3: invalid leading UTF-8 octet"},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        struct node unset = node_cstring("untouched");
        struct err err = {0};
        assert_int_equal(yaml_load(&arena, str_of(rows[i].text), &unset, &err), -1);
        assert_int_equal(err.cls, ERR_BAD);
        assert_string_equal(unset.text.p, "untouched");
        if (strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0)
            fail_msg("%s\ngives: %s\nnot:   %s", rows[i].text, err.text, rows[i].error);
    }
}

static void nothing_of_the_text_is_borrowed(void **state)
{
    (void)state;
    char text[] = "key: [value, 12, \"quoted\"]\n";
    struct node doc = loaded(text);
    memset(text, 'x', sizeof text - 1);
    assert_string_equal(emitted(&doc), "key:\n  - value\n  - 12\n  - quoted\n");
}

/* ---- files ---- */

static struct str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot read %s", path);
    struct buf b = BUF_MAX(TEXT_MAX);
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        buf_bytes(&b, chunk, n);
    fclose(f);
    struct str text = arena_str(&arena, buf_view(&b));
    buf_release(&b);
    return text;
}

static void write_file(const char *path, struct str text)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f) != 0)
        fail_msg("cannot write %s", path);
}

static void golden_documents_are_byte_for_byte(void **state)
{
    (void)state;
    const char *golden = getenv("GOLDEN_DIR");
    const char *dir = arena_printf(&arena, "%s/yaml", golden ? golden : "tests/golden").p;
    DIR *d = opendir(dir);
    if (!d)
        fail_msg("no folder %s", dir);
    int seen = 0;
    for (struct dirent *entry; (entry = readdir(d));) {
        struct str name = str_of(entry->d_name);
        if (!str_ends(name, STR(".in.json")))
            continue;
        int stem = (int)(name.n - STR(".in.json").n);
        const char *in = arena_printf(&arena, "%s/%s", dir, name.p).p;
        const char *want = arena_printf(&arena, "%s/%.*s.out.yaml", dir, stem, name.p).p;
        struct node doc = json(read_file(in).p);
        assert_string_equal(emitted(&doc), read_file(want).p);
        assert_round_trip(&doc);
        seen++;
    }
    closedir(d);
    assert_true(seen >= 3);
}

/* With PAIRS_DIR set, writes PAIRS (2,000) documents there as N.json and N.yaml, for
 * pyyaml_agrees.py. */
static void pairs_for_other_readers(void **state)
{
    (void)state;
    const char *dir = getenv("PAIRS_DIR");
    if (!dir)
        skip();
    const char *count = getenv("PAIRS");
    unsigned long n = count ? strtoul(count, NULL, 10) : 2000;
    struct gen g = gen_start("pairs");
    g.json = true;
    struct buf text = BUF_MAX(TEXT_MAX);
    for (unsigned long i = 0; i < n; i++) {
        arena_reset(&arena);
        struct node doc = gen_document(&g, &arena);
        if (i < GEN_COUNT(gen_hostile))
            doc = map_of(STR("x"), list_of(node_string(gen_hostile[i])));
        buf_reset(&text);
        json_write(&text, &doc);
        write_file(arena_printf(&arena, "%s/%lu.json", dir, i).p, buf_view(&text));
        emitted(&doc);
        write_file(arena_printf(&arena, "%s/%lu.yaml", dir, i).p, buf_view(&out));
    }
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(blocks_are_indented_by_two, clear),
        cmocka_unit_test_setup(keys_stand_in_canonical_order, clear),
        cmocka_unit_test_setup(lines_become_a_literal_block, clear),
        cmocka_unit_test_setup(what_a_block_cannot_hold_is_quoted, clear),
        cmocka_unit_test_setup(visible_text_is_left_alone, clear),
        cmocka_unit_test_setup(a_long_key_is_explicit, clear),
        cmocka_unit_test_setup(text_that_is_no_utf8_stays_readable, clear),
        cmocka_unit_test_setup(a_scalar_alone_shows_as_in_a_document, clear),
        cmocka_unit_test_setup(hostile_strings_survive_everywhere, clear),
        cmocka_unit_test_setup(random_documents_survive, clear),
        cmocka_unit_test_setup(emission_is_independent_of_the_order_told, clear),
        cmocka_unit_test_setup(long_text_survives, clear),
        cmocka_unit_test_setup(depth_is_bounded, clear),
        cmocka_unit_test_setup(plain_text_is_a_string_to_every_reader, clear),
        cmocka_unit_test_setup(plain_scalars_resolve_by_the_core_schema, clear),
        cmocka_unit_test_setup(nodes_carry_their_line, clear),
        cmocka_unit_test_setup(an_empty_document_is_null, clear),
        cmocka_unit_test_setup(what_is_refused_names_its_line, clear),
        cmocka_unit_test_setup(nothing_of_the_text_is_borrowed, clear),
        cmocka_unit_test_setup(golden_documents_are_byte_for_byte, clear),
        cmocka_unit_test_setup(pairs_for_other_readers, clear),
    };
    return cmocka_run_group_tests_name("yaml", tests, NULL, release);
}
