/* The timeline of the branch: kept in the git directory, brought up to date, and asked instead of
 * trees. It is a cache: what it has not, the trees have. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/pulse.h"
#include "store_internal.h"

enum {
    TIMELINE_MAX = 1 << 30, /* bytes; a longer one is not read */
    BATCH = 64,             /* commits between two looks of the caller's at the clock */
};

/* What is being added. */
struct extension {
    int fd;              /* the file, locked */
    struct oid *missing; /* commits, newest first */
    size_t n, done;
    struct oid before; /* the commit before the next one */
};

/* ---- the file ---- */

/* Where it is, without making the folder for it: who only reads leaves the mirror as it is. */
static const char *path_of(struct store *store)
{
    if (!store->timeline_path)
        store->timeline_path =
            arena_printf(&store->texts, "%s/iokeeper/timeline", store->git_path).p;
    return store->timeline_path;
}

/* Reads what counts of the file, and tells how many bytes that are; where there is none, the
 * timeline is empty. */
static size_t load(struct store *store)
{
    struct err ignored;
    struct buf bytes = BUF_MAX(TIMELINE_MAX);
    size_t good = 0;
    timeline_release(&store->timeline);
    if (fs_read(path_of(store), TIMELINE_MAX, &bytes, &ignored) == 0)
        good = timeline_load(&store->timeline, buf_view(&bytes));
    buf_release(&bytes);
    return good;
}

static int cannot_write(struct store *store, struct err *err)
{
    return err_errno(err, "%s", path_of(store));
}

void store_timeline_use(struct store *store)
{
    if (!store->timeline.commits_n)
        load(store);
    store->uses_timeline = true;
}

/* Loads it unless the file still ends where the one that was loaded did. */
static void load_again(struct store *store, int fd)
{
    const struct timeline *t = &store->timeline;
    struct stat st;
    if (!t->commits_n || fstat(fd, &st) < 0 ||
        (size_t)st.st_size != t->commits[t->commits_n - 1].end)
        load(store);
}

/* The file, for whoever is first to lock it; -1 where another one is at it, or it may not be
 * written: then it is another one's to bring up to date. */
static int lock_file(struct store *store)
{
    struct err ignored;
    if (store_private_folder(store, &ignored) < 0)
        return -1;
    int fd = open(path_of(store), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ---- what is missing ---- */

static void add_missing(struct extension *x, const struct oid *commit)
{
    enum { STEP = 1024 };
    if (x->n % STEP == 0) {
        x->missing = reallocarray(x->missing, x->n + STEP, sizeof *x->missing);
        if (!x->missing)
            abort();
    }
    x->missing[x->n++] = *commit;
}

/* Walks back from the head to the commit that the timeline has: *ret_kept of its commits stay. */
static int find_missing(struct store *store, struct extension *x, uint32_t *ret_kept,
                        struct err *err)
{
    bool exists;
    struct oid commit;
    struct step step;
    *ret_kept = 0;
    if (store_head(store, &commit, &exists, err) < 0)
        return -1;
    while (!oid_is_zero(&commit)) {
        if (timeline_find(&store->timeline, &commit, ret_kept)) {
            *ret_kept += 1;
            break;
        }
        add_missing(x, &commit);
        if (store_read_step(store, &commit, &step, err) < 0)
            return -1;
        commit = step.parent;
        pulse();
    }
    x->before = commit;
    return 0;
}

/* Cuts the file behind the commits that stay, or to its head line. */
static int cut(struct store *store, int fd, uint32_t kept, struct err *err)
{
    const struct timeline *t = &store->timeline;
    struct buf begin = BUF_MAX(64);
    bool shorter = kept < t->commits_n;
    off_t end = kept ? (off_t)t->commits[kept - 1].end : 0;
    if (!kept)
        timeline_begin(&begin);
    bool failed = ftruncate(fd, end) < 0 || lseek(fd, end, SEEK_SET) < 0 ||
                  fs_write(fd, buf_view(&begin)) < 0;
    buf_release(&begin);
    if (failed)
        return cannot_write(store, err);
    if (shorter)
        load(store);
    return 0;
}

void store_timeline_close(struct store *store)
{
    struct extension *x = store->extension;
    if (!x)
        return;
    close(x->fd);
    free(x->missing);
    free(x);
    store->extension = NULL;
}

static int begin_extension(struct store *store, struct err *err)
{
    uint32_t kept;
    int fd = lock_file(store);
    if (fd < 0)
        return 0;
    store->extension = calloc(1, sizeof *store->extension);
    if (!store->extension)
        abort();
    store->extension->fd = fd;
    load_again(store, fd);
    if (find_missing(store, store->extension, &kept, err) < 0)
        return -1;
    return cut(store, fd, kept, err);
}

/* ---- adding ---- */

static int add_commit(struct store *store, struct extension *x, struct arena *a, struct buf *out,
                      struct err *err)
{
    const struct oid *commit = &x->missing[x->n - 1 - x->done];
    struct store_delta *deltas;
    size_t n;
    if (store_compare_trees(store, &x->before, commit, a, &deltas, &n, err) < 0)
        return -1;
    struct timeline_change *changes = arena_array(a, n + 1, sizeof *changes);
    for (size_t i = 0; i < n; i++)
        changes[i] = (struct timeline_change){
            .path = deltas[i].path, .mode = deltas[i].mode_after, .blob = deltas[i].after};
    timeline_add(&store->timeline, commit, changes, n, out);
    x->before = *commit;
    x->done++;
    return 0;
}

static int add_commits(struct store *store, struct extension *x, struct err *err)
{
    struct arena scratch = {0};
    struct buf out = BUF_MAX(TIMELINE_MAX);
    int result = 0;
    for (size_t i = 0; result == 0 && i < BATCH && x->done < x->n; i++) {
        arena_reset(&scratch);
        result = add_commit(store, x, &scratch, &out, err);
        pulse();
    }
    arena_release(&scratch);
    if (result == 0 && fs_write(x->fd, buf_view(&out)) < 0)
        result = cannot_write(store, err);
    buf_release(&out);
    return result;
}

int store_timeline_extend(struct store *store, size_t *ret_done, size_t *ret_total, struct err *err)
{
    int result = store->extension ? 0 : begin_extension(store, err);
    struct extension *x = store->extension;
    *ret_done = *ret_total = 0;
    if (result == 0 && x) {
        store_look_back(true);
        result = add_commits(store, x, err);
        store_look_back(false);
        *ret_done = x->done;
        *ret_total = x->n;
    }
    if (result == 0 && x && x->done < x->n)
        return 1;
    store_timeline_close(store);
    return result;
}

/* ---- proving ---- */

static bool is_same_list(const struct store_file *a, const struct store_file *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!str_eq(a[i].path, b[i].path) || !oid_eq(&a[i].oid, &b[i].oid) ||
            a[i].mode != b[i].mode)
            return false;
    return true;
}

/* Whether the last commit holds what the timeline says, by its trees. A commit that is gone proves
 * nothing: the branch may have been set back, and the objects with it. */
static bool tells_truth(struct store *store)
{
    const struct timeline *t = &store->timeline;
    struct arena scratch = {0};
    struct store_file *told, *held;
    size_t told_n, held_n;
    struct err ignored;
    store_list_in_timeline(store, t->commits_n, &scratch, &told, &told_n);
    bool fits = store_list_in_trees(store, &t->commits[t->commits_n - 1].id, &scratch, &held,
                                    &held_n, &ignored) < 0 ||
                (told_n == held_n && is_same_list(told, held, told_n));
    arena_release(&scratch);
    return fits;
}

const char *store_timeline_prove(struct store *store)
{
    AUTO(closep)
    int fd = open(path_of(store), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (fd < 0)
        return "cannot be read";
    if (flock(fd, LOCK_SH | LOCK_NB) < 0)
        return NULL;
    if (fstat(fd, &st) < 0 || load(store) != (size_t)st.st_size)
        return "damaged: broken off, or changed";
    return !store->timeline.commits_n || tells_truth(store)
               ? NULL
               : "says other files of its last commit than there are";
}

/* ---- asking ---- */

uint32_t store_timeline_place(struct store *store, const struct oid *commit)
{
    uint32_t number;
    bool found = store->uses_timeline && !oid_is_zero(commit) &&
                 timeline_find(&store->timeline, commit, &number);
    return found ? number + 1 : 0;
}

static int cmp_deltas(const void *left, const void *right)
{
    const struct store_delta *a = left, *b = right;
    return str_cmp(a->path, b->path);
}

/* What became of a path from one delta to another. */
static struct store_delta delta_of(const struct timeline *t, const struct timeline_span *span)
{
    const struct timeline_delta *last = &t->deltas[span->last];
    uint32_t before = t->deltas[span->first].before;
    struct store_delta delta = {
        .path = t->paths[span->path], .after = last->blob, .mode_after = last->mode};
    if (before) {
        delta.before = t->deltas[before - 1].blob;
        delta.mode_before = t->deltas[before - 1].mode;
    }
    return delta;
}

void store_timeline_compare(struct store *store, uint32_t from, uint32_t to,
                            const struct store_parts *parts, struct arena *a,
                            struct store_delta **ret_deltas, size_t *ret_n)
{
    struct timeline *t = &store->timeline;
    struct timeline_span *spans;
    size_t n;
    timeline_compare(t, from, to, a, &spans, &n);
    *ret_deltas = arena_array(a, n, sizeof **ret_deltas);
    *ret_n = 0;
    for (size_t i = 0; i < n; i++)
        if (store_holds_part(t->paths[spans[i].path], parts))
            (*ret_deltas)[(*ret_n)++] = delta_of(t, &spans[i]);
    if (*ret_n)
        qsort(*ret_deltas, *ret_n, sizeof **ret_deltas, cmp_deltas);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret_deltas)[i].path = arena_str(a, (*ret_deltas)[i].path);
}
