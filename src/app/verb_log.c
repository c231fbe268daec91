/* verb_log: who changed what, newest first. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/command.h"
#include "app/output.h"
#include "app/progress.h"
#include "base/clock.h"
#include "difference_output.h"
#include "look.h"
#include "model/layout.h"
#include "route/history.h"

struct telling {
    const struct invocation *in;
    struct names names; /* of the tip */
    struct history *history;
    struct progress progress;
    long max; /* commits to be told */
    size_t told;
};

/* ---- what is wanted ---- */

/* --since 2024-01-15 means from the beginning of that day, where a date alone is its end. */
static int read_time(const char *option, const char *text, bool begins, int64_t *ret,
                     struct err *err)
{
    enum { DATE = sizeof "2024-01-15" - 1, DAY = 24 * 60 * 60 };
    struct str given = str_of(text);
    if (!text)
        return 0;
    if (clock_parse_date(given, clock_now(), ret) < 0)
        return err_set(err, ERR_USAGE,
                       "--%s %.40s: no date such as 2024-01-15, 2024-01-15T12:00Z or "
                       "\"2 hours ago\"",
                       option, text);
    if (begins && given.n == DATE && given.p[4] == '-')
        *ret -= DAY - 1;
    return 0;
}

static int read_count(const char *text, long *ret, struct err *err)
{
    char *end;
    *ret = LONG_MAX;
    if (!text)
        return 0;
    *ret = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end)
        return err_set(err, ERR_USAGE, "-n %.40s: no number of commits", text);
    return 0;
}

static int read_kind(const char *text, const struct kind **ret, struct err *err)
{
    *ret = text ? kind_find(str_of(text)) : NULL;
    if (text && !*ret)
        return err_set(err, ERR_USAGE, "--kind %.40s: no kind is called that", text);
    return 0;
}

static int read_options(const struct invocation *in, struct history_options *ret, long *ret_max,
                        struct err *err)
{
    *ret = (struct history_options){.selector = in->n_args ? in->args[0] : NULL,
                                    .author = in->look.author,
                                    .grep = in->look.grep,
                                    .deleted = in->look.deleted};
    if (read_time("since", in->look.since, true, &ret->since, err) < 0 ||
        read_time("until", in->look.until, false, &ret->until, err) < 0 ||
        read_kind(in->look.kind, &ret->kind, err) < 0 ||
        read_count(in->look.max_count, ret_max, err) < 0)
        return -1;
    if (ret->kind && ret->selector)
        return err_set(err, ERR_USAGE, "--kind goes without a selector: KIND/NAME is one, too");
    return 0;
}

/* ---- telling ---- */

static void print_commit(const struct store_log_row *commit)
{
    char hex[OID_HEX + 1], when[OUTPUT_TIME];
    oid_to_hex(&commit->id, hex);
    output_time(commit->authored, when);
    output_span(STYLE_COMMIT, "%.10s", hex);
    output_span(STYLE_PLAIN, "  %s  ", when);
    output_span(STYLE_BOLD, "%.*s", STR_ARG(commit->author));
    output_span(STYLE_DIM, " <%.*s>", STR_ARG(commit->email));
    output_end();
    output_line("    %.*s", STR_ARG(commit->subject));
}

static void print_commit_json(const struct store_log_row *commit, const char *hex)
{
    struct arena scratch = {0}, *a = &scratch;
    struct node fields = node_map(a, 6);
    output_set(a, &fields, "commit", hex);
    output_set_str(a, &fields, "author", commit->author);
    output_set_str(a, &fields, "email", commit->email);
    node_map_set(a, &fields, STR("time"), node_time(a, commit->authored));
    node_map_set(a, &fields, STR("committed"), node_time(a, commit->committed));
    output_set_str(a, &fields, "subject", commit->subject);
    output_json(a, "commit", fields);
    arena_release(&scratch);
}

/* Rows that only keep books: a person is shown them where nothing else changed. */
static bool is_bookkeeping(const struct difference_row *row)
{
    return !row->is_ours ? str_is(row->path, LAYOUT_MANIFEST)
                         : row->kind == KIND_IDMAP || kind_of(row->kind)->place == PLACE_MONTHS;
}

static bool is_shown(const struct telling *t, const struct history_event *event, size_t i)
{
    if (t->in->json || t->in->verbose || t->in->look.kind || !is_bookkeeping(event->changes[i].row))
        return true;
    for (size_t k = 0; k < event->n; k++)
        if (!is_bookkeeping(event->changes[k].row))
            return false;
    return true;
}

/* Whoever reads along sees each commit as soon as it is found. */
static int tell_event(struct telling *t, const struct history_event *event, struct err *err)
{
    char hex[OID_HEX + 1];
    oid_to_hex(&event->commit.id, hex);
    struct difference_view view = {.in = t->in,
                                   .before = &t->names,
                                   .after = &t->names,
                                   .depth =
                                       t->in->n_args || t->in->verbose ? DEPTH_VALUES : DEPTH_PATHS,
                                   .commit = hex};
    progress_clear(&t->progress);
    if (t->in->json)
        print_commit_json(&event->commit, hex);
    else
        print_commit(&event->commit);
    for (size_t i = 0; i < event->n; i++)
        if (is_shown(t, event, i) &&
            difference_print(&view, event->changes[i].row, &event->changes[i].details, err) < 0)
            return -1;
    if (!t->in->json)
        output_end();
    fflush(stdout);
    t->told++;
    return 0;
}

static int tell_all(struct telling *t, struct err *err)
{
    struct history_event event;
    int more = 0;
    while ((long)t->told < t->max && !ferror(stdout) &&
           (more = history_next(t->history, &event, err)) > 0)
        if (tell_event(t, &event, err) < 0)
            return -1;
    return more < 0 ? -1 : 0;
}

static void print_summary(const struct telling *t)
{
    struct arena scratch = {0};
    struct node fields = node_map(&scratch, 3);
    output_set(&scratch, &fields, "result", t->told ? "found" : "nothing");
    output_set_number(&scratch, &fields, "commits", (int64_t)t->told);
    output_set_number(&scratch, &fields, "exit", EXIT_DONE);
    output_json(&scratch, "summary", fields);
    arena_release(&scratch);
}

static int look_back(struct telling *t, struct err *err)
{
    const struct invocation *in = t->in;
    struct history_options options;
    if (read_options(in, &options, &t->max, err) < 0)
        return -1;
    options.names = &t->names;
    progress_init(&t->progress, STDERR_FILENO, !in->quiet && !in->json);
    t->progress.view.unit = "commits";
    options.pace = progress_pace(&t->progress, in->stop_fd);
    int result = history_open(&options, &t->history, err);
    if (isatty(STDOUT_FILENO))
        progress_finish(&t->progress); /* the lines that are told show how far it is */
    if (result == 0)
        result = tell_all(t, err);
    progress_finish(&t->progress);
    if (result < 0)
        return -1;
    if (in->json)
        print_summary(t);
    else if (!t->told && !in->quiet)
        output_line("no commit of that sort");
    return EXIT_DONE;
}

int verb_log(struct invocation *in, struct err *err)
{
    struct telling t = {.in = in};
    int code = look_open(&in->config, NULL, &t.names, err);
    if (code == 0)
        code = look_back(&t, err);
    history_free(t.history);
    look_close(&t.names);
    return code;
}
