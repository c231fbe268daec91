#include "model/align.h"

#include "base/buf.h"
#include "base/map.h"
#include "format/json.h"
#include "model/kind.h"

enum { TOKEN_MAX = 64 << 20 };

/* Two lists being aligned. */
struct alignment {
    struct arena *a;
    const struct node *lists[2];
    struct str *tokens[2]; /* what each element is known by, once a list */
    size_t *partners[2];   /* the place on the other side, or ALIGN_NONE */
};

/* ---- what an element is known by ---- */

static const char *const names[] = {"name", "generate", "extract"};

struct str align_name(const struct node *element)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str text = node_get_text(element, str_of(names[i]));
        if (text.n)
            return text;
    }
    return STR("");
}

/* The resource that an element uses. */
static struct str used_by(const struct node *element)
{
    for (size_t i = 0; i < element->map.n; i++) {
        const struct member *member = &element->map.items[i];
        const struct kind_ref *ref = kind_ref_of(member->key);
        if (ref && ref->uses && member->value.type == NODE_STRING)
            return member->value.text;
    }
    return STR("");
}

/* What identifies an element, with a mark of what sort that is; empty: nothing does. */
static struct str identity_of(struct arena *a, const struct node *element)
{
    if (element->type != NODE_MAP)
        return STR("");
    struct str id = node_get_text(element, STR("_id"));
    if (id.n)
        return arena_printf(a, "i%.*s", STR_ARG(id));
    struct str name = align_name(element);
    if (name.n)
        return arena_printf(a, "n%.*s", STR_ARG(name));
    struct str used = used_by(element);
    return used.n ? arena_printf(a, "u%.*s", STR_ARG(used)) : STR("");
}

static struct str content_of(struct arena *a, const struct node *element)
{
    struct buf text = BUF_MAX(TOKEN_MAX);
    buf_char(&text, 'c');
    json_write(&text, element);
    struct str copy = arena_str(a, buf_view(&text));
    buf_release(&text);
    return copy;
}

/* How often a text was met. */
static size_t *count_of(struct arena *a, struct map *counts, struct str text)
{
    size_t *count = map_get(counts, text);
    if (!count) {
        count = arena_alloc(a, sizeof *count);
        map_put(counts, text, count);
    }
    return count;
}

static void count_identities(struct alignment *al, unsigned side, struct map *counts)
{
    const struct node *list = al->lists[side];
    for (size_t i = 0; i < list->list.n; i++) {
        al->tokens[side][i] = identity_of(al->a, &list->list.items[i]);
        if (al->tokens[side][i].n)
            ++*count_of(al->a, counts, al->tokens[side][i]);
    }
}

/* An identity that several elements of a list have is none; equal contents are told apart by their
 * order. */
static void settle_tokens(struct alignment *al, unsigned side, const struct map counts[2])
{
    struct map met = {0};
    for (size_t i = 0; i < al->lists[side]->list.n; i++) {
        struct str *token = &al->tokens[side][i];
        bool several = false;
        for (unsigned s = 0; s < 2; s++) {
            const size_t *n = token->n ? map_get(&counts[s], *token) : NULL;
            several |= n && *n > 1;
        }
        if (token->n && !several)
            continue;
        struct str content = content_of(al->a, &al->lists[side]->list.items[i]);
        size_t *n = count_of(al->a, &met, content);
        *token = arena_printf(al->a, "%.*s#%zu", STR_ARG(content), (*n)++);
    }
    map_release(&met);
}

static void make_tokens(struct alignment *al)
{
    struct map counts[2] = {{0}, {0}};
    for (unsigned side = 0; side < 2; side++)
        count_identities(al, side, &counts[side]);
    for (unsigned side = 0; side < 2; side++)
        settle_tokens(al, side, counts);
    map_release(&counts[0]);
    map_release(&counts[1]);
}

/* ---- pairs ---- */

static void join(struct alignment *al, size_t before, size_t after)
{
    al->partners[0][before] = after;
    al->partners[1][after] = before;
}

static void pair_by_token(struct alignment *al)
{
    struct map places = {0};
    for (size_t i = 0; i < al->lists[0]->list.n; i++)
        map_put(&places, al->tokens[0][i], &al->partners[0][i]);
    for (size_t j = 0; j < al->lists[1]->list.n; j++) {
        const size_t *place = map_get(&places, al->tokens[1][j]);
        if (place)
            join(al, (size_t)(place - al->partners[0]), j);
    }
    map_release(&places);
}

/* How many members two maps share. */
static size_t count_shared(const struct node *before, const struct node *after)
{
    size_t n = 0;
    for (size_t i = 0; i < before->map.n; i++) {
        const struct node *other = node_get(after, before->map.items[i].key);
        n += other && node_eq(&before->map.items[i].value, other);
    }
    return n;
}

/* Whether two elements in the same place may be one that has changed. */
static bool may_be_one(const struct node *before, const struct node *after)
{
    if (before->type != NODE_MAP || after->type != NODE_MAP)
        return before->type == after->type;
    struct str id = node_get_text(before, STR("_id")), other = node_get_text(after, STR("_id"));
    if (id.n && other.n)
        return str_eq(id, other);
    if (!align_name(before).n || !align_name(after).n)
        return true;
    size_t most = before->map.n > after->map.n ? before->map.n : after->map.n;
    return 2 * count_shared(before, after) >= most;
}

/* Pairs what is left between the same two neighbours, one by one. */
static void pair_by_place(struct alignment *al)
{
    const struct node *before = al->lists[0], *after = al->lists[1];
    for (size_t i = 0, j = 0; i < before->list.n; i++) {
        if (al->partners[0][i] != ALIGN_NONE) {
            j = al->partners[0][i] + 1;
            continue;
        }
        if (j < after->list.n && al->partners[1][j] == ALIGN_NONE) {
            if (may_be_one(&before->list.items[i], &after->list.items[j]))
                join(al, i, j);
            j++;
        }
    }
}

/* ---- moves ---- */

/* The longest run of pairs whose places rise on both sides stays; all others have moved. `last[k]`
 * is where a run of k + 1 ends lowest. */
static void mark_moves(struct alignment *al, bool *moved)
{
    size_t n = al->lists[0]->list.n, longest = 0;
    const size_t *partner = al->partners[0];
    size_t *last = arena_array(al->a, n + 1, sizeof *last);
    size_t *previous = arena_array(al->a, n + 1, sizeof *previous);
    for (size_t i = 0; i < n; i++) {
        if (partner[i] == ALIGN_NONE)
            continue;
        size_t low = 0, high = longest;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (partner[last[middle]] < partner[i])
                low = middle + 1;
            else
                high = middle;
        }
        previous[i] = low > 0 ? last[low - 1] : ALIGN_NONE;
        last[low] = i;
        if (low == longest)
            longest++;
        moved[i] = true;
    }
    for (size_t i = longest ? last[longest - 1] : ALIGN_NONE; i != ALIGN_NONE; i = previous[i])
        moved[i] = false;
}

/* ---- rows ---- */

/* Adds what was taken out from a place on, up to the next element that has stayed. */
static size_t add_removed(const struct alignment *al, const bool *moved, size_t from,
                          struct align_row *rows, size_t n)
{
    for (size_t i = from; i < al->lists[0]->list.n; i++) {
        if (al->partners[0][i] == ALIGN_NONE)
            rows[n++] = (struct align_row){.before = i, .after = ALIGN_NONE};
        else if (!moved[i])
            break;
    }
    return n;
}

static size_t list_rows(const struct alignment *al, const bool *moved, struct align_row *rows)
{
    size_t n = add_removed(al, moved, 0, rows, 0);
    for (size_t j = 0; j < al->lists[1]->list.n; j++) {
        size_t before = al->partners[1][j];
        rows[n++] = (struct align_row){
            .before = before, .after = j, .moved = before != ALIGN_NONE && moved[before]};
        if (before != ALIGN_NONE && !moved[before])
            n = add_removed(al, moved, before + 1, rows, n);
    }
    return n;
}

size_t align_lists(struct arena *a, const struct node *before, const struct node *after,
                   struct align_row **ret_rows)
{
    struct alignment al = {.a = a, .lists = {before, after}};
    for (unsigned side = 0; side < 2; side++) {
        size_t n = al.lists[side]->list.n;
        al.tokens[side] = arena_array(a, n + 1, sizeof *al.tokens[side]);
        al.partners[side] = arena_array(a, n + 1, sizeof *al.partners[side]);
        for (size_t i = 0; i < n; i++)
            al.partners[side][i] = ALIGN_NONE;
    }
    bool *moved = arena_array(a, before->list.n + 1, sizeof *moved);
    *ret_rows = arena_array(a, before->list.n + after->list.n + 1, sizeof **ret_rows);
    make_tokens(&al);
    pair_by_token(&al);
    pair_by_place(&al);
    mark_moves(&al, moved);
    return list_rows(&al, moved, *ret_rows);
}
