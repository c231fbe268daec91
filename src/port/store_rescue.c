#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "store_internal.h"

enum { COPY_CHUNK = 64 * 1024, NAMED_PATHS_MAX = 1000, NAMES_MAX = 1000 };

/* ---- blobs ---- */

static int changed_meanwhile(const struct scan *scan, const char *path, struct err *err)
{
    return err_set(err, ERR_RETRY, "%s/%s is being changed right now", scan->store->path, path);
}

static int copy_stream(int fd, git_odb_stream *stream)
{
    AUTO(freep) char *chunk = malloc(COPY_CHUNK);
    if (!chunk)
        abort();
    ssize_t got;
    while ((got = fs_read_some(fd, chunk, COPY_CHUNK)) > 0)
        if (git_odb_stream_write(stream, chunk, (size_t)got) < 0)
            return -1;
    return got < 0 ? -1 : 0;
}

/* The file's bytes, through no filter. A file that grew or shrank under way does not fit the size
 * announced, and libgit2 refuses it. */
static int save_file(struct scan *scan, const struct rescue *r, int folder, const char *name,
                     git_oid *ret_id, struct err *err)
{
    AUTO(closep) int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s/%s", scan->store->path, r->path);
    git_odb_stream *stream = NULL;
    git_object_size_t size = (git_object_size_t)r->seen.st_size;
    if (git_odb_open_wstream(&stream, scan->store->odb, size, GIT_OBJECT_BLOB) < 0)
        return store_fail(err, ERR_IO, "rescue %s", r->path);
    int failed = copy_stream(fd, stream);
    if (!failed)
        failed = git_odb_stream_finalize_write(ret_id, stream);
    git_odb_stream_free(stream);
    return failed ? store_fail(err, ERR_IO, "rescue %s", r->path) : 0;
}

static int save_link(struct scan *scan, const struct rescue *r, int folder, const char *name,
                     git_oid *ret_id, struct err *err)
{
    char text[PATH_MAX];
    ssize_t n = readlinkat(folder, name, text, sizeof text);
    if (n < 0)
        return err_errno(err, "%s/%s", scan->store->path, r->path);
    if (git_odb_write(ret_id, scan->store->odb, text, (size_t)n, GIT_OBJECT_BLOB) < 0)
        return store_fail(err, ERR_IO, "rescue %s", r->path);
    return 0;
}

static int save(struct scan *scan, const struct rescue *r, struct err *err)
{
    int folder;
    const char *name;
    if (fs_walk_to(&scan->walk, r->path, false, &folder, &name) < 0)
        return changed_meanwhile(scan, r->path, err);
    git_oid id;
    int failed = r->mode == MODE_LINK ? save_link(scan, r, folder, name, &id, err)
                                      : save_file(scan, r, folder, name, &id, err);
    if (failed)
        return -1;
    struct oid saved = store_from_git(&id);
    return oid_eq(&saved, &r->oid) ? 0 : changed_meanwhile(scan, r->path, err);
}

/* ---- trees ---- */

static int compare_files(const void *left, const void *right)
{
    const struct store_file *a = left;
    const struct store_file *b = right;
    return str_cmp(a->path, b->path);
}

/* The first place in a sorted list whose path is not before `path`. */
static size_t lower_bound(const struct file_list *list, struct str path)
{
    size_t lo = 0;
    size_t hi = list->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (str_cmp(list->p[mid].path, path) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool contains(const struct file_list *list, struct str path)
{
    size_t at = lower_bound(list, path);
    return at < list->n && str_eq(list->p[at].path, path);
}

static bool contains_below(struct scan *scan, const struct file_list *list, struct str folder)
{
    struct str within = arena_printf(&scan->arena, "%.*s/", STR_ARG(folder));
    size_t at = lower_bound(list, within);
    return at < list->n && str_starts(list->p[at].path, within);
}

/* Whether a file cannot stand in one tree with those of `over`: the same path, or one a folder of
 * the other. */
static bool gives_way(struct scan *scan, const struct store_file *file,
                      const struct file_list *over)
{
    struct str path = file->path;
    for (size_t end = 0; end < path.n; end++) {
        end += str_find(str_sub(path, end, path.n), '/');
        if (contains(over, str_sub(path, 0, end)))
            return true;
    }
    return contains_below(scan, over, path);
}

static struct file_list lay_over(struct scan *scan, const struct file_list *under,
                                 const struct file_list *over)
{
    struct file_list all = {
        .p = arena_array(&scan->arena, under->n + over->n, sizeof *all.p),
    };
    for (size_t i = 0; i < under->n; i++)
        if (!gives_way(scan, &under->p[i], over))
            all.p[all.n++] = under->p[i];
    for (size_t i = 0; i < over->n; i++)
        all.p[all.n++] = over->p[i];
    if (all.n)
        qsort(all.p, all.n, sizeof *all.p, compare_files);
    return all;
}

/* The rescues found on disk, or those found in the index whose blob is still there. */
static struct file_list select_rescues(struct scan *scan, bool staged)
{
    struct file_list list = {.p = arena_array(&scan->arena, scan->n_rescues, sizeof *list.p)};
    for (size_t i = 0; i < scan->n_rescues; i++) {
        const struct rescue *r = &scan->rescues[i];
        git_oid id = store_to_git(&r->oid);
        if (r->staged == staged && (!staged || git_odb_exists(scan->store->odb, &id)))
            list.p[list.n++] =
                (struct store_file){.path = str_of(r->path), .oid = r->oid, .mode = r->mode};
    }
    if (list.n)
        qsort(list.p, list.n, sizeof *list.p, compare_files);
    return list;
}

static int write_tree(struct scan *scan, const struct file_list *files, struct oid *ret_tree,
                      struct err *err)
{
    struct store_batch *batch;
    if (store_batch_open(scan->store, &batch, err) < 0)
        return -1;
    int failed = store_build_trees(batch, files->p, files->n, NULL, NULL, true, ret_tree, err);
    if (!failed)
        failed = store_batch_finish(batch, err);
    store_batch_free(batch);
    return failed;
}

/* ---- commits ---- */

static void name_paths(struct buf *message, const struct file_list *list)
{
    for (size_t i = 0; i < list->n && i < NAMED_PATHS_MAX; i++) {
        size_t line = message->n;
        buf_str(message, list->p[i].path);
        for (size_t at = line; at < message->n; at++)
            if ((unsigned char)message->p[at] < 0x20 || message->p[at] == 0x7f)
                message->p[at] = '?';
        buf_char(message, '\n');
    }
    if (list->n > NAMED_PATHS_MAX)
        buf_printf(message, "... and %zu more\n", list->n - NAMED_PATHS_MAX);
}

/* Commits `files` laid over *under, which becomes the result, as *parent becomes the commit. */
static int commit_layer(struct scan *scan, const char *what, const struct file_list *files,
                        int64_t when, struct file_list *under, struct oid *parent, struct err *err)
{
    if (!files->n)
        return 0;
    *under = lay_over(scan, under, files);
    struct oid tree;
    if (write_tree(scan, under, &tree, err) < 0)
        return -1;
    char replaced_by[OID_HEX + 1];
    oid_to_hex(&scan->commit, replaced_by);
    AUTO(buf_release) struct buf message = BUF_MAX((size_t)(NAMED_PATHS_MAX + 1) * (PATH_MAX + 1));
    buf_printf(&message,
               "Rescued from %s: %zu %s\n\nChanged by a person, and kept here before commit %.12s "
               "replaced it:\n\n",
               what, files->n, files->n == 1 ? "file" : "files", replaced_by);
    name_paths(&message, files);
    struct store_person self = {.name = "iokeeper", .email = "iokeeper@localhost", .when = when};
    struct oid commit;
    if (store_make_commit(scan->store, &tree, parent, &self, &self, buf_cstr(&message), &commit,
                          err) < 0)
        return -1;
    *parent = commit;
    return 0;
}

/* The trees of a commit and of the one before it. */
static int layers_of(struct store *store, const git_oid *id, struct oid *ret_tree,
                     struct oid *ret_below)
{
    git_commit *commit = NULL;
    git_commit *parent = NULL;
    int status = git_commit_lookup(&commit, store->repo, id);
    if (!status)
        status = git_commit_parent(&parent, commit, 0);
    if (!status) {
        *ret_tree = store_from_git(git_commit_tree_id(commit));
        *ret_below = store_from_git(git_commit_tree_id(parent));
    }
    git_commit_free(parent);
    git_commit_free(commit);
    return status;
}

static bool saves_the_same(struct store *store, const git_oid *a, const git_oid *b)
{
    struct oid trees[4];
    return layers_of(store, a, &trees[0], &trees[1]) == 0 &&
           layers_of(store, b, &trees[2], &trees[3]) == 0 && oid_eq(&trees[0], &trees[2]) &&
           oid_eq(&trees[1], &trees[3]);
}

/* A checkout that fails after its rescue, each quarter of an hour perhaps, finds the same files
 * again: one branch for them is enough. */
static bool find_branch(struct store *store, const struct oid *commit, char ret_branch[static 64])
{
    static const char heads[] = "refs/heads/";
    git_oid tip = store_to_git(commit);
    git_reference_iterator *it = NULL;
    if (git_reference_iterator_glob_new(&it, store->repo, "refs/heads/rescued/*") < 0)
        return false;
    bool found = false;
    git_reference *ref = NULL;
    while (!found && git_reference_next(&ref, it) == 0) {
        const git_oid *other = git_reference_target(ref);
        found = other && saves_the_same(store, &tip, other);
        if (found)
            snprintf(ret_branch, 64, "%s", git_reference_name(ref) + sizeof heads - 1);
        git_reference_free(ref);
    }
    git_reference_iterator_free(it);
    return found;
}

/* A new branch named after the time; a second one in that second gets a number. */
static int make_branch(struct store *store, const struct oid *commit, int64_t when,
                       char ret_branch[static 64], struct err *err)
{
    char time[CLOCK_TEXT];
    clock_format(when, time);
    for (char *c = time; *c; c++)
        if (*c == ':')
            *c = '-';
    for (int i = 1; i < NAMES_MAX; i++) {
        char name[64];
        char ref[sizeof name + sizeof "refs/heads/"];
        if (i == 1)
            snprintf(name, sizeof name, "rescued/%s", time);
        else
            snprintf(name, sizeof name, "rescued/%s-%d", time, i);
        snprintf(ref, sizeof ref, "refs/heads/%s", name);
        int status = store_new_ref(store, ref, commit, "iokeeper: rescued", err);
        if (status < 0)
            return -1;
        if (status == 0) {
            memcpy(ret_branch, name, sizeof name);
            return 0;
        }
    }
    return err_set(err, ERR_CONFLICT, "too many branches rescued/%s", time);
}

int rescue_commit(struct scan *scan, int64_t when, struct store_checkout *done, struct err *err)
{
    struct file_list staged = select_rescues(scan, true);
    struct file_list found = select_rescues(scan, false);
    if (!staged.n && !found.n)
        return 0;
    for (size_t i = 0; i < scan->n_rescues; i++)
        if (!scan->rescues[i].staged && save(scan, &scan->rescues[i], err) < 0)
            return -1;
    bool has_base = !oid_is_zero(&scan->base_commit);
    struct file_list files = has_base ? scan->base : scan->target;
    struct oid tip = has_base ? scan->base_commit : scan->commit;
    if (commit_layer(scan, "the index", &staged, when, &files, &tip, err) < 0 ||
        commit_layer(scan, "the working tree", &found, when, &files, &tip, err) < 0)
        return -1;
    if (!find_branch(scan->store, &tip, done->branch) &&
        make_branch(scan->store, &tip, when, done->branch, err) < 0)
        return -1;
    done->rescued = staged.n + found.n;
    return 0;
}
