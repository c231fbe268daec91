#include "route/sync.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cycle.h"
#include "format/yaml.h"
#include "model/layout.h"
#include "route/mirror.h"
#include "route/record.h"
#include "route/restore.h"
#include "route/secrecy.h"
#include "route/snapshot.h"

enum { THREADS_MAX = 8 };

/* ---- the mirror as it stands ---- */

/* A list of globs in the manifest, NULL-ended. */
static const char *const *globs_of(struct cycle *c, const struct node *manifest, struct str key)
{
    const struct node *list = node_get(manifest, key);
    size_t n = list && list->type == NODE_LIST ? list->list.n : 0, taken = 0;
    const char **globs = arena_array(&c->arena, n + 1, sizeof *globs);
    for (size_t i = 0; i < n; i++)
        if (list->list.items[i].type == NODE_STRING)
            globs[taken++] = list->list.items[i].text.p;
    return globs;
}

/* The scope that HEAD was made with, as its manifest has it. */
static void read_scope(struct cycle *c)
{
    struct node manifest;
    struct err ignored; /* a person may have written what is no document: then all counts as held */
    c->scope = (struct scope){c->options->include, c->options->exclude};
    if (oid_is_zero(&c->manifest) ||
        cycle_load(c, &c->arena, &c->manifest, &manifest, &ignored) < 0)
        return;
    c->scope_before.include = globs_of(c, &manifest, STR("include"));
    c->scope_before.exclude = globs_of(c, &manifest, STR("exclude"));
}

static int read_head(struct cycle *c, struct err *err)
{
    struct arena scratch = {0};
    struct store_file *files;
    size_t n;
    int result = store_list(c->store, &c->head, &scratch, &files, &n, err);
    for (size_t i = 0; result == 0 && i < n; i++)
        if (!index_add_path(&c->before, files[i].path, &files[i].oid) &&
            str_is(files[i].path, LAYOUT_MANIFEST))
            c->manifest = files[i].oid;
    arena_release(&scratch);
    return result;
}

int cycle_check_out(struct cycle *c, const struct oid *commit, struct err *err)
{
    struct store_checkout done;
    if (store_checkout(c->store, commit, c->result->started, &done, err) < 0) {
        err_wrap(err, "working tree");
        if (err->cls != ERR_RETRY)
            return -1;
        /* It is derived, and the next cycle makes up for it: a backup does not wait for it. */
        cycle_note(c, "%s", err->text);
        err_clear(err);
        return 0;
    }
    if (done.rescued > 0) {
        c->result->rescued += done.rescued;
        c->result->rescue_branch = arena_str(&c->result->arena, str_of(done.branch)).p;
        cycle_note(
            c,
            "%zu files of the working tree had been changed by hand: their content is on branch %s",
            done.rescued, done.branch);
    }
    if (done.other_branch)
        cycle_note(c, "the working tree is not on branch %s: it was left as it is",
                   c->options->branch);
    return 0;
}

static int open_store(struct cycle *c, struct err *err)
{
    const struct sync_options *o = c->options;
    if (store_path_is_free(o->mirror_path) && store_create(o->mirror_path, o->branch, err) < 0)
        return -1;
    if (store_open(&c->store, o->mirror_path, o->branch, err) < 0)
        return -1;
    return store_lock(c->store, err);
}

/* What resources became that were created anew: as HEAD knows, and an unfinished run. */
static int read_ids(struct cycle *c, struct err *err)
{
    if (snapshot_read_ids(c->store, &c->before, &c->ids, err) < 0)
        return -1;
    return restore_pending_ids(c->store, &c->ids, err);
}

static int open_mirror(struct cycle *c, struct err *err)
{
    const struct sync_options *o = c->options;
    bool born;
    c->store = o->store;
    if (!c->store && open_store(c, err) < 0)
        return -1;
    if (secrecy_open(c->store, c->options->redact, &c->redactor, err) < 0 ||
        store_head(c->store, &c->head, &born, err) < 0)
        return -1;
    if (born && (cycle_check_out(c, &c->head, err) < 0 || read_head(c, err) < 0))
        return -1;
    if (read_ids(c, err) < 0)
        return -1;
    read_scope(c);
    return store_batch_open(c->store, &c->batch, err);
}

static int open_api(struct cycle *c, struct err *err)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    c->threads = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (unsigned)cores;
    c->pool = pool_new(c->threads);
    c->digesters = arena_array(&c->arena, c->threads + 1, sizeof *c->digesters);
    for (unsigned i = 0; i <= c->threads; i++)
        c->digesters[i] = digester_new();
    c->api = account_api(&c->options->account);
    return account_open(&c->options->account, pool_fd(c->pool), &c->http, err);
}

/* ---- the story ---- */

bool cycle_is_acked(struct cycle *c, const struct entry *entry)
{
    const struct node *kinds = map_get(&c->acked, entry->id);
    for (size_t i = 0; kinds && i < kinds->list.n; i++)
        if (str_is(kinds->list.items[i].text, kind_of(entry->kind)->name))
            return true;
    return false;
}

/* Deletions that a person has accepted, by id. Ids are unique across kinds as far as is known, but
 * nothing here depends on it. */
static int read_ack(struct cycle *c, struct err *err)
{
    if (record_load_ack(c->store, &c->arena, &c->ack, err) < 0)
        return -1;
    for (size_t i = 0; i < c->ack.list.n; i++) {
        struct str id = node_get_text(&c->ack.list.items[i], STR("id"));
        struct str kind = node_get_text(&c->ack.list.items[i], STR("kind"));
        struct node *kinds = map_get(&c->acked, id);
        if (!kinds) {
            kinds = arena_alloc(&c->arena, sizeof *kinds);
            *kinds = node_list(&c->arena, 1);
            map_put(&c->acked, id, kinds);
        }
        node_list_add(&c->arena, kinds, node_string(kind));
    }
    return 0;
}

/* What of an acceptance is left: entries that could not be looked at in this cycle. */
static int save_ack(struct cycle *c, struct err *err)
{
    struct node left = node_list(&c->arena, 0);
    for (size_t i = 0; i < c->ack.list.n; i++) {
        const struct node *row = &c->ack.list.items[i];
        const struct kind *kind = kind_find(node_get_text(row, STR("kind")));
        struct str id = node_get_text(row, STR("id"));
        const struct entry *now =
            kind && layout_id_is_safe(id) ? index_get(&c->now, kind->id, id, STR("")) : NULL;
        if (now && now->kept)
            node_list_add(&c->arena, &left, *row);
    }
    return record_keep_ack(c->store, &left, err);
}

/* Network and threads are done with before the push, which needs a process of its own. */
static void end_network(struct cycle *c)
{
    if (c->http)
        http_stats(c->http, &c->result->http);
    http_close(c->http);
    pool_free(c->pool);
    c->http = NULL;
    c->pool = NULL;
}

/* What `log` asks, and packs instead of loose objects. A mirror without them is as good a backup,
 * so failing here ends no cycle; and a restore, whose cycle this is where it lends its store, does
 * not wait for it. */
static void keep_house(struct cycle *c)
{
    struct err why;
    struct pace pace = {.progress = c->options->progress,
                        .context = c->options->context,
                        .stop_fd = c->options->account.stop_fd};
    if (c->options->store || oid_eq(&c->result->commit, &c->head))
        return;
    if (mirror_keep_timeline(c->store, &pace, &why) < 0 && why.cls != ERR_STOP)
        cycle_note(c, "the timeline that speeds up \"iokeeper log\": %s", why.text);
    if (store_pack(c->store, &pace, &why) < 0 && why.cls != ERR_STOP)
        cycle_note(c, "the repository could not be packed, \"iokeeper check\" tells more: %s",
                   why.text);
}

static int run(struct cycle *c, struct err *err)
{
    if (open_api(c, err) < 0 || read_ack(c, err) < 0 || cycle_pull(c, err) < 0 ||
        cycle_settle(c, err) < 0 || cycle_take_error_counts(c, err) < 0 ||
        cycle_write_rows(c, err) < 0 || cycle_commit(c, err) < 0 || save_ack(c, err) < 0 ||
        trail_save(c, err) < 0)
        return -1;
    end_network(c);
    c->result->took_ms = clock_monotonic_ms() - c->began_ms;
    const char *remote = c->options->remote.url;
    if (*remote && store_unpushed(c->store, remote, &c->result->unpushed, err) < 0)
        return -1;
    if (record_save(c->store, c->result, NULL, err) < 0)
        return -1;
    if (!c->options->no_push && cycle_push(c, err) < 0)
        return -1;
    keep_house(c);
    return 0;
}

static void release(struct cycle *c)
{
    end_network(c);
    for (unsigned i = 0; c->digesters && i <= c->threads; i++)
        digester_free(c->digesters[i]);
    for (struct list *list = c->lists; list; list = list->next)
        api_walk_release(&list->walk);
    redactor_free(c->redactor);
    store_batch_free(c->batch);
    if (c->store != c->options->store)
        store_close(c->store);
    idmap_release(&c->ids);
    index_release(&c->before);
    index_release(&c->now);
    map_release(&c->lists_by_key);
    map_release(&c->integrations_by_id);
    map_release(&c->trail.rows);
    map_release(&c->events);
    map_release(&c->logs_read);
    map_release(&c->logs_held);
    map_release(&c->acked);
    map_release(&c->told);
    arena_release(&c->arena);
}

/* Keeps what `status` tells. A cycle that could not even take the mirror leaves no trace there, one
 * that is on record already did not fail as such, and failing to note a failure does not hide it.
 */
static int record(struct cycle *c, int done, struct err *err)
{
    struct err why = {0};
    if (done < 0)
        cycle_hide_secrets(c, err);
    if (done == 0)
        return record_save(c->store, c->result, NULL, err);
    if (c->batch && !c->result->recorded)
        record_save(c->store, c->result, err, &why);
    return -1;
}

int sync_run(const struct sync_options *options, struct sync_result *ret, struct err *err)
{
    struct cycle c = {.options = options, .result = ret, .began_ms = clock_monotonic_ms()};
    *ret = (struct sync_result){.started = clock_now()};
    int done = open_mirror(&c, err);
    if (done == 0)
        done = run(&c, err);
    end_network(&c);
    ret->took_ms = clock_monotonic_ms() - c.began_ms;
    done = record(&c, done, err);
    release(&c);
    return done;
}

void sync_result_release(struct sync_result *result)
{
    arena_release(&result->arena);
    *result = (struct sync_result){0};
}
