#include "profile.h"

#include <string.h>

const struct profile profiles[PROFILES] = {
    [PROFILE_REFERENCE] =
        {
            .name = "reference",
            .sizes =
                {
                    .integrations = 3,
                    .flows = 4,
                    .exports = 6,
                    .imports = 6,
                    .connections = 6,
                    .scripts = 4,
                    .users = 3,
                    .audit = 12,
                },
            .rules =
                {
                    .page_style = PAGE_OFFSET,
                    .page_size = 1000,
                    .unique_names = true,
                },
        },
    [PROFILE_LIVE] =
        {
            .name = "live",
            .sizes =
                {
                    .integrations = 3,
                    .flows = 4,
                    .exports = 6,
                    .imports = 6,
                    .connections = 6,
                    .scripts = 4,
                    .users = 3,
                    .audit = 12,
                    .standalone = 3,
                    .iclients = 2,
                    .filedefinitions = 2,
                    .ediprofiles = 2,
                    .asynchelpers = 2,
                    .lookupcaches = 2,
                    .stacks = 2,
                    .agents = 2,
                    .apis = 2,
                    .tools = 2,
                    .mcpservers = 2,
                    .tags = 2,
                    .managed = 1,
                },
            .rules =
                {
                    .page_style = PAGE_LINK,
                    .page_size = 1000,
                    .bucket = 1000,
                    .refill = 300,
                    .every_kind = true,
                    .whole_lists = true,
                    .hides_fields = true,
                    .empty_is_204 = true,
                    .terse_401 = true,
                    .projects = true,
                    .account_audit = true,
                    .account_users = true,
                    .shares_users = true,
                    .rich_audit = true,
                    .token_info = true,
                    .masks = true,
                    .runtime = true,
                    .validates = true,
                    .patches = true,
                    .recycle_bin = true,
                },
        },
};

const struct profile *profile_by_name(const char *name)
{
    for (size_t i = 0; i < PROFILES; i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}
