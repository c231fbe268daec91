/*
 * account: the API as the operator configured it, opened for a route.
 */
#ifndef ROUTE_ACCOUNT_H
#define ROUTE_ACCOUNT_H

#include <stdbool.h>

#include "base/err.h"
#include "port/api.h"
#include "port/http.h"

/* All text is borrowed. Ranges are those of the configuration. */
struct account_options {
    const char *url;          /* without '/' at its end */
    const char *origin;       /* of url */
    const char *token;        /* never shown */
    const char *token_source; /* where it came from, for a person */
    unsigned concurrency, rate, page_size, timeout_ms;
    bool allow_http;
    int stop_fd; /* readable: stop; -1: none */
};

/* Opens the line of transfers; wake_fd as in http_options. The caller closes it. */
int account_open(const struct account_options *options, int wake_fd, struct http **ret_http,
                 struct err *err);

/* The API's side of it, with nothing seen yet. */
struct api account_api(const struct account_options *options);

/* An ERR_AUTH that names the source of the token, where an answer refuses it (401); else 0. */
int account_check_token(const struct account_options *options, const struct http_response *response,
                        struct err *err);

/* Asks for a row of the account: ERR_AUTH where the token is refused, and again a second later.
 * Whatever else it says, or that nobody answers, is no matter: 0. */
int account_probe(const struct account_options *options, struct err *err);

/* One request by itself, with nothing else in line: GET, without the token where `anonymous`. The
 * answer, whatever it says, is the caller's to release; -1 where the token is refused (ERR_AUTH),
 * or as http_next. */
int account_get(const struct account_options *options, struct http *http, const char *url,
                bool anonymous, struct http_response *ret_response, struct err *err);

#endif
