/* The timeline kept up to date, a piece at a time, and proved. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/pulse.h"
#include "store_internal.h"

/* Commits a piece: walked over, added or proved. */
enum { WALKED = 1024, ADDED = 64 };

/* What is being added. */
struct extension {
    int fd;              /* the file, locked */
    bool walks;          /* back to what the timeline has */
    struct oid next;     /* commit on the way there */
    struct oid *missing; /* commits, newest first */
    size_t n, done;
    struct oid before; /* the commit before the next one to be added */
};

static int cannot_write(struct store *store, struct err *err)
{
    return err_errno(err, "%s", store_timeline_path(store));
}

/* ---- beginning ---- */

/* The file, for whoever is first to lock it; -1 where another one is at it, or it may not be
 * written: then it is another one's to bring up to date. */
static int lock_file(struct store *store)
{
    struct err ignored;
    if (store_private_folder(store, &ignored) < 0)
        return -1;
    int fd = store_timeline_open(store_timeline_path(store), O_RDWR | O_CREAT);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Where the commits end that count. */
static size_t end_of(const struct timeline *t)
{
    return t->commits_n ? t->commits[t->commits_n - 1].end : 0;
}

static bool is_file_at_end(int fd, const struct timeline *t)
{
    struct stat st;
    return t->commits_n && fstat(fd, &st) == 0 && (size_t)st.st_size == end_of(t);
}

static int begin(struct store *store, struct err *err)
{
    bool exists;
    int fd = lock_file(store);
    if (fd < 0)
        return 0;
    store->extension = calloc(1, sizeof *store->extension);
    if (!store->extension)
        abort();
    store->extension->fd = fd;
    store->extension->walks = true;
    if (!is_file_at_end(fd, &store->timeline) && store_timeline_load(store, fd) < 0) {
        store_timeline_leave(store); /* longer than one may be: the trees have to do */
        return 0;
    }
    return store_head(store, &store->extension->next, &exists, err);
}

void store_timeline_leave(struct store *store)
{
    struct extension *x = store->extension;
    if (!x)
        return;
    close(x->fd);
    free(x->missing);
    free(x);
    store->extension = NULL;
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

/* Cuts the file behind the commits that stay, or to its head line. */
static int cut(struct store *store, int fd, uint32_t kept, struct err *err)
{
    const struct timeline *t = &store->timeline;
    struct buf head = BUF_MAX(64);
    bool shorter = kept < t->commits_n;
    off_t end = kept ? (off_t)t->commits[kept - 1].end : 0;
    if (!kept)
        timeline_begin(&head);
    bool failed =
        ftruncate(fd, end) < 0 || lseek(fd, end, SEEK_SET) < 0 || fs_write(fd, buf_view(&head)) < 0;
    buf_release(&head);
    if (failed)
        return cannot_write(store, err);
    return shorter ? store_timeline_load(store, fd) : 0;
}

/* Goes on back to the commit that the timeline has; there, cuts off what is of another past. */
static int walk(struct store *store, struct extension *x, struct err *err)
{
    uint32_t kept = 0;
    struct step step;
    for (size_t i = 0; i < WALKED && !oid_is_zero(&x->next); i++) {
        if (timeline_find(&store->timeline, &x->next, &kept)) {
            kept++;
            break;
        }
        add_missing(x, &x->next);
        if (store_read_step(store, &x->next, &step, err) < 0)
            return -1;
        x->next = step.parent;
        pulse();
    }
    if (!kept && !oid_is_zero(&x->next))
        return 0;
    x->walks = false;
    x->before = x->next;
    bool is_up_to_date = !x->n && kept == store->timeline.commits_n;
    return is_up_to_date && is_file_at_end(x->fd, &store->timeline) ? 0
                                                                    : cut(store, x->fd, kept, err);
}

/* ---- adding ---- */

static int add_changes(struct store *store, struct timeline *t, const struct oid *before,
                       const struct oid *commit, struct arena *a, struct buf *out, struct err *err)
{
    struct store_delta *deltas;
    size_t n;
    if (store_compare_trees(store, before, commit, a, &deltas, &n, err) < 0)
        return -1;
    struct timeline_change *changes = arena_array(a, n + 1, sizeof *changes);
    for (size_t i = 0; i < n; i++)
        changes[i] = (struct timeline_change){
            .path = deltas[i].path, .mode = deltas[i].mode_after, .blob = deltas[i].after};
    timeline_add(t, commit, changes, n, out);
    return 0;
}

/* Adds some commits; those before one that cannot be read are kept. */
static int add(struct store *store, struct extension *x, struct err *err)
{
    struct arena scratch = {0};
    struct buf out = BUF_MAX(STORE_TIMELINE_MAX);
    int result = 0;
    for (size_t i = 0; result == 0 && i < ADDED && x->done < x->n; i++) {
        const struct oid *commit = &x->missing[x->n - 1 - x->done];
        arena_reset(&scratch);
        result = add_changes(store, &store->timeline, &x->before, commit, &scratch, &out, err);
        x->before = *commit;
        x->done += result == 0;
        pulse();
    }
    arena_release(&scratch);
    bool fits = !buf_overflowed(&out) && end_of(&store->timeline) <= STORE_TIMELINE_MAX;
    if (fits && fs_write(x->fd, buf_view(&out)) < 0 && result == 0)
        result = cannot_write(store, err);
    buf_release(&out);
    if (!fits)
        x->done = x->n; /* the rest is the trees' */
    return result;
}

int store_timeline_extend(struct store *store, size_t *ret_done, size_t *ret_total, struct err *err)
{
    int result = store->extension ? 0 : begin(store, err);
    struct extension *x = store->extension;
    *ret_done = *ret_total = 0;
    if (result == 0 && x) {
        store_look_back(true);
        result = x->walks ? walk(store, x, err) : add(store, x, err);
        store_look_back(false);
        *ret_done = x->done;
        *ret_total = x->walks ? 0 : x->n;
    }
    if (result == 0 && x && (x->walks || x->done < x->n))
        return 1;
    store_timeline_leave(store);
    return result;
}

/* ---- proving ---- */

/* A timeline's file beside one that is made anew from the trees. */
struct proof {
    struct buf bytes;
    struct timeline told, made;
    uint32_t next; /* commit */
};

struct proof *store_proof_begin(const char *path)
{
    struct proof *proof = calloc(1, sizeof *proof);
    AUTO(closep) int fd = store_timeline_open(path, O_RDONLY);
    if (!proof)
        abort();
    proof->bytes = (struct buf)BUF_MAX(STORE_TIMELINE_MAX);
    bool busy = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0;
    if (fd >= 0 && !busy && store_timeline_read(fd, &proof->bytes) == 0)
        return proof;
    store_proof_free(proof);
    return NULL;
}

void store_proof_free(struct proof *proof)
{
    if (!proof)
        return;
    buf_release(&proof->bytes);
    timeline_release(&proof->told);
    timeline_release(&proof->made);
    free(proof);
}

/* Proves a commit: STORE_SOUND, STORE_FAULT, or STORE_MORE where it cannot be read, which is
 * another fault or none: the branch may have been set back, and the commit be gone. */
static int prove_commit(struct store *store, struct proof *p, struct arena *a, struct buf *out)
{
    static const struct oid none;
    struct err ignored;
    struct step step;
    const struct timeline_commit *commit = &p->told.commits[p->next];
    const struct oid *before = p->next ? &p->told.commits[p->next - 1].id : &none;
    size_t from = p->next ? p->told.commits[p->next - 1].end : commit->end;
    if (store_read_step(store, &commit->id, &step, &ignored) < 0 ||
        add_changes(store, &p->made, before, &commit->id, a, out, &ignored) < 0)
        return STORE_MORE;
    if (!p->next)
        from -= out->n;
    bool same = oid_eq(&step.parent, before) && commit->end == from + out->n &&
                memcmp(p->bytes.p + from, out->p, out->n) == 0;
    return same ? STORE_SOUND : STORE_FAULT;
}

int store_proof_next(struct proof *p, struct store *store, const char **ret_why)
{
    struct arena scratch = {0};
    struct buf out = BUF_MAX(STORE_TIMELINE_MAX);
    int found = STORE_SOUND;
    *ret_why = "says other things of a commit than its trees do";
    if (!p->next && timeline_load(&p->told, buf_view(&p->bytes)) != p->bytes.n) {
        *ret_why = "damaged: broken off, or changed";
        return STORE_FAULT;
    }
    store_look_back(true);
    for (size_t i = 0; found == STORE_SOUND && i < ADDED && p->next < p->told.commits_n; i++) {
        arena_reset(&scratch);
        buf_reset(&out);
        found = prove_commit(store, p, &scratch, &out);
        p->next++;
        pulse();
    }
    store_look_back(false);
    arena_release(&scratch);
    buf_release(&out);
    if (found == STORE_MORE)
        return STORE_SOUND;
    return found == STORE_SOUND && p->next < p->told.commits_n ? STORE_MORE : found;
}
