/* verb_graph: what a resource uses, and what uses it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/command.h"
#include "app/output.h"
#include "app/progress.h"
#include "look.h"
#include "route/graph.h"

enum direction { DOWN, UP };

/* A step of the walk: an edge to be shown, at a depth. */
struct pending {
    const struct graph_edge *edge;
    unsigned depth;
};

struct walk {
    const struct invocation *in;
    enum direction direction;
    struct names names; /* of the commit that is looked at */
    struct graph graph;
    struct pending *stack;
    size_t n, room;
    size_t found[KIND_COUNT]; /* resources met */
    size_t missing;
};

/* ---- a walk, each resource entered once ---- */

static const struct graph_edge *ends_of(const struct walk *w, const struct graph_node *node)
{
    return w->direction == DOWN ? node->uses : node->used_by;
}

/* Pushes what hangs on a node so that the first comes off first. */
static void push_ends(struct walk *w, const struct graph_node *node, unsigned depth)
{
    size_t from = w->n;
    for (const struct graph_edge *edge = ends_of(w, node); edge; edge = edge->next) {
        if (w->n == w->room) {
            w->room = w->room ? 2 * w->room : 256;
            w->stack = reallocarray(w->stack, w->room, sizeof *w->stack);
            if (!w->stack)
                abort();
        }
        w->stack[w->n++] = (struct pending){edge, depth};
    }
    for (size_t i = from, j = w->n; i + 1 < j; i++) {
        struct pending other = w->stack[i];
        w->stack[i] = w->stack[--j];
        w->stack[j] = other;
    }
}

static void count(struct walk *w, const struct graph_node *node)
{
    if (node->missing)
        w->missing++;
    else
        w->found[node->kind]++;
}

/* ---- for people ---- */

static void print_node(struct walk *w, const struct graph_node *node, unsigned depth)
{
    struct str owner = STR("");
    if (node->owner.n && node->kind != KIND_INTEGRATION && depth > 0)
        owner = names_of(&w->names, KIND_INTEGRATION, node->owner);
    output_span(STYLE_PLAIN, "%*s%s ", (int)(2 * depth), "", kind_of(node->kind)->name);
    if (node->missing)
        output_span(STYLE_ALERT, "%.*s is not in the mirror", STR_ARG(node->id));
    else
        output_span(STYLE_BOLD, "\"%.*s\"", STR_ARG(node->name));
    if (!node->missing)
        output_span(STYLE_DIM, " (%.*s)", STR_ARG(node->id));
    if (owner.n)
        output_span(STYLE_PLAIN, " of \"%.*s\"", STR_ARG(owner));
}

static void print_tree(struct walk *w, struct graph_node *root)
{
    print_node(w, root, 0);
    output_end();
    root->mark = 1;
    push_ends(w, root, 1);
    while (w->n) {
        struct pending next = w->stack[--w->n];
        struct graph_node *node = next.edge->node;
        print_node(w, node, next.depth);
        if (next.edge->registered)
            output_span(STYLE_DIM, ", registered");
        if (node->mark && ends_of(w, node))
            output_span(STYLE_DIM, ", see above");
        output_end();
        if (node->mark)
            continue;
        node->mark = 1;
        count(w, node);
        push_ends(w, node, next.depth + 1);
    }
}

static void print_closing(const struct walk *w)
{
    const char *before = w->direction == DOWN ? "uses " : "used by ";
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const struct kind *kind = kind_of((enum kind_id)k);
        if (!w->found[k])
            continue;
        output_span(STYLE_PLAIN, "%s%zu %s", before, w->found[k],
                    w->found[k] == 1 ? kind->name : kind->plural);
        before = ", ";
    }
    if (w->missing)
        output_span(STYLE_PLAIN, "%s%zu that the mirror does not hold", before, w->missing);
    else if (*before != ',')
        output_span(STYLE_PLAIN, "%snothing", before);
    output_end();
}

/* ---- for programs ---- */

static void tell_node(const struct graph_node *node, unsigned depth)
{
    struct arena scratch = {0}, *a = &scratch;
    struct node fields = node_map(a, 7);
    output_set(a, &fields, "kind", kind_of(node->kind)->name);
    output_set(a, &fields, "id", node->id.p);
    output_set_str(a, &fields, "name", node->name);
    output_set_str(a, &fields, "integration_id", node->owner);
    output_set_number(a, &fields, "depth", depth);
    output_set_flag(a, &fields, "missing", node->missing);
    output_json(a, "resource", fields);
    arena_release(&scratch);
}

static void tell_edge(const struct graph_node *user, const struct graph_node *used, bool registered)
{
    struct arena scratch = {0}, *a = &scratch;
    struct node fields = node_map(a, 5);
    output_set(a, &fields, "from_kind", kind_of(user->kind)->name);
    output_set(a, &fields, "from", user->id.p);
    output_set(a, &fields, "to_kind", kind_of(used->kind)->name);
    output_set(a, &fields, "to", used->id.p);
    output_set_flag(a, &fields, "registered", registered);
    output_json(a, "edge", fields);
    arena_release(&scratch);
}

/* A name as Graphviz takes it between quotes. */
static void put_dot_text(struct str text)
{
    struct buf out = BUF_MAX(1 << 16);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            buf_char(&out, '\\');
        buf_char(&out, text.p[i]);
    }
    output_span(STYLE_PLAIN, "%s", buf_cstr(&out));
    buf_release(&out);
}

static void draw_node(const struct graph_node *node, unsigned depth)
{
    output_span(STYLE_PLAIN, "  \"%s/%s\" [label=\"%s", kind_of(node->kind)->name, node->id.p,
                kind_of(node->kind)->name);
    fputs("\\n", stdout);
    put_dot_text(node->missing ? node->id : node->name);
    output_line("\"%s%s];", depth == 0 ? ", penwidth=2" : "",
                node->missing ? ", style=dashed" : "");
}

static void draw_edge(const struct graph_node *user, const struct graph_node *used, bool registered)
{
    output_line("  \"%s/%s\" -> \"%s/%s\"%s;", kind_of(user->kind)->name, user->id.p,
                kind_of(used->kind)->name, used->id.p, registered ? " [style=dotted]" : "");
}

/* All that is reached, nearest first: nodes, then each edge between them once. */
static void tell_all(struct walk *w, struct graph_node *root)
{
    bool dot = w->in->look.dot;
    struct graph_node **queue = arena_array(&w->graph.arena, w->graph.n, sizeof *queue);
    size_t n = 0;
    queue[n++] = root;
    root->mark = 1;
    for (size_t i = 0; i < n; i++) {
        (dot ? draw_node : tell_node)(queue[i], queue[i]->mark - 1);
        if (i > 0)
            count(w, queue[i]);
        for (const struct graph_edge *edge = ends_of(w, queue[i]); edge; edge = edge->next) {
            if (edge->node->mark)
                continue;
            edge->node->mark = queue[i]->mark + 1;
            queue[n++] = edge->node;
        }
    }
    for (size_t i = 0; i < n; i++)
        for (const struct graph_edge *edge = ends_of(w, queue[i]); edge; edge = edge->next) {
            const struct graph_node *user = w->direction == DOWN ? queue[i] : edge->node;
            const struct graph_node *used = w->direction == DOWN ? edge->node : queue[i];
            (dot ? draw_edge : tell_edge)(user, used, edge->registered);
        }
}

static void print_summary(const struct walk *w)
{
    struct arena scratch = {0};
    struct node fields = node_map(&scratch, 5), counts = node_map(&scratch, KIND_COUNT);
    char hex[OID_HEX + 1];
    oid_to_hex(&w->names.commit, hex);
    for (size_t k = 0; k < KIND_COUNT; k++)
        if (w->found[k])
            output_set_number(&scratch, &counts, kind_of((enum kind_id)k)->plural,
                              (int64_t)w->found[k]);
    output_set(&scratch, &fields, "commit", hex);
    node_map_set(&scratch, &fields, STR("found"), counts);
    output_set_number(&scratch, &fields, "missing", (int64_t)w->missing);
    output_set_number(&scratch, &fields, "exit", EXIT_DONE);
    output_json(&scratch, "summary", fields);
    arena_release(&scratch);
}

static void tell(struct walk *w, struct graph_node *root)
{
    if (w->in->look.dot) {
        output_line("digraph iokeeper {");
        output_line("  rankdir=LR; node [shape=box];");
        tell_all(w, root);
        output_line("}");
    } else if (w->in->json) {
        tell_all(w, root);
        print_summary(w);
    } else {
        print_tree(w, root);
        if (!w->in->quiet)
            print_closing(w);
    }
}

/* ---- the verbs ---- */

static int read_graph(struct walk *w, struct err *err)
{
    struct progress progress;
    progress_init(&progress, STDERR_FILENO, !w->in->quiet && !w->in->json);
    struct pace pace = progress_pace(&progress, w->in->stop_fd);
    int result = graph_open(&w->graph, &w->names.snapshot, &pace, err);
    progress_finish(&progress);
    return result;
}

static int walk(struct walk *w, struct err *err)
{
    const struct invocation *in = w->in;
    struct entry *entry;
    if (in->look.dot && in->json)
        return err_set(err, ERR_USAGE, "--dot and --json exclude each other");
    if (look_select(&w->names, in->args[0], &entry, err) < 0 || read_graph(w, err) < 0)
        return -1;
    tell(w, graph_find(&w->graph, entry->kind, entry->id));
    return EXIT_DONE;
}

static int run(struct invocation *in, enum direction direction, struct err *err)
{
    struct walk w = {.in = in, .direction = direction};
    int code = look_open(&in->config, in->at, &w.names, err);
    if (code == 0)
        code = walk(&w, err);
    free(w.stack);
    graph_release(&w.graph);
    look_close(&w.names);
    return code;
}

int verb_uses(struct invocation *in, struct err *err)
{
    return run(in, DOWN, err);
}

int verb_used_by(struct invocation *in, struct err *err)
{
    return run(in, UP, err);
}
