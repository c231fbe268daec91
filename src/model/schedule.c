#include "model/schedule.h"

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    RETRY_FIRST = 30 * SECOND,
    RETRY_LONGEST_MIN = 15 * MINUTE, /* the longest pause lies between these, an interval if that
                                        does */
    RETRY_LONGEST_MAX = 60 * MINUTE,
    LOCKED_FIRST = 5 * SECOND,
    LOCKED_LONGEST = MINUTE,
    PERSON_FIRST_MIN = 15 * MINUTE,
    PERSON_LONGEST = 60 * MINUTE,
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* first, doubled for each time before this one, up to longest. */
static int64_t doubled(int64_t first, unsigned times, int64_t longest)
{
    int64_t pause = first;
    for (unsigned i = 1; i < times && pause < longest; i++)
        pause *= 2;
    return smaller(pause, longest);
}

/* From 0 to n. */
static int64_t chance(uint64_t random, int64_t n)
{
    return n > 0 ? (int64_t)(random % ((uint64_t)n + 1)) : 0;
}

void schedule_begin(struct schedule *s, int64_t age_ms, int64_t now_ms)
{
    s->slot_ms = now_ms;
    if (age_ms >= 0 && age_ms < s->every_ms)
        s->slot_ms = now_ms - age_ms + s->every_ms;
    s->due_ms = s->slot_ms;
}

void schedule_started(struct schedule *s, int64_t now_ms)
{
    bool in_place = now_ms >= s->slot_ms && now_ms < s->slot_ms + s->every_ms;
    if (!in_place)
        s->slot_ms = now_ms;
}

/* The next place in the rhythm that is still to come. */
static void next_slot(struct schedule *s, int64_t now_ms)
{
    int64_t missed = now_ms > s->slot_ms ? (now_ms - s->slot_ms) / s->every_ms : 0;
    s->slot_ms += (missed + 1) * s->every_ms;
}

static int64_t pause_after(struct schedule *s, enum schedule_outcome outcome)
{
    if (outcome == SCHEDULE_LOCKED)
        return doubled(LOCKED_FIRST, ++s->locked, LOCKED_LONGEST);
    s->failures++;
    if (outcome == SCHEDULE_PERSON)
        return doubled(larger(s->every_ms, PERSON_FIRST_MIN), s->failures,
                       larger(s->every_ms, PERSON_LONGEST));
    return doubled(smaller(s->every_ms, RETRY_FIRST), s->failures,
                   smaller(larger(s->every_ms, RETRY_LONGEST_MIN), RETRY_LONGEST_MAX));
}

void schedule_ended(struct schedule *s, enum schedule_outcome outcome, int64_t now_ms,
                    uint64_t random)
{
    if (outcome == SCHEDULE_DONE) {
        s->failures = s->locked = 0;
        next_slot(s, now_ms);
        s->due_ms = s->slot_ms + chance(random, s->jitter_ms);
        return;
    }
    if (outcome != SCHEDULE_LOCKED)
        s->locked = 0;
    int64_t pause = pause_after(s, outcome);
    s->due_ms = now_ms + pause / 2 + chance(random, pause - pause / 2);
}

void schedule_changed(struct schedule *s, int64_t now_ms)
{
    if (s->failures > 0)
        s->due_ms = now_ms;
    else
        s->due_ms = smaller(s->due_ms, now_ms + s->every_ms + s->jitter_ms);
}
