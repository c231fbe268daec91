#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mount.h>

#include "store_world.h"

/* ---- making and opening ---- */

static void a_free_path_becomes_a_repository(void **state)
{
    struct world *w = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/a/b/new", w->dir);
    assert_true(store_path_is_free(path));
    ok(w, store_create(path, "trunk", &w->err));
    assert_false(store_path_is_free(path));
    assert_string_equal(shell(NULL, "git -C '%s' symbolic-ref HEAD", path), "refs/heads/trunk");
    assert_string_equal(shell(NULL, "ls -A '%s'", path), ".git");
    ok(w, store_create(path, "other", &w->err)); /* left as it is */
    assert_string_equal(shell(NULL, "git -C '%s' symbolic-ref HEAD", path), "refs/heads/trunk");
}

static void an_interrupted_creation_is_begun_again(void **state)
{
    struct world *w = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/half", w->dir);
    shell(NULL, "mkdir -p '%s/.git.new/.git/refs'", path);
    assert_true(store_path_is_free(path));
    ok(w, store_create(path, "main", &w->err));
    assert_string_equal(
        shell(NULL, "git -C '%s' fsck 2>&1 | grep -v notice; ls -A '%s'", path, path), ".git");
}

static void a_path_with_files_is_not_free(void **state)
{
    struct world *w = *state;
    run(w, "mkdir ../full; touch ../full/file");
    char path[128];
    snprintf(path, sizeof path, "%s/full", w->dir);
    assert_false(store_path_is_free(path));
    refused(w, store_create(path, "main", &w->err), ERR_USAGE);
    snprintf(path, sizeof path, "%s/full/file", w->dir);
    assert_false(store_path_is_free(path));
}

static void expect_open_refused(struct world *w, const char *name, enum err_class cls)
{
    char path[128];
    struct store *store;
    snprintf(path, sizeof path, "%s/%s", w->dir, name);
    refused(w, store_open(&store, path, "main", &w->err), cls);
}

static void only_a_working_tree_opens(void **state)
{
    struct world *w = *state;
    run(w, "git init -q --bare ../bare; mkdir ../empty; touch ../file; mkdir inner");
    expect_open_refused(w, "none", ERR_NO_MIRROR);
    expect_open_refused(w, "empty", ERR_NO_MIRROR);
    expect_open_refused(w, "file", ERR_NO_MIRROR);
    expect_open_refused(w, "mirror/inner", ERR_NO_MIRROR);
    expect_open_refused(w, "bare", ERR_USAGE);
    struct store *store;
    refused(w, store_open(&store, w->mirror, "a..b", &w->err), ERR_USAGE);
}

static void another_users_repository_is_refused_with_a_remedy(void **state)
{
    struct world *w = *state;
    if (geteuid() != 0) {
        print_message("skipped: only root can give a repository away\n");
        skip();
    }
    run(w, "git init -q ../theirs; chown -R 12345 ../theirs");
    expect_open_refused(w, "theirs", ERR_USAGE);
    assert_non_null(strstr(w->err.text, "theirs"));
    assert_non_null(strstr(w->err.text, "12345"));
    assert_non_null(strstr(w->err.text, "sudo -u"));
}

/* ---- the lock ---- */

static void one_process_holds_the_mirror(void **state)
{
    struct world *w = *state;
    pid_t child = fork();
    if (child == 0) {
        struct store *store;
        struct err err;
        char pid[32];
        snprintf(pid, sizeof pid, "process %ld", (long)getppid());
        _exit(store_open(&store, w->mirror, "main", &err) < 0 || store_lock(store, &err) == 0 ||
              err.cls != ERR_LOCKED || !strstr(err.text, pid));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    ok(w, store_lock(w->store, &w->err)); /* held already */
    world_reopen(w);                      /* given back by closing */
}

static void the_lock_sweeps_what_a_dead_one_left(void **state)
{
    struct world *w = *state;
    run(w, "touch .git/iokeeper/tmp/file .git/iokeeper/tmp/pack_git2_x");
    world_reopen(w);
    assert_string_equal(shell(NULL, "ls '%s/.git/iokeeper/tmp'", w->mirror), "");
}

/* ---- objects, trees, commits ---- */

static void few_objects_are_loose_many_are_packed(void **state)
{
    struct world *w = *state;
    COMMIT(w, F("a/one", "1\n"), F("two", "2\n"));
    expect_git(w, "count-objects -v | head -4", "count: 5\nsize: 20\nin-pack: 0\npacks: 0");
    struct file files[150];
    char names[150][32];
    for (int i = 0; i < 150; i++) {
        snprintf(names[i], sizeof names[i], "d%d/f%d", i % 7, i);
        files[i] = (struct file)F(names[i], names[i]);
    }
    struct oid commit = commit_files(w, files, 150);
    expect_git(w, "count-objects -v | sed -n '3,4p'", "in-pack: 158\npacks: 1");
    assert_string_equal(shell(NULL, "ls '%s/.git/iokeeper/tmp'", w->mirror), "");
    check_out(w, commit);
    expect_clean(w);
    expect_git(w, "show HEAD:d3/f3", "d3/f3");
}

static void what_is_known_is_not_added_again(void **state)
{
    struct world *w = *state;
    struct oid first = write_files(w, (const struct file[]){F("a", "1\n")}, 1);
    world_reopen(w);
    struct store_batch *batch;
    struct oid oid;
    ok(w, store_batch_open(w->store, &batch, &w->err));
    for (int i = 0; i < 150; i++)
        add_blob(w, batch, STR("1\n"), &oid);
    ok(w, store_batch_finish(batch, &w->err));
    store_batch_free(batch);
    store_batch_free(NULL);
    expect_git(w, "count-objects", "2 objects, 8 kilobytes");
    (void)first;
}

static void a_batch_thrown_away_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct store_batch *batch;
    struct oid oid;
    ok(w, store_batch_open(w->store, &batch, &w->err));
    for (char c = 'a'; c <= 'z'; c++)
        add_blob(w, batch, (struct str){.p = &c, .n = 1}, &oid);
    store_batch_free(batch);
    expect_git(w, "count-objects -v | head -1", "count: 0");
}

static void large_and_binary_content_survives(void **state)
{
    struct world *w = *state;
    struct store_batch *batch;
    AUTO(buf_release) struct buf content = BUF_MAX(8 << 20);
    AUTO(buf_release) struct buf back = BUF_MAX(8 << 20);
    unsigned seed = 7;
    while (content.n < (3 << 20)) {
        seed = seed * 1103515245u + 12345u;
        buf_char(&content, (char)(seed >> 16));
    }
    struct oid oid;
    ok(w, store_batch_open(w->store, &batch, &w->err));
    for (int i = 0; i < 120; i++)
        add_blob(w, batch, (struct str){.p = content.p, .n = (size_t)i}, &oid);
    add_blob(w, batch, buf_view(&content), &oid);
    ok(w, store_batch_finish(batch, &w->err));
    store_batch_free(batch);
    ok(w, store_read(w->store, &oid, &back, &w->err));
    assert_true(str_eq(buf_view(&back), buf_view(&content)));
    back.max = content.n - 1;
    buf_reset(&back);
    refused(w, store_read(w->store, &oid, &back, &w->err), ERR_BAD);
    memset(oid.bytes, 7, sizeof oid.bytes);
    refused(w, store_read(w->store, &oid, &back, &w->err), ERR_MISSING);
}

static void paths_that_lead_astray_are_refused(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {
        "",       "/abs", ".",      "..",    "a/../b",
        "./a",    "a//b", "a/",     ".git",  ".GIT/config",
        "a/.Git", "a\nb", "a/\x01", "a\x7f", "a/.git/hooks/post-checkout",
    };
    struct store_batch *batch;
    struct oid oid;
    struct oid root;
    ok(w, store_batch_open(w->store, &batch, &w->err));
    add_blob(w, batch, STR("x"), &oid);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct store_file file = {.path = str_of(bad[i]), .oid = oid, .mode = 0100644};
        refused(w, store_write_trees(batch, &file, 1, NULL, NULL, &root, &w->err), ERR_BAD);
    }
    struct store_file nul = {.path = STR("a\0b"), .oid = oid, .mode = 0100644};
    refused(w, store_write_trees(batch, &nul, 1, NULL, NULL, &root, &w->err), ERR_BAD);
    store_batch_free(batch);
}

static void trees_that_contradict_themselves_are_refused(void **state)
{
    struct world *w = *state;
    static const char *const bad[][3] = {
        {"a", "a.c", "a/b"}, {"a", "a", "b"}, {"b", "a", "c"}, {"x/y", "x/y/a", "x/y/b"}};
    struct store_batch *batch;
    struct oid oid;
    struct oid root;
    ok(w, store_batch_open(w->store, &batch, &w->err));
    add_blob(w, batch, STR("x"), &oid);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct store_file files[3];
        for (size_t k = 0; k < 3; k++)
            files[k] = (struct store_file){.path = str_of(bad[i][k]), .oid = oid, .mode = 0100644};
        refused(w, store_write_trees(batch, files, 3, NULL, NULL, &root, &w->err), ERR_BAD);
    }
    struct store_file lost = {.path = STR("lost"), .mode = 0100644};
    memset(lost.oid.bytes, 9, OID_BYTES);
    refused(w, store_write_trees(batch, &lost, 1, NULL, NULL, &root, &w->err), ERR_IO);
    store_batch_free(batch);
}

static void trees_are_those_of_git(void **state)
{
    struct world *w = *state;
    struct oid root =
        write_files(w,
                    (const struct file[]){F("a", "1"), M("a-b/x", "2", 0100755), F("a.b", "3"),
                                          M("ab/c/d/e", "target", 0120000), F("a0", "4")},
                    5);
    char hex[OID_HEX + 1];
    oid_to_hex(&root, hex);
    run(w,
        "mkdir -p ../same/a-b ../same/ab/c/d; cd ../same; git init -q; printf 1 >a; printf 2 "
        ">a-b/x; chmod +x a-b/x; printf 3 >a.b; ln -s target ab/c/d/e; printf 4 >a0; git add -A");
    assert_string_equal(shell(NULL, "git -C '%s/same' write-tree", w->dir), hex);
    struct oid empty = write_files(w, NULL, 0);
    oid_to_hex(&empty, hex);
    assert_string_equal(hex, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    expect_git(w, "cat-file -t 4b825dc642cb6eb9a060e54bf8d69288fbee4904", "tree");
}

static void what_people_commit_beside_stays(void **state)
{
    struct world *w = *state;
    struct oid first = COMMIT(w, F("integrations/a", "1"), F("iokeeper.yaml", "v"));
    check_out(w, first);
    run(w, "mkdir notes account; echo n >notes/n; echo r >README; echo x >account/x; echo c "
           ">.gitattributes; git add -A; git commit -qm mine");
    world_reopen(w);
    struct oid head;
    bool exists;
    ok(w, store_head(w->store, &head, &exists, &w->err));
    struct store_batch *batch;
    struct store_file file = {.path = STR("integrations/b"), .mode = 0100644};
    struct oid root;
    ok(w, store_batch_open(w->store, &batch, &w->err));
    add_blob(w, batch, STR("2"), &file.oid);
    static const char *const ours[] = {"integrations", "account", "iokeeper.yaml", NULL};
    ok(w, store_write_trees(batch, &file, 1, &head, ours, &root, &w->err));
    ok(w, store_batch_finish(batch, &w->err));
    store_batch_free(batch);
    char hex[OID_HEX + 1];
    oid_to_hex(&root, hex);
    assert_string_equal(shell(NULL, "git -C '%s' ls-tree -r --name-only %s", w->mirror, hex),
                        ".gitattributes\nREADME\nintegrations/b\nnotes/n");
}

static void listing_is_that_of_git(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a.b", "1"), F("a/b", "2"), F("a/b0", "3"),
                               M("a0", "4", 0100755), M("l", "a0", 0120000));
    AUTO(arena_release) struct arena a = {0};
    AUTO(buf_release) struct buf said = BUF_MAX(10000);
    struct store_file *files;
    size_t n;
    ok(w, store_list(w->store, &commit, &a, &files, &n, &w->err));
    for (size_t i = 0; i < n; i++) {
        char hex[OID_HEX + 1];
        oid_to_hex(&files[i].oid, hex);
        buf_printf(&said, "%s%06o blob %s\t%s", i ? "\n" : "", files[i].mode, hex, files[i].path.p);
    }
    expect_git(w, "ls-tree -r HEAD", buf_cstr(&said));
}

static void commits_are_as_told(void **state)
{
    struct world *w = *state;
    struct oid root = write_files(w, (const struct file[]){F("a", "1")}, 1);
    struct store_person author = {.name = "A <b>\n", .email = "a@<x>\r\n", .when = 1600000000};
    struct store_person self = {.name = " .,", .email = "", .when = WHEN};
    struct oid commit;
    ok(w, store_commit(w->store, &root, &(struct oid){0}, &author, &self, "Sübject\n\nBody\n",
                       &commit, &w->err));
    expect_git(w, "log -1 --format='%an|%ae|%ad|%cn|%ce|%cd|%B' --date=raw",
               "A b|a@x|1600000000 +0000|unknown|unknown|1700000000 +0000|Sübject\n\nBody");
    expect_git(w, "reflog --format='%gn %ge %gs'", "iokeeper iokeeper@localhost iokeeper: Sübject");
    expect_git(w, "fsck --full --strict", "");
    struct oid tree;
    ok(w, store_tree_of(w->store, &commit, &tree, &w->err));
    assert_true(oid_eq(&tree, &root));
}

static void a_branch_moved_by_others_is_left(void **state)
{
    struct world *w = *state;
    struct oid first = COMMIT(w, F("a", "1"));
    struct oid second = COMMIT(w, F("a", "2"));
    struct oid root;
    struct oid commit;
    struct store_person self = {.name = "x", .email = "y", .when = WHEN};
    ok(w, store_tree_of(w->store, &first, &root, &w->err));
    refused(w, store_commit(w->store, &root, &first, &self, &self, "m\n", &commit, &w->err),
            ERR_CONFLICT);
    refused(w,
            store_commit(w->store, &root, &(struct oid){0}, &self, &self, "m\n", &commit, &w->err),
            ERR_CONFLICT);
    struct oid head;
    bool exists;
    ok(w, store_head(w->store, &head, &exists, &w->err));
    assert_true(exists && oid_eq(&head, &second));
}

static void refs_go_where_told(void **state)
{
    struct world *w = *state;
    struct oid head;
    bool exists = true;
    ok(w, store_head(w->store, &head, &exists, &w->err));
    assert_true(!exists && oid_is_zero(&head));
    struct oid first = COMMIT(w, F("a", "1"));
    struct oid second = COMMIT(w, F("a", "2"));
    ok(w, store_set_ref(w->store, "refs/iokeeper/complete", &second, &w->err));
    ok(w, store_set_ref(w->store, "refs/iokeeper/complete", &first, &w->err));
    char hex[OID_HEX + 1];
    oid_to_hex(&first, hex);
    expect_git(w, "rev-parse refs/iokeeper/complete", hex);
    expect_git(w, "rev-parse main~1", hex);
}

/* ---- what a person calls a commit ---- */

/* A commit on the branch, made at a time. */
static struct oid commit_at(struct world *w, const char *content, int64_t when)
{
    struct oid root = write_files(w, (const struct file[]){F("a", content)}, 1), parent, commit;
    struct store_person person = {.name = "x", .email = "x@example.com", .when = when};
    bool exists;
    ok(w, store_head(w->store, &parent, &exists, &w->err));
    ok(w, store_commit(w->store, &root, &parent, &person, &person, "m\n", &commit, &w->err));
    return commit;
}

#define DAY ((int64_t)86400)
#define NOON ((int64_t)1705320000) /* 2024-01-15T12:00:00Z */

static void expect_found(struct world *w, const char *when, const struct oid *want)
{
    struct oid got = {0};
    char hex[OID_HEX + 1], want_hex[OID_HEX + 1];
    if (store_find_commit(w->store, when, NOON, &got, &w->err) < 0)
        fail_msg("%s: %s", when, w->err.text);
    oid_to_hex(&got, hex);
    oid_to_hex(want, want_hex);
    if (!oid_eq(&got, want))
        fail_msg("%s is %s, not %s", when, hex, want_hex);
}

static void expect_not_found(struct world *w, const char *when, const char *why)
{
    struct oid got = {.bytes = {1}};
    w->err = (struct err){0};
    refused(w, store_find_commit(w->store, when, NOON, &got, &w->err), ERR_USAGE);
    if (!strstr(w->err.text, why) || !strstr(w->err.text, when))
        fail_msg("%s: %s", when, w->err.text);
    assert_int_equal(got.bytes[0], 1);
}

static void commits_are_found_by_revision(void **state)
{
    struct world *w = *state;
    struct oid first = commit_at(w, "1", NOON - 3 * DAY);
    struct oid second = commit_at(w, "2", NOON - 2 * DAY);
    struct oid third = commit_at(w, "3", NOON - DAY);
    char hex[OID_HEX + 1];
    oid_to_hex(&second, hex);
    run(w, "git branch side main~2; git tag light main~1; git tag -a -m x heavy main~2;"
           "git tag 2024-01-13 main~2");
    expect_found(w, "HEAD", &third);
    expect_found(w, "main", &third);
    expect_found(w, "HEAD~1", &second);
    expect_found(w, "main^^", &first);
    expect_found(w, "side", &first);
    expect_found(w, "light", &second);
    expect_found(w, "heavy", &first);
    expect_found(w, "refs/heads/side", &first);
    expect_found(w, hex, &second);
    hex[12] = '\0';
    expect_found(w, hex, &second);
    expect_found(w, "2024-01-13", &first); /* a tag, although it reads as a date */
}

static void commits_are_found_by_date(void **state)
{
    struct world *w = *state;
    struct oid first = commit_at(w, "1", NOON - 3 * DAY);
    struct oid second = commit_at(w, "2", NOON - 2 * DAY);
    struct oid third = commit_at(w, "3", NOON - DAY);
    run(w, "git checkout -q -f -b side main~2; GIT_COMMITTER_DATE='2024-01-14T11:00:00Z' "
           "git commit -q --allow-empty -m side"); /* of no matter: it is not the branch */
    expect_found(w, "now", &third);
    expect_found(w, "yesterday", &third);
    expect_found(w, "24 hours ago", &third); /* at that very second */
    expect_found(w, "86401 seconds ago", &second);
    expect_found(w, "2 days ago", &second);
    expect_found(w, "2024-01-13", &second);
    expect_found(w, "2024-01-14", &third); /* until its last second */
    expect_found(w, "2024-01-14T11:59:59Z", &second);
    expect_found(w, "2024-01-13 11:59", &first);
    expect_found(w, "2030-01-01", &third);
    expect_not_found(w, "2024-01-11", "younger");
    expect_not_found(w, "4 days ago", "younger");
    expect_not_found(w, "10 years ago", "younger");
}

static void what_is_no_commit_is_refused(void **state)
{
    struct world *w = *state;
    commit_at(w, "1", NOON - DAY);
    static const char *const nothing[] = {
        "nothing",
        "HEAD~9",
        "HEAD:a",
        "HEAD^{tree}",
        "0123456789012345678901234567890123456789",
        "2024-13-45",
        "two days ago",
        "..",
        "main..side",
        "@{u}",
        "a b",
        "-",
        "",
    };
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        expect_not_found(w, nothing[i], "neither a revision");
}

static void the_beginning_of_several_ids_is_refused(void **state)
{
    struct world *w = *state;
    commit_at(w, "1", NOON - DAY);
    const char *text =
        shell(NULL,
              "cd '%s'; for i in $(seq 1 1500); do echo $i | git hash-object -w --stdin;"
              " done | cut -c1-4 | sort | uniq -d | head -n 1",
              w->mirror);
    char prefix[8];
    snprintf(prefix, sizeof prefix, "%.4s", text);
    assert_int_equal(strlen(prefix), 4);
    expect_not_found(w, prefix, "several");
}

static void a_mirror_without_commits_has_none_to_find(void **state)
{
    struct world *w = *state;
    expect_not_found(w, "now", "no commit yet");
    expect_not_found(w, "2024-01-15", "no commit yet");
    expect_not_found(w, "HEAD", "no commit yet");
    expect_not_found(w, "main", "no commit yet");
    expect_not_found(w, "nothing", "no commit yet");
}

/* ---- a full disk ---- */

static void a_full_disk_leaves_the_branch_and_no_litter(void **state)
{
    struct world *w = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/small", w->dir);
    mkdir(path, 0755);
    if (mount("none", path, "tmpfs", 0, "size=1m") < 0) {
        print_message("skipped: cannot mount a small file system: %s\n", strerror(errno));
        skip();
    }
    snprintf(w->mirror, sizeof w->mirror, "%s/small/m", w->dir);
    ok(w, store_create(w->mirror, "main", &w->err));
    world_reopen(w);
    struct oid first = COMMIT(w, F("a", "1"));
    struct store_batch *batch;
    struct oid oid;
    unsigned seed = 1;
    char noise[4000];
    int failed = 0;
    ok(w, store_batch_open(w->store, &batch, &w->err));
    for (int i = 0; i < 150 && !failed; i++) { /* 600 kB: the spool fits, the pack beside it not */
        for (size_t k = 0; k < sizeof noise; k++)
            noise[k] = (char)((seed = seed * 1103515245u + 12345u) >> 16);
        add_blob(w, batch, (struct str){.p = noise, .n = sizeof noise}, &oid);
    }
    refused(w, store_batch_finish(batch, &w->err), ERR_IO);
    assert_non_null(strstr(w->err.text, "No space left on device"));
    store_batch_free(batch);
    assert_string_equal(shell(NULL, "ls '%s/.git/objects/pack' '%s/.git/iokeeper/tmp' | grep pack_",
                              w->mirror, w->mirror),
                        "");
    struct oid head;
    bool exists;
    ok(w, store_head(w->store, &head, &exists, &w->err));
    assert_true(oid_eq(&head, &first));
    expect_git(w, "fsck --full --strict", "");
    store_close(w->store);
    w->store = NULL;
    umount(path);
}

int main(void)
{
    world_isolate();
#define in_world(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        in_world(a_free_path_becomes_a_repository),
        in_world(an_interrupted_creation_is_begun_again),
        in_world(a_path_with_files_is_not_free),
        in_world(only_a_working_tree_opens),
        in_world(another_users_repository_is_refused_with_a_remedy),
        in_world(one_process_holds_the_mirror),
        in_world(the_lock_sweeps_what_a_dead_one_left),
        in_world(few_objects_are_loose_many_are_packed),
        in_world(what_is_known_is_not_added_again),
        in_world(a_batch_thrown_away_leaves_nothing),
        in_world(large_and_binary_content_survives),
        in_world(paths_that_lead_astray_are_refused),
        in_world(trees_that_contradict_themselves_are_refused),
        in_world(trees_are_those_of_git),
        in_world(what_people_commit_beside_stays),
        in_world(listing_is_that_of_git),
        in_world(commits_are_as_told),
        in_world(a_branch_moved_by_others_is_left),
        in_world(refs_go_where_told),
        in_world(commits_are_found_by_revision),
        in_world(commits_are_found_by_date),
        in_world(what_is_no_commit_is_refused),
        in_world(the_beginning_of_several_ids_is_refused),
        in_world(a_mirror_without_commits_has_none_to_find),
        in_world(a_full_disk_leaves_the_branch_and_no_litter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
