/*
 * kind: the table of what an account is made of. The heart of the program.
 *
 * One const row a kind says all that the rest of the program needs to know about it; no other file
 * compares kind names. Adding a kind is a row here and a golden fixture (tests/golden/kinds).
 * Endpoints and fields are those of the reference and of the API notes (columns "live").
 */
#ifndef MODEL_KIND_H
#define MODEL_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* The kinds, in the order of the table, which is that of messages. */
enum kind_id {
    KIND_INTEGRATION,
    KIND_FLOW,
    KIND_EXPORT,
    KIND_IMPORT,
    KIND_CONNECTION,
    KIND_SCRIPT,
    KIND_ICLIENT,
    KIND_FILEDEFINITION,
    KIND_EDIPROFILE,
    KIND_ASYNCHELPER,
    KIND_LOOKUPCACHE,
    KIND_STACK,
    KIND_AGENT,
    KIND_API,
    KIND_TOOL,
    KIND_MCPSERVER,
    KIND_TAG,
    KIND_USERS,
    KIND_AUDIT,
    KIND_ERRORS,
    KIND_IDMAP, /* no list of the API's: what ids became (model/idmap.h) */
    KIND_COUNT
};

/* Where a kind's files stand in the mirror. */
enum kind_place {
    PLACE_OWN_FOLDER, /* integrations/SLUG--ID/integration.yaml */
    PLACE_OWNER,   /* integrations/SLUG--OWNER/FOLDER/SLUG--ID.yaml; account/FOLDER/ without one */
    PLACE_ACCOUNT, /* account/FOLDER/SLUG--ID.yaml */
    PLACE_FILE,    /* integrations/SLUG--ID/FOLDER.yaml: all rows of an integration's sub-list;
                      account/FOLDER.yaml: those of the account-wide list that name none */
    PLACE_MONTHS,  /* integrations/SLUG--ID/FOLDER/2024-01.yaml, account/FOLDER/2024-01.yaml: rows
                      by month, never fewer */
};

struct kind {
    enum kind_id id;
    const char *name;   /* one of them: "flow" */
    const char *plural; /* several: "flows" */
    const char *folder; /* folder, or base name of the file, in the mirror */
    enum kind_place place;
    const char *account_list; /* path of the account-wide list, "/flows"; NULL: there is none */
    const char *sub_list; /* last part of /integrations/{id}/..., "flows"; NULL: there is none */
    const char *item;     /* path before an id, "/flows/"; NULL: rows cannot be got singly */
    const char *row_id;   /* field that identifies a row; NULL: its whole content does */
    const char *shared; /* field of a row of the account-wide list: a list of objects that name the
                           integrations it is about; or NULL */
    const char *when;   /* field that holds a row's time (PLACE_MONTHS) */
    const char *whole;  /* field whose absence shows that a list gave a mere summary; NULL:
                           lists give whole documents */
    const char *body;   /* field whose text lies beside the document, byte for byte; or NULL */
    const char *body_suffix; /* of the file beside: ".js" */
    const char *registered;  /* field of the integration's document that lists the ids of its own;
                                the sub-list supplies it where the document lacks it; or NULL */
    bool optional;           /* a server may not have it: 404 and 403 are no failure */
    bool lasting;            /* a list of rows that does not become empty by itself */
    bool decides;            /* what its documents use decides who owns that */
    bool common;             /* used by many: bringing one user back leaves what exists alone */
    bool secretive;          /* holds credentials: what exists is written only where asked for */
    unsigned rank;           /* in the order of creation; what has a lower one comes first */
    /* runtime state, as paths of keys ("logging.debugUntil"); NULL-ended */
    const char *const *noise;
    /* set by the server with each save; alone they are no change */
    const char *const *stamps;
    /* set by the server beside these, and not sent; paths as in noise */
    const char *const *fixed;
    /* never to be changed once it is there; paths as in noise */
    const char *const *immutable;
};

/* The row of a kind. */
const struct kind *kind_of(enum kind_id id);

/* The kind with this name or plural, or NULL. */
const struct kind *kind_find(struct str word);

/* Whether rows of the kind are documents of their own, with an id and a name (the others are files
 * that list the rows of an integration's sub-list). */
bool kind_is_document(const struct kind *kind);

/* A field that refers to other resources, wherever in a document it stands. */
struct kind_ref {
    const char *field;   /* "_exportId" */
    enum kind_id target; /* kind of what it refers to */
    bool uses;           /* a flow that holds it uses the target (decides who owns an export) */
    bool links;          /* holds what runs next: nothing beneath it is used by the document */
    bool late;           /* can close a circle: set when all that takes part in it is there */
};

/* The reference that a field of this name is, or NULL. */
const struct kind_ref *kind_ref_of(struct str field);

/* The field of a flow that names a group of its integration, and the integration's list of them. */
#define KIND_GROUP_FIELD "_flowGroupingId"
#define KIND_GROUPS_FIELD "flowGroupings"

/* Whether a key anywhere is runtime state of any kind (`__*Helper`). */
bool kind_key_is_noise(struct str key);

/* Whether what stands beneath a key is the customer's own, so that an id there is no reference:
 * settings, sample data. */
bool kind_key_is_free_form(struct str key);

#endif
