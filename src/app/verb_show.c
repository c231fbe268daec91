/* verb_show: a resource as it is, or was. */
#include <stdio.h>

#include "app/command.h"
#include "app/options.h"
#include "app/output.h"
#include "base/buf.h"
#include "format/yaml.h"
#include "live.h"
#include "look.h"
#include "model/cron.h"
#include "route/overview.h"

enum { DOCUMENT_MAX = 64 << 20, WORDS_MAX = 400 };

struct showing {
    const struct invocation *in;
    struct names names; /* of the commit that is looked at */
    struct arena arena;
    const struct entry *entry;
    struct node doc;
    struct overview overview; /* of an integration */
    enum connectivity state;  /* of a connection */
};

static bool is_integration(const struct showing *s)
{
    return s->entry->kind == KIND_INTEGRATION;
}

/* A schedule in words; as it is where no words are known for it. */
static const char *words_of(struct arena *a, struct str schedule)
{
    struct buf words = BUF_MAX(WORDS_MAX);
    const char *text =
        cron_words(schedule, &words) ? arena_str(a, buf_view(&words)).p : arena_str(a, schedule).p;
    buf_release(&words);
    return text;
}

/* ---- for people: comments, so that what is printed stays a YAML document ---- */

static void print_holds(const struct overview *o)
{
    const char *before = "# holds ";
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const struct kind *kind = kind_of((enum kind_id)k);
        if (o->holds[k])
            output_span(STYLE_DIM, "%s%zu %s", before, o->holds[k],
                        o->holds[k] == 1 ? kind->name : kind->plural);
        before = o->holds[k] ? ", " : before;
    }
    if (*before == '#')
        output_span(STYLE_DIM, "# holds nothing");
    output_end();
}

static void print_last(const struct store_log_row *last)
{
    char hex[OID_HEX + 1], when[OUTPUT_TIME];
    if (oid_is_zero(&last->id))
        return;
    oid_to_hex(&last->id, hex);
    output_time(last->authored, when);
    output_span(STYLE_DIM, "# last changed %s by %.*s <%.*s>, commit %.10s: %.*s", when,
                STR_ARG(last->author), STR_ARG(last->email), hex, STR_ARG(last->subject));
    output_end();
}

static void print_flows(struct showing *s)
{
    for (const struct overview_flow *flow = s->overview.flows; flow; flow = flow->next) {
        output_span(STYLE_DIM, "# flow \"%.*s\" (%.*s): %s%s%s", STR_ARG(flow->name),
                    STR_ARG(flow->id), flow->enabled ? "enabled" : "disabled",
                    flow->schedule.n ? ", " : "",
                    flow->schedule.n ? words_of(&s->arena, flow->schedule) : "");
        output_end();
    }
}

static void print_state(enum connectivity state)
{
    bool good = state == CONNECTIVITY_ONLINE || state == CONNECTIVITY_UNTOLD;
    if (state != CONNECTIVITY_UNASKED)
        output_span(good ? STYLE_DIM : STYLE_ALERT, ", %s", connectivity_word(state));
}

static void print_connections(const struct overview *o)
{
    for (const struct overview_connection *c = o->connections; c; c = c->next) {
        output_span(STYLE_DIM, "# connection \"%.*s\" (%.*s): ", STR_ARG(c->name), STR_ARG(c->id));
        if (c->missing)
            output_span(STYLE_ALERT, "not in the mirror");
        else
            output_span(STYLE_DIM, "%.*s%s", STR_ARG(c->type), c->registered ? ", unused" : "");
        print_state(c->state);
        if (c->hidden)
            output_span(STYLE_DIM, ", %zu hidden value%s", c->hidden, c->hidden == 1 ? "" : "s");
        output_end();
    }
}

static void print_people(struct showing *s)
{
    struct buf text = BUF_MAX(DOCUMENT_MAX);
    if (is_integration(s)) {
        print_last(&s->overview.last);
        print_holds(&s->overview);
        print_flows(s);
        print_connections(&s->overview);
    }
    if (s->state) {
        output_span(STYLE_DIM, "# as the account says now");
        print_state(s->state);
        output_end();
    }
    yaml_emit(&text, &s->doc);
    output_text(buf_view(&text));
    buf_release(&text);
}

/* ---- for programs ---- */

static struct node flow_node(struct showing *s, const struct overview_flow *flow)
{
    struct arena *a = &s->arena;
    struct node map = node_map(a, 5);
    output_set_str(a, &map, "id", flow->id);
    output_set_str(a, &map, "name", flow->name);
    output_set_flag(a, &map, "enabled", flow->enabled);
    output_set_str(a, &map, "schedule", flow->schedule);
    output_set(a, &map, "schedule_words", words_of(a, flow->schedule));
    return map;
}

static struct node connection_node(struct showing *s, const struct overview_connection *c)
{
    struct arena *a = &s->arena;
    struct node map = node_map(a, 7);
    output_set_str(a, &map, "id", c->id);
    output_set_str(a, &map, "name", c->name);
    output_set_str(a, &map, "connection_type", c->type);
    output_set_number(a, &map, "hidden", (int64_t)c->hidden);
    output_set_flag(a, &map, "missing", c->missing);
    output_set_flag(a, &map, "registered_only", c->registered);
    if (c->state)
        output_set(a, &map, "state", connectivity_word(c->state));
    return map;
}

static struct node last_node(struct showing *s, const struct store_log_row *last)
{
    struct arena *a = &s->arena;
    struct node map = node_map(a, 5);
    char hex[OID_HEX + 1];
    oid_to_hex(&last->id, hex);
    output_set(a, &map, "commit", arena_str(a, str_of(hex)).p);
    output_set_str(a, &map, "author", last->author);
    output_set_str(a, &map, "email", last->email);
    node_map_set(a, &map, STR("time"), node_time(a, last->authored));
    output_set_str(a, &map, "subject", last->subject);
    return map;
}

static void set_overview(struct showing *s, struct node *fields)
{
    struct arena *a = &s->arena;
    const struct overview *o = &s->overview;
    struct node holds = node_map(a, KIND_COUNT), flows = node_list(a, 8), used = node_list(a, 8);
    for (size_t k = 0; k < KIND_COUNT; k++)
        if (o->holds[k])
            output_set_number(a, &holds, kind_of((enum kind_id)k)->plural, (int64_t)o->holds[k]);
    for (const struct overview_flow *flow = o->flows; flow; flow = flow->next)
        node_list_add(a, &flows, flow_node(s, flow));
    for (const struct overview_connection *c = o->connections; c; c = c->next)
        node_list_add(a, &used, connection_node(s, c));
    node_map_set(a, fields, STR("holds"), holds);
    node_map_set(a, fields, STR("flows"), flows);
    node_map_set(a, fields, STR("connections"), used);
    if (!oid_is_zero(&o->last.id))
        node_map_set(a, fields, STR("last_change"), last_node(s, &o->last));
}

static void print_programs(struct showing *s)
{
    struct arena *a = &s->arena;
    struct node fields = node_map(a, 10), summary = node_map(a, 2);
    char hex[OID_HEX + 1];
    oid_to_hex(&s->names.commit, hex);
    output_set(a, &fields, "kind", kind_of(s->entry->kind)->name);
    output_set_str(a, &fields, "id", s->entry->id);
    node_map_set(a, &fields, STR("path"),
                 node_string(index_path(&s->names.snapshot.index, a, s->entry)));
    node_map_set(a, &fields, STR("document"), s->doc);
    if (is_integration(s))
        set_overview(s, &fields);
    if (s->state)
        output_set(a, &fields, "state", connectivity_word(s->state));
    output_json(a, "resource", fields);
    output_set(a, &summary, "commit", hex);
    output_set_number(a, &summary, "exit", EXIT_DONE);
    output_json(a, "summary", summary);
}

/* Asks the account what the mirror does not hold: whether connections are online. */
static int ask(struct showing *s, struct err *err)
{
    struct account_options account = options_account(&s->in->config, s->in->stop_fd);
    if (s->entry->kind == KIND_CONNECTION)
        return connectivity_ask(&account, &s->entry->id, 1, &s->state, err);
    return is_integration(s) ? overview_ask(&s->overview, &account, &s->arena, err) : 0;
}

static int show(struct showing *s, struct err *err)
{
    struct entry *entry;
    if (look_select(&s->names, s->in->args[0], &entry, err) < 0 ||
        snapshot_load(&s->names.snapshot, entry, &s->arena, &s->doc, err) < 0)
        return -1;
    s->entry = entry;
    if (is_integration(s) && overview_of(&s->names, entry, &s->arena, &s->overview, err) < 0)
        return -1;
    if (s->in->live && ask(s, err) < 0)
        return -1;
    if (s->in->json)
        print_programs(s);
    else
        print_people(s);
    return EXIT_DONE;
}

int verb_show(struct invocation *in, struct err *err)
{
    struct showing s = {.in = in};
    if (in->live && in->at)
        return err_set(err, ERR_USAGE, "--live and --at exclude each other");
    if (in->live && live_sync(in, err) < 0)
        return -1;
    int code = look_open(&in->config, in->at, &s.names, err);
    if (code == 0)
        code = show(&s, err);
    arena_release(&s.arena);
    look_close(&s.names);
    return code;
}
