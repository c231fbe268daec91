#include "during.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "mutator.h"
#include "phrases.h"

/* ---- reading what is asked for ---- */

static const char *const action_names[DURING_ACTIONS] = {
    [DURING_DELETE] = "delete", [DURING_ADD] = "add",   [DURING_REORDER] = "reorder",
    [DURING_RENAME] = "rename", [DURING_MOVE] = "move",
};

static int read_action(struct during *during)
{
    const char *name = json_get_text(during->wanted, "do");

    for (size_t i = 0; name && i < DURING_ACTIONS; i++)
        if (strcmp(action_names[i], name) == 0) {
            during->action = (enum during_action)i;
            return 0;
        }
    return -1;
}

static size_t read_count(struct json_object *wanted, const char *key, size_t fallback)
{
    double number = json_get_number(wanted, key, (double)fallback);

    return number >= 0 && number < 1e6 ? (size_t)number : fallback;
}

static void release(struct during *during)
{
    json_object_put(during->wanted);
    buffer_release(&during->done);
    free(during);
}

static struct during *read(struct json_object *wanted, const char **ret_why)
{
    struct during *during = memory_new(sizeof *during);
    const char *where = json_get_text(wanted, "where");

    during->wanted = json_object_get(wanted);
    during->path = json_get_text(wanted, "path");
    during->page = read_count(wanted, "page", 1);
    during->count = read_count(wanted, "count", 1);
    during->times = read_count(wanted, "times", 1);
    during->seed = read_count(wanted, "seed", 1);
    during->behind = where && strcmp(where, "behind") == 0;
    during->silent = json_get(wanted, "audit") && !json_get_bool(wanted, "audit");
    if (!during->path)
        *ret_why = "\"path\" must name a list";
    else if (read_action(during) != 0)
        *ret_why = "\"do\" must be delete, add, reorder, rename or move";
    else
        return during;
    release(during);
    return NULL;
}

static void append(struct during **first, struct during *fresh)
{
    while (*first)
        first = &(*first)->next;
    *first = fresh;
}

int during_add(struct during **first, struct json_object *wanted, const char **ret_why)
{
    bool many = json_object_is_type(wanted, json_type_array);
    size_t count = many ? json_object_array_length(wanted) : 1;
    struct during *fresh = NULL;

    for (size_t i = 0; i < count; i++) {
        struct during *one = read(many ? json_object_array_get_idx(wanted, i) : wanted, ret_why);

        if (!one) {
            during_clear(&fresh);
            return -1;
        }
        append(&fresh, one);
    }
    append(first, fresh);
    return 0;
}

void during_clear(struct during **first)
{
    while (*first) {
        struct during *during = *first;

        *first = during->next;
        release(during);
    }
}

void during_write(const struct during *first, struct buffer *out)
{
    buffer_text(out, "[");
    for (const struct during *during = first; during; during = during->next) {
        buffer_text(out, during == first ? "{\"during\":" : ",\n{\"during\":");
        json_write(out, during->wanted);
        buffer_format(out, ",\"hits\":%zu,\"done\":%s}", during->hits,
                      during->done.len ? during->done.data : "[]");
    }
    buffer_text(out, "]\n");
}

/* ---- the list that is walked ---- */

struct list {
    const struct kind *kind;
    struct resource *container; /* NULL: account-wide */
    struct resource **at;       /* a copy: changes move the original */
    size_t count;
    size_t shown;
};

/* Finds out which list the request walks. Returns 0, or -1 where it is none of resources. */
static int find_list(struct list *list, struct account *account, const struct request *request,
                     const struct reply *reply)
{
    bool child = request->segments_count == 4;
    struct resource *const *at;

    *list = (struct list){.shown = reply->rows_shown};
    if (!child && request->segments_count != 2)
        return -1;
    list->kind = kind_by_path(request->segments[child ? 3 : 1]);
    if (child)
        list->container = account_find(account, &kinds[KIND_INTEGRATIONS], request->segments[2]);
    if (!list->kind || (child && !list->container))
        return -1;
    at = account->shelves[list->kind->id].at;
    list->count = account->shelves[list->kind->id].count;
    if (child)
        at = account_members(account, list->container, list->kind, &list->count);
    list->at = memory_resize(NULL, list->count, sizeof(struct resource *));
    if (list->count)
        memcpy(list->at, at, list->count * sizeof(struct resource *));
    if (list->shown > list->count)
        list->shown = list->count;
    return 0;
}

/* Takes one of the rows that the change befalls out of the list; any, where there is none; NULL
 * where the list is empty. */
static struct resource *draw(struct list *list, struct random *random, bool behind)
{
    size_t first = behind ? list->shown : 0;
    size_t last = behind ? list->count : list->shown;
    size_t chosen;
    struct resource *drawn;

    if (!list->count)
        return NULL;
    if (first == last) {
        first = 0;
        last = list->count;
    }
    chosen = first + random_below(random, last - first);
    drawn = list->at[chosen];
    list->count--;
    memmove(&list->at[chosen], &list->at[chosen + 1],
            (list->count - chosen) * sizeof(struct resource *));
    if (chosen < list->shown)
        list->shown--;
    return drawn;
}

/* ---- the changes ---- */

static void add_one(struct mutator *m, const struct list *list)
{
    struct json_object *document;
    char id[ID_SIZE];

    account_fresh_id(m->account, id);
    document = document_any(&m->maker, list->kind->id, id);
    if (list->container)
        json_put_text(document, KIND_OWNER_KEY, list->container->id);
    mutator_add(m, list->kind, document, phrase_user(&m->maker.random));
}

static void rename_one(struct mutator *m, struct resource *resource)
{
    struct json_object *after = resource_document(resource);

    mutator_rename(&m->maker.random, after);
    mutator_update(m, resource, after, phrase_user(&m->maker.random));
    json_object_put(after);
}

/* To the next integration, of what belongs to one; else to the end of the list. */
static void move_one(struct mutator *m, struct resource *resource)
{
    const struct shelf *integrations = &m->account->shelves[KIND_INTEGRATIONS];
    struct json_object *after;
    size_t next = 0;

    if (!resource->owner || !integrations->count) {
        account_move_last(m->account, resource);
        return;
    }
    while (next < integrations->count && strcmp(integrations->at[next]->id, resource->owner) != 0)
        next++;
    after = resource_document(resource);
    json_put_text(after, KIND_OWNER_KEY, integrations->at[(next + 1) % integrations->count]->id);
    mutator_update(m, resource, after, phrase_user(&m->maker.random));
    json_object_put(after);
}

static void change_one(const struct during *during, struct mutator *m, struct list *list)
{
    struct resource *resource;

    if (during->action == DURING_ADD) {
        add_one(m, list);
        return;
    }
    resource = draw(list, &m->maker.random, during->behind);
    if (!resource)
        return;
    if (during->action == DURING_DELETE)
        mutator_delete(m, resource, phrase_user(&m->maker.random));
    else if (during->action == DURING_RENAME)
        rename_one(m, resource);
    else
        move_one(m, resource);
}

static void happen(struct during *during, struct account *account, struct list *list)
{
    struct mutator m;

    buffer_release(&during->done);
    mutator_begin(&m, account, during->seed + during->hits++, &during->done);
    m.silent = during->silent;
    if (during->action == DURING_REORDER)
        account_shuffle(account, list->kind, &m.maker.random);
    for (size_t i = 0; during->action != DURING_REORDER && i < during->count; i++)
        change_one(during, &m, list);
    mutator_end(&m);
}

static bool is_due(const struct during *during, const struct request *request,
                   const struct reply *reply)
{
    return (!during->times || during->hits < during->times) &&
           (!during->page || during->page == reply->page) &&
           fnmatch(during->path, request->raw_path, 0) == 0;
}

void during_answered(struct during *first, struct account *account, const struct request *request,
                     const struct reply *reply)
{
    struct list list;

    for (struct during *during = first; during && reply->page; during = during->next) {
        if (!is_due(during, request, reply) || find_list(&list, account, request, reply) != 0)
            continue;
        happen(during, account, &list);
        free(list.at);
    }
}
