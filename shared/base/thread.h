/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Threads of ours inside somebody else's process: named tt-…, all signals blocked. */

#include <pthread.h>

#include "base/compat.h"

typedef void *(*tt_thread_f)(void *arg);

/* Starts a thread; name is cut to 15 bytes (Linux). Fails: TT_EAGAIN. Thread: any but a worker. */
int tt_thread_start(pthread_t *thread, const char *name, tt_thread_f run, void *arg);

/* Joins a thread until the monotonic time deadline_ns. Fails: TT_EAGAIN (it still runs). */
int tt_thread_join(pthread_t thread, uint64_t deadline_ns);

/* Locks a mutex until the monotonic time deadline_ns. False: time is up, it is not locked. */
bool tt_mutex_lock(pthread_mutex_t *mutex, uint64_t deadline_ns);

/* A condition variable that waits on the monotonic clock. Fails: TT_ENOMEM. */
int tt_cond_init(pthread_cond_t *cond);

/* Waits until signalled or monotonic time deadline_ns; the mutex is held. False: time is up. */
bool tt_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns);
