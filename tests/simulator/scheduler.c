#include "scheduler.h"

#include <string.h>

#include "cron.h"

/* Calls are few; documents are parsed anew. */
static bool is_enabled(struct json_object *flow)
{
    return flow && !json_get_bool(flow, "disabled");
}

/* The flow's own schedule, or the first of its page generators; NULL where there is none. */
static const char *schedule_of(struct json_object *flow)
{
    const char *schedule = json_get_text(flow, "schedule");
    struct json_object *generators = json_get(flow, "pageGenerators");
    size_t count =
        json_object_is_type(generators, json_type_array) ? json_object_array_length(generators) : 0;

    for (size_t i = 0; !schedule && i < count; i++)
        schedule = json_get_text(json_object_array_get_idx(generators, i), "schedule");
    return schedule && *schedule ? schedule : NULL;
}

/* The newest run comes first. */
static void note(struct rows *runs, int64_t moment, const struct resource *flow, const char *reason)
{
    struct json_object *run = json_object_new_object();

    json_put_text(run, "_flowId", flow->id);
    json_put_text(run, "name", flow->name ? flow->name : "");
    json_put_moment(run, "at", moment);
    json_put_text(run, "reason", reason);
    rows_put(runs, run);
    json_object_put(run);
}

void scheduler_saved(struct rows *runs, int64_t now, struct json_object *before,
                     const struct resource *resource)
{
    struct json_object *after;

    if (resource->kind->id != KIND_FLOWS)
        return;
    after = resource_document(resource);
    if (is_enabled(after) && schedule_of(after) && !(is_enabled(before) && schedule_of(before)))
        note(runs, now, resource, before ? "enabled" : "created");
    json_object_put(after);
}

void scheduler_passed(struct rows *runs, const struct account *account, int64_t from, int64_t to)
{
    const struct shelf *flows = &account->shelves[KIND_FLOWS];

    for (size_t i = 0; i < flows->count; i++) {
        struct json_object *flow = resource_document(flows->at[i]);
        const char *schedule = is_enabled(flow) ? schedule_of(flow) : NULL;
        struct cron cron;
        int64_t moment;

        if (schedule && cron_parse(schedule, &cron) == 0 && cron_next(&cron, from, to, &moment))
            note(runs, moment, flows->at[i], "schedule");
        json_object_put(flow);
    }
}
