#include "app/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/output.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/str.h"

enum { WIDTH_DEFAULT = 80 };

static struct {
    bool is_person;
    unsigned width;
    pid_t pager; /* 0: none */
} terminal;

extern char **environ;

/* ---- what stdout is ---- */

static unsigned find_width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    long given = columns ? strtol(columns, NULL, 10) : 0;
    return given > 0 && given < 10000 ? (unsigned)given : WIDTH_DEFAULT;
}

/* Colour by convention: where a terminal can show it and nobody asks for none. */
static bool can_color(void)
{
    const char *term = getenv("TERM"), *none = getenv("NO_COLOR");
    return terminal.is_person && term && *term && strcmp(term, "dumb") != 0 && !(none && *none);
}

static int choose_color(const struct terminal_options *options, struct err *err)
{
    const char *word = options->color ? options->color : "auto";
    bool always = strcmp(word, "always") == 0;
    if (!always && strcmp(word, "auto") != 0 && strcmp(word, "never") != 0)
        return err_set(err, ERR_USAGE, "--color %.40s: is none of auto, always, never", word);
    output_set_color(!options->json && (always || (strcmp(word, "auto") == 0 && can_color())));
    return 0;
}

/* ---- the pager ---- */

/* The pager that is wanted; NULL: none. */
static const char *find_pager(void)
{
    const char *pager = getenv("IOKEEPER_PAGER");
    if (!pager)
        pager = getenv("PAGER");
    if (!pager)
        pager = "less";
    return *pager && strcmp(pager, "cat") != 0 ? pager : NULL;
}

/* Whether a program is there, by its path or in PATH. */
static bool is_program(struct str word)
{
    AUTO(buf_release) struct buf path = BUF_MAX(PATH_MAX);
    if (str_find(word, '/') < word.n) {
        buf_str(&path, word);
        return access(buf_cstr(&path), X_OK) == 0;
    }
    for (struct str rest = str_of(getenv("PATH")); rest.n;) {
        struct str folder = str_cut(&rest, ':');
        buf_reset(&path);
        buf_printf(&path, "%.*s/%.*s", STR_ARG(folder), STR_ARG(word));
        if (access(buf_cstr(&path), X_OK) == 0)
            return true;
    }
    return false;
}

/* What a shell would find out too late, when our output is in its pipe. What begins with a variable
 * or a quote is the shell's to judge. */
static bool can_run(const char *pager)
{
    struct str word = {.p = pager, .n = strcspn(pager, " \t")};
    return strcspn(pager, "=$'\"\\(~") < word.n || is_program(word);
}

/* Our signals are blocked or ignored (command.c); a pager wants them as they are. */
static int spawn(const char *pager, int input, pid_t *ret)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, normal;
    char name[] = "sh", option[] = "-c";
    char *const argv[] = {name, option, (char *)pager, NULL};
    sigemptyset(&none);
    sigemptyset(&normal);
    sigaddset(&normal, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &normal);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int code = posix_spawn(ret, "/bin/sh", &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code == 0 ? 0 : -1;
}

static void start_pager(const char *pager)
{
    int ends[2];
    setenv("LESS", "FRX", 0);
    setenv("LV", "-c", 0);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    if (spawn(pager, ends[0], &terminal.pager) == 0)
        dup2(ends[1], STDOUT_FILENO);
    else
        terminal.pager = 0;
    close(ends[0]);
    close(ends[1]);
}

int terminal_begin(const struct terminal_options *options, struct err *err)
{
    const char *pager = find_pager();
    terminal.is_person = !options->json && isatty(STDOUT_FILENO);
    terminal.width = terminal.is_person ? find_width() : 0;
    if (choose_color(options, err) < 0)
        return -1;
    if (terminal.is_person && options->pages && pager && can_run(pager))
        start_pager(pager);
    return 0;
}

/* Whether nobody reads any more: the pager was left, or head has had enough. */
static bool reader_has_left(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

int terminal_end(void)
{
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    bool has_left = failed && reader_has_left();
    if (terminal.pager) {
        int status;
        fclose(stdout);
        while (waitpid(terminal.pager, &status, 0) < 0 && errno == EINTR)
            ;
        terminal.pager = 0;
    }
    return failed && !has_left ? -1 : 0;
}

bool terminal_is_person(void)
{
    return terminal.is_person;
}

unsigned terminal_width(void)
{
    return terminal.width;
}
