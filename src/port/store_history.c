/* All that a repository's refs lead to, each object once, oldest first. */
#include <limits.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/map.h"
#include "store_internal.h"

/* A folder that the walk is in. */
struct frame {
    git_tree *tree;
    size_t next;   /* entry */
    size_t prefix; /* bytes of the path that lead to it, with its '/' */
};

struct store_history {
    struct store *store;
    git_revwalk *walk;
    git_commit *commit; /* the last one told; its message is lent out */
    struct oid commit_oid;
    struct map seen; /* ids of trees and blobs, as 20 bytes */
    struct arena ids;
    struct frame *frames;
    size_t depth, room;
    struct buf path;
};

/* Pushes what a ref leads to; one that leads nowhere is store_fsck's to tell. */
static int push_ref(git_reference *ref, void *history)
{
    struct store_history *h = history;
    git_object *commit = NULL;
    if (git_reference_peel(&commit, ref, GIT_OBJECT_COMMIT) == 0)
        git_revwalk_push(h->walk, git_object_id(commit));
    git_object_free(commit);
    git_reference_free(ref);
    return 0;
}

int store_history_open(struct store *store, struct store_history **ret_history, struct err *err)
{
    struct store_history *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    h->store = store;
    h->path = (struct buf)BUF_MAX(SHRT_MAX);
    *ret_history = h;
    if (git_revwalk_new(&h->walk, store->repo) < 0 ||
        git_revwalk_sorting(h->walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE) < 0 ||
        git_reference_foreach(store->repo, push_ref, h) < 0)
        return store_fail(err, ERR_IO, "walk the history");
    git_revwalk_push_head(h->walk); /* it may be on no branch */
    return 0;
}

/* Whether an object is met for the first time. */
static bool is_new(struct store_history *h, const git_oid *id)
{
    struct oid oid = store_from_git(id);
    struct str key = oid_key(&oid);
    if (map_get(&h->seen, key))
        return false;
    map_put(&h->seen, arena_str(&h->ids, key), h);
    return true;
}

/* Goes down into a tree, whose path is in h->path. */
static int enter(struct store_history *h, const git_oid *id, struct err *err)
{
    git_tree *tree;
    if (git_tree_lookup(&tree, h->store->repo, id) < 0)
        return store_fail(err, ERR_BAD, "tree %s", git_oid_tostr_s(id));
    if (h->depth == h->room) {
        h->room = h->room ? 2 * h->room : 16;
        h->frames = reallocarray(h->frames, h->room, sizeof *h->frames);
        if (!h->frames)
            abort();
    }
    h->frames[h->depth++] = (struct frame){.tree = tree, .prefix = h->path.n};
    return 0;
}

static void leave(struct store_history *h)
{
    git_tree_free(h->frames[--h->depth].tree);
}

/* One entry of the folder we are in: 1 where it is a file to be told, 0, or -1. */
static int step(struct store_history *h, struct store_past *ret_past, struct err *err)
{
    struct frame *frame = &h->frames[h->depth - 1];
    buf_cut(&h->path, frame->prefix);
    const git_tree_entry *entry = git_tree_entry_byindex(frame->tree, frame->next++);
    if (!entry) {
        leave(h);
        return 0;
    }
    const git_oid *id = git_tree_entry_id(entry);
    git_object_t type = git_tree_entry_type(entry);
    if (type == GIT_OBJECT_COMMIT || !is_new(h, id))
        return 0; /* a submodule's commit is not in this repository */
    buf_str(&h->path, str_of(git_tree_entry_name(entry)));
    if (type == GIT_OBJECT_TREE) {
        buf_char(&h->path, '/');
        return enter(h, id, err);
    }
    *ret_past = (struct store_past){
        .commit = h->commit_oid, .blob = store_from_git(id), .path = buf_view(&h->path)};
    return 1;
}

/* The next commit: 1 with its message, 0 where there is none, or -1. */
static int next_commit(struct store_history *h, struct store_past *ret_past, struct err *err)
{
    git_oid id;
    int status = git_revwalk_next(&id, h->walk);
    if (status == GIT_ITEROVER)
        return 0;
    if (status < 0)
        return store_fail(err, ERR_IO, "walk the history");
    git_commit_free(h->commit);
    h->commit = NULL;
    h->commit_oid = store_from_git(&id);
    if (git_commit_lookup(&h->commit, h->store->repo, &id) < 0)
        return store_fail(err, ERR_BAD, "commit %s", git_oid_tostr_s(&id));
    const git_oid *tree = git_commit_tree_id(h->commit);
    buf_cut(&h->path, 0);
    if (is_new(h, tree) && enter(h, tree, err) < 0)
        return -1;
    *ret_past = (struct store_past){.commit = h->commit_oid,
                                    .message = str_of(git_commit_message_raw(h->commit))};
    return 1;
}

int store_history_next(struct store_history *h, struct store_past *ret_past, struct err *err)
{
    while (h->depth) {
        int told = step(h, ret_past, err);
        if (told)
            return told;
    }
    return next_commit(h, ret_past, err);
}

void store_history_free(struct store_history *h)
{
    if (!h)
        return;
    while (h->depth)
        leave(h);
    free(h->frames);
    git_commit_free(h->commit);
    git_revwalk_free(h->walk);
    map_release(&h->seen);
    arena_release(&h->ids);
    buf_release(&h->path);
    free(h);
}
