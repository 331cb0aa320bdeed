/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "count/windows.h"

/* The first window that is not over. */
static uint64_t first_open(uint64_t len_us, uint64_t now_us)
{
    return (now_us > TT_WINDOWS_LATE_US ? now_us - TT_WINDOWS_LATE_US : 0) / len_us;
}

void tt_windows_init(struct tt_windows *windows, uint64_t len_us, uint64_t now_us)
{
    *windows = (struct tt_windows){len_us, first_open(len_us, now_us)};
}

static void tell(struct tt_windows *windows, tt_windows_over_f over, void *arg)
{
    uint64_t n = windows->oldest++;

    over(arg, (unsigned)(n & 1), n * windows->len_us);
}

void tt_windows_end(struct tt_windows *windows, uint64_t now_us, tt_windows_over_f over, void *arg)
{
    for (int i = 0; i < TT_WINDOWS_OPEN_N; i++)
        tell(windows, over, arg);
    tt_windows_init(windows, windows->len_us, now_us);
}

void tt_windows_close(struct tt_windows *windows, uint64_t now_us, tt_windows_over_f over, void *arg)
{
    uint64_t open = first_open(windows->len_us, now_us);

    if (open == windows->oldest + 1)
        tell(windows, over, arg);
    else if (open > windows->oldest || now_us / windows->len_us + 1 < windows->oldest)
        tt_windows_end(windows, now_us, over, arg);
}
