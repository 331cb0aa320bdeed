/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The host's clocks, read without a system call (vDSO). */

#include "telltale.h"

#include <sys/time.h>
#include <time.h>

/* µs since 1970. */
static inline uint64_t tt_moment_wall_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static inline uint64_t tt_moment_mono_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Sets time and latency of a client event: now, and since Unbound read the query. */
static inline void tt_moment_fill(struct tt_obs *obs, const struct timeval *start)
{
    uint64_t start_us =
        start != NULL ? (uint64_t)start->tv_sec * 1000000 + (uint64_t)start->tv_usec : 0;

    obs->time_us = tt_moment_wall_us();
    if (start_us == 0)
        return;
    obs->latency_us = obs->time_us > start_us
                          ? (uint32_t)TT_MIN(obs->time_us - start_us, (uint64_t)UINT32_MAX)
                          : 0;
    obs->have |= TT_HAVE_LATENCY;
}
