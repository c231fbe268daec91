/*
 * cycle: what the chapters of a sync share. Private to src/route.
 *
 * sync.c tells the story; pull.c says which lists are read, lists.c walks them into `now`, trail.c
 * reads the audit log; integrations.c makes the integrations' documents; rows.c makes the files
 * that list an integration's rows; settle.c decides about what HEAD has and the account did not
 * show; commits.c and message.c make the commits, authors.c finds whose they are; record.c keeps
 * what `status` and `ack` need.
 */
#ifndef ROUTE_CYCLE_H
#define ROUTE_CYCLE_H

#include "base/arena.h"
#include "base/pool.h"
#include "model/digest.h"
#include "model/idmap.h"
#include "model/index.h"
#include "model/scope.h"
#include "port/api.h"
#include "port/http.h"
#include "port/store.h"
#include "route/sync.h"

enum list_state { LIST_OPEN, LIST_WALKING, LIST_WHOLE, LIST_FAILED };

/* What a GET on behalf of a list asks for: its next page, or one of it singly. */
struct fetch {
    struct list *list;
    struct str id; /* empty: the next page */
};

/* One list of the API on its way into the index. */
struct list {
    const struct kind *kind;
    struct str integration; /* whose sub-list; empty: account-wide */
    struct fetch page;      /* of its next page */
    struct api_walk walk;
    enum list_state state;
    unsigned linked_pages; /* how many pages links led through; 0: none did */
    bool damaged;          /* a row could not be read: absence from this list means nothing */
    bool nameless_damage;  /* one whose id is not known either */
    bool ids_only;         /* its documents come from elsewhere; it tells who belongs to whom */
    bool noted;            /* whose doing its audit rows tell of is noted already */
    bool superseded;    /* the server does not have it: others were walked in its stead, or none */
    struct err failure; /* of LIST_FAILED */
    struct node
        rows; /* kinds without documents: the rows; sub-lists of registered kinds: the ids */
    struct list *next;
};

/* What the server turned out to be, by whether it has an account-wide audit log. */
enum dialect {
    DIALECT_REFERENCE, /* it has none, or it was not asked */
    DIALECT_LIVE,
    DIALECT_UNKNOWN, /* it did not say */
};

/* The account-wide audit log of this cycle (see trail.c). */
struct trail {
    enum dialect dialect;
    bool fences;        /* it has rows, so that it can be believed to tell what moves */
    struct list *list;  /* its rows so far; NULL: there is no such log */
    struct map rows;    /* the same, by identity */
    struct str through; /* time up to which HEAD has all rows; empty: it has not */
    struct str began; /* time of the newest row when the lists were begun; empty: there was none */
    struct str mark;  /* time of the newest row so far */
};

/* Who changed something. */
struct author {
    struct str name, email; /* email may be empty; name is not */
};

/* A change of this cycle. */
struct change {
    struct sync_change told; /* first: the list of the result is one of these */
    struct entry *entry;     /* of `now`; of `before` for a deletion */
};

/* A commit of this cycle: what one person changed, what nobody explains, or what is no longer
 * mirrored. */
struct turn {
    enum turn_sort { TURN_SCOPE, TURN_PERSON, TURN_OWN } sort;
    struct author author; /* of TURN_PERSON */
    int64_t when;         /* seconds since the epoch */
    struct node names;    /* list: users of the log whose doing it is */
};

/* An integration while its document waits for what belongs to it. */
struct integration {
    struct str id, name;
    struct str json;        /* as the API told it; empty where it could not be read this time */
    bool summary;           /* a list gave a mere summary of it */
    bool asked;             /* so it was got singly; json is what came */
    bool lacks[KIND_COUNT]; /* its document does not list its own of a registered kind */
    struct integration *next;
};

struct cycle {
    const struct sync_options *options;
    int64_t began_ms;
    struct sync_result *result;
    struct arena arena;
    struct store *store;
    struct store_batch *batch;
    struct oid head;     /* zero: unborn */
    struct oid manifest; /* blob of iokeeper.yaml; zero: HEAD has none */
    struct index before, now;
    struct idmap ids;                 /* what resources became that were created anew */
    struct scope scope, scope_before; /* as configured, and as HEAD was made with */
    struct http *http;
    struct api api;
    unsigned most_rows[KIND_COUNT][2]; /* api.most_rows, of account-wide lists and of sub-lists */
    struct pool *pool;
    unsigned threads;
    struct redactor *redactor;
    struct digester **digesters; /* one a thread, and the last for this thread */
    struct list *lists;          /* all, newest first */
    struct map lists_by_key;     /* the same, by kind and integration */
    struct integration *integrations;
    struct map integrations_by_id;
    bool answered;       /* the server has answered something */
    unsigned unanswered; /* requests in a row that no answer came to */
    bool probing;        /* whether the server is still there */
    struct trail trail;
    struct map told; /* problems and notes, by text */
    bool incomplete[KIND_COUNT];
    uint64_t documents;   /* taken so far, for progress */
    struct node ack;      /* list: deletions a person has accepted, as route/record.h has them */
    struct map acked;     /* deletions a person has accepted: id → list of kinds */
    struct map events;    /* audit rows that may explain a change, by resource (authors.c) */
    struct map logs_read; /* files of HEAD that were searched for rows */
    struct map logs_held; /* integrations of whose logs HEAD has some */
    bool logs_known;      /* they are */
    unsigned searched;    /* changes for which they were */
    struct event *vague;  /* those that name none */
    struct turn *turns;   /* the cycle's commits in order; entry.turn counts from 1 */
    size_t turns_n;
};

/* Adds a list to those to be walked: an integration's, or account-wide for an empty id. */
struct list *cycle_add_list(struct cycle *c, const struct kind *kind, struct str integration);

/* Walks all open lists to their ends. Network, digesting on other cores and taking in go on side by
 * side. */
int cycle_walk_lists(struct cycle *c, struct err *err);

/* Walks a list of rows by its first page, ahead of all others; cycle_walk_lists goes on with it. */
int cycle_walk_first_page(struct cycle *c, struct list *list, struct err *err);

/* Gives back what a walk that was broken off left with the pool. */
void cycle_drop_pages(struct cycle *c);

/* Refuses a row on this thread, by its text, unless the same has been refused before. The id is
 * empty where it is not known. */
void cycle_refuse_text(struct cycle *c, struct list *list, struct str text, struct str id,
                       struct err *why);

/* The integration of this id; made where it is not known yet. */
struct integration *cycle_add_integration(struct cycle *c, struct str id);

/* Takes a row of the list of integrations. Their documents are made last, when what belongs to them
 * is known. */
void cycle_take_integration(struct cycle *c, struct list *list, struct str text);

/* Gets the whole documents of integrations of which the list gave a mere summary. */
int cycle_get_whole_integrations(struct cycle *c, struct err *err);

/* Puts the integrations' documents into `now`. */
int cycle_enter_integrations(struct cycle *c, struct err *err);

/* Reads the account into `now`. Lists that fail do not fail it; a refused token, a server that
 * stopped answering, a signal and our own side do. */
int cycle_pull(struct cycle *c, struct err *err);

/* Writes the files of rows that are no documents (users, audit, errors) into `now`. */
int cycle_write_rows(struct cycle *c, struct err *err);

/* Lists in the result what the cycle changes; `files` are those of `now`. */
int cycle_list_changes(struct cycle *c, const struct index_file *files, size_t n, struct err *err);

/* Appends the message of the cycle's commit number `turn`, from 1: subject, changed resources,
 * trailers. */
void cycle_write_message(struct cycle *c, unsigned turn, struct buf *out);

/* Brings the working tree to a commit, and tells what that took. */
int cycle_check_out(struct cycle *c, const struct oid *commit, struct err *err);

/* Commits `now`, in as many commits as it takes; fills the result. */
int cycle_commit(struct cycle *c, struct err *err);

/* Adds the lists of open errors that this cycle reads, and keeps what they told. */
int cycle_add_error_lists(struct cycle *c, struct err *err);
int cycle_take_error_counts(struct cycle *c, struct err *err);

/* Notes an audit row that is new in this cycle, of the log of an integration or, for an empty id,
 * the account's. */
void authors_note(struct cycle *c, struct str integration, const struct node *row);

/* Finds whose a change is and when it was made (seconds since the epoch); false where no row
 * explains it. */
bool authors_find(struct cycle *c, const struct change *change, struct author *ret,
                  int64_t *ret_when);

/* Whether two are one. */
bool authors_same(const struct author *a, const struct author *b);

/* Adds to a list of names all users who changed a resource in this cycle, or one of them, each
 * once. */
void authors_each(struct cycle *c, const struct change *change, struct node *names);
void authors_add_name(struct cycle *c, struct node *names, const struct author *author);

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

/* Whether a failure says that the server has no such thing: 404 or 405; and whether it may as well:
 * 403, too. */
bool cycle_is_absent(const struct err *failure);
bool cycle_is_denied(const struct err *failure);

/* Begins to read the account-wide audit log, where the server has one: its first page, before any
 * other list. Finds out the dialect. */
int trail_begin(struct cycle *c, struct err *err);

/* Reads the log's end again after the lists, and walks those again that moved meanwhile. */
int trail_end(struct cycle *c, struct err *err);

/* Notes how far the log has been read, for the next cycle. */
int trail_save(struct cycle *c, struct err *err);

/* The kind of the resource that an audit row is about, in whatever case it is told; NULL where it
 * is none of ours. */
const struct kind *cycle_kind_of_row(const struct node *row);

/* What identifies a row of a kind without documents: its id, else its content, whatever the order
 * of its keys and the key of its redactions. */
struct str cycle_row_identity(struct cycle *c, const struct kind *kind, const struct node *row);

/* The digester of this thread. */
struct digester *cycle_digester(struct cycle *c);

/* The list of this kind: of an integration, or account-wide for an empty id; NULL where none was
 * walked. */
struct list *cycle_list(const struct cycle *c, enum kind_id kind, struct str integration);

/* Whether all sub-lists of a kind that were walked were seen whole. */
bool cycle_sub_lists_whole(const struct cycle *c, enum kind_id kind);

/* Takes secrets out of an error's text: an answer of the server may have put them there. */
void cycle_hide_secrets(const struct cycle *c, struct err *err);

/* Notes something that leaves a kind incomplete, or that is worth a line only. */
void cycle_problem(struct cycle *c, const struct kind *kind, const struct err *err);
void cycle_note(struct cycle *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells the operator's progress. */
void cycle_progress(struct cycle *c, const char *phase, uint64_t done, uint64_t total);

/* Whether deletions of this resource have been accepted by `ack` (route/record.h). */
bool cycle_is_acked(struct cycle *c, const struct entry *entry);

#endif
