/* Objects that libgit2 must not see: an odb backend that is asked before all others, and refuses
 * what is damaged in a file of its own. Whatever is sound, or in a pack, is theirs to find. */
#include <git2/sys/odb_backend.h>
#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h> /* where libgit2 1.9 has git_error_set_str */
#endif
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/auto.h"
#include "store_internal.h"

enum {
    GUARD_PRIORITY = 1000, /* libgit2's own have 1 and 2 */
    LOOSE_MAX = 1 << 30,
};

struct guard {
    git_odb_backend backend;
    const struct store *store; /* outlives it */
};

/* Whether an object stands in a file of its own that is not what its name says. */
static bool is_damaged(const struct store *store, const git_oid *id)
{
    char hex[OID_HEX + 1];
    struct oid wanted = store_from_git(id), found;
    struct err why;
    oid_to_hex(&wanted, hex);
    AUTO(freep) char *path = NULL;
    if (asprintf(&path, "%s/objects/%.2s/%s", store->git_path, hex, hex + 2) < 0)
        abort();
    AUTO(buf_release) struct buf file = BUF_MAX(LOOSE_MAX);
    if (access(path, F_OK) < 0 || fs_read(path, LOOSE_MAX, &file, &why) < 0)
        return false; /* in a pack, or libgit2 says why not */
    return loose_object_id(buf_view(&file), &found, &why) < 0 || !oid_eq(&found, &wanted);
}

static int refuse(git_odb_backend *backend, const git_oid *id)
{
    const struct guard *guard = (const struct guard *)(const void *)backend;
    if (!is_damaged(guard->store, id))
        return GIT_ENOTFOUND;
    git_error_set_str(GIT_ERROR_ODB, "the object is damaged; \"iokeeper check\" tells more");
    return GIT_ERROR;
}

static int guard_read(void **ret_bytes, size_t *ret_n, git_object_t *ret_type,
                      git_odb_backend *backend, const git_oid *id)
{
    (void)ret_bytes, (void)ret_n, (void)ret_type;
    return refuse(backend, id);
}

static int guard_read_header(size_t *ret_n, git_object_t *ret_type, git_odb_backend *backend,
                             const git_oid *id)
{
    (void)ret_n, (void)ret_type;
    return refuse(backend, id);
}

/* It has none of its own. libgit2 calls this one of any backend, without asking whether it is
 * there. */
static int guard_foreach(git_odb_backend *backend, git_odb_foreach_cb tell, void *context)
{
    (void)backend, (void)tell, (void)context;
    return 0;
}

static void guard_free(git_odb_backend *backend)
{
    free(backend);
}

int store_guard(struct store *store)
{
    struct guard *guard = calloc(1, sizeof *guard);
    if (!guard || git_odb_init_backend(&guard->backend, GIT_ODB_BACKEND_VERSION) < 0)
        abort();
    guard->store = store;
    guard->backend.read = guard_read;
    guard->backend.read_header = guard_read_header;
    guard->backend.foreach = guard_foreach;
    guard->backend.free = guard_free;
    int status = git_odb_add_backend(store->odb, &guard->backend, GUARD_PRIORITY);
    if (status < 0)
        guard_free(&guard->backend);
    return status;
}
