/*
 * store_world: a repository of its own for each test of the store, and git's command line to ask
 * for a second opinion. Included once a test program, after cmocka.h.
 */
#ifndef UNIT_STORE_WORLD_H
#define UNIT_STORE_WORLD_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/fs.h"
#include "port/store.h"

struct world {
    char dir[64];    /* a folder of the test's own */
    char mirror[80]; /* the repository in it */
    struct store *store;
    struct err err;
};

/* A file of a commit to be: an ordinary one, and one of another mode of git's. */
struct file {
    const char *path;
    const char *content;
    unsigned mode;
};

#define F(the_path, the_content)                                                                   \
    {                                                                                              \
        .path = the_path, .content = the_content, .mode = 0100644                                  \
    }
#define M(the_path, the_content, the_mode)                                                         \
    {                                                                                              \
        .path = the_path, .content = the_content, .mode = the_mode                                 \
    }

enum { WHEN = 1700000000 };

/* The first 64 kB that a shell command says, its newline at the end cut off; *ret_status its exit
 * status. Valid until the next call. */
static inline const char *shell(int *ret_status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline const char *shell(int *ret_status, const char *format, ...)
{
    static char said[1 << 16];
    AUTO(freep) char *command = NULL;
    va_list args;
    va_start(args, format);
    assert_true(vasprintf(&command, format, args) >= 0);
    va_end(args);
    FILE *pipe = popen(command, "re");
    assert_non_null(pipe);
    size_t n = fread(said, 1, sizeof said - 1, pipe);
    char rest[4096];
    while (fread(rest, 1, sizeof rest, pipe) > 0)
        ;
    while (n && said[n - 1] == '\n')
        n--;
    said[n] = '\0';
    int status = pclose(pipe);
    if (ret_status)
        *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return said;
}

#define expect_git(w, command, wanted)                                                             \
    assert_string_equal(shell(NULL, "git -C '%s' %s 2>&1", (w)->mirror, command), wanted)

/* A command that must succeed, in the mirror. */
#define run(w, command)                                                                            \
    do {                                                                                           \
        int run_status;                                                                            \
        const char *run_said =                                                                     \
            shell(&run_status, "cd '%s' && { %s; } 2>&1", (w)->mirror, command);                   \
        if (run_status)                                                                            \
            fail_msg("%s: %s", command, run_said);                                                 \
    } while (0)

#define ok(w, call)                                                                                \
    do {                                                                                           \
        if ((call) < 0)                                                                            \
            fail_msg("%s: %s", #call, (w)->err.text);                                              \
    } while (0)

#define refused(w, call, class)                                                                    \
    do {                                                                                           \
        assert_int_equal(call, -1);                                                                \
        if ((w)->err.cls != (class))                                                               \
            fail_msg("class %d: %s", (int)(w)->err.cls, (w)->err.text);                            \
    } while (0)

static inline void world_open(struct world *w)
{
    ok(w, store_open(&w->store, w->mirror, "main", &w->err));
    ok(w, store_lock(w->store, &w->err));
}

static inline void world_reopen(struct world *w)
{
    store_close(w->store);
    world_open(w);
}

static inline int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    /* in memory where that can be: everything is synced, hundreds of times */
    snprintf(w->dir, sizeof w->dir, "%s/iokeeper-store-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(w->dir))
        return -1;
    snprintf(w->mirror, sizeof w->mirror, "%s/mirror", w->dir);
    ok(w, store_create(w->mirror, "main", &w->err));
    world_open(w);
    *state = w;
    return 0;
}

static inline int world_teardown(void **state)
{
    struct world *w = *state;
    store_close(w->store);
    shell(NULL, "chmod -R u+rwX '%s'; rm -rf '%s'", w->dir, w->dir);
    free(w);
    return 0;
}

/* git's command line, without the configuration of whoever runs the tests. */
static inline void world_isolate(void)
{
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("GIT_AUTHOR_NAME", "Person", 1);
    setenv("GIT_AUTHOR_EMAIL", "person@example.com", 1);
    setenv("GIT_COMMITTER_NAME", "Person", 1);
    setenv("GIT_COMMITTER_EMAIL", "person@example.com", 1);
    umask(022);
}

static inline void add_blob(struct world *w, struct store_batch *batch, struct str content,
                            struct oid *ret_oid)
{
    AUTO(buf_release) struct buf entry = BUF_MAX(64 << 20);
    struct deflater *d = deflater_new();
    oid_of(OBJ_BLOB, content, ret_oid);
    pack_entry_write(d, OBJ_BLOB, content, &entry);
    deflater_free(d);
    ok(w, store_batch_add(batch, ret_oid, buf_view(&entry), &w->err));
}

static inline int by_path(const void *left, const void *right)
{
    return str_cmp(((const struct store_file *)left)->path,
                   ((const struct store_file *)right)->path);
}

/* Writes blobs and trees; the root's id. */
static inline struct oid write_files(struct world *w, const struct file *files, size_t n)
{
    struct store_batch *batch;
    ok(w, store_batch_open(w->store, &batch, &w->err));
    struct store_file *list = calloc(n + 1, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        list[i].path = str_of(files[i].path);
        list[i].mode = files[i].mode;
        add_blob(w, batch, str_of(files[i].content), &list[i].oid);
    }
    qsort(list, n, sizeof *list, by_path);
    struct oid root;
    ok(w, store_write_trees(batch, list, n, NULL, NULL, &root, &w->err));
    ok(w, store_batch_finish(batch, &w->err));
    store_batch_free(batch);
    free(list);
    return root;
}

/* Commits exactly these files on the branch. */
static inline struct oid commit_files(struct world *w, const struct file *files, size_t n)
{
    struct oid root = write_files(w, files, n);
    struct oid parent;
    struct oid commit;
    bool exists;
    ok(w, store_head(w->store, &parent, &exists, &w->err));
    struct store_person person = {.name = "Alice", .email = "alice@example.com", .when = WHEN};
    ok(w, store_commit(w->store, &root, &parent, &person, &person, "Change\n\nBody\n", &commit,
                       &w->err));
    return commit;
}

#define COMMIT(w, ...)                                                                             \
    commit_files(w, (const struct file[]){__VA_ARGS__},                                            \
                 sizeof((const struct file[]){__VA_ARGS__}) / sizeof(struct file))

static inline struct store_checkout check_out(struct world *w, struct oid commit)
{
    struct store_checkout done;
    ok(w, store_checkout(w->store, &commit, WHEN, &done, &w->err));
    return done;
}

/* Nothing to report of git: the tree is clean but for what a person has there untracked. */
static inline void expect_clean(struct world *w)
{
    expect_git(w, "status --porcelain --untracked-files=no", "");
    expect_git(w, "diff --cached --stat", "");
    expect_git(w, "fsck --full --strict --no-dangling", "");
}

static inline void expect_file(struct world *w, const char *path, const char *content)
{
    AUTO(freep) char *full = NULL;
    assert_true(asprintf(&full, "%s/%s", w->mirror, path) >= 0);
    AUTO(buf_release) struct buf b = BUF_MAX(1 << 20);
    ok(w, fs_read(full, 1 << 20, &b, &w->err));
    assert_string_equal(buf_cstr(&b), content);
}

static inline bool on_disk(struct world *w, const char *path)
{
    AUTO(freep) char *full = NULL;
    assert_true(asprintf(&full, "%s/%s", w->mirror, path) >= 0);
    struct stat st;
    return lstat(full, &st) == 0;
}

/* What the rescue branch holds at a path. */
static inline void expect_rescued(struct world *w, const struct store_checkout *done,
                                  const char *path, const char *content)
{
    assert_true(done->rescued > 0);
    assert_string_equal(shell(NULL, "git -C '%s' show '%s:%s' 2>&1", w->mirror, done->branch, path),
                        content);
}

#endif
