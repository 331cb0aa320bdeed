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

/* Two digits of a number below 100. */
static inline void put_pair(char *at, unsigned value)
{
    static const char digits[] = "00010203040506070809101112131415161718192021222324"
                                 "25262728293031323334353637383940414243444546474849"
                                 "50515253545556575859606162636465666768697071727374"
                                 "75767778798081828384858687888990919293949596979899";

    memcpy(at, digits + (size_t)2 * value, 2);
}

/* Days since 1970 to a civil date; the year starts in March so that the leap day comes last. */
static void civil_date(unsigned days, unsigned *year, unsigned *month, unsigned *day)
{
    unsigned z = days + 719468;
    unsigned era_day = z % 146097;
    unsigned era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    unsigned year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
    unsigned shifted = (5 * year_day + 2) / 153;

    *day = year_day - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = z / 146097 * 400 + era_year + (*month <= 2);
}

char *tt_clock_write_us(char *at, uint64_t wall_us)
{
    uint64_t us = TT_MIN(wall_us, TT_CLOCK_WALL_US_MAX), seconds = us / 1000000u;
    unsigned days = (unsigned)(seconds / 86400), in_day = (unsigned)(seconds % 86400);
    unsigned rest = (unsigned)(us % 1000000u);
    unsigned year, month, day;

    civil_date(days, &year, &month, &day);
    memcpy(at, "0000-00-00T00:00:00.000000Z", TT_CLOCK_TEXT_LEN);
    put_pair(at, year / 100);
    put_pair(at + 2, year % 100);
    put_pair(at + 5, month);
    put_pair(at + 8, day);
    put_pair(at + 11, in_day / 3600);
    put_pair(at + 14, in_day / 60 % 60);
    put_pair(at + 17, in_day % 60);
    put_pair(at + 20, rest / 10000);
    put_pair(at + 22, rest / 100 % 100);
    put_pair(at + 24, rest % 100);
    return at + TT_CLOCK_TEXT_LEN;
}

void tt_clock_format_us(struct tt_buf *buf, uint64_t wall_us)
{
    char *at = tt_buf_room(buf, TT_CLOCK_TEXT_LEN);

    if (at != NULL)
        tt_clock_write_us(at, wall_us);
}
