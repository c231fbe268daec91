/* verb_run: the daemon. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon_internal.h"
#include "port/service.h"

enum {
    SECOND = 1000,
    STOP_MS = 10 * SECOND,  /* what systemd is told */
    CHILD_MS = 8 * SECOND,  /* what a child gets of that */
    PROBE_MS = 10 * SECOND, /* the token is asked for so long before it is taken on trust */
    LOOK_MS = 60 * SECOND,  /* how often a child is looked at where no watchdog asks */
    TELL_FIRST_MS = 60 * SECOND,
    TELL_DOUBLINGS_MAX = 6,
};

static uint64_t chance(void)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        random = (uint64_t)clock_boot_ms();
    return random;
}

/* ---- life ---- */

/* SIGTERM and SIGINT are read elsewhere; these are ours. */
static int open_signals(struct daemon *d, struct err *err)
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGHUP);
    sigaddset(&ours, SIGUSR1);
    sigaddset(&ours, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ours, NULL);
    d->signal_fd = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    d->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (d->signal_fd < 0 || d->timer_fd < 0)
        return err_errno(err, "signalfd, timerfd");
    return 0;
}

static void set_rhythm(struct daemon *d)
{
    d->schedule.every_ms = d->in->config.every_ms;
    d->schedule.jitter_ms = d->in->config.jitter_ms;
}

/* Waits for the proof that configuration and mirror are fine; whether the token is taken is waited
 * for only so long. */
static int prove(struct daemon *d, struct err *err)
{
    struct worker *w = &d->worker;
    int64_t until = clock_monotonic_ms() + PROBE_MS;
    if (worker_start(w, JOB_PROVE, d->in, NULL, err) < 0)
        return -1;
    while (!worker_reap(w)) {
        struct pollfd fds[] = {{.fd = d->in->stop_fd, .events = POLLIN},
                               {.fd = d->signal_fd, .events = POLLIN},
                               {.fd = w->log_fd, .events = POLLIN}};
        struct signalfd_siginfo info;
        if (poll(fds, 3, SECOND) > 0 && fds[0].revents) {
            worker_stop(w, CHILD_MS);
            return err_set(err, ERR_STOP, "not begun yet");
        }
        while (read(d->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
            continue;
        if (w->report->proved && clock_monotonic_ms() > until) {
            log_warning("the API does not answer yet: going on without it");
            worker_stop(w, 0);
            err_clear(&w->report->err);
            return 0;
        }
    }
    *err = w->report->err;
    return err->cls == ERR_NONE ? 0 : -1;
}

/* How long ago the last cycle began; -1 where it failed, there was none, or the clock says it is
 * still to come. */
static int64_t age_of(const struct facts *last)
{
    int64_t seconds = clock_now() - last->started;
    bool ran = last->known && strcmp(last->outcome, "failed") != 0;
    return ran && seconds >= 0 && seconds < INT32_MAX ? seconds * SECOND : -1;
}

static int begin(struct daemon *d, struct err *err)
{
    d->beat_ms = service_beat_ms() / 3;
    d->since = clock_now();
    worker_init(&d->worker);
    set_rhythm(d);
    if (open_signals(d, err) < 0 || prove(d, err) < 0)
        return -1;
    d->last = d->worker.report->last;
    if (presence_take(&d->presence, d->worker.report->folder, err) < 0)
        return -1;
    schedule_begin(&d->schedule, age_of(&d->last), clock_boot_ms());
    log_info("keeping %s in %s, every %u s", d->in->config.api_url, d->in->config.mirror_path,
             d->in->config.every_ms / SECOND);
    daemon_show(d);
    service_ready();
    return 0;
}

static void end(struct daemon *d)
{
    presence_leave(d->presence);
    if (d->signal_fd >= 0)
        close(d->signal_fd);
    if (d->timer_fd >= 0)
        close(d->timer_fd);
}

/* ---- jobs ---- */

static void start(struct daemon *d, enum job job)
{
    struct err err = {0};
    int64_t now = clock_boot_ms();
    if (job == JOB_SYNC)
        schedule_started(&d->schedule, now);
    if (worker_start(&d->worker, job, d->in, d->presence, &err) == 0) {
        daemon_show(d);
        return;
    }
    log_error("%.255s", err.text);
    schedule_ended(&d->schedule, SCHEDULE_RETRY, now, chance());
}

static enum schedule_outcome outcome_of(const struct err *err)
{
    switch (err->cls) {
    case ERR_NONE:
        return SCHEDULE_DONE;
    case ERR_LOCKED:
        return SCHEDULE_LOCKED;
    case ERR_AUTH:
    case ERR_USAGE:
    case ERR_NO_MIRROR:
    case ERR_CONFLICT:
    case ERR_BAD:
        return SCHEDULE_PERSON;
    case ERR_RETRY:
    case ERR_MISSING:
    case ERR_IO:
    case ERR_STOP:
        break;
    }
    return SCHEDULE_RETRY;
}

static void plan_telling(struct daemon *d, bool untold)
{
    d->untold = untold;
    d->tell_failures = untold ? d->tell_failures + 1 : 0;
    unsigned doublings =
        d->tell_failures > TELL_DOUBLINGS_MAX ? TELL_DOUBLINGS_MAX : d->tell_failures;
    d->tell_at = clock_boot_ms() + ((int64_t)TELL_FIRST_MS << doublings) / 2;
}

static void finish_sync(struct daemon *d)
{
    const struct report *report = d->worker.report;
    enum schedule_outcome outcome = outcome_of(&report->err);
    unsigned failures = d->schedule.failures;
    if (!report->finished)
        log_event(LOG_LEVEL_ERROR, &(struct log_fields){.event = LOG_FAILED}, "%s",
                  report->err.text);
    if (report->last.known)
        d->last = report->last;
    schedule_ended(&d->schedule, outcome, clock_boot_ms(), chance());
    if (outcome == SCHEDULE_DONE && failures > 0)
        log_event(LOG_LEVEL_INFO, &(struct log_fields){.event = LOG_RECOVERED},
                  "recovered, after %u failures", failures);
    if (outcome == SCHEDULE_PERSON)
        log_warning("this needs a person; it is tried again ever more rarely, \"systemctl reload\" "
                    "or SIGUSR1 tries at once");
    if (d->again)
        d->schedule.due_ms = clock_boot_ms();
    d->again = false;
}

static void finish(struct daemon *d)
{
    const struct report *report = d->worker.report;
    if (d->worker.job == JOB_SYNC)
        finish_sync(d);
    if (report->told || report->untold) /* else what was untold still is */
        plan_telling(d, report->untold);
    daemon_show(d);
}

/* ---- what is asked of it ---- */

static int load_anew(struct daemon *d, struct config *fresh, struct err *err)
{
    const struct config *old = &d->in->config;
    /* The variable was taken out of the environment when it was read. */
    if (old->token_source && strcmp(old->token_source, CONFIG_TOKEN_VARIABLE) == 0)
        setenv("IOKEEPER_TOKEN", old->token, 1);
    if (config_load(fresh, d->in->config_file, d->in->account, err) < 0 ||
        config_load_secrets(fresh, err) < 0)
        return -1;
    if (strcmp(fresh->mirror_path, old->mirror_path) != 0 ||
        strcmp(fresh->branch, old->branch) != 0)
        return err_set(err, ERR_USAGE,
                       "mirror.path and mirror.branch cannot change while the daemon runs: restart "
                       "it");
    return 0;
}

static void reload(struct daemon *d)
{
    struct config fresh;
    struct err err = {0};
    service_reloading();
    if (load_anew(d, &fresh, &err) == 0) {
        config_release(&d->in->config);
        d->in->config = fresh;
        log_set_account(d->in->config.account);
        d->reload_failure[0] = '\0';
        set_rhythm(d);
        schedule_changed(&d->schedule, clock_boot_ms());
        log_info("the configuration has been read anew");
    } else {
        config_release(&fresh);
        snprintf(d->reload_failure, sizeof d->reload_failure, "%.255s", err.text);
        log_error("%s: the configuration stays as it was", err.text);
    }
    daemon_show(d);
    service_ready();
}

static void ask_for_sync(struct daemon *d)
{
    if (d->worker.pid && d->worker.job == JOB_SYNC)
        d->again = true;
    else
        d->schedule.due_ms = clock_boot_ms();
}

static void read_signals(struct daemon *d)
{
    struct signalfd_siginfo info;
    while (read(d->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP)
            reload(d);
        else if (info.ssi_signo == SIGUSR1)
            ask_for_sync(d);
    }
    if (worker_reap(&d->worker))
        finish(d);
}

/* ---- the loop ---- */

/* Idle is alive; at work only what moves is. */
static void beat(struct daemon *d)
{
    int64_t now = clock_boot_ms();
    if (d->beat_at > now)
        return;
    d->beat_at = now + (d->beat_ms ? d->beat_ms : LOOK_MS);
    if (!d->worker.pid || worker_moves(&d->worker))
        service_beat();
}

static void start_what_is_due(struct daemon *d)
{
    int64_t now = clock_boot_ms();
    if (d->worker.pid)
        return;
    if (d->schedule.due_ms <= now)
        start(d, JOB_SYNC);
    else if (d->untold && d->tell_at <= now)
        start(d, JOB_TELL);
}

/* The timer is for what is due, and wakes a machine's clock that slept. */
static void set_timer(struct daemon *d)
{
    int64_t at = d->schedule.due_ms;
    if (d->untold && d->tell_at < at)
        at = d->tell_at;
    if (d->worker.pid)
        at = 0; /* disarmed: its end wakes us */
    struct itimerspec when = {
        .it_value = {.tv_sec = at / SECOND, .tv_nsec = at % SECOND * 1000000}};
    timerfd_settime(d->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Sleeps until something is to be done: how many descriptors tell so, or -1. */
static int sleep_until_something(struct daemon *d, bool *ret_stop, struct err *err)
{
    struct pollfd fds[] = {{.fd = d->in->stop_fd, .events = POLLIN},
                           {.fd = d->signal_fd, .events = POLLIN},
                           {.fd = d->timer_fd, .events = POLLIN},
                           {.fd = d->worker.log_fd, .events = POLLIN}};
    int64_t left = d->beat_at - clock_boot_ms();
    bool idle = !d->worker.pid && !d->beat_ms;
    int ready = poll(fds, 4, idle ? -1 : left > 0 ? (int)left : 0);
    *ret_stop = ready > 0 && fds[0].revents;
    return ready < 0 && errno != EINTR ? err_errno(err, "poll") : 0;
}

static int keep(struct daemon *d, struct err *err)
{
    bool stop = false;
    while (!stop) {
        start_what_is_due(d);
        beat(d);
        set_timer(d);
        if (sleep_until_something(d, &stop, err) < 0)
            return -1;
        read_signals(d);
    }
    service_stopping(STOP_MS);
    service_status("stopping");
    worker_stop(&d->worker, CHILD_MS);
    return 0;
}

/* Which signal it was that ended it. */
static int signal_of(const struct invocation *in)
{
    struct signalfd_siginfo info;
    return read(in->stop_fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo
                                                                         : SIGTERM;
}

int verb_run(struct invocation *in, struct err *err)
{
    struct daemon d = {.in = in, .signal_fd = -1, .timer_fd = -1};
    int result = begin(&d, err);
    if (result == 0)
        result = keep(&d, err);
    end(&d);
    if (result < 0)
        return -1;
    log_info("stopped");
    return EXIT_SIGNAL + signal_of(in);
}
