/*
 * redact_internal: what the files of the redactor share.
 *
 * redact_walk.c walks documents; redact_path.c knows the configured paths; redact_key.c says what a
 * key promises of its value, redact_value.c whether a value keeps that promise; redact_text.c finds
 * keys and values inside of text, redact_phrase.c what has no key, redact_span.c where all that
 * begins and ends, redact_part.c what of such a value is secret, redact_shape.c what is known by
 * its own look.
 */
#ifndef MODEL_REDACT_INTERNAL_H
#define MODEL_REDACT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "model/kind.h"
#include "model/redact.h"

/* Bytes of a redacted text; documents are smaller (model/digest.h). */
enum { REDACTED_MAX = 64 << 20 };

struct redactor {
    struct arena arena; /* holds what follows */
    struct str key;
    struct redact_path *paths;
    size_t n;
};

/* Whether text is a mask of the API, or a mark of ours, and nothing else. */
bool redact_is_hidden(struct str text);

/* ---- walks ---- */

/* A pass over a document. */
struct walk {
    const struct redactor *r;
    struct arena *a;
    size_t changed;
    bool tell; /* what was found is listed, in `a` */
    struct redact_finding *findings, *last;
};

/* Redacts a document in place; appends a text, redacted. As redact and redact_text. */
void walk_document(struct walk *w, const struct kind *kind, struct node *doc);
void walk_text(struct walk *w, const struct kind *kind, const char *key, struct str text,
               struct buf *out);

/* ---- keys ---- */

/* What a key promises of the value under it. */
enum secrecy {
    SECRECY_NONE,
    SECRECY_RANDOM,     /* secret if it looks random: code, signature, key */
    SECRECY_PIN,        /* secret if it is four to eight digits */
    SECRECY_TOKEN,      /* secret unless it is a word or a name: token, apiKey */
    SECRECY_PASSWORD,   /* secret whatever it is, if it is literal: password, clientSecret */
    SECRECY_CREDENTIAL, /* a credential, mostly behind its scheme: Authorization */
    SECRECY_COOKIES,    /* pairs of name and value: Cookie, Set-Cookie */
};

/* What `key` promises, in a map that stands under `parent`. Either may be a path with dots. */
enum secrecy key_secrecy(struct str key, struct str parent);

/* Whether text is the name of a field for a secret, such as "access_token", rather than one. */
bool key_is_name_of_secret(struct str text);

/* Whether a key tells what the value beside it is ("name", "header"), or holds such a value
 * ("value", "old"), so that another key decides what it promises. */
bool key_tells_name(struct str key);
bool key_holds_value(struct str key);

/* ---- values ---- */

/* Where a value stands, which decides how much it takes to believe that it is literal. */
enum setting {
    SETTING_CERTAIN, /* where no name of a field can stand: a URL's password */
    SETTING_WHOLE,   /* a value of a document, or in quotes */
    SETTING_PAIR,    /* key=value of a query, a form, a connection string */
    SETTING_BARE,    /* in prose or code, without quotes */
};

/* Whether value, under a key of that secrecy (of the first five), is a literal secret. */
bool value_is_secret(enum secrecy secrecy, enum setting setting, struct str value);

/* Whether text looks as if made by chance, and is no id, UUID, date or name. */
bool value_is_random(struct str text);

/* Whether c is one of chars; NUL never is. */
bool redact_is_any(char c, const char *chars);

/* Whether text is one of the words in list, in any case; blanks stand between those. */
bool redact_is_one_of(struct str text, const char *list);

/* text without the white space around it. */
struct str value_trim(struct str text);

/* The length of the template expression that text holds at `at`, "{{...}}" or "${...}"; 0 for none.
 */
size_t value_expression(struct str text, size_t at);

/* Whether text holds one anywhere. */
bool value_has_expression(struct str text);

/* ---- shapes ---- */

/* A part of a text. */
struct span {
    size_t from, to;
};

/* Whether a secret that is known by its look begins at text[at], which begins a word: tokens of
 * known services, URLs that are credentials. *ret_span is what is to be hidden. */
bool shape_of_token(struct str text, size_t at, struct span *ret_span);

/* Whether a private key block begins at text[at]; *ret_span is what is inside of it. */
bool shape_of_block(struct str text, size_t at, struct span *ret_span);

/* Whether text is base64 of "user:password". */
bool shape_of_basic(struct str text);

/* ---- text ---- */

/* Bytes of a value in a text, at most. */
enum { VALUE_MAX = 8192 };

/* Whether c belongs to a word, or is a quote of some language. */
bool text_is_word(char c);
bool text_is_quote(char c);

/* The byte at `at`, NUL past the end; the end of a few blanks from `at` on. */
char text_at(struct str text, size_t at);
size_t text_skip_blanks(struct str text, size_t at);

/* Whether a quoted value begins at text[at]; *ret is what is inside of the quotes, which may be
 * escaped ones. */
bool text_quoted(struct str text, size_t at, struct span *ret);

/* The end of a value without quotes, which is a word's or a line's. */
size_t text_bare_end(struct str text, size_t at, enum secrecy secrecy);

/* A part that is to be hidden. */
struct hidden {
    struct span span;
    const char *what; /* for people; static */
    bool quoted;      /* the mark stands in quotes, where a bare number stood in JSON */
};

/* A text, and what is to be hidden of it, in any order. */
struct redaction {
    struct str text;
    struct hidden *parts;
    size_t n, room;
    size_t judged; /* the end of the last line that was looked at as a header's value */
};

/* Marks text[from, to) as secret, `what` saying of which sort; nothing where it is empty or a mark
 * already. */
void redaction_hide(struct redaction *red, size_t from, size_t to, const char *what);

/* Finds all that is secret in a text that stands under a key of that secrecy. */
void redaction_find(struct redaction *red, enum secrecy secrecy);

/* Hides what is secret of text[at, end), which is a value of that secrecy; false where nothing is.
 */
bool redaction_value(struct redaction *red, size_t at, size_t end, enum secrecy secrecy,
                     enum setting setting);

/* Hides what is secret of a URL's "user:password@", if its "://" begins at text[at], or of the
 * "user/password@" behind "oracle:thin" and a ':' there. */
void redaction_login(struct redaction *red, size_t at);

/* Hides what the word text[at, end) says to be secret, as "Bearer" does; returns where to go on. */
size_t redaction_phrase(struct redaction *red, size_t at, size_t end);

/* Appends the text to out with marks in the place of what is hidden; returns how many there are.
 */
size_t redaction_write(struct redaction *red, const struct redactor *r, struct buf *out);

/* Frees what a redaction holds. */
void redaction_release(struct redaction *red);

/* Appends the mark of value. */
void redact_mark(const struct redactor *r, struct str value, struct buf *out);

/* ---- paths ---- */

struct redact_step;

/* A compiled path. Where a walk stands in it is a set of its steps, one bit each; 0: nowhere. */
struct redact_path {
    const struct kind *kind; /* NULL: every kind */
    struct redact_step *steps;
    size_t n;
};

/* Compiles "KIND:PATH" into *ret, which lives in `a` and borrows text; returns what is wrong with
 * it, in words made in `a`, or NULL. */
const char *redact_path_compile(struct arena *a, struct str text, struct redact_path *ret);

/* Where a walk begins, and where it is after a member's key, or an element of a list: lists may be
 * left out of a path. */
uint64_t redact_path_start(const struct redact_path *path);
uint64_t redact_path_key(const struct redact_path *path, uint64_t set, struct str key);
uint64_t redact_path_item(const struct redact_path *path, uint64_t set);

/* The same after keys with dots between them, "http.headers[0].value", as the audit log has it;
 * stops where the path ends. */
uint64_t redact_path_keys(const struct redact_path *path, struct str keys);

/* Whether what stands there is to be redacted. */
bool redact_path_ends(const struct redact_path *path, uint64_t set);

#endif
