#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gen.h"
#include "model/index.h"
#include "model/layout.h"

enum { SHUFFLES = 200, ROUNDS = 300 };

static struct arena arena;
static struct index idx;

static int setup(void **state)
{
    (void)state;
    arena_reset(&arena);
    index_init(&idx);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    index_release(&idx);
    return 0;
}

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct oid blob_of(struct str text)
{
    struct oid oid;
    oid_of(OBJ_BLOB, text, &oid);
    return oid;
}

/* ---- entries ---- */

static void an_empty_index_stands_for_nothing(void **state)
{
    (void)state;
    struct index_file *files;
    size_t n = 99;
    struct index zero = {0};
    assert_null(index_get(&idx, KIND_FLOW, STR("a"), STR("")));
    assert_int_equal(index_count(&idx, KIND_FLOW), 0);
    index_settle(&idx);
    index_files(&idx, &arena, &files, &n);
    assert_int_equal(n, 0);
    index_release(&zero);
}

static void an_entry_is_made_once(void **state)
{
    (void)state;
    char id[] = "abc";
    struct entry *made = index_put(&idx, KIND_FLOW, str_of(id), STR(""));
    id[0] = 'x'; /* copied */
    assert_string_equal(made->id.p, "abc");
    assert_int_equal(made->kind, KIND_FLOW);
    assert_int_equal(made->slug.n + made->title.n + made->owner.n + made->home.n + made->refs.n, 0);
    assert_int_equal(made->listed_by.state, CLAIM_NONE);
    assert_true(oid_is_zero(&made->blob));
    assert_false(made->kept);
    assert_ptr_equal(index_put(&idx, KIND_FLOW, STR("abc"), STR("")), made);
    assert_ptr_equal(index_get(&idx, KIND_FLOW, STR("abc"), STR("")), made);
    assert_int_equal(idx.n, 1);
}

static void kind_id_and_part_tell_entries_apart(void **state)
{
    (void)state;
    static const struct {
        enum kind_id kind;
        const char *id, *part;
    } rows[] = {
        {KIND_FLOW, "a", ""},         {KIND_EXPORT, "a", ""},       {KIND_FLOW, "A", ""},
        {KIND_FLOW, "a-", ""},        {KIND_AUDIT, "a", "2024-01"}, {KIND_AUDIT, "a", "2024-02"},
        {KIND_AUDIT, "a", "undated"}, {KIND_AUDIT, "b", "2024-01"}, {KIND_USERS, "a", ""}};
    struct entry *made[GEN_COUNT(rows)];
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        assert_null(index_get(&idx, rows[i].kind, str_of(rows[i].id), str_of(rows[i].part)));
        made[i] = index_put(&idx, rows[i].kind, str_of(rows[i].id), str_of(rows[i].part));
    }
    assert_int_equal(idx.n, GEN_COUNT(rows));
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        assert_ptr_equal(index_get(&idx, rows[i].kind, str_of(rows[i].id), str_of(rows[i].part)),
                         made[i]);
        assert_ptr_equal(idx.entries[i], made[i]); /* in the order they came */
    }
    assert_int_equal(index_count(&idx, KIND_FLOW), 0); /* no files yet */
    for (size_t i = 0; i < GEN_COUNT(rows); i++)
        made[i]->blob = blob_of(STR("x"));
    assert_int_equal(index_count(&idx, KIND_FLOW), 3);
    assert_int_equal(index_count(&idx, KIND_AUDIT), 4);
    assert_int_equal(index_count(&idx, KIND_IMPORT), 0);
}

static void long_ids_are_told_apart_to_the_last_byte(void **state)
{
    (void)state;
    char a[ID_MAX + 1], b[ID_MAX + 1];
    memset(a, 'x', ID_MAX);
    memset(b, 'x', ID_MAX);
    a[ID_MAX] = b[ID_MAX] = '\0';
    b[ID_MAX - 1] = 'y';
    assert_ptr_not_equal(index_put(&idx, KIND_AUDIT, str_of(a), STR("2024-01")),
                         index_put(&idx, KIND_AUDIT, str_of(b), STR("2024-01")));
    assert_ptr_not_equal(index_get(&idx, KIND_AUDIT, str_of(a), STR("2024-01")),
                         index_put(&idx, KIND_AUDIT, str_of(a), STR("2024-02")));
}

static void entries_stay_where_they_are(void **state)
{
    (void)state;
    struct entry *first = index_put(&idx, KIND_FLOW, STR("first"), STR(""));
    for (int i = 0; i < 20000; i++)
        index_put(&idx, KIND_FLOW, arena_printf(&arena, "f%d", i), STR(""));
    assert_ptr_equal(index_get(&idx, KIND_FLOW, STR("first"), STR("")), first);
    assert_int_equal(idx.n, 20001);
}

/* ---- claims ---- */

static void claims_add_up(void **state)
{
    (void)state;
    struct claim c = {0};
    claim_add(&c, STR("a"));
    assert_int_equal(c.state, CLAIM_ONE);
    assert_true(str_is(c.integration, "a"));
    claim_add(&c, STR("a"));
    assert_int_equal(c.state, CLAIM_ONE);
    claim_add(&c, STR("b"));
    assert_int_equal(c.state, CLAIM_SEVERAL);
    claim_add(&c, STR("a"));
    assert_int_equal(c.state, CLAIM_SEVERAL);
    c = (struct claim){0};
    claim_add(&c, STR("")); /* a standalone flow's */
    assert_int_equal(c.state, CLAIM_SEVERAL);
    c = (struct claim){0};
    claim_add(&c, STR("a"));
    claim_add(&c, STR(""));
    assert_int_equal(c.state, CLAIM_SEVERAL);
}

/* ---- HEAD's paths in, the same files out ---- */

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static struct str id_of(struct gen *g, const char *what, size_t i)
{
    return arena_printf(&arena, "%s%zu%s", what, i, gen_below(g, 3) ? "" : "-_Z");
}

/* The paths of a random mirror, each (kind, id) once. */
static size_t random_paths(struct gen *g, struct str *paths, size_t max)
{
    size_t integrations = gen_below(g, 5), n = 0;
    struct layout_place home[5];
    for (size_t i = 0; i < integrations; i++) {
        struct str slug = layout_slug(&arena, gen_string(g, &arena));
        home[i] = (struct layout_place){.owner = id_of(g, "i", i), .owner_slug = slug};
        home[i].id = home[i].owner;
        home[i].slug = slug;
        home[i].kind = KIND_INTEGRATION;
        paths[n++] = layout_path(&arena, &home[i]);
    }
    for (size_t i = 0; n < max; i++) {
        const struct kind *kind = kind_of((enum kind_id)gen_below(g, KIND_COUNT));
        bool may_be_owned = !kind_is_document(kind) || kind->place == PLACE_OWNER;
        bool stays = kind->id == KIND_IDMAP || !integrations; /* in account/ */
        bool owned = !stays && may_be_owned && (!kind->account_list || gen_below(g, 3));
        struct layout_place place = {0};
        if (kind->place == PLACE_OWN_FOLDER || (kind->id == KIND_ERRORS && !integrations))
            continue;
        if (owned)
            place = home[gen_below(g, integrations)];
        place.kind = kind->id;
        place.id = kind_is_document(kind) ? id_of(g, "x", i) : STR("");
        place.slug = kind_is_document(kind) ? layout_slug(&arena, gen_string(g, &arena)) : STR("");
        if (kind->place == PLACE_MONTHS)
            place.part = arena_printf(&arena, "20%02zu-01", gen_below(g, 30));
        paths[n++] = layout_path(&arena, &place);
        place.beside = kind->body && gen_below(g, 2);
        if (place.beside && n < max)
            paths[n++] = layout_path(&arena, &place);
    }
    qsort(paths, n, sizeof *paths, by_text);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !str_eq(paths[i], paths[kept - 1]))
            paths[kept++] = paths[i];
    return kept;
}

static void shuffle(struct gen *g, size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = gen_below(g, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

static void assert_files(const struct str *paths, size_t n)
{
    struct index_file *files;
    size_t got;
    index_files(&idx, &arena, &files, &got);
    assert_int_equal(got, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(files[i].path.p, paths[i].p);
        struct oid want = blob_of(paths[i]);
        assert_true(oid_eq(files[i].blob, &want));
        const struct entry *entry = files[i].entry;
        assert_ptr_equal(files[i].blob, files[i].beside ? &entry->beside : &entry->blob);
    }
}

static void paths_of_head_come_out_again(void **state)
{
    (void)state;
    struct gen g = gen_start("paths");
    static struct str paths[64];
    size_t order[64];
    for (int round = 0; round < ROUNDS; round++) {
        index_release(&idx);
        arena_reset(&arena);
        size_t n = random_paths(&g, paths, 1 + gen_below(&g, 60));
        shuffle(&g, order, n);
        for (size_t i = 0; i < n; i++) {
            struct oid blob = blob_of(paths[order[i]]);
            assert_true(index_add_path(&idx, paths[order[i]], &blob));
        }
        size_t beside = 0;
        for (size_t i = 0; i < n; i++)
            beside += str_ends(paths[i], STR(".js"));
        assert_int_equal(idx.n, n - beside);
        assert_files(paths, n);
    }
}

/* A mirror whose lists all failed: what HEAD has is kept, and settling leaves it where it was. */
static void what_is_kept_stays_where_it_was(void **state)
{
    (void)state;
    struct gen g = gen_start("kept");
    static struct str paths[64];
    size_t order[64];
    for (int round = 0; round < ROUNDS; round++) {
        index_release(&idx);
        arena_reset(&arena);
        struct index head;
        index_init(&head);
        size_t n = random_paths(&g, paths, 1 + gen_below(&g, 60));
        for (size_t i = 0; i < n; i++) {
            struct oid blob = blob_of(paths[i]);
            assert_true(index_add_path(&head, paths[i], &blob));
        }
        shuffle(&g, order, head.n);
        for (size_t i = 0; i < head.n; i++)
            assert_true(index_keep(&idx, head.entries[order[i]])->kept);
        index_release(&head); /* copied */
        index_settle(&idx);
        assert_files(paths, n);
        index_settle(&idx); /* as often as one likes */
        assert_files(paths, n);
    }
}

/* Also where a person has removed the integration's own document. */
static void a_file_in_a_folder_has_a_home(void **state)
{
    (void)state;
    static const char *const paths[] = {"integrations/orders--i/flows/x--a.yaml",
                                        "integrations/orders--i/integration.yaml"};
    struct oid blob = blob_of(STR("x"));
    struct index_file *files;
    size_t n;
    for (size_t first = 0; first < GEN_COUNT(paths); first++) {
        index_release(&idx);
        assert_true(index_add_path(&idx, str_of(paths[first]), &blob));
        const struct entry *home = index_get(&idx, KIND_INTEGRATION, STR("i"), STR(""));
        assert_string_equal(home->slug.p, "orders");
        assert_int_equal(index_count(&idx, KIND_INTEGRATION), first);
        index_files(&idx, &arena, &files, &n);
        assert_int_equal(n, 1);
        assert_string_equal(files[0].path.p, paths[first]);
        assert_true(index_add_path(&idx, str_of(paths[1 - first]), &blob));
        assert_ptr_equal(index_get(&idx, KIND_INTEGRATION, STR("i"), STR("")), home);
        assert_int_equal(index_count(&idx, KIND_INTEGRATION), 1);
        index_files(&idx, &arena, &files, &n);
        assert_int_equal(n, 2);
    }
}

static void a_path_of_nobody_adds_nothing(void **state)
{
    (void)state;
    struct oid blob = blob_of(STR("x"));
    static const char *const paths[] = {"",
                                        "README.md",
                                        "iokeeper.yaml",
                                        "account/idmaps.yaml",
                                        "account/flows/x.yaml",
                                        "integrations/../x.yaml"};
    for (size_t i = 0; i < GEN_COUNT(paths); i++)
        assert_false(index_add_path(&idx, str_of(paths[i]), &blob));
    assert_int_equal(idx.n, 0);
}

static void keeping_replaces_nothing(void **state)
{
    (void)state;
    struct index head;
    index_init(&head);
    struct oid old = blob_of(STR("old")), new = blob_of(STR("new"));
    assert_true(index_add_path(&head, STR("account/flows/old--f.yaml"), &old));
    struct entry *fresh = index_put(&idx, KIND_FLOW, STR("f"), STR(""));
    fresh->blob = new;
    fresh->slug = STR("new");
    assert_ptr_equal(index_keep(&idx, head.entries[0]), fresh);
    assert_false(fresh->kept);
    assert_true(oid_eq(&fresh->blob, &new));
    assert_true(str_is(fresh->slug, "new"));
    index_release(&head);
}

/* ---- who owns what ---- */

static struct entry *put(enum kind_id kind, const char *id)
{
    struct entry *entry = index_put(&idx, kind, str_of(id), STR(""));
    entry->slug = STR("s");
    return entry;
}

static struct entry *put_flow(const char *id, const char *home, const char *export_id)
{
    struct entry *flow = put(KIND_FLOW, id);
    flow->home = str_of(home);
    if (export_id) {
        struct ref *ref = arena_alloc(&arena, sizeof *ref);
        *ref = (struct ref){.kind = KIND_EXPORT, .id = str_of(export_id), .used = true};
        flow->refs = (struct refs){.items = ref, .n = 1};
    }
    return flow;
}

static void list_in(struct entry *entry, const char *integration)
{
    claim_add(&entry->listed_by, str_of(integration));
}

static void assert_owner(const struct entry *entry, const char *want)
{
    if (!str_is(entry->owner, want))
        fail_msg("%s is owned by \"%.*s\", not \"%s\"", entry->id.p, STR_ARG(entry->owner), want);
}

static void a_flow_belongs_to_the_integration_it_names(void **state)
{
    (void)state;
    put(KIND_INTEGRATION, "i1");
    put(KIND_INTEGRATION, "i2");
    struct entry *named = put_flow("f1", "i1", NULL), *both = put_flow("f2", "i1", NULL),
                 *unknown = put_flow("f3", "i9", NULL);
    list_in(both, "i2");
    list_in(unknown, "i2"); /* it names another, which is not there */
    index_settle(&idx);
    assert_owner(named, "i1");
    assert_owner(both, "i1");
    assert_owner(unknown, "");
}

static void a_flow_that_names_none_belongs_to_the_only_one_that_lists_it(void **state)
{
    (void)state;
    put(KIND_INTEGRATION, "i1");
    put(KIND_INTEGRATION, "i2");
    struct entry *one = put_flow("f1", "", NULL), *two = put_flow("f2", "", NULL),
                 *none = put_flow("f3", "", NULL), *gone = put_flow("f4", "", NULL),
                 *twice = put_flow("f5", "", NULL);
    list_in(one, "i1");
    list_in(two, "i1");
    list_in(two, "i2");
    list_in(gone, "i9");
    list_in(twice, "i2");
    list_in(twice, "i2");
    index_settle(&idx);
    assert_owner(one, "i1");
    assert_owner(two, "");
    assert_owner(none, "");
    assert_owner(gone, "");
    assert_owner(twice, "i2");
}

static void a_step_belongs_to_the_only_integration_that_uses_it(void **state)
{
    (void)state;
    put(KIND_INTEGRATION, "i1");
    put(KIND_INTEGRATION, "i2");
    struct entry *one = put(KIND_EXPORT, "one"), *two = put(KIND_EXPORT, "two"),
                 *alone = put(KIND_EXPORT, "alone"), *mixed = put(KIND_EXPORT, "mixed"),
                 *none = put(KIND_EXPORT, "none"), *twice = put(KIND_EXPORT, "twice"),
                 *lost = put(KIND_EXPORT, "lost");
    put_flow("f1", "i1", "one");
    put_flow("f2", "i1", "two");
    put_flow("f3", "i2", "two");
    put_flow("f4", "", "alone");
    put_flow("f5", "i1", "mixed");
    put_flow("f6", "", "mixed");
    put_flow("f7", "i2", "twice");
    put_flow("f8", "i2", "twice");
    put_flow("f9", "i9", "lost"); /* of an integration that is not there */
    index_settle(&idx);
    assert_owner(one, "i1");
    assert_owner(two, "");
    assert_owner(alone, "");
    assert_owner(mixed, "");
    assert_owner(none, "");
    assert_owner(twice, "i2");
    assert_owner(lost, "");
}

static void use_counts_more_than_listing(void **state)
{
    (void)state;
    put(KIND_INTEGRATION, "i1");
    put(KIND_INTEGRATION, "i2");
    struct entry *used = put(KIND_EXPORT, "used"), *listed = put(KIND_EXPORT, "listed"),
                 *both = put(KIND_EXPORT, "both"), *standalone = put(KIND_EXPORT, "standalone"),
                 *gone = put(KIND_EXPORT, "gone");
    put_flow("f1", "i1", "used");
    list_in(used, "i2");
    list_in(listed, "i2");
    list_in(both, "i1");
    list_in(both, "i2");
    put_flow("f2", "", "standalone");
    list_in(standalone, "i1");
    list_in(gone, "i9");
    index_settle(&idx);
    assert_owner(used, "i1");
    assert_owner(listed, "i2");
    assert_owner(both, "");
    assert_owner(standalone, "");
    assert_owner(gone, "");
}

static void the_integration_a_step_names_counts_like_one_that_uses_it(void **state)
{
    (void)state;
    put(KIND_INTEGRATION, "i1");
    put(KIND_INTEGRATION, "i2");
    struct entry *named = put(KIND_EXPORT, "named"), *agreed = put(KIND_EXPORT, "agreed"),
                 *split = put(KIND_EXPORT, "split"), *listed = put(KIND_IMPORT, "listed"),
                 *unknown = put(KIND_IMPORT, "unknown");
    named->home = agreed->home = split->home = listed->home = STR("i1");
    unknown->home = STR("i9");
    put_flow("f1", "i1", "agreed");
    put_flow("f2", "i2", "split");
    list_in(listed, "i2");
    list_in(unknown, "i1"); /* it names one, so that lists do not matter */
    index_settle(&idx);
    assert_owner(named, "i1");
    assert_owner(agreed, "i1");
    assert_owner(split, "");
    assert_owner(listed, "i1");
    assert_owner(unknown, "");
}

static void what_only_runs_next_is_not_used(void **state)
{
    (void)state;
    put(KIND_INTEGRATION, "i1");
    put(KIND_INTEGRATION, "i2");
    struct entry *export = put(KIND_EXPORT, "e");
    put_flow("f1", "i1", "e");
    put_flow("f2", "i2", "e")->refs.items[0].used = false;
    index_settle(&idx);
    assert_owner(export, "i1");
}

static void a_step_of_the_same_id_but_another_kind_is_another(void **state)
{
    (void)state;
    put(KIND_INTEGRATION, "i1");
    struct entry *export = put(KIND_EXPORT, "x"), *import = put(KIND_IMPORT, "x");
    put_flow("f", "i1", "x");
    index_settle(&idx);
    assert_owner(export, "i1");
    assert_owner(import, "");
}

static void all_else_belongs_to_none(void **state)
{
    (void)state;
    struct entry *integration = put(KIND_INTEGRATION, "i1"),
                 *connection = put(KIND_CONNECTION, "c");
    integration->home = STR("i1");
    connection->home = STR("i1");
    list_in(connection, "i1");
    struct entry *users = put(KIND_USERS, "i1");
    struct entry *month = index_put(&idx, KIND_AUDIT, STR("i1"), STR("2024-01"));
    index_settle(&idx);
    assert_owner(integration, "");
    assert_owner(connection, "");
    assert_owner(users, "i1"); /* but rows stand with their integration */
    assert_owner(month, "i1");
}

/* Of the kinds whose documents name their integration, none is listed by one. */
static void tools_and_caches_belong_to_the_integration_they_name(void **state)
{
    (void)state;
    static const enum kind_id kinds[] = {KIND_TOOL, KIND_LOOKUPCACHE};
    put(KIND_INTEGRATION, "i1");
    for (size_t i = 0; i < GEN_COUNT(kinds); i++) {
        struct entry *homed = put(kinds[i], "a"), *homeless = put(kinds[i], "b"),
                     *lost = put(kinds[i], "c");
        homed->home = STR("i1");
        lost->home = STR("i9"); /* which is not there */
        index_settle(&idx);
        assert_owner(homed, "i1");
        assert_owner(homeless, "");
        assert_owner(lost, "");
    }
}

static void rows_of_the_account_belong_to_none(void **state)
{
    (void)state;
    struct entry *users = put(KIND_USERS, ""),
                 *month = index_put(&idx, KIND_AUDIT, STR(""), STR("2024-01"));
    index_settle(&idx);
    assert_owner(users, "");
    assert_owner(month, "");
    assert_string_equal(index_path(&idx, &arena, users).p, "account/users.yaml");
    assert_string_equal(index_path(&idx, &arena, month).p, "account/audit/2024-01.yaml");
}

static void settling_again_forgets_what_was_settled(void **state)
{
    (void)state;
    put(KIND_INTEGRATION, "i1");
    put(KIND_INTEGRATION, "i2");
    struct entry *export = put(KIND_EXPORT, "e"), *flow = put_flow("f", "i1", "e");
    index_settle(&idx);
    assert_owner(export, "i1");
    flow->home = STR("i2");
    index_settle(&idx);
    assert_owner(flow, "i2");
    assert_owner(export, "i2");
    flow->refs.n = 0;
    index_settle(&idx);
    assert_owner(export, "");
}

/* ---- text that lies beside ---- */

static void a_text_beside_is_a_file_of_its_own(void **state)
{
    (void)state;
    struct index_file *files;
    size_t n;
    struct entry *script = put(KIND_SCRIPT, "s");
    script->slug = STR("hooks");
    script->blob = blob_of(STR("yaml"));
    index_files(&idx, &arena, &files, &n);
    assert_int_equal(n, 1);
    script->beside = blob_of(STR("js"));
    index_files(&idx, &arena, &files, &n);
    assert_int_equal(n, 2);
    assert_string_equal(files[0].path.p, "account/scripts/hooks--s.js");
    assert_true(files[0].beside && files[0].entry == script && files[0].blob == &script->beside);
    assert_string_equal(files[1].path.p, "account/scripts/hooks--s.yaml");
    assert_true(!files[1].beside && files[1].entry == script && files[1].blob == &script->blob);
    assert_string_equal(index_path(&idx, &arena, script).p, "account/scripts/hooks--s.yaml");
}

static void both_halves_are_one_entry_in_any_order(void **state)
{
    (void)state;
    struct oid yaml = blob_of(STR("yaml")), js = blob_of(STR("js"));
    for (int first = 0; first < 2; first++) {
        struct index head;
        index_init(&head);
        for (int i = 0; i < 2; i++) {
            bool beside = (i == 0) == (first == 0);
            assert_true(index_add_path(&head,
                                       beside ? STR("account/scripts/hooks--s.js")
                                              : STR("account/scripts/hooks--s.yaml"),
                                       beside ? &js : &yaml));
        }
        assert_int_equal(head.n, 1);
        assert_true(oid_eq(&head.entries[0]->blob, &yaml));
        assert_true(oid_eq(&head.entries[0]->beside, &js));
        const struct entry *kept = index_keep(&idx, head.entries[0]);
        assert_true(entry_same(kept, head.entries[0]));
        index_release(&head);
    }
}

static void entries_are_the_same_by_both_halves(void **state)
{
    (void)state;
    struct entry a = {.blob = blob_of(STR("yaml")), .beside = blob_of(STR("js"))}, b = a;
    b.slug = STR("renamed");
    assert_true(entry_same(&a, &b));
    b.beside = blob_of(STR("other"));
    assert_false(entry_same(&a, &b));
    b.beside = (struct oid){0};
    assert_false(entry_same(&a, &b));
    a.beside = b.beside;
    assert_true(entry_same(&a, &b));
    b.blob = blob_of(STR("other"));
    assert_false(entry_same(&a, &b));
}

/* ---- whatever the order ---- */

struct plan {
    enum kind_id kind;
    struct str id, home, lists[3];
    struct ref refs[4];
    size_t refs_n, lists_n;
    bool kept;
};

static struct str random_integration(struct gen *g)
{
    static const char *const ids[] = {"i1", "i2", "i3", "i9", ""}; /* i9 is not there */
    return str_of(ids[gen_below(g, GEN_COUNT(ids))]);
}

static size_t random_account(struct gen *g, struct plan *plan, size_t n)
{
    static const char *const ids[] = {"i1", "i2", "i3"};
    size_t made = 0;
    memset(plan, 0, n * sizeof *plan);
    for (; made < GEN_COUNT(ids); made++) {
        plan[made].kind = KIND_INTEGRATION;
        plan[made].id = str_of(ids[made]);
    }
    for (; made < n; made++) {
        struct plan *p = &plan[made];
        static const enum kind_id kinds[] = {KIND_FLOW, KIND_FLOW, KIND_EXPORT, KIND_IMPORT,
                                             KIND_CONNECTION};
        p->kind = kinds[gen_below(g, GEN_COUNT(kinds))];
        p->id = arena_printf(&arena, "x%zu", made);
        if (gen_below(g, 2) || p->kind == KIND_FLOW)
            p->home = random_integration(g);
        for (p->lists_n = gen_below(g, 3); p->lists_n > 0 && !p->lists[0].n;)
            for (size_t i = 0; i < p->lists_n; i++)
                p->lists[i] = str_of(ids[gen_below(g, 3)]);
        p->kept = gen_below(g, 10) == 0;
        for (size_t i = p->kind == KIND_FLOW ? gen_below(g, 5) : 0; i > 0; i--)
            p->refs[p->refs_n++] =
                (struct ref){.kind = gen_below(g, 2) ? KIND_EXPORT : KIND_IMPORT,
                             .id = arena_printf(&arena, "x%zu", 3 + gen_below(g, n - 3)),
                             .used = gen_below(g, 4) > 0};
    }
    return made;
}

static void build(const struct plan *plan, const size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct plan *p = &plan[order[i]];
        struct entry *entry = index_put(&idx, p->kind, p->id, STR(""));
        entry->slug = p->id;
        entry->home = p->home;
        entry->kept = p->kept;
        entry->refs = (struct refs){.items = (struct ref *)(uintptr_t)p->refs, .n = p->refs_n};
        entry->blob = blob_of(p->id);
        for (size_t l = 0; l < p->lists_n; l++)
            claim_add(&entry->listed_by, p->lists[(l + order[0]) % p->lists_n]);
    }
}

static const char *all_paths(void)
{
    struct buf b = BUF_MAX(1 << 20);
    struct index_file *files;
    size_t n;
    index_settle(&idx);
    index_files(&idx, &arena, &files, &n);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            assert_true(str_cmp(files[i - 1].path, files[i].path) < 0);
        buf_str(&b, files[i].path);
        buf_char(&b, '\n');
    }
    const char *text = arena_str(&arena, buf_view(&b)).p;
    buf_release(&b);
    return text;
}

static void the_order_of_arrival_makes_no_difference(void **state)
{
    (void)state;
    struct gen g = gen_start("arrival");
    enum { MAX = 60 };
    static struct plan plan[MAX];
    size_t order[MAX], owned = 0;
    for (int account = 0; account < 10; account++) {
        const char *want = NULL;
        arena_reset(&arena);
        size_t n = random_account(&g, plan, MAX);
        for (int i = 0; i < SHUFFLES; i++) {
            index_release(&idx);
            shuffle(&g, order, n);
            build(plan, order, n);
            const char *got = all_paths();
            if (want)
                assert_string_equal(got, want);
            want = got;
        }
        owned += strstr(want, "/exports/x") && strstr(want, "account/exports/");
    }
    assert_true(owned > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_index_stands_for_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(an_entry_is_made_once, setup, teardown),
        cmocka_unit_test_setup_teardown(kind_id_and_part_tell_entries_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(long_ids_are_told_apart_to_the_last_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(entries_stay_where_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(claims_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(paths_of_head_come_out_again, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_kept_stays_where_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_in_a_folder_has_a_home, setup, teardown),
        cmocka_unit_test_setup_teardown(a_path_of_nobody_adds_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(keeping_replaces_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flow_belongs_to_the_integration_it_names, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_flow_that_names_none_belongs_to_the_only_one_that_lists_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_step_belongs_to_the_only_integration_that_uses_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(use_counts_more_than_listing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_integration_a_step_names_counts_like_one_that_uses_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_only_runs_next_is_not_used, setup, teardown),
        cmocka_unit_test_setup_teardown(a_step_of_the_same_id_but_another_kind_is_another, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(all_else_belongs_to_none, setup, teardown),
        cmocka_unit_test_setup_teardown(tools_and_caches_belong_to_the_integration_they_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(rows_of_the_account_belong_to_none, setup, teardown),
        cmocka_unit_test_setup_teardown(a_text_beside_is_a_file_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(both_halves_are_one_entry_in_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(entries_are_the_same_by_both_halves, setup, teardown),
        cmocka_unit_test_setup_teardown(settling_again_forgets_what_was_settled, setup, teardown),
        cmocka_unit_test_setup_teardown(the_order_of_arrival_makes_no_difference, setup, teardown),
    };
    return cmocka_run_group_tests_name("index", tests, NULL, release);
}
