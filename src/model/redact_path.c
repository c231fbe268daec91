/* Configured paths, "KIND:PATH": a small automaton that walks down a document with it. */
#include <ctype.h>
#include <string.h>

#include "base/nearest.h"
#include "redact_internal.h"

/* A set has a bit for each step and one for the end. */
enum { STEPS_MAX = 62 };

enum step_type { STEP_KEY, STEP_ITEM, STEP_DEEP };

struct redact_step {
    enum step_type type;
    struct str glob; /* of a key */
};

/* Whether text fits a glob whose '*' is any run of characters. In time of their product. */
static bool fits(struct str glob, struct str text)
{
    size_t g = 0, t = 0, star = glob.n, again = 0;
    while (t < text.n) {
        if (g < glob.n && glob.p[g] == '*') {
            star = g++;
            again = t;
        } else if (g < glob.n && glob.p[g] == text.p[t]) {
            g++;
            t++;
        } else if (star < glob.n) {
            g = star + 1;
            t = ++again;
        } else {
            return false;
        }
    }
    while (g < glob.n && glob.p[g] == '*')
        g++;
    return g == glob.n;
}

/* ---- walking ---- */

static uint64_t bit(size_t i)
{
    return (uint64_t)1 << i;
}

/* With the steps that can be left out: "**" before another step. */
static uint64_t closure(const struct redact_path *path, uint64_t set)
{
    for (size_t i = 0; i + 1 < path->n; i++)
        if (set & bit(i) && path->steps[i].type == STEP_DEEP)
            set |= bit(i + 1);
    return set;
}

uint64_t redact_path_start(const struct redact_path *path)
{
    return closure(path, bit(0));
}

uint64_t redact_path_key(const struct redact_path *path, uint64_t set, struct str key)
{
    uint64_t next = 0;
    for (size_t i = 0; i < path->n; i++) {
        const struct redact_step *step = &path->steps[i];
        if (!(set & bit(i)) || step->type == STEP_ITEM)
            continue;
        if (step->type == STEP_DEEP)
            next |= bit(i) | (i + 1 == path->n ? bit(path->n) : 0);
        else if (fits(step->glob, key))
            next |= bit(i + 1);
    }
    return closure(path, next);
}

uint64_t redact_path_item(const struct redact_path *path, uint64_t set)
{
    uint64_t next = set & ~bit(path->n);
    for (size_t i = 0; i < path->n; i++)
        if (set & bit(i) && path->steps[i].type == STEP_ITEM)
            next |= bit(i + 1);
    return closure(path, next);
}

bool redact_path_ends(const struct redact_path *path, uint64_t set)
{
    return set & bit(path->n);
}

static bool is_number(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!isdigit((unsigned char)text.p[i]))
            return false;
    return text.n > 0;
}

uint64_t redact_path_keys(const struct redact_path *path, struct str keys)
{
    uint64_t set = redact_path_start(path);
    while (keys.n && set && !redact_path_ends(path, set)) {
        struct str key = str_cut(&keys, '.');
        struct str name = str_sub(key, 0, str_find(key, '['));
        set = is_number(name) ? redact_path_item(path, set) : redact_path_key(path, set, name);
        if (name.n < key.n && !redact_path_ends(path, set))
            set = redact_path_item(path, set);
    }
    return set;
}

/* ---- compiling ---- */

static const char *unknown_kind(struct arena *a, struct str word)
{
    const char *known[2 * KIND_COUNT];
    for (size_t i = 0; i < KIND_COUNT; i++) {
        known[2 * i] = kind_of((enum kind_id)i)->name;
        known[2 * i + 1] = kind_of((enum kind_id)i)->plural;
    }
    const char *text = arena_str(a, word).p;
    const char *meant = nearest(text, known, sizeof known / sizeof *known);
    if (!meant)
        return arena_printf(a, "there is no kind \"%s\"", text).p;
    return arena_printf(a, "there is no kind \"%s\"; did you mean \"%s\"?", text, meant).p;
}

/* The kind of that name, or of the file that it stands in: "audit", "users"; NULL for none. */
static const struct kind *kind_of_word(struct str word)
{
    const struct kind *kind = kind_find(word);
    for (size_t i = 0; i < KIND_COUNT && !kind; i++)
        if (str_is(word, kind_of((enum kind_id)i)->folder))
            kind = kind_of((enum kind_id)i);
    return kind;
}

static const char *add(struct redact_path *path, enum step_type type, struct str glob)
{
    bool again = type == STEP_DEEP && path->n && path->steps[path->n - 1].type == STEP_DEEP;
    if (again)
        return NULL;
    if (path->n == STEPS_MAX)
        return "too many steps";
    path->steps[path->n++] = (struct redact_step){.type = type, .glob = glob};
    return NULL;
}

/* Adds the steps of a part between dots: a key, "**", and any number of "[]". */
static const char *add_part(struct redact_path *path, struct str part)
{
    const char *problem = NULL;
    size_t items = 0;
    while (str_ends(part, STR("[]"))) {
        part.n -= 2;
        items++;
    }
    if (str_find(part, '[') < part.n || str_find(part, ']') < part.n)
        return "'[' and ']' stand only in \"[]\", behind a key";
    if (part.n == 0 && items == 0)
        return "a key is missing between two dots, or at an end";
    if (part.n)
        problem = add(path, str_is(part, "**") ? STEP_DEEP : STEP_KEY, part);
    for (; items && !problem; items--)
        problem = add(path, STEP_ITEM, STR(""));
    return problem;
}

const char *redact_path_compile(struct arena *a, struct str text, struct redact_path *ret)
{
    struct str rest = text;
    bool colon = str_find(text, ':') < text.n;
    struct str kind = str_cut(&rest, ':');
    if (!colon || kind.n == 0)
        return "expected KIND:PATH, such as \"export:http.headers[].value\"";
    *ret = (struct redact_path){.kind = kind_of_word(kind)};
    if (!ret->kind && !str_is(kind, "*"))
        return unknown_kind(a, kind);
    if (rest.n == 0)
        return "expected keys behind the ':', such as \"export:http.headers[].value\"";
    if (str_is(rest, "_id"))
        return "the _id is what tells documents apart, and is never redacted";
    ret->steps = arena_array(a, STEPS_MAX, sizeof *ret->steps);
    for (bool more = true; more;) {
        more = str_find(rest, '.') < rest.n;
        const char *problem = add_part(ret, str_cut(&rest, '.'));
        if (problem)
            return problem;
    }
    return NULL;
}
