/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * HyperLogLog over memory of the caller: 2^p registers of one byte, p from 4 to 16, all zero at
 * first. A register takes the low p bits of the hash as its number, and one more than the zeros at
 * the end of the other bits as its value (as Redis does). Standard error 1.04 / sqrt(2^p): 1.6 %
 * for p = 12.
 *
 * Source: Flajolet, Fusy, Gandouet, Meunier, HyperLogLog (AofA 2007); the estimate is that of Ertl,
 * New cardinality estimation algorithms for HyperLogLog sketches (arXiv 1702.01284), which needs no
 * tables.
 */

#include "base/compat.h"

enum { TT_HLL_P_MIN = 4, TT_HLL_P_MAX = 16 };

/* Adds a value by its hash, all 64 bits of which count. Thread: the owner of the registers. */
static inline void tt_hll_add(uint8_t *registers, unsigned p, uint64_t hash)
{
    uint64_t rest = hash >> p | (uint64_t)1 << (64 - p);
    uint8_t value = (uint8_t)(__builtin_ctzll(rest) + 1);
    uint8_t *at = &registers[hash & (((uint64_t)1 << p) - 1)];

    if (TT_UNLIKELY(value > *at))
        *at = value;
}

/* How many different values were added, estimated. Thread: any while nobody adds. */
double tt_hll_count(const uint8_t *registers, unsigned p);

/* Makes `into` what it were if both had been added to it. Same p. */
void tt_hll_merge(uint8_t *into, const uint8_t *from, unsigned p);
