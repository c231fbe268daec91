#include "kinds.h"

#include <string.h>

#define BIT(kind) (1u << (kind))

const struct kind kinds[KINDS] = {
    [KIND_INTEGRATIONS] =
        {
            .id = KIND_INTEGRATIONS,
            .path = "integrations",
            .type = "integration",
            .title = "Integration",
            .list_route = "/integrations",
            .item_route = "/integrations/{id}",
            .container = true,
            .unique_name = true,
        },
    [KIND_FLOWS] =
        {
            .id = KIND_FLOWS,
            .path = "flows",
            .type = "flow",
            .title = "Flow",
            .list_route = "/flows",
            .item_route = "/flows/{id}",
            .child_route = "/integrations/{id}/flows",
            .dies_with_owner = true,
        },
    [KIND_EXPORTS] =
        {
            .id = KIND_EXPORTS,
            .path = "exports",
            .type = "export",
            .title = "Export",
            .list_route = "/exports",
            .item_route = "/exports/{id}",
            .child_route = "/integrations/{id}/exports",
            .dies_with_owner = true,
            .used_by = BIT(KIND_FLOWS),
        },
    [KIND_IMPORTS] =
        {
            .id = KIND_IMPORTS,
            .path = "imports",
            .type = "import",
            .title = "Import",
            .list_route = "/imports",
            .item_route = "/imports/{id}",
            .child_route = "/integrations/{id}/imports",
            .dies_with_owner = true,
            .used_by = BIT(KIND_FLOWS),
        },
    [KIND_CONNECTIONS] =
        {
            .id = KIND_CONNECTIONS,
            .path = "connections",
            .type = "connection",
            .title = "Connection",
            .list_route = "/connections",
            .item_route = "/connections/{id}",
            .child_route = "/integrations/{id}/connections",
            .used_by = BIT(KIND_INTEGRATIONS) | BIT(KIND_EXPORTS) | BIT(KIND_IMPORTS),
        },
    [KIND_SCRIPTS] =
        {
            .id = KIND_SCRIPTS,
            .path = "scripts",
            .type = "script",
            .title = "Script",
            .list_route = "/scripts",
            .item_route = "/scripts/{id}",
            .used_by = BIT(KIND_FLOWS) | BIT(KIND_EXPORTS) | BIT(KIND_IMPORTS),
        },
};

const struct facet facets[FACETS] = {
    [FACET_AUDIT] = {FACET_AUDIT, "audit", "/integrations/{id}/audit", true},
    [FACET_ERRORS] = {FACET_ERRORS, "errors", "/integrations/{id}/errors", false},
    [FACET_USERS] = {FACET_USERS, "ashares", "/integrations/{id}/ashares", false},
};

static const struct reference_key references[] = {
    {"_exportId", KIND_EXPORTS, false},
    {"_importId", KIND_IMPORTS, false},
    {"_connectionId", KIND_CONNECTIONS, false},
    {"_registeredConnectionIds", KIND_CONNECTIONS, true},
    {"_scriptId", KIND_SCRIPTS, false},
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
