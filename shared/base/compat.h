/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What every file may take for granted: fixed-width types, attributes, the calls nobody may use. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TT_UNUSED __attribute__((unused))
#define TT_LIKELY(x) __builtin_expect(!!(x), 1)
#define TT_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define TT_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TT_MIN(a, b) ((a) < (b) ? (a) : (b))
#define TT_MAX(a, b) ((a) > (b) ? (a) : (b))

#ifdef __cplusplus
#define TT_STATIC_ASSERT(cond, text) static_assert(cond, text)
#else
#define TT_STATIC_ASSERT(cond, text) _Static_assert(cond, text)
#endif

/* Two sides of a cache line pair: the prefetcher fetches lines in twos. */
#define TT_CACHE_PAD 128
