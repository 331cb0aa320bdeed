/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The most frequent of many keys in fixed memory: Space-Saving (Metwally, Agrawal, El Abbadi 2005). With m
 * counters and N keys counted, every key that came more than N/m times has a counter; a counter is never too
 * low, and too high by its error at most, which is at most N/m; all counters together are exactly N. A count
 * takes constant time: counters of the same count hang on one bucket, buckets stand in order. The hash has a
 * random key, so that no client can choose keys that meet. Thread: one.
 */

#include "base/compat.h"

struct tt_top;

/* counters_n counters for keys of at most key_max bytes; memory is touched as it is used. Fails: TT_ENOMEM,
 * TT_EINVAL (no counters, or so many that numbers of 32 bits do not reach). */
int tt_top_new(unsigned counters_n, unsigned key_max, struct tt_top **top);
void tt_top_free(struct tt_top **top);

/* Counts one; len: at most key_max. */
void tt_top_add(struct tt_top *top, const void *key, unsigned len);

/* How many were counted since the last clear. */
uint64_t tt_top_total(const struct tt_top *top);

struct tt_top_entry {
    const uint8_t *key; /* lends until the next add or clear */
    unsigned len;
    uint64_t count, error;
};

/* The entries_max with the highest counts, highest first. Returns how many. */
unsigned tt_top_list(const struct tt_top *top, struct tt_top_entry *entries, unsigned entries_max);

/* All of it is as new. */
void tt_top_clear(struct tt_top *top);
