/* A repository for a new mirror, set up so that nothing but bytes goes in and out of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/auto.h"
#include "store_internal.h"

/* A repository under way; renamed to .git when it is whole, so that dying here leaves none. */
#define UNBORN ".git.new"

const char store_attributes[] =
    "# The mirror's files are bytes: no line ending, encoding, keyword or filter changes them.\n"
    "* -text -ident !filter !working-tree-encoding\n";

/* What a person's own configuration could otherwise turn: a tree that looks dirty though nobody
 * touched it, and index formats that libgit2 cannot read. */
const char *const store_settings[STORE_SETTINGS_N][2] = {
    {"core.autocrlf", "false"},   {"core.safecrlf", "false"},  {"core.quotePath", "false"},
    {"core.splitIndex", "false"}, {"core.fsmonitor", "false"}, {"core.sparseCheckout", "false"},
    {"index.sparse", "false"},    {"index.skipHash", "false"},
};

static bool holds_nothing(DIR *dir)
{
    for (const struct dirent *e; (e = readdir(dir));)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && strcmp(e->d_name, UNBORN))
            return false;
    return true;
}

bool store_path_is_free(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT;
    bool is_free = holds_nothing(dir);
    closedir(dir);
    return is_free;
}

static int configure(git_repository *repo, struct err *err)
{
    git_config *config = NULL;
    int failed = git_repository_config(&config, repo);
    for (size_t i = 0; !failed && i < STORE_SETTINGS_N; i++)
        failed = git_config_set_string(config, store_settings[i][0], store_settings[i][1]);
    git_config_free(config);
    if (failed)
        return store_fail(err, ERR_IO, "configure repository");
    AUTO(freep) char *path = NULL;
    if (asprintf(&path, "%sinfo/attributes", git_repository_path(repo)) < 0)
        abort();
    return fs_replace(path, 0644, str_of(store_attributes), err);
}

static int init_unborn(const char *folder, const char *branch, struct err *err)
{
    git_repository_init_options options = {.version = GIT_REPOSITORY_INIT_OPTIONS_VERSION};
    options.flags = GIT_REPOSITORY_INIT_MKPATH;
    options.initial_head = branch;
    git_repository *repo = NULL;
    if (git_repository_init_ext(&repo, folder, &options) < 0)
        return store_fail(err, ERR_IO, "make repository");
    int failed = configure(repo, err);
    git_repository_free(repo);
    return failed;
}

static int init_repository(const char *path, const char *branch, struct err *err)
{
    AUTO(freep) char *unborn = NULL;
    AUTO(freep) char *from = NULL;
    AUTO(freep) char *to = NULL;
    if (asprintf(&unborn, "%s/" UNBORN, path) < 0 || asprintf(&from, "%s/.git", unborn) < 0 ||
        asprintf(&to, "%s/.git", path) < 0)
        abort();
    if (init_unborn(unborn, branch, err) < 0)
        return -1;
    if (rename(from, to) < 0 || rmdir(unborn) < 0)
        return err_errno(err, "%s", to);
    return fs_sync_parent(to, err);
}

/* Makes the repository unless another process, which had the folder first, has made it. */
static int create_once(const char *path, const char *branch, struct err *err)
{
    AUTO(freep) char *git_path = NULL;
    if (asprintf(&git_path, "%s/.git", path) < 0)
        abort();
    AUTO(closep) int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || flock(folder, LOCK_EX) < 0)
        return err_errno(err, "%s", path);
    if (access(git_path, F_OK) == 0)
        return 0;
    if (!store_path_is_free(path))
        return err_set(err, ERR_USAGE, "%s: neither empty nor a repository", path);
    if (store_begin(err) < 0)
        return -1;
    return init_repository(path, branch, err) < 0 ? err_wrap(err, "%s", path) : 0;
}

int store_create(const char *path, const char *branch, struct err *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        return err_set(err, ERR_USAGE, "%s: neither empty nor a repository", path);
    if (fs_make_folders(path, 0750, err) < 0)
        return -1;
    return create_once(path, branch, err);
}
