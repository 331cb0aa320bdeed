/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A little HTTP server on loopback that answers as it is told, and reads the samples it gets. */

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "remote_write_test.h"

enum { BODY_MAX = 1 << 20, HEAD_MAX = 4096 };

static struct {
    int listener, connection, status;
    uint16_t port;
    pthread_t thread;
    const char *extra, *body; /* of the answer */
    const char *poison;       /* answers 500 to requests that have it in a series, NULL: none */
    unsigned posts_n, sick_first_n; /* sick_first_n: 500 to so many requests before anything else */
    unsigned stored_n;              /* samples in requests that were answered 204 */
    char head[HEAD_MAX];            /* of the last request */
} server;

static bool is_poisoned(const char *body, size_t len, unsigned *samples_n)
{
    static struct put_sample samples[TT_RW_SAMPLES_MAX];
    bool is_found = false;

    *samples_n = read_request(body, len, samples, TT_RW_SAMPLES_MAX);
    for (unsigned i = 0; i < *samples_n && server.poison != NULL; i++)
        is_found |= strstr(samples[i].series, server.poison) != NULL;
    return is_found;
}

static void answer(int fd, const char *body, size_t len)
{
    char text[8192];
    unsigned samples_n = 0;
    bool is_poison = (len > 0 && is_poisoned(body, len, &samples_n)) || server.posts_n < server.sick_first_n;
    int status = is_poison ? 500 : server.status;
    const char *said = server.body;
    int n;

    server.posts_n += len > 0; /* else somebody asks for the time */
    if (status == 204)
        server.stored_n += samples_n;
    n = snprintf(text, sizeof(text), "HTTP/1.1 %d X\r\nDate: Sat, 21 Nov 2026 18:35:04 GMT\r\n%s",
                 status, server.extra);
    if (status == 204)
        n += snprintf(text + n, sizeof(text) - (size_t)n, "\r\n");
    else
        n += snprintf(text + n, sizeof(text) - (size_t)n, "Content-Length: %zu\r\n\r\n%s",
                      strlen(said), said);
    assert_int_equal(write(fd, text, (size_t)n), n);
}

/* One request; false: the connection is over. */
static bool serve_one(int fd)
{
    static char data[HEAD_MAX + BODY_MAX];
    size_t len = 0, body_len = 0;
    char *body = NULL;

    while (body == NULL || len < (size_t)(body - data) + body_len) {
        ssize_t got = read(fd, data + len, sizeof(data) - 1 - len);
        if (got <= 0)
            return false;
        len += (size_t)got;
        data[len] = '\0';
        if (body == NULL && (body = strstr(data, "\r\n\r\n")) != NULL) {
            const char *length = strcasestr(data, "content-length:");
            body += 4;
            body_len = length != NULL ? strtoul(length + 15, NULL, 10) : 0;
            snprintf(server.head, sizeof(server.head), "%.*s", (int)(body - data), data);
        }
    }
    answer(fd, body, body_len);
    return true;
}

static void *serve(void *arg)
{
    int fd;

    (void)arg;
    while ((fd = accept(server.listener, NULL, NULL)) >= 0) {
        __atomic_store_n(&server.connection, fd, __ATOMIC_RELAXED);
        while (serve_one(fd))
            continue;
        close(fd);
    }
    return NULL;
}

static int start_server(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);

    (void)state;
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server.listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(server.listener, 8) != 0)
        return 1;
    getsockname(server.listener, (struct sockaddr *)&at, &len);
    server.port = ntohs(at.sin_port);
    return pthread_create(&server.thread, NULL, serve, NULL);
}

static int stop_server(void **state)
{
    (void)state;
    shutdown(server.listener, SHUT_RDWR);
    shutdown(__atomic_load_n(&server.connection, __ATOMIC_RELAXED), SHUT_RDWR); /* of a test that failed */
    pthread_join(server.thread, NULL);
    return close(server.listener);
}
