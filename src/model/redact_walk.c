/* Walks a document, or the text beside one: first along the configured paths, then with the
 * detector wherever those have left something. */
#include <ctype.h>

#include "base/auto.h"
#include "format/json.h"
#include "model/layout.h"
#include "redact_internal.h"

enum {
    PASSES_MAX = 16, /* over one text; two is what it takes but for text made to be nasty */
    MARK_BYTES = 64,
    WHERE_MAX = 1024, /* bytes of a finding's place */
    TYPE_MAX = 32,    /* bytes of a resourceType */
};

/* Where a walk is: a member's key, or an element's number, below another place. */
struct place {
    const struct place *up;
    struct str key;
    size_t item; /* 1-based; 0: it is a member */
};

/* ---- what was found ---- */

static void write_place(const struct place *place, struct buf *out)
{
    if (!place)
        return;
    write_place(place->up, out);
    if (place->item)
        buf_printf(out, "[%zu]", place->item - 1);
    else
        buf_printf(out, "%s%.*s", out->n ? "." : "", STR_ARG(place->key));
}

/* Tells a finding at a place, or at a line of a text beside a document. */
static void tell(struct walk *w, const struct place *place, const char *what, size_t line)
{
    if (!w->tell)
        return;
    AUTO(buf_release) struct buf where = BUF_MAX(WHERE_MAX);
    write_place(place, &where);
    if (!place)
        buf_printf(&where, "line %zu", line);
    struct redact_finding *finding = arena_alloc(w->a, sizeof *finding);
    *finding = (struct redact_finding){.what = what, .where = arena_str(w->a, buf_view(&where)).p};
    if (!w->last)
        w->findings = finding;
    else
        w->last->next = finding;
    w->last = finding;
}

/* ---- one value ---- */

static void set_text(struct walk *w, struct node *node, const struct buf *text)
{
    unsigned line = node->line;
    *node = node_string(arena_str(w->a, buf_view(text)));
    node->line = line;
    w->changed++;
}

/* Puts a mark in the place of a value, whatever it is. */
static void hide_whole(struct walk *w, const struct place *place, struct node *node,
                       const char *what)
{
    bool empty = (node->type == NODE_LIST && node->list.n == 0) ||
                 (node->type == NODE_MAP && node->map.n == 0) ||
                 (node->type == NODE_STRING && redact_is_hidden(node->text));
    if (empty || node->type == NODE_NULL)
        return;
    AUTO(buf_release) struct buf text = BUF_MAX(REDACTED_MAX);
    AUTO(buf_release) struct buf mark = BUF_MAX(MARK_BYTES);
    if (node->type == NODE_STRING)
        buf_str(&text, node->text);
    else
        json_write(&text, node);
    redact_mark(w->r, buf_view(&text), &mark);
    set_text(w, node, &mark);
    tell(w, place, what, 0);
}

/* Tells the parts of a text that are hidden, which are in order. */
static void tell_parts(struct walk *w, const struct place *place, const struct redaction *red)
{
    size_t line = 1, at = 0;
    for (size_t i = 0; w->tell && i < red->n; i++) {
        for (; at < red->parts[i].span.from; at++)
            line += red->text.p[at] == '\n';
        tell(w, place, red->parts[i].what, line);
    }
}

/* Finds and hides what is secret in text until nothing is found any more: what stood beside a
 * secret may read otherwise once that is gone. Fills out, which is empty, only where something was
 * found. Returns how much. */
static size_t rewrite(struct walk *w, const struct place *place, struct str text,
                      enum secrecy secrecy, struct buf *out)
{
    size_t found = 0;
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        struct redaction red = {.text = text};
        redaction_find(&red, secrecy);
        size_t n = red.n;
        if (n) {
            struct buf next = BUF_MAX(REDACTED_MAX);
            found += redaction_write(&red, w->r, &next);
            tell_parts(w, place, &red);
            buf_release(out);
            *out = next;
            text = buf_view(out);
        }
        redaction_release(&red);
        if (!n)
            break;
    }
    return found;
}

static void find_in_string(struct walk *w, const struct place *place, struct node *node,
                           enum secrecy secrecy)
{
    if (!node->text.n || redact_is_hidden(node->text))
        return;
    AUTO(buf_release) struct buf text = BUF_MAX(REDACTED_MAX);
    if (rewrite(w, place, node->text, secrecy, &text))
        set_text(w, node, &text);
}

/* ---- what the operator says ---- */

static const char configured[] = "value that mirror.redact names";

static void apply(struct walk *w, const struct redact_path *path, uint64_t set,
                  const struct place *place, struct node *node);

/* A walk has come to stand on node: hides it, or goes on below. */
static void visit(struct walk *w, const struct redact_path *path, uint64_t set,
                  const struct place *place, struct node *node)
{
    if (redact_path_ends(path, set))
        hide_whole(w, place, node, configured);
    else if (set)
        apply(w, path, set, place, node);
}

static void apply(struct walk *w, const struct redact_path *path, uint64_t set,
                  const struct place *place, struct node *node)
{
    for (size_t i = 0; node->type == NODE_LIST && i < node->list.n; i++) {
        struct place here = {.up = place, .item = i + 1};
        visit(w, path, redact_path_item(path, set), &here, &node->list.items[i]);
    }
    for (size_t i = 0; node->type == NODE_MAP && i < node->map.n; i++) {
        struct member *m = &node->map.items[i];
        struct place here = {.up = place, .key = m->key};
        if (!str_is(m->key, "_id"))
            visit(w, path, redact_path_key(path, set, m->key), &here, &m->value);
    }
}

/* Whether a path is for documents of this kind; NULL: of no kind. */
static bool is_for(const struct redact_path *path, const struct kind *kind)
{
    return !path->kind || path->kind == kind;
}

/* ---- rows of the audit log ---- */

/* The kind that a row's resourceType names, in whatever case; NULL where it is none. */
static const struct kind *kind_of_row(const struct node *row)
{
    char word[TYPE_MAX];
    struct str type = node_get_text(row, STR("resourceType"));
    if (type.n > sizeof word)
        return NULL;
    for (size_t i = 0; i < type.n; i++)
        word[i] = (char)tolower((unsigned char)type.p[i]);
    return kind_find((struct str){.p = word, .n = type.n});
}

/* What stood in a field before and after a change. */
static void apply_to_change(struct walk *w, const struct redact_path *path, struct str field,
                            const struct place *place, struct node *change)
{
    static const char *const sides[] = {"old", "new", "oldValue", "newValue"};
    uint64_t set = redact_path_keys(path, field);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        struct node *side = node_get(change, str_of(sides[i]));
        struct place here = {.up = place, .key = str_of(sides[i])};
        if (side)
            visit(w, path, set, &here, side);
    }
}

/* Changes are a map by field, or a list whose rows name theirs. */
static void apply_to_changes(struct walk *w, const struct redact_path *path,
                             const struct place *place, struct node *changes)
{
    for (size_t i = 0; changes->type == NODE_MAP && i < changes->map.n; i++) {
        struct member *m = &changes->map.items[i];
        struct place here = {.up = place, .key = m->key};
        apply_to_change(w, path, m->key, &here, &m->value);
    }
    for (size_t i = 0; changes->type == NODE_LIST && i < changes->list.n; i++) {
        struct node *change = &changes->list.items[i];
        struct str field = node_get_text(change, STR("fieldPath"));
        if (!field.n)
            field = node_get_text(change, STR("field"));
        struct place here = {.up = place, .item = i + 1};
        apply_to_change(w, path, field, &here, change);
    }
}

static void apply_to_row(struct walk *w, const struct place *place, struct node *row)
{
    const struct kind *kind = kind_of_row(row);
    static const char *const keys[] = {"changes", "fieldChanges"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct node *changes = node_get(row, str_of(keys[i]));
        struct place here = {.up = place, .key = str_of(keys[i])};
        for (size_t p = 0; changes && p < w->r->n; p++)
            if (is_for(&w->r->paths[p], kind))
                apply_to_changes(w, &w->r->paths[p], &here, changes);
    }
}

static void apply_to_rows(struct walk *w, struct node *rows)
{
    for (size_t i = 0; rows->type == NODE_LIST && i < rows->list.n; i++) {
        struct place here = {.item = i + 1};
        apply_to_row(w, &here, &rows->list.items[i]);
    }
    if (rows->type == NODE_MAP)
        apply_to_row(w, NULL, rows);
}

/* ---- what the detector finds ---- */

/* Whether a member refers to a resource, or is the document's own id. */
static bool is_reference(const struct member *m)
{
    return m->value.type == NODE_STRING && str_starts(m->key, STR("_")) &&
           (str_is(m->key, "_id") || str_ends(m->key, STR("Id"))) &&
           layout_id_is_safe(m->value.text);
}

/* What a map's members say that the value among them is. */
static enum secrecy secrecy_of_pair(const struct node *map)
{
    enum secrecy most = SECRECY_NONE;
    for (size_t i = 0; i < map->map.n; i++) {
        const struct member *m = &map->map.items[i];
        if (m->value.type != NODE_STRING || !key_tells_name(m->key))
            continue;
        enum secrecy secrecy = key_secrecy(m->value.text, STR(""));
        most = secrecy > most ? secrecy : most;
    }
    return most;
}

/* The key that a map or list stands under. */
static struct str key_above(const struct place *place)
{
    while (place && place->item)
        place = place->up;
    return place ? place->key : STR("");
}

static void find(struct walk *w, const struct place *place, struct node *node,
                 enum secrecy secrecy);

static void find_in_map(struct walk *w, const struct place *place, struct node *map,
                        enum secrecy inherited)
{
    bool paired = false;
    enum secrecy pair = SECRECY_NONE;
    struct str parent = key_above(place);
    for (size_t i = 0; i < map->map.n; i++) {
        struct member *m = &map->map.items[i];
        if (is_reference(m))
            continue;
        enum secrecy secrecy = key_secrecy(m->key, parent);
        if (secrecy == SECRECY_NONE && key_holds_value(m->key)) {
            pair = paired ? pair : secrecy_of_pair(map);
            paired = true;
            secrecy = pair ? pair : inherited;
        }
        /* apiToken: {production: "..."} */
        if (secrecy == SECRECY_NONE && (inherited != SECRECY_NONE || str_is(parent, "unencrypted")))
            secrecy = SECRECY_RANDOM;
        struct place here = {.up = place, .key = m->key};
        find(w, &here, &m->value, secrecy);
    }
}

static void find(struct walk *w, const struct place *place, struct node *node, enum secrecy secrecy)
{
    switch (node->type) {
    case NODE_STRING:
        find_in_string(w, place, node, secrecy);
        break;
    case NODE_NUMBER:
        if ((secrecy == SECRECY_PIN || secrecy == SECRECY_PASSWORD) &&
            value_is_secret(secrecy, SETTING_WHOLE, node->text))
            hide_whole(w, place, node, "number under a key of a secret");
        break;
    case NODE_LIST:
        for (size_t i = 0; i < node->list.n; i++) {
            struct place here = {.up = place, .item = i + 1};
            find(w, &here, &node->list.items[i], secrecy);
        }
        break;
    case NODE_MAP:
        find_in_map(w, place, node, secrecy);
        break;
    case NODE_NULL:
    case NODE_BOOL:
        break;
    }
}

/* ---- the whole ---- */

void walk_document(struct walk *w, const struct kind *kind, struct node *doc)
{
    const struct redactor *r = w->r;
    for (size_t i = 0; i < r->n; i++)
        if (is_for(&r->paths[i], kind))
            apply(w, &r->paths[i], redact_path_start(&r->paths[i]), NULL, doc);
    if (r->n && kind && kind->id == KIND_AUDIT)
        apply_to_rows(w, doc);
    size_t before = w->changed + 1;
    for (int pass = 0; pass < PASSES_MAX && w->changed != before; pass++) {
        before = w->changed;
        find(w, NULL, doc, SECRECY_NONE);
    }
}

/* Whether a path leads to what stands under key at a document's root. */
static bool is_configured(const struct redactor *r, const struct kind *kind, struct str key)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct redact_path *path = &r->paths[i];
        uint64_t set = redact_path_key(path, redact_path_start(path), key);
        if (is_for(path, kind) && redact_path_ends(path, set))
            return true;
    }
    return false;
}

void walk_text(struct walk *w, const struct kind *kind, const char *key, struct str text,
               struct buf *out)
{
    if (key && text.n && !redact_is_hidden(text) && is_configured(w->r, kind, str_of(key))) {
        redact_mark(w->r, text, out);
        tell(w, NULL, configured, 1);
        w->changed++;
        return;
    }
    AUTO(buf_release) struct buf written = BUF_MAX(REDACTED_MAX);
    size_t n = rewrite(w, NULL, text, SECRECY_NONE, &written);
    buf_str(out, n ? buf_view(&written) : text);
    w->changed += n;
}
