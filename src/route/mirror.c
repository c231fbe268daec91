#include "route/mirror.h"

#include "base/clock.h"

int mirror_open(const char *path, const char *branch, struct store **ret_store, struct err *err)
{
    *ret_store = NULL;
    if (store_path_is_free(path))
        return err_set(err, ERR_NO_MIRROR,
                       "%s: no mirror there yet; \"iokeeper sync\" or \"iokeeper init\" makes it",
                       path);
    return store_open(ret_store, path, branch, err);
}

int mirror_find(struct store *store, const char *when, struct oid *ret_commit, struct err *err)
{
    bool exists;
    if (when)
        return store_find_commit(store, when, clock_now(), ret_commit, err);
    if (store_head(store, ret_commit, &exists, err) < 0)
        return -1;
    if (!exists)
        return err_set(err, ERR_USAGE,
                       "the mirror has no commit yet; \"iokeeper sync\" makes the first");
    return 0;
}

int mirror_keep_timeline(struct store *store, struct pace *pace, struct err *err)
{
    size_t done, total;
    int more;
    while ((more = store_timeline_extend(store, &done, &total, err)) > 0)
        if (pace_tell(pace, "reading the history", done, total, err) < 0) {
            store_timeline_leave(store);
            return -1;
        }
    return more;
}

int mirror_before(struct store *store, const struct oid *commit, struct oid *ret, struct err *err)
{
    struct store_log *log = NULL;
    struct store_log_row row = {0};
    struct arena scratch = {0};
    int more = store_log_open(store, commit, &log, err);
    if (more == 0)
        more = store_log_next(log, &scratch, &row, err);
    *ret = row.parent;
    store_log_free(log);
    arena_release(&scratch);
    return more < 0 ? -1 : 0;
}
