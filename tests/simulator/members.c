/* members.c - which resources belong to which container, worked out for the whole account at once
 * after a write. */
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "memory.h"

/* Before sort_and_unite only: the room is told by the count. */
static void push(struct resource *container, struct resource *member)
{
    enum kind_id kind = member->kind->id;
    size_t count = container->members_count[kind];

    if ((count & (count - 1)) == 0) /* 0 or a power of two: full */
        container->members[kind] = memory_resize(container->members[kind], count ? count * 2 : 1,
                                                 sizeof(struct resource *));
    container->members[kind][count] = member;
    container->members_count[kind]++;
}

static int by_position(const void *left, const void *right)
{
    const struct resource *const *a = left;
    const struct resource *const *b = right;

    return ((*a)->position > (*b)->position) - ((*a)->position < (*b)->position);
}

static void sort_and_unite(struct resource *container, enum kind_id kind)
{
    struct resource **at = container->members[kind];
    size_t count = container->members_count[kind];
    size_t kept = 0;

    if (count < 2)
        return;
    qsort(at, count, sizeof *at, by_position);
    for (size_t i = 0; i < count; i++)
        if (!kept || at[kept - 1] != at[i])
            at[kept++] = at[i];
    container->members_count[kind] = kept;
}

static void push_referenced(struct account *account, struct resource *container,
                            const struct resource *from, const struct kind *kind)
{
    for (size_t i = 0; i < from->refs_count; i++) {
        const struct reference_key *key = from->refs[i].key;
        struct resource *target = NULL;

        if (key->kind == kind->id && key->uses && (key->registers || from != container))
            target = account_find(account, kind, from->refs[i].id);
        if (target)
            push(container, target);
    }
}

static void push_used(struct account *account, struct resource *container, const struct kind *kind)
{
    for (size_t user = 0; user < KINDS; user++) {
        if (!(kind->used_by & (1u << user)))
            continue;
        if (kinds[user].container)
            push_referenced(account, container, container, kind);
        for (size_t i = 0; i < container->members_count[user]; i++)
            push_referenced(account, container, container->members[user][i], kind);
    }
}

static struct resource *owner_of(struct account *account, const struct resource *r)
{
    struct resource *owner = NULL;

    for (size_t k = 0; r->owner && !owner && k < KINDS; k++)
        if (kinds[k].container)
            owner = account_find(account, &kinds[k], r->owner);
    return owner;
}

static void push_owned(struct account *account, const struct kind *kind)
{
    struct shelf *shelf = &account->shelves[kind->id];

    for (size_t i = 0; i < shelf->count; i++) {
        struct resource *owner = owner_of(account, shelf->at[i]);

        shelf->at[i]->position = i;
        if (owner)
            push(owner, shelf->at[i]);
    }
}

static void forget_members(struct shelf *containers)
{
    for (size_t i = 0; i < containers->count; i++)
        for (size_t k = 0; k < KINDS; k++) {
            free(containers->at[i]->members[k]);
            containers->at[i]->members[k] = NULL;
            containers->at[i]->members_count[k] = 0;
        }
}

static void fill(struct account *account, struct shelf *containers)
{
    for (size_t k = 0; k < KINDS; k++) /* in the table's order: users come before what they use */
        for (size_t i = 0; i < containers->count; i++) {
            push_used(account, containers->at[i], &kinds[k]);
            sort_and_unite(containers->at[i], (enum kind_id)k);
        }
}

static void work_out(struct account *account)
{
    for (size_t k = 0; k < KINDS; k++)
        if (kinds[k].container)
            forget_members(&account->shelves[k]);
    for (size_t k = 0; k < KINDS; k++)
        push_owned(account, &kinds[k]);
    for (size_t k = 0; k < KINDS; k++)
        if (kinds[k].container)
            fill(account, &account->shelves[k]);
    account->members_known = true;
}

struct resource *const *account_members(struct account *account, struct resource *container,
                                        const struct kind *kind, size_t *ret_count)
{
    if (!account->members_known)
        work_out(account);
    *ret_count = container->members_count[kind->id];
    return container->members[kind->id];
}

/* ---- deleting what only one container uses ---- */

/* Whether a document refers to a resource, be it, with `uses`, as a part of itself. */
static bool refers_to(const struct resource *from, const struct resource *to, bool uses)
{
    for (size_t i = 0; i < from->refs_count; i++)
        if ((from->refs[i].key->uses || !uses) && from->refs[i].key->kind == to->kind->id &&
            strcmp(from->refs[i].id, to->id) == 0)
            return true;
    return false;
}

/* Whether `member` belongs to another container or something outside of this one uses it. */
static bool used_elsewhere(const struct account *account, const struct resource *container,
                           const struct resource *member)
{
    if (member->owner && strcmp(member->owner, container->id) != 0)
        return true;
    for (size_t k = 0; k < KINDS; k++) {
        const struct shelf *shelf = &account->shelves[k];

        if (!(member->kind->used_by & (1u << k)))
            continue;
        for (size_t i = 0; i < shelf->count; i++) {
            const char *owner = shelf->at[i]->owner;

            if (shelf->at[i] != container && (!owner || strcmp(owner, container->id) != 0) &&
                refers_to(shelf->at[i], member, true))
                return true;
        }
    }
    return false;
}

/* Detaches the members of one kind that die with the container; `members` is a copy, for detaching
 * changes the lists. */
static void detach_members(struct account *account, struct resource *container,
                           struct resource **members, size_t count, struct detached *detached)
{
    for (size_t i = 0; i < count; i++) {
        if (used_elsewhere(account, container, members[i]))
            continue;
        account_detach(account, members[i]);
        detached->at[detached->count++] = members[i];
    }
}

bool account_is_used(const struct account *account, const struct resource *resource,
                     const struct resource *except)
{
    for (size_t k = 0; k < KINDS; k++) {
        const struct shelf *shelf = &account->shelves[k];

        for (size_t i = 0; i < shelf->count; i++)
            if (shelf->at[i] != except && refers_to(shelf->at[i], resource, true))
                return true;
    }
    return false;
}

bool account_is_referenced(const struct account *account, const struct resource *resource)
{
    for (size_t k = 0; k < KINDS; k++) {
        const struct shelf *shelf = &account->shelves[k];

        for (size_t i = 0; i < shelf->count; i++)
            if (shelf->at[i] != resource && refers_to(shelf->at[i], resource, false))
                return true;
    }
    return false;
}

struct detached account_detach_cascading(struct account *account, struct resource *resource)
{
    struct resource **members[KINDS] = {NULL};
    size_t counts[KINDS] = {0};
    struct detached detached = {0};
    size_t most = 1;

    for (size_t k = 0; resource->kind->container && k < KINDS; k++) {
        struct resource *const *at = account_members(account, resource, &kinds[k], &counts[k]);

        if (!kinds[k].dies_with_owner)
            counts[k] = 0;
        members[k] = memory_resize(NULL, counts[k], sizeof(struct resource *));
        if (counts[k])
            memcpy(members[k], at, counts[k] * sizeof(struct resource *));
        most += counts[k];
    }
    detached.at = memory_resize(NULL, most, sizeof(struct resource *));
    for (size_t k = KINDS; k-- > 0;) {
        if (counts[k])
            detach_members(account, resource, members[k], counts[k], &detached);
        free(members[k]);
    }
    account_detach(account, resource);
    detached.at[detached.count++] = resource;
    return detached;
}
