#include "route/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/pulse.h"

enum {
    SECOND = 1000,
    TALK_MAX_MS = 60 * 60 * SECOND, /* the end of it, whatever moves */
    LOOK_MS = 1 * SECOND,
};

/* Talks, says how it went, and never returns. */
static void be_child(enum remote_action action, struct store *store,
                     const struct store_remote *remote, int to)
{
    struct err outcome = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int result = action == REMOTE_PUSH ? store_push(store, remote, &outcome)
                                       : store_try_remote(store, remote, &outcome);
    if (result == 0)
        err_clear(&outcome);
    bool told = fs_write(to, (struct str){.p = (const char *)&outcome, .n = sizeof outcome}) == 0;
    _exit(told ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Waits until the child has said something or has been silent for too long: 1, 0, or -1. */
static int wait_for_word(int from, int stop_fd, unsigned timeout_ms, struct err *err)
{
    struct pollfd fds[] = {{.fd = from, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
    int64_t began = clock_monotonic_ms(), moved = began;
    uint64_t seen = pulse_count();
    for (;;) {
        int ready = poll(fds, 2, LOOK_MS);
        int64_t now = clock_monotonic_ms();
        if (ready < 0 && errno != EINTR)
            return err_errno(err, "push");
        if (ready > 0 && fds[1].revents)
            return err_set(err, ERR_STOP, "the push was cut off, the commit stands");
        if (ready > 0)
            return 1;
        if (seen != pulse_count()) {
            seen = pulse_count();
            moved = now;
        }
        if (now - moved > timeout_ms || now - began > TALK_MAX_MS)
            return 0;
    }
}

/* What the child says: 0 with *ret_outcome filled, or -1. */
static int hear(int from, int stop_fd, unsigned timeout_ms, struct err *ret_outcome,
                struct err *err)
{
    int word = wait_for_word(from, stop_fd, timeout_ms, err);
    if (word < 0)
        return -1;
    if (word == 0)
        err_set(ret_outcome, ERR_RETRY, "push: the remote was cut off: nothing has moved for %u s",
                timeout_ms / SECOND);
    else if (fs_read_some(from, ret_outcome, sizeof *ret_outcome) != sizeof *ret_outcome)
        err_set(ret_outcome, ERR_RETRY, "the push ended without a word");
    return 0;
}

int remote_do(enum remote_action action, struct store *store, const struct store_remote *remote,
              int stop_fd, struct err *ret_outcome, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_errno(err, "push");
    pulse_share();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        be_child(action, store, remote, ends[1]);
    }
    close(ends[1]);
    int result = child < 0 ? err_errno(err, "push")
                           : hear(ends[0], stop_fd, remote->timeout_ms, ret_outcome, err);
    close(ends[0]);
    if (child > 0) {
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    return result;
}
