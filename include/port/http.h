/*
 * http: requests to one API, many at a time, from straight-line code. The one door to libcurl.
 *
 *     http_open(&h, &options, err);
 *     http_submit(h, &request, err);  ...as many as wanted; they wait in line
 *     while ((got = http_next(h, &response, err)) != HTTP_IDLE) {
 *         if (got < 0) ...                         // asked to stop, or the machine failed
 *         if (got == HTTP_WOKEN) ...               // options.wake_fd is readable
 *         ... response.tag says which; submit more; http_response_release(&response)
 *     }
 *     http_close(h);
 *
 * What it promises:
 *   - at most `concurrency` requests run at once, over kept-alive connections, HTTP/2 where the
 *     server offers it, and in any second no more than `rate` begin (a token bucket; where that is
 *     one a second, two may);
 *   - GET, PUT and DELETE are tried again, up to `attempts` times in all, after 408, 429, 500, 502,
 *     503, 504 and connection faults (RFC 9110 section 9.2.2: they are idempotent), after an
 *     exponentially growing, fully jittered pause, or the pause that Retry-After asks for where
 *     that is longer; one of more than 120 s is not waited for: the answer is handed back;
 *   - a POST or PATCH is sent once, on a connection of its own (with a kept-alive one that dies,
 *     libcurl sends again unasked); it is tried again only after a fault that came before any of it
 *     was sent. An uncertain outcome is the caller's to resolve;
 *   - a 429 or 503 with Retry-After holds back all requests, not only its own;
 *   - nothing is begun while 2 * `concurrency` answers are under way or wait to be fetched, so that
 *     memory holds no more bodies than that;
 *   - a body counts only when it came whole; it is limited in size after decompression;
 *   - TLS certificates and host names are always verified; the token goes to the API's own origin
 *     only (libcurl's bearer auth); redirects are not followed;
 *   - every transfer ends: connecting, stalling and the whole are limited in time. Time passes
 *     while the caller works, too: it calls http_poll between pieces of work that take seconds.
 *
 * Proxies come from the environment, as with curl, but never for a loopback address. A struct http
 * is for one thread at a time.
 */
#ifndef PORT_HTTP_H
#define PORT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct http;

struct http_options {
    const char *user_agent; /* borrowed until http_open returns, as all text here */
    const char *token;      /* bearer token; NULL: none is sent */
    const char *origin; /* "https://host[:port]", a path is ignored: only its URLs get the token */
    bool allow_http;    /* plain http to other hosts than loopback */
    unsigned concurrency; /* 1..256 */
    unsigned rate;        /* requests per second, at least 1 */
    unsigned timeout_ms;  /* stall; connecting: min(this, 10 s); a whole transfer: 10 times this */
    unsigned attempts;    /* tries of an idempotent request, at least 1 */
    unsigned backoff_ms;  /* the first pause is 0..backoff_ms; doubles up to 30 s */
    size_t max_body;      /* bytes of one response, decompressed */
    int stop_fd;          /* readable: stop, ERR_STOP (not read from); -1: none */
    int wake_fd;          /* readable: HTTP_WOKEN (not read from); -1: none */
    uint64_t seed;        /* of the jitter; 0: from the kernel */
    const char *ca_file;  /* NULL: the system's certificates */
};

/* What RFC 9110 and RFC 5789 call these. */
enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_PATCH };

struct http_request {
    enum http_method method;
    const char *url;            /* absolute; copied */
    struct str body;            /* JSON, copied; empty: none */
    const char *const *headers; /* "NAME: value" beside our own, NULL-ended, copied; NULL: none */
    bool anonymous;             /* without the token, even to the API's own origin */
    bool first;   /* goes to the head of the line: what others will have to wait for */
    uint64_t tag; /* the caller's, handed back */
};

struct http_response {
    uint64_t tag;
    char *url;          /* of the request */
    int status;         /* of the last try; 0: no whole answer came, failure says why */
    bool sent;          /* a try may have reached the server; always with a status */
    bool answered;      /* an answer to the last try began; true with status 0: it broke off */
    struct buf body;    /* the caller's to release or to take (zero it then) */
    char *link_next;    /* URL of Link: <...>; rel="next" (RFC 8288), resolved; as it came where it
                           is no URL, so that http_submit refuses it; NULL: none */
    bool link_seen;     /* any Link header */
    char *location;     /* Location header, resolved; NULL: none */
    char *content_type; /* NULL: none */
    struct err failure; /* filled when status is 0: "host:port: cause"; class RETRY for a transient
                           cause that outlasted all attempts, BAD for a body over the limit, IO;
                           and (RETRY) beside a status whose Retry-After was not waited for */
};

/* What http_next and http_poll return besides -1. */
enum { HTTP_IDLE = 0, HTTP_DONE = 1, HTTP_WOKEN = 2 };

/* ERR_USAGE where origin is no http(s) origin, or plain http to a host that is not loopback
 * (127.0.0.0/8, [::1], localhost) without allow_http, or a number is out of its range. */
int http_open(struct http **ret_http, const struct http_options *options, struct err *err);

/* Cuts off what is under way. Takes NULL. */
void http_close(struct http *http);

/* Puts a request in line. ERR_BAD where its URL is none, not http(s), or holds a user or password.
 * Requests to another origin than the API's are made without the token, and must be https (or
 * loopback, or allow_http), else ERR_BAD. */
int http_submit(struct http *http, const struct http_request *request, struct err *err);

/* Waits until one request is finished, in whatever order they finish; they begin in the order of
 * submission, except that one tried again goes first. Returns
 *   HTTP_DONE   with *ret_response filled (release it);
 *   HTTP_WOKEN  as long as wake_fd is readable;
 *   HTTP_IDLE   at once where no request is left, whatever wake_fd: poll it elsewhere then;
 *   -1          with ERR_STOP when stop_fd is readable and all that had finished is handed out (it
 *               begins nothing and waits for nothing then), or with ERR_IO. */
int http_next(struct http *http, struct http_response *ret_response, struct err *err);

/* As http_next, but does not wait: HTTP_IDLE also where nothing has finished yet. Keeps transfers
 * moving between two pieces of work. */
int http_poll(struct http *http, struct http_response *ret_response, struct err *err);

/* Requests submitted and not yet handed back: in line, under way or finished. */
size_t http_pending(const struct http *http);

/* Frees what a response owns. */
void http_response_release(struct http_response *response);

/* Statuses of HTTP are below this. */
enum { HTTP_STATUSES = 600 };

/* Counts since http_open. */
struct http_stats {
    uint64_t requests; /* sent, each try counted */
    uint64_t retries;
    uint64_t bytes;      /* of bodies, as they came over the wire: compressed */
    uint64_t rate_waits; /* times a request had to wait for the rate or a Retry-After */
    uint64_t by_status[HTTP_STATUSES]; /* answers; [0]: none came, or one of no known class */
};

/* The counts so far. */
void http_stats(const struct http *http, struct http_stats *ret_stats);

/* Whether url has exactly this origin: scheme, host and port (defaults filled in). */
bool http_same_origin(const char *origin, const char *url);

#endif
