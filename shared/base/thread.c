/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/thread.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"

int tt_thread_start(pthread_t *thread, const char *name, tt_thread_f run, void *arg)
{
    sigset_t all, before;
    char short_name[16];
    int err;

    /* A thread inherits the mask: blocked here, no signal of the host ever lands in ours. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(thread, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err != 0)
        return TT_EAGAIN;
    snprintf(short_name, sizeof(short_name), "%s", name);
    pthread_setname_np(*thread, short_name);
    return TT_OK;
}

static struct timespec to_timespec(uint64_t ns)
{
    struct timespec ts = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    return ts;
}

#ifdef __SANITIZE_THREAD__
/* The sanitizer knows of joins and locks by wall clock only; others would be none in its eyes. */
static struct timespec to_wall(uint64_t deadline_ns)
{
    uint64_t now = tt_clock_mono_ns(), left = deadline_ns > now ? deadline_ns - now : 0;

    return to_timespec(tt_clock_wall_us() * 1000 + left);
}
#endif

int tt_thread_join(pthread_t thread, uint64_t deadline_ns)
{
#ifdef __SANITIZE_THREAD__
    struct timespec until = to_wall(deadline_ns);

    return pthread_timedjoin_np(thread, NULL, &until) == 0 ? TT_OK : TT_EAGAIN;
#else
    struct timespec until = to_timespec(deadline_ns);

    return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0 ? TT_OK : TT_EAGAIN;
#endif
}

bool tt_mutex_lock(pthread_mutex_t *mutex, uint64_t deadline_ns)
{
#ifdef __SANITIZE_THREAD__
    struct timespec until = to_wall(deadline_ns);

    return pthread_mutex_timedlock(mutex, &until) == 0;
#else
    struct timespec until = to_timespec(deadline_ns);

    return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until) == 0;
#endif
}

int tt_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    int err;

    if (pthread_condattr_init(&attr) != 0)
        return TT_ENOMEM;
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    err = pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
    return err == 0 ? TT_OK : TT_ENOMEM;
}

bool tt_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    struct timespec until = to_timespec(deadline_ns);

    return pthread_cond_timedwait(cond, mutex, &until) == 0;
}
