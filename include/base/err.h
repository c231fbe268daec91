/*
 * err: what went wrong, as a class that decides what is done about it and a text for a person.
 *
 * A function that can fail returns int (0, or -1) and takes a struct err last, which it fills only
 * when it returns -1. The text grows on the way up, outermost first:
 *
 *     if (http_get(h, url, &body, err) < 0)
 *         return err_wrap(err, "list %s", kind->plural);
 *     → "list exports: GET /exports?offset=200: 503 Service Unavailable"
 *
 * Only routes and app print one, once. A text never holds a secret: values under secret keys are
 * never formatted into it.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

/* Each class is a policy, not a cause. */
enum err_class {
    ERR_NONE,      /* no error */
    ERR_RETRY,     /* transient: the same call may work later */
    ERR_AUTH,      /* the API refused the token: stop, a person must act (exit 12) */
    ERR_MISSING,   /* the thing is not there (404) */
    ERR_CONFLICT,  /* somebody else's state is in the way (409) */
    ERR_BAD,       /* this input is unusable: skip it by name, go on (exit 3) */
    ERR_IO,        /* our side cannot go on: disk, memory map, repository (exit 1) */
    ERR_STOP,      /* a signal asked us to stop (exit 130, 143) */
    ERR_USAGE,     /* command or configuration: a person must change it (exit 2) */
    ERR_NO_MIRROR, /* no mirror repository there (exit 10) */
    ERR_LOCKED,    /* another process holds the mirror (exit 11) */
};

struct err {
    enum err_class cls;
    int code; /* HTTP status, errno or signal number that explains it; 0 where there is none */
    char text[1024]; /* UTF-8, one line, no control characters; cut at the end where too long */
};

/* A class as one word, for programs: "retry", "auth", ...; "none". */
const char *err_class_word(enum err_class cls);

/* Fills err and returns -1. What could act on a terminal is shown as '?' (base/printable.h). */
int err_set(struct err *err, enum err_class cls, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, with the status or signal number kept in err->code. */
int err_set_code(struct err *err, enum err_class cls, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As err_set with class ERR_IO; appends ": " and the text of errno as it stands at the call. */
int err_errno(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "CONTEXT: " before the text of an err already filled and returns -1; the class stays. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Empties err, for a caller that dealt with it. */
void err_clear(struct err *err);

#endif
