/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/control.h"

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
#include "net/listen_unix.h"

#define MS_NS UINT64_C(1000000)

enum { SOCKET_MODE = 0600, PEER_MS = 2000, ACCEPT_PAUSE_MS = 1000 };

/* A connection: reads its line, then writes its answer. */
struct peer {
    int fd; /* -1: free */
    struct tt_peer who;
    uint64_t until_ns;
    size_t len;                       /* of line */
    char line[TT_CONTROL_LINE_MAX + 1]; /* one more: to see that it is too long */
    struct tt_buf reply;              /* data NULL: still reading */
    size_t written;
};

struct tt_control {
    const struct tt_control_command *commands;
    void *arg;
    pthread_t thread;
    int wake_fd;

    /* under lock */
    pthread_mutex_t lock;
    struct tt_listener listener; /* its name only: the descriptor is the thread's */
    bool is_stopping, is_abandoned, has_ended;
    struct tt_control_counts counts;

    /* the thread's own */
    struct peer peers[TT_CONTROL_PEERS_MAX];
    uint64_t accept_from_ns;
    struct tt_log_limit limit;
};

static void count(struct tt_control *control, uint64_t *counter)
{
    pthread_mutex_lock(&control->lock);
    ++*counter;
    pthread_mutex_unlock(&control->lock);
}

static void end_peer(struct peer *peer)
{
    close(peer->fd);
    free(peer->reply.data);
    *peer = (struct peer){.fd = -1};
}

/* A word before the end, for who still listens. */
static void send_off(int fd, const char *text)
{
    if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        shutdown(fd, SHUT_RDWR);
}

/* There is a place. */
static void accept_one(struct tt_control *control, int fd)
{
    struct peer *peer = control->peers;
    struct tt_peer who;

    if (!tt_unix_may(fd, (gid_t)-1, &who)) {
        count(control, &control->counts.refused);
        send_off(fd, "error only root and the user the host runs as may\n");
        close(fd);
        tt_log_limited(&control->limit, TT_LOG_WARNING, "control: uid %u, pid %d turned away", who.uid,
                       who.pid);
        return;
    }
    while (peer->fd >= 0)
        peer++;
    *peer = (struct peer){.fd = fd, .who = who, .until_ns = tt_clock_mono_ns() + PEER_MS * MS_NS};
}

static bool has_place(const struct tt_control *control)
{
    bool has = false;

    for (size_t i = 0; i < TT_COUNT(control->peers); i++)
        has |= control->peers[i].fd < 0;
    return has;
}

static void accept_all(struct tt_control *control)
{
    int fd = 0;

    while (has_place(control)) {
        fd = accept4(control->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            break;
        accept_one(control, fd);
    }
    if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        control->accept_from_ns = tt_clock_mono_ns() + ACCEPT_PAUSE_MS * MS_NS;
}

/* What a command takes is nobody's fault: every limit moves by as much. */
static void answer(struct tt_control *control, struct peer *peer)
{
    uint64_t before = tt_clock_mono_ns(), spent;
    char *memory = malloc(TT_CONTROL_REPLY_MAX);
    int err;

    if (memory == NULL) {
        send_off(peer->fd, "error out of memory\n");
        end_peer(peer);
        return;
    }
    peer->reply = tt_buf_over(memory, TT_CONTROL_REPLY_MAX);
    err = tt_control_answer(control->commands, control->arg, peer->who.uid, peer->who.pid, peer->line,
                            peer->len, &peer->reply);
    count(control, &control->counts.answered);
    if (err == TT_ESYNTAX)
        count(control, &control->counts.malformed);
    spent = tt_clock_mono_ns() - before;
    for (size_t i = 0; i < TT_COUNT(control->peers); i++)
        control->peers[i].until_ns += spent;
}

static void read_line(struct tt_control *control, struct peer *peer)
{
    ssize_t len = recv(peer->fd, peer->line + peer->len, sizeof(peer->line) - peer->len, MSG_DONTWAIT);

    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (len < 0 || (len == 0 && peer->len == 0)) {
        end_peer(peer); /* only looked whether somebody is here */
        return;
    }
    peer->len += (size_t)len;
    if (len == 0 || peer->len == sizeof(peer->line) || memchr(peer->line, '\n', peer->len) != NULL)
        answer(control, peer);
}

static void write_reply(struct peer *peer)
{
    ssize_t len = send(peer->fd, peer->reply.data + peer->written, peer->reply.len - peer->written,
                       MSG_NOSIGNAL | MSG_DONTWAIT);

    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    peer->written += len > 0 ? (size_t)len : 0;
    if (len < 0 || peer->written == peer->reply.len)
        end_peer(peer);
}

static void end_overdue(struct tt_control *control)
{
    uint64_t now = tt_clock_mono_ns();

    for (size_t i = 0; i < TT_COUNT(control->peers); i++) {
        struct peer *peer = &control->peers[i];
        if (peer->fd < 0 || now < peer->until_ns)
            continue;
        if (peer->reply.data == NULL)
            send_off(peer->fd, "error no whole request within 2 s\n");
        count(control, &control->counts.too_slow);
        end_peer(peer);
    }
}

/* Until the first limit of a peer; for ever without peers. */
static int plan(const struct tt_control *control)
{
    uint64_t now = tt_clock_mono_ns(), until = UINT64_MAX;

    for (size_t i = 0; i < TT_COUNT(control->peers); i++) {
        if (control->peers[i].fd >= 0)
            until = TT_MIN(until, control->peers[i].until_ns);
    }
    if (control->accept_from_ns > now)
        until = TT_MIN(until, control->accept_from_ns);
    if (until == UINT64_MAX)
        return -1;
    return until <= now ? 0 : (int)((until - now) / MS_NS) + 1;
}

static bool is_stopping(struct tt_control *control)
{
    bool is;

    pthread_mutex_lock(&control->lock);
    is = control->is_stopping;
    pthread_mutex_unlock(&control->lock);
    return is;
}

static void turn(struct tt_control *control)
{
    struct pollfd fds[2 + TT_CONTROL_PEERS_MAX] = {{.fd = control->wake_fd, .events = POLLIN}};
    bool may_accept = has_place(control) && control->accept_from_ns <= tt_clock_mono_ns();

    fds[1] = (struct pollfd){.fd = may_accept ? control->listener.fd : -1, .events = POLLIN};
    for (size_t i = 0; i < TT_COUNT(control->peers); i++) {
        const struct peer *peer = &control->peers[i];
        fds[2 + i] = (struct pollfd){.fd = peer->fd, .events = peer->reply.data != NULL ? POLLOUT : POLLIN};
    }
    if (poll(fds, TT_COUNT(fds), plan(control)) < 0)
        return;
    for (size_t i = 0; i < TT_COUNT(control->peers); i++) {
        struct peer *peer = &control->peers[i];
        if (fds[2 + i].revents == 0 || is_stopping(control))
            continue;
        if (peer->reply.data == NULL)
            read_line(control, peer);
        if (peer->fd >= 0 && peer->reply.data != NULL)
            write_reply(peer);
    }
    end_overdue(control);
    if (fds[1].revents != 0)
        accept_all(control);
}

static void destroy(struct tt_control *control)
{
    tt_unix_close(&control->listener);
    if (control->wake_fd >= 0)
        close(control->wake_fd);
    pthread_mutex_destroy(&control->lock);
    free(control);
}

static void *run(void *arg)
{
    struct tt_control *control = arg;
    bool is_abandoned;

    while (!is_stopping(control))
        turn(control);
    for (size_t i = 0; i < TT_COUNT(control->peers); i++) {
        struct peer *peer = &control->peers[i];
        if (peer->fd >= 0 && peer->reply.data != NULL)
            write_reply(peer);
        if (peer->fd >= 0)
            end_peer(peer);
    }
    pthread_mutex_lock(&control->lock);
    control->has_ended = true;
    is_abandoned = control->is_abandoned;
    pthread_mutex_unlock(&control->lock);
    if (is_abandoned)
        destroy(control);
    return NULL;
}

static int start(struct tt_control *control, const char *path, char *why)
{
    int err = tt_unix_listen(path, SOCKET_MODE, NULL, &control->listener, why);

    if (err != TT_OK)
        return err;
    control->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    err = control->wake_fd < 0 ? TT_EAGAIN : tt_thread_start(&control->thread, "tt-control", run, control);
    if (err != TT_OK)
        snprintf(why, TT_UNIX_WHY_MAX, "no descriptor or no thread for it");
    return err;
}

int tt_control_new(const char *path, const struct tt_control_command *commands, void *arg,
                   struct tt_control **out)
{
    struct tt_control *control = calloc(1, sizeof(*control));
    char why[TT_UNIX_WHY_MAX] = "no memory";
    int err = TT_ENOMEM;

    *out = NULL;
    if (control != NULL) {
        pthread_mutex_init(&control->lock, NULL);
        control->commands = commands;
        control->arg = arg;
        control->wake_fd = -1;
        for (size_t i = 0; i < TT_COUNT(control->peers); i++)
            control->peers[i].fd = -1;
        err = start(control, path, why);
    }
    if (err == TT_OK) {
        *out = control;
        return TT_OK;
    }
    tt_log(TT_LOG_WARNING, "control: not served: %s", why);
    if (control != NULL)
        destroy(control);
    return err;
}

void tt_control_count(struct tt_control *control, struct tt_control_counts *counts)
{
    *counts = (struct tt_control_counts){0};
    if (control == NULL)
        return;
    pthread_mutex_lock(&control->lock);
    *counts = control->counts;
    pthread_mutex_unlock(&control->lock);
}

bool tt_control_free(struct tt_control **control_at, uint64_t deadline_ns)
{
    struct tt_control *control = *control_at;
    uint64_t one = 1;
    pthread_t thread;
    bool has_ended;

    *control_at = NULL;
    if (control == NULL)
        return true;
    thread = control->thread;
    pthread_mutex_lock(&control->lock);
    control->is_stopping = true;
    tt_unix_unlink(&control->listener); /* the path is free for a successor */
    pthread_mutex_unlock(&control->lock);
    if (write(control->wake_fd, &one, sizeof(one)) < 0)
        tt_log(TT_LOG_DEBUG, "control: the thread is awake already");
    if (tt_thread_join(thread, deadline_ns) == TT_OK) {
        destroy(control);
        return true;
    }
    pthread_detach(thread);
    pthread_mutex_lock(&control->lock);
    control->is_abandoned = true;
    has_ended = control->has_ended;
    pthread_mutex_unlock(&control->lock);
    if (has_ended)
        destroy(control);
    else
        tt_log(TT_LOG_WARNING, "control: a command still runs and is left behind");
    return has_ended;
}
