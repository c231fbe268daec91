#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <unistd.h>

#include "format/json.h"
#include "format/utf8.h"
#include "format/yaml.h"
#include "gen.h"
#include "model/digest.h"
#include "model/layout.h"
#include "model/normalize.h"

enum { DOCUMENTS = 3000, TEXT_MAX = 64 << 20 };

static struct arena arena;
static struct digester *digester;

static int clear(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

static int open_digester(void **state)
{
    (void)state;
    digester = digester_new();
    return 0;
}

static int release(void **state)
{
    (void)state;
    digester_free(digester);
    digester_free(NULL);
    arena_release(&arena);
    return 0;
}

static struct digest digested(enum kind_id kind, struct str json, const struct index *head)
{
    struct digest digest;
    struct node doc;
    struct err err = {0};
    if (digest_parse(&arena, kind_of(kind), json, &doc, &digest, &err) < 0 ||
        digest_node(digester, &arena, kind_of(kind), &doc, head, &digest, &err) < 0)
        fail_msg("%.200s: %s", json.p, err.text);
    return digest;
}

static void assert_entry_is(struct str entry, struct str content)
{
    struct buf back = BUF_MAX(TEXT_MAX);
    struct err err = {0};
    enum obj_type type;
    if (pack_entry_read(entry, &type, &back, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(type, OBJ_BLOB);
    assert_true(str_eq(buf_view(&back), content));
    buf_release(&back);
}

/* ---- what a digest says ---- */

static void a_document_is_named(void **state)
{
    (void)state;
    struct digest d =
        digested(KIND_EXPORT,
                 STR("{\"name\":\"Get Orders\",\"_id\":\"e1\",\"_integrationId\":\"i1\"}"), NULL);
    assert_true(str_is(d.id, "e1") && str_is(d.title, "Get Orders"));
    assert_true(str_is(d.slug, "get-orders") && str_is(d.home, "i1"));
    assert_int_equal(d.refs.n, 0); /* an export decides nothing */
    assert_string_equal(d.yaml.p, "_id: e1\nname: Get Orders\n_integrationId: i1\n");
}

static void what_has_no_name_is_unnamed(void **state)
{
    (void)state;
    static const char *const docs[] = {
        "{\"_id\":\"x\"}", "{\"_id\":\"x\",\"name\":null}", "{\"_id\":\"x\",\"name\":5}",
        "{\"_id\":\"x\",\"name\":\"\"}", "{\"_id\":\"x\",\"name\":{\"name\":\"y\"}}"};
    for (size_t i = 0; i < GEN_COUNT(docs); i++) {
        struct digest d = digested(KIND_IMPORT, str_of(docs[i]), NULL);
        assert_int_equal(d.title.n, 0);
        assert_true(str_is(d.slug, "unnamed"));
    }
}

static void flows_tell_what_they_use(void **state)
{
    (void)state;
    struct digest d = digested(KIND_FLOW,
                               STR("{\"_id\":\"f\",\"pageGenerators\":[{\"_exportId\":\"e1\"}],"
                                   "\"_runNextFlowIds\":[\"f2\"]}"),
                               NULL);
    assert_int_equal(d.refs.n, 2);
    assert_int_equal(d.refs.items[0].kind, KIND_FLOW);
    assert_true(str_is(d.refs.items[1].id, "e1") && d.refs.items[1].used);
}

static void what_a_digest_holds_survives_the_text(void **state)
{
    (void)state;
    char json[] = "{\"_id\":\"f1\",\"name\":\"Name\",\"_integrationId\":\"i\",\"_exportId\":\"e\"}";
    struct node doc;
    struct digest d;
    struct err err = {0};
    assert_int_equal(digest_parse(&arena, kind_of(KIND_FLOW), str_of(json), &doc, &d, &err), 0);
    memset(json, 'x', sizeof json - 1);
    assert_int_equal(digest_node(digester, &arena, kind_of(KIND_FLOW), &doc, NULL, &d, &err), 0);
    digested(KIND_FLOW, STR("{\"_id\":\"other\",\"name\":\"O\"}"), NULL); /* reuses the digester */
    assert_string_equal(d.yaml.p, "_id: f1\nname: Name\n_exportId: e\n_integrationId: i\n");
    assert_string_equal(d.id.p, "f1");
    assert_string_equal(d.refs.items[0].id.p, "e");
    assert_entry_is(d.entry, d.yaml);
}

static void a_file_of_rows_is_digested_likewise(void **state)
{
    (void)state;
    struct err err = {0};
    struct node rows;
    struct digest d = {0};
    assert_int_equal(json_parse(&arena, STR("[{\"b\":1},[]]"), &rows, &err), 0);
    assert_int_equal(digest_file(digester, &arena, &rows, NULL, &d, &err), 0);
    assert_string_equal(d.yaml.p, "- b: 1\n- []\n");
    struct oid want;
    oid_of(OBJ_BLOB, d.yaml, &want);
    assert_true(oid_eq(&want, &d.blob));
    assert_entry_is(d.entry, d.yaml);
    struct digest again = {0};
    assert_int_equal(digest_file(digester, &arena, &rows, &want, &again, &err), 0);
    assert_true(again.unchanged && again.yaml.n == 0 && again.entry.n == 0);
}

/* ---- HEAD ---- */

static void a_document_that_head_holds_is_unchanged(void **state)
{
    (void)state;
    static const char json[] = "{\"_id\":\"x\",\"name\":\"n\"}";
    struct index head;
    index_init(&head);
    struct digest first = digested(KIND_FLOW, str_of(json), &head);
    assert_false(first.unchanged);
    index_put(&head, KIND_FLOW, STR("x"), STR(""))->blob = first.blob;
    struct digest again = digested(KIND_FLOW, str_of(json), &head);
    assert_true(again.unchanged);
    assert_true(oid_eq(&again.blob, &first.blob));
    assert_int_equal(again.yaml.n + again.entry.n, 0);
    assert_true(str_is(again.id, "x") && str_is(again.title, "n"));
    /* Another order and runtime state: the same. Another value, kind or id: not. */
    assert_true(
        digested(KIND_FLOW, STR("{\"lastExecutedAt\":1,\"name\":\"n\",\"_id\":\"x\"}"), &head)
            .unchanged);
    assert_false(digested(KIND_FLOW, STR("{\"_id\":\"x\",\"name\":\"m\"}"), &head).unchanged);
    assert_false(digested(KIND_EXPORT, str_of(json), &head).unchanged);
    assert_false(digested(KIND_FLOW, STR("{\"_id\":\"y\",\"name\":\"n\"}"), &head).unchanged);
    index_release(&head);
}

/* ---- text that lies beside ---- */

static void assert_beside(const struct digest *d, struct str want)
{
    struct oid blob;
    oid_of(OBJ_BLOB, want, &blob);
    assert_true(oid_eq(&d->beside, &blob));
    assert_entry_is(d->beside_entry, want);
}

static void a_body_lies_beside_its_document(void **state)
{
    (void)state;
    struct digest d = digested(
        KIND_SCRIPT,
        STR("{\"content\":\"a\\tb\\r\\n\\u0000 \\n\",\"_id\":\"s\",\"name\":\"Hooks\"}"), NULL);
    assert_string_equal(d.yaml.p, "_id: s\nname: Hooks\n");
    assert_beside(&d, STR("a\tb\r\n\0 \n")); /* byte for byte */
    d = digested(KIND_SCRIPT, STR("{\"content\":\"\",\"_id\":\"s\"}"), NULL);
    assert_string_equal(d.yaml.p, "_id: s\n");
    assert_beside(&d, STR("")); /* none is not the same as empty */
}

static void what_is_no_text_lies_in_the_document(void **state)
{
    (void)state;
    static const struct {
        const char *json, *yaml;
    } rows[] = {
        {"{\"_id\":\"s\"}", "_id: s\n"},
        {"{\"_id\":\"s\",\"content\":null}", "_id: s\ncontent: null\n"},
        {"{\"_id\":\"s\",\"content\":5}", "_id: s\ncontent: 5\n"},
        {"{\"_id\":\"s\",\"content\":[\"x\"]}", "_id: s\ncontent:\n  - x\n"},
        {"{\"_id\":\"s\",\"content\":{\"content\":\"x\"}}", "_id: s\ncontent:\n  content: x\n"},
        {"{\"_id\":\"s\",\"x\":{\"content\":\"y\"}}", "_id: s\nx:\n  content: \"y\"\n"},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        struct digest d = digested(KIND_SCRIPT, str_of(rows[i].json), NULL);
        assert_string_equal(d.yaml.p, rows[i].yaml);
        assert_true(oid_is_zero(&d.beside) && d.beside_entry.n == 0);
    }
    struct digest d = digested(KIND_EXPORT, STR("{\"_id\":\"e\",\"content\":\"x\"}"), NULL);
    assert_string_equal(d.yaml.p, "_id: e\ncontent: x\n"); /* no other kind has a body */
    assert_true(oid_is_zero(&d.beside));
}

/* Each half is new only where HEAD has another; together they are unchanged only where both are. */
static void head_holds_both_halves(void **state)
{
    (void)state;
    static const char json[] = "{\"_id\":\"s\",\"name\":\"n\",\"content\":\"one\"}";
    struct index head;
    index_init(&head);
    struct digest first = digested(KIND_SCRIPT, str_of(json), &head);
    struct entry *held = index_put(&head, KIND_SCRIPT, STR("s"), STR(""));
    held->blob = first.blob;
    held->beside = first.beside;
    struct digest d = digested(KIND_SCRIPT, str_of(json), &head);
    assert_true(d.unchanged && d.yaml.n == 0 && d.entry.n == 0 && d.beside_entry.n == 0);
    assert_true(oid_eq(&d.beside, &first.beside));

    d = digested(KIND_SCRIPT, STR("{\"_id\":\"s\",\"name\":\"n\",\"content\":\"two\"}"), &head);
    assert_false(d.unchanged);
    assert_true(oid_eq(&d.blob, &first.blob) && d.entry.n == 0);
    assert_beside(&d, STR("two"));
    d = digested(KIND_SCRIPT, STR("{\"_id\":\"s\",\"name\":\"m\",\"content\":\"one\"}"), &head);
    assert_true(!d.unchanged && d.entry.n > 0 && d.beside_entry.n == 0);
    d = digested(KIND_SCRIPT, STR("{\"_id\":\"s\",\"name\":\"n\"}"), &head); /* the text is gone */
    assert_true(!d.unchanged && oid_is_zero(&d.beside));

    held->beside = (struct oid){0}; /* HEAD has the document only */
    d = digested(KIND_SCRIPT, str_of(json), &head);
    assert_false(d.unchanged);
    assert_beside(&d, STR("one"));
    assert_true(digested(KIND_SCRIPT, STR("{\"_id\":\"s\",\"name\":\"n\"}"), &head).unchanged);
    index_release(&head);
}

static void too_large_a_body_is_refused_by_name(void **state)
{
    (void)state;
    struct node doc;
    struct digest d;
    struct err err = {0};
    const struct kind *script = kind_of(KIND_SCRIPT);
    struct buf json = BUF_MAX(TEXT_MAX);
    buf_str(&json, STR("{\"_id\":\"abc\",\"name\":\"Hooks\",\"content\":\""));
    buf_fill(&json, 'x', DIGEST_MAX + 1);
    buf_str(&json, STR("\"}"));
    assert_int_equal(digest_parse(&arena, script, buf_view(&json), &doc, &d, &err), 0);
    assert_int_equal(digest_node(digester, &arena, script, &doc, NULL, &d, &err), -1);
    assert_int_equal(err.cls, ERR_BAD);
    assert_non_null(strstr(err.text, "script \"Hooks\" (abc)"));
    assert_non_null(strstr(err.text, "32 MB"));
    buf_release(&json);
}

/* ---- refusals ---- */

/* The text names the kind, and what of id and name is known; it is one line of UTF-8. */
static void assert_refused(struct str json, const char *id, const char *const *words)
{
    struct digest d = {.title = GEN_STR("?")};
    struct node doc;
    struct err err = {0};
    assert_int_equal(digest_parse(&arena, kind_of(KIND_EXPORT), json, &doc, &d, &err), -1);
    if (err.cls != ERR_BAD)
        fail_msg("class %d: %s", (int)err.cls, err.text);
    if (strncmp(err.text, "export", 6) != 0)
        fail_msg("names no kind: %s", err.text);
    for (; *words; words++)
        if (!strstr(err.text, *words))
            fail_msg("\"%s\" is not in: %s", *words, err.text);
    if (!str_is(d.id, id))
        fail_msg("the id is told as \"%.*s\", not \"%s\": %s", STR_ARG(d.id), id, err.text);
    struct str text = str_of(err.text);
    for (size_t at = 0, n; at < text.n; at += n) {
        uint32_t c;
        n = utf8_decode(text, at, &c);
        if (n == 0 || c < 0x20)
            fail_msg("byte %zu of: %s", at, err.text);
    }
}

#define REFUSED(json_text, id, ...)                                                                \
    assert_refused(json_text, id, (const char *const[]){__VA_ARGS__, NULL})

static void what_is_no_object_is_refused(void **state)
{
    (void)state;
    REFUSED(STR("[]"), "", "not a JSON object");
    REFUSED(STR("[{\"_id\":\"a\"}]"), "", "not a JSON object");
    REFUSED(STR("\"x\""), "", "not a JSON object");
    REFUSED(STR("null"), "", "not a JSON object");
    REFUSED(STR("5"), "", "not a JSON object");
    REFUSED(STR(""), "", "export");
    REFUSED(STR("<html>"), "", "export");
    REFUSED((struct str){0}, "", "export");
}

static void a_document_without_a_text_id_is_refused_by_name(void **state)
{
    (void)state;
    REFUSED(STR("{}"), "", "_id");
    REFUSED(STR("{\"name\":\"Get orders\"}"), "", "_id", "Get orders");
    REFUSED(STR("{\"name\":\"Get orders\",\"_id\":5}"), "", "_id", "Get orders");
    REFUSED(STR("{\"name\":\"Get orders\",\"_id\":null}"), "", "_id", "Get orders");
    REFUSED(STR("{\"name\":\"Get orders\",\"_id\":[\"a\"]}"), "", "_id", "Get orders");
    REFUSED(STR("{\"a\":{\"_id\":\"x\"}}"), "", "_id");
}

static void unsafe_ids_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const ids[] = {"",       "..",   "../../x",   ".git",          "a/b",
                                      "a\\\\b", "a b",  "a\\u0000b", "\\u0000",       "\\u00e9",
                                      "a\\nb",  "a%2f", "a\\u202eb", "\\ud83d\\ude00"};
    for (size_t i = 0; i < GEN_COUNT(ids); i++)
        REFUSED(arena_printf(&arena, "{\"name\":\"Get orders\",\"_id\":\"%s\"}", ids[i]), "",
                "refused", "_id", "Get orders");
    char id[301] = "";
    memset(id, 'a', 300);
    REFUSED(arena_printf(&arena, "{\"name\":\"Get orders\",\"_id\":\"%s\"}", id), "", "Get orders");
    for (size_t shift = 0; shift < 4; shift++) { /* a cut through characters */
        struct buf json = BUF_MAX(4096);
        buf_str(&json, STR("{\"name\":\""));
        buf_fill(&json, 'n', shift);
        for (int n = 0; n < 80; n++)
            buf_str(&json, STR("\xE6\xB3\xA8"));
        buf_str(&json, STR("\",\"_id\":\""));
        buf_fill(&json, '.', shift);
        for (int n = 0; n < 80; n++)
            buf_str(&json, STR("\xE6\xB3\xA8"));
        buf_str(&json, STR("\"}"));
        struct str text = arena_str(&arena, buf_view(&json));
        buf_release(&json);
        REFUSED(text, "", "refused");
    }
}

static void what_parsing_would_alter_is_refused_by_id(void **state)
{
    (void)state;
    REFUSED(STR("{\"_id\":\"abc\",\"n\":340282366920938463463374607431768211455}"), "abc", "abc",
            "64 bits");
    REFUSED(STR("{\"n\":-9223372036854775809,\"_id\":\"abc\"}"), "abc", "abc", "64 bits");
    REFUSED(STR("{\"_id\":\"abc\",\"a\":1,\"a\":2}"), "abc", "abc", "twice");
    REFUSED(STR("{\"_id\":\"abc\",\"a\":\"\\ud800\"}"), "abc", "abc");
    REFUSED(STR("{\"_id\":\"abc\",\"a\":\"\xFF\"}"), "abc", "abc");
    REFUSED(STR("{\"_id\":\"abc\",\"a\":[1,2"), "abc", "abc");
    REFUSED(STR("{\"_id\":\"abc\"}x"), "abc", "abc");
}

static void deep_nesting_is_refused_by_id(void **state)
{
    (void)state;
    for (int depth = 98; depth <= 5000; depth += depth < 103 ? 1 : 4897) {
        struct buf json = BUF_MAX(TEXT_MAX);
        buf_str(&json, STR("{\"_id\":\"abc\",\"a\":"));
        buf_fill(&json, '[', (size_t)depth);
        buf_fill(&json, ']', (size_t)depth);
        buf_char(&json, '}');
        if (depth + 1 > NODE_DEPTH_MAX)
            REFUSED(buf_view(&json), "abc", "abc");
        else
            digested(KIND_EXPORT, buf_view(&json), NULL);
        buf_release(&json);
    }
}

/* Where JSON cannot be parsed the id is peeked at: it is told only where it is safe. */
static void the_id_is_peeked_at_where_it_is_safe(void **state)
{
    (void)state;
    REFUSED(STR("{ \"_id\" : \"abc\" , "), "abc", "(abc)");
    REFUSED(STR("{\n\t\"name\":\"x\",\n\t\"_id\"\n:\n\"abc\","), "abc", "(abc)");
    REFUSED(STR("{\"_id\":\"../x\","), "", "export");
    REFUSED(STR("{\"_id\":\"\","), "", "export");
    REFUSED(STR("{\"_id\":5,"), "", "export");
    REFUSED(STR("{\"_id\":\"abc"), "", "export"); /* cut off: perhaps not all of it */
    REFUSED(STR("{\"_id\":"), "", "export");
    REFUSED(STR("{\"_id\""), "", "export");
    REFUSED(STR("{\"a\":\"\\\"_id\\\":\\\"abc\\\"\","), "", "export"); /* inside a string */
}

/* The document's own id, not one of something in it: HEAD's entry of that id is kept for it. */
static void the_id_peeked_at_is_the_documents_own(void **state)
{
    (void)state;
    REFUSED(STR("{\"flowGroupings\":[{\"_id\":\"g1\",\"name\":\"x\"}],\"_id\":\"abc\",\"n\":"
                "340282366920938463463374607431768211455}"),
            "abc", "(abc)");
}

static void an_id_cut_off_is_not_told(void **state)
{
    (void)state;
    static const char json[] = "{\"_id\":\"abcdef\",\"a\":[1]}";
    for (size_t n = 0; n < sizeof json - 1; n++) {
        struct digest d;
        struct node doc;
        struct err err = {0};
        assert_int_equal(
            digest_parse(&arena, kind_of(KIND_EXPORT), (struct str){json, n}, &doc, &d, &err), -1);
        assert_true(d.id.n == 0 || str_is(d.id, "abcdef"));
    }
}

static void too_large_a_document_is_refused_by_name(void **state)
{
    (void)state;
    struct node doc;
    struct digest d;
    struct err err = {0};
    struct buf json = BUF_MAX(TEXT_MAX);
    buf_str(&json, STR("{\"_id\":\"abc\",\"name\":\"Get orders\",\"a\":\""));
    buf_fill(&json, 'x', DIGEST_MAX);
    buf_str(&json, STR("\"}"));
    assert_int_equal(digest_parse(&arena, kind_of(KIND_EXPORT), buf_view(&json), &doc, &d, &err),
                     0);
    assert_int_equal(digest_node(digester, &arena, kind_of(KIND_EXPORT), &doc, NULL, &d, &err), -1);
    assert_int_equal(err.cls, ERR_BAD);
    assert_non_null(strstr(err.text, "export \"Get orders\" (abc)"));
    assert_non_null(strstr(err.text, "32 MB"));
    buf_release(&json);
    digested(KIND_EXPORT, STR("{\"_id\":\"abc\"}"), NULL); /* the next one is taken */
}

static void a_large_document_is_taken(void **state)
{
    (void)state;
    struct buf json = BUF_MAX(TEXT_MAX);
    buf_str(&json, STR("{\"_id\":\"abc\",\"a\":\""));
    for (int i = 0; i < 60000; i++)
        buf_printf(&json, "line %d\\n", i);
    buf_str(&json, STR("\"}"));
    struct digest d = digested(KIND_EXPORT, buf_view(&json), NULL);
    assert_entry_is(d.entry, d.yaml);
    buf_release(&json);
}

/* ---- git and golden files ---- */

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

/* "flow-old.in.json" is of the kind "flow". */
static const struct kind *kind_of_file(struct str name)
{
    struct str rest = name, word = str_cut(&rest, '.');
    rest = word;
    return kind_find(str_cut(&rest, '-'));
}

/* "script.out.js" holds what lies beside; no such file, nothing does. */
static void assert_beside_is_golden(const struct kind *kind, const char *dir, struct str stem,
                                    const struct digest *got)
{
    const char *suffix = kind->body_suffix ? kind->body_suffix : ".js";
    const char *path = arena_printf(&arena, "%s/%.*s.out%s", dir, STR_ARG(stem), suffix).p;
    if (access(path, R_OK) != 0) {
        assert_true(oid_is_zero(&got->beside) && got->beside_entry.n == 0);
        return;
    }
    struct str want = read_file(path);
    struct oid blob;
    oid_of(OBJ_BLOB, want, &blob);
    assert_true(oid_eq(&got->beside, &blob));
    assert_entry_is(got->beside_entry, want);
}

static void golden_documents_are_byte_for_byte(void **state)
{
    (void)state;
    const char *golden = getenv("GOLDEN_DIR");
    const char *dir = arena_printf(&arena, "%s/kinds", golden ? golden : "tests/golden").p;
    DIR *d = opendir(dir);
    if (!d)
        fail_msg("no folder %s", dir);
    size_t seen[KIND_COUNT] = {0};
    for (struct dirent *entry; (entry = readdir(d));) {
        struct str name = str_of(entry->d_name);
        if (!str_ends(name, STR(".in.json")))
            continue;
        const struct kind *kind = kind_of_file(name);
        assert_non_null(kind);
        struct str stem = arena_str(&arena, str_sub(name, 0, name.n - STR(".in.json").n));
        struct str in = read_file(arena_printf(&arena, "%s/%s", dir, name.p).p);
        struct str want = read_file(arena_printf(&arena, "%s/%s.out.yaml", dir, stem.p).p);
        struct digest got = digested(kind->id, in, NULL);
        assert_string_equal(got.yaml.p, want.p);
        assert_int_equal(got.yaml.n, want.n);
        assert_entry_is(got.entry, want);
        assert_beside_is_golden(kind, dir, stem, &got);
        seen[kind->id]++;
    }
    closedir(d);
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (kind_is_document(kind_of((enum kind_id)i)))
            assert_true(seen[i] > 0);
}

static void ids_of_blobs_are_gits(void **state)
{
    (void)state;
    struct gen g = gen_start("git");
    g.json = true;
    char path[] = "/tmp/iokeeper-digest-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (int i = 0; i < 10; i++) {
        struct node doc = node_map(&arena, 2);
        node_map_set(&arena, &doc, STR("_id"), node_cstring("abc"));
        node_map_set(&arena, &doc, STR("a"), gen_document(&g, &arena));
        struct digest d = {.id = GEN_STR("abc")};
        struct err err = {0};
        assert_int_equal(digest_node(digester, &arena, kind_of(KIND_FLOW), &doc, NULL, &d, &err),
                         0);
        FILE *f = fopen(path, "wb");
        assert_true(f && fwrite(d.yaml.p, 1, d.yaml.n, f) == d.yaml.n && fclose(f) == 0);
        FILE *git =
            popen(arena_printf(&arena, "git hash-object --no-filters --stdin < %s", path).p, "re");
        char said[64] = "", ours[OID_HEX + 1];
        assert_non_null(git);
        assert_non_null(fgets(said, sizeof said, git));
        assert_int_equal(pclose(git), 0);
        oid_to_hex(&d.blob, ours);
        assert_memory_equal(said, ours, OID_HEX);
    }
    unlink(path);
}

/* ---- by property ---- */

static struct str json_of(const struct node *doc)
{
    struct buf b = BUF_MAX(TEXT_MAX);
    json_write(&b, doc);
    struct str text = arena_str(&arena, buf_view(&b));
    buf_release(&b);
    return text;
}

static struct node random_doc(struct gen *g)
{
    struct node doc;
    do
        doc = gen_document(g, &arena);
    while (doc.type != NODE_MAP);
    node_map_set(&arena, &doc, STR("_id"), node_cstring("abc"));
    return doc;
}

static void what_git_stores_is_the_normalised_document(void **state)
{
    (void)state;
    struct gen g = gen_start("digest");
    g.json = true;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        enum kind_id kind = (enum kind_id)gen_below(&g, KIND_CONNECTION + 1);
        struct node doc = random_doc(&g), back;
        struct digest d = digested(kind, json_of(&doc), NULL);
        struct err err = {0};
        assert_int_equal(yaml_load(&arena, d.yaml, &back, &err), 0);
        normalize(kind_of(kind), &doc);
        assert_true(node_eq(&doc, &back));
        struct oid want;
        oid_of(OBJ_BLOB, d.yaml, &want);
        assert_true(oid_eq(&want, &d.blob));
        assert_entry_is(d.entry, d.yaml);
    }
}

static void the_same_state_gives_the_same_bytes(void **state)
{
    (void)state;
    struct gen g = gen_start("digest order");
    g.json = true;
    for (int i = 0; i < DOCUMENTS / 3; i++) {
        arena_reset(&arena);
        struct node doc = random_doc(&g), told = gen_shuffled(&g, &arena, &doc);
        struct digest first = digested(KIND_FLOW, json_of(&doc), NULL),
                      second = digested(KIND_FLOW, json_of(&told), NULL);
        assert_true(str_eq(first.yaml, second.yaml) && oid_eq(&first.blob, &second.blob));
        assert_true(str_eq(first.entry, second.entry));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_document_is_named, clear),
        cmocka_unit_test_setup(what_has_no_name_is_unnamed, clear),
        cmocka_unit_test_setup(flows_tell_what_they_use, clear),
        cmocka_unit_test_setup(what_a_digest_holds_survives_the_text, clear),
        cmocka_unit_test_setup(a_file_of_rows_is_digested_likewise, clear),
        cmocka_unit_test_setup(a_document_that_head_holds_is_unchanged, clear),
        cmocka_unit_test_setup(a_body_lies_beside_its_document, clear),
        cmocka_unit_test_setup(what_is_no_text_lies_in_the_document, clear),
        cmocka_unit_test_setup(head_holds_both_halves, clear),
        cmocka_unit_test_setup(too_large_a_body_is_refused_by_name, clear),
        cmocka_unit_test_setup(what_is_no_object_is_refused, clear),
        cmocka_unit_test_setup(a_document_without_a_text_id_is_refused_by_name, clear),
        cmocka_unit_test_setup(unsafe_ids_are_refused_by_name, clear),
        cmocka_unit_test_setup(what_parsing_would_alter_is_refused_by_id, clear),
        cmocka_unit_test_setup(deep_nesting_is_refused_by_id, clear),
        cmocka_unit_test_setup(the_id_is_peeked_at_where_it_is_safe, clear),
        cmocka_unit_test_setup(the_id_peeked_at_is_the_documents_own, clear),
        cmocka_unit_test_setup(an_id_cut_off_is_not_told, clear),
        cmocka_unit_test_setup(too_large_a_document_is_refused_by_name, clear),
        cmocka_unit_test_setup(a_large_document_is_taken, clear),
        cmocka_unit_test_setup(golden_documents_are_byte_for_byte, clear),
        cmocka_unit_test_setup(ids_of_blobs_are_gits, clear),
        cmocka_unit_test_setup(what_git_stores_is_the_normalised_document, clear),
        cmocka_unit_test_setup(the_same_state_gives_the_same_bytes, clear),
    };
    return cmocka_run_group_tests_name("digest", tests, open_digester, release);
}
