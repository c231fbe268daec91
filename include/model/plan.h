/*
 * plan: what has to be done to an account, in which order.
 *
 * A plan is a list of steps, each one document created, changed, linked, deleted or enabled.
 * Whoever makes one adds the steps and says what each document refers to; plan_order then finds out
 * what has to be there before what:
 *
 *   - a document is created after all that it refers to and that is created, too. References that
 *     can close a circle (kind_ref.late) do not count; where one leads to what comes no earlier, it
 *     is left out at first and a link step sets it when all is there. Any other circle is broken
 * the same way;
 *   - a document is changed after all that it comes to refer to is created;
 *   - what refers to a document is deleted before it. Deletions come last, but for enabling.
 *
 * Pure: nothing is read or written. A plan can be written as a document and read back; the account
 * as it was looked at (blob ids) is in it, so that a plan tells whether it still fits.
 */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "format/gitobj.h"
#include "format/node.h"
#include "model/kind.h"

/* In the order in which they can follow each other. */
enum step_verb { STEP_CREATE, STEP_UPDATE, STEP_LINK, STEP_DELETE, STEP_ENABLE, STEP_VERBS };

/* "create", "update", "link", "delete", "enable". Static. */
const char *step_verb_name(enum step_verb verb);

/* A field that a step changes, as text for people; "" on the side where there is none. */
struct step_field {
    const char *path, *before, *after;
    struct step_field *next;
};

/* A text in a list. */
struct plan_text {
    const char *text;
    struct plan_text *next;
};

/* A reference of a step's document while the plan is made. */
struct step_ref;

struct step {
    unsigned number; /* from 1, in the order of the plan; of plan_order */
    unsigned level;  /* from 1: steps of a level need none of the same; of plan_order */
    enum step_verb verb;
    enum kind_id kind;
    struct str id;                     /* in the commit; of a deletion in the account */
    struct str target;                 /* in the account; empty where it is to be created */
    struct str title;                  /* name, as it will be */
    struct str path;                   /* in the commit; of a deletion in HEAD */
    struct oid blob, beside;           /* as it is to be; zero for a deletion */
    struct oid seen_blob, seen_beside; /* as the account had it; zero where it did not */
    bool from_bin;                     /* to be brought back from the recycle bin */
    bool renamed;                      /* title is another name than the commit's */
    struct step_field *fields;
    struct plan_text *holes; /* paths of what the mirror does not hold of it */
    unsigned *needs;         /* numbers of the steps before it, ascending; of plan_order */
    size_t needs_n;
    struct step_ref *refs;
    bool placed; /* plan_order has given it a level */
};

/* Zero-initialise; give back with plan_release. */
struct plan {
    struct arena arena; /* holds all texts */
    struct step **steps;
    size_t n, room;
    struct map creates, changes, deletes; /* steps by kind and id */
};

/* Gives back all that a plan holds; it is empty and usable afterwards. */
void plan_release(struct plan *plan);

/* Adds a step; id is copied. */
struct step *plan_add(struct plan *plan, enum step_verb verb, enum kind_id kind, struct str id);

/* The step that creates or changes (or deletes) the resource with this id, or NULL. */
struct step *plan_find(const struct plan *plan, enum step_verb verb, enum kind_id kind,
                       struct str id);

/* Says that the document of a step refers to another: by its id in the commit, of a deletion in the
 * account. */
void plan_refer(struct plan *plan, struct step *step, enum kind_id kind, struct str id, bool late);

/* Says that a step has to wait for another one that changes what it builds on. */
void plan_wait(struct plan *plan, struct step *step, struct step *other);

/* Orders and numbers the steps, adds those that link, and fills level and needs. Once. */
void plan_order(struct plan *plan);

/* Whether a created document's reference to another is left out until it is linked: the plan
 * creates the other, and not before it. */
bool plan_defers(const struct plan *plan, const struct step *step, enum kind_id kind,
                 struct str id);

/* How many steps of a verb there are, and levels. */
size_t plan_count(const struct plan *plan, enum step_verb verb);
unsigned plan_levels(const struct plan *plan);

/* The number of a step, as plans and journals have it; 0 where a value (or NULL) is none. */
unsigned plan_number(const struct node *value);

/* The steps as a list of maps, made in `a`; and back: ERR_BAD for what is none. */
struct node plan_document(const struct plan *plan, struct arena *a);
int plan_load(struct plan *plan, const struct node *steps, struct err *err);

#endif
