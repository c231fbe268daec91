/* Which ids of the commit stand for which of the account: as the mirror knows, as a person says,
 * and what another account has that is the same. */
#include "base/fs.h"
#include "format/yaml.h"
#include "model/layout.h"
#include "restoration.h"

enum { MAP_FILE_MAX = 16 << 20 };

/* ---- files of pairs ---- */

/* Reads the map a person gives; one that is not there yet is empty. */
static int read_map(struct restore *r, struct node *ret, struct err *err)
{
    struct buf text = BUF_MAX(MAP_FILE_MAX);
    *ret = node_null();
    int result = r->options.map_path ? fs_read(r->options.map_path, MAP_FILE_MAX, &text, err) : 0;
    if (result < 0 && err->cls == ERR_MISSING) {
        err_clear(err);
        result = 0;
    } else if (result == 0 && text.n) {
        result = yaml_load(&r->arena, buf_view(&text), ret, err);
    }
    buf_release(&text);
    return result < 0 ? err_wrap(err, "--map %s", r->options.map_path) : 0;
}

/* Takes over what the account's own mirror knows, but of what is copied: a copy is another one. */
static void add_known(struct restore *r, struct arena *a)
{
    struct node known = idmap_document(&r->live.ids, a);
    for (size_t k = 0; k < known.map.n; k++) {
        const struct kind *kind = kind_find(known.map.items[k].key);
        const struct node *pairs = &known.map.items[k].value;
        for (size_t i = 0; i < pairs->map.n; i++) {
            const struct member *pair = &pairs->map.items[i];
            const struct entry *wanted = kind ? snapshot_find(&r->want, kind->id, pair->key) : NULL;
            bool copied = r->options.clone && (!kind || (wanted && wanted->chosen));
            if (!copied)
                idmap_add(&r->ids, kind ? (unsigned)kind->id : IDMAP_GROUP, pair->key,
                          pair->value.text);
        }
    }
}

/* Says of pairs of a kind that they lead nowhere. A run that is taken up has pairs of its own,
 * whose creations the mirror may not have seen yet. */
static void note_dead_pairs(struct restore *r, const struct kind *kind, const struct node *pairs)
{
    for (size_t i = 0; kind && !r->resumes && i < pairs->map.n; i++) {
        const struct member *pair = &pairs->map.items[i];
        if (snapshot_find(&r->want, kind->id, pair->key) &&
            !snapshot_find(&r->live, kind->id, pair->value.text))
            restore_note(
                r,
                "--map pairs %s %s with %s, which the account does not have: the pair does "
                "not count",
                kind->name, pair->key.p, pair->value.text.p);
    }
}

static int add_given(struct restore *r, struct err *err)
{
    struct node given;
    if (read_map(r, &given, err) < 0)
        return -1;
    if (idmap_load(&r->ids, &given, err) < 0)
        return err_wrap(err, "--map %s", r->options.map_path);
    for (size_t k = 0; given.type == NODE_MAP && k < given.map.n; k++)
        note_dead_pairs(r, kind_find(given.map.items[k].key), &given.map.items[k].value);
    return 0;
}

/* ---- groups of flows ---- */

static const struct node *groups_of(const struct node *doc)
{
    static const struct node none = {.type = NODE_LIST};
    const struct node *groups = node_get(doc, STR(KIND_GROUPS_FIELD));
    return groups && groups->type == NODE_LIST ? groups : &none;
}

static bool has_group(const struct node *groups, struct str id)
{
    for (size_t i = 0; i < groups->list.n; i++)
        if (str_eq(node_get_text(&groups->list.items[i], STR("_id")), id))
            return true;
    return false;
}

/* Whether a group of the account stands for one of the commit already. */
static bool is_taken(const struct restore *r, const struct node *ours, struct str id)
{
    for (size_t i = 0; i < ours->list.n; i++)
        if (str_eq(idmap_get(&r->ids, IDMAP_GROUP, node_get_text(&ours->list.items[i], STR("_id"))),
                   id))
            return true;
    return false;
}

/* The first free group of the account of this name, or NULL. */
static const struct node *find_free_group(const struct restore *r, const struct node *ours,
                                          const struct node *theirs, struct str name)
{
    for (size_t i = 0; i < theirs->list.n; i++) {
        const struct node *group = &theirs->list.items[i];
        struct str id = node_get_text(group, STR("_id"));
        if (layout_id_is_safe(id) && str_eq(node_get_text(group, STR("name")), name) &&
            !is_taken(r, ours, id))
            return group;
    }
    return NULL;
}

void restore_pair_groups(struct restore *r, const struct node *wanted, const struct node *actual)
{
    const struct node *theirs = groups_of(actual), *ours = groups_of(wanted);
    for (size_t i = 0; i < ours->list.n; i++) {
        const struct node *group = &ours->list.items[i];
        struct str id = node_get_text(group, STR("_id"));
        if (!layout_id_is_safe(id) || has_group(theirs, idmap_get(&r->ids, IDMAP_GROUP, id)))
            continue;
        const struct node *other =
            find_free_group(r, ours, theirs, node_get_text(group, STR("name")));
        if (other)
            idmap_add(&r->ids, IDMAP_GROUP, id, node_get_text(other, STR("_id")));
    }
}

/* Groups that were made again have other ids, but their names. */
static int pair_all_groups(struct restore *r, struct err *err)
{
    restore_pair(r);
    for (size_t i = 0; i < r->want.index.n; i++) {
        const struct entry *wanted = r->want.index.entries[i];
        struct arena scratch = {0};
        struct node ours, theirs;
        if (wanted->kind != KIND_INTEGRATION || oid_is_zero(&wanted->blob))
            continue;
        const struct entry *actual = wanted->heir;
        if (!actual || oid_eq(&actual->blob, &wanted->blob))
            continue;
        int result = snapshot_load(&r->want, wanted, &scratch, &ours, err);
        if (result == 0)
            result = snapshot_load(&r->live, actual, &scratch, &theirs, err);
        if (result == 0)
            restore_pair_groups(r, &ours, &theirs);
        arena_release(&scratch);
        if (result < 0)
            return -1;
    }
    return 0;
}

int restore_map_ids(struct restore *r, struct err *err)
{
    struct arena scratch = {0};
    if (!r->resumes)
        idmap_release(&r->ids); /* a run that is taken up has its own */
    if (r->source == r->store)
        add_known(r, &scratch);
    arena_release(&scratch);
    return add_given(r, err) < 0 ? -1 : pair_all_groups(r, err);
}

/* ---- what another account has ---- */

/* What two accounts may have in common. */
struct likeness {
    struct str external_id, name, type;
};

static struct likeness likeness_of(const struct node *doc)
{
    return (struct likeness){.external_id = node_get_text(doc, STR("externalId")),
                             .name = node_get_text(doc, STR("name")),
                             .type = node_get_text(doc, STR("type"))};
}

static bool is_like(const struct likeness *a, const struct likeness *b, bool by_external_id)
{
    if (by_external_id)
        return a->external_id.n && str_eq(a->external_id, b->external_id);
    return a->name.n && str_eq(a->name, b->name) && str_eq(a->type, b->type);
}

/* The only one of the account that is alike, or NULL. */
static int find_alike(struct restore *r, const struct entry *wanted, const struct likeness *sought,
                      bool by_external_id, const struct entry **ret, struct err *err)
{
    size_t found = 0;
    *ret = NULL;
    for (size_t i = 0; i < r->live.index.n; i++) {
        const struct entry *entry = r->live.index.entries[i];
        struct arena scratch = {0};
        struct node doc;
        if (entry->kind != wanted->kind || oid_is_zero(&entry->blob) ||
            (!by_external_id && !str_eq(entry->slug, wanted->slug)))
            continue;
        int result = snapshot_load(&r->live, entry, &scratch, &doc, err);
        if (result == 0) {
            struct likeness other = likeness_of(&doc);
            if (is_like(sought, &other, by_external_id)) {
                found++;
                *ret = entry;
            }
        }
        arena_release(&scratch);
        if (result < 0)
            return -1;
    }
    if (found != 1)
        *ret = NULL;
    return 0;
}

static int match_one(struct restore *r, const struct entry *wanted, struct err *err)
{
    struct arena scratch = {0};
    struct node doc;
    const struct entry *alike = NULL;
    int result = snapshot_load(&r->want, wanted, &scratch, &doc, err);
    if (result == 0) {
        struct likeness sought = likeness_of(&doc);
        if (sought.external_id.n)
            result = find_alike(r, wanted, &sought, true, &alike, err);
        if (result == 0 && !alike)
            result = find_alike(r, wanted, &sought, false, &alike, err);
    }
    if (result == 0 && alike) {
        idmap_add(&r->ids, wanted->kind, wanted->id, alike->id);
        restore_note(r, "%s \"%.*s\" is taken for the one of the account with the id %s",
                     kind_of(wanted->kind)->name, STR_ARG(node_get_text(&doc, STR("name"))),
                     alike->id.p);
    }
    arena_release(&scratch);
    return result;
}

int restore_match_shared(struct restore *r, struct err *err)
{
    if (r->source == r->store)
        return 0;
    for (size_t i = 0; i < r->want.index.n; i++) {
        const struct entry *wanted = r->want.index.entries[i];
        struct str pair = idmap_get(&r->ids, wanted->kind, wanted->id);
        bool mapped =
            !str_eq(pair, wanted->id) && snapshot_find(&r->live, wanted->kind, pair) != NULL;
        if (!kind_of(wanted->kind)->common || oid_is_zero(&wanted->blob) || mapped)
            continue;
        if (match_one(r, wanted, err) < 0)
            return -1;
    }
    return 0;
}

int restore_write_map(struct restore *r, struct err *err)
{
    if (!r->options.map_path)
        return 0;
    struct arena scratch = {0};
    struct buf text = BUF_MAX(MAP_FILE_MAX);
    struct node map = idmap_document(&r->ids, &scratch);
    yaml_emit(&text, &map);
    int result = fs_replace(r->options.map_path, 0644, buf_view(&text), err);
    buf_release(&text);
    arena_release(&scratch);
    return result < 0 ? err_wrap(err, "--map") : 0;
}
