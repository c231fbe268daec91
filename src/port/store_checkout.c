#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/pulse.h"
#include "store_internal.h"

enum { INDEX_LOCK_WAIT_MS = 5000, INDEX_LOCK_PAUSE_MS = 50, TICKS_WAIT_MS = 20 };

/* What our index.lock says, so that the next iokeeper knows a dead one's from a living git's. */
static const char lock_mark[] = "iokeeper\n";

static void pause_ms(long ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* ---- the index's lock ---- */

static char *index_lock_path(const struct store *store)
{
    char *path;
    if (asprintf(&path, "%s/index.lock", store->git_path) < 0)
        abort();
    return path;
}

/* Whoever holds the mirror's lock knows that the iokeeper which left the mark is dead. */
static bool is_left_behind(const struct store *store, const char *path)
{
    if (store->lock_fd < 0)
        return false;
    char text[sizeof lock_mark] = "";
    AUTO(closep) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && fs_read_some(fd, text, sizeof text - 1) >= 0 && !strcmp(text, lock_mark);
}

static int lock_index(struct store *store, struct err *err)
{
    AUTO(freep) char *path = index_lock_path(store);
    int64_t until = clock_monotonic_ms() + INDEX_LOCK_WAIT_MS;
    for (;;) {
        AUTO(closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd >= 0 && fs_write(fd, str_of(lock_mark)) == 0)
            return 0;
        if (fd >= 0)
            unlink(path);
        if (errno != EEXIST)
            return err_errno(err, "%s", path);
        if (is_left_behind(store, path) && unlink(path) == 0)
            continue;
        if (clock_monotonic_ms() >= until)
            return err_set(err, ERR_RETRY,
                           "%s exists: another git command is running, or was killed and left it",
                           path);
        pause_ms(INDEX_LOCK_PAUSE_MS);
    }
}

static void unlock_index(struct store *store)
{
    AUTO(freep) char *path = index_lock_path(store);
    unlink(path);
}

/* ---- the index ---- */

/* Until the clock that stamps files has passed the last of ours: what is stamped before the index
 * is known by its stat, what is stamped with it has to be read each time. */
static void wait_for_tick(const git_index_entry *stats, size_t n)
{
    git_index_time last = {0};
    for (size_t i = 0; i < n; i++) {
        const git_index_time *t = &stats[i].mtime;
        if (t->seconds > last.seconds ||
            (t->seconds == last.seconds && t->nanoseconds > last.nanoseconds))
            last = *t;
    }
    for (int i = 0; i < TICKS_WAIT_MS; i++) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        if (now.tv_sec > last.seconds ||
            (now.tv_sec == last.seconds && (uint32_t)now.tv_nsec > last.nanoseconds))
            return;
        pause_ms(1);
    }
}

static int fill_index(const struct scan *scan, git_index *index)
{
    for (size_t i = 0; i < scan->target.n; i++) {
        git_index_entry entry = scan->stats[i];
        entry.path = scan->target.p[i].path.p;
        if (git_index_add(index, &entry) < 0)
            return -1;
    }
    wait_for_tick(scan->stats, scan->target.n);
    return git_index_write(index);
}

/* Made beside and renamed into place: the index's own lock is ours already. */
static int write_index(const struct scan *scan, struct err *err)
{
    const char *path = store_private_path(scan->store, "index");
    AUTO(freep) char *lock = NULL;
    AUTO(freep) char *to = NULL;
    if (asprintf(&lock, "%s.lock", path) < 0 ||
        asprintf(&to, "%s/index", scan->store->git_path) < 0)
        abort();
    unlink(path);
    unlink(lock);
    git_index *index = NULL;
    int failed = git_index_open(&index, path);
    if (!failed)
        failed = fill_index(scan, index);
    git_index_free(index);
    if (failed)
        return store_fail(err, ERR_IO, "write %s", to);
    if (rename(path, to) < 0)
        return err_errno(err, "%s", to);
    return 0;
}

/* ---- files ---- */

struct hands {
    struct scan *scan;
    int temporary; /* folder of half-written files */
};

static int failed_at(const struct hands *h, const char *path, struct err *err)
{
    return err_errno(err, "%s/%s", h->scan->store->path, path);
}

/* A person may have written since we looked: then it is for the next look to find. */
static int check_untouched(struct hands *h, const struct change *change, struct err *err)
{
    struct seen then = change->seen;
    if (then.kind == DISK_FOLDER)
        then.kind = DISK_ABSENT; /* we have emptied and removed it */
    struct seen now;
    if (scan_look(h->scan, change->path, &now, err) < 0)
        return -1;
    if (!scan_same(&then, &now))
        return err_set(err, ERR_RETRY, "%s/%s is being changed right now", h->scan->store->path,
                       change->path);
    return 0;
}

static int take_away(struct hands *h, const struct change *change, struct err *err)
{
    int folder;
    const char *name;
    if (check_untouched(h, change, err) < 0)
        return -1;
    if (fs_walk_to(&h->scan->walk, change->path, false, &folder, &name) < 0 ||
        unlinkat(folder, name, 0) < 0)
        return failed_at(h, change->path, err);
    fs_walk_prune(&h->scan->walk);
    return 0;
}

static int remove_folder(struct hands *h, const char *path, struct err *err)
{
    int folder;
    const char *name;
    if (fs_walk_to(&h->scan->walk, path, false, &folder, &name) == 0 &&
        unlinkat(folder, name, AT_REMOVEDIR) == 0)
        return 0;
    if (errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST)
        return 0; /* gone with the last file in it, or not ours to empty */
    return failed_at(h, path, err);
}

/* A new file under a name of ours; one that a failure left there goes. */
static int open_temporary(struct hands *h, mode_t mode)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = openat(h->temporary, "file", flags, mode);
    if (fd >= 0 || errno != EEXIST)
        return fd;
    unlinkat(h->temporary, "file", 0);
    return openat(h->temporary, "file", flags, mode);
}

/* Writes content under a name of ours and gives it the place of folder/name; *ret_stat is of after
 * that, since a rename changes it. */
static int put_file(struct hands *h, struct str content, mode_t mode, int folder, const char *name,
                    struct stat *ret_stat)
{
    AUTO(closep) int fd = open_temporary(h, mode);
    if (fd < 0 || fs_write(fd, content) < 0 || renameat(h->temporary, "file", folder, name) < 0)
        return -1;
    return fstat(fd, ret_stat);
}

static int put_link(struct hands *h, struct str content, int folder, const char *name,
                    struct stat *ret_stat)
{
    char text[PATH_MAX];
    if (content.n >= sizeof text)
        return errno = ENAMETOOLONG, -1;
    memcpy(text, content.p, content.n);
    text[content.n] = '\0';
    unlinkat(h->temporary, "link", 0);
    if (symlinkat(text, h->temporary, "link") < 0 ||
        renameat(h->temporary, "link", folder, name) < 0)
        return -1;
    return fstatat(folder, name, ret_stat, AT_SYMLINK_NOFOLLOW);
}

static int put_submodule(int folder, const char *name, struct stat *ret_stat)
{
    unlinkat(folder, name, 0);
    if (mkdirat(folder, name, 0777) < 0)
        return -1;
    return fstatat(folder, name, ret_stat, AT_SYMLINK_NOFOLLOW);
}

static int put_content(struct hands *h, const struct store_file *file, struct stat *ret_stat,
                       struct err *err)
{
    git_oid id = store_to_git(&file->oid);
    git_odb_object *object = NULL;
    if (file->mode != MODE_SUBMODULE && git_odb_read(&object, h->scan->store->odb, &id) < 0)
        return store_fail(err, ERR_IO, "%s", file->path.p);
    struct str content = {0};
    if (object)
        content = (struct str){.p = git_odb_object_data(object), .n = git_odb_object_size(object)};
    int folder;
    const char *name;
    int failed = fs_walk_to(&h->scan->walk, file->path.p, true, &folder, &name);
    if (!failed && file->mode == MODE_SUBMODULE)
        failed = put_submodule(folder, name, ret_stat);
    else if (!failed && file->mode == MODE_LINK)
        failed = put_link(h, content, folder, name, ret_stat);
    else if (!failed)
        failed = put_file(h, content, file->mode == MODE_EXECUTABLE ? 0755 : 0644, folder, name,
                          ret_stat);
    if (failed)
        failed_at(h, file->path.p, err);
    git_odb_object_free(object);
    return failed;
}

static int put(struct hands *h, const struct change *change, struct err *err)
{
    struct scan *scan = h->scan;
    const struct store_file *file = &scan->target.p[change->target];
    struct stat st;
    if (check_untouched(h, change, err) < 0 || put_content(h, file, &st, err) < 0)
        return -1;
    git_index_entry *entry = &scan->stats[change->target];
    scan_fill_stat(entry, &st);
    entry->mode = file->mode;
    entry->id = store_to_git(&file->oid);
    return 0;
}

/* Removals first: a folder may have to become a file, and a file a folder. */
static int work_on_tree(struct hands *h, struct store_checkout *done, struct err *err)
{
    struct scan *scan = h->scan;
    for (size_t i = 0; i < scan->n_changes; i++) {
        if (scan->changes[i].target >= 0)
            continue;
        if (take_away(h, &scan->changes[i], err) < 0)
            return -1;
        done->removed++;
    }
    for (size_t i = 0; i < scan->n_folders; i++)
        if (remove_folder(h, scan->folders[i], err) < 0)
            return -1;
    for (size_t i = 0; i < scan->n_changes; i++) {
        if (scan->changes[i].target < 0)
            continue;
        if (put(h, &scan->changes[i], err) < 0)
            return -1;
        done->written++;
        pulse();
    }
    return 0;
}

/* ---- the whole ---- */

static int find_head(struct store *store, bool *ret_is_ours, struct err *err)
{
    git_reference *head = NULL;
    if (git_reference_lookup(&head, store->repo, "HEAD") < 0)
        return store_fail(err, ERR_IO, "HEAD");
    const char *target = git_reference_symbolic_target(head);
    *ret_is_ours = target && !strcmp(target, store->branch_ref);
    git_reference_free(head);
    return 0;
}

/* A merge that a person had begun would, once committed, put an old tree over the new one. */
static void end_merge(struct store *store)
{
    switch (git_repository_state(store->repo)) {
    case GIT_REPOSITORY_STATE_MERGE:
    case GIT_REPOSITORY_STATE_REVERT:
    case GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
    case GIT_REPOSITORY_STATE_CHERRYPICK:
    case GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
        git_repository_state_cleanup(store->repo);
        break;
    default:
        break;
    }
}

static bool has_work(const struct scan *scan)
{
    return scan->n_changes || scan->n_rescues || scan->n_folders || scan->index_stale;
}

static int apply(struct scan *scan, int64_t when, struct store_checkout *done, struct err *err)
{
    AUTO(closep) int temporary = store_temporary_folder(scan->store, err);
    if (temporary < 0)
        return -1;
    if (scan->n_rescues && rescue_commit(scan, when, done, err) < 0)
        return err_wrap(err, "rescue");
    struct hands h = {.scan = scan, .temporary = temporary};
    if (work_on_tree(&h, done, err) < 0 || write_index(scan, err) < 0)
        return -1;
    end_merge(scan->store);
    return 0;
}

/* Under the index's lock: looks once more where a git command had the index since the first look.
 */
static int apply_locked(struct scan *scan, int64_t when, struct store_checkout *done,
                        struct err *err)
{
    struct index_stamp now;
    if (scan_index_stamp(scan->store, &now, err) < 0)
        return -1;
    if (!scan_index_same(&now, &scan->stamp)) {
        struct store *store = scan->store;
        struct oid commit = scan->commit;
        scan_release(scan);
        if (scan_run(scan, store, &commit, err) < 0)
            return -1;
    }
    return apply(scan, when, done, err);
}

static int check_out(struct scan *scan, int64_t when, struct store_checkout *done, struct err *err)
{
    if (!has_work(scan))
        return 0;
    if (lock_index(scan->store, err) < 0)
        return -1;
    int failed = apply_locked(scan, when, done, err);
    unlock_index(scan->store);
    return failed;
}

int store_checkout(struct store *store, const struct oid *commit, int64_t when,
                   struct store_checkout *ret_done, struct err *err)
{
    *ret_done = (struct store_checkout){0};
    bool is_ours = false;
    if (find_head(store, &is_ours, err) < 0)
        return -1;
    if (!is_ours) {
        ret_done->other_branch = true;
        return 0;
    }
    struct scan *scan = malloc(sizeof *scan);
    if (!scan)
        abort();
    int failed = scan_run(scan, store, commit, err);
    if (!failed)
        failed = check_out(scan, when, ret_done, err);
    scan_release(scan);
    free(scan);
    if (failed)
        return err_wrap(err, "check out");
    return store_set_ref(store, STORE_BASE_REF, commit, err);
}
