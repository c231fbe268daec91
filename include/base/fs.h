/*
 * fs: files that are whole or not there, and paths that cannot lead astray.
 *
 * What replaces a file goes through a temporary one beside it, is synced and renamed, and the
 * folder is synced too: after a crash a reader finds the old content or the new, never a part.
 *
 * fs_walk goes down from a folder that is held open, one component at a time and never through a
 * symbolic link, so that nobody who can write there can lead us out. It keeps the way to the last
 * folder open: visiting paths in sorted order costs one open a folder.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Appends the content of a regular file (symbolic links are followed) to out. ERR_MISSING where
 * there is none, ERR_BAD where it has more than max bytes or does not fit into out, else ERR_IO. */
int fs_read(const char *path, size_t max, struct buf *out, struct err *err);

/* Makes content the whole of the file at path, as told above; mode is not subject to the umask. A
 * symbolic link at path is replaced, not followed. ERR_IO; what was there is then unchanged. */
int fs_replace(const char *path, mode_t mode, struct str content, struct err *err);

/* Makes the folder and those above it where they are missing; mode is subject to the umask. */
int fs_make_folders(const char *path, mode_t mode, struct err *err);

/* Syncs the folder that holds path, so that a name made or renamed there survives a crash. */
int fs_sync_parent(const char *path, struct err *err);

/* Writes all of bytes, through interruptions and short writes: 0, or -1 with errno. */
int fs_write(int fd, struct str bytes);

/* Reads n bytes, fewer only at the end of the file: how many, or -1 with errno. */
ssize_t fs_read_some(int fd, void *ret_bytes, size_t n);

/* Likewise, at an offset, leaving the file's position alone. */
ssize_t fs_read_at(int fd, void *ret_bytes, size_t n, off_t offset);

/* Most folders on a way down. */
enum { FS_DEPTH_MAX = 128 };

/* A way down. Initialise with fs_walk_init, give back with fs_walk_release (usable with AUTO). */
struct fs_walk {
    int root;     /* borrowed */
    size_t depth; /* folders entered below root */
    int folders[FS_DEPTH_MAX];
    size_t ends[FS_DEPTH_MAX]; /* where each one's path ends in path */
    char path[PATH_MAX];       /* of the folder last entered, without a '/' at its end */
    size_t blocked; /* after ENOENT or ENOTDIR: so many bytes of the path asked for lead to
                       what is not there, no folder, or a symbolic link; else 0 */
};

/* Begins at a folder that is open; closes what was opened on the way, which is not the root. */
void fs_walk_init(struct fs_walk *w, int root);
void fs_walk_release(struct fs_walk *w);

/* Enters the folder that holds `path` (relative, '/'-separated, without empty, "." and ".."
 * components), making folders on the way where `make` is set. *ret_folder, valid until the next
 * call, and *ret_name, the last component within path, are what the *at() calls want. 0, or -1 with
 * errno: ENOENT, ENOTDIR (see blocked), ENAMETOOLONG, EINVAL, or what the system says. */
int fs_walk_to(struct fs_walk *w, const char *path, bool make, int *ret_folder,
               const char **ret_name);

/* Removes the folder last entered while it is empty, then the one above it, and so on; never the
 * root. */
void fs_walk_prune(struct fs_walk *w);

#endif
