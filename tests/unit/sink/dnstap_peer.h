/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A reader of Frame Streams at a unix socket or a TCP port of loopback, in a thread, with the
 * manners of bad ones. */

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sink_test.h"

enum peer_manner {
    PEER_GOOD,
    PEER_SILENT,      /* takes the connection, says nothing */
    PEER_CLOSES,      /* at once */
    PEER_GARBAGE,     /* instead of ACCEPT */
    PEER_TRICKLES,    /* half of ACCEPT */
    PEER_OTHER_TYPE,  /* ACCEPT of something else */
    PEER_HUGE,        /* a control frame of 4 GiB */
    PEER_STALLS,      /* after the handshake it reads nothing until it is let go */
    PEER_HALF_CLOSES, /* after the handshake */
    PEER_TALKS,       /* after the handshake */
    PEER_CUTS,        /* reads 1000 bytes of frames, then closes */
};

struct peer {
    enum peer_manner manner;
    int listener;
    uint16_t port; /* of TCP */
    pthread_t thread;
    /* atomic */
    unsigned connections, frames_n, stops_n, frames_bad_n;
    bool is_let_go, must_end;
    uint32_t next_number; /* the frames of a test are numbered */
};

static const char peer_type[] = "protobuf:dnstap.Dnstap";

static bool peer_read(struct peer *peer, int fd, void *into, size_t n)
{
    for (size_t done = 0; done < n;) {
        struct pollfd poller = {fd, POLLIN, 0};
        ssize_t got;

        if (poll(&poller, 1, 20) == 0) {
            if (__atomic_load_n(&peer->must_end, __ATOMIC_ACQUIRE))
                return false;
            continue;
        }
        got = recv(fd, (char *)into + done, n - done, 0);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static uint32_t peer_number(struct peer *peer, int fd, bool *is_there)
{
    uint8_t bytes[4] = {0};

    *is_there = peer_read(peer, fd, bytes, 4);
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void peer_send(int fd, const void *bytes, size_t n)
{
    (void)!send(fd, bytes, n, MSG_NOSIGNAL);
}

/* What it says to READY. */
static void peer_answer(const struct peer *peer, int fd)
{
    uint8_t accept[42] = "\0\0\0\0\0\0\0\x22\0\0\0\1\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap";

    if (peer->manner == PEER_OTHER_TYPE)
        accept[20] = 'P';
    if (peer->manner == PEER_HUGE)
        memset(accept + 4, 0xff, 4);
    if (peer->manner == PEER_GARBAGE)
        memset(accept, 'x', sizeof(accept));
    peer_send(fd, accept, peer->manner == PEER_TRICKLES ? 20 : sizeof(accept));
    if (peer->manner == PEER_HALF_CLOSES)
        shutdown(fd, SHUT_WR);
    if (peer->manner == PEER_TALKS)
        peer_send(fd, "hello", 5);
}

/* One frame or control frame; false: the stream is at its end. */
static bool peer_take(struct peer *peer, int fd, size_t *bytes_n)
{
    static __thread char body[1 << 17];
    bool is_there;
    uint32_t len = peer_number(peer, fd, &is_there), number;

    if (!is_there)
        return false;
    if (len == 0) {
        len = peer_number(peer, fd, &is_there);
        if (!is_there || len > 512 || !peer_read(peer, fd, body, len))
            return false;
        if (body[3] == 4)
            peer_answer(peer, fd);
        if (body[3] != 3)
            return true;
        __atomic_fetch_add(&peer->stops_n, 1, __ATOMIC_RELEASE);
        peer_send(fd, "\0\0\0\0\0\0\0\4\0\0\0\5", 12);
        return false;
    }
    if (len > sizeof(body) || !peer_read(peer, fd, body, len))
        return false;
    memcpy(&number, body, 4);
    if (number != peer->next_number++)
        __atomic_fetch_add(&peer->frames_bad_n, 1, __ATOMIC_RELEASE);
    *bytes_n += len;
    __atomic_fetch_add(&peer->frames_n, 1, __ATOMIC_RELEASE);
    return true;
}

static void peer_serve(struct peer *peer, int fd)
{
    size_t bytes_n = 0;
    unsigned taken_n = 0;

    while (!__atomic_load_n(&peer->must_end, __ATOMIC_ACQUIRE)) {
        bool is_stalled =
            peer->manner == PEER_SILENT || (peer->manner == PEER_STALLS && taken_n >= 2);

        if (is_stalled && !__atomic_load_n(&peer->is_let_go, __ATOMIC_ACQUIRE)) {
            nanosleep(&(struct timespec){0, 1000000}, NULL);
            continue;
        }
        if (peer->manner == PEER_CLOSES ||
            (peer->manner == PEER_CUTS && peer->connections < 3 && bytes_n >= 1000))
            break;
        if (!peer_take(peer, fd, &bytes_n))
            break;
        taken_n++;
    }
    close(fd);
}

static void *peer_run(void *arg)
{
    struct peer *peer = arg;

    while (!__atomic_load_n(&peer->must_end, __ATOMIC_ACQUIRE)) {
        struct pollfd poller = {peer->listener, POLLIN, 0};
        int fd = poll(&poller, 1, 20) > 0 ? accept(peer->listener, NULL, NULL) : -1;

        if (fd < 0)
            continue;
        __atomic_fetch_add(&peer->connections, 1, __ATOMIC_RELEASE);
        peer_serve(peer, fd);
    }
    return NULL;
}

/* path NULL: a TCP port of loopback. */
static TT_UNUSED void peer_start(struct peer *peer, enum peer_manner manner, const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);

    *peer = (struct peer){.manner = manner};
    peer->listener = socket(path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (path != NULL) {
        snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
        unlink(path);
        assert_int_equal(bind(peer->listener, (struct sockaddr *)&un, sizeof(un)), 0);
    } else {
        assert_int_equal(bind(peer->listener, (struct sockaddr *)&in, sizeof(in)), 0);
        assert_int_equal(getsockname(peer->listener, (struct sockaddr *)&in, &len), 0);
        peer->port = ntohs(in.sin_port);
    }
    assert_int_equal(listen(peer->listener, 8), 0);
    assert_int_equal(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
}

static TT_UNUSED void peer_end(struct peer *peer)
{
    __atomic_store_n(&peer->must_end, true, __ATOMIC_RELEASE);
    pthread_join(peer->thread, NULL);
    close(peer->listener);
}

#define PEER_SEEN(peer, member) __atomic_load_n(&(peer)->member, __ATOMIC_ACQUIRE)
