/*
 * store: the mirror's git repository. The one door to libgit2.
 *
 * What it promises:
 *   - objects, then the branch, then the working tree, then the index: whenever the program dies,
 *     the branch points at a whole commit, the old one or the new one (objects and refs are synced
 *     to disk in that order), and store_checkout repairs what is derived;
 *   - nothing a person wrote in the working tree is lost: a file that is neither what we wrote last
 *     nor what HEAD holds goes to a branch rescued/TIME before it is replaced;
 *   - nothing is ever written outside of the working tree: paths are walked without following
 *     symbolic links;
 *   - many new objects become one pack, few become loose objects, as `git fetch` does it;
 *   - no configuration but the repository's own is read, and no filter, hook or line-ending rule
 *     ever touches content; store_create sets the repository up so that git's command line agrees.
 *
 * A cycle:
 *     store_open → store_lock → store_checkout(HEAD) → store_list(HEAD)
 *     batch: store_batch_open → store_batch_add... → store_write_trees → store_batch_finish
 *     store_commit → store_checkout(new) → store_set_ref → store_close
 *
 * Not for threads: one thread at a time uses a store and what it opened.
 */
#ifndef PORT_STORE_H
#define PORT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/pace.h"
#include "format/gitobj.h"

struct store;

/* A file of a commit's tree. path is relative, '/'-separated, NUL-terminated behind its bytes. */
struct store_file {
    struct str path;
    struct oid oid;
    unsigned mode; /* git's */
};

/* Whether path is free for a new mirror: it does not exist or is an empty folder. Anything else,
 * a repository too, is not. */
bool store_path_is_free(const char *path);

/* Makes a repository at path (parents too, mode 0750) whose unborn HEAD is branch. The path must be
 * free (store_path_is_free), or be a repository already, which is left as it is. */
int store_create(const char *path, const char *branch, struct err *err);

/* Opens the repository whose working tree is exactly path (no search in parent folders).
 * ERR_NO_MIRROR where there is none; ERR_USAGE where it is bare, or another user's: what one of
 * them (root above all) wrote, the other could not write again. */
int store_open(struct store **ret_store, const char *path, const char *branch, struct err *err);

/* Gives all back, the lock too. Takes NULL. */
void store_close(struct store *store);

/* Holds the mirror for this process until store_close or death: flock on .git/iokeeper.lock, which
 * is left in place and holds the owner's pid as text. ERR_LOCKED, with that pid, where another
 * process has it. */
int store_lock(struct store *store, struct err *err);

/* Absolute path of a file of ours inside the git directory ("iokeeper/NAME", folder made; "." is
 * the folder itself); the text lives as long as the store. For caches only. */
const char *store_private_path(struct store *store, const char *name);

/* The commit the branch points at; *ret_exists false and *ret_oid zero where it is unborn. */
int store_head(struct store *store, struct oid *ret_oid, bool *ret_exists, struct err *err);

/* The commit that a person names: what git takes for a revision of one ("HEAD~3", a branch, a tag,
 * the beginning of an id), else a date (clock_parse_date, counted from `now`): the newest commit of
 * the branch that was made no later. ERR_USAGE, saying why, where there is none. */
int store_find_commit(struct store *store, const char *when, int64_t now, struct oid *ret_commit,
                      struct err *err);

/* Whether a mode is that of a file: neither link nor submodule. */
bool store_is_regular(unsigned mode);

/* The names of branches and tags, as people give them, sorted; made in `a`. */
int store_names(struct store *store, struct arena *a, const char ***ret_names, size_t *ret_n,
                struct err *err);

/* All files of a commit, sorted by path in byte order; made in `a`. Submodules and symbolic links
 * are listed with their modes. */
int store_list(struct store *store, const struct oid *commit, struct arena *a,
               struct store_file **ret_files, size_t *ret_n, struct err *err);

/* Appends a blob's content to out. ERR_MISSING where there is none, ERR_BAD where it exceeds out.
 */
int store_read(struct store *store, const struct oid *blob, struct buf *out, struct err *err);

/* The new objects of a cycle, collected in an unnamed file (O_TMPFILE in the git directory, or an
 * unlinked one) so that memory does not grow with them. */
struct store_batch;

/* Begins one; store_batch_free ends it in any case. */
int store_batch_open(struct store *store, struct store_batch **ret_batch, struct err *err);

/* Adds an object by its id and pack entry (format/gitobj.h). One already added, or already in the
 * repository, is skipped. */
int store_batch_add(struct store_batch *batch, const struct oid *oid, struct str entry,
                    struct err *err);

/* Builds the trees of `files` (sorted by path, files only) and adds those that are new. ERR_BAD for
 * a path that is absolute, has an empty, ".", ".." or ".git" component or control bytes, stands
 * twice, or is both file and folder; ERR_IO where a file's blob is not there. `keep`, a
 * commit or zero: its root entries whose names are not in the NULL-ended `ours` (such as
 * "integrations") are taken over as they are, so that what people commit beside the mirror stays.
 */
int store_write_trees(struct store_batch *batch, const struct store_file *files, size_t n,
                      const struct oid *keep, const char *const *ours, struct oid *ret_root,
                      struct err *err);

/* Makes the batch's objects durable and readable: loose where there are fewer than 100, else one
 * pack. After an error the repository holds at most unreachable objects. */
int store_batch_finish(struct store_batch *batch, struct err *err);

/* Makes one pack of loose objects where there are more than the repository's gc.auto says (git's
 * default: 6700; 0: neither is done), some 20,000 a time, and of packs of fewer than 20,000 objects
 * where there are more packs than gc.autoPackLimit (50); then takes away what the pack has. At a
 * pace; ERR_STOP. A damaged object ends it with nothing changed. Hold the lock. */
int store_pack(struct store *store, struct pace *pace, struct err *err);

/* Throws away what was not finished. Takes NULL. */
void store_batch_free(struct store_batch *batch);

/* Author or committer. */
struct store_person {
    const char *name;  /* without '<', '>' and line breaks; they are taken out */
    const char *email; /* likewise */
    int64_t when;      /* seconds since the epoch, UTC */
};

/* Commits tree on the branch, whose tip must still be `parent` (zero: unborn), else ERR_CONFLICT.
 * The message is UTF-8, ended by a newline. */
int store_commit(struct store *store, const struct oid *tree, const struct oid *parent,
                 const struct store_person *author, const struct store_person *committer,
                 const char *message, struct oid *ret_commit, struct err *err);

/* The root tree of a commit. */
int store_tree_of(struct store *store, const struct oid *commit, struct oid *ret_tree,
                  struct err *err);

/* Points a ref such as refs/iokeeper/complete at a commit, from wherever it was. */
int store_set_ref(struct store *store, const char *name, const struct oid *commit, struct err *err);

/* What store_checkout did. */
struct store_checkout {
    size_t written;    /* files made or replaced */
    size_t removed;    /* files taken away */
    size_t rescued;    /* files of a person's that went to a branch */
    char branch[64];   /* that branch, "rescued/2026-11-23T22-41-07Z"; "" where there is none */
    bool other_branch; /* HEAD is not on our branch: working tree and index were left alone */
};

/*
 * Brings working tree and index to `commit`. Compares each file of the commit, of the commit
 * checked out last (refs/worktree/iokeeper) and of the index with the disk, reading only files
 * whose stat differs from the index's. What is neither the content last checked out nor the
 * target's is a person's: it is committed (parent: the commit checked out last) to a branch
 * rescued/TIME first, then replaced; a file a person deleted is made again. Untracked files that
 * are in nobody's way stay. What is staged and nowhere else is a person's too, and so is what
 * stands where a folder or file must be, folders of up to 10,000 files or 256 MB included. `when`
 * names the branch, in seconds since the epoch; an existing name gets -2, -3, ...; what a rescue
 * branch holds already is not committed again.
 *
 * ERR_RETRY where a file is changed once more while we look, or a git command holds the index for
 * more than 5 s; ERR_CONFLICT, with nothing touched, where something cannot be saved (a bigger
 * folder, a repository in it, a pipe). A tree that is as it should be costs a stat a file and no
 * more. Hold the lock.
 */
int store_checkout(struct store *store, const struct oid *commit, int64_t when,
                   struct store_checkout *ret_done, struct err *err);

/* Commits of the branch that the remote-tracking record of `url` does not have; -1 where it was
 * never pushed. */
int store_unpushed(struct store *store, const char *url, long *ret_n, struct err *err);

/* A remote, and what it takes to get there. All text is borrowed; NULL or "" stands for none. */
struct store_remote {
    const char *url;         /* any that git has: a path, file, https, http to this machine, ssh */
    const char *token;       /* password of https, for the user of the URL, else "git" */
    const char *key;         /* private key of ssh, its text; none: the agent's, and ~/.ssh */
    const char *known_hosts; /* file of host keys; none: ~/.ssh/known_hosts */
    const char *host_key;    /* "SHA256:...": the only host key there may be */
    unsigned timeout_ms;     /* how long it may stay silent; route/remote.h sees to it */
};

/*
 * Pushes the branch and refs/iokeeper/, never by force. A remote that was given all of it within
 * the last day is not asked. Redirects to other hosts are not followed, a host whose key or
 * certificate is not known is not spoken to. ERR_CONFLICT where the remote has diverged, ERR_USAGE
 * where a person must act, ERR_RETRY otherwise; the text has what the remote says, and no secret.
 * It may hang, and sets what libgit2 has for the whole process: call it in a child
 * (route/remote.h). pulse() tells that it moves.
 */
int store_push(struct store *store, const struct store_remote *remote, struct err *err);

/* Connects as store_push would, and leaves; the same errors, and the same caution. */
int store_try_remote(struct store *store, const struct store_remote *remote, struct err *err);

/* A commit, as those are told of it who did not make it. */
struct store_commit_row {
    struct oid id;
    struct str author, email, subject, body; /* of the message, without the subject */
    int64_t when;                            /* it was committed, seconds since the epoch */
};

struct store_commits {
    struct store_commit_row *rows; /* newest first */
    size_t n, total;               /* rows there, and commits that there are */
};

/* The commits that lead from `from` to `to`, the newest `max` of them with their texts, made in
 * `a`. ERR_MISSING where `from` is not in the history of `to`. */
int store_commits_since(struct store *store, const struct oid *from, const struct oid *to,
                        struct arena *a, size_t max, struct store_commits *ret, struct err *err);

/* The blob at a path of a commit; *ret_exists false where there is none. */
int store_find_blob(struct store *store, const struct oid *commit, const char *path,
                    struct oid *ret_blob, bool *ret_exists, struct err *err);

/* A file that differs between two commits; a zero id and mode on the side where it is not. */
struct store_delta {
    struct str path; /* NUL-terminated */
    struct oid before, after;
    unsigned mode_before, mode_after; /* git's */
};

/* Texts of which one stands in each path that counts. */
struct store_parts {
    const char *const *texts;
    size_t n;
};

/* The files whose content differs, sorted by path, made in `a`; either commit may be zero, an empty
 * one; only those whose paths hold one of the parts (NULL: all). Folders that are the same are not
 * entered. Submodules are passed over. */
int store_compare(struct store *store, const struct oid *before, const struct oid *after,
                  const struct store_parts *parts, struct arena *a, struct store_delta **ret_deltas,
                  size_t *ret_n, struct err *err);

/* Appends what `git diff` prints of two commits (either may be zero), of the files at `paths` or
 * all where n is 0. */
int store_patch(struct store *store, const struct oid *before, const struct oid *after,
                const char *const *paths, size_t n, struct buf *out, struct err *err);

/* Appends the lines in which two texts differ, as `git diff` shows them, without a file's header.
 */
int store_patch_text(struct str before, struct str after, struct buf *out, struct err *err);

/*
 * The timeline of the branch (format/timeline.h): which files each commit changed, in
 * .git/iokeeper/timeline-BRANCH. A cache that is added to, begun anew where it is lost, and cut
 * back where the branch was set back; a damaged end does not count. The way is along first parents.
 */

/* Adds what the branch has more, a piece a call: 1 where there is more to come, 0 where it is done,
 * -1. Where another process is at it, or may not write there, nothing is done. Tells how many
 * commits were added since the first call, of how many; total 0: not known yet. */
int store_timeline_extend(struct store *store, size_t *ret_done, size_t *ret_total,
                          struct err *err);

/* Leaves off; what was added counts. */
void store_timeline_leave(struct store *store);

/* From now on store_list, store_compare, store_find_blob and store_log ask it, as it is on disk,
 * before they read trees. For those who look: who writes trusts trees alone. Neither this nor
 * store_timeline_extend is for when a store_log is open. */
void store_timeline_use(struct store *store);

/* A commit on the way back from another, with the one before it. */
struct store_log_row {
    struct oid id, parent; /* parent: the first; zero: there is none */
    struct str author, email, subject;
    int64_t authored, committed; /* seconds since the epoch */
};

/*
 * The way back from a commit along first parents, newest first. After store_log_follow only commits
 * are told in which one of these paths differs from the commit before; what git calls a merge
 * counts as the change that it makes to its first parent.
 */
struct store_log;

/* Begins; store_log_free ends it in any case. */
int store_log_open(struct store *store, const struct oid *tip, struct store_log **ret_log,
                   struct err *err);

/* How many paths can be followed at once. */
enum { STORE_FOLLOWED_MAX = 8 };

/* Which paths count from the next call on, up to STORE_FOLLOWED_MAX; copied. n 0: all commits. */
void store_log_follow(struct store_log *log, const char *const *paths, size_t n);

/* For who does not know the path yet: from the next call on commits count that change a file whose
 * path has one of these parts; NULL: in which a file went away. */
void store_log_seek(struct store_log *log, const struct store_parts *parts);

/* 1 with *ret, its texts made in `a`; 0 at the end; -1. */
int store_log_next(struct store_log *log, struct arena *a, struct store_log_row *ret,
                   struct err *err);

/* How many commits it has passed, and how many there are in all: 0 where the timeline does not know
 * yet. */
size_t store_log_passed(const struct store_log *log);
size_t store_log_total(const struct store_log *log);

/* Takes NULL. */
void store_log_free(struct store_log *log);

/* Something of the repository's own files, or of the working tree, that is not as it must be. */
struct store_fault {
    const char *path; /* from the working tree's root */
    char text[512];
    bool edited;        /* a file of the working tree that a person may have changed */
    const char *remedy; /* static text; NULL: what is lost must come from elsewhere */
    bool unreadable;    /* an object: libgit2 must not walk into it (it can hang) */
};

/*
 * The repository and its working tree, byte for byte, as `git fsck` looks and beyond: each loose
 * object against its name, each pack, its companions and git's index against the sums at their
 * ends, packs and their indexes in pairs, each ref to an object that is there, HEAD, the logs of
 * refs, the settings that store_create makes, the timeline,
 * and each file of a commit against the disk, whatever its times say. A branch or a light tag that
 * has got another name is the one thing that cannot be seen. That history holds together is for
 * store_history to tell.
 *
 *     store_fsck_open(&fsck, store, &head);
 *     while ((found = store_fsck_next(fsck, &fault)) > 0)
 *         if (found == STORE_FAULT) ...
 *     store_fsck_free(fsck);
 */
struct store_fsck;

/* Lists what there is to be looked at. `head`: the commit whose files are looked for on disk; zero:
 * none. */
int store_fsck_open(struct store_fsck **ret_fsck, struct store *store, const struct oid *head,
                    struct err *err);

/* What store_fsck_next found; MORE: nothing yet, of something big. */
enum { STORE_SOUND = 1, STORE_FAULT = 2, STORE_MORE = 3 };

/* Looks at the next: STORE_SOUND, STORE_FAULT with *ret, whose path lives as long as fsck, or 0 at
 * the end. What cannot be read is a fault. */
int store_fsck_next(struct store_fsck *fsck, struct store_fault *ret);

/* How many there are. */
size_t store_fsck_total(const struct store_fsck *fsck);

/* Takes NULL. */
void store_fsck_free(struct store_fsck *fsck);

/* Whether another process holds the mirror just now. */
bool store_is_held(struct store *store);

/* Whether git's HEAD is on the mirror's branch: only then is the working tree the mirror's. */
bool store_is_on_branch(struct store *store);

/*
 * All that the refs of the repository lead to, whatever branch, tag or rescue it is of and whether
 * or not it is there still: oldest commits first, each file's content once, where and when it first
 * came.
 *
 *     if (store_history_open(store, &h, err) == 0)
 *         while ((more = store_history_next(h, &past, err)) != 0)
 *             if (more > 0) ... else if (err->cls != ERR_BAD) break;
 *     store_history_free(h);
 */
struct store_history;

/* A commit's message, or a file that it brought in. Lives until the next call. */
struct store_past {
    struct oid commit;
    struct str message; /* empty for a file */
    struct str path;    /* empty for a message */
    struct oid blob;    /* zero for a message */
};

/* Begins; store_history_free ends it in any case. */
int store_history_open(struct store *store, struct store_history **ret_history, struct err *err);

/* 1 with *ret_past, 0 at the end, or -1: with ERR_BAD for one object that is not there or damaged,
 * behind which the next call goes on. */
int store_history_next(struct store_history *history, struct store_past *ret_past, struct err *err);

/* Takes NULL. */
void store_history_free(struct store_history *history);

#endif
