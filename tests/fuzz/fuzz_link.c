/* Link headers and URLs as a hostile server could send them: no crash, and what is found lies
 * within what came. Built with -fsanitize=fuzzer,address,undefined. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../src/port/http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_urls(const char *text, size_t n)
{
    struct http_place place;
    const char *reason;
    free(http_resolve("https://api.integrator.io/v1/exports", (struct str){.p = text, .n = n}));
    /* Whatever has the API's origin leads to the API's host. */
    if (http_same_origin("https://api.integrator.io", text) &&
        (http_place_of(text, &place, &reason) < 0 || !place.tls ||
         strcasecmp(place.authority, "api.integrator.io:443") != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1);
    if (!text)
        abort();
    if (n)
        memcpy(text, data, n);
    text[n] = '\0';
    struct str reference;
    if (http_link_find((struct str){.p = text, .n = n}, "next", &reference) && reference.n &&
        (reference.p < text || reference.p + reference.n > text + n))
        abort();
    check_urls(text, n);
    free(text);
    return 0;
}
