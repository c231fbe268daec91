#include "links.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Makes a cursor look like nothing one could count with. */
static const uint64_t veil = UINT64_C(0x5eed0f1a57c0ffee);

void links_origin(const struct simulator *sim, const struct request *request, struct buffer *out)
{
    buffer_format(out, "%s://", request->scheme);
    if (request->host)
        buffer_text(out, request->host);
    else
        buffer_format(out, "127.0.0.1:%u", sim->port);
}

/* Copies the parameters of the query that do not say where a page begins. */
static void copy_query(const struct request *request, struct buffer *out)
{
    static const char *const places[] = {LINKS_CURSOR "=", "offset="};
    const char *at = request->raw_query;

    while (*at) {
        size_t len = strcspn(at, "&");
        bool place = false;

        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            place = place || strncmp(at, places[i], strlen(places[i])) == 0;
        if (len && !place) {
            buffer_add(out, at, len);
            buffer_text(out, "&");
        }
        at += len;
        at += *at == '&';
    }
}

char *links_next(const struct simulator *sim, const struct request *request, size_t offset)
{
    struct buffer out = {0};

    buffer_text(&out, "<");
    links_origin(sim, request, &out);
    buffer_format(&out, "%s?", request->raw_path);
    copy_query(request, &out);
    buffer_format(&out, LINKS_CURSOR "=%016" PRIx64 ">; rel=\"next\"", (uint64_t)offset ^ veil);
    return out.data;
}

int links_read_cursor(const char *cursor, size_t *ret_offset)
{
    uint64_t offset;

    if (strlen(cursor) != 16 || strspn(cursor, "0123456789abcdef") != 16)
        return -1;
    offset = strtoull(cursor, NULL, 16) ^ veil;
    if (offset > UINT32_MAX)
        return -1;
    *ret_offset = (size_t)offset;
    return 0;
}
