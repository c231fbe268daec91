#include "base/printable.h"

#include <string.h>

/* How many bytes at p, of n left, must not be shown; 0 where they may. The sequences are UTF-8. */
static size_t harmful_at(const unsigned char *p, size_t n)
{
    if (p[0] < 0x20 || p[0] == 0x7F)
        return 1;
    if (n >= 2 &&
        ((p[0] == 0xC2 && p[1] >= 0x80 && p[1] <= 0x9F) || (p[0] == 0xD8 && p[1] == 0x9C)))
        return 2;
    if (n < 3 || p[0] != 0xE2)
        return 0;
    if (p[1] == 0x80 && (p[2] == 0x8E || p[2] == 0x8F || (p[2] >= 0xA8 && p[2] <= 0xAE)))
        return 3;
    return p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9 ? 3 : 0;
}

static const char *hidden[PRINTABLE_HIDDEN_MOST];

void printable_hide(const char *secret)
{
    for (size_t i = 0; i < PRINTABLE_HIDDEN_MOST && strlen(secret) >= PRINTABLE_HIDDEN_MIN; i++) {
        if (hidden[i])
            continue;
        hidden[i] = secret;
        return;
    }
}

void printable_show(const char *secret)
{
    for (size_t i = 0; i < PRINTABLE_HIDDEN_MOST; i++)
        if (hidden[i] == secret)
            hidden[i] = NULL;
}

static void hide(char *text, size_t n, const char *secret)
{
    size_t secret_n = strlen(secret);
    for (char *at = text; (at = memmem(at, n - (size_t)(at - text), secret, secret_n));)
        memset(at, '*', secret_n);
    for (size_t part = n < secret_n ? n : secret_n; part >= PRINTABLE_HIDDEN_MIN; part--)
        if (memcmp(text + n - part, secret, part) == 0)
            memset(text + n - part, '*', part);
}

void printable(char *text, size_t n)
{
    for (size_t i = 0; i < PRINTABLE_HIDDEN_MOST; i++)
        if (hidden[i])
            hide(text, n, hidden[i]);
    for (size_t i = 0; i < n;) {
        size_t harmful = harmful_at((const unsigned char *)text + i, n - i);
        memset(text + i, '?', harmful);
        i += harmful ? harmful : 1;
    }
}
