#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/utf8.h"
#include "gen.h"
#include "model/layout.h"

enum { NAMES = 50000, PLACES = 20000, PATHS = 200000 };

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

/* ---- slugs ---- */

static void assert_slug(struct str name, const char *want)
{
    struct str slug = layout_slug(&arena, name);
    if (!str_is(slug, want))
        fail_msg("\"%.*s\" gives %.*s, not %s", STR_ARG(name), STR_ARG(slug), want);
    assert_int_equal(slug.p[slug.n], '\0');
}

struct slug_row {
    struct str name;
    const char *slug;
};

#define ROW(the_name, the_slug)                                                                    \
    {                                                                                              \
        .name = GEN_STR(the_name), .slug = (the_slug)                                              \
    }

static void assert_slugs(const struct slug_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_slug(rows[i].name, rows[i].slug);
}

static void names_become_lower_case_words(void **state)
{
    (void)state;
    static const struct slug_row rows[] = {
        ROW("Orders to NetSuite", "orders-to-netsuite"),
        ROW("orders", "orders"),
        ROW("ORDERS 2", "orders-2"),
        ROW("a_b.c/d\\e", "a-b-c-d-e"),
        ROW("a  --  b", "a-b"),
        ROW("  trimmed  ", "trimmed"),
        ROW("--x--", "x"),
        ROW("(x)", "x"),
        ROW("1.10", "1-10"),
        ROW("a\nb\tc\rd", "a-b-c-d"),
        ROW("a\0b", "a-b"),
        ROW("-rf", "rf"),
        ROW("CON", "con"),
        ROW(".git", "git"),
        ROW("../../x", "x"),
        ROW("Flow [PROD] -> \"Shop\"", "flow-prod-shop"),
        ROW("100%", "100"),
    };
    assert_slugs(rows, GEN_COUNT(rows));
}

static void what_has_no_letter_is_unnamed(void **state)
{
    (void)state;
    static const struct slug_row rows[] = {
        ROW("", "unnamed"),
        ROW(" ", "unnamed"),
        ROW("---", "unnamed"),
        ROW("..", "unnamed"),
        ROW("/", "unnamed"),
        ROW("\0", "unnamed"),
        ROW("\n", "unnamed"),
        ROW("\xF0\x9F\x98\x80", "unnamed"),                     /* an emoji */
        ROW("\xE2\x80\xAE\xE2\x80\x8F\xE2\x81\xA6", "unnamed"), /* right-to-left marks */
        ROW("\xEF\xBB\xBF", "unnamed"),                         /* BOM */
        ROW("\xC2\xA0\xE2\x80\x8B\xE2\x80\xA8", "unnamed"),     /* spaces that are none */
        ROW("\xFF\xFE\x80", "unnamed"),
    };
    assert_slugs(rows, GEN_COUNT(rows));
    assert_slug((struct str){0}, "unnamed");
}

static void letters_of_all_scripts_stay(void **state)
{
    (void)state;
    static const struct slug_row rows[] = {
        ROW("\xC3\x89t\xC3\xA9", "\xC3\xA9t\xC3\xA9"), /* Été */
        ROW("\xC3\x9C"
            "BER",
            "\xC3\xBC"
            "ber"), /* ÜBER */
        ROW("Stra\xC3\x9F"
            "e",
            "stra\xC3\x9F"
            "e"),                                      /* Straße */
        ROW("\xC4\xB0stanbul", "istanbul"),            /* İ: one letter to one */
        ROW("D\xC4\xB1\xC5\x9F", "d\xC4\xB1\xC5\x9F"), /* Dış */
        ROW("IRMAK", "irmak"),                         /* not Turkish: no ı */
        ROW("\xCE\x91\xCE\xA3", "\xCE\xB1\xCF\x83"),   /* ΑΣ: no final sigma */
        ROW("\xCE\xBB\xCF\x8C\xCE\xB3\xCE\xBF\xCF\x82", "\xCE\xBB\xCF\x8C\xCE\xB3\xCE\xBF\xCF\x82"),
        ROW("\xD0\x96\xD0\x96", "\xD0\xB6\xD0\xB6"), /* ЖЖ */
        ROW("\xE6\xB3\xA8\xE6\x96\x87 \xE5\x90\x8C\xE6\x9C\x9F",
            "\xE6\xB3\xA8\xE6\x96\x87-\xE5\x90\x8C\xE6\x9C\x9F"), /* 注文 同期 */
        ROW("\xE3\x82\xAA\xE3\x83\xBC\xE3\x83\x80\xE3\x83\xBC",
            "\xE3\x82\xAA\xE3\x83\xBC\xE3\x83\x80\xE3\x83\xBC"),     /* オーダー */
        ROW("\xEC\xA3\xBC\xEB\xAC\xB8", "\xEC\xA3\xBC\xEB\xAC\xB8"), /* 주문 */
        ROW("\xD8\xB7\xD9\x84\xD8\xA8", "\xD8\xB7\xD9\x84\xD8\xA8"), /* طلب */
        ROW("\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"),
        ROW("\xF0\x90\x90\x80", "\xF0\x90\x90\xA8"), /* Deseret, 4 bytes */
        ROW("\xC8\xBA", "\xE2\xB1\xA5"),             /* Ⱥ grows by a byte */
    };
    assert_slugs(rows, GEN_COUNT(rows));
}

static void what_is_no_letter_parts_words(void **state)
{
    (void)state;
    static const struct slug_row rows[] = {
        ROW("a\xF0\x9F\x98\x80"
            "b",
            "a-b"),
        ROW("a \xF0\x9F\x9A\x80 b", "a-b"),
        ROW("a\xE2\x80\xAE"
            "b",
            "a-b"), /* right-to-left override */
        ROW("a\xE2\x80\x94"
            "b",
            "a-b"), /* em dash */
        ROW("a\xC2\xA0"
            "b",
            "a-b"), /* no-break space */
        ROW("a\xEF\xBC\x8F"
            "b",
            "a-b"), /* a slash that is wide */
        ROW("\xF0\x9F\x98\x80"
            "b",
            "b"),
        ROW("a\x1B[31mb", "a-31mb"),
        ROW("a\x7F"
            "b",
            "a-b"),
    };
    assert_slugs(rows, GEN_COUNT(rows));
}

static void bytes_that_are_no_utf8_are_no_letters(void **state)
{
    (void)state;
    static const struct slug_row rows[] = {
        ROW("a\xFF"
            "b",
            "a-b"),
        ROW("a\xC3", "a"), /* cut off */
        ROW("a\xC3(b", "a-b"),
        ROW("\xC0\xAF"
            "a",
            "a"), /* overlong '/' */
        ROW("\xC1\xA1"
            "b",
            "b"), /* overlong 'a' */
        ROW("\xE0\x80\xAF"
            "b",
            "b"),
        ROW("\xF0\x80\x81\xA1"
            "b",
            "b"),
        ROW("\xED\xA0\x80"
            "b",
            "b"), /* a surrogate */
        ROW("\xF4\x90\x80\x80"
            "b",
            "b"), /* past the end */
        ROW("\xF8\x88\x80\x80\x80"
            "b",
            "b"),
        ROW("\xE6\xB3"
            "a",
            "a"),
        ROW("\x80\x80\x80"
            "z",
            "z"),
    };
    assert_slugs(rows, GEN_COUNT(rows));
}

static void long_names_are_cut_between_characters(void **state)
{
    (void)state;
    static char name[10 * 1024];
    memset(name, 'X', sizeof name);
    struct str slug = layout_slug(&arena, (struct str){name, sizeof name});
    assert_int_equal(slug.n, SLUG_MAX);
    for (size_t i = 0; i < slug.n; i++)
        assert_int_equal(slug.p[i], 'x');
    /* Letters of 2, 3 and 4 bytes, at each offset to the border. */
    static const char *const letters[] = {"\xC3\xA9", "\xE6\xB3\xA8", "\xF0\x90\x90\xA8"};
    for (size_t k = 0; k < GEN_COUNT(letters); k++) {
        for (size_t shift = 0; shift < 8; shift++) {
            size_t size = strlen(letters[k]), n = shift;
            memset(name, 'X', sizeof name);
            for (; n + size < 200; n += size)
                memcpy(name + n, letters[k], size);
            slug = layout_slug(&arena, (struct str){name, n});
            assert_int_equal(slug.n, shift + (SLUG_MAX - shift) / size * size);
        }
    }
}

static void a_cut_leaves_no_dash_at_the_end(void **state)
{
    (void)state;
    for (size_t n = 50; n < 70; n++) {
        char name[128];
        memset(name, 'a', n);
        memcpy(name + n, " bcd", 4);
        struct str slug = layout_slug(&arena, (struct str){name, n + 4});
        assert_true(slug.n <= SLUG_MAX);
        assert_int_not_equal(slug.p[slug.n - 1], '-');
        if (n >= SLUG_MAX - 1)
            assert_int_equal(slug.n, n < SLUG_MAX ? n : SLUG_MAX);
    }
}

static void a_name_of_exactly_the_limit_is_whole(void **state)
{
    (void)state;
    char name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-z";
    assert_int_equal(sizeof name - 1, SLUG_MAX);
    assert_slug(str_of(name), name);
}

/* What a path may be made of, whatever the name was. */
static void assert_safe_slug(struct str name, struct str slug)
{
    bool good = slug.n > 0 && slug.n <= SLUG_MAX && slug.p[0] != '.' && slug.p[0] != '-' &&
                slug.p[slug.n - 1] != '-';
    for (size_t at = 0, n = 0; good && at < slug.n; at += n) {
        uint32_t c = 0;
        n = utf8_decode(slug, at, &c);
        bool ascii = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        good = n > 0 && (c < 0x80 ? ascii : c > 0xA0);
        good = good && !(c == '-' && slug.p[at + 1] == '-');
    }
    if (!good)
        fail_msg("\"%.*s\" gives the slug %.*s", STR_ARG(name), STR_ARG(slug));
    struct str again = layout_slug(&arena, slug);
    if (!str_eq(again, slug))
        fail_msg("slug %.*s is not stable: %.*s", STR_ARG(slug), STR_ARG(again));
}

static struct str random_name(struct gen *g)
{
    struct buf b = BUF_MAX(4096);
    size_t n = gen_below(g, 4) ? gen_below(g, 30) : gen_below(g, 200), style = gen_below(g, 4);
    for (size_t i = 0; i < n; i++) {
        switch (style) {
        case 0:
            buf_char(&b, (char)gen_below(g, 256));
            break;
        case 1:
            buf_char(&b, "aZ09-_. /\\\n\x7F\xC3\xA9\xE2\x80\xAE\xF0\x9F\x98\x80"[gen_below(g, 22)]);
            break;
        case 2:
            gen_point(&b, gen_any_point(g));
            break;
        default:
            gen_point(&b, (uint32_t)(gen_below(g, 3) ? 0xC0 + gen_below(g, 0x3000)
                                                     : 0x10000 + gen_below(g, 0x20000)));
        }
    }
    struct str name = arena_str(&arena, buf_view(&b));
    buf_release(&b);
    return name;
}

static void slugs_are_safe_and_stable_whatever_the_name(void **state)
{
    (void)state;
    struct gen g = gen_start("slugs");
    for (int i = 0; i < NAMES; i++) {
        arena_reset(&arena);
        struct str name = random_name(&g);
        assert_safe_slug(name, layout_slug(&arena, name));
    }
    for (size_t i = 0; i < GEN_COUNT(gen_hostile); i++)
        assert_safe_slug(gen_hostile[i], layout_slug(&arena, gen_hostile[i]));
}

static void every_character_alone_is_safe_and_stable(void **state)
{
    (void)state;
    struct buf b = BUF_MAX(16);
    size_t letters = 0;
    for (uint32_t c = 0; c < 0x110000; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        if (c % 4096 == 0)
            arena_reset(&arena);
        buf_reset(&b);
        gen_point(&b, c);
        struct str slug = layout_slug(&arena, buf_view(&b));
        assert_safe_slug(buf_view(&b), slug);
        letters += !str_is(slug, "unnamed");
    }
    assert_true(letters > 100000); /* the locale is there */
    buf_release(&b);
}

static void case_alone_makes_no_difference(void **state)
{
    (void)state;
    assert_slug(STR("Orders"), "orders");
    assert_slug(STR("ORDERS"), "orders"); /* the id keeps them apart */
}

/* ---- ids ---- */

static void ids_are_1_to_64_plain_characters(void **state)
{
    (void)state;
    static const struct str good[] = {GEN_STR("a"),      GEN_STR("5f8a1b2c3d4e5f6a7b8c9d0e"),
                                      GEN_STR("A-Z_09"), GEN_STR("-"),
                                      GEN_STR("--"),     GEN_STR("_")};
    static const struct str bad[] = {
        GEN_STR(""),    GEN_STR("."),     GEN_STR(".."),       GEN_STR("../../x"),  GEN_STR(".git"),
        GEN_STR("a/b"), GEN_STR("a\\b"),  GEN_STR("a b"),      GEN_STR("a\0"),      GEN_STR("\0"),
        GEN_STR("a\n"), GEN_STR("a\x7F"), GEN_STR("\xC3\xA9"), GEN_STR("a%2f"),     GEN_STR("a?b"),
        GEN_STR("a#b"), GEN_STR("a:b"),   GEN_STR("a@b"),      GEN_STR("a&limit=1")};
    for (size_t i = 0; i < GEN_COUNT(good); i++)
        assert_true(layout_id_is_safe(good[i]));
    for (size_t i = 0; i < GEN_COUNT(bad); i++)
        assert_false(layout_id_is_safe(bad[i]));
    char id[301];
    memset(id, 'a', sizeof id);
    for (size_t n = 1; n <= 300; n++)
        assert_int_equal(layout_id_is_safe((struct str){id, n}), n <= ID_MAX);
    for (int c = 0; c < 256; c++) {
        char one[] = {'a', (char)c, 'b'};
        bool plain = c == '-' || c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                     (c >= 'a' && c <= 'z');
        assert_int_equal(layout_id_is_safe((struct str){one, 3}), plain);
    }
}

/* ---- paths ---- */

static void assert_path(const struct layout_place *place, const char *want)
{
    struct str path = layout_path(&arena, place);
    assert_string_equal(path.p, want);
    assert_int_equal(path.n, strlen(want));
}

static void paths_are_those_of_the_contract(void **state)
{
    (void)state;
    struct layout_place p = {.kind = KIND_INTEGRATION, .id = STR("i1"), .slug = STR("orders")};
    assert_path(&p, "integrations/orders--i1/integration.yaml");
    p.owner = STR("other");
    p.owner_slug = STR("other");
    assert_path(&p, "integrations/orders--i1/integration.yaml");
    p = (struct layout_place){
        .id = STR("x1"), .slug = STR("get"), .owner = STR("i1"), .owner_slug = STR("orders")};
    p.kind = KIND_FLOW;
    assert_path(&p, "integrations/orders--i1/flows/get--x1.yaml");
    p.kind = KIND_EXPORT;
    assert_path(&p, "integrations/orders--i1/exports/get--x1.yaml");
    p.kind = KIND_IMPORT;
    assert_path(&p, "integrations/orders--i1/imports/get--x1.yaml");
    p.owner = p.owner_slug = STR("");
    assert_path(&p, "account/imports/get--x1.yaml");
    p.kind = KIND_FLOW;
    assert_path(&p, "account/flows/get--x1.yaml");
    p.kind = KIND_CONNECTION;
    assert_path(&p, "account/connections/get--x1.yaml");
    p.kind = KIND_SCRIPT;
    assert_path(&p, "account/scripts/get--x1.yaml");
    p.beside = true;
    assert_path(&p, "account/scripts/get--x1.js");
    p.beside = false;
    p.kind = KIND_LOOKUPCACHE;
    assert_path(&p, "account/lookupcaches/get--x1.yaml");
    p.kind = KIND_TOOL;
    p.owner = STR("i1");
    p.owner_slug = STR("orders");
    assert_path(&p, "integrations/orders--i1/tools/get--x1.yaml");
    p = (struct layout_place){.kind = KIND_USERS};
    assert_path(&p, "account/users.yaml");
    p = (struct layout_place){.kind = KIND_AUDIT, .part = STR("2024-01")};
    assert_path(&p, "account/audit/2024-01.yaml");
    p = (struct layout_place){.kind = KIND_IDMAP};
    assert_path(&p, "account/idmap.yaml");
    p = (struct layout_place){.kind = KIND_USERS, .owner = STR("i1"), .owner_slug = STR("orders")};
    assert_path(&p, "integrations/orders--i1/users.yaml");
    p.kind = KIND_ERRORS;
    assert_path(&p, "integrations/orders--i1/errors.yaml");
    p.kind = KIND_AUDIT;
    p.part = STR("2024-01");
    assert_path(&p, "integrations/orders--i1/audit/2024-01.yaml");
}

static struct str random_id(struct gen *g)
{
    static const char letters[] = "abcXYZ019_--";
    size_t n = 1 + (gen_below(g, 8) ? gen_below(g, 24) : gen_below(g, ID_MAX));
    char *id = arena_alloc(&arena, n + 1);
    for (size_t i = 0; i < n; i++)
        id[i] = letters[gen_below(g, sizeof letters - 1)];
    return (struct str){id, n};
}

static struct layout_place random_place(struct gen *g)
{
    struct layout_place p = {.kind = (enum kind_id)gen_below(g, KIND_COUNT)};
    const struct kind *kind = kind_of(p.kind);
    if (kind_is_document(kind)) {
        p.id = random_id(g);
        p.slug = layout_slug(&arena, random_name(g));
    }
    bool may_be_owned = !kind_is_document(kind) || kind->place == PLACE_OWNER;
    bool stays = p.kind == KIND_IDMAP; /* there is one for the account */
    bool owned = may_be_owned && !stays && (!kind->account_list || gen_below(g, 3));
    if (owned) {
        p.owner = random_id(g);
        p.owner_slug = layout_slug(&arena, random_name(g));
    }
    if (kind->place == PLACE_MONTHS)
        p.part = gen_below(g, 5) ? arena_printf(&arena, "%04zu-%02zu", gen_below(g, 10000),
                                                1 + gen_below(g, 12))
                                 : STR("undated");
    p.beside = kind->body && gen_below(g, 2);
    return p;
}

static void assert_same_place(const struct layout_place *a, const struct layout_place *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(str_eq(a->id, b->id) && str_eq(a->slug, b->slug));
    assert_true(str_eq(a->owner, b->owner) && str_eq(a->owner_slug, b->owner_slug));
    assert_true(str_eq(a->part, b->part));
    assert_int_equal(a->beside, b->beside);
}

static void parsing_undoes_what_was_made(void **state)
{
    (void)state;
    struct gen g = gen_start("places");
    size_t kinds[KIND_COUNT] = {0};
    for (int i = 0; i < PLACES; i++) {
        arena_reset(&arena);
        struct layout_place place = random_place(&g), got;
        struct str path = layout_path(&arena, &place);
        if (!layout_parse(path, &got))
            fail_msg("%s is not taken", path.p);
        assert_same_place(&place, &got);
        assert_string_equal(layout_path(&arena, &got).p, path.p);
        kinds[place.kind]++;
    }
    for (size_t i = 0; i < KIND_COUNT; i++)
        assert_true(kinds[i] > 0);
}

static void the_id_map_has_a_place_of_its_own(void **state)
{
    (void)state;
    struct layout_place place = {.kind = KIND_COUNT};
    assert_true(layout_parse(STR("account/idmap.yaml"), &place));
    assert_same_place(&place, &(struct layout_place){.kind = KIND_IDMAP});
}

static void different_places_have_different_paths(void **state)
{
    (void)state;
    struct gen g = gen_start("places apart");
    for (int i = 0; i < PLACES; i++) {
        arena_reset(&arena);
        struct layout_place a = random_place(&g), b = a;
        /* One thing apart, all of it short, so that pieces could flow into each other. */
        b.id = a.id.n ? random_id(&g) : a.id;
        b.owner = a.owner.n ? random_id(&g) : a.owner;
        bool same = str_eq(a.id, b.id) && str_eq(a.owner, b.owner);
        assert_int_equal(str_eq(layout_path(&arena, &a), layout_path(&arena, &b)), same);
    }
}

static void made_paths_lead_nowhere_else(void **state)
{
    (void)state;
    struct gen g = gen_start("safe paths");
    for (int i = 0; i < PLACES; i++) {
        arena_reset(&arena);
        struct layout_place place = random_place(&g);
        struct str rest = layout_path(&arena, &place), whole = rest;
        assert_true(str_starts(rest, STR("integrations/")) || str_starts(rest, STR("account/")));
        assert_true(str_ends(rest, place.beside ? STR(".js") : STR(".yaml")));
        assert_int_equal(str_find(rest, '\0'), rest.n);
        while (rest.n) {
            struct str part = str_cut(&rest, '/');
            if (part.n == 0 || part.n > 255 || part.p[0] == '.' || part.p[0] == '-')
                fail_msg("%s", whole.p);
        }
    }
}

static const struct str no_paths[] = {
    GEN_STR(""),
    GEN_STR("/"),
    GEN_STR(".yaml"),
    GEN_STR("README.md"),
    GEN_STR("iokeeper.yaml"),
    GEN_STR("account"),
    GEN_STR("account/"),
    GEN_STR("account/flows"),
    GEN_STR("account/flows/"),
    GEN_STR("account/flows/.yaml"),
    GEN_STR("account/flows/x.yaml"),
    GEN_STR("account/flows/--x.yaml"),
    GEN_STR("account/flows/x--.yaml"),
    GEN_STR("account/flows/x--.git.yaml"),
    GEN_STR("account/flows/x--a/b.yaml"),
    GEN_STR("account/flows/x--a.yml"),
    GEN_STR("account/flows/x--a"),
    GEN_STR("account/flows/x--a.yaml/"),
    GEN_STR("account/flows/x--a.yaml.yaml"),
    GEN_STR("account/flows/x--a.yaml "),
    GEN_STR("account/flows/x--a.yaml\0"),
    GEN_STR("account/flows/x--a b.yaml"),
    GEN_STR("account/flows/x--\xC3\xA9.yaml"),
    GEN_STR("account/flows/sub/x--a.yaml"),
    GEN_STR("account//x--a.yaml"),
    GEN_STR("account//flows/x--a.yaml"),
    GEN_STR("account/../flows/x--a.yaml"),
    GEN_STR("account/users.js"),
    GEN_STR("account/users/x--a.yaml"),
    GEN_STR("account/users/2024-01.yaml"),
    GEN_STR("account/errors.yaml"),
    GEN_STR("account/audit.yaml"),
    GEN_STR("account/audit/2024-01.js"),
    GEN_STR("account/audit/2024-1.yaml"),
    GEN_STR("account/audit/2024/01.yaml"),
    GEN_STR("account/integration/x--a.yaml"),
    GEN_STR("account/integration.yaml"),
    GEN_STR("account/scripts/x--a"),
    GEN_STR("account/scripts/x--a.ts"),
    GEN_STR("account/scripts/x--a.js.js"),
    GEN_STR("account/scripts/x--a.js.yaml"),
    GEN_STR("account/scripts/x--a.yaml.js"),
    GEN_STR("account/scripts/x--a.JS"),
    GEN_STR("account/scripts/.js"),
    GEN_STR("account/scripts.js"),
    GEN_STR("account/flows/x--a.js"),
    GEN_STR("integrations/o--i/scripts/x--a.yaml"),
    GEN_STR("integrations/o--i/scripts/x--a.js"),
    GEN_STR("integrations/o--i/flows/x--a.js"),
    GEN_STR("integrations/o--i/integration.js"),
    GEN_STR("integrations/o--i/users.js"),
    GEN_STR("integrations/o--i/audit/2024-01.js"),
    GEN_STR("account/idmap.js"),
    GEN_STR("account/idmap"),
    GEN_STR("account/idmap/x--a.yaml"),
    GEN_STR("account/idmap/2024-01.yaml"),
    GEN_STR("account/idmaps.yaml"),
    GEN_STR("idmap.yaml"),
    GEN_STR("integrations/o--i/idmap.yaml"),
    GEN_STR("Account/flows/x--a.yaml"),
    GEN_STR("account/Flows/x--a.yaml"),
    GEN_STR("account/flow/x--a.yaml"),
    GEN_STR("/account/flows/x--a.yaml"),
    GEN_STR("./account/flows/x--a.yaml"),
    GEN_STR("../account/flows/x--a.yaml"),
    GEN_STR("a/account/flows/x--a.yaml"),
    GEN_STR("account\\flows\\x--a.yaml"),
    GEN_STR("account/flows/../x--a.yaml"),
    GEN_STR(".git/config"),
    GEN_STR(".git/config.yaml"),
    GEN_STR("integrations/.git/integration.yaml"),
    GEN_STR("integrations/../integration.yaml"),
    GEN_STR("integrations/x/integration.yaml"),
    GEN_STR("integrations/x--/integration.yaml"),
    GEN_STR("integrations/--x/integration.yaml"),
    GEN_STR("integrations/o--i.yaml"),
    GEN_STR("integrations/o--i/.yaml"),
    GEN_STR("integrations/o--i/integration/.yaml"),
    GEN_STR("integrations/o--i/users/.yaml"),
    GEN_STR("integrations/o--i/errors/.yaml"),
    GEN_STR("integrations/o--i/audit/.yaml"),
    GEN_STR("integrations/o--i/audit.yaml"),
    GEN_STR("integrations/o--i/flows.yaml"),
    GEN_STR("integrations/o--i/integration.yaml/x.yaml"),
    GEN_STR("integrations/o--i/integration.yml"),
    GEN_STR("integrations/o--i/integrations.yaml"),
    GEN_STR("integrations/o--i/flows/x--a.yaml.bak"),
    GEN_STR("integrations/o--i/flows/../x--a.yaml"),
    GEN_STR("integrations/o--i/flows//x--a.yaml"),
    GEN_STR("integrations/o--i//flows/x--a.yaml"),
    GEN_STR("integrations/o--i/connections/x--a.yaml"),
    GEN_STR("integrations/o--i/audit/2024-1.yaml"),
    GEN_STR("integrations/o--i/audit/2024-01-01.yaml"),
    GEN_STR("integrations/o--i/audit/2024-0x.yaml"),
    GEN_STR("integrations/o--i/audit/latest.yaml"),
    GEN_STR("integrations/o--i/audit/2024/01.yaml"),
    GEN_STR("integrations/o--i/users/2024-01.yaml"),
};

static void everything_else_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < GEN_COUNT(no_paths); i++) {
        struct layout_place place = {.kind = KIND_COUNT};
        if (layout_parse(no_paths[i], &place))
            print_error("%.*s is taken for a %s\n", STR_ARG(no_paths[i]),
                        kind_of(place.kind)->name);
        assert_int_equal(place.kind, KIND_COUNT); /* and nothing was written there */
    }
    char path[128] = "account/flows/x--";
    memset(path + 17, 'a', ID_MAX + 1);
    strcpy(path + 17 + ID_MAX + 1, ".yaml");
    struct layout_place place;
    assert_false(layout_parse(str_of(path), &place));
    assert_false(layout_parse((struct str){0}, &place));
}

/* Slugs that layout_slug never makes stand in no path that layout_path makes. */
static void paths_with_a_slug_that_is_none_are_refused(void **state)
{
    (void)state;
    static const struct str bad[] = {GEN_STR("account/flows/My Notes--a.yaml"),
                                     GEN_STR("account/flows/..--a.yaml"),
                                     GEN_STR("account/flows/.git--a.yaml"),
                                     GEN_STR("account/flows/X--a.yaml"),
                                     GEN_STR("account/flows/---a.yaml"),
                                     GEN_STR("account/flows/-x--a.yaml"),
                                     GEN_STR("account/flows/a\nb--a.yaml"),
                                     GEN_STR("account/flows/a\0b--a.yaml"),
                                     GEN_STR("integrations/..--i/integration.yaml"),
                                     GEN_STR("integrations/.--i/flows/x--a.yaml"),
                                     GEN_STR("integrations/X--i/users.yaml")};
    size_t taken = 0;
    for (size_t i = 0; i < GEN_COUNT(bad); i++) {
        struct layout_place place;
        if (layout_parse(bad[i], &place)) {
            print_error("%.*s is taken\n", STR_ARG(bad[i]));
            taken++;
        }
    }
    assert_int_equal(taken, 0);
}

/* Damages a good path, or makes one of pieces. */
static struct str random_path(struct gen *g)
{
    static const struct str pieces[] = {GEN_STR("integrations"),
                                        GEN_STR("account"),
                                        GEN_STR("/"),
                                        GEN_STR("//"),
                                        GEN_STR(".."),
                                        GEN_STR("."),
                                        GEN_STR(".git"),
                                        GEN_STR("--"),
                                        GEN_STR("-"),
                                        GEN_STR("a"),
                                        GEN_STR("o--i"),
                                        GEN_STR("flows"),
                                        GEN_STR("exports"),
                                        GEN_STR("users"),
                                        GEN_STR("audit"),
                                        GEN_STR("integration"),
                                        GEN_STR("connections"),
                                        GEN_STR("scripts"),
                                        GEN_STR(".js"),
                                        GEN_STR(".yaml"),
                                        GEN_STR("2024-01"),
                                        GEN_STR("undated"),
                                        GEN_STR("\0"),
                                        GEN_STR("\n"),
                                        GEN_STR("integration.yaml")};
    struct buf b = BUF_MAX(4096);
    if (gen_below(g, 2)) {
        struct layout_place place = random_place(g);
        struct str good = layout_path(&arena, &place);
        size_t at = gen_below(g, good.n + 1), skip = gen_below(g, 4);
        buf_str(&b, str_sub(good, 0, at));
        if (gen_below(g, 2))
            buf_str(&b, pieces[gen_below(g, GEN_COUNT(pieces))]);
        buf_str(&b, at + skip < good.n ? str_sub(good, at + skip, good.n) : STR(""));
    } else {
        for (size_t n = gen_below(g, 9); n > 0; n--)
            buf_str(&b, pieces[gen_below(g, GEN_COUNT(pieces))]);
        if (gen_below(g, 2))
            buf_str(&b, STR(".yaml"));
    }
    struct str path = arena_str(&arena, buf_view(&b));
    buf_release(&b);
    return path;
}

static void what_is_taken_is_what_would_be_made(void **state)
{
    (void)state;
    struct gen g = gen_start("paths");
    size_t taken = 0;
    for (int i = 0; i < PATHS; i++) {
        if (i % 64 == 0)
            arena_reset(&arena);
        struct str path = random_path(&g);
        struct layout_place place;
        if (!layout_parse(path, &place))
            continue;
        taken++;
        struct str made = layout_path(&arena, &place);
        if (!str_eq(made, path))
            fail_msg("%.*s is taken for %s", STR_ARG(path), made.p);
        if (place.id.n)
            assert_true(layout_id_is_safe(place.id));
        if (place.owner.n)
            assert_true(layout_id_is_safe(place.owner));
    }
    assert_true(taken > 100);
}

/* ---- months ---- */

static void months_are_read_off_times(void **state)
{
    (void)state;
    static const struct slug_row rows[] = {
        ROW("2024-01-15T12:00:00.000Z", "2024-01"),
        ROW("2024-12", "2024-12"),
        ROW("2024-1", "undated"),
        ROW("", "undated"),
        ROW("2024/01/15", "undated"),
        ROW("yesterday", "undated"),
        ROW("1705312800000", "undated"),
        ROW(" 2024-01", "undated"),
        ROW("../../x", "undated"),
        ROW("202\0-01", "undated"),
        ROW("undated", "undated"),
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++)
        assert_true(str_is(layout_month(rows[i].name), rows[i].slug));
}

static void the_roots_are_ours(void **state)
{
    (void)state;
    assert_string_equal(LAYOUT_MANIFEST, "iokeeper.yaml");
    static const char *const want[] = {"integrations", "account", "iokeeper.yaml"};
    size_t n = 0;
    while (layout_roots[n])
        n++;
    assert_int_equal(n, GEN_COUNT(want));
    for (size_t i = 0; i < n; i++) {
        bool found = false;
        for (size_t j = 0; j < n; j++)
            found = found || strcmp(layout_roots[j], want[i]) == 0;
        assert_true(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_become_lower_case_words, clear),
        cmocka_unit_test_setup(what_has_no_letter_is_unnamed, clear),
        cmocka_unit_test_setup(letters_of_all_scripts_stay, clear),
        cmocka_unit_test_setup(what_is_no_letter_parts_words, clear),
        cmocka_unit_test_setup(bytes_that_are_no_utf8_are_no_letters, clear),
        cmocka_unit_test_setup(long_names_are_cut_between_characters, clear),
        cmocka_unit_test_setup(a_cut_leaves_no_dash_at_the_end, clear),
        cmocka_unit_test_setup(a_name_of_exactly_the_limit_is_whole, clear),
        cmocka_unit_test_setup(slugs_are_safe_and_stable_whatever_the_name, clear),
        cmocka_unit_test_setup(every_character_alone_is_safe_and_stable, clear),
        cmocka_unit_test_setup(case_alone_makes_no_difference, clear),
        cmocka_unit_test_setup(ids_are_1_to_64_plain_characters, clear),
        cmocka_unit_test_setup(paths_are_those_of_the_contract, clear),
        cmocka_unit_test_setup(parsing_undoes_what_was_made, clear),
        cmocka_unit_test_setup(the_id_map_has_a_place_of_its_own, clear),
        cmocka_unit_test_setup(different_places_have_different_paths, clear),
        cmocka_unit_test_setup(made_paths_lead_nowhere_else, clear),
        cmocka_unit_test_setup(everything_else_is_refused, clear),
        cmocka_unit_test_setup(paths_with_a_slug_that_is_none_are_refused, clear),
        cmocka_unit_test_setup(what_is_taken_is_what_would_be_made, clear),
        cmocka_unit_test_setup(months_are_read_off_times, clear),
        cmocka_unit_test_setup(the_roots_are_ours, clear),
    };
    return cmocka_run_group_tests_name("layout", tests, NULL, release);
}
