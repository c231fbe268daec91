/*
 * api: what the integrator.io API says, on top of http: URLs, refusals, and the walking of lists.
 *
 * Pure but for the memory it takes: api makes URLs and judges answers; the requests themselves are
 * the caller's, so that many walks share one line of transfers. Sources: the reference (endpoint
 * table, "Pagination", "Error Handling") and the API notes, section 1.
 */
#ifndef PORT_API_H
#define PORT_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "port/http.h"

/* The account as its API is reached. All text is borrowed. */
struct api {
    const char *url;    /* without '/' at its end */
    const char *origin; /* of url */
    unsigned page_size; /* limit= of the first page, 1..1000 */
    unsigned most_rows; /* most rows any page of such lists has had: a shorter one is the last */
    bool bare;          /* this server refuses limit= and offset=: they are left out */
    bool links;         /* it has shown that it pages by Link, if at all: by one, or by ignoring
                           offset= */
};

/* Rows of a page of the live service, which pages by Link. */
enum { API_LIVE_ROWS = 1000 };

/* The URL of a path such as "/flows/" with a safe id behind it (or an empty one). NUL-terminated.
 */
struct str api_url(const struct api *api, struct arena *a, const char *path, struct str id);

/* What comes behind /integrations/{id}/: "flows". NUL-terminated. */
struct str api_sub_url(const struct api *api, struct arena *a, struct str integration,
                       const char *list);

/* The part of a URL that a person needs: what stands behind scheme and host. Borrows url. */
const char *api_path_of(const char *url);

/*
 * Judges an answer: 0 for 2xx, else -1 with an err: AUTH for 401, MISSING for 404 and 405, CONFLICT
 * for 409, RETRY for what is transient (all tries having failed), BAD otherwise. Its text is
 * "GET /v1/flows?offset=200: 503 Service Unavailable: MESSAGE", with the code, message and field of
 * the API's error body where it has one, cut to a line.
 */
int api_judge(const struct http_response *response, const char *method, const char *url,
              struct err *err);

/* The largest number of pages a list may have; more is a server that never ends. */
enum { API_PAGES_MAX = 10000, API_WALKS_MAX = 3 };

/*
 * A walk over one list, page by page, that ends whatever the server does and knows whether it saw
 * the list whole:
 *
 *     api_walk_init(&walk, url);
 *     do {
 *         GET api_walk_url(&walk, api, &arena)
 *         ... for each row: api_walk_row(&walk, id) tells whether it is new
 *         step = api_walk_page(&walk, api, &response, rows, err);
 *     } while (step == WALK_MORE || step == WALK_AGAIN);
 *
 * The next page is the answer's Link rel="next" where it has one (never to another origin), else
 * offset= moved on by the rows that came, until a page is the last: it is empty, or shorter than
 * limit= and than a page of this server has been before, or holds no row not seen before. Pages of
 * offset= overlap by one row. A page that does not begin where the one before ended, or a row seen
 * twice, means that the list moved while it was walked (or that a page was repeated): the walk
 * begins again, at most API_WALKS_MAX times in all. Rows without ids (nameless, set by the caller
 * after api_walk_init) may be equal, so that nothing is concluded from their coming twice.
 *
 * Pages that links lead through do not overlap, and a row that went from one already read takes the
 * first row of the next one with it, unseen. So such a list of several pages is walked until two
 * walks, one after the other, have shown the same rows; unless the caller has another way to know
 * what moved (fenced). So is one that ends with a page of API_LIVE_ROWS: it may have lost its Link.
 */
struct api_walk {
    const char *url; /* of the list, without paging; borrowed */
    char *next;      /* a Link to follow; NULL: offset= */
    size_t offset;   /* of the page to get, where there is no link */
    unsigned pages, walks;
    unsigned limit;    /* limit=, where it is not api.page_size; 0: it is */
    bool fenced;       /* the caller learns otherwise of rows that went while links were followed */
    bool linked;       /* a Link has led on, or ended the list */
    bool nameless;     /* rows are known by their content, and equal ones may follow each other */
    bool overlaps;     /* the page to get begins with the last row of the page before */
    size_t first_rows; /* of the first page */
    unsigned stale;    /* pages in a row that brought nothing new */
    /* rows of the page being taken: told, new, and seen on another page before */
    size_t page_told, page_new, page_repeated;
    bool page_joins;    /* one of them was on the page before */
    struct map seen;    /* rows of this walk */
    struct map links;   /* links followed in this walk */
    struct arena arena; /* keys of both */
    bool looked;        /* there has been a walk before, to be compared with */
    size_t known;       /* rows of this walk that the walk before had */
    struct map before;  /* rows of the walk before */
    struct arena before_arena;
};

enum api_step {
    WALK_DONE,  /* the list was seen whole */
    WALK_MORE,  /* get the next page */
    WALK_AGAIN, /* the list moved: rows so far stand, but get it from the start once more */
    WALK_BROKEN /* err says why the list cannot be had whole */
};

/* Begins a walk; `url` has no query, or one that stays in front of the paging parameters. */
void api_walk_init(struct api_walk *walk, const char *url);

/* Gives its memory back. */
void api_walk_release(struct api_walk *walk);

/* The URL of the page to get now, NUL-terminated. */
struct str api_walk_url(const struct api_walk *walk, const struct api *api, struct arena *a);

/* Tells the walk of one row of the page, by what identifies it (its id, or a hash of one that
 * cannot be read). True where the walk had not seen it yet. */
bool api_walk_row(struct api_walk *walk, struct str id);

/* Whether a refused page is to be asked for again: a server that answers 400 may take no paging
 * parameters. Notes it for all walks of this api; the page is that of api_walk_url then. */
bool api_walk_refused(const struct api_walk *walk, struct api *api,
                      const struct http_response *response);

/* Ends a page of `rows` rows, all of which have been told. */
enum api_step api_walk_page(struct api_walk *walk, struct api *api,
                            const struct http_response *response, size_t rows, struct err *err);

#endif
