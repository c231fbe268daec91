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
    struct text summary;   /* made by resource_summary */
    struct resource *next; /* same hash bucket */
    size_t position;       /* in its kind's list; right after account_members() only */
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

struct account {
    struct random random; /* for ids */
    int64_t now;          /* the simulated clock */
    struct shelf shelves[KINDS];
    bool members_known;
};

/* An empty account whose clock starts at a date that `seed` chooses. */
struct account *account_new(uint64_t seed);
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

void account_remove(struct account *account, struct resource *resource);

/*
 * Removes a container and its members of kinds that die with it, unless another container or a
 * standalone resource uses them. Any other resource is removed alone.
 */
void account_remove_cascading(struct account *account, struct resource *resource);

/* The container's members of one kind, in the account's order. Holds until the next write. */
struct resource *const *account_members(struct account *account, struct resource *container,
                                        const struct kind *kind, size_t *ret_count);

/* Whether anything but `except` (may be NULL) refers to the resource and so makes it a member of
 * something. */
bool account_is_used(const struct account *account, const struct resource *resource,
                     const struct resource *except);

/* The document, parsed; json_object_put() it. */
struct json_object *resource_document(const struct resource *resource);

/* The four fields of the reference's list of integrations. */
const struct text *resource_summary(struct resource *resource);

/* Takes the rows of `array` over for one facet; puts one row in front. The arguments stay the
 * caller's. */
void resource_set_rows(struct resource *container, const struct facet *facet,
                       struct json_object *array);
void resource_put_row(struct resource *container, const struct facet *facet,
                      struct json_object *row);

#endif
