/* Loose objects into packs, as `git gc --auto` does it, which nothing calls in a mirror: a commit
 * adds some five files, and a year of them would be hundreds of thousands. */
#include <dirent.h>
#include <errno.h>
#include <git2/odb_backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/pulse.h"
#include "store_internal.h"

enum {
    GC_AUTO = 6700,  /* git's own default of gc.auto: more loose objects than that are packed */
    AT_ONCE = 20000, /* what is left waits for the next time */
    SAMPLED = 0x17,  /* the folder of which git, too, concludes how many there are */
    FOLDERS = 256,
    DELTA_CACHE = 32 << 20, /* bytes */
};

struct packing {
    struct store *store;
    struct pace *pace;
    struct arena arena;
    struct oid *loose;
    size_t n, room;
    struct map
        paths; /* of blobs, as the timeline knows them: their deltas are sought among namesakes */
    struct err stop;
};

/* ---- what is loose ---- */

/* Reads the ids of a folder of loose objects; how many there are. */
static size_t list_folder(struct packing *p, unsigned number)
{
    AUTO(freep) char *path = NULL;
    if (asprintf(&path, "%sobjects/%02x", git_repository_commondir(p->store->repo), number) < 0)
        abort();
    size_t found = 0;
    DIR *dir = opendir(path);
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        char hex[OID_HEX + 1];
        struct oid oid;
        if (strlen(e->d_name) != OID_HEX - 2)
            continue;
        snprintf(hex, sizeof hex, "%02x%.38s", number & 0xff, e->d_name);
        if (oid_from_hex(str_of(hex), &oid) < 0)
            continue;
        found++;
        if (p->n < p->room)
            p->loose[p->n++] = oid;
    }
    if (dir)
        closedir(dir);
    return found;
}

/* Whether there are more than gc.auto allows; 0 there is never, as git has it. */
static bool is_due(struct packing *p)
{
    git_config *config = NULL;
    int32_t limit = GC_AUTO;
    if (git_repository_config_snapshot(&config, p->store->repo) == 0)
        git_config_get_int32(&limit, config, "gc.auto");
    git_config_free(config);
    return limit > 0 && list_folder(p, SAMPLED) > (size_t)(limit - 1) / FOLDERS;
}

static void list_loose(struct packing *p)
{
    p->room = AT_ONCE;
    p->loose = calloc(p->room, sizeof *p->loose);
    if (!p->loose)
        abort();
    for (unsigned i = 0; i < FOLDERS; i++)
        list_folder(p, i);
}

static struct str key_of(const struct oid *oid)
{
    return (struct str){.p = (const char *)oid->bytes, .n = OID_BYTES};
}

static void list_paths(struct packing *p)
{
    struct timeline *t = &p->store->timeline;
    for (uint32_t i = 0; i < t->deltas_n; i++)
        if (t->deltas[i].mode)
            map_put(&p->paths, key_of(&t->deltas[i].blob),
                    (void *)(uintptr_t)t->paths[t->deltas[i].path].p);
}

/* ---- the pack ---- */

/* Called by libgit2 now and then; what is not 0 ends it. */
static int go_on(int stage, uint32_t done, uint32_t total, void *packing)
{
    struct packing *p = packing;
    (void)stage;
    pulse();
    return pace_tell(p->pace, "packing", done, total, &p->stop);
}

static int go_on_indexing(const git_indexer_progress *progress, void *packing)
{
    return go_on(0, progress->indexed_objects, progress->total_objects, packing);
}

static int make_pack(struct packing *p, git_packbuilder *builder, struct err *err)
{
    AUTO(freep) char *folder = NULL;
    AUTO(closep) int made = store_temporary_folder(p->store, err);
    if (made < 0)
        return -1;
    if (asprintf(&folder, "%s/iokeeper/tmp", p->store->git_path) < 0)
        abort();
    int status = git_packbuilder_set_callbacks(builder, go_on, p);
    for (size_t i = 0; status == 0 && i < p->n; i++) {
        git_oid id = store_to_git(&p->loose[i]);
        status = git_packbuilder_insert(builder, &id, map_get(&p->paths, key_of(&p->loose[i])));
    }
    if (status == 0)
        status = git_packbuilder_write(builder, folder, 0, go_on_indexing, p);
    if (p->stop.cls != ERR_NONE)
        *err = p->stop;
    if (p->stop.cls != ERR_NONE)
        return -1;
    if (status < 0)
        return store_fail(err, ERR_IO, "pack loose objects");
    return store_move_pack(p->store, git_packbuilder_name(builder), err);
}

/* ---- what is loose no more ---- */

/* The packs alone, and of them that one. */
static git_odb *open_pack(struct packing *p, const char *name)
{
    AUTO(freep) char *path = NULL;
    git_odb *odb = NULL;
    git_odb_backend *backend = NULL;
    if (asprintf(&path, "%sobjects/pack/pack-%s.idx", git_repository_commondir(p->store->repo),
                 name) < 0)
        abort();
    if (git_odb_new(&odb) < 0)
        return NULL;
    if (git_odb_backend_one_pack(&backend, path) < 0 || git_odb_add_backend(odb, backend, 1) < 0) {
        git_odb_free(odb);
        return NULL;
    }
    return odb;
}

/* Takes away each file whose object the pack has. */
static size_t remove_loose(struct packing *p, git_odb *pack)
{
    size_t removed = 0;
    for (size_t i = 0; i < p->n; i++) {
        AUTO(freep) char *path = NULL;
        char hex[OID_HEX + 1];
        git_oid id = store_to_git(&p->loose[i]);
        oid_to_hex(&p->loose[i], hex);
        if (asprintf(&path, "%sobjects/%.2s/%s", git_repository_commondir(p->store->repo), hex,
                     hex + 2) < 0)
            abort();
        if (git_odb_exists(pack, &id) && unlink(path) == 0)
            removed++;
        pulse();
    }
    return removed;
}

static int pack_all(struct packing *p, size_t *ret_n, struct err *err)
{
    git_packbuilder *builder = NULL;
    if (git_packbuilder_new(&builder, p->store->repo) < 0)
        return store_fail(err, ERR_IO, "pack loose objects");
    int result = make_pack(p, builder, err);
    if (result == 0) {
        git_odb *pack = open_pack(p, git_packbuilder_name(builder));
        *ret_n = pack ? remove_loose(p, pack) : 0;
        git_odb_free(pack);
        if (git_odb_refresh(p->store->odb) < 0)
            result = store_fail(err, ERR_IO, "%s", p->store->path);
    }
    git_packbuilder_free(builder);
    return result;
}

int store_pack_loose(struct store *store, struct pace *pace, size_t *ret_n, struct err *err)
{
    struct packing p = {.store = store, .pace = pace};
    int result = 0;
    *ret_n = 0;
    if (is_due(&p)) {
        list_loose(&p);
        list_paths(&p);
        result = pack_all(&p, ret_n, err);
    }
    free(p.loose);
    map_release(&p.paths);
    return result;
}
