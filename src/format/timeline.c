#include "format/timeline.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The number is the format's: another one is not read, but made anew. */
static const char head[] = "iokeeper timeline 1\n";

enum {
    SUM_BYTES = 4,
    PATHS_MAX = INT_MAX / 2,
    NEAR = 16, /* commits before the newest, or before `near`, looked at before the map is made */
};

/* ---- growing ---- */

static void *grow(void *array, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return array;
    *room = *room ? 2 * *room : 256;
    void *grown = reallocarray(array, *room, size);
    if (!grown)
        abort();
    return grown;
}

static uint32_t add_path(struct timeline *t, struct str path)
{
    uint32_t room = t->paths_room;
    t->paths = grow(t->paths, t->paths_n, &t->paths_room, sizeof *t->paths);
    uint32_t room_met = room;
    t->newest = grow(t->newest, t->paths_n, &room, sizeof *t->newest);
    t->met = grow(t->met, t->paths_n, &room_met, sizeof *t->met);
    t->paths[t->paths_n] = arena_str(&t->arena, path);
    t->newest[t->paths_n] = t->met[t->paths_n] = 0;
    return t->paths_n++;
}

static void add_delta(struct timeline *t, uint32_t path, unsigned mode, const struct oid *blob)
{
    t->deltas = grow(t->deltas, t->deltas_n, &t->deltas_room, sizeof *t->deltas);
    t->deltas[t->deltas_n++] = (struct timeline_delta){
        .path = path, .before = t->newest[path], .mode = mode, .blob = *blob};
    t->newest[path] = t->deltas_n;
}

static void add_commit(struct timeline *t, const struct oid *id, uint32_t first, size_t end)
{
    t->commits = grow(t->commits, t->commits_n, &t->commits_room, sizeof *t->commits);
    t->commits[t->commits_n++] = (struct timeline_commit){.id = *id, .first = first, .end = end};
}

/* ---- reading ---- */

/* Bytes being read; `bad` once something was not there. */
struct reader {
    struct str rest;
    bool bad;
};

static struct str take(struct reader *r, size_t n)
{
    struct str taken = {.p = r->rest.p, .n = n};
    if (r->bad || n > r->rest.n) {
        r->bad = true;
        return STR("");
    }
    r->rest.p += n;
    r->rest.n -= n;
    return taken;
}

static uint32_t take_number(struct reader *r)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 35 && r->rest.n && !r->bad; shift += 7) {
        unsigned char bits = (unsigned char)*r->rest.p++;
        r->rest.n--;
        number |= (uint64_t)(bits & 0x7f) << shift;
        if (!(bits & 0x80)) {
            r->bad |= number > UINT32_MAX;
            return (uint32_t)number;
        }
    }
    r->bad = true;
    return 0;
}

static struct oid take_oid(struct reader *r)
{
    struct oid oid = {0};
    struct str bytes = take(r, OID_BYTES);
    if (bytes.n)
        memcpy(oid.bytes, bytes.p, OID_BYTES);
    return oid;
}

/* The number of the path that comes next. */
static uint32_t take_path(struct reader *r, struct timeline *t)
{
    uint32_t number = take_number(r);
    if (number) {
        r->bad |= number > t->paths_n;
        return number - 1;
    }
    struct str path = take(r, take_number(r));
    r->bad |= !path.n || memchr(path.p, '\0', path.n) || t->paths_n >= PATHS_MAX;
    return r->bad ? 0 : add_path(t, path);
}

static void take_delta(struct reader *r, struct timeline *t)
{
    uint32_t path = take_path(r, t);
    unsigned mode = take_number(r);
    struct oid blob = {0};
    if (mode)
        blob = take_oid(r);
    if (!r->bad)
        add_delta(t, path, mode, &blob);
}

/* Reads a record whose sum is right: false where it is no such all the same. */
static bool take_record(struct timeline *t, struct str content, size_t end)
{
    struct reader r = {.rest = content};
    struct oid id = take_oid(&r);
    uint32_t first = t->deltas_n;
    for (uint32_t n = take_number(&r); n && !r.bad; n--)
        take_delta(&r, t);
    if (r.bad || r.rest.n)
        return false;
    add_commit(t, &id, first, end);
    return true;
}

static uint32_t read_sum(struct str bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.n; i++)
        sum |= (uint32_t)(unsigned char)bytes.p[i] << 8 * i;
    return sum;
}

size_t timeline_load(struct timeline *t, struct str bytes)
{
    struct reader r = {.rest = bytes};
    size_t good = 0;
    if (!str_starts(bytes, str_of(head)))
        return 0;
    take(&r, sizeof head - 1);
    for (;;) {
        good = bytes.n - r.rest.n;
        struct str begin = r.rest;
        struct str content = take(&r, take_number(&r));
        struct str summed = str_sub(begin, 0, begin.n - r.rest.n);
        struct str told = take(&r, SUM_BYTES);
        uint32_t sum = crc32_of(t->sum, summed);
        if (r.bad || read_sum(told) != sum)
            return good;
        if (!take_record(t, content, bytes.n - r.rest.n)) {
            timeline_release(t); /* half of it may be in there */
            return timeline_load(t, str_sub(bytes, 0, good));
        }
        t->sum = sum;
    }
}

/* ---- writing ---- */

static void put_number(struct buf *out, uint32_t number)
{
    for (; number >= 0x80; number >>= 7)
        buf_char(out, (char)(number | 0x80));
    buf_char(out, (char)number);
}

static void put_change(struct timeline *t, const struct timeline_change *change, struct buf *out)
{
    uintptr_t known = (uintptr_t)map_get(&t->by_path, change->path);
    put_number(out, (uint32_t)known);
    if (!known) {
        put_number(out, (uint32_t)change->path.n);
        buf_str(out, change->path);
        known = 1 + (uintptr_t)add_path(t, change->path);
        map_put(&t->by_path, t->paths[known - 1], (void *)known);
    }
    put_number(out, change->mode);
    if (change->mode)
        buf_bytes(out, change->blob.bytes, OID_BYTES);
    add_delta(t, (uint32_t)known - 1, change->mode, &change->blob);
}

void timeline_begin(struct buf *out)
{
    buf_str(out, str_of(head));
}

/* Paths by their numbers, for those that were loaded. */
static void index_paths(struct timeline *t)
{
    for (uintptr_t i = t->by_path.n; i < t->paths_n; i++)
        map_put(&t->by_path, t->paths[i], (void *)(i + 1));
}

void timeline_add(struct timeline *t, const struct oid *commit,
                  const struct timeline_change *changes, size_t n, struct buf *out)
{
    struct buf content = BUF_MAX(INT_MAX);
    uint32_t first = t->deltas_n;
    size_t begin = out->n, before = t->commits_n ? t->commits[t->commits_n - 1].end : strlen(head);
    index_paths(t);
    buf_bytes(&content, commit->bytes, OID_BYTES);
    put_number(&content, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        put_change(t, &changes[i], &content);
    put_number(out, (uint32_t)content.n);
    buf_str(out, buf_view(&content));
    out->overflowed |= buf_overflowed(&content);
    buf_release(&content);
    t->sum = crc32_of(t->sum, str_sub(buf_view(out), begin, out->n));
    for (size_t i = 0; i < SUM_BYTES; i++)
        buf_char(out, (char)(t->sum >> 8 * i));
    add_commit(t, commit, first, before + out->n - begin);
}

/* ---- looking ---- */

/* Commits by their ids. Their array may move while it grows: keys are copies. */
static void index_commits(struct timeline *t)
{
    for (; t->indexed < t->commits_n; t->indexed++)
        map_put(&t->by_commit, arena_str(&t->arena, oid_key(&t->commits[t->indexed].id)),
                (void *)((uintptr_t)t->indexed + 1));
}

/* Looks for a commit among the NEAR before a number. */
static bool find_before(const struct timeline *t, uint32_t end, const struct oid *commit,
                        uint32_t *ret)
{
    for (uint32_t i = end, near = NEAR; i-- > 0 && near-- > 0;)
        if (oid_eq(&t->commits[i].id, commit)) {
            *ret = i;
            return true;
        }
    return false;
}

bool timeline_find(struct timeline *t, const struct oid *commit, uint32_t *ret)
{
    if (find_before(t, t->commits_n, commit, ret) ||
        (t->near < t->commits_n && find_before(t, t->near + 1, commit, ret)))
        return true;
    index_commits(t);
    uintptr_t found = (uintptr_t)map_get(&t->by_commit, oid_key(commit));
    *ret = found ? (uint32_t)found - 1 : 0;
    return found;
}

/* The number of the first delta of a commit, or of what comes behind the last. */
static uint32_t first_of(const struct timeline *t, uint32_t commit)
{
    return commit < t->commits_n ? t->commits[commit].first : t->deltas_n;
}

void timeline_deltas(const struct timeline *t, uint32_t from, uint32_t to, uint32_t *ret_first,
                     uint32_t *ret_end)
{
    *ret_first = first_of(t, from);
    *ret_end = first_of(t, to);
}

void timeline_compare(struct timeline *t, uint32_t from, uint32_t to, struct arena *a,
                      struct timeline_span **ret_spans, size_t *ret_n)
{
    uint32_t first, end, n = 0;
    timeline_deltas(t, from, to, &first, &end);
    struct timeline_span *spans = arena_array(a, end - first, sizeof *spans);
    for (uint32_t i = first; i < end; i++) {
        uint32_t path = t->deltas[i].path;
        if (!t->met[path]) {
            spans[n] = (struct timeline_span){.path = path, .first = i};
            t->met[path] = ++n;
        }
        spans[t->met[path] - 1].last = i;
    }
    for (uint32_t i = 0; i < n; i++)
        t->met[spans[i].path] = 0;
    *ret_spans = spans;
    *ret_n = n;
}

const struct timeline_delta *timeline_at(struct timeline *t, uint32_t commit, struct str path)
{
    index_paths(t);
    uintptr_t known = (uintptr_t)map_get(&t->by_path, path);
    uint32_t delta = known ? t->newest[known - 1] : 0;
    while (delta > first_of(t, commit + 1))
        delta = t->deltas[delta - 1].before;
    return delta && t->deltas[delta - 1].mode ? &t->deltas[delta - 1] : NULL;
}

void timeline_release(struct timeline *t)
{
    free(t->commits);
    free(t->deltas);
    free(t->paths);
    free(t->newest);
    free(t->met);
    map_release(&t->by_path);
    map_release(&t->by_commit);
    arena_release(&t->arena);
    *t = (struct timeline){0};
}
