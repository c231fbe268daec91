/* What differs between two commits: files, and lines. */
#include <stdlib.h>
#include <string.h>

#include "store_internal.h"

enum { DEEPEST = 64 };

struct comparison {
    struct store *store;
    struct arena *a;
    struct store_delta *deltas;
    size_t n, room;
    struct buf path;
    unsigned depth;
};

/* ---- files ---- */

/* One side of a file that differs. */
static void set_side(const git_tree_entry *entry, struct oid *oid, unsigned *mode)
{
    *oid = store_from_git(git_tree_entry_id(entry));
    *mode = (unsigned)git_tree_entry_filemode(entry);
}

static void add_delta(struct comparison *c, const git_tree_entry *before,
                      const git_tree_entry *after)
{
    if (c->n == c->room) {
        size_t room = c->room ? 2 * c->room : 64;
        struct store_delta *grown = arena_array(c->a, room, sizeof *grown);
        if (c->n)
            memcpy(grown, c->deltas, c->n * sizeof *grown);
        c->deltas = grown;
        c->room = room;
    }
    struct store_delta *delta = &c->deltas[c->n++];
    *delta = (struct store_delta){.path = arena_str(c->a, buf_view(&c->path))};
    if (before)
        set_side(before, &delta->before, &delta->mode_before);
    if (after)
        set_side(after, &delta->after, &delta->mode_after);
}

static int compare_trees(struct comparison *c, const git_oid *before, const git_oid *after,
                         struct err *err);

/* One name, on one side (the other NULL) or both. */
static int compare_entries(struct comparison *c, const git_tree_entry *before,
                           const git_tree_entry *after, struct err *err)
{
    const git_tree_entry *entries[] = {before, after}, *files[2] = {0};
    const git_oid *folders[2] = {0};
    if (before && after && git_oid_equal(git_tree_entry_id(before), git_tree_entry_id(after)) &&
        git_tree_entry_filemode(before) == git_tree_entry_filemode(after))
        return 0;
    for (size_t side = 0; side < 2; side++)
        if (entries[side] && git_tree_entry_type(entries[side]) == GIT_OBJECT_TREE)
            folders[side] = git_tree_entry_id(entries[side]);
        else
            files[side] = entries[side];
    size_t from = c->path.n;
    int result = 0;
    buf_str(&c->path, str_of(git_tree_entry_name(before ? before : after)));
    if (files[0] || files[1])
        add_delta(c, files[0], files[1]);
    if (folders[0] || folders[1]) {
        buf_char(&c->path, '/');
        result = compare_trees(c, folders[0], folders[1], err);
    }
    buf_cut(&c->path, from);
    return result;
}

/* Both sides at once, in git's order of names. */
static int merge(struct comparison *c, const git_tree *before, const git_tree *after,
                 struct err *err)
{
    size_t n[2] = {before ? git_tree_entrycount(before) : 0,
                   after ? git_tree_entrycount(after) : 0};
    for (size_t i = 0, j = 0; i < n[0] || j < n[1];) {
        const git_tree_entry *left = i < n[0] ? git_tree_entry_byindex(before, i) : NULL;
        const git_tree_entry *right = j < n[1] ? git_tree_entry_byindex(after, j) : NULL;
        int order = !left ? 1 : !right ? -1 : git_tree_entry_cmp(left, right);
        i += order <= 0;
        j += order >= 0;
        if (compare_entries(c, order <= 0 ? left : NULL, order >= 0 ? right : NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int compare_trees(struct comparison *c, const git_oid *before, const git_oid *after,
                         struct err *err)
{
    const git_oid *ids[] = {before, after};
    git_tree *trees[2] = {0};
    int result = c->depth < DEEPEST ? 0 : err_set(err, ERR_BAD, "%s: too deep", buf_cstr(&c->path));
    for (size_t side = 0; result == 0 && side < 2; side++)
        if (ids[side] && git_tree_lookup(&trees[side], c->store->repo, ids[side]) < 0)
            result = store_fail(err, ERR_IO, "tree %s", git_oid_tostr_s(ids[side]));
    c->depth++;
    if (result == 0)
        result = merge(c, trees[0], trees[1], err);
    c->depth--;
    git_tree_free(trees[0]);
    git_tree_free(trees[1]);
    return result;
}

/* The root of a commit, which may be none. */
static int find_root(struct store *store, const struct oid *commit, git_oid *id, bool *ret_any,
                     struct err *err)
{
    struct oid root;
    *ret_any = !oid_is_zero(commit);
    if (!*ret_any)
        return 0;
    if (store_tree_of(store, commit, &root, err) < 0)
        return -1;
    *id = store_to_git(&root);
    return 0;
}

static int cmp_deltas(const void *a, const void *b)
{
    const struct store_delta *left = a, *right = b;
    return str_cmp(left->path, right->path);
}

void store_sort_deltas(struct store_delta *deltas, size_t n)
{
    if (n)
        qsort(deltas, n, sizeof *deltas, cmp_deltas);
}

int store_compare_trees(struct store *store, const struct oid *before, const struct oid *after,
                        struct arena *a, struct store_delta **ret_deltas, size_t *ret_n,
                        struct err *err)
{
    struct comparison c = {.store = store, .a = a, .path = BUF_MAX(1 << 16)};
    git_oid ids[2];
    bool any[2];
    int result = find_root(store, before, &ids[0], &any[0], err);
    if (result == 0)
        result = find_root(store, after, &ids[1], &any[1], err);
    if (result == 0 && !(any[0] && any[1] && git_oid_equal(&ids[0], &ids[1])))
        result = compare_trees(&c, any[0] ? &ids[0] : NULL, any[1] ? &ids[1] : NULL, err);
    buf_release(&c.path);
    store_sort_deltas(c.deltas, c.n);
    *ret_deltas = c.deltas;
    *ret_n = c.n;
    return result;
}

static void turn_round(struct store_delta *deltas, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct store_delta delta = deltas[i];
        deltas[i] = (struct store_delta){.path = delta.path,
                                         .before = delta.after,
                                         .after = delta.before,
                                         .mode_before = delta.mode_after,
                                         .mode_after = delta.mode_before};
    }
}

/* Compares by the timeline; whether it has both commits. */
static bool compare_in_timeline(struct store *store, const struct oid *before,
                                const struct oid *after, const struct store_parts *parts,
                                struct arena *a, struct store_delta **ret_deltas, size_t *ret_n)
{
    uint32_t from = store_timeline_place(store, before), to = store_timeline_place(store, after);
    if ((!from && !oid_is_zero(before)) || (!to && !oid_is_zero(after)))
        return false;
    store_timeline_compare(store, from < to ? from : to, from < to ? to : from, parts, a,
                           ret_deltas, ret_n);
    if (from > to)
        turn_round(*ret_deltas, *ret_n);
    return true;
}

bool store_holds_part(struct str path, const struct store_parts *parts)
{
    for (size_t i = 0; parts && i < parts->n; i++)
        if (memmem(path.p, path.n, parts->texts[i], strlen(parts->texts[i])))
            return true;
    return !parts;
}

/* Leaves files whose content differs, and whose paths count. */
static size_t keep_wanted(struct store_delta *deltas, size_t n, const struct store_parts *parts)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct store_delta *delta = &deltas[i];
        if (delta->mode_before == MODE_SUBMODULE)
            delta->before = (struct oid){0};
        if (delta->mode_after == MODE_SUBMODULE)
            delta->after = (struct oid){0};
        if (!oid_eq(&delta->before, &delta->after) && store_holds_part(delta->path, parts))
            deltas[kept++] = *delta;
    }
    return kept;
}

int store_compare(struct store *store, const struct oid *before, const struct oid *after,
                  const struct store_parts *parts, struct arena *a, struct store_delta **ret_deltas,
                  size_t *ret_n, struct err *err)
{
    if (!compare_in_timeline(store, before, after, parts, a, ret_deltas, ret_n) &&
        store_compare_trees(store, before, after, a, ret_deltas, ret_n, err) < 0)
        return -1;
    *ret_n = keep_wanted(*ret_deltas, *ret_n, parts);
    return 0;
}

/* ---- lines ---- */

static int append_line(const git_diff_delta *delta, const git_diff_hunk *hunk,
                       const git_diff_line *line, void *context)
{
    struct buf *out = context;
    (void)delta;
    (void)hunk;
    if (strchr("+- ", line->origin))
        buf_char(out, line->origin);
    buf_bytes(out, line->content, line->content_len);
    return 0;
}

static int find_tree(struct store *store, const struct oid *commit, git_tree **ret, struct err *err)
{
    git_oid id;
    bool any;
    *ret = NULL;
    if (find_root(store, commit, &id, &any, err) < 0)
        return -1;
    if (any && git_tree_lookup(ret, store->repo, &id) < 0)
        return store_fail(err, ERR_IO, "tree %s", git_oid_tostr_s(&id));
    return 0;
}

int store_patch(struct store *store, const struct oid *before, const struct oid *after,
                const char *const *paths, size_t n, struct buf *out, struct err *err)
{
    git_diff_options options;
    git_tree *trees[2] = {0};
    git_diff *diff = NULL;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.flags = GIT_DIFF_DISABLE_PATHSPEC_MATCH;
    options.pathspec.strings = (char **)paths;
    options.pathspec.count = n;
    int result = find_tree(store, before, &trees[0], err);
    if (result == 0)
        result = find_tree(store, after, &trees[1], err);
    if (result == 0 &&
        (git_diff_tree_to_tree(&diff, store->repo, trees[0], trees[1], &options) < 0 ||
         git_diff_find_similar(diff, NULL) < 0 ||
         git_diff_print(diff, GIT_DIFF_FORMAT_PATCH, append_line, out) < 0))
        result = store_fail(err, ERR_IO, "compare");
    git_diff_free(diff);
    git_tree_free(trees[0]);
    git_tree_free(trees[1]);
    return result;
}

static int append_hunk(const git_diff_delta *delta, const git_diff_hunk *hunk, void *context)
{
    (void)delta;
    buf_bytes(context, hunk->header, hunk->header_len);
    return 0;
}

int store_patch_text(struct str before, struct str after, struct buf *out, struct err *err)
{
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.flags = GIT_DIFF_FORCE_TEXT;
    if (git_diff_buffers(before.p, before.n, "a", after.p, after.n, "b", &options, NULL, NULL,
                         append_hunk, append_line, out) < 0)
        return store_fail(err, ERR_IO, "compare texts");
    return 0;
}
