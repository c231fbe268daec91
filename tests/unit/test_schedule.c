/* When cycles begin: the rhythm, chance, failures, and a clock that is made up. */
#include "model/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gen.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const int64_t boot = 5 * SECOND;

static struct schedule every(int64_t every_ms, int64_t jitter_ms)
{
    return (struct schedule){.every_ms = every_ms, .jitter_ms = jitter_ms};
}

static void the_first_is_at_once_unless_one_was_recent(void **state)
{
    (void)state;
    struct schedule s = every(15 * MINUTE, MINUTE);
    schedule_begin(&s, -1, boot);
    assert_int_equal(s.due_ms, boot);
    schedule_begin(&s, 15 * MINUTE, boot);
    assert_int_equal(s.due_ms, boot);
    schedule_begin(&s, 400 * (int64_t)HOUR, boot);
    assert_int_equal(s.due_ms, boot);
    schedule_begin(&s, 5 * MINUTE, boot);
    assert_int_equal(s.due_ms, boot + 10 * MINUTE);
    schedule_begin(&s, 0, boot);
    assert_int_equal(s.due_ms, boot + 15 * MINUTE);
}

static void intervals_are_measured_from_start_to_start(void **state)
{
    (void)state;
    struct schedule s = every(15 * MINUTE, 0);
    schedule_begin(&s, -1, boot);
    for (int i = 1; i <= 10; i++) {
        schedule_started(&s, s.due_ms);
        schedule_ended(&s, SCHEDULE_DONE, s.due_ms + (i % 7) * MINUTE, 99);
        assert_int_equal(s.due_ms, boot + i * 15 * MINUTE);
    }
}

static void chance_delays_and_does_not_add_up(void **state)
{
    (void)state;
    struct schedule s = every(15 * MINUTE, MINUTE);
    uint64_t random = 7;
    schedule_begin(&s, -1, boot);
    int64_t seen_most = 0;
    for (int i = 1; i <= 1000; i++) {
        schedule_started(&s, s.due_ms);
        random = random * 6364136223846793005u + 1442695040888963407u;
        schedule_ended(&s, SCHEDULE_DONE, s.due_ms + SECOND, random >> 16);
        int64_t late = s.due_ms - (boot + (int64_t)i * 15 * MINUTE);
        assert_in_range(late, 0, MINUTE);
        seen_most = late > seen_most ? late : seen_most;
    }
    assert_in_range(seen_most, 50 * SECOND, MINUTE);
}

static void a_cycle_that_ran_over_is_not_made_up_for(void **state)
{
    (void)state;
    struct schedule s = every(MINUTE, 0);
    schedule_begin(&s, -1, boot);
    schedule_started(&s, boot);
    schedule_ended(&s, SCHEDULE_DONE, boot + 150 * SECOND, 0);
    assert_int_equal(s.due_ms, boot + 3 * MINUTE);
    schedule_started(&s, s.due_ms);
    schedule_ended(&s, SCHEDULE_DONE, s.due_ms + MINUTE, 0); /* to the millisecond */
    assert_int_equal(s.due_ms, boot + 5 * MINUTE);
}

static void a_machine_that_slept_syncs_once(void **state)
{
    (void)state;
    struct schedule s = every(15 * MINUTE, 0);
    schedule_begin(&s, -1, boot);
    schedule_started(&s, boot);
    schedule_ended(&s, SCHEDULE_DONE, boot + SECOND, 0);
    int64_t woke = boot + 100 * (int64_t)HOUR + 3 * MINUTE;
    assert_true(s.due_ms <= woke);
    schedule_started(&s, woke);
    schedule_ended(&s, SCHEDULE_DONE, woke + SECOND, 0);
    assert_int_equal(s.due_ms, woke + 15 * MINUTE);
}

static void one_that_was_asked_for_sets_the_rhythm(void **state)
{
    (void)state;
    struct schedule s = every(15 * MINUTE, 0);
    schedule_begin(&s, -1, boot);
    schedule_started(&s, boot);
    schedule_ended(&s, SCHEDULE_DONE, boot + SECOND, 0);
    schedule_started(&s, boot + 4 * MINUTE);
    schedule_ended(&s, SCHEDULE_DONE, boot + 5 * MINUTE, 0);
    assert_int_equal(s.due_ms, boot + 19 * MINUTE);
}

/* Runs so many failures in a row; the last pause at its longest, by chance. */
static int64_t longest_pause(struct schedule *s, enum schedule_outcome outcome, int failures)
{
    int64_t now = boot, pause = 0;
    schedule_begin(s, -1, now);
    for (int i = 0; i < failures; i++) {
        schedule_started(s, now);
        schedule_ended(s, outcome, now, 0);
        int64_t least = s->due_ms - now;
        s->failures -= outcome != SCHEDULE_LOCKED;
        s->locked -= outcome == SCHEDULE_LOCKED;
        for (uint64_t random = 0; random < 50000000; random += 9999) {
            struct schedule copy = *s;
            schedule_ended(&copy, outcome, now, random);
            pause = copy.due_ms - now > pause ? copy.due_ms - now : pause;
            assert_in_range(copy.due_ms - now, least, 2 * least + 1);
        }
        schedule_ended(s, outcome, now, 0);
        now = s->due_ms;
    }
    return pause;
}

static void failures_are_repeated_ever_later(void **state)
{
    (void)state;
    static const struct {
        enum schedule_outcome outcome;
        int64_t every;
        int failures;
        int64_t pause; /* at its longest */
    } cases[] = {
        {SCHEDULE_RETRY, 15 * MINUTE, 1, 30 * SECOND},
        {SCHEDULE_RETRY, 15 * MINUTE, 2, MINUTE},
        {SCHEDULE_RETRY, 15 * MINUTE, 50, 15 * MINUTE},
        {SCHEDULE_RETRY, 5 * SECOND, 1, 5 * SECOND},
        {SCHEDULE_RETRY, 5 * SECOND, 50, 15 * MINUTE},
        {SCHEDULE_RETRY, 24 * HOUR, 50, HOUR},
        {SCHEDULE_LOCKED, 15 * MINUTE, 1, 5 * SECOND},
        {SCHEDULE_LOCKED, 15 * MINUTE, 50, MINUTE},
        {SCHEDULE_PERSON, 15 * MINUTE, 1, 15 * MINUTE},
        {SCHEDULE_PERSON, 5 * SECOND, 1, 15 * MINUTE},
        {SCHEDULE_PERSON, 15 * MINUTE, 50, HOUR},
        {SCHEDULE_PERSON, 24 * HOUR, 50, 24 * HOUR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule s = every(cases[i].every, 0);
        int64_t pause = longest_pause(&s, cases[i].outcome, cases[i].failures);
        assert_in_range(pause, cases[i].pause - cases[i].pause / 50, cases[i].pause);
    }
}

static void success_ends_a_row_of_failures(void **state)
{
    (void)state;
    struct schedule s = every(15 * MINUTE, 0);
    longest_pause(&s, SCHEDULE_RETRY, 8);
    assert_int_equal(s.failures, 8);
    int64_t now = s.due_ms;
    schedule_started(&s, now);
    schedule_ended(&s, SCHEDULE_DONE, now + SECOND, 0);
    assert_int_equal(s.failures, 0);
    assert_in_range(s.due_ms, now + 1, now + 15 * MINUTE);
}

static void a_mirror_in_use_is_no_failure(void **state)
{
    (void)state;
    struct schedule s = every(15 * MINUTE, 0);
    longest_pause(&s, SCHEDULE_LOCKED, 3);
    assert_int_equal(s.failures, 0);
    assert_int_equal(s.locked, 3);
}

static void a_changed_rhythm_counts_at_once(void **state)
{
    (void)state;
    struct schedule s = every(24 * HOUR, 0);
    schedule_begin(&s, -1, boot);
    schedule_started(&s, boot);
    schedule_ended(&s, SCHEDULE_DONE, boot + SECOND, 0);
    s.every_ms = 5 * MINUTE;
    schedule_changed(&s, boot + HOUR);
    assert_int_equal(s.due_ms, boot + HOUR + 5 * MINUTE);
    schedule_started(&s, s.due_ms);
    schedule_ended(&s, SCHEDULE_PERSON, s.due_ms, 0);
    schedule_changed(&s, boot + 2 * HOUR);
    assert_int_equal(s.due_ms, boot + 2 * HOUR);
}

/* Whatever happens: the next cycle is still to come, and not further away than the longest pause.
 */
static void a_next_cycle_is_always_in_sight(void **state)
{
    (void)state;
    struct gen g = gen_start("schedule");
    for (int run = 0; run < 200; run++) {
        struct schedule s =
            every(1 + (int64_t)gen_below(&g, 48u * HOUR), (int64_t)gen_below(&g, HOUR));
        int64_t now = boot + (int64_t)gen_below(&g, 1u << 30);
        schedule_begin(&s, (int64_t)gen_below(&g, 2u * HOUR) - 1, now);
        for (int i = 0; i < 500; i++) {
            now = gen_below(&g, 4) ? s.due_ms : now + (int64_t)gen_below(&g, 24u * HOUR);
            schedule_started(&s, now);
            now += (int64_t)gen_below(&g, gen_below(&g, 3) ? MINUTE : 48u * HOUR);
            schedule_ended(&s, (enum schedule_outcome)gen_below(&g, 4), now, gen_next(&g));
            int64_t farthest = s.every_ms > HOUR ? s.every_ms : HOUR;
            assert_in_range(s.due_ms, now, now + farthest + s.jitter_ms);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_at_once_unless_one_was_recent),
        cmocka_unit_test(intervals_are_measured_from_start_to_start),
        cmocka_unit_test(chance_delays_and_does_not_add_up),
        cmocka_unit_test(a_cycle_that_ran_over_is_not_made_up_for),
        cmocka_unit_test(a_machine_that_slept_syncs_once),
        cmocka_unit_test(one_that_was_asked_for_sets_the_rhythm),
        cmocka_unit_test(failures_are_repeated_ever_later),
        cmocka_unit_test(success_ends_a_row_of_failures),
        cmocka_unit_test(a_mirror_in_use_is_no_failure),
        cmocka_unit_test(a_changed_rhythm_counts_at_once),
        cmocka_unit_test(a_next_cycle_is_always_in_sight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
