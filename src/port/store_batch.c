#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/map.h"
#include "base/pulse.h"
#include "store_internal.h"

/* Below that many, a pack and its index cost more files and syncs than they save: git's own measure
 * (fetch.unpackLimit). */
enum { LOOSE_BELOW = 100 };

enum { SPOOL_CHUNK = 128 * 1024 };

/* No object is larger; what comes in was bounded long before. */
#define OBJECT_MAX ((size_t)1 << 30)

struct spooled {
    struct spooled *next;
    struct oid oid;
    uint64_t offset;
    size_t n;
};

struct store_batch {
    struct store *store;
    struct deflater *deflater; /* for trees */
    int spool;                 /* pack entries, one after the other; no name leads to it */
    struct buf pending;        /* the spool's end, not written yet */
    uint64_t spool_n;          /* bytes, the pending ones too */
    struct arena arena;        /* of the entries below */
    struct spooled *first;
    struct spooled **last;
    struct map known; /* id → entry */
    size_t n;
    bool repository_is_empty; /* nothing to look up in there */
};

/* ---- the spool ---- */

static int open_spool(struct store *store, struct err *err)
{
    AUTO(closep) int folder = store_temporary_folder(store, err);
    if (folder < 0)
        return -1;
    int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    fd = openat(folder, "spool", O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, "%s/iokeeper/tmp/spool", store->git_path);
    unlinkat(folder, "spool", 0);
    return fd;
}

static int flush_spool(struct store_batch *batch, struct err *err)
{
    if (fs_write(batch->spool, buf_view(&batch->pending)) < 0)
        return err_errno(err, "write objects to %s", batch->store->git_path);
    buf_reset(&batch->pending);
    return 0;
}

static int append_spool(struct store_batch *batch, struct str entry, struct err *err)
{
    if (batch->pending.n + entry.n > SPOOL_CHUNK && flush_spool(batch, err) < 0)
        return -1;
    if (entry.n > SPOOL_CHUNK) {
        if (fs_write(batch->spool, entry) < 0)
            return err_errno(err, "write objects to %s", batch->store->git_path);
    } else {
        buf_str(&batch->pending, entry);
    }
    batch->spool_n += entry.n;
    return 0;
}

/* ---- collecting ---- */

static int stop_at_first(const git_oid *id, void *payload)
{
    (void)id;
    (void)payload;
    return 1;
}

/* Only asked where nothing was committed yet: then it is worth knowing that a first sync needs to
 * look up none of its objects. */
static bool repository_is_empty(struct store *store)
{
    struct oid head;
    bool exists;
    struct err ignored;
    return store_head(store, &head, &exists, &ignored) == 0 && !exists &&
           git_odb_foreach(store->odb, stop_at_first, NULL) == 0;
}

int store_batch_open(struct store *store, struct store_batch **ret_batch, struct err *err)
{
    int spool = open_spool(store, err);
    if (spool < 0)
        return -1;
    struct store_batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        abort();
    batch->store = store;
    batch->spool = spool;
    batch->deflater = deflater_new();
    batch->pending = (struct buf)BUF_MAX(SPOOL_CHUNK);
    batch->last = &batch->first;
    git_odb_refresh(store->odb);
    batch->repository_is_empty = repository_is_empty(store);
    *ret_batch = batch;
    return 0;
}

void store_batch_free(struct store_batch *batch)
{
    if (!batch)
        return;
    closep(&batch->spool);
    deflater_free(batch->deflater);
    buf_release(&batch->pending);
    map_release(&batch->known);
    arena_release(&batch->arena);
    free(batch);
}

struct store *batch_store(const struct store_batch *batch)
{
    return batch->store;
}

/* The packs were looked over when the batch was opened; without that flag every new object would
 * make libgit2 read the pack folder again. */
bool batch_has(const struct store_batch *batch, const struct oid *oid)
{
    if (map_get(&batch->known, oid_key(oid)))
        return true;
    if (batch->repository_is_empty)
        return false;
    git_oid id = store_to_git(oid);
    return git_odb_exists_ext(batch->store->odb, &id, GIT_ODB_LOOKUP_NO_REFRESH);
}

static int add_new(struct store_batch *batch, const struct oid *oid, struct str entry,
                   struct err *err)
{
    if (batch->n == UINT32_MAX)
        return err_set(err, ERR_IO, "more objects than a pack can hold");
    struct spooled *spooled = arena_alloc(&batch->arena, sizeof *spooled);
    *spooled = (struct spooled){.oid = *oid, .offset = batch->spool_n, .n = entry.n};
    if (append_spool(batch, entry, err) < 0)
        return -1;
    *batch->last = spooled;
    batch->last = &spooled->next;
    map_put(&batch->known, oid_key(&spooled->oid), spooled);
    batch->n++;
    return 0;
}

int store_batch_add(struct store_batch *batch, const struct oid *oid, struct str entry,
                    struct err *err)
{
    return batch_has(batch, oid) ? 0 : add_new(batch, oid, entry, err);
}

int batch_add_content(struct store_batch *batch, enum obj_type type, struct str content,
                      struct oid *ret_oid, struct err *err)
{
    oid_of(type, content, ret_oid);
    if (batch_has(batch, ret_oid))
        return 0;
    AUTO(buf_release) struct buf entry = BUF_MAX(2 * OBJECT_MAX);
    pack_entry_write(batch->deflater, type, content, &entry);
    return add_new(batch, ret_oid, buf_view(&entry), err);
}

/* ---- loose objects ---- */

static int write_loose(struct store_batch *batch, const struct spooled *spooled, struct err *err)
{
    AUTO(freep) char *entry = malloc(spooled->n + 1);
    if (!entry)
        abort();
    ssize_t got = fs_read_at(batch->spool, entry, spooled->n, (off_t)spooled->offset);
    if (got < 0 || (size_t)got != spooled->n)
        return err_errno(err, "read back objects");
    AUTO(buf_release) struct buf content = BUF_MAX(OBJECT_MAX);
    enum obj_type type;
    if (pack_entry_read((struct str){.p = entry, .n = spooled->n}, &type, &content, err) < 0)
        return -1;
    git_oid id;
    struct str bytes = buf_view(&content);
    if (git_odb_write(&id, batch->store->odb, bytes.p, bytes.n, (git_object_t)type) < 0)
        return store_fail(err, ERR_IO, "write object");
    struct oid written = store_from_git(&id);
    if (!oid_eq(&written, &spooled->oid))
        return err_set(err, ERR_IO, "object %s is not what its id says", git_oid_tostr_s(&id));
    return 0;
}

static int finish_loose(struct store_batch *batch, struct err *err)
{
    for (const struct spooled *s = batch->first; s; s = s->next) {
        if (write_loose(batch, s, err) < 0)
            return -1;
        pulse();
    }
    return 0;
}

/* ---- one pack ---- */

/* Feeds one stretch of the pack to the indexer and to the checksum of the whole. */
static int feed(git_indexer *indexer, struct sha1 *sum, struct str bytes, struct err *err)
{
    git_indexer_progress progress = {0};
    if (sum)
        sha1_add(sum, bytes);
    if (git_indexer_append(indexer, bytes.p, bytes.n, &progress) < 0)
        return store_fail(err, ERR_IO, "write pack");
    return 0;
}

static int feed_header(git_indexer *indexer, struct sha1 *sum, uint32_t n, struct err *err)
{
    const char header[12] = {
        'P', 'A', 'C', 'K', 0, 0, 0, 2, (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};
    return feed(indexer, sum, (struct str){.p = header, .n = sizeof header}, err);
}

static int feed_spool(struct store_batch *batch, git_indexer *indexer, struct sha1 *sum,
                      struct err *err)
{
    AUTO(freep) char *chunk = malloc(SPOOL_CHUNK);
    if (!chunk)
        abort();
    for (uint64_t at = 0; at < batch->spool_n;) {
        pulse();
        uint64_t left = batch->spool_n - at;
        size_t want = left < SPOOL_CHUNK ? (size_t)left : SPOOL_CHUNK;
        ssize_t got = fs_read_at(batch->spool, chunk, want, (off_t)at);
        if (got < 0 || (size_t)got != want)
            return err_errno(err, "read back objects");
        if (feed(indexer, sum, (struct str){.p = chunk, .n = want}, err) < 0)
            return -1;
        at += want;
    }
    return 0;
}

static int feed_pack(struct store_batch *batch, git_indexer *indexer, struct err *err)
{
    struct sha1 *sum = sha1_new();
    if (feed_header(indexer, sum, (uint32_t)batch->n, err) < 0 ||
        feed_spool(batch, indexer, sum, err) < 0) {
        sha1_free(sum);
        return -1;
    }
    struct oid trailer;
    sha1_finish(sum, &trailer);
    if (feed(indexer, NULL, oid_key(&trailer), err) < 0)
        return -1;
    git_indexer_progress progress = {0};
    if (git_indexer_commit(indexer, &progress) < 0)
        return store_fail(err, ERR_IO, "index pack");
    return 0;
}

int store_move_pack(struct store *store, const char *name, struct err *err)
{
    static const char *const parts[] = {"pack", "idx"};
    const char *objects = git_repository_commondir(store->repo);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        AUTO(freep) char *from = NULL;
        AUTO(freep) char *to = NULL;
        if (asprintf(&from, "%s/iokeeper/tmp/pack-%s.%s", store->git_path, name, parts[i]) < 0 ||
            asprintf(&to, "%sobjects/pack/pack-%s.%s", objects, name, parts[i]) < 0)
            abort();
        if (rename(from, to) < 0)
            return err_errno(err, "%s", to);
        if (fs_sync_parent(to, err) < 0)
            return -1;
    }
    return 0;
}

/* Under iokeeper/tmp until it is whole: git would take what a dead process leaves among the packs
 * for one of its own, and keep it forever. */
static int finish_pack(struct store_batch *batch, struct err *err)
{
    struct store *store = batch->store;
    AUTO(freep) char *folder = NULL;
    if (asprintf(&folder, "%s/iokeeper/tmp", store->git_path) < 0)
        abort();
    git_indexer_options options = {.version = GIT_INDEXER_OPTIONS_VERSION};
    git_indexer *indexer = NULL;
    if (git_indexer_new(&indexer, folder, 0, store->odb, &options) < 0)
        return store_fail(err, ERR_IO, "write pack");
    int failed = feed_pack(batch, indexer, err);
    if (!failed)
        failed = store_move_pack(store, git_indexer_name(indexer), err);
    git_indexer_free(indexer);
    if (!failed && git_odb_refresh(store->odb) < 0)
        return store_fail(err, ERR_IO, "%s", store->path);
    return failed;
}

int store_batch_finish(struct store_batch *batch, struct err *err)
{
    if (flush_spool(batch, err) < 0)
        return -1;
    return batch->n < LOOSE_BELOW ? finish_loose(batch, err) : finish_pack(batch, err);
}
