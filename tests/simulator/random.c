#include "random.h"

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

void random_seed(struct random *r, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++)
        r->word[i] = splitmix(&seed);
}

uint64_t random_next(struct random *r)
{
    uint64_t *s = r->word;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

size_t random_below(struct random *r, size_t bound)
{
    return bound ? (size_t)((random_next(r) >> 11) % bound) : 0;
}

bool random_chance(struct random *r, double share)
{
    double drawn = (double)(random_next(r) >> 11) / (double)(UINT64_C(1) << 53);

    return drawn < share;
}
