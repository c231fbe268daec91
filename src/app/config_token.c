/* The token: where it is looked for, who else may read it, and that nothing shows it. */
#include "app/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/fs.h"
#include "base/printable.h"

enum {
    TOKEN_MAX = 4096,
    WHITE_SPACE_MAX = 256, /* around it */
};

/* What a token was read into. Cleared when it goes out of scope. */
struct raw_token {
    char bytes[TOKEN_MAX + WHITE_SPACE_MAX + 1];
};

static void raw_token_clear(struct raw_token *raw)
{
    explicit_bzero(raw, sizeof *raw);
}

static void forget(struct config *config)
{
    printable_hide(NULL);
    if (config->token)
        explicit_bzero((void *)config->token, strlen(config->token));
    config->token = NULL;
    config->token_source = NULL;
}

void config_release(struct config *config)
{
    forget(config);
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

/* Takes text as the token, copied. `source` says where it is from. */
static int accept(struct config *config, struct str text, const char *source, struct err *err)
{
    text = trim(text);
    if (text.n == 0)
        return err_set(err, ERR_USAGE, "%s: the token is empty", source);
    if (text.n > TOKEN_MAX)
        return err_set(err, ERR_USAGE, "%s: the token is longer than %d bytes", source, TOKEN_MAX);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~')
            return err_set(err, ERR_USAGE,
                           "%s: the token holds white space or something else than visible ASCII "
                           "characters; nothing but the token may stand there",
                           source);
    config->token = arena_str(&config->arena, text).p;
    printable_hide(config->token);
    config->token_source = source;
    return 0;
}

/* Whether a file so described may hold a secret: nobody but its owner can read it, and its owner is
 * this user, or root, who can read everything anyway. */
static int check_private(const struct stat *st, const char *source, const char *path,
                         struct err *err)
{
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return err_set(err, ERR_USAGE,
                       "token %s belongs to another user (uid %u): run \"chown %u %s\"", source,
                       (unsigned)st->st_uid, (unsigned)geteuid(), path);
    if (st->st_mode & (S_IRGRP | S_IROTH))
        return err_set(err, ERR_USAGE,
                       "token %s can be read by others (mode %04o): run \"chmod 600 %s\"", source,
                       (unsigned)st->st_mode & 07777, path);
    return 0;
}

/* Reads the token in the file at path. `checked` whether the file must be private. */
static int read_token_file(struct config *config, const char *path, const char *source,
                           bool checked, struct err *err)
{
    /* Whoever can swap the file between a check and the reading must not win: one descriptor. */
    AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_set_code(err, ERR_USAGE, errno, "token %s: %s", source, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_USAGE, "token %s: not a regular file", source);
    if (checked && check_private(&st, source, path, err) < 0)
        return -1;
    AUTO(raw_token_clear) struct raw_token raw;
    ssize_t n = fs_read_some(fd, raw.bytes, sizeof raw.bytes);
    if (n < 0)
        return err_errno(err, "token %s", source);
    return accept(config, (struct str){raw.bytes, (size_t)n}, source, err);
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

/* The file NAME.token beside NAME.yaml; NULL without a configuration file. */
static const char *file_beside(struct config *config)
{
    if (!config->file)
        return NULL;
    struct str stem = str_of(config->file);
    if (str_ends(stem, STR(".yaml")))
        stem.n -= sizeof ".yaml" - 1;
    return arena_printf(&config->arena, "%.*s.token", STR_ARG(stem)).p;
}

static int from_file(struct config *config, const char *path, struct err *err)
{
    const char *source = arena_printf(&config->arena, "file %s", path).p;
    return read_token_file(config, path, source, !is_credential(path), err);
}

static int no_token(const char *beside, struct err *err)
{
    if (!beside)
        return err_set(err, ERR_USAGE, "no token: set the variable IOKEEPER_TOKEN");
    return err_set(err, ERR_USAGE,
                   "no token: write it to %s (mode 0600) or to a file that api.token_file names, "
                   "or set the variable IOKEEPER_TOKEN",
                   beside);
}

/* Takes the token out of the environment, which children inherit and /proc shows. */
static int from_variable(struct config *config, char *variable, struct err *err)
{
    int result = accept(config, str_of(variable), "variable IOKEEPER_TOKEN", err);
    explicit_bzero(variable, strlen(variable));
    unsetenv("IOKEEPER_TOKEN");
    return result;
}

int config_load_token(struct config *config, struct err *err)
{
    forget(config);
    char *variable = getenv("IOKEEPER_TOKEN");
    if (variable && variable[0] && !config->alone)
        return from_variable(config, variable, err);
    if (config->token_file)
        return from_file(config, config->token_file, err);
    if (credentials_folder() && !config->alone) {
        const char *path = arena_printf(&config->arena, "%s/token", credentials_folder()).p;
        const char *source = arena_printf(&config->arena, "credential %s", path).p;
        if (access(path, F_OK) == 0)
            return read_token_file(config, path, source, false, err);
    }
    const char *beside = file_beside(config);
    if (beside && access(beside, F_OK) == 0)
        return from_file(config, beside, err);
    return no_token(beside, err);
}
