/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * How the thread learns of lines without a system call for each: while lines come it looks every 20 ms,
 * and sooner when a quarter of a ring is full; when none came for a while it sleeps, and the next line
 * wakes it. So the pipeline pays one call per MiB, or one per line when lines are rare.
 */

#include "sink/tap.h"

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
#include "sink/tap_reader.h"

#define MS_NS UINT64_C(1000000)

enum { TURN_MS = 20, ACCEPT_PAUSE_MS = 1000, NO_PROGRESS_MS = 100, JOIN_GRACE_MS = 100 };

/* More than this in a ring, and the thread is woken. */
static const size_t wake_soon = TT_TAP_READER_BYTES / 4, wake_at_once = 0, wake_never = SIZE_MAX;

struct tt_tap {
    pthread_t thread;
    struct tt_listener listener;
    int wake_fd;
    unsigned readers_n; /* atomic; the thread writes */

    /* under lock */
    pthread_mutex_t lock;
    struct tt_tap_reader readers[TT_TAP_READERS_MAX];
    size_t wake_above;
    uint64_t attached, refused;
    bool is_stopping;
    uint64_t deadline_ns;

    /* the thread's own */
    uint64_t accept_from_ns; /* no descriptors left: not before then */
    bool has_worked;         /* something was written in the last turn */
    bool has_more;
    struct tt_log_limit attach_limit, refuse_limit;
};

bool tt_tap_is_wanted(const struct tt_tap *tap)
{
    return tap != NULL && __atomic_load_n(&tap->readers_n, __ATOMIC_RELAXED) > 0;
}

static void wake(struct tt_tap *tap)
{
    uint64_t one = 1;
    ssize_t len = write(tap->wake_fd, &one, sizeof(one));

    (void)len; /* it fails only when the count is full: then the thread is awake */
}

/* A reader whose socket is full does not hurry anybody. The lock is held. */
static bool is_above(const struct tt_tap_reader *reader, size_t bytes)
{
    return reader->fd >= 0 && !reader->is_blocked && reader->queue.used > bytes;
}

void tt_tap_put(struct tt_tap *tap, const void *record, size_t len)
{
    bool wants_wake = false;

    if (!tt_tap_is_wanted(tap))
        return;
    pthread_mutex_lock(&tap->lock);
    for (size_t i = 0; i < TT_COUNT(tap->readers); i++) {
        struct tt_tap_reader *reader = &tap->readers[i];
        if (reader->fd < 0)
            continue;
        tt_tap_reader_offer(reader, record, (uint32_t)TT_MIN(len, UINT32_MAX));
        wants_wake |= is_above(reader, tap->wake_above);
    }
    if (wants_wake)
        tap->wake_above = wake_never;
    pthread_mutex_unlock(&tap->lock);
    if (wants_wake)
        wake(tap);
}

static void set_readers_n(struct tt_tap *tap, int change)
{
    unsigned n = __atomic_load_n(&tap->readers_n, __ATOMIC_RELAXED);

    __atomic_store_n(&tap->readers_n, (unsigned)((int)n + change), __ATOMIC_RELAXED);
}

static void refuse(struct tt_tap *tap, int fd, const struct tt_peer *peer, const char *reason)
{
    char line[200];
    int len = snprintf(line, sizeof(line), "{\"kind\":\"refused\",\"reason\":\"%s\"}\n", reason);

    pthread_mutex_lock(&tap->lock);
    tap->refused++;
    pthread_mutex_unlock(&tap->lock);
    /* The peer may be gone: then it does not want to know. */
    if (send(fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        reason = "gone before it was told";
    close(fd);
    tt_log_limited(&tap->refuse_limit, TT_LOG_WARNING, "tap: uid %u, pid %d turned away: %s", peer->uid,
                   peer->pid, reason);
}

static void attach(struct tt_tap *tap, int fd)
{
    struct tt_tap_reader *reader = tap->readers;
    struct tt_peer peer;

    while (reader < tap->readers + TT_TAP_READERS_MAX && reader->fd >= 0)
        reader++;
    if (!tt_unix_may(fd, tap->listener.group, &peer)) {
        refuse(tap, fd, &peer, "only root, the user of the host and the group of this socket may read here");
    } else if (reader == tap->readers + TT_TAP_READERS_MAX) {
        refuse(tap, fd, &peer, "there are as many readers as there may be");
    } else if (tt_tap_reader_open(reader, fd, &tap->lock) != TT_OK) {
        refuse(tap, fd, &peer, "no memory for one more reader");
    } else {
        reader->uid = peer.uid;
        reader->pid = peer.pid;
        pthread_mutex_lock(&tap->lock);
        tap->attached++;
        pthread_mutex_unlock(&tap->lock);
        set_readers_n(tap, 1);
        tt_log_limited(&tap->attach_limit, TT_LOG_INFO, "tap: uid %u, pid %d reads", peer.uid, peer.pid);
    }
}

static void leave(struct tt_tap *tap, struct tt_tap_reader *reader)
{
    set_readers_n(tap, -1);
    tt_tap_reader_close(reader, &tap->lock);
    tt_log_limited(&tap->attach_limit, TT_LOG_INFO, "tap: uid %u, pid %d reads no more", reader->uid,
                   reader->pid);
}

static void accept_all(struct tt_tap *tap)
{
    int fd;

    while ((fd = accept4(tap->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
        attach(tap, fd);
    /* Without a descriptor the connection stays in the listener's queue and would wake us all the time. */
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        tap->accept_from_ns = tt_clock_mono_ns() + ACCEPT_PAUSE_MS * MS_NS;
}

/* Returns the bytes that sockets took. */
static uint64_t send_all(struct tt_tap *tap)
{
    uint64_t bytes_n = 0;

    tap->has_more = false;
    for (size_t i = 0; i < TT_COUNT(tap->readers); i++) {
        struct tt_tap_reader *reader = &tap->readers[i];
        if (reader->fd < 0 || reader->is_blocked)
            continue;
        switch (tt_tap_reader_send(reader, &tap->lock, &bytes_n)) {
        case TT_TAP_MORE:
            tap->has_more = true;
            break;
        case TT_TAP_GONE:
            leave(tap, reader);
            break;
        case TT_TAP_DONE:
        case TT_TAP_BLOCKED:
            break;
        }
    }
    return bytes_n;
}

/* How long to wait for the next turn, in ms, and from how much on the pipeline wakes us before. */
static int plan(struct tt_tap *tap)
{
    size_t above = tap->has_worked ? wake_soon : wake_at_once;
    int wait_ms = tap->has_worked ? TURN_MS : -1;

    pthread_mutex_lock(&tap->lock);
    for (size_t i = 0; i < TT_COUNT(tap->readers); i++) {
        if (is_above(&tap->readers[i], above))
            wait_ms = 0;
    }
    if (tap->is_stopping || tap->has_more)
        wait_ms = 0;
    tap->wake_above = wait_ms == 0 ? wake_never : above;
    pthread_mutex_unlock(&tap->lock);
    if (wait_ms < 0 && tap->accept_from_ns > tt_clock_mono_ns())
        wait_ms = ACCEPT_PAUSE_MS;
    return wait_ms;
}

/* One wait; unblocks readers whose sockets have room again and lets go of those who left. */
static void wait_for(struct tt_tap *tap, int wait_ms, bool may_accept)
{
    struct pollfd fds[2 + TT_TAP_READERS_MAX] = {
        {.fd = tap->wake_fd, .events = POLLIN}, {.fd = may_accept ? tap->listener.fd : -1, .events = POLLIN}};
    uint64_t unused;

    for (size_t i = 0; i < TT_COUNT(tap->readers); i++) {
        struct tt_tap_reader *reader = &tap->readers[i];
        fds[2 + i] = (struct pollfd){.fd = reader->fd, .events = reader->is_blocked ? POLLOUT : 0};
    }
    if (poll(fds, TT_COUNT(fds), wait_ms) <= 0)
        return;
    if (fds[0].revents != 0 && read(tap->wake_fd, &unused, sizeof(unused)) < 0)
        tt_log(TT_LOG_DEBUG, "tap: woken without a reason");
    for (size_t i = 0; i < TT_COUNT(tap->readers); i++) {
        struct tt_tap_reader *reader = &tap->readers[i];
        if ((fds[2 + i].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
            leave(tap, reader);
        } else if ((fds[2 + i].revents & POLLOUT) != 0) {
            pthread_mutex_lock(&tap->lock);
            reader->is_blocked = false;
            pthread_mutex_unlock(&tap->lock);
        }
    }
    if (fds[1].revents != 0)
        accept_all(tap);
}

static bool is_stopping(struct tt_tap *tap)
{
    bool is;

    pthread_mutex_lock(&tap->lock);
    is = tap->is_stopping;
    pthread_mutex_unlock(&tap->lock);
    return is;
}

static bool has_waiting(struct tt_tap *tap)
{
    bool has = false;

    for (size_t i = 0; i < TT_COUNT(tap->readers); i++)
        has |= tap->readers[i].fd >= 0 && tap->readers[i].queue.used > 0;
    return has;
}

/* Nobody puts any more. Ends early when nobody takes: a reader that stands still holds up no exit. */
static void drain(struct tt_tap *tap)
{
    uint64_t now = tt_clock_mono_ns(), until = now + NO_PROGRESS_MS * MS_NS;

    while (has_waiting(tap) && now < TT_MIN(until, tap->deadline_ns)) {
        uint64_t left_ms = (TT_MIN(until, tap->deadline_ns) - now) / MS_NS;
        wait_for(tap, tap->has_more ? 0 : (int)left_ms + 1, false);
        now = tt_clock_mono_ns();
        if (send_all(tap) > 0)
            until = now + NO_PROGRESS_MS * MS_NS;
    }
}

static void *run(void *arg)
{
    struct tt_tap *tap = arg;

    while (!is_stopping(tap)) {
        int wait_ms = plan(tap);
        wait_for(tap, wait_ms, tap->accept_from_ns <= tt_clock_mono_ns());
        tap->has_worked = send_all(tap) > 0;
    }
    tt_unix_close(&tap->listener);
    send_all(tap);
    drain(tap);
    for (size_t i = 0; i < TT_COUNT(tap->readers); i++) {
        if (tap->readers[i].fd >= 0)
            leave(tap, &tap->readers[i]);
    }
    return NULL;
}

static void destroy(struct tt_tap *tap)
{
    tt_unix_close(&tap->listener);
    if (tap->wake_fd >= 0)
        close(tap->wake_fd);
    pthread_mutex_destroy(&tap->lock);
    free(tap);
}

static int start(struct tt_tap *tap, const char *path, const struct tt_conf *conf, char *why)
{
    int err = tt_unix_listen(path, conf->tap_mode, conf->tap_group, &tap->listener, why);

    if (err != TT_OK)
        return err;
    tap->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    err = tap->wake_fd < 0 ? TT_EAGAIN : tt_thread_start(&tap->thread, "tt-tap", run, tap);
    if (err != TT_OK)
        snprintf(why, TT_UNIX_WHY_MAX, "no descriptor or no thread for it");
    return err;
}

int tt_tap_new(const struct tt_conf *conf, const struct tt_conf_names *names, struct tt_tap **out)
{
    char path[TT_CONF_PATH_MAX + 1] = "", why[TT_UNIX_WHY_MAX] = "no memory, or its path is too long";
    struct tt_tap *tap = calloc(1, sizeof(*tap));
    int err = tap != NULL ? tt_conf_expand(conf->tap_path, names, path, sizeof(path)) : TT_ENOMEM;

    *out = NULL;
    if (tap != NULL) {
        pthread_mutex_init(&tap->lock, NULL);
        tap->wake_fd = tap->listener.fd = -1;
        for (size_t i = 0; i < TT_COUNT(tap->readers); i++)
            tap->readers[i].fd = -1;
    }
    if (err == TT_OK)
        err = start(tap, path, conf, why);
    if (err == TT_OK) {
        *out = tap;
        return TT_OK;
    }
    tt_log(TT_LOG_WARNING, "tap: not served: %s", why);
    if (tap != NULL)
        destroy(tap);
    return err;
}

void tt_tap_count(struct tt_tap *tap, struct tt_tap_counts *counts)
{
    *counts = (struct tt_tap_counts){0};
    if (tap == NULL)
        return;
    pthread_mutex_lock(&tap->lock);
    counts->attached = tap->attached;
    counts->refused = tap->refused;
    for (size_t i = 0; i < TT_COUNT(tap->readers); i++) {
        const struct tt_tap_reader *reader = &tap->readers[i];
        counts->readers += reader->fd >= 0;
        counts->offered += reader->offered;
        counts->sent += reader->sent;
        counts->dropped += reader->dropped;
        counts->waiting += reader->waiting;
    }
    pthread_mutex_unlock(&tap->lock);
}

void tt_tap_free(struct tt_tap **tap_at, uint64_t deadline_ns)
{
    struct tt_tap *tap = *tap_at;

    *tap_at = NULL;
    if (tap == NULL)
        return;
    pthread_mutex_lock(&tap->lock);
    tap->is_stopping = true;
    tap->deadline_ns = deadline_ns;
    pthread_mutex_unlock(&tap->lock);
    wake(tap);
    if (tt_thread_join(tap->thread, TT_MAX(deadline_ns, tt_clock_mono_ns()) + JOIN_GRACE_MS * MS_NS) ==
        TT_OK) {
        destroy(tap);
        return;
    }
    pthread_detach(tap->thread);
    tt_log(TT_LOG_WARNING, "tap: its thread does not come back and is left behind");
}
