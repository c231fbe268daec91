/*
 * authors: who changed what, by the audit log.
 *
 * A row of the log names a user, a time and a resource. Those that are new in this cycle, and those
 * that came too late for the one before, say whose a change is: the last of them that is about the
 * changed resource. Rows that name no resource (the reference's) count where only one user's fit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/printable.h"
#include "cycle.h"
#include "format/utf8.h"
#include "model/layout.h"

/* Bytes of a name or address that are kept. */
enum { NAME_MAX_BYTES = 120 };

/* Changes of a cycle for which HEAD's logs are searched, where the cycle's own say nothing. */
enum { SEARCHED_MAX = 500 };

/* How far the server's clock may be ahead of ours, in seconds, before its times are not believed.
 */
enum { CLOCK_AHEAD = 86400 };

/* A row of the log, as far as it says whose a change is. */
struct event {
    struct author author;
    struct str when; /* as the log has it */
    int64_t seconds; /* 0: not known */
    const struct kind *kind;
    struct str id;          /* the resource's; empty: not told */
    struct str integration; /* whose log it stood in; empty: the account's */
    bool held;              /* HEAD had it already, or could have had it */
    bool deletes;           /* it tells of a deletion */
    const struct node *changes;
    struct event *next;
};

/* ---- who ---- */

/* One line of harmless text, without what git cannot have in a name. */
static struct str clean(struct arena *a, struct str text)
{
    struct str copy = arena_str(a, utf8_cut(text, NAME_MAX_BYTES));
    char *bytes = arena_alloc(a, copy.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < copy.n; i++)
        if (copy.p[i] != '<' && copy.p[i] != '>')
            bytes[n++] = copy.p[i];
    printable(bytes, n);
    return (struct str){.p = bytes, .n = n};
}

/* Whether git takes a name: it strips these bytes off both ends, and refuses what is left empty. */
static bool is_name(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] > ' ' && !strchr(".,:;<>\"\\'", text.p[i]))
            return true;
    return false;
}

static bool is_address(struct str text)
{
    size_t at = str_find(text, '@');
    return at > 0 && at + 1 < text.n && str_find(text, ' ') == text.n;
}

/* A row of a users list may be the user, or hold it. */
static const struct node *user_in(const struct node *row)
{
    const struct node *user = node_get(row, STR("sharedWithUser"));
    return user ? user : row;
}

/* Completes an author from the users lists: by id, or by address. */
static void look_up(const struct cycle *c, struct str id, struct author *author)
{
    for (const struct list *list = c->lists; list; list = list->next) {
        if (list->kind->id != KIND_USERS)
            continue;
        for (size_t i = 0; i < list->rows.list.n; i++) {
            const struct node *user = user_in(&list->rows.list.items[i]);
            struct str email = node_get_text(user, STR("email"));
            bool same = (id.n && str_eq(id, node_get_text(user, STR("_id")))) ||
                        (author->email.n && str_eq(author->email, email));
            if (!same)
                continue;
            if (!author->email.n)
                author->email = email;
            if (!author->name.n)
                author->name = node_get_text(user, STR("name"));
        }
    }
}

/* The user of a row: an address, a name or an id, or an object that holds them. */
static bool find_author(struct cycle *c, const struct node *row, struct author *ret)
{
    struct str id = node_get_text(row, STR("_byUserId"));
    const struct node *user = node_get(row, STR("user"));
    if (!user)
        user = node_get(row, STR("byUser"));
    *ret = (struct author){0};
    if (user && user->type == NODE_STRING && is_address(user->text)) {
        ret->email = user->text;
    } else if (user && user->type == NODE_STRING) {
        id = user->text;
    } else if (user) {
        ret->email = node_get_text(user, STR("email"));
        ret->name = node_get_text(user, STR("name"));
        struct str own = node_get_text(user, STR("_id"));
        id = own.n ? own : id;
    }
    look_up(c, id, ret);
    if (!is_name(ret->name))
        ret->name = is_name(ret->email) ? ret->email : id;
    ret->name = clean(&c->arena, ret->name);
    ret->email = clean(&c->arena, ret->email);
    return is_name(ret->name);
}

/* ---- what the log says ---- */

static void note(struct cycle *c, struct str integration, const struct node *row, bool held)
{
    struct event *event = arena_alloc(&c->arena, sizeof *event);
    struct node *copy = arena_alloc(&c->arena, sizeof *copy);
    if (oid_is_zero(&c->head) || row->type != NODE_MAP || !find_author(c, row, &event->author))
        return;
    *copy = node_copy(&c->arena, row);
    event->when = node_get_text(copy, str_of(kind_of(KIND_AUDIT)->when));
    if (clock_parse(event->when, &event->seconds) < 0)
        event->seconds = 0;
    event->kind = cycle_kind_of_row(copy);
    event->id = node_get_text(copy, STR("_resourceId"));
    event->integration = arena_str(&c->arena, integration);
    event->held = held;
    event->deletes = str_is(node_get_text(copy, STR("action")), "delete");
    event->changes = node_get(copy, STR("changes"));
    bool itself = !event->id.n && event->kind && event->kind->place == PLACE_OWN_FOLDER;
    if (itself)
        event->id = event->integration;
    event->next = event->id.n ? map_get(&c->events, event->id) : c->vague;
    if (event->id.n)
        map_put(&c->events, event->id, event);
    else
        c->vague = event;
}

/* Whether HEAD has the log of an integration, so that what it lacks is news; of the account's it is
 * known up to when. A log that is read for the first time tells old stories. */
static bool is_news(struct cycle *c, struct str integration, struct str when)
{
    if (c->trail.list)
        return c->trail.through.n && str_cmp(when, c->trail.through) >= 0;
    for (size_t i = 0; !c->logs_known && i < c->before.n; i++)
        if (c->before.entries[i]->kind == KIND_AUDIT)
            map_put(&c->logs_held, c->before.entries[i]->id, c);
    c->logs_known = true;
    return map_get(&c->logs_held, integration) ||
           !index_get(&c->before, KIND_INTEGRATION, integration, STR(""));
}

void authors_note(struct cycle *c, struct str integration, const struct node *row)
{
    struct str when = node_get_text(row, str_of(kind_of(KIND_AUDIT)->when));
    note(c, integration, row, !is_news(c, integration, when));
}

/* Takes the rows that HEAD has of a log, an integration's or the account's, from a month on. */
static void read_log(struct cycle *c, struct str integration, struct str from)
{
    const struct kind *kind = kind_of(KIND_AUDIT);
    for (size_t i = 0; i < c->before.n; i++) {
        struct entry *entry = c->before.entries[i];
        struct node file;
        struct err ignored; /* a person may have committed what is no list */
        if (entry->kind != kind->id || !str_eq(entry->id, integration) ||
            str_cmp(entry->part, from) < 0)
            continue;
        char key[2 * ID_MAX];
        snprintf(key, sizeof key, "%.*s/%.*s", STR_ARG(entry->id), STR_ARG(entry->part));
        if (map_put(&c->logs_read, arena_str(&c->arena, str_of(key)), entry) ||
            cycle_load(c, &c->arena, &entry->blob, &file, &ignored) < 0 || file.type != NODE_LIST)
            continue;
        for (size_t r = 0; r < file.list.n; r++)
            note(c, entry->id, &file.list.items[r], true);
    }
}

/* ---- whose ---- */

static bool is_later(const struct event *event, const struct event *than)
{
    return !than || str_cmp(event->when, than->when) > 0;
}

/* When a version of a document was saved, by its own stamp; empty where it has none. */
static struct str saved_at(struct cycle *c, struct arena *a, const struct index *index,
                           const struct change *change)
{
    const struct entry *entry =
        index_get(index, change->told.kind, str_of(change->told.id), STR(""));
    struct err ignored; /* a person may have committed what is no document */
    struct node doc;
    if (!entry || oid_is_zero(&entry->blob) || cycle_load(c, a, &entry->blob, &doc, &ignored) < 0)
        return STR("");
    return node_get_text(&doc, STR("lastModified"));
}

/* When a changed document was saved, as HEAD has it and as it is now; empty where it has no stamp.
 */
struct saves {
    struct str before, now;
};

/* How far the log's time of a change may be from the stamp of what it made, in seconds. */
enum { STAMP_APART = 30 };

/* Whether a change that the log tells of may be in what was read: not where it is later than that
 * was saved. */
static bool is_in(const struct event *event, struct str saved)
{
    int64_t seconds;
    return !event->seconds || clock_parse(saved, &seconds) < 0 ||
           event->seconds <= seconds + STAMP_APART;
}

/* Whether it is the very change that the stamp is of. */
static bool is_of(const struct event *event, struct str saved)
{
    int64_t seconds;
    return event->seconds && clock_parse(saved, &seconds) == 0 &&
           llabs(seconds - event->seconds) <= STAMP_APART;
}

/* Whether a row explains a change. One that HEAD had already may be the reason for what HEAD has,
 * unless its time says otherwise: what could not be read in one cycle comes in a later one. */
static bool explains(const struct event *event, const struct change *change,
                     const struct saves *saves)
{
    if (event->kind && event->kind->id != change->told.kind)
        return false;
    if (change->told.verb == '-')
        return event->deletes;
    if (event->deletes || !is_in(event, saves->now))
        return false;
    return change->told.verb == '+' || !event->held ||
           (saves->before.n && str_cmp(event->when, saves->before) > 0 && is_of(event, saves->now));
}

/* The last row about a resource that explains a change. */
static const struct event *find_noted(const struct cycle *c, struct str id,
                                      const struct change *change, const struct saves *saves)
{
    const struct event *last = NULL;
    for (const struct event *event = map_get(&c->events, id); event; event = event->next)
        if (explains(event, change, saves) && is_later(event, last))
            last = event;
    return last;
}

/* The row about this very resource; where this cycle's say nothing, those of HEAD are asked. */
static const struct event *find_exact(struct cycle *c, const struct change *change)
{
    struct arena scratch = {0};
    struct str id = str_of(change->told.id);
    struct saves saves = {.before = saved_at(c, &scratch, &c->before, change),
                          .now = saved_at(c, &scratch, &c->now, change)};
    const struct event *last = find_noted(c, id, change, &saves);
    if (!last && c->searched++ < SEARCHED_MAX) {
        struct str from = layout_month(saves.before.n ? saves.before : saves.now);
        read_log(c, str_of(change->told.owner), from);
        read_log(c, STR(""), from);
        last = find_noted(c, id, change, &saves);
    }
    arena_release(&scratch);
    return last;
}

/* What went with its integration: the row that tells of the integration's deletion. */
static const struct event *find_owner(const struct cycle *c, const struct change *change)
{
    const struct event *last = NULL;
    struct str owner = str_of(change->told.owner);
    bool gone = change->told.verb == '-' && owner.n &&
                !index_get(&c->now, KIND_INTEGRATION, owner, STR(""));
    for (const struct event *event = gone ? map_get(&c->events, owner) : NULL; event;
         event = event->next)
        if (event->deletes && is_later(event, last))
            last = event;
    return last;
}

/* Whether a list of changed fields names one in which a top-level key is the first step. */
static bool names_field(struct str fields, struct str key)
{
    if (!fields.n)
        return true; /* nobody looked for them */
    while (fields.n) {
        struct str path = str_cut(&fields, ',');
        while (path.n && path.p[0] == ' ')
            path = str_sub(path, 1, path.n);
        struct str top = str_sub(path, 0, str_find(path, '.'));
        if (str_eq(str_sub(top, 0, str_find(top, '[')), key))
            return true;
    }
    return false;
}

/* Whether a row without a resource may be about a change: its kind, its integration and, where it
 * tells them, name or fields fit. */
static bool may_be_about(const struct event *event, const struct change *change)
{
    const struct sync_change *told = &change->told;
    if (!event->kind || event->kind->id != told->kind)
        return false;
    if (*told->owner && event->integration.n && !str_is(event->integration, told->owner))
        return false;
    const struct node *name = event->changes ? node_get(event->changes, STR("name")) : NULL;
    if (told->verb != '~') {
        struct str said =
            name ? node_get_text(name, told->verb == '+' ? STR("new") : STR("old")) : STR("");
        return !said.n || str_is(said, told->title);
    }
    bool any = !event->changes || event->changes->type != NODE_MAP || event->changes->map.n == 0;
    for (size_t i = 0; !any && i < event->changes->map.n; i++) {
        struct str key = event->changes->map.items[i].key;
        struct str top = str_sub(key, 0, str_find(key, '.'));
        any = names_field(str_of(told->fields), top);
    }
    return any;
}

bool authors_same(const struct author *a, const struct author *b)
{
    return str_eq(a->name, b->name) && str_eq(a->email, b->email);
}

/* The last of the rows that may be about a change, where all of them are one user's. */
static const struct event *find_vague(const struct cycle *c, const struct change *change)
{
    const struct event *last = NULL;
    for (const struct event *event = c->vague; event; event = event->next) {
        bool deletes = change->told.verb == '-';
        if (event->held || event->deletes != deletes || !may_be_about(event, change))
            continue;
        if (last && !authors_same(&last->author, &event->author))
            return NULL;
        if (is_later(event, last))
            last = event;
    }
    return last;
}

bool authors_find(struct cycle *c, const struct change *change, struct author *ret,
                  int64_t *ret_when)
{
    const struct event *event = find_exact(c, change);
    if (!event)
        event = find_vague(c, change);
    if (!event)
        event = find_owner(c, change);
    if (!event)
        return false;
    *ret = event->author;
    bool usable = event->seconds > 0 && event->seconds <= c->result->started + CLOCK_AHEAD;
    *ret_when = usable ? event->seconds : c->result->started;
    return true;
}

void authors_each(struct cycle *c, const struct change *change, struct node *names)
{
    const struct kind *kind = kind_of(change->told.kind);
    if (!kind_is_document(kind))
        return;
    for (const struct event *event = map_get(&c->events, str_of(change->told.id)); event;
         event = event->next)
        if (!event->held && (!event->kind || event->kind == kind))
            authors_add_name(c, names, &event->author);
}

void authors_add_name(struct cycle *c, struct node *names, const struct author *author)
{
    struct str shown = author->email.n ? author->email : author->name;
    for (size_t i = 0; i < names->list.n; i++)
        if (str_eq(names->list.items[i].text, shown))
            return;
    node_list_add(&c->arena, names, node_string(shown));
}
