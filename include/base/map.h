/*
 * map: from text to pointer, by hash.
 *
 * Keys are borrowed: they live at least as long as the map (in an arena, usually). Values are any
 * pointer but NULL. Nothing is ever taken out. Iteration is not offered, because its order would be
 * an accident: keep an array beside the map where order matters.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>

#include "base/str.h"

struct map_slot;

/* Zero-initialised is an empty map. */
struct map {
    struct map_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t n;
};

/* The value under key, or NULL. */
void *map_get(const struct map *m, struct str key);

/* Puts value under key, replacing what was there; returns the value replaced, or NULL. */
void *map_put(struct map *m, struct str key, void *value);

/* Frees the table, not keys or values; the map is empty and usable afterwards. */
void map_release(struct map *m);

#endif
