/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/clock.h"

#include <time.h>

#include "base/buf.h"

static uint64_t read_mono_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t read_wall_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t (*mono_source)(void) = read_mono_ns;
static uint64_t (*wall_source)(void) = read_wall_us;

uint64_t tt_clock_mono_ns(void)
{
    return mono_source();
}

uint64_t tt_clock_wall_us(void)
{
    return wall_source();
}

void tt_clock_set(uint64_t (*mono_ns)(void), uint64_t (*wall_us)(void))
{
    mono_source = mono_ns != NULL ? mono_ns : read_mono_ns;
    wall_source = wall_us != NULL ? wall_us : read_wall_us;
}

static void put_digits(char *at, unsigned value, unsigned digits)
{
    for (; digits > 0; digits--, value /= 10)
        at[digits - 1] = (char)('0' + value % 10);
}

/* Days since 1970 to a civil date; the year starts in March so that the leap day comes last. */
static void civil_date(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    uint64_t z = days + 719468;
    unsigned era_day = (unsigned)(z % 146097);
    unsigned era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    unsigned year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
    unsigned shifted = (5 * year_day + 2) / 153;

    *day = year_day - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = (unsigned)(z / 146097) * 400 + era_year + (*month <= 2);
}

void tt_clock_format_us(struct tt_buf *buf, uint64_t wall_us)
{
    uint64_t us = TT_MIN(wall_us, TT_CLOCK_WALL_US_MAX), seconds = us / 1000000u;
    unsigned in_day = (unsigned)(seconds % 86400);
    unsigned year, month, day;
    char *at = tt_buf_room(buf, 27);

    if (at == NULL)
        return;
    civil_date(seconds / 86400, &year, &month, &day);
    memcpy(at, "0000-00-00T00:00:00.000000Z", 27);
    put_digits(at, year, 4);
    put_digits(at + 5, month, 2);
    put_digits(at + 8, day, 2);
    put_digits(at + 11, in_day / 3600, 2);
    put_digits(at + 14, in_day / 60 % 60, 2);
    put_digits(at + 17, in_day % 60, 2);
    put_digits(at + 20, (unsigned)(us % 1000000u), 6);
}
