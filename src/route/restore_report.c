/* What is told of a restore: lists that grow at their ends. */
#include <stdio.h>

#include "restoration.h"

enum { TEXT_MAX = 2048, JOINED_MAX = 600 };

static const char *format_text(struct arena *a, const char *format, va_list args)
{
    char text[TEXT_MAX];
    vsnprintf(text, sizeof text, format, args);
    return arena_str(a, str_of(text)).p;
}

static void add_text(struct restore *r, struct plan_text ***tail, const char *text)
{
    struct plan_text *made = arena_alloc(&r->arena, sizeof *made);
    made->text = text;
    **tail = made;
    *tail = &made->next;
}

void restore_problem(struct restore *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_text(r, &r->tails.problem, format_text(&r->arena, format, args));
    va_end(args);
}

void restore_todo(struct restore *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_text(r, &r->tails.todo, format_text(&r->arena, format, args));
    va_end(args);
}

void restore_note(struct restore *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_text(r, &r->tails.note, format_text(&r->arena, format, args));
    va_end(args);
}

void restore_row(struct restore *r, struct restore_row ***tail, enum kind_id kind, struct str id,
                 struct str title, const char *format, ...)
{
    struct restore_row *row = arena_alloc(&r->arena, sizeof *row);
    va_list args;
    va_start(args, format);
    *row = (struct restore_row){.kind = kind,
                                .id = arena_str(&r->arena, id).p,
                                .title = arena_str(&r->arena, title).p,
                                .text = format_text(&r->arena, format, args)};
    va_end(args);
    **tail = row;
    *tail = &row->next;
}

void restore_reset_report(struct restore *r)
{
    struct restore_report *report = &r->report;
    *report = (struct restore_report){.plan = &r->plan,
                                      .source = report->source,
                                      .account = report->account,
                                      .run = report->run,
                                      .done = report->done,
                                      .plan_ms = report->plan_ms,
                                      .write_ms = report->write_ms};
    r->tails = (struct report_tails){.problem = &report->problems,
                                     .todo = &report->todos,
                                     .note = &report->notes,
                                     .kept = &report->kept,
                                     .left = &report->left,
                                     .affected = &report->affected,
                                     .failed = &report->failed,
                                     .unknown = &report->unknown,
                                     .residual = &report->residuals};
}

const char *restore_join(struct arena *a, const struct plan_text *text)
{
    struct buf joined = BUF_MAX(JOINED_MAX);
    for (const struct plan_text *first = text; text; text = text->next)
        buf_printf(&joined, "%s%s", text == first ? "" : ", ", text->text);
    const char *result = arena_str(a, buf_view(&joined)).p;
    buf_release(&joined);
    return result;
}
