/*
 * What the files of port/store share, and libgit2's types among them. store_create.c makes a
 * repository; store.c opens, locks and moves refs; store_batch.c writes objects; store_tree.c lists
 * and builds trees; store_scan.c finds out how the working tree differs; store_rescue.c saves what
 * a person wrote; store_checkout.c brings tree and index to a commit; store_guard.c keeps damaged
 * objects from libgit2, store_fsck.c finds them; store_log.c walks back, store_compare.c compares
 * commits, and store_timeline.c saves both the trees (store_timeline_keep.c brings it up to date);
 * store_pack.c keeps the repository small; store_push.c brings commits to a remote, and
 * store_remote.c knows how to get there.
 */
#ifndef PORT_STORE_INTERNAL_H
#define PORT_STORE_INTERNAL_H

#include <git2.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/str.h"
#include "format/gitobj.h"
#include "format/timeline.h"
#include "port/store.h"

enum {
    MODE_FILE = 0100644,
    MODE_EXECUTABLE = 0100755,
    MODE_LINK = 0120000,
    MODE_FOLDER = 040000,
    MODE_SUBMODULE = 0160000,
};

/* The commit that was checked out last. Of this working tree alone: no other clone or worktree
 * shares or pushes it. */
#define STORE_BASE_REF "refs/worktree/iokeeper"

struct store {
    git_repository *repo;
    git_odb *odb;
    struct arena texts;     /* of the paths and names below, and of store_private_path */
    const char *path;       /* of the working tree, absolute, without a '/' at its end */
    const char *git_path;   /* of the git directory, likewise */
    const char *branch;     /* "main" */
    const char *branch_ref; /* "refs/heads/main" */
    int root_fd;            /* the working tree */
    int private_fd;         /* of store_private_folder, or -1 */
    int lock_fd;            /* holds the flock, or -1 */
    bool trust_modes;       /* core.fileMode: the disk tells which files are executable */
    struct timeline timeline;
    const char *timeline_path;   /* of its file, once it was asked for */
    bool uses_timeline;          /* it may be asked */
    struct extension *extension; /* what is being added to it, or NULL */
};

/* What store_create sets up: settings, and attributes. */
enum { STORE_SETTINGS_N = 8 };
extern const char *const store_settings[STORE_SETTINGS_N][2];
extern const char store_attributes[];

/* Bytes of a line of ours in a ref's log: "iokeeper: " and a commit's subject, cut. */
enum { STORE_LOG_MAX = 255 };

/* Begins libgit2, once for the process. */
int store_begin(struct err *err);

/* Fills err with the formatted text and libgit2's reason; a full disk stays recognisable in it. */
int store_fail(struct err *err, enum err_class cls, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Between our ids and libgit2's. */
git_oid store_to_git(const struct oid *oid);
struct oid store_from_git(const git_oid *oid);

/* Keeps loose objects that are damaged from libgit2, whichever of its calls asks for one: 1.5 can
 * go round in such a file for ever, or write behind the memory that it has for it. -1 with
 * libgit2's error. */
int store_guard(struct store *store);

/* What a long way back wants of libgit2 while it lasts: thousands of trees are read that differ in
 * a line, so what they are deltas of is kept at hand, and each is not hashed again, as git does not
 * either: zlib's own sum shows an accident, and `check` proves every byte. */
void store_look_back(bool on);

/* A commit on the way back: all that is needed to pass it by. */
struct step {
    struct oid id, parent; /* parent: the first; zero: there is none */
    struct oid tree;       /* zero where the timeline has the commit */
    uint32_t place;        /* store_timeline_place */
};

/* Reads a commit no further than its parents; a zero id is a step to nowhere. */
int store_read_step(struct store *store, const struct oid *id, struct step *ret, struct err *err);

/* As store_list, by the trees, or by the timeline of the commit at a place there. */
int store_list_in_trees(struct store *store, const struct oid *commit, struct arena *a,
                        struct store_file **ret_files, size_t *ret_n, struct err *err);
void store_list_in_timeline(struct store *store, uint32_t place, struct arena *a,
                            struct store_file **ret_files, size_t *ret_n);

/* As store_compare, by the trees, and of submodules and modes, too. */
int store_compare_trees(struct store *store, const struct oid *before, const struct oid *after,
                        struct arena *a, struct store_delta **ret_deltas, size_t *ret_n,
                        struct err *err);

/* Sorts by path. */
void store_sort_deltas(struct store_delta *deltas, size_t n);

/* Where a commit stands in the timeline, from 1; 0 where it does not, or the store does not use
 * one. */
uint32_t store_timeline_place(struct store *store, const struct oid *commit);

/* As store_compare_trees, of the commits at two places, from <= to; 0 is an empty one. A file that
 * became again what it was is among them. */
void store_timeline_compare(struct store *store, uint32_t from, uint32_t to,
                            const struct store_parts *parts, struct arena *a,
                            struct store_delta **ret_deltas, size_t *ret_n);

/* Whether one of the parts stands in a path; parts NULL: any path. */
bool store_holds_part(struct str path, const struct store_parts *parts);

/* How files of timelines begin, and most bytes of one. */
#define STORE_TIMELINE "timeline-"
enum { STORE_TIMELINE_MAX = 1 << 30 };

/* Where the branch's is; the text is the store's. */
const char *store_timeline_path(struct store *store);

/* Opens one that is a file, neither link nor pipe; -1. */
int store_timeline_open(const char *path, int flags);

/* Reads all of it; -1 where it is longer than one may be, or cannot be read. */
int store_timeline_read(int fd, struct buf *out);

/* Reads the store's anew, as far as it counts; -1 likewise, and it is empty. */
int store_timeline_load(struct store *store, int fd);

/* A timeline beside what the trees say. NULL where there is none, or another process is writing it.
 */
struct proof;
struct proof *store_proof_begin(const char *path);

/* Compares some commits more: STORE_MORE where there are others, STORE_SOUND at the end, or
 * STORE_FAULT and why. */
int store_proof_next(struct proof *proof, struct store *store, const char **ret_why);

/* Takes NULL. */
void store_proof_free(struct proof *proof);

/* As store_head, for any ref. */
int store_ref(struct store *store, const char *name, struct oid *ret_oid, bool *ret_exists,
              struct err *err);

/* A commit object on no branch yet. */
int store_make_commit(struct store *store, const struct oid *tree, const struct oid *parent,
                      const struct store_person *author, const struct store_person *committer,
                      const char *message, struct oid *ret_commit, struct err *err);

/* Makes a ref that must not exist: 0, 1 where it does, -1. */
int store_new_ref(struct store *store, const char *name, const struct oid *commit, const char *log,
                  struct err *err);

/* Whether the batch or the repository holds an object. */
bool batch_has(const struct store_batch *batch, const struct oid *oid);

/* Moves a pack of this name from iokeeper/tmp to the others. It counts from the moment its index is
 * there: that one comes last. */
int store_move_pack(struct store *store, const char *name, struct err *err);

/* Adds an object made here; tells its id. The store that a batch belongs to. */
int batch_add_content(struct store_batch *batch, enum obj_type type, struct str content,
                      struct oid *ret_oid, struct err *err);
struct store *batch_store(const struct store_batch *batch);

/* Whether a path may stand in a tree of ours and be written below the working tree: relative, no
 * empty, ".", ".." or ".git" component; control bytes only where `odd` names are put up with. */
bool store_path_is_safe(struct str path, bool odd);

/* As store_write_trees, where names that a person chose may be odd. */
int store_build_trees(struct store_batch *batch, const struct store_file *files, size_t n,
                      const struct oid *keep, const char *const *ours, bool odd,
                      struct oid *ret_root, struct err *err);

/* The folder "iokeeper" in the git directory, made on first use; the store's to close. Or -1. */
int store_private_folder(struct store *store, struct err *err);

/* The folder "tmp" in it for half-written files, emptied by whoever takes the lock; the caller's to
 * close. Or -1. */
int store_temporary_folder(struct store *store, struct err *err);

/* ---- a remote, store_remote.c ---- */

enum { HOST_KEY_TEXT = sizeof "SHA256:" + 43 };

/* What is said on both sides. Zero-initialise, with remote. */
struct remote_talk {
    const struct store_remote *remote;
    char *home; /* of the user */
    int credentials_tried;
    bool is_unknown_there;  /* no credentials are left to offer */
    bool is_stranger;       /* its host key is not the one it should be */
    bool is_no_certificate; /* likewise, of https */
    bool is_rejected;
    bool is_behind;               /* the remote has what we do not have */
    char host_key[HOST_KEY_TEXT]; /* the fingerprint it showed */
    char host[256];
    char rejection[512];
    char said[512]; /* of its own accord */
};

/* Begins a talk: makes the settings that libgit2 has for the whole process. remote_end ends it in
 * any case. */
int remote_begin(struct remote_talk *talk, struct store *store, struct err *err);
void remote_end(struct remote_talk *talk);

/* Fills the callbacks for a talk. */
void remote_listen(struct remote_talk *talk, git_remote_callbacks *callbacks);

/* Fills err with why a talk failed, for a person, from libgit2's last error and what was seen. */
int remote_explain(const struct remote_talk *talk, struct err *err);

/* Takes the remote's secrets out of an error, whoever put them there; returns -1. */
int remote_mask(const struct store_remote *remote, struct err *err);

/* ---- the working tree compared with what it should be ---- */

enum disk_kind { DISK_ABSENT, DISK_FILE, DISK_LINK, DISK_FOLDER, DISK_OTHER, DISK_BLOCKED };

/* What stood at a path when it was looked at. */
struct seen {
    enum disk_kind kind;
    struct stat st; /* unless ABSENT or BLOCKED */
    struct oid oid; /* of a FILE or LINK, once it was asked for */
    unsigned mode;  /* git's, likewise */
};

/* One path to be given its target's content (target >= 0, its place in the list) or taken away. */
struct change {
    const char *path;
    long target;
    struct seen seen;
};

/* A file of a person's, to be kept on a rescue branch. */
struct rescue {
    const char *path;
    struct oid oid;
    unsigned mode;
    bool staged;      /* its content is a blob already, from `git add` */
    struct stat seen; /* unless staged */
};

struct file_list {
    struct store_file *p;
    size_t n;
};

/* The stat of the index file: which one it was, and how fresh. */
struct index_stamp {
    bool exists;
    struct stat st;
};

struct scan {
    struct store *store;
    struct arena arena;
    struct fs_walk walk;
    struct oid commit;      /* where to */
    struct oid base_commit; /* checked out last, or zero */
    struct file_list target;
    struct file_list base;
    git_index *index;
    struct index_stamp stamp;
    git_index_entry *stats; /* one a target: id and mode once its stat is known, without path */
    struct change *changes;
    size_t n_changes;
    struct rescue *rescues;
    size_t n_rescues;
    const char **folders; /* in a file's way, deepest first: to be removed once emptied */
    size_t n_folders;
    struct str missing;      /* a folder that is not there: nor is what it would hold */
    const char *obstruction; /* the last one dealt with */
    size_t obstruction_n;
    size_t saved_files; /* untracked ones found in the way, against their bound */
    uint64_t saved_bytes;
    bool index_stale; /* the index does not say what the disk will hold */
};

/* Looks at everything, changes nothing. Release in any case. */
int scan_run(struct scan *scan, struct store *store, const struct oid *commit, struct err *err);
void scan_release(struct scan *scan);

/* The blob id of a file, or of a symbolic link's text; -1 with errno. */
int store_hash_file(int folder, const char *name, const struct stat *st, struct oid *ret_oid);
int store_hash_link(int folder, const char *name, struct oid *ret_oid);

/* What stands at path now, without its id; err names the path. */
int scan_look(struct scan *scan, const char *path, struct seen *ret_seen, struct err *err);

/* Whether two looks saw the same, untouched file. */
bool scan_same(const struct seen *a, const struct seen *b);

/* The index file's stamp now, and whether two are of the same one. */
int scan_index_stamp(struct store *store, struct index_stamp *ret_stamp, struct err *err);
bool scan_index_same(const struct index_stamp *a, const struct index_stamp *b);

/* Fills an index entry's stat as git does. */
void scan_fill_stat(git_index_entry *entry, const struct stat *st);

/* Commits the scan's rescues to a new branch rescued/TIME. */
int rescue_commit(struct scan *scan, int64_t when, struct store_checkout *done, struct err *err);

#endif
