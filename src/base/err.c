#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/printable.h"

/* A text is shown on terminals and in logs: control characters from outside must not act there,
 * and a cut must not leave half a UTF-8 character. */
static void make_printable(char *text, size_t size)
{
    size_t n = strnlen(text, size - 1);
    if (n == size - 1) {
        while (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0x80)
            n--;
        if (n > 0 && ((unsigned char)text[n - 1] & 0x80))
            n--;
        text[n] = '\0';
    }
    printable(text, strlen(text));
}

static int fill(struct err *err, enum err_class cls, int code, const char *format, va_list args)
{
    err->cls = cls;
    err->code = code;
    vsnprintf(err->text, sizeof err->text, format, args);
    make_printable(err->text, sizeof err->text);
    return -1;
}

const char *err_class_word(enum err_class cls)
{
    static const char *const words[] = {
        [ERR_NONE] = "none",
        [ERR_RETRY] = "retry",
        [ERR_AUTH] = "auth",
        [ERR_MISSING] = "missing",
        [ERR_CONFLICT] = "conflict",
        [ERR_BAD] = "bad",
        [ERR_IO] = "io",
        [ERR_STOP] = "stop",
        [ERR_USAGE] = "usage",
        [ERR_NO_MIRROR] = "no-mirror",
        [ERR_LOCKED] = "locked",
    };
    return words[cls];
}

int err_set(struct err *err, enum err_class cls, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, cls, 0, format, args);
    va_end(args);
    return -1;
}

int err_set_code(struct err *err, enum err_class cls, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, cls, code, format, args);
    va_end(args);
    return -1;
}

int err_errno(struct err *err, const char *format, ...)
{
    int cause = errno;
    va_list args;
    va_start(args, format);
    fill(err, ERR_IO, cause, format, args);
    va_end(args);
    size_t n = strlen(err->text);
    snprintf(err->text + n, sizeof err->text - n, ": %s", strerror(cause));
    return -1;
}

int err_wrap(struct err *err, const char *format, ...)
{
    char inner[sizeof err->text];
    memcpy(inner, err->text, sizeof inner);
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    size_t n = strlen(err->text);
    snprintf(err->text + n, sizeof err->text - n, ": %s", inner);
    make_printable(err->text, sizeof err->text);
    return -1;
}

void err_clear(struct err *err)
{
    *err = (struct err){0};
}
