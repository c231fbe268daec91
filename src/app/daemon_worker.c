#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/pulse.h"
#include "daemon_internal.h"

/* A job that nothing moved in for so long is stuck beyond all our own limits; where systemd's
 * watchdog is set it acts long before. */
enum { STUCK_MS = 15 * 60 * 1000 };

void worker_init(struct worker *w)
{
    pulse_share();
    w->log_fd = -1;
    w->report =
        mmap(NULL, sizeof *w->report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (w->report == MAP_FAILED)
        abort();
}

static void be_child(struct worker *w, struct invocation *in, struct presence *presence,
                     pid_t parent, int log_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    if (presence)
        presence_forget(presence);
    log_send_to(log_fd);
    daemon_do(w->job, in, w->report);
    fflush(NULL);
    w->report->finished = true;
    _exit(EXIT_SUCCESS);
}

int worker_start(struct worker *w, enum job job, struct invocation *in, struct presence *presence,
                 struct err *err)
{
    pid_t parent = getpid();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return err_errno(err, "socketpair");
    fflush(NULL);
    memset(w->report, 0, sizeof *w->report);
    w->job = job;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_child(w, in, presence, parent, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return err_errno(err, "fork");
    }
    w->log_fd = ends[0];
    w->pid = pid;
    w->pulse = pulse_count();
    w->moved_at = clock_boot_ms();
    return 0;
}

/* What became of a child that did not say so itself. */
static void explain(struct worker *w)
{
    if (w->report->finished)
        return;
    if (WIFSIGNALED(w->status))
        err_set(&w->report->err, ERR_RETRY, "the process of the cycle was killed by signal %d (%s)",
                WTERMSIG(w->status), strsignal(WTERMSIG(w->status)));
    else
        err_set(&w->report->err, ERR_RETRY, "the process of the cycle ended with %d in the middle",
                WEXITSTATUS(w->status));
}

static bool reap(struct worker *w, int options)
{
    pid_t got;
    if (!w->pid)
        return false;
    do
        got = waitpid(w->pid, &w->status, options);
    while (got < 0 && errno == EINTR);
    log_relay(w->log_fd);
    if (got == 0)
        return false;
    w->pid = 0;
    close(w->log_fd);
    w->log_fd = -1;
    explain(w);
    return true;
}

bool worker_reap(struct worker *w)
{
    return reap(w, WNOHANG);
}

bool worker_moves(struct worker *w)
{
    uint64_t now = pulse_count();
    if (now != w->pulse) {
        w->pulse = now;
        w->moved_at = clock_boot_ms();
        return true;
    }
    if (w->pid && clock_boot_ms() - w->moved_at > STUCK_MS) {
        log_error("nothing has moved for %d minutes: the cycle is given up", STUCK_MS / 1000 / 60);
        kill(w->pid, SIGKILL);
    }
    return false;
}

void worker_stop(struct worker *w, int64_t at_most_ms)
{
    int64_t until = clock_monotonic_ms() + at_most_ms;
    if (!w->pid)
        return;
    kill(w->pid, SIGTERM);
    while (!reap(w, WNOHANG)) {
        if (clock_monotonic_ms() >= until)
            kill(w->pid, SIGKILL);
        poll(NULL, 0, 20);
    }
}
