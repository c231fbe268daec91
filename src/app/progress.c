#include "app/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    PATIENCE_MS = 1000, /* what takes less is over before it is read */
    REDRAW_MS = 100,
    WIDTH_DEFAULT = 80,
    LINE_BYTES_MAX = 256, /* wider terminals get no wider line */
    BAR_STEP = 8, /* the bar is 8, 16, ... columns wide: it does not twitch with every digit */
    BAR_MAX = 40,
    PART_MAX = 96, /* bytes of one part of the line, phase and unit included */
    GROUPED_MAX = sizeof "18,446,744,073,709,551,615",
};

/* ---- text ---- */

/* 1234567 as 1,234,567. */
static const char *grouped(uint64_t n, char text[static GROUPED_MAX])
{
    char *p = text + GROUPED_MAX - 1;
    *p = '\0';
    for (unsigned digits = 0; digits == 0 || n > 0; digits++, n /= 10) {
        if (digits > 0 && digits % 3 == 0)
            *--p = ',';
        *--p = (char)('0' + n % 10);
    }
    return p;
}

static double per_second(const struct progress_view *view)
{
    if (view->elapsed_ms == 0)
        return 0;
    return (double)view->counted * 1000 / (double)view->elapsed_ms;
}

static void write_counts(char text[static PART_MAX], const struct progress_view *view)
{
    char done[GROUPED_MAX], total[GROUPED_MAX];
    if (view->total > 0)
        snprintf(text, PART_MAX, "%s/%s %s", grouped(view->done, done), grouped(view->total, total),
                 view->unit);
    else
        snprintf(text, PART_MAX, "%s %s", grouped(view->done, done), view->unit);
}

/* "  512/s", with a digit behind the point where it is slow; "" where it is not known. */
static void write_speed(char text[static PART_MAX], double speed)
{
    text[0] = '\0';
    if (speed >= 10)
        snprintf(text, PART_MAX, "  %.0f/s", speed);
    else if (speed >= 0.1)
        snprintf(text, PART_MAX, "  %.1f/s", speed);
}

/* "  0:18 left", "  1:02:03 left"; "" where it is not known or beyond belief. */
static void write_time(char text[static PART_MAX], const struct progress_view *view, double speed)
{
    const double beyond_belief = 100 * 3600.0;
    text[0] = '\0';
    if (view->done >= view->total || speed <= 0)
        return;
    double seconds_left = (double)(view->total - view->done) / speed;
    if (seconds_left >= beyond_belief)
        return;
    unsigned s = (unsigned)(seconds_left + 0.5);
    if (s < 3600)
        snprintf(text, PART_MAX, "  %u:%02u left", s / 60, s % 60);
    else
        snprintf(text, PART_MAX, "  %u:%02u:%02u left", s / 3600, s / 60 % 60, s % 60);
}

/* "[#####>      ] ", `columns` within its brackets; full where done exceeds total. */
static void write_bar(char text[static PART_MAX], const struct progress_view *view, size_t columns)
{
    double share = (double)view->done / (double)view->total;
    size_t full = share >= 1 ? columns : (size_t)(share * (double)columns);
    memset(text, ' ', columns + 3);
    memset(text + 1, '#', full);
    text[0] = '[';
    if (full < columns)
        text[1 + full] = '>';
    text[1 + columns] = ']';
    text[columns + 3] = '\0';
}

size_t progress_text(char *text, size_t size, unsigned width, const struct progress_view *view)
{
    char bar[PART_MAX] = "", counts[PART_MAX], speed[PART_MAX], time[PART_MAX];
    double rate = per_second(view);
    write_counts(counts, view);
    write_speed(speed, rate);
    write_time(time, view, rate);
    size_t room = width > 1 ? width - 1 : 0;
    if (room > size - 1)
        room = size - 1;
    size_t need = strlen(view->phase) + strlen("  ") + strlen(counts);
    if (need + strlen(speed) + strlen(time) > room)
        time[0] = '\0';
    if (need + strlen(speed) > room)
        speed[0] = '\0';
    need += strlen(speed) + strlen(time) + strlen("[] ");
    if (view->total > 0 && need + BAR_STEP <= room) {
        size_t columns = room - need < BAR_MAX ? room - need : BAR_MAX;
        write_bar(bar, view, columns - columns % BAR_STEP);
    }
    int n = snprintf(text, room + 1, "%s  %s%s%s%s", view->phase, bar, counts, speed, time);
    return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
}

/* ---- the terminal ---- */

static bool can_erase(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && term && term[0] && strcmp(term, "dumb") != 0;
}

static bool is_foreground(int fd)
{
    pid_t group = tcgetpgrp(fd);
    return group < 0 || group == getpgrp();
}

static unsigned terminal_width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return WIDTH_DEFAULT;
    return size.ws_col;
}

/* Replaces the line by text: to the first column, text, and what is left of the old one erased. One
 * write, so that nothing flickers; a terminal that went away is no reason to fail. */
static void put_line(int fd, const char *text)
{
    char line[LINE_BYTES_MAX + sizeof "\r\033[K"];
    int n = snprintf(line, sizeof line, "\r%s\033[K", text);
    ssize_t ignored = write(fd, line, (size_t)n);
    (void)ignored;
}

static void draw(struct progress *p, int64_t now_ms)
{
    char text[LINE_BYTES_MAX];
    progress_text(text, sizeof text, terminal_width(p->fd), &p->view);
    put_line(p->fd, text);
    p->drawn = true;
    p->drawn_ms = now_ms;
}

/* A job in the background must not scribble over what its user does meanwhile. */
static bool is_due(const struct progress *p, int64_t now_ms)
{
    if (now_ms - p->begun_ms <= PATIENCE_MS)
        return false;
    if (p->drawn_ms > 0 && now_ms - p->drawn_ms < REDRAW_MS)
        return false;
    return is_foreground(p->fd);
}

void progress_init(struct progress *p, int fd, bool enabled)
{
    *p = (struct progress){.fd = fd, .enabled = enabled && can_erase(fd)};
    p->view.unit = "documents";
}

/* Speed is told by phase, and anew where the count went back. */
static void begin_phase(struct progress *p, uint64_t done, int64_t now_ms)
{
    if (!p->view.phase)
        p->begun_ms = now_ms;
    p->phase_ms = now_ms;
    p->phase_done = done;
}

void progress_update(struct progress *p, const char *phase, uint64_t done, uint64_t total,
                     int64_t now_ms)
{
    if (!p->enabled)
        return;
    if (!p->view.phase || strcmp(p->view.phase, phase) != 0 || done < p->phase_done)
        begin_phase(p, done, now_ms);
    p->view.phase = phase;
    p->view.done = done;
    p->view.total = total;
    p->view.counted = done - p->phase_done;
    p->view.elapsed_ms = (uint64_t)(now_ms - p->phase_ms);
    if (is_due(p, now_ms))
        draw(p, now_ms);
}

struct pace progress_pace(struct progress *progress, int stop_fd)
{
    return (struct pace){.progress = progress_show, .context = progress, .stop_fd = stop_fd};
}

void progress_show(void *progress, const char *phase, uint64_t done, uint64_t total)
{
    progress_update(progress, phase, done, total, clock_monotonic_ms());
}

void progress_clear(struct progress *p)
{
    if (p->drawn)
        put_line(p->fd, "");
    p->drawn = false;
}

void progress_finish(struct progress *p)
{
    progress_clear(p);
    p->enabled = false;
}
