#include "exchange.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes `len` bytes of `text`; NULL where an escape is broken or gives a NUL. */
static char *decode(const char *text, size_t len)
{
    char *decoded = memory_new(len + 1);
    size_t out = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%') {
            int high = i + 2 < len ? hex_value(text[i + 1]) : -1;
            int low = high >= 0 ? hex_value(text[i + 2]) : -1;

            if (low < 0 || high + low == 0) {
                free(decoded);
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        decoded[out++] = c;
    }
    return decoded;
}

void request_split(struct request *request, char *uri)
{
    char *query = strchr(uri, '?');
    const char *at = uri;

    if (query)
        *query++ = '\0';
    request->raw_path = uri;
    request->raw_query = query ? query : "";
    while (*at == '/') {
        size_t len = strcspn(++at, "/");
        char *segment = request->segments_count < MAX_SEGMENTS ? decode(at, len) : NULL;

        if (!segment) {
            request->bad_path = true;
            return;
        }
        request->segments[request->segments_count++] = segment;
        at += len;
    }
    request->bad_path = *at != '\0';
}

void request_release(struct request *request)
{
    for (size_t i = 0; i < request->segments_count; i++)
        free(request->segments[i]);
    buffer_release(&request->body);
}

char *request_parameter(const struct request *request, const char *name)
{
    size_t name_len = strlen(name);
    const char *at = request->raw_query;

    while (*at) {
        size_t len = strcspn(at, "&");

        if (len > name_len && strncmp(at, name, name_len) == 0 && at[name_len] == '=')
            return decode(at + name_len + 1, len - name_len - 1);
        at += len;
        at += *at == '&';
    }
    return NULL;
}

int64_t request_number(const struct request *request, const char *name, int64_t fallback)
{
    char *text = request_parameter(request, name);
    char *end = text;
    int64_t number = text && *text ? strtoll(text, &end, 10) : fallback;

    if (text && *end)
        number = fallback;
    free(text);
    return number;
}

void exchange_escape(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            buffer_add(out, text, 1);
        else
            buffer_format(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

void reply_release(struct reply *reply)
{
    buffer_release(&reply->body);
    free(reply->location);
    free(reply->retry_after);
    free(reply->link);
}

void reply_error(struct reply *reply, unsigned status, const char *code, const char *message,
                 const char *field)
{
    struct buffer *out = &reply->body;

    reply->status = status;
    reply->code = code;
    buffer_release(out);
    buffer_text(out, "{\"errors\":[{\"code\":");
    json_write_string(out, code);
    buffer_text(out, ",\"message\":");
    json_write_string(out, message);
    if (field) {
        buffer_text(out, ",\"field\":");
        json_write_string(out, field);
    }
    buffer_text(out, "}]}");
}

void reply_not_found(struct reply *reply, const char *title)
{
    struct buffer message = {0};

    buffer_format(&message, "%s not found", title);
    reply_error(reply, 404, "not_found", message.data, NULL);
    buffer_release(&message);
}

void reply_bad_method(struct reply *reply, const char *allow)
{
    reply_error(reply, 405, "method_not_allowed", "Method not allowed", NULL);
    reply->allow = allow;
}
