/*
 * restoration: what the chapters of a restore share. Private to src/route.
 *
 * restore.c tells the story. restore_select.c finds what is meant, restore_needs.c what that
 * depends on, restore_clone.c what stands for it in another account, restore_wish.c what a document
 * is to be, restore_steps.c what has to be done, restore_bin.c what the recycle bin has and
 * restore_affected.c who else will feel it. restore_run.c keeps a run on disk, restore_apply.c
 * carries it out, restore_probe.c finds out what became of a creation without an answer, and
 * restore_verify.c compares. restore_undo.c turns a run round.
 */
#ifndef ROUTE_RESTORATION_H
#define ROUTE_RESTORATION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "format/node.h"
#include "model/hole.h"
#include "model/idmap.h"
#include "model/refs.h"
#include "port/api.h"
#include "port/http.h"
#include "port/journal.h"
#include "port/store.h"
#include "route/restore.h"
#include "route/snapshot.h"

/* What is referred to and stands in neither the commit nor the mirror of the account. */
struct stranger {
    enum kind_id kind;
    struct str id;
    bool exists; /* the account has it all the same (out of the mirror's scope) */
    struct stranger *next;
};

/* Ends of lists that grow while a report is made. */
struct report_tails {
    struct plan_text **problem, **todo, **note;
    struct restore_row **kept, **left, **affected, **failed, **unknown, **residual;
};

/* A resource in the recycle bin. */
struct binned {
    enum kind_id kind;
    struct str id, home; /* home: _integrationId */
    struct refs refs;
    bool barred; /* bringing it back would start a flow */
    struct binned *next;
};

/* A resource that a run to be undone has touched. */
struct touched {
    enum kind_id kind;
    struct str id; /* in the account */
    enum step_verb verb;
    struct touched *next;
};

struct restore {
    struct restore_options options;
    struct arena arena;
    struct store *store;      /* of the account written to; locked */
    struct store *source;     /* of the commit; may be the same */
    struct snapshot want;     /* the commit */
    struct snapshot live;     /* the account, as HEAD has it after the last sync */
    struct oid commit;        /* want's */
    struct oid head;          /* of a run that is taken up: the account when it was planned */
    struct idmap ids;         /* from ids of the commit to those of the account */
    struct sync_result cycle; /* the last sync */
    struct plan plan;
    struct restore_report report;
    struct report_tails tails;
    struct map strangers; /* by kind and id */
    struct stranger *first_stranger;
    bool creates;     /* something wanted is not in the account */
    struct map known; /* what was there when the plan was made, by kind and id */
    struct map bin;   /* what is in the recycle bin, by id */
    struct binned *first_binned;
    struct node given; /* secrets, by selector; null: none */
    struct http *http;
    struct api api;
    struct touched *touched; /* of a run to be undone; NULL: none is */
    bool undoes;
    /* the run */
    const char *folder; /* of the run; NULL: not begun */
    struct journal *journal;
    struct node records; /* of a run that is taken up */
    bool resumes;
};

/* ---- the report ---- */

void restore_problem(struct restore *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void restore_todo(struct restore *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void restore_note(struct restore *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a row to the list that ends at *tail. */
void restore_row(struct restore *r, struct restore_row ***tail, enum kind_id kind, struct str id,
                 struct str title, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Texts with ", " between them, cut where there are too many; made in `a`. */
const char *restore_join(struct arena *a, const struct plan_text *text);

/* Empties the report, for another look at the account. */
void restore_reset_report(struct restore *r);

/* ---- what is wanted ---- */

/* Marks what the selectors mean in the commit. */
int restore_select(struct restore *r, struct err *err);

/* Marks what belongs to the run that is to be undone. */
void restore_select_touched(struct restore *r);

/* Fills r->ids. Call after restore_select. */
int restore_map_ids(struct restore *r, struct err *err);

/* Notes which groups of flows of an integration are which, by their names where ids differ. */
void restore_pair_groups(struct restore *r, const struct node *wanted, const struct node *actual);

/* Writes r->ids to the map file, where there is one. */
int restore_write_map(struct restore *r, struct err *err);

/* Where another account has shared things that what is cloned refers to. */
int restore_match_shared(struct restore *r, struct err *err);

/* Marks what the marked depends on and the account lacks, where that is wanted; tells what is
 * missing otherwise. */
int restore_find_needs(struct restore *r, struct err *err);

/* Finds for each entry of the commit the one of the account that stands for it (entry.heir): NULL
 * where it has to be created. To be done anew when the account, or what ids are, has changed. */
void restore_pair(struct restore *r);

/* Whether the account has what a reference of the commit leads to, under whatever id. */
bool restore_account_has(const struct restore *r, enum kind_id kind, struct str id);

/* Whether a resource of the commit is to be created, and gets another id by that. */
bool restore_is_made_anew(const struct restore *r, enum kind_id kind, struct str id);

/* The document of the commit as it is to be written to the account: less what the server sets, ids
 * mapped, copies named; references that lead nowhere, and those in `later` (or NULL), left out.
 * Made in `a`. */
int restore_wish(struct restore *r, const struct entry *wanted, const struct refs *later,
                 struct arena *a, struct node *ret, struct err *err);

/* How the name of a resource of the commit will be: its own, or that of a copy. Made in `a`. */
struct str restore_title(const struct restore *r, const struct entry *wanted,
                         const struct node *doc, struct arena *a);

/* Reads what a person gives for holes, from --secrets or the systemd credential "secrets". */
int restore_read_secrets(struct restore *r, struct err *err);

/* Whether a flow's document says that it runs: what is not disabled does. */
bool restore_is_enabled(const struct node *flow);

/* What a person gave for the holes of a resource, or NULL. */
const struct node *restore_given(const struct restore *r, enum kind_id kind, struct str id,
                                 struct str title);

/* ---- what is to be done ---- */

/* How a wanted document differs from the account's. */
struct contrast {
    struct step_field *fields; /* what a write would change */
    struct hole *missing;      /* holes where the account has nothing */
    struct hole *masked;       /* masks, which a write would have to send */
    const char *immutable;     /* a field that differs and cannot be changed; or NULL */
    bool disabled;             /* a flow that the commit has enabled and the account has not */
};

/* Compares; texts are made in `a`. */
int restore_contrast(struct restore *r, const struct entry *wanted, const struct entry *actual,
                     struct arena *a, struct contrast *ret, struct err *err);

/* Makes the steps, and says what is kept and left. */
int restore_make_steps(struct restore *r, struct err *err);

/* Reads the recycle bin, where the account has one. */
int restore_read_bin(struct restore *r, struct err *err);

/* Whether a document can be brought back from the bin without starting anything. */
bool restore_bin_has(const struct restore *r, enum kind_id kind, struct str id);

/* Finds flows outside of what is restored that use what is written. */
int restore_find_affected(struct restore *r, struct err *err);

/* Says what a person has to do afterwards. */
void restore_find_todos(struct restore *r);

/* ---- the run ---- */

/* Makes a run that ended what is to be undone: what it touched, and the commit before it. */
int restore_turn_round(struct restore *r, const char *run, struct err *err);

/* Begins a run on disk: its folder, the plan, an empty journal, and the mark that it is unfinished.
 */
int restore_begin_run(struct restore *r, struct err *err);

/* The name of the unfinished run, made in `a`; empty where there is none. */
int restore_unfinished(struct store *store, struct arena *a, struct str *ret_run, struct err *err);

/* Loads a run that was begun: options, plan, journal. */
int restore_load_run(struct restore *r, const char *run, struct err *err);

/* Ends it: the last record, and the mark is taken away. */
int restore_end_run(struct restore *r, struct err *err);

/* A run's plan file, and the records of its journal; made in `a`. */
int restore_read_run(struct store *store, const char *run, struct arena *a, struct node *ret_plan,
                     struct node *ret_records, struct err *err);

/* The name of the last run that ended, made in `a`; empty where there is none. */
int restore_last_run(struct store *store, struct arena *a, struct str *ret_run, struct err *err);

/* Reads the steps of a plan file. ERR_BAD where they are damaged. */
int restore_load_steps(struct plan *plan, const struct node *document, struct err *err);

/* Adds to ids what a "done" record of a step says was made: a new id, and groups of flows. */
int restore_add_made(struct idmap *ids, const struct step *step, const struct node *record,
                     struct err *err);

/* Adds a record of a step to the journal, in memory. */
void restore_record(struct restore *r, const char *record, const struct step *step, const char *key,
                    struct str value);

/* ---- the work ---- */

/* The body of a create, update, link or enable. live: the document as the API tells it now, or NULL
 * where it is created. Holes that nobody can fill are still in it: they are not to be sent. */
int restore_body(struct restore *r, const struct step *step, const struct node *live,
                 struct arena *a, struct node *ret_body, struct err *err);

/* What of a step is known. */
enum work_state { WORK_OPEN, WORK_SENT, WORK_DONE, WORK_FAILED, WORK_UNKNOWN };

/* A step being worked on. */
struct work {
    struct step *step;
    enum work_state state;
    enum ask {
        ASK_NOTHING,  /* whatever it begins with */
        ASK_BIN_LOOK, /* whether something else has brought it back already */
        ASK_BIN,      /* to bring it back */
        ASK_POST,
        ASK_LOOK, /* the document as it is, before it is replaced */
        ASK_PUT,
        ASK_DELETE
    } ask;
    struct buf body; /* of the next request */
    struct str id;   /* in the account, once known */
    unsigned waits;  /* needs not done yet */
    unsigned *users; /* numbers of the steps that need it */
    size_t users_n;
    unsigned tries;      /* names tried */
    bool in_line;        /* among those that can be begun */
    bool found_fallen;   /* taken from the bin, and not there */
    const char *failure; /* of WORK_FAILED */
};

/* The works of a plan, one a step, in its order. */
struct works {
    struct work *items;
    size_t n;
    struct work **line; /* those that can be begun: a ring of n, from head to tail */
    size_t head, tail;
    unsigned under_way;
    bool broken; /* the server fails in a way that may pass: begin nothing more */
    struct err why;
};

/* Sets up the works from the plan and the records of a run that is taken up. */
int restore_set_up_works(struct restore *r, struct works *works, struct err *err);

/* Gives back what requests that were not sent hold. */
void works_release(struct works *works);

/* Finds anew what can be begun, and fails what needs what failed. */
void works_refresh(struct restore *r, struct works *works);

/* The next step of these verbs that can be begun, taken out of the line; NULL: none. */
struct work *works_next(struct works *works, enum step_verb from, enum step_verb to);

/* Puts a step in line to ask something more. */
void works_ask(struct works *works, struct work *work, enum ask ask);

/* A step is done: `id` is what it has made or changed, doc the document as the server told it
 * afterwards, or NULL. In memory; the record counts once the journal is synced. */
void works_settle(struct restore *r, struct works *works, struct work *work, struct str id,
                  const struct node *doc);

/* A step failed, and with it all that needs it. */
void works_fail(struct restore *r, struct works *works, struct work *work, const char *text);

/* Works on the steps of some verbs until nothing more can be done: what is left is done, failed or
 * unknown, or the server is broken. */
int restore_work(struct restore *r, struct works *works, enum step_verb from, enum step_verb to,
                 struct err *err);

/* Looks in the account, synced since, for what creations of unknown outcome have made. The last
 * time what is nowhere counts as not created. */
int restore_probe(struct restore *r, struct works *works, bool last, struct err *err);

/* Notes what was there when the plan was made: `head`. */
int restore_note_known(struct restore *r, const struct oid *head, struct err *err);

/* Syncs the mirror and looks at it anew. */
int restore_sync(struct restore *r, bool push, struct err *err);

/* Compares the account with the commit once more, and fills the residuals; whether flows are
 * enabled counts only once it was tried. */
int restore_verify(struct restore *r, const struct works *works, bool enabled, struct err *err);

/* Says where ids that the run has replaced still stand in free text. */
int restore_find_strays(struct restore *r, const struct works *works, struct err *err);

/* Fails the steps that would enable a flow which differs from the commit, or uses what does. */
int restore_hold_tainted(struct restore *r, struct works *works, struct err *err);

#endif
