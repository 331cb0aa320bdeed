/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/remote_write_clock.h"

#include "base/clock.h"

static int64_t wall_ms(void)
{
    return (int64_t)(tt_clock_wall_us() / 1000);
}

void tt_rw_clock_init(struct tt_rw_clock *clock, uint64_t interval_s)
{
    *clock = (struct tt_rw_clock){.interval_ms = (int64_t)interval_s * 1000};
    tt_rw_clock_restart(clock);
}

bool tt_rw_clock_is_back(const struct tt_rw_clock *clock)
{
    return wall_ms() < clock->last_ms;
}

void tt_rw_clock_restart(struct tt_rw_clock *clock)
{
    clock->last_ms = wall_ms() / clock->interval_ms * clock->interval_ms;
    clock->last_mono_ns = tt_clock_mono_ns();
}

void tt_rw_clock_learn(struct tt_rw_clock *clock, int64_t date_s)
{
    if (date_s <= 0)
        return;
    clock->server_ms = date_s * 1000;
    clock->server_mono_ns = tt_clock_mono_ns();
}

bool tt_rw_clock_is_known(const struct tt_rw_clock *clock)
{
    return clock->server_ms != 0;
}

int64_t tt_rw_clock_ahead_ms(const struct tt_rw_clock *clock)
{
    int64_t since_ms = (int64_t)((tt_clock_mono_ns() - clock->server_mono_ns) / 1000000);

    return wall_ms() - (clock->server_ms + since_ms);
}

bool tt_rw_clock_is_ahead(const struct tt_rw_clock *clock, int64_t time_ms)
{
    return tt_rw_clock_is_known(clock) &&
           time_ms - wall_ms() + tt_rw_clock_ahead_ms(clock) > TT_RW_AHEAD_MAX_MS;
}

/* The rest of an interval that passes unused is not told again. */
static enum tt_rw_due pass(struct tt_rw_clock *clock, enum tt_rw_due why)
{
    uint64_t now = tt_clock_mono_ns();

    if (now - clock->last_mono_ns < (uint64_t)clock->interval_ms * 1000000)
        return TT_RW_DUE_NOT;
    clock->last_mono_ns = now;
    return why;
}

enum tt_rw_due tt_rw_clock_due(struct tt_rw_clock *clock, int64_t *time_ms)
{
    int64_t now = wall_ms(), multiple = now / clock->interval_ms * clock->interval_ms;

    if (now < clock->last_ms)
        return pass(clock, TT_RW_DUE_BACK);
    if (multiple <= clock->last_ms)
        return TT_RW_DUE_NOT;
    if (tt_rw_clock_is_ahead(clock, now))
        return pass(clock, TT_RW_DUE_AHEAD);
    clock->last_ms = multiple;
    clock->last_mono_ns = tt_clock_mono_ns();
    *time_ms = multiple;
    return TT_RW_DUE_NOW;
}

int64_t tt_rw_clock_take(struct tt_rw_clock *clock)
{
    int64_t now = wall_ms();

    clock->last_ms = now > clock->last_ms ? now : clock->last_ms + 1;
    return clock->last_ms;
}
