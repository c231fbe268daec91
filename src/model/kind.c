#include "model/kind.h"

static const char *const no_paths[] = {NULL};
static const char *const saved_by_server[] = {"lastModified", "lastModifiedBy", NULL};
static const char *const connection_state[] = {
    "queues",          "offline",   "status",    "needsAuthorization",
    "concurrencyInfo", "rateLimit", "lastPing*", "quotas",
    "capabilities",    "debugDate", NULL};
static const char *const flow_state[] = {"lastExecutedAt", "resolvedAt", "logging.debugUntil",
                                         NULL};
static const char *const step_state[] = {"debugUntil", "draft", "draftExpiresAt", NULL};

static const struct kind table[KIND_COUNT] = {
    [KIND_INTEGRATION] = {.id = KIND_INTEGRATION,
                          .name = "integration",
                          .plural = "integrations",
                          .folder = "integration",
                          .place = PLACE_OWN_FOLDER,
                          .account_list = "/integrations",
                          .item = "/integrations/",
                          .row_id = "_id",
                          .whole = "createdAt",
                          .noise = no_paths,
                          .stamps = saved_by_server},
    [KIND_FLOW] = {.id = KIND_FLOW,
                   .name = "flow",
                   .plural = "flows",
                   .folder = "flows",
                   .place = PLACE_OWNER,
                   .account_list = "/flows",
                   .sub_list = "flows",
                   .item = "/flows/",
                   .row_id = "_id",
                   .decides = true,
                   .noise = flow_state,
                   .stamps = saved_by_server},
    [KIND_EXPORT] = {.id = KIND_EXPORT,
                     .name = "export",
                     .plural = "exports",
                     .folder = "exports",
                     .place = PLACE_OWNER,
                     .account_list = "/exports",
                     .sub_list = "exports",
                     .item = "/exports/",
                     .row_id = "_id",
                     .noise = step_state,
                     .stamps = saved_by_server},
    [KIND_IMPORT] = {.id = KIND_IMPORT,
                     .name = "import",
                     .plural = "imports",
                     .folder = "imports",
                     .place = PLACE_OWNER,
                     .account_list = "/imports",
                     .sub_list = "imports",
                     .item = "/imports/",
                     .row_id = "_id",
                     .noise = step_state,
                     .stamps = saved_by_server},
    [KIND_CONNECTION] = {.id = KIND_CONNECTION,
                         .name = "connection",
                         .plural = "connections",
                         .folder = "connections",
                         .place = PLACE_ACCOUNT,
                         .account_list = "/connections",
                         .sub_list = "connections",
                         .item = "/connections/",
                         .row_id = "_id",
                         .registered = "_registeredConnectionIds",
                         .noise = connection_state,
                         .stamps = saved_by_server},
    [KIND_USERS] = {.id = KIND_USERS,
                    .name = "user list",
                    .plural = "user lists",
                    .folder = "users",
                    .place = PLACE_FILE,
                    .sub_list = "ashares",
                    .row_id = "_id",
                    .lasting = true,
                    .noise = no_paths,
                    .stamps = saved_by_server},
    [KIND_AUDIT] = {.id = KIND_AUDIT,
                    .name = "audit log",
                    .plural = "audit logs",
                    .folder = "audit",
                    .place = PLACE_MONTHS,
                    .sub_list = "audit",
                    .when = "timestamp",
                    .noise = no_paths,
                    .stamps = no_paths},
    [KIND_ERRORS] = {.id = KIND_ERRORS,
                     .name = "error count",
                     .plural = "error counts",
                     .folder = "errors",
                     .place = PLACE_FILE,
                     .sub_list = "errors",
                     .row_id = "_flowId",
                     .noise = no_paths,
                     .stamps = no_paths},
};

static const struct kind_ref references[] = {
    {.field = "_connectionId", .target = KIND_CONNECTION},
    {.field = "_borrowConcurrencyFromConnectionId", .target = KIND_CONNECTION},
    {.field = "_mcpConnectionId", .target = KIND_CONNECTION},
    {.field = "_registeredConnectionIds", .target = KIND_CONNECTION},
    {.field = "_integrationId", .target = KIND_INTEGRATION},
    {.field = "_parentId", .target = KIND_INTEGRATION},
    {.field = "_runNextFlowIds", .target = KIND_FLOW},
    {.field = "_runNextExportIds", .target = KIND_FLOW, .links = true},
    {.field = "_flowId", .target = KIND_FLOW},
    {.field = "_keepDeltaBehindFlowId", .target = KIND_FLOW},
    {.field = "_abstractFlowId", .target = KIND_FLOW},
    {.field = "_exportId", .target = KIND_EXPORT, .uses = true},
    {.field = "_keepDeltaBehindExportId", .target = KIND_EXPORT},
    {.field = "_postParseListenerId", .target = KIND_EXPORT},
    {.field = "_importId", .target = KIND_IMPORT, .uses = true},
};

const struct kind *kind_of(enum kind_id id)
{
    return &table[id];
}

const struct kind *kind_find(struct str word)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (str_is(word, table[i].name) || str_is(word, table[i].plural))
            return &table[i];
    return NULL;
}

bool kind_is_document(const struct kind *kind)
{
    return kind->place != PLACE_FILE && kind->place != PLACE_MONTHS;
}

const struct kind_ref *kind_ref_of(struct str field)
{
    if (field.n == 0 || field.p[0] != '_')
        return NULL;
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
        if (str_is(field, references[i].field))
            return &references[i];
    return NULL;
}

bool kind_key_is_noise(struct str key)
{
    return str_starts(key, STR("__")) && str_ends(key, STR("Helper"));
}
