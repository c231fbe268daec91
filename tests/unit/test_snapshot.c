#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "format/json.h"
#include "format/yaml.h"
#include "gen.h"
#include "model/digest.h"
#include "route/snapshot.h"
#include "store_world.h"

enum { ACCOUNTS = 40 };

#define FOLDER "integrations/orders--i1/"
#define MANIFEST "format: 1\nurl: https://api.example.com/v1\n"

static struct arena arena;
static struct snapshot snapshot;

static int setup(void **state)
{
    arena_reset(&arena);
    snapshot = (struct snapshot){0};
    return world_setup(state);
}

static int teardown(void **state)
{
    snapshot_release(&snapshot);
    return world_teardown(state);
}

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void open_at(struct world *w, struct oid commit)
{
    snapshot_release(&snapshot);
    ok(w, snapshot_open(&snapshot, w->store, &commit, &w->err));
}

static const char *load(struct world *w, enum kind_id kind, const char *id)
{
    const struct entry *entry = snapshot_find(&snapshot, kind, str_of(id));
    struct node doc;
    if (!entry)
        return NULL;
    ok(w, snapshot_load(&snapshot, entry, &arena, &doc, &w->err));
    AUTO(buf_release) struct buf text = BUF_MAX(1 << 20);
    json_write(&text, &doc);
    return arena_str(&arena, buf_view(&text)).p;
}

static void no_commit_is_an_empty_mirror(void **state)
{
    struct world *w = *state;
    open_at(w, (struct oid){0});
    assert_int_equal(snapshot.index.n, 0);
    assert_int_equal(snapshot.url.n, 0);
    assert_null(snapshot_find(&snapshot, KIND_FLOW, STR("f1")));
    assert_string_equal(idmap_get(&snapshot.ids, KIND_FLOW, STR("a")).p, "a");
}

static void a_commit_is_read_as_it_was(void **state)
{
    struct world *w = *state;
    struct oid first = COMMIT(w, F("iokeeper.yaml", MANIFEST), F("README.md", "a person's"),
                              F(FOLDER "integration.yaml", "_id: i1\nname: Orders\n"),
                              F(FOLDER "flows/sync--f1.yaml", "_id: f1\nname: Sync\n"),
                              F(FOLDER "users.yaml", "- _id: u1\n"),
                              F("account/connections/c--c1.yaml", "_id: c1\nname: C\n"));
    COMMIT(w, F("iokeeper.yaml", "url: other\n"));
    open_at(w, first);
    assert_true(oid_eq(&snapshot.commit, &first));
    assert_string_equal(snapshot.url.p, "https://api.example.com/v1");
    assert_string_equal(load(w, KIND_FLOW, "f1"), "{\"_id\":\"f1\",\"name\":\"Sync\"}");
    assert_string_equal(load(w, KIND_INTEGRATION, "i1"), "{\"_id\":\"i1\",\"name\":\"Orders\"}");
    assert_string_equal(load(w, KIND_CONNECTION, "c1"), "{\"_id\":\"c1\",\"name\":\"C\"}");
    const struct entry *flow = snapshot_find(&snapshot, KIND_FLOW, STR("f1"));
    assert_string_equal(flow->owner.p, "i1");
    assert_string_equal(index_path(&snapshot.index, &arena, flow).p, FOLDER "flows/sync--f1.yaml");
}

static void what_is_not_there_is_not_found(void **state)
{
    struct world *w = *state;
    open_at(w, COMMIT(w, F(FOLDER "flows/sync--f1.yaml", "_id: f1\nname: Sync\n")));
    assert_non_null(snapshot_find(&snapshot, KIND_FLOW, STR("f1")));
    assert_null(snapshot_find(&snapshot, KIND_EXPORT, STR("f1")));
    assert_null(snapshot_find(&snapshot, KIND_FLOW, STR("f2")));
    assert_null(snapshot_find(&snapshot, KIND_FLOW, STR("")));
    assert_null(snapshot_find(&snapshot, KIND_FLOW, STR("../f1")));
    assert_null(snapshot_find(&snapshot, KIND_FLOW, (struct str){.p = "f1", .n = 3}));
    /* The folder is there, but not the integration's document. */
    assert_null(snapshot_find(&snapshot, KIND_INTEGRATION, STR("i1")));
}

static void the_text_beside_a_document_is_part_of_it(void **state)
{
    struct world *w = *state;
    open_at(w, COMMIT(w, F("account/scripts/s--s1.yaml", "_id: s1\nname: S\n"),
                      F("account/scripts/s--s1.js", "a\n\"b\"\n"),
                      F("account/scripts/t--s2.yaml", "_id: s2\nname: T\n"),
                      F("account/scripts/u--s3.yaml", "_id: s3\nname: U\n"),
                      F("account/scripts/u--s3.js", ""),
                      F("account/scripts/v--s4.js", "without a document")));
    assert_string_equal(load(w, KIND_SCRIPT, "s1"),
                        "{\"_id\":\"s1\",\"name\":\"S\",\"content\":\"a\\n\\\"b\\\"\\n\"}");
    assert_string_equal(load(w, KIND_SCRIPT, "s2"), "{\"_id\":\"s2\",\"name\":\"T\"}");
    assert_string_equal(load(w, KIND_SCRIPT, "s3"),
                        "{\"_id\":\"s3\",\"name\":\"U\",\"content\":\"\"}");
    assert_null(load(w, KIND_SCRIPT, "s4"));
}

static void the_id_map_is_read(void **state)
{
    struct world *w = *state;
    open_at(w, COMMIT(w, F("account/idmap.yaml", "flows:\n  f0: f1\nexports:\n  e0: e1\n")));
    assert_string_equal(idmap_get(&snapshot.ids, KIND_FLOW, STR("f0")).p, "f1");
    assert_string_equal(idmap_get(&snapshot.ids, KIND_EXPORT, STR("e0")).p, "e1");
    assert_string_equal(idmap_get(&snapshot.ids, KIND_IMPORT, STR("e0")).p, "e0");
}

static void expect_refused(struct world *w, struct oid commit, const char *file)
{
    snapshot_release(&snapshot);
    w->err = (struct err){0};
    refused(w, snapshot_open(&snapshot, w->store, &commit, &w->err), ERR_BAD);
    if (!strstr(w->err.text, file))
        fail_msg("%s", w->err.text);
}

static void an_id_map_that_is_none_is_refused(void **state)
{
    struct world *w = *state;
    expect_refused(w, COMMIT(w, F("account/idmap.yaml", "a: [\n")), "account/idmap.yaml");
    expect_refused(w, COMMIT(w, F("account/idmap.yaml", "flows:\n  a: ../b\n")),
                   "account/idmap.yaml: line 2");
    expect_refused(w, COMMIT(w, F("account/idmap.yaml", "- a\n")), "account/idmap.yaml");
}

/* It may be a person's, then the account is not known. */
static void a_manifest_that_is_none_says_nothing(void **state)
{
    struct world *w = *state;
    static const char *const texts[] = {"a: [\n", "", "- a\n", "url: 5\n", "url: [x]\n", "\xff"};
    for (size_t i = 0; i < GEN_COUNT(texts); i++) {
        w->err = (struct err){0};
        open_at(w, COMMIT(w, F("iokeeper.yaml", texts[i]),
                          F("account/flows/f--f1.yaml", "_id: f1\nname: F\n")));
        assert_int_equal(snapshot.url.n, 0);
        assert_int_equal(w->err.cls, ERR_NONE);
        assert_non_null(snapshot_find(&snapshot, KIND_FLOW, STR("f1")));
    }
}

static void a_document_that_is_none_is_refused_by_name(void **state)
{
    struct world *w = *state;
    static const char *const texts[] = {"a: [\n", "- a\n", "text\n", "", "\xff\n"};
    for (size_t i = 0; i < GEN_COUNT(texts); i++) {
        struct node doc;
        open_at(w, COMMIT(w, F("account/flows/f--f1.yaml", texts[i])));
        const struct entry *entry = snapshot_find(&snapshot, KIND_FLOW, STR("f1"));
        assert_non_null(entry);
        refused(w, snapshot_load(&snapshot, entry, &arena, &doc, &w->err), ERR_BAD);
        assert_true(str_starts(str_of(w->err.text), STR("account/flows/f--f1.yaml: ")));
    }
}

static void a_commit_that_is_not_there_is_an_error(void **state)
{
    struct world *w = *state;
    assert_int_equal(snapshot_open(&snapshot, w->store, &(struct oid){.bytes = {1, 2, 3}}, &w->err),
                     -1);
}

/* ---- by property ---- */

/* Whatever was written into a mirror is read back, with nothing of one document in another. */
static void what_was_committed_is_read(void **state)
{
    struct world *w = *state;
    struct gen g = gen_start("snapshot");
    enum { DOCUMENTS = 12 };
    for (int run = 0; run < ACCOUNTS; run++) {
        arena_reset(&arena);
        struct node docs[DOCUMENTS];
        struct file files[DOCUMENTS];
        for (size_t i = 0; i < DOCUMENTS; i++) {
            AUTO(buf_release) struct buf text = BUF_MAX(DIGEST_MAX);
            do
                docs[i] = gen_document(&g, &arena);
            while (docs[i].type != NODE_MAP);
            yaml_emit(&text, &docs[i]);
            files[i] =
                (struct file){.path = arena_printf(&arena, "account/exports/x--e%zu.yaml", i).p,
                              .content = arena_str(&arena, buf_view(&text)).p,
                              .mode = 0100644};
        }
        open_at(w, commit_files(w, files, DOCUMENTS));
        for (size_t i = 0; i < DOCUMENTS; i++) {
            struct str id = arena_printf(&arena, "e%zu", i);
            struct node doc;
            ok(w, snapshot_load(&snapshot, snapshot_find(&snapshot, KIND_EXPORT, id), &arena, &doc,
                                &w->err));
            assert_true(node_eq(&doc, &docs[i]));
        }
    }
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    world_isolate();
    const struct CMUnitTest tests[] = {
        in_world(no_commit_is_an_empty_mirror),
        in_world(a_commit_is_read_as_it_was),
        in_world(what_is_not_there_is_not_found),
        in_world(the_text_beside_a_document_is_part_of_it),
        in_world(the_id_map_is_read),
        in_world(an_id_map_that_is_none_is_refused),
        in_world(a_manifest_that_is_none_says_nothing),
        in_world(a_document_that_is_none_is_refused_by_name),
        in_world(a_commit_that_is_not_there_is_an_error),
        in_world(what_was_committed_is_read),
    };
    return cmocka_run_group_tests_name("snapshot", tests, NULL, release);
}
