#include "port/presence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/fs.h"
#include "format/json.h"

enum { STATE_MAX = 64 << 10, PID_MAX = 32 };

struct presence {
    int lock_fd;
    char *state_path;
};

/* Opens a file of the folder's; the caller closes it. */
static int open_lock(const char *folder, int flags, struct err *err)
{
    AUTO(freep) char *path = NULL;
    if (asprintf(&path, "%s/daemon.lock", folder) < 0)
        abort();
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0644);
    return fd < 0 ? err_errno(err, "%s", path) : fd;
}

static int is_taken(int fd, struct err *err)
{
    char pid[PID_MAX] = "";
    ssize_t n = fs_read_at(fd, pid, sizeof pid - 1, 0);
    pid[n > 0 ? n : 0] = '\0';
    return err_set(err, ERR_LOCKED, "another daemon keeps this mirror (pid %ld)",
                   strtol(pid, NULL, 10));
}

/* Notes who holds the lock, for whoever is refused. */
static int sign(int fd, struct err *err)
{
    char pid[PID_MAX];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || fs_write(fd, (struct str){pid, (size_t)n}) < 0)
        return err_errno(err, "daemon.lock");
    return 0;
}

int presence_take(struct presence **ret_presence, const char *folder, struct err *err)
{
    AUTO(closep) int fd = open_lock(folder, O_RDWR | O_CREAT, err);
    if (fd < 0)
        return -1;
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &whole) < 0)
        return errno == EAGAIN ? is_taken(fd, err) : err_errno(err, "daemon.lock");
    if (sign(fd, err) < 0)
        return -1;
    struct presence *presence = calloc(1, sizeof *presence);
    if (!presence || asprintf(&presence->state_path, "%s/daemon.json", folder) < 0)
        abort();
    presence->lock_fd = fd;
    fd = -1;
    *ret_presence = presence;
    return 0;
}

int presence_tell(struct presence *presence, const struct node *state, struct err *err)
{
    AUTO(buf_release) struct buf text = BUF_MAX(STATE_MAX);
    json_write(&text, state);
    buf_char(&text, '\n');
    return fs_replace(presence->state_path, 0644, buf_view(&text), err);
}

void presence_forget(struct presence *presence)
{
    close(presence->lock_fd);
    presence->lock_fd = -1;
}

void presence_leave(struct presence *presence)
{
    if (!presence)
        return;
    unlink(presence->state_path);
    close(presence->lock_fd);
    free(presence->state_path);
    free(presence);
}

/* Asks without taking it, so that a daemon that starts meanwhile is not refused. */
static bool is_held(const char *folder)
{
    struct err ignored;
    AUTO(closep) int fd = open_lock(folder, O_RDONLY, &ignored);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fd >= 0 && fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

int presence_read(const char *folder, struct arena *a, struct node *ret, struct err *err)
{
    *ret = node_null();
    if (!is_held(folder))
        return 0;
    AUTO(freep) char *path = NULL;
    AUTO(buf_release) struct buf text = BUF_MAX(STATE_MAX);
    if (asprintf(&path, "%s/daemon.json", folder) < 0)
        abort();
    int result = fs_read(path, STATE_MAX, &text, err);
    if (result == 0)
        result = json_parse(a, buf_view(&text), ret, err);
    if (result == 0 || err->cls == ERR_IO)
        return result;
    err_clear(err); /* it has just come, or goes */
    *ret = node_null();
    return 0;
}
