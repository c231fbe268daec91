/*
 * cycle: what the chapters of a sync share. Private to src/route.
 *
 * sync.c tells the story; pull.c reads the account into `now`; rows.c makes the files that list an
 * integration's rows; settle.c decides about what HEAD has and the account did not show; message.c
 * words the commit; record.c keeps what `status` and `ack` need.
 */
#ifndef ROUTE_CYCLE_H
#define ROUTE_CYCLE_H

#include "base/arena.h"
#include "base/pool.h"
#include "model/digest.h"
#include "model/index.h"
#include "port/api.h"
#include "port/http.h"
#include "port/store.h"
#include "route/sync.h"

enum list_state { LIST_OPEN, LIST_WHOLE, LIST_FAILED };

/* One list of the API on its way into the index. */
struct list {
    const struct kind *kind;
    struct str integration; /* whose sub-list; empty: account-wide */
    struct api_walk walk;
    enum list_state state;
    bool damaged;         /* a row could not be read: absence from this list means nothing */
    bool nameless_damage; /* one whose id is not known either */
    bool ids_only;        /* its documents come from elsewhere; it tells who belongs to whom */
    bool superseded;    /* the server does not have it: others were walked in its stead, or none */
    struct err failure; /* of LIST_FAILED */
    struct node
        rows; /* kinds without documents: the rows; sub-lists of registered kinds: the ids */
    struct list *next;
};

/* An integration while its document waits for what belongs to it. */
struct integration {
    struct str id, name;
    struct str json;        /* as the API told it; empty where it could not be read this time */
    bool summary;           /* json is a list's summary */
    bool lacks[KIND_COUNT]; /* its document does not list its own of a registered kind */
    struct integration *next;
};

struct cycle {
    const struct sync_options *options;
    int64_t began_ms;
    bool recorded; /* what the cycle came to is on disk */
    struct sync_result *result;
    struct arena arena;
    struct store *store;
    struct store_batch *batch;
    struct oid head;     /* zero: unborn */
    struct oid manifest; /* blob of iokeeper.yaml; zero: HEAD has none */
    struct index before, now;
    struct http *http;
    struct api api;
    struct pool *pool;
    unsigned threads;
    struct digester **digesters; /* one a thread, and the last for this thread */
    struct list *lists;          /* all, newest first */
    struct map lists_by_key;     /* the same, by kind and integration */
    struct integration *integrations;
    bool answered;       /* the server has answered something */
    unsigned unanswered; /* requests in a row that no answer came to */
    bool probing;        /* whether the server is still there */
    struct map told;     /* problems and notes, by text */
    bool incomplete[KIND_COUNT];
    uint64_t documents;     /* taken so far, for progress */
    struct node ack;        /* list: deletions a person has accepted, as route/record.h has them */
    struct map acked;       /* deletions a person has accepted: id → list of kinds */
    struct node changed_by; /* list: users of audit rows new in this cycle */
};

/* Reads the account into `now`. Lists that fail do not fail it; a refused token, a server that
 * stopped answering, a signal and our own side do. */
int cycle_pull(struct cycle *c, struct err *err);

/* Writes the files of rows that are no documents (users, audit, errors) into `now`. */
int cycle_write_rows(struct cycle *c, struct err *err);

/* Lists in the result what the next commit changes; `files` are those of `now`. */
int cycle_list_changes(struct cycle *c, const struct index_file *files, size_t n, struct err *err);

/* Appends the commit's message: subject, changed resources, trailers. */
void cycle_write_message(struct cycle *c, struct buf *out);

/* Carries over from HEAD what could not be read, confirms what is absent, withholds what is too
 * much. Afterwards `now` holds
 * the documents of the next commit. */
int cycle_settle(struct cycle *c, struct err *err);

/* Pushes to the remote, where there is one. That fails for a signal and for our own side; what the
 * remote does is told in the result, and made up for by the next push. */
int cycle_push(struct cycle *c, struct err *err);

/* Waits for the next answer, whatever it is; fails where the cycle has to end: refused token (names
 * its source), signal, a server that has stopped answering. HTTP_DONE, HTTP_WOKEN or HTTP_IDLE. */
int cycle_answer(struct cycle *c, struct http_response *ret_response, struct err *err);

/* Puts a GET in line; at its head where others will wait for what it brings. */
int cycle_get(struct cycle *c, struct str url, bool first, const void *tag, struct err *err);

/* Takes a digested document into `now`, its blob into the batch. A blob that differs from HEAD's in
 * stamps alone stays HEAD's. */
int cycle_enter(struct cycle *c, const struct kind *kind, const struct digest *digest,
                struct entry **ret_entry, struct err *err);

/* Reads a document or file of HEAD back. */
int cycle_load(struct cycle *c, struct arena *a, const struct oid *blob, struct node *ret,
               struct err *err);

/* Puts a file that is no document into `now`. */
int cycle_enter_file(struct cycle *c, const struct kind *kind, struct str integration,
                     struct str part, const struct node *content, struct err *err);

/* Keeps what HEAD has against its deletion, until a person accepts it. */
void cycle_withhold(struct cycle *c, const struct entry *entry);

/* Whether a failure says that the server has no such thing: 404 or 405. */
bool cycle_is_absent(const struct err *failure);

/* The digester of this thread. */
struct digester *cycle_digester(struct cycle *c);

/* The list of this kind: of an integration, or account-wide for an empty id; NULL where none was
 * walked. */
struct list *cycle_list(const struct cycle *c, enum kind_id kind, struct str integration);

/* Notes something that leaves a kind incomplete, or that is worth a line only. */
void cycle_problem(struct cycle *c, const struct kind *kind, const struct err *err);
void cycle_note(struct cycle *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells the operator's progress. */
void cycle_progress(struct cycle *c, const char *phase, uint64_t done, uint64_t total);

/* Whether deletions of this resource have been accepted by `ack` (route/record.h). */
bool cycle_is_acked(struct cycle *c, const struct entry *entry);

#endif
