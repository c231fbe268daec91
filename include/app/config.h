/*
 * config: what the operator wants, from a YAML file and the environment, checked as a whole.
 *
 * One const table in config_option.c names every option: key, type, default, range and the sentence
 * that documents it. Reading, the commented file that `init` writes and the nearest-key hints all
 * come from that table. Precedence: environment (IOKEEPER_API_URL, IOKEEPER_TOKEN, IOKEEPER_MIRROR;
 * empty counts as unset) over file over default; that of mirror.path is $STATE_DIRECTORY, which
 * systemd sets for a service, or, for a file in /etc/iokeeper, the folder that the service has in
 * /var/lib/iokeeper. Relative paths begin at the configuration file's
 * folder, that of IOKEEPER_MIRROR at the current one; "~/" is $HOME in both.
 *
 *     struct config config;
 *     if (config_load(&config, file, account, err) < 0) ...
 *     if (config_load_secrets(&config, err) < 0) ... // only verbs that speak to the API
 *     config_release(&config);                       // also after a failure
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Words of api.lists and api.sandbox. */
enum config_lists { LISTS_AUTO, LISTS_ACCOUNT, LISTS_INTEGRATION };
enum config_sandbox { SANDBOX_BOTH, SANDBOX_TRUE, SANDBOX_FALSE };

/* A list of texts, such as mirror.redact. */
struct config_strings {
    const char **items; /* ended by NULL; NULL where n is 0 and the file says nothing */
    size_t n;
};

struct config {
    struct arena arena;  /* holds every text below */
    const char *file;    /* the file it was read from; NULL: environment only */
    const char *account; /* NAME of --account, "default" */
    bool alone;          /* environment and credentials are not looked at */

    const char *api_url;        /* without trailing '/'; never NULL after config_load */
    const char *api_url_source; /* "FILE:LINE: api.url", "IOKEEPER_API_URL" or "default" */
    const char *api_origin;     /* "https://host[:port]" part of it */
    const char *token;          /* NULL until config_load_secrets */
    const char *token_source;   /* "file /etc/iokeeper/default.token", "variable IOKEEPER_TOKEN",
                                   "credential /run/credentials/UNIT/token" */
    const char *token_file;     /* absolute; NULL: not configured */
    int lists;                  /* enum config_lists */
    int sandbox;                /* enum config_sandbox */
    unsigned concurrency, rate, page_size;
    unsigned timeout_ms;
    bool allow_http;

    const char *mirror_path; /* absolute; never NULL after config_load */
    const char *branch;
    const char *remote;            /* "" : none */
    const char *remote_token_file; /* these three are absolute, or "": none */
    const char *remote_key_file;
    const char *remote_known_hosts;
    const char *secrets_file;    /* the credential "secrets"; NULL: there is none */
    const char *remote_host_key; /* "SHA256:..."; "": none is pinned */
    const char *remote_token;    /* these two are NULL: none, or not loaded */
    const char *remote_key;      /* the text of a private key */
    unsigned remote_timeout_ms;
    struct config_strings include, exclude, redact;
    bool users, audit, errors;

    unsigned every_ms, jitter_ms, full_every_ms;
    unsigned max_delete_percent, max_delete;
    const char *webhook;             /* as configured, "": not there */
    const char *webhook_url;         /* NULL: none, or not loaded */
    const char *webhook_secret_file; /* absolute; "": none */
    const char *webhook_secret;      /* NULL: none, or not loaded */
    const char *textfile;            /* absolute; "": none */
    const char *heartbeat_url;       /* as configured, "": not there */
    const char *heartbeat;           /* NULL: none, or not loaded */
};

/*
 * Finds, reads and checks the configuration. `file` (--config) or NULL; `account` (--account) or
 * NULL. Without --config: $XDG_CONFIG_HOME/iokeeper/NAME.yaml (~/.config) where that exists, else
 * /etc/iokeeper/NAME.yaml. A file that was named, by path or account, must be there, but for the
 * account of a service that has a $STATE_DIRECTORY; otherwise IOKEEPER_MIRROR is enough, and the
 * API URL has its default.
 *
 * ERR_USAGE with file and line, and the nearest known key or the values allowed; ERR_IO where the
 * current folder is gone. Values of keys that promise a secret are never shown. An option that this
 * version does not support is an error unless it stands at its default: to ignore a redaction would
 * leak what it was to hide. Fills *ret, which the caller gives back with config_release, also after
 * a failure.
 */
int config_load(struct config *ret, const char *file, const char *account, struct err *err);

/* As config_load, of another account than the environment and the credentials are about: of
 * `clone --to`. They are not looked at, for the token neither. */
int config_load_alone(struct config *ret, const char *file, struct err *err);

/* What token_source is for a token of the environment. */
#define CONFIG_TOKEN_VARIABLE "variable IOKEEPER_TOKEN"

/*
 * Gets the secrets. The token: IOKEEPER_TOKEN, else the file api.token_file, else the systemd
 * credential "token" ($CREDENTIALS_DIRECTORY/token), else a file NAME.token beside the
 * configuration file NAME.yaml; there must be one. The others, where there are any, from what the
 * configuration says, else from the credentials "remote_token", "ssh_key", "known_hosts",
 * "webhook", "webhook_secret" and "heartbeat", else from files so called beside the configuration
 * ("NAME.ssh_key") that can be read. The credential "secrets" stands in for --secrets. Without a
 * configuration file these lie where it would: in /etc/iokeeper.
 *
 * White space around a secret is dropped. ERR_USAGE where the token is missing, where a secret
 * cannot be read, is empty, longer than 4096 bytes or holds anything but visible ASCII, and where
 * others can read its file or own it (with the command to run; files in a credential's folder are
 * exempt). Symbolic links are followed, what they lead to is checked. No text ever shows a secret.
 * May be called again; the variable is gone after the first time.
 */
int config_load_secrets(struct config *config, struct err *err);

/* Frees all; the memory of secrets is cleared first. */
void config_release(struct config *config);

/* Appends a commented configuration file with every option: api.url, api.token_file and mirror.path
 * as given, the others at their defaults in comments. config_load accepts it as it is. */
void config_write_example(struct buf *out, const char *api_url, const char *token_file,
                          const char *mirror_path);

/* Where `init` writes: file where given, else /etc/iokeeper/NAME.yaml for root, else
 * $XDG_CONFIG_HOME/iokeeper/NAME.yaml. And the mirror it proposes where none is named:
 * /var/lib/iokeeper/NAME for root, else $XDG_STATE_HOME/iokeeper/NAME (~/.local/state). account may
 * be NULL. Both are NUL-terminated behind their bytes. */
struct str config_default_file(struct arena *a, const char *file, const char *account);
struct str config_default_mirror(struct arena *a, const char *account);

#endif
