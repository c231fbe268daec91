/* Every byte of the repository's own files, and of the working tree. */
#include "check_internal.h"

/* Faults of the working tree: only told once it is sure that no sync was writing it meanwhile. */
struct doubt {
    struct store_fault fault;
    struct doubt *next;
};

static const char *remedy_of(const struct store_fault *fault)
{
    if (fault->remedy)
        return fault->remedy;
    return fault->edited ? "the next sync keeps what is there on a branch rescued/TIME, and writes "
                           "the file anew; \"git checkout\" brings it back at once"
                         : "clone the mirror anew from its remote, or copy the file from another "
                           "clone; no resource is lost while the account has it";
}

/* Why files of the working tree cannot be compared; NULL: they can. */
static const char *reason_not_to(struct check *c)
{
    if (!store_is_on_branch(c->store))
        return "HEAD is not on the mirror's branch";
    return store_is_held(c->store) ? "another iokeeper holds the mirror" : NULL;
}

/* Adds one at *tail; the new end. */
static struct doubt **doubt(struct check *c, const struct store_fault *fault, struct doubt **tail)
{
    *tail = arena_alloc(&c->result->arena, sizeof **tail);
    **tail = (struct doubt){.fault = *fault};
    return &(*tail)->next;
}

static void tell(struct check *c, const struct store_fault *fault)
{
    check_fault(c, str_of(fault->path), "%s", fault->text);
    check_remedy(c, remedy_of(fault));
}

/* Tells the doubts, unless a sync has come in between. */
static void settle(struct check *c, struct doubt *doubts, const struct oid *head)
{
    struct oid now;
    bool exists;
    struct err ignored;
    if (doubts && (store_is_held(c->store) || store_head(c->store, &now, &exists, &ignored) < 0 ||
                   !oid_eq(&now, head))) {
        c->result->tree_unseen = "a sync wrote it meanwhile";
        return;
    }
    for (; doubts; doubts = doubts->next)
        tell(c, &doubts->fault);
}

int check_bytes(struct check *c, const struct oid *head, struct err *err)
{
    static const struct oid none;
    struct store_fsck *fsck = NULL;
    struct store_fault fault;
    struct doubt *doubts = NULL, **tail = &doubts;
    int found = 0;
    c->result->tree_unseen = oid_is_zero(head) ? "there is no commit" : reason_not_to(c);
    int failed = store_fsck_open(&fsck, c->store, c->result->tree_unseen ? &none : head, err);
    while (!failed && (found = store_fsck_next(fsck, &fault)) > 0) {
        if (found == STORE_FAULT && fault.edited)
            tail = doubt(c, &fault, tail);
        else if (found == STORE_FAULT)
            tell(c, &fault);
        c->history_barred = c->history_barred || (found == STORE_FAULT && fault.unreadable);
        c->result->verified += found != STORE_MORE;
        failed = pace_tell(&c->pace, "verifying", c->result->verified, store_fsck_total(fsck), err);
    }
    if (!failed)
        settle(c, doubts, head);
    store_fsck_free(fsck);
    return failed;
}
