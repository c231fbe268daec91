#include "route/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "format/json.h"

enum { RECORD_MAX = 64 << 20 };

static const char status_name[] = "status.json";
static const char ack_name[] = "ack.json";
static const char trail_name[] = "trail.json";
static const char errors_name[] = "errors.json";
static const char told_name[] = "told.json";

static int write_record(struct store *store, const char *name, const struct node *node,
                        struct err *err)
{
    struct buf text = BUF_MAX(RECORD_MAX);
    json_write(&text, node);
    buf_char(&text, '\n');
    int result = fs_replace(store_private_path(store, name), 0644, buf_view(&text), err);
    buf_release(&text);
    return result;
}

/* A cache that is gone or damaged is as good as none. */
static int read_record(struct store *store, const char *name, struct arena *a, struct node *ret,
                       struct err *err)
{
    struct buf text = BUF_MAX(RECORD_MAX);
    *ret = node_null();
    int result = fs_read(store_private_path(store, name), RECORD_MAX, &text, err);
    if (result == 0)
        result = json_parse(a, buf_view(&text), ret, err);
    buf_release(&text);
    if (result == 0 || err->cls == ERR_IO)
        return result;
    err_clear(err);
    *ret = node_null();
    return 0;
}

/* ---- status ---- */

static void set(struct arena *a, struct node *map, const char *key, struct node value)
{
    node_map_set(a, map, str_of(key), value);
}

static struct node problems_of(struct arena *a, const struct sync_problem *problem)
{
    struct node list = node_list(a, 0);
    for (; problem; problem = problem->next)
        node_list_add(a, &list, node_cstring(problem->text));
    return list;
}

static struct node withheld_of(struct arena *a, const struct sync_withheld *withheld)
{
    struct node list = node_list(a, 0);
    for (; withheld; withheld = withheld->next) {
        struct node row = node_map(a, 3);
        set(a, &row, "kind", node_cstring(kind_of(withheld->kind)->name));
        set(a, &row, "id", node_cstring(withheld->id));
        set(a, &row, "path", node_cstring(withheld->path));
        node_list_add(a, &list, row);
    }
    return list;
}

static struct node resources_of(struct arena *a, const struct sync_result *result)
{
    struct node map = node_map(a, KIND_COUNT);
    for (size_t k = 0; k < KIND_COUNT; k++)
        set(a, &map, kind_of((enum kind_id)k)->plural,
            node_integer(a, (long long)result->resources[k]));
    return map;
}

static struct node not_served_of(struct arena *a, const struct sync_result *result)
{
    struct node list = node_list(a, 0);
    for (size_t k = 0; k < KIND_COUNT; k++)
        if (result->not_served[k])
            node_list_add(a, &list, node_cstring(kind_of((enum kind_id)k)->plural));
    return list;
}

static const char *outcome_of(const struct sync_result *result)
{
    return result->withheld_n ? "withheld" : result->complete ? "synced" : "partial";
}

/* What only a cycle that ran to its end knows. */
static void set_findings(struct arena *a, struct node *status, const struct sync_result *result)
{
    char hex[OID_HEX + 1] = "";
    if (!oid_is_zero(&result->commit))
        oid_to_hex(&result->commit, hex);
    set(a, status, "complete", node_bool(result->complete));
    set(a, status, "commit", node_string(arena_str(a, str_of(hex))));
    set(a, status, "resources", resources_of(a, result));
    set(a, status, "added", node_integer(a, (long long)result->added));
    set(a, status, "changed", node_integer(a, (long long)result->changed));
    set(a, status, "deleted", node_integer(a, (long long)result->deleted));
    set(a, status, "open_errors", node_integer(a, (long long)result->open_errors));
    set(a, status, "unpushed", node_integer(a, result->unpushed));
    set(a, status, "not_served", not_served_of(a, result));
    set(a, status, "withheld", withheld_of(a, result->withheld));
    set(a, status, "problems", problems_of(a, result->problems));
    set(a, status, "notes", problems_of(a, result->notes));
    if (result->rescue_branch)
        set(a, status, "rescue_branch", node_cstring(result->rescue_branch));
    if (result->complete)
        set(a, status, "last_complete", node_time(a, result->started));
}

/* ---- what only grows ---- */

static void add_to(struct arena *a, struct node *map, struct str key, uint64_t more)
{
    if (more)
        node_map_set(a, map, key, node_integer(a, node_get_integer(map, key) + (long long)more));
}

/* A map in a map, as it was or an empty one. */
static struct node inner(struct arena *a, const struct node *map, const char *key)
{
    const struct node *value = node_get(map, str_of(key));
    return value && value->type == NODE_MAP ? *value : node_map(a, 0);
}

static void add_changes(struct arena *a, struct node *totals, const struct sync_result *result)
{
    struct node changes = inner(a, totals, "changes");
    for (const struct sync_change *c = result->changes; c; c = c->next) {
        const char *kind = kind_of(c->kind)->name;
        struct node verbs = inner(a, &changes, kind);
        if (c->scope)
            continue;
        add_to(a, &verbs,
               c->verb == '+'   ? STR("added")
               : c->verb == '~' ? STR("changed")
                                : STR("deleted"),
               1);
        set(a, &changes, kind, verbs);
    }
    set(a, totals, "changes", changes);
}

static void add_requests(struct arena *a, struct node *totals, const struct http_stats *http)
{
    struct node requests = inner(a, totals, "requests");
    for (size_t i = 0; i < HTTP_STATUSES; i++) {
        char code[16];
        snprintf(code, sizeof code, "%zu", i);
        add_to(a, &requests, arena_str(a, str_of(i ? code : "none")), http->by_status[i]);
    }
    set(a, totals, "requests", requests);
    add_to(a, totals, STR("retries"), http->retries);
    add_to(a, totals, STR("rate_waits"), http->rate_waits);
}

/* A cycle is counted when it is first on record, its push when that is. */
static struct node grown(struct arena *a, const struct node *before,
                         const struct sync_result *result, const char *outcome)
{
    struct node totals = inner(a, before, "totals");
    if (!result->recorded) {
        struct node cycles = inner(a, &totals, "cycles");
        add_to(a, &cycles, str_of(outcome), 1);
        set(a, &totals, "cycles", cycles);
        add_changes(a, &totals, result);
        add_requests(a, &totals, &result->http);
    }
    if (result->push_tried)
        add_to(a, &totals, result->push_failure ? STR("pushes_failed") : STR("pushes"), 1);
    return totals;
}

/* ---- since when ---- */

static void keep(struct arena *a, struct node *to, const struct node *from, const char *key)
{
    const struct node *value = node_get(from, str_of(key));
    if (value)
        set(a, to, key, *value);
}

/* Since when and how often in a row cycles have failed, or that they do not. */
static void set_failing(struct arena *a, struct node *status, const struct node *before,
                        const struct sync_result *result, const struct err *failure)
{
    long long failures = node_get_integer(before, STR("failures"));
    if (!failure) {
        set(a, status, "failures", node_integer(a, 0));
        set(a, status, "last_success", node_time(a, result->started));
        return;
    }
    keep(a, status, before, "last_success");
    set(a, status, "failures", node_integer(a, failures + 1));
    if (failures)
        keep(a, status, before, "failing_since");
    else
        set(a, status, "failing_since", node_time(a, result->started));
}

static void set_push(struct arena *a, struct node *status, const struct node *before,
                     const struct sync_result *result)
{
    if (!result->push_tried || result->push_failure)
        keep(a, status, before, "last_push");
    else
        set(a, status, "last_push", node_time(a, clock_now()));
    if (!result->push_tried) {
        keep(a, status, before, "push_failure");
        keep(a, status, before, "push_failing_since");
    } else if (result->push_failure) {
        set(a, status, "push_failure", node_cstring(result->push_failure));
        set(a, status, "push_failing_since", node_time(a, result->started));
        keep(a, status, before, "push_failing_since");
    }
}

/* ---- a record ---- */

/* What a cycle that failed does not know stays as the last whole one found it. */
static struct node base_of(struct arena *a, const struct node *before, bool failed)
{
    struct node status = node_map(a, 32);
    for (size_t i = 0; failed && before->type == NODE_MAP && i < before->map.n; i++)
        node_map_set(a, &status, before->map.items[i].key, before->map.items[i].value);
    if (!failed)
        keep(a, &status, before, "last_complete");
    return status;
}

int record_save(struct store *store, struct sync_result *result, const struct err *failure,
                struct err *err)
{
    struct arena scratch = {0};
    struct arena *a = &scratch;
    struct node before;
    int done = read_record(store, status_name, a, &before, err);
    if (done == 0) {
        const char *outcome = failure ? "failed" : outcome_of(result);
        struct node status = base_of(a, &before, failure);
        set(a, &status, "started", node_time(a, result->started));
        set(a, &status, "took_ms", node_integer(a, result->took_ms));
        set(a, &status, "outcome", node_cstring(outcome));
        set(a, &status, "failure", node_cstring(failure ? failure->text : ""));
        set(a, &status, "failure_class", node_cstring(failure ? err_class_word(failure->cls) : ""));
        set(a, &status, "requests", node_integer(a, (long long)result->http.requests));
        set(a, &status, "retries", node_integer(a, (long long)result->http.retries));
        set(a, &status, "totals", grown(a, &before, result, outcome));
        set_failing(a, &status, &before, result, failure);
        set_push(a, &status, &before, result);
        if (!failure)
            set_findings(a, &status, result);
        done = write_record(store, status_name, &status, err);
    }
    result->recorded = result->recorded || done == 0;
    arena_release(&scratch);
    return done;
}

int record_load(struct store *store, struct arena *a, struct node *ret, struct err *err)
{
    return read_record(store, status_name, a, ret, err);
}

/* ---- ack ---- */

int record_ack(struct store *store, size_t *ret_n, struct err *err)
{
    struct arena scratch = {0};
    struct node status;
    *ret_n = 0;
    int result = read_record(store, status_name, &scratch, &status, err);
    const struct node *withheld = result == 0 ? node_get(&status, STR("withheld")) : NULL;
    if (withheld && withheld->type == NODE_LIST && withheld->list.n > 0) {
        result = write_record(store, ack_name, withheld, err);
        if (result == 0)
            *ret_n = withheld->list.n;
    }
    arena_release(&scratch);
    return result;
}

int record_load_ack(struct store *store, struct arena *a, struct node *ret, struct err *err)
{
    int result = read_record(store, ack_name, a, ret, err);
    if (result == 0 && ret->type != NODE_LIST)
        *ret = node_list(a, 0);
    return result;
}

int record_keep_ack(struct store *store, const struct node *rows, struct err *err)
{
    return rows->list.n > 0 ? write_record(store, ack_name, rows, err)
                            : record_clear_ack(store, err);
}

int record_clear_ack(struct store *store, struct err *err)
{
    const char *path = store_private_path(store, ack_name);
    if (unlink(path) < 0 && errno != ENOENT)
        return err_errno(err, "remove %s", path);
    return 0;
}

/* ---- the audit log ---- */

int record_load_trail(struct store *store, struct arena *a, const struct oid *head, bool kept,
                      struct record_trail *ret, struct err *err)
{
    char hex[OID_HEX + 1];
    struct node trail;
    *ret = (struct record_trail){0};
    if (read_record(store, trail_name, a, &trail, err) < 0)
        return -1;
    oid_to_hex(head, hex);
    const struct node *held = node_get(&trail, STR("kept"));
    bool holds = held && held->type == NODE_BOOL && held->boolean;
    if (str_is(node_get_text(&trail, STR("commit")), hex) && (holds || !kept))
        ret->through = node_get_text(&trail, STR("through"));
    const struct node *links = node_get(&trail, STR("links"));
    ret->links = links && links->type == NODE_BOOL && links->boolean;
    return 0;
}

int record_save_trail(struct store *store, const struct oid *head, bool kept,
                      const struct record_trail *known, struct err *err)
{
    struct arena scratch = {0};
    struct node trail = node_map(&scratch, 4);
    char hex[OID_HEX + 1];
    oid_to_hex(head, hex);
    set(&scratch, &trail, "commit", node_cstring(hex));
    set(&scratch, &trail, "kept", node_bool(kept));
    set(&scratch, &trail, "through", node_string(known->through));
    set(&scratch, &trail, "links", node_bool(known->links));
    int result = write_record(store, trail_name, &trail, err);
    arena_release(&scratch);
    return result;
}

/* ---- open errors ---- */

/* A record that is a map in any case. */
static int load_map(struct store *store, const char *name, struct arena *a, struct node *ret,
                    struct err *err)
{
    int result = read_record(store, name, a, ret, err);
    if (result == 0 && ret->type != NODE_MAP)
        *ret = node_map(a, 0);
    return result;
}

int record_load_errors(struct store *store, struct arena *a, struct node *ret, struct err *err)
{
    return load_map(store, errors_name, a, ret, err);
}

int record_save_errors(struct store *store, const struct node *errors, struct err *err)
{
    return write_record(store, errors_name, errors, err);
}

/* ---- what was told ---- */

int record_load_told(struct store *store, struct arena *a, struct node *ret, struct err *err)
{
    return load_map(store, told_name, a, ret, err);
}

int record_save_told(struct store *store, const struct node *told, struct err *err)
{
    return write_record(store, told_name, told, err);
}
