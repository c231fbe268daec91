/* verb_diff: what differs between two commits, or from the account as it is now. */
#include <stdio.h>

#include "app/command.h"
#include "app/output.h"
#include "app/terminal.h"
#include "difference_output.h"
#include "live.h"
#include "model/layout.h"
#include "route/mirror.h"
#include "route/select.h"

enum { PATCH_MAX = 1 << 30 };

struct comparison {
    const struct invocation *in;
    struct store *store;
    struct oid from, to;
    struct names before, after;
    struct difference difference;
    bool *wanted; /* by row */
    size_t added, changed, deleted;
};

/* ---- which commits ---- */

/* From the commit before --to to it; with --live from what was the newest to what the account is.
 */
static int find_commits(struct comparison *c, struct err *err)
{
    const struct invocation *in = c->in;
    if (in->live && in->to)
        return err_set(err, ERR_USAGE, "--live and --to exclude each other");
    if ((in->live || in->look.from) && mirror_find(c->store, in->look.from, &c->from, err) < 0)
        return -1;
    if (in->live && live_sync(in, err) < 0)
        return -1;
    if (mirror_find(c->store, in->to, &c->to, err) < 0)
        return -1;
    return in->live || in->look.from ? 0 : mirror_before(c->store, &c->to, &c->from, err);
}

/* ---- which resources ---- */

/* Marks the rows of a resource, and of what belongs to it where it is an integration. */
static void want(struct comparison *c, const struct entry *entry)
{
    for (size_t i = 0; i < c->difference.n; i++) {
        const struct difference_row *row = &c->difference.rows[i];
        struct layout_place places[2] = {{0}};
        if (!row->is_ours)
            continue;
        bool fits = row->kind == entry->kind &&
                    (str_eq(row->id, entry->id) || str_eq(row->old_id, entry->id));
        for (size_t side = 0; side < 2 && entry->kind == KIND_INTEGRATION; side++)
            fits |= layout_parse(side ? row->path : row->old_path, &places[side]) &&
                    str_eq(places[side].owner, entry->id);
        c->wanted[i] |= fits;
    }
}

/* Finds what a selector means on the newer side, else on the older. */
static int want_one(struct comparison *c, const char *text, struct err *err)
{
    struct names *sides[] = {&c->after, &c->before};
    struct entry *entry = NULL;
    for (size_t i = 0; i < 2 && !entry; i++) {
        const struct snapshot *s = names_snapshot(sides[i], err);
        if (!s || select_find(s, text, &entry, err) < 0)
            return -1;
    }
    if (!entry) /* for the text that says how to look for it */
        return select_one_of(&c->after.snapshot, text, "either commit", &entry, err);
    want(c, entry);
    return 0;
}

static int choose_rows(struct comparison *c, struct err *err)
{
    c->wanted = arena_array(&c->difference.arena, c->difference.n + 1, sizeof *c->wanted);
    for (size_t i = 0; c->in->n_args == 0 && i < c->difference.n; i++)
        c->wanted[i] = true;
    for (int i = 0; i < c->in->n_args; i++)
        if (want_one(c, c->in->args[i], err) < 0)
            return -1;
    return 0;
}

/* ---- what is shown ---- */

static void count(struct comparison *c, const struct difference_row *row)
{
    char verb = difference_verb(row);
    c->added += verb == '+';
    c->changed += verb == '~';
    c->deleted += verb == '-';
}

static int show_rows(struct comparison *c, struct err *err)
{
    struct difference_view view = {.in = c->in,
                                   .before = &c->before,
                                   .after = &c->after,
                                   .depth = c->in->look.stat ? DEPTH_ROW : DEPTH_VALUES};
    struct arena scratch = {0};
    int result = 0;
    for (size_t i = 0; result == 0 && i < c->difference.n; i++) {
        const struct difference_row *row = &c->difference.rows[i];
        struct difference_details details;
        if (!c->wanted[i])
            continue;
        arena_reset(&scratch);
        result = difference_read(&c->difference, row, &scratch, &details, err);
        /* A document whose stamps alone differ is as it was. */
        if (result == 0 && difference_verb(row) == '~' && !details.fields && !details.unreadable &&
            str_eq(row->path, row->old_path))
            continue;
        count(c, row);
        if (result == 0 && !c->in->quiet)
            result = difference_print(&view, row, &details, err);
    }
    arena_release(&scratch);
    return result;
}

static const char **paths_of(struct comparison *c, size_t *ret_n)
{
    const char **paths = arena_array(&c->difference.arena, 3 * c->difference.n + 1, sizeof *paths);
    size_t n = 0;
    for (size_t i = 0; i < c->difference.n; i++) {
        const struct difference_row *row = &c->difference.rows[i];
        const struct str all[] = {row->path, row->old_path, row->beside_path};
        for (size_t k = 0; k < 3 && c->wanted[i]; k++)
            if (all[k].n)
                paths[n++] = all[k].p;
    }
    *ret_n = n;
    return paths;
}

/* As it is for a program that applies it; in colour, and harmless, for a person. */
static void print_patch(struct str patch)
{
    if (!terminal_is_person()) {
        fwrite(patch.p, 1, patch.n, stdout);
        return;
    }
    while (patch.n)
        output_patch_line(str_cut(&patch, '\n'), "");
}

static int show_patch(struct comparison *c, struct err *err)
{
    struct buf patch = BUF_MAX(PATCH_MAX);
    size_t n;
    const char **paths = paths_of(c, &n);
    int result = n ? store_patch(c->store, &c->from, &c->to, paths, n, &patch, err) : 0;
    for (size_t i = 0; i < c->difference.n; i++)
        if (c->wanted[i])
            count(c, &c->difference.rows[i]);
    if (result == 0 && !c->in->quiet)
        print_patch(buf_view(&patch));
    buf_release(&patch);
    return result;
}

static int exit_code_of(const struct comparison *c)
{
    bool differs = c->added + c->changed + c->deleted > 0;
    return differs && c->in->look.exit_code ? EXIT_DIFFERENT : EXIT_DONE;
}

static void print_summary(const struct comparison *c)
{
    struct arena scratch = {0};
    struct node fields = node_map(&scratch, 7);
    char from[OID_HEX + 1] = "", to[OID_HEX + 1];
    if (!oid_is_zero(&c->from))
        oid_to_hex(&c->from, from);
    oid_to_hex(&c->to, to);
    bool differs = c->added + c->changed + c->deleted > 0;
    output_set(&scratch, &fields, "result", differs ? "different" : "same");
    output_set(&scratch, &fields, "from", from);
    output_set(&scratch, &fields, "to", to);
    output_set_number(&scratch, &fields, "added", (int64_t)c->added);
    output_set_number(&scratch, &fields, "changed", (int64_t)c->changed);
    output_set_number(&scratch, &fields, "deleted", (int64_t)c->deleted);
    output_set_number(&scratch, &fields, "exit", exit_code_of(c));
    output_json(&scratch, "summary", fields);
    arena_release(&scratch);
}

static void print_closing(const struct comparison *c)
{
    char from[OID_HEX + 1] = "nothing", to[OID_HEX + 1];
    if (!oid_is_zero(&c->from))
        oid_to_hex(&c->from, from);
    oid_to_hex(&c->to, to);
    if (c->added + c->changed + c->deleted == 0)
        output_line("no difference between %.10s and %.10s", from, to);
    else
        output_line("%zu added, %zu changed, %zu deleted between %.10s and %.10s", c->added,
                    c->changed, c->deleted, from, to);
}

static int compare(struct comparison *c, struct err *err)
{
    const struct invocation *in = c->in;
    if (in->look.patch && (in->json || in->look.stat))
        return err_set(err, ERR_USAGE, "--patch and %s exclude each other",
                       in->json ? "--json" : "--stat");
    if (find_commits(c, err) < 0)
        return -1;
    store_timeline_use(c->store);
    names_init(&c->before, c->store, &c->from);
    names_init(&c->after, c->store, &c->to);
    if (difference_open(&c->difference, c->store, &c->from, &c->to, err) < 0 ||
        choose_rows(c, err) < 0 || (in->look.patch ? show_patch(c, err) : show_rows(c, err)) < 0)
        return -1;
    if (in->json)
        print_summary(c);
    else if (!in->quiet && !in->look.patch)
        print_closing(c);
    return exit_code_of(c);
}

int verb_diff(struct invocation *in, struct err *err)
{
    struct comparison c = {.in = in};
    int code = mirror_open(in->config.mirror_path, in->config.branch, &c.store, err);
    if (code == 0)
        code = compare(&c, err);
    difference_release(&c.difference);
    names_release(&c.before);
    names_release(&c.after);
    store_close(c.store);
    return code;
}
