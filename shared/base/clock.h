/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Time through one place, so that tests set it by hand. Windows use monotonic, labels wall time. */

#include "base/compat.h"

struct tt_buf;

/* CLOCK_MONOTONIC in ns; CLOCK_REALTIME in µs since 1970. Thread: any. */
uint64_t tt_clock_mono_ns(void);
uint64_t tt_clock_wall_us(void);

/* Replaces both clocks (tests); NULL gives the real one back. Thread: one, before others start. */
void tt_clock_set(uint64_t (*mono_ns)(void), uint64_t (*wall_us)(void));

/* RFC 3339 knows years of four digits: 9999-12-31T23:59:59.999999Z. */
#define TT_CLOCK_WALL_US_MAX UINT64_C(253402300799999999)

/* RFC 3339 in UTC with microseconds: 2026-11-21T09:05:00.123456Z, always 27 characters. A time after
 * TT_CLOCK_WALL_US_MAX is shown as that one. */
void tt_clock_format_us(struct tt_buf *buf, uint64_t wall_us);

/* The same through a bare cursor, TT_CLOCK_TEXT_LEN bytes. Returns the end. */
enum { TT_CLOCK_TEXT_LEN = 27 };
char *tt_clock_write_us(char *at, uint64_t wall_us);
