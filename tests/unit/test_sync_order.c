/*
 * The same account state gives the same bytes, in whatever order the API tells it: the way of a
 * document through digest, index and tree, without network and repository.
 */
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
#include "model/digest.h"
#include "model/index.h"
#include "model/layout.h"

enum { ACCOUNTS = 6, ORDERS = 60, RESOURCES_MAX = 80, TEXT_MAX = 16 << 20 };

struct resource {
    enum kind_id kind;
    struct node doc;
    struct str lists[3]; /* integrations whose sub-lists hold it */
    size_t lists_n;
};

struct account {
    struct resource resources[RESOURCES_MAX];
    size_t n;
};

static struct arena arena;   /* an account */
static struct arena scratch; /* one telling of it */
static struct digester *digester;
static struct account account;

static int setup(void **state)
{
    (void)state;
    digester = digester_new();
    return 0;
}

static int release(void **state)
{
    (void)state;
    digester_free(digester);
    arena_release(&arena);
    arena_release(&scratch);
    return 0;
}

/* ---- an account ---- */

static void set(struct node *map, const char *key, struct node value)
{
    node_map_set(&arena, map, str_of(key), value);
}

static struct node step_of(struct gen *g, const char *field)
{
    struct node step = node_map(&arena, 2);
    set(&step, field, node_string(arena_printf(&arena, "r%zu", gen_below(g, RESOURCES_MAX))));
    set(&step, "proceedOnFailure", node_bool(gen_below(g, 2)));
    return step;
}

static void fill_flow(struct gen *g, struct node *doc)
{
    struct node generators = node_list(&arena, 2), processors = node_list(&arena, 2);
    for (size_t n = gen_below(g, 3); n > 0; n--)
        node_list_add(&arena, &generators, step_of(g, "_exportId"));
    for (size_t n = gen_below(g, 3); n > 0; n--)
        node_list_add(&arena, &processors, step_of(g, gen_below(g, 2) ? "_importId" : "_exportId"));
    set(doc, "pageGenerators", generators);
    set(doc, "pageProcessors", processors);
    if (gen_below(g, 3))
        set(doc, "_integrationId",
            node_string(arena_printf(&arena, "r%zu", gen_below(g, 5)))); /* r4 is none */
    if (gen_below(g, 3) == 0) {
        struct node next = node_list(&arena, 1);
        node_list_add(&arena, &next, step_of(g, "_exportId"));
        set(doc, "_runNextExportIds", next);
    }
}

static void make_account(struct gen *g)
{
    static const enum kind_id kinds[] = {KIND_FLOW, KIND_FLOW, KIND_EXPORT, KIND_IMPORT,
                                         KIND_CONNECTION};
    arena_reset(&arena);
    account.n = 20 + gen_below(g, RESOURCES_MAX - 20);
    for (size_t i = 0; i < account.n; i++) {
        struct resource *r = &account.resources[i];
        *r = (struct resource){.kind = i < 4 ? KIND_INTEGRATION
                                             : kinds[gen_below(g, GEN_COUNT(kinds))]};
        do
            r->doc = gen_document(g, &arena);
        while (r->doc.type != NODE_MAP);
        set(&r->doc, "_id", node_string(arena_printf(&arena, "r%zu", i)));
        set(&r->doc, "name", node_string(gen_string(g, &arena)));
        if (r->kind == KIND_FLOW)
            fill_flow(g, &r->doc);
        if (r->kind != KIND_INTEGRATION)
            for (r->lists_n = gen_below(g, 4); r->lists_n > 0 && !r->lists[0].n;)
                for (size_t l = 0; l < r->lists_n; l++)
                    r->lists[l] = arena_printf(&arena, "r%zu", gen_below(g, 4));
    }
}

/* ---- a telling of it ---- */

static void shuffle(struct gen *g, size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = gen_below(g, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

/* The document as the API spells it this time: members in any order, runtime state sprinkled in. */
static struct str told(struct gen *g, const struct resource *r)
{
    struct node doc = gen_shuffled(g, &scratch, &r->doc);
    if (gen_below(g, 2))
        node_map_set(&scratch, &doc, STR("__uiHelper"), node_integer(&scratch, 5));
    if (gen_below(g, 2) && r->kind == KIND_FLOW)
        node_map_set(&scratch, &doc, STR("lastExecutedAt"), node_cstring("2024"));
    if (gen_below(g, 2) && r->kind == KIND_CONNECTION)
        node_map_set(&scratch, &doc, STR("lastPingAt"), node_cstring("2024"));
    struct buf text = BUF_MAX(TEXT_MAX);
    size_t n = doc.map.n, *order = arena_array(&scratch, n, sizeof *order);
    shuffle(g, order, n);
    buf_char(&text, '{');
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &doc.map.items[order[i]];
        struct node key = node_string(m->key);
        buf_str(&text, i ? STR(" ,\n") : STR(""));
        json_write(&text, &key);
        buf_str(&text, gen_below(g, 2) ? STR(":") : STR(" : "));
        json_write(&text, &m->value);
    }
    buf_char(&text, '}');
    struct str made = arena_str(&scratch, buf_view(&text));
    buf_release(&text);
    return made;
}

static void enter(struct gen *g, struct index *index, const struct resource *r)
{
    struct node doc;
    struct digest d;
    struct err err = {0};
    const struct kind *kind = kind_of(r->kind);
    if (digest_parse(&index->arena, kind, told(g, r), &doc, &d, &err) < 0 ||
        digest_node(digester, &index->arena, kind, &doc, NULL, &d, &err) < 0)
        fail_msg("%s", err.text);
    struct entry *entry = index_put(index, r->kind, d.id, STR(""));
    entry->slug = d.slug;
    entry->title = d.title;
    entry->home = d.home;
    entry->refs = d.refs;
    entry->blob = d.blob;
    size_t order[3];
    shuffle(g, order, r->lists_n);
    for (size_t i = 0; i < r->lists_n; i++)
        claim_add(&entry->listed_by, r->lists[order[i]]);
}

/* One text for the whole tree: paths and blobs in git's order of paths. */
static struct oid tree_of(const struct index *index)
{
    struct buf text = BUF_MAX(TEXT_MAX);
    struct index_file *files;
    size_t n;
    struct oid oid;
    index_files(index, &scratch, &files, &n);
    for (size_t i = 0; i < n; i++) {
        char hex[OID_HEX + 1];
        oid_to_hex(&files[i].entry->blob, hex);
        buf_printf(&text, "%s %s\n", hex, files[i].path.p);
    }
    oid_of(OBJ_BLOB, buf_view(&text), &oid);
    buf_release(&text);
    return oid;
}

static struct oid tell(struct gen *g)
{
    struct index index;
    size_t order[RESOURCES_MAX];
    index_init(&index);
    arena_reset(&scratch);
    shuffle(g, order, account.n);
    for (size_t i = 0; i < account.n; i++) {
        enter(g, &index, &account.resources[order[i]]);
        if (gen_below(g, 20) == 0) /* asked between two lists, and again at the end */
            index_settle(&index);
    }
    index_settle(&index);
    struct oid tree = tree_of(&index);
    index_release(&index);
    return tree;
}

static void the_same_state_gives_the_same_tree(void **state)
{
    (void)state;
    struct gen g = gen_start("accounts");
    g.json = true;
    for (int a = 0; a < ACCOUNTS; a++) {
        make_account(&g);
        struct oid want = tell(&g);
        for (int i = 1; i < ORDERS; i++) {
            struct oid got = tell(&g);
            assert_true(oid_eq(&got, &want));
        }
    }
}

static void another_state_gives_another_tree(void **state)
{
    (void)state;
    struct gen g = gen_start("other accounts");
    g.json = true;
    make_account(&g);
    struct oid want = tell(&g), got;
    for (size_t i = 0; i < account.n; i++) {
        struct node *doc = &account.resources[i].doc, was = node_copy(&arena, doc);
        node_map_set(&arena, doc, STR("one more"), node_null());
        got = tell(&g);
        assert_false(oid_eq(&got, &want));
        *doc = was;
    }
    got = tell(&g);
    assert_true(oid_eq(&got, &want));
}

/* HEAD's index read off the paths of a cycle stands for the same tree. */
static void a_tree_read_back_is_the_same_tree(void **state)
{
    (void)state;
    struct gen g = gen_start("read back");
    g.json = true;
    for (int a = 0; a < ACCOUNTS * 5; a++) {
        struct index now, head;
        struct index_file *files;
        size_t n;
        make_account(&g);
        arena_reset(&scratch);
        index_init(&now);
        index_init(&head);
        for (size_t i = 0; i < account.n; i++)
            enter(&g, &now, &account.resources[i]);
        index_settle(&now);
        index_files(&now, &scratch, &files, &n);
        assert_int_equal(n, account.n);
        for (size_t i = 0; i < n; i++)
            assert_true(index_add_path(&head, files[i].path, &files[i].entry->blob));
        struct oid want = tree_of(&now), got = tree_of(&head);
        assert_true(oid_eq(&got, &want));
        index_release(&now);
        index_release(&head);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_state_gives_the_same_tree),
        cmocka_unit_test(another_state_gives_another_tree),
        cmocka_unit_test(a_tree_read_back_is_the_same_tree),
    };
    return cmocka_run_group_tests_name("sync_order", tests, setup, release);
}
