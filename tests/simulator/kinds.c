#include "kinds.h"

#include <string.h>

#define BIT(kind) (1u << (kind))

#define MASK "******"

static const struct secret_field connection_secrets[] = {
    {"http.auth.basic.password", MASK},
    {"http.auth.token.token", MASK},
    {"http.auth.token.refreshToken", MASK},
    {"http.auth.oauth.clientSecret", MASK},
    {"http.auth.oauth.password", MASK},
    {"http.encrypted", MASK},
    {"http.clientCertificates.key", MASK},
    {"http.clientCertificates.passphrase", MASK},
    {"http.clientCertificates.pfx", MASK},
    {"ftp.password", MASK},
    {"ftp.authKey", "****"},
    {"ftp.pgpEncryptKey", MASK},
    {"ftp.pgpDecryptKey", MASK},
    {"ftp.pgpPassphrase", MASK},
    {"netsuite.tokenId", MASK},
    {"netsuite.tokenSecret", MASK},
    {"netsuite.password", MASK},
    {"salesforce.bearerToken", MASK},
    {"salesforce.refreshToken", MASK},
    {"rest.bearerToken", MASK},
    {"rest.refreshToken", MASK},
    {"rest.basicAuth.password", MASK},
    {"rest.encrypted", MASK},
    {"s3.secretAccessKey", MASK},
    {"rdbms.password", MASK},
    {"rdbms.key", MASK},
    {"rdbms.passphrase", MASK},
    {"mongodb.password", MASK},
    {"jdbc.password", MASK},
    {"jdbc.wallet", MASK},
    {"dynamodb.aws.secretAccessKey", MASK},
    {"as2.userPrivateKey", MASK},
    {"as2.partnerPassword", MASK},
    {NULL, NULL},
};

static const struct secret_field iclient_secrets[] = {
    {"oauth2.clientSecret", MASK},
    {"oauth2.password", MASK},
    {NULL, NULL},
};

static const struct secret_field export_secrets[] = {
    {"webhook.key", MASK},
    {"webhook.token", MASK},
    {"webhook.password", MASK},
    {NULL, NULL},
};

static const struct secret_field stack_secrets[] = {
    {"server.systemToken", MASK},
    {"lambda.secretAccessKey", MASK},
    {NULL, NULL},
};

static const struct secret_field agent_secrets[] = {
    {"accessToken", MASK},
    {NULL, NULL},
};

#define PATHS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define NO_PATHS ((const char *const[]){NULL})

/* Only integrations have sub-lists of their members. */
#define CHILD(path) .child_route = "/integrations/{id}/" path
#define ROUTES(name) .path = name, .list_route = "/" name, .item_route = "/" name "/{id}"

const struct kind kinds[KINDS] =
    {
        [KIND_INTEGRATIONS] =
            {
                .id = KIND_INTEGRATIONS,
                ROUTES("integrations"),
                .type = "integration",
                .title = "Integration",
                .container = true,
                .unique_name = true,
                .model = "Integration",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
        [KIND_FLOWS] =
            {
                .id = KIND_FLOWS,
                ROUTES("flows"),
                .type = "flow",
                .title = "Flow",
                CHILD("flows"),
                .dies_with_owner = true,
                .model = "Flow",
                .required = PATHS("name"),
                .immutable = PATHS("_abstractFlowId"),
                .patchable = PATHS("name", "description", "disabled", "schedule", "timezone",
                                   "_runNextFlowIds"),
            },
        [KIND_EXPORTS] =
            {
                .id = KIND_EXPORTS,
                ROUTES("exports"),
                .type = "export",
                .title = "Export",
                CHILD("exports"),
                .dies_with_owner = true,
                .used_by = BIT(KIND_FLOWS),
                .secrets = export_secrets,
                .model = "Export",
                .required = PATHS("name", "adaptorType"),
                .immutable = PATHS("adaptorType"),
                .patchable = PATHS("name", "description"),
            },
        [KIND_IMPORTS] =
            {
                .id = KIND_IMPORTS,
                ROUTES("imports"),
                .type = "import",
                .title = "Import",
                CHILD("imports"),
                .dies_with_owner = true,
                .used_by = BIT(KIND_FLOWS),
                .model = "Import",
                .required = PATHS("name", "adaptorType"),
                .immutable = PATHS("adaptorType"),
                .patchable = NO_PATHS,
            },
        [KIND_CONNECTIONS] =
            {
                .id = KIND_CONNECTIONS,
                ROUTES("connections"),
                .type = "connection",
                .title = "Connection",
                CHILD("connections"),
                .used_by = BIT(KIND_INTEGRATIONS) | BIT(KIND_EXPORTS) | BIT(KIND_IMPORTS),
                .secrets = connection_secrets,
                .model = "Connection",
                .required = PATHS("name", "type"),
                .immutable = PATHS("type"),
                .patchable = PATHS("name", "description"),
            },
        [KIND_SCRIPTS] =
            {
                .id = KIND_SCRIPTS,
                ROUTES("scripts"),
                .type = "script",
                .title = "Script",
                .used_by = BIT(KIND_FLOWS) | BIT(KIND_EXPORTS) | BIT(KIND_IMPORTS),
                .hidden = "content",
                .model = "Script",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = PATHS("name", "description"),
            },
        [KIND_ICLIENTS] =
            {
                .id = KIND_ICLIENTS,
                ROUTES("iclients"),
                .type = "iclient",
                .title = "iClient",
                .beyond = true,
                .secrets = iclient_secrets,
                .model = "IClient",
                .required = PATHS("name"),
                .immutable = PATHS("_httpConnectorId"),
                .patchable = NO_PATHS,
            },
        [KIND_FILEDEFINITIONS] =
            {
                .id = KIND_FILEDEFINITIONS,
                ROUTES("filedefinitions"),
                .type = "filedefinition",
                .title = "File definition",
                .beyond = true,
                .model = "FileDefinition",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
        [KIND_EDIPROFILES] =
            {
                .id = KIND_EDIPROFILES,
                ROUTES("ediprofiles"),
                .type = "ediprofile",
                .title = "EDI profile",
                .beyond = true,
                .model = "EDIProfile",
                .required = PATHS("name", "fileType"),
                .immutable = PATHS("fileType"),
                .patchable = NO_PATHS,
            },
        [KIND_ASYNCHELPERS] =
            {
                .id = KIND_ASYNCHELPERS,
                ROUTES("asynchelpers"),
                .type = "asynchelper",
                .title = "Async helper",
                .beyond = true,
                .model = "AsyncHelper",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
        [KIND_LOOKUPCACHES] =
            {
                .id = KIND_LOOKUPCACHES,
                ROUTES("lookupcaches"),
                .type = "lookupcache",
                .title = "Lookup cache",
                .beyond = true,
                .dies_with_owner = true,
                .model = "LookupCache",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
        [KIND_STACKS] =
            {
                .id = KIND_STACKS,
                ROUTES("stacks"),
                .type = "stack",
                .title = "Stack",
                .beyond = true,
                .secrets = stack_secrets,
                .model = "Stack",
                .required = PATHS("name", "type"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
        [KIND_AGENTS] =
            {
                .id = KIND_AGENTS,
                ROUTES("agents"),
                .type = "agent",
                .title = "Agent",
                .beyond = true,
                .secrets = agent_secrets,
                .model = "Agent",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
        [KIND_APIS] =
            {
                .id = KIND_APIS,
                ROUTES("apis"),
                .type = "api",
                .title = "API",
                .beyond = true,
                .model = "API",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
        [KIND_TOOLS] =
            {
                .id = KIND_TOOLS,
                ROUTES("tools"),
                .type = "tool",
                .title = "Tool",
                .beyond = true,
                .dies_with_owner = true,
                .model = "Tool",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
        [KIND_MCPSERVERS] =
            {
                .id = KIND_MCPSERVERS,
                ROUTES("mcpservers"),
                .type = "mcpserver",
                .title = "MCP server",
                .beyond = true,
                .model = "MCPServer",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
        [KIND_TAGS] =
            {
                .id = KIND_TAGS,
                ROUTES("tags"),
                .type = "tag",
                .title = "Tag",
                .beyond = true,
                .model = "Tag",
                .required = PATHS("name"),
                .immutable = NO_PATHS,
                .patchable = NO_PATHS,
            },
};

const struct facet facets[FACETS] = {
    [FACET_AUDIT] = {FACET_AUDIT, "audit", "/integrations/{id}/audit", true, true, false},
    [FACET_ERRORS] = {FACET_ERRORS, "errors", "/integrations/{id}/errors", false, false, false},
    [FACET_USERS] = {FACET_USERS, "ashares", "/integrations/{id}/ashares", false, false, true},
};

static const struct reference_key references[] = {
    {"_exportId", KIND_EXPORTS, true, false},
    {"_keepDeltaBehindExportId", KIND_EXPORTS, false, false},
    {"_postParseListenerId", KIND_EXPORTS, false, false},
    {"_importId", KIND_IMPORTS, true, false},
    {"_connectionId", KIND_CONNECTIONS, true, false},
    {"_registeredConnectionIds", KIND_CONNECTIONS, true, true},
    {"_borrowConcurrencyFromConnectionId", KIND_CONNECTIONS, false, false},
    {"_mcpConnectionId", KIND_CONNECTIONS, false, false},
    {"_scriptId", KIND_SCRIPTS, true, false},
    {"_integrationId", KIND_INTEGRATIONS, false, false},
    {"_parentId", KIND_INTEGRATIONS, false, false},
    {"_flowId", KIND_FLOWS, false, false},
    {"_runNextFlowIds", KIND_FLOWS, false, false},
    {"_keepDeltaBehindFlowId", KIND_FLOWS, false, false},
    {"_abstractFlowId", KIND_FLOWS, false, false},
    {"_iClientId", KIND_ICLIENTS, true, false},
    {"_fileDefinitionId", KIND_FILEDEFINITIONS, true, false},
    {"_ediProfileId", KIND_EDIPROFILES, true, false},
    {"_asyncHelperId", KIND_ASYNCHELPERS, true, false},
    {"_lookupCacheId", KIND_LOOKUPCACHES, true, false},
    {"_registeredLookupCacheIds", KIND_LOOKUPCACHES, false, false},
    {"_stackId", KIND_STACKS, true, false},
    {"_agentId", KIND_AGENTS, true, false},
    {"_apiId", KIND_APIS, true, false},
    {"_toolId", KIND_TOOLS, true, false},
};

const struct kind *kind_by_path(const char *path)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].path, path) == 0)
            return &kinds[i];
    return NULL;
}

const struct reference_key *kind_reference(const char *name)
{
    if (name[0] != '_')
        return NULL;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        if (strcmp(references[i].name, name) == 0)
            return &references[i];
    return NULL;
}

const struct facet *facet_by_path(const char *path)
{
    for (size_t i = 0; i < FACETS; i++)
        if (strcmp(facets[i].path, path) == 0)
            return &facets[i];
    return NULL;
}
