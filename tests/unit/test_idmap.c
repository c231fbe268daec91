#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "format/json.h"
#include "format/yaml.h"
#include "gen.h"
#include "model/idmap.h"
#include "model/layout.h"

static struct arena arena;
static struct idmap map;

static int clear(void **state)
{
    (void)state;
    arena_reset(&arena);
    idmap_release(&map);
    return 0;
}

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    idmap_release(&map);
    return 0;
}

static void add(unsigned of, const char *old, const char *now)
{
    idmap_add(&map, of, str_of(old), str_of(now));
}

static void assert_text(struct str got, const char *want)
{
    if (!str_is(got, want))
        fail_msg("%.*s, not %s", STR_ARG(got), want);
}

static void assert_get(unsigned of, const char *id, const char *want)
{
    assert_text(idmap_get(&map, of, str_of(id)), want);
}

static const char *document(void)
{
    struct node doc = idmap_document(&map, &arena);
    struct buf b = BUF_MAX(1 << 20);
    json_write(&b, &doc);
    const char *text = arena_str(&arena, buf_view(&b)).p;
    buf_release(&b);
    return text;
}

static int load_yaml(struct str text, struct err *err)
{
    struct node doc;
    if (yaml_load(&arena, text, &doc, err) < 0)
        fail_msg("%s", err->text);
    return idmap_load(&map, &doc, err);
}

static void assert_loads(const char *text)
{
    struct err err = {0};
    if (load_yaml(str_of(text), &err) < 0)
        fail_msg("%s", err.text);
}

static void an_id_that_has_no_other_is_itself(void **state)
{
    (void)state;
    static const char id[] = "a1";
    assert_ptr_equal(idmap_get(&map, KIND_FLOW, str_of(id)).p, id);
    add(KIND_FLOW, "b1", "c1");
    assert_ptr_equal(idmap_get(&map, KIND_FLOW, str_of(id)).p, id);
    assert_get(KIND_FLOW, "c1", "c1");
    assert_get(KIND_FLOW, "", "");
    assert_get(KIND_FLOW, "../no id", "../no id");
}

static void an_id_leads_to_the_last_one(void **state)
{
    (void)state;
    add(KIND_EXPORT, "a", "b");
    assert_get(KIND_EXPORT, "a", "b");
    add(KIND_EXPORT, "b", "c");
    add(KIND_EXPORT, "c", "d");
    assert_get(KIND_EXPORT, "a", "d");
    assert_get(KIND_EXPORT, "b", "d");
    assert_get(KIND_EXPORT, "c", "d");
    assert_get(KIND_EXPORT, "d", "d");
}

/* As pairs of a file come, which is by the old ids. */
static void the_order_of_a_chain_does_not_matter(void **state)
{
    (void)state;
    add(KIND_EXPORT, "c", "d");
    add(KIND_EXPORT, "a", "b");
    add(KIND_EXPORT, "b", "c");
    assert_get(KIND_EXPORT, "a", "d");
    assert_get(KIND_EXPORT, "b", "d");
    assert_get(KIND_EXPORT, "c", "d");
}

static void an_old_id_may_be_given_a_newer_one(void **state)
{
    (void)state;
    add(KIND_EXPORT, "a", "b");
    add(KIND_EXPORT, "a", "c"); /* b went, and a was restored from an old commit again */
    assert_get(KIND_EXPORT, "a", "c");
    assert_get(KIND_EXPORT, "b", "c");
    add(KIND_EXPORT, "a", "c");
    assert_string_equal(document(), "{\"exports\":{\"a\":\"c\",\"b\":\"c\"}}");
}

static void kinds_have_their_own_ids(void **state)
{
    (void)state;
    add(KIND_EXPORT, "a", "b");
    add(KIND_IMPORT, "a", "c");
    add(IDMAP_GROUP, "a", "d");
    assert_get(KIND_EXPORT, "a", "b");
    assert_get(KIND_IMPORT, "a", "c");
    assert_get(IDMAP_GROUP, "a", "d");
    assert_get(KIND_FLOW, "a", "a");
}

static void equal_ids_are_no_pair(void **state)
{
    (void)state;
    add(KIND_EXPORT, "a", "a");
    assert_int_equal(map.n, 0);
    assert_string_equal(document(), "{}");
    assert_text(idmap_find(&map, STR("a")), "");
}

/* As out of a recycle bin, when what was made in its place is gone, too. */
static void an_id_that_is_itself_again_leads_nowhere(void **state)
{
    (void)state;
    add(KIND_EXPORT, "a", "b");
    add(KIND_EXPORT, "a", "a");
    assert_get(KIND_EXPORT, "a", "a");
    assert_string_equal(document(), "{\"exports\":{\"b\":\"a\"}}");
}

static void an_id_that_comes_back_ends_the_circle(void **state)
{
    (void)state;
    add(KIND_EXPORT, "a", "b");
    add(KIND_EXPORT, "b", "a");
    assert_get(KIND_EXPORT, "a", "a");
    assert_get(KIND_EXPORT, "b", "a");
    assert_text(idmap_find(&map, STR("a")), "");
    add(KIND_EXPORT, "a", "c");
    add(KIND_EXPORT, "c", "d");
    add(KIND_EXPORT, "d", "b");
    assert_string_equal(document(), "{\"exports\":{\"a\":\"b\",\"c\":\"b\",\"d\":\"b\"}}");
    assert_get(KIND_EXPORT, "b", "b");
}

static void find_tells_the_id_of_now_whatever_the_kind(void **state)
{
    (void)state;
    assert_text(idmap_find(&map, STR("a")), "");
    add(KIND_EXPORT, "a", "b");
    add(KIND_EXPORT, "b", "c");
    add(KIND_IMPORT, "c", "x");
    add(IDMAP_GROUP, "g", "h");
    assert_text(idmap_find(&map, STR("a")), "c");
    assert_text(idmap_find(&map, STR("b")), "c");
    assert_text(idmap_find(&map, STR("c")), "x"); /* an export's last, but an import's old one */
    assert_text(idmap_find(&map, STR("g")), "h");
    assert_text(idmap_find(&map, STR("h")), "");
    assert_text(idmap_find(&map, STR("")), "");
}

static void texts_are_copied(void **state)
{
    (void)state;
    char old[] = "old1", now[] = "now1";
    add(KIND_FLOW, old, now);
    memset(old, 'x', sizeof old - 1);
    memset(now, 'x', sizeof now - 1);
    assert_get(KIND_FLOW, "old1", "now1");
    struct node doc = idmap_document(&map, &arena);
    idmap_release(&map);
    assert_text(node_get_text(node_get(&doc, STR("flows")), STR("old1")), "now1");
}

static void a_released_map_is_empty_and_usable(void **state)
{
    (void)state;
    add(KIND_FLOW, "a", "b");
    idmap_release(&map);
    assert_get(KIND_FLOW, "a", "a");
    assert_string_equal(document(), "{}");
    add(KIND_FLOW, "a", "c");
    assert_get(KIND_FLOW, "a", "c");
}

/* ---- the file ---- */

static void a_file_is_read(void **state)
{
    (void)state;
    assert_loads("exports:\n  5e8f0c: 61aa42\nflowgroupings:\n  g1: g2\n  g2: g3\n"
                 "mcpservers:\n  m1: m2\n");
    assert_get(KIND_EXPORT, "5e8f0c", "61aa42");
    assert_get(IDMAP_GROUP, "g1", "g3");
    assert_get(KIND_MCPSERVER, "m1", "m2");
    assert_string_equal(document(), "{\"exports\":{\"5e8f0c\":\"61aa42\"},\"flowgroupings\":{"
                                    "\"g1\":\"g3\",\"g2\":\"g3\"},\"mcpservers\":{\"m1\":\"m2\"}}");
}

static void an_empty_file_is_an_empty_map(void **state)
{
    (void)state;
    assert_loads("null\n");
    assert_loads("{}\n");
    assert_loads("exports: {}\n");
    assert_string_equal(document(), "{}");
}

static void a_file_adds_to_what_is_there(void **state)
{
    (void)state;
    assert_loads("exports:\n  a: b\n");
    assert_loads("exports:\n  b: c\n");
    assert_get(KIND_EXPORT, "a", "c");
}

static void circles_in_a_file_end(void **state)
{
    (void)state;
    assert_loads("exports:\n  a: b\n  b: c\n  c: a\n  d: d\n");
    assert_get(KIND_EXPORT, "a", "a");
    assert_get(KIND_EXPORT, "b", "a");
    assert_get(KIND_EXPORT, "c", "a");
    assert_string_equal(document(), "{\"exports\":{\"b\":\"a\",\"c\":\"a\"}}");
}

static void what_is_no_map_is_refused_by_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } rows[] = {
        {"- a\n", "line 1: "},
        {"text\n", "line 1: "},
        {"flows:\n  a: b\nexport:\n  c: d\n", "line 3: "}, /* the plural only */
        {"flows:\n  a: b\nnothing:\n  c: d\n", "line 3: "},
        {"users:\n  a: b\n", "line 1: "},
        {"user lists:\n  a: b\n", "line 1: "}, /* rows have no documents */
        {"audit logs:\n  a: b\n", "line 1: "},
        {"flows: a\n", "line 1: "},
        {"flows:\n- a\n", "line 1: "},
        {"flows: null\n", "line 1: "},
        {"flows:\n  a: b\n  c: 12\n", "line 3: "},
        {"flows:\n  a: b\n  c: null\n", "line 3: "},
        {"flows:\n  a: b\n  c: []\n", "line 3: "},
        {"flows:\n  a: b\n  c: ''\n", "line 3: "},
        {"flows:\n  a: b\n  c: ../d\n", "line 3: "},
        {"flows:\n  a: b\n  'c d': e\n", "line 3: "},
        {"flows:\n  a: b\n  '': e\n", "line 3: "},
        {"flows:\n  a: b\n  c: \"d\\0\"\n", "line 3: "},
        {"flows:\n  a: b\n  c: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
         "line 3: "},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        struct err err = {0};
        if (load_yaml(str_of(rows[i].text), &err) == 0)
            fail_msg("taken: %s", rows[i].text);
        assert_int_equal(err.cls, ERR_BAD);
        if (!str_starts(str_of(err.text), str_of(rows[i].line)))
            fail_msg("%s\n%s", rows[i].text, err.text);
        assert_int_equal(map.n, 0); /* and nothing was added */
    }
}

static void a_document_without_lines_is_refused_without_one(void **state)
{
    (void)state;
    struct node doc = node_map(&arena, 1);
    node_map_set(&arena, &doc, STR("flows"), node_cstring("x"));
    struct err err = {0};
    assert_int_equal(idmap_load(&map, &doc, &err), -1);
    assert_string_equal(err.text, "\"flows\" is no map of ids");
}

/* ---- by property ---- */

enum { IDS = 12, RUNS = 3000 };

/* The map as a row of the last ids: all that had the old one move along. */
struct model {
    int group[IDS]; /* ids of the same number are of one resource */
    int last[IDS];  /* by group */
};

static void model_add(struct model *m, int old, int now)
{
    int from = m->group[old], to = m->group[now];
    if (from == to)
        m->last[to] = now;
    for (int i = 0; i < IDS; i++)
        if (m->group[i] == from)
            m->group[i] = to;
}

static void all_ids_of_a_resource_lead_to_its_last(void **state)
{
    (void)state;
    struct gen g = gen_start("idmap");
    for (int run = 0; run < RUNS; run++) {
        idmap_release(&map);
        arena_reset(&arena);
        struct model m;
        for (int i = 0; i < IDS; i++)
            m.group[i] = m.last[i] = i;
        const char *names[IDS];
        for (int i = 0; i < IDS; i++)
            names[i] = arena_printf(&arena, "id-%d", i).p;
        for (size_t n = gen_below(&g, 20); n > 0; n--) {
            int old = (int)gen_below(&g, IDS), now = (int)gen_below(&g, IDS);
            model_add(&m, old, now);
            add(KIND_SCRIPT, names[old], names[now]);
        }
        for (int i = 0; i < IDS; i++)
            assert_get(KIND_SCRIPT, names[i], names[m.last[m.group[i]]]);
        const char *written = document();
        struct node doc = idmap_document(&map, &arena);
        struct idmap read = {0};
        struct err err = {0};
        assert_int_equal(idmap_load(&read, &doc, &err), 0);
        for (int i = 0; i < IDS; i++)
            assert_text(idmap_get(&read, KIND_SCRIPT, str_of(names[i])), names[m.last[m.group[i]]]);
        struct node again = idmap_document(&read, &arena);
        if (!node_eq(&doc, &again))
            fail_msg("not the same again: %s", written);
        idmap_release(&read);
    }
}

static void a_long_chain_takes_no_time_to_speak_of(void **state)
{
    (void)state;
    enum { LONG = 200000 };
    clock_t began = clock();
    for (int i = 0; i < LONG; i++) {
        char old[16], now[16];
        snprintf(old, sizeof old, "c%d", i);
        snprintf(now, sizeof now, "c%d", i + 1);
        add(KIND_FLOW, old, now);
    }
    for (int i = 0; i < LONG; i++) {
        char id[16];
        snprintf(id, sizeof id, "c%d", i);
        assert_text(idmap_get(&map, KIND_FLOW, str_of(id)), "c200000");
    }
    struct node doc = idmap_document(&map, &arena);
    assert_int_equal(node_get(&doc, STR("flows"))->map.n, LONG);
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    if (seconds > 5)
        fail_msg("%d ids took %.1f s", LONG, seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_id_that_has_no_other_is_itself, clear),
        cmocka_unit_test_setup(an_id_leads_to_the_last_one, clear),
        cmocka_unit_test_setup(the_order_of_a_chain_does_not_matter, clear),
        cmocka_unit_test_setup(an_old_id_may_be_given_a_newer_one, clear),
        cmocka_unit_test_setup(kinds_have_their_own_ids, clear),
        cmocka_unit_test_setup(equal_ids_are_no_pair, clear),
        cmocka_unit_test_setup(an_id_that_is_itself_again_leads_nowhere, clear),
        cmocka_unit_test_setup(an_id_that_comes_back_ends_the_circle, clear),
        cmocka_unit_test_setup(find_tells_the_id_of_now_whatever_the_kind, clear),
        cmocka_unit_test_setup(texts_are_copied, clear),
        cmocka_unit_test_setup(a_released_map_is_empty_and_usable, clear),
        cmocka_unit_test_setup(a_file_is_read, clear),
        cmocka_unit_test_setup(an_empty_file_is_an_empty_map, clear),
        cmocka_unit_test_setup(a_file_adds_to_what_is_there, clear),
        cmocka_unit_test_setup(circles_in_a_file_end, clear),
        cmocka_unit_test_setup(what_is_no_map_is_refused_by_its_line, clear),
        cmocka_unit_test_setup(a_document_without_lines_is_refused_without_one, clear),
        cmocka_unit_test_setup(all_ids_of_a_resource_lead_to_its_last, clear),
        cmocka_unit_test_setup(a_long_chain_takes_no_time_to_speak_of, clear),
    };
    return cmocka_run_group_tests_name("idmap", tests, NULL, release);
}
