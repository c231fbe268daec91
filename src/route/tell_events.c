#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "format/utf8.h"
#include "tell_internal.h"

enum {
    SHOWN_MAX = 10,            /* commits, problems or deletions that a text has */
    TEXT_MAX = 3000,           /* bytes of it; Slack cuts at 40,000, people do before */
    LINE_BYTES = 200,          /* of one of its lines */
    ROWS_MAX = 200,            /* problems or deletions that the fields have */
    BODY_BYTES = 4000,         /* of a commit's message */
    REMIND_S = 24 * 60 * 60,   /* what lasts is told again */
    PUSH_PATIENCE_S = 60 * 60, /* a push may fail for so long before somebody is told */
};

/* ---- words ---- */

/* Appends text as Slack wants it: three characters mean something there. */
static void say(struct buf *out, struct str text)
{
    struct str shown = utf8_cut(text, LINE_BYTES);
    for (size_t i = 0; i < shown.n; i++) {
        char c = shown.p[i];
        if (c == '&')
            buf_str(out, STR("&amp;"));
        else if (c == '<')
            buf_str(out, STR("&lt;"));
        else if (c == '>')
            buf_str(out, STR("&gt;"));
        else
            buf_char(out, c);
    }
    if (shown.n < text.n)
        buf_str(out, STR("…"));
}

static struct str text_in(const struct node *map, const char *key)
{
    return map->type == NODE_MAP ? node_get_text(map, str_of(key)) : STR("");
}

static void set(struct telling *t, struct node *map, const char *key, struct node value)
{
    node_map_set(&t->arena, map, str_of(key), value);
}

/* ---- an event ---- */

/* Adds one whose text begins "iokeeper ACCOUNT: " and goes on with what `words` holds. */
static struct event *add(struct telling *t, const char *name, const struct buf *words)
{
    struct event *event = arena_alloc(&t->arena, sizeof *event);
    struct buf text = BUF_MAX(TEXT_MAX + 200);
    buf_str(&text, STR("iokeeper "));
    say(&text, str_of(t->options->account));
    buf_str(&text, STR(": "));
    buf_str(&text, utf8_cut(buf_view(words), TEXT_MAX));
    event->name = name;
    event->text = arena_str(&t->arena, buf_view(&text)).p;
    event->fields = node_map(&t->arena, 8);
    event->noted = node_map(&t->arena, 4);
    *t->tail = event;
    t->tail = &event->next;
    buf_release(&text);
    return event;
}

/* Copies a field of the record. */
static void copy(struct telling *t, struct event *event, const char *key)
{
    const struct node *value = node_get(&t->status, str_of(key));
    if (value)
        set(t, &event->fields, key, *value);
}

/* Copies the first rows of a list. */
static void copy_rows(struct telling *t, struct event *event, const char *key)
{
    const struct node *rows = node_get(&t->status, str_of(key));
    struct node list = node_list(&t->arena, 0);
    for (size_t i = 0; rows && rows->type == NODE_LIST && i < rows->list.n && i < ROWS_MAX; i++)
        node_list_add(&t->arena, &list, rows->list.items[i]);
    set(t, &event->fields, key, list);
}

/* ---- how cycles end ---- */

static int64_t told_at(const struct telling *t)
{
    int64_t at;
    return clock_parse(text_in(&t->told, "state_at"), &at) == 0 ? at : 0;
}

/* Whether a state is to be told: another one than was, or for a day the same. */
static bool is_news(const struct telling *t, const char *state, struct str cls)
{
    return !str_is(text_in(&t->told, "state"), state) ||
           !str_eq(text_in(&t->told, "state_class"), cls) || t->now - told_at(t) >= REMIND_S;
}

static void note_state(struct telling *t, struct node *noted, const char *state, struct str cls)
{
    set(t, noted, "state", node_cstring(state));
    set(t, noted, "state_class", node_string(cls));
    set(t, noted, "state_at", node_time(&t->arena, t->now));
}

static void find_failed(struct telling *t)
{
    struct str cls = text_in(&t->status, "failure_class");
    if (!is_news(t, "failed", cls))
        return;
    struct buf words = BUF_MAX(TEXT_MAX);
    struct str since = text_in(&t->status, "last_complete");
    buf_str(&words, STR("sync fails: "));
    say(&words, text_in(&t->status, "failure"));
    buf_str(&words, STR(". Last complete: "));
    buf_str(&words, since.n ? since : STR("never"));
    struct event *event = add(t, "failed", &words);
    copy(t, event, "failure");
    copy(t, event, "failure_class");
    copy(t, event, "failures");
    copy(t, event, "failing_since");
    copy(t, event, "last_complete");
    note_state(t, &event->noted, "failed", cls);
    buf_release(&words);
}

/* Appends the first of a list's texts, a line each. */
static void say_list(struct buf *words, const struct node *list, const char *key)
{
    size_t n = list && list->type == NODE_LIST ? list->list.n : 0;
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        const struct node *item = &list->list.items[i];
        buf_str(words, STR("\n• "));
        say(words, key ? text_in(item, key) : item->type == NODE_STRING ? item->text : STR("?"));
    }
    if (n > SHOWN_MAX)
        buf_printf(words, "\n… and %zu more", n - SHOWN_MAX);
}

static void find_partial(struct telling *t)
{
    if (!is_news(t, "partial", STR("")))
        return;
    struct buf words = BUF_MAX(TEXT_MAX);
    buf_str(&words, STR("sync is partial; what could not be read stands as it was"));
    say_list(&words, node_get(&t->status, STR("problems")), NULL);
    struct event *event = add(t, "partial", &words);
    copy_rows(t, event, "problems");
    copy(t, event, "last_complete");
    note_state(t, &event->noted, "partial", STR(""));
    buf_release(&words);
}

static void find_recovered(struct telling *t)
{
    struct str before = text_in(&t->told, "state");
    if (!str_is(before, "failed") && !str_is(before, "partial")) {
        note_state(t, &t->silent, "synced", STR(""));
        return;
    }
    struct buf words = BUF_MAX(TEXT_MAX);
    buf_str(&words, STR("sync works again"));
    struct event *event = add(t, "recovered", &words);
    copy(t, event, "last_complete");
    note_state(t, &event->noted, "synced", STR(""));
    buf_release(&words);
}

/* A cycle that withheld deletions may be partial beside that. */
static bool has_problems(const struct telling *t)
{
    const struct node *problems = node_get(&t->status, STR("problems"));
    return problems && problems->type == NODE_LIST && problems->list.n > 0;
}

static void find_state(struct telling *t)
{
    struct str outcome = text_in(&t->status, "outcome");
    if (str_is(outcome, "failed"))
        find_failed(t);
    else if (str_is(outcome, "partial") || has_problems(t))
        find_partial(t);
    else
        find_recovered(t);
}

/* ---- withheld deletions ---- */

/* Tells one set of rows from another. */
static struct str digest_of(struct telling *t, const struct node *rows)
{
    struct buf all = BUF_MAX(16 << 20);
    struct oid oid;
    char hex[OID_HEX + 1];
    for (size_t i = 0; i < rows->list.n; i++)
        buf_printf(&all, "%.*s %.*s\n", STR_ARG(text_in(&rows->list.items[i], "kind")),
                   STR_ARG(text_in(&rows->list.items[i], "id")));
    oid_of(OBJ_BLOB, buf_view(&all), &oid);
    oid_to_hex(&oid, hex);
    buf_release(&all);
    return arena_str(&t->arena, str_of(hex));
}

static void find_withheld(struct telling *t)
{
    const struct node *rows = node_get(&t->status, STR("withheld"));
    size_t n = rows && rows->type == NODE_LIST ? rows->list.n : 0;
    struct str digest = n ? digest_of(t, rows) : STR("");
    if (str_eq(digest, text_in(&t->told, "withheld")))
        return;
    if (n == 0) {
        set(t, &t->silent, "withheld", node_string(digest));
        return;
    }
    struct buf words = BUF_MAX(TEXT_MAX);
    buf_printf(&words, "%zu deletions are withheld; if they are meant, run \"iokeeper ack\"", n);
    say_list(&words, rows, "path");
    struct event *event = add(t, "withheld", &words);
    copy_rows(t, event, "withheld");
    set(t, &event->fields, "withheld_total", node_integer(&t->arena, (long long)n));
    set(t, &event->noted, "withheld", node_string(digest));
    buf_release(&words);
}

/* ---- commits ---- */

static struct node commit_node(struct telling *t, const struct store_commit_row *row)
{
    struct node map = node_map(&t->arena, 6);
    char hex[OID_HEX + 1];
    oid_to_hex(&row->id, hex);
    set(t, &map, "id", node_string(arena_str(&t->arena, str_of(hex))));
    set(t, &map, "author", node_string(row->author));
    set(t, &map, "email", node_string(row->email));
    set(t, &map, "time", node_time(&t->arena, row->when));
    set(t, &map, "subject", node_string(row->subject));
    set(t, &map, "body", node_string(utf8_cut(row->body, BODY_BYTES)));
    return map;
}

static struct node head_node(struct telling *t)
{
    char hex[OID_HEX + 1];
    oid_to_hex(&t->head, hex);
    return node_string(arena_str(&t->arena, str_of(hex)));
}

static void find_changed(struct telling *t)
{
    if (!t->born)
        return;
    if (t->first || t->commits.total == 0) {
        set(t, &t->silent, "commit", head_node(t));
        return;
    }
    struct buf words = BUF_MAX(TEXT_MAX);
    struct node list = node_list(&t->arena, (unsigned)t->commits.n);
    buf_printf(&words, "%zu %s", t->commits.total, t->commits.total == 1 ? "commit" : "commits");
    for (size_t i = 0; i < t->commits.n; i++) {
        const struct store_commit_row *row = &t->commits.rows[i];
        node_list_add(&t->arena, &list, commit_node(t, row));
        if (i >= SHOWN_MAX)
            continue;
        buf_str(&words, STR("\n• "));
        say(&words, row->author);
        buf_str(&words, STR(": "));
        say(&words, row->subject);
    }
    if (t->commits.total > SHOWN_MAX)
        buf_printf(&words, "\n… and %zu more", t->commits.total - SHOWN_MAX);
    struct event *event = add(t, "changed", &words);
    set(t, &event->fields, "commits", list);
    set(t, &event->fields, "commits_total", node_integer(&t->arena, (long long)t->commits.total));
    set(t, &event->noted, "commit", head_node(t));
    buf_release(&words);
}

/* ---- the remote ---- */

static void find_push(struct telling *t)
{
    int64_t since;
    struct str failure = text_in(&t->status, "push_failure");
    bool fails = failure.n && clock_parse(text_in(&t->status, "push_failing_since"), &since) == 0;
    bool was_told = str_is(text_in(&t->told, "push"), "failing");
    if (was_told == fails || (fails && t->now - since < PUSH_PATIENCE_S))
        return;
    struct buf words = BUF_MAX(TEXT_MAX);
    if (fails) {
        buf_str(&words, STR("commits do not reach the remote: "));
        say(&words, failure);
    } else {
        buf_str(&words, STR("commits reach the remote again"));
    }
    struct event *event = add(t, fails ? "push_failing" : "push_recovered", &words);
    copy(t, event, "push_failure");
    copy(t, event, "push_failing_since");
    copy(t, event, "unpushed");
    set(t, &event->noted, "push", node_cstring(fails ? "failing" : ""));
    buf_release(&words);
}

void tell_find_events(struct telling *t)
{
    t->tail = &t->events;
    t->silent = node_map(&t->arena, 4);
    if (t->status.type != NODE_MAP)
        return;
    find_state(t);
    find_withheld(t);
    find_changed(t);
    find_push(t);
}

void tell_find_failure(struct telling *t, const struct err *failure)
{
    struct buf words = BUF_MAX(TEXT_MAX);
    t->tail = &t->events;
    t->silent = node_map(&t->arena, 0);
    buf_str(&words, STR("sync fails: "));
    say(&words, str_of(failure->text));
    struct event *event = add(t, "failed", &words);
    set(t, &event->fields, "failure", node_cstring(failure->text));
    set(t, &event->fields, "failure_class", node_cstring(err_class_word(failure->cls)));
    buf_release(&words);
}
