/* The token and other secrets: where they are looked for, who else may read them, and that nothing
 * shows them. */
#include "app/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config_check.h"
#include "base/auto.h"
#include "base/fs.h"
#include "base/printable.h"

enum {
    SECRET_MAX = 4096,
    KEY_MAX = 16 << 10,    /* of ssh, in its armour */
    WHITE_SPACE_MAX = 256, /* around it */
};

/* What a secret is read into. Cleared when it goes out of scope. */
struct raw_secret {
    char bytes[KEY_MAX + WHITE_SPACE_MAX + 1];
};

static void raw_secret_clear(struct raw_secret *raw)
{
    explicit_bzero(raw, sizeof *raw);
}

static void forget(const char **secret)
{
    if (!*secret)
        return;
    printable_show(*secret);
    explicit_bzero((void *)*secret, strlen(*secret));
    *secret = NULL;
}

static void forget_all(struct config *config)
{
    forget(&config->token);
    forget(&config->remote_token);
    forget(&config->remote_key);
    forget(&config->webhook_secret);
    forget(&config->webhook_url);
    forget(&config->heartbeat);
    config->token_source = NULL;
}

void config_release(struct config *config)
{
    forget_all(config);
    arena_release(&config->arena);
    *config = (struct config){0};
}

static struct str trim(struct str text)
{
    static const char white_space[] = " \t\r\n\f\v";
    while (text.n > 0 && text.p[0] && strchr(white_space, text.p[0]))
        text = str_sub(text, 1, text.n);
    while (text.n > 0 && text.p[text.n - 1] && strchr(white_space, text.p[text.n - 1]))
        text.n--;
    return text;
}

/* One of the secrets. */
struct secret {
    const char *what;       /* "token" */
    const char *credential; /* its name among systemd's */
    const char *file;       /* configured; NULL or "": none */
    const char **field;     /* where it goes */
    bool is_key;            /* lines of text, to be kept as they are */
};

/* Takes the text of a private key, copied. */
static int accept_key(struct config *config, const struct secret *secret, struct str text,
                      const char *source, struct err *err)
{
    if (text.n > KEY_MAX || !str_starts(trim(text), STR("-----BEGIN ")))
        return err_set(err, ERR_USAGE, "%s: this is no private key as ssh-keygen writes them",
                       source);
    *secret->field = arena_str(&config->arena, text).p;
    return 0;
}

/* Takes text as the secret, copied. `source` says where it is from. */
static int accept(struct config *config, const struct secret *secret, struct str text,
                  const char *source, struct err *err)
{
    if (trim(text).n == 0)
        return err_set(err, ERR_USAGE, "%s: the %s is empty", source, secret->what);
    if (secret->is_key)
        return accept_key(config, secret, text, source, err);
    text = trim(text);
    if (text.n > SECRET_MAX)
        return err_set(err, ERR_USAGE, "%s: the %s is longer than %d bytes", source, secret->what,
                       SECRET_MAX);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~')
            return err_set(err, ERR_USAGE,
                           "%s: the %s holds white space or something else than visible ASCII "
                           "characters; nothing but the %s may stand there",
                           source, secret->what, secret->what);
    *secret->field = arena_str(&config->arena, text).p;
    printable_hide(*secret->field);
    return 0;
}

/* Whether a file so described may hold a secret: nobody but its owner can read it, and its owner is
 * this user, or root, who can read everything anyway. */
static int check_private(const struct stat *st, const char *what, const char *source,
                         const char *path, struct err *err)
{
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return err_set(err, ERR_USAGE,
                       "%s %s belongs to another user (uid %u): run \"chown %u %s\"", what, source,
                       (unsigned)st->st_uid, (unsigned)geteuid(), path);
    if (st->st_mode & (S_IRGRP | S_IROTH))
        return err_set(err, ERR_USAGE,
                       "%s %s can be read by others (mode %04o): run \"chmod 600 %s\"", what,
                       source, (unsigned)st->st_mode & 07777, path);
    return 0;
}

/* Reads the secret in the file at path. `checked` whether the file must be private. */
static int read_file(struct config *config, const struct secret *secret, const char *path,
                     const char *source, bool checked, struct err *err)
{
    /* Whoever can swap the file between a check and the reading must not win: one descriptor. */
    AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_set_code(err, ERR_USAGE, errno, "%s %s: %s", secret->what, source,
                            strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_USAGE, "%s %s: not a regular file", secret->what, source);
    if (checked && check_private(&st, secret->what, source, path, err) < 0)
        return -1;
    AUTO(raw_secret_clear) struct raw_secret raw;
    ssize_t n = fs_read_some(fd, raw.bytes, sizeof raw.bytes);
    if (n < 0)
        return err_errno(err, "%s %s", secret->what, source);
    return accept(config, secret, (struct str){raw.bytes, (size_t)n}, source, err);
}

/* The folder of systemd credentials, which systemd itself keeps from others; NULL without one. */
static const char *credentials_folder(void)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    return folder && folder[0] == '/' ? folder : NULL;
}

static bool is_credential(const char *path)
{
    const char *folder = credentials_folder();
    struct str rest = str_of(path);
    if (!folder || !str_starts(rest, str_of(folder)))
        return false;
    return path[strlen(folder)] == '/' && !strstr(path, "/../");
}

/* The file NAME.WHAT beside NAME.yaml, or where that would be. */
static const char *file_beside(struct config *config, const char *what)
{
    if (!config->file)
        return arena_printf(&config->arena, "/etc/iokeeper/%s.%s", config->account, what).p;
    struct str stem = str_of(config->file);
    if (str_ends(stem, STR(".yaml")))
        stem.n -= sizeof ".yaml" - 1;
    return arena_printf(&config->arena, "%.*s.%s", STR_ARG(stem), what).p;
}

/* The path of a credential that is there; NULL where it is not, or not this account's to use. */
static const char *credential(struct config *config, const char *name)
{
    if (!credentials_folder() || config->alone)
        return NULL;
    const char *path = arena_printf(&config->arena, "%s/%s", credentials_folder(), name).p;
    return access(path, F_OK) == 0 ? path : NULL;
}

static int from_file(struct config *config, const struct secret *secret, const char *path,
                     const char **ret_source, struct err *err)
{
    *ret_source = arena_printf(&config->arena, "file %s", path).p;
    return read_file(config, secret, path, *ret_source, !is_credential(path), err);
}

/* From the file that is configured, else the credential, else the file beside the configuration: 0,
 * 1 where there is none, or -1. */
static int find(struct config *config, const struct secret *secret, const char **ret_source,
                struct err *err)
{
    const char *path = credential(config, secret->credential);
    const char *beside = file_beside(config, secret->credential);
    bool is_named = secret->file && *secret->file;
    /* A service may not read what root alone may; systemd has read it for it then. */
    if (is_named && !(path && access(secret->file, R_OK) < 0 && errno == EACCES))
        return from_file(config, secret, secret->file, ret_source, err);
    if (!path)
        return access(beside, R_OK) == 0 ? from_file(config, secret, beside, ret_source, err) : 1;
    *ret_source = arena_printf(&config->arena, "credential %s", path).p;
    return read_file(config, secret, path, *ret_source, false, err);
}

static int no_token(struct config *config, struct err *err)
{
    const char *beside = file_beside(config, "token");
    if (access(beside, F_OK) == 0)
        return err_set(err, ERR_USAGE, "token file %s: %s", beside, strerror(EACCES));
    if (!config->file)
        return err_set(err, ERR_USAGE, "no token: set the variable IOKEEPER_TOKEN");
    return err_set(err, ERR_USAGE,
                   "no token: write it to %s (mode 0600) or to a file that api.token_file names, "
                   "or set the variable IOKEEPER_TOKEN",
                   beside);
}

/* Takes the token out of the environment, which children inherit and /proc shows. */
static int from_variable(struct config *config, const struct secret *secret, char *variable,
                         struct err *err)
{
    config->token_source = CONFIG_TOKEN_VARIABLE;
    int result = accept(config, secret, str_of(variable), config->token_source, err);
    explicit_bzero(variable, strlen(variable));
    unsetenv("IOKEEPER_TOKEN");
    return result;
}

static int load_token(struct config *config, struct err *err)
{
    const struct secret token = {"token", "token", config->token_file, &config->token, false};
    char *variable = getenv("IOKEEPER_TOKEN");
    if (variable && variable[0] && !config->alone)
        return from_variable(config, &token, variable, err);
    int found = find(config, &token, &config->token_source, err);
    return found > 0 ? no_token(config, err) : found;
}

/* A URL that lets in whoever knows it: what the file says, else the credential. */
static int load_url(struct config *config, const char *configured, const struct secret *url,
                    struct err *err)
{
    const char *source;
    if (*configured) {
        *url->field = arena_str(&config->arena, str_of(configured)).p;
        printable_hide(*url->field);
        return 0;
    }
    int found = find(config, url, &source, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    const char *why = hook_url_problem(str_of(*url->field));
    return why ? err_set(err, ERR_USAGE, "%s %s: %s", url->what, source, why) : 0;
}

/* No secret, and read when it is needed: only its place is found. */
static void find_known_hosts(struct config *config)
{
    const char *path = credential(config, "known_hosts");
    const char *beside = file_beside(config, "known_hosts");
    if (*config->remote_known_hosts)
        return;
    if (path)
        config->remote_known_hosts = path;
    else if (access(beside, R_OK) == 0)
        config->remote_known_hosts = beside;
}

static int load(struct config *config, struct err *err)
{
    const struct secret plain[] = {
        {"remote token", "remote_token", config->remote_token_file, &config->remote_token, false},
        {"ssh key", "ssh_key", config->remote_key_file, &config->remote_key, true},
        {"webhook secret", "webhook_secret", config->webhook_secret_file, &config->webhook_secret,
         false},
    };
    const struct secret webhook = {"webhook URL", "webhook", NULL, &config->webhook_url, false};
    const struct secret heartbeat = {"heartbeat URL", "heartbeat", NULL, &config->heartbeat, false};
    const char *source;
    if (load_token(config, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (find(config, &plain[i], &source, err) < 0)
            return -1;
    find_known_hosts(config);
    config->secrets_file = credential(config, "secrets");
    if (load_url(config, config->webhook, &webhook, err) < 0)
        return -1;
    return load_url(config, config->heartbeat_url, &heartbeat, err);
}

int config_load_secrets(struct config *config, struct err *err)
{
    forget_all(config);
    if (load(config, err) == 0)
        return 0;
    forget_all(config);
    return -1;
}
