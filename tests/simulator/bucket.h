/* bucket.h - a leaky bucket that limits how many requests a second are answered, in real time. */
#ifndef SIMULATOR_BUCKET_H
#define SIMULATOR_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bucket {
    double tokens;
    int64_t filled; /* when the tokens were counted last; 0: never, the bucket is full */
};

/* Milliseconds of a clock that only goes forward. */
int64_t bucket_now(void);

/* Takes a token from a bucket of `size` that gains `refill` a second. False where there is none;
 * a size of 0 is no limit. */
bool bucket_take(struct bucket *bucket, size_t size, size_t refill, int64_t now);

#endif
