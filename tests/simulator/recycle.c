#include "recycle.h"

#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "lists.h"
#include "memory.h"
#include "moment.h"
#include "pages.h"
#include "scheduler.h"

#define RESTORE_PATH "doCascadeRestore"

enum { KEPT_DAYS = 30 };

/* ---- the bin ---- */

/* Takes one out of the bin and returns its resource. */
static struct resource *bin_take(struct bin *bin, size_t place)
{
    struct resource *resource = bin->at[place].resource;

    bin->count--;
    memmove(&bin->at[place], &bin->at[place + 1], (bin->count - place) * sizeof *bin->at);
    return resource;
}

/* The place of the newest such resource; the bin's count where there is none. */
static size_t bin_find(const struct bin *bin, const struct kind *kind, const char *id)
{
    for (size_t i = bin->count; i-- > 0;)
        if (bin->at[i].resource->kind == kind && strcmp(bin->at[i].resource->id, id) == 0)
            return i;
    return bin->count;
}

static void bin_expire(struct account *account)
{
    struct bin *bin = &account->bin;

    while (bin->count && bin->at[0].moment + KEPT_DAYS * MOMENT_DAY < account->now)
        resource_free(bin_take(bin, 0));
}

static struct detached detach_alone(struct account *account, struct resource *resource)
{
    struct detached detached = {memory_resize(NULL, 1, sizeof(struct resource *)), 1};

    account_detach(account, resource);
    detached.at[0] = resource;
    return detached;
}

void recycle_delete(struct account *account, struct resource *resource, bool cascade, bool keep)
{
    struct detached detached =
        cascade ? account_detach_cascading(account, resource) : detach_alone(account, resource);

    account->bin.deletions++;
    for (size_t i = 0; i < detached.count; i++) {
        if (keep && account->rules->recycle_bin)
            bin_add(&account->bin, (struct recycled){detached.at[i], account->bin.deletions,
                                                     i == detached.count - 1, account->now});
        else
            resource_free(detached.at[i]);
    }
    free(detached.at);
}

/* ---- restoring ---- */

static void restore(struct simulator *sim, size_t place);

/* Restores what a restored resource refers to and is in the bin, too. */
static void restore_referenced(struct simulator *sim, const struct resource *resource)
{
    const struct account *account = sim->account;

    for (size_t i = 0; i < resource->refs_count; i++) {
        const struct reference *ref = &resource->refs[i];
        size_t place = bin_find(&account->bin, &kinds[ref->key->kind], ref->id);

        if (place < account->bin.count && !account_find(account, &kinds[ref->key->kind], ref->id))
            restore(sim, place);
    }
}

/* A flow that comes back enabled runs as one that is created so. */
static void restore(struct simulator *sim, size_t place)
{
    struct account *account = sim->account;
    struct recycled recycled = account->bin.at[place];
    struct resource *resource = bin_take(&account->bin, place);
    struct json_object *document = resource_document(resource);

    account_attach(account, resource);
    audit_record(account, resource, AUDIT_API_USER, NULL, document);
    scheduler_saved(&sim->runs, account->now, NULL, resource);
    json_object_put(document);
    restore_referenced(sim, resource);
    for (size_t i = account->bin.count; recycled.head && i-- > 0;)
        if (i < account->bin.count && account->bin.at[i].deletion == recycled.deletion)
            restore(sim, i);
}

static void answer_restore(struct simulator *sim, const struct request *request,
                           struct reply *reply)
{
    const struct kind *kind = kind_by_path(request->segments[2]);
    size_t place =
        kind ? bin_find(&sim->account->bin, kind, request->segments[3]) : sim->account->bin.count;
    struct resource *resource;

    if (strcmp(request->method, "POST") != 0) {
        reply_bad_method(reply, "POST");
    } else if (place == sim->account->bin.count) {
        reply_not_found(reply, kind ? kind->title : "Resource");
    } else {
        resource = sim->account->bin.at[place].resource;
        account_tick(sim->account);
        restore(sim, place);
        lists_one(sim, reply, 200, &resource->document);
    }
}

/* ---- listing ---- */

static struct text row_of(const struct resource *resource)
{
    struct buffer row = {0};

    buffer_format(&row, "{\"model\":\"%s\",\"doc\":", resource->kind->model);
    buffer_add(&row, resource->document.bytes, resource->document.len);
    buffer_text(&row, "}");
    return (struct text){row.data, row.len};
}

static bool is_wanted(const struct request *request, const struct resource *resource)
{
    if (request->segments_count > 2 && strcmp(request->segments[2], resource->kind->path) != 0)
        return false;
    return request->segments_count < 4 || strcmp(request->segments[3], resource->id) == 0;
}

static void answer_list(struct simulator *sim, const struct request *request, struct reply *reply)
{
    const struct bin *bin = &sim->account->bin;
    struct text *made = memory_resize(NULL, bin->count, sizeof *made);
    struct listing listing = {.ordered = true};

    listing.rows = memory_resize(NULL, bin->count, sizeof *listing.rows);
    for (size_t i = 0; i < bin->count; i++)
        if (is_wanted(request, bin->at[i].resource)) {
            made[listing.count] = row_of(bin->at[i].resource);
            listing.rows[listing.count] = &made[listing.count];
            listing.count++;
        }
    pages_answer(sim, request, reply, &listing);
    for (size_t i = 0; i < listing.count; i++)
        free(made[i].bytes);
    free(made);
    free(listing.rows);
}

const char *recycle_route(const struct simulator *sim, const struct request *request)
{
    static const char *const routes[] = {
        [2] = "/" RECYCLE_PATH,
        [3] = "/" RECYCLE_PATH "/{kinds}",
        [4] = "/" RECYCLE_PATH "/{kinds}/{id}",
        [5] = "/" RECYCLE_PATH "/{kinds}/{id}/" RESTORE_PATH,
    };
    size_t count = request->segments_count;

    if (!sim->options.rules.recycle_bin || count < 2 || count > 5 ||
        strcmp(request->segments[1], RECYCLE_PATH) != 0)
        return NULL;
    return count == 5 && strcmp(request->segments[4], RESTORE_PATH) != 0 ? NULL : routes[count];
}

void recycle_answer(struct simulator *sim, const struct request *request, struct reply *reply)
{
    bin_expire(sim->account);
    if (request->segments_count == 5)
        answer_restore(sim, request, reply);
    else if (strcmp(request->method, "GET") != 0)
        reply_bad_method(reply, "GET");
    else
        answer_list(sim, request, reply);
}
