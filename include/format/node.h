/*
 * node: the document model. A value as JSON has them, independent of any library.
 *
 * Nodes live in an arena and are small enough to pass by value inside arrays. Maps keep their
 * members sorted in canonical order from birth (node_map_sort), with unique keys, so that two nodes
 * are the same document exactly when node_eq says so, whatever order they were told in. Lists keep
 * the order given.
 *
 * Numbers are their spelling: text that is valid JSON and that YAML 1.1 and 1.2 readers take for
 * the same number (node_number gives 1e3 the dot and sign that YAML 1.1 asks for: 1.0e+3). They are
 * compared as text; nothing converts them to binary.
 *
 * A node passed by value shares its items with the original: change one of the two, not both.
 *
 * A secret node prints as "<secret>" wherever nodes are printed for people.
 */
#ifndef FORMAT_NODE_H
#define FORMAT_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* The types of JSON. */
enum node_type { NODE_NULL, NODE_BOOL, NODE_NUMBER, NODE_STRING, NODE_LIST, NODE_MAP };

/* Deepest nesting of lists and maps that any reader here accepts and any writer here writes. Real
 * documents stay below 30; the bound keeps recursion over hostile ones harmless. */
enum { NODE_DEPTH_MAX = 100 };

struct member;

struct node {
    enum node_type type;
    bool secret;   /* print as <secret> */
    unsigned line; /* 1-based line in the file it was read from; 0 where that is not known */
    unsigned room; /* of a list or map: items there is memory for; 0 where only n are known of */
    union {
        bool boolean;
        struct str text; /* NODE_NUMBER: spelling; NODE_STRING: UTF-8, any code point, U+0000 too */
        struct {
            struct node *items;
            size_t n;
        } list;
        struct {
            struct member *items; /* sorted, keys unique */
            size_t n;
        } map;
    };
};

/* A key and what stands under it. */
struct member {
    struct str key;
    struct node value;
};

/* Constructors; text is borrowed and must live as long as the node. */
struct node node_null(void);
struct node node_bool(bool value);
struct node node_string(struct str text);

/* A string node of a C string, borrowed. */
struct node node_cstring(const char *text);

/* The length of the JSON number (RFC 8259 section 6) that text begins with; 0 where none does. */
size_t node_number_length(struct str text);

/* A number from a JSON number's spelling; `a` holds the text where it has to change. The caller has
 * checked that spelling is one, by node_number_length or by having made it. */
struct node node_number(struct arena *a, struct str spelling);

/* A number node of an integer. */
struct node node_integer(struct arena *a, long long value);

/* A string: that time as RFC 3339 in UTC (base/clock.h). */
struct node node_time(struct arena *a, int64_t seconds);

/* An empty list or map with room for `capacity` items; grow by node_list_add and node_map_set. */
struct node node_list(struct arena *a, size_t capacity);
struct node node_map(struct arena *a, size_t capacity);

/* Appends value. Not for lists of thousands of items built one by one without capacity: growth
 * doubles, and what it leaves stays in the arena. */
void node_list_add(struct arena *a, struct node *list, struct node value);

/* Sets key, replacing a value already there. Keeps the canonical order. key is borrowed. */
void node_map_set(struct arena *a, struct node *map, struct str key, struct node value);

/* Takes key out of map, if it is there. Returns whether it was. */
bool node_map_remove(struct node *map, struct str key);

/* The value under key, or NULL where map is no map or has no such key. Borrows map. */
struct node *node_get(const struct node *map, struct str key);

/* The text under key, or the empty str where there is no string. */
struct str node_get_text(const struct node *map, struct str key);

/* The whole number under key, of one that node_integer has made or JSON has so; 0 where there is no
 * number. */
long long node_get_integer(const struct node *map, struct str key);

/* Canonical order of keys: _id, name, description, then byte order. <0, 0 or >0. */
int node_key_cmp(struct str a, struct str b);

/* Sorts n members into canonical order. Fails with ERR_BAD where a key stands twice (names it);
 * they are sorted even then. */
int node_map_sort(struct member *members, size_t n, struct err *err);

/* Whether both are the same value: same types, texts, items in order, members. Ignores `line` and
 * `secret`. */
bool node_eq(const struct node *a, const struct node *b);

/* A total order over values, for sorting lists whose order means nothing: <0, 0 or >0. */
int node_cmp(const struct node *a, const struct node *b);

/* A copy that borrows nothing from the original. */
struct node node_copy(struct arena *a, const struct node *original);

#endif
