#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

enum { READ_CHUNK = 64 * 1024 };

ssize_t fs_read_some(int fd, void *ret_bytes, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = read(fd, (char *)ret_bytes + done, n - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

ssize_t fs_read_at(int fd, void *ret_bytes, size_t n, off_t offset)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(fd, (char *)ret_bytes + done, n - done, offset + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

int fs_write(int fd, struct str bytes)
{
    size_t done = 0;
    while (done < bytes.n) {
        ssize_t put = write(fd, bytes.p + done, bytes.n - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        done += (size_t)put;
    }
    return 0;
}

/* fsync and close may be where a full disk or a network file system first complains. */
static int sync_and_close(int *fd)
{
    int failed = fsync(*fd);
    int cause = errno;
    if (close(*fd) < 0 && !failed) {
        failed = -1;
        cause = errno;
    }
    *fd = -1;
    errno = cause;
    return failed;
}

/* A device or a pipe in the place of a file could keep us forever. */
static int open_regular(const char *path, struct stat *ret_stat, struct err *err)
{
    AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set_code(err, ERR_MISSING, errno, "%s: %s", path, strerror(errno));
    if (fd < 0 || fstat(fd, ret_stat) < 0)
        return err_errno(err, "%s", path);
    if (!S_ISREG(ret_stat->st_mode))
        return err_set(err, ERR_IO, "%s: not a regular file", path);
    int kept = fd;
    fd = -1;
    return kept;
}

int fs_read(const char *path, size_t max, struct buf *out, struct err *err)
{
    struct stat st;
    AUTO(closep) int fd = open_regular(path, &st, err);
    if (fd < 0)
        return -1;
    AUTO(freep) char *chunk = malloc(READ_CHUNK);
    if (!chunk)
        abort();
    for (size_t total = 0;;) {
        ssize_t got = fs_read_some(fd, chunk, READ_CHUNK);
        if (got < 0)
            return err_errno(err, "%s", path);
        if (got == 0)
            return 0;
        total += (size_t)got;
        if (total > max)
            return err_set(err, ERR_BAD, "%s: larger than %zu bytes", path, max);
        buf_bytes(out, chunk, (size_t)got);
        if (buf_overflowed(out))
            return err_set(err, ERR_BAD, "%s: larger than %zu bytes", path, out->max);
    }
}

int fs_sync_parent(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash && slash > path ? (size_t)(slash - path) : 1;
    AUTO(freep) char *folder = strndup(slash ? path : ".", n);
    if (!folder)
        abort();
    AUTO(closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return err_errno(err, "sync %s", folder);
    return 0;
}

static int fill_temporary(const char *temporary, int *fd, mode_t mode, struct str content,
                          struct err *err)
{
    if (fchmod(*fd, mode) < 0 || fs_write(*fd, content) < 0 || sync_and_close(fd) < 0)
        return err_errno(err, "%s", temporary);
    return 0;
}

int fs_replace(const char *path, mode_t mode, struct str content, struct err *err)
{
    AUTO(freep) char *temporary = NULL;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        abort();
    AUTO(closep) int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s", path);
    int failed = fill_temporary(temporary, &fd, mode, content, err);
    if (!failed && rename(temporary, path) < 0)
        failed = err_errno(err, "%s", path);
    if (failed) {
        unlink(temporary);
        return -1;
    }
    return fs_sync_parent(path, err);
}

int fs_make_folders(const char *path, mode_t mode, struct err *err)
{
    AUTO(freep) char *partial = strdup(path);
    if (!partial)
        abort();
    for (char *slash = partial; slash;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(partial, mode) < 0 && errno != EEXIST)
            return err_errno(err, "make folder %s", partial);
        if (slash)
            *slash = '/';
    }
    struct stat st;
    if (stat(path, &st) < 0)
        return err_errno(err, "make folder %s", path);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_IO, "make folder %s: something else is there", path);
    return 0;
}

void fs_walk_init(struct fs_walk *w, int root)
{
    w->root = root;
    w->depth = 0;
    w->blocked = 0;
    w->path[0] = '\0';
}

static void ascend_to(struct fs_walk *w, size_t depth)
{
    while (w->depth > depth)
        closep(&w->folders[--w->depth]);
    w->path[depth ? w->ends[depth - 1] : 0] = '\0';
}

void fs_walk_release(struct fs_walk *w)
{
    ascend_to(w, 0);
}

/* How many of the folders that are open lie on the way to path. */
static size_t shared_depth(const struct fs_walk *w, const char *path)
{
    size_t shared = 0;
    for (size_t at = 0; shared < w->depth; shared++) {
        size_t end = w->ends[shared];
        if (strncmp(w->path + at, path + at, end - at) != 0 || path[end] != '/')
            break;
        at = end;
    }
    return shared;
}

static int folder_at(const struct fs_walk *w, size_t depth)
{
    return depth ? w->folders[depth - 1] : w->root;
}

/* Enters the component at path[from..end). */
static int descend(struct fs_walk *w, const char *path, size_t from, size_t end, bool make)
{
    size_t n = end - from;
    bool is_dots = (n == 1 && path[from] == '.') || (n == 2 && !strncmp(path + from, "..", 2));
    if (n == 0 || is_dots)
        return errno = EINVAL, -1;
    if (w->depth == FS_DEPTH_MAX || end >= sizeof w->path || n > NAME_MAX)
        return errno = ENAMETOOLONG, -1;
    char name[NAME_MAX + 1];
    memcpy(name, path + from, n);
    name[n] = '\0';
    int above = folder_at(w, w->depth);
    if (make && mkdirat(above, name, 0777) < 0 && errno != EEXIST)
        return -1;
    int fd = openat(above, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        w->blocked = end;
        return -1;
    }
    memcpy(w->path, path, end);
    w->path[end] = '\0';
    w->ends[w->depth] = end;
    w->folders[w->depth++] = fd;
    return 0;
}

int fs_walk_to(struct fs_walk *w, const char *path, bool make, int *ret_folder,
               const char **ret_name)
{
    w->blocked = 0;
    ascend_to(w, shared_depth(w, path));
    size_t from = w->depth ? w->ends[w->depth - 1] + 1 : 0;
    for (const char *slash; (slash = strchr(path + from, '/')); from = w->ends[w->depth - 1] + 1)
        if (descend(w, path, from, (size_t)(slash - path), make) < 0)
            return -1;
    const char *name = path + from;
    if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
        return errno = EINVAL, -1;
    *ret_folder = folder_at(w, w->depth);
    *ret_name = name;
    return 0;
}

void fs_walk_prune(struct fs_walk *w)
{
    while (w->depth > 0) {
        size_t from = w->depth > 1 ? w->ends[w->depth - 2] + 1 : 0;
        if (unlinkat(folder_at(w, w->depth - 1), w->path + from, AT_REMOVEDIR) < 0)
            return;
        ascend_to(w, w->depth - 1);
    }
}
