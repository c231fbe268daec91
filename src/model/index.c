#include "model/index.h"

#include <stdlib.h>
#include <string.h>

#include "model/layout.h"
#include "model/resource_key.h"

void claim_add(struct claim *claim, struct str integration)
{
    if (claim->state == CLAIM_NONE && integration.n) {
        claim->state = CLAIM_ONE;
        claim->integration = integration;
    } else if (claim->state == CLAIM_NONE || !str_eq(claim->integration, integration)) {
        claim->state = CLAIM_SEVERAL;
    }
}

void index_init(struct index *index)
{
    *index = (struct index){0};
}

void index_release(struct index *index)
{
    map_release(&index->map);
    free(index->entries);
    arena_release(&index->arena);
    *index = (struct index){0};
}

/* Longest key: a kind's number, an id and a part, each of bounded length. */
enum { KEY_MAX = ID_MAX + 64 };

static struct str key_of(char text[static KEY_MAX], enum kind_id kind, struct str id,
                         struct str part)
{
    struct str key = resource_key(text, kind, id);
    size_t room = KEY_MAX - key.n - 1, n = part.n < room ? part.n : room;
    text[key.n++] = '/';
    memcpy(text + key.n, n ? part.p : "", n);
    key.n += n;
    return key;
}

struct entry *index_get(const struct index *index, enum kind_id kind, struct str id,
                        struct str part)
{
    char key[KEY_MAX];
    return map_get(&index->map, key_of(key, kind, id, part));
}

static void append(struct index *index, struct entry *entry)
{
    if (index->n == index->room) {
        index->room = index->room ? index->room * 2 : 256;
        index->entries = realloc(index->entries, index->room * sizeof *index->entries);
        if (!index->entries)
            abort();
    }
    index->entries[index->n++] = entry;
}

struct entry *index_put(struct index *index, enum kind_id kind, struct str id, struct str part)
{
    struct entry *entry = index_get(index, kind, id, part);
    if (entry)
        return entry;
    entry = arena_alloc(&index->arena, sizeof *entry);
    entry->kind = kind;
    entry->id = arena_str(&index->arena, id);
    entry->part = arena_str(&index->arena, part);
    char key[KEY_MAX];
    map_put(&index->map, arena_str(&index->arena, key_of(key, kind, id, part)), entry);
    append(index, entry);
    return entry;
}

/* A file in an integration's folder has a home, also where the integration's own document is
 * missing (a person may have removed it). */
static void add_home(struct index *index, const struct layout_place *place)
{
    struct entry *home = index_put(index, KIND_INTEGRATION, place->owner, STR(""));
    if (!home->slug.n)
        home->slug = arena_str(&index->arena, place->owner_slug);
}

bool index_add_path(struct index *index, struct str path, const struct oid *blob)
{
    struct layout_place place;
    if (!layout_parse(path, &place))
        return false;
    bool document = kind_is_document(kind_of(place.kind));
    if (place.owner.n)
        add_home(index, &place);
    struct entry *entry =
        index_put(index, place.kind, document ? place.id : place.owner, place.part);
    entry->slug = arena_str(&index->arena, place.slug);
    entry->owner = arena_str(&index->arena, place.owner);
    *(place.beside ? &entry->beside : &entry->blob) = *blob;
    return true;
}

struct entry *index_keep(struct index *index, const struct entry *entry)
{
    struct entry *kept = index_get(index, entry->kind, entry->id, entry->part);
    if (kept)
        return kept;
    kept = index_put(index, entry->kind, entry->id, entry->part);
    kept->slug = arena_str(&index->arena, entry->slug);
    kept->title = arena_str(&index->arena, entry->title);
    kept->blob = entry->blob;
    kept->beside = entry->beside;
    kept->kept = true;
    kept->owner = arena_str(&index->arena, entry->owner);
    return kept;
}

size_t index_count(const struct index *index, enum kind_id kind)
{
    size_t n = 0;
    for (size_t i = 0; i < index->n; i++)
        n += index->entries[i]->kind == kind && !oid_is_zero(&index->entries[i]->blob);
    return n;
}

static bool has_integration(const struct index *index, struct str id)
{
    return id.n && index_get(index, KIND_INTEGRATION, id, STR(""));
}

/* What is carried over stands where it stood. */
static struct str owner_of_kept(const struct index *index, const struct entry *entry)
{
    return has_integration(index, entry->owner) ? entry->owner : STR("");
}

static struct str owner_of_flow(const struct index *index, const struct entry *flow)
{
    if (flow->home.n)
        return has_integration(index, flow->home) ? flow->home : STR("");
    if (flow->listed_by.state == CLAIM_ONE && has_integration(index, flow->listed_by.integration))
        return flow->listed_by.integration;
    return STR("");
}

/* Marks what a flow uses as used by the flow's integration. */
static void claim_used(const struct index *index, const struct entry *flow)
{
    for (size_t i = 0; i < flow->refs.n; i++) {
        const struct ref *ref = &flow->refs.items[i];
        struct entry *target = ref->used ? index_get(index, ref->kind, ref->id, STR("")) : NULL;
        if (target)
            claim_add(&target->used_by, flow->owner);
    }
}

static struct str owner_of_step(const struct index *index, const struct entry *step)
{
    struct claim claim = step->used_by;
    if (step->home.n)
        claim_add(&claim, step->home);
    if (claim.state == CLAIM_NONE)
        claim = step->listed_by;
    bool one = claim.state == CLAIM_ONE && has_integration(index, claim.integration);
    return one ? claim.integration : STR("");
}

void index_settle(struct index *index)
{
    for (size_t i = 0; i < index->n; i++)
        index->entries[i]->used_by = (struct claim){0};
    for (size_t i = 0; i < index->n; i++) {
        struct entry *entry = index->entries[i];
        if (!kind_of(entry->kind)->decides)
            continue;
        entry->owner = entry->kept ? owner_of_kept(index, entry) : owner_of_flow(index, entry);
        claim_used(index, entry);
    }
    for (size_t i = 0; i < index->n; i++) {
        struct entry *entry = index->entries[i];
        const struct kind *kind = kind_of(entry->kind);
        if (kind->place == PLACE_OWNER && !kind->decides)
            entry->owner = entry->kept ? owner_of_kept(index, entry) : owner_of_step(index, entry);
        else if (!kind_is_document(kind))
            entry->owner = entry->id;
    }
}

static int by_path(const void *a, const void *b)
{
    return str_cmp(((const struct index_file *)a)->path, ((const struct index_file *)b)->path);
}

bool entry_same(const struct entry *a, const struct entry *b)
{
    return oid_eq(&a->blob, &b->blob) && oid_eq(&a->beside, &b->beside);
}

void index_spread_scope(struct index *index)
{
    for (size_t i = 0; i < index->n; i++) {
        struct entry *entry = index->entries[i];
        const struct entry *owner =
            entry->owner.n ? index_get(index, KIND_INTEGRATION, entry->owner, STR("")) : NULL;
        entry->out = entry->out || (owner && owner->out);
    }
}

bool entry_is_document(const struct entry *entry)
{
    return kind_is_document(kind_of(entry->kind)) && !oid_is_zero(&entry->blob);
}

bool entry_is_file(const struct entry *entry)
{
    return !entry->out && (!oid_is_zero(&entry->blob) || !oid_is_zero(&entry->beside));
}

static struct str path_of(const struct index *index, struct arena *a, const struct entry *entry,
                          bool beside)
{
    const struct entry *owner =
        entry->owner.n ? index_get(index, KIND_INTEGRATION, entry->owner, STR("")) : NULL;
    struct layout_place place = {.kind = entry->kind,
                                 .id = entry->id,
                                 .slug = entry->slug,
                                 .owner = owner ? owner->id : STR(""),
                                 .owner_slug = owner ? owner->slug : STR(""),
                                 .part = entry->part,
                                 .beside = beside};
    return layout_path(a, &place);
}

struct str index_path(const struct index *index, struct arena *a, const struct entry *entry)
{
    return path_of(index, a, entry, false);
}

void index_files(const struct index *index, struct arena *a, struct index_file **ret_files,
                 size_t *ret_n)
{
    struct index_file *files = arena_array(a, 2 * index->n, sizeof *files);
    size_t n = 0;
    for (size_t i = 0; i < index->n; i++) {
        const struct entry *entry = index->entries[i];
        if (entry->out)
            continue;
        if (!oid_is_zero(&entry->blob))
            files[n++] = (struct index_file){
                .path = path_of(index, a, entry, false), .entry = entry, .blob = &entry->blob};
        if (!oid_is_zero(&entry->beside))
            files[n++] = (struct index_file){.path = path_of(index, a, entry, true),
                                             .entry = entry,
                                             .blob = &entry->beside,
                                             .beside = true};
    }
    if (n)
        qsort(files, n, sizeof *files, by_path);
    *ret_files = files;
    *ret_n = n;
}
