#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/scope.h"

/* A scope of NULL-ended lists. */
static struct scope made(const char *const *include, const char *const *exclude)
{
    return (struct scope){.include = include, .exclude = exclude};
}

static bool holds(const struct scope *scope, enum kind_id kind, const char *name)
{
    return scope_holds(scope, kind_of(kind), str_of(name));
}

static void nothing_said_holds_everything(void **state)
{
    (void)state;
    static const char *const none[] = {NULL};
    const struct scope unset = {0}, empty = made(none, none);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        assert_true(holds(&unset, (enum kind_id)i, "x"));
        assert_true(holds(&empty, (enum kind_id)i, ""));
        assert_true(scope_may_hold(&unset, kind_of((enum kind_id)i)));
        assert_true(scope_may_hold(&empty, kind_of((enum kind_id)i)));
    }
}

static void globs_are_on_kind_and_name(void **state)
{
    (void)state;
    static const struct {
        const char *glob;
        enum kind_id kind;
        const char *name;
        bool fits;
    } rows[] = {
        {"flow/Orders", KIND_FLOW, "Orders", true},
        {"flows/Orders", KIND_FLOW, "Orders", true},
        {"flow/Orders", KIND_EXPORT, "Orders", false},
        {"flow/orders", KIND_FLOW, "Orders", false},
        {"flow/Order", KIND_FLOW, "Orders", false},
        {"flow/Order?", KIND_FLOW, "Orders", true},
        {"flow/Order?", KIND_FLOW, "Order", false},
        {"flow/[A-O]*", KIND_FLOW, "Orders", true},
        {"flow/[!A-O]*", KIND_FLOW, "Orders", false},
        {"flow/*", KIND_FLOW, "Orders / NetSuite", true},
        {"flow/*", KIND_FLOW, "", true},
        {"flow/*", KIND_FLOW, ".hidden", true},
        {"flow/A/*", KIND_FLOW, "A/B", true},
        {"flow/\\*", KIND_FLOW, "*", true},
        {"flow/\\*", KIND_FLOW, "x", false},
        {"*/Orders", KIND_IMPORT, "Orders", true},
        {"{im,ex}port/*", KIND_IMPORT, "x", false},
        {"??port/*", KIND_IMPORT, "x", true},
        {"??port/*", KIND_EXPORT, "x", true},
        {"flow", KIND_FLOW, "anything", true},
        {"flows", KIND_FLOW, "anything", true},
        {"flow", KIND_EXPORT, "flow", false},
        {"*port", KIND_EXPORT, "x", true},
        {"user lists/*", KIND_USERS, "x", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const globs[] = {"connection/nothing", rows[i].glob, NULL};
        const struct scope in = made(globs, NULL), out = made(NULL, globs);
        if (holds(&in, rows[i].kind, rows[i].name) != rows[i].fits)
            fail_msg("include %s: %s", rows[i].glob, rows[i].name);
        if (holds(&out, rows[i].kind, rows[i].name) == rows[i].fits)
            fail_msg("exclude %s: %s", rows[i].glob, rows[i].name);
    }
}

static void exclude_wins(void **state)
{
    (void)state;
    static const char *const include[] = {"flow/*", "export/A", NULL}, *const exclude[] = {
                                                                           "flow/Test*", "*/A",
                                                                           NULL};
    const struct scope scope = made(include, exclude);
    assert_true(holds(&scope, KIND_FLOW, "Orders"));
    assert_false(holds(&scope, KIND_FLOW, "Test 1"));
    assert_false(holds(&scope, KIND_FLOW, "A"));
    assert_false(holds(&scope, KIND_EXPORT, "A"));
    assert_false(holds(&scope, KIND_EXPORT, "B"));
}

/* What scope_may_hold denies must not be held under any name: its list is not even read. */
static void what_may_not_be_held_is_never_held(void **state)
{
    (void)state;
    static const char *const globs[] = {"flow",    "flow/*", "flow/A",   "*",
                                        "*/*",     "*/A",    "??port/*", "exports",
                                        "[ef]*/A", "f*",     "import/",  "flows/[AB]"};
    static const char *const names[] = {"", "A", "B", "a/b", "*"};
    enum { N = sizeof globs / sizeof *globs };
    for (size_t i = 0; i <= N; i++)
        for (size_t j = 0; j <= N; j++) {
            const char *const include[] = {i < N ? globs[i] : NULL, NULL};
            const char *const exclude[] = {j < N ? globs[j] : NULL, NULL};
            const struct scope scope = made(include, exclude);
            for (size_t k = 0; k < KIND_COUNT; k++)
                for (size_t n = 0; n < sizeof names / sizeof *names; n++)
                    if (holds(&scope, (enum kind_id)k, names[n]) &&
                        !scope_may_hold(&scope, kind_of((enum kind_id)k)))
                        fail_msg("include %s, exclude %s: %s/%s", include[0], exclude[0],
                                 kind_of((enum kind_id)k)->name, names[n]);
        }
}

static void a_name_is_read_up_to_its_nul(void **state)
{
    (void)state;
    static const char *const include[] = {"flow/A", NULL};
    const struct scope scope = made(include, NULL);
    assert_true(scope_holds(&scope, kind_of(KIND_FLOW), (struct str){.p = "A\0B", .n = 3}));
    assert_false(scope_holds(&scope, kind_of(KIND_FLOW), (struct str){.p = "AB", .n = 2}));
    assert_true(scope_holds(&scope, kind_of(KIND_FLOW), (struct str){.p = "AB", .n = 1}));
}

static void scopes_are_the_same_as_spelled(void **state)
{
    (void)state;
    static const char *const a[] = {"flow", NULL}, *const b[] = {"flow", "export", NULL},
                             *const none[] = {NULL};
    const struct scope zero = {0}, empty = made(none, NULL), in = made(a, NULL),
                       out = made(NULL, a), more = made(b, NULL);
    assert_true(scope_same(&zero, &empty) && scope_same(&empty, &zero));
    assert_true(scope_same(&in, &in));
    assert_false(scope_same(&in, &out));
    assert_false(scope_same(&in, &more) || scope_same(&more, &in));
    assert_false(scope_same(&zero, &in) || scope_same(&in, &zero));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_said_holds_everything),
        cmocka_unit_test(globs_are_on_kind_and_name),
        cmocka_unit_test(exclude_wins),
        cmocka_unit_test(what_may_not_be_held_is_never_held),
        cmocka_unit_test(a_name_is_read_up_to_its_nul),
        cmocka_unit_test(scopes_are_the_same_as_spelled),
    };
    return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
