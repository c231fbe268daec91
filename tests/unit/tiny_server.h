/*
 * tiny_server: an HTTP/1.1 server whose every answer is scripted, for tests of the client.
 *
 *     static void answer(struct tiny_exchange *x) { tiny_reply(x, 200, "", "{}", 2); }
 *
 *     struct tiny *server = tiny_start(answer, NULL);
 *     ... http://127.0.0.1:<server->port>/ ...
 *     tiny_stop(server);
 *
 * One thread accepts, one serves each connection. A script runs once a request, in its connection's
 * thread; what arrived is recorded in server->arrivals, to be read with tiny_count first. A client
 * that does not speak HTTP (TLS, say) is told so and cut off. Header only, since a test is one
 * source file.
 */
#ifndef UNIT_TINY_SERVER_H
#define UNIT_TINY_SERVER_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { TINY_ARRIVALS = 8192, TINY_CONNECTIONS = 4096, TINY_HEAD = 8192 };

struct tiny_arrival {
    int64_t at; /* clock_monotonic_ms */
    unsigned connection;
    bool with_token; /* an Authorization header of any kind */
    char method[8];
    char path[64];
};

struct tiny_exchange;
typedef void tiny_script(struct tiny_exchange *x);

struct tiny {
    uint16_t port;
    void *data; /* the test's */

    pthread_mutex_t lock; /* of what follows */
    unsigned n;           /* arrivals */
    unsigned active, most_active;
    unsigned connections;
    struct tiny_arrival arrivals[TINY_ARRIVALS];

    tiny_script *script;
    int listener, stopping; /* stopping: an eventfd, readable when it is time to go */
    pthread_t acceptor;
    pthread_t threads[TINY_CONNECTIONS];
};

/* One request and the connection it came on. */
struct tiny_exchange {
    struct tiny *server;
    int fd;
    unsigned n;   /* the how many-th request of all, from 0 */
    unsigned nth; /* and on this connection */
    bool hang_up; /* close the connection after the script */
    const char *method, *path;
    char head[TINY_HEAD]; /* as it came */
    size_t head_n, have;  /* bytes of the head; bytes read */
    size_t body_n;
};

struct tiny_connection {
    struct tiny *server;
    int fd;
    unsigned number;
};

/* Sleeps, or less where the server is told to stop. */
static inline void tiny_sleep(struct tiny *server, int ms)
{
    struct pollfd entry = {.fd = server->stopping, .events = POLLIN};
    poll(&entry, 1, ms);
}

static inline void tiny_send(struct tiny_exchange *x, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t sent = send(x->fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0) {
            x->hang_up = true;
            return;
        }
        p += sent;
        n -= (size_t)sent;
    }
}

/* Head and body in one piece; headers: whole lines, each with its CRLF. 204 and 304 have no body.
 */
static inline void tiny_reply(struct tiny_exchange *x, int status, const char *headers,
                              const void *body, size_t n)
{
    char length[48] = "", head[2048];
    if (status == 204 || status == 304)
        n = 0;
    else
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", n);
    int head_n =
        snprintf(head, sizeof head, "HTTP/1.1 %d Tiny\r\n%s%s\r\n", status, length, headers);
    char *whole = malloc((size_t)head_n + n + 1);
    if (!whole)
        abort();
    memcpy(whole, head, (size_t)head_n);
    if (n)
        memcpy(whole + head_n, body, n);
    tiny_send(x, whole, (size_t)head_n + n);
    free(whole);
}

static inline bool tiny_has_header(const struct tiny_exchange *x, const char *name)
{
    char line[128];
    snprintf(line, sizeof line, "\r\n%s:", name);
    return strcasestr(x->head, line) != NULL;
}

static inline void tiny_record(struct tiny_exchange *x, unsigned connection)
{
    struct tiny *server = x->server;
    pthread_mutex_lock(&server->lock);
    x->n = server->n;
    if (server->n >= TINY_ARRIVALS)
        abort();
    struct tiny_arrival *arrival = &server->arrivals[server->n++];
    *arrival = (struct tiny_arrival){.at = clock_monotonic_ms(),
                                     .connection = connection,
                                     .with_token = tiny_has_header(x, "Authorization")};
    snprintf(arrival->method, sizeof arrival->method, "%s", x->method);
    snprintf(arrival->path, sizeof arrival->path, "%s", x->path);
    if (++server->active > server->most_active)
        server->most_active = server->active;
    pthread_mutex_unlock(&server->lock);
}

static inline void tiny_leave(struct tiny *server)
{
    pthread_mutex_lock(&server->lock);
    server->active--;
    pthread_mutex_unlock(&server->lock);
}

/* No method begins with such a byte. */
static inline bool tiny_is_gibberish(const struct tiny_exchange *x)
{
    return x->have > 0 && (x->head[0] < 'A' || x->head[0] > 'Z');
}

/* Waits for bytes; false at the end of the connection or of the server. */
static inline bool tiny_receive(struct tiny_exchange *x, void *into, size_t n, size_t *ret_n)
{
    struct pollfd entries[] = {{.fd = x->fd, .events = POLLIN},
                               {.fd = x->server->stopping, .events = POLLIN}};
    if (poll(entries, 2, -1) <= 0 || entries[1].revents)
        return false;
    ssize_t got = recv(x->fd, into, n, 0);
    *ret_n = got > 0 ? (size_t)got : 0;
    return got > 0;
}

static inline bool tiny_read_head(struct tiny_exchange *x)
{
    const char *end;
    x->have = 0;
    x->head[0] = '\0';
    while (!(end = strstr(x->head, "\r\n\r\n"))) {
        size_t got;
        if (x->have + 1 >= sizeof x->head ||
            !tiny_receive(x, x->head + x->have, sizeof x->head - 1 - x->have, &got))
            return false;
        x->have += got;
        x->head[x->have] = '\0';
        if (tiny_is_gibberish(x)) {
            tiny_reply(x, 400, "", "", 0);
            return false;
        }
    }
    x->head_n = (size_t)(end - x->head) + 4;
    return true;
}

/* Reads and drops the body: no test needs to see it. */
static inline bool tiny_read_body(struct tiny_exchange *x)
{
    const char *header = strcasestr(x->head, "\r\nContent-Length:");
    x->body_n = header ? strtoul(header + strlen("\r\nContent-Length:"), NULL, 10) : 0;
    char dropped[4096];
    for (size_t got = x->have - x->head_n; got < x->body_n;) {
        size_t more;
        if (!tiny_receive(x, dropped, sizeof dropped, &more))
            return false;
        got += more;
    }
    return true;
}

static inline void *tiny_serve(void *argument)
{
    struct tiny_connection *connection = argument;
    struct tiny_exchange *x = calloc(1, sizeof *x);
    if (!x)
        abort();
    x->server = connection->server;
    x->fd = connection->fd;
    while (!x->hang_up && tiny_read_head(x) && tiny_read_body(x)) {
        char line[256];
        snprintf(line, sizeof line, "%.255s", x->head);
        char *rest = line;
        x->method = strsep(&rest, " ");
        x->path = rest ? strsep(&rest, " ") : "";
        tiny_record(x, connection->number);
        x->server->script(x);
        tiny_leave(x->server);
        x->nth++;
    }
    close(connection->fd);
    free(x);
    free(connection);
    return NULL;
}

static inline void *tiny_accept(void *argument)
{
    struct tiny *server = argument;
    for (;;) {
        struct pollfd entries[] = {{.fd = server->listener, .events = POLLIN},
                                   {.fd = server->stopping, .events = POLLIN}};
        if (poll(entries, 2, -1) <= 0 || entries[1].revents)
            return NULL;
        struct tiny_connection *connection = calloc(1, sizeof *connection);
        if (!connection || server->connections >= TINY_CONNECTIONS)
            abort();
        connection->server = server;
        connection->fd = accept(server->listener, NULL, NULL);
        connection->number = server->connections;
        if (pthread_create(&server->threads[server->connections], NULL, tiny_serve, connection))
            abort();
        pthread_mutex_lock(&server->lock);
        server->connections++;
        pthread_mutex_unlock(&server->lock);
    }
}

/* A listening socket on a free port of 127.0.0.1. */
static inline int tiny_listen(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) < 0 || listen(fd, 512) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &n) < 0)
        abort();
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static inline struct tiny *tiny_start(tiny_script *script, void *data)
{
    struct tiny *server = calloc(1, sizeof *server);
    if (!server)
        abort();
    server->script = script;
    server->data = data;
    server->listener = tiny_listen(&server->port);
    server->stopping = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&server->lock, NULL);
    if (server->stopping < 0 || pthread_create(&server->acceptor, NULL, tiny_accept, server))
        abort();
    return server;
}

static inline void tiny_stop(struct tiny *server)
{
    if (eventfd_write(server->stopping, 1) < 0)
        abort();
    pthread_join(server->acceptor, NULL);
    for (unsigned i = 0; i < server->connections; i++)
        pthread_join(server->threads[i], NULL);
    close(server->listener);
    close(server->stopping);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

/* Connections that were made so far, and the most requests that were served at once. */
static inline unsigned tiny_connections(struct tiny *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned n = server->connections;
    pthread_mutex_unlock(&server->lock);
    return n;
}

static inline unsigned tiny_most_active(struct tiny *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned n = server->most_active;
    pthread_mutex_unlock(&server->lock);
    return n;
}

/* Requests that have arrived so far. */
static inline unsigned tiny_count(struct tiny *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned n = server->n;
    pthread_mutex_unlock(&server->lock);
    return n;
}

#endif
