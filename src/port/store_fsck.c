/* Every byte of the repository's own files, and of the working tree, against what it must be. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "store_fsck_internal.h"

enum {
    LOOSE_MAX = 1 << 30, /* bytes of a loose object's file */
    REF_MAX = 64 << 20,  /* of a ref's file, packed-refs above all */
    CHUNK = 64 << 10,
    DEEPEST = 32, /* folders of refs */
};

/* ---- what there is ---- */

static void add(struct store_fsck *f, enum item_sort sort, const char *path,
                const struct store_file *file)
{
    if (f->n == f->room) {
        f->room = f->room ? 2 * f->room : 1024;
        f->items = reallocarray(f->items, f->room, sizeof *f->items);
        if (!f->items)
            abort();
    }
    f->items[f->n++] = (struct item){.sort = sort, .path = path, .file = file};
}

/* The absolute path of an item of the git directory; those paths begin with ".git/". */
static const char *place_of(struct store_fsck *f, const char *path)
{
    return arena_printf(&f->arena, "%s/%s", f->store->git_path, path + strlen(".git/")).p;
}

/* The names in a folder of the git directory, sorted; none where it is not there. */
static const char **list_names(struct store_fsck *f, const char *folder, size_t *ret_n)
{
    struct dirent **found = NULL;
    int n = scandir(place_of(f, folder), &found, NULL, alphasort);
    const char **names = arena_array(&f->arena, (size_t)(n > 0 ? n : 0) + 1, sizeof *names);
    *ret_n = 0;
    for (int i = 0; i < n; i++) {
        if (found[i]->d_name[0] != '.')
            names[(*ret_n)++] = arena_str(&f->arena, str_of(found[i]->d_name)).p;
        free(found[i]);
    }
    free(found);
    return names;
}

static bool is_hex(const char *text, size_t n)
{
    return strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

static void list_loose(struct store_fsck *f)
{
    size_t folders_n, n;
    const char **folders = list_names(f, ".git/objects", &folders_n);
    for (size_t i = 0; i < folders_n; i++) {
        if (!is_hex(folders[i], 2))
            continue;
        const char *folder = arena_printf(&f->arena, ".git/objects/%s", folders[i]).p;
        const char **names = list_names(f, folder, &n);
        for (size_t k = 0; k < n; k++)
            if (is_hex(names[k], OID_HEX - 2))
                add(f, ITEM_LOOSE, arena_printf(&f->arena, "%s/%s", folder, names[k]).p, NULL);
    }
}

/* Files that git ends with a sum, and the ways they are called. */
static void list_sealed(struct store_fsck *f, const char *folder)
{
    static const char *const suffixes[] = {".pack", ".idx", ".rev", ".bitmap", ".mtimes", ".graph"};
    static const char *const whole[] = {"multi-pack-index", "commit-graph"};
    size_t n;
    const char **names = list_names(f, folder, &n);
    for (size_t i = 0; i < n; i++) {
        const char *path = arena_printf(&f->arena, "%s/%s", folder, names[i]).p;
        bool sealed = false;
        for (size_t k = 0; k < sizeof suffixes / sizeof *suffixes; k++)
            sealed |= str_ends(str_of(names[i]), str_of(suffixes[k]));
        for (size_t k = 0; k < sizeof whole / sizeof *whole; k++)
            sealed |= strcmp(names[i], whole[k]) == 0;
        if (sealed)
            add(f, ITEM_SEALED, path, NULL);
        if (str_ends(str_of(path), STR(".pack")) || str_ends(str_of(path), STR(".idx")))
            add(f, ITEM_PAIR, path, NULL);
    }
}

static bool is_folder(struct store_fsck *f, const char *path)
{
    struct stat st;
    return lstat(place_of(f, path), &st) == 0 && S_ISDIR(st.st_mode);
}

/* Files below a folder: of refs, or of their logs. */
static void list_files_of_refs(struct store_fsck *f, enum item_sort sort, const char *folder,
                               unsigned depth)
{
    size_t n;
    const char **names = list_names(f, folder, &n);
    for (size_t i = 0; i < n && depth < DEEPEST; i++) {
        const char *path = arena_printf(&f->arena, "%s/%s", folder, names[i]).p;
        if (is_folder(f, path))
            list_files_of_refs(f, sort, path, depth + 1);
        else if (!str_ends(str_of(path), STR(".lock")))
            add(f, sort, path, NULL);
    }
}

static bool is_there(struct store_fsck *f, const char *path)
{
    return access(place_of(f, path), F_OK) == 0;
}

static int list_files(struct store_fsck *f, const struct oid *head, struct err *err)
{
    struct store_file *files;
    size_t n;
    if (oid_is_zero(head))
        return 0;
    if (store_list(f->store, head, &f->arena, &files, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (files[i].mode != MODE_SUBMODULE)
            add(f, ITEM_FILE, files[i].path.p, &files[i]);
    return 0;
}

static void list_timelines(struct store_fsck *f)
{
    size_t n;
    const char **names = list_names(f, ".git/iokeeper", &n);
    for (size_t i = 0; i < n; i++)
        if (str_starts(str_of(names[i]), STR(STORE_TIMELINE)))
            add(f, ITEM_TIMELINE, arena_printf(&f->arena, ".git/iokeeper/%s", names[i]).p, NULL);
}

int store_fsck_open(struct store_fsck **ret_fsck, struct store *store, const struct oid *head,
                    struct err *err)
{
    struct store_fsck *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->store = store;
    f->content = (struct buf)BUF_MAX(LOOSE_MAX);
    fs_walk_init(&f->walk, store->root_fd);
    *ret_fsck = f;
    add(f, ITEM_HEAD, ".git/HEAD", NULL);
    list_files_of_refs(f, ITEM_REF, ".git/refs", 0);
    list_files_of_refs(f, ITEM_LOG, ".git/logs", 0);
    add(f, ITEM_CONFIG, ".git/config", NULL);
    add(f, ITEM_ATTRIBUTES, ".git/info/attributes", NULL);
    if (is_there(f, ".git/packed-refs"))
        add(f, ITEM_PACKED, ".git/packed-refs", NULL);
    if (is_there(f, ".git/index"))
        add(f, ITEM_SEALED, ".git/index", NULL);
    list_timelines(f);
    list_loose(f);
    list_sealed(f, ".git/objects/pack");
    list_sealed(f, ".git/objects/info");
    list_sealed(f, ".git/objects/info/commit-graphs");
    return list_files(f, head, err);
}

/* ---- faults ---- */

int fsck_fault(struct store_fault *ret, const struct item *item, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ret->text, sizeof ret->text, format, args);
    va_end(args);
    ret->path = item->path;
    return STORE_FAULT;
}

int fsck_read(struct store_fsck *f, const struct item *item, struct str *ret,
              struct store_fault *fault_ret)
{
    struct err why = {0};
    buf_reset(&f->content);
    if (fs_read(place_of(f, item->path), REF_MAX, &f->content, &why) < 0)
        return fsck_fault(fault_ret, item, "%s", why.text);
    *ret = buf_view(&f->content);
    if (str_ends(*ret, STR("\n")))
        ret->n--;
    return STORE_SOUND;
}

/* ---- objects ---- */

static int look_at_loose(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    struct err why = {0};
    struct oid oid;
    char hex[OID_HEX + 1];
    size_t n = strlen(item->path);
    ret->unreadable = true;
    buf_reset(&f->content);
    if (fs_read(place_of(f, item->path), LOOSE_MAX, &f->content, &why) < 0 ||
        loose_object_id(buf_view(&f->content), &oid, &why) < 0)
        return fsck_fault(ret, item, "%s", why.text);
    oid_to_hex(&oid, hex);
    const char *name = item->path + n - (OID_HEX + 1); /* with the '/' behind two digits */
    if (memcmp(hex, name, 2) == 0 && strcmp(hex + 2, name + 3) == 0)
        return STORE_SOUND;
    return fsck_fault(ret, item, "damaged: its content is that of object %s", hex);
}

/* Whether the last bytes of a file are the sum of the others; none at all where git was told to
 * leave it out (index.skipHash). */
static bool is_sealed(int fd, off_t size, bool *ret_failed)
{
    static char chunk[CHUNK];
    struct sha1 *sum = sha1_new();
    struct oid is, told = {0};
    off_t left = size - OID_BYTES;
    ssize_t got = 0;
    while (left > 0 && (got = fs_read_some(fd, chunk, left < CHUNK ? (size_t)left : CHUNK)) > 0) {
        sha1_add(sum, (struct str){.p = chunk, .n = (size_t)got});
        left -= got;
    }
    sha1_finish(sum, &is);
    *ret_failed = left > 0 || fs_read_some(fd, told.bytes, OID_BYTES) != OID_BYTES;
    return !*ret_failed && oid_eq(&is, &told);
}

static int look_at_sealed(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    struct stat st;
    bool failed;
    AUTO(closep) int fd = open(place_of(f, item->path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fsck_fault(ret, item, "cannot be read: %s", strerror(errno));
    if (st.st_size <= OID_BYTES)
        return fsck_fault(ret, item, "damaged: broken off");
    if (is_sealed(fd, st.st_size, &failed))
        return STORE_SOUND;
    return fsck_fault(ret, item,
                      failed ? "cannot be read to its end" : "damaged: its sum is another");
}

static int look_at_pair(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    struct str path = str_of(item->path);
    bool is_pack = str_ends(path, STR(".pack"));
    struct str stem = str_sub(path, 0, path.n - (is_pack ? 5 : 4));
    const char *other =
        arena_printf(&f->arena, "%.*s%s", STR_ARG(stem), is_pack ? ".idx" : ".pack").p;
    if (is_there(f, other))
        return STORE_SOUND;
    return fsck_fault(ret, item, "%s is not there; \"git index-pack\" makes an index of a pack",
                      other);
}

bool fsck_is_object(struct store_fsck *f, struct str hex)
{
    struct oid oid;
    if (oid_from_hex(hex, &oid) < 0)
        return false;
    git_oid id = store_to_git(&oid);
    git_odb_object *object = NULL;
    bool found = git_odb_read(&object, f->store->odb, &id) == 0;
    git_odb_object_free(object);
    return found;
}

/* ---- the timeline ---- */

static int look_at_timeline(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    const char *why = NULL;
    if (!f->proof)
        f->proof = store_proof_begin(place_of(f, item->path));
    int found = f->proof ? store_proof_next(f->proof, f->store, &why) : STORE_SOUND;
    if (found == STORE_MORE) {
        f->next--;
        return found;
    }
    store_proof_free(f->proof);
    f->proof = NULL;
    ret->remedy =
        "nothing is lost: it is a cache; remove it, and the next \"iokeeper log\" of a resource "
        "makes it anew";
    return found == STORE_FAULT ? fsck_fault(ret, item, "%s", why) : STORE_SOUND;
}

/* ---- the working tree ---- */

static int look_at_file(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    struct stat st;
    struct oid oid;
    const char *name;
    int folder;
    ret->edited = true;
    if (fs_walk_to(&f->walk, item->path, false, &folder, &name) < 0 ||
        fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fsck_fault(ret, item, "is missing in the working tree");
    bool link = item->file->mode == MODE_LINK;
    if (link ? !S_ISLNK(st.st_mode) : !S_ISREG(st.st_mode))
        return fsck_fault(ret, item, "is no %s in the working tree", link ? "link" : "file");
    int failed =
        link ? store_hash_link(folder, name, &oid) : store_hash_file(folder, name, &st, &oid);
    if (failed)
        return fsck_fault(ret, item, "cannot be read in the working tree: %s", strerror(errno));
    if (oid_eq(&oid, &item->file->oid))
        return STORE_SOUND;
    return fsck_fault(ret, item, "differs in the working tree: edited by hand, or damaged");
}

/* ---- one after the other ---- */

int store_fsck_next(struct store_fsck *f, struct store_fault *ret)
{
    static int (*const looks[])(struct store_fsck *, const struct item *, struct store_fault *) = {
        [ITEM_LOOSE] = look_at_loose,
        [ITEM_SEALED] = look_at_sealed,
        [ITEM_PAIR] = look_at_pair,
        [ITEM_REF] = fsck_look_at_ref,
        [ITEM_PACKED] = fsck_look_at_packed,
        [ITEM_HEAD] = fsck_look_at_head,
        [ITEM_LOG] = fsck_look_at_log,
        [ITEM_CONFIG] = fsck_look_at_config,
        [ITEM_ATTRIBUTES] = fsck_look_at_attributes,
        [ITEM_TIMELINE] = look_at_timeline,
        [ITEM_FILE] = look_at_file};
    if (f->next == f->n)
        return 0;
    const struct item *item = &f->items[f->next++];
    *ret = (struct store_fault){.path = item->path};
    return looks[item->sort](f, item, ret);
}

size_t store_fsck_total(const struct store_fsck *f)
{
    return f->n;
}

void store_fsck_free(struct store_fsck *f)
{
    if (!f)
        return;
    fs_walk_release(&f->walk);
    store_proof_free(f->proof);
    free(f->items);
    buf_release(&f->content);
    arena_release(&f->arena);
    free(f);
}
