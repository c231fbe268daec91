/*
 * config_check: what single values of the configuration must look like. Pure.
 *
 * A check returns NULL where the value is fine, else what is wrong with it, in words that follow
 * "FILE:LINE: section.key: ". These never repeat the value, which may hold a misplaced secret.
 */
#ifndef APP_CONFIG_CHECK_H
#define APP_CONFIG_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

/* The parts of an API URL; all borrow from its text. */
struct api_url {
    struct str text;   /* the whole, without trailing '/' */
    struct str origin; /* scheme://host[:port] */
    struct str host;   /* an IPv6 address with its brackets */
    bool plain;        /* http, not https */
    bool loopback;     /* the host is localhost, in 127.0.0.0/8, or [::1] */
};

/* Takes an absolute http or https URL without user, query and fragment apart. Returns a problem as
 * above, or NULL with *ret filled. */
const char *api_url_split(struct str text, struct api_url *ret);

/* The checks that rows of the option table name. */
const char *api_url_problem(struct str value);
const char *hook_url_problem(struct str value);    /* "", or https, or http to this machine */
const char *host_key_problem(struct str value);    /* "", or a fingerprint as ssh-keygen shows it */
const char *branch_problem(struct str value);      /* git-check-ref-format(1) --branch */
const char *path_problem(struct str value);        /* empty */
const char *token_path_problem(struct str value);  /* empty, or a token instead of a path */
const char *secret_path_problem(struct str value); /* likewise, but may be empty */

/* The check of mirror.include and mirror.exclude, a glob on "kind/name" (model/scope.h); its words
 * are made in `a`, or static. They may name the kind, which is no secret. */
const char *glob_problem(struct arena *a, struct str value);

/* Whether name can be an account's: 1 to 64 of A-Z a-z 0-9 . _ - with a letter or digit first. */
bool account_name_ok(struct str name);

#endif
