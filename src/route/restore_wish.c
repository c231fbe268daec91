/* What a document of the commit is to be in the account. */
#include "format/json.h"
#include "format/utf8.h"
#include "model/change.h"
#include "model/normalize.h"
#include "model/remap.h"
#include "restoration.h"

enum { VALUE_SHOWN = 100 };

/* ---- copies ---- */

struct str restore_title(const struct restore *r, const struct entry *wanted,
                         const struct node *doc, struct arena *a)
{
    struct str name = node_get_text(doc, STR("name"));
    bool copied = r->options.clone && wanted->kind == KIND_INTEGRATION && wanted->chosen;
    if (!copied || (r->options.all && !r->options.name))
        return arena_str(a, name);
    if (r->options.name)
        return arena_str(a, str_of(r->options.name));
    return arena_printf(a, "Copy of %.*s", STR_ARG(name));
}

/* An integration is told where it belongs; what else says so follows it. */
static void set_sandbox(const struct restore *r, const struct entry *wanted, struct arena *a,
                        struct node *doc)
{
    bool follows = wanted->kind == KIND_INTEGRATION ||
                   (wanted->owner.n && node_get(doc, STR("sandbox")) != NULL);
    if (r->options.clone && follows && r->options.sandbox != COPIES_AS_THEY_ARE)
        node_map_set(a, doc, STR("sandbox"), node_bool(r->options.sandbox == COPIES_IN_SANDBOX));
}

static void name_copy(const struct restore *r, const struct entry *wanted, struct arena *a,
                      struct node *doc)
{
    if (node_get(doc, STR("name")))
        node_map_set(a, doc, STR("name"), node_string(restore_title(r, wanted, doc, a)));
    set_sandbox(r, wanted, a, doc);
}

/* ---- references ---- */

/* Those that lead to nothing that is there or will be. */
static struct refs dangling(const struct restore *r, struct arena *a, const struct node *doc)
{
    struct refs all = refs_of(a, doc), gone = {.items = arena_array(a, all.n, sizeof *gone.items)};
    for (size_t i = 0; i < all.n; i++)
        if (!restore_account_has(r, all.items[i].kind, all.items[i].id))
            gone.items[gone.n++] = all.items[i];
    return gone;
}

/* The account's integration of the same id as a flow's, with its groups; false: none. */
static bool has_group(const struct restore *r, struct arena *a, struct str integration,
                      struct str group)
{
    const struct entry *wanted = snapshot_find(&r->want, KIND_INTEGRATION, integration);
    if (wanted && wanted->chosen)
        return true; /* it comes with its groups */
    struct str id = idmap_get(&r->ids, KIND_INTEGRATION, integration);
    const struct entry *actual = snapshot_find(&r->live, KIND_INTEGRATION, id);
    struct node doc;
    struct err ignored;
    if (!actual || snapshot_load(&r->live, actual, a, &doc, &ignored) < 0)
        return false;
    const struct node *groups = node_get(&doc, STR(KIND_GROUPS_FIELD));
    struct str mapped = idmap_get(&r->ids, IDMAP_GROUP, group);
    for (size_t i = 0; groups && groups->type == NODE_LIST && i < groups->list.n; i++)
        if (str_eq(node_get_text(&groups->list.items[i], STR("_id")), mapped))
            return true;
    return false;
}

static void drop_lost_group(const struct restore *r, struct arena *a, struct node *doc)
{
    struct str group = node_get_text(doc, STR(KIND_GROUP_FIELD));
    if (group.n && !has_group(r, a, node_get_text(doc, STR("_integrationId")), group))
        node_map_remove(doc, STR(KIND_GROUP_FIELD));
}

int restore_wish(struct restore *r, const struct entry *wanted, const struct refs *later,
                 struct arena *a, struct node *ret, struct err *err)
{
    if (snapshot_load(&r->want, wanted, a, ret, err) < 0)
        return -1;
    name_copy(r, wanted, a, ret);
    struct refs gone = dangling(r, a, ret);
    refs_remove(ret, &gone);
    if (later)
        refs_remove(ret, later);
    drop_lost_group(r, a, ret);
    normalize_to_written(kind_of(wanted->kind), ret);
    remap(a, ret, &r->ids);
    return 0;
}

/* ---- contrast ---- */

static bool is_secret(const struct node *value)
{
    bool secret = value->secret;
    for (size_t i = 0; value->type == NODE_LIST && i < value->list.n; i++)
        secret = secret || is_secret(&value->list.items[i]);
    for (size_t i = 0; value->type == NODE_MAP && i < value->map.n; i++)
        secret = secret || is_secret(&value->map.items[i].value);
    return secret;
}

/* A value as a person is shown it, on one line; "" for none. */
static const char *shown(struct arena *a, const struct node *value)
{
    struct buf text = BUF_MAX(1 << 20);
    const char *result = "";
    if (value && is_secret(value))
        return "<secret>";
    if (value) {
        json_write(&text, value);
        struct str cut = utf8_cut(buf_view(&text), VALUE_SHOWN);
        result = arena_printf(a, "%.*s%s", STR_ARG(cut), cut.n < text.n ? "…" : "").p;
    }
    buf_release(&text);
    return result;
}

static bool has_hole(const struct node *node)
{
    return node && node->type == NODE_STRING && hole_is_in(node->text);
}

static void add_missing(struct arena *a, struct contrast *contrast, const char *path)
{
    struct hole *hole = arena_alloc(a, sizeof *hole), **tail = &contrast->missing;
    *hole = (struct hole){.path = path};
    while (*tail)
        tail = &(*tail)->next;
    *tail = hole;
}

static bool is_immutable(const struct kind *kind, const char *path)
{
    for (const char *const *name = kind->immutable; *name; name++)
        if (str_is(str_of(path), *name))
            return true;
    return false;
}

bool restore_is_enabled(const struct node *flow)
{
    const struct node *disabled = node_get(flow, STR("disabled"));
    return !disabled || disabled->type != NODE_BOOL || !disabled->boolean;
}

/* A flow that is disabled stays so until somebody says otherwise. */
static bool is_disabling(const struct kind *kind, const struct change_field *field)
{
    const struct node *actual = field->before, *wanted = field->after;
    bool off = actual && actual->type == NODE_BOOL && actual->boolean;
    bool on = !wanted || (wanted->type == NODE_BOOL && !wanted->boolean);
    return kind->id == KIND_FLOW && str_is(str_of(field->path), "disabled") && off && on;
}

static void take_field(struct arena *a, const struct kind *kind, const struct change_field *field,
                       struct contrast *ret, struct step_field ***tail)
{
    bool open = has_hole(field->after) || has_hole(field->before);
    if (has_hole(field->after) && !field->before) {
        add_missing(a, ret, field->path);
        return;
    }
    if (open && field->before && field->after && hole_same(field->before, field->after))
        return;
    if (is_disabling(kind, field)) {
        ret->disabled = true;
        return;
    }
    if (is_immutable(kind, field->path))
        ret->immutable = field->path;
    struct step_field *made = arena_alloc(a, sizeof *made);
    *made = (struct step_field){
        .path = field->path, .before = shown(a, field->before), .after = shown(a, field->after)};
    **tail = made;
    *tail = &made->next;
}

/* References to what gets another id: they change, though nobody knows to what yet. */
static void take_references(struct restore *r, struct arena *a, const struct node *original,
                            struct step_field ***tail)
{
    struct refs refs = refs_of(a, original);
    for (size_t i = 0; i < refs.n; i++) {
        const struct ref *ref = &refs.items[i];
        if (!restore_is_made_anew(r, ref->kind, ref->id))
            continue;
        struct step_field *made = arena_alloc(a, sizeof *made);
        *made = (struct step_field){
            .path = arena_printf(a, "reference to %s", kind_of(ref->kind)->name).p,
            .before = arena_str(a, ref->id).p,
            .after = "its new id"};
        **tail = made;
        *tail = &made->next;
    }
}

int restore_contrast(struct restore *r, const struct entry *wanted, const struct entry *actual,
                     struct arena *a, struct contrast *ret, struct err *err)
{
    const struct kind *kind = kind_of(wanted->kind);
    struct node wish, is, original;
    *ret = (struct contrast){0};
    if (snapshot_load(&r->want, wanted, a, &original, err) < 0 ||
        restore_wish(r, wanted, NULL, a, &wish, err) < 0 ||
        snapshot_load(&r->live, actual, a, &is, err) < 0)
        return -1;
    normalize_to_written(kind, &is);
    const struct node *given =
        restore_given(r, wanted->kind, wanted->id, node_get_text(&wish, STR("name")));
    if (given)
        hole_fill_given(a, &wish, given);
    struct step_field **tail = &ret->fields;
    for (struct change_field *field = change_list(a, kind, &is, &wish); field; field = field->next)
        take_field(a, kind, field, ret, &tail);
    take_references(r, a, &original, &tail);
    struct hole **masked = &ret->masked;
    for (struct hole *hole = hole_find(a, &wish); hole; hole = hole->next)
        if (hole->sort == HOLE_MASK) {
            *masked = hole;
            masked = &hole->next;
        }
    *masked = NULL;
    return 0;
}
