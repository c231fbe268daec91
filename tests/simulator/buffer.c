#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

void buffer_reserve(struct buffer *b, size_t more)
{
    size_t need = b->len + more + 1;

    if (need <= b->cap)
        return;
    if (need < b->cap * 2)
        need = b->cap * 2;
    b->data = memory_resize(b->data, need, 1);
    b->cap = need;
}

void buffer_add(struct buffer *b, const char *bytes, size_t len)
{
    buffer_reserve(b, len);
    if (len)
        memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buffer_text(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

void buffer_format(struct buffer *b, const char *format, ...)
{
    va_list args;
    va_list again;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        buffer_reserve(b, (size_t)len);
        vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
}

void buffer_cut(struct buffer *b, size_t len)
{
    if (len >= b->len)
        return;
    b->len = len;
    b->data[len] = '\0';
}

int buffer_read_file(struct buffer *b, const char *path)
{
    FILE *file = fopen(path, "rb");
    char chunk[65536];
    size_t got;
    int failed;

    if (!file)
        return -1;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buffer_add(b, chunk, got);
    failed = ferror(file);
    fclose(file);
    return failed ? -1 : 0;
}

void buffer_release(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){0};
}
