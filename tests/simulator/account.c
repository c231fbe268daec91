#include "account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "moment.h"

enum { FIRST_BUCKETS = 64 };

static size_t hash(const char *id)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ (h >> 29));
}

/* ---- what is known of a document ---- */

static void add_reference(struct resource *r, const struct reference_key *key,
                          struct json_object *value)
{
    const char *id;

    if (!json_object_is_type(value, json_type_string))
        return;
    id = json_object_get_string(value);
    r->refs = memory_resize(r->refs, r->refs_count + 1, sizeof *r->refs);
    r->refs[r->refs_count++] = (struct reference){key, memory_text(id)};
}

static void collect_references(struct resource *r, const struct reference_key *key,
                               struct json_object *value)
{
    struct json_object_iter it;

    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            collect_references(r, key, json_object_array_get_idx(value, i));
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreachC(value, it)
            collect_references(r, kind_reference(it.key), it.val);
    } else if (key) {
        add_reference(r, key, value);
    }
}

static char *id_of(struct json_object *document)
{
    struct json_object *id = json_get(document, "_id");

    if (!id)
        return memory_text("");
    if (json_object_is_type(id, json_type_string))
        return memory_text(json_object_get_string(id));
    return json_text(id, NULL);
}

static char *copy_member(struct json_object *document, const char *key)
{
    const char *text = json_get_text(document, key);

    return text ? memory_text(text) : NULL;
}

/* Frees what know() and resource_listed() have found. */
static void forget(struct resource *r)
{
    for (size_t i = 0; i < r->refs_count; i++)
        free(r->refs[i].id);
    free(r->refs);
    free(r->id);
    free(r->owner);
    free(r->name);
    free(r->document.bytes);
    free(r->listed.bytes);
}

/* Takes over `bytes`. */
static void know(struct resource *r, struct json_object *document, char *bytes, size_t len)
{
    r->id = id_of(document);
    r->owner = r->kind->container ? NULL : copy_member(document, KIND_OWNER_KEY);
    r->name = copy_member(document, "name");
    r->sandbox = json_get_bool(document, "sandbox");
    r->document = (struct text){bytes, len};
    collect_references(r, NULL, document);
}

/* ---- shelves ---- */

static void shelf_index(struct shelf *shelf, struct resource *r)
{
    struct resource **link = &shelf->buckets[hash(r->id) % shelf->buckets_count];

    while (*link)
        link = &(*link)->next;
    r->next = NULL;
    *link = r;
}

static void shelf_unindex(struct shelf *shelf, struct resource *r)
{
    struct resource **link = &shelf->buckets[hash(r->id) % shelf->buckets_count];

    while (*link && *link != r)
        link = &(*link)->next;
    if (*link)
        *link = r->next;
}

static void shelf_grow(struct shelf *shelf)
{
    if (shelf->count == shelf->cap) {
        shelf->cap = shelf->cap ? shelf->cap * 2 : FIRST_BUCKETS;
        shelf->at = memory_resize(shelf->at, shelf->cap, sizeof(struct resource *));
    }
    if (shelf->count < shelf->buckets_count)
        return;
    free(shelf->buckets);
    shelf->buckets_count = shelf->cap;
    shelf->buckets = memory_new(shelf->buckets_count * sizeof(struct resource *));
    for (size_t i = 0; i < shelf->count; i++)
        shelf_index(shelf, shelf->at[i]);
}

void rows_clear(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->at[i].bytes);
    free(rows->at);
    *rows = (struct rows){0};
}

void resource_free(struct resource *r)
{
    forget(r);
    json_object_put(r->vault);
    for (size_t i = 0; i < FACETS; i++)
        rows_clear(&r->rows[i]);
    for (size_t i = 0; i < KINDS; i++)
        free(r->members[i]);
    free(r);
}

static void shelf_release(struct shelf *shelf)
{
    for (size_t i = 0; i < shelf->count; i++)
        resource_free(shelf->at[i]);
    free(shelf->at);
    free(shelf->buckets);
    *shelf = (struct shelf){0};
}

/* ---- the account ---- */

struct account *account_new(uint64_t seed, const struct rules *rules)
{
    struct account *account = memory_new(sizeof *account);
    int64_t first = 0;

    account->rules = rules;
    moment_parse("2025-06-01T08:00:00.000Z", &first);
    account->now = first + (int64_t)(seed % 365) * MOMENT_DAY;
    random_seed(&account->random, seed);
    return account;
}

void account_clear(struct account *account)
{
    for (size_t i = 0; i < KINDS; i++)
        shelf_release(&account->shelves[i]);
    for (size_t i = 0; i < FACETS; i++)
        rows_clear(&account->rows[i]);
    for (size_t i = 0; i < account->bin.count; i++)
        resource_free(account->bin.at[i].resource);
    free(account->bin.at);
    account->bin = (struct bin){0};
    account->members_known = false;
}

void account_free(struct account *account)
{
    account_clear(account);
    free(account);
}

static bool id_taken(const struct account *account, const char *id)
{
    for (size_t i = 0; i < KINDS; i++)
        if (account_find(account, &kinds[i], id))
            return true;
    return false;
}

void account_fresh_id(struct account *account, char id[ID_SIZE])
{
    do {
        uint64_t high = random_next(&account->random);
        uint64_t low = random_next(&account->random);

        snprintf(id, ID_SIZE, "%08x%016llx", (unsigned)(high >> 32) & 0x7fffffffU,
                 (unsigned long long)low);
    } while (id_taken(account, id));
}

int64_t account_tick(struct account *account)
{
    account->now += MOMENT_MINUTE;
    return account->now;
}

struct resource *account_find(const struct account *account, const struct kind *kind,
                              const char *id)
{
    const struct shelf *shelf = &account->shelves[kind->id];
    struct resource *r;

    if (!shelf->count)
        return NULL;
    for (r = shelf->buckets[hash(id) % shelf->buckets_count]; r; r = r->next)
        if (strcmp(r->id, id) == 0)
            return r;
    return NULL;
}

void account_attach(struct account *account, struct resource *resource)
{
    struct shelf *shelf = &account->shelves[resource->kind->id];

    shelf_grow(shelf);
    shelf->at[shelf->count++] = resource;
    shelf_index(shelf, resource);
    account->members_known = false;
}

static struct resource *add(struct account *account, const struct kind *kind,
                            struct json_object *document, char *bytes, size_t len)
{
    struct resource *r = memory_new(sizeof *r);

    r->kind = kind;
    know(r, document, bytes, len);
    account_attach(account, r);
    return r;
}

struct resource *account_add(struct account *account, const struct kind *kind, const char *bytes,
                             size_t len)
{
    struct json_object *document = json_parse(bytes, len);
    struct resource *r = NULL;

    if (json_object_is_type(document, json_type_object))
        r = add(account, kind, document, memory_copy(bytes, len), len);
    json_object_put(document);
    return r;
}

struct resource *account_add_document(struct account *account, const struct kind *kind,
                                      struct json_object *document)
{
    size_t len;
    char *bytes = json_text(document, &len);

    return add(account, kind, document, bytes, len);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether two states of a resource make the same members: same id, owner and references. */
static bool same_links(const struct resource *a, const struct resource *b)
{
    bool same =
        same_text(a->id, b->id) && same_text(a->owner, b->owner) && a->refs_count == b->refs_count;

    for (size_t i = 0; same && i < a->refs_count; i++)
        same = a->refs[i].key == b->refs[i].key && strcmp(a->refs[i].id, b->refs[i].id) == 0;
    return same;
}

static void set(struct account *account, struct resource *r, struct json_object *document,
                char *bytes, size_t len)
{
    struct shelf *shelf = &account->shelves[r->kind->id];
    struct resource old = *r;

    shelf_unindex(shelf, r);
    r->refs = NULL;
    r->refs_count = 0;
    r->listed = (struct text){0};
    know(r, document, bytes, len);
    shelf_index(shelf, r);
    if (!same_links(&old, r))
        account->members_known = false;
    forget(&old);
}

int account_set(struct account *account, struct resource *resource, const char *bytes, size_t len)
{
    struct json_object *document = json_parse(bytes, len);
    bool good = json_object_is_type(document, json_type_object);

    if (good)
        set(account, resource, document, memory_copy(bytes, len), len);
    json_object_put(document);
    return good ? 0 : -1;
}

void account_set_document(struct account *account, struct resource *resource,
                          struct json_object *document)
{
    size_t len;
    char *bytes = json_text(document, &len);

    set(account, resource, document, bytes, len);
}

/* Takes a resource from its place in the list, but not out of the account. */
static void shelf_take(struct shelf *shelf, const struct resource *resource)
{
    size_t i = 0;

    while (shelf->at[i] != resource)
        i++;
    shelf->count--;
    memmove(&shelf->at[i], &shelf->at[i + 1], (shelf->count - i) * sizeof(struct resource *));
}

void account_move_last(struct account *account, struct resource *resource)
{
    struct shelf *shelf = &account->shelves[resource->kind->id];

    shelf_take(shelf, resource);
    shelf->at[shelf->count++] = resource;
    account->members_known = false;
}

void account_shuffle(struct account *account, const struct kind *kind, struct random *random)
{
    struct shelf *shelf = &account->shelves[kind->id];

    for (size_t i = shelf->count; i > 1; i--) {
        size_t other = random_below(random, i);
        struct resource *kept = shelf->at[i - 1];

        shelf->at[i - 1] = shelf->at[other];
        shelf->at[other] = kept;
    }
    account->members_known = false;
}

void account_detach(struct account *account, struct resource *resource)
{
    struct shelf *shelf = &account->shelves[resource->kind->id];

    shelf_take(shelf, resource);
    shelf_unindex(shelf, resource);
    account->members_known = false;
}

void bin_add(struct bin *bin, struct recycled recycled)
{
    if (bin->count == bin->cap) {
        bin->cap = bin->cap * 2 + 8;
        bin->at = memory_resize(bin->at, bin->cap, sizeof *bin->at);
    }
    bin->at[bin->count++] = recycled;
    if (bin->deletions < recycled.deletion)
        bin->deletions = recycled.deletion;
}

/* ---- single resources ---- */

struct json_object *resource_document(const struct resource *resource)
{
    struct json_object *document = json_parse(resource->document.bytes, resource->document.len);

    if (!document)
        abort(); /* every text was parsed once already */
    return document;
}

/* The four fields of the reference's list of integrations. */
static struct json_object *summary(struct json_object *document)
{
    static const char *const fields[] = {"_id", "name", "sandbox", "lastModified"};
    struct json_object *picked = json_object_new_object();

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct json_object *value = NULL;

        if (json_object_object_get_ex(document, fields[i], &value))
            json_put(picked, fields[i], json_object_get(value));
    }
    return picked;
}

const struct text *resource_listed(struct resource *resource, const struct rules *rules)
{
    const struct kind *kind = resource->kind;
    bool short_form = kind->container && !rules->whole_lists;
    struct json_object *document;
    struct json_object *listed;

    if (!short_form && !(kind->hidden && rules->hides_fields))
        return &resource->document;
    if (resource->listed.bytes)
        return &resource->listed;
    document = resource_document(resource);
    listed = short_form ? summary(document) : json_object_get(document);
    if (kind->hidden && rules->hides_fields)
        json_object_object_del(listed, kind->hidden);
    resource->listed.bytes = json_text(listed, &resource->listed.len);
    json_object_put(listed);
    json_object_put(document);
    return &resource->listed;
}

void resource_set_vault(struct resource *resource, struct json_object *vault)
{
    json_object_put(resource->vault);
    resource->vault = vault;
}

static struct text row_text(struct json_object *row)
{
    struct text text;

    text.bytes = json_text(row, &text.len);
    return text;
}

void rows_set(struct rows *rows, struct json_object *array)
{
    size_t count = json_object_array_length(array);

    rows_clear(rows);
    rows->at = memory_resize(NULL, count, sizeof *rows->at);
    rows->cap = count;
    for (size_t i = 0; i < count; i++)
        rows->at[i] = row_text(json_object_array_get_idx(array, i));
    rows->count = count;
}

void rows_put(struct rows *rows, struct json_object *row)
{
    if (rows->count == rows->cap) {
        rows->cap = rows->cap * 2 + 8;
        rows->at = memory_resize(rows->at, rows->cap, sizeof *rows->at);
    }
    memmove(rows->at + 1, rows->at, rows->count * sizeof *rows->at);
    rows->at[0] = row_text(row);
    rows->count++;
}

void rows_write(const struct rows *rows, struct buffer *out)
{
    buffer_text(out, "[");
    for (size_t i = 0; i < rows->count; i++) {
        buffer_text(out, i ? ",\n" : "\n");
        buffer_add(out, rows->at[i].bytes, rows->at[i].len);
    }
    buffer_text(out, "]");
}
