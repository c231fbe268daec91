/*
 * config_option: the table of options, one const row each, and what is done with a row.
 *
 * Part of config: app/config.h is what the rest of the program uses. A row says where an option
 * stands in the file, what it may hold, where its value goes in struct config, and the sentence
 * that documents it. Defaults are spelled as in the file and read by the same code, so neither can
 * drift from the other. Adding an option = a row + a field.
 */
#ifndef APP_CONFIG_OPTION_H
#define APP_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "app/config.h"
#include "base/buf.h"
#include "base/err.h"
#include "format/node.h"

enum option_type {
    OPTION_TEXT,     /* const char *; no control characters */
    OPTION_PATH,     /* const char *, made absolute; "~/" is the home directory */
    OPTION_BOOL,     /* bool */
    OPTION_COUNT,    /* unsigned, min to max */
    OPTION_DURATION, /* unsigned milliseconds, min to max; 500ms, 30s, 15min, 24h, 2d */
    OPTION_TEXTS,    /* struct config_strings; empty by default */
    OPTION_WORD,     /* int, the index into words; true and false may be among them */
};

struct option {
    const char *section, *key;
    enum option_type type;
    size_t offset;            /* of the field in struct config */
    const char *fallback;     /* the default as the file would spell it; NULL: there is none */
    unsigned min, max;        /* inclusive; of counts and durations */
    const char *const *words; /* of OPTION_WORD; ended by NULL */
    const char *(*problem)(struct str value); /* NULL, or a check of app/config_check.h */
    /* the same for a text of a list, in words made in `a` */
    const char *(*item_problem)(struct arena *a, struct str value);
    const char *purpose; /* sentences, each ended by a full stop */
};

/* The table. */
extern const struct option config_options[]; /* those of a section stand together */
extern const size_t config_options_n;

/* The row of section.key, or NULL. */
const struct option *config_option(const char *section, struct str key);

/* Sets every field that has a default to it. */
void config_set_defaults(struct config *config);

/*
 * Checks value and puts it into its field; texts are copied into config->arena. `where` begins the
 * message of a failure ("FILE:LINE: api.rate"), `folder` is the absolute folder where relative
 * paths start. ERR_USAGE with what was expected and, unless the key's name promises a secret, what
 * was found instead.
 */
int config_set(struct config *config, const struct option *option, const struct node *value,
               const char *where, const char *folder, struct err *err);

/* Adds one text to an option's list, which config_set has emptied; config_set does not look at what
 * a list holds, so that each text can be told with a line of its own. ERR_USAGE as there. */
int config_add(struct config *config, const struct option *option, const struct node *item,
               const char *where, struct err *err);

/* Whether a key's name says that its value is secret, so that it must not be shown. */
bool config_key_is_secret(const char *key);

/* The beginning of text, as messages quote it: at most 60 bytes, whole characters. Borrows. */
struct str config_shown(struct str text);

/* Appends what the option's values look like: "a whole number from 1 to 64". */
void config_describe(struct buf *out, const struct option *option);

#endif
