#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
    struct pool_job *head, *tail;
};

struct worker {
    struct pool *pool;
    pthread_t thread;
    unsigned number;
};

struct pool {
    pthread_mutex_t lock; /* over todo, done and ending */
    pthread_cond_t work, result;
    struct queue todo, done;
    bool ending;
    size_t pending; /* the owner's alone */
    int fd;
    unsigned threads;
    struct worker workers[];
};

static void queue_add(struct queue *q, struct pool_job *job)
{
    job->next = NULL;
    if (q->tail)
        q->tail->next = job;
    else
        q->head = job;
    q->tail = job;
}

static struct pool_job *queue_take(struct queue *q)
{
    struct pool_job *job = q->head;
    if (!job)
        return NULL;
    q->head = job->next;
    if (!q->head)
        q->tail = NULL;
    return job;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct pool *pool = worker->pool;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct pool_job *job = queue_take(&pool->todo);
        if (!job && pool->ending)
            break;
        if (!job) {
            pthread_cond_wait(&pool->work, &pool->lock);
            continue;
        }
        pthread_mutex_unlock(&pool->lock);
        job->run(job, worker->number);
        pthread_mutex_lock(&pool->lock);
        if (!pool->done.head)
            eventfd_write(pool->fd, 1);
        queue_add(&pool->done, job);
        pthread_cond_signal(&pool->result);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Signals belong to the thread that owns the pool. */
static void start_workers(struct pool *pool)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < pool->threads; i++) {
        pool->workers[i] = (struct worker){.pool = pool, .number = i};
        if (pthread_create(&pool->workers[i].thread, NULL, work, &pool->workers[i]) != 0)
            abort();
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct pool *pool_new(unsigned threads)
{
    struct pool *pool = calloc(1, sizeof *pool + threads * sizeof pool->workers[0]);
    if (!pool)
        abort();
    pool->threads = threads;
    pool->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pool->fd < 0)
        abort();
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->result, NULL);
    start_workers(pool);
    return pool;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->result);
    pthread_mutex_destroy(&pool->lock);
    close(pool->fd);
    free(pool);
}

void pool_submit(struct pool *pool, struct pool_job *job)
{
    pool->pending++;
    pthread_mutex_lock(&pool->lock);
    queue_add(&pool->todo, job);
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

/* Called with the lock held. Keeps the descriptor readable exactly while something is done. */
static struct pool_job *take_done(struct pool *pool)
{
    struct pool_job *job = queue_take(&pool->done);
    eventfd_t drained;
    if (job && !pool->done.head)
        eventfd_read(pool->fd, &drained);
    if (job)
        pool->pending--;
    return job;
}

struct pool_job *pool_take(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct pool_job *job = take_done(pool);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

struct pool_job *pool_wait(struct pool *pool)
{
    if (pool->pending == 0)
        return NULL;
    pthread_mutex_lock(&pool->lock);
    while (!pool->done.head)
        pthread_cond_wait(&pool->result, &pool->lock);
    struct pool_job *job = take_done(pool);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

size_t pool_pending(const struct pool *pool)
{
    return pool->pending;
}

int pool_fd(const struct pool *pool)
{
    return pool->fd;
}
