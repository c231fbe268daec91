/*
 * pool: pure work on other cores.
 *
 * Jobs are functions of their argument alone. They run on a few threads in whatever order; results
 * are handed back to the one thread that owns the pool, which may sleep on pool_fd meanwhile:
 *
 *     pool_submit(pool, job);               // job->run(job, worker) happens somewhere
 *     while ((job = pool_take(pool))) ...   // finished ones, without waiting
 *     job = pool_wait(pool);                // the next finished one; NULL where none is out
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

struct pool;

/* The first member of a caller's job structure. */
struct pool_job {
    /* Does the work; `worker` is 0..threads-1 and never runs twice at the same time, so that
     * per-thread state can be an array indexed by it. */
    void (*run)(struct pool_job *job, unsigned worker);
    struct pool_job *next; /* the pool's */
};

/* A pool of 1..64 threads with all signals blocked. Aborts where the system gives no thread. */
struct pool *pool_new(unsigned threads);

/* Waits for jobs under way, drops none: take all before. Takes NULL. */
void pool_free(struct pool *pool);

/* Puts a job in line; it belongs to the pool until taken. */
void pool_submit(struct pool *pool, struct pool_job *job);

/* A finished job, or NULL where none is finished yet. */
struct pool_job *pool_take(struct pool *pool);

/* Waits for a finished job; NULL where none is in line or under way. */
struct pool_job *pool_wait(struct pool *pool);

/* Jobs submitted and not yet taken. */
size_t pool_pending(const struct pool *pool);

/* Readable while a finished job waits to be taken. The pool's. */
int pool_fd(const struct pool *pool);

#endif
