/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "relay.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "unseen.h"

enum { LINE_LEN_MAX = 1024 };

struct line {
    enum tt_log_level level;
    char text[LINE_LEN_MAX];
};

struct relay {
    /* Under `lock`. */
    pthread_mutex_t lock;
    pthread_cond_t wake; /* waits on the monotonic clock */
    bool is_running, is_stopping;
    bool holds_lines; /* the thread has run and may run again: lines wait for it */
    unsigned first, used;
    uint64_t lost; /* lines, since it was last said */
    struct line lines[TT_RELAY_LINES_MAX];

    /* Set before the thread starts. */
    const struct tt_shim *shim;
    void *lctx;
    void *thread;

    /* The thread's. */
    struct tt_core *core; /* atomic; NULL: publish nothing yet */
    bool is_told_start;   /* the life lock's */
    struct tt_unseen unseen;
};

static struct relay the_relay = {.lock = PTHREAD_MUTEX_INITIALIZER};

static enum tt_shim_log level_of(enum tt_log_level level)
{
    static const enum tt_shim_log levels[] = {
        [TT_LOG_ERROR] = TT_SHIM_ERROR,
        [TT_LOG_WARNING] = TT_SHIM_WARNING,
        [TT_LOG_INFO] = TT_SHIM_INFO,
        [TT_LOG_DEBUG] = TT_SHIM_DEBUG,
    };

    return levels[level];
}

static void write_stderr(const char *line)
{
    fprintf(stderr, "telltale: %s\n", line);
}

void tt_relay_log(enum tt_log_level level, const char *line)
{
    struct relay *relay = &the_relay;
    bool is_taken;

    pthread_mutex_lock(&relay->lock);
    is_taken = relay->is_running || (relay->holds_lines && relay->used < TT_RELAY_LINES_MAX);
    if (is_taken && relay->used < TT_RELAY_LINES_MAX) {
        struct line *to = &relay->lines[(relay->first + relay->used++) % TT_RELAY_LINES_MAX];

        to->level = level;
        snprintf(to->text, sizeof(to->text), "%s", line);
        if (relay->is_running) /* else there is no `wake` */
            pthread_cond_signal(&relay->wake);
    } else if (is_taken) {
        relay->lost++;
    }
    pthread_mutex_unlock(&relay->lock);
    if (!is_taken)
        write_stderr(line);
}

/* At the end of the process: for these no thread came. */
static void write_left(void)
{
    struct relay *relay = &the_relay;

    pthread_mutex_lock(&relay->lock);
    relay->holds_lines = false;
    for (; relay->used > 0; relay->used--, relay->first = (relay->first + 1) % TT_RELAY_LINES_MAX)
        write_stderr(relay->lines[relay->first].text);
    pthread_mutex_unlock(&relay->lock);
}

/* Called and returns with the lock held; not while writing. */
static void write_queued(struct relay *relay)
{
    struct line line;

    while (relay->used > 0 || relay->lost > 0) {
        if (relay->used > 0) {
            line = relay->lines[relay->first];
            relay->first = (relay->first + 1) % TT_RELAY_LINES_MAX;
            relay->used--;
        } else {
            line.level = TT_LOG_WARNING;
            snprintf(line.text, sizeof(line.text), "%llu log lines left out, too many at once",
                     (unsigned long long)relay->lost);
            relay->lost = 0;
        }
        pthread_mutex_unlock(&relay->lock);
        relay->shim->log(relay->lctx, level_of(line.level), line.text);
        pthread_mutex_lock(&relay->lock);
    }
}

static void publish(struct relay *relay)
{
    struct tt_core *core = __atomic_load_n(&relay->core, __ATOMIC_ACQUIRE);
    struct tt_named_counters now = {0};
    struct tt_seat_counts before, after;

    if (core == NULL || !tt_seats_have_ports())
        return;
    tt_seats_count(&before);
    if (!relay->shim->counters(&now))
        return;
    tt_seats_count(&after);
    if (tt_unseen_update(&relay->unseen, &before, &now, &after))
        tt_core_host_counts(core, &relay->unseen.counts);
}

static struct timespec next_publish(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += TT_RELAY_PUBLISH_MS * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_nsec -= 1000000000L;
        at.tv_sec++;
    }
    return at;
}

/* Until there is a line to write, it is time to publish, or the end. */
static void wait_for_work(struct relay *relay, const struct timespec *deadline)
{
    while (relay->used == 0 && relay->lost == 0 && !relay->is_stopping)
        if (pthread_cond_timedwait(&relay->wake, &relay->lock, deadline) == ETIMEDOUT)
            return;
}

static bool is_past(const struct timespec *deadline)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > deadline->tv_sec ||
           (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}

static void run(void *arg)
{
    struct relay *relay = arg;
    struct timespec deadline = next_publish();

    pthread_setname_np(pthread_self(), "tt-relay");
    pthread_mutex_lock(&relay->lock);
    while (relay->is_running) {
        wait_for_work(relay, &deadline);
        write_queued(relay);
        if (relay->is_stopping || is_past(&deadline)) {
            bool is_last = relay->is_stopping;

            pthread_mutex_unlock(&relay->lock);
            publish(relay);
            deadline = next_publish();
            pthread_mutex_lock(&relay->lock);
            /* Lines that came meanwhile have their turn first. */
            relay->is_running = !is_last || relay->used > 0 || relay->lost > 0;
        }
    }
    pthread_mutex_unlock(&relay->lock);
}

static int open_wake(struct relay *relay)
{
    pthread_condattr_t attributes;
    int err = pthread_condattr_init(&attributes);

    if (err != 0)
        return err;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    err = pthread_cond_init(&relay->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    return err;
}

/* Not running: it could not be started. */
static void set_running(struct relay *relay, bool is_running)
{
    pthread_mutex_lock(&relay->lock);
    relay->is_running = is_running;
    relay->is_stopping = false;
    if (!is_running)
        relay->holds_lines = false;
    else if (!relay->holds_lines)
        relay->holds_lines = atexit(write_left) == 0;
    pthread_mutex_unlock(&relay->lock);
}

int tt_relay_start(const struct tt_shim *shim, void *lctx)
{
    struct relay *relay = &the_relay;

    relay->shim = shim;
    relay->lctx = lctx;
    relay->thread = NULL;
    if (open_wake(relay) != 0)
        return TT_EAGAIN;
    set_running(relay, true);
    if (shim->thread_start(run, relay, &relay->thread) == 0)
        return TT_OK;
    set_running(relay, false);
    pthread_cond_destroy(&relay->wake);
    relay->shim = NULL;
    return TT_EAGAIN;
}

void tt_relay_publish_to(struct tt_core *core, bool from_start)
{
    if (!the_relay.is_told_start)
        tt_unseen_start(&the_relay.unseen, from_start);
    the_relay.is_told_start = true;
    __atomic_store_n(&the_relay.core, core, __ATOMIC_RELEASE);
}

void tt_relay_stop(void)
{
    struct relay *relay = &the_relay;

    if (relay->shim == NULL)
        return;
    pthread_mutex_lock(&relay->lock);
    relay->is_stopping = true;
    pthread_cond_signal(&relay->wake);
    pthread_mutex_unlock(&relay->lock);
    relay->shim->thread_join(relay->thread);
    pthread_cond_destroy(&relay->wake);
    relay->shim = NULL;
    __atomic_store_n(&relay->core, NULL, __ATOMIC_RELAXED);
}
