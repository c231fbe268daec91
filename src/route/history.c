#include "route/history.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "format/json.h"
#include "model/layout.h"
#include "route/mirror.h"
#include "route/select.h"

enum {
    OLDER_MAX = 32, /* commits in a row before `since` that end the way: clocks are not exact */
    VALUE_MAX = 4 << 20, /* bytes of a value that are searched */
    IDS_MAX = 64         /* ids of one resource */
};

struct history {
    struct store *store;
    struct history_options options;
    struct oid start; /* the commit where the way begins */
    struct store_log *log;
    struct arena commit_arena; /* of the event at hand */
    struct difference difference;
    struct difference_last last; /* where one resource is followed */
    struct arena arena;
    bool follows; /* one resource */
    enum kind_id kind;
    struct str ids[IDS_MAX]; /* it has, or had before it was created anew */
    size_t ids_n;
    struct str path; /* where it stands as far as the way has come */
    size_t older;
};

/* ---- one resource ---- */

static void add_id(struct history *h, struct str id)
{
    if (h->ids_n < IDS_MAX)
        h->ids[h->ids_n++] = arena_str(&h->arena, id);
}

static bool is_its_id(const struct history *h, struct str id)
{
    for (size_t i = 0; i < h->ids_n; i++)
        if (str_eq(h->ids[i], id))
            return true;
    return false;
}

/* Follows the files of a resource that stands at a path; an integration stands for its folder. */
static void follow(struct history *h, struct str path)
{
    struct layout_place place;
    h->path = arena_str(&h->arena, path);
    const char *paths[2] = {h->path.p};
    size_t n = 1;
    bool known = layout_parse(path, &place);
    if (known && place.kind == KIND_INTEGRATION)
        paths[0] = arena_str(&h->arena, layout_folder(path)).p;
    if (known && kind_of(place.kind)->body) {
        place.beside = true;
        paths[n++] = layout_path(&h->arena, &place).p;
    }
    store_log_follow(h->log, paths, n);
}

/* What a selector means in a commit; one by an id that is no more means what it has become. */
static int find_present(const struct snapshot *tip, const char *text, struct entry **ret,
                        struct err *err)
{
    if (select_find(tip, text, ret, err) < 0)
        return -1;
    struct selector sel = selector_read(str_of(text));
    struct str now = idmap_find(&tip->ids, sel.id.n ? sel.id : sel.word);
    for (size_t i = 0; !*ret && now.n && i < tip->index.n; i++)
        if (entry_is_document(tip->index.entries[i]) && str_eq(tip->index.entries[i]->id, now))
            *ret = tip->index.entries[i];
    return 0;
}

/* Begins with a resource of the tip: 1, or 0 where it is not there, or -1. */
static int follow_present(struct history *h, const char *selector, struct err *err)
{
    const struct snapshot *tip = names_snapshot(h->options.names, err);
    struct entry *entry;
    if (!tip || find_present(tip, selector, &entry, err) < 0)
        return -1;
    if (!entry)
        return 0;
    h->kind = entry->kind;
    add_id(h, entry->id);
    follow(h, index_path(&tip->index, &h->arena, entry));
    return 1;
}

static int tell_pace(struct history *h, struct err *err)
{
    return pace_tell(&h->options.pace, "looking back", store_log_passed(h->log),
                     store_log_total(h->log), err);
}

/* Whether a row is of what the selector calls so, by its id or by the name that it had. */
static int row_fits(struct history *h, const struct selector *sel, const struct difference_row *row,
                    struct err *err)
{
    const struct kind *kind = kind_of(row->kind);
    struct str name;
    bool renamed = row->path.n && !str_eq(row->path, row->old_path);
    if (!row->is_ours || !row->old_path.n || !kind_is_document(kind) || (row->path.n && !renamed))
        return 0;
    if (selector_fits_id(sel, kind, row->old_id.n ? row->old_id : row->id))
        return 1;
    if (snapshot_read_name(h->store, &row->before, &h->commit_arena, &name, err) < 0)
        return -1;
    return selector_fits(sel, kind, row->id, name);
}

/* Looks in one commit for a resource that lost the name or went away there: 1 where it did. */
static int find_in_commit(struct history *h, const struct selector *sel,
                          const struct store_log_row *commit, struct err *err)
{
    if (difference_open(&h->difference, h->store, &commit->parent, &commit->id, err) < 0)
        return -1;
    int found = 0;
    for (size_t i = 0; i < h->difference.n && found == 0; i++) {
        const struct difference_row *row = &h->difference.rows[i];
        found = row_fits(h, sel, row, err);
        if (found > 0) {
            h->kind = row->kind;
            add_id(h, row->id);
            h->path = arena_str(&h->arena, row->path.n ? STR("") : row->old_path);
        }
    }
    difference_release(&h->difference);
    return found;
}

/* Begins the way anew. */
static int restart(struct history *h, struct err *err)
{
    store_log_free(h->log);
    h->log = NULL;
    return store_log_open(h->store, &h->start, &h->log, err);
}

/* Looks for paths that may be of what the selector calls so, by its id or a slug. */
static void seek_selector(struct history *h, const struct selector *sel)
{
    struct arena *a = &h->arena;
    const char *parts[] = {
        arena_str(a, sel->id.n ? sel->id : sel->word).p,
        arena_printf(a, "%s--", layout_slug(a, sel->word).p).p,
        arena_printf(a, "%s--", layout_slug(a, sel->text).p).p,
    };
    store_log_seek(h->log,
                   &(struct store_parts){.texts = parts, .n = sizeof parts / sizeof *parts});
}

/* Begins with a resource that is gone from the tip, or has another name there: 1, 0 where no commit
 * knows it, or -1. */
static int follow_former(struct history *h, const char *selector, struct err *err)
{
    struct selector sel = selector_read(str_of(selector));
    struct store_log_row row;
    int found = 0;
    seek_selector(h, &sel);
    while (found == 0) {
        arena_reset(&h->commit_arena);
        int more = store_log_next(h->log, &h->commit_arena, &row, err);
        if (more <= 0)
            return more;
        if (tell_pace(h, err) < 0)
            return -1;
        found = find_in_commit(h, &sel, &row, err);
    }
    if (found < 0)
        return -1;
    bool is_gone = h->path.n > 0;
    struct str path = h->path, id = h->ids[0];
    if (is_gone)
        h->start = row.id;
    if (restart(h, err) < 0)
        return -1;
    if (is_gone) {
        follow(h, path);
        return 1;
    }
    h->ids_n = 0;
    const char *by_id = arena_printf(&h->arena, "%s/%s", kind_of(h->kind)->name, id.p).p;
    found = follow_present(h, by_id, err);
    return found ? found : follow_former(h, by_id, err);
}

static int find_resource(struct history *h, struct err *err)
{
    h->follows = true;
    int found = follow_present(h, h->options.selector, err);
    if (found == 0)
        found = follow_former(h, h->options.selector, err);
    if (found == 0)
        return err_set(err, ERR_USAGE,
                       "\"%.100s\": nothing is or was called that; \"iokeeper list\" tells what is "
                       "there, \"iokeeper list --deleted\" what was",
                       h->options.selector);
    return found < 0 ? -1 : 0;
}

/* Whether commits are sought by what they did to a file: the timeline knows that at once. */
static bool looks_far(const struct history *h)
{
    return h->options.selector || h->options.deleted || h->options.kind;
}

/* Where it cannot be kept, for whatever reason, the trees have to do. */
static int keep_timeline(struct history *h, struct err *err)
{
    struct err why;
    if (mirror_keep_timeline(h->store, &h->options.pace, &why) == 0)
        return 0;
    if (why.cls == ERR_STOP)
        *err = why;
    return why.cls == ERR_STOP ? -1 : 0;
}

int history_open(const struct history_options *options, struct history **ret_history,
                 struct err *err)
{
    struct history *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    h->options = *options;
    h->store = options->names->store;
    h->start = options->names->commit;
    *ret_history = h;
    if (looks_far(h) && keep_timeline(h, err) < 0)
        return -1;
    if (store_log_open(h->store, &h->start, &h->log, err) < 0)
        return -1;
    if (!options->selector && options->deleted)
        store_log_seek(h->log, NULL);
    return options->selector ? find_resource(h, err) : 0;
}

/* ---- what is wanted ---- */

static bool holds(struct str text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static bool holds_any_case(struct str text, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= text.n; i++)
        if (strncasecmp(text.p + i, part, n) == 0)
            return true;
    return false;
}

static bool value_holds(const struct node *value, const char *part)
{
    struct buf text = BUF_MAX(VALUE_MAX);
    if (!value)
        return false;
    if (value->type == NODE_STRING)
        return holds(value->text, part);
    json_write(&text, value);
    bool found = holds(buf_view(&text), part);
    buf_release(&text);
    return found;
}

static bool fields_hold(const struct difference_details *details, const char *part)
{
    for (const struct change_field *field = details->fields; field; field = field->next)
        if (holds(str_of(field->path), part) || value_holds(field->before, part) ||
            value_holds(field->after, part))
            return true;
    return false;
}

static bool is_commit_wanted(const struct history *h, const struct store_log_row *commit)
{
    const struct history_options *o = &h->options;
    return (!o->since || commit->authored >= o->since) &&
           (!o->until || commit->authored <= o->until) &&
           (!o->author || holds_any_case(commit->author, o->author) ||
            holds_any_case(commit->email, o->author));
}

/* Whether a row is of the resource that is followed. */
static bool is_its_own(const struct history *h, const struct difference_row *row)
{
    return row->is_ours && row->kind == h->kind &&
           (is_its_id(h, row->id) || is_its_id(h, row->old_id));
}

/* Whether a row stands or stood in the folder of the integration that is followed. */
static bool is_its_member(const struct history *h, const struct difference_row *row)
{
    const struct str paths[] = {row->path, row->old_path};
    struct layout_place place;
    for (size_t i = 0; i < 2 && row->is_ours && h->kind == KIND_INTEGRATION; i++)
        if (layout_parse(paths[i], &place) && is_its_id(h, place.owner))
            return true;
    return false;
}

static bool is_row_wanted(const struct history *h, const struct difference_row *row)
{
    const struct history_options *o = &h->options;
    if (h->follows)
        return is_its_own(h, row) || is_its_member(h, row);
    return (!o->kind || (row->is_ours && row->kind == o->kind->id)) &&
           (!o->deleted || (row->is_ours && difference_verb(row) == '-'));
}

/* ---- the way ---- */

/* What was created anew goes on under the ids that it had before, and what came back from the bin
 * under its own, maybe by another name: so from a creation on any path counts that has one of them,
 * until one comes up. */
static void follow_origin(struct history *h, const struct difference_row *row)
{
    struct str *origins;
    const char *ids[IDS_MAX];
    size_t n = idmap_origins(&h->difference.ids, h->kind, row->id, &h->commit_arena, &origins);
    for (size_t i = 0; i < n; i++)
        if (!is_its_id(h, origins[i]))
            add_id(h, origins[i]);
    for (size_t i = 0; i < h->ids_n; i++)
        ids[i] = h->ids[i].p;
    store_log_seek(h->log, &(struct store_parts){.texts = ids, .n = h->ids_n});
}

/* Where a resource stood before a change is what is followed from there on. */
static void follow_back(struct history *h, const struct difference_row *row)
{
    if (!h->follows || !is_its_own(h, row))
        return;
    if (!row->old_path.n) {
        follow_origin(h, row);
        return;
    }
    if (row->old_id.n && !is_its_id(h, row->old_id))
        add_id(h, row->old_id);
    if (!str_eq(h->path, row->old_path) || !row->path.n)
        follow(h, row->old_path);
}

/* An integration stands for all in its folder. */
static bool follows_one(const struct history *h)
{
    return h->follows && h->kind != KIND_INTEGRATION;
}

/* Reads a row that may be wanted: 1 where it is. */
static int read_change(struct history *h, const struct difference_row *row,
                       struct history_change *ret, struct err *err)
{
    bool alone = follows_one(h) && h->difference.n == 1;
    ret->row = row;
    if (difference_read_on(&h->difference, row, alone ? &h->last : NULL, &h->commit_arena,
                           &ret->details, err) < 0)
        return -1;
    const char *grep = h->options.grep;
    if (h->follows && h->options.deleted && difference_verb(row) != '-')
        return 0;
    return !grep || fields_hold(&ret->details, grep);
}

static int open_difference(struct history *h, const struct store_log_row *commit, struct err *err)
{
    if (follows_one(h))
        return difference_open_of(&h->difference, h->store, &commit->parent, &commit->id, h->kind,
                                  h->ids, h->ids_n, err);
    return difference_open(&h->difference, h->store, &commit->parent, &commit->id, err);
}

/* Reads what a commit did: 1 where something of it is wanted. */
static int read_event(struct history *h, struct history_event *ret, struct err *err)
{
    difference_release(&h->difference);
    if (open_difference(h, &ret->commit, err) < 0)
        return -1;
    ret->changes = arena_array(&h->commit_arena, h->difference.n + 1, sizeof *ret->changes);
    ret->n = 0;
    bool commit_wanted = is_commit_wanted(h, &ret->commit);
    for (size_t i = 0; i < h->difference.n; i++) {
        const struct difference_row *row = &h->difference.rows[i];
        if (!is_row_wanted(h, row))
            continue;
        int wanted = commit_wanted ? read_change(h, row, &ret->changes[ret->n], err) : 0;
        if (wanted < 0)
            return -1;
        ret->n += wanted > 0;
        follow_back(h, row);
    }
    bool any = !h->follows && !h->options.kind && !h->options.deleted && !h->options.grep;
    return ret->n > 0 || (any && commit_wanted);
}

/* Whether all that is left is too old; commits are in the order of their dates but for clocks. */
static bool is_past(struct history *h, const struct store_log_row *commit)
{
    bool older = h->options.since && commit->committed < h->options.since;
    h->older = older ? h->older + 1 : 0;
    return h->older > OLDER_MAX;
}

/* Whether a commit has to be looked into: one that is not wanted only where a resource is followed
 * through it. */
static bool is_of_use(const struct history *h, const struct store_log_row *commit)
{
    return h->follows || is_commit_wanted(h, commit);
}

int history_next(struct history *h, struct history_event *ret, struct err *err)
{
    int more;
    for (;;) {
        arena_reset(&h->commit_arena);
        *ret = (struct history_event){0};
        more = store_log_next(h->log, &h->commit_arena, &ret->commit, err);
        if (more <= 0 || is_past(h, &ret->commit))
            return more < 0 ? -1 : 0;
        if (tell_pace(h, err) < 0)
            return -1;
        more = is_of_use(h, &ret->commit) ? read_event(h, ret, err) : 0;
        if (more)
            return more;
    }
}

void history_free(struct history *h)
{
    if (!h)
        return;
    store_log_free(h->log);
    difference_release(&h->difference);
    difference_forget(&h->last);
    arena_release(&h->commit_arena);
    arena_release(&h->arena);
    free(h);
}
