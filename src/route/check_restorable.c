/* Which resources HEAD alone could bring back, and what of the others it does not hold. */
#include "check_internal.h"
#include "model/digest.h"
#include "model/hole.h"
#include "model/layout.h"
#include "model/normalize.h"
#include "model/refs.h"
#include "route/snapshot.h"

/* Bytes of a reason: paths and names of this many are listed, the rest is counted. */
enum { WHY_MAX = 4096, LISTED_MAX = 20 };

static void add_row(struct check *c, const struct layout_place *place, struct str name,
                    enum check_how how, struct str why)
{
    struct arena *a = &c->result->arena;
    struct check_restorable *row = arena_alloc(a, sizeof *row);
    *row = (struct check_restorable){.kind = place->kind,
                                     .id = arena_str(a, place->id).p,
                                     .name = arena_str(a, name).p,
                                     .how = how,
                                     .why = arena_str(a, why).p};
    *c->restorable_tail = row;
    c->restorable_tail = &row->next;
    c->result->restorable_n[how]++;
}

void check_not_restorable(struct check *c, const struct layout_place *place, const char *why)
{
    add_row(c, place, place->slug, CHECK_NOT, str_of(why));
}

/* Adds a text to those listed, the n-th from 0, and what stands before it. */
static void list(struct buf *why, size_t n, const char *before, struct str text)
{
    if (n < LISTED_MAX)
        buf_printf(why, "%s%.*s", before, STR_ARG(text));
}

static void count_more(struct buf *why, size_t n)
{
    if (n > LISTED_MAX)
        buf_printf(why, " and %zu more", n - LISTED_MAX);
}

/* ---- what is in the way ---- */

/* Whether an integration of HEAD is one that its vendor manages. */
static bool read_managed(struct check *c, struct str integration)
{
    const struct entry *entry = index_get(&c->held, KIND_INTEGRATION, integration, STR(""));
    struct node doc;
    struct err ignored;
    return entry && !oid_is_zero(&entry->blob) &&
           snapshot_read(c->store, &entry->blob, &c->scratch, &doc, &ignored) == 0 &&
           node_get_text(&doc, STR("_connectorId")).n > 0;
}

/* The same, asking the repository once. */
static bool is_managed(struct check *c, const struct layout_place *place)
{
    static bool yes = true, no = false;
    struct str home = place->kind == KIND_INTEGRATION ? place->id : place->owner;
    if (!home.n)
        return false;
    bool *known = map_get(&c->managed, home);
    if (!known) {
        known = read_managed(c, home) ? &yes : &no;
        map_put(&c->managed, arena_str(&c->result->arena, home), known);
    }
    return *known;
}

static bool is_held(const struct check *c, const struct ref *ref)
{
    const struct entry *entry = index_get(&c->held, ref->kind, ref->id, STR(""));
    return entry && !oid_is_zero(&entry->blob);
}

/* What of what a document refers to HEAD does not hold; false: nothing. */
static bool list_missing(struct check *c, const struct node *doc, struct buf *why)
{
    struct refs refs = refs_of(&c->scratch, doc);
    struct map told = {0};
    size_t n = 0;
    for (size_t i = 0; i < refs.n; i++) {
        struct str text = arena_printf(&c->scratch, "%s %.*s", kind_of(refs.items[i].kind)->name,
                                       STR_ARG(refs.items[i].id));
        if (is_held(c, &refs.items[i]) || map_put(&told, text, c))
            continue;
        list(why, n, n ? ", " : "refers to ", text);
        n++;
    }
    map_release(&told);
    count_more(why, n);
    if (n)
        buf_printf(why, ", which the mirror does not hold");
    return n > 0;
}

/* ---- what is lacking ---- */

/* Whether the text beside a document is whole; one that cannot be read is a fault of its own. */
static bool has_whole_body(struct check *c, const struct layout_place *place)
{
    const struct entry *entry = index_get(&c->held, place->kind, place->id, STR(""));
    struct buf text = BUF_MAX(DIGEST_MAX);
    struct err ignored;
    bool whole = !entry || oid_is_zero(&entry->beside) ||
                 (store_read(c->store, &entry->beside, &text, &ignored) == 0 &&
                  !hole_is_in(buf_view(&text)));
    buf_release(&text);
    return whole;
}

/* The holes of what would be written of a document, which it cuts to that; false: it is whole. */
static bool list_holes(struct check *c, const struct layout_place *place, struct node *doc,
                       struct buf *why)
{
    const struct kind *kind = kind_of(place->kind);
    size_t n = 0;
    normalize_to_written(kind, doc);
    for (const struct hole *hole = hole_find(&c->scratch, doc); hole; hole = hole->next, n++)
        list(why, n, n ? ", " : "", str_of(hole->path));
    if (!has_whole_body(c, place)) {
        list(why, n, n ? ", " : "", str_of(kind->body));
        n++;
    }
    count_more(why, n);
    return n > 0;
}

void check_restorable(struct check *c, const struct layout_place *place, struct node *doc)
{
    struct buf why = BUF_MAX(WHY_MAX);
    struct str name = node_get_text(doc, STR("name"));
    if (doc->type != NODE_MAP)
        check_not_restorable(c, place, "its file is no document");
    else if (is_managed(c, place))
        add_row(c, place, name, CHECK_NOT,
                STR("its vendor manages it (--force-managed writes it)"));
    else if (list_missing(c, doc, &why))
        add_row(c, place, name, CHECK_NOT, buf_view(&why));
    else if (list_holes(c, place, doc, &why))
        add_row(c, place, name, CHECK_HOLES, buf_view(&why));
    else
        c->result->restorable_n[CHECK_WHOLE]++;
    buf_release(&why);
}
