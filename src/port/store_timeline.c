/* The timeline of the branch: its file in the git directory, and what it is asked instead of trees.
 * It is a cache: what it has not, the trees have. store_timeline_keep.c brings it up to date. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "store_internal.h"

/* ---- the file ---- */

/* One a branch: "timeline-main"; of "a/b" it is "timeline-a%2Fb". The folder is not made for it:
 * who only reads leaves the mirror as it is. */
const char *store_timeline_path(struct store *store)
{
    struct buf name = BUF_MAX(PATH_MAX);
    if (store->timeline_path)
        return store->timeline_path;
    for (const char *p = store->branch; *p; p++)
        if (*p == '/' || *p == '%')
            buf_printf(&name, "%%%02X", (unsigned)*p);
        else
            buf_char(&name, *p);
    store->timeline_path = arena_printf(&store->texts, "%s/iokeeper/" STORE_TIMELINE "%s",
                                        store->git_path, buf_cstr(&name))
                               .p;
    buf_release(&name);
    return store->timeline_path;
}

int store_timeline_open(const char *path, int flags)
{
    struct stat st;
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644);
    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

int store_timeline_read(int fd, struct buf *out)
{
    struct stat st;
    enum { CHUNK = 1 << 16 };
    if (fstat(fd, &st) < 0 || st.st_size > STORE_TIMELINE_MAX)
        return -1;
    AUTO(freep) char *chunk = malloc(CHUNK);
    if (!chunk)
        abort();
    ssize_t got;
    for (off_t at = 0; (got = fs_read_at(fd, chunk, CHUNK, at)) > 0; at += got)
        buf_bytes(out, chunk, (size_t)got);
    return got < 0 || buf_overflowed(out) ? -1 : 0;
}

int store_timeline_load(struct store *store, int fd)
{
    struct buf bytes = BUF_MAX(STORE_TIMELINE_MAX);
    timeline_release(&store->timeline);
    int failed = store_timeline_read(fd, &bytes);
    if (!failed)
        timeline_load(&store->timeline, buf_view(&bytes));
    buf_release(&bytes);
    return failed;
}

void store_timeline_use(struct store *store)
{
    AUTO(closep) int fd = store_timeline_open(store_timeline_path(store), O_RDONLY);
    if (fd >= 0 && !store->timeline.commits_n)
        store_timeline_load(store, fd);
    store->uses_timeline = true;
}

/* ---- asking ---- */

uint32_t store_timeline_place(struct store *store, const struct oid *commit)
{
    uint32_t number;
    bool found = store->uses_timeline && !oid_is_zero(commit) &&
                 timeline_find(&store->timeline, commit, &number);
    return found ? number + 1 : 0;
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
    store_sort_deltas(*ret_deltas, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret_deltas)[i].path = arena_str(a, (*ret_deltas)[i].path);
}
