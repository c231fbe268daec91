/* push: off this machine, without letting a remote that hangs hold us. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "cycle.h"

/* libgit2 1.5 waits for a silent remote for ever, and cannot be told otherwise: a child does the
 * push, and is cut off after so long, or when we are asked to stop. */
enum { PUSH_MS_MAX = 120 * 1000 };

/* Pushes and says how it went; never returns. It dies with its parent, whose lock it holds too. */
static void push_as_child(struct cycle *c, int to)
{
    struct err outcome = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (store_push(c->store, c->options->remote, &outcome) == 0)
        err_clear(&outcome);
    bool told = fs_write(to, (struct str){.p = (const char *)&outcome, .n = sizeof outcome}) == 0;
    _exit(told ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Waits for what the child says: 0 with *ret_outcome filled, or -1. */
static int hear(struct cycle *c, int from, struct err *ret_outcome, struct err *err)
{
    struct pollfd fds[] = {{.fd = from, .events = POLLIN},
                           {.fd = c->options->account.stop_fd, .events = POLLIN}};
    int ready;
    do
        ready = poll(fds, 2, PUSH_MS_MAX);
    while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return err_errno(err, "push");
    if (fds[1].revents)
        return err_set(err, ERR_STOP, "the push was cut off, the commit stands");
    if (ready == 0)
        err_set(ret_outcome, ERR_RETRY, "the remote did not answer for %d s", PUSH_MS_MAX / 1000);
    else if (fs_read_some(from, ret_outcome, sizeof *ret_outcome) != sizeof *ret_outcome)
        err_set(ret_outcome, ERR_RETRY, "the push ended without a word");
    return 0;
}

static int push_apart(struct cycle *c, struct err *ret_outcome, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_errno(err, "push");
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        push_as_child(c, ends[1]);
    }
    close(ends[1]);
    int result = child < 0 ? err_errno(err, "push") : hear(c, ends[0], ret_outcome, err);
    close(ends[0]);
    if (child > 0) {
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    return result;
}

int cycle_push(struct cycle *c, struct err *err)
{
    const char *remote = c->options->remote;
    struct err outcome = {0};
    if (!*remote)
        return 0;
    if (push_apart(c, &outcome, err) < 0)
        return -1;
    if (outcome.cls != ERR_NONE)
        c->result->push_failure = arena_str(&c->result->arena, str_of(outcome.text)).p;
    return store_unpushed(c->store, remote, &c->result->unpushed, err);
}
