/*
 * http_internal: the parts of the http port, for its own files and their tests only.
 *
 *     http.c           the loop: what starts, what goes on, what is tried again, what is handed out
 *     http_transfer.c  one try: a curl easy handle and the response it fills
 *     http_line.c      requests that wait: a line, and a heap of those that pause
 *     http_policy.c    how long to wait: pure functions of the time
 *     http_url.c       origins and references
 *     http_link.c      Link headers (RFC 8288)
 */
#ifndef PORT_HTTP_INTERNAL_H
#define PORT_HTTP_INTERNAL_H

#include <curl/curl.h>

#include "port/http.h"

/* -- http_line.c ------------------------------------------------------------------------------ */

/* A request that was submitted: one allocation, freed with free(). */
struct http_job {
    struct http_job *next;
    int64_t due; /* while it pauses: when it may go on, by clock_monotonic_ms */
    uint64_t tag;
    enum http_method method;
    bool with_token;
    bool bypass_proxy;
    bool sent;      /* a try may have reached the server */
    bool waited;    /* counted as one that had to wait for the rate */
    unsigned tries; /* begun so far */
    const char *url;
    const char *headers; /* one NUL-terminated text behind the other, the last one empty */
    struct str body;     /* all three lie in bytes */
    char bytes[];
};

/* Copies url, headers and body of the request. */
struct http_job *http_job_new(const struct http_request *request);

/* Owns its jobs. Zero-initialise. */
struct http_line {
    struct http_job *head, *tail; /* first come, first served */
    struct http_job **pausing;    /* a binary heap, the earliest due first */
    size_t pauses, capacity;
    size_t n; /* jobs in all */
};

/* Takes job over, at the end, at the head, or until job->due. */
void http_line_append(struct http_line *line, struct http_job *job);
void http_line_prepend(struct http_line *line, struct http_job *job);
void http_line_pause(struct http_line *line, struct http_job *job);

/* The job whose turn it is at `now`, NULL where none is ready: a pause that is over goes first. */
struct http_job *http_line_first(const struct http_line *line, int64_t now);

/* Hands out what http_line_first shows; there must be one. */
struct http_job *http_line_take(struct http_line *line, int64_t now);

/* When a job is ready: in the past, in the future, or INT64_MAX where there is none. */
int64_t http_line_ready_at(const struct http_line *line);

void http_line_release(struct http_line *line);

/* -- http_policy.c ---------------------------------------------------------------------------- */

enum {
    HTTP_PAUSE_MAX_MS = 30 * 1000,
    HTTP_CONNECT_MAX_MS = 10 * 1000,
    HTTP_WHOLE_TIMEOUTS = 10,     /* a whole transfer may last so many times timeout_ms */
    HTTP_RETRY_AFTER_MAX_S = 120, /* whoever asks for more is not waited for */
};

/* Whether doing it twice is doing it once (RFC 9110 section 9.2.2), and so safe to repeat. */
bool http_is_idempotent(enum http_method method);

/* Whether an answer with this status may be another one later. */
bool http_is_transient_status(int status);

/* The pause after the `tries`th try: uniform in 0..min(backoff_ms * 2^(tries-1), 30 s). */
int64_t http_backoff_ms(unsigned backoff_ms, unsigned tries, uint64_t random);

/* The next number of a splitmix64 sequence. Not for secrets. */
uint64_t http_random(uint64_t *state);

/* A token bucket that can be told to hold. */
struct http_pace {
    unsigned rate;  /* per second */
    int64_t full;   /* thousandths of a request that fit, all of them there at first */
    int64_t credit; /* thousandths of a request there at `at` */
    int64_t at;
    int64_t hold_until;
};

void http_pace_init(struct http_pace *pace, unsigned rate, unsigned burst, int64_t now);

/* The earliest time, not before now, at which http_pace_take will agree. */
int64_t http_pace_ready_at(const struct http_pace *pace, int64_t now);

/* Takes the right to begin one request now; false: not yet. */
bool http_pace_take(struct http_pace *pace, int64_t now);

/* Lets nothing begin before `until`. */
void http_pace_hold(struct http_pace *pace, int64_t until);

/* -- http_url.c ------------------------------------------------------------------------------- */

enum { HTTP_HOST_MAX = 256 };

struct http_place {
    bool tls;
    bool loopback;                     /* 127.0.0.0/8, [::1] or localhost */
    char host[HTTP_HOST_MAX];          /* as the URL has it: IPv6 in brackets */
    char authority[HTTP_HOST_MAX + 8]; /* "host:port", for texts */
};

/* Where an http(s) URL leads. -1 with *ret_reason, a static text, where it is none, or holds a user
 * or password. */
int http_place_of(const char *url, struct http_place *ret_place, const char **ret_reason);

/* The absolute URL of a reference found at base, malloc'd; NULL where it is none. */
char *http_resolve(const char *base, struct str reference);

/* -- http_link.c ------------------------------------------------------------------------------ */

/* The reference of the first link in one Link header's value that has this relation (lower case).
 * Borrows from value. Links about something else than the page (anchor=) do not count. */
bool http_link_find(struct str value, const char *relation, struct str *ret_reference);

/* -- http_transfer.c -------------------------------------------------------------------------- */

/* What every transfer of one struct http has in common. */
struct http_settings {
    char *user_agent;
    char *token; /* NULL: none */
    char *ca_file;
    unsigned timeout_ms;
    size_t max_body;
    struct curl_slist *bare_headers; /* of a request without, and with, a body */
    struct curl_slist *json_headers;
};

void http_settings_init(struct http_settings *settings, const struct http_options *options);
void http_settings_release(struct http_settings *settings);

/* A place for one request from its start until its response is fetched. */
struct http_transfer {
    struct http_transfer *next; /* of those that are free, or finished */
    CURL *easy;
    struct curl_slist *headers; /* of a request that has its own */
    struct http_job *job;       /* NULL unless under way */
    int64_t moved_at;           /* when the last byte came; 0 before the request is being sent */
    curl_off_t uploaded;        /* bytes of the body, as curl last told */
    int64_t retry_after_s;      /* 0: none */
    bool transient;             /* what came may be different next time */
    struct http_response response;
    char error[CURL_ERROR_SIZE];
};

/* Makes transfer->easy ready to do transfer->job, whatever it did before. */
void http_transfer_prepare(struct http_transfer *transfer, const struct http_settings *settings);

/* Fills the response, transient and retry_after_s when curl is done with it. stalled: we ended it.
 */
void http_transfer_conclude(struct http_transfer *transfer, const struct http_settings *settings,
                            CURLcode code, bool stalled);

/* Forgets the response, for another try; keeps the body's memory. */
void http_transfer_reset(struct http_transfer *transfer, size_t max_body);

void http_transfer_release(struct http_transfer *transfer);

#endif
