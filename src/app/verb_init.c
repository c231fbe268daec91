/* verb_init: a commented configuration and an empty mirror. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/config_check.h"
#include "app/output.h"
#include "base/fs.h"
#include "base/log.h"
#include "port/store.h"

/* The path as the configuration will name it: absolute. */
static int absolute(struct arena *a, const char *path, struct str *ret, struct err *err)
{
    char *here = *path == '/' ? NULL : getcwd(NULL, 0);
    if (*path != '/' && !here)
        return err_errno(err, "current folder");
    *ret = here ? arena_printf(a, "%s/%s", here, path) : arena_str(a, str_of(path));
    free(here);
    return 0;
}

/* NAME.yaml → NAME.token. */
static struct str token_file_beside(struct arena *a, struct str file)
{
    size_t stem = str_ends(file, STR(".yaml")) ? file.n - strlen(".yaml") : file.n;
    return arena_printf(a, "%.*s.token", STR_ARG(str_sub(file, 0, stem)));
}

/* A configuration that is there already is somebody's work: it stays. */
static int write_config(struct str file, const char *url, struct str token_file, struct str mirror,
                        bool *ret_written, struct err *err)
{
    char *slash = strrchr(file.p, '/');
    *ret_written = false;
    if (access(file.p, F_OK) == 0)
        return 0;
    char *folder = strndup(file.p, (size_t)(slash - file.p));
    if (!folder)
        abort();
    struct buf text = BUF_MAX(1 << 20);
    config_write_example(&text, url, token_file.p, mirror.p);
    int result = *folder ? fs_make_folders(folder, 0755, err) : 0;
    if (result == 0)
        result = fs_replace(file.p, 0644, buf_view(&text), err);
    *ret_written = result == 0;
    buf_release(&text);
    free(folder);
    return result;
}

static const char *variable(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static int create_mirror(const char *path, bool *ret_created, struct err *err)
{
    struct store *store = NULL;
    *ret_created = store_path_is_free(path);
    if (*ret_created)
        return store_create(path, "main", err);
    int result = store_open(&store, path, "main", err);
    store_close(store);
    return result < 0 ? err_wrap(err, "cannot make a mirror there") : 0;
}

static void tell(const struct invocation *in, struct arena *a, struct str file, bool written,
                 struct str token_file, struct str mirror, bool created)
{
    if (in->json) {
        struct node fields = node_map(a, 5);
        output_set_number(a, &fields, "exit", EXIT_DONE);
        output_set(a, &fields, "config", file.p);
        output_set_flag(a, &fields, "config_written", written);
        output_set(a, &fields, "mirror", mirror.p);
        output_set_flag(a, &fields, "mirror_created", created);
        output_set(a, &fields, "token_file", token_file.p);
        output_json(a, "summary", fields);
        return;
    }
    if (in->quiet)
        return;
    output_line("%s %s", written ? "wrote  " : "kept   ", file.p);
    output_line("%s %s", created ? "created" : "kept   ", mirror.p);
    output_line("next: put an API token into %s (chmod 600), then run \"iokeeper%s%s%s%s sync\"",
                token_file.p, in->config_file ? " --config " : "",
                in->config_file ? in->config_file : "", in->account ? " --account " : "",
                in->account ? in->account : "");
}

int verb_init(struct invocation *in, struct err *err)
{
    struct arena a = {0};
    struct str file, mirror;
    const char *dir = in->n_args > 0 ? in->args[0] : variable("IOKEEPER_MIRROR", NULL);
    const char *url = variable("IOKEEPER_API_URL", "https://api.integrator.io/v1");
    bool written = false, created = false;
    if (in->account && !account_name_ok(str_of(in->account)))
        return err_set(err, ERR_USAGE, "--account: \"%.40s\" is no name of an account",
                       in->account);
    int code = absolute(&a, config_default_file(&a, in->config_file, in->account).p, &file, err);
    if (code == 0)
        code = absolute(&a, dir ? dir : config_default_mirror(&a, in->account).p, &mirror, err);
    if (code == 0) {
        struct str token_file = token_file_beside(&a, file);
        code = create_mirror(mirror.p, &created, err);
        if (code == 0)
            code = write_config(file, url, token_file, mirror, &written, err);
        if (code == 0)
            tell(in, &a, file, written, token_file, mirror, created);
    }
    arena_release(&a);
    return code;
}
