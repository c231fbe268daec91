#include "route/restore.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "restoration.h"

/* Creations without an answer are looked for twice, so long apart: a server may still be at it. */
enum { PROBE_PAUSE_MS = 2000, ROUNDS_MAX = 4 };

/* ---- opening ---- */

static struct restore *make(const struct restore_options *options)
{
    struct restore *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->options = *options;
    r->report.account = options->sync.account.url;
    r->report.source = "";
    r->given = node_null();
    r->records = node_null();
    restore_reset_report(r);
    return r;
}

void restore_free(struct restore *r)
{
    if (!r)
        return;
    journal_close(r->journal);
    http_close(r->http);
    plan_release(&r->plan);
    snapshot_release(&r->want);
    snapshot_release(&r->live);
    idmap_release(&r->ids);
    sync_result_release(&r->cycle);
    map_release(&r->strangers);
    map_release(&r->known);
    map_release(&r->bin);
    if (r->source != r->store)
        store_close(r->source);
    store_close(r->store);
    arena_release(&r->arena);
    free(r);
}

static int open_stores(struct restore *r, struct err *err)
{
    const struct sync_options *sync = &r->options.sync;
    const char *source = r->options.source_path;
    if (store_path_is_free(sync->mirror_path)) {
        if (!source)
            return err_set(err, ERR_NO_MIRROR,
                           "%s: no mirror there: clone it from its remote with git first",
                           sync->mirror_path);
        if (store_create(sync->mirror_path, sync->branch, err) < 0)
            return -1;
    }
    if (store_open(&r->store, sync->mirror_path, sync->branch, err) < 0 ||
        store_lock(r->store, err) < 0)
        return -1;
    r->source = r->store;
    return source ? store_open(&r->source, source, r->options.source_branch, err) : 0;
}

static int open_api(struct restore *r, struct err *err)
{
    r->api = account_api(&r->options.sync.account);
    return account_open(&r->options.sync.account, -1, &r->http, err);
}

static int refuse_unfinished(struct restore *r, struct err *err)
{
    struct str run;
    if (restore_unfinished(r->store, &r->arena, &run, err) < 0)
        return -1;
    if (!run.n)
        return 0;
    err_set(
        err, ERR_CONFLICT,
        "run %s is unfinished: \"iokeeper resume\" finishes it, \"iokeeper undo\" takes it back",
        run.p);
    err->code = RESTORE_UNFINISHED;
    return -1;
}

static int find_commit(struct restore *r, struct err *err)
{
    const char *at = r->options.at ? r->options.at : "HEAD";
    if (store_find_commit(r->source, at, clock_now(), &r->commit, err) < 0)
        return err_wrap(err, "--at");
    return 0;
}

/* ---- looking ---- */

/* The mirror keeps what no list showed when there was too much of that: it may be gone, or a list
 * may have come back empty by mistake. Only a 404 says that the account does not have it. */
static int ask_for_withheld(struct restore *r, struct err *err)
{
    struct arena scratch = {0};
    struct http_response response;
    int got = HTTP_IDLE;
    for (const struct sync_withheld *w = r->cycle.withheld; w; w = w->next) {
        struct entry *entry = snapshot_find(&r->live, w->kind, str_of(w->id));
        if (!entry)
            continue; /* a file of rows */
        struct http_request request = {
            .method = HTTP_GET,
            .url = api_url(&r->api, &scratch, kind_of(w->kind)->item, entry->id).p,
            .tag = (uint64_t)(uintptr_t)entry};
        if (http_submit(r->http, &request, err) < 0)
            got = -1;
    }
    while (got >= 0 && (got = http_next(r->http, &response, err)) == HTTP_DONE) {
        struct entry *entry = (struct entry *)(uintptr_t)response.tag;
        if (account_check_token(&r->options.sync.account, &response, err) < 0)
            got = -1;
        else if (response.status == 404)
            entry->blob = (struct oid){0};
        http_response_release(&response);
    }
    arena_release(&scratch);
    return got < 0 ? -1 : 0;
}

int restore_sync(struct restore *r, bool push, struct err *err)
{
    struct sync_options options = r->options.sync;
    struct oid head;
    bool born;
    options.store = r->store;
    options.no_push = !push;
    sync_result_release(&r->cycle);
    if (sync_run(&options, &r->cycle, err) < 0 || store_head(r->store, &head, &born, err) < 0)
        return -1;
    snapshot_release(&r->live);
    if (snapshot_open(&r->live, r->store, &head, err) < 0)
        return -1;
    return ask_for_withheld(r, err);
}

static void name_commit(struct restore *r)
{
    char hex[OID_HEX + 1];
    oid_to_hex(&r->commit, hex);
    r->report.source = arena_str(&r->arena, str_of(hex)).p;
}

static int open_commit(struct restore *r, struct err *err)
{
    name_commit(r);
    return snapshot_open(&r->want, r->source, &r->commit, err);
}

static int choose(struct restore *r, struct err *err)
{
    if (r->undoes)
        restore_select_touched(r);
    else if (restore_select(r, err) < 0)
        return -1;
    if (restore_map_ids(r, err) < 0 || restore_match_shared(r, err) < 0 ||
        restore_find_needs(r, err) < 0)
        return -1;
    return 0;
}

/* Whether the account is the commit, byte for byte: two equal roots say so. */
static int is_as_committed(struct restore *r, bool *ret, struct err *err)
{
    struct oid wanted, actual;
    *ret = false;
    if (r->options.clone || r->undoes || r->cycle.withheld_n || !r->cycle.complete)
        return 0;
    if (store_tree_of(r->source, &r->commit, &wanted, err) < 0 ||
        store_tree_of(r->store, &r->live.commit, &actual, err) < 0)
        return -1;
    *ret = oid_eq(&wanted, &actual);
    return 0;
}

static int make_plan(struct restore *r, struct err *err)
{
    int64_t began = clock_monotonic_ms();
    bool same;
    if (is_as_committed(r, &same, err) < 0)
        return -1;
    if (same && r->options.all) {
        name_commit(r);
        r->report.plan_ms = clock_monotonic_ms() - began;
        return restore_read_secrets(r, err);
    }
    if (restore_read_secrets(r, err) < 0 || open_commit(r, err) < 0 || choose(r, err) < 0 ||
        restore_read_bin(r, err) < 0 || restore_make_steps(r, err) < 0 ||
        restore_find_affected(r, err) < 0)
        return -1;
    restore_find_todos(r);
    r->report.plan_ms = clock_monotonic_ms() - began;
    return 0;
}

int restore_prepare(const struct restore_options *options, struct restore **ret, struct err *err)
{
    struct restore *r = *ret = make(options);
    if (open_stores(r, err) < 0 || refuse_unfinished(r, err) < 0 || find_commit(r, err) < 0 ||
        open_api(r, err) < 0 || restore_sync(r, true, err) < 0)
        return -1;
    return make_plan(r, err);
}

int restore_prepare_resume(const struct restore_options *options, struct restore **ret,
                           struct err *err)
{
    struct restore *r = make(options);
    struct str run;
    *ret = r;
    if (open_stores(r, err) < 0 || restore_unfinished(r->store, &r->arena, &run, err) < 0)
        return -1;
    if (!run.n) {
        restore_free(r);
        *ret = NULL;
        return 0;
    }
    if (restore_load_run(r, run.p, err) < 0)
        return -1;
    const char *source = r->options.source_path;
    if (source && store_open(&r->source, source, r->options.source_branch, err) < 0)
        return -1;
    if (open_api(r, err) < 0 || restore_sync(r, false, err) < 0 ||
        restore_read_secrets(r, err) < 0 || open_commit(r, err) < 0)
        return -1;
    return 0;
}

const struct restore_report *restore_report(const struct restore *r)
{
    return &r->report;
}

/* ---- the run ---- */

/* Marks again what a run that is taken up is about. */
static int choose_again(struct restore *r, struct err *err)
{
    if (choose(r, err) < 0)
        return -1;
    for (size_t i = 0; i < r->plan.n; i++) {
        struct entry *wanted =
            snapshot_find(&r->want, r->plan.steps[i]->kind, r->plan.steps[i]->id);
        if (wanted && r->plan.steps[i]->verb != STEP_DELETE)
            wanted->chosen = true;
    }
    return 0;
}

static bool has_state(const struct works *works, enum work_state state)
{
    for (size_t i = 0; i < works->n; i++)
        if (works->items[i].state == state)
            return true;
    return false;
}

/* Nothing is deleted while something could not be written: it may be needed after all. */
static void hold_deletions(struct restore *r, struct works *works)
{
    if (!has_state(works, WORK_FAILED) && !has_state(works, WORK_UNKNOWN))
        return;
    for (size_t i = 0; i < works->n; i++) {
        struct work *work = &works->items[i];
        if (work->step->verb != STEP_DELETE || work->state != WORK_OPEN)
            continue;
        works_fail(r, works, work,
                   "not tried: nothing is deleted while something else could not be written");
    }
}

static int wait_a_moment(struct restore *r, struct err *err)
{
    struct pollfd stop = {.fd = r->options.sync.account.stop_fd, .events = POLLIN};
    if (poll(&stop, stop.fd >= 0 ? 1 : 0, PROBE_PAUSE_MS) > 0)
        return err_set(err, ERR_STOP, "asked to stop");
    return 0;
}

/* Finds out what became of creations without an answer: at once where they are seen. */
static int probe(struct restore *r, struct works *works, struct err *err)
{
    if (!has_state(works, WORK_UNKNOWN))
        return 0;
    if (restore_sync(r, false, err) < 0 || restore_probe(r, works, false, err) < 0)
        return -1;
    if (!has_state(works, WORK_UNKNOWN))
        return 0;
    if (wait_a_moment(r, err) < 0 || restore_sync(r, false, err) < 0)
        return -1;
    return restore_probe(r, works, true, err);
}

/* Ends the unfinished run where it stands, so that it can be taken back: finds out first what
 * became of what it had under way. */
static int abandon(const struct restore_options *options, struct err *err)
{
    struct restore *r = NULL;
    struct works works = {0};
    int result = restore_prepare_resume(options, &r, err);
    if (result == 0 && r) {
        if (restore_note_known(r, &r->head, err) < 0 || choose_again(r, err) < 0 ||
            restore_set_up_works(r, &works, err) < 0 || probe(r, &works, err) < 0)
            result = -1;
        else if (has_state(&works, WORK_UNKNOWN))
            result = err_set_code(err, ERR_CONFLICT, RESTORE_UNFINISHED,
                                  "run %s: nobody knows whether something was created: look at the "
                                  "account, and at the run's journal",
                                  r->report.run);
        else
            result = restore_end_run(r, err);
    }
    restore_free(r);
    return result;
}

int restore_prepare_undo(const struct restore_options *options, const char *run,
                         struct restore **ret, struct err *err)
{
    *ret = NULL;
    if (abandon(options, err) < 0)
        return -1;
    struct restore *r = *ret = make(options);
    struct str last = str_of(run);
    if (open_stores(r, err) < 0 || (!run && restore_last_run(r->store, &r->arena, &last, err) < 0))
        return -1;
    if (!last.n)
        return err_set(err, ERR_USAGE, "there is no run to undo");
    r->options.with_dependencies = true;
    r->options.force_managed = true;
    if (open_api(r, err) < 0 || restore_sync(r, true, err) < 0 ||
        restore_turn_round(r, last.p, err) < 0)
        return -1;
    return make_plan(r, err);
}

/* Works until nothing is left to do, or the server does not get well. */
static int work(struct restore *r, struct works *works, struct err *err)
{
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        if (probe(r, works, err) < 0)
            return -1;
        if (restore_work(r, works, STEP_CREATE, STEP_LINK, err) < 0)
            return -1;
        bool settled = !works->broken && !has_state(works, WORK_UNKNOWN);
        if (settled) {
            hold_deletions(r, works);
            if (restore_work(r, works, STEP_DELETE, STEP_DELETE, err) < 0)
                return -1;
            settled = !works->broken;
        }
        if (settled)
            return 0;
    }
    if (!works->broken)
        return 0;
    *err = works->why;
    return err_wrap(err, "the server fails");
}

static int enable(struct restore *r, struct works *works, struct err *err)
{
    if (plan_count(&r->plan, STEP_ENABLE) == 0)
        return 0;
    if (restore_hold_tainted(r, works, err) < 0 ||
        restore_work(r, works, STEP_ENABLE, STEP_ENABLE, err) < 0)
        return -1;
    if (works->broken) {
        *err = works->why;
        return err_wrap(err, "the server fails");
    }
    return restore_sync(r, true, err) < 0 ? -1 : restore_verify(r, works, true, err);
}

static int run(struct restore *r, struct works *works, struct err *err)
{
    if (restore_note_known(r, r->resumes ? &r->head : &r->live.commit, err) < 0 ||
        (r->resumes ? choose_again(r, err) : restore_begin_run(r, err)) < 0 ||
        restore_set_up_works(r, works, err) < 0)
        return -1;
    bool last = plan_count(&r->plan, STEP_ENABLE) == 0;
    int64_t began = clock_monotonic_ms();
    int worked = work(r, works, err);
    r->report.write_ms = clock_monotonic_ms() - began;
    if (worked < 0 || restore_write_map(r, err) < 0 || restore_sync(r, last, err) < 0 ||
        restore_verify(r, works, false, err) < 0 || enable(r, works, err) < 0)
        return -1;
    return has_state(works, WORK_UNKNOWN) ? 0 : restore_end_run(r, err);
}

int restore_run(struct restore *r, struct err *err)
{
    struct works works = {0};
    if (!r->resumes && r->plan.n == 0) {
        return 0;
    }
    int result = run(r, &works, err);
    works_release(&works);
    if (result < 0 && r->report.run)
        err_wrap(err, "run %s is unfinished, \"iokeeper resume\" goes on with it", r->report.run);
    return result;
}
