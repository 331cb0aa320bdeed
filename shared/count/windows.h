/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Windows on the wall clock's multiples, two of which are open: the older one stays open a second beyond its
 * end, so that what comes late from a thread still counts in its own. What is later than that counts in the
 * older one, what is from ahead in the newer one. Pure arithmetic; times in µs of the wall clock.
 */

#include "base/compat.h"

enum { TT_WINDOWS_LATE_US = 1000000, TT_WINDOWS_OPEN_N = 2 };

struct tt_windows {
    uint64_t len_us;
    uint64_t oldest; /* number of the older open window: it began at oldest · len_us */
};

void tt_windows_init(struct tt_windows *windows, uint64_t len_us, uint64_t now_us);

/* Which of the open windows a time is in: 0 or 1, the same for as long as that window is open. */
static inline unsigned tt_windows_slot(const struct tt_windows *windows, uint64_t time_us)
{
    uint64_t n = time_us / windows->len_us;

    n = TT_MAX(n, windows->oldest);
    return (unsigned)(TT_MIN(n, windows->oldest + 1) & 1);
}

/* Told of a window that is over: its place, and when it began. */
typedef void (*tt_windows_over_f)(void *arg, unsigned slot, uint64_t start_us);

/* Tells of each open window that is over at now_us, the older one first, and moves on. A clock that jumped by
 * more than what is open, ahead or back, ends both. */
void tt_windows_close(struct tt_windows *windows, uint64_t now_us, tt_windows_over_f over, void *arg);

/* Tells of both, over or not, and begins anew at now_us. */
void tt_windows_end(struct tt_windows *windows, uint64_t now_us, tt_windows_over_f over, void *arg);
