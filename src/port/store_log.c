/* The way back along the branch: which commits there are, and which of them touch a path. */
#include <stdlib.h>
#include <string.h>

#include "store_internal.h"

enum { DEEPEST = 16 }; /* folders on the way to a path of the layout: far fewer */

/* A path of the timeline that counts: as a file that was asked for, or as part of a folder. */
enum mark { MARK_NONE, MARK_FILE, MARK_PART };

/* A path, and what was found on the way to it last. In two commits behind each other most of the
 * way is the same, and is not read again. */
struct trace {
    const char *path;
    struct oid folders[DEEPEST]; /* read last, by depth */
    struct oid found[DEEPEST];   /* what stood there under the path's next name; zero: nothing */
};

/* The tree read last at each depth: several paths lead through the same ones. */
struct way {
    git_odb_object *trees[DEEPEST];
};

struct store_log {
    struct store *store;
    struct way way;
    struct step next; /* to be looked at; a zero id: there is none */
    struct arena texts;
    struct trace traces[STORE_FOLLOWED_MAX];
    size_t traces_n;
    unsigned char *marks; /* of the timeline's paths, which count: enum mark; NULL: any */
    bool seeks;           /* what store_log_seek told: these parts, or losses */
    struct store_parts parts;
    size_t passed;
};

/* ---- a name in a folder ---- */

/* The id under a name in the bytes of a tree object, or zero: entries are "MODE NAME\0ID". */
static struct oid find_name(const char *p, size_t n, struct str name)
{
    struct oid oid = {0};
    const char *end = p + n;
    while (p < end) {
        const char *space = memchr(p, ' ', (size_t)(end - p));
        const char *nul = space ? memchr(space, '\0', (size_t)(end - space)) : NULL;
        if (!nul || end - nul <= OID_BYTES)
            break;
        if ((size_t)(nul - space - 1) == name.n && memcmp(space + 1, name.p, name.n) == 0) {
            memcpy(oid.bytes, nul + 1, OID_BYTES);
            break;
        }
        p = nul + 1 + OID_BYTES;
    }
    return oid;
}

/* The same of a tree by its id; what is no tree holds nothing. `kept`: the one read last. */
static int read_name(struct store *store, git_odb_object **kept, const struct oid *folder,
                     struct str name, struct oid *ret, struct err *err)
{
    git_oid id = store_to_git(folder);
    *ret = (struct oid){0};
    if (!*kept || !git_oid_equal(git_odb_object_id(*kept), &id)) {
        git_odb_object_free(*kept);
        *kept = NULL;
        if (git_odb_read(kept, store->odb, &id) < 0)
            return store_fail(err, ERR_IO, "tree %s", git_oid_tostr_s(&id));
    }
    if (git_odb_object_type(*kept) == GIT_OBJECT_TREE)
        *ret = find_name(git_odb_object_data(*kept), git_odb_object_size(*kept), name);
    return 0;
}

static void forget_way(struct way *way)
{
    for (size_t depth = 0; depth < DEEPEST; depth++)
        git_odb_object_free(way->trees[depth]);
}

/* What stands at the trace's path below a root tree; zero: nothing. */
static int find_path(struct store *store, struct way *way, struct trace *trace,
                     const struct oid *root, struct oid *ret, struct err *err)
{
    struct str rest = str_of(trace->path);
    *ret = *root;
    for (size_t depth = 0; rest.n && depth < DEEPEST && !oid_is_zero(ret); depth++) {
        struct str name = str_cut(&rest, '/');
        if (!oid_eq(&trace->folders[depth], ret)) {
            trace->folders[depth] = (struct oid){0};
            if (read_name(store, &way->trees[depth], ret, name, &trace->found[depth], err) < 0)
                return -1;
            trace->folders[depth] = *ret;
        }
        *ret = trace->found[depth];
    }
    return 0;
}

int store_find_blob(struct store *store, const struct oid *commit, const char *path,
                    struct oid *ret_blob, bool *ret_exists, struct err *err)
{
    struct trace trace = {.path = path};
    struct way way = {.trees = {NULL}};
    struct oid root;
    uint32_t place = store_timeline_place(store, commit);
    if (place) {
        const struct timeline_delta *file = timeline_at(&store->timeline, place - 1, str_of(path));
        *ret_exists = file != NULL;
        *ret_blob = file ? file->blob : (struct oid){0};
        return 0;
    }
    int result = store_tree_of(store, commit, &root, err);
    if (result == 0)
        result = find_path(store, &way, &trace, &root, ret_blob, err);
    forget_way(&way);
    *ret_exists = result == 0 && !oid_is_zero(ret_blob);
    return result;
}

/* ---- the walk ---- */

void store_look_back(bool on)
{
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, on ? 0 : 1);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)(on ? 256 : 8) << 20);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)(on ? 32 : 1) << 20);
}

/* Reads the id behind a word at the beginning of a line, and goes on behind that line. */
static bool take_id(struct str *rest, const char *word, struct oid *ret)
{
    struct str line = *rest, text = str_of(word);
    if (!str_starts(line, text))
        return false;
    line = str_cut(rest, '\n');
    return oid_from_hex(str_sub(line, text.n, line.n), ret) == 0;
}

int store_read_step(struct store *store, const struct oid *id, struct step *ret, struct err *err)
{
    git_oid git_id = store_to_git(id);
    git_odb_object *object = NULL;
    *ret = (struct step){.id = *id};
    if (oid_is_zero(id))
        return 0;
    if (git_odb_read(&object, store->odb, &git_id) < 0)
        return store_fail(err, ERR_IO, "commit %s", git_oid_tostr_s(&git_id));
    struct str rest = {.p = git_odb_object_data(object), .n = git_odb_object_size(object)};
    bool fits =
        git_odb_object_type(object) == GIT_OBJECT_COMMIT && take_id(&rest, "tree ", &ret->tree);
    if (fits)
        take_id(&rest, "parent ", &ret->parent);
    git_odb_object_free(object);
    return fits ? 0 : err_set(err, ERR_IO, "%s is no commit", git_oid_tostr_s(&git_id));
}

/* The commit at a place of the timeline; 0: none. */
static struct step step_at(struct store *store, uint32_t place)
{
    const struct timeline_commit *commits = store->timeline.commits;
    struct step step = {.place = place};
    if (place)
        step.id = commits[place - 1].id;
    if (place > 1)
        step.parent = commits[place - 2].id;
    return step;
}

int store_log_open(struct store *store, const struct oid *tip, struct store_log **ret_log,
                   struct err *err)
{
    struct store_log *log = calloc(1, sizeof *log);
    if (!log)
        abort();
    log->store = store;
    *ret_log = log;
    store_look_back(true);
    uint32_t place = store_timeline_place(store, tip);
    log->next = step_at(store, place);
    return place ? 0 : store_read_step(store, tip, &log->next, err);
}

/* Whether a path is the followed one, or in its folder. */
static enum mark mark_of(const struct store_log *log, struct str path)
{
    for (size_t i = 0; i < log->traces_n; i++) {
        struct str followed = str_of(log->traces[i].path);
        if (str_eq(path, followed))
            return MARK_FILE;
        if (str_starts(path, followed) && path.p[followed.n] == '/')
            return MARK_PART;
    }
    return MARK_NONE;
}

/* Begins to mark anew: no path of the timeline, or any. */
static void begin_marks(struct store_log *log, bool any)
{
    free(log->marks);
    log->marks = any ? NULL : calloc(log->store->timeline.paths_n + 1, 1);
    if (!any && !log->marks)
        abort();
    log->seeks = false;
}

void store_log_follow(struct store_log *log, const char *const *paths, size_t n)
{
    log->traces_n = n < STORE_FOLLOWED_MAX ? n : STORE_FOLLOWED_MAX;
    for (size_t i = 0; i < log->traces_n; i++)
        log->traces[i] = (struct trace){.path = arena_str(&log->texts, str_of(paths[i])).p};
    begin_marks(log, log->traces_n == 0);
    for (uint32_t i = 0; log->marks && i < log->store->timeline.paths_n; i++)
        log->marks[i] = (unsigned char)mark_of(log, log->store->timeline.paths[i]);
}

void store_log_seek(struct store_log *log, const struct store_parts *parts)
{
    size_t n = parts ? parts->n : 0;
    const char **texts = arena_array(&log->texts, n + 1, sizeof *texts);
    for (size_t i = 0; i < n; i++)
        texts[i] = arena_str(&log->texts, str_of(parts->texts[i])).p;
    log->traces_n = 0;
    begin_marks(log, !parts);
    log->seeks = true;
    log->parts = (struct store_parts){.texts = texts, .n = n};
    for (uint32_t i = 0; log->marks && i < log->store->timeline.paths_n; i++)
        log->marks[i] = store_holds_part(log->store->timeline.paths[i], parts);
}

/* A file's content; none where it went away, or made place for a submodule. */
static struct oid content_of(const struct timeline_delta *delta)
{
    return delta->mode == MODE_SUBMODULE ? (struct oid){0} : delta->blob;
}

/* Whether a delta is one that counts, as the trees would have it: any in a folder that is followed,
 * another object at a path, or of what is sought a content that changed or was lost. */
static bool does_count(const struct store_log *log, const struct timeline_delta *delta)
{
    static const struct timeline_delta nothing;
    const struct timeline_delta *before =
        delta->before ? &log->store->timeline.deltas[delta->before - 1] : &nothing;
    if (log->marks && !log->marks[delta->path])
        return false;
    if (!log->seeks)
        return !log->marks || log->marks[delta->path] == MARK_PART ||
               !oid_eq(&before->blob, &delta->blob);
    struct oid old = content_of(before), new = content_of(delta);
    return !oid_eq(&old, &new) && (log->marks || oid_is_zero(&new));
}

/* Whether a commit of the timeline is one that counts. */
static bool is_marked(const struct store_log *log, const struct step *commit)
{
    const struct timeline *t = &log->store->timeline;
    uint32_t first, end;
    timeline_deltas(t, commit->place - 1, commit->place, &first, &end);
    for (uint32_t i = first; i < end; i++)
        if (does_count(log, &t->deltas[i]))
            return true;
    return !log->marks && !log->seeks;
}

/* The same of one that it has not, by its trees. */
static int is_sought(struct store_log *log, const struct step *commit, bool *ret, struct err *err)
{
    struct arena scratch = {0};
    struct store_delta *deltas;
    size_t n;
    bool losses = !log->parts.n;
    int result = store_compare(log->store, &commit->parent, &commit->id,
                               losses ? NULL : &log->parts, &scratch, &deltas, &n, err);
    *ret = false;
    for (size_t i = 0; result == 0 && i < n; i++)
        *ret |= !losses || oid_is_zero(&deltas[i].after);
    arena_release(&scratch);
    return result;
}

/* Whether two commits differ at a path that counts. */
static int differ(struct store_log *log, const struct step *commit, const struct step *before,
                  bool *ret, struct err *err)
{
    *ret = log->traces_n == 0;
    if (oid_eq(&commit->tree, &before->tree))
        return 0;
    for (size_t i = 0; i < log->traces_n && !*ret; i++) {
        struct oid now, then;
        if (find_path(log->store, &log->way, &log->traces[i], &commit->tree, &now, err) < 0 ||
            find_path(log->store, &log->way, &log->traces[i], &before->tree, &then, err) < 0)
            return -1;
        *ret = !oid_eq(&now, &then);
    }
    return 0;
}

/* Goes on to the commit before one; tells whether that one counts. */
static int step_back(struct store_log *log, const struct step *commit, bool *ret_counts,
                     struct err *err)
{
    struct step before;
    if (commit->place) {
        *ret_counts = is_marked(log, commit);
        log->next = step_at(log->store, commit->place - 1);
        return 0;
    }
    if (store_read_step(log->store, &commit->parent, &before, err) < 0 ||
        (log->seeks ? is_sought(log, commit, ret_counts, err)
                    : differ(log, commit, &before, ret_counts, err)) < 0)
        return -1;
    uint32_t place = store_timeline_place(log->store, &before.id);
    log->next = place ? step_at(log->store, place) : before;
    return 0;
}

static struct str copy(struct arena *a, const char *text)
{
    return arena_str(a, str_of(text));
}

/* Reads what people are told of a commit. */
static int fill(struct store *store, const struct step *step, struct arena *a,
                struct store_log_row *row, struct err *err)
{
    git_oid id = store_to_git(&step->id);
    git_commit *commit = NULL;
    if (git_commit_lookup(&commit, store->repo, &id) < 0)
        return store_fail(err, ERR_IO, "commit %s", git_oid_tostr_s(&id));
    const git_signature *author = git_commit_author(commit);
    *row = (struct store_log_row){.id = step->id,
                                  .parent = step->parent,
                                  .author = copy(a, author->name),
                                  .email = copy(a, author->email),
                                  .subject = copy(a, git_commit_summary(commit)),
                                  .authored = author->when.time,
                                  .committed = git_commit_time(commit)};
    git_commit_free(commit);
    if (step->place)
        store->timeline.near = step->place - 1;
    return 0;
}

int store_log_next(struct store_log *log, struct arena *a, struct store_log_row *ret,
                   struct err *err)
{
    while (!oid_is_zero(&log->next.id)) {
        struct step commit = log->next;
        bool counts = false;
        if (step_back(log, &commit, &counts, err) < 0 ||
            (counts && fill(log->store, &commit, a, ret, err) < 0))
            return -1;
        log->passed++;
        if (counts)
            return 1;
    }
    return 0;
}

size_t store_log_passed(const struct store_log *log)
{
    return log->passed;
}

size_t store_log_total(const struct store_log *log)
{
    return log->next.place ? log->passed + log->next.place : 0;
}

void store_log_free(struct store_log *log)
{
    if (!log)
        return;
    store_look_back(false);
    forget_way(&log->way);
    arena_release(&log->texts);
    free(log->marks);
    free(log);
}
