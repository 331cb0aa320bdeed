/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"

static void format(uint64_t wall_us, char text[28])
{
    struct tt_buf buf = tt_buf_over(text, 28);

    tt_clock_format_us(&buf, wall_us);
    assert_false(buf.overflow);
    assert_int_equal(buf.len, 27);
    text[27] = '\0';
}

static void known_moments_have_their_known_text(void **state)
{
    static const struct {
        uint64_t wall_us;
        const char *expect;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {951782399999999, "2000-02-28T23:59:59.999999Z"},
        {951782400000000, "2000-02-29T00:00:00.000000Z"},
        {951868800000000, "2000-03-01T00:00:00.000000Z"},
        {1000000000000000, "2001-09-09T01:46:40.000000Z"},
        {1709164800000000, "2024-02-29T00:00:00.000000Z"},
        {1735689599999999, "2024-12-31T23:59:59.999999Z"},
        {2147483648000000, "2038-01-19T03:14:08.000000Z"},
        {4107542400000000, "2100-03-01T00:00:00.000000Z"},
        {253402300799999999, "9999-12-31T23:59:59.999999Z"},
        {253402300800000000, "9999-12-31T23:59:59.999999Z"},
        {UINT64_MAX, "9999-12-31T23:59:59.999999Z"},
    };
    char text[28];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        format(cases[i].wall_us, text);
        assert_string_equal(text, cases[i].expect);
    }
}

static void expect_as_libc(uint64_t wall_us)
{
    char text[28], date[24], expect[48];
    time_t seconds = (time_t)(wall_us / 1000000u);
    struct tm parts;

    assert_non_null(gmtime_r(&seconds, &parts));
    assert_int_equal(strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts), 19);
    snprintf(expect, sizeof(expect), "%s.%06uZ", date, (unsigned)(wall_us % 1000000u));
    format(wall_us, text);
    assert_string_equal(text, expect);
}

static void every_day_until_9999_is_the_one_libc_says(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 2932897; day++)
        expect_as_libc(day * 86400000000u + day * 7919 % 86400000000u);
}

static void random_moments_are_those_libc_says(void **state)
{
    (void)state;
    srandom(1);
    for (int i = 0; i < 500000; i++) {
        uint64_t bits = (uint64_t)random() << 31 | (uint64_t)random();
        expect_as_libc(bits % (TT_CLOCK_WALL_US_MAX + 1));
    }
}

static void without_room_nothing_is_written(void **state)
{
    char memory[27] = "#";
    struct tt_buf buf = tt_buf_over(memory, 26);

    (void)state;
    tt_clock_format_us(&buf, 0);
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 0);
    assert_int_equal(memory[0], '#');
}

static uint64_t fake_mono_ns(void)
{
    return 42;
}

static uint64_t fake_wall_us(void)
{
    return 4711;
}

static void the_clocks_are_the_systems_or_those_of_a_test(void **state)
{
    struct timespec now;
    uint64_t mono_ns, wall_us;

    (void)state;
    mono_ns = tt_clock_mono_ns();
    wall_us = tt_clock_wall_us();
    clock_gettime(CLOCK_MONOTONIC, &now);
    assert_true(mono_ns <= (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
    assert_true(mono_ns <= tt_clock_mono_ns());
    assert_true(wall_us / 1000000u >= 1767225600u);
    tt_clock_set(fake_mono_ns, fake_wall_us);
    assert_int_equal(tt_clock_mono_ns(), 42);
    assert_int_equal(tt_clock_wall_us(), 4711);
    tt_clock_set(NULL, NULL);
    assert_true(tt_clock_mono_ns() >= mono_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_moments_have_their_known_text),
        cmocka_unit_test(every_day_until_9999_is_the_one_libc_says),
        cmocka_unit_test(random_moments_are_those_libc_says),
        cmocka_unit_test(without_room_nothing_is_written),
        cmocka_unit_test(the_clocks_are_the_systems_or_those_of_a_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
