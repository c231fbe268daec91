/* Commits of the branch, newest first, for those who are told of them. */
#include <string.h>

#include "store_internal.h"

static struct str copy_text(struct arena *a, const char *text)
{
    return arena_str(a, str_of(text ? text : ""));
}

/* Whether `from` is a commit that the branch has grown from. */
static int is_ancestor(struct store *store, const git_oid *tip, const git_oid *from)
{
    git_commit *commit = NULL;
    if (git_oid_equal(tip, from))
        return 1;
    if (git_commit_lookup(&commit, store->repo, from) < 0)
        return 0;
    git_commit_free(commit);
    return git_graph_descendant_of(store->repo, tip, from);
}

static int read_commit(struct store *store, const git_oid *id, struct arena *a,
                       struct store_commit_row *row, struct err *err)
{
    git_commit *commit = NULL;
    if (git_commit_lookup(&commit, store->repo, id) < 0)
        return store_fail(err, ERR_IO, "commit %s", git_oid_tostr_s(id));
    const git_signature *author = git_commit_author(commit);
    *row = (struct store_commit_row){.id = store_from_git(id),
                                     .author = copy_text(a, author->name),
                                     .email = copy_text(a, author->email),
                                     .when = git_commit_time(commit),
                                     .subject = copy_text(a, git_commit_summary(commit)),
                                     .body = copy_text(a, git_commit_body(commit))};
    git_commit_free(commit);
    return 0;
}

static int walk(struct store *store, git_revwalk *revwalk, struct arena *a, size_t max,
                struct store_commits *ret, struct err *err)
{
    git_oid id;
    int status;
    ret->rows = arena_array(a, max, sizeof *ret->rows);
    while ((status = git_revwalk_next(&id, revwalk)) == 0) {
        if (ret->n < max && read_commit(store, &id, a, &ret->rows[ret->n], err) < 0)
            return -1;
        ret->n += ret->n < max;
        ret->total++;
    }
    return status == GIT_ITEROVER ? 0 : store_fail(err, ERR_IO, "history");
}

int store_commits_since(struct store *store, const struct oid *from, const struct oid *to,
                        struct arena *a, size_t max, struct store_commits *ret, struct err *err)
{
    git_oid tip = store_to_git(to), base = store_to_git(from);
    git_revwalk *revwalk = NULL;
    *ret = (struct store_commits){0};
    int known = is_ancestor(store, &tip, &base);
    if (known < 0)
        return store_fail(err, ERR_IO, "history");
    if (known == 0)
        return err_set(err, ERR_MISSING, "%s is not in the branch's history",
                       git_oid_tostr_s(&base));
    int result = -1;
    if (git_revwalk_new(&revwalk, store->repo) < 0 ||
        git_revwalk_sorting(revwalk, GIT_SORT_TOPOLOGICAL) < 0 ||
        git_revwalk_push(revwalk, &tip) < 0 || git_revwalk_hide(revwalk, &base) < 0)
        store_fail(err, ERR_IO, "history");
    else
        result = walk(store, revwalk, a, max, ret, err);
    git_revwalk_free(revwalk);
    return result;
}
