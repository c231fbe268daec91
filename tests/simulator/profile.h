/*
 * profile.h - THE TABLE of profiles: whose API is played, one row each.
 *
 * `reference` is the document the project was created from, `live` what is known of the service
 * itself. A profile is a set of rules and the sizes of the account it makes up; the command line
 * may set each rule otherwise. No file asks which profile is played, only what a rule says.
 */
#ifndef SIMULATOR_PROFILE_H
#define SIMULATOR_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

enum profile_id { PROFILE_REFERENCE, PROFILE_LIVE, PROFILES };

enum page_style { PAGE_OFFSET, PAGE_LINK, PAGE_STYLES };

/* The account to make up. Flows, exports, imports, users and audit entries are counted per
 * integration. */
struct sizes {
    size_t integrations;
    size_t flows;
    size_t exports;
    size_t imports;
    size_t connections;
    size_t scripts;
    size_t users; /* with rules.account_users: of the account */
    size_t audit;
    size_t standalone; /* flows of no integration */
    size_t shared;     /* exports and imports used by the flows of two integrations */
    size_t orphans;    /* exports and imports used by no flow */
    size_t iclients;
    size_t filedefinitions;
    size_t ediprofiles;
    size_t asynchelpers;
    size_t lookupcaches;
    size_t stacks;
    size_t agents;
    size_t apis;
    size_t tools;
    size_t mcpservers;
    size_t tags;
    size_t managed; /* of the integrations, those a vendor manages */
};

struct rules {
    enum page_style page_style;
    size_t page_size;   /* rows a page where the server sets it */
    size_t bucket;      /* requests at once, before 429; 0: no limit */
    size_t refill;      /* and so many more each second */
    bool every_kind;    /* serves the kinds the reference does not know */
    bool whole_lists;   /* integrations are listed as whole documents */
    bool hides_fields;  /* lists leave out the fields that kinds.c calls hidden */
    bool empty_is_204;  /* an empty page has no body */
    bool terse_401;     /* {"message":"Unauthorized"} */
    bool unique_names;  /* a second integration of the same name is a conflict */
    bool projects;      /* include= and exclude= choose fields */
    bool strict_query;  /* unknown query parameters of a list are an error */
    bool account_audit; /* GET /audit */
    bool account_users; /* GET /ashares */
    bool shares_users;  /* users belong to the account and reach integrations by their shares */
    bool rich_audit;    /* audit rows with ids and users as objects, and filters */
    bool token_info;    /* GET /tokenInfo */
    bool masks;         /* secrets are stored apart and shown as masks */
    bool runtime;       /* documents carry runtime state */
    bool validates;     /* documents are checked, and the server sets what is its own */
    bool patches;       /* PATCH, of the kinds that have patchable fields */
    bool recycle_bin;   /* what is deleted can be restored */
    size_t clamp;       /* the most that is stored of a pageSize; 0: any */
    bool refuses_server_fields; /* instead of ignoring them */
    bool refuses_in_use;        /* DELETE of what is referred to */
    bool refuses_shells;        /* connections of some types without credentials */
};

struct profile {
    const char *name;
    struct sizes sizes;
    struct rules rules;
};

extern const struct profile profiles[PROFILES];

/* The profile of this name, or NULL. */
const struct profile *profile_by_name(const char *name);

#endif
