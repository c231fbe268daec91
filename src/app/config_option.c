#include "app/config_option.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_check.h"
#include "base/auto.h"
#include "model/redact.h"

enum {
    SHOWN_MAX = 60, /* bytes of a value quoted in a message */
    MESSAGE_MAX = 512,
    MS = 1,
    SECOND = 1000 * MS,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR,
};

#define DURATION_MAX (30u * DAY) /* an unsigned holds 49 days of milliseconds */

/* ---- the table ---- */

/* The offset of a field that must have the given C type; any other does not compile. */
#define FIELD(ctype, member)                                                                       \
    (offsetof(struct config, member) +                                                             \
     0 * sizeof(_Generic(((struct config *)NULL)->member, ctype : 0)))

#define TEXT(member) .type = OPTION_TEXT, .offset = FIELD(const char *, member)
#define PATH(member) .type = OPTION_PATH, .offset = FIELD(const char *, member)
#define BOOL(member) .type = OPTION_BOOL, .offset = FIELD(bool, member)
#define COUNT(member) .type = OPTION_COUNT, .offset = FIELD(unsigned, member)
#define DURATION(member) .type = OPTION_DURATION, .offset = FIELD(unsigned, member)
#define TEXTS(member) .type = OPTION_TEXTS, .offset = FIELD(struct config_strings, member)
#define WORD(member) .type = OPTION_WORD, .offset = FIELD(int, member)

/* In the order of the enums in app/config.h. */
static const char *const lists_words[] = {"auto", "account", "integration", NULL};
static const char *const sandbox_words[] = {"both", "true", "false", NULL};

/* clang-format off */
const struct option config_options[] = {
    {"api", "url", TEXT(api_url), .fallback = "https://api.integrator.io/v1",
     .problem = api_url_problem,
     .purpose = "The API, with its version. Accounts in other regions have another host: "
                "api.eu.integrator.io, api.au.integrator.io, api.ca.integrator.io."},
    {"api", "token_file", PATH(token_file), .problem = token_path_problem,
     .purpose = "The file that holds the API token and nothing else, refused when others can read "
                "it (chmod 600). A relative path begins at this file's folder."},
    {"api", "lists", WORD(lists), .fallback = "auto", .words = lists_words,
     .purpose = "Read account-wide lists, or each integration's own; auto finds out."},
    {"api", "sandbox", WORD(sandbox), .fallback = "both", .words = sandbox_words,
     .purpose = "Mirror only what is marked as sandbox (true), only what is not (false), or both."},
    {"api", "concurrency", COUNT(concurrency), .fallback = "8", .min = 1, .max = 64,
     .purpose = "Requests under way at the same time."},
    {"api", "rate", COUNT(rate), .fallback = "200", .min = 1, .max = 10000,
     .purpose = "Requests per second, at most."},
    {"api", "page_size", COUNT(page_size), .fallback = "100", .min = 1, .max = 1000,
     .purpose = "Documents asked for in one request."},
    {"api", "timeout", DURATION(timeout_ms), .fallback = "30s", .min = SECOND, .max = 10 * MINUTE,
     .purpose = "How long the server may stay silent before a request is given up."},
    {"api", "allow_http", BOOL(allow_http), .fallback = "false",
     .purpose = "Send the token over unencrypted http to other hosts than this one."},

    {"mirror", "path", PATH(mirror_path), .problem = path_problem,
     .purpose = "The git working tree that holds the mirror; sync creates it. A relative path "
                "begins at this file's folder."},
    {"mirror", "branch", TEXT(branch), .fallback = "main", .problem = branch_problem,
     .purpose = "The branch that is committed to."},
    {"mirror", "remote", TEXT(remote), .fallback = "",
     .purpose = "Any git URL; each commit is pushed there. Empty: nowhere."},
    {"mirror", "remote_token_file", PATH(remote_token_file), .fallback = "",
     .problem = secret_path_problem,
     .purpose = "A file with the token or password for an https remote and nothing else, refused "
                "when others can read it. The user is the URL's, else \"git\"."},
    {"mirror", "remote_key_file", PATH(remote_key_file), .fallback = "",
     .purpose = "The private key for an ssh remote, without a passphrase. Without one: the ssh "
                "agent's, and those in ~/.ssh."},
    {"mirror", "remote_known_hosts", PATH(remote_known_hosts), .fallback = "",
     .purpose = "The host keys that an ssh remote may show, as ssh-keyscan prints them. Without it: "
                "~/.ssh/known_hosts."},
    {"mirror", "remote_host_key", TEXT(remote_host_key), .fallback = "",
     .problem = host_key_problem,
     .purpose = "The fingerprint of the only host key that an ssh remote may show, such as "
                "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU; known hosts are not asked then."},
    {"mirror", "remote_timeout", DURATION(remote_timeout_ms), .fallback = "2min", .min = SECOND,
     .max = HOUR,
     .purpose = "How long the remote may stay silent before a push is given up; it may index for "
                "some time what it was sent."},
    {"mirror", "include", TEXTS(include), .fallback = "[]", .item_problem = glob_problem,
     .purpose = "What to mirror: globs on \"kind/name\", such as [\"flow/Orders*\", \"connection\"]; "
                "one without a \"/\" is about all of a kind. Empty: everything."},
    {"mirror", "exclude", TEXTS(exclude), .fallback = "[]", .item_problem = glob_problem,
     .purpose = "What not to mirror, even where include names it: globs as there."},
    {"mirror", "users", BOOL(users), .fallback = "true",
     .purpose = "Mirror who may access the account."},
    {"mirror", "audit", BOOL(audit), .fallback = "true",
     .purpose = "Keep the audit log, in a file a month."},
    {"mirror", "errors", BOOL(errors), .fallback = "false",
     .purpose = "Mirror counts of flow errors as files; status shows them in any case."},
    {"mirror", "redact", TEXTS(redact), .fallback = "[]", .item_problem = redact_path_problem,
     .purpose = "Fields whose values are stored as <redacted:TAG>, beside those that are found to be "
                "secret anyway: \"kind:path\", such as [\"export:http.headers[].value\", "
                "\"*:settings.**.pin\"]; [] is any element of a list, * any run of characters in a "
                "key or any kind, ** any number of levels."},

    {"schedule", "every", DURATION(every_ms), .fallback = "15min", .min = SECOND,
     .max = DURATION_MAX,
     .purpose = "How often the daemon syncs."},
    {"schedule", "jitter", DURATION(jitter_ms), .fallback = "1min", .min = 0, .max = DAY,
     .purpose = "Up to this much is added by chance, so that accounts do not sync all at once."},
    {"schedule", "full_every", DURATION(full_every_ms), .fallback = "24h", .min = MINUTE,
     .max = DURATION_MAX,
     .purpose = "How often documents are read whole where cheaper polls are used in between."},

    {"safety", "max_delete_percent", COUNT(max_delete_percent), .fallback = "10", .min = 0,
     .max = 100,
     .purpose = "Deletions of more than this share of a kind are withheld until \"iokeeper ack\"."},
    {"safety", "max_delete", COUNT(max_delete), .fallback = "10", .min = 0, .max = 1000000,
     .purpose = "Up to this many deletions of a kind are never withheld."},

    {"notify", "webhook", TEXT(webhook), .fallback = "", .problem = hook_url_problem,
     .purpose = "A URL that gets JSON by POST on changes, failure, recovery and withheld deletions; "
                "Slack shows its \"text\". https, or http to this machine."},
    {"notify", "secret_file", PATH(webhook_secret_file), .fallback = "",
     .problem = secret_path_problem,
     .purpose = "A file with the key that signs what the webhook gets (HMAC-SHA256), refused when "
                "others can read it. Without one nothing is signed."},

    {"metrics", "textfile", PATH(textfile), .fallback = "",
     .purpose = "A file of metrics in Prometheus' text format, replaced after each sync."},
    {"metrics", "heartbeat_url", TEXT(heartbeat_url), .fallback = "", .problem = hook_url_problem,
     .purpose = "A URL that is fetched after each complete sync, for a dead man's switch."},
};
/* clang-format on */

const size_t config_options_n = sizeof config_options / sizeof *config_options;

const struct option *config_option(const char *section, struct str key)
{
    for (size_t i = 0; i < config_options_n; i++)
        if (strcmp(config_options[i].section, section) == 0 && str_is(key, config_options[i].key))
            return &config_options[i];
    return NULL;
}

bool config_key_is_secret(const char *key)
{
    return strcasestr(key, "token") || strcasestr(key, "secret") || strcasestr(key, "password");
}

/* ---- durations ---- */

static const struct unit {
    const char *name;
    unsigned ms;
} units[] = {{"d", DAY}, {"h", HOUR}, {"min", MINUTE}, {"s", SECOND}, {"ms", MS}};

enum { UNITS = sizeof units / sizeof *units };

static void describe_duration(struct buf *out, unsigned ms)
{
    size_t i = ms == 0 ? UNITS - 2 : 0;
    while (ms % units[i].ms != 0)
        i++;
    buf_printf(out, "%u%s", ms / units[i].ms, units[i].name);
}

/* ---- reading ---- */

/* Cuts the digits that *text begins with off as a number; false where there are none, or more than
 * any option takes. */
static bool take_number(struct str *text, uint64_t *ret)
{
    enum { DIGITS_MAX = 10 };
    size_t n = 0;
    *ret = 0;
    for (; n < text->n && text->p[n] >= '0' && text->p[n] <= '9'; n++) {
        if (n == DIGITS_MAX)
            return false;
        *ret = *ret * 10 + (uint64_t)(text->p[n] - '0');
    }
    *text = str_sub(*text, n, text->n);
    return n > 0;
}

static bool store_within(const struct option *option, uint64_t value, unsigned *field)
{
    if (value < option->min || value > option->max)
        return false;
    *field = (unsigned)value;
    return true;
}

static bool read_count(const struct option *option, struct str text, unsigned *field)
{
    uint64_t value;
    return take_number(&text, &value) && text.n == 0 && store_within(option, value, field);
}

static bool read_duration(const struct option *option, struct str text, unsigned *field)
{
    uint64_t value;
    if (!take_number(&text, &value))
        return false;
    for (size_t i = 0; i < UNITS; i++)
        if (str_is(text, units[i].name))
            return store_within(option, value * units[i].ms, field);
    return false;
}

static bool read_word(const struct option *option, struct str text, int *field)
{
    for (int i = 0; option->words[i]; i++) {
        if (str_is(text, option->words[i])) {
            *field = i;
            return true;
        }
    }
    return false;
}

/* Reads a scalar's spelling into the option's field; false where it is not one of the option's
 * values. */
static bool read_text(struct config *config, const struct option *option, struct str text)
{
    void *field = (char *)config + option->offset;
    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_PATH:
        *(const char **)field = arena_str(&config->arena, text).p;
        return true;
    case OPTION_BOOL:
        *(bool *)field = str_is(text, "true");
        return true;
    case OPTION_COUNT:
        return read_count(option, text, field);
    case OPTION_DURATION:
        return read_duration(option, text, field);
    case OPTION_WORD:
        return read_word(option, text, field);
    case OPTION_TEXTS:
        break; /* the default of every list is an empty one, as the field is */
    }
    return true;
}

void config_set_defaults(struct config *config)
{
    for (size_t i = 0; i < config_options_n; i++)
        if (config_options[i].fallback &&
            !read_text(config, &config_options[i], str_of(config_options[i].fallback)))
            abort(); /* a row of the table contradicts itself */
}

/* ---- messages ---- */

void config_describe(struct buf *out, const struct option *option)
{
    switch (option->type) {
    case OPTION_TEXT:
        buf_str(out, STR("text"));
        break;
    case OPTION_PATH:
        buf_str(out, STR("a path"));
        break;
    case OPTION_BOOL:
        buf_str(out, STR("true or false"));
        break;
    case OPTION_COUNT:
        buf_printf(out, "a whole number from %u to %u", option->min, option->max);
        break;
    case OPTION_DURATION:
        buf_str(out, STR("a time from "));
        describe_duration(out, option->min);
        buf_str(out, STR(" to "));
        describe_duration(out, option->max);
        buf_printf(out, ", such as %s", option->fallback);
        break;
    case OPTION_TEXTS:
        buf_str(out, STR("a list of texts"));
        break;
    case OPTION_WORD:
        for (size_t i = 0; option->words[i]; i++)
            buf_printf(out, "%s%s",
                       i == 0                 ? ""
                       : option->words[i + 1] ? ", "
                                              : " or ",
                       option->words[i]);
        break;
    }
}

/* The spelling of a scalar; that of a string is what stands inside its quotes. */
static struct str scalar_text(const struct node *value)
{
    if (value->type == NODE_BOOL)
        return value->boolean ? STR("true") : STR("false");
    return value->text;
}

struct str config_shown(struct str text)
{
    size_t n = text.n < SHOWN_MAX ? text.n : SHOWN_MAX;
    while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    return str_sub(text, 0, n);
}

static void describe_found(struct buf *out, const struct option *option, const struct node *value)
{
    bool wants_text =
        option->type == OPTION_TEXT || option->type == OPTION_PATH || option->type == OPTION_TEXTS;
    switch (value->type) {
    case NODE_NULL:
        buf_str(out, STR("nothing"));
        return;
    case NODE_LIST:
        buf_str(out, STR("a list"));
        return;
    case NODE_MAP:
        buf_str(out, STR("a section"));
        return;
    case NODE_BOOL:
    case NODE_NUMBER:
    case NODE_STRING:
        break;
    }
    if (config_key_is_secret(option->key)) {
        buf_str(out, STR("something else, which is not shown here"));
        return;
    }
    const char *quote = value->type == NODE_STRING ? "\"" : "";
    struct str text = scalar_text(value), shown = config_shown(text);
    buf_printf(out, "%s%.*s%s%s", quote, STR_ARG(shown), shown.n < text.n ? "..." : "", quote);
    if (wants_text && value->type != NODE_STRING)
        buf_str(out, STR(" (in quotes it is text)"));
}

static int unexpected(const struct option *option, const struct node *value, const char *where,
                      struct err *err)
{
    AUTO(buf_release) struct buf wanted = BUF_MAX(MESSAGE_MAX), found = BUF_MAX(MESSAGE_MAX);
    config_describe(&wanted, option);
    describe_found(&found, option, value);
    return err_set(err, ERR_USAGE, "%s: expected %s, got %s", where, buf_cstr(&wanted),
                   buf_cstr(&found));
}

/* ---- one value of the file ---- */

static bool type_fits(const struct option *option, const struct node *value)
{
    static const unsigned accepted[] = {
        [OPTION_TEXT] = 1u << NODE_STRING,
        [OPTION_PATH] = 1u << NODE_STRING,
        [OPTION_BOOL] = 1u << NODE_BOOL,
        [OPTION_COUNT] = 1u << NODE_NUMBER,
        [OPTION_DURATION] = 1u << NODE_STRING,
        [OPTION_TEXTS] = 1u << NODE_LIST,
        /* true and false are words as well as booleans */
        [OPTION_WORD] = 1u << NODE_STRING | 1u << NODE_BOOL,
    };
    return accepted[option->type] & 1u << value->type;
}

/* A text is handed to libraries and shown in logs; none of ours has a use for these. */
static const char *control_problem(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
            return "expected text without line breaks and control characters";
    return NULL;
}

/* The absolute form of a path that is not empty; NULL where it needs a HOME that is not set. */
static const char *absolute_path(struct arena *a, struct str path, const char *folder)
{
    if (str_starts(path, STR("~/"))) {
        folder = getenv("HOME");
        if (!folder || folder[0] != '/')
            return NULL;
        path = str_sub(path, 2, path.n);
    }
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    while (str_starts(path, STR("./")))
        path = str_sub(path, 2, path.n);
    if (path.n > 0 && path.p[0] == '/')
        return arena_str(a, path).p;
    const char *slash = str_ends(str_of(folder), STR("/")) ? "" : "/";
    return arena_printf(a, "%s%s%.*s", folder, slash, STR_ARG(path)).p;
}

static int set_path(struct config *config, const struct option *option, struct str path,
                    const char *where, const char *folder, struct err *err)
{
    if (path.n > 0) {
        const char *absolute = absolute_path(&config->arena, path, folder);
        if (!absolute)
            return err_set(err, ERR_USAGE, "%s: \"~\" needs the variable HOME, which is not set",
                           where);
        path = str_of(absolute);
    }
    read_text(config, option, path);
    return 0;
}

/* Makes an option's list an empty one, with room for n texts and the NULL that ends it. */
static void make_room(struct config *config, const struct option *option, size_t n)
{
    struct config_strings *list = (void *)((char *)config + option->offset);
    *list =
        (struct config_strings){.items = arena_array(&config->arena, n + 1, sizeof *list->items)};
}

int config_add(struct config *config, const struct option *option, const struct node *item,
               const char *where, struct err *err)
{
    if (item->type != NODE_STRING) {
        AUTO(buf_release) struct buf found = BUF_MAX(MESSAGE_MAX);
        describe_found(&found, option, item);
        return err_set(err, ERR_USAGE, "%s: expected a list of texts, got %s in it", where,
                       buf_cstr(&found));
    }
    const char *problem = control_problem(item->text);
    if (!problem && option->item_problem)
        problem = option->item_problem(&config->arena, item->text);
    if (problem)
        return err_set(err, ERR_USAGE, "%s: \"%.*s\": %s", where, STR_ARG(config_shown(item->text)),
                       problem);
    struct config_strings *list = (void *)((char *)config + option->offset);
    list->items[list->n++] = arena_str(&config->arena, item->text).p;
    return 0;
}

int config_set(struct config *config, const struct option *option, const struct node *value,
               const char *where, const char *folder, struct err *err)
{
    if (!type_fits(option, value))
        return unexpected(option, value, where, err);
    if (option->type == OPTION_TEXTS) {
        make_room(config, option, value->list.n);
        return 0;
    }
    struct str text = scalar_text(value);
    const char *problem = control_problem(text);
    if (!problem && option->problem)
        problem = option->problem(text);
    if (problem)
        return err_set(err, ERR_USAGE, "%s: %s", where, problem);
    if (option->type == OPTION_PATH)
        return set_path(config, option, text, where, folder, err);
    return read_text(config, option, text) ? 0 : unexpected(option, value, where, err);
}
