#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "store_internal.h"

enum {
    RECORD_MAX = 256,
    LOOK_AGAIN_S = 24 * 60 * 60, /* a remote that has all is asked again after so long */
};

/* ---- what is pushed ---- */

enum { REFS_MAX = 64 };

struct refspecs {
    char *p[REFS_MAX];
    size_t n;
};

static void refspecs_release(struct refspecs *specs)
{
    for (size_t i = 0; i < specs->n; i++)
        free(specs->p[i]);
    specs->n = 0;
}

static void add_refspec(struct refspecs *specs, const char *ref)
{
    if (specs->n < REFS_MAX && asprintf(&specs->p[specs->n++], "%s:%s", ref, ref) < 0)
        abort();
}

static int collect_refspecs(struct store *store, struct refspecs *specs, struct err *err)
{
    add_refspec(specs, store->branch_ref);
    git_reference_iterator *it = NULL;
    if (git_reference_iterator_glob_new(&it, store->repo, "refs/iokeeper/*") < 0)
        return store_fail(err, ERR_IO, "refs/iokeeper");
    const char *name;
    while (git_reference_next_name(&name, it) == 0)
        add_refspec(specs, name);
    git_reference_iterator_free(it);
    return 0;
}

/* ---- the record of what the remote has ---- */

static void record_ref(const struct store *store, char *ret_ref, size_t size)
{
    snprintf(ret_ref, size, "refs/remotes/iokeeper/%s", store->branch);
}

/* A URL may hold a password: only its hash is kept. */
static void url_mark(const char *url, char ret_mark[static OID_HEX + 1])
{
    struct oid hash;
    oid_of(OBJ_BLOB, str_of(url), &hash);
    oid_to_hex(&hash, ret_mark);
}

/* What was recorded of the last push: "MARK DIGEST TIME", of the URL, of all refs, and when. */
struct pushed {
    char text[RECORD_MAX];
    struct str mark, digest, at; /* borrow it */
};

static void read_record(struct store *store, struct pushed *ret)
{
    AUTO(buf_release) struct buf kept = BUF_MAX(RECORD_MAX - 1);
    struct err ignored;
    *ret = (struct pushed){0};
    if (fs_read(store_private_path(store, "remote"), RECORD_MAX - 1, &kept, &ignored) < 0)
        return;
    snprintf(ret->text, sizeof ret->text, "%s", buf_cstr(&kept));
    struct str rest = str_of(ret->text);
    ret->mark = str_cut(&rest, ' ');
    ret->digest = str_cut(&rest, ' ');
    ret->at = rest;
}

static bool is_record_of(struct store *store, const char *url)
{
    char mark[OID_HEX + 1];
    struct pushed last;
    url_mark(url, mark);
    read_record(store, &last);
    return str_is(last.mark, mark);
}

/* A digest of all that would be pushed. */
static int digest_refs(struct store *store, const struct refspecs *specs,
                       char ret_digest[static OID_HEX + 1], struct err *err)
{
    AUTO(buf_release) struct buf all = BUF_MAX(REFS_MAX * RECORD_MAX);
    for (size_t i = 0; i < specs->n; i++) {
        char name[RECORD_MAX], hex[OID_HEX + 1];
        struct oid oid;
        bool exists;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(specs->p[i], ":"), specs->p[i]);
        if (store_ref(store, name, &oid, &exists, err) < 0)
            return -1;
        oid_to_hex(&oid, hex);
        buf_printf(&all, "%s %s\n", hex, name);
    }
    url_mark(buf_cstr(&all), ret_digest);
    return 0;
}

/* Whether the remote was given all this, and lately: somebody may have taken it away since. */
static bool has_all(struct store *store, const char *url, const char *digest)
{
    char mark[OID_HEX + 1];
    struct pushed last;
    url_mark(url, mark);
    read_record(store, &last);
    int64_t age = clock_now() - (last.at.n ? strtoll(last.at.p, NULL, 10) : 0);
    return str_is(last.mark, mark) && str_is(last.digest, digest) && age >= 0 && age < LOOK_AGAIN_S;
}

static int record_pushed(struct store *store, const char *url, const struct oid *head,
                         const char *digest, struct err *err)
{
    char ref[RECORD_MAX], text[RECORD_MAX], mark[OID_HEX + 1];
    record_ref(store, ref, sizeof ref);
    url_mark(url, mark);
    snprintf(text, sizeof text, "%s %s %lld", mark, digest, (long long)clock_now());
    if (store_set_ref(store, ref, head, err) < 0)
        return -1;
    return fs_replace(store_private_path(store, "remote"), 0600, str_of(text), err);
}

int store_unpushed(struct store *store, const char *url, long *ret_n, struct err *err)
{
    char ref[RECORD_MAX];
    record_ref(store, ref, sizeof ref);
    struct oid head;
    struct oid pushed;
    bool has_head;
    bool has_pushed;
    if (store_head(store, &head, &has_head, err) < 0 ||
        store_ref(store, ref, &pushed, &has_pushed, err) < 0)
        return -1;
    if (!has_pushed || !is_record_of(store, url)) {
        *ret_n = -1;
        return 0;
    }
    size_t ahead = 0;
    size_t behind = 0;
    git_oid local = store_to_git(&head);
    git_oid remote = store_to_git(&pushed);
    if (has_head && git_graph_ahead_behind(&ahead, &behind, store->repo, &local, &remote) < 0)
        return store_fail(err, ERR_IO, "%s", ref);
    *ret_n = (long)ahead;
    return 0;
}

/* ---- pushing ---- */

static bool tells_of_divergence(const char *status)
{
    return strstr(status, "fast-forward") || strstr(status, "fast forward") ||
           strstr(status, "fetch first");
}

/* Called for each ref; status is NULL where the remote has taken it. */
static int note_status(const char *ref, const char *status, void *payload)
{
    struct remote_talk *talk = payload;
    if (!status)
        return 0;
    talk->is_behind |= tells_of_divergence(status);
    if (!talk->is_rejected)
        snprintf(talk->rejection, sizeof talk->rejection, "%s: %s", ref, status);
    talk->is_rejected = true;
    return 0;
}

static int diverged(struct store *store, const char *url, struct err *err)
{
    return err_set(err, ERR_CONFLICT,
                   "push to %s: its branch %s has commits that the mirror does not have, and is "
                   "never overwritten. To keep them: \"git -C %s pull --no-rebase %s %s\"; else "
                   "move that branch away there. The next cycle pushes",
                   url, store->branch, store->path, url, store->branch);
}

/* Without looking for url.*.insteadOf: the mirror's URL is meant as it stands, and libgit2 1.5
 * leaks 20 kB for each line of configuration that it matches against that pattern. */
static int make_remote(struct store *store, const char *url, git_remote **ret_remote,
                       struct err *err)
{
    git_remote_create_options options;
    git_remote_create_options_init(&options, GIT_REMOTE_CREATE_OPTIONS_VERSION);
    options.repository = store->repo;
    options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    if (git_remote_create_with_opts(ret_remote, url, &options) < 0)
        return store_fail(err, ERR_USAGE, "push to %s", url);
    return 0;
}

static int conclude(struct store *store, const struct remote_talk *talk, int status,
                    struct err *err)
{
    const char *url = talk->remote->url;
    if (status == GIT_ENONFASTFORWARD || talk->is_behind)
        return diverged(store, url, err);
    if (talk->is_rejected)
        return err_set(err, ERR_RETRY, "push to %s: %s%s%s", url, talk->rejection,
                       *talk->said ? "; the remote says: " : "", talk->said);
    return status < 0 ? remote_explain(talk, err) : 0;
}

static int push_refspecs(struct store *store, struct remote_talk *talk, struct refspecs *specs,
                         struct err *err)
{
    git_push_options options;
    git_remote *remote = NULL;
    if (make_remote(store, talk->remote->url, &remote, err) < 0)
        return -1;
    git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION);
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.callbacks.push_update_reference = note_status;
    remote_listen(talk, &options.callbacks);
    git_strarray refspecs = {.strings = specs->p, .count = specs->n};
    int status = git_remote_push(remote, &refspecs, &options);
    int result = conclude(store, talk, status, err);
    git_remote_free(remote);
    return result;
}

int store_push(struct store *store, const struct store_remote *remote, struct err *err)
{
    struct oid head;
    bool exists;
    char digest[OID_HEX + 1];
    AUTO(refspecs_release) struct refspecs specs = {0};
    if (store_head(store, &head, &exists, err) < 0)
        return -1;
    if (!exists)
        return 0;
    if (collect_refspecs(store, &specs, err) < 0 || digest_refs(store, &specs, digest, err) < 0)
        return -1;
    if (has_all(store, remote->url, digest))
        return 0;
    struct remote_talk talk = {.remote = remote};
    int result = remote_begin(&talk, store, err);
    if (result == 0)
        result = push_refspecs(store, &talk, &specs, err);
    remote_end(&talk);
    if (result < 0)
        return remote_mask(remote, err);
    return record_pushed(store, remote->url, &head, digest, err);
}

static int connect_once(struct store *store, struct remote_talk *talk, struct err *err)
{
    git_remote_connect_options options;
    git_remote *remote = NULL;
    if (make_remote(store, talk->remote->url, &remote, err) < 0)
        return -1;
    git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    remote_listen(talk, &options.callbacks);
    int status = git_remote_connect_ext(remote, GIT_DIRECTION_PUSH, &options);
    int result = conclude(store, talk, status, err);
    git_remote_free(remote);
    return result;
}

int store_try_remote(struct store *store, const struct store_remote *remote, struct err *err)
{
    struct remote_talk talk = {.remote = remote};
    int result = remote_begin(&talk, store, err);
    if (result == 0)
        result = connect_once(store, &talk, err);
    remote_end(&talk);
    return result < 0 ? remote_mask(remote, err) : 0;
}
