#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store_world.h"

static const char *remote_url(struct world *w, const char *scheme)
{
    static char url[128];
    snprintf(url, sizeof url, "%s%s/remote.git", scheme, w->dir);
    return url;
}

static long unpushed(struct world *w, const char *url)
{
    long n = -2;
    ok(w, store_unpushed(w->store, url, &n, &w->err));
    return n;
}

static int push(struct world *w, const char *url)
{
    const struct store_remote remote = {.url = url};
    return store_push(w->store, &remote, &w->err);
}

static void branch_and_refs_arrive(struct world *w, const char *url)
{
    run(w, "git init -q --bare -b main ../remote.git");
    ok(w, push(w, url)); /* unborn: nothing to do */
    assert_int_equal(unpushed(w, url), -1);
    COMMIT(w, F("a", "1"));
    struct oid second = COMMIT(w, F("a", "2"), F("b/c", "3"));
    ok(w, store_set_ref(w->store, "refs/iokeeper/complete", &second, &w->err));
    assert_int_equal(unpushed(w, url), -1);
    ok(w, push(w, url));
    assert_int_equal(unpushed(w, url), 0);
    ok(w, push(w, url));
    COMMIT(w, F("a", "3"));
    struct oid fourth = COMMIT(w, F("a", "4"));
    assert_int_equal(unpushed(w, url), 2);
    ok(w, store_set_ref(w->store, "refs/iokeeper/complete", &fourth, &w->err));
    ok(w, push(w, url));
    assert_int_equal(unpushed(w, url), 0);
    char refs[256];
    char hex[OID_HEX + 1];
    oid_to_hex(&fourth, hex);
    snprintf(refs, sizeof refs, "%s refs/heads/main\n%s refs/iokeeper/complete", hex, hex);
    assert_string_equal(shell(NULL, "git -C '%s/remote.git' show-ref", w->dir), refs);
    assert_string_equal(shell(NULL, "git -C '%s/remote.git' fsck --full --strict 2>&1", w->dir),
                        "");
    expect_git(w, "fsck --full --strict", "");
}

static void a_path_is_pushed_to(void **state)
{
    branch_and_refs_arrive(*state, remote_url(*state, ""));
}

static void a_file_url_is_pushed_to(void **state)
{
    branch_and_refs_arrive(*state, remote_url(*state, "file://"));
}

static void many_objects_are_pushed(void **state)
{
    struct world *w = *state;
    run(w, "git init -q --bare -b main ../remote.git");
    static struct file files[500];
    static char names[500][24];
    for (int i = 0; i < 500; i++) {
        snprintf(names[i], sizeof names[i], "d%d/f%d", i % 9, i);
        files[i] = (struct file)F(names[i], names[i]);
    }
    commit_files(w, files, 500);
    ok(w, push(w, remote_url(w, "")));
    assert_string_equal(shell(NULL, "git -C '%s/remote.git' ls-tree -r main | wc -l", w->dir),
                        "500");
}

static void another_remote_has_nothing_yet(void **state)
{
    struct world *w = *state;
    run(w, "git init -q --bare -b main ../remote.git; git init -q --bare ../other.git");
    COMMIT(w, F("a", "1"));
    ok(w, push(w, remote_url(w, "")));
    char other[128];
    snprintf(other, sizeof other, "%s/other.git", w->dir);
    assert_int_equal(unpushed(w, other), -1);
    ok(w, push(w, other));
    assert_int_equal(unpushed(w, other), 0);
    assert_int_equal(unpushed(w, remote_url(w, "")), -1);
}

static void a_remote_that_diverged_is_left(void **state)
{
    struct world *w = *state;
    run(w, "git init -q --bare -b main ../remote.git");
    COMMIT(w, F("a", "1"));
    ok(w, push(w, remote_url(w, "")));
    run(w,
        "git clone -q ../remote.git ../theirs; cd ../theirs; echo x >x; git add x; git commit -qm "
        "x; git push -q origin main");
    const char *theirs = shell(NULL, "git -C '%s/remote.git' rev-parse main", w->dir);
    char before[OID_HEX + 1];
    snprintf(before, sizeof before, "%s", theirs);
    COMMIT(w, F("a", "2"));
    refused(w, push(w, remote_url(w, "")), ERR_CONFLICT);
    assert_non_null(strstr(w->err.text, "main"));
    assert_string_equal(shell(NULL, "git -C '%s/remote.git' rev-parse main", w->dir), before);
    assert_int_equal(unpushed(w, remote_url(w, "")), 1);
    run(w, "git fetch -q ../remote.git main"); /* known here, but still not ours */
    refused(w, push(w, remote_url(w, "")), ERR_CONFLICT);
}

static void a_remote_that_is_not_there_may_come_back(void **state)
{
    struct world *w = *state;
    COMMIT(w, F("a", "1"));
    refused(w, push(w, remote_url(w, "")), ERR_RETRY);
    refused(w, push(w, "https://127.0.0.1:1/x.git"), ERR_RETRY);
    assert_int_equal(unpushed(w, remote_url(w, "")), -1);
}

static void no_secret_of_a_url_is_told(void **state)
{
    struct world *w = *state;
    COMMIT(w, F("a", "1"));
    static const char *const urls[] = {
        "https://user:hunter2@127.0.0.1:1/x.git",  "https://hunter2@127.0.0.1:1/x.git",
        "ssh://user:hunter2@127.0.0.1:1/x.git",    "http://a:hunter2@b@127.0.0.1:1/x.git",
        "nonsense://user:hunter2@127.0.0.1/x.git", "https://x:hunter2@/",
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        assert_int_equal(push(w, urls[i]), -1);
        if (strstr(w->err.text, "hunter2"))
            fail_msg("%s: %s", urls[i], w->err.text);
    }
    run(w, "! grep -r hunter2 .git");
}

int main(void)
{
    world_isolate();
#define in_world(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        in_world(a_path_is_pushed_to),
        in_world(a_file_url_is_pushed_to),
        in_world(many_objects_are_pushed),
        in_world(another_remote_has_nothing_yet),
        in_world(a_remote_that_diverged_is_left),
        in_world(a_remote_that_is_not_there_may_come_back),
        in_world(no_secret_of_a_url_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
