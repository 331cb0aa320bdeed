/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * When remote write takes its samples: at multiples of the interval of the wall clock, each at most
 * once, never at or before a time already used, and never so far ahead of the receiver's own clock
 * that it would refuse. Thread: the sink's own.
 */

#include "base/compat.h"

/* Receivers refuse what lies further in the future than this. */
#define TT_RW_AHEAD_MAX_MS (10 * 60 * INT64_C(1000))

struct tt_rw_clock {
    int64_t interval_ms;
    int64_t
        last_ms; /* the latest time used; before the first: none is due until the next multiple */
    uint64_t last_mono_ns; /* when something was due the last time, or passed over */
    int64_t server_ms;     /* the receiver's clock when it answered last; 0: it never said */
    uint64_t server_mono_ns;
};

enum tt_rw_due {
    TT_RW_DUE_NOT, /* not yet */
    TT_RW_DUE_NOW,
    TT_RW_DUE_BACK,  /* our clock was set back behind what was sent already: an interval passes
                        unused */
    TT_RW_DUE_AHEAD, /* our clock is too far ahead of the receiver's: an interval passes unused */
};

void tt_rw_clock_init(struct tt_rw_clock *clock, uint64_t interval_s);

/* The receiver answered just now and its clock said date_s (0: nothing). */
void tt_rw_clock_learn(struct tt_rw_clock *clock, int64_t date_s);

/* Whether the receiver's clock is known, and how far ours is ahead of it. */
bool tt_rw_clock_is_known(const struct tt_rw_clock *clock);
int64_t tt_rw_clock_ahead_ms(const struct tt_rw_clock *clock);

/* Our clock is behind what was used already. When nothing of that has ever arrived, restart forgets it:
 * the next multiple of our clock, as it is now, is due next. */
bool tt_rw_clock_is_back(const struct tt_rw_clock *clock);
void tt_rw_clock_restart(struct tt_rw_clock *clock);

/* Whether a time lies so far ahead of the receiver's clock, as far as that is known, that it would be
 * refused. */
bool tt_rw_clock_is_ahead(const struct tt_rw_clock *clock, int64_t time_ms);

/* What to do now; NOW: *time_ms is the multiple, and is used by that. BACK and AHEAD: once an
 * interval. */
enum tt_rw_due tt_rw_clock_due(struct tt_rw_clock *clock, int64_t *time_ms);

/* A time behind all used ones, now if possible, for the last words; it is used by that. */
int64_t tt_rw_clock_take(struct tt_rw_clock *clock);
