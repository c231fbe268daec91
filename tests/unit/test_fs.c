#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/fs.h"

static char root[64];

static const char *at(const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/iokeeper-fs-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static void what_is_replaced_reads_back(void **state)
{
    (void)state;
    struct err err = {0};
    struct stat st;
    AUTO(buf_release) struct buf b = BUF_MAX(1000);
    assert_int_equal(fs_replace(at("f"), 0600, STR("one"), &err), 0);
    assert_int_equal(fs_replace(at("f"), 0640, STR("two\0!"), &err), 0);
    assert_int_equal(fs_read(at("f"), 100, &b, &err), 0);
    assert_true(str_eq(buf_view(&b), STR("two\0!")));
    assert_int_equal(stat(at("f"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(fs_replace(at("missing/f"), 0600, STR("x"), &err), -1);
    assert_int_equal(err.cls, ERR_IO);
}

static void a_link_is_replaced_not_followed(void **state)
{
    (void)state;
    struct err err = {0};
    struct stat st;
    assert_int_equal(fs_replace(at("target"), 0600, STR("mine"), &err), 0);
    assert_int_equal(symlink(at("target"), at("link")), 0);
    assert_int_equal(fs_replace(at("link"), 0600, STR("yours"), &err), 0);
    assert_int_equal(lstat(at("link"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    AUTO(buf_release) struct buf b = BUF_MAX(1000);
    assert_int_equal(fs_read(at("target"), 100, &b, &err), 0);
    assert_true(str_is(buf_view(&b), "mine"));
}

static void reading_has_bounds(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO(buf_release) struct buf b = BUF_MAX(4);
    assert_int_equal(fs_replace(at("five"), 0600, STR("12345"), &err), 0);
    assert_int_equal(fs_read(at("five"), 4, &b, &err), -1);
    assert_int_equal(err.cls, ERR_BAD);
    assert_int_equal(fs_read(at("five"), 100, &b, &err), -1);
    assert_int_equal(err.cls, ERR_BAD);
    assert_int_equal(fs_read(at("none"), 100, &b, &err), -1);
    assert_int_equal(err.cls, ERR_MISSING);
    assert_int_equal(fs_read(root, 100, &b, &err), -1);
    assert_int_equal(err.cls, ERR_IO);
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    assert_int_equal(fs_read(at("fifo"), 100, &b, &err), -1);
    assert_int_equal(err.cls, ERR_IO);
}

static void folders_are_made(void **state)
{
    (void)state;
    struct err err = {0};
    struct stat st;
    assert_int_equal(fs_make_folders(at("a/b/c"), 0700, &err), 0);
    assert_int_equal(fs_make_folders(at("a/b/c/"), 0700, &err), 0);
    assert_int_equal(stat(at("a/b/c"), &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(fs_replace(at("a/file"), 0600, STR(""), &err), 0);
    assert_int_equal(fs_make_folders(at("a/file"), 0700, &err), -1);
    assert_int_equal(fs_make_folders(at("a/file/x"), 0700, &err), -1);
}

/* Walks to path and touches it; 0, or errno. */
static int touch(struct fs_walk *w, const char *path, bool make)
{
    int folder;
    const char *name;
    if (fs_walk_to(w, path, make, &folder, &name) < 0)
        return errno;
    AUTO(closep) int fd = openat(folder, name, O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? errno : 0;
}

static void walks_find_their_way(void **state)
{
    (void)state;
    AUTO(closep) int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO(fs_walk_release) struct fs_walk w;
    fs_walk_init(&w, fd);
    static const char *const paths[] = {"w/x/y/1", "w/x/y/2", "w/x/3",   "w/xy/4",
                                        "w/5",     "6",       "w/x/y/7", "v/x/y/8"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(touch(&w, paths[i], true), 0);
        assert_int_equal(access(at(paths[i]), F_OK), 0);
    }
    assert_int_equal(touch(&w, "none/x", false), ENOENT);
    static const char *const bad[] = {"", "/x", "../x", "w/../x", "w/./x", "w//x", "w/..", "w/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(touch(&w, bad[i], true), EINVAL);
}

static void walks_follow_no_link(void **state)
{
    (void)state;
    AUTO(closep) int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO(fs_walk_release) struct fs_walk w;
    fs_walk_init(&w, fd);
    struct err err = {0};
    assert_int_equal(fs_make_folders(at("outside"), 0700, &err), 0);
    assert_int_equal(touch(&w, "in/side/file", true), 0);
    assert_int_equal(symlink(at("outside"), at("in/way")), 0);
    assert_int_equal(touch(&w, "in/way/file", true), ENOTDIR);
    assert_int_equal(w.blocked, strlen("in/way"));
    assert_int_equal(touch(&w, "in/side/file/more", false), ENOTDIR);
    assert_int_equal(w.blocked, strlen("in/side/file"));
    assert_int_equal(access(at("outside/file"), F_OK), -1);
}

static void pruning_stops_at_what_is_used(void **state)
{
    (void)state;
    AUTO(closep) int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO(fs_walk_release) struct fs_walk w;
    fs_walk_init(&w, fd);
    int folder;
    const char *name;
    assert_int_equal(touch(&w, "p/used", true), 0);
    assert_int_equal(touch(&w, "p/q/r/s/file", true), 0);
    assert_int_equal(fs_walk_to(&w, "p/q/r/s/file", false, &folder, &name), 0);
    fs_walk_prune(&w);
    assert_int_equal(access(at("p/q/r/s/file"), F_OK), 0);
    assert_int_equal(unlinkat(folder, name, 0), 0);
    fs_walk_prune(&w);
    assert_int_equal(access(at("p/q"), F_OK), -1);
    assert_int_equal(access(at("p/used"), F_OK), 0);
    assert_int_equal(touch(&w, "p/q/r/again", true), 0);
}

static void a_path_can_be_too_deep(void **state)
{
    (void)state;
    AUTO(closep) int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO(fs_walk_release) struct fs_walk w;
    fs_walk_init(&w, fd);
    char path[2 * FS_DEPTH_MAX + 4];
    for (size_t i = 0; i <= FS_DEPTH_MAX; i++)
        memcpy(path + 2 * i, "d/", 2);
    path[2 * FS_DEPTH_MAX + 2] = 'f';
    path[2 * FS_DEPTH_MAX + 3] = '\0';
    assert_int_equal(touch(&w, path, true), ENAMETOOLONG);
    assert_int_equal(touch(&w, path + 2, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_replaced_reads_back),
        cmocka_unit_test(a_link_is_replaced_not_followed),
        cmocka_unit_test(reading_has_bounds),
        cmocka_unit_test(folders_are_made),
        cmocka_unit_test(walks_find_their_way),
        cmocka_unit_test(walks_follow_no_link),
        cmocka_unit_test(pruning_stops_at_what_is_used),
        cmocka_unit_test(a_path_can_be_too_deep),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
