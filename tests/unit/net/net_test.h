/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A server of one thread: takes a connection, reads a request, does what its script says, counts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum script {
    SCRIPT_ANSWER,  /* text, and goes on with the connection */
    SCRIPT_CLOSE,   /* text, then the end */
    SCRIPT_RESET,   /* text, then RST */
    SCRIPT_FOREVER, /* text, then `more` again and again */
    SCRIPT_SILENT,  /* text, then nothing */
};

struct server {
    int fd;
    uint16_t port;
    pthread_t thread;
    atomic_bool is_over;
    /* what to do, set between requests */
    enum script script;
    const char *text, *more;
    const char *(*choose)(struct server *server); /* in place of text */
    void *arg;
    /* what came */
    atomic_uint connections, requests;
    char request[1 << 20]; /* the last, terminated */
    size_t head_len, request_len;
};

static inline bool server_may_read(const struct server *server, int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};

    while (!server->is_over)
        if (poll(&poller, 1, 10) != 0)
            return true;
    return false;
}

static inline size_t server_body_len(const char *head)
{
    const char *line = strcasestr(head, "\r\nContent-Length:");

    return line != NULL ? strtoul(line + 17, NULL, 10) : 0;
}

/* False: there is no more of it. */
static inline bool server_read(struct server *server, int fd)
{
    size_t len = 0, head_len;

    while (server_may_read(server, fd)) {
        ssize_t got = read(fd, server->request + len, sizeof(server->request) - 1 - len);
        const char *end;
        if (got <= 0)
            return false;
        len += (size_t)got;
        server->request[len] = '\0';
        end = memmem(server->request, len, "\r\n\r\n", 4);
        if (end == NULL)
            continue;
        head_len = (size_t)(end - server->request) + 4;
        if (len >= head_len + server_body_len(server->request)) {
            server->head_len = head_len;
            server->request_len = len;
            server->requests++;
            return true;
        }
    }
    return false;
}

static inline bool server_write(const struct server *server, int fd, const char *text)
{
    size_t len = strlen(text), at = 0;

    while (at < len && !server->is_over) {
        ssize_t sent = send(fd, text + at, len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN)
            return false;
        at += sent > 0 ? (size_t)sent : 0;
    }
    return at == len;
}

static inline void server_talk(struct server *server, int fd)
{
    struct linger at_once = {1, 0};

    while (server_read(server, fd)) {
        const char *text = server->choose != NULL ? server->choose(server) : server->text;
        if (!server_write(server, fd, text))
            break;
        if (server->script == SCRIPT_ANSWER)
            continue;
        while (server->script == SCRIPT_FOREVER && server_write(server, fd, server->more))
            continue;
        if (server->script == SCRIPT_SILENT)
            server_may_read(server, fd);
        if (server->script == SCRIPT_RESET)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        break;
    }
    close(fd);
}

static inline void *server_run(void *arg)
{
    struct server *server = arg;

    while (server_may_read(server, server->fd)) {
        int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        server->connections++;
        server_talk(server, fd);
    }
    return NULL;
}

static inline void server_listen(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server->fd, 8), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
}

static inline struct server *server_start(void)
{
    struct server *server = calloc(1, sizeof(*server));

    assert_non_null(server);
    server->text = "";
    server_listen(server);
    assert_int_equal(pthread_create(&server->thread, NULL, server_run, server), 0);
    return server;
}

static inline void server_stop(struct server *server)
{
    server->is_over = true;
    pthread_join(server->thread, NULL);
    close(server->fd);
    free(server);
}

static char net_directory[] = "/tmp/tt-net-XXXXXX";
static char net_paths[16][128];
static pid_t net_owner; /* its children leave the files alone */

static inline void remove_files(void)
{
    if (getpid() != net_owner)
        return;
    for (unsigned i = 0; i < 16; i++)
        if (net_paths[i][0] != '\0')
            unlink(net_paths[i]);
    rmdir(net_directory);
}

/* A file of these rights in the directory of the test; its path lends until 16 more were made. */
static inline const char *write_file(const char *name, const char *text, size_t len, unsigned mode)
{
    static unsigned n;
    char *path = net_paths[n++ % 16];
    int fd;

    if (n == 1) {
        assert_non_null(mkdtemp(net_directory));
        net_owner = getpid();
        atexit(remove_files);
    }
    snprintf(path, sizeof(net_paths[0]), "%s/%s", net_directory, name);
    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    return path;
}
