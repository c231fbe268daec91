#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "store_internal.h"

/* A tree deeper than anything a walk on disk could follow is not one of ours. */
enum { DEPTH_MAX = FS_DEPTH_MAX };

/* ---- what may be a path ---- */

static bool is_safe_component(struct str name, bool odd)
{
    if (name.n == 0 || str_is(name, ".") || str_is(name, ".."))
        return false;
    if (name.n == 4 && strncasecmp(name.p, ".git", 4) == 0)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c == '\0' || (!odd && (c < 0x20 || c == 0x7f)))
            return false;
    }
    return true;
}

bool store_path_is_safe(struct str path, bool odd)
{
    size_t depth = 0;
    for (;;) {
        size_t end = str_find(path, '/');
        if (!is_safe_component(str_sub(path, 0, end), odd) || ++depth > DEPTH_MAX)
            return false;
        if (end == path.n)
            return true;
        path = str_sub(path, end + 1, path.n);
    }
}

/* ---- listing ---- */

bool store_is_regular(unsigned mode)
{
    return mode == MODE_FILE || mode == MODE_EXECUTABLE;
}

struct listing {
    struct arena *arena;
    struct store *store;
    struct store_file *files;
    size_t n;
    size_t capacity;
    struct buf prefix; /* the folder being listed, with its '/' */
};

static void add_file(struct listing *l, const git_tree_entry *entry)
{
    if (l->n == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 1024;
        l->files = reallocarray(l->files, capacity, sizeof *l->files);
        if (!l->files)
            abort();
        l->capacity = capacity;
    }
    l->files[l->n++] = (struct store_file){
        .path = arena_printf(l->arena, "%s%s", buf_cstr(&l->prefix), git_tree_entry_name(entry)),
        .oid = store_from_git(git_tree_entry_id(entry)),
        .mode = (unsigned)git_tree_entry_filemode(entry),
    };
}

static int list_tree(struct listing *l, const git_oid *id, unsigned depth, struct err *err);

static int list_entry(struct listing *l, const git_tree_entry *entry, unsigned depth,
                      struct err *err)
{
    if (git_tree_entry_filemode(entry) != GIT_FILEMODE_TREE) {
        add_file(l, entry);
        return 0;
    }
    size_t outer = l->prefix.n;
    buf_printf(&l->prefix, "%s/", git_tree_entry_name(entry));
    if (buf_overflowed(&l->prefix))
        return err_set(err, ERR_BAD, "a path of the tree is too long");
    if (list_tree(l, git_tree_entry_id(entry), depth + 1, err) < 0)
        return -1;
    buf_cut(&l->prefix, outer);
    return 0;
}

static int list_tree(struct listing *l, const git_oid *id, unsigned depth, struct err *err)
{
    if (depth > DEPTH_MAX)
        return err_set(err, ERR_BAD, "the tree is deeper than %d folders", DEPTH_MAX);
    git_tree *tree = NULL;
    if (git_tree_lookup(&tree, l->store->repo, id) < 0)
        return store_fail(err, ERR_IO, "tree %s", git_oid_tostr_s(id));
    int failed = 0;
    for (size_t i = 0; !failed && i < git_tree_entrycount(tree); i++)
        failed = list_entry(l, git_tree_entry_byindex(tree, i), depth, err);
    git_tree_free(tree);
    return failed;
}

/* Git's order of trees is the byte order of whole paths; but a tree is what somebody wrote. */
static int check_order(const struct listing *l, struct err *err)
{
    for (size_t i = 1; i < l->n; i++)
        if (str_cmp(l->files[i - 1].path, l->files[i].path) >= 0)
            return err_set(err, ERR_BAD, "the tree is out of order at %s", l->files[i].path.p);
    return 0;
}

void store_list_in_timeline(struct store *store, uint32_t place, struct arena *a,
                            struct store_file **ret_files, size_t *ret_n)
{
    struct store_delta *deltas;
    size_t n;
    store_timeline_compare(store, 0, place, NULL, a, &deltas, &n);
    *ret_files = arena_array(a, n + 1, sizeof **ret_files);
    *ret_n = 0;
    for (size_t i = 0; i < n; i++)
        if (deltas[i].mode_after)
            (*ret_files)[(*ret_n)++] = (struct store_file){
                .path = deltas[i].path, .oid = deltas[i].after, .mode = deltas[i].mode_after};
}

int store_list_in_trees(struct store *store, const struct oid *commit, struct arena *a,
                        struct store_file **ret_files, size_t *ret_n, struct err *err)
{
    struct oid root;
    if (store_tree_of(store, commit, &root, err) < 0)
        return -1;
    struct listing l = {.arena = a, .store = store, .prefix = BUF_MAX(PATH_MAX)};
    git_oid id = store_to_git(&root);
    int failed = list_tree(&l, &id, 0, err);
    if (!failed)
        failed = check_order(&l, err);
    if (!failed) {
        *ret_files = arena_array(a, l.n, sizeof *l.files);
        if (l.n)
            memcpy(*ret_files, l.files, l.n * sizeof *l.files);
        *ret_n = l.n;
    }
    buf_release(&l.prefix);
    free(l.files);
    return failed;
}

int store_list(struct store *store, const struct oid *commit, struct arena *a,
               struct store_file **ret_files, size_t *ret_n, struct err *err)
{
    uint32_t place = store_timeline_place(store, commit);
    if (place) {
        store_list_in_timeline(store, place, a, ret_files, ret_n);
        return 0;
    }
    if (store_list_in_trees(store, commit, a, ret_files, ret_n, err) < 0)
        return err_wrap(err, "list commit");
    return 0;
}

/* ---- building ---- */

struct builder {
    struct store_batch *batch;
    struct arena arena; /* entries, freed when all is built */
    const struct store_file *files;
};

static int compare_path(const void *key, const void *file)
{
    return str_cmp(*(const struct str *)key, ((const struct store_file *)file)->path);
}

/* Whether a file has the very path of the folder that ends before path.p[end]. */
static bool is_file_too(const struct builder *b, size_t lo, size_t hi, struct str folder)
{
    return hi > lo && bsearch(&folder, b->files + lo, hi - lo, sizeof *b->files, compare_path);
}

static int add_tree(struct builder *b, struct tree_entry *entries, size_t n, struct oid *ret_oid,
                    struct err *err)
{
    AUTO(buf_release) struct buf content = BUF_MAX((size_t)1 << 30);
    tree_write(&content, entries, n);
    return batch_add_content(b->batch, OBJ_TREE, buf_view(&content), ret_oid, err);
}

/* A tree that names a blob which is not there would spoil every commit after it. */
static int take_file(struct builder *b, const struct store_file *file, struct tree_entry *ret_entry,
                     struct err *err)
{
    if (file->mode != MODE_SUBMODULE && !batch_has(b->batch, &file->oid))
        return err_set(err, ERR_IO, "%.*s: its content is not in the repository",
                       STR_ARG(file->path));
    ret_entry->mode = file->mode;
    ret_entry->oid = file->oid;
    return 0;
}

static int build_folder(struct builder *b, size_t lo, size_t hi, size_t from,
                        struct tree_entry *ret_entry, struct err *err);

/* The entries of the folder whose files are [lo, hi) and whose path is the first `from` bytes of
 * each; entries has room for one a file. */
static int collect_entries(struct builder *b, size_t lo, size_t hi, size_t from,
                           struct tree_entry *entries, size_t *ret_n, struct err *err)
{
    size_t n = 0;
    for (size_t i = lo; i < hi;) {
        struct str path = b->files[i].path;
        size_t length = str_find(str_sub(path, from, path.n), '/');
        size_t end = from + length;
        entries[n].name = str_sub(path, from, length);
        if (end == path.n) {
            if (take_file(b, &b->files[i++], &entries[n++], err) < 0)
                return -1;
            continue;
        }
        struct str within = str_sub(path, 0, end + 1);
        size_t next = i + 1;
        while (next < hi && str_starts(b->files[next].path, within))
            next++;
        if (is_file_too(b, lo, i, str_sub(path, 0, end)))
            return err_set(err, ERR_BAD, "%.*s: both file and folder", STR_ARG(path));
        if (build_folder(b, i, next, end + 1, &entries[n], err) < 0)
            return -1;
        n++;
        i = next;
    }
    *ret_n = n;
    return 0;
}

static int build_folder(struct builder *b, size_t lo, size_t hi, size_t from,
                        struct tree_entry *ret_entry, struct err *err)
{
    struct tree_entry *entries = arena_array(&b->arena, hi - lo, sizeof *entries);
    size_t n;
    if (collect_entries(b, lo, hi, from, entries, &n, err) < 0)
        return -1;
    ret_entry->mode = MODE_FOLDER;
    return add_tree(b, entries, n, &ret_entry->oid, err);
}

static bool is_ours(const char *name, const char *const *ours)
{
    for (; ours && *ours; ours++)
        if (!strcmp(*ours, name))
            return true;
    return false;
}

static bool has_entry(const struct tree_entry *entries, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(entries[i].name, name))
            return true;
    return false;
}

/* Appends what the root of `keep` holds beside ours; *entries is made anew with room for it. */
static int keep_others(struct builder *b, const struct oid *keep, const char *const *ours,
                       struct tree_entry **entries, size_t *n, struct err *err)
{
    struct store *store = batch_store(b->batch);
    struct oid root;
    if (store_tree_of(store, keep, &root, err) < 0)
        return -1;
    git_oid id = store_to_git(&root);
    git_tree *tree = NULL;
    if (git_tree_lookup(&tree, store->repo, &id) < 0)
        return store_fail(err, ERR_IO, "tree %s", git_oid_tostr_s(&id));
    size_t count = git_tree_entrycount(tree);
    size_t own = *n;
    struct tree_entry *all = arena_array(&b->arena, own + count, sizeof *all);
    if (own)
        memcpy(all, *entries, own * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        const char *name = git_tree_entry_name(entry);
        if (is_ours(name, ours) || has_entry(all, own, name))
            continue;
        all[(*n)++] = (struct tree_entry){
            .mode = (unsigned)git_tree_entry_filemode(entry),
            .name = arena_str(&b->arena, str_of(name)),
            .oid = store_from_git(git_tree_entry_id(entry)),
        };
    }
    *entries = all;
    git_tree_free(tree);
    return 0;
}

static int check_files(const struct store_file *files, size_t n, bool odd, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!store_path_is_safe(files[i].path, odd))
            return err_set(err, ERR_BAD, "%.*s: not a path for the mirror", STR_ARG(files[i].path));
        if (i && str_cmp(files[i - 1].path, files[i].path) >= 0)
            return err_set(err, ERR_BAD, "%.*s: out of order or twice", STR_ARG(files[i].path));
    }
    return 0;
}

static int build_root(struct builder *b, size_t n_files, const struct oid *keep,
                      const char *const *ours, struct oid *ret_root, struct err *err)
{
    struct tree_entry *entries = arena_array(&b->arena, n_files, sizeof *entries);
    size_t n;
    if (collect_entries(b, 0, n_files, 0, entries, &n, err) < 0)
        return -1;
    if (keep && !oid_is_zero(keep) && keep_others(b, keep, ours, &entries, &n, err) < 0)
        return -1;
    return add_tree(b, entries, n, ret_root, err);
}

int store_build_trees(struct store_batch *batch, const struct store_file *files, size_t n,
                      const struct oid *keep, const char *const *ours, bool odd,
                      struct oid *ret_root, struct err *err)
{
    if (check_files(files, n, odd, err) < 0)
        return -1;
    struct builder b = {.batch = batch, .files = files};
    int failed = build_root(&b, n, keep, ours, ret_root, err);
    arena_release(&b.arena);
    return failed;
}

int store_write_trees(struct store_batch *batch, const struct store_file *files, size_t n,
                      const struct oid *keep, const char *const *ours, struct oid *ret_root,
                      struct err *err)
{
    return store_build_trees(batch, files, n, keep, ours, false, ret_root, err);
}
