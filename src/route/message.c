/* message: the words of a commit. */
#include <string.h>

#include "base/clock.h"
#include "base/printable.h"
#include "cycle.h"
#include "format/utf8.h"

/* What a body lists before it only counts; a name as long as a line may be; a
 * subject that `git log --oneline` still shows on one line. */
enum { LINES_MAX = 60, NAME_SHOWN = 60, SUBJECT_MAX = 100 };

/* A name from the API in a message: one line, no control characters, cut between characters. */
static void append_name(struct buf *out, const char *name)
{
    struct str shown = utf8_cut(str_of(name), NAME_SHOWN);
    size_t from = out->n;
    buf_str(out, shown);
    printable(out->p + from, out->n - from);
    if (name[shown.n])
        buf_str(out, STR("…"));
}

static void append_count(struct buf *out, bool first, size_t n, const struct kind *kind,
                         const char *verb)
{
    buf_printf(out, "%s%zu %s%s", first ? "" : ", ", n, n == 1 ? kind->name : kind->plural, verb);
}

/* ---- the subject ---- */

/* The first change from one on that a commit holds, or NULL. */
static const struct sync_change *held(const struct sync_change *ch, unsigned turn)
{
    while (ch && ((const struct change *)ch)->entry->turn != turn)
        ch = ch->next;
    return ch;
}

/* A commit's first change, and the one after another. */
static const struct sync_change *first_of(const struct cycle *c, unsigned turn)
{
    return held(c->result->changes, turn);
}

static const struct sync_change *after(const struct sync_change *ch, unsigned turn)
{
    return held(ch->next, turn);
}

static size_t count_changes(const struct cycle *c, unsigned turn, enum kind_id kind, char verb)
{
    size_t n = 0;
    for (const struct sync_change *ch = first_of(c, turn); ch; ch = after(ch, turn))
        n += ch->kind == kind && ch->verb == verb;
    return n;
}

static const struct {
    char verb;
    const char *past;
} verbs[] = {{'+', " added"}, {'~', " changed"}, {'-', " deleted"}};

/* What happened to a number of resources. What the configuration changed did not happen to them. */
static const char *past_of(const struct cycle *c, unsigned turn, size_t verb)
{
    if (c->turns[turn - 1].sort != TURN_SCOPE)
        return verbs[verb].past;
    return verbs[verb].verb == '+' ? " now mirrored" : " no longer mirrored";
}

/* Appends "2 flows changed, 1 export added" for documents, or for files of rows. Returns whether
 * there was any. */
static bool append_by_kind(const struct cycle *c, unsigned turn, struct buf *out, bool documents)
{
    bool first = true;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const struct kind *kind = kind_of((enum kind_id)k);
        if (kind_is_document(kind) != documents)
            continue;
        for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
            size_t n = count_changes(c, turn, kind->id, verbs[v].verb);
            if (n > 0)
                append_count(out, first, n, kind, past_of(c, turn, v));
            first = first && n == 0;
        }
    }
    return !first;
}

/* Appends "5 added, 7 changed" of all documents, or all files of rows. */
static void append_by_verb(const struct cycle *c, unsigned turn, struct buf *out, bool documents)
{
    bool first = true;
    for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
        size_t n = 0;
        for (size_t k = 0; k < KIND_COUNT; k++)
            if (kind_is_document(kind_of((enum kind_id)k)) == documents)
                n += count_changes(c, turn, (enum kind_id)k, verbs[v].verb);
        if (n > 0)
            buf_printf(out, "%s%zu%s", first ? "" : ", ", n, past_of(c, turn, v));
        first = first && n == 0;
    }
}

/* What changed, by kind where that fits into a subject line. */
static void append_counts(const struct cycle *c, unsigned turn, struct buf *out)
{
    size_t from = out->n;
    bool documents = append_by_kind(c, turn, out, true);
    if (!documents && !append_by_kind(c, turn, out, false)) {
        buf_str(out, STR("mirror format"));
    } else if (out->n > SUBJECT_MAX) {
        buf_cut(out, from);
        append_by_verb(c, turn, out, documents);
    }
}

/* The name of an integration, from what changed in it or from its entry. */
static const char *name_of_integration(const struct cycle *c, const char *id)
{
    for (const struct sync_change *ch = c->result->changes; ch; ch = ch->next)
        if (ch->kind == KIND_INTEGRATION && strcmp(ch->id, id) == 0)
            return ch->title;
    const struct entry *entry = index_get(&c->now, KIND_INTEGRATION, str_of(id), STR(""));
    return entry && entry->title.n ? entry->title.p : id;
}

static bool is_log(const struct sync_change *ch)
{
    return kind_of(ch->kind)->place == PLACE_MONTHS;
}

static bool only_logs(const struct cycle *c, unsigned turn)
{
    for (const struct sync_change *ch = first_of(c, turn); ch; ch = after(ch, turn))
        if (!is_log(ch))
            return false;
    return true;
}

/* Whose changes they are: an integration's, several integrations', or the account's. */
static void append_scope(const struct cycle *c, unsigned turn, struct buf *out)
{
    const char *one = "";
    bool several = false, logs = only_logs(c, turn);
    for (const struct sync_change *ch = first_of(c, turn); ch; ch = after(ch, turn)) {
        if (is_log(ch) && !logs)
            continue;
        several |= *one && *ch->owner && strcmp(one, ch->owner) != 0;
        if (*ch->owner)
            one = ch->owner;
    }
    if (several)
        buf_str(out, STR("Several integrations"));
    else if (*one)
        append_name(out, name_of_integration(c, one));
    else
        buf_str(out, STR("Account"));
}

/* What a first mirror holds; the kinds of which there are few anywhere only by their number. */
static void append_first(const struct cycle *c, struct buf *out)
{
    size_t others = 0;
    bool first = true;
    buf_str(out, STR("First mirror: "));
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const struct kind *kind = kind_of((enum kind_id)k);
        size_t n = kind_is_document(kind) ? c->result->resources[k] : 0;
        others += kind->optional ? n : 0;
        if (n == 0 || kind->optional)
            continue;
        append_count(out, first, n, kind, "");
        first = false;
    }
    if (others > 0)
        buf_printf(out, "%s%zu other%s", first ? "" : ", ", others, others == 1 ? "" : "s");
    buf_str(out, first && others == 0 ? STR("an empty account\n\n") : STR("\n\n"));
}

static void append_subject(const struct cycle *c, unsigned turn, struct buf *out)
{
    if (c->turns[turn - 1].sort == TURN_SCOPE) {
        buf_str(out, STR("Scope changed"));
        if (first_of(c, turn)) {
            buf_str(out, STR(": "));
            append_counts(c, turn, out);
        }
        buf_str(out, STR("\n\n"));
        return;
    }
    if (!oid_is_zero(&c->head)) {
        append_scope(c, turn, out);
        buf_str(out, STR(": "));
        append_counts(c, turn, out);
        buf_str(out, STR("\n\n"));
        return;
    }
    append_first(c, out);
}

/* ---- the body ---- */

static void append_change(struct buf *out, const struct sync_change *ch)
{
    buf_printf(out, "%c %s ", ch->verb, kind_of(ch->kind)->name);
    if (*ch->id) {
        buf_char(out, '"');
        append_name(out, ch->title);
        buf_printf(out, "\" (%s)", ch->id);
    } else {
        buf_str(out, STR("of the account"));
    }
    const char *evidence = ((const struct change *)ch)->entry->evidence;
    if (*ch->fields)
        buf_printf(out, ": %s", ch->fields);
    else if (ch->scope)
        buf_str(out, ch->verb == '-' ? STR(": no longer in scope") : STR(": now in scope"));
    else if (ch->verb == '-' && evidence)
        buf_printf(out, ": %s", evidence);
    buf_char(out, '\n');
}

/* Logs that grew are told where nothing else is to be told. */
static void append_changes(const struct cycle *c, unsigned turn, struct buf *out)
{
    size_t lines = 0;
    bool logs = only_logs(c, turn);
    for (const struct sync_change *ch = first_of(c, turn); ch; ch = after(ch, turn)) {
        if (is_log(ch) && !logs)
            continue;
        if (lines++ < LINES_MAX)
            append_change(out, ch);
    }
    if (lines > LINES_MAX)
        buf_printf(out, "… and %zu more\n", lines - LINES_MAX);
    if (lines > 0)
        buf_char(out, '\n');
}

static void append_trailers(const struct cycle *c, unsigned turn, struct buf *out)
{
    char when[CLOCK_TEXT];
    clock_format(c->result->started, when);
    const struct node *names = &c->turns[turn - 1].names;
    for (size_t i = 0; i < names->list.n; i++) {
        buf_str(out, STR("Changed-by: "));
        append_name(out, names->list.items[i].text.p);
        buf_char(out, '\n');
    }
    buf_printf(out, "Cycle: %s\nComplete: %s", when, c->result->complete ? "yes" : "no");
    bool first = true;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        if (!c->incomplete[k])
            continue;
        buf_printf(out, "%s%s", first ? " (" : ", ", kind_of((enum kind_id)k)->plural);
        first = false;
    }
    buf_str(out, first ? STR("\n") : STR(")\n"));
    if (c->result->withheld_n > 0)
        buf_printf(out, "Withheld: %zu deletions\n", c->result->withheld_n);
}

void cycle_write_message(struct cycle *c, unsigned turn, struct buf *out)
{
    append_subject(c, turn, out);
    if (!oid_is_zero(&c->head))
        append_changes(c, turn, out);
    append_trailers(c, turn, out);
}
