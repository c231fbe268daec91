#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gen.h"
#include "model/layout.h"
#include "model/selector.h"

enum { TEXTS = 20000 };

static struct arena arena;

static int clear(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void assert_reads(const char *text, const char *kind, const char *word, const char *id)
{
    struct selector s = selector_read(str_of(text));
    if (!str_is(s.text, text) || !str_is(s.word, word) || !str_is(s.id, id) ||
        !str_is(str_of(s.kind ? s.kind->name : ""), kind))
        fail_msg("\"%s\" is read as %s, word \"%.*s\", id \"%.*s\"", text,
                 s.kind ? s.kind->name : "any kind", STR_ARG(s.word), STR_ARG(s.id));
}

static bool fits(const char *text, enum kind_id kind, const char *id, const char *name)
{
    struct selector s = selector_read(str_of(text));
    return selector_fits(&s, kind_of(kind), str_of(id), str_of(name));
}

static bool fits_id(const char *text, enum kind_id kind, const char *id)
{
    struct selector s = selector_read(str_of(text));
    return selector_fits_id(&s, kind_of(kind), str_of(id));
}

/* ---- reading ---- */

static void a_word_is_of_any_kind(void **state)
{
    (void)state;
    assert_reads("5e8f", "", "5e8f", "");
    assert_reads("Orders to NetSuite", "", "Orders to NetSuite", "");
    assert_reads("flow", "", "flow", "");
    assert_reads("", "", "", "");
}

static void each_kind_that_has_documents_is_known_by_both_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind *kind = kind_of((enum kind_id)i);
        const char *names[] = {kind->name, kind->plural};
        for (size_t k = 0; k < GEN_COUNT(names); k++) {
            const char *text = arena_printf(&arena, "%s/a b", names[k]).p;
            if (kind_is_document(kind))
                assert_reads(text, kind->name, "a b", "");
            else
                assert_reads(text, "", text, "");
        }
    }
}

static void slashes_are_part_of_names(void **state)
{
    (void)state;
    assert_reads("flow/a/b", "flow", "a/b", "");
    assert_reads("flow//", "flow", "/", "");
    assert_reads("orders/invoices", "", "orders/invoices", "");
    assert_reads("Flow/a", "", "Flow/a", "");
    assert_reads("/flow/a", "", "/flow/a", "");
    assert_reads("flow/", "", "flow/", "");
    assert_reads("/", "", "/", "");
}

static void paths_are_of_a_kind_and_an_id(void **state)
{
    (void)state;
    assert_reads("integrations/orders--1a/integration.yaml", "integration", "", "1a");
    assert_reads("integrations/orders--1a/flows/x--2b.yaml", "flow", "", "2b");
    assert_reads("integrations/orders--1a/exports/x--2b.yaml", "export", "", "2b");
    assert_reads("account/connections/x-y--2b.yaml", "connection", "", "2b");
    assert_reads("account/scripts/x--2b.yaml", "script", "", "2b");
    assert_reads("account/scripts/x--2b.js", "script", "", "2b"); /* the text beside */
    assert_reads("account/flows/x--2b.yaml", "flow", "", "2b");
}

static void a_folder_is_its_integration(void **state)
{
    (void)state;
    assert_reads("integrations/orders--1a", "integration", "", "1a");
    assert_reads("integrations/orders--1a/", "integration", "", "1a");
    assert_reads("integrations/o----a", "integration", "", "--a"); /* an id may begin with '-' */
    assert_reads("integrations/orders--1a//", "integration", "orders--1a//", "");
    assert_reads("integrations/orders", "integration", "orders", "");
    assert_reads("integration/orders--1a", "integration", "orders--1a", "");
    assert_reads("integrations/orders--1a/flows", "integration", "orders--1a/flows", "");
    assert_reads("account", "", "account", "");
    assert_reads("account/flows", "", "account/flows", "");
}

static void files_of_rows_are_names(void **state)
{
    (void)state;
    assert_reads("integrations/orders--1a/users.yaml", "integration", "orders--1a/users.yaml", "");
    assert_reads("account/users.yaml", "", "account/users.yaml", "");
    assert_reads("account/audit/2024-01.yaml", "", "account/audit/2024-01.yaml", "");
    assert_reads("account/idmap.yaml", "", "account/idmap.yaml", "");
    assert_reads("iokeeper.yaml", "", "iokeeper.yaml", "");
}

static void what_leads_nowhere_is_a_name(void **state)
{
    (void)state;
    assert_reads("integrations/../flows/x--2b.yaml", "integration", "../flows/x--2b.yaml", "");
    assert_reads("account/flows/x--2 b.yaml", "", "account/flows/x--2 b.yaml", "");
    assert_reads("account/flows/x--2b", "", "account/flows/x--2b", "");
    assert_reads("/account/flows/x--2b.yaml", "", "/account/flows/x--2b.yaml", "");
    struct str nul = {"integrations/o--1\0a", 19};
    assert_int_equal(selector_read(nul).id.n, 0);
    assert_true(str_eq(selector_read(nul).word, str_sub(nul, 13, nul.n)));
}

static void ids_borrow_the_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"integrations/orders--1a", "integrations/orders--1a/",
                                        "account/flows/x--2b.yaml"};
    for (size_t i = 0; i < GEN_COUNT(texts); i++) {
        struct str id = selector_read(str_of(texts[i])).id;
        assert_true(id.p > texts[i] && id.p + id.n <= texts[i] + strlen(texts[i]));
    }
}

/* ---- fitting ---- */

static void a_word_fits_ids_and_exact_names(void **state)
{
    (void)state;
    assert_true(fits("1a", KIND_FLOW, "1a", "Orders"));
    assert_true(fits("1a", KIND_EXPORT, "1a", "Orders"));
    assert_true(fits("Orders", KIND_FLOW, "1a", "Orders"));
    assert_false(fits("orders", KIND_FLOW, "1a", "Orders"));
    assert_false(fits("Order", KIND_FLOW, "1a", "Orders"));
    assert_false(fits("Orders ", KIND_FLOW, "1a", "Orders"));
    assert_false(fits("1A", KIND_FLOW, "1a", "Orders"));
    assert_true(fits_id("1a", KIND_FLOW, "1a"));
    assert_false(fits_id("Orders", KIND_FLOW, "1a"));
}

static void a_kind_keeps_others_away(void **state)
{
    (void)state;
    assert_true(fits("flow/Orders", KIND_FLOW, "1a", "Orders"));
    assert_true(fits("flows/1a", KIND_FLOW, "1a", "Orders"));
    assert_false(fits("flow/Orders", KIND_EXPORT, "1a", "Orders"));
    assert_false(fits("flow/1a", KIND_EXPORT, "1a", "Orders"));
    assert_true(fits_id("flow/1a", KIND_FLOW, "1a"));
    assert_false(fits_id("flow/1a", KIND_EXPORT, "1a"));
}

static void a_kind_and_a_name_may_be_a_name(void **state)
{
    (void)state;
    assert_true(fits("flow/Orders", KIND_EXPORT, "1a", "flow/Orders"));
    assert_true(fits("flow/Orders", KIND_FLOW, "1a", "flow/Orders"));
    assert_false(fits_id("flow/Orders", KIND_FLOW, "1a"));
    assert_true(fits("account/flows/x--2b.yaml", KIND_EXPORT, "1a", "account/flows/x--2b.yaml"));
}

static void a_path_fits_its_id_alone(void **state)
{
    (void)state;
    assert_true(fits("account/flows/x--2b.yaml", KIND_FLOW, "2b", "renamed since"));
    assert_true(fits_id("account/flows/x--2b.yaml", KIND_FLOW, "2b"));
    assert_false(fits("account/flows/x--2b.yaml", KIND_FLOW, "3c", "x"));
    assert_false(fits("account/flows/x--2b.yaml", KIND_FLOW, "3c", "2b"));
    assert_false(fits("account/flows/x--2b.yaml", KIND_EXPORT, "2b", "x"));
    assert_true(fits("integrations/orders--1a", KIND_INTEGRATION, "1a", "Orders"));
    assert_false(fits("integrations/orders--1a", KIND_FLOW, "1a", "Orders"));
}

static void nothing_fits_nothing(void **state)
{
    (void)state;
    assert_false(fits("", KIND_FLOW, "1a", ""));
    assert_false(fits("", KIND_FLOW, "1a", "Orders"));
    assert_false(fits("account/flows/x--2b.yaml", KIND_FLOW, "3c", ""));
    struct selector s = selector_read(STR(""));
    assert_false(
        selector_may_fit(&s, kind_of(KIND_FLOW), STR("unnamed"), STR("unnamed"), STR("unnamed")));
}

static bool may_fit(const char *text, enum kind_id kind, const char *name)
{
    struct selector s = selector_read(str_of(text));
    return selector_may_fit(&s, kind_of(kind), layout_slug(&arena, str_of(name)),
                            layout_slug(&arena, s.word), layout_slug(&arena, s.text));
}

static void slugs_tell_most_apart(void **state)
{
    (void)state;
    assert_true(may_fit("Orders", KIND_FLOW, "Orders"));
    assert_true(may_fit("Orders", KIND_FLOW, "orders!"));
    assert_false(may_fit("Orders", KIND_FLOW, "Invoices"));
    assert_true(may_fit("flow/Orders", KIND_FLOW, "Orders"));
    assert_false(may_fit("flow/Orders", KIND_EXPORT, "Orders"));
    assert_true(may_fit("flow/Orders", KIND_EXPORT, "flow/Orders"));
    assert_false(may_fit("account/flows/x--2b.yaml", KIND_FLOW, "?")); /* "unnamed" */
    assert_true(may_fit("?", KIND_FLOW, "!"));
}

/* ---- by property ---- */

static struct str random_text(struct gen *g)
{
    static const char *const pieces[] = {"flow",
                                         "flows",
                                         "export",
                                         "integrations",
                                         "account",
                                         "/",
                                         "--",
                                         "a",
                                         "1a",
                                         ".yaml",
                                         ".js",
                                         "o--1a",
                                         "integration.yaml",
                                         " ",
                                         "Orders",
                                         "scripts",
                                         "connections",
                                         "users",
                                         "-"};
    struct buf b = BUF_MAX(4096);
    for (size_t n = gen_below(g, 8); n > 0; n--)
        buf_str(&b, str_of(pieces[gen_below(g, GEN_COUNT(pieces))]));
    struct str text = gen_below(g, 4) ? arena_str(&arena, buf_view(&b)) : gen_string(g, &arena);
    buf_release(&b);
    return text;
}

static void any_text_is_the_exact_name_of_something(void **state)
{
    (void)state;
    struct gen g = gen_start("selector");
    for (int i = 0; i < TEXTS; i++) {
        if (i % 64 == 0)
            arena_reset(&arena);
        struct str text = random_text(&g);
        struct selector s = selector_read(text);
        const struct kind *kind = kind_of((enum kind_id)gen_below(&g, KIND_COUNT));
        assert_int_equal(selector_fits(&s, kind, STR("none"), text), text.n > 0);
        assert_true(!s.id.n || (layout_id_is_safe(s.id) && s.kind && !s.word.n));
        if (s.kind)
            assert_true(kind_is_document(s.kind));
    }
}

/* What is left out by slugs fits by no name. */
static void no_name_that_fits_is_left_out(void **state)
{
    (void)state;
    struct gen g = gen_start("selector slugs");
    size_t fitting = 0;
    for (int i = 0; i < TEXTS; i++) {
        if (i % 64 == 0)
            arena_reset(&arena);
        struct selector s = selector_read(random_text(&g));
        struct str name = random_text(&g);
        if (gen_below(&g, 4) == 0)
            name = gen_below(&g, 2) ? s.word : s.text;
        const struct kind *kind = kind_of((enum kind_id)gen_below(&g, KIND_COUNT));
        if (!selector_fits(&s, kind, STR("no such id"), name))
            continue;
        fitting++;
        assert_true(selector_may_fit(&s, kind, layout_slug(&arena, name),
                                     layout_slug(&arena, s.word), layout_slug(&arena, s.text)));
    }
    assert_true(fitting > TEXTS / 10);
}

/* The path of every place that has a document leads to it. */
static void paths_that_layout_makes_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind *kind = kind_of((enum kind_id)i);
        for (int owned = 0; owned < 2; owned++) {
            struct layout_place place = {.kind = kind->id, .id = STR("1a"), .slug = STR("x-y")};
            if (owned && kind->place != PLACE_OWNER)
                continue;
            place.owner = owned ? STR("2b") : STR("");
            place.owner_slug = owned ? STR("o") : STR("");
            if (kind_is_document(kind))
                assert_reads(layout_path(&arena, &place).p, kind->name, "", "1a");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_word_is_of_any_kind, clear),
        cmocka_unit_test_setup(each_kind_that_has_documents_is_known_by_both_its_names, clear),
        cmocka_unit_test_setup(slashes_are_part_of_names, clear),
        cmocka_unit_test_setup(paths_are_of_a_kind_and_an_id, clear),
        cmocka_unit_test_setup(a_folder_is_its_integration, clear),
        cmocka_unit_test_setup(files_of_rows_are_names, clear),
        cmocka_unit_test_setup(what_leads_nowhere_is_a_name, clear),
        cmocka_unit_test_setup(ids_borrow_the_text, clear),
        cmocka_unit_test_setup(a_word_fits_ids_and_exact_names, clear),
        cmocka_unit_test_setup(a_kind_keeps_others_away, clear),
        cmocka_unit_test_setup(a_kind_and_a_name_may_be_a_name, clear),
        cmocka_unit_test_setup(a_path_fits_its_id_alone, clear),
        cmocka_unit_test_setup(nothing_fits_nothing, clear),
        cmocka_unit_test_setup(slugs_tell_most_apart, clear),
        cmocka_unit_test_setup(any_text_is_the_exact_name_of_something, clear),
        cmocka_unit_test_setup(no_name_that_fits_is_left_out, clear),
        cmocka_unit_test_setup(paths_that_layout_makes_are_read, clear),
    };
    return cmocka_run_group_tests_name("selector", tests, NULL, release);
}
