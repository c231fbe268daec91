#include "difference_output.h"

#include <string.h>

#include "app/output.h"
#include "base/clock.h"
#include "format/json.h"
#include "format/utf8.h"
#include "model/hole.h"
#include "model/layout.h"

/* What a person is shown of a value, and of a row's fields, before the rest is cut or counted;
 * --verbose shows all. */
enum { VALUE_SHOWN = 160, FIELDS_SHOWN = 40, PATHS_SHOWN = 8, VALUE_MAX = 16 << 20 };

static const char *word_of(char verb)
{
    return verb == '+' ? "added" : verb == '-' ? "deleted" : "changed";
}

static enum style style_of(char verb)
{
    return verb == '+' ? STYLE_ADDED : verb == '-' ? STYLE_REMOVED : STYLE_CHANGED;
}

/* ---- values ---- */

static bool is_multiline(const struct node *value)
{
    return value && value->type == NODE_STRING && str_find(value->text, '\n') < value->text.n;
}

/* Whether a value is hidden in the mirror, wholly or in part. In a text of several lines the mark
 * stands for what is hidden, and the rest can be shown. */
static bool hides(const struct node *value)
{
    return value && !is_multiline(value) && !hole_is_whole(value);
}

static bool is_secret(const struct change_field *field)
{
    return hides(field->before) || hides(field->after);
}

/* The kind that a field refers to by the last key of its path; NULL: to none. */
static const struct kind *target_of(const char *path)
{
    struct str key = str_of(path);
    while (key.n && key.p[key.n - 1] == ']')
        while (key.n && key.p[--key.n] != '[')
            ;
    for (size_t i = key.n; i > 0; i--)
        if (key.p[i - 1] == '.') {
            key = str_sub(key, i, key.n - i);
            break;
        }
    const struct kind_ref *ref = kind_ref_of(key);
    return ref ? kind_of(ref->target) : NULL;
}

/* The name of what a value refers to; empty where it is no reference, or to nothing known. */
static struct str name_of(struct names *names, const char *path, const struct node *value)
{
    const struct kind *target = target_of(path);
    if (!target || !value || value->type != NODE_STRING || !layout_id_is_safe(value->text))
        return STR("");
    return names_of(names, target->id, value->text);
}

static void print_value(const struct difference_view *view, struct names *names, const char *path,
                        const struct node *value)
{
    struct str name = name_of(names, path, value);
    struct buf text = BUF_MAX(VALUE_MAX);
    if (name.n) {
        output_span(STYLE_PLAIN, "\"%.*s\" (%.*s)", STR_ARG(name), STR_ARG(value->text));
        return;
    }
    json_write(&text, value);
    struct str shown = view->in->verbose ? buf_view(&text) : utf8_cut(buf_view(&text), VALUE_SHOWN);
    output_span(STYLE_PLAIN, "%.*s%s", STR_ARG(shown), shown.n < text.n ? "…" : "");
    buf_release(&text);
}

/* The lines in which two texts differ. */
static int print_lines(const struct change_field *field, struct err *err)
{
    struct buf patch = BUF_MAX(VALUE_MAX);
    int result = store_patch_text(field->before ? field->before->text : STR(""),
                                  field->after ? field->after->text : STR(""), &patch, err);
    struct str rest = buf_view(&patch);
    while (result == 0 && rest.n)
        output_patch_line(str_cut(&rest, '\n'), "      ");
    buf_release(&patch);
    return result;
}

/* ---- fields ---- */

static bool shows_lines(const struct change_field *field)
{
    return is_multiline(field->before) || is_multiline(field->after);
}

static int print_field(const struct difference_view *view, const struct change_field *field,
                       struct err *err)
{
    char mark = !field->before ? '+' : !field->after ? '-' : ' ';
    output_span(style_of(mark == ' ' ? '~' : mark), "    %c ", mark);
    output_span(STYLE_BOLD, "%s", field->path);
    if (field->moved) {
        output_span(STYLE_PLAIN, ": moved from place %zu to %zu", field->from + 1, field->to + 1);
    } else if (is_secret(field)) {
        output_span(STYLE_PLAIN, ": %s (secret)",
                    mark == '+'   ? "added"
                    : mark == '-' ? "removed"
                                  : "changed");
    } else if (shows_lines(field)) {
        output_end();
        return print_lines(field, err);
    } else {
        output_span(STYLE_PLAIN, ": ");
        if (field->before)
            print_value(view, view->before, field->path, field->before);
        if (mark == ' ')
            output_span(STYLE_DIM, " → ");
        if (field->after)
            print_value(view, view->after, field->path, field->after);
    }
    output_end();
    return 0;
}

static bool is_renamed(const struct difference_row *row, const struct difference_details *details)
{
    return difference_verb(row) == '~' && details->name.n && details->old_name.n &&
           !str_eq(details->name, details->old_name);
}

/* Whether a field has been told already: a new name, or the id of what was created anew. */
static bool is_told(const struct difference_row *row, const struct difference_details *details,
                    const struct change_field *field)
{
    return (is_renamed(row, details) && strcmp(field->path, "name") == 0) ||
           (row->old_id.n && strcmp(field->path, "_id") == 0);
}

static int print_fields(const struct difference_view *view, const struct difference_row *row,
                        const struct difference_details *details, struct err *err)
{
    size_t n = 0, most = view->in->verbose ? SIZE_MAX : FIELDS_SHOWN;
    for (const struct change_field *f = details->fields; f && n < most; f = f->next, n++)
        if (!is_told(row, details, f) && print_field(view, f, err) < 0)
            return -1;
    if (details->fields_n > n)
        output_line("      … and %zu more fields (--verbose shows all)", details->fields_n - n);
    return 0;
}

static void print_count(const char *before, size_t n, const char *what, const char *happened)
{
    output_span(STYLE_PLAIN, "%s%zu %s%s %s", before, n, what, n == 1 ? "" : "s", happened);
}

/* Rows of a list that came, went and changed, "3 rows added". */
static void print_row_counts(const struct difference_details *details)
{
    size_t added = 0, removed = 0;
    for (const struct change_field *f = details->fields; f; f = f->next) {
        added += !f->before;
        removed += !f->after;
    }
    size_t changed = details->fields_n - added - removed;
    if (added)
        print_count(": ", added, "row", "added");
    if (removed)
        print_count(added ? ", " : ": ", removed, "row", "removed");
    if (changed)
        print_count(added + removed ? ", " : ": ", changed, "field", "changed");
}

static void print_paths(const struct difference_details *details)
{
    size_t n = 0;
    for (const struct change_field *f = details->fields; f && n < PATHS_SHOWN; f = f->next, n++)
        output_span(STYLE_PLAIN, "%s%s%s", n ? ", " : ": ", f->path, f->moved ? " moved" : "");
    if (details->fields_n > n)
        output_span(STYLE_PLAIN, " and %zu more", details->fields_n - n);
}

/* ---- rows ---- */

/* Of a file of rows: whose it is. */
static void print_rows_title(const struct difference_view *view, const struct difference_row *row)
{
    struct str owner = row->id.n ? names_of(view->after, KIND_INTEGRATION, row->id) : STR("");
    output_span(STYLE_PLAIN, "%s ", kind_of(row->kind)->name);
    if (row->part.n)
        output_span(STYLE_PLAIN, "%.*s ", STR_ARG(row->part));
    if (owner.n)
        output_span(STYLE_PLAIN, "of \"%.*s\"", STR_ARG(owner));
    else
        output_span(STYLE_PLAIN, "of %s", row->id.n ? row->id.p : "the account");
}

static void print_title(const struct difference_view *view, const struct difference_row *row,
                        const struct difference_details *details)
{
    char verb = difference_verb(row);
    struct str name = verb == '-' ? details->old_name : details->name;
    output_span(style_of(verb), "%c ", verb);
    if (!row->is_ours) {
        output_span(STYLE_PLAIN, "%s", row->path.n ? row->path.p : row->old_path.p);
    } else if (!kind_is_document(kind_of(row->kind))) {
        print_rows_title(view, row);
    } else {
        output_span(STYLE_PLAIN, "%s ", kind_of(row->kind)->name);
        output_span(STYLE_BOLD, "\"%.*s\"", STR_ARG(name));
        output_span(STYLE_DIM, " (%.*s)", STR_ARG(row->id));
    }
}

/* What became of it as a whole, a line each. */
static void print_fate(const struct difference_row *row, const struct difference_details *details)
{
    if (is_renamed(row, details))
        output_line("    renamed from \"%.*s\"", STR_ARG(details->old_name));
    if (difference_moved(row))
        output_line("    moved from %.*s to %.*s", STR_ARG(layout_folder(row->old_path)),
                    STR_ARG(layout_folder(row->path)));
    if (row->old_id.n)
        output_line("    created anew; its id was %.*s", STR_ARG(row->old_id));
    if (row->is_ours && details->unreadable)
        output_line("    cannot be read as a document; --patch shows its lines");
}

static int print_for_people(const struct difference_view *view, const struct difference_row *row,
                            const struct difference_details *details, struct err *err)
{
    print_title(view, row, details);
    if (view->depth == DEPTH_ROW && details->fields_n)
        output_span(STYLE_PLAIN, ": %zu field%s", details->fields_n,
                    details->fields_n == 1 ? "" : "s");
    else if (details->rows_only)
        print_row_counts(details);
    else if (view->depth == DEPTH_PATHS)
        print_paths(details);
    output_end();
    if (view->depth == DEPTH_ROW)
        return 0;
    print_fate(row, details);
    if (view->depth != DEPTH_VALUES || details->rows_only)
        return 0;
    return print_fields(view, row, details, err);
}

/* ---- for programs ---- */

/* Sets a text where there is one. */
static void set_if_any(struct arena *a, struct node *map, const char *key, struct str text)
{
    if (text.n)
        output_set_str(a, map, key, text);
}

static struct node field_node(const struct difference_view *view, const struct change_field *field,
                              struct arena *a)
{
    struct node map = node_map(a, 6);
    output_set(a, &map, "path", field->path);
    if (field->moved) {
        output_set_number(a, &map, "moved_from", (int64_t)field->from);
        output_set_number(a, &map, "moved_to", (int64_t)field->to);
    }
    if (is_secret(field)) {
        output_set_flag(a, &map, "secret", true);
        return map;
    }
    if (field->before && !field->moved)
        node_map_set(a, &map, STR("before"), *field->before);
    if (field->after && !field->moved)
        node_map_set(a, &map, STR("after"), *field->after);
    set_if_any(a, &map, "before_name", name_of(view->before, field->path, field->before));
    set_if_any(a, &map, "after_name", name_of(view->after, field->path, field->after));
    return map;
}

static void print_for_programs(const struct difference_view *view, const struct difference_row *row,
                               const struct difference_details *details)
{
    struct arena scratch = {0}, *a = &scratch;
    struct node map = node_map(a, 12), fields = node_list(a, details->fields_n);
    char verb = difference_verb(row);
    output_set(a, &map, "verb", word_of(verb));
    if (view->commit)
        output_set(a, &map, "commit", view->commit);
    output_set(a, &map, "kind", row->is_ours ? kind_of(row->kind)->name : "file");
    set_if_any(a, &map, "id", row->id);
    set_if_any(a, &map, "old_id", row->old_id);
    set_if_any(a, &map, "name", verb == '-' ? details->old_name : details->name);
    if (is_renamed(row, details))
        set_if_any(a, &map, "old_name", details->old_name);
    set_if_any(a, &map, "path", row->path);
    if (!str_eq(row->path, row->old_path))
        set_if_any(a, &map, "old_path", row->old_path);
    for (const struct change_field *f = details->fields; f && view->depth != DEPTH_ROW; f = f->next)
        node_list_add(a, &fields, field_node(view, f, a));
    output_set_number(a, &map, "fields_n", (int64_t)details->fields_n);
    node_map_set(a, &map, STR("fields"), fields);
    output_json(a, "change", map);
    arena_release(&scratch);
}

int difference_print(const struct difference_view *view, const struct difference_row *row,
                     const struct difference_details *details, struct err *err)
{
    if (!view->in->json)
        return print_for_people(view, row, details, err);
    print_for_programs(view, row, details);
    return 0;
}
