/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The books of named's queries: what named itself has counted, against what we have begun. named's
 * counters start with the process and are never cleared, so a sum needs no memory of ours but one:
 * where the plugin was added by a reload, what had been counted before that is none of our business.
 */

#include "seats.h"
#include "telltale_host.h"

enum tt_unseen_reason {
#define REASON(name, word, source, doc) TT_UNSEEN_##name,
#include "unseen.def"
#undef REASON
    TT_UNSEEN_N
};

extern const char *const tt_unseen_words[TT_UNSEEN_N];

struct tt_unseen {
    bool has_base;
    unsigned looks_n; /* at a base that would not hold still */
    struct tt_named_counters base, since; /* since the base, at the last update */
    struct tt_host_counts counts; /* as derived last */
};

/* from_start: the plugin was there when named began to serve. Else the base is set by the updates that
 * follow: the first one during which no query began, or the TT_UNSEEN_LOOKS_MAX-th. What is the difference of
 * two counters is exact one update later: see derive. */
void tt_unseen_start(struct tt_unseen *unseen, bool from_start);

enum { TT_UNSEEN_LOOKS_MAX = 50 };

/* Takes up the counters, read after `before` and before `after`. Nothing in unseen->counts but in_flight
 * ever goes back. False: there is no base yet. Thread: one at a time. */
bool tt_unseen_update(struct tt_unseen *unseen, const struct tt_seat_counts *before,
                      const struct tt_named_counters *now, const struct tt_seat_counts *after);
