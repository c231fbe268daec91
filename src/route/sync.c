#include "route/sync.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cycle.h"
#include "format/yaml.h"
#include "model/layout.h"
#include "route/record.h"

enum { THREADS_MAX = 8 };

/* ---- the mirror as it stands ---- */

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

static int check_out(struct cycle *c, const struct oid *commit, struct err *err)
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

static int open_mirror(struct cycle *c, struct err *err)
{
    const struct sync_options *o = c->options;
    bool born;
    if (store_path_is_free(o->mirror_path) && store_create(o->mirror_path, o->branch, err) < 0)
        return -1;
    if (store_open(&c->store, o->mirror_path, o->branch, err) < 0 ||
        store_lock(c->store, err) < 0 || store_head(c->store, &c->head, &born, err) < 0)
        return -1;
    if (born && (check_out(c, &c->head, err) < 0 || read_head(c, err) < 0))
        return -1;
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

/* ---- the next commit ---- */

/* What this repository is; kept as HEAD has it, so that it never changes by itself. */
static int make_manifest(struct cycle *c, struct err *err)
{
    if (!oid_is_zero(&c->manifest))
        return 0;
    struct arena scratch = {0};
    struct node manifest = node_map(&scratch, 2);
    struct digest digest = {0};
    node_map_set(&scratch, &manifest, STR("format"), node_integer(&scratch, 1));
    node_map_set(&scratch, &manifest, STR("url"), node_cstring(c->options->account.url));
    int result = digest_file(cycle_digester(c), &scratch, &manifest, NULL, &digest, err);
    if (result == 0)
        result = store_batch_add(c->batch, &digest.blob, digest.entry, err);
    c->manifest = digest.blob;
    arena_release(&scratch);
    return result;
}

static int by_path(const void *a, const void *b)
{
    return str_cmp(((const struct store_file *)a)->path, ((const struct store_file *)b)->path);
}

static int write_tree(struct cycle *c, const struct index_file *files, size_t n,
                      struct oid *ret_tree, struct err *err)
{
    struct arena scratch = {0};
    struct store_file *tree = arena_array(&scratch, n + 1, sizeof *tree);
    for (size_t i = 0; i < n; i++)
        tree[i] = (struct store_file){
            .path = files[i].path, .oid = files[i].entry->blob, .mode = 0100644};
    int result = make_manifest(c, err);
    tree[n] =
        (struct store_file){.path = str_of(LAYOUT_MANIFEST), .oid = c->manifest, .mode = 0100644};
    qsort(tree, n + 1, sizeof *tree, by_path);
    if (result == 0)
        result = store_write_trees(c->batch, tree, n + 1, &c->head, layout_roots, ret_tree, err);
    arena_release(&scratch);
    return result;
}

static int make_commit(struct cycle *c, const struct index_file *files, size_t n,
                       const struct oid *tree, struct err *err)
{
    struct sync_result *result = c->result;
    struct buf message = BUF_MAX(1 << 20);
    struct store_person us = {
        .name = "iokeeper", .email = "iokeeper@localhost", .when = result->started};
    int done = store_batch_finish(c->batch, err);
    if (done == 0)
        done = cycle_list_changes(c, files, n, err);
    if (done == 0) {
        cycle_write_message(c, &message);
        done = store_commit(c->store, tree, &c->head, &us, &us, buf_cstr(&message), &result->commit,
                            err);
    }
    buf_release(&message);
    result->committed = done == 0;
    return done < 0 ? err_wrap(err, "commit") : check_out(c, &result->commit, err);
}

/* Counts of what the cycle found. */
static void fill_result(struct cycle *c, const struct index_file *files, size_t n)
{
    struct sync_result *result = c->result;
    for (size_t i = 0; i < n; i++)
        result->resources[files[i].entry->kind]++;
    bool whole = result->withheld_n == 0;
    for (size_t k = 0; k < KIND_COUNT; k++)
        whole = whole && !c->incomplete[k];
    result->complete = whole;
    result->commit = c->head;
}

static int commit_what_changed(struct cycle *c, struct err *err)
{
    struct index_file *files;
    struct oid tree, before = {0};
    size_t n;
    index_settle(&c->now);
    index_files(&c->now, &c->arena, &files, &n);
    fill_result(c, files, n);
    if (write_tree(c, files, n, &tree, err) < 0)
        return -1;
    if (!oid_is_zero(&c->head) && store_tree_of(c->store, &c->head, &before, err) < 0)
        return -1;
    if (!oid_eq(&tree, &before) && make_commit(c, files, n, &tree, err) < 0)
        return -1;
    if (c->result->complete)
        return store_set_ref(c->store, "refs/iokeeper/complete", &c->result->commit, err);
    return 0;
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

static int run(struct cycle *c, struct err *err)
{
    if (open_api(c, err) < 0 || read_ack(c, err) < 0 || cycle_pull(c, err) < 0 ||
        cycle_settle(c, err) < 0 || cycle_write_rows(c, err) < 0 ||
        commit_what_changed(c, err) < 0 || save_ack(c, err) < 0)
        return -1;
    end_network(c);
    c->result->took_ms = clock_monotonic_ms() - c->began_ms;
    if (*c->options->remote &&
        store_unpushed(c->store, c->options->remote, &c->result->unpushed, err) < 0)
        return -1;
    if (record_save(c->store, c->result, NULL, err) < 0)
        return -1;
    c->recorded = true;
    return cycle_push(c, err);
}

static void release(struct cycle *c)
{
    end_network(c);
    for (unsigned i = 0; c->digesters && i <= c->threads; i++)
        digester_free(c->digesters[i]);
    for (struct list *list = c->lists; list; list = list->next)
        api_walk_release(&list->walk);
    store_batch_free(c->batch);
    store_close(c->store);
    index_release(&c->before);
    index_release(&c->now);
    map_release(&c->lists_by_key);
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
    if (done == 0)
        return record_save(c->store, c->result, NULL, err);
    if (c->batch && !c->recorded)
        record_save(c->store, c->result, err, &why);
    return -1;
}

int sync_run(const struct sync_options *options, struct sync_result *ret, struct err *err)
{
    struct cycle c = {.options = options, .result = ret, .began_ms = clock_monotonic_ms()};
    *ret = (struct sync_result){.started = clock_now()};
    c.changed_by = node_list(&c.arena, 0);
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
