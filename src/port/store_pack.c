/* Loose objects and many packs into one pack, as `git gc --auto` does it, which nothing calls in a
 * mirror: a cycle adds some five to a hundred loose objects or a pack, and in a year that would be
 * hundreds of thousands of files. */
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
    LOOSE_MAX = 6700, /* git's own defaults of gc.auto and gc.autoPackLimit */
    PACKS_MAX = 50,
    LOOSE_AT_ONCE = 20000, /* what is left waits for the next time */
    SMALL_PACK = 20000,    /* objects; a bigger pack stays as it is */
    SAMPLED = 0x17, /* the folder of which git, too, concludes how many loose objects there are */
    FOLDERS = 256,
};

/* A pack that is to go, and where its objects stand among all. */
struct old_pack {
    const char *name; /* without "pack-" and the suffix */
    size_t from, to;
};

struct packing {
    struct store *store;
    struct pace *pace;
    struct arena arena;
    const char *objects; /* the folder, with a '/' */
    struct oid *oids;    /* what is to be packed */
    size_t n, room;
    size_t loose_n; /* the first so many are loose */
    struct old_pack *packs;
    size_t packs_n;
    struct map paths; /* of blobs, as the timeline knows them: deltas are sought among namesakes */
    struct err stop;
};

/* A setting of git's, which is `most` where there is none. */
static size_t limit_of(const struct packing *p, const char *setting, int32_t most)
{
    git_config *config = NULL;
    int32_t limit = most;
    if (git_repository_config_snapshot(&config, p->store->repo) == 0)
        git_config_get_int32(&limit, config, setting);
    git_config_free(config);
    return limit > 0 ? (size_t)limit : SIZE_MAX;
}

static void add(struct packing *p, const struct oid *oid)
{
    if (p->n == p->room) {
        p->room = p->room ? 2 * p->room : 4096;
        p->oids = reallocarray(p->oids, p->room, sizeof *p->oids);
        if (!p->oids)
            abort();
    }
    p->oids[p->n++] = *oid;
}

/* ---- what is loose ---- */

/* Adds the objects of a folder of loose ones, unless `count` is all that is wanted; how many there
 * are. */
static size_t look_at_folder(struct packing *p, unsigned number, bool count)
{
    char name[3];
    snprintf(name, sizeof name, "%02x", number & 0xff);
    DIR *dir = opendir(arena_printf(&p->arena, "%s%s", p->objects, name).p);
    size_t found = 0;
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        char hex[OID_HEX + 1];
        struct oid oid;
        if (strlen(e->d_name) != OID_HEX - 2)
            continue;
        snprintf(hex, sizeof hex, "%.2s%.38s", name, e->d_name);
        if (oid_from_hex(str_of(hex), &oid) < 0)
            continue;
        found++;
        if (!count && p->n < LOOSE_AT_ONCE)
            add(p, &oid);
    }
    if (dir)
        closedir(dir);
    return found;
}

static void list_loose(struct packing *p)
{
    size_t sampled = look_at_folder(p, SAMPLED, true);
    if (sampled <= (limit_of(p, "gc.auto", LOOSE_MAX) - 1) / FOLDERS)
        return;
    for (unsigned i = 0; i < FOLDERS; i++)
        look_at_folder(p, i, false);
    p->loose_n = p->n;
}

/* ---- what is in small packs ---- */

static const char *pack_path(struct packing *p, const char *name, const char *suffix)
{
    return arena_printf(&p->arena, "%spack/pack-%s%s", p->objects, name, suffix).p;
}

/* A pack, and nothing else; NULL with libgit2's error. */
static git_odb *open_pack(struct packing *p, const char *name)
{
    git_odb *odb = NULL;
    git_odb_backend *backend = NULL;
    if (git_odb_new(&odb) < 0)
        return NULL;
    if (git_odb_backend_one_pack(&backend, pack_path(p, name, ".idx")) < 0 ||
        git_odb_add_backend(odb, backend, 1) < 0) {
        git_odb_free(odb);
        return NULL;
    }
    return odb;
}

static int add_from_pack(const git_oid *id, void *packing)
{
    struct oid oid = store_from_git(id);
    add(packing, &oid);
    return 0;
}

/* Whether git was told to leave a pack alone, or keeps it for a purpose of its own. */
static bool is_kept(struct packing *p, const char *name)
{
    static const char *const marks[] = {".keep", ".mtimes", ".promisor"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (access(pack_path(p, name, marks[i]), F_OK) == 0)
            return true;
    return false;
}

/* Adds a pack's objects where they are few; it is then to go. */
static void add_pack(struct packing *p, const char *name)
{
    size_t from = p->n;
    git_odb *odb = is_kept(p, name) ? NULL : open_pack(p, name);
    if (odb && git_odb_foreach(odb, add_from_pack, p) == 0 && p->n - from < SMALL_PACK)
        p->packs[p->packs_n++] = (struct old_pack){.name = name, .from = from, .to = p->n};
    else
        p->n = from;
    git_odb_free(odb);
}

/* The names of packs; how many there are. */
static size_t list_names(struct packing *p, const char ***ret)
{
    struct dirent **found = NULL;
    int n = scandir(arena_printf(&p->arena, "%spack", p->objects).p, &found, NULL, alphasort);
    const char **names = arena_array(&p->arena, (size_t)(n > 0 ? n : 0) + 1, sizeof *names);
    size_t names_n = 0;
    for (int i = 0; i < n; i++) {
        struct str file = str_of(found[i]->d_name);
        if (str_starts(file, STR("pack-")) && str_ends(file, STR(".idx")))
            names[names_n++] = arena_str(&p->arena, str_sub(file, 5, file.n - 9)).p;
        free(found[i]);
    }
    free(found);
    *ret = names;
    return names_n;
}

/* An index over several packs is git's maintenance's, which then sees to packs, too. */
static void list_packed(struct packing *p)
{
    const char **names;
    size_t n = list_names(p, &names);
    if (n <= limit_of(p, "gc.autoPackLimit", PACKS_MAX) || limit_of(p, "gc.auto", 1) == SIZE_MAX ||
        access(arena_printf(&p->arena, "%spack/multi-pack-index", p->objects).p, F_OK) == 0)
        return;
    p->packs = arena_array(&p->arena, n, sizeof *p->packs);
    for (size_t i = 0; i < n; i++)
        add_pack(p, names[i]);
    if (p->packs_n < 2) {
        p->packs_n = 0;
        p->n = p->loose_n;
    }
}

static void list_paths(struct packing *p)
{
    struct timeline *t = &p->store->timeline;
    for (uint32_t i = 0; i < t->deltas_n; i++)
        if (t->deltas[i].mode)
            map_put(&p->paths, oid_key(&t->deltas[i].blob),
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
        git_oid id = store_to_git(&p->oids[i]);
        status = git_packbuilder_insert(builder, &id, map_get(&p->paths, oid_key(&p->oids[i])));
    }
    if (status == 0)
        status = git_packbuilder_write(builder, folder, 0, go_on_indexing, p);
    if (p->stop.cls != ERR_NONE)
        *err = p->stop;
    if (p->stop.cls != ERR_NONE)
        return -1;
    if (status < 0)
        return store_fail(err, ERR_IO, "pack objects");
    return store_move_pack(p->store, git_packbuilder_name(builder), err);
}

/* ---- what is in the way no more ---- */

static bool holds(git_odb *pack, const struct oid *oid)
{
    git_oid id = store_to_git(oid);
    pulse();
    return git_odb_exists(pack, &id);
}

/* Takes away each loose file whose object the new pack has. */
static void remove_loose(struct packing *p, git_odb *pack)
{
    for (size_t i = 0; i < p->loose_n; i++) {
        AUTO(freep) char *path = NULL;
        char hex[OID_HEX + 1];
        oid_to_hex(&p->oids[i], hex);
        if (asprintf(&path, "%s%.2s/%s", p->objects, hex, hex + 2) < 0)
            abort();
        if (holds(pack, &p->oids[i]))
            unlink(path);
    }
}

/* Takes away an old pack all of whose objects the new one has; its index first, as git does. */
static void remove_pack(struct packing *p, const struct old_pack *old, git_odb *pack,
                        const char *new_name)
{
    static const char *const suffixes[] = {".idx", ".rev", ".bitmap", ".pack"};
    if (strcmp(old->name, new_name) == 0)
        return;
    for (size_t i = old->from; i < old->to; i++)
        if (!holds(pack, &p->oids[i]))
            return;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        unlink(pack_path(p, old->name, suffixes[i]));
}

static int pack_all(struct packing *p, struct err *err)
{
    git_packbuilder *builder = NULL;
    if (git_packbuilder_new(&builder, p->store->repo) < 0)
        return store_fail(err, ERR_IO, "pack objects");
    int result = make_pack(p, builder, err);
    if (result == 0) {
        const char *name = git_packbuilder_name(builder);
        git_odb *pack = open_pack(p, name);
        if (pack)
            remove_loose(p, pack);
        for (size_t i = 0; pack && i < p->packs_n; i++)
            remove_pack(p, &p->packs[i], pack, name);
        git_odb_free(pack);
        if (git_odb_refresh(p->store->odb) < 0)
            result = store_fail(err, ERR_IO, "%s", p->store->path);
    }
    git_packbuilder_free(builder);
    return result;
}

int store_pack(struct store *store, struct pace *pace, struct err *err)
{
    struct packing p = {.store = store, .pace = pace};
    int result = 0;
    p.objects = arena_printf(&p.arena, "%sobjects/", git_repository_commondir(store->repo)).p;
    list_loose(&p);
    list_packed(&p);
    if (p.n) {
        list_paths(&p);
        result = pack_all(&p, err);
    }
    free(p.oids);
    map_release(&p.paths);
    arena_release(&p.arena);
    return result;
}
