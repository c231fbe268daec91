#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "documents.h"
#include "gen.h"
#include "model/align.h"
#include "model/change.h"

enum { ROUNDS = 3000, ELEMENTS_MAX = 12 };

/* Rows as "0=0 1>2 -1 +0": the same place, moved, taken out, put in. */
static const char *rows_of(const struct node *before, const struct node *after)
{
    struct align_row *rows;
    struct buf text = BUF_MAX(1 << 20);
    size_t n = align_lists(&arena, before, after, &rows);
    for (size_t i = 0; i < n; i++) {
        const char *gap = i ? " " : "";
        if (rows[i].before == ALIGN_NONE)
            buf_printf(&text, "%s+%zu", gap, rows[i].after);
        else if (rows[i].after == ALIGN_NONE)
            buf_printf(&text, "%s-%zu", gap, rows[i].before);
        else
            buf_printf(&text, "%s%zu%c%zu", gap, rows[i].before, rows[i].moved ? '>' : '=',
                       rows[i].after);
    }
    const char *copy = arena_str(&arena, buf_view(&text)).p;
    buf_release(&text);
    return copy;
}

static void assert_rows(const char *before, const char *after, const char *want)
{
    struct node a = json(before), b = json(after);
    assert_string_equal(rows_of(&a, &b), want);
}

static void elements_are_known_by_what_names_them(void **state)
{
    (void)state;
    assert_rows("[{\"_id\":\"a\",\"x\":1},{\"_id\":\"b\"}]",
                "[{\"_id\":\"b\"},{\"_id\":\"a\",\"x\":2}]", "1=0 0>1");
    assert_rows("[{\"name\":\"a\",\"x\":1}]", "[{\"name\":\"n\"},{\"name\":\"a\",\"x\":2}]",
                "+0 0=1");
    assert_rows("[{\"generate\":\"g\",\"extract\":\"x\"}]",
                "[{\"generate\":\"h\",\"extract\":\"x\"},{\"generate\":\"g\",\"extract\":\"y\"}]",
                "+0 0=1");
    assert_rows("[{\"extract\":\"x\",\"a\":1}]", "[{\"b\":1},{\"extract\":\"x\",\"a\":2}]",
                "+0 0=1");
    assert_rows("[{\"_importId\":\"i\",\"a\":1}]", "[{\"_importId\":\"j\"},{\"_importId\":\"i\"}]",
                "+0 0=1");
}

static void what_several_have_names_none(void **state)
{
    (void)state;
    assert_rows("[{\"name\":\"a\",\"x\":1},{\"name\":\"a\",\"x\":2}]",
                "[{\"name\":\"a\",\"x\":1},{\"name\":\"a\",\"x\":2},{\"name\":\"a\",\"x\":3}]",
                "0=0 1=1 +2");
}

static void the_place_comes_last(void **state)
{
    (void)state;
    assert_rows("[1,2,3]", "[1,9,3]", "0=0 1=1 2=2");
    assert_rows("[1,2,3]", "[0,1,2,3]", "+0 0=1 1=2 2=3");
    assert_rows("[1,2,3]", "[1,3]", "0=0 -1 2=1");
    assert_rows("[{\"_importId\":\"a\",\"type\":\"import\"}]",
                "[{\"_importId\":\"b\",\"type\":\"import\"}]", "0=0");
    assert_rows("[{\"_id\":\"a\"}]", "[{\"_id\":\"b\"}]", "-0 +0");
    assert_rows("[{\"name\":\"a\",\"v\":1}]", "[{\"name\":\"b\",\"v\":1}]", "0=0");
    assert_rows("[{\"name\":\"a\",\"v\":1}]", "[{\"name\":\"b\",\"v\":2}]", "-0 +0");
    assert_rows("[1]", "[\"1\"]", "-0 +0");
    assert_rows("[]", "[]", "");
}

static void as_few_as_possible_have_moved(void **state)
{
    (void)state;
    assert_rows("[1,2,3,4]", "[4,1,2,3]", "3>0 0=1 1=2 2=3");
    assert_rows("[1,2,3,4]", "[2,3,4,1]", "1=0 2=1 3=2 0>3");
    assert_rows("[1,1,2]", "[2,1,1]", "2>0 0=1 1=2");
}

static void fields_of_aligned_lists(void **state)
{
    (void)state;
    struct node a = json("{\"m\":[{\"generate\":\"g\",\"extract\":\"x\"},{\"generate\":\"h\"}]}");
    struct node b =
        json("{\"m\":[{\"generate\":\"h\"},{\"generate\":\"g\",\"extract\":\"y\"},{\"q\":1}]}");
    struct change_field *f = change_list_aligned(&arena, kind_of(KIND_IMPORT), &a, &b);
    assert_string_equal(f->path, "m[\"g\"]");
    assert_true(f->moved);
    assert_int_equal(f->from, 0);
    assert_int_equal(f->to, 1);
    f = f->next;
    assert_string_equal(f->path, "m[\"g\"].extract");
    assert_false(f->moved);
    f = f->next;
    assert_string_equal(f->path, "m[2]");
    assert_null(f->before);
    assert_null(f->next);
}

/* ---- by property ---- */

static struct node random_list(struct gen *g)
{
    static const char *const elements[] = {"1",
                                           "2",
                                           "\"a\"",
                                           "null",
                                           "{\"_id\":\"a\",\"x\":1}",
                                           "{\"x\":1}",
                                           "{\"x\":2}",
                                           "[1]",
                                           "{\"name\":\"n\"}",
                                           "{\"name\":\"n\",\"x\":1}",
                                           "{\"_id\":\"b\"}",
                                           "{\"name\":\"m\",\"y\":[]}"};
    struct node list = node_list(&arena, ELEMENTS_MAX);
    for (size_t n = gen_below(g, ELEMENTS_MAX + 1); n > 0; n--)
        node_list_add(&arena, &list, json(elements[gen_below(g, GEN_COUNT(elements))]));
    return list;
}

/* Each element of either side stands in exactly one row, in the order of `after`, and what has not
 * moved stands in one order on both sides. */
static void every_element_has_one_row(void **state)
{
    (void)state;
    struct gen g = gen_start("align");
    for (int round = 0; round < ROUNDS; round++) {
        arena_reset(&arena);
        struct node before = random_list(&g), after = random_list(&g);
        struct align_row *rows;
        size_t n = align_lists(&arena, &before, &after, &rows);
        bool seen[ELEMENTS_MAX] = {false};
        size_t next = 0, removed = 0, last = 0;
        for (size_t i = 0; i < n; i++) {
            if (rows[i].before != ALIGN_NONE) {
                assert_false(seen[rows[i].before]);
                seen[rows[i].before] = true;
            }
            if (rows[i].after == ALIGN_NONE)
                removed++;
            else
                assert_int_equal(rows[i].after, next++);
            if (rows[i].before != ALIGN_NONE && rows[i].after != ALIGN_NONE && !rows[i].moved) {
                assert_true(rows[i].before + 1 > last);
                last = rows[i].before + 1;
            }
        }
        assert_int_equal(next, after.list.n);
        assert_int_equal(n, after.list.n + removed);
        for (size_t i = 0; i < before.list.n; i++)
            assert_true(seen[i]);
    }
}

static void a_list_is_aligned_with_itself(void **state)
{
    (void)state;
    struct gen g = gen_start("align-self");
    for (int round = 0; round < ROUNDS; round++) {
        arena_reset(&arena);
        struct node list = random_list(&g);
        struct align_row *rows;
        size_t n = align_lists(&arena, &list, &list, &rows);
        assert_int_equal(n, list.list.n);
        for (size_t i = 0; i < n; i++)
            assert_true(rows[i].before == i && rows[i].after == i && !rows[i].moved);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(elements_are_known_by_what_names_them, clear_documents),
        cmocka_unit_test_setup(what_several_have_names_none, clear_documents),
        cmocka_unit_test_setup(the_place_comes_last, clear_documents),
        cmocka_unit_test_setup(as_few_as_possible_have_moved, clear_documents),
        cmocka_unit_test_setup(fields_of_aligned_lists, clear_documents),
        cmocka_unit_test_setup(every_element_has_one_row, clear_documents),
        cmocka_unit_test_setup(a_list_is_aligned_with_itself, clear_documents),
    };
    return cmocka_run_group_tests(tests, NULL, release_documents);
}
