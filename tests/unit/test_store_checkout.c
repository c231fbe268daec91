#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "store_world.h"

static void expect_untouched(const struct store_checkout *done)
{
    assert_int_equal(done->written + done->removed + done->rescued, 0);
    assert_string_equal(done->branch, "");
    assert_false(done->other_branch);
}

static void expect_nothing_rescued(struct world *w, const struct store_checkout *done)
{
    assert_int_equal(done->rescued, 0);
    expect_git(w, "branch --list 'rescued/*'", "");
}

/* ---- without a person ---- */

static void tree_and_index_follow_the_commit(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a/b/c", "1\n"), F("a/d", "2\n"), M("x", "3\n", 0100755),
                               M("l", "a/d", 0120000), F("empty", ""));
    struct store_checkout done = check_out(w, commit);
    assert_int_equal(done.written, 5);
    expect_nothing_rescued(w, &done);
    expect_clean(w);
    expect_git(w, "status --porcelain", "");
    expect_file(w, "l", "2\n");
    done = check_out(w, commit);
    expect_untouched(&done);

    commit = COMMIT(w, F("a/d", "2\n"), F("x", "3\n"), F("new/n", "4\r\n"));
    done = check_out(w, commit);
    assert_int_equal(done.written, 2);
    assert_int_equal(done.removed, 3);
    expect_nothing_rescued(w, &done);
    expect_git(w, "status --porcelain", "");
    expect_file(w, "new/n", "4\r\n");
    assert_false(on_disk(w, "a/b"));
    done = check_out(w, COMMIT(w, F("only", "1")));
    assert_string_equal(shell(NULL, "ls '%s'", w->mirror), "only");
    expect_git(w, "status --porcelain", "");
}

static void files_and_folders_change_places(void **state)
{
    struct world *w = *state;
    check_out(w, COMMIT(w, F("a", "file"), F("b/x", "1"), F("b/y/z", "2")));
    struct store_checkout done = check_out(w, COMMIT(w, F("a/x", "1"), F("a/y", "2"), F("b", "f")));
    expect_nothing_rescued(w, &done);
    expect_git(w, "status --porcelain", "");
    done = check_out(w, COMMIT(w, M("a", "b", 0120000), F("b/x", "1")));
    expect_nothing_rescued(w, &done);
    expect_git(w, "status --porcelain", "");
    done = check_out(w, COMMIT(w, F("a/x", "1"), F("b/x/y", "1")));
    expect_nothing_rescued(w, &done);
    expect_clean(w);
}

/* A stat each and nothing else: no file opened, index and refs as they were, to the byte and inode.
 */
static void a_clean_tree_is_left_alone(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a/b", "1"), F("c", "2"), M("l", "c", 0120000));
    check_out(w, commit);
    char before[4096];
    const char *const watch =
        "cd '%s' && find .git -type f -not -name '*.lock' -printf "
        "'%%p %%i %%T@ %%C@\\n' | sort; find . -path ./.git -prune -o -type f "
        "-printf '%%p %%i %%A@ %%C@\\n' | sort";
    snprintf(before, sizeof before, "%s", shell(NULL, watch, w->mirror));
    struct store_checkout done = check_out(w, commit);
    expect_untouched(&done);
    assert_string_equal(shell(NULL, watch, w->mirror), before);
}

static void a_persons_own_configuration_makes_nothing_dirty(void **state)
{
    struct world *w = *state;
    run(w, "printf '[core]\\nautocrlf=true\\neol=crlf\\nattributesFile=%s\\nsplitIndex=true\\n"
           "[feature]\\nmanyFiles=true\\n[filter \"up\"]\\nclean=tr a-z A-Z\\nsmudge=cat\\n' "
           "\"$PWD/../attributes\" >../config; printf '* text eol=crlf filter=up ident "
           "working-tree-encoding=UTF-16\\n' >../attributes");
    char config[128];
    snprintf(config, sizeof config, "%s/config", w->dir);
    setenv("GIT_CONFIG_GLOBAL", config, 1);
    struct oid commit = COMMIT(w, F("a", "one\ntwo\n"), F("b", "one\r\ntwo\n$Id$\n"));
    check_out(w, commit);
    run(w, "touch a b");
    expect_git(w, "status --porcelain", "");
    run(w, "rm a b; git checkout -q .");
    expect_file(w, "a", "one\ntwo\n");
    expect_file(w, "b", "one\r\ntwo\n$Id$\n");
    struct store_checkout done = check_out(w, commit); /* its index is still one that we read */
    assert_int_equal(done.rescued, 0);
    assert_false(on_disk(w, ".git/iokeeper/index.unreadable"));
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
}

static void an_unreadable_index_is_made_anew(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"), F("b", "2"));
    check_out(w, commit);
    run(w, "printf garbage >.git/index");
    struct store_checkout done = check_out(w, commit);
    assert_int_equal(done.written, 0);
    expect_nothing_rescued(w, &done);
    expect_git(w, "status --porcelain", "");
    run(w, "rm .git/index");
    check_out(w, commit);
    expect_git(w, "status --porcelain", "");
}

static void what_changed_within_a_tick_is_seen(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"), F("b", "2"));
    check_out(w, commit);
    /* same size, same times as far as a person can set them, in an index as old as the file */
    run(w,
        "touch -d @1600000000 a; git update-index --refresh -q; touch -d @1600000000 .git/index; "
        "printf 9 >a; touch -d @1600000000 a");
    struct store_checkout done = check_out(w, commit);
    expect_rescued(w, &done, "a", "9");
    expect_file(w, "a", "1");
}

/* ---- a person's work ---- */

static void an_edited_file_is_rescued(void **state)
{
    struct world *w = *state;
    struct oid first = COMMIT(w, F("a/kept", "k"), F("a/same", "1\n"), F("gone", "2\n"));
    check_out(w, first);
    run(w, "echo mine >a/same; echo mine too >gone; echo note >untracked; chmod +x a/kept");
    struct store_checkout done = check_out(w, COMMIT(w, F("a/kept", "k"), F("a/same", "3\n")));
    assert_int_equal(done.rescued, 3);
    assert_string_equal(done.branch, "rescued/2023-11-14T22-13-20Z");
    expect_rescued(w, &done, "a/same", "mine");
    expect_rescued(w, &done, "gone", "mine too");
    expect_file(w, "a/same", "3\n");
    assert_false(on_disk(w, "gone"));
    expect_file(w, "untracked", "note\n");
    expect_clean(w);
    char hex[OID_HEX + 1];
    oid_to_hex(&first, hex);
    expect_git(w, "rev-parse 'rescued/2023-11-14T22-13-20Z^'", hex);
    expect_git(w, "diff --summary main~1 rescued/2023-11-14T22-13-20Z",
               " mode change 100644 => 100755 a/kept");
    expect_git(w, "log -1 --format=%B rescued/2023-11-14T22-13-20Z | sed -n '$p;5,7p'",
               "a/kept\na/same\ngone");
    expect_git(w, "status --porcelain", "?? untracked");
}

static void a_second_rescue_gets_a_number(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"));
    check_out(w, commit);
    run(w, "echo one >a");
    check_out(w, commit);
    run(w, "echo two >a");
    struct store_checkout done = check_out(w, commit);
    assert_string_equal(done.branch, "rescued/2023-11-14T22-13-20Z-2");
    expect_rescued(w, &done, "a", "two");
    expect_clean(w);
}

static void a_rescue_cut_short_is_not_made_twice(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"), F("d/b", "2"));
    check_out(w, commit);
    run(w, "echo mine >a; rm d/b; o=$(git rev-parse HEAD:d/b); rm -f "
           ".git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)");
    struct store_checkout done;
    refused(w, store_checkout(w->store, &commit, WHEN, &done, &w->err), ERR_IO);
    run(w, "echo mine >a; printf 2 | git hash-object -w --stdin");
    done = check_out(w, commit);
    expect_rescued(w, &done, "a", "mine");
    expect_clean(w);
    expect_git(w, "branch --list --format='%(refname:short)' 'rescued/*'",
               "rescued/2023-11-14T22-13-20Z");
}

static void what_a_person_deleted_comes_back(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a/b", "1"), F("c", "2"));
    check_out(w, commit);
    run(w, "rm -r a; git rm -q c");
    struct store_checkout done = check_out(w, commit);
    assert_int_equal(done.written, 2);
    expect_nothing_rescued(w, &done);
    expect_git(w, "status --porcelain", "");
}

static void a_touched_file_is_only_read(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"));
    check_out(w, commit);
    run(w, "touch -d @1500000000 a");
    struct store_checkout done = check_out(w, commit);
    expect_untouched(&done);
    expect_clean(w);
}

static void untracked_files_in_the_way_are_rescued(void **state)
{
    struct world *w = *state;
    check_out(w, COMMIT(w, F("a", "1")));
    run(w, "echo mine >b; mkdir c; echo other >c/other; printf new >same");
    struct store_checkout done =
        check_out(w, COMMIT(w, F("a", "1"), F("b", "2"), F("c/new", "3"), F("same", "new")));
    assert_int_equal(done.rescued, 1);
    expect_rescued(w, &done, "b", "mine");
    expect_file(w, "c/other", "other\n");
    expect_git(w, "status --porcelain", "?? c/other");
    expect_clean(w);
}

static void a_folder_in_a_files_way_is_rescued_whole(void **state)
{
    struct world *w = *state;
    check_out(w, COMMIT(w, F("d/ours", "1"), F("x", "2")));
    run(w, "rm x; mkdir -p x/deep/empty d/sub; echo 1 >x/f; echo 2 >x/deep/g; ln -s nowhere x/l; "
           "echo 3 >d/sub/mine; printf 4 >d/ours; git add d/sub");
    struct store_checkout done = check_out(w, COMMIT(w, F("d", "file"), F("x", "3")));
    expect_rescued(w, &done, "x/f", "1");
    expect_rescued(w, &done, "x/deep/g", "2");
    expect_rescued(w, &done, "x/l", "nowhere");
    expect_rescued(w, &done, "d/sub/mine", "3");
    expect_rescued(w, &done, "d/ours", "4");
    assert_int_equal(done.rescued, 5);
    expect_file(w, "d", "file");
    expect_file(w, "x", "3");
    expect_git(w, "status --porcelain", "");
    expect_clean(w);
}

static void a_file_in_a_folders_way_is_rescued(void **state)
{
    struct world *w = *state;
    check_out(w, COMMIT(w, F("z", "1"), F("t", "2")));
    run(w, "echo mine >a; ln -s elsewhere b; echo edited >t");
    struct store_checkout done = check_out(
        w, COMMIT(w, F("a/x", "1"), F("a/y/z", "1"), F("b/c/d", "2"), F("t/u", "3"), F("z", "1")));
    assert_int_equal(done.rescued, 3);
    expect_rescued(w, &done, "a", "mine");
    expect_rescued(w, &done, "b", "elsewhere");
    expect_rescued(w, &done, "t", "edited");
    expect_git(w, "status --porcelain", "");
    expect_clean(w);
}

static void what_cannot_be_saved_is_not_touched(void **state)
{
    struct world *w = *state;
    check_out(w, COMMIT(w, F("a", "1")));
    run(w, "mkdir -p b && git init -q b/repo && echo 1 >b/repo/f; mkfifo c; mkfifo d; echo 2 >e");
    struct store_checkout done;
    struct oid commit = COMMIT(w, F("b", "1"), F("e", "3"));
    refused(w, store_checkout(w->store, &commit, WHEN, &done, &w->err), ERR_CONFLICT);
    assert_non_null(strstr(w->err.text, "b/repo"));
    expect_file(w, "e", "2\n");
    expect_file(w, "a", "1");
    assert_false(on_disk(w, ".git/index.lock"));
    commit = COMMIT(w, F("c", "1"));
    refused(w, store_checkout(w->store, &commit, WHEN, &done, &w->err), ERR_CONFLICT);
    commit = COMMIT(w, F("d/x", "1"));
    refused(w, store_checkout(w->store, &commit, WHEN, &done, &w->err), ERR_CONFLICT);
    run(w, "rm -r b; mkdir b; seq -f 'b/%g' 10001 | xargs touch");
    commit = COMMIT(w, F("b", "1"));
    refused(w, store_checkout(w->store, &commit, WHEN, &done, &w->err), ERR_CONFLICT);
    assert_true(on_disk(w, "b/10001"));
}

static void nothing_is_written_through_a_link(void **state)
{
    struct world *w = *state;
    check_out(w, COMMIT(w, F("d/a", "1"), F("d/b", "2"), F("e/f", "3")));
    run(w, "mkdir ../outside; echo theirs >../outside/a; echo theirs >../outside/b; rm -r d e; "
           "ln -s ../outside d; ln -s \"$PWD/../outside\" e");
    struct store_checkout done = check_out(w, COMMIT(w, F("d/a", "9"), F("d/c", "8")));
    assert_string_equal(shell(NULL, "cd '%s/outside'; head *; ls", w->dir),
                        "==> a <==\ntheirs\n\n==> b <==\ntheirs\na\nb");
    assert_int_equal(done.rescued, 1);
    expect_rescued(w, &done, "d", "../outside");
    expect_file(w, "d/a", "9");
    assert_true(on_disk(w, "e")); /* in nobody's way */
    expect_git(w, "status --porcelain", "?? e");
}

static void staged_work_is_rescued(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"), F("b", "2"), F("c", "3"));
    check_out(w, commit);
    run(w, "echo staged >a; git add a; echo found >a; echo only >b; git add b; printf 2 >b; "
           "echo new >n; git add n; echo gone >g; git add g; rm g; echo later >i; git add -N i");
    struct store_checkout done = check_out(w, commit);
    assert_int_equal(done.rescued, 4);
    expect_rescued(w, &done, "a", "found");
    expect_rescued(w, &done, "b", "only");
    expect_rescued(w, &done, "g", "gone");
    assert_string_equal(shell(NULL, "git -C '%s' show '%s^:a'", w->mirror, done.branch), "staged");
    expect_file(w, "a", "1");
    expect_file(w, "n", "new\n"); /* on disk, in nobody's way */
    expect_git(w, "status --porcelain", "?? i\n?? n");
    expect_clean(w);
}

static void a_merge_under_way_is_ended(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1\n"));
    check_out(w, commit);
    run(w, "git checkout -qb side; echo side >a; git commit -qam side; git checkout -q main");
    commit = COMMIT(w, F("a", "2\n"));
    check_out(w, commit);
    run(w, "git merge -q side >/dev/null || true; test -f .git/MERGE_HEAD");
    struct store_checkout done = check_out(w, commit);
    assert_int_equal(done.rescued, 1); /* the file with its conflict marks */
    assert_false(on_disk(w, ".git/MERGE_HEAD"));
    expect_file(w, "a", "2\n");
    expect_git(w, "status --porcelain", "");
}

static void a_persons_commit_is_theirs(void **state)
{
    struct world *w = *state;
    check_out(w, COMMIT(w, F("a", "1\n"), F("b", "2\n")));
    run(w, "echo mine >a; git commit -qam mine; echo c >c; git add c; git commit -qm c");
    world_reopen(w);
    struct oid head;
    bool exists;
    ok(w, store_head(w->store, &head, &exists, &w->err));
    struct store_checkout done = check_out(w, head);
    expect_untouched(&done);
    expect_file(w, "a", "mine\n");
    run(w, "git reset -q --hard HEAD~2");
    ok(w, store_head(w->store, &head, &exists, &w->err));
    done = check_out(w, head);
    expect_untouched(&done);
}

static void a_fresh_clone_is_clean(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1\n"), F("d/b", "2\n"));
    run(w, "git clone -q . ../clone; echo edited >../clone/a");
    snprintf(w->mirror, sizeof w->mirror, "%s/clone", w->dir);
    world_reopen(w);
    struct store_checkout done = check_out(w, commit);
    assert_int_equal(done.rescued, 1);
    expect_rescued(w, &done, "a", "edited");
    expect_git(w, "status --porcelain", "");
}

static void another_branch_is_left_alone(void **state)
{
    struct world *w = *state;
    check_out(w, COMMIT(w, F("a", "1")));
    run(w, "git checkout -qb mine; echo x >a");
    struct oid commit = COMMIT(w, F("a", "2"));
    struct store_checkout done = check_out(w, commit);
    assert_true(done.other_branch);
    expect_file(w, "a", "x\n");
    run(w, "git stash -q; git checkout -q --detach");
    assert_true(check_out(w, commit).other_branch);
    run(w, "git checkout -q main");
    done = check_out(w, commit);
    assert_false(done.other_branch);
    expect_nothing_rescued(w, &done);
    expect_clean(w);
}

static void a_submodule_of_a_persons_stays(void **state)
{
    struct world *w = *state;
    check_out(w, COMMIT(w, F("a", "1")));
    run(w, "git init -q ../sub; git -C ../sub commit -q --allow-empty -m s; "
           "git -c protocol.file.allow=always submodule --quiet add ../sub sub 2>/dev/null; "
           "git commit -qm sub; rm -rf sub/.git");
    struct oid head;
    bool exists;
    world_reopen(w);
    ok(w, store_head(w->store, &head, &exists, &w->err));
    struct store_checkout done = check_out(w, head);
    assert_int_equal(done.rescued + done.written, 0);
    run(w, "rmdir sub");
    check_out(w, head);
    assert_true(on_disk(w, "sub"));
    expect_git(w, "status --porcelain", "");
    check_out(w, COMMIT(w, F("a", "2")));
    assert_false(on_disk(w, "sub"));
    expect_git(w, "status --porcelain", "");
}

static void a_commit_that_leads_out_is_refused(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"));
    check_out(w, commit);
    const char *hex = shell(NULL,
                            "cd '%s'; b=$(echo x | git hash-object -w --stdin); t=$(printf '100644 "
                            "blob %%s\\tconfig\\n' $b | git mktree); t=$(printf '040000 tree "
                            "%%s\\t.GIT\\n' $t | git mktree); git commit-tree -m evil $t",
                            w->mirror);
    assert_int_equal(oid_from_hex(str_of(hex), &commit), 0);
    struct store_checkout done;
    refused(w, store_checkout(w->store, &commit, WHEN, &done, &w->err), ERR_BAD);
    assert_true(on_disk(w, "a"));
}

/* ---- the index's lock ---- */

static void a_git_command_is_waited_for(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"));
    run(w, "touch .git/index.lock; (sleep 0.3; rm .git/index.lock) >/dev/null 2>&1 & true");
    check_out(w, commit);
    expect_clean(w);
}

static void a_lock_that_stays_is_told(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"));
    run(w, "touch .git/index.lock");
    struct store_checkout done;
    refused(w, store_checkout(w->store, &commit, WHEN, &done, &w->err), ERR_RETRY);
    assert_non_null(strstr(w->err.text, "index.lock"));
    assert_true(on_disk(w, ".git/index.lock"));
    assert_false(on_disk(w, "a"));
}

static void the_lock_of_a_dead_iokeeper_is_taken_over(void **state)
{
    struct world *w = *state;
    struct oid commit = COMMIT(w, F("a", "1"));
    run(w, "echo iokeeper >.git/index.lock; touch .git/iokeeper/index.lock");
    check_out(w, commit);
    expect_clean(w);
    assert_false(on_disk(w, ".git/index.lock"));
}

/* ---- dying at any moment ---- */

/* A checkout by a process that is killed at its nth rename, unlink, mkdir, ...: by strace, which
 * needs to be there and allowed. */
static bool die_within_checkout(struct world *w, const struct oid *commit, int nth, bool *ret_died)
{
    int trigger[2];
    assert_int_equal(pipe(trigger), 0);
    pid_t child = fork();
    if (child == 0) {
        char c;
        struct err err;
        struct store *store;
        struct store_checkout done;
        close(trigger[1]);
        if (read(trigger[0], &c, 1) != 1)
            _exit(9);
        _exit(store_open(&store, w->mirror, "main", &err) < 0 || store_lock(store, &err) < 0 ||
              store_checkout(store, commit, WHEN, &done, &err) < 0);
    }
    close(trigger[0]);
    int status;
    shell(&status,
          "strace -o /dev/null -e "
          "inject=renameat,rename,unlink,unlinkat,mkdirat,fsync,write,openat:signal=KILL:when=%d "
          "-p %ld >/dev/null 2>&1 & s=$!; for i in $(seq 100); do grep -q 'TracerPid:.[1-9]' "
          "/proc/%ld/status && exit 0; sleep 0.02; done; kill $s; exit 1",
          nth, (long)child, (long)child);
    bool traced = status == 0;
    assert_int_equal(write(trigger[1], "x", 1), 1);
    close(trigger[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    *ret_died = WIFSIGNALED(status);
    return traced;
}

static void dying_anywhere_is_repaired(void **state)
{
    struct world *w = *state;
    bool died = true;
    int deaths = 0;
    for (int nth = 1; died && nth < 160; nth += 1 + nth / 20) {
        check_out(w, COMMIT(w, F("a", "file"), F("b/x", "1"), F("c", "3"), F("d/e/f", "4")));
        struct oid next = COMMIT(w, F("a/x", "1"), F("b", "2"), F("c", "4"), F("g/h", "5"));
        store_close(w->store);
        w->store = NULL;
        bool traced = die_within_checkout(w, &next, nth, &died);
        world_open(w);
        if (!traced) {
            print_message("skipped: no strace to kill with\n");
            skip();
        }
        deaths += died;
        struct store_checkout done = check_out(w, next);
        expect_nothing_rescued(w, &done);
        expect_git(w, "status --porcelain", "");
        assert_false(on_disk(w, ".git/index.lock"));
        done = check_out(w, next);
        expect_untouched(&done);
    }
    expect_git(w, "fsck --full --strict --no-dangling", "");
    assert_true(deaths > 30);
}

/* ---- many random trees ---- */

enum { NAMES = 40, ROUNDS = 30 };

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16 & 0x7fff;
}

/* Paths of few names, so that files and folders often trade places; none within another's. */
static size_t random_files(unsigned *seed, struct file *files, char names[][32], char text[][8])
{
    size_t n = 0;
    for (int i = 0; i < NAMES; i++) {
        int depth = 1 + (int)(next_random(seed) % 3);
        char path[32] = "";
        for (int k = 0; k < depth; k++)
            snprintf(path + strlen(path), sizeof path - strlen(path), "%s%c%s", k ? "/" : "",
                     'a' + (int)(next_random(seed) % 4), next_random(seed) % 3 ? "" : ".x");
        bool fits = true;
        for (size_t k = 0; k < n && fits; k++) {
            size_t shorter = strlen(path) < strlen(names[k]) ? strlen(path) : strlen(names[k]);
            bool begins = !strncmp(path, names[k], shorter);
            fits = !begins || (path[shorter] && path[shorter] != '/') ||
                   (names[k][shorter] && names[k][shorter] != '/');
        }
        if (!fits)
            continue;
        static const unsigned modes[] = {0100644, 0100644, 0100755, 0120000};
        snprintf(names[n], 32, "%s", path);
        snprintf(text[n], 8, "%u", next_random(seed) % 5);
        files[n] = (struct file)M(names[n], text[n], modes[next_random(seed) % 4]);
        n++;
    }
    return n;
}

static void any_tree_follows_any_other(void **state)
{
    struct world *w = *state;
    unsigned seed = 20231114;
    static char names[NAMES][32];
    static char text[NAMES][8];
    struct file files[NAMES];
    for (int round = 0; round < ROUNDS; round++) {
        struct oid commit = commit_files(w, files, random_files(&seed, files, names, text));
        struct store_checkout done = check_out(w, commit);
        assert_int_equal(done.rescued, 0);
        expect_git(w, "status --porcelain --ignored", "");
        done = check_out(w, commit);
        expect_untouched(&done);
    }
    expect_git(w, "fsck --full --strict", "");
}

/* A person scatters files anywhere; whatever they wrote is on disk or on a branch afterwards. */
static void nothing_a_person_wrote_is_lost(void **state)
{
    struct world *w = *state;
    unsigned seed = 42;
    static char names[NAMES][32];
    static char text[NAMES][8];
    struct file files[NAMES];
    for (int round = 0; round < ROUNDS; round++) {
        check_out(w, commit_files(w, files, random_files(&seed, files, names, text)));
        char mark[32];
        snprintf(mark, sizeof mark, "person-%d", round);
        char path[32];
        snprintf(path, sizeof path, "%c%s", 'a' + (int)(next_random(&seed) % 4),
                 next_random(&seed) % 2 ? "/b" : "");
        unsigned how = next_random(&seed) % 4;
        shell(
            NULL,
            "cd '%s'; p='%s'; rm -rf \"$p\"; d=$(dirname \"$p\"); [ -d \"$d\" -a ! -L \"$d\" ] || "
            "{ rm -rf \"$d\"; mkdir -p \"$d\"; }; case %u in 0) echo %s >\"$p\";; 1) mkdir -p "
            "\"$p/q\"; echo %s >\"$p/q/r\";; 2) ln -s %s \"$p\";; 3) echo %s >\"$p\"; git add "
            "\"$p\"; "
            "rm \"$p\";; esac",
            w->mirror, path, how, mark, mark, mark, mark);
        check_out(w, commit_files(w, files, random_files(&seed, files, names, text)));
        expect_clean(w);
        const char *found = shell(
            NULL,
            "cd '%s'; grep -rl '^%s$' --exclude-dir=.git . ; find . -path ./.git -prune -o -type l "
            "-lname %s -print; for b in $(git branch --list 'rescued/*' --format='%%(refname)'); "
            "do "
            "git grep -l '^%s$' $b; git ls-tree -r $b | awk '$1==120000{print $3}' | while read o; "
            "do [ \"$(git cat-file blob $o)\" = %s ] && echo link; done; done",
            w->mirror, mark, mark, mark, mark);
        if (!*found)
            fail_msg("round %d: %s (way %u) is lost", round, path, how);
        shell(NULL,
              "cd '%s'; git clean -ffdxq; git branch -q --list 'rescued/*' "
              "--format='%%(refname:short)' | xargs -r git branch -qD",
              w->mirror);
    }
}

int main(void)
{
    world_isolate();
#define in_world(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        in_world(tree_and_index_follow_the_commit),
        in_world(files_and_folders_change_places),
        in_world(a_clean_tree_is_left_alone),
        in_world(a_persons_own_configuration_makes_nothing_dirty),
        in_world(an_unreadable_index_is_made_anew),
        in_world(what_changed_within_a_tick_is_seen),
        in_world(an_edited_file_is_rescued),
        in_world(a_second_rescue_gets_a_number),
        in_world(a_rescue_cut_short_is_not_made_twice),
        in_world(what_a_person_deleted_comes_back),
        in_world(a_touched_file_is_only_read),
        in_world(untracked_files_in_the_way_are_rescued),
        in_world(a_folder_in_a_files_way_is_rescued_whole),
        in_world(a_file_in_a_folders_way_is_rescued),
        in_world(what_cannot_be_saved_is_not_touched),
        in_world(nothing_is_written_through_a_link),
        in_world(staged_work_is_rescued),
        in_world(a_merge_under_way_is_ended),
        in_world(a_persons_commit_is_theirs),
        in_world(a_fresh_clone_is_clean),
        in_world(another_branch_is_left_alone),
        in_world(a_submodule_of_a_persons_stays),
        in_world(a_commit_that_leads_out_is_refused),
        in_world(a_git_command_is_waited_for),
        in_world(a_lock_that_stays_is_told),
        in_world(the_lock_of_a_dead_iokeeper_is_taken_over),
        in_world(dying_anywhere_is_repaired),
        in_world(any_tree_follows_any_other),
        in_world(nothing_a_person_wrote_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
