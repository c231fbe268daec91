/*
 * random.h - repeatable random numbers: xoshiro256**, seeded through splitmix64.
 *
 * The same seed gives the same numbers on every machine. Not for secrets.
 */
#ifndef SIMULATOR_RANDOM_H
#define SIMULATOR_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t word[4];
};

void random_seed(struct random *r, uint64_t seed);
uint64_t random_next(struct random *r);

/* A number in [0, bound); 0 where bound is 0. */
size_t random_below(struct random *r, size_t bound);

/* True with probability `share`, which is taken as 0…1. */
bool random_chance(struct random *r, double share);

#endif
