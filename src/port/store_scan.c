#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/pulse.h"
#include "store_internal.h"

/* A folder of a person's in a file's way is saved if it is of a size that somebody made by hand;
 * beyond that a person must decide. */
enum { SAVED_FILES_MAX = 10000 };
#define SAVED_BYTES_MAX ((uint64_t)256 << 20)

enum { READ_CHUNK = 64 * 1024 };

/* ---- what the disk holds ---- */

static enum disk_kind kind_of(mode_t mode)
{
    if (S_ISREG(mode))
        return DISK_FILE;
    if (S_ISLNK(mode))
        return DISK_LINK;
    return S_ISDIR(mode) ? DISK_FOLDER : DISK_OTHER;
}

int scan_look(struct scan *scan, const char *path, struct seen *ret_seen, struct err *err)
{
    int folder;
    const char *name;
    *ret_seen = (struct seen){.kind = DISK_ABSENT};
    if (fs_walk_to(&scan->walk, path, false, &folder, &name) == 0 &&
        fstatat(folder, name, &ret_seen->st, AT_SYMLINK_NOFOLLOW) == 0)
        ret_seen->kind = kind_of(ret_seen->st.st_mode);
    else if (errno == ENOTDIR || errno == ELOOP)
        ret_seen->kind = DISK_BLOCKED;
    else if (errno != ENOENT)
        return err_errno(err, "%s/%s", scan->store->path, path);
    return 0;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_stat(const struct stat *a, const struct stat *b)
{
    return a->st_mode == b->st_mode && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           same_time(&a->st_mtim, &b->st_mtim) && same_time(&a->st_ctim, &b->st_ctim);
}

bool scan_same(const struct seen *a, const struct seen *b)
{
    bool is_nothing = a->kind == DISK_ABSENT || a->kind == DISK_BLOCKED;
    if (is_nothing)
        return b->kind == DISK_ABSENT || b->kind == DISK_BLOCKED;
    return a->kind == b->kind && same_stat(&a->st, &b->st);
}

/* ---- ids of what it holds ---- */

static int hash_stream(int fd, uint64_t size, struct oid *ret_oid)
{
    char header[32];
    int n = snprintf(header, sizeof header, "blob %llu", (unsigned long long)size);
    AUTO(freep) char *chunk = malloc(READ_CHUNK);
    if (!chunk)
        abort();
    struct sha1 *sum = sha1_new();
    sha1_add(sum, (struct str){.p = header, .n = (size_t)n + 1});
    ssize_t got;
    while ((got = fs_read_some(fd, chunk, READ_CHUNK)) > 0)
        sha1_add(sum, (struct str){.p = chunk, .n = (size_t)got});
    sha1_finish(sum, ret_oid);
    return got < 0 ? -1 : 0;
}

int store_hash_link(int folder, const char *name, struct oid *ret_oid)
{
    char text[PATH_MAX];
    ssize_t n = readlinkat(folder, name, text, sizeof text);
    if (n < 0)
        return -1;
    oid_of(OBJ_BLOB, (struct str){.p = text, .n = (size_t)n}, ret_oid);
    return 0;
}

int store_hash_file(int folder, const char *name, const struct stat *st, struct oid *ret_oid)
{
    AUTO(closep) int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? -1 : hash_stream(fd, (uint64_t)st->st_size, ret_oid);
}

/* Git's mode of a file or link; where the disk cannot tell, the mode that is expected there. */
static unsigned mode_of(const struct scan *scan, const struct seen *seen, unsigned expected)
{
    if (seen->kind == DISK_LINK)
        return MODE_LINK;
    if (!scan->store->trust_modes && expected == MODE_EXECUTABLE)
        return MODE_EXECUTABLE;
    return scan->store->trust_modes && seen->st.st_mode & S_IXUSR ? MODE_EXECUTABLE : MODE_FILE;
}

/* What was changed at or after the moment the index was written may have changed once more without
 * its stat telling: git calls it racily clean. */
static bool is_racy(const struct scan *scan, const git_index_entry *e)
{
    const struct timespec *written = &scan->stamp.st.st_mtim;
    if (e->mtime.seconds != (int32_t)written->tv_sec)
        return e->mtime.seconds > (int32_t)written->tv_sec;
    return e->mtime.nanoseconds >= (uint32_t)written->tv_nsec;
}

void scan_fill_stat(git_index_entry *entry, const struct stat *st)
{
    entry->ctime.seconds = (int32_t)st->st_ctim.tv_sec;
    entry->ctime.nanoseconds = (uint32_t)st->st_ctim.tv_nsec;
    entry->mtime.seconds = (int32_t)st->st_mtim.tv_sec;
    entry->mtime.nanoseconds = (uint32_t)st->st_mtim.tv_nsec;
    entry->dev = (uint32_t)st->st_dev;
    entry->ino = (uint32_t)st->st_ino;
    entry->uid = st->st_uid;
    entry->gid = st->st_gid;
    entry->file_size = (uint32_t)st->st_size;
}

/* Git compares all of these but the device, which changes with a mount. */
static bool stat_matches(const git_index_entry *e, const struct stat *st)
{
    git_index_entry now = {0};
    scan_fill_stat(&now, st);
    return e->mtime.seconds == now.mtime.seconds && e->mtime.nanoseconds == now.mtime.nanoseconds &&
           e->ctime.seconds == now.ctime.seconds && e->ctime.nanoseconds == now.ctime.nanoseconds &&
           e->ino == now.ino && e->uid == now.uid && e->gid == now.gid &&
           e->file_size == now.file_size;
}

/* Whether the index knows, without a look inside, what a file or link holds. */
static bool index_knows(const struct scan *scan, const struct seen *seen, const git_index_entry *e)
{
    return e && stat_matches(e, &seen->st) && !is_racy(scan, e) &&
           (e->mode == MODE_LINK) == (seen->kind == DISK_LINK);
}

/* Fills in id and mode of what was seen at path, if it is a file or a link. */
static int identify(struct scan *scan, const char *path, const git_index_entry *e,
                    unsigned expected_mode, struct seen *seen, struct err *err)
{
    if (seen->kind != DISK_FILE && seen->kind != DISK_LINK)
        return 0;
    seen->mode = mode_of(scan, seen, expected_mode);
    if (index_knows(scan, seen, e)) {
        seen->oid = store_from_git(&e->id);
        return 0;
    }
    int folder;
    const char *name;
    int failed = fs_walk_to(&scan->walk, path, false, &folder, &name);
    if (!failed)
        failed = seen->kind == DISK_LINK ? store_hash_link(folder, name, &seen->oid)
                                         : store_hash_file(folder, name, &seen->st, &seen->oid);
    return failed ? err_errno(err, "%s/%s", scan->store->path, path) : 0;
}

static bool holds(const struct seen *seen, const struct store_file *file)
{
    return file && (seen->kind == DISK_FILE || seen->kind == DISK_LINK) &&
           seen->mode == file->mode && oid_eq(&seen->oid, &file->oid);
}

/* ---- what is to be done about it ---- */

/* Room for one more in an array of the scan's arena that holds n. */
static void *grow(struct scan *scan, void *array, size_t n, size_t size)
{
    if (n & (n - 1) || (n && n < 16))
        return array;
    void *bigger = arena_array(&scan->arena, n ? 2 * n : 16, size);
    return n ? memcpy(bigger, array, n * size) : bigger;
}

static void plan_change(struct scan *scan, const char *path, long target, const struct seen *seen)
{
    scan->changes = grow(scan, scan->changes, scan->n_changes, sizeof *scan->changes);
    scan->changes[scan->n_changes++] =
        (struct change){.path = path, .target = target, .seen = *seen};
}

static struct rescue *add_rescue(struct scan *scan)
{
    scan->rescues = grow(scan, scan->rescues, scan->n_rescues, sizeof *scan->rescues);
    return &scan->rescues[scan->n_rescues++];
}

static void plan_rescue(struct scan *scan, const char *path, const struct seen *seen)
{
    *add_rescue(scan) =
        (struct rescue){.path = path, .oid = seen->oid, .mode = seen->mode, .seen = seen->st};
}

static void plan_staged_rescue(struct scan *scan, const char *path, const git_index_entry *e)
{
    *add_rescue(scan) = (struct rescue){
        .path = path, .oid = store_from_git(&e->id), .mode = e->mode, .staged = true};
}

static void plan_folder_removal(struct scan *scan, const char *path)
{
    scan->folders = grow(scan, scan->folders, scan->n_folders, sizeof *scan->folders);
    scan->folders[scan->n_folders++] = path;
}

static int compare_path(const void *key, const void *file)
{
    return str_cmp(*(const struct str *)key, ((const struct store_file *)file)->path);
}

static bool is_in_base(const struct scan *scan, struct str path)
{
    return scan->base.n &&
           bsearch(&path, scan->base.p, scan->base.n, sizeof *scan->base.p, compare_path);
}

static int refuse(const struct scan *scan, const char *path, const char *why, struct err *err)
{
    return err_set(err, ERR_CONFLICT, "%s/%s: %s is in the way: move it elsewhere",
                   scan->store->path, path, why);
}

/* Saves and takes away one file or link that nobody tracks. */
static int plan_out_of_the_way(struct scan *scan, const char *path, struct seen *seen,
                               struct err *err)
{
    if (identify(scan, path, NULL, MODE_FILE, seen, err) < 0)
        return -1;
    plan_rescue(scan, path, seen);
    plan_change(scan, path, -1, seen);
    return 0;
}

/* A file or link stands where a folder must be: the first n bytes of path lead to it. What is
 * tracked is dealt with under its own name. */
static int clear_obstruction(struct scan *scan, const char *path, size_t n, struct err *err)
{
    if (scan->obstruction && scan->obstruction_n == n && !memcmp(scan->obstruction, path, n))
        return 0;
    scan->obstruction = path;
    scan->obstruction_n = n;
    struct str own = {.p = path, .n = n};
    if (is_in_base(scan, own))
        return 0;
    const char *name = arena_str(&scan->arena, own).p;
    struct seen seen;
    if (scan_look(scan, name, &seen, err) < 0)
        return -1;
    if (seen.kind == DISK_OTHER)
        return refuse(scan, name, "something that is no file", err);
    return plan_out_of_the_way(scan, name, &seen, err);
}

static int clear_folder(struct scan *scan, const char *path, struct err *err);

/* One thing in a folder that stands where a file must be. */
static int clear_within(struct scan *scan, const char *path, const char *name, struct err *err)
{
    struct seen seen;
    if (scan_look(scan, path, &seen, err) < 0)
        return -1;
    if (!store_path_is_safe(str_of(name), true))
        return refuse(scan, path, "a repository of its own", err);
    if (seen.kind == DISK_FOLDER)
        return clear_folder(scan, path, err);
    if (is_in_base(scan, str_of(path)))
        return 0;
    if (seen.kind != DISK_FILE && seen.kind != DISK_LINK)
        return refuse(scan, path, "something that is no file", err);
    scan->saved_bytes += (uint64_t)seen.st.st_size;
    if (++scan->saved_files > SAVED_FILES_MAX || scan->saved_bytes > SAVED_BYTES_MAX)
        return refuse(scan, path, "a folder with more than 10,000 files or 256 MB", err);
    return plan_out_of_the_way(scan, path, &seen, err);
}

/* The names in a folder, so that no descriptor stays open while it is worked on. */
static int read_names(struct scan *scan, const char *path, const char ***ret_names, size_t *ret_n,
                      struct err *err)
{
    int folder;
    const char *name;
    int fd = -1;
    if (fs_walk_to(&scan->walk, path, false, &folder, &name) == 0)
        fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        closep(&fd);
        return err_errno(err, "%s/%s", scan->store->path, path);
    }
    const char **names = NULL;
    size_t n = 0;
    for (const struct dirent *e; (e = readdir(dir));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        names = grow(scan, names, n, sizeof *names);
        names[n++] = arena_str(&scan->arena, str_of(e->d_name)).p;
    }
    closedir(dir);
    *ret_names = names;
    *ret_n = n;
    return 0;
}

static int clear_folder(struct scan *scan, const char *path, struct err *err)
{
    const char **names = NULL;
    size_t n = 0;
    if (read_names(scan, path, &names, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const char *within = arena_printf(&scan->arena, "%s/%s", path, names[i]).p;
        if (clear_within(scan, within, names[i], err) < 0)
            return -1;
    }
    plan_folder_removal(scan, path);
    return 0;
}

/* ---- one path ---- */

/* All that is said of one path; NULL where nothing is. */
struct said {
    const char *path;
    const struct store_file *target;
    const struct store_file *base;
    const git_index_entry *index;
};

static bool entry_is(const git_index_entry *e, const struct store_file *file)
{
    struct oid oid = store_from_git(&e->id);
    return file && e->mode == file->mode && oid_eq(&oid, &file->oid);
}

/* What a person has put into the index and nowhere else would be forgotten with the index. */
static void keep_staged(struct scan *scan, const struct said *s, const struct seen *seen)
{
    const git_index_entry *e = s->index;
    if (!e || entry_is(e, s->target) || entry_is(e, s->base) || e->mode == MODE_SUBMODULE ||
        e->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD)
        return;
    struct oid staged = store_from_git(&e->id);
    bool is_on_disk =
        (seen->kind == DISK_FILE || seen->kind == DISK_LINK) && oid_eq(&staged, &seen->oid);
    if (!is_on_disk)
        plan_staged_rescue(scan, s->path, e);
}

/* The disk has the target already: only the index may need to learn of it. */
static void accept(struct scan *scan, const struct said *s, size_t target, const struct seen *seen)
{
    git_index_entry *entry = &scan->stats[target];
    scan_fill_stat(entry, &seen->st);
    entry->mode = s->target->mode;
    entry->id = store_to_git(&s->target->oid);
    if (!s->index || !entry_is(s->index, s->target) ||
        (s->target->mode != MODE_SUBMODULE && !stat_matches(s->index, &seen->st)))
        scan->index_stale = true;
}

/* A target's path where the disk does not have it; the index follows when it has. */
static int plan_target(struct scan *scan, const struct said *s, size_t target, struct seen *seen,
                       struct err *err)
{
    scan->index_stale = true;
    plan_change(scan, s->path, (long)target, seen);
    switch (seen->kind) {
    case DISK_ABSENT:
        return 0;
    case DISK_BLOCKED:
        return clear_obstruction(scan, s->path, scan->walk.blocked, err);
    case DISK_FOLDER:
        return clear_folder(scan, s->path, err);
    case DISK_OTHER:
        return refuse(scan, s->path, "something that is no file", err);
    case DISK_FILE:
    case DISK_LINK:
        break;
    }
    if (!holds(seen, s->base))
        plan_rescue(scan, s->path, seen);
    return 0;
}

/* As scan_look, while nothing is changed yet: in a first checkout whole folders are missing, and
 * one question a folder does. */
static int look_first(struct scan *scan, const char *path, struct seen *ret_seen, struct err *err)
{
    struct str p = str_of(path);
    *ret_seen = (struct seen){.kind = DISK_ABSENT};
    if (scan->missing.n && str_starts(p, scan->missing) && path[scan->missing.n] == '/')
        return 0;
    if (scan_look(scan, path, ret_seen, err) < 0)
        return -1;
    if (ret_seen->kind == DISK_ABSENT && scan->walk.blocked)
        scan->missing = str_sub(p, 0, scan->walk.blocked);
    return 0;
}

static int examine_target(struct scan *scan, const struct said *s, size_t target, struct err *err)
{
    struct seen seen;
    if (look_first(scan, s->path, &seen, err) < 0)
        return -1;
    if (identify(scan, s->path, s->index, s->target->mode, &seen, err) < 0)
        return -1;
    keep_staged(scan, s, &seen);
    bool is_submodule = s->target->mode == MODE_SUBMODULE;
    if (is_submodule ? seen.kind == DISK_FOLDER : holds(&seen, s->target)) {
        accept(scan, s, target, &seen);
        return 0;
    }
    return plan_target(scan, s, target, &seen, err);
}

/* A path that the target does not have: what we wrote there goes, what we did not write stays. */
static int examine_other(struct scan *scan, const struct said *s, struct err *err)
{
    struct seen seen;
    if (s->index)
        scan->index_stale = true;
    if (scan_look(scan, s->path, &seen, err) < 0 ||
        identify(scan, s->path, s->index, s->base ? s->base->mode : MODE_FILE, &seen, err) < 0)
        return -1;
    keep_staged(scan, s, &seen);
    if (!s->base)
        return 0;
    if (seen.kind == DISK_FOLDER && s->base->mode == MODE_SUBMODULE)
        plan_folder_removal(scan, s->path);
    if (seen.kind != DISK_FILE && seen.kind != DISK_LINK)
        return 0;
    if (!holds(&seen, s->base))
        plan_rescue(scan, s->path, &seen);
    plan_change(scan, s->path, -1, &seen);
    return 0;
}

/* ---- all paths ---- */

/* The entry of the index for the next path, and how many entries that path has there: a conflict
 * has several, none of them a file's. */
static size_t next_in_index(const struct scan *scan, size_t at, const git_index_entry **ret_entry)
{
    *ret_entry = git_index_get_byindex(scan->index, at);
    if (!*ret_entry)
        return 0;
    size_t n = 1;
    const git_index_entry *next;
    while ((next = git_index_get_byindex(scan->index, at + n)) &&
           !strcmp(next->path, (*ret_entry)->path))
        n++;
    return n;
}

static const char *first_path(const char *a, const char *b)
{
    if (!a || !b)
        return a ? a : b;
    return strcmp(a, b) <= 0 ? a : b;
}

/* Walks three sorted lists at once. */
static int compare_all(struct scan *scan, struct err *err)
{
    size_t t = 0;
    size_t b = 0;
    size_t i = 0;
    for (;;) {
        const git_index_entry *e;
        size_t n_entries = next_in_index(scan, i, &e);
        const struct store_file *target = t < scan->target.n ? &scan->target.p[t] : NULL;
        const struct store_file *base = b < scan->base.n ? &scan->base.p[b] : NULL;
        const char *path = first_path(target ? target->path.p : NULL, base ? base->path.p : NULL);
        path = first_path(path, e ? e->path : NULL);
        if (!path)
            return 0;
        pulse();
        bool in_target = target && !strcmp(target->path.p, path);
        bool in_base = base && !strcmp(base->path.p, path);
        bool in_index = e && !strcmp(e->path, path);
        bool is_conflict = in_index && git_index_entry_is_conflict(e);
        scan->index_stale |= is_conflict;
        struct said said = {.path = path,
                            .target = in_target ? target : NULL,
                            .base = in_base ? base : NULL,
                            .index = in_index && !is_conflict ? e : NULL};
        if (in_target ? examine_target(scan, &said, t, err) < 0
                      : examine_other(scan, &said, err) < 0)
            return -1;
        t += in_target;
        b += in_base;
        i += in_index ? n_entries : 0;
    }
}

/* ---- what is said ---- */

/* A commit may come from a person, or from a remote: nothing in it leads out of the tree. */
static int list_safely(struct scan *scan, const struct oid *commit, struct file_list *ret_list,
                       struct err *err)
{
    if (store_list(scan->store, commit, &scan->arena, &ret_list->p, &ret_list->n, err) < 0)
        return -1;
    for (size_t i = 0; i < ret_list->n; i++)
        if (!store_path_is_safe(ret_list->p[i].path, true))
            return err_set(err, ERR_BAD, "%s: must not be in a working tree",
                           ret_list->p[i].path.p);
    return 0;
}

static int load_lists(struct scan *scan, struct err *err)
{
    bool has_base;
    if (list_safely(scan, &scan->commit, &scan->target, err) < 0 ||
        store_ref(scan->store, STORE_BASE_REF, &scan->base_commit, &has_base, err) < 0)
        return -1;
    scan->stats = arena_array(&scan->arena, scan->target.n, sizeof *scan->stats);
    if (!has_base)
        return 0;
    if (oid_eq(&scan->base_commit, &scan->commit)) {
        scan->base = scan->target;
        return 0;
    }
    return list_safely(scan, &scan->base_commit, &scan->base, err);
}

int scan_index_stamp(struct store *store, struct index_stamp *ret_stamp, struct err *err)
{
    AUTO(freep) char *path = NULL;
    if (asprintf(&path, "%s/index", store->git_path) < 0)
        abort();
    ret_stamp->exists = stat(path, &ret_stamp->st) == 0;
    if (!ret_stamp->exists && errno != ENOENT)
        return err_errno(err, "%s", path);
    return 0;
}

bool scan_index_same(const struct index_stamp *a, const struct index_stamp *b)
{
    return a->exists == b->exists && (!a->exists || same_stat(&a->st, &b->st));
}

/* An index that nobody can read, after a crash perhaps, tells nothing: it is set aside for whoever
 * wants to look, and made anew. Opened without its repository, libgit2 does not compare it with the
 * working tree on its own, filters and all. */
static int load_index(struct scan *scan, struct err *err)
{
    if (scan_index_stamp(scan->store, &scan->stamp, err) < 0)
        return -1;
    const char *path = arena_printf(&scan->arena, "%s/index", scan->store->git_path).p;
    if (git_index_open(&scan->index, path) == 0)
        return 0;
    if (rename(path, store_private_path(scan->store, "index.unreadable")) < 0)
        return store_fail(err, ERR_IO, "%s", path);
    scan->stamp.exists = false;
    if (git_index_open(&scan->index, path) < 0)
        return store_fail(err, ERR_IO, "%s", path);
    return 0;
}

int scan_run(struct scan *scan, struct store *store, const struct oid *commit, struct err *err)
{
    *scan = (struct scan){.store = store, .commit = *commit};
    fs_walk_init(&scan->walk, store->root_fd);
    if (load_lists(scan, err) < 0 || load_index(scan, err) < 0)
        return -1;
    scan->index_stale = !scan->stamp.exists;
    return compare_all(scan, err);
}

void scan_release(struct scan *scan)
{
    git_index_free(scan->index);
    fs_walk_release(&scan->walk);
    arena_release(&scan->arena);
}
