#include "server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zlib.h>

#include "admin.h"
#include "memory.h"
#include "routes.h"
#include "template.h"
#include "timers.h"

enum {
    MAX_BODY = 64 << 20,
    MAX_CONNECTIONS = 4000,
    CONNECTION_MEMORY = 64 << 10, /* headers have to fit */
    STREAM_BLOCK = 64 << 10,
};

struct server {
    struct simulator *sim;
    struct MHD_Daemon *daemon;
    struct timers *timers;
    struct buffer cert;
    struct buffer key;
};

/* One request from its first line to the end of its answer. */
struct visit {
    struct server *server;
    struct request request;
    char *uri;
    struct fault *fault;
    bool admin;   /* neither counted nor struck by faults */
    bool headers; /* have been seen */
    bool waited;
    bool carried_out;
    bool too_large;
    struct reply reply;
};

/* A body that is cut or stalls amid. */
struct stream {
    struct buffer body;
    struct MHD_Connection *connection;
    struct timers *timers;
    size_t stop; /* bytes before something happens */
    size_t stall_ms;
    bool cut;
};

static void resume(void *connection)
{
    MHD_resume_connection(connection);
}

static void suspend(struct timers *timers, struct MHD_Connection *connection, size_t ms)
{
    MHD_suspend_connection(connection);
    timers_add(timers, ms, resume, connection);
}

/* ---- bodies that fail ---- */

static ssize_t stream_read(void *context, uint64_t position, char *out, size_t max)
{
    struct stream *stream = context;
    size_t at = (size_t)position;
    size_t len = stream->body.len - at;

    if (at == stream->stop) {
        stream->stop = SIZE_MAX;
        if (stream->cut)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        suspend(stream->timers, stream->connection, stream->stall_ms);
        return 0;
    }
    if (at < stream->stop && len > stream->stop - at)
        len = stream->stop - at;
    if (len > max)
        len = max;
    memcpy(out, stream->body.data + at, len);
    return (ssize_t)len;
}

static void stream_free(void *context)
{
    struct stream *stream = context;

    buffer_release(&stream->body);
    free(stream);
}

/* Takes the reply's body, which is not empty, over. */
static struct MHD_Response *stream_response(struct visit *visit, struct MHD_Connection *connection,
                                            struct reply *reply)
{
    const struct fault *fault = visit->fault;
    struct stream *stream = memory_new(sizeof *stream);

    stream->body = reply->body;
    reply->body = (struct buffer){0};
    stream->connection = connection;
    stream->timers = visit->server->timers;
    stream->cut = fault->action == FAULT_CUT;
    stream->stop = fault->bytes;
    stream->stall_ms = fault->ms;
    if (stream->stop >= stream->body.len)
        stream->stop = stream->body.len - 1; /* a shorter body fails before its last byte */
    return MHD_create_response_from_callback(stream->body.len, STREAM_BLOCK, stream_read, stream,
                                             stream_free);
}

static bool fails_amid(const struct fault *fault, const struct reply *reply)
{
    return fault && reply->body.len &&
           (fault->action == FAULT_CUT || (fault->action == FAULT_STALL && fault->bytes));
}

/* ---- sending ---- */

/* Replaces the body by its gzip form. Returns whether it has. */
static bool compress_body(struct buffer *body)
{
    z_stream z = {0};
    struct buffer packed = {0};
    bool done;

    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    buffer_reserve(&packed, deflateBound(&z, body->len));
    z.next_in = (Bytef *)body->data;
    z.avail_in = (uInt)body->len;
    z.next_out = (Bytef *)packed.data;
    z.avail_out = (uInt)packed.cap;
    done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    packed.len = z.total_out;
    deflateEnd(&z);
    buffer_release(done ? body : &packed);
    if (done)
        *body = packed;
    return done;
}

static bool accepts_gzip(struct visit *visit, struct MHD_Connection *connection)
{
    const char *accepted =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);

    return visit->server->sim->options.gzip && accepted && strstr(accepted, "gzip");
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value)
        MHD_add_response_header(response, name, value);
}

static enum MHD_Result send_reply(struct visit *visit, struct MHD_Connection *connection,
                                  struct reply *reply)
{
    bool packed = reply->body.len && accepts_gzip(visit, connection) && compress_body(&reply->body);
    struct MHD_Response *response;
    enum MHD_Result result;

    if (fails_amid(visit->fault, reply))
        response = stream_response(visit, connection, reply);
    else
        response = MHD_create_response_from_buffer(reply->body.len, reply->body.data,
                                                   MHD_RESPMEM_MUST_FREE);
    if (!response)
        abort();
    reply->body = (struct buffer){0};
    if (reply->status != MHD_HTTP_NO_CONTENT)
        add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                   reply->content_type ? reply->content_type : "application/json; charset=utf-8");
    add_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, packed ? "gzip" : NULL);
    add_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    add_header(response, MHD_HTTP_HEADER_LOCATION, reply->location);
    add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, reply->retry_after);
    add_header(response, MHD_HTTP_HEADER_LINK, reply->link);
    result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- answering ---- */

static void route(struct visit *visit, struct reply *reply)
{
    struct simulator *sim = visit->server->sim;
    struct request *request = &visit->request;
    const char *head = request->segments_count ? request->segments[0] : "";

    if (visit->too_large)
        reply_error(reply, MHD_HTTP_CONTENT_TOO_LARGE, "too_large", "Request body too large", NULL);
    else if (request->bad_path)
        reply_not_found(reply, "Resource");
    else if (visit->admin)
        admin_answer(sim, request, reply);
    else if (strcmp(head, ROUTES_PREFIX) == 0)
        routes_answer(sim, request, reply);
    else if (strcmp(head, TEMPLATE_PREFIX) == 0)
        template_answer_file(sim, request, reply);
    else
        reply_not_found(reply, "Resource");
}

/* The reply as it goes out: the request's own, or that of the fault. */
static void make_reply(struct visit *visit, struct reply *reply)
{
    struct fault *fault = visit->fault;
    bool replaced = fault && fault_answers(fault);

    if (fault && (fault->action == FAULT_REPEAT || fault->action == FAULT_IGNORE_OFFSET))
        visit->request.ignore_offset = true;
    if (fault && fault->action == FAULT_IGNORE_LIMIT)
        visit->request.ignore_limit = true;
    if (!replaced || fault->after)
        route(visit, reply);
    if (fault)
        fault_bend_link(fault, &visit->request, reply);
    if (replaced) {
        reply_release(reply);
        *reply = (struct reply){.route = routes_name(visit->server->sim, &visit->request)};
        fault_reply(fault, reply);
    }
}

/* Whether the connection closes without an answer. */
static bool closes(const struct visit *visit)
{
    return visit->fault && visit->fault->action == FAULT_CLOSE;
}

/* Does what the request wants. Milliseconds until that is answered. */
static size_t carry_out(struct visit *visit)
{
    struct simulator *sim = visit->server->sim;

    visit->carried_out = true;
    make_reply(visit, &visit->reply);
    if (visit->admin)
        return 0;
    during_answered(sim->during, sim->account, &visit->request, &visit->reply);
    stats_record(&sim->stats, &visit->request, &visit->reply, closes(visit));
    return visit->fault ? fault_hold(visit->fault) : 0;
}

static enum MHD_Result answer(struct visit *visit, struct MHD_Connection *connection)
{
    size_t ms = visit->carried_out ? 0 : carry_out(visit);

    if (ms) {
        suspend(visit->server->timers, connection, ms);
        return MHD_YES;
    }
    return closes(visit) ? MHD_NO : send_reply(visit, connection, &visit->reply);
}

/* ---- receiving ---- */

static void read_headers(struct visit *visit, struct MHD_Connection *connection, const char *method)
{
    struct request *request = &visit->request;

    request->method = method;
    request->scheme = visit->server->sim->options.tls_cert ? "https" : "http";
    request->host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    request->authorization =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    request->content_type =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    visit->headers = true;
}

static void read_body(struct visit *visit, const char *bytes, size_t len)
{
    struct buffer *body = &visit->request.body;

    if (body->len + len > MAX_BODY)
        visit->too_large = true;
    else
        buffer_add(body, bytes, len);
}

/* Milliseconds this request has to wait; strikes it with a fault, if one wants it. */
static size_t prepare(struct visit *visit)
{
    struct simulator *sim = visit->server->sim;

    visit->waited = true;
    if (visit->admin)
        return 0;
    visit->fault = faults_strike(&sim->faults, &visit->request);
    return sim->options.latency + (visit->fault ? fault_wait(visit->fault) : 0);
}

/* Called by the library: once with the headers, for each piece of the body, and at the end; again
 * after each wait. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **request_context)
{
    struct visit *visit = *request_context;

    (void)context;
    (void)url;
    (void)version;
    if (!visit->headers) {
        read_headers(visit, connection, method);
        return MHD_YES;
    }
    if (*upload_len) {
        read_body(visit, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (!visit->waited) {
        size_t ms = prepare(visit);

        if (ms) {
            suspend(visit->server->timers, connection, ms);
            return MHD_YES;
        }
    }
    return answer(visit, connection);
}

/* Called with the request line's URI, undecoded; the result is the request's context. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct server *server = context;
    struct visit *visit = memory_new(sizeof *visit);
    struct request *request = &visit->request;

    (void)connection;
    visit->server = server;
    visit->uri = memory_text(uri);
    request_split(request, visit->uri);
    visit->admin = request->segments_count && strcmp(request->segments[0], ADMIN_PREFIX) == 0;
    if (!visit->admin)
        stats_begin(&server->sim->stats, bucket_now());
    return visit;
}

static void on_end(void *context, struct MHD_Connection *connection, void **request_context,
                   enum MHD_RequestTerminationCode code)
{
    struct visit *visit = *request_context;

    (void)context;
    (void)connection;
    (void)code;
    if (!visit)
        return;
    if (!visit->admin)
        stats_end(&visit->server->sim->stats);
    fault_leave(visit->fault);
    reply_release(&visit->reply);
    request_release(&visit->request);
    free(visit->uri);
    free(visit);
    *request_context = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    const union MHD_ConnectionInfo *info;
    int on = 1;

    (void)socket_context;
    if (code != MHD_CONNECTION_NOTIFY_STARTED)
        return;
    server->sim->stats.connections_opened++;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info)
        setsockopt(info->connect_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* The library decodes nothing: paths are split before they are decoded. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* ---- starting and stopping ---- */

static int read_tls(struct server *server)
{
    const struct options *options = &server->sim->options;

    if (!options->tls_cert)
        return 0;
    if (buffer_read_file(&server->cert, options->tls_cert) == 0 &&
        buffer_read_file(&server->key, options->tls_key) == 0)
        return 0;
    perror("simulator: cannot read the certificate or its key");
    return -1;
}

static void start_daemon(struct server *server, const struct sockaddr_in *address)
{
    bool tls = server->sim->options.tls_cert != NULL;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls_options[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, server->cert.data},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, server->key.data},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem no_options[] = {{MHD_OPTION_END, 0, NULL}};

    server->daemon = MHD_start_daemon(
        flags | (tls ? (unsigned)MHD_USE_TLS : 0U), 0, NULL, NULL, on_request, server,
        MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)address, MHD_OPTION_LISTENING_ADDRESS_REUSE,
        1U, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024U, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_NOTIFY_COMPLETED, on_end, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK,
        keep_escapes, server, MHD_OPTION_ARRAY, tls ? tls_options : no_options, MHD_OPTION_END);
}

static int listen_on(struct server *server)
{
    struct simulator *sim = server->sim;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)sim->options.port)};
    const union MHD_DaemonInfo *info;

    if (inet_pton(AF_INET, sim->options.bind, &address.sin_addr) != 1) {
        fprintf(stderr, "simulator: no IPv4 address: %s\n", sim->options.bind);
        return -1;
    }
    start_daemon(server, &address);
    info = server->daemon ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        perror("simulator: cannot listen");
        return -1;
    }
    sim->port = info->port;
    return 0;
}

static void server_free(struct server *server)
{
    timers_free(server->timers);
    buffer_release(&server->cert);
    buffer_release(&server->key);
    free(server);
}

struct server *server_start(struct simulator *sim)
{
    struct server *server = memory_new(sizeof *server);

    server->sim = sim;
    server->timers = timers_start();
    if (read_tls(server) == 0 && listen_on(server) == 0)
        return server;
    timers_stop(server->timers);
    server_free(server);
    return NULL;
}

void server_stop(struct server *server)
{
    timers_stop(server->timers); /* no connection may be suspended when the library stops */
    MHD_stop_daemon(server->daemon);
    server_free(server);
}
