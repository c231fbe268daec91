#include "template.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "links.h"
#include "memory.h"

#define FILE_ROUTE "/_files/template/{id}.zip"
#define FILE_SUFFIX ".zip"

static uint64_t signature(const struct simulator *sim, const char *id)
{
    uint64_t sum = crc32(crc32(0, NULL, 0), (const Bytef *)id, (uInt)strlen(id));
    struct random random;

    random_seed(&random, (sum << 32) ^ sim->options.seed);
    return random_next(&random);
}

void template_answer_link(struct simulator *sim, const struct request *request, struct reply *reply,
                          const struct resource *container)
{
    struct buffer url = {0};

    links_origin(sim, request, &url);
    buffer_text(&url, "/" TEMPLATE_PREFIX "/template/");
    exchange_escape(&url, container->id);
    buffer_format(&url, FILE_SUFFIX "?sig=%016llx",
                  (unsigned long long)signature(sim, container->id));
    buffer_text(&reply->body, "{\"signedURL\":");
    json_write_string(&reply->body, url.data);
    buffer_text(&reply->body, "}");
    reply->status = 200;
    buffer_release(&url);
}

static void little_endian(struct buffer *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(unsigned char)(value >> (8 * i) & 0xff);

        buffer_add(out, &byte, 1);
    }
}

/* The fields that the local and the central header of a zip entry share. */
static void zip_entry(struct buffer *out, const char *name, const struct text *content)
{
    enum { VERSION = 20, UTF8_NAMES = 0x0800, STORED = 0, DATE_1980 = 0x0021 };
    uint64_t crc = crc32(crc32(0, NULL, 0), (const Bytef *)content->bytes, (uInt)content->len);

    little_endian(out, VERSION, 2);
    little_endian(out, UTF8_NAMES, 2);
    little_endian(out, STORED, 2);
    little_endian(out, 0, 2);
    little_endian(out, DATE_1980, 2);
    little_endian(out, crc, 4);
    little_endian(out, content->len, 4);
    little_endian(out, content->len, 4);
    little_endian(out, strlen(name), 2);
    little_endian(out, 0, 2);
}

/* A zip archive with one stored file. */
static void zip_write(struct buffer *out, const char *name, const struct text *content)
{
    size_t central;
    size_t central_len;

    buffer_text(out, "PK\3\4");
    zip_entry(out, name, content);
    buffer_text(out, name);
    buffer_add(out, content->bytes, content->len);
    central = out->len;
    buffer_text(out, "PK\1\2");
    little_endian(out, 20, 2);
    zip_entry(out, name, content);
    little_endian(out, 0, 2); /* comment */
    little_endian(out, 0, 8); /* disk, attributes */
    little_endian(out, 0, 4); /* where the local header is */
    buffer_text(out, name);
    central_len = out->len - central;
    buffer_text(out, "PK\5\6");
    little_endian(out, 0, 4);
    little_endian(out, 1, 2);
    little_endian(out, 1, 2);
    little_endian(out, central_len, 4);
    little_endian(out, central, 4);
    little_endian(out, 0, 2);
}

/* The integration whose archive `file` is, or NULL. */
static struct resource *find_container(struct simulator *sim, const char *file)
{
    size_t len = strlen(file);
    size_t suffix = sizeof FILE_SUFFIX - 1;
    struct resource *found = NULL;
    char *id;

    if (len < suffix || strcmp(file + len - suffix, FILE_SUFFIX) != 0)
        return NULL;
    id = memory_copy(file, len - suffix);
    for (size_t k = 0; !found && k < KINDS; k++)
        if (kinds[k].container)
            found = account_find(sim->account, &kinds[k], id);
    free(id);
    return found;
}

void template_answer_file(struct simulator *sim, const struct request *request, struct reply *reply)
{
    struct resource *container =
        request->segments_count == 3 ? find_container(sim, request->segments[2]) : NULL;
    char *sent = request_parameter(request, "sig");

    reply->route = FILE_ROUTE;
    if (request->authorization)
        sim->stats.leaked_authorization++;
    if (strcmp(request->method, "GET") != 0)
        reply_bad_method(reply, "GET");
    else if (!container || strcmp(request->segments[1], "template") != 0)
        reply_not_found(reply, "File");
    else if (!sent || strlen(sent) != 16 ||
             strtoull(sent, NULL, 16) != signature(sim, container->id))
        reply_error(reply, 403, "forbidden", "Signature does not match", NULL);
    else {
        zip_write(&reply->body, "integration.json", &container->document);
        reply->content_type = "application/zip";
        reply->status = 200;
    }
    free(sent);
}
