/*
 * account.h - everything the simulated account holds.
 *
 * A resource IS its JSON text, kept as the bytes that are served; what the server has to know of it
 * (id, owner, name, references) is taken out once, when the text is set. Changing a document means
 * parsing it, editing, and setting it again. Ids need not be unique or sensible: hostile documents
 * can be put in, and the first of equal ids is the one found.
 *
 * One thread uses an account. Pointers to resources hold until that resource is removed.
 */
#ifndef SIMULATOR_ACCOUNT_H
#define SIMULATOR_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "kinds.h"
#include "profile.h"
#include "random.h"

#define ID_SIZE 25

struct reference {
    const struct reference_key *key;
    char *id;
};

/* Bytes of JSON somebody else owns, or, in a facet, owned by it. */
struct text {
    char *bytes;
    size_t len;
};

/* One list of an integration that is no list of resources: audit rows, newest first; error counts;
 * users. */
struct rows {
    struct text *at;
    size_t count;
    size_t cap;
};

struct resource {
    const struct kind *kind;
    char *id;    /* "" where the document has none; a non-string id as its JSON text */
    char *owner; /* the container named by the document itself, or NULL */
    char *name;  /* NULL where there is none */
    bool sandbox;
    struct reference *refs;
    size_t refs_count;
    struct text document;
    struct text listed;        /* made by resource_listed */
    struct json_object *vault; /* field path → secret, of those shown as masks; NULL: none */
    struct resource *next;     /* same hash bucket */
    size_t position;           /* in its kind's list; right after account_members() only */
    struct rows rows[FACETS];
    struct resource **members[KINDS]; /* containers only; read through account_members() */
    size_t members_count[KINDS];
};

struct shelf {
    struct resource **at; /* in the order of creation */
    size_t count;
    size_t cap;
    struct resource **buckets;
    size_t buckets_count;
};

/* A deleted resource that can be restored. */
struct recycled {
    struct resource *resource;
    size_t deletion; /* what was deleted together has the same number */
    bool head;       /* the one that was asked for */
    int64_t moment;
};

/* The recycle bin, in the order of deletion. */
struct bin {
    struct recycled *at;
    size_t count;
    size_t cap;
    size_t deletions;
};

struct account {
    const struct rules *rules;
    struct random random; /* for ids, and for what the server makes up */
    int64_t now;          /* the simulated clock */
    struct shelf shelves[KINDS];
    struct bin bin;
    struct rows rows[FACETS]; /* those of the whole account, where the rules have any */
    bool members_known;
};

/* An empty account whose clock starts at a date that `seed` chooses. The rules must outlive it. */
struct account *account_new(uint64_t seed, const struct rules *rules);
void account_clear(struct account *account);
void account_free(struct account *account);

/* A 24-hex id that no resource has. */
void account_fresh_id(struct account *account, char id[ID_SIZE]);

/* Moves the clock one minute on and returns it. */
int64_t account_tick(struct account *account);

struct resource *account_find(const struct account *account, const struct kind *kind,
                              const char *id);

/* Adds a resource whose text is exactly the given bytes. NULL where they are no JSON object. */
struct resource *account_add(struct account *account, const struct kind *kind, const char *bytes,
                             size_t len);

/* The same from a document, which stays the caller's. */
struct resource *account_add_document(struct account *account, const struct kind *kind,
                                      struct json_object *document);

/* Sets a resource's text. Returns 0, or -1 and changes nothing where the bytes are no JSON object.
 */
int account_set(struct account *account, struct resource *resource, const char *bytes, size_t len);
void account_set_document(struct account *account, struct resource *resource,
                          struct json_object *document);

/* Moves a resource to the end of its list; puts a whole list into another order. */
void account_move_last(struct account *account, struct resource *resource);
void account_shuffle(struct account *account, const struct kind *kind, struct random *random);

/* Takes a resource out of the account, for account_attach() or resource_free(). */
void account_detach(struct account *account, struct resource *resource);
void account_attach(struct account *account, struct resource *resource);

/* Resources taken out of the account; free() the array. */
struct detached {
    struct resource **at;
    size_t count;
};

/*
 * Detaches a container and its members of kinds that die with it, unless another container or a
 * standalone resource uses them. Any other resource is detached alone. The one asked for is the
 * last.
 */
struct detached account_detach_cascading(struct account *account, struct resource *resource);

/* The container's members of one kind, in the account's order. Holds until the next write. */
struct resource *const *account_members(struct account *account, struct resource *container,
                                        const struct kind *kind, size_t *ret_count);

/* Whether anything but the resource itself refers to it in any way; whether anything but `except`
 * uses it. */
bool account_is_referenced(const struct account *account, const struct resource *resource);
bool account_is_used(const struct account *account, const struct resource *resource,
                     const struct resource *except);

void resource_free(struct resource *resource);

/* Puts a detached resource into the bin. */
void bin_add(struct bin *bin, struct recycled recycled);

/* The document, parsed; json_object_put() it. */
struct json_object *resource_document(const struct resource *resource);

/* The resource as lists show it under these rules, which must always be the same. */
const struct text *resource_listed(struct resource *resource, const struct rules *rules);

/* Replaces what is kept apart of the document's secrets; takes `vault` (may be NULL) over. */
void resource_set_vault(struct resource *resource, struct json_object *vault);

/* Sets the rows to those of `array`; puts one row in front. The arguments stay the caller's. */
void rows_set(struct rows *rows, struct json_object *array);
void rows_put(struct rows *rows, struct json_object *row);
void rows_clear(struct rows *rows);

/* Appends the rows as a JSON array. */
void rows_write(const struct rows *rows, struct buffer *out);

#endif
