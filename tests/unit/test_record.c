#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/json.h"
#include "route/record.h"

enum { STARTED = 1700000000 };

struct world {
    char dir[64], mirror[80];
    struct store *store;
    struct arena arena;
    struct err err;
};

#define ok(w, call)                                                                                \
    do {                                                                                           \
        if ((call) < 0)                                                                            \
            fail_msg("%s: %s", #call, (w)->err.text);                                              \
    } while (0)

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    strcpy(w->dir, "/tmp/iokeeper-record-XXXXXX");
    if (!mkdtemp(w->dir))
        return -1;
    snprintf(w->mirror, sizeof w->mirror, "%s/mirror", w->dir);
    ok(w, store_create(w->mirror, "main", &w->err));
    ok(w, store_open(&w->store, w->mirror, "main", &w->err));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    char command[128];
    store_close(w->store);
    arena_release(&w->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
    int done = system(command);
    free(w);
    return done;
}

static struct node load(struct world *w)
{
    struct node status;
    ok(w, record_load(w->store, &w->arena, &status, &w->err));
    return status;
}

static struct node load_ack(struct world *w)
{
    struct node ack;
    ok(w, record_load_ack(w->store, &w->arena, &ack, &w->err));
    assert_int_equal(ack.type, NODE_LIST);
    return ack;
}

static const char *json_of(struct world *w, const struct node *node)
{
    struct buf b = BUF_MAX(1 << 20);
    json_write(&b, node);
    const char *text = arena_str(&w->arena, buf_view(&b)).p;
    buf_release(&b);
    return text;
}

static void assert_field(struct world *w, const struct node *status, const char *key,
                         const char *want)
{
    const struct node *value = node_get(status, str_of(key));
    if (!value)
        fail_msg("no %s", key);
    if (strcmp(json_of(w, value), want) != 0)
        fail_msg("%s is %s, not %s", key, json_of(w, value), want);
}

/* A cycle with something of everything. */
static struct sync_result whole_result(void)
{
    static struct sync_problem problems[] = {{.text = "list flows: 503", .next = &problems[1]},
                                             {.text = "na\xC3\xAFve \"quote\"\n", .next = NULL}};
    static struct sync_problem note = {.text = "a note"};
    static struct sync_withheld withheld[] = {
        {.kind = KIND_FLOW, .id = "f1", .path = "account/flows/a--f1.yaml", .next = &withheld[1]},
        {.kind = KIND_EXPORT, .id = "e1", .path = "account/exports/b--e1.yaml"}};
    struct sync_result r = {.started = STARTED,
                            .took_ms = 1234,
                            .added = 1,
                            .changed = 2,
                            .deleted = 3,
                            .problems = problems,
                            .notes = &note,
                            .withheld = withheld,
                            .withheld_n = 2,
                            .open_errors = 7,
                            .rescue_branch = "rescued/x",
                            .push_failure = "cannot push",
                            .unpushed = 4};
    r.resources[KIND_FLOW] = 30;
    r.resources[KIND_AUDIT] = 2;
    r.not_served[KIND_TOOL] = r.not_served[KIND_AGENT] = true;
    r.http.requests = 99;
    r.http.retries = 5;
    memset(r.commit.bytes, 0xAB, sizeof r.commit.bytes);
    return r;
}

static struct sync_result plain_result(bool complete)
{
    return (struct sync_result){.started = STARTED + 60, .complete = complete};
}

/* ---- status ---- */

static void there_is_none_at_first(void **state)
{
    struct world *w = *state;
    assert_int_equal(load(w).type, NODE_NULL);
    assert_int_equal(load_ack(w).list.n, 0);
    size_t n = 9;
    ok(w, record_ack(w->store, &n, &w->err));
    assert_int_equal(n, 0);
    assert_int_equal(load_ack(w).list.n, 0);
    ok(w, record_clear_ack(w->store, &w->err)); /* nothing to clear is fine */
}

static void a_cycle_is_told_in_full(void **state)
{
    struct world *w = *state;
    struct sync_result r = whole_result();
    ok(w, record_save(w->store, &r, NULL, &w->err));
    struct node s = load(w);
    assert_field(w, &s, "started", "\"2023-11-14T22:13:20Z\"");
    assert_field(w, &s, "took_ms", "1234");
    assert_field(w, &s, "outcome", "\"withheld\"");
    assert_field(w, &s, "failure", "\"\"");
    assert_field(w, &s, "complete", "false");
    assert_field(w, &s, "commit", "\"abababababababababababababababababababab\"");
    assert_field(w, &s, "added", "1");
    assert_field(w, &s, "changed", "2");
    assert_field(w, &s, "deleted", "3");
    assert_field(w, &s, "open_errors", "7");
    assert_field(w, &s, "unpushed", "4");
    assert_field(w, &s, "rescue_branch", "\"rescued/x\"");
    assert_field(w, &s, "problems", "[\"list flows: 503\",\"na\xC3\xAFve \\\"quote\\\"\\n\"]");
    assert_field(w, &s, "notes", "[\"a note\"]");
    assert_field(w, &s, "withheld",
                 "[{\"id\":\"f1\",\"kind\":\"flow\",\"path\":\"account/flows/a--f1.yaml\"},"
                 "{\"id\":\"e1\",\"kind\":\"export\",\"path\":\"account/exports/b--e1.yaml\"}]");
    assert_field(w, &s, "not_served", "[\"agents\",\"tools\"]");
    assert_field(w, &s, "requests", "99");
    assert_field(w, &s, "retries", "5");
    const struct node *resources = node_get(&s, STR("resources"));
    assert_int_equal(resources->map.n, KIND_COUNT);
    assert_field(w, resources, "flows", "30");
    assert_field(w, resources, "exports", "0");
    assert_null(node_get(&s, STR("last_complete")));
}

static void the_outcome_is_one_of_four(void **state)
{
    struct world *w = *state;
    struct err failure = {.cls = ERR_AUTH, .text = "refused"};
    struct sync_result r = plain_result(true);
    ok(w, record_save(w->store, &r, NULL, &w->err));
    struct node s = load(w);
    assert_field(w, &s, "outcome", "\"synced\"");
    assert_field(w, &s, "commit", "\"\"");
    r = plain_result(false);
    ok(w, record_save(w->store, &r, NULL, &w->err));
    s = load(w);
    assert_field(w, &s, "outcome", "\"partial\"");
    r.withheld_n = 1;
    ok(w, record_save(w->store, &r, NULL, &w->err));
    s = load(w);
    assert_field(w, &s, "outcome", "\"withheld\"");
    ok(w, record_save(w->store, &r, &failure, &w->err));
    s = load(w);
    assert_field(w, &s, "outcome", "\"failed\"");
    assert_field(w, &s, "failure", "\"refused\"");
}

static void what_only_grows_is_counted_once_a_cycle(void **state)
{
    struct world *w = *state;
    struct err failure = {.cls = ERR_RETRY, .text = "no answer"};
    struct sync_change changes[] = {
        {.verb = '+', .kind = KIND_FLOW, .next = &changes[1]},
        {.verb = '~', .kind = KIND_FLOW, .next = &changes[2]},
        {.verb = '+', .kind = KIND_FLOW, .next = &changes[3]},
        {.verb = '-', .kind = KIND_EXPORT, .scope = true}}; /* nothing that happened there */
    struct sync_result r = plain_result(true);
    r.changes = changes;
    r.http.by_status[200] = 40;
    r.http.by_status[0] = 1;
    r.http.retries = 2;
    ok(w, record_save(w->store, &r, NULL, &w->err));
    r.push_tried = true;
    ok(w, record_save(w->store, &r, NULL, &w->err)); /* behind the push */
    struct node s = load(w);
    assert_field(w, &s, "totals",
                 "{\"changes\":{\"flow\":{\"added\":2,\"changed\":1}},\"cycles\":{\"synced\":1},"
                 "\"pushes\":1,\"requests\":{\"200\":40,\"none\":1},\"retries\":2}");
    struct sync_result failed = plain_result(false);
    failed.http.by_status[503] = 5;
    failed.http.rate_waits = 3;
    ok(w, record_save(w->store, &failed, &failure, &w->err));
    s = load(w);
    assert_field(w, &s, "totals",
                 "{\"changes\":{\"flow\":{\"added\":2,\"changed\":1}},"
                 "\"cycles\":{\"failed\":1,\"synced\":1},\"pushes\":1,\"rate_waits\":3,"
                 "\"requests\":{\"200\":40,\"503\":5,\"none\":1},\"retries\":2}");
}

static void failures_are_counted_until_one_succeeds(void **state)
{
    struct world *w = *state;
    struct err failure = {.cls = ERR_AUTH, .text = "refused"};
    for (int i = 0; i < 3; i++) {
        struct sync_result r = plain_result(false);
        r.started += i * 60;
        ok(w, record_save(w->store, &r, &failure, &w->err));
    }
    struct node s = load(w);
    assert_field(w, &s, "failures", "3");
    assert_field(w, &s, "failing_since", "\"2023-11-14T22:14:20Z\"");
    assert_field(w, &s, "failure_class", "\"auth\"");
    assert_null(node_get(&s, STR("last_success")));
    struct sync_result r = plain_result(false);
    ok(w, record_save(w->store, &r, NULL, &w->err));
    s = load(w);
    assert_field(w, &s, "failures", "0");
    assert_field(w, &s, "last_success", "\"2023-11-14T22:14:20Z\"");
    assert_null(node_get(&s, STR("failing_since")));
}

static void a_push_that_fails_is_remembered_until_one_does_not(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 2; i++) {
        struct sync_result r = plain_result(true);
        r.started += i * 60;
        r.push_tried = true;
        r.push_failure = i ? "still hung up" : "hung up";
        ok(w, record_save(w->store, &r, NULL, &w->err));
    }
    struct sync_result untried = plain_result(true);
    ok(w, record_save(w->store, &untried, NULL, &w->err));
    struct node s = load(w);
    assert_field(w, &s, "push_failure", "\"still hung up\"");
    assert_field(w, &s, "push_failing_since", "\"2023-11-14T22:14:20Z\"");
    assert_null(node_get(&s, STR("last_push")));
    struct sync_result r = plain_result(true);
    r.push_tried = true;
    ok(w, record_save(w->store, &r, NULL, &w->err));
    s = load(w);
    assert_null(node_get(&s, STR("push_failure")));
    assert_null(node_get(&s, STR("push_failing_since")));
    assert_non_null(node_get(&s, STR("last_push")));
}

static void the_last_complete_cycle_is_remembered(void **state)
{
    struct world *w = *state;
    struct err failure = {.cls = ERR_RETRY, .text = "no answer"};
    struct sync_result good = plain_result(true), bad = plain_result(false);
    good.started = STARTED;
    ok(w, record_save(w->store, &good, NULL, &w->err));
    for (int i = 0; i < 3; i++) {
        ok(w, record_save(w->store, &bad, i == 1 ? &failure : NULL, &w->err));
        struct node s = load(w);
        assert_field(w, &s, "last_complete", "\"2023-11-14T22:13:20Z\"");
        assert_field(w, &s, "started", "\"2023-11-14T22:14:20Z\"");
    }
    good.started = STARTED + 120;
    ok(w, record_save(w->store, &good, NULL, &w->err));
    struct node s = load(w);
    assert_field(w, &s, "last_complete", "\"2023-11-14T22:15:20Z\"");
}

static void a_cycle_leaves_nothing_of_the_one_before(void **state)
{
    struct world *w = *state;
    struct sync_result r = whole_result(), next = plain_result(true);
    ok(w, record_save(w->store, &r, NULL, &w->err));
    ok(w, record_save(w->store, &next, NULL, &w->err));
    struct node s = load(w);
    assert_field(w, &s, "problems", "[]");
    assert_field(w, &s, "withheld", "[]");
    assert_null(node_get(&s, STR("rescue_branch")));
    assert_null(node_get(&s, STR("push_failure")));
}

/* What was withheld can be accepted after a cycle that failed, too. */
static void a_failed_cycle_keeps_what_the_last_whole_one_found(void **state)
{
    struct world *w = *state;
    struct err failure = {.cls = ERR_RETRY, .text = "no answer"};
    struct sync_result r = whole_result(), failed = {.started = STARTED + 60, .took_ms = 9};
    size_t n;
    ok(w, record_save(w->store, &r, NULL, &w->err));
    for (int i = 0; i < 2; i++)
        ok(w, record_save(w->store, &failed, &failure, &w->err));
    struct node s = load(w);
    assert_field(w, &s, "outcome", "\"failed\"");
    assert_field(w, &s, "took_ms", "9");
    ok(w, record_ack(w->store, &n, &w->err));
    assert_int_equal(n, 2);
}

static void the_file_is_replaced_whole_and_readable(void **state)
{
    struct world *w = *state;
    struct sync_result r = whole_result();
    struct stat st;
    ok(w, record_save(w->store, &r, NULL, &w->err));
    const char *path = store_private_path(w->store, "status.json");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_non_null(strstr(path, "/.git/iokeeper/status.json"));
    FILE *f = fopen(path, "rb");
    char text[8192] = "";
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    assert_true(n > 0 && text[n - 1] == '\n' && !memchr(text, '\n', n - 1));
    char command[256];
    snprintf(command, sizeof command, "git -C '%s' status --porcelain | grep -q .", w->mirror);
    assert_int_not_equal(system(command), 0); /* nothing in the working tree */
}

static void it_survives_a_new_process(void **state)
{
    struct world *w = *state;
    struct sync_result r = whole_result();
    ok(w, record_save(w->store, &r, NULL, &w->err));
    struct node before = load(w);
    store_close(w->store);
    ok(w, store_open(&w->store, w->mirror, "main", &w->err));
    struct node after = load(w);
    assert_true(node_eq(&before, &after));
}

/* ---- damage ---- */

static void write_raw(struct world *w, const char *name, const char *text, size_t n)
{
    FILE *f = fopen(store_private_path(w->store, name), "wb");
    assert_true(f && fwrite(text, 1, n, f) == n && fclose(f) == 0);
}

static void damaged_files_are_as_good_as_none(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *text;
        size_t n;
    } rows[] = {{"", 0},          {"{", 1},        {"{\"withheld\":[", 13},
                {"\0\0\0\0", 4},  {"\xFF\xFE", 2}, {"{}{}", 4},
                {"{\"a\":1,", 7}, {"not json", 8}, {"{\"a\":99999999999999999999999}", 29},
                {"[[[[[[[[", 8}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sync_result r = plain_result(true);
        size_t n = 9;
        write_raw(w, "status.json", rows[i].text, rows[i].n);
        write_raw(w, "ack.json", rows[i].text, rows[i].n);
        assert_int_equal(load(w).type, NODE_NULL);
        assert_int_equal(load_ack(w).list.n, 0);
        ok(w, record_ack(w->store, &n, &w->err));
        assert_int_equal(n, 0);
        ok(w, record_save(w->store, &r, NULL, &w->err)); /* and is made good */
        struct node s = load(w);
        assert_field(w, &s, "outcome", "\"synced\"");
    }
}

static void files_of_another_shape_do_no_harm(void **state)
{
    struct world *w = *state;
    static const char *const texts[] = {"[]",
                                        "5",
                                        "\"x\"",
                                        "null",
                                        "{\"withheld\":5}",
                                        "{\"withheld\":{}}",
                                        "{\"withheld\":[]}",
                                        "{\"last_complete\":[1]}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sync_result r = plain_result(false);
        struct err failure = {.cls = ERR_RETRY, .text = "no answer"};
        size_t n = 9;
        write_raw(w, "status.json", texts[i], strlen(texts[i]));
        write_raw(w, "ack.json", texts[i], strlen(texts[i]));
        load(w);
        load_ack(w);
        ok(w, record_ack(w->store, &n, &w->err));
        assert_int_equal(n, 0);
        ok(w, record_save(w->store, &r, i % 2 ? &failure : NULL, &w->err));
        struct node s = load(w);
        assert_field(w, &s, "outcome", i % 2 ? "\"failed\"" : "\"partial\"");
    }
}

static void what_cannot_be_written_is_an_error(void **state)
{
    struct world *w = *state;
    struct sync_result r = plain_result(true);
    const char *path = store_private_path(w->store, "status.json");
    assert_int_equal(mkdir(path, 0755),
                     0); /* a folder in its place, which root cannot write either */
    assert_int_equal(record_save(w->store, &r, NULL, &w->err), -1);
    assert_int_equal(w->err.cls, ERR_IO);
}

/* ---- ack ---- */

static void what_was_withheld_is_accepted_once(void **state)
{
    struct world *w = *state;
    struct sync_result r = whole_result();
    size_t n = 0;
    ok(w, record_save(w->store, &r, NULL, &w->err));
    assert_int_equal(load_ack(w).list.n, 0); /* not by itself */
    for (int i = 0; i < 2; i++) {            /* twice is the same */
        ok(w, record_ack(w->store, &n, &w->err));
        assert_int_equal(n, 2);
        struct node ack = load_ack(w);
        assert_int_equal(ack.list.n, 2);
        assert_true(str_is(node_get_text(&ack.list.items[0], STR("kind")), "flow"));
        assert_true(str_is(node_get_text(&ack.list.items[0], STR("id")), "f1"));
        assert_true(str_is(node_get_text(&ack.list.items[1], STR("kind")), "export"));
        assert_true(str_is(node_get_text(&ack.list.items[1], STR("id")), "e1"));
    }
    ok(w, record_clear_ack(w->store, &w->err));
    assert_int_equal(load_ack(w).list.n, 0);
    ok(w, record_clear_ack(w->store, &w->err));
}

static void nothing_withheld_is_nothing_accepted(void **state)
{
    struct world *w = *state;
    struct sync_result r = plain_result(true);
    size_t n = 9;
    ok(w, record_save(w->store, &r, NULL, &w->err));
    ok(w, record_ack(w->store, &n, &w->err));
    assert_int_equal(n, 0);
    assert_int_equal(load_ack(w).list.n, 0);
    assert_int_not_equal(access(store_private_path(w->store, "ack.json"), F_OK), 0);
}

/* ---- how far the audit log was read ---- */

static const char *through(struct world *w, const struct oid *head, bool kept)
{
    struct record_trail trail = {.through = STR("?")};
    ok(w, record_load_trail(w->store, &w->arena, head, kept, &trail, &w->err));
    return arena_str(&w->arena, trail.through).p;
}

static void a_trail_is_of_one_commit(void **state)
{
    struct world *w = *state;
    struct oid head, other = {0};
    memset(head.bytes, 0xAB, sizeof head.bytes);
    assert_string_equal(through(w, &head, true), "");
    ok(w, record_save_trail(
              w->store, &head, true,
              &(struct record_trail){.through = STR("2024-01-15T12:00:00.000Z"), .links = true},
              &w->err));
    assert_string_equal(through(w, &head, true), "2024-01-15T12:00:00.000Z");
    assert_string_equal(through(w, &head, false), "2024-01-15T12:00:00.000Z");
    assert_string_equal(through(w, &other, true), ""); /* a person's commit, or a reset */
    ok(w, record_save_trail(w->store, &other, true,
                            &(struct record_trail){.through = STR("2024-02")}, &w->err));
    assert_string_equal(through(w, &head, true), "");
    assert_string_equal(through(w, &other, true), "2024-02");
}

/* Who did not keep the log's rows, and now shall, has to read all of it. */
static void a_trail_whose_rows_were_not_kept_is_none_for_who_keeps_them(void **state)
{
    struct world *w = *state;
    struct oid head;
    memset(head.bytes, 0x12, sizeof head.bytes);
    ok(w, record_save_trail(w->store, &head, false,
                            &(struct record_trail){.through = STR("2024-01")}, &w->err));
    assert_string_equal(through(w, &head, true), "");
    assert_string_equal(through(w, &head, false), "2024-01");
}

static void a_damaged_trail_is_none(void **state)
{
    struct world *w = *state;
    struct oid head;
    memset(head.bytes, 0xAB, sizeof head.bytes);
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "5",
        "null",
        "\xFF",
        "{\"through\":\"2024\"}",
        "{\"commit\":[],\"kept\":true}",
        "{\"commit\":\"abababababababababababababababababababab\",\"kept\":true}",
        "{\"commit\":\"abababababababababababababababababababab\",\"kept\":true,\"through\":5}",
        ("{\"kept\":5,\"through\":\"2024\",\"commit\":"
         "\"abababababababababababababababababababab\"}")};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_raw(w, "trail.json", texts[i], strlen(texts[i]));
        assert_string_equal(through(w, &head, true), "");
    }
}

/* ---- open errors ---- */

static void errors_are_what_was_saved(void **state)
{
    struct world *w = *state;
    struct node errors, rows = node_map(&w->arena, 0);
    ok(w, record_load_errors(w->store, &w->arena, &errors, &w->err));
    assert_true(errors.type == NODE_MAP && errors.map.n == 0);
    node_map_set(&w->arena, &rows, STR("i1"), node_list(&w->arena, 0));
    ok(w, record_save_errors(w->store, &rows, &w->err));
    ok(w, record_load_errors(w->store, &w->arena, &errors, &w->err));
    assert_string_equal(json_of(w, &errors), "{\"i1\":[]}");
    static const char *const texts[] = {"", "{", "[]", "5", "null"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_raw(w, "errors.json", texts[i], strlen(texts[i]));
        ok(w, record_load_errors(w->store, &w->arena, &errors, &w->err));
        assert_true(errors.type == NODE_MAP && errors.map.n == 0);
    }
}

/* ---- ack, row by row ---- */

static void what_is_left_of_an_acceptance_is_kept(void **state)
{
    struct world *w = *state;
    struct sync_result r = whole_result();
    size_t n;
    ok(w, record_save(w->store, &r, NULL, &w->err));
    ok(w, record_ack(w->store, &n, &w->err));
    struct node ack = load_ack(w), left = node_list(&w->arena, 0);
    node_list_add(&w->arena, &left, ack.list.items[1]);
    ok(w, record_keep_ack(w->store, &left, &w->err));
    struct node now = load_ack(w);
    assert_string_equal(
        json_of(w, &now),
        "[{\"id\":\"e1\",\"kind\":\"export\",\"path\":\"account/exports/b--e1.yaml\"}]");
    left.list.n = 0;
    ok(w, record_keep_ack(w->store, &left, &w->err));
    assert_int_not_equal(access(store_private_path(w->store, "ack.json"), F_OK), 0);
    ok(w, record_keep_ack(w->store, &left, &w->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_is_none_at_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cycle_is_told_in_full, setup, teardown),
        cmocka_unit_test_setup_teardown(the_outcome_is_one_of_four, setup, teardown),
        cmocka_unit_test_setup_teardown(what_only_grows_is_counted_once_a_cycle, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_are_counted_until_one_succeeds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_push_that_fails_is_remembered_until_one_does_not, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_last_complete_cycle_is_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cycle_leaves_nothing_of_the_one_before, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_cycle_keeps_what_the_last_whole_one_found, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_file_is_replaced_whole_and_readable, setup, teardown),
        cmocka_unit_test_setup_teardown(it_survives_a_new_process, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_files_are_as_good_as_none, setup, teardown),
        cmocka_unit_test_setup_teardown(files_of_another_shape_do_no_harm, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_withheld_is_accepted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trail_is_of_one_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trail_whose_rows_were_not_kept_is_none_for_who_keeps_them,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_trail_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(errors_are_what_was_saved, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_left_of_an_acceptance_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_withheld_is_nothing_accepted, setup, teardown),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
