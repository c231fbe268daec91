/* What is sent of a document. */
#include "restoration.h"

/* References that are set later, because what they lead to comes later. */
static struct refs deferred(const struct restore *r, const struct step *step, struct arena *a,
                            const struct node *doc)
{
    struct refs all = refs_of(a, doc), gone = {.items = arena_array(a, all.n, sizeof *gone.items)};
    for (size_t i = 0; i < all.n; i++)
        if (plan_defers(&r->plan, step, all.items[i].kind, all.items[i].id))
            gone.items[gone.n++] = all.items[i];
    return gone;
}

/* Only an enabling step enables: what is new is disabled, and what is disabled stays so. */
static void set_disabled(const struct step *step, const struct node *live, struct arena *a,
                         struct node *body)
{
    if (step->kind != KIND_FLOW || step->verb == STEP_ENABLE)
        return;
    if (!live || !restore_is_enabled(live))
        node_map_set(a, body, STR("disabled"), node_bool(true));
}

/* What cannot be changed is as it is. */
static void keep_immutable(const struct kind *kind, const struct node *live, struct arena *a,
                           struct node *body)
{
    for (const char *const *name = kind->immutable; live && *name; name++) {
        struct node *is = node_get(live, str_of(*name));
        if (is)
            node_map_set(a, body, str_of(*name), node_copy(a, is));
    }
}

int restore_body(struct restore *r, const struct step *step, const struct node *live,
                 struct arena *a, struct node *ret_body, struct err *err)
{
    const struct entry *wanted = snapshot_find(&r->want, step->kind, step->id);
    if (!wanted)
        return err_set(err, ERR_BAD, "the commit does not hold %s", step->id.p);
    /* What is deferred is known by the ids of the commit, before they are mapped. */
    struct node original;
    if (snapshot_load(&r->want, wanted, a, &original, err) < 0)
        return -1;
    struct refs later = deferred(r, step, a, &original);
    if (restore_wish(r, wanted, &later, a, ret_body, err) < 0)
        return -1;
    if (step->renamed)
        node_map_set(a, ret_body, STR("name"), node_string(step->title));
    set_disabled(step, live, a, ret_body);
    keep_immutable(kind_of(step->kind), live, a, ret_body);
    if (live)
        hole_fill_live(a, ret_body, live);
    const struct node *given =
        restore_given(r, step->kind, step->id, node_get_text(ret_body, STR("name")));
    if (given)
        hole_fill_given(a, ret_body, given);
    return 0;
}
