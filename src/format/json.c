/*
 * json-c reads; a scan of the text before it refuses what json-c (0.16 to 0.19) takes in silence,
 * or alters:
 *
 *     01.5  -00  1.  1.e5  NaN  -Infinity      taken, some altered
 *     18446744073709551616  -0                 altered to the nearest integer, to 0
 *     {'a':1}  and raw control characters      taken
 *     overlong and surrogate UTF-8             taken in spite of JSON_TOKENER_VALIDATE_UTF8
 *     "\ud800"  "\ud836\ude00"                altered to U+FFFD, also where it is a good pair
 *     {"a\u0000b":1}                           altered to {"a":1}
 *     {"a":1,"a":2}                            altered to {"a":2}
 *
 * JSON_TOKENER_STRICT would refuse some of these, differently in each version, and is not used: in
 * 0.18, Debian 13's, it refuses every string that is not ASCII (json-c issue 875). Of what it is
 * for, the scan refuses comments, 'quotes', NULL and a comma before a bracket, too.
 *
 * The scan looks at tokens. How they may follow each other is json-c's to say.
 */
#include "format/json.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/auto.h"
#include "format/utf8.h"

enum { SHOWN_MAX = 40 }; /* bytes of the input quoted in a message */

/* ---- the scan before json-c ---- */

struct scan {
    struct str text;
    size_t at;
    size_t depth;
    size_t colons; /* outside of strings: one for each member of each object */
    struct err *err;
};

static int not_json(const struct scan *s, size_t at, const char *why)
{
    return err_set(s->err, ERR_BAD, "not JSON at byte %zu: %s", at, why);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static size_t skip_space(struct str text, size_t at)
{
    while (at < text.n && is_space(text.p[at]))
        at++;
    return at;
}

/* Whether an integer's digits, without leading zeros, mean at most what the digits of limit do. */
static bool within(struct str digits, struct str limit)
{
    return digits.n < limit.n || (digits.n == limit.n && str_cmp(digits, limit) <= 0);
}

static int check_integer(const struct scan *s, struct str spelling)
{
    bool negative = spelling.p[0] == '-';
    struct str digits = str_sub(spelling, negative, spelling.n);
    if (negative && digits.p[0] == '0')
        return err_set(s->err, ERR_BAD, "the integer -0 at byte %zu would lose its sign", s->at);
    if (within(digits, negative ? STR("9223372036854775808") : STR("18446744073709551615")))
        return 0;
    return err_set(s->err, ERR_BAD, "integer %.*s%s does not fit 64 bits and would be altered",
                   STR_ARG(str_sub(spelling, 0, SHOWN_MAX)), spelling.n > SHOWN_MAX ? "..." : "");
}

static int scan_number(struct scan *s)
{
    struct str rest = str_sub(s->text, s->at, s->text.n);
    struct str spelling = str_sub(rest, 0, node_number_length(rest));
    if (spelling.n == 0 || (spelling.n < rest.n && rest.p[spelling.n] &&
                            strchr("0123456789.eE+-", rest.p[spelling.n])))
        return not_json(s, s->at, "malformed number");
    bool integer = true;
    for (size_t i = 0; i < spelling.n && integer; i++)
        integer = spelling.p[i] == '-' || (spelling.p[i] >= '0' && spelling.p[i] <= '9');
    if (integer && check_integer(s, spelling) < 0)
        return -1;
    s->at += spelling.n;
    return 0;
}

static int scan_word(struct scan *s)
{
    static const struct str words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    struct str rest = str_sub(s->text, s->at, 5);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_starts(rest, words[i])) {
            s->at += words[i].n;
            return 0;
        }
    }
    return not_json(s, s->at, "unexpected character");
}

/* The 16 bits of "\uXXXX" at byte `at`; -1 where there is no such escape. */
static long escaped_unit(struct str text, size_t at)
{
    if (text.n < 6 || at > text.n - 6 || text.p[at] != '\\' || text.p[at + 1] != 'u')
        return -1;
    long unit = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        char c = text.p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_surrogate(long unit)
{
    return (unit & 0xF800) == 0xD800;
}

/* Passes the first half of a surrogate pair, which begins with `high`, if json-c keeps the pair. */
static int scan_pair(struct scan *s, long high)
{
    long low = high < 0xDC00 ? escaped_unit(s->text, s->at + 6) : -1;
    if (low < 0xDC00 || !is_surrogate(low))
        return err_set(s->err, ERR_BAD,
                       "the unpaired surrogate \\u%04lX at byte %zu would be altered",
                       (unsigned long)high, s->at);
    /* The low 16 bits of the code point: before 0.19 json-c looks at no more, and takes U+1D800,
     * U+2DBCD and the like for surrogates. */
    long half = (high & 0x3F) << 10 | (low & 0x3FF);
    if (is_surrogate(half))
        return err_set(s->err, ERR_BAD, "the escape \\u%04lX\\u%04lX at byte %zu would be altered",
                       (unsigned long)high, (unsigned long)low, s->at);
    s->at += 6;
    return 0;
}

/* Passes the escape at s->at; what the letter behind the backslash may be is json-c's to say. */
static int scan_escape(struct scan *s, bool *ret_nul)
{
    long unit = escaped_unit(s->text, s->at);
    if (unit < 0) {
        s->at += s->text.n - s->at < 2 ? 1 : 2;
        return 0;
    }
    if (is_surrogate(unit) && scan_pair(s, unit) < 0)
        return -1;
    if (unit == 0)
        *ret_nul = true;
    s->at += 6;
    return 0;
}

static int scan_character(struct scan *s, bool *ret_nul)
{
    unsigned char c = (unsigned char)s->text.p[s->at];
    if (c == '\\')
        return scan_escape(s, ret_nul);
    if (c < 0x20)
        return not_json(s, s->at, "control character in a string");
    uint32_t point;
    size_t n = utf8_decode(s->text, s->at, &point);
    if (n == 0)
        return not_json(s, s->at, "invalid UTF-8");
    s->at += n;
    return 0;
}

/* Whether one of eight bytes is a quote, a backslash, a control character or no ASCII: then a
 * subtraction below borrows in its byte, or it has its high bit already. */
static bool eight_have_stop(const char *p)
{
    const uint64_t each = UINT64_MAX / 0xFF, high = each * 0x80;
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return (w | (w - each * 0x20) | ((w ^ each * '"') - each) | ((w ^ each * '\\') - each)) & high;
}

/* The offset of the first byte from `at` that ends a string or is not plain ASCII within one. */
static size_t skip_plain(struct str text, size_t at)
{
    while (text.n - at >= 8 && !eight_have_stop(text.p + at))
        at += 8;
    while (at < text.n) {
        unsigned char c = (unsigned char)text.p[at];
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
            break;
        at++;
    }
    return at;
}

static int scan_string(struct scan *s)
{
    size_t open = s->at++;
    bool has_nul = false;
    for (;;) {
        s->at = skip_plain(s->text, s->at);
        if (s->at == s->text.n)
            return not_json(s, s->at, "unexpected end of data");
        if (s->text.p[s->at] == '"')
            break;
        if (scan_character(s, &has_nul) < 0)
            return -1;
    }
    s->at++;
    if (has_nul) {
        size_t next = skip_space(s->text, s->at);
        if (next < s->text.n && s->text.p[next] == ':')
            return err_set(s->err, ERR_BAD, "the key at byte %zu holds U+0000 and would be altered",
                           open);
    }
    return 0;
}

/* json-c would take a comma that nothing follows. */
static int scan_comma(struct scan *s)
{
    size_t next = skip_space(s->text, s->at + 1);
    if (next < s->text.n && (s->text.p[next] == ']' || s->text.p[next] == '}'))
        return not_json(s, next, "unexpected character");
    s->at = next;
    return 0;
}

static int scan_token(struct scan *s)
{
    char c = s->text.p[s->at];
    switch (c) {
    case '[':
    case '{':
        if (++s->depth > NODE_DEPTH_MAX)
            return err_set(s->err, ERR_BAD, "nested deeper than %d at byte %zu", NODE_DEPTH_MAX,
                           s->at);
        break;
    case ']':
    case '}':
        s->depth -= s->depth > 0;
        break;
    case ':':
        s->colons++;
        break;
    case ',':
        return scan_comma(s);
    case '"':
        return scan_string(s);
    default:
        return c == '-' || (c >= '0' && c <= '9') ? scan_number(s) : scan_word(s);
    }
    s->at++;
    return 0;
}

/* Refuses what json-c would not; *ret_colons counts the members it has to come back with. */
static int check_tokens(struct str text, size_t *ret_colons, struct err *err)
{
    struct scan s = {.text = text, .err = err};
    while ((s.at = skip_space(text, s.at)) < text.n)
        if (scan_token(&s) < 0)
            return -1;
    *ret_colons = s.colons;
    return 0;
}

/* ---- json-c ---- */

static void free_tokener(struct json_tokener **tokener)
{
    if (*tokener)
        json_tokener_free(*tokener);
}

static void put_object(struct json_object **object)
{
    json_object_put(*object);
}

/* Reads text, which is scanned, to an object of the caller's (NULL for null). */
static int tokenize(struct str text, struct json_object **ret_object, struct err *err)
{
    if (text.n > INT_MAX)
        return err_set(err, ERR_BAD, "JSON of %zu bytes is too long", text.n);
    /* The scan bounds the depth; json-c counts the scalars inside as one more. */
    AUTO(free_tokener) struct json_tokener *tokener = json_tokener_new_ex(NODE_DEPTH_MAX + 2);
    if (!tokener)
        abort();
    struct json_object *object = json_tokener_parse_ex(tokener, text.n ? text.p : "", (int)text.n);
    enum json_tokener_error status = json_tokener_get_error(tokener);
    size_t end = skip_space(text, json_tokener_get_parse_end(tokener));
    if (status == json_tokener_continue) {
        /* A number might go on, or the text is cut off: NUL is json-c's end of data. */
        object = json_tokener_parse_ex(tokener, "", 1);
        status = json_tokener_get_error(tokener);
        end = text.n;
    }
    if (status == json_tokener_success && end == text.n) {
        *ret_object = object;
        return 0;
    }
    json_object_put(object);
    return err_set(err, ERR_BAD, "not JSON at byte %zu: %s", end,
                   status == json_tokener_success ? "unexpected character"
                                                  : json_tokener_error_desc(status));
}

static struct node convert(struct arena *a, struct json_object *object, size_t *members);

static struct node convert_integer(struct arena *a, struct json_object *object)
{
    uint64_t value = json_object_get_uint64(object);
    if (value <= INT64_MAX)
        return node_integer(a, json_object_get_int64(object));
    return node_number(a, arena_printf(a, "%" PRIu64, value));
}

static struct str copy_string(struct arena *a, struct json_object *object)
{
    struct str text = {.p = json_object_get_string(object),
                       .n = (size_t)json_object_get_string_len(object)};
    return arena_str(a, text);
}

static struct node convert_array(struct arena *a, struct json_object *array, size_t *members)
{
    size_t n = json_object_array_length(array);
    struct node list = node_list(a, n);
    for (size_t i = 0; i < n; i++)
        list.list.items[i] = convert(a, json_object_array_get_idx(array, i), members);
    list.list.n = n;
    return list;
}

static struct node convert_object(struct arena *a, struct json_object *object, size_t *members)
{
    struct node map = node_map(a, (size_t)json_object_object_length(object));
    struct json_object_iter it;
    json_object_object_foreachC(object, it)
    {
        map.map.items[map.map.n++] = (struct member){
            .key = arena_str(a, str_of(it.key)),
            .value = convert(a, it.val, members),
        };
    }
    struct err unused;
    (void)node_map_sort(map.map.items, map.map.n, &unused); /* json-c's keys are unique */
    *members += map.map.n;
    return map;
}

/* A copy in `a`; the members of all maps in it are added to *members. */
static struct node convert(struct arena *a, struct json_object *object, size_t *members)
{
    switch (json_object_get_type(object)) {
    case json_type_boolean:
        return node_bool(json_object_get_boolean(object));
    case json_type_int:
        return convert_integer(a, object);
    case json_type_double:
        /* The tokener keeps a double's spelling, and json-c prints that. */
        return node_number(a, arena_str(a, str_of(json_object_get_string(object))));
    case json_type_string:
        return node_string(copy_string(a, object));
    case json_type_array:
        return convert_array(a, object, members);
    case json_type_object:
        return convert_object(a, object, members);
    case json_type_null:
        break;
    }
    return node_null();
}

/* ---- a key that stands twice: json-c has kept the last only ---- */

struct owned_key {
    size_t owner; /* the number of the object it stands in, counted by opening braces */
    struct str key;
};

static int compare_owned_keys(const void *a, const void *b)
{
    const struct owned_key *x = a, *y = b;
    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    return str_cmp(x->key, y->key);
}

/* The key spelled by the string token text, without its escapes. */
static struct str decode_key(struct arena *a, struct str token)
{
    struct err unused;
    AUTO(put_object) struct json_object *string = NULL;
    return tokenize(token, &string, &unused) < 0 ? token : copy_string(a, string);
}

/* Fills keys, which has room for all members of the text, and returns how many there are. */
static size_t collect_keys(struct arena *a, struct str text, struct owned_key *keys)
{
    size_t owners[NODE_DEPTH_MAX + 1] = {0}, objects = 0, n = 0;
    struct err unused;
    struct scan s = {.text = text, .err = &unused};
    while ((s.at = skip_space(text, s.at)) < text.n) {
        size_t from = s.at, colon;
        if (scan_token(&s) < 0)
            break;
        if (text.p[from] == '{')
            owners[s.depth] = ++objects;
        if (text.p[from] != '"')
            continue;
        colon = skip_space(text, s.at);
        if (colon < text.n && text.p[colon] == ':')
            keys[n++] = (struct owned_key){.owner = owners[s.depth],
                                           .key = decode_key(a, str_sub(text, from, s.at - from))};
    }
    return n;
}

static int refuse_duplicate(struct arena *a, struct str text, size_t members, struct err *err)
{
    struct owned_key *keys = arena_array(a, members, sizeof *keys);
    size_t n = collect_keys(a, text, keys), i = 1;
    qsort(keys, n, sizeof *keys, compare_owned_keys);
    while (i + 1 < n && compare_owned_keys(&keys[i - 1], &keys[i]) != 0)
        i++;
    return err_set(err, ERR_BAD, "the key \"%.*s\" stands twice",
                   STR_ARG(utf8_cut(keys[i].key, SHOWN_MAX)));
}

int json_parse(struct arena *a, struct str text, struct node *ret_node, struct err *err)
{
    size_t written, kept = 0;
    AUTO(put_object) struct json_object *object = NULL;
    if (check_tokens(text, &written, err) < 0 || tokenize(text, &object, err) < 0)
        return -1;
    struct node node = convert(a, object, &kept);
    if (kept != written)
        return refuse_duplicate(a, text, written, err);
    *ret_node = node;
    return 0;
}

/* ---- the elements of an array ---- */

int json_array_open(struct json_array *it, struct str text, struct err *err)
{
    size_t at = skip_space(text, 0);
    if (at == text.n || text.p[at] != '[')
        return err_set(err, ERR_BAD, "not a JSON array");
    *it = (struct json_array){.rest = str_sub(text, at + 1, text.n), .first = true};
    return 0;
}

/* The offset behind the string that opens at `at`, or text.n where it does not end. */
static size_t skip_string(struct str text, size_t at)
{
    for (at++; at < text.n && text.p[at] != '"'; at++)
        if (text.p[at] == '\\')
            at++;
    return at < text.n ? at + 1 : text.n;
}

/* The offset of the comma or bracket that ends the element at the start of text, or text.n. */
static size_t element_length(struct str text)
{
    size_t depth = 0, at = 0;
    while (at < text.n) {
        switch (text.p[at]) {
        case '"':
            at = skip_string(text, at);
            continue;
        case '[':
        case '{':
            depth++;
            break;
        case ',':
            if (depth == 0)
                return at;
            break;
        case ']':
        case '}':
            if (depth == 0)
                return at;
            depth--;
            break;
        default:
            break;
        }
        at++;
    }
    return at;
}

static int array_end(const struct json_array *it, size_t bracket, struct err *err)
{
    if (skip_space(it->rest, bracket + 1) < it->rest.n)
        return err_set(err, ERR_BAD, "not JSON: something stands behind the array");
    return 0;
}

int json_array_next(struct json_array *it, struct str *ret_element, struct err *err)
{
    struct str rest = it->rest;
    size_t at = skip_space(rest, 0);
    if (at < rest.n && rest.p[at] == ']')
        return array_end(it, at, err);
    if (!it->first) {
        if (at < rest.n && rest.p[at] != ',')
            return err_set(err, ERR_BAD, "not JSON: neither ',' nor ']' behind an array element");
        at = skip_space(rest, at + 1);
    }
    rest = str_sub(rest, at, rest.n);
    size_t n = element_length(rest);
    if (n == rest.n)
        return err_set(err, ERR_BAD, "not JSON: the text ends within an array");
    it->rest = str_sub(rest, n, rest.n);
    it->first = false;
    while (n > 0 && is_space(rest.p[n - 1]))
        n--;
    if (n == 0)
        return err_set(err, ERR_BAD, "not JSON: an array element is missing");
    *ret_element = str_sub(rest, 0, n);
    return 1;
}

/* ---- writing ---- */

static void write_escape(struct buf *out, unsigned char c)
{
    switch (c) {
    case '"':
        buf_str(out, STR("\\\""));
        break;
    case '\\':
        buf_str(out, STR("\\\\"));
        break;
    case '\n':
        buf_str(out, STR("\\n"));
        break;
    case '\r':
        buf_str(out, STR("\\r"));
        break;
    case '\t':
        buf_str(out, STR("\\t"));
        break;
    default:
        buf_printf(out, "\\u%04x", c);
        break;
    }
}

static void write_string(struct buf *out, struct str text)
{
    buf_char(out, '"');
    size_t done = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_str(out, str_sub(text, done, i - done));
        write_escape(out, c);
        done = i + 1;
    }
    buf_str(out, str_sub(text, done, text.n));
    buf_char(out, '"');
}

static void write_list(struct buf *out, const struct node *list)
{
    buf_char(out, '[');
    for (size_t i = 0; i < list->list.n; i++) {
        if (i > 0)
            buf_char(out, ',');
        json_write(out, &list->list.items[i]);
    }
    buf_char(out, ']');
}

static void write_map(struct buf *out, const struct node *map)
{
    buf_char(out, '{');
    for (size_t i = 0; i < map->map.n; i++) {
        if (i > 0)
            buf_char(out, ',');
        write_string(out, map->map.items[i].key);
        buf_char(out, ':');
        json_write(out, &map->map.items[i].value);
    }
    buf_char(out, '}');
}

void json_write(struct buf *out, const struct node *node)
{
    switch (node->type) {
    case NODE_NULL:
        buf_str(out, STR("null"));
        break;
    case NODE_BOOL:
        buf_str(out, node->boolean ? STR("true") : STR("false"));
        break;
    case NODE_NUMBER:
        buf_str(out, node->text);
        break;
    case NODE_STRING:
        write_string(out, node->text);
        break;
    case NODE_LIST:
        write_list(out, node);
        break;
    case NODE_MAP:
        write_map(out, node);
        break;
    }
}
