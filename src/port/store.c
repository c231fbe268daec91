#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "store_internal.h"

int store_fail(struct err *err, enum err_class cls, const char *format, ...)
{
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const git_error *why = git_error_last();
    if (!why || !why->message)
        return err_set(err, cls, "%s", text);
    return err_set(err, cls, "%s: %s", text, why->message);
}

git_oid store_to_git(const struct oid *oid)
{
    git_oid git;
    git_oid_fromraw(&git, oid->bytes);
    return git;
}

struct oid store_from_git(const git_oid *git)
{
    struct oid oid;
    memcpy(oid.bytes, git->id, OID_BYTES);
    return oid;
}

/* ---- libgit2, set up ---- */

static void end_libgit2(void)
{
    git_libgit2_shutdown();
}

/* Once for the process: beginning reads all the machine's certificates. Nothing outside of the
 * repository decides what we write: no system, global or XDG configuration. Objects and refs are
 * synced. Caches of libgit2, and its mapping of whole packs, are for programs that
 * look back. */
int store_begin(struct err *err)
{
    static bool begun;
    if (begun)
        return 0;
    if (git_libgit2_init() < 0)
        return store_fail(err, ERR_IO, "libgit2");
    begun = true;
    atexit(end_libgit2);
    static const int levels[] = {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                                 GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_PROGRAMDATA};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)(4 << 20));
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)1 << 20);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)8 << 20);
    return 0;
}

/* ---- opening ---- */

/* Another user's repository is refused, as git does it: its owner could make us write anywhere, and
 * what we write (root above all) its owner's daemon could not write again. */
static int check_owner(const char *path, const char *name, struct err *err)
{
    AUTO(freep) char *full = NULL;
    if (asprintf(&full, "%s%s", path, name) < 0)
        abort();
    struct stat st;
    if (stat(full, &st) < 0)
        return err_errno(err, "%s", full);
    if (st.st_uid == geteuid())
        return 0;
    return err_set(err, ERR_USAGE,
                   "%s belongs to user id %lu, but this is user id %lu: run iokeeper as its owner "
                   "(sudo -u '#%lu' iokeeper ...), or give the mirror away with chown -R",
                   full, (unsigned long)st.st_uid, (unsigned long)geteuid(),
                   (unsigned long)st.st_uid);
}

static int find_root(struct store *store, const char *path, struct err *err)
{
    char *real = realpath(path, NULL);
    if (!real && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NO_MIRROR, "%s: no mirror repository there", path);
    if (!real)
        return err_errno(err, "%s", path);
    store->path = arena_str(&store->texts, str_of(real)).p;
    free(real);
    store->root_fd = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->root_fd < 0 && errno == ENOTDIR)
        return err_set(err, ERR_NO_MIRROR, "%s: not a folder", path);
    if (store->root_fd < 0)
        return err_errno(err, "%s", path);
    return 0;
}

/* A path of libgit2's without the '/' at its end. */
static const char *keep_path(struct store *store, const char *path)
{
    struct str text = str_of(path);
    while (text.n > 1 && text.p[text.n - 1] == '/')
        text.n--;
    return arena_str(&store->texts, text).p;
}

static int open_repository(struct store *store, struct err *err)
{
    struct stat st;
    bool has_git = fstatat(store->root_fd, ".git", &st, 0) == 0;
    if (has_git &&
        (check_owner(store->path, "", err) < 0 || check_owner(store->path, "/.git", err) < 0))
        return -1;
    int status =
        git_repository_open_ext(&store->repo, store->path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
    if (status == GIT_ENOTFOUND)
        return err_set(err, ERR_NO_MIRROR, "%s: no mirror repository there", store->path);
    if (status < 0)
        return store_fail(err, ERR_IO, "%s", store->path);
    if (git_repository_is_bare(store->repo))
        return err_set(err, ERR_USAGE, "%s: a bare repository cannot be a mirror", store->path);
    if (strcmp(keep_path(store, git_repository_workdir(store->repo)), store->path) != 0)
        return err_set(err, ERR_USAGE, "%s: its working tree is elsewhere, in %s", store->path,
                       git_repository_workdir(store->repo));
    store->git_path = keep_path(store, git_repository_path(store->repo));
    return 0;
}

static int read_settings(struct store *store, struct err *err)
{
    git_config *config = NULL;
    if (git_repository_config_snapshot(&config, store->repo) < 0)
        return store_fail(err, ERR_IO, "%s: configuration", store->path);
    int file_mode = 1;
    git_config_get_bool(&file_mode, config, "core.fileMode");
    git_config_free(config);
    store->trust_modes = file_mode;
    git_repository_set_ident(store->repo, "iokeeper", "iokeeper@localhost");
    return 0;
}

static int open_all(struct store *store, const char *path, const char *branch, struct err *err)
{
    store->branch = arena_str(&store->texts, str_of(branch)).p;
    store->branch_ref = arena_printf(&store->texts, "refs/heads/%s", branch).p;
    int valid = 0;
    if (git_reference_name_is_valid(&valid, store->branch_ref) < 0 || !valid)
        return err_set(err, ERR_USAGE, "'%s' is no name for a branch", branch);
    if (find_root(store, path, err) < 0 || open_repository(store, err) < 0 ||
        read_settings(store, err) < 0)
        return -1;
    if (git_repository_odb(&store->odb, store->repo) < 0 || store_guard(store) < 0)
        return store_fail(err, ERR_IO, "%s", store->path);
    return 0;
}

int store_open(struct store **ret_store, const char *path, const char *branch, struct err *err)
{
    if (store_begin(err) < 0)
        return -1;
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        abort();
    store->root_fd = store->private_fd = store->lock_fd = -1;
    if (open_all(store, path, branch, err) < 0) {
        store_close(store);
        return -1;
    }
    *ret_store = store;
    return 0;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_timeline_leave(store);
    timeline_release(&store->timeline);
    git_odb_free(store->odb);
    git_repository_free(store->repo);
    closep(&store->lock_fd);
    closep(&store->private_fd);
    closep(&store->root_fd);
    arena_release(&store->texts);
    free(store);
}

int store_private_folder(struct store *store, struct err *err)
{
    if (store->private_fd >= 0)
        return store->private_fd;
    const char *path = arena_printf(&store->texts, "%s/iokeeper", store->git_path).p;
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return err_errno(err, "%s", path);
    store->private_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (store->private_fd < 0)
        return err_errno(err, "%s", path);
    return store->private_fd;
}

const char *store_private_path(struct store *store, const char *name)
{
    struct err ignored; /* who opens the file will hear of it */
    store_private_folder(store, &ignored);
    return arena_printf(&store->texts, "%s/iokeeper/%s", store->git_path, name).p;
}

/* ---- the lock ---- */

static int is_held(int fd, const char *path, struct err *err)
{
    char pid[24] = "";
    ssize_t n = fs_read_at(fd, pid, sizeof pid - 1, 0);
    size_t digits = n > 0 ? strspn(pid, "0123456789") : 0;
    if (!digits)
        return err_set(err, ERR_LOCKED, "%s: another iokeeper holds the mirror", path);
    return err_set(err, ERR_LOCKED, "%s: another iokeeper holds the mirror (process %.*s)", path,
                   (int)digits, pid);
}

static int say_pid(int fd, const char *path, struct err *err)
{
    char pid[24];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)n, 0) != n)
        return err_errno(err, "%s", path);
    return 0;
}

/* Half-written files of a process that died; the lock tells that it is gone. */
static int sweep_temporary(struct store *store, struct err *err)
{
    int fd = store_temporary_folder(store, err);
    if (fd < 0)
        return -1;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return err_errno(err, "iokeeper/tmp");
    }
    for (const struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.')
            unlinkat(fd, e->d_name, 0);
    closedir(dir);
    return 0;
}

/* ---- git's locks of refs ---- */

/* While libgit2 moves a ref this file stands in the private folder. Whoever finds it, holding our
 * lock, knows that its writer died there and may have left git's lock of the ref behind. */
static const char moving[] = "moving-ref";

/* A living git holds the lock of a ref for milliseconds. Times are whole seconds: it can take three
 * until one is older than two. */
enum { STALE_LOCK_S = 2, STALE_LOCK_WAIT_MS = 4000 };

static int begin_moving(struct store *store, struct err *err)
{
    int folder = store_private_folder(store, err);
    if (folder < 0)
        return -1;
    AUTO(closep) int fd = openat(folder, moving, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? err_errno(err, "%s/iokeeper/%s", store->git_path, moving) : 0;
}

static void end_moving(struct store *store)
{
    unlinkat(store->private_fd, moving, 0);
}

static void remove_stale_lock(const struct store *store, const char *ref)
{
    AUTO(freep) char *path = NULL;
    struct stat st;
    if (asprintf(&path, "%s/%s.lock", store->git_path, ref) < 0)
        abort();
    for (int64_t until = clock_monotonic_ms() + STALE_LOCK_WAIT_MS;
         stat(path, &st) == 0 && clock_monotonic_ms() < until;) {
        if (clock_now() - (int64_t)st.st_mtim.tv_sec > STALE_LOCK_S) {
            unlink(path);
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
}

static int sweep_locks(struct store *store, struct err *err)
{
    int folder = store_private_folder(store, err);
    if (folder < 0)
        return -1;
    if (faccessat(folder, moving, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    const char *remote = arena_printf(&store->texts, "refs/remotes/iokeeper/%s", store->branch).p;
    const char *const refs[] = {store->branch_ref, STORE_BASE_REF, "refs/iokeeper/complete",
                                remote};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++)
        remove_stale_lock(store, refs[i]);
    end_moving(store);
    return 0;
}

int store_lock(struct store *store, struct err *err)
{
    if (store->lock_fd >= 0)
        return 0;
    const char *path = arena_printf(&store->texts, "%s/iokeeper.lock", store->git_path).p;
    AUTO(closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return err_errno(err, "%s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? is_held(fd, path, err) : err_errno(err, "lock %s", path);
    if (say_pid(fd, path, err) < 0 || sweep_temporary(store, err) < 0 ||
        sweep_locks(store, err) < 0)
        return -1;
    store->lock_fd = fd;
    fd = -1;
    return 0;
}

bool store_is_held(struct store *store)
{
    const char *path = arena_printf(&store->texts, "%s/iokeeper.lock", store->git_path).p;
    AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 && store->lock_fd < 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 &&
           errno == EWOULDBLOCK;
}

int store_temporary_folder(struct store *store, struct err *err)
{
    int private_fd = store_private_folder(store, err);
    if (private_fd < 0)
        return -1;
    if (mkdirat(private_fd, "tmp", 0700) < 0 && errno != EEXIST)
        return err_errno(err, "%s/iokeeper/tmp", store->git_path);
    int fd = openat(private_fd, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s/iokeeper/tmp", store->git_path);
    return fd;
}

/* ---- refs ---- */

int store_ref(struct store *store, const char *name, struct oid *ret_oid, bool *ret_exists,
              struct err *err)
{
    git_oid id;
    int status = git_reference_name_to_id(&id, store->repo, name);
    if (status < 0 && status != GIT_ENOTFOUND)
        return store_fail(err, ERR_IO, "%s", name);
    *ret_exists = status == 0;
    *ret_oid = status == 0 ? store_from_git(&id) : (struct oid){0};
    return 0;
}

int store_head(struct store *store, struct oid *ret_oid, bool *ret_exists, struct err *err)
{
    return store_ref(store, store->branch_ref, ret_oid, ret_exists, err);
}

int store_set_ref(struct store *store, const char *name, const struct oid *commit, struct err *err)
{
    struct oid now;
    bool exists;
    if (store_ref(store, name, &now, &exists, err) < 0)
        return -1;
    if (exists && oid_eq(&now, commit))
        return 0;
    git_oid id = store_to_git(commit);
    git_reference *ref = NULL;
    if (begin_moving(store, err) < 0)
        return -1;
    int status = git_reference_create(&ref, store->repo, name, &id, 1, "iokeeper");
    git_reference_free(ref);
    end_moving(store);
    return status < 0 ? store_fail(err, ERR_IO, "%s", name) : 0;
}

int store_new_ref(struct store *store, const char *name, const struct oid *commit, const char *log,
                  struct err *err)
{
    git_oid id = store_to_git(commit);
    git_reference *ref = NULL;
    if (begin_moving(store, err) < 0)
        return -1;
    int status = git_reference_create(&ref, store->repo, name, &id, 0, log);
    git_reference_free(ref);
    end_moving(store);
    if (status == GIT_EEXISTS)
        return 1;
    return status < 0 ? store_fail(err, ERR_IO, "%s", name) : 0;
}

/* ---- commits ---- */

/* A name or address as git can hold it: without the characters that delimit it, and not of nothing
 * but what git trims away. */
static struct str clean_identity(struct arena *a, const char *text)
{
    struct str from = str_of(text);
    char *to = arena_alloc(a, from.n + 1);
    size_t n = 0;
    bool says_something = false;
    for (size_t i = 0; i < from.n; i++) {
        unsigned char c = (unsigned char)from.p[i];
        if (c == '<' || c == '>' || c < 0x20 || c == 0x7f)
            continue;
        says_something |= c > ' ' && !strchr(".,:;\"\\'", c);
        to[n++] = (char)c;
    }
    return says_something ? (struct str){.p = to, .n = n} : STR("unknown");
}

static int make_signature(const struct store_person *person, git_signature **ret_signature)
{
    AUTO(arena_release) struct arena a = {0};
    struct str name = clean_identity(&a, person->name);
    struct str email = clean_identity(&a, person->email);
    return git_signature_new(ret_signature, name.p, email.p, person->when, 0);
}

/* libgit2 wants objects, not ids, and so proves that they are there. */
static int create_commit(struct store *store, const struct oid *tree_oid,
                         const struct oid *parent_oid, const git_signature *author,
                         const git_signature *committer, const char *message, git_oid *ret_id)
{
    git_oid tree_id = store_to_git(tree_oid);
    git_oid parent_id = store_to_git(parent_oid);
    bool is_first = oid_is_zero(parent_oid);
    git_tree *tree = NULL;
    git_commit *parent = NULL;
    int status = git_tree_lookup(&tree, store->repo, &tree_id);
    if (!status && !is_first)
        status = git_commit_lookup(&parent, store->repo, &parent_id);
    const git_commit *parents[] = {parent};
    if (!status)
        status = git_commit_create(ret_id, store->repo, NULL, author, committer, NULL, message,
                                   tree, is_first ? 0 : 1, parents);
    git_commit_free(parent);
    git_tree_free(tree);
    return status;
}

int store_make_commit(struct store *store, const struct oid *tree, const struct oid *parent,
                      const struct store_person *author, const struct store_person *committer,
                      const char *message, struct oid *ret_commit, struct err *err)
{
    git_signature *by = NULL;
    git_signature *with = NULL;
    git_oid id;
    int status = make_signature(author, &by);
    if (!status)
        status = make_signature(committer, &with);
    if (!status)
        status = create_commit(store, tree, parent, by, with, message, &id);
    git_signature_free(by);
    git_signature_free(with);
    if (status < 0)
        return store_fail(err, ERR_IO, "commit");
    *ret_commit = store_from_git(&id);
    return 0;
}

/* Moves the branch from parent, and from nothing else, to commit. */
static int advance_branch(struct store *store, const struct oid *parent, const struct oid *commit,
                          const char *log, struct err *err)
{
    git_oid to = store_to_git(commit);
    git_oid from = store_to_git(parent);
    git_reference *ref = NULL;
    bool is_first = oid_is_zero(parent);
    if (begin_moving(store, err) < 0)
        return -1;
    int status = is_first ? git_reference_create(&ref, store->repo, store->branch_ref, &to, 0, log)
                          : git_reference_create_matching(&ref, store->repo, store->branch_ref, &to,
                                                          1, &from, log);
    git_reference_free(ref);
    end_moving(store);
    if (status == GIT_EEXISTS || status == GIT_EMODIFIED || status == GIT_ENOTFOUND)
        return err_set(err, ERR_CONFLICT, "branch %s was moved by somebody else meanwhile",
                       store->branch);
    if (status == GIT_ELOCKED)
        return store_fail(err, ERR_RETRY, "branch %s", store->branch);
    return status < 0 ? store_fail(err, ERR_IO, "branch %s", store->branch) : 0;
}

int store_commit(struct store *store, const struct oid *tree, const struct oid *parent,
                 const struct store_person *author, const struct store_person *committer,
                 const char *message, struct oid *ret_commit, struct err *err)
{
    struct oid commit;
    if (store_make_commit(store, tree, parent, author, committer, message, &commit, err) < 0)
        return -1;
    char log[STORE_LOG_MAX + 1];
    snprintf(log, sizeof log, "iokeeper: %.*s", (int)strcspn(message, "\n"), message);
    if (advance_branch(store, parent, &commit, log, err) < 0)
        return -1;
    *ret_commit = commit;
    return 0;
}

int store_tree_of(struct store *store, const struct oid *commit, struct oid *ret_tree,
                  struct err *err)
{
    git_oid id = store_to_git(commit);
    git_commit *found = NULL;
    if (git_commit_lookup(&found, store->repo, &id) < 0)
        return store_fail(err, ERR_IO, "commit %s", git_oid_tostr_s(&id));
    *ret_tree = store_from_git(git_commit_tree_id(found));
    git_commit_free(found);
    return 0;
}

int store_read(struct store *store, const struct oid *blob, struct buf *out, struct err *err)
{
    git_oid id = store_to_git(blob);
    git_odb_object *object = NULL;
    int status = git_odb_read(&object, store->odb, &id);
    if (status < 0)
        return store_fail(err, status == GIT_ENOTFOUND ? ERR_MISSING : ERR_IO, "blob %s",
                          git_oid_tostr_s(&id));
    bool is_blob = git_odb_object_type(object) == GIT_OBJECT_BLOB;
    size_t n = git_odb_object_size(object);
    if (is_blob)
        buf_bytes(out, git_odb_object_data(object), n);
    git_odb_object_free(object);
    if (!is_blob)
        return err_set(err, ERR_MISSING, "%s is no blob", git_oid_tostr_s(&id));
    if (buf_overflowed(out))
        return err_set(err, ERR_BAD, "blob %s: %zu bytes are too many", git_oid_tostr_s(&id), n);
    return 0;
}
