/*
 * A run on disk, in the git directory:
 *
 *     iokeeper/run                  name of the run that is unfinished; none where none is
 *     iokeeper/runs/RUN/plan.json   what it is about: options, commits, steps
 *     iokeeper/runs/RUN/journal     intent before each write, outcome after it (port/journal.h)
 *
 * The plan is on disk before the mark, the mark before the first write to the account.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "format/json.h"
#include "model/layout.h"
#include "restoration.h"

enum { PLAN_MAX = 256 << 20, NAME_MAX_BYTES = 80 };

static const char mark_name[] = "run";
static const char runs_name[] = "runs";

/* ---- the plan as a document ---- */

static void set(struct arena *a, struct node *map, const char *key, struct node value)
{
    node_map_set(a, map, str_of(key), value);
}

static void set_text(struct arena *a, struct node *map, const char *key, const char *text)
{
    if (text)
        set(a, map, key, node_cstring(text));
}

static void set_oid(struct arena *a, struct node *map, const char *key, const struct oid *oid)
{
    char hex[OID_HEX + 1];
    oid_to_hex(oid, hex);
    set(a, map, key, node_string(arena_str(a, str_of(hex))));
}

const char *const restore_conflict_words[CONFLICTS] = {
    [CONFLICT_FAIL] = "fail", [CONFLICT_RENAME] = "rename", [CONFLICT_ADOPT] = "adopt"};
const char *const restore_sandbox_words[SANDBOXES] = {
    [COPIES_AS_THEY_ARE] = "keep", [COPIES_IN_SANDBOX] = "true", [COPIES_IN_PRODUCTION] = "false"};

static struct node options_document(const struct restore_options *o, struct arena *a)
{
    struct node map = node_map(a, 16), selectors = node_list(a, o->selectors_n);
    for (size_t i = 0; i < o->selectors_n; i++)
        node_list_add(a, &selectors, node_cstring(o->selectors[i]));
    set(a, &map, "selectors", selectors);
    set(a, &map, "all", node_bool(o->all));
    set(a, &map, "prune", node_bool(o->prune));
    set(a, &map, "with_dependencies", node_bool(o->with_dependencies));
    set(a, &map, "connections", node_bool(o->connections));
    set(a, &map, "enable_flows", node_bool(o->enable_flows));
    set(a, &map, "force_managed", node_bool(o->force_managed));
    set(a, &map, "clone", node_bool(o->clone));
    set_text(a, &map, "on_conflict", restore_conflict_words[o->on_conflict]);
    set_text(a, &map, "sandbox", restore_sandbox_words[o->sandbox]);
    set_text(a, &map, "name", o->name);
    set_text(a, &map, "map", o->map_path);
    set_text(a, &map, "source", o->source_path);
    set_text(a, &map, "source_branch", o->source_branch);
    return map;
}

/* The plan with what it was made for. */
static struct node document_of(const struct restore *r, struct arena *a)
{
    struct node map = node_map(a, 8);
    set(a, &map, "version", node_integer(a, 1));
    set_text(a, &map, "account", r->options.sync.account.url);
    set_oid(a, &map, "commit", &r->commit);
    set_oid(a, &map, "head", &r->live.commit);
    set(a, &map, "undo", node_bool(r->undoes));
    set(a, &map, "options", options_document(&r->options, a));
    set(a, &map, "ids", idmap_document(&r->ids, a));
    set(a, &map, "steps", plan_document(&r->plan, a));
    return map;
}

static bool flag_of(const struct node *map, const char *key)
{
    const struct node *flag = map ? node_get(map, str_of(key)) : NULL;
    return flag && flag->type == NODE_BOOL && flag->boolean;
}

/* A text that lives in `a`, or NULL. */
static const char *text_of(struct arena *a, const struct node *map, const char *key)
{
    const struct node *text = map ? node_get(map, str_of(key)) : NULL;
    return text && text->type == NODE_STRING ? arena_str(a, text->text).p : NULL;
}

/* The number of a word of a table; 0 where it is none of it. */
static size_t word_of(const struct node *map, const char *key, const char *const *words, size_t n)
{
    struct str word = map ? node_get_text(map, str_of(key)) : STR("");
    for (size_t i = 0; i < n; i++)
        if (str_is(word, words[i]))
            return i;
    return 0;
}

static void load_options(struct arena *a, const struct node *map, struct restore_options *o)
{
    const struct node *selectors = map ? node_get(map, STR("selectors")) : NULL;
    size_t n = selectors && selectors->type == NODE_LIST ? selectors->list.n : 0;
    char **texts = arena_array(a, n + 1, sizeof *texts);
    for (size_t i = 0; i < n; i++)
        texts[i] = (char *)arena_str(a, selectors->list.items[i].type == NODE_STRING
                                            ? selectors->list.items[i].text
                                            : STR(""))
                       .p;
    o->selectors = texts;
    o->selectors_n = n;
    o->all = flag_of(map, "all");
    o->prune = flag_of(map, "prune");
    o->with_dependencies = flag_of(map, "with_dependencies");
    o->connections = flag_of(map, "connections");
    o->enable_flows = flag_of(map, "enable_flows");
    o->force_managed = flag_of(map, "force_managed");
    o->clone = flag_of(map, "clone");
    o->on_conflict =
        (enum restore_conflict)word_of(map, "on_conflict", restore_conflict_words, CONFLICTS);
    o->sandbox = (enum restore_sandbox)word_of(map, "sandbox", restore_sandbox_words, SANDBOXES);
    o->name = text_of(a, map, "name");
    o->map_path = text_of(a, map, "map");
    o->source_path = text_of(a, map, "source");
    o->source_branch = text_of(a, map, "source_branch");
}

static int read_plan(const char *path, struct arena *a, struct node *ret, struct err *err)
{
    struct buf text = BUF_MAX(PLAN_MAX);
    int result = fs_read(path, PLAN_MAX, &text, err);
    if (result == 0)
        result = json_parse(a, buf_view(&text), ret, err);
    buf_release(&text);
    if (result < 0)
        return err_wrap(err, "plan %s", path);
    const struct node *version = node_get(ret, STR("version"));
    if (!version || version->type != NODE_NUMBER || !str_is(version->text, "1"))
        return err_set(err, ERR_USAGE, "plan %s: is no plan of this version of iokeeper", path);
    return 0;
}

/* ---- plans of people ---- */

int restore_save_plan(const struct restore *r, const char *path, struct err *err)
{
    struct arena scratch = {0};
    struct buf text = BUF_MAX(PLAN_MAX);
    struct node plan = document_of(r, &scratch);
    json_write(&text, &plan);
    buf_char(&text, '\n');
    int result = fs_replace(path, 0600, buf_view(&text), err);
    buf_release(&text);
    arena_release(&scratch);
    return result;
}

int restore_load_plan(const char *path, struct arena *a, struct restore_options *options,
                      struct err *err)
{
    struct node plan;
    if (read_plan(path, a, &plan, err) < 0)
        return -1;
    load_options(a, node_get(&plan, STR("options")), options);
    options->at = text_of(a, &plan, "commit");
    if (!options->at)
        return err_set(err, ERR_USAGE, "plan %s: names no commit", path);
    return 0;
}

static const char *describe_step(struct arena *a, const struct node *step)
{
    return step ? arena_printf(a, "%.*s %.*s \"%.*s\"", STR_ARG(node_get_text(step, STR("verb"))),
                               STR_ARG(node_get_text(step, STR("kind"))),
                               STR_ARG(node_get_text(step, STR("name"))))
                      .p
                : "nothing";
}

int restore_match(const struct restore *r, const char *path, struct err *err)
{
    static const struct node none = {.type = NODE_LIST};
    struct arena scratch = {0};
    struct node file, now = plan_document(&r->plan, &scratch);
    if (read_plan(path, &scratch, &file, err) < 0) {
        arena_release(&scratch);
        return -1;
    }
    const struct node *steps = node_get(&file, STR("steps"));
    steps = steps && steps->type == NODE_LIST ? steps : &none;
    int result = 0;
    size_t most = steps->list.n > now.list.n ? steps->list.n : now.list.n;
    struct str account = node_get_text(&file, STR("account"));
    if (!str_is(account, r->options.sync.account.url))
        result = err_set(err, ERR_USAGE, "plan %s: was made for the account at %.*s", path,
                         STR_ARG(account));
    for (size_t i = 0; result == 0 && i < most; i++) {
        const struct node *was = i < steps->list.n ? &steps->list.items[i] : NULL;
        const struct node *is = i < now.list.n ? &now.list.items[i] : NULL;
        if (!was || !is || !node_eq(was, is))
            result =
                err_set(err, ERR_CONFLICT,
                        "plan %s: the account has moved since: step %zu was \"%s\" and is "
                        "\"%s\" now; make a new plan",
                        path, i + 1, describe_step(&scratch, was), describe_step(&scratch, is));
    }
    arena_release(&scratch);
    return result;
}

/* ---- folders and the mark ---- */

static const char *path_in(struct store *store, struct arena *a, const char *run, const char *name)
{
    return arena_printf(a, "%s/%s%s%s", store_private_path(store, runs_name), run, *name ? "/" : "",
                        name)
        .p;
}

static bool is_run_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!((c >= '0' && c <= '9') || c == '-' || c == 'T' || c == 'Z'))
            return false;
    }
    return name.n > 0 && name.n < NAME_MAX_BYTES;
}

int restore_unfinished(struct store *store, struct arena *a, struct str *ret_run, struct err *err)
{
    struct buf text = BUF_MAX(4096);
    int result = fs_read(store_private_path(store, mark_name), 4096, &text, err);
    *ret_run = STR("");
    if (result < 0 && err->cls == ERR_MISSING) {
        err_clear(err);
        result = 0;
    } else if (result == 0) {
        struct str rest = buf_view(&text);
        struct str name = str_cut(&rest, '\n');
        *ret_run = arena_str(a, name);
        if (!is_run_name(name))
            result =
                err_set(err, ERR_BAD, "%s: names no run", store_private_path(store, mark_name));
    }
    buf_release(&text);
    return result;
}

/* A name that is free: the time, and a number where there were several in a second. */
static int make_folder(struct restore *r, struct err *err)
{
    char stamp[CLOCK_TEXT];
    clock_format(clock_now(), stamp);
    for (char *c = stamp; *c; c++)
        if (*c == ':')
            *c = '-';
    if (fs_make_folders(store_private_path(r->store, runs_name), 0750, err) < 0)
        return -1;
    for (unsigned n = 1; n < 1000; n++) {
        const char *run = n == 1 ? arena_str(&r->arena, str_of(stamp)).p
                                 : arena_printf(&r->arena, "%s-%u", stamp, n).p;
        const char *folder = path_in(r->store, &r->arena, run, "");
        if (mkdir(folder, 0750) == 0) {
            r->folder = folder;
            r->report.run = run;
            return fs_sync_parent(folder, err);
        }
        if (errno != EEXIST)
            return err_errno(err, "%s", folder);
    }
    return err_set(err, ERR_IO, "too many runs in one second");
}

/* Where the journal is: in the run's folder, or where a person wants it; then the folder says so.
 */
static int journal_path(struct restore *r, struct arena *a, const char **ret_path, struct err *err)
{
    struct buf text = BUF_MAX(4096);
    const char *link = arena_printf(a, "%s/journal.path", r->folder).p;
    int result = fs_read(link, 4096, &text, err);
    *ret_path =
        result == 0 ? arena_str(a, buf_view(&text)).p : arena_printf(a, "%s/journal", r->folder).p;
    buf_release(&text);
    if (result < 0 && err->cls != ERR_MISSING)
        return -1;
    err_clear(err);
    return 0;
}

static int create_journal(struct restore *r, struct err *err)
{
    struct arena scratch = {0};
    const char *path = r->options.journal_path, *chosen;
    int result = 0;
    if (path) {
        char *absolute = *path == '/' ? strdup(path) : NULL, *folder = getcwd(NULL, 0);
        if (!absolute && asprintf(&absolute, "%s/%s", folder ? folder : ".", path) < 0)
            abort();
        result = fs_replace(arena_printf(&scratch, "%s/journal.path", r->folder).p, 0600,
                            str_of(absolute), err);
        free(folder);
        free(absolute);
    }
    if (result == 0)
        result = journal_path(r, &scratch, &chosen, err);
    if (result == 0)
        result = journal_create(&r->journal, chosen, err);
    arena_release(&scratch);
    return result;
}

int restore_begin_run(struct restore *r, struct err *err)
{
    struct arena scratch = {0};
    struct str mark;
    if (make_folder(r, err) < 0 ||
        restore_save_plan(r, path_in(r->store, &r->arena, r->report.run, "plan.json"), err) < 0 ||
        create_journal(r, err) < 0)
        return -1;
    mark = arena_printf(&scratch, "%s\n", r->report.run);
    int result = fs_replace(store_private_path(r->store, mark_name), 0644, mark, err);
    arena_release(&scratch);
    return result;
}

int restore_load_steps(struct plan *plan, const struct node *document, struct err *err)
{
    const struct node *steps = node_get(document, STR("steps"));
    return steps ? plan_load(plan, steps, err) : err_set(err, ERR_BAD, "its plan has no steps");
}

int restore_load_run(struct restore *r, const char *run, struct err *err)
{
    struct arena scratch = {0};
    struct node plan;
    const char *path;
    r->report.run = arena_str(&r->arena, str_of(run)).p;
    r->folder = path_in(r->store, &r->arena, run, "");
    int result = read_plan(path_in(r->store, &r->arena, run, "plan.json"), &r->arena, &plan, err);
    if (result == 0) {
        struct sync_options sync = r->options.sync;
        load_options(&r->arena, node_get(&plan, STR("options")), &r->options);
        r->options.sync = sync;
        r->undoes = flag_of(&plan, "undo");
        r->resumes = true;
        if (node_get(&plan, STR("ids")))
            result = idmap_load(&r->ids, node_get(&plan, STR("ids")), err);
        if (oid_from_hex(node_get_text(&plan, STR("commit")), &r->commit) < 0 ||
            oid_from_hex(node_get_text(&plan, STR("head")), &r->head) < 0)
            result = err_set(err, ERR_BAD, "its plan names no commits");
    }
    if (result == 0)
        result = restore_load_steps(&r->plan, &plan, err);
    if (result == 0)
        result = journal_path(r, &scratch, &path, err);
    if (result == 0)
        result = journal_open(&r->journal, path, &r->arena, &r->records, err);
    arena_release(&scratch);
    return result < 0 ? err_wrap(err, "run %s", run) : 0;
}

int restore_add_made(struct idmap *ids, const struct step *step, const struct node *record,
                     struct err *err)
{
    struct str id = node_get_text(record, STR("id"));
    const struct node *groups = node_get(record, STR("groups"));
    if (step->verb == STEP_CREATE && layout_id_is_safe(id))
        idmap_add(ids, step->kind, step->id, id);
    return groups ? idmap_load(ids, groups, err) : 0;
}

int restore_read_run(struct store *store, const char *run, struct arena *a, struct node *ret_plan,
                     struct node *ret_records, struct err *err)
{
    struct restore r = {.store = store, .folder = path_in(store, a, run, "")};
    const char *path;
    if (!is_run_name(str_of(run)))
        return err_set(err, ERR_USAGE, "\"%.60s\" is no name of a run", run);
    if (read_plan(path_in(store, a, run, "plan.json"), a, ret_plan, err) < 0 ||
        journal_path(&r, a, &path, err) < 0 || journal_read(path, a, ret_records, err) < 0) {
        if (err->cls == ERR_MISSING)
            err->cls = ERR_USAGE;
        return err_wrap(err, "run %s", run);
    }
    return 0;
}

int restore_last_run(struct store *store, struct arena *a, struct str *ret_run, struct err *err)
{
    DIR *folder = opendir(store_private_path(store, runs_name));
    struct dirent *found;
    *ret_run = STR("");
    if (!folder)
        return errno == ENOENT ? 0 : err_errno(err, "%s", store_private_path(store, runs_name));
    while ((found = readdir(folder))) {
        struct str name = str_of(found->d_name);
        if (is_run_name(name) && str_cmp(name, *ret_run) > 0)
            *ret_run = arena_str(a, name);
    }
    closedir(folder);
    return 0;
}

void restore_record(struct restore *r, const char *record, const struct step *step, const char *key,
                    struct str value)
{
    struct arena scratch = {0};
    char when[CLOCK_TEXT];
    struct node map = node_map(&scratch, 5);
    clock_format(clock_now(), when);
    set_text(&scratch, &map, "record", record);
    set_text(&scratch, &map, "at", when);
    if (step)
        set(&scratch, &map, "step", node_integer(&scratch, step->number));
    if (key)
        set(&scratch, &map, key, node_string(value));
    journal_add(r->journal, &map);
    arena_release(&scratch);
}

int restore_end_run(struct restore *r, struct err *err)
{
    char hex[OID_HEX + 1];
    oid_to_hex(&r->live.commit, hex);
    restore_record(r, "end", NULL, "head", str_of(hex));
    if (journal_sync(r->journal, err) < 0)
        return -1;
    if (unlink(store_private_path(r->store, mark_name)) < 0 && errno != ENOENT)
        return err_errno(err, "%s", store_private_path(r->store, mark_name));
    return fs_sync_parent(store_private_path(r->store, mark_name), err);
}

/* Adds what a run knew when it was planned, and what it has made since. */
static int add_ids_of(struct idmap *ids, const struct node *document, const struct node *records,
                      struct err *err)
{
    struct plan plan = {0};
    const struct node *known = node_get(document, STR("ids"));
    int result = known ? idmap_load(ids, known, err) : 0;
    if (result == 0)
        result = restore_load_steps(&plan, document, err);
    for (size_t i = 0; result == 0 && i < records->list.n; i++) {
        const struct node *record = &records->list.items[i];
        unsigned number = plan_number(node_get(record, STR("step")));
        if (number >= 1 && number <= plan.n && str_is(node_get_text(record, STR("record")), "done"))
            result = restore_add_made(ids, plan.steps[number - 1], record, err);
    }
    plan_release(&plan);
    return result;
}

int restore_pending_ids(struct store *store, struct idmap *ids, struct err *err)
{
    struct arena scratch = {0};
    struct node plan, records;
    struct str run;
    int result = restore_unfinished(store, &scratch, &run, err);
    if (result == 0 && run.n)
        result = restore_read_run(store, run.p, &scratch, &plan, &records, err);
    if (result == 0 && run.n && !flag_of(node_get(&plan, STR("options")), "clone"))
        result = add_ids_of(ids, &plan, &records, err);
    arena_release(&scratch);
    return result;
}
