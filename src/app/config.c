#include "app/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config_check.h"
#include "app/config_option.h"
#include "base/auto.h"
#include "base/fs.h"
#include "base/nearest.h"
#include "format/yaml.h"

enum {
    FILE_MAX = 1 << 20, /* bytes; a configuration is a page of text */
};

/* ---- where configurations are ---- */

static const char *or_default(const char *account)
{
    return account ? account : "default";
}

/* The value of a variable; NULL where it is unset or empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

/* A folder of the XDG base directory specification, which wants relative values ignored; n is 0
 * where neither the variable nor HOME tells it. */
static struct str xdg_folder(struct arena *a, const char *name, const char *below_home)
{
    const char *folder = variable(name);
    if (folder && folder[0] == '/')
        return str_of(folder);
    const char *home = variable("HOME");
    if (home && home[0] == '/')
        return arena_printf(a, "%s/%s", home, below_home);
    return (struct str){0};
}

/* $XDG_CONFIG_HOME/iokeeper/NAME.yaml, n 0 where that folder is not known. */
static struct str user_file(struct arena *a, const char *account)
{
    struct str folder = xdg_folder(a, "XDG_CONFIG_HOME", ".config");
    if (folder.n == 0)
        return folder;
    return arena_printf(a, "%.*s/iokeeper/%s.yaml", STR_ARG(folder), account);
}

static struct str system_file(struct arena *a, const char *account)
{
    return arena_printf(a, "/etc/iokeeper/%s.yaml", account);
}

struct str config_default_file(struct arena *a, const char *file, const char *account)
{
    if (file)
        return arena_str(a, str_of(file));
    struct str own = geteuid() == 0 ? (struct str){0} : user_file(a, or_default(account));
    return own.n > 0 ? own : system_file(a, or_default(account));
}

struct str config_default_mirror(struct arena *a, const char *account)
{
    struct str state = {0};
    if (geteuid() != 0)
        state = xdg_folder(a, "XDG_STATE_HOME", ".local/state");
    if (state.n == 0)
        state = STR("/var/lib");
    return arena_printf(a, "%.*s/iokeeper/%s", STR_ARG(state), or_default(account));
}

/* Whether something is there; what cannot be looked at counts, so that reading it tells why. */
static bool is_there(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* "A and B", or "B": where the account's file was looked for. */
static const char *places(struct config *config)
{
    struct str own = user_file(&config->arena, config->account);
    struct str shared = system_file(&config->arena, config->account);
    if (own.n == 0)
        return shared.p;
    return arena_printf(&config->arena, "%s and %s", own.p, shared.p).p;
}

/* The folder that systemd made for the service (StateDirectory=); NULL where it made none, or
 * several. */
static const char *state_folder(const struct config *config)
{
    const char *folder = variable("STATE_DIRECTORY");
    return folder && folder[0] == '/' && !strchr(folder, ':') && !config->alone ? folder : NULL;
}

/* Where the mirror is of an account that is this machine's, and says nothing else: the service's
 * folder, or the one that it has. NULL where there is none. */
static const char *service_mirror(struct config *config, bool named)
{
    if (state_folder(config))
        return state_folder(config);
    struct str folder = arena_printf(&config->arena, "/var/lib/iokeeper/%s", config->account);
    bool is_system =
        config->file ? str_eq(str_of(config->file), system_file(&config->arena, config->account))
                     : named;
    return is_system && !config->alone && is_there(folder.p) ? folder.p : NULL;
}

/* Sets config->file; leaves it NULL where there is none and nobody named one. */
static int find_file(struct config *config, const char *file, const char *account, struct err *err)
{
    if (file) {
        config->file = arena_str(&config->arena, str_of(file)).p;
        if (is_there(file))
            return 0;
        return err_set(err, ERR_USAGE,
                       "%s: no such file; \"iokeeper --config %s init\" writes one to start from",
                       file, file);
    }
    struct str own = user_file(&config->arena, config->account);
    struct str shared = system_file(&config->arena, config->account);
    if (own.n > 0 && is_there(own.p))
        config->file = own.p;
    else if (is_there(shared.p))
        config->file = shared.p;
    else if (account && !service_mirror(config, true))
        return err_set(err, ERR_USAGE,
                       "no configuration of account \"%s\": looked for %s; "
                       "\"iokeeper --account %s init\" writes one to start from",
                       account, places(config), account);
    return 0;
}

/* ---- the file ---- */

/* What is being read, for messages that name file and line. */
struct reading {
    struct config *config;
    const char *folder; /* absolute, of the file */
    struct str text;    /* of the file */
    struct err *err;
};

/* Whether a line of the file is where key stands, with or without quotes. */
static bool line_has_key(struct str line, struct str key)
{
    while (line.n > 0 && strchr(" '\"", line.p[0]))
        line = str_sub(line, 1, line.n);
    if (!str_starts(line, key))
        return false;
    line = str_sub(line, key.n, line.n);
    return line.n > 0 && strchr(" '\":", line.p[0]);
}

/* The line of a member's key. A node knows only its own: a list or map begins further down than its
 * key, which is the nearest above. */
static unsigned key_line(const struct reading *r, const struct member *member)
{
    unsigned found = member->value.line;
    if (member->value.type != NODE_LIST && member->value.type != NODE_MAP)
        return found;
    struct str rest = r->text;
    for (unsigned line = 1; line <= member->value.line && rest.n > 0; line++)
        if (line_has_key(str_cut(&rest, '\n'), member->key))
            found = line;
    return found;
}

/* "FILE:LINE", for what member says; lives as long as the configuration. */
static const char *where_is(const struct reading *r, const struct member *member)
{
    return arena_printf(&r->config->arena, "%s:%u", r->config->file, key_line(r, member)).p;
}

/* The section that has such a key; NULL where none has. */
static const char *section_with(struct str key)
{
    for (size_t i = 0; i < config_options_n; i++)
        if (str_is(key, config_options[i].key))
            return config_options[i].section;
    return NULL;
}

/* "; ..." on what an unknown word was likely meant for; `known` are the words that could have stood
 * in its place. */
static const char *hint_for(struct arena *a, struct str word, const char *const *known, size_t n)
{
    const char *section = section_with(word);
    if (section)
        return arena_printf(a, "; it belongs to \"%s\"", section).p;
    const char *text = arena_str(a, word).p;
    const char *meant = nearest(text, known, n);
    if (meant)
        return arena_printf(a, "; did you mean \"%s\"?", meant).p;
    if (config_key_is_secret(text))
        return "; a token belongs into a file of mode 0600 that api.token_file names, or into the "
               "variable IOKEEPER_TOKEN";
    return "";
}

static int unknown_section(const struct reading *r, const struct member *member)
{
    struct arena *a = &r->config->arena;
    const char **known = arena_array(a, config_options_n, sizeof *known);
    size_t n = 0;
    for (size_t i = 0; i < config_options_n; i++)
        if (n == 0 || strcmp(known[n - 1], config_options[i].section) != 0)
            known[n++] = config_options[i].section;
    const char *hint = hint_for(a, member->key, known, n);
    return err_set(r->err, ERR_USAGE, "%s: unknown section \"%.*s\"%s", where_is(r, member),
                   STR_ARG(config_shown(member->key)), hint);
}

static int unknown_key(const struct reading *r, const char *section, const struct member *member)
{
    struct arena *a = &r->config->arena;
    const char **known = arena_array(a, config_options_n, sizeof *known);
    size_t n = 0;
    for (size_t i = 0; i < config_options_n; i++)
        if (strcmp(config_options[i].section, section) == 0)
            known[n++] = config_options[i].key;
    const char *hint = hint_for(a, member->key, known, n);
    return err_set(r->err, ERR_USAGE, "%s: unknown key \"%.*s\" in \"%s\"%s", where_is(r, member),
                   STR_ARG(config_shown(member->key)), section, hint);
}

/* Sets an option from wherever `where` says. */
static int set_option(struct config *config, const struct option *option, const struct node *value,
                      const char *where, const char *folder, struct err *err)
{
    if (config_set(config, option, value, where, folder, err) < 0)
        return -1;
    if (option->offset == offsetof(struct config, api_url))
        config->api_url_source = where;
    return 0;
}

/* Reads the texts of a list, each with its own line. */
static int read_items(const struct reading *r, const struct option *option, const struct node *list)
{
    for (size_t i = 0; i < list->list.n; i++) {
        const struct node *item = &list->list.items[i];
        const char *where = arena_printf(&r->config->arena, "%s:%u: %s.%s", r->config->file,
                                         item->line, option->section, option->key)
                                .p;
        if (config_add(r->config, option, item, where, r->err) < 0)
            return -1;
    }
    return 0;
}

static int read_member(const struct reading *r, const char *section, const struct member *member)
{
    const struct option *option = config_option(section, member->key);
    if (!option)
        return unknown_key(r, section, member);
    const char *where =
        arena_printf(&r->config->arena, "%s: %s.%s", where_is(r, member), section, option->key).p;
    if (set_option(r->config, option, &member->value, where, r->folder, r->err) < 0)
        return -1;
    return option->type == OPTION_TEXTS ? read_items(r, option, &member->value) : 0;
}

/* Reads a section. One without anything in it is fine: all its lines may be comments. */
static int read_section(const struct reading *r, const struct member *section)
{
    const char *name = NULL;
    for (size_t i = 0; i < config_options_n && !name; i++)
        if (str_is(section->key, config_options[i].section))
            name = config_options[i].section;
    if (!name)
        return unknown_section(r, section);
    const struct node *keys = &section->value;
    if (keys->type == NODE_NULL)
        return 0;
    if (keys->type != NODE_MAP)
        return err_set(r->err, ERR_USAGE,
                       "%s: %s: expected a section, which is lines of \"key: value\" that begin "
                       "further right",
                       where_is(r, section), name);
    for (size_t i = 0; i < keys->map.n; i++)
        if (read_member(r, name, &keys->map.items[i]) < 0)
            return -1;
    return 0;
}

static int read_document(const struct reading *r, const struct node *document)
{
    if (document->type == NODE_NULL)
        return 0;
    if (document->type != NODE_MAP)
        return err_set(r->err, ERR_USAGE, "%s:%u: expected sections, such as \"api:\"",
                       r->config->file, document->line);
    for (size_t i = 0; i < document->map.n; i++)
        if (read_section(r, &document->map.items[i]) < 0)
            return -1;
    return 0;
}

/* Turns "line N: WHY", the reader's, into "FILE:N: WHY". */
static int not_yaml(const char *file, struct err *err)
{
    static const char prefix[] = "line ";
    struct err cause = *err;
    if (strncmp(cause.text, prefix, sizeof prefix - 1) == 0)
        return err_set(err, ERR_USAGE, "%s:%s", file, cause.text + sizeof prefix - 1);
    return err_set(err, ERR_USAGE, "%s: %s", file, cause.text);
}

/* The folder that holds file, absolute; the current folder for "". NULL, with errno, where that is
 * not known. */
static const char *folder_of(struct arena *a, const char *file)
{
    const char *slash = strrchr(file, '/');
    struct str folder = {file, slash ? (size_t)(slash - file) : 0};
    if (file[0] == '/')
        return folder.n > 0 ? arena_str(a, folder).p : "/";
    AUTO(freep) char *current = getcwd(NULL, 0);
    if (!current)
        return NULL;
    return arena_printf(a, "%s%s%.*s", current, folder.n > 0 ? "/" : "", STR_ARG(folder)).p;
}

static int read_file(struct config *config, struct err *err)
{
    AUTO(buf_release) struct buf text = BUF_MAX(FILE_MAX);
    if (fs_read(config->file, FILE_MAX, &text, err) < 0) {
        err->cls = ERR_USAGE;
        return -1;
    }
    struct reading r = {.config = config, .text = buf_view(&text), .err = err};
    r.folder = folder_of(&config->arena, config->file);
    if (!r.folder)
        return err_errno(err, "the current folder");
    AUTO(arena_release) struct arena scratch = {0};
    struct node document;
    if (yaml_load(&scratch, r.text, &document, err) < 0)
        return not_yaml(config->file, err);
    return read_document(&r, &document);
}

/* ---- the environment ---- */

static int read_variable(struct config *config, const char *name, const char *section,
                         const char *key, struct err *err)
{
    const char *text = variable(name);
    if (!text)
        return 0;
    const char *folder = folder_of(&config->arena, "");
    if (!folder)
        return err_errno(err, "the current folder");
    const struct node value = node_cstring(text);
    return set_option(config, config_option(section, str_of(key)), &value, name, folder, err);
}

static int read_environment(struct config *config, struct err *err)
{
    if (read_variable(config, "IOKEEPER_API_URL", "api", "url", err) < 0)
        return -1;
    return read_variable(config, "IOKEEPER_MIRROR", "mirror", "path", err);
}

/* ---- the whole ---- */

/* Brings the URL into its final form and decides whether the token may travel there. */
static int settle_url(struct config *config, struct err *err)
{
    struct api_url url;
    const char *problem = api_url_split(str_of(config->api_url), &url);
    if (problem)
        return err_set(err, ERR_USAGE, "%s: %s", config->api_url_source, problem);
    if (url.plain && !url.loopback && !config->allow_http)
        return err_set(err, ERR_USAGE,
                       "%s: plain http to %.*s would show the token to everyone on the way; use "
                       "https, or set allow_http: true in the section \"api\"",
                       config->api_url_source, STR_ARG(url.host));
    config->api_origin = arena_str(&config->arena, url.origin).p;
    config->api_url = arena_str(&config->arena, url.text).p;
    return 0;
}

static int check_mirror(struct config *config, bool named, struct err *err)
{
    const char *service = service_mirror(config, named);
    if (!config->mirror_path && service)
        config->mirror_path = arena_str(&config->arena, str_of(service)).p;
    if (config->mirror_path)
        return 0;
    if (config->file)
        return err_set(err, ERR_USAGE,
                       "%s: mirror.path is missing; name the mirror's folder there, or in the "
                       "variable IOKEEPER_MIRROR",
                       config->file);
    return err_set(err, ERR_USAGE,
                   "no configuration: looked for %s; \"iokeeper init\" writes one to start from, "
                   "or set the variables IOKEEPER_API_URL, IOKEEPER_TOKEN and IOKEEPER_MIRROR",
                   places(config));
}

static int load(struct config *ret, const char *file, const char *account, struct err *err)
{
    ret->account = arena_str(&ret->arena, str_of(or_default(account))).p;
    if (!account_name_ok(str_of(ret->account)))
        return err_set(err, ERR_USAGE,
                       "--account \"%.*s\": a name has up to 64 letters, digits, '.', '_' and '-', "
                       "and begins with a letter or digit",
                       STR_ARG(config_shown(str_of(account))));
    config_set_defaults(ret);
    ret->api_url_source = "default";
    if (find_file(ret, file, account, err) < 0)
        return -1;
    if (ret->file && read_file(ret, err) < 0)
        return -1;
    if ((!ret->alone && read_environment(ret, err) < 0) || settle_url(ret, err) < 0)
        return -1;
    return check_mirror(ret, account != NULL, err);
}

int config_load(struct config *ret, const char *file, const char *account, struct err *err)
{
    *ret = (struct config){0};
    return load(ret, file, account, err);
}

int config_load_alone(struct config *ret, const char *file, struct err *err)
{
    *ret = (struct config){.alone = true};
    return load(ret, file, NULL, err);
}
