/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "intake/upstream.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/thread.h"
#include "intake/frames.h"
#include "net/listen_unix.h"

enum {
    MODE = 0660,
    TURN_MS = 1000,
    ACCEPT_PAUSE_MS = 100, /* when there is no descriptor for a connection */
    LAST_LOOK_MS = 50,     /* at the stop, for what has come already */
};

#define MS_NS UINT64_C(1000000)

struct connection {
    int fd;          /* -1: none */
    uint64_t number; /* as they came */
    struct tt_frames frames;
};

struct tt_upstream {
    struct tt_upstream_counts *counts;
    struct tt_messages messages;
    struct tt_listener listener;
    int stop_fd; /* eventfd: readable when it is time to stop */
    pthread_t thread;
    uint64_t accept_from_ns; /* monotonic; 0: now */
    struct tt_log_limit limit;
    uint64_t accepted_n;
    struct connection connections[TT_UPSTREAM_CONNECTIONS_MAX];
};

static void set_connections(struct tt_upstream *upstream, int change)
{
    unsigned n = __atomic_load_n(&upstream->counts->connections, __ATOMIC_RELAXED);

    __atomic_store_n(&upstream->counts->connections, (unsigned)((int)n + change), __ATOMIC_RELAXED);
}

static void count_close(struct tt_upstream *upstream, enum tt_upstream_close how)
{
    uint64_t *counter = &upstream->counts->closed[how];

    __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

static void refuse(struct tt_upstream *upstream, int fd, const char *why)
{
    count_close(upstream, TT_UPSTREAM_REFUSED);
    close(fd);
    tt_log_limited(&upstream->limit, TT_LOG_WARNING, "upstream: a connection is refused: %s", why);
}

static void leave(struct tt_upstream *upstream, struct connection *connection,
                  enum tt_upstream_close how)
{
    set_connections(upstream, -1);
    count_close(upstream, how);
    close(connection->fd);
    connection->fd = -1;
    tt_frames_fini(&connection->frames);
}

/* Peers that connect and say nothing keep nobody out: when all places are taken, the first of them
 * goes. */
static struct connection *find_place(struct tt_upstream *upstream)
{
    struct connection *silent = NULL;

    for (size_t i = 0; i < TT_COUNT(upstream->connections); i++) {
        struct connection *connection = &upstream->connections[i];
        if (connection->fd < 0)
            return connection;
        if (!tt_frames_is_begun(&connection->frames) &&
            (silent == NULL || connection->number < silent->number))
            silent = connection;
    }
    if (silent != NULL)
        leave(upstream, silent, TT_UPSTREAM_REFUSED);
    return silent;
}

static void attach(struct tt_upstream *upstream, int fd)
{
    struct connection *place = find_place(upstream);

    if (place == NULL) {
        refuse(upstream, fd, "there are as many as there may be");
    } else if (tt_frames_init(&place->frames) != TT_OK) {
        refuse(upstream, fd, "no memory for it");
    } else {
        place->fd = fd;
        place->number = upstream->accepted_n++;
        set_connections(upstream, 1);
        tt_log_limited(&upstream->limit, TT_LOG_INFO, "upstream: the host is connected");
    }
}

static void accept_all(struct tt_upstream *upstream)
{
    int fd;

    while ((fd = accept4(upstream->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
        attach(upstream, fd);
    /* Without a descriptor the connection stays in the listener's queue and would wake us all the
     * time. */
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        upstream->accept_from_ns = tt_clock_mono_ns() + ACCEPT_PAUSE_MS * MS_NS;
}

/* Answers of the handshake are a few bytes, which an idle socket has room for. */
static bool send_reply(struct connection *connection)
{
    struct tt_frames *frames = &connection->frames;
    size_t len = frames->reply_len;

    frames->reply_len = 0;
    return len == 0 ||
           send(connection->fd, frames->reply, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

/* All whole frames that have come. */
static void take_frames(struct tt_upstream *upstream, struct connection *connection)
{
    struct tt_frames *frames = &connection->frames;
    uint64_t now_us = tt_clock_wall_us();
    enum tt_frames_result result;
    const uint8_t *payload;
    size_t len;

    while ((result = tt_frames_next(frames, &payload, &len)) == TT_FRAMES_DATA)
        tt_messages_take(&upstream->messages, payload, len, now_us);
    if (!send_reply(connection) && result == TT_FRAMES_MORE) {
        leave(upstream, connection, TT_UPSTREAM_CUT);
    } else if (result == TT_FRAMES_END) {
        leave(upstream, connection, TT_UPSTREAM_ENDED);
    } else if (result == TT_FRAMES_BAD) {
        tt_log_limited(&upstream->limit, TT_LOG_WARNING,
                       "upstream: a connection is closed, it sent %s", frames->why);
        leave(upstream, connection, TT_UPSTREAM_REFUSED);
    }
}

/* Returns whether something came. */
static bool read_once(struct tt_upstream *upstream, struct connection *connection)
{
    size_t room;
    uint8_t *into = tt_frames_room(&connection->frames, &room);
    ssize_t n = recv(connection->fd, into, room, MSG_DONTWAIT);

    if (n > 0) {
        tt_frames_add(&connection->frames, (size_t)n);
        take_frames(upstream, connection);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        leave(upstream, connection, TT_UPSTREAM_CUT);
    }
    return n > 0;
}

/* One wait, then one read of each connection that has something. False: it is time to stop. */
static bool take_turn(struct tt_upstream *upstream)
{
    bool may_accept = upstream->accept_from_ns <= tt_clock_mono_ns();
    struct pollfd fds[2 + TT_UPSTREAM_CONNECTIONS_MAX] = {
        {.fd = upstream->stop_fd, .events = POLLIN},
        {.fd = may_accept ? upstream->listener.fd : -1, .events = POLLIN}};

    for (size_t i = 0; i < TT_COUNT(upstream->connections); i++)
        fds[2 + i] = (struct pollfd){.fd = upstream->connections[i].fd, .events = POLLIN};
    if (poll(fds, TT_COUNT(fds), may_accept ? TURN_MS : ACCEPT_PAUSE_MS) > 0) {
        for (size_t i = 0; i < TT_COUNT(upstream->connections); i++)
            if (fds[2 + i].revents != 0)
                read_once(upstream, &upstream->connections[i]);
        if (fds[1].revents != 0)
            accept_all(upstream);
    }
    tt_messages_tick(&upstream->messages, tt_clock_wall_us());
    return fds[0].revents == 0;
}

/* What has come until now, of a host that sends no end not for ever. */
static void look_last(struct tt_upstream *upstream)
{
    uint64_t until = tt_clock_mono_ns() + LAST_LOOK_MS * MS_NS;

    for (size_t i = 0; i < TT_COUNT(upstream->connections); i++) {
        struct connection *connection = &upstream->connections[i];
        while (connection->fd >= 0 && read_once(upstream, connection) && tt_clock_mono_ns() < until)
            continue;
        if (connection->fd >= 0)
            leave(upstream, connection, TT_UPSTREAM_ENDED);
    }
}

static void *run(void *arg)
{
    struct tt_upstream *upstream = arg;

    while (take_turn(upstream))
        continue;
    tt_unix_close(&upstream->listener);
    look_last(upstream);
    return NULL;
}

static void destroy(struct tt_upstream *upstream)
{
    tt_unix_close(&upstream->listener);
    if (upstream->stop_fd >= 0)
        close(upstream->stop_fd);
    tt_messages_fini(&upstream->messages);
    free(upstream);
}

static int start(struct tt_upstream *upstream, const char *path, char *why)
{
    int err = tt_unix_listen(path, MODE, NULL, &upstream->listener, why);

    if (err != TT_OK)
        return err;
    upstream->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    err = upstream->stop_fd < 0 ? TT_EAGAIN
                                : tt_thread_start(&upstream->thread, "tt-upstream", run, upstream);
    if (err != TT_OK)
        snprintf(why, TT_UNIX_WHY_MAX, "no descriptor or no thread for it");
    return err;
}

int tt_upstream_start(const char *path, tt_messages_out_f out, void *arg,
                      struct tt_upstream_counts *counts, struct tt_upstream **made)
{
    char why[TT_UNIX_WHY_MAX] = "no memory";
    struct tt_upstream *upstream = calloc(1, sizeof(*upstream));
    int err = TT_ENOMEM;

    *made = NULL;
    if (upstream != NULL) {
        upstream->counts = counts;
        upstream->listener.fd = upstream->stop_fd = -1;
        for (size_t i = 0; i < TT_COUNT(upstream->connections); i++)
            upstream->connections[i].fd = -1;
        err = tt_messages_init(&upstream->messages, out, arg, &counts->messages);
    }
    if (err == TT_OK)
        err = start(upstream, path, why);
    if (err == TT_OK) {
        *made = upstream;
        return TT_OK;
    }
    tt_log(TT_LOG_WARNING, "upstream: no events of exchanges with upstreams: %s", why);
    if (upstream != NULL)
        destroy(upstream);
    return err;
}

int tt_upstream_stop(struct tt_upstream **stopped, uint64_t deadline_ns)
{
    struct tt_upstream *upstream = *stopped;
    uint64_t one = 1;

    *stopped = NULL;
    if (upstream == NULL)
        return TT_OK;
    if (write(upstream->stop_fd, &one, sizeof(one)) < 0)
        tt_log(TT_LOG_DEBUG, "upstream: cannot be told to stop: %s", strerrordesc_np(errno));
    if (tt_thread_join(upstream->thread, deadline_ns) != TT_OK)
        return TT_EAGAIN;
    destroy(upstream);
    return TT_OK;
}
