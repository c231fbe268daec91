/*
 * redact: takes secrets out of documents before anything of them is stored.
 *
 * Two things are secret: what the operator says (paths such as "export:http.headers[].value"), and
 * what the built-in detector finds: credentials in headers, query strings and URLs, tokens of known
 * shapes, private key blocks, cookies, and literal values under keys named like secrets, also
 * inside of JSON, XML, HTTP and scripts that a string holds. Where only a part of a string is
 * secret, only that part goes. Each stands as "<redacted:TAG>" afterwards. The tag is a keyed hash
 * of the value: the same value has the same tag, a rotation shows, and nobody without the key can
 * try out values.
 *
 * Masks of the API ("******"), handlebars and what is redacted already stay as they are, so that
 * doing it twice changes nothing more. Ids and references stay: a document keeps its name and its
 * place. What the detector misses and what it takes by mistake is told in docs/SECURITY.md, and
 * shown by tests/golden/redact.
 */
#ifndef MODEL_REDACT_H
#define MODEL_REDACT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "format/node.h"
#include "model/kind.h"

/* What such a mark begins with; it ends with a '>'. */
#define REDACT_MARK "<redacted:"

/* The paths, compiled, and the key. Constant once made: any number of threads may use one. */
struct redactor;

/*
 * Makes a redactor of paths "KIND:PATH" (NULL-ended; NULL: none) and the key of the tags; both are
 * copied. KIND is a kind's name or plural, or '*'. PATH are keys joined by '.': "[]" behind a key,
 * or in its place, is any element of a list, and may be left out where more keys follow; '*' in a
 * key is any run of characters, "**" any number of levels, at the end at least one. NULL with
 * ERR_USAGE, naming the path, for what is none.
 */
struct redactor *redactor_new(const char *const *paths, struct str key, struct err *err);

/* Frees it and clears the key. Takes NULL. */
void redactor_free(struct redactor *r);

/* What is wrong with a path, in words made in `a` that follow its name; NULL where redactor_new
 * takes it. */
const char *redact_path_problem(struct arena *a, struct str path);

/*
 * Redacts doc in place, a document of the kind, or a row, or a list of rows; new texts live in `a`.
 * What stands at a configured path goes whole, whatever it is: a string, number or boolean by its
 * text, a map or list by its JSON. Rows of the audit log are looked through as what they tell of.
 * kind may be NULL, for what is of no kind. Returns the number of values changed.
 */
size_t redact(const struct redactor *r, struct arena *a, const struct kind *kind, struct node *doc);

/* Appends text to out, redacted: a long text that is kept beside its document, where it stands
 * under `key`. kind and key may be NULL. Returns the number of secrets found. */
size_t redact_text(const struct redactor *r, const struct kind *kind, const char *key,
                   struct str text, struct buf *out);

/* A secret that was found, and nothing of its value. */
struct redact_finding {
    const char *what;  /* "password", "token"; static */
    const char *where; /* "http.headers[0].value", or "line 12" of a text */
    struct redact_finding *next;
};

/* As redact and redact_text, for who wants to know what they find: the findings in order, made in
 * `a`; NULL where there are none. doc is redacted. */
struct redact_finding *redact_find(const struct redactor *r, struct arena *a,
                                   const struct kind *kind, struct node *doc);
struct redact_finding *redact_find_text(const struct redactor *r, struct arena *a,
                                        const struct kind *kind, const char *key, struct str text);

#endif
