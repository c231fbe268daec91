/* Refs, HEAD and packed-refs: whether each leads to something, and is called so. */
#include <string.h>

#include "store_fsck_internal.h"

/* Whether a ref is called as git, a git host or we would call it: a byte of a name that is not can
 * be seen. */
static bool is_known_name(const char *name)
{
    static const char *const begins[] = {
        "refs/heads/",   "refs/tags/",  "refs/remotes/",   "refs/notes/",         "refs/replace/",
        "refs/bisect/",  "refs/pull/",  "refs/worktree/",  "refs/stash",          "refs/original/",
        "refs/changes/", "refs/merge/", "refs/rewritten/", "refs/merge-requests/"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (str_starts(str_of(name), str_of(begins[i])))
            return true;
    return strcmp(name, "refs/iokeeper/complete") == 0;
}

/* Whether an annotated tag is called what its ref is; true of all else. */
static bool is_named_so(struct store_fsck *f, const char *ref, struct str hex)
{
    git_oid id;
    git_tag *tag = NULL;
    static const char begin[] = "refs/tags/";
    if (!str_starts(str_of(ref), str_of(begin)) || git_oid_fromstrn(&id, hex.p, hex.n) < 0 ||
        git_tag_lookup(&tag, f->store->repo, &id) < 0)
        return true;
    bool same = strcmp(git_tag_name(tag), ref + sizeof begin - 1) == 0;
    git_tag_free(tag);
    return same;
}

int fsck_look_at_ref(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    struct str text;
    int found = fsck_read(f, item, &text, ret);
    if (found != STORE_SOUND || str_starts(text, STR("ref: refs/")))
        return found;
    if (text.n != OID_HEX)
        return fsck_fault(ret, item, "damaged: neither an id nor the name of a ref");
    if (!fsck_is_object(f, text))
        return fsck_fault(ret, item, "leads to %.*s, which is not there or cannot be read",
                          STR_ARG(text));
    const char *name = item->path + strlen(".git/");
    if (!is_known_name(name) || !is_named_so(f, name, text))
        return fsck_fault(ret, item, "is called as neither git nor iokeeper calls a ref");
    return STORE_SOUND;
}

/* Whether a first line names nothing but traits that git has for this file. */
static bool is_traits(struct str line)
{
    static const char *const traits[] = {"peeled", "fully-peeled", "sorted"};
    static const char begin[] = "# pack-refs with:";
    if (!str_starts(line, str_of(begin)))
        return false;
    for (struct str rest = str_sub(line, sizeof begin - 1, line.n); rest.n;) {
        struct str word = str_cut(&rest, ' ');
        bool known = word.n == 0;
        for (size_t i = 0; i < sizeof traits / sizeof *traits; i++)
            known |= str_is(word, traits[i]);
        if (!known)
            return false;
    }
    return true;
}

/* Lines "ID NAME", "^ID" for what the tag above leads to, and one of "# pack-refs with: ...". */
int fsck_look_at_packed(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    struct str rest;
    int found = fsck_read(f, item, &rest, ret);
    if (found != STORE_SOUND)
        return found;
    rest = arena_str(&f->arena, rest);
    for (size_t n = 1; rest.n; n++) {
        struct str line = str_cut(&rest, '\n');
        struct str id =
            str_starts(line, STR("^")) ? str_sub(line, 1, OID_HEX) : str_sub(line, 0, OID_HEX);
        int valid = 0;
        const char *name = arena_str(&f->arena, str_sub(line, OID_HEX + 1, line.n)).p;
        if (n == 1 && is_traits(line))
            continue;
        bool peels = str_starts(line, STR("^"));
        if (!peels && (line.n < OID_HEX + 2 || line.p[OID_HEX] != ' ' ||
                       git_reference_name_is_valid(&valid, name) < 0 || !valid ||
                       strncmp(name, "refs/", 5) != 0))
            return fsck_fault(ret, item, "damaged in line %zu", n);
        if (!fsck_is_object(f, id))
            return fsck_fault(ret, item, "line %zu leads to %.*s, which is not there", n,
                              STR_ARG(id));
        if (!peels && (!is_known_name(name) || !is_named_so(f, name, id)))
            return fsck_fault(ret, item,
                              "line %zu: %s is called as neither git nor iokeeper calls a ref", n,
                              name);
    }
    return STORE_SOUND;
}

bool store_is_on_branch(struct store *store)
{
    git_reference *head = NULL;
    bool is = git_reference_lookup(&head, store->repo, "HEAD") == 0 &&
              git_reference_type(head) == GIT_REFERENCE_SYMBOLIC &&
              strcmp(git_reference_symbolic_target(head), store->branch_ref) == 0;
    git_reference_free(head);
    return is;
}

/* Whether a commit of ours is still known, though the branch is not there. */
static bool has_lost_branch(struct store_fsck *f)
{
    static const char *const ours[] = {"refs/iokeeper/complete", STORE_BASE_REF};
    struct oid oid;
    bool exists, known = false;
    struct err ignored;
    if (store_head(f->store, &oid, &exists, &ignored) < 0 || exists)
        return false;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        known |= store_ref(f->store, ours[i], &oid, &exists, &ignored) == 0 && exists;
    return known;
}

/* HEAD may be elsewhere, where a person put it, but not nowhere. */
int fsck_look_at_head(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    git_commit *commit = NULL;
    git_oid id;
    struct str text;
    int found = fsck_read(f, item, &text, ret);
    if (found == STORE_SOUND && has_lost_branch(f))
        return fsck_fault(ret, item, "%s is gone, though commits of it are known",
                          f->store->branch_ref);
    if (found != STORE_SOUND || store_is_on_branch(f->store))
        return found;
    if (git_reference_name_to_id(&id, f->store->repo, "HEAD") < 0 ||
        git_commit_lookup(&commit, f->store->repo, &id) < 0)
        return fsck_fault(ret, item,
                          "\"%.*s\" leads nowhere; \"git symbolic-ref HEAD %s\" mends it",
                          STR_ARG(text), f->store->branch_ref);
    git_commit_free(commit);
    return STORE_SOUND;
}
