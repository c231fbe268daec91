/*
 * restore: brings an account back to what a commit of its mirror holds.
 *
 * The mirror is synced first, so that HEAD is the account; all else is the difference between HEAD
 * and the commit. What is to be done is a plan (model/plan.h), told before anything is written and
 * on disk before the first write. Each write is noted before and after; a run that was cut off goes
 * on from its notes, and what nobody knows the outcome of is looked for, never repeated blindly.
 * Afterwards the mirror is synced and compared once more: that, and not the answers of the server,
 * says whether the account is what the commit holds.
 *
 * A clone is the same with nothing of it being there yet, in this account or another one; to undo a
 * run is a restore of what it touched to what was there before.
 *
 *     if (restore_prepare(&options, &r, err) == 0) {
 *         restore_report(r) ...                     // show the plan, ask
 *         restore_run(r, err) ...                   // and what came of it: restore_report(r)
 *     }
 *     restore_free(r);
 */
#ifndef ROUTE_RESTORE_H
#define ROUTE_RESTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/idmap.h"
#include "model/plan.h"
#include "route/sync.h"

/* What to do where a server refuses a name that is taken. */
enum restore_conflict { CONFLICT_FAIL, CONFLICT_RENAME, CONFLICT_ADOPT, CONFLICTS };

/* Whether copies belong to the sandbox. */
enum restore_sandbox { COPIES_AS_THEY_ARE, COPIES_IN_SANDBOX, COPIES_IN_PRODUCTION, SANDBOXES };

/* What a command line and a plan file call these. */
extern const char *const restore_conflict_words[CONFLICTS];
extern const char *const restore_sandbox_words[SANDBOXES];

/* What is wanted; all text is borrowed, and lives until restore_free. */
struct restore_options {
    struct sync_options sync; /* the account that is written to, and its mirror */
    const char *source_path;  /* mirror whose commit is cloned; NULL: the same one */
    const char *source_branch;
    char *const *selectors; /* what it is about (model/selector.h) */
    size_t selectors_n;
    bool all;               /* everything, instead */
    const char *at;         /* a commit or a date (store_find_commit); NULL: HEAD as it is before */
    bool prune;             /* delete what the commit does not hold */
    bool with_dependencies; /* create what is referred to and missing */
    bool connections;       /* write connections that exist */
    bool enable_flows;      /* enable those that the commit has enabled */
    bool force_managed;     /* write what a vendor manages */
    enum restore_conflict on_conflict;
    const char *secrets_path; /* YAML: selector → path → value; NULL: none */
    const char *journal_path; /* NULL: in the git directory */
    bool clone;
    const char *name;     /* of the clone of one integration; NULL: "Copy of NAME" */
    const char *map_path; /* source id → id there, read and written; NULL: none */
    enum restore_sandbox sandbox;
};

/* A resource that something is to be said of. */
struct restore_row {
    enum kind_id kind;
    const char *id, *title, *text;
    struct restore_row *next;
};

/* Lists end with NULL; all is borrowed from the restore. */
struct restore_report {
    const struct plan *plan;
    const char *source;           /* the commit's id in hex */
    const char *account;          /* URL written to */
    struct plan_text *problems;   /* why nothing may be done; each names what to do */
    struct restore_row *kept;     /* differs, and is left as it is on purpose */
    struct restore_row *left;     /* cannot be made what the commit holds, or not wholly */
    struct restore_row *affected; /* flows outside of it that use what is written */
    struct plan_text *todos;      /* what a person has to do afterwards */
    struct plan_text *notes;
    const char *run;               /* the run's name; NULL before it has begun */
    struct restore_row *failed;    /* steps that failed, or were not tried because of others */
    struct restore_row *unknown;   /* steps whose outcome is not known */
    struct restore_row *residuals; /* in what the account differs from the commit afterwards */
    size_t done;                   /* steps done */
    size_t done_by[STEP_VERBS];    /* the same, by verb */
    int64_t plan_ms, write_ms; /* what planning took after the sync, and writing before the next */
};

struct restore;

/* The code of an ERR_CONFLICT that says that a run is unfinished. */
enum { RESTORE_UNFINISHED = 1000 };

/* Syncs and plans; nothing is written to the account. ERR_USAGE for a selector that fits nothing or
 * several, a commit that is none; ERR_CONFLICT with code RESTORE_UNFINISHED where a run is; else as
 * sync_run. Free *ret in any case. */
int restore_prepare(const struct restore_options *options, struct restore **ret, struct err *err);

/* As restore_prepare, to take back a run: its name, or NULL for the last. ERR_CONFLICT, naming
 * them, where others have changed what it wrote; ERR_USAGE where there is no such run. */
int restore_prepare_undo(const struct restore_options *options, const char *run,
                         struct restore **ret, struct err *err);

/* Takes up the unfinished run; *ret stays NULL where there is none. */
int restore_prepare_resume(const struct restore_options *options, struct restore **ret,
                           struct err *err);

/* The plan, and after restore_run what came of it. */
const struct restore_report *restore_report(const struct restore *r);

/* Writes the plan to a file, for restore_match. */
int restore_save_plan(const struct restore *r, const char *path, struct err *err);

/* Reads the options and selectors that a plan was made with into *options, texts made in `a`. */
int restore_load_plan(const char *path, struct arena *a, struct restore_options *options,
                      struct err *err);

/* Whether the plan is exactly that of the file; ERR_CONFLICT, naming the first differences, where
 * the account has moved since. */
int restore_match(const struct restore *r, const char *path, struct err *err);

/* Carries the plan out. Returns 0 where it came to its end, whatever failed on the way: see the
 * report; -1 where it broke off (ERR_AUTH, ERR_RETRY, ERR_STOP, ERR_IO) and can be resumed. */
int restore_run(struct restore *r, struct err *err);

/* Adds to ids what the unfinished run, if there is one, has made anew so far. A clone makes copies,
 * which replace nothing. */
int restore_pending_ids(struct store *store, struct idmap *ids, struct err *err);

/* Takes NULL. */
void restore_free(struct restore *r);

#endif
