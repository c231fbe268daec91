#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "base/fs.h"
#include "format/json.h"
#include "format/yaml.h"
#include "gen.h"
#include "model/redact.h"
#include "redact_corpus.h"

enum { DOCUMENTS = 3000, FILE_MAX = 1 << 20, TEXT_MAX = 64 << 20 };

static struct arena arena;
static struct redactor *plain; /* without paths */

static int clear(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

static int open_plain(void **state)
{
    (void)state;
    struct err err;
    plain = redactor_new(NULL, STR("a key of the test"), &err);
    return plain ? 0 : -1;
}

static int release(void **state)
{
    (void)state;
    redactor_free(plain);
    redactor_free(NULL);
    arena_release(&arena);
    return 0;
}

static struct redactor *with_paths(const char *const *paths)
{
    struct err err = {0};
    struct redactor *r = redactor_new(paths, STR("a key of the test"), &err);
    if (!r)
        fail_msg("%s", err.text);
    return r;
}

static struct node json(const char *text)
{
    struct node node;
    struct err err = {0};
    if (json_parse(&arena, str_of(text), &node, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    return node;
}

/* The document after redaction, with plain marks, as JSON. */
static const char *redacted(const struct redactor *r, enum kind_id kind, const char *text)
{
    struct node doc = json(text);
    redact(r, &arena, kind_of(kind), &doc);
    return corpus_plain(&arena, corpus_json(&arena, &doc)).p;
}

static void assert_path(const char *path, enum kind_id kind, const char *before, const char *after)
{
    const char *const paths[] = {path, NULL};
    struct redactor *r = with_paths(paths);
    struct node want = json(after);
    assert_string_equal(redacted(r, kind, before), corpus_json(&arena, &want).p);
    redactor_free(r);
}

/* ---- the corpus ---- */

struct score {
    size_t secrets, ordinary, missed, wrong;
};

static struct score judge_file(const char *name, bool tell)
{
    const char *golden = getenv("GOLDEN_DIR");
    const char *path =
        arena_printf(&arena, "%s/redact/%s", golden ? golden : "tests/golden", name).p;
    struct buf file = BUF_MAX(FILE_MAX);
    struct err err = {0};
    struct score score = {0};
    if (fs_read(path, FILE_MAX, &file, &err) < 0)
        fail_msg("%s", err.text);
    struct str rest = buf_view(&file);
    while (rest.n) {
        struct corpus_row row;
        struct str line = str_cut(&rest, '\n'), got, want;
        if (!corpus_read(&arena, line, &row))
            continue;
        enum corpus_verdict verdict = corpus_judge(&arena, plain, &row, &got, &want);
        score.secrets += row.n > 0;
        score.ordinary += row.n == 0;
        score.missed += verdict == CORPUS_MISSED;
        score.wrong += verdict == CORPUS_FALSE;
        if (tell && verdict != CORPUS_RIGHT)
            print_message("# %s: %.*s\n#   got  %.*s\n#   want %.*s\n",
                          verdict == CORPUS_MISSED ? "missed" : "false", STR_ARG(line),
                          STR_ARG(got), STR_ARG(want));
    }
    print_message("# %s: %zu of %zu secrets missed, %zu of %zu ordinary texts or rests of one "
                  "taken by mistake\n",
                  name, score.missed, score.secrets, score.wrong, score.secrets + score.ordinary);
    buf_release(&file);
    return score;
}

static void the_corpus_is_told_apart(void **state)
{
    (void)state;
    struct score score = judge_file("corpus.tsv", true);
    assert_true(score.secrets >= 150 && score.ordinary >= 150);
    assert_int_equal(score.missed, 0);
    assert_int_equal(score.wrong, 0);
}

/* Told, not judged: it is what docs/SECURITY.md quotes. REDACT_TELL=1 shows which. */
static void the_held_out_texts_are_counted(void **state)
{
    (void)state;
    struct score score = judge_file("heldout.tsv", getenv("REDACT_TELL") != NULL);
    assert_true(score.secrets + score.ordinary >= 80);
}

/* ---- tags ---- */

static const char *tag_of(const struct redactor *r, const char *value)
{
    struct node doc = node_map(&arena, 1);
    node_map_set(&arena, &doc, STR("password"), node_cstring(value));
    assert_int_equal(redact(r, &arena, kind_of(KIND_CONNECTION), &doc), 1);
    struct str text = node_get_text(&doc, STR("password"));
    assert_true(str_starts(text, STR("<redacted:")) && str_ends(text, STR(">")));
    assert_int_equal(text.n, sizeof "<redacted:>" - 1 + 12);
    return text.p;
}

static void the_same_value_has_the_same_tag(void **state)
{
    (void)state;
    struct err err;
    struct redactor *other = redactor_new(NULL, STR("another key"), &err);
    assert_string_equal(tag_of(plain, "hunter2"), tag_of(plain, "hunter2"));
    assert_string_not_equal(tag_of(plain, "hunter2"), tag_of(plain, "hunter3"));
    assert_string_not_equal(tag_of(plain, "hunter2"), tag_of(other, "hunter2"));
    redactor_free(other);
}

static void a_part_has_the_tag_that_it_has_alone(void **state)
{
    (void)state;
    struct node doc = json("{\"password\":\"hunter2\",\"url\":\"https://bob:hunter2@example.com/\","
                           "\"body\":\"{\\\"password\\\": \\\"hunter2\\\"}\"}");
    assert_int_equal(redact(plain, &arena, kind_of(KIND_EXPORT), &doc), 3);
    struct str mark = node_get_text(&doc, STR("password"));
    struct str url = arena_printf(&arena, "https://bob:%.*s@example.com/", STR_ARG(mark));
    struct str body = arena_printf(&arena, "{\"password\": \"%.*s\"}", STR_ARG(mark));
    assert_true(str_eq(node_get_text(&doc, STR("url")), url));
    assert_true(str_eq(node_get_text(&doc, STR("body")), body));
}

/* ---- what stays ---- */

static void masks_marks_and_ids_stay(void **state)
{
    (void)state;
    static const char doc[] =
        "{\"_id\":\"5e8f1c2ab1d3f64a7c9e0c01\",\"_apiTokenId\":\"5e8f1c2ab1d3f64a7c9e0c02\","
        "\"password\":\"******\",\"secret\":\"****\",\"token\":\"*\",\"apiKey\":\"\","
        "\"pin\":null,\"passphrase\":\"<redacted:0123456789ab>\",\"tokens\":[\"******\",null]}";
    const char *const paths[] = {"connection:**", NULL};
    struct node want = json(doc), got = json(doc);
    assert_int_equal(redact(plain, &arena, kind_of(KIND_CONNECTION), &got), 0);
    assert_true(node_eq(&want, &got));
    struct redactor *r = with_paths(paths);
    assert_int_equal(redact(r, &arena, kind_of(KIND_CONNECTION), &got), 2);
    assert_string_equal(node_get_text(&got, STR("_id")).p, "5e8f1c2ab1d3f64a7c9e0c01");
    redactor_free(r);
}

static void json_in_a_string_stays_json(void **state)
{
    (void)state;
    struct node doc = json("{\"sampleData\":\"{\\\"password\\\": 12345678, \\\"n\\\": 5}\"}");
    assert_int_equal(redact(plain, &arena, kind_of(KIND_EXPORT), &doc), 1);
    struct str text = corpus_plain(&arena, node_get_text(&doc, STR("sampleData")));
    assert_true(str_is(text, "{\"password\": \"<redacted>\", \"n\": 5}"));
}

/* ---- configured paths ---- */

static void a_path_hides_whatever_stands_there(void **state)
{
    (void)state;
    static const char before[] =
        "{\"s\":{\"a\":\"x y\",\"b\":5,\"c\":true,\"d\":[1],\"e\":{\"f\":1},"
        "\"g\":null,\"h\":\"\",\"i\":[],\"j\":{},\"k\":\"***\"}}";
    assert_path("export:s.*", KIND_EXPORT, before,
                "{\"s\":{\"a\":\"<redacted>\",\"b\":\"<redacted>\",\"c\":\"<redacted>\","
                "\"d\":\"<redacted>\",\"e\":\"<redacted>\",\"g\":null,\"h\":\"\",\"i\":[],\"j\":{},"
                "\"k\":\"***\"}}");
    assert_path("export:s", KIND_EXPORT, before, "{\"s\":\"<redacted>\"}");
    assert_path("export:s.a", KIND_IMPORT, before, before);
}

static void a_path_is_made_of_keys_lists_and_levels(void **state)
{
    (void)state;
    static const char before[] =
        "{\"h\":{\"l\":[{\"n\":\"A\",\"v\":\"a\"},{\"n\":\"B\",\"v\":\"b\"}],\"v\":\"c\"}}";
    static const char lists[] = "{\"h\":{\"l\":[{\"n\":\"A\",\"v\":\"<redacted>\"},{\"n\":\"B\","
                                "\"v\":\"<redacted>\"}],\"v\":\"c\"}}";
    static const char all[] = "{\"h\":{\"l\":[{\"n\":\"A\",\"v\":\"<redacted>\"},{\"n\":\"B\","
                              "\"v\":\"<redacted>\"}],\"v\":\"<redacted>\"}}";
    assert_path("export:h.l[].v", KIND_EXPORT, before, lists);
    assert_path("exports:h.l.[].v", KIND_EXPORT, before, lists);
    assert_path("export:h.l.v", KIND_EXPORT, before, lists);
    assert_path("*:**.v", KIND_EXPORT, before, all);
    assert_path("*:**.**.v", KIND_EXPORT, before, all);
    assert_path("*:h.**.v", KIND_EXPORT, before, all);
    assert_path("*:**.*.v", KIND_EXPORT, before, all);
    assert_path("export:h.l[]", KIND_EXPORT, before,
                "{\"h\":{\"l\":[\"<redacted>\",\"<redacted>\"],\"v\":\"c\"}}");
    assert_path("export:h.l[].x", KIND_EXPORT, before, before);
    assert_path("export:v", KIND_EXPORT, before, before);
    assert_path("export:h.v[]", KIND_EXPORT, before, before);
    assert_path("export:**", KIND_EXPORT, before, "{\"h\":\"<redacted>\"}");
    assert_path("export:h.**", KIND_EXPORT, before,
                "{\"h\":{\"l\":\"<redacted>\",\"v\":\"<redacted>\"}}");
}

static void stars_in_keys_are_any_run(void **state)
{
    (void)state;
    static const char before[] =
        "{\"customA\":\"1\",\"customB_x\":\"2\",\"custom\":\"3\",\"b\":\"4\"}";
    assert_path(
        "flow:custom*", KIND_FLOW, before,
        "{\"customA\":\"<redacted>\",\"customB_x\":\"<redacted>\",\"custom\":\"<redacted>\","
        "\"b\":\"4\"}");
    assert_path("flow:*_x", KIND_FLOW, before,
                "{\"customA\":\"1\",\"customB_x\":\"<redacted>\",\"custom\":\"3\",\"b\":\"4\"}");
    assert_path("flow:c*m*_*", KIND_FLOW, before,
                "{\"customA\":\"1\",\"customB_x\":\"<redacted>\",\"custom\":\"3\",\"b\":\"4\"}");
    assert_path("flow:*a", KIND_FLOW, before, before);
}

static void rows_are_looked_through(void **state)
{
    (void)state;
    assert_path("users:sharedByUser.email", KIND_USERS,
                "[{\"_id\":\"a\",\"sharedByUser\":{\"email\":\"x@example.com\",\"name\":\"X\"}}]",
                "[{\"_id\":\"a\",\"sharedByUser\":{\"email\":\"<redacted>\",\"name\":\"X\"}}]");
}

static void the_audit_log_is_looked_through_as_what_it_tells_of(void **state)
{
    (void)state;
    static const char path[] = "export:http.headers[].value";
    assert_path(path, KIND_AUDIT,
                "{\"resourceType\":\"export\",\"changes\":{\"http.headers\":{"
                "\"old\":[{\"name\":\"A\",\"value\":\"a\"}],\"new\":null}}}",
                "{\"resourceType\":\"export\",\"changes\":{\"http.headers\":{"
                "\"old\":[{\"name\":\"A\",\"value\":\"<redacted>\"}],\"new\":null}}}");
    assert_path(path, KIND_AUDIT,
                "[{\"resourceType\":\"Export\",\"changes\":{\"http.headers[0].value\":{"
                "\"old\":\"a\",\"new\":\"b\"},\"http.headers.1.value\":{\"old\":\"c\"},"
                "\"http.method\":{\"old\":\"GET\"}}}]",
                "[{\"resourceType\":\"Export\",\"changes\":{\"http.headers[0].value\":{"
                "\"old\":\"<redacted>\",\"new\":\"<redacted>\"},\"http.headers.1.value\":{\"old\":"
                "\"<redacted>\"},\"http.method\":{\"old\":\"GET\"}}}]");
    assert_path(
        path, KIND_AUDIT,
        "{\"resourceType\":\"export\",\"fieldChanges\":[{\"fieldPath\":"
        "\"http.headers.0.value\",\"oldValue\":\"a\",\"newValue\":\"b\"}]}",
        "{\"resourceType\":\"export\",\"fieldChanges\":[{\"fieldPath\":"
        "\"http.headers.0.value\",\"oldValue\":\"<redacted>\",\"newValue\":\"<redacted>\"}]}");
    assert_path(
        "export:http", KIND_AUDIT,
        "{\"resourceType\":\"export\",\"changes\":{\"http.body\":{\"new\":\"x\"}}}",
        "{\"resourceType\":\"export\",\"changes\":{\"http.body\":{\"new\":\"<redacted>\"}}}");
    static const char other[] =
        "{\"resourceType\":\"import\",\"changes\":{\"http.body\":{\"new\":\"x\"}}}";
    assert_path("export:http", KIND_AUDIT, other, other);
    assert_path("audit:changes.**", KIND_AUDIT, other,
                "{\"resourceType\":\"import\",\"changes\":{\"http.body\":\"<redacted>\"}}");
}

static const char *text_redacted(const struct redactor *r, const char *key, const char *text)
{
    struct buf out = BUF_MAX(TEXT_MAX);
    redact_text(r, kind_of(KIND_SCRIPT), key, str_of(text), &out);
    struct str plain_text = corpus_plain(&arena, buf_view(&out));
    buf_release(&out);
    return plain_text.p;
}

static void text_beside_its_document_goes_by_its_key(void **state)
{
    (void)state;
    const char *const paths[] = {"script:content", NULL};
    struct redactor *r = with_paths(paths);
    assert_string_equal(text_redacted(r, "content", "var a = 1;\n"), "<redacted>");
    assert_string_equal(text_redacted(r, "content", ""), "");
    assert_string_equal(text_redacted(r, "body", "var a = 1;\n"), "var a = 1;\n");
    assert_string_equal(text_redacted(r, NULL, "var a = 1;\n"), "var a = 1;\n");
    assert_string_equal(text_redacted(plain, "content", "var a = 1;\n"), "var a = 1;\n");
    redactor_free(r);
}

static void assert_bad(const char *path, const char *why)
{
    const char *const paths[] = {"export:name", path, NULL};
    struct err err = {0};
    assert_null(redactor_new(paths, STR("k"), &err));
    assert_int_equal(err.cls, ERR_USAGE);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, why));
    assert_string_equal(redact_path_problem(&arena, str_of(path)), why);
}

static void what_is_no_path_is_refused_by_name(void **state)
{
    (void)state;
    assert_bad("name", "expected KIND:PATH, such as \"export:http.headers[].value\"");
    assert_bad(":name", "expected KIND:PATH, such as \"export:http.headers[].value\"");
    assert_bad("export:", "expected keys behind the ':', such as \"export:http.headers[].value\"");
    assert_bad("exprot:x", "there is no kind \"exprot\"; did you mean \"export\"?");
    assert_bad("qqqqqq:x", "there is no kind \"qqqqqq\"");
    assert_bad("export:a..b", "a key is missing between two dots, or at an end");
    assert_bad("export:a.", "a key is missing between two dots, or at an end");
    assert_bad("export:.a", "a key is missing between two dots, or at an end");
    assert_bad("export:a[0].b", "'[' and ']' stand only in \"[]\", behind a key");
    assert_bad("export:a[.b", "'[' and ']' stand only in \"[]\", behind a key");
    assert_bad("export:_id", "the _id is what tells documents apart, and is never redacted");
    struct str many = STR("export:a");
    for (int i = 0; i < 70; i++)
        many = arena_printf(&arena, "%s.a", many.p);
    assert_bad(many.p, "too many steps");
    assert_null(redact_path_problem(&arena, STR("audit log:changes.**")));
}

/* ---- findings ---- */

static const char *told(const struct redact_finding *finding)
{
    struct str text = STR("");
    for (; finding; finding = finding->next)
        text = arena_printf(&arena, "%s%s: %s\n", text.p, finding->where, finding->what);
    return text.p;
}

static void a_finding_tells_place_and_sort_but_no_value(void **state)
{
    (void)state;
    const char *const paths[] = {"export:secretary[].*", NULL};
    struct redactor *r = with_paths(paths);
    struct node doc =
        json("{\"http\":{\"headers\":[{\"name\":\"A\",\"value\":\"x\"},"
             "{\"name\":\"Authorization\",\"value\":\"Bearer fake0000fake1111\"}],"
             "\"relativeURI\":\"/a?token=fake0000fake&b=https://x:fakefake@example.com\"},"
             "\"password\":12345678,\"secretary\":[{\"a\":\"b\"}],"
             "\"note\":\"ghp_FAKEfake0000FAKEfake1111FAKEfake2222\"}");
    assert_string_equal(told(redact_find(r, &arena, kind_of(KIND_EXPORT), &doc)),
                        "secretary[0].a: value that mirror.redact names\n"
                        "http.headers[1].value: credential\n"
                        "http.relativeURI: token\n"
                        "http.relativeURI: password in a URL\n"
                        "note: token of a known service\n"
                        "password: number under a key of a secret\n");
    assert_null(redact_find(r, &arena, kind_of(KIND_EXPORT), &doc));
    redactor_free(r);
}

static void a_finding_in_text_has_its_line(void **state)
{
    (void)state;
    static const char text[] = "a\nvar token = \"fake0000fake1111\";\n\n"
                               "-----BEGIN PRIVATE KEY-----\nMIIEFAKEfakeFAKEfake\n"
                               "-----END PRIVATE KEY-----\npassword: 'hunter2'\n";
    const char *const paths[] = {"script:content", NULL};
    struct redactor *r = with_paths(paths);
    assert_string_equal(told(redact_find_text(plain, &arena, NULL, NULL, str_of(text))),
                        "line 2: token\nline 5: private key\nline 7: password\n");
    assert_string_equal(
        told(redact_find_text(r, &arena, kind_of(KIND_SCRIPT), "content", str_of(text))),
        "line 1: value that mirror.redact names\n");
    assert_null(redact_find_text(plain, &arena, NULL, NULL, STR("")));
    redactor_free(r);
}

/* The lists of words end with a NUL, too: found by fuzzing. */
static void nul_bytes_belong_to_no_word(void **state)
{
    (void)state;
    char text[] = "secret: \"Basic____________\", Basic____: x";
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = text[i] == '_' ? '\0' : text[i];
    const struct str whole = {.p = text, .n = sizeof text - 1};
    assert_string_equal(told(redact_find_text(plain, &arena, NULL, NULL, whole)),
                        "line 1: password\n");
    struct node doc = node_map(&arena, 1);
    node_map_set(&arena, &doc, (struct str){.p = "name\0\0\0\0", .n = 8}, node_cstring("token"));
    assert_int_equal(redact(plain, &arena, NULL, &doc), 0);
}

/* ---- by property ---- */

/* Pieces that make sense to the detector: in any order they must do no harm. */
static const char *const pieces[] = {
    "password",
    "token",
    "Authorization",
    "cookie",
    "value",
    "name",
    "key",
    "api",
    "_",
    "-",
    ".",
    " ",
    "\n",
    "\t",
    ":",
    "=",
    "==",
    "=>",
    ",",
    ";",
    "&",
    "?",
    "<",
    ">",
    "/",
    "//",
    "://",
    "@",
    "'",
    "\"",
    "`",
    "\\",
    "\\\"",
    "\\n",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    "{{{",
    "}}}",
    "${",
    "******",
    "<redacted:",
    "<redacted:0123456789ab>",
    "Bearer ",
    "Basic ",
    "ZmFrZTpmYWtlLXBhc3M=",
    "hunter2",
    "Fake-Pass-1",
    "FAKEfake0000FAKEfake1111",
    "0123456789abcdef0123456789abcdef",
    "ghp_FAKEfake0000FAKEfake1111FAKEfake2222",
    "eyJhbGciOiJI.eyJzdWIiOiJm.ZmFrZXNpZ25h",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "-----",
    "Private-Lines: 1\n",
    "Private-MAC:",
    "hooks.slack.com/services/",
    "bot123456789:",
    "4711",
    "12345678",
    "https",
    "sid",
    "Path",
    "x",
    "A",
    "9",
    "\xC3\xA4",
    "\xF0\x9F\x98\x80",
    "%",
    "$",
    "#",
    "*",
    "+",
};

static struct str random_text(struct gen *g)
{
    struct buf text = BUF_MAX(TEXT_MAX);
    for (size_t n = gen_below(g, 25); n > 0; n--) {
        if (gen_below(g, 40))
            buf_str(&text, str_of(pieces[gen_below(g, GEN_COUNT(pieces))]));
        else
            buf_fill(&text, '\0', gen_below(g, 20));
    }
    struct str kept = arena_str(&arena, buf_view(&text));
    buf_release(&text);
    return kept;
}

static struct node random_doc(struct gen *g, size_t depth)
{
    static const char *const keys[] = {
        "password", "token", "headers", "Authorization", "Cookie",    "name",
        "value",    "key",   "id",      "unencrypted",   "_exportId", "changes",
        "old",      "new",   "pin",     "settings",      "_id",       "x"};
    size_t shape = gen_below(g, depth == 0 ? 4 : 8);
    if (shape == 0)
        return gen_node(g, &arena, 0);
    if (shape < 4)
        return node_string(random_text(g));
    struct node n = shape < 5 ? node_list(&arena, 0) : node_map(&arena, 0);
    for (size_t i = gen_below(g, 6); i > 0; i--) {
        struct node value = random_doc(g, depth - 1);
        if (shape < 5)
            node_list_add(&arena, &n, value);
        else
            node_map_set(&arena, &n,
                         gen_below(g, 9) ? str_of(keys[gen_below(g, GEN_COUNT(keys))])
                                         : gen_key(g, &arena),
                         value);
    }
    return n;
}

static void assert_loads(const struct node *doc)
{
    struct buf yaml = BUF_MAX(TEXT_MAX);
    struct node back;
    struct err err = {0};
    yaml_emit(&yaml, doc);
    if (yaml_load(&arena, buf_view(&yaml), &back, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(node_eq(doc, &back));
    buf_release(&yaml);
}

static void doing_it_twice_changes_nothing_more(void **state)
{
    (void)state;
    const char *const paths[] = {"flow:settings.**", "*:headers[].value", "*:x", NULL};
    struct redactor *r = with_paths(paths);
    struct gen g = gen_start("redact");
    size_t changed = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        arena_reset(&arena);
        const struct kind *kind = kind_of((enum kind_id)gen_below(&g, KIND_COUNT));
        struct node doc = random_doc(&g, 4);
        if (doc.type != NODE_MAP && doc.type != NODE_LIST)
            continue;
        struct node before = node_copy(&arena, &doc);
        const struct redactor *which = gen_below(&g, 3) ? plain : r;
        changed += redact(which, &arena, kind, &doc);
        struct node once = node_copy(&arena, &doc);
        if (redact(which, &arena, kind, &doc) || !node_eq(&doc, &once))
            fail_msg("once:  %s\ntwice: %s\nfirst: %s", corpus_json(&arena, &once).p,
                     corpus_json(&arena, &doc).p, corpus_json(&arena, &before).p);
        assert_loads(&doc);
    }
    assert_true(changed > DOCUMENTS / 3);
    redactor_free(r);
}

static void text_twice_is_text_once(void **state)
{
    (void)state;
    struct gen g = gen_start("redact text");
    struct buf once = BUF_MAX(TEXT_MAX), twice = BUF_MAX(TEXT_MAX);
    for (int i = 0; i < 10 * DOCUMENTS; i++) {
        arena_reset(&arena);
        buf_reset(&once);
        buf_reset(&twice);
        struct str text = random_text(&g);
        redact_text(plain, NULL, NULL, text, &once);
        size_t n = redact_text(plain, NULL, NULL, buf_view(&once), &twice);
        if (n || !str_eq(buf_view(&once), buf_view(&twice)))
            fail_msg("text:  %s\nonce:  %s\ntwice: %s", text.p, buf_cstr(&once), buf_cstr(&twice));
    }
    buf_release(&once);
    buf_release(&twice);
}

/* ---- hostile sizes ---- */

static void time_grows_with_the_text(void **state)
{
    (void)state;
    enum { BYTES = 1 << 19 };
    static const char *const repeated[] = {"password:'",
                                           "${",
                                           "{{",
                                           "://",
                                           "-----BEGIN PRIVATE KEY-----",
                                           "eyJ.",
                                           "value:{",
                                           "a b ",
                                           "token=\"\\",
                                           "<password ",
                                           "Private-Lines:",
                                           "cookie: a=b;",
                                           "ghp_",
                                           "a.",
                                           "x",
                                           "[",
                                           "authorization: ["};
    for (size_t i = 0; i < GEN_COUNT(repeated); i++) {
        struct buf text = BUF_MAX(TEXT_MAX), out = BUF_MAX(TEXT_MAX);
        while (text.n < BYTES)
            buf_str(&text, str_of(repeated[i]));
        clock_t began = clock();
        redact_text(plain, NULL, NULL, buf_view(&text), &out);
        double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
        if (seconds > 5)
            fail_msg("a megabyte of \"%s\" took %.1f s", repeated[i], seconds);
        buf_release(&text);
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_corpus_is_told_apart, clear),
        cmocka_unit_test_setup(the_held_out_texts_are_counted, clear),
        cmocka_unit_test_setup(the_same_value_has_the_same_tag, clear),
        cmocka_unit_test_setup(a_part_has_the_tag_that_it_has_alone, clear),
        cmocka_unit_test_setup(masks_marks_and_ids_stay, clear),
        cmocka_unit_test_setup(json_in_a_string_stays_json, clear),
        cmocka_unit_test_setup(nul_bytes_belong_to_no_word, clear),
        cmocka_unit_test_setup(a_path_hides_whatever_stands_there, clear),
        cmocka_unit_test_setup(a_path_is_made_of_keys_lists_and_levels, clear),
        cmocka_unit_test_setup(stars_in_keys_are_any_run, clear),
        cmocka_unit_test_setup(rows_are_looked_through, clear),
        cmocka_unit_test_setup(the_audit_log_is_looked_through_as_what_it_tells_of, clear),
        cmocka_unit_test_setup(text_beside_its_document_goes_by_its_key, clear),
        cmocka_unit_test_setup(what_is_no_path_is_refused_by_name, clear),
        cmocka_unit_test_setup(a_finding_tells_place_and_sort_but_no_value, clear),
        cmocka_unit_test_setup(a_finding_in_text_has_its_line, clear),
        cmocka_unit_test_setup(doing_it_twice_changes_nothing_more, clear),
        cmocka_unit_test_setup(text_twice_is_text_once, clear),
        cmocka_unit_test_setup(time_grows_with_the_text, clear),
    };
    return cmocka_run_group_tests_name("redact", tests, open_plain, release);
}
