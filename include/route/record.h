/*
 * record: what `status` and `ack` need to know of the last cycle.
 *
 * Small JSON files in the git directory, replaced atomically: iokeeper/status.json (the last cycle,
 * written after each), iokeeper/ack.json (deletions a person has accepted, used up by the next
 * cycle), iokeeper/trail.json (how far the account's audit log was read) and iokeeper/errors.json
 * (open errors by integration). All but ack.json are caches: without them `status` knows less until
 * the next cycle, and the log is read whole again.
 */
#ifndef ROUTE_RECORD_H
#define ROUTE_RECORD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "format/gitobj.h"
#include "format/node.h"
#include "port/store.h"
#include "route/sync.h"

/*
 * Writes what a cycle came to. `failure` is the error of a cycle that failed, NULL for one that ran
 * to its end; one that failed leaves what it could not know as the last whole one found it. Called
 * once before the push and once behind it; what only grows is counted once (result->recorded).
 *
 * Fields: started (RFC 3339), took_ms, outcome (synced, partial, withheld, failed), failure,
 * failure_class, failures (in a row), failing_since, last_success, last_complete (RFC 3339; a
 * success ran to its end, whole or not), complete, commit, resources {flows: 3, …}, added, changed,
 * deleted, open_errors, unpushed, last_push, push_failure, push_failing_since, rescue_branch,
 * problems [text], notes [text], withheld [{kind, id, path}], not_served [plural of a kind],
 * requests, retries; and of all cycles since the mirror was made, or the file was lost: totals
 * {cycles {OUTCOME: n}, changes {KIND: {VERB: n}}, requests {STATUS: n}, retries, rate_waits,
 * pushes, pushes_failed}.
 */
int record_save(struct store *store, struct sync_result *result, const struct err *failure,
                struct err *err);

/* Reads status.json into *ret, made in `a`; null where there is none or it is damaged. */
int record_load(struct store *store, struct arena *a, struct node *ret, struct err *err);

/* What is known of how the account's audit log was read. */
struct record_trail {
    struct str through; /* time (RFC 3339) up to which `head` holds the log; empty: not known, or
                           its rows were not kept and now shall be */
    bool links;         /* api.links, as it turned out */
};

/* Reads it, for the commit `head` and whether rows are `kept` now. Texts in `a`. */
int record_load_trail(struct store *store, struct arena *a, const struct oid *head, bool kept,
                      struct record_trail *ret, struct err *err);

/* Writes what record_load_trail reads. */
int record_save_trail(struct store *store, const struct oid *head, bool kept,
                      const struct record_trail *trail, struct err *err);

/* Reads and writes what is known of open errors: {ID of an integration: {at: RFC 3339, rows: [as
 * the API told them]}}; a map in any case. */
int record_load_errors(struct store *store, struct arena *a, struct node *ret, struct err *err);
int record_save_errors(struct store *store, const struct node *errors, struct err *err);

/* Reads and writes what the webhook and the heartbeat were told (route/tell.h); a map in any case.
 */
int record_load_told(struct store *store, struct arena *a, struct node *ret, struct err *err);
int record_save_told(struct store *store, const struct node *told, struct err *err);

/* Accepts what the last cycle withheld: *ret_n deletions, 0 where it withheld none. */
int record_ack(struct store *store, size_t *ret_n, struct err *err);

/* Reads what was accepted: a list of {kind, id}, empty where nothing was. */
int record_load_ack(struct store *store, struct arena *a, struct node *ret, struct err *err);

/* Leaves of the acceptance these rows, of record_load_ack; none: it is used up. */
int record_keep_ack(struct store *store, const struct node *rows, struct err *err);

/* Uses the acceptance up. */
int record_clear_ack(struct store *store, struct err *err);

#endif
