#include "bucket.h"

#include <time.h>

int64_t bucket_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool bucket_take(struct bucket *bucket, size_t size, size_t refill, int64_t now)
{
    if (!size)
        return true;
    if (bucket->filled)
        bucket->tokens += (double)(now - bucket->filled) * (double)refill / 1000.0;
    if (!bucket->filled || bucket->tokens > (double)size)
        bucket->tokens = (double)size;
    bucket->filled = now;
    if (bucket->tokens < 1.0)
        return false;
    bucket->tokens -= 1.0;
    return true;
}
