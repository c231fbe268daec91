/* verb_status, verb_ack: what the last cycle came to, and the answer to what it withheld. */
#include "app/command.h"
#include "app/output.h"
#include "base/buf.h"
#include "base/clock.h"
#include "model/index.h"
#include "port/presence.h"
#include "route/mirror.h"
#include "route/record.h"

/* How many withheld deletions and problems a person is shown. */
enum { SHOWN_MAX = 20 };

/* ---- status ---- */

struct status {
    struct arena arena;
    struct node last;   /* of status.json; null where there is none */
    struct node daemon; /* what it tells of itself; null where there is none */
    struct index held;
    struct oid head;
    bool born;
    long unpushed;
};

static int read_daemon(struct store *store, struct status *s, struct err *err)
{
    return presence_read(store_private_path(store, "."), &s->arena, &s->daemon, err);
}

static int read_status(struct store *store, const struct config *config, struct status *s,
                       struct err *err)
{
    struct store_file *files;
    size_t n = 0;
    if (record_load(store, &s->arena, &s->last, err) < 0 || read_daemon(store, s, err) < 0 ||
        store_head(store, &s->head, &s->born, err) < 0)
        return -1;
    if (s->born && store_list(store, &s->head, &s->arena, &files, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        index_add_path(&s->held, files[i].path, &files[i].oid);
    if (*config->remote)
        return store_unpushed(store, config->remote, &s->unpushed, err);
    return 0;
}

static const char *text(const struct node *map, const char *key)
{
    struct str value = node_get_text(map, str_of(key));
    return value.n ? value.p : "";
}

/* A number of status.json as it is spelled there; "0" where there is none. */
static const char *number(const struct node *map, const char *key)
{
    const struct node *value = node_get(map, str_of(key));
    return value && value->type == NODE_NUMBER ? value->text.p : "0";
}

static void print_texts(const struct node *map, const char *key, const char *label)
{
    const struct node *list = node_get(map, str_of(key));
    if (!list || list->type != NODE_LIST)
        return;
    for (size_t i = 0; i < list->list.n && i < SHOWN_MAX; i++)
        if (list->list.items[i].type == NODE_STRING)
            output_line("%-17s %s", i ? "" : label, list->list.items[i].text.p);
    if (list->list.n > SHOWN_MAX)
        output_line("%-17s ... and %zu more", "", list->list.n - SHOWN_MAX);
}

/* Kinds that the server does not have, in one line. */
static void print_not_served(const struct node *last)
{
    const struct node *list = node_get(last, STR("not_served"));
    struct buf line = BUF_MAX(4096);
    for (size_t i = 0; list && list->type == NODE_LIST && i < list->list.n; i++)
        if (list->list.items[i].type == NODE_STRING)
            buf_printf(&line, "%s%s", line.n ? ", " : "", list->list.items[i].text.p);
    if (line.n)
        output_line("%-17s %s", "not served here", buf_cstr(&line));
    buf_release(&line);
}

static void print_withheld(const struct node *last)
{
    const struct node *list = node_get(last, STR("withheld"));
    if (!list || list->type != NODE_LIST || list->list.n == 0)
        return;
    output_line("%-17s %zu deletions; \"iokeeper ack\" accepts them:", "withheld", list->list.n);
    for (size_t i = 0; i < list->list.n && i < SHOWN_MAX; i++)
        output_line("%-17s   %s", "", text(&list->list.items[i], "path"));
    if (list->list.n > SHOWN_MAX)
        output_line("%-17s   ... and %zu more", "", list->list.n - SHOWN_MAX);
}

static void print_resources(const struct status *s)
{
    for (size_t k = 0; k < KIND_COUNT; k++) {
        size_t n = index_count(&s->held, (enum kind_id)k);
        const struct kind *kind = kind_of((enum kind_id)k);
        if (n > 0 || (kind_is_document(kind) && !kind->optional))
            output_line("%-17s %zu", kind->plural, n);
    }
}

static void print_next(const struct node *daemon)
{
    if (daemon->type != NODE_MAP) {
        output_line("%-17s when \"iokeeper sync\" is run: no daemon keeps this mirror",
                    "next cycle");
        return;
    }
    bool now = str_is(node_get_text(daemon, STR("state")), "syncing");
    output_line("%-17s %s", "next cycle", now ? "under way" : text(daemon, "next"));
    output_line("%-17s pid %s, since %s", "daemon", number(daemon, "pid"), text(daemon, "since"));
    if (*text(daemon, "reload_failure"))
        output_line("%-17s not read anew: %s", "configuration", text(daemon, "reload_failure"));
}

static void print_status(const struct config *config, const struct status *s)
{
    char head[OID_HEX + 1] = "no commit yet";
    if (s->born)
        oid_to_hex(&s->head, head);
    output_line("%-17s %s", "account", config->api_url);
    output_line("%-17s %s, branch %s, %.13s", "mirror", config->mirror_path, config->branch, head);
    if (s->last.type != NODE_MAP) {
        output_line("%-17s none is on record", "last cycle");
    } else {
        const char *failure = text(&s->last, "failure");
        output_line("%-17s %s: %s%s%s", "last cycle", text(&s->last, "started"),
                    text(&s->last, "outcome"), *failure ? ": " : "", failure);
        output_line("%-17s %s", "last complete",
                    *text(&s->last, "last_complete") ? text(&s->last, "last_complete") : "never");
        if (*failure)
            output_line("%-17s %s in a row, since %s", "failures", number(&s->last, "failures"),
                        text(&s->last, "failing_since"));
    }
    print_next(&s->daemon);
    print_resources(s);
    output_line("%-17s %s", "open flow errors", number(&s->last, "open_errors"));
    if (*config->remote && s->unpushed < 0)
        output_line("%-17s everything: nothing was pushed yet", "unpushed");
    else if (*config->remote)
        output_line("%-17s %ld commits", "unpushed", s->unpushed);
    if (*config->remote && *text(&s->last, "push_failure"))
        output_line("%-17s since %s: %s", "push fails", text(&s->last, "push_failing_since"),
                    text(&s->last, "push_failure"));
    print_withheld(&s->last);
    print_not_served(&s->last);
    print_texts(&s->last, "problems", "problems");
    print_texts(&s->last, "notes", "notes");
}

static void print_status_json(const struct config *config, struct status *s)
{
    char head[OID_HEX + 1] = "";
    struct arena *a = &s->arena;
    struct node fields = node_map(a, 9), held = node_map(a, KIND_COUNT);
    if (s->born)
        oid_to_hex(&s->head, head);
    for (size_t k = 0; k < KIND_COUNT; k++)
        output_set_number(a, &held, kind_of((enum kind_id)k)->plural,
                          (int64_t)index_count(&s->held, (enum kind_id)k));
    output_set_number(a, &fields, "exit", EXIT_DONE);
    output_set(a, &fields, "account", config->api_url);
    output_set(a, &fields, "mirror", config->mirror_path);
    output_set(a, &fields, "branch", config->branch);
    output_set(a, &fields, "commit", head);
    output_set_number(a, &fields, "unpushed", s->unpushed);
    node_map_set(a, &fields, STR("resources"), held);
    node_map_set(a, &fields, STR("last"), s->last);
    node_map_set(a, &fields, STR("daemon"), s->daemon);
    output_json(a, "summary", fields);
}

int verb_status(struct invocation *in, struct err *err)
{
    struct store *store;
    struct status status = {0};
    int code = mirror_open(in->config.mirror_path, in->config.branch, &store, err);
    if (code == 0)
        code = read_status(store, &in->config, &status, err);
    if (code == 0 && in->json)
        print_status_json(&in->config, &status);
    else if (code == 0)
        print_status(&in->config, &status);
    index_release(&status.held);
    arena_release(&status.arena);
    store_close(store);
    return code;
}

/* ---- ack ---- */

int verb_ack(struct invocation *in, struct err *err)
{
    struct store *store;
    size_t n = 0;
    int code = mirror_open(in->config.mirror_path, in->config.branch, &store, err);
    if (code == 0)
        code = store_lock(store, err);
    if (code == 0)
        code = record_ack(store, &n, err);
    store_close(store);
    if (code < 0)
        return -1;
    if (in->json) {
        struct arena scratch = {0};
        struct node fields = node_map(&scratch, 2);
        output_set(&scratch, &fields, "result", n ? "accepted" : "nothing");
        output_set_number(&scratch, &fields, "accepted", (int64_t)n);
        output_set_number(&scratch, &fields, "exit", EXIT_DONE);
        output_json(&scratch, "summary", fields);
        arena_release(&scratch);
    } else if (!in->quiet && n == 0) {
        output_line("nothing is withheld");
    } else if (!in->quiet) {
        output_line("%zu deletions accepted: the next sync commits those that are still absent", n);
    }
    return EXIT_DONE;
}
