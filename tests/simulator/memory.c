#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *memory_new(size_t size)
{
    void *fresh = calloc(1, size ? size : 1);

    if (!fresh)
        abort();
    return fresh;
}

void *memory_resize(void *old, size_t count, size_t size)
{
    size_t bytes = count * size;
    void *fresh;

    if (size && count > SIZE_MAX / size)
        abort();
    fresh = realloc(old, bytes ? bytes : 1);
    if (!fresh)
        abort();
    return fresh;
}

char *memory_copy(const char *text, size_t len)
{
    char *copy = memory_new(len + 1);

    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *memory_text(const char *text)
{
    return memory_copy(text, strlen(text));
}
