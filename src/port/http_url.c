#include "http_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"

static void free_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void free_part(char **part)
{
    curl_free(*part);
}

static CURLU *new_url(void)
{
    CURLU *url = curl_url();
    if (!url)
        abort();
    return url;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    AUTO(free_part) char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0 || strcasecmp(host, "localhost") == 0;
}

static int fail(const char **ret_reason, const char *reason)
{
    *ret_reason = reason;
    return -1;
}

/* curl forgives one or three slashes, and takes what follows for the host. */
static bool has_two_slashes(const char *text, const char *scheme)
{
    const char *behind = text + strlen(scheme);
    return strncmp(behind, "://", 3) == 0 && behind[3] != '/';
}

int http_place_of(const char *text, struct http_place *ret_place, const char **ret_reason)
{
    AUTO(free_url) CURLU *url = new_url();
    AUTO(free_part) char *scheme = NULL;
    AUTO(free_part) char *host = NULL;
    AUTO(free_part) char *port = NULL;
    CURLUcode code = curl_url_set(url, CURLUPART_URL, text, 0);
    if (code == CURLUE_UNSUPPORTED_SCHEME)
        return fail(ret_reason, "neither http nor https");
    if (code != CURLUE_OK)
        return fail(ret_reason, curl_url_strerror(code));
    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
        !has_two_slashes(text, scheme))
        return fail(ret_reason, "not a whole URL");
    bool tls = strcasecmp(scheme, "https") == 0;
    if (!tls && strcasecmp(scheme, "http") != 0)
        return fail(ret_reason, "neither http nor https");
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        return fail(ret_reason, "holds a user or password");
    /* A zone makes one address many hosts; nobody's API lives on a link-local address. */
    if (has_part(url, CURLUPART_ZONEID))
        return fail(ret_reason, "IPv6 address with a zone");
    if (!host[0] || strlen(host) >= HTTP_HOST_MAX)
        return fail(ret_reason, "no host, or too long a one");
    *ret_place = (struct http_place){.tls = tls, .loopback = is_loopback(host)};
    snprintf(ret_place->host, sizeof ret_place->host, "%s", host);
    snprintf(ret_place->authority, sizeof ret_place->authority, "%s:%s", host, port);
    return 0;
}

bool http_same_origin(const char *origin, const char *url)
{
    struct http_place a, b;
    const char *reason;
    return http_place_of(origin, &a, &reason) == 0 && http_place_of(url, &b, &reason) == 0 &&
           a.tls == b.tls && strcasecmp(a.authority, b.authority) == 0;
}

char *http_resolve(const char *base, struct str reference)
{
    AUTO(free_url) CURLU *url = new_url();
    AUTO(free_part) char *absolute = NULL;
    AUTO(freep) char *text = strndup(reference.n ? reference.p : "", reference.n);
    if (!text)
        abort();
    /* Encoding takes what servers forget to encode: spaces, bytes of UTF-8. */
    if (curl_url_set(url, CURLUPART_URL, base, 0) != CURLUE_OK ||
        curl_url_set(url, CURLUPART_URL, text, CURLU_URLENCODE) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_URL, &absolute, 0) != CURLUE_OK)
        return NULL;
    char *copy = strdup(absolute);
    if (!copy)
        abort();
    return copy;
}
