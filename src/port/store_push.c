#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "store_internal.h"

/* libgit2 asks for credentials again and again while they are refused. */
enum { CREDENTIAL_TRIES = 6, RECORD_MAX = 256 };

/* ---- a URL's secrets ---- */

/* What stands between "://" and "@": a user, often with a password, or a token. Empty where there
 * is none, and for ssh without a password, whose user is no secret. */
static struct str secret_of(const char *url)
{
    const char *scheme_end = strstr(url, "://");
    if (!scheme_end)
        return (struct str){0};
    const char *from = scheme_end + 3;
    const char *at = NULL;
    for (const char *c = from; *c && *c != '/'; c++)
        if (*c == '@')
            at = c;
    if (!at)
        return (struct str){0};
    struct str secret = {.p = from, .n = (size_t)(at - from)};
    bool is_ssh = !strncmp(url, "ssh:", 4) || !strncmp(url, "git+ssh:", 8);
    return is_ssh && str_find(secret, ':') == secret.n ? (struct str){0} : secret;
}

/* Takes every copy of the secret out of err's text, whoever put it there. */
static int mask(struct err *err, struct str secret)
{
    if (!secret.n)
        return -1;
    char *at = err->text;
    while ((at = memmem(at, strlen(at), secret.p, secret.n))) {
        memset(at, '*', secret.n < 3 ? secret.n : 3);
        if (secret.n > 3)
            memmove(at + 3, at + secret.n, strlen(at + secret.n) + 1);
        at++;
    }
    return -1;
}

/* ---- what libgit2 asks and tells ---- */

struct push {
    int credentials_tried;
    bool is_unknown_there; /* no credentials are left to offer */
    bool is_rejected;
    bool is_behind; /* the remote has what we do not have */
    char rejection[512];
};

static int user_key(git_credential **ret_credential, const char *user, const char *name)
{
    const char *home = getenv("HOME");
    AUTO(freep) char *secret_key = NULL;
    AUTO(freep) char *public_key = NULL;
    if (!home || asprintf(&secret_key, "%s/.ssh/%s", home, name) < 0 ||
        asprintf(&public_key, "%s.pub", secret_key) < 0)
        return GIT_PASSTHROUGH;
    if (access(secret_key, R_OK) < 0)
        return GIT_PASSTHROUGH;
    const char *public_or_none = access(public_key, R_OK) == 0 ? public_key : NULL;
    return git_credential_ssh_key_new(ret_credential, user, public_or_none, secret_key, NULL);
}

/* The keys that ssh itself would offer, one a call. */
static int next_ssh_key(struct push *push, git_credential **ret_credential, const char *user)
{
    static const char *const names[] = {"id_ed25519", "id_ecdsa", "id_rsa"};
    int status = GIT_PASSTHROUGH;
    while (status == GIT_PASSTHROUGH && push->credentials_tried < CREDENTIAL_TRIES) {
        int i = push->credentials_tried++;
        if (i == 0 && getenv("SSH_AUTH_SOCK"))
            status = git_credential_ssh_key_from_agent(ret_credential, user);
        else if (i >= 1 && (size_t)i <= sizeof names / sizeof *names)
            status = user_key(ret_credential, user, names[i - 1]);
    }
    return status;
}

/* User and password of an http URL libgit2 has presented already; what is left is a token that
 * stands alone. */
static int lone_token(struct push *push, git_credential **ret_credential, const char *user)
{
    if (!user || push->credentials_tried++)
        return GIT_PASSTHROUGH;
    return git_credential_userpass_plaintext_new(ret_credential, user, "");
}

static int give_credentials(git_credential **ret_credential, const char *url, const char *user,
                            unsigned allowed, void *payload)
{
    (void)url;
    struct push *push = payload;
    int status = GIT_PASSTHROUGH;
    if (allowed & GIT_CREDENTIAL_USERNAME)
        status = git_credential_username_new(ret_credential, user ? user : "git");
    else if (allowed & GIT_CREDENTIAL_SSH_KEY)
        status = next_ssh_key(push, ret_credential, user ? user : "git");
    else if (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT)
        status = lone_token(push, ret_credential, user);
    if (status != GIT_PASSTHROUGH)
        return status;
    push->is_unknown_there = true;
    return GIT_EAUTH;
}

static bool tells_of_divergence(const char *status)
{
    return strstr(status, "fast-forward") || strstr(status, "fast forward") ||
           strstr(status, "fetch first");
}

/* Called for each ref; status is NULL where the remote has taken it. */
static int note_status(const char *ref, const char *status, void *payload)
{
    struct push *push = payload;
    if (!status)
        return 0;
    push->is_behind |= tells_of_divergence(status);
    if (!push->is_rejected)
        snprintf(push->rejection, sizeof push->rejection, "%s: %s", ref, status);
    push->is_rejected = true;
    return 0;
}

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

static bool is_record_of(struct store *store, const char *url)
{
    char mark[OID_HEX + 1];
    url_mark(url, mark);
    AUTO(buf_release) struct buf kept = BUF_MAX(RECORD_MAX);
    struct err ignored;
    return fs_read(store_private_path(store, "remote"), RECORD_MAX, &kept, &ignored) == 0 &&
           str_is(buf_view(&kept), mark);
}

static int record_pushed(struct store *store, const char *url, const struct oid *head,
                         struct err *err)
{
    char ref[RECORD_MAX];
    record_ref(store, ref, sizeof ref);
    char mark[OID_HEX + 1];
    url_mark(url, mark);
    if (store_set_ref(store, ref, head, err) < 0)
        return -1;
    return fs_replace(store_private_path(store, "remote"), 0600, str_of(mark), err);
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

/* Without these a server that falls silent would hold us forever; libgit2 has them since 1.7. */
static void limit_waiting(void)
{
#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 7
    git_libgit2_opts(GIT_OPT_SET_SERVER_CONNECT_TIMEOUT, 10000);
    git_libgit2_opts(GIT_OPT_SET_SERVER_TIMEOUT, 60000);
#endif
}

static int diverged(struct store *store, const char *url, struct err *err)
{
    return err_set(
        err, ERR_CONFLICT,
        "push to %s: its branch %s has commits that the mirror does not have: merge them "
        "in a clone and push, or move that branch away",
        url, store->branch);
}

/* Without looking for url.*.insteadOf: the mirror's URL is meant as it stands, and libgit2 1.5
 * leaks 20 kB for each line of configuration that it matches against that pattern. */
static int make_remote(struct store *store, const char *url, git_remote **ret_remote)
{
    git_remote_create_options options;
    if (git_remote_create_options_init(&options, GIT_REMOTE_CREATE_OPTIONS_VERSION) < 0)
        return -1;
    options.repository = store->repo;
    options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    return git_remote_create_with_opts(ret_remote, url, &options);
}

static int push_refspecs(struct store *store, const char *url, struct refspecs *specs,
                         struct err *err)
{
    struct push push = {0};
    git_push_options options;
    if (git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION) < 0)
        return store_fail(err, ERR_IO, "push");
    options.callbacks.credentials = give_credentials;
    options.callbacks.push_update_reference = note_status;
    options.callbacks.payload = &push;
    git_remote *remote = NULL;
    if (make_remote(store, url, &remote) < 0)
        return store_fail(err, ERR_USAGE, "push to %s", url);
    limit_waiting();
    git_strarray refspecs = {.strings = specs->p, .count = specs->n};
    int status = git_remote_push(remote, &refspecs, &options);
    git_remote_free(remote);
    if (status == GIT_ENONFASTFORWARD || push.is_behind)
        return diverged(store, url, err);
    if (push.is_rejected)
        return err_set(err, ERR_RETRY, "push to %s: %s", url, push.rejection);
    if (push.is_unknown_there)
        return err_set(err, ERR_RETRY,
                       "push to %s: the remote takes none of the credentials there are "
                       "(ssh agent, keys in ~/.ssh, or those in the URL)",
                       url);
    return status < 0 ? store_fail(err, ERR_RETRY, "push to %s", url) : 0;
}

int store_push(struct store *store, const char *url, struct err *err)
{
    struct oid head;
    bool exists;
    if (store_head(store, &head, &exists, err) < 0)
        return -1;
    if (!exists)
        return 0;
    AUTO(refspecs_release) struct refspecs specs = {0};
    if (collect_refspecs(store, &specs, err) < 0)
        return -1;
    /* libgit2 1.5 looks for .ssh/known_hosts along the path it searches for global configuration;
     * that of our own repository is loaded already. */
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, NULL);
    int failed = push_refspecs(store, url, &specs, err);
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, "");
    if (failed)
        return mask(err, secret_of(url));
    return record_pushed(store, url, &head, err);
}
