#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    for (int round = 0; round < 3; round++) {
        unsigned char *last = NULL;
        for (size_t n = 0; n < 3000; n += 7) {
            unsigned char *p = arena_alloc(&a, n);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xAA, n); /* must show neither in the next one nor after a reset */
            if (last && n > 7)
                assert_int_equal(last[n - 8], 0xAA);
            last = n ? p : NULL;
        }
        arena_reset(&a);
    }
    arena_release(&a);
}

static void large_pieces_fit_and_reset_keeps_the_largest(void **state)
{
    (void)state;
    struct arena a = {0};
    arena_alloc(&a, 100);
    char *large = arena_alloc(&a, 10 << 20);
    large[(10 << 20) - 1] = 'x';
    arena_alloc(&a, 100);
    arena_reset(&a);
    assert_ptr_equal(arena_alloc(&a, 10 << 20), large);
    arena_release(&a);
    assert_null(a.head);
    assert_non_null(arena_alloc(&a, 1)); /* usable after release */
    arena_release(&a);
    arena_release(&a);
}

static void texts_are_copied_and_terminated(void **state)
{
    (void)state;
    struct arena a = {0};
    char text[] = "a\0b";
    struct str copy = arena_str(&a, (struct str){text, 3});
    text[0] = 'x';
    assert_memory_equal(copy.p, "a\0b", 4);
    assert_int_equal(copy.n, 3);
    struct str empty = arena_str(&a, (struct str){NULL, 0});
    assert_string_equal(empty.p, "");
    struct str printed = arena_printf(&a, "%s-%d", "x", 42);
    assert_string_equal(printed.p, "x-42");
    assert_int_equal(printed.n, 4);
    assert_int_equal(arena_printf(&a, "%*d", 100000, 1).n, 100000);
    arena_release(&a);
}

static void arrays_count_items(void **state)
{
    (void)state;
    struct arena a = {0};
    uint64_t *numbers = arena_array(&a, 1000, sizeof *numbers);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], 0);
    assert_non_null(arena_array(&a, 0, 8));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(large_pieces_fit_and_reset_keeps_the_largest),
        cmocka_unit_test(texts_are_copied_and_terminated),
        cmocka_unit_test(arrays_count_items),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
