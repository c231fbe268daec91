#include "timers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "memory.h"

struct timer {
    struct timer *earlier;
    struct timer *later;
    int64_t due; /* nanoseconds of the monotonic clock */
    void (*wake)(void *subject);
    void *subject;
};

struct timers {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct timer *first;
    struct timer
        *last; /* most waits are equally long, so the place of a new one is found from here */
    bool stopping;
};

static int64_t monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void link_in(struct timers *timers, struct timer *timer)
{
    struct timer *before = timers->last;

    while (before && before->due > timer->due)
        before = before->earlier;
    timer->earlier = before;
    timer->later = before ? before->later : timers->first;
    *(before ? &before->later : &timers->first) = timer;
    *(timer->later ? &timer->later->earlier : &timers->last) = timer;
}

static struct timer *take_first(struct timers *timers)
{
    struct timer *timer = timers->first;

    timers->first = timer->later;
    *(timer->later ? &timer->later->earlier : &timers->last) = NULL;
    return timer;
}

/* Waits, locked, until the first timer is due. */
static void wait_for_first(struct timers *timers)
{
    struct timespec until;

    if (!timers->first) {
        pthread_cond_wait(&timers->changed, &timers->lock);
        return;
    }
    until.tv_sec = (time_t)(timers->first->due / 1000000000);
    until.tv_nsec = (long)(timers->first->due % 1000000000);
    pthread_cond_timedwait(&timers->changed, &timers->lock, &until);
}

static void *run(void *argument)
{
    struct timers *timers = argument;

    pthread_mutex_lock(&timers->lock);
    while (timers->first || !timers->stopping) {
        struct timer *timer;

        if (!timers->stopping && (!timers->first || timers->first->due > monotonic())) {
            wait_for_first(timers);
            continue;
        }
        timer = take_first(timers);
        pthread_mutex_unlock(&timers->lock);
        timer->wake(timer->subject);
        free(timer);
        pthread_mutex_lock(&timers->lock);
    }
    pthread_mutex_unlock(&timers->lock);
    return NULL;
}

struct timers *timers_start(void)
{
    struct timers *timers = memory_new(sizeof *timers);
    pthread_condattr_t monotonic_clock;

    pthread_condattr_init(&monotonic_clock);
    pthread_condattr_setclock(&monotonic_clock, CLOCK_MONOTONIC);
    pthread_cond_init(&timers->changed, &monotonic_clock);
    pthread_condattr_destroy(&monotonic_clock);
    pthread_mutex_init(&timers->lock, NULL);
    if (pthread_create(&timers->thread, NULL, run, timers) != 0)
        abort();
    return timers;
}

void timers_add(struct timers *timers, size_t ms, void (*wake)(void *subject), void *subject)
{
    struct timer *timer = memory_new(sizeof *timer);
    bool stopping;

    *timer = (struct timer){
        .due = monotonic() + (int64_t)ms * 1000000, .wake = wake, .subject = subject};
    pthread_mutex_lock(&timers->lock);
    stopping = timers->stopping;
    if (!stopping) {
        link_in(timers, timer);
        pthread_cond_signal(&timers->changed);
    }
    pthread_mutex_unlock(&timers->lock);
    if (stopping) {
        free(timer);
        wake(subject);
    }
}

void timers_stop(struct timers *timers)
{
    pthread_mutex_lock(&timers->lock);
    timers->stopping = true;
    pthread_cond_signal(&timers->changed);
    pthread_mutex_unlock(&timers->lock);
    pthread_join(timers->thread, NULL);
}

void timers_free(struct timers *timers)
{
    pthread_cond_destroy(&timers->changed);
    pthread_mutex_destroy(&timers->lock);
    free(timers);
}
