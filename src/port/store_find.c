/* The commit that a person names, by revision or by time. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store_internal.h"

/* Follows the branch back from its tip to the first commit made no later than `until`. */
static int find_by_time(struct store *store, const char *when, const struct oid *tip, int64_t until,
                        struct oid *ret_commit, struct err *err)
{
    git_commit *commit = NULL;
    git_oid id = store_to_git(tip);
    if (git_commit_lookup(&commit, store->repo, &id) < 0)
        return store_fail(err, ERR_IO, "%s", when);
    while (commit && git_commit_time(commit) > until) {
        git_commit *parent = NULL;
        int code = git_commit_parentcount(commit) ? git_commit_parent(&parent, commit, 0) : 0;
        if (code < 0)
            store_fail(err, ERR_IO, "%s", when);
        git_commit_free(commit);
        commit = parent;
        if (code < 0)
            return -1;
    }
    if (!commit)
        return err_set(err, ERR_USAGE, "%s: the mirror's first commit is younger", when);
    *ret_commit = store_from_git(git_commit_id(commit));
    git_commit_free(commit);
    return 0;
}

int store_find_commit(struct store *store, const char *when, int64_t now, struct oid *ret_commit,
                      struct err *err)
{
    git_object *object = NULL, *commit = NULL;
    struct oid tip;
    bool exists;
    int64_t until;
    int code = git_revparse_single(&object, store->repo, when);
    if (code == 0)
        code = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    if (code == 0)
        *ret_commit = store_from_git(git_object_id(commit));
    git_object_free(commit);
    git_object_free(object);
    if (code == 0)
        return 0;
    if (code == GIT_EAMBIGUOUS)
        return err_set(err, ERR_USAGE, "%s: the ids of several objects begin so", when);
    if (store_ref(store, store->branch_ref, &tip, &exists, err) < 0)
        return -1;
    if (!exists)
        return err_set(err, ERR_USAGE, "%s: the mirror has no commit yet", when);
    if (clock_parse_date(str_of(when), now, &until) == 0)
        return find_by_time(store, when, &tip, until, ret_commit, err);
    return err_set(err, ERR_USAGE,
                   "%s: neither a revision of the mirror nor a date such as 2024-01-15, "
                   "2024-01-15T12:00Z or \"2 hours ago\"",
                   when);
}

static int cmp_names(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return strcmp(*a, *b);
}

int store_names(struct store *store, struct arena *a, const char ***ret_names, size_t *ret_n,
                struct err *err)
{
    static const char *const folders[] = {"refs/heads/", "refs/tags/"};
    git_strarray refs = {0};
    if (git_reference_list(&refs, store->repo) < 0)
        return store_fail(err, ERR_IO, "list refs");
    *ret_names = arena_array(a, refs.count + 1, sizeof **ret_names);
    *ret_n = 0;
    for (size_t i = 0; i < refs.count; i++)
        for (size_t k = 0; k < sizeof folders / sizeof *folders; k++)
            if (str_starts(str_of(refs.strings[i]), str_of(folders[k])))
                (*ret_names)[(*ret_n)++] =
                    arena_str(a, str_of(refs.strings[i] + strlen(folders[k]))).p;
    git_strarray_dispose(&refs);
    if (*ret_n)
        qsort(*ret_names, *ret_n, sizeof **ret_names, cmp_names);
    return 0;
}
