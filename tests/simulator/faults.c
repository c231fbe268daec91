#include "faults.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { ALPHABET = 64 };

static const char *const action_names[FAULT_ACTIONS] = {
    [FAULT_STATUS] = "status",
    [FAULT_CUT] = "cut",
    [FAULT_CLOSE] = "close",
    [FAULT_STALL] = "stall",
    [FAULT_GARBAGE] = "garbage",
    [FAULT_EMPTY] = "empty",
    [FAULT_REPEAT] = "repeat",
    [FAULT_IGNORE_OFFSET] = "ignore_offset",
    [FAULT_IGNORE_LIMIT] = "ignore_limit",
    [FAULT_BODY] = "body",
    [FAULT_DELAY] = "delay",
    [FAULT_REDIRECT] = "redirect",
    [FAULT_EMPTY_204] = "empty204",
    [FAULT_DROP_LINK] = "drop_link",
    [FAULT_WRONG_LINK] = "wrong_link",
    [FAULT_LOOP_LINK] = "loop_link",
};

/* ---- reading what is asked for ---- */

static int decode_base64(struct buffer *out, const char *text)
{
    static const char alphabet[ALPHABET + 1] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0;
    int count = 0;

    for (; *text && *text != '='; text++) {
        const char *place = strchr(alphabet, *text);

        if (!place)
            return -1;
        bits = (bits << 6 | (unsigned)(place - alphabet)) & 0xffffff;
        count += 6;
        if (count >= 8) {
            char byte = (char)(unsigned char)(bits >> (count - 8) & 0xff);

            count -= 8;
            buffer_add(out, &byte, 1);
        }
    }
    return 0;
}

static int read_body(struct fault *fault, struct json_object *wanted)
{
    struct json_object *body = json_get(wanted, "body");
    const char *base64 = json_get_text(wanted, "body_base64");

    fault->has_body = body || base64;
    if (base64)
        return decode_base64(&fault->body, base64);
    if (json_object_is_type(body, json_type_string))
        buffer_add(&fault->body, json_object_get_string(body),
                   (size_t)json_object_get_string_len(body));
    else if (body)
        json_write(&fault->body, body);
    return 0;
}

static int read_action(struct fault *fault, struct json_object *wanted)
{
    const char *name = json_get_text(wanted, "do");

    for (size_t i = 0; name && i < FAULT_ACTIONS; i++)
        if (strcmp(action_names[i], name) == 0) {
            fault->action = (enum fault_action)i;
            return 0;
        }
    return -1;
}

static size_t read_count(struct json_object *wanted, const char *key)
{
    double number = json_get_number(wanted, key, 0);

    return number > 0 && number < 1e12 ? (size_t)number : 0;
}

static size_t read_wait(struct json_object *wanted)
{
    double ms = json_get_number(wanted, "ms", json_get_number(wanted, "seconds", 0) * 1000);

    return ms > 0 && ms < 1e9 ? (size_t)ms : 0;
}

static unsigned default_status(enum fault_action action)
{
    switch (action) {
    case FAULT_STATUS:
        return 503;
    case FAULT_REDIRECT:
        return 302;
    case FAULT_EMPTY_204:
        return 204;
    default:
        return 200;
    }
}

static unsigned read_status(const struct fault *fault, struct json_object *wanted)
{
    double status = json_get_number(wanted, "status", 0);

    return status >= 200 && status <= 999 ? (unsigned)status : default_status(fault->action);
}

/* Retry-After may be given as a number or as a text; the text lives as long as the object. */
static const char *read_retry_after(struct json_object *wanted)
{
    struct json_object *value = json_get(wanted, "retry_after");

    return value ? json_object_get_string(value) : NULL;
}

static void fault_free(struct fault *fault)
{
    json_object_put(fault->wanted);
    buffer_release(&fault->body);
    free(fault);
}

static struct fault *fault_read(struct json_object *wanted, const char **ret_why)
{
    struct fault *fault = memory_new(sizeof *fault);

    fault->wanted = json_object_get(wanted);
    fault->method = json_get_text(wanted, "method");
    fault->path = json_get_text(wanted, "path");
    fault->query = json_get_text(wanted, "query");
    fault->share = json_get_number(wanted, "share", 1.0);
    fault->times = read_count(wanted, "times");
    fault->skip = read_count(wanted, "skip");
    fault->bytes = read_count(wanted, "bytes");
    fault->ms = read_wait(wanted);
    fault->retry_after = read_retry_after(wanted);
    fault->content_type = json_get_text(wanted, "content_type");
    fault->location = json_get_text(wanted, "location");
    fault->after = json_get_bool(wanted, "after");
    if (read_action(fault, wanted) != 0)
        *ret_why = "\"do\" must name an action";
    else if (read_body(fault, wanted) != 0)
        *ret_why = "\"body_base64\" is no base64";
    else {
        fault->status = read_status(fault, wanted);
        return fault;
    }
    fault_free(fault);
    return NULL;
}

static void append(struct faults *faults, struct fault *fault)
{
    struct fault **link = &faults->first;

    while (*link)
        link = &(*link)->next;
    fault->users = 1;
    *link = fault;
}

int faults_add(struct faults *faults, struct json_object *wanted, const char **ret_why)
{
    struct faults fresh = {0};
    bool many = json_object_is_type(wanted, json_type_array);
    size_t count = many ? json_object_array_length(wanted) : 1;

    for (size_t i = 0; i < count; i++) {
        struct json_object *one = many ? json_object_array_get_idx(wanted, i) : wanted;
        struct fault *fault = fault_read(one, ret_why);

        if (!fault) {
            faults_clear(&fresh);
            return -1;
        }
        append(&fresh, fault);
    }
    while (fresh.first) {
        struct fault *fault = fresh.first;

        fresh.first = fault->next;
        fault->next = NULL;
        append(faults, fault);
    }
    return 0;
}

void faults_clear(struct faults *faults)
{
    while (faults->first) {
        struct fault *fault = faults->first;

        faults->first = fault->next;
        fault_leave(fault);
    }
}

void faults_write(const struct faults *faults, struct buffer *out)
{
    buffer_text(out, "[");
    for (const struct fault *fault = faults->first; fault; fault = fault->next) {
        buffer_text(out, fault == faults->first ? "{\"fault\":" : ",{\"fault\":");
        json_write(out, fault->wanted);
        buffer_format(out, ",\"seen\":%zu,\"hits\":%zu}", fault->seen, fault->hits);
    }
    buffer_text(out, "]");
}

/* ---- striking ---- */

static bool is_method(const char *wanted, const char *method)
{
    if (!wanted || strcmp(wanted, "*") == 0)
        return true;
    return *wanted == '!' ? strcmp(wanted + 1, method) != 0 : strcmp(wanted, method) == 0;
}

static bool matches(const struct fault *fault, const struct request *request)
{
    if (!is_method(fault->method, request->method))
        return false;
    if (fault->path && fnmatch(fault->path, request->raw_path, 0) != 0)
        return false;
    return !fault->query || strstr(request->raw_query, fault->query);
}

struct fault *faults_strike(struct faults *faults, const struct request *request)
{
    for (struct fault *fault = faults->first; fault; fault = fault->next) {
        if (!matches(fault, request) || (fault->times && fault->hits >= fault->times))
            continue;
        if (fault->seen++ < fault->skip || !random_chance(&faults->random, fault->share))
            continue;
        fault->hits++;
        fault->users++;
        return fault;
    }
    return NULL;
}

void fault_leave(struct fault *fault)
{
    if (fault && --fault->users == 0)
        fault_free(fault);
}

/* ---- answering ---- */

bool fault_answers(const struct fault *fault)
{
    switch (fault->action) {
    case FAULT_STATUS:
    case FAULT_CLOSE:
    case FAULT_GARBAGE:
    case FAULT_EMPTY:
    case FAULT_BODY:
    case FAULT_REDIRECT:
    case FAULT_EMPTY_204:
        return true;
    case FAULT_DROP_LINK:
    case FAULT_WRONG_LINK:
    case FAULT_LOOP_LINK:
    case FAULT_CUT:
    case FAULT_STALL:
    case FAULT_REPEAT:
    case FAULT_IGNORE_OFFSET:
    case FAULT_IGNORE_LIMIT:
    case FAULT_DELAY:
    case FAULT_ACTIONS:
        break;
    }
    return false;
}

void fault_reply(const struct fault *fault, struct reply *reply)
{
    if (fault->has_body)
        buffer_add(&reply->body, fault->body.data, fault->body.len);
    else if (fault->action == FAULT_GARBAGE)
        buffer_text(&reply->body, "<html>not json");
    else if (fault->action == FAULT_EMPTY)
        buffer_text(&reply->body, "[]");
    else if (fault->action == FAULT_STATUS)
        reply_error(reply, fault->status, "fault", "Asked for through /_admin/faults", NULL);
    reply->status = fault->status;
    reply->content_type = fault->content_type;
    if (fault->location)
        reply->location = memory_text(fault->location);
    if (fault->retry_after)
        reply->retry_after = memory_text(fault->retry_after);
}

/* "<scheme://host/rest" with another host; NULL where there is no link. */
static char *foreign_link(const char *link)
{
    const char *host = link ? strstr(link, "://") : NULL;
    const char *rest = host ? strchr(host + 3, '/') : NULL;
    struct buffer bent = {0};

    if (!rest)
        return NULL;
    buffer_add(&bent, link, (size_t)(host - link) + 3);
    buffer_format(&bent, "elsewhere.example%s", rest);
    return bent.data;
}

/* The link to the page that was asked for. */
static char *own_link(const struct request *request)
{
    struct buffer own = {0};

    buffer_format(&own, "<%s://%s%s%s%s>; rel=\"next\"", request->scheme,
                  request->host ? request->host : "localhost", request->raw_path,
                  *request->raw_query ? "?" : "", request->raw_query);
    return own.data;
}

void fault_bend_link(const struct fault *fault, const struct request *request, struct reply *reply)
{
    char *bent = NULL;

    if (fault->action == FAULT_WRONG_LINK)
        bent = foreign_link(reply->link);
    else if (fault->action == FAULT_LOOP_LINK)
        bent = own_link(request);
    else if (fault->action != FAULT_DROP_LINK)
        return;
    free(reply->link);
    reply->link = bent;
}

static bool waits_before_headers(const struct fault *fault)
{
    return fault->action == FAULT_DELAY || (fault->action == FAULT_STALL && !fault->bytes);
}

size_t fault_wait(const struct fault *fault)
{
    return waits_before_headers(fault) && !fault->after ? fault->ms : 0;
}

size_t fault_hold(const struct fault *fault)
{
    return waits_before_headers(fault) && fault->after ? fault->ms : 0;
}
