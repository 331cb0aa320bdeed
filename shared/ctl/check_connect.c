/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/check_connect.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "ctl/check_probe.h"

/* A probe takes 10 s at most by itself; a host name that is looked up may take longer. */
enum { AT_ONCE_MAX = 8, LIMIT_S = 20, QUIET_S = 2 };
#define SECOND_NS UINT64_C(1000000000)

struct tt_check_connect {
    pthread_mutex_t lock; /* guards the probes' states and the counts */
    pthread_cond_t has_changed;
    struct tt_probe *probes[TT_CONF_SINKS_MAX];
    unsigned probes_n, next, left_n;
    pthread_t workers[AT_ONCE_MAX]; /* the first ones; one in the place of another is detached */
    unsigned workers_n;
    bool shows_progress, has_line; /* on a terminal */
    uint64_t start_ns;
};

struct tt_check_connect *tt_check_connect_new(void)
{
    struct tt_check_connect *connect = calloc(1, sizeof(*connect));
    pthread_condattr_t attr;

    if (connect == NULL)
        return NULL;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&connect->lock, NULL);
    pthread_cond_init(&connect->has_changed, &attr);
    pthread_condattr_destroy(&attr);
    return connect;
}

static bool is_there(const struct tt_check_connect *connect, const struct tt_conf_sink *sink)
{
    for (unsigned i = 0; i < connect->probes_n; i++) {
        if (tt_conf_sink_equal(&connect->probes[i]->sink, sink))
            return true;
    }
    return false;
}

int tt_check_connect_add(struct tt_check_connect *connect, const struct tt_conf *conf, uint8_t software)
{
    int err = TT_OK;

    for (unsigned i = 0; i < conf->sinks_n && err == TT_OK; i++) {
        if (is_there(connect, &conf->sinks[i]) || connect->probes_n == TT_COUNT(connect->probes))
            continue;
        struct tt_probe *probe = calloc(1, sizeof(*probe));
        if (probe == NULL)
            return TT_ENOMEM;
        connect->probes[connect->probes_n++] = probe;
        err = tt_probe_init(probe, conf, &conf->sinks[i], software, &connect->lock);
    }
    return err;
}

/* Takes one probe after the other, until there are no more or one has taken so long that another thread is
 * there in the place of this one. */
static void *work(void *arg)
{
    struct tt_check_connect *connect = arg;
    bool goes_on = true;
    sigset_t broken_pipe;

    /* A peer that hangs up ends its probe, not us. */
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
    pthread_mutex_lock(&connect->lock);
    while (goes_on && connect->next < connect->probes_n) {
        struct tt_probe *probe = connect->probes[connect->next++];

        probe->state = TT_PROBE_RUNNING;
        probe->start_ns = tt_clock_mono_ns();
        pthread_mutex_unlock(&connect->lock);
        tt_probe_run(probe);
        pthread_mutex_lock(&connect->lock);
        goes_on = probe->state == TT_PROBE_RUNNING;
        if (goes_on)
            probe->state = TT_PROBE_DONE;
        pthread_cond_broadcast(&connect->has_changed);
    }
    pthread_mutex_unlock(&connect->lock);
    return NULL;
}

static void replace_worker(struct tt_check_connect *connect)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, work, connect) == 0)
        pthread_detach(thread);
}

/* With the lock, as all below. */
static void leave_overdue(struct tt_check_connect *connect, uint64_t now_ns)
{
    for (unsigned i = 0; i < connect->next; i++) {
        struct tt_probe *probe = connect->probes[i];

        if (probe->state != TT_PROBE_RUNNING || now_ns - probe->start_ns < LIMIT_S * SECOND_NS)
            continue;
        probe->state = TT_PROBE_LEFT;
        connect->left_n++;
        replace_worker(connect);
    }
}

static void clear_progress(struct tt_check_connect *connect)
{
    if (connect->has_line)
        fputs("\r\033[K", stderr);
    connect->has_line = false;
}

static void show_progress(struct tt_check_connect *connect, uint64_t now_ns)
{
    uint64_t seconds = (now_ns - connect->start_ns) / SECOND_NS;
    unsigned running_n = 0;

    if (!connect->shows_progress || seconds < QUIET_S)
        return;
    clear_progress(connect);
    fprintf(stderr, "%lu s, waiting for", (unsigned long)seconds);
    for (unsigned i = 0; i < connect->next; i++) {
        if (connect->probes[i]->state == TT_PROBE_RUNNING && ++running_n <= 4)
            fprintf(stderr, " %s", connect->probes[i]->sink.name);
    }
    if (running_n > 4)
        fprintf(stderr, " and %u more", running_n - 4);
    fflush(stderr);
    connect->has_line = true;
}

/* Until this probe is over, or the limit for it. */
static void await(struct tt_check_connect *connect, const struct tt_probe *probe)
{
    while (probe->state == TT_PROBE_WAITING || probe->state == TT_PROBE_RUNNING) {
        struct timespec until;
        uint64_t now_ns = tt_clock_mono_ns();

        leave_overdue(connect, now_ns);
        show_progress(connect, now_ns);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        if (probe->state == TT_PROBE_WAITING || probe->state == TT_PROBE_RUNNING)
            pthread_cond_timedwait(&connect->has_changed, &connect->lock, &until);
    }
    clear_progress(connect);
}

/* What is found out is printed; what libraries say on the way is not. */
static void be_quiet(enum tt_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

bool tt_check_connect_run(struct tt_check_connect *connect)
{
    bool is_fine = true;

    tt_log_set(be_quiet, NULL);
    connect->start_ns = tt_clock_mono_ns();
    connect->shows_progress = isatty(STDERR_FILENO) == 1;
    while (connect->workers_n < TT_MIN(connect->probes_n, (unsigned)AT_ONCE_MAX) &&
           pthread_create(&connect->workers[connect->workers_n], NULL, work, connect) == 0)
        connect->workers_n++;
    if (connect->workers_n == 0 && connect->probes_n > 0) {
        fputs("telltalectl check: no thread could be started\n", stderr);
        return false;
    }
    pthread_mutex_lock(&connect->lock);
    for (unsigned i = 0; i < connect->probes_n; i++) {
        await(connect, connect->probes[i]);
        is_fine = tt_probe_print(connect->probes[i]) && is_fine;
    }
    pthread_mutex_unlock(&connect->lock);
    if (connect->left_n == 0)
        tt_log_set(NULL, NULL);
    return is_fine;
}

void tt_check_connect_free(struct tt_check_connect **connect)
{
    struct tt_check_connect *old = *connect;

    *connect = NULL;
    if (old == NULL || old->left_n > 0)
        return;
    for (unsigned i = 0; i < old->workers_n; i++)
        pthread_join(old->workers[i], NULL);
    for (unsigned i = 0; i < old->probes_n; i++) {
        tt_probe_fini(old->probes[i]);
        free(old->probes[i]);
    }
    pthread_cond_destroy(&old->has_changed);
    pthread_mutex_destroy(&old->lock);
    free(old);
}
