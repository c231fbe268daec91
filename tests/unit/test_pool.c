/* Worth running under -fsanitize=thread, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/pool.h"
#include "gen.h"

enum { WORKERS_MAX = 64, JOBS = 5000 };

static atomic_int busy[WORKERS_MAX];
static atomic_int collisions, strangers;
static atomic_uint threads;

struct task {
    struct pool_job job; /* first */
    unsigned number;
    unsigned spin;
    atomic_int ran; /* how often */
    unsigned long result;
    int taken;
};

static void work(struct pool_job *job, unsigned worker)
{
    struct task *task = (struct task *)job;
    if (worker >= atomic_load(&threads)) {
        atomic_fetch_add(&strangers, 1);
        return;
    }
    if (atomic_fetch_add(&busy[worker], 1) != 0)
        atomic_fetch_add(&collisions, 1);
    unsigned long sum = task->number;
    for (volatile unsigned i = 0; i < task->spin; i++)
        sum = sum * 31 + i;
    task->result = sum;
    atomic_fetch_add(&task->ran, 1);
    atomic_fetch_sub(&busy[worker], 1);
}

/* A job that runs until it is let go. */
static atomic_int gate;

static void wait_at_gate(struct pool_job *job, unsigned worker)
{
    (void)worker;
    while (!atomic_load(&gate))
        usleep(100);
    atomic_fetch_add(&((struct task *)job)->ran, 1);
}

static struct pool *open_pool(unsigned n)
{
    atomic_store(&threads, n);
    atomic_store(&gate, 0);
    return pool_new(n);
}

static bool is_readable(const struct pool *pool, int timeout_ms)
{
    struct pollfd p = {.fd = pool_fd(pool), .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 1;
}

static struct task *new_tasks(size_t n, unsigned spin)
{
    struct task *tasks = calloc(n, sizeof *tasks);
    assert_non_null(tasks);
    for (size_t i = 0; i < n; i++) {
        tasks[i].job.run = work;
        tasks[i].number = (unsigned)i;
        tasks[i].spin = spin;
    }
    return tasks;
}

static void take(struct pool_job *job)
{
    struct task *task = (struct task *)job;
    task->taken++;
    assert_int_equal(atomic_load(&task->ran), 1);
}

static void assert_all_done_once(struct task *tasks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tasks[i].taken, 1);
        assert_int_equal(atomic_load(&tasks[i].ran), 1);
    }
    assert_int_equal(atomic_load(&collisions), 0);
    assert_int_equal(atomic_load(&strangers), 0);
}

static void an_idle_pool_has_nothing(void **state)
{
    (void)state;
    struct pool *pool = open_pool(2);
    assert_null(pool_take(pool));
    assert_null(pool_wait(pool)); /* returns at once */
    assert_int_equal(pool_pending(pool), 0);
    assert_false(is_readable(pool, 20));
    pool_free(pool);
    pool_free(NULL);
}

static void each_job_runs_once_and_comes_back_once(void **state)
{
    (void)state;
    static const unsigned sizes[] = {1, 2, 3, 8, 64};
    for (size_t s = 0; s < GEN_COUNT(sizes); s++) {
        struct pool *pool = open_pool(sizes[s]);
        struct task *tasks = new_tasks(JOBS, 20);
        for (size_t i = 0; i < JOBS; i++)
            pool_submit(pool, &tasks[i].job);
        assert_int_equal(pool_pending(pool), JOBS);
        size_t left = JOBS;
        for (struct pool_job *job; (job = pool_wait(pool)); left--) {
            assert_int_equal(pool_pending(pool), left - 1);
            take(job);
        }
        assert_int_equal(left, 0);
        assert_null(pool_take(pool));
        assert_false(is_readable(pool, 0));
        assert_all_done_once(tasks, JOBS);
        pool_free(pool);
        free(tasks);
    }
}

static void one_worker_keeps_the_line(void **state)
{
    (void)state;
    struct pool *pool = open_pool(1);
    struct task *tasks = new_tasks(200, 0);
    for (size_t i = 0; i < 200; i++)
        pool_submit(pool, &tasks[i].job);
    for (size_t i = 0; i < 200; i++)
        assert_ptr_equal(pool_wait(pool), &tasks[i].job);
    pool_free(pool);
    free(tasks);
}

static void results_are_those_of_the_jobs(void **state)
{
    (void)state;
    struct pool *pool = open_pool(4);
    struct task *tasks = new_tasks(1000, 50), *alone = new_tasks(1000, 50);
    for (size_t i = 0; i < 1000; i++)
        pool_submit(pool, &tasks[i].job);
    while (pool_wait(pool))
        ;
    atomic_store(&threads, 64);
    for (size_t i = 0; i < 1000; i++) {
        work(&alone[i].job, 63);
        assert_int_equal(tasks[i].result, alone[i].result);
    }
    pool_free(pool);
    free(tasks);
    free(alone);
}

static void the_descriptor_is_readable_exactly_while_something_waits(void **state)
{
    (void)state;
    struct pool *pool = open_pool(3);
    struct task *tasks = new_tasks(3, 0);
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < 3; i++)
            pool_submit(pool, &tasks[i].job);
        for (size_t i = 0; i < 3; i++) {
            assert_true(is_readable(pool, 5000));
            assert_true(is_readable(pool, 0)); /* looking does not use it up */
            assert_non_null(pool_take(pool));
        }
        assert_false(is_readable(pool, 0));
        assert_null(pool_take(pool));
        assert_false(is_readable(pool, 0));
    }
    pool_free(pool);
    free(tasks);
}

static void a_job_under_way_is_not_there_yet(void **state)
{
    (void)state;
    struct pool *pool = open_pool(2);
    struct task *tasks = new_tasks(2, 0);
    tasks[0].job.run = wait_at_gate;
    pool_submit(pool, &tasks[0].job);
    pool_submit(pool, &tasks[1].job);
    assert_ptr_equal(pool_wait(pool), &tasks[1].job);
    assert_null(pool_take(pool));
    assert_false(is_readable(pool, 20));
    assert_int_equal(pool_pending(pool), 1);
    atomic_store(&gate, 1);
    assert_true(is_readable(pool, 5000));
    assert_ptr_equal(pool_take(pool), &tasks[0].job);
    assert_int_equal(pool_pending(pool), 0);
    pool_free(pool);
    free(tasks);
}

static void as_many_run_at_once_as_there_are_threads(void **state)
{
    (void)state;
    struct pool *pool = open_pool(4);
    struct task *tasks = new_tasks(5, 0);
    for (size_t i = 0; i < 3; i++) {
        tasks[i].job.run = wait_at_gate;
        pool_submit(pool, &tasks[i].job);
    }
    pool_submit(pool, &tasks[3].job); /* would hang with fewer */
    assert_ptr_equal(pool_wait(pool), &tasks[3].job);
    atomic_store(&gate, 1);
    while (pool_wait(pool))
        ;
    pool_free(pool);
    free(tasks);
}

static void freeing_waits_for_what_is_under_way(void **state)
{
    (void)state;
    struct pool *pool = open_pool(2);
    struct task *tasks = new_tasks(500, 2000);
    for (size_t i = 0; i < 500; i++)
        pool_submit(pool, &tasks[i].job);
    pool_free(pool); /* not to be done with jobs left, but none is dropped */
    for (size_t i = 0; i < 500; i++)
        assert_int_equal(atomic_load(&tasks[i].ran), 1);
    free(tasks);
}

static void it_can_be_made_and_freed_many_times(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        pool_free(open_pool(1 + i % 8));
}

static void a_job_may_go_in_again_once_it_was_taken(void **state)
{
    (void)state;
    struct pool *pool = open_pool(2);
    struct task *task = new_tasks(1, 10);
    for (int i = 1; i <= 1000; i++) {
        pool_submit(pool, &task->job);
        assert_ptr_equal(pool_wait(pool), &task->job);
        assert_int_equal(atomic_load(&task->ran), i);
    }
    pool_free(pool);
    free(task);
}

static void submitting_and_taking_may_alternate(void **state)
{
    (void)state;
    struct gen g = gen_start("pool");
    for (int round = 0; round < 10; round++) {
        struct pool *pool = open_pool((unsigned)(1 + gen_below(&g, 8)));
        struct task *tasks = new_tasks(JOBS, 100);
        size_t in = 0, back = 0;
        while (back < JOBS) {
            struct pool_job *job = NULL;
            size_t choice = gen_below(&g, 4);
            if (choice < 2 && in < JOBS)
                pool_submit(pool, &tasks[in++].job);
            else
                job = choice == 2 ? pool_take(pool) : pool_wait(pool);
            if (job) {
                take(job);
                back++;
            }
            assert_int_equal(pool_pending(pool), in - back);
        }
        assert_all_done_once(tasks, JOBS);
        assert_false(is_readable(pool, 0));
        pool_free(pool);
        free(tasks);
    }
}

/* ---- signals ---- */

static atomic_int caught;
static pthread_t owner;

static void on_signal(int signal)
{
    (void)signal;
    atomic_store(&caught, pthread_equal(pthread_self(), owner) ? 1 : 2);
}

static void signals_come_to_the_owner(void **state)
{
    (void)state;
    struct sigaction act = {.sa_handler = on_signal}, old;
    sigset_t usr, before, now;
    owner = pthread_self();
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    struct pool *pool = open_pool(8);
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    for (int s = 1; s < 32; s++)
        assert_int_equal(sigismember(&before, s), sigismember(&now, s));
    sigaction(SIGUSR1, &act, &old);
    sigemptyset(&usr);
    sigaddset(&usr, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr, &before);
    kill(getpid(), SIGUSR1); /* nobody may take it before we do */
    usleep(20000);
    assert_int_equal(atomic_load(&caught), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    usleep(1000);
    assert_int_equal(atomic_load(&caught), 1);
    sigaction(SIGUSR1, &old, NULL);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_pool_has_nothing),
        cmocka_unit_test(each_job_runs_once_and_comes_back_once),
        cmocka_unit_test(one_worker_keeps_the_line),
        cmocka_unit_test(results_are_those_of_the_jobs),
        cmocka_unit_test(the_descriptor_is_readable_exactly_while_something_waits),
        cmocka_unit_test(a_job_under_way_is_not_there_yet),
        cmocka_unit_test(as_many_run_at_once_as_there_are_threads),
        cmocka_unit_test(freeing_waits_for_what_is_under_way),
        cmocka_unit_test(it_can_be_made_and_freed_many_times),
        cmocka_unit_test(a_job_may_go_in_again_once_it_was_taken),
        cmocka_unit_test(submitting_and_taking_may_alternate),
        cmocka_unit_test(signals_come_to_the_owner),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
