#include "app/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the text ---- */

static void assert_text(unsigned width, struct progress_view view, const char *expected)
{
    char text[256];
    view.phase = "mirroring";
    view.unit = "documents";
    size_t n = progress_text(text, sizeof text, width, &view);
    assert_string_equal(text, expected);
    assert_int_equal(n, strlen(text));
    assert_true(n < width || n == 0);
}

static struct progress_view usual(void)
{
    return (struct progress_view){
        .done = 1234, .total = 10300, .counted = 1024, .elapsed_ms = 2000};
}

static void a_line_tells_all(void **state)
{
    (void)state;
    assert_text(80, usual(),
                "mirroring  [##>                     ] 1,234/10,300 documents  512/s  0:18 left");
}

static void the_bar_is_limited_in_width(void **state)
{
    (void)state;
    assert_text(200, usual(),
                "mirroring  [####>                                   ] 1,234/10,300 documents  "
                "512/s  0:18 left");
}

static void a_narrow_terminal_gets_what_fits(void **state)
{
    (void)state;
    assert_text(63, usual(), "mirroring  [>       ] 1,234/10,300 documents  512/s  0:18 left");
    assert_text(62, usual(), "mirroring  1,234/10,300 documents  512/s  0:18 left");
    assert_text(52, usual(), "mirroring  1,234/10,300 documents  512/s  0:18 left");
    assert_text(51, usual(), "mirroring  1,234/10,300 documents  512/s");
    assert_text(40, usual(), "mirroring  1,234/10,300 documents");
    assert_text(20, usual(), "mirroring  1,234/10");
    assert_text(2, usual(), "m");
    assert_text(1, usual(), "");
    assert_text(0, usual(), "");
}

static void no_width_overruns_or_wraps(void **state)
{
    (void)state;
    const struct progress_view extreme = {.phase = "confirming deletions",
                                          .unit = "documents",
                                          .done = UINT64_MAX - 1,
                                          .total = UINT64_MAX,
                                          .counted = UINT64_MAX,
                                          .elapsed_ms = 1};
    for (unsigned width = 0; width < 300; width++) {
        for (size_t size = 1; size < 130; size += 43) {
            char text[130];
            memset(text, 'x', sizeof text);
            size_t n = progress_text(text, size, width, &extreme);
            assert_true(n < size && (n < width || n == 0));
            assert_int_equal(strlen(text), n);
            assert_int_equal(text[size], 'x');
        }
    }
}

static void an_unknown_total_shows_counts_only(void **state)
{
    (void)state;
    struct progress_view view = usual();
    view.total = 0;
    assert_text(80, view, "mirroring  1,234 documents  512/s");
}

static void nothing_is_told_too_early(void **state)
{
    (void)state;
    struct progress_view view = {.done = 0, .total = 10};
    assert_text(50, view, "mirroring  [>               ] 0/10 documents");
    view.elapsed_ms = 5000;
    assert_text(50, view, "mirroring  [>               ] 0/10 documents");
}

static void the_end_is_full(void **state)
{
    (void)state;
    struct progress_view view = {.done = 10, .total = 10, .counted = 10, .elapsed_ms = 5000};
    assert_text(50, view, "mirroring  [########] 10/10 documents  2.0/s");
    view.done = 12; /* more than foretold */
    assert_text(50, view, "mirroring  [########] 12/10 documents  2.0/s");
}

static void long_waits_have_hours_and_absurd_ones_nothing(void **state)
{
    (void)state;
    struct progress_view view = {.done = 1, .total = 3724, .counted = 1, .elapsed_ms = 1000};
    assert_text(46, view, "mirroring  1/3,724 documents  1.0/s");
    assert_text(53, view, "mirroring  1/3,724 documents  1.0/s  1:02:03 left");
    view.total = 1000000;
    assert_text(50, view, "mirroring  1/1,000,000 documents  1.0/s");
}

/* ---- the terminal ---- */

struct terminal {
    int master, slave;
    struct progress progress;
};

static int open_terminal(void **state)
{
    static struct terminal terminal;
    const struct winsize size = {.ws_row = 24, .ws_col = 60};
    setenv("TERM", "xterm", 1);
    if (openpty(&terminal.master, &terminal.slave, NULL, NULL, &size) < 0)
        return -1;
    fcntl(terminal.master, F_SETFL, O_NONBLOCK);
    progress_init(&terminal.progress, terminal.slave, true);
    *state = &terminal;
    return 0;
}

static int close_terminal(void **state)
{
    struct terminal *terminal = *state;
    close(terminal->master);
    close(terminal->slave);
    return 0;
}

/* What came to the screen since the last call. */
static void assert_drawn(struct terminal *terminal, const char *expected)
{
    char text[1024];
    ssize_t n = read(terminal->master, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    assert_string_equal(text, expected);
}

static void short_work_shows_nothing(void **state)
{
    struct terminal *terminal = *state;
    for (int64_t now = 5000; now <= 6000; now += 50)
        progress_update(&terminal->progress, "mirroring", 1, 10, now);
    progress_clear(&terminal->progress);
    progress_finish(&terminal->progress);
    assert_drawn(terminal, "");
}

static void long_work_is_drawn_ten_times_a_second_and_cleared(void **state)
{
    struct terminal *terminal = *state;
    struct progress *p = &terminal->progress;
    progress_update(p, "mirroring", 0, 100, 5000);
    progress_update(p, "mirroring", 20, 100, 6001);
    assert_drawn(terminal, "\rmirroring  [#>      ] 20/100 documents  20/s  0:04 left\033[K");
    progress_update(p, "mirroring", 21, 100, 6100);
    assert_drawn(terminal, "");
    progress_update(p, "mirroring", 22, 100, 6101);
    assert_drawn(terminal, "\rmirroring  [#>      ] 22/100 documents  20/s  0:04 left\033[K");
    progress_clear(p);
    assert_drawn(terminal, "\r\033[K");
    progress_clear(p); /* nothing there to take away */
    assert_drawn(terminal, "");
    progress_update(p, "mirroring", 40, 100, 7001);
    progress_finish(p);
    assert_drawn(terminal,
                 "\rmirroring  [###>    ] 40/100 documents  20/s  0:03 left\033[K\r\033[K");
    progress_update(p, "mirroring", 50, 100, 8001);
    assert_drawn(terminal, "");
}

static void a_phase_has_its_own_speed(void **state)
{
    struct terminal *terminal = *state;
    struct progress *p = &terminal->progress;
    progress_update(p, "mirroring", 0, 100, 5000);
    progress_update(p, "mirroring", 100, 100, 5500);
    p->view.unit = "files";
    progress_update(p, "writing", 10, 0, 6500);
    assert_drawn(terminal, "\rwriting  10 files\033[K");
    progress_update(p, "writing", 40, 0, 7500);
    assert_drawn(terminal, "\rwriting  40 files  30/s\033[K");
    progress_update(p, "writing", 5, 0, 8500); /* the count began anew */
    assert_drawn(terminal, "\rwriting  5 files\033[K");
}

static void assert_silent(int fd, bool enabled)
{
    struct progress p;
    progress_init(&p, fd, enabled);
    assert_false(p.enabled);
    progress_update(&p, "mirroring", 0, 10, 0);
    progress_update(&p, "mirroring", 5, 10, 2000);
    progress_finish(&p);
}

static void only_a_terminal_that_can_erase_is_drawn_on(void **state)
{
    struct terminal *terminal = *state;
    assert_silent(terminal->slave, false);
    setenv("TERM", "dumb", 1);
    assert_silent(terminal->slave, true);
    unsetenv("TERM");
    assert_silent(terminal->slave, true);
    setenv("TERM", "xterm", 1);
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    assert_silent(pipe_ends[1], true);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    assert_drawn(terminal, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_tells_all),
        cmocka_unit_test(the_bar_is_limited_in_width),
        cmocka_unit_test(a_narrow_terminal_gets_what_fits),
        cmocka_unit_test(no_width_overruns_or_wraps),
        cmocka_unit_test(an_unknown_total_shows_counts_only),
        cmocka_unit_test(nothing_is_told_too_early),
        cmocka_unit_test(the_end_is_full),
        cmocka_unit_test(long_waits_have_hours_and_absurd_ones_nothing),
        cmocka_unit_test_setup_teardown(short_work_shows_nothing, open_terminal, close_terminal),
        cmocka_unit_test_setup_teardown(long_work_is_drawn_ten_times_a_second_and_cleared,
                                        open_terminal, close_terminal),
        cmocka_unit_test_setup_teardown(a_phase_has_its_own_speed, open_terminal, close_terminal),
        cmocka_unit_test_setup_teardown(only_a_terminal_that_can_erase_is_drawn_on, open_terminal,
                                        close_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
