/* The place of a mirror's only daemon: who has it, what it tells, and that death gives it back. */
#include "port/presence.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static struct arena arena;
static struct err err;

static int make_folder(void **state)
{
    (void)state;
    err = (struct err){0};
    snprintf(folder, sizeof folder, "/tmp/iokeeper-presence-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[96];
    arena_release(&arena);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/daemon.%s", folder, i ? "lock" : "json");
        unlink(path);
    }
    return rmdir(folder);
}

static struct node told(void)
{
    struct node state;
    assert_int_equal(presence_read(folder, &arena, &state, &err), 0);
    return state;
}

static void tell(struct presence *p, const char *text)
{
    struct node state = node_map(&arena, 1);
    node_map_set(&arena, &state, STR("state"), node_cstring(text));
    assert_int_equal(presence_tell(p, &state, &err), 0);
}

static void without_a_daemon_nothing_is_told(void **state)
{
    (void)state;
    assert_int_equal(told().type, NODE_NULL);
}

static void what_it_tells_is_read_while_it_is_there(void **state)
{
    (void)state;
    struct presence *p;
    assert_int_equal(presence_take(&p, folder, &err), 0);
    assert_int_equal(told().type, NODE_NULL); /* there, but silent yet */
    tell(p, "waiting");
    tell(p, "syncing");
    struct node now = told();
    assert_true(str_is(node_get_text(&now, STR("state")), "syncing"));
    presence_leave(p);
    assert_int_equal(told().type, NODE_NULL);
}

/* Another process: 0 where it gets the place, else the class of its error. */
static int try_as_another(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct presence *p;
        struct err why = {0};
        int got = presence_take(&p, folder, &why);
        char pid[32];
        snprintf(pid, sizeof pid, "(pid %ld)", (long)getppid());
        _exit(got == 0 ? 0 : strstr(why.text, pid) ? (int)why.cls : 99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void there_is_one_place(void **state)
{
    (void)state;
    struct presence *p;
    assert_int_equal(presence_take(&p, folder, &err), 0);
    assert_int_equal(try_as_another(), ERR_LOCKED);
    assert_int_equal(told().type, NODE_NULL); /* asking does not take it */
    assert_int_equal(try_as_another(), ERR_LOCKED);
    presence_leave(p);
    assert_int_equal(try_as_another(), 0);
}

static void death_gives_it_back(void **state)
{
    (void)state;
    int ready[2], status;
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct presence *p;
        struct arena a = {0};
        struct node map = node_map(&a, 0);
        if (presence_take(&p, folder, &err) < 0 || presence_tell(p, &map, &err) < 0 ||
            write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(told().type, NODE_MAP);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(told().type, NODE_NULL); /* though its file is still there */
    struct presence *p;
    assert_int_equal(presence_take(&p, folder, &err), 0);
    presence_leave(p);
    close(ready[0]);
    close(ready[1]);
}

static void a_child_does_not_keep_it_from_others(void **state)
{
    (void)state;
    struct presence *p;
    int ready[2], status;
    char byte;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(presence_take(&p, folder, &err), 0);
    pid_t child = fork();
    if (child == 0) {
        presence_forget(p);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(try_as_another(), ERR_LOCKED); /* letting go there leaves it here */
    presence_leave(p);
    assert_int_equal(try_as_another(), 0);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(ready[0]);
    close(ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_daemon_nothing_is_told, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(what_it_tells_is_read_while_it_is_there, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(there_is_one_place, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(death_gives_it_back, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_child_does_not_keep_it_from_others, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
