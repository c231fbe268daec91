#include "lists.h"

#include <stdlib.h>
#include <string.h>

#include "filters.h"
#include "links.h"
#include "memory.h"
#include "pages.h"

static void refuse(struct reply *reply, const char *parameter, const char *why)
{
    reply_error(reply, 400, "invalid_query_params", why, parameter);
}

/* ---- unknown parameters ---- */

static bool is_known(const char *name, size_t len, bool windowed)
{
    static const char *const known[] = {"sandbox", "include", "exclude", LINKS_CURSOR};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == len && strncmp(known[i], name, len) == 0)
            return true;
    return windowed && filter_knows(name, len);
}

/* Answers 400 where the rules are strict and the query has a parameter that the list does not
 * know. */
static int check_query(const struct simulator *sim, const struct request *request,
                       struct reply *reply, bool windowed)
{
    const char *at = request->raw_query;

    while (sim->options.rules.strict_query && *at) {
        size_t len = strcspn(at, "=&");

        if (!is_known(at, len, windowed)) {
            char *name = memory_copy(at, len);

            refuse(reply, name, "Unknown query parameter");
            free(name);
            return -1;
        }
        at += strcspn(at, "&");
        at += *at == '&';
    }
    return 0;
}

/* ---- resources ---- */

static bool refuses_include(const struct simulator *sim, const struct kind *kind)
{
    const char *at = sim->options.no_include;
    size_t len = strlen(kind->path);

    while ((at = strstr(at, kind->path))) {
        bool begins = at == sim->options.no_include || at[-1] == ',';

        at += len;
        if (begins && (*at == ',' || !*at))
            return true;
    }
    return false;
}

/* Reads include= and exclude=, or answers 400. */
static int read_projection(const struct simulator *sim, const struct request *request,
                           struct reply *reply, const struct kind *kind,
                           struct projection *projection)
{
    if (!sim->options.rules.projects)
        return 0;
    projection->include = request_parameter(request, "include");
    projection->exclude = request_parameter(request, "exclude");
    if (projection->include && projection->exclude)
        refuse(reply, "include", "include and exclude exclude each other");
    else if ((projection->include || projection->exclude) && refuses_include(sim, kind))
        refuse(reply, projection->include ? "include" : "exclude", "Not supported here");
    else
        return 0;
    return -1;
}

static bool wanted(const struct resource *resource, const char *sandbox)
{
    if (!sandbox || (strcmp(sandbox, "true") != 0 && strcmp(sandbox, "false") != 0))
        return true;
    return resource->sandbox == (strcmp(sandbox, "true") == 0);
}

static void answer_resources(struct simulator *sim, const struct request *request,
                             struct reply *reply, struct resource *const *resources, size_t count,
                             const struct projection *projection)
{
    struct listing listing = {.projection = projection};
    char *sandbox = request_parameter(request, "sandbox");

    listing.rows = memory_resize(NULL, count, sizeof *listing.rows);
    for (size_t i = 0; i < count; i++)
        if (wanted(resources[i], sandbox))
            listing.rows[listing.count++] = resource_listed(resources[i], &sim->options.rules);
    pages_answer(sim, request, reply, &listing);
    free(sandbox);
    free(listing.rows);
}

void lists_resources(struct simulator *sim, const struct request *request, struct reply *reply,
                     const struct kind *kind, struct resource *const *resources, size_t count)
{
    struct projection projection = {0};

    if (check_query(sim, request, reply, false) == 0 &&
        read_projection(sim, request, reply, kind, &projection) == 0)
        answer_resources(sim, request, reply, resources, count, &projection);
    free(projection.include);
    free(projection.exclude);
}

/* ---- rows ---- */

/* The rows that are searched, and, in the filter, for whom. */
static const struct rows *choose_rows(const struct simulator *sim, const struct resource *container,
                                      const struct facet *facet, struct filter *filter)
{
    bool shared = facet->shared && sim->options.rules.shares_users;

    if (container && shared)
        filter->integration = container->id;
    return container && !shared ? &container->rows[facet->id] : &sim->account->rows[facet->id];
}

void lists_rows(struct simulator *sim, const struct request *request, struct reply *reply,
                const struct resource *container, const struct facet *facet)
{
    bool filtered = facet->windowed && sim->options.rules.rich_audit;
    struct filter filter = {0};
    const struct rows *from = choose_rows(sim, container, facet, &filter);
    const char *wrong = filtered ? filter_read(&filter, request) : NULL;
    struct listing listing = {.ordered = facet->ordered, .windowed = facet->windowed};

    if (wrong)
        refuse(reply, wrong, "Not a time");
    if (wrong || check_query(sim, request, reply, facet->windowed) != 0) {
        filter_release(&filter);
        return;
    }
    listing.rows = memory_resize(NULL, from->count, sizeof *listing.rows);
    for (size_t i = 0; i < from->count; i++)
        if (filter_wants(&filter, &from->at[i]))
            listing.rows[listing.count++] = &from->at[i];
    pages_answer(sim, request, reply, &listing);
    free(listing.rows);
    filter_release(&filter);
}

void lists_one(struct simulator *sim, struct reply *reply, unsigned status, const struct text *text)
{
    reply->status = status;
    pages_write(sim, &reply->body, text, NULL);
}
