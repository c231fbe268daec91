/* What a cycle came to, told to a person or a program. */
#include "sync_output.h"

#include <stdio.h>
#include <string.h>

#include "app/output.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

/* How many lines of one sort a person is shown before they are only counted. */
enum { SHOWN_MAX = 20, CHANGES_SHOWN_MAX = 100 };

int sync_exit_code(const struct sync_result *result)
{
    return result->withheld_n ? EXIT_WITHHELD : result->complete ? EXIT_DONE : EXIT_PARTIAL;
}

static const char *result_of(const struct sync_result *result)
{
    return result->withheld_n ? "withheld" : result->complete ? "synced" : "partial";
}

static const char *past_of(char verb)
{
    return verb == '+' ? "added" : verb == '~' ? "changed" : "deleted";
}

/* ---- for programs ---- */

static void print_json_change(struct arena *a, const struct sync_change *change)
{
    struct node fields = node_map(a, 6);
    output_set(a, &fields, "verb",
               !change->scope        ? past_of(change->verb)
               : change->verb == '-' ? "unmirrored"
                                     : "mirrored");
    output_set(a, &fields, "kind", kind_of(change->kind)->name);
    output_set(a, &fields, "id", change->id);
    output_set(a, &fields, "name", change->title);
    output_set(a, &fields, "path", change->path);
    output_set(a, &fields, "fields", change->fields);
    output_json(a, "change", fields);
}

static void print_json_texts(struct arena *a, const char *type, const struct sync_problem *problem)
{
    for (; problem; problem = problem->next) {
        struct node fields = node_map(a, 1);
        output_set(a, &fields, "text", problem->text);
        output_json(a, type, fields);
    }
}

static void print_json_withheld(struct arena *a, const struct sync_withheld *withheld)
{
    for (; withheld; withheld = withheld->next) {
        struct node fields = node_map(a, 3);
        output_set(a, &fields, "kind", kind_of(withheld->kind)->name);
        output_set(a, &fields, "id", withheld->id);
        output_set(a, &fields, "path", withheld->path);
        output_json(a, "withheld", fields);
    }
}

static void print_json_summary(struct arena *a, const struct sync_result *result)
{
    char commit[OID_HEX + 1] = "";
    char started[CLOCK_TEXT];
    struct node fields = node_map(a, 20);
    struct node resources = node_map(a, KIND_COUNT);
    if (!oid_is_zero(&result->commit))
        oid_to_hex(&result->commit, commit);
    clock_format(result->started, started);
    for (size_t k = 0; k < KIND_COUNT; k++)
        output_set_number(a, &resources, kind_of((enum kind_id)k)->plural,
                          (int64_t)result->resources[k]);
    output_set(a, &fields, "result", result_of(result));
    output_set_number(a, &fields, "exit", sync_exit_code(result));
    output_set_flag(a, &fields, "complete", result->complete);
    output_set_flag(a, &fields, "committed", result->committed);
    output_set(a, &fields, "commit", commit);
    output_set(a, &fields, "started", started);
    output_set_number(a, &fields, "took_ms", result->took_ms);
    output_set_number(a, &fields, "added", (int64_t)result->added);
    output_set_number(a, &fields, "changed", (int64_t)result->changed);
    output_set_number(a, &fields, "deleted", (int64_t)result->deleted);
    output_set_number(a, &fields, "rescoped", (int64_t)result->rescoped);
    output_set_number(a, &fields, "withheld", (int64_t)result->withheld_n);
    output_set_number(a, &fields, "open_errors", (int64_t)result->open_errors);
    output_set_number(a, &fields, "unpushed", result->unpushed);
    output_set_number(a, &fields, "requests", (int64_t)result->http.requests);
    output_set_number(a, &fields, "retries", (int64_t)result->http.retries);
    node_map_set(a, &fields, STR("resources"), resources);
    if (result->rescue_branch)
        output_set(a, &fields, "rescue_branch", result->rescue_branch);
    if (result->push_failure)
        output_set(a, &fields, "push_failure", result->push_failure);
    output_json(a, "summary", fields);
}

void sync_print_json(const struct sync_result *result)
{
    struct arena scratch = {0};
    for (const struct sync_change *change = result->changes; change; change = change->next)
        print_json_change(&scratch, change);
    print_json_withheld(&scratch, result->withheld);
    print_json_texts(&scratch, "problem", result->problems);
    print_json_texts(&scratch, "note", result->notes);
    print_json_summary(&scratch, result);
    arena_release(&scratch);
}

/* ---- for people ---- */

static void log_texts(enum log_level level, const struct sync_problem *problem)
{
    size_t n = 0;
    for (; problem; problem = problem->next)
        if (n++ < SHOWN_MAX)
            log_line(level, "%s", problem->text);
    if (n > SHOWN_MAX)
        log_line(level, "... and %zu more", n - SHOWN_MAX);
}

static void log_withheld(const struct sync_result *result)
{
    size_t n = 0;
    if (!result->withheld_n)
        return;
    log_event(LOG_LEVEL_WARNING, &(struct log_fields){.event = LOG_WITHHELD},
              "%zu deletions are withheld: so many at once look like a list that came back empty "
              "or a token of too little scope. They stay in the mirror:",
              result->withheld_n);
    for (const struct sync_withheld *w = result->withheld; w && n < SHOWN_MAX; w = w->next, n++)
        log_event(LOG_LEVEL_WARNING,
                  &(struct log_fields){.kind = kind_of(w->kind)->name, .resource = w->id}, "  %s",
                  w->path);
    if (result->withheld_n > n)
        log_warning("  ... and %zu more", result->withheld_n - n);
    log_warning("if they are meant, run \"iokeeper ack\" and sync again");
}

void sync_log_result(const struct sync_result *result, bool verbose)
{
    if (verbose)
        for (const struct sync_change *change = result->changes; change; change = change->next)
            output_line("%c %s \"%s\" (%s)%s%s", change->verb, kind_of(change->kind)->name,
                        change->title, change->id, *change->fields ? ": " : "", change->fields);
    log_texts(LOG_LEVEL_INFO, result->notes);
    log_texts(LOG_LEVEL_WARNING, result->problems);
    log_withheld(result);
    if (result->push_failure)
        log_warning("push failed, the next cycle tries again: %s", result->push_failure);
    log_debug("%llu requests (%llu retries), %llu kB received, %llu waits for the rate limit",
              (unsigned long long)result->http.requests, (unsigned long long)result->http.retries,
              (unsigned long long)result->http.bytes / 1000,
              (unsigned long long)result->http.rate_waits);
}

static size_t documents_of(const struct sync_result *result)
{
    size_t n = 0;
    for (size_t k = 0; k < KIND_COUNT; k++)
        if (kind_is_document(kind_of((enum kind_id)k)))
            n += result->resources[k];
    return n;
}

static void say_closing(const struct sync_result *result, struct buf *line)
{
    char commit[OID_HEX + 1] = "";
    oid_to_hex(&result->commit, commit);
    buf_printf(line, "%s: %zu resources; ", result_of(result), documents_of(result));
    if (!result->committed) {
        buf_printf(line, "no change; %.1f s", (double)result->took_ms / 1000);
        return;
    }
    buf_printf(line, "%zu added, %zu changed, %zu deleted", result->added, result->changed,
               result->deleted);
    if (result->rescoped)
        buf_printf(line, ", %zu in or out of scope", result->rescoped);
    buf_printf(line, "; commit %.10s; %.1f s", commit, (double)result->took_ms / 1000);
}

void sync_print_closing(const struct sync_result *result)
{
    struct buf line = BUF_MAX(1024);
    say_closing(result, &line);
    output_line("%s", buf_cstr(&line));
    buf_release(&line);
}

void sync_log_closing(const struct sync_result *result)
{
    struct buf line = BUF_MAX(1024);
    char commit[OID_HEX + 1] = "";
    if (!oid_is_zero(&result->commit))
        oid_to_hex(&result->commit, commit);
    say_closing(result, &line);
    log_event(LOG_LEVEL_INFO,
              &(struct log_fields){.event = LOG_SYNCED, .commit = *commit ? commit : NULL}, "%s",
              buf_cstr(&line));
    buf_release(&line);
}

/* All that there is has just come. */
static bool is_first(const struct sync_result *result)
{
    size_t n = 0;
    for (size_t k = 0; k < KIND_COUNT; k++)
        n += result->resources[k];
    return result->added == n && result->changed + result->deleted == 0;
}

void sync_log_changes(const struct sync_result *result)
{
    size_t n = 0;
    if (is_first(result))
        return;
    for (const struct sync_change *c = result->changes; c; c = c->next)
        if (n++ < CHANGES_SHOWN_MAX)
            log_event(LOG_LEVEL_INFO,
                      &(struct log_fields){.kind = kind_of(c->kind)->name, .resource = c->id},
                      "%c %s \"%s\" (%s)%s%s", c->verb, kind_of(c->kind)->name, c->title, c->id,
                      *c->fields ? ": " : "", c->fields);
    if (n > CHANGES_SHOWN_MAX)
        log_info("... and %zu more changes", n - CHANGES_SHOWN_MAX);
}
