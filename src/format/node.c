#include "format/node.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "format/utf8.h"

enum {
    ROOM_MIN = 4,            /* items that the first growth makes room for */
    INSERTION_SORT_MAX = 24, /* members; documents' maps are small and mostly near their order */
    KEY_SHOWN_MAX = 60,      /* bytes of a key quoted in a message */
};

struct node node_null(void)
{
    return (struct node){.type = NODE_NULL};
}

struct node node_bool(bool value)
{
    return (struct node){.type = NODE_BOOL, .boolean = value};
}

struct node node_string(struct str text)
{
    return (struct node){.type = NODE_STRING, .text = text};
}

struct node node_cstring(const char *text)
{
    return node_string(str_of(text));
}

static size_t skip_digits(struct str s, size_t at)
{
    while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
        at++;
    return at;
}

static bool stands_at(struct str s, size_t at, const char *any_of)
{
    return at < s.n && s.p[at] && strchr(any_of, s.p[at]);
}

size_t node_number_length(struct str text)
{
    size_t from = stands_at(text, 0, "-") ? 1 : 0;
    size_t at = stands_at(text, from, "0") ? from + 1 : skip_digits(text, from);
    if (at == from)
        return 0;
    if (stands_at(text, at, ".")) {
        size_t end = skip_digits(text, at + 1);
        if (end == at + 1)
            return at;
        at = end;
    }
    if (stands_at(text, at, "eE")) {
        size_t digits = at + (stands_at(text, at + 1, "+-") ? 2 : 1);
        size_t end = skip_digits(text, digits);
        if (end > digits)
            at = end;
    }
    return at;
}

struct node node_number(struct arena *a, struct str spelling)
{
    struct node number = {.type = NODE_NUMBER, .text = spelling};
    size_t e = 0;
    while (e < spelling.n && spelling.p[e] != 'e' && spelling.p[e] != 'E')
        e++;
    if (e == spelling.n)
        return number;
    struct str mantissa = str_sub(spelling, 0, e);
    bool has_dot = str_find(mantissa, '.') < mantissa.n;
    bool has_sign = stands_at(spelling, e + 1, "+-");
    if (has_dot && has_sign)
        return number;
    struct str digits = str_sub(spelling, e + 1, spelling.n);
    number.text = arena_printf(a, "%.*s%s%c%s%.*s", STR_ARG(mantissa), has_dot ? "" : ".0",
                               spelling.p[e], has_sign ? "" : "+", STR_ARG(digits));
    return number;
}

struct node node_integer(struct arena *a, long long value)
{
    char digits[sizeof value * CHAR_BIT / 3 + 2];
    char *end = digits + sizeof digits, *p = end;
    /* In unsigned arithmetic, where the smallest value has a negative. */
    unsigned long long rest = (unsigned long long)value;
    if (value < 0)
        rest = 0 - rest;
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--p = '-';
    struct str spelling = {.p = p, .n = (size_t)(end - p)};
    return (struct node){.type = NODE_NUMBER, .text = arena_str(a, spelling)};
}

static unsigned checked_room(size_t capacity)
{
    if (capacity > UINT_MAX)
        abort(); /* texts are bounded long before they could hold so many items */
    return (unsigned)capacity;
}

struct node node_list(struct arena *a, size_t capacity)
{
    struct node list = {.type = NODE_LIST, .room = checked_room(capacity)};
    if (capacity)
        list.list.items = arena_array(a, capacity, sizeof *list.list.items);
    return list;
}

struct node node_map(struct arena *a, size_t capacity)
{
    struct node map = {.type = NODE_MAP, .room = checked_room(capacity)};
    if (capacity)
        map.map.items = arena_array(a, capacity, sizeof *map.map.items);
    return map;
}

/* Items with room for one more than n: the old ones, or a copy in twice the room. */
static void *with_room(struct arena *a, struct node *owner, void *items, size_t n, size_t size)
{
    if (n < owner->room)
        return items;
    size_t room = n < ROOM_MIN ? ROOM_MIN : 2 * n;
    void *grown = arena_array(a, room, size);
    if (n)
        memcpy(grown, items, n * size);
    owner->room = checked_room(room);
    return grown;
}

void node_list_add(struct arena *a, struct node *list, struct node value)
{
    size_t n = list->list.n;
    list->list.items = with_room(a, list, list->list.items, n, sizeof value);
    list->list.items[n] = value;
    list->list.n = n + 1;
}

/* Whether key is in map; *ret_at is where it stands, or where it would have to. */
static bool find_member(const struct node *map, struct str key, size_t *ret_at)
{
    size_t low = 0, high = map->map.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = node_key_cmp(map->map.items[middle].key, key);
        if (order == 0) {
            *ret_at = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_at = low;
    return false;
}

void node_map_set(struct arena *a, struct node *map, struct str key, struct node value)
{
    size_t at, n = map->map.n;
    if (find_member(map, key, &at)) {
        map->map.items[at].value = value;
        return;
    }
    struct member *items = with_room(a, map, map->map.items, n, sizeof *items);
    memmove(items + at + 1, items + at, (n - at) * sizeof *items);
    items[at] = (struct member){.key = key, .value = value};
    map->map.items = items;
    map->map.n = n + 1;
}

bool node_map_remove(struct node *map, struct str key)
{
    size_t at;
    if (!find_member(map, key, &at))
        return false;
    struct member *items = map->map.items;
    map->map.n--;
    memmove(items + at, items + at + 1, (map->map.n - at) * sizeof *items);
    return true;
}

struct node *node_get(const struct node *map, struct str key)
{
    size_t at;
    if (map->type != NODE_MAP || !find_member(map, key, &at))
        return NULL;
    return &map->map.items[at].value;
}

struct node node_time(struct arena *a, int64_t seconds)
{
    char text[CLOCK_TEXT];
    clock_format(seconds, text);
    return node_string(arena_str(a, str_of(text)));
}

struct str node_get_text(const struct node *map, struct str key)
{
    const struct node *value = node_get(map, key);
    return value && value->type == NODE_STRING ? value->text : STR("");
}

long long node_get_integer(const struct node *map, struct str key)
{
    const struct node *value = node_get(map, key);
    return value && value->type == NODE_NUMBER ? strtoll(value->text.p, NULL, 10) : 0;
}

/* What a person looks for first stands first. Called for every comparison of a sort: the length
 * settles most keys. */
static int key_rank(struct str key)
{
    if (key.n == 3 && memcmp(key.p, "_id", 3) == 0)
        return 0;
    if (key.n == 4 && memcmp(key.p, "name", 4) == 0)
        return 1;
    if (key.n == 11 && memcmp(key.p, "description", 11) == 0)
        return 2;
    return 3;
}

int node_key_cmp(struct str a, struct str b)
{
    int order = key_rank(a) - key_rank(b);
    return order ? order : str_cmp(a, b);
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return node_key_cmp(x->key, y->key);
}

static void insertion_sort(struct member *members, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (compare_members(&members[i - 1], &members[i]) <= 0)
            continue;
        struct member moved = members[i];
        size_t at = i;
        do {
            members[at] = members[at - 1];
            at--;
        } while (at > 0 && compare_members(&members[at - 1], &moved) > 0);
        members[at] = moved;
    }
}

int node_map_sort(struct member *members, size_t n, struct err *err)
{
    if (n <= INSERTION_SORT_MAX)
        insertion_sort(members, n);
    else
        qsort(members, n, sizeof *members, compare_members);
    for (size_t i = 1; i < n; i++)
        if (str_eq(members[i - 1].key, members[i].key))
            return err_set(err, ERR_BAD, "the key \"%.*s\" stands twice",
                           STR_ARG(utf8_cut(members[i].key, KEY_SHOWN_MAX)));
    return 0;
}

static int compare_lists(const struct node *a, const struct node *b)
{
    for (size_t i = 0; i < a->list.n && i < b->list.n; i++) {
        int order = node_cmp(&a->list.items[i], &b->list.items[i]);
        if (order)
            return order;
    }
    return (a->list.n > b->list.n) - (a->list.n < b->list.n);
}

static int compare_maps(const struct node *a, const struct node *b)
{
    for (size_t i = 0; i < a->map.n && i < b->map.n; i++) {
        const struct member *x = &a->map.items[i], *y = &b->map.items[i];
        int order = node_key_cmp(x->key, y->key);
        if (!order)
            order = node_cmp(&x->value, &y->value);
        if (order)
            return order;
    }
    return (a->map.n > b->map.n) - (a->map.n < b->map.n);
}

int node_cmp(const struct node *a, const struct node *b)
{
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    switch (a->type) {
    case NODE_NULL:
        return 0;
    case NODE_BOOL:
        return a->boolean - b->boolean;
    case NODE_NUMBER:
    case NODE_STRING:
        return str_cmp(a->text, b->text);
    case NODE_LIST:
        return compare_lists(a, b);
    case NODE_MAP:
        return compare_maps(a, b);
    }
    return 0;
}

static bool equal_lists(const struct node *a, const struct node *b)
{
    if (a->list.n != b->list.n)
        return false;
    for (size_t i = 0; i < a->list.n; i++)
        if (!node_eq(&a->list.items[i], &b->list.items[i]))
            return false;
    return true;
}

static bool equal_maps(const struct node *a, const struct node *b)
{
    if (a->map.n != b->map.n)
        return false;
    for (size_t i = 0; i < a->map.n; i++) {
        const struct member *x = &a->map.items[i], *y = &b->map.items[i];
        if (!str_eq(x->key, y->key) || !node_eq(&x->value, &y->value))
            return false;
    }
    return true;
}

bool node_eq(const struct node *a, const struct node *b)
{
    if (a->type != b->type)
        return false;
    /* Unlike node_cmp, a difference in length settles it before anything is compared. */
    if (a->type == NODE_LIST)
        return equal_lists(a, b);
    if (a->type == NODE_MAP)
        return equal_maps(a, b);
    if (a->type == NODE_NUMBER || a->type == NODE_STRING)
        return str_eq(a->text, b->text);
    return node_cmp(a, b) == 0;
}

struct node node_copy(struct arena *a, const struct node *original)
{
    struct node copy = *original;
    switch (original->type) {
    case NODE_NULL:
    case NODE_BOOL:
        break;
    case NODE_NUMBER:
    case NODE_STRING:
        copy.text = arena_str(a, original->text);
        break;
    case NODE_LIST:
        copy.room = checked_room(original->list.n);
        copy.list.items = arena_array(a, original->list.n, sizeof *copy.list.items);
        for (size_t i = 0; i < original->list.n; i++)
            copy.list.items[i] = node_copy(a, &original->list.items[i]);
        break;
    case NODE_MAP:
        copy.room = checked_room(original->map.n);
        copy.map.items = arena_array(a, original->map.n, sizeof *copy.map.items);
        for (size_t i = 0; i < original->map.n; i++) {
            const struct member *from = &original->map.items[i];
            copy.map.items[i] = (struct member){.key = arena_str(a, from->key),
                                                .value = node_copy(a, &from->value)};
        }
        break;
    }
    return copy;
}
