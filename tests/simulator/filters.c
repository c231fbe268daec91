#include "filters.h"

#include <stdlib.h>
#include <string.h>

#include "moment.h"

static const struct {
    const char *parameter;
    const char *path; /* in the row */
} equals[FILTER_FIELDS] = {
    [FILTER_TYPE] = {"resourceType", "resourceType"},
    [FILTER_RESOURCE] = {"_resourceId", "_resourceId"},
    [FILTER_USER] = {"_byUserId", "user._id"},
};

/* Reads a time, if the parameter is there. */
static int read_moment(struct filter *filter, const struct request *request, const char *name,
                       int64_t *ret_moment)
{
    char *text = request_parameter(request, name);
    int result = text ? moment_parse(text, ret_moment) : 0;

    filter->timed = filter->timed || text;
    free(text);
    return result;
}

const char *filter_read(struct filter *filter, const struct request *request)
{
    filter->from = INT64_MIN;
    filter->to = INT64_MAX;
    for (size_t i = 0; i < FILTER_FIELDS; i++)
        filter->equal[i] = request_parameter(request, equals[i].parameter);
    if (read_moment(filter, request, "from", &filter->from) != 0)
        return "from";
    return read_moment(filter, request, "to", &filter->to) != 0 ? "to" : NULL;
}

void filter_release(struct filter *filter)
{
    for (size_t i = 0; i < FILTER_FIELDS; i++)
        free(filter->equal[i]);
}

bool filter_knows(const char *name, size_t len)
{
    static const char *const others[] = {"from", "to", "limit", "offset"};

    for (size_t i = 0; i < FILTER_FIELDS; i++)
        if (strlen(equals[i].parameter) == len && strncmp(equals[i].parameter, name, len) == 0)
            return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strlen(others[i]) == len && strncmp(others[i], name, len) == 0)
            return true;
    return false;
}

static bool is_equal(struct json_object *row, const char *path, const char *wanted)
{
    struct json_object *value = json_at(row, path);

    return json_object_is_type(value, json_type_string) &&
           strcmp(json_object_get_string(value), wanted) == 0;
}

static bool is_within(const struct filter *filter, struct json_object *row)
{
    const char *text = json_get_text(row, "timestamp");
    int64_t moment;

    return text && moment_parse(text, &moment) == 0 && moment >= filter->from &&
           moment <= filter->to;
}

/* A user of the whole account reaches every integration. */
static bool reaches(struct json_object *row, const char *integration)
{
    struct json_object *levels = json_get(row, "integrationAccessLevel");

    if (json_get_text(row, "accessLevel") || !json_object_is_type(levels, json_type_array))
        return true;
    for (size_t i = 0; i < json_object_array_length(levels); i++)
        if (is_equal(json_object_array_get_idx(levels, i), "_integrationId", integration))
            return true;
    return false;
}

static bool is_empty(const struct filter *filter)
{
    for (size_t i = 0; i < FILTER_FIELDS; i++)
        if (filter->equal[i])
            return false;
    return !filter->timed && !filter->integration;
}

bool filter_wants(const struct filter *filter, const struct text *row)
{
    struct json_object *parsed;
    bool wanted = true;

    if (is_empty(filter))
        return true;
    parsed = json_parse(row->bytes, row->len);
    for (size_t i = 0; wanted && i < FILTER_FIELDS; i++)
        wanted = !filter->equal[i] || is_equal(parsed, equals[i].path, filter->equal[i]);
    wanted = wanted && (!filter->timed || is_within(filter, parsed));
    wanted = wanted && (!filter->integration || reaches(parsed, filter->integration));
    json_object_put(parsed);
    return wanted;
}
