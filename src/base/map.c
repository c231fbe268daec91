#include "base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

struct map_slot {
    struct str key;
    void *value; /* NULL: free */
};

/* Keys come from outside, so the hash starts at a number nobody outside knows. FNV-1a is enough:
 * the table is bounded by what a page cap lets in. */
static uint64_t hash_of(struct str key)
{
    static uint64_t start;
    if (start == 0 && getrandom(&start, sizeof start, GRND_NONBLOCK) != sizeof start)
        start = 0xcbf29ce484222325u;
    uint64_t h = start | 1;
    for (size_t i = 0; i < key.n; i++)
        h = (h ^ (unsigned char)key.p[i]) * 0x100000001b3u;
    return h ^ (h >> 29);
}

static struct map_slot *slot_of(const struct map *m, struct str key)
{
    size_t mask = m->capacity - 1;
    size_t i = (size_t)hash_of(key) & mask;
    while (m->slots[i].value && !str_eq(m->slots[i].key, key))
        i = (i + 1) & mask;
    return &m->slots[i];
}

static void grow(struct map *m)
{
    struct map bigger = {.capacity = m->capacity ? m->capacity * 2 : 64, .n = m->n};
    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (!bigger.slots)
        abort();
    for (size_t i = 0; i < m->capacity; i++)
        if (m->slots[i].value)
            *slot_of(&bigger, m->slots[i].key) = m->slots[i];
    free(m->slots);
    *m = bigger;
}

void *map_get(const struct map *m, struct str key)
{
    return m->capacity ? slot_of(m, key)->value : NULL;
}

void *map_put(struct map *m, struct str key, void *value)
{
    if (m->n * 4 >= m->capacity * 3)
        grow(m);
    struct map_slot *slot = slot_of(m, key);
    void *replaced = slot->value;
    if (!replaced) {
        slot->key = key;
        m->n++;
    }
    slot->value = value;
    return replaced;
}

void map_release(struct map *m)
{
    free(m->slots);
    *m = (struct map){0};
}
