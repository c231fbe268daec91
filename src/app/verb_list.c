/* verb_list: what the mirror holds or held, and what is gone from it. */
#include <stdio.h>
#include <unistd.h>

#include "app/command.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/table.h"
#include "look.h"
#include "route/history.h"

struct listing {
    const struct invocation *in;
    const struct kind *kind; /* NULL: all */
    struct names names;      /* of the commit that is looked at */
    struct table table;
    size_t n;
};

static int read_kind(struct listing *l, struct err *err)
{
    const char *word = l->in->n_args ? l->in->args[0] : NULL;
    l->kind = word ? kind_find(str_of(word)) : NULL;
    if (word && (!l->kind || !kind_is_document(l->kind)))
        return err_set(err, ERR_USAGE,
                       "\"%.40s\": no kind of resource is called that; they are integration, flow, "
                       "export, import, connection, script and so on",
                       word);
    return 0;
}

/* ---- what is there ---- */

static void tell_entry(struct listing *l, const struct snapshot *s, const struct entry *entry,
                       struct str name, struct str owner)
{
    struct arena scratch = {0}, *a = &scratch;
    struct str path = index_path(&s->index, a, entry);
    if (!l->in->json) {
        table_cell(&l->table, STYLE_PLAIN, str_of(kind_of(entry->kind)->name));
        table_cell(&l->table, STYLE_BOLD, name);
        table_cell(&l->table, STYLE_DIM, entry->id);
        table_cell(&l->table, STYLE_PLAIN, owner);
    } else {
        struct node fields = node_map(a, 6);
        output_set(a, &fields, "kind", kind_of(entry->kind)->name);
        output_set_str(a, &fields, "id", entry->id);
        output_set_str(a, &fields, "name", name);
        output_set_str(a, &fields, "path", path);
        output_set_str(a, &fields, "integration_id", entry->owner);
        output_set_str(a, &fields, "integration", owner);
        output_json(a, "resource", fields);
    }
    arena_release(&scratch);
}

static int tell_kind(struct listing *l, const struct snapshot *s, const struct kind *kind,
                     struct index_file *files, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct entry *entry = files[i].entry;
        if (files[i].beside || entry->kind != kind->id)
            continue;
        struct str name, owner = STR("");
        if (snapshot_read_name(l->names.store, &entry->blob, &l->names.arena, &name, err) < 0)
            return -1;
        if (entry->owner.n && entry->kind != KIND_INTEGRATION)
            owner = names_of(&l->names, KIND_INTEGRATION, entry->owner);
        tell_entry(l, s, entry, name, owner);
        l->n++;
    }
    return 0;
}

/* By kind in the order of the table, then by path: names that are alike stand together. */
static int tell_present(struct listing *l, struct err *err)
{
    static const char *const heads[] = {"KIND", "NAME", "ID", "INTEGRATION"};
    const struct snapshot *s = names_snapshot(&l->names, err);
    struct index_file *files;
    size_t n;
    if (!s)
        return -1;
    index_files(&s->index, &l->names.arena, &files, &n);
    table_init(&l->table, heads, 4);
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const struct kind *kind = kind_of((enum kind_id)k);
        if (kind_is_document(kind) && (!l->kind || l->kind == kind) &&
            tell_kind(l, s, kind, files, n, err) < 0)
            return -1;
    }
    table_print(&l->table, 1);
    return 0;
}

/* ---- what is gone ---- */

static void tell_gone(struct listing *l, const struct store_log_row *commit,
                      const struct history_change *change)
{
    struct arena scratch = {0}, *a = &scratch;
    char hex[OID_HEX + 1], when[OUTPUT_TIME];
    oid_to_hex(&commit->id, hex);
    output_time(commit->authored, when);
    if (!l->in->json) {
        table_cell(&l->table, STYLE_PLAIN, str_of(kind_of(change->row->kind)->name));
        table_cell(&l->table, STYLE_BOLD, change->details.old_name);
        table_cell(&l->table, STYLE_DIM, change->row->id);
        table_cell(&l->table, STYLE_PLAIN, str_of(when));
        table_cell(&l->table, STYLE_PLAIN, commit->author);
        table_cell(&l->table, STYLE_COMMIT, arena_printf(a, "%.10s", hex));
    } else {
        struct node fields = node_map(a, 8);
        output_set(a, &fields, "kind", kind_of(change->row->kind)->name);
        output_set_str(a, &fields, "id", change->row->id);
        output_set_str(a, &fields, "name", change->details.old_name);
        output_set_str(a, &fields, "path", change->row->old_path);
        node_map_set(a, &fields, STR("deleted"), node_time(a, commit->authored));
        output_set_str(a, &fields, "author", commit->author);
        output_set_str(a, &fields, "email", commit->email);
        output_set(a, &fields, "commit", hex);
        output_json(a, "deleted", fields);
    }
    arena_release(&scratch);
    l->n++;
}

/* Whether a resource that went away is there again, under its id or another. */
static bool is_back(struct listing *l, const struct difference_row *row)
{
    const struct snapshot *s = &l->names.snapshot;
    return snapshot_find(s, row->kind, idmap_get(&s->ids, row->kind, row->id)) != NULL;
}

/* Tells those that one commit took; each once, of the last time that it went. */
static void tell_event(struct listing *l, struct map *told, const struct history_event *event)
{
    for (size_t i = 0; i < event->n; i++) {
        const struct difference_row *row = event->changes[i].row;
        if (!kind_is_document(kind_of(row->kind)) || is_back(l, row))
            continue;
        struct str key = arena_printf(&l->names.arena, "%d %.*s", (int)row->kind, STR_ARG(row->id));
        if (!map_put(told, key, l))
            tell_gone(l, &event->commit, &event->changes[i]);
    }
}

static int tell_deleted(struct listing *l, struct err *err)
{
    static const char *const heads[] = {"KIND", "NAME", "ID", "DELETED", "BY", "COMMIT"};
    struct progress progress;
    progress_init(&progress, STDERR_FILENO, !l->in->quiet && !l->in->json);
    progress.view.unit = "commits";
    struct history_options options = {.names = &l->names,
                                      .kind = l->kind,
                                      .deleted = true,
                                      .pace = progress_pace(&progress, l->in->stop_fd)};
    struct history *history = NULL;
    struct history_event event;
    struct map told = {0};
    table_init(&l->table, heads, 6);
    if (!names_snapshot(&l->names, err))
        return -1;
    int more = history_open(&options, &history, err);
    while (more >= 0 && (more = history_next(history, &event, err)) > 0)
        tell_event(l, &told, &event);
    progress_finish(&progress);
    history_free(history);
    map_release(&told);
    if (more == 0)
        table_print(&l->table, 1);
    return more;
}

/* ---- all ---- */

static void print_closing(const struct listing *l)
{
    struct arena scratch = {0};
    struct node fields = node_map(&scratch, 3);
    char hex[OID_HEX + 1];
    oid_to_hex(&l->names.commit, hex);
    if (l->in->json) {
        output_set(&scratch, &fields, "commit", hex);
        output_set_number(&scratch, &fields, "resources", (int64_t)l->n);
        output_set_number(&scratch, &fields, "exit", EXIT_DONE);
        output_json(&scratch, "summary", fields);
    } else if (!l->in->quiet) {
        const struct kind *kind = l->kind;
        const char *one = kind ? kind->name : "resource", *many = kind ? kind->plural : "resources";
        output_line("%zu %s %s %.10s", l->n, l->n == 1 ? one : many,
                    l->in->look.deleted ? "gone from" : "in", hex);
    }
    arena_release(&scratch);
}

int verb_list(struct invocation *in, struct err *err)
{
    struct listing l = {.in = in};
    if (read_kind(&l, err) < 0)
        return -1;
    int code = look_open(&in->config, in->at, &l.names, err);
    if (code == 0)
        code = in->look.deleted ? tell_deleted(&l, err) : tell_present(&l, err);
    if (code == 0)
        print_closing(&l);
    table_release(&l.table);
    look_close(&l.names);
    return code;
}
