/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "count/hll.h"

static uint8_t registers[1 << TT_HLL_P_MAX], others[1 << TT_HLL_P_MAX];

/* A hash whose bits are as good as any: the finisher of SplitMix64. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void estimates_stay_within_five_standard_errors(void **state)
{
    static const unsigned counts[] = {1, 2, 5, 10, 100, 1000, 3000, 10000, 20000, 100000, 1000000};

    (void)state;
    for (unsigned p = 12; p <= 14; p++)
        for (size_t i = 0; i < TT_COUNT(counts); i++) {
            double error =
                counts[i] < 5 ? 0.1 : 5 * 1.04 / sqrt((double)(1 << p)) * counts[i] + 0.5;
            memset(registers, 0, sizeof(registers));
            for (unsigned n = 0; n < 2 * counts[i]; n++) /* each twice */
                tt_hll_add(registers, p, mix(n % counts[i] + ((uint64_t)i << 32)));
            double got = tt_hll_count(registers, p);
            if (fabs(got - counts[i]) > error)
                fail_msg("p %u: %u counted as %.1f", p, counts[i], got);
        }
}

static void nothing_is_zero(void **state)
{
    (void)state;
    memset(registers, 0, sizeof(registers));
    for (unsigned p = TT_HLL_P_MIN; p <= TT_HLL_P_MAX; p++)
        assert_true(tt_hll_count(registers, p) == 0);
}

static void a_register_holds_the_zeros_at_the_end_and_one(void **state)
{
    static const struct {
        uint64_t hash;
        unsigned at, value;
    } cases[] = {
        {0, 0, 53},
        {1, 1, 53},
        {UINT64_C(1) << 12 | 5, 5, 1},
        {UINT64_C(1) << 13 | 6, 6, 2},
        {UINT64_C(1) << 63, 0, 52},
        {UINT64_MAX, 4095, 1},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        memset(registers, 0, sizeof(registers));
        tt_hll_add(registers, 12, cases[i].hash);
        assert_int_equal(registers[cases[i].at], cases[i].value);
    }
}

static void merged_is_as_if_added_to_one(void **state)
{
    (void)state;
    memset(registers, 0, sizeof(registers));
    memset(others, 0, sizeof(others));
    for (unsigned n = 0; n < 30000; n++)
        tt_hll_add(n % 3 ? registers : others, 12, mix(n));
    tt_hll_merge(registers, others, 12);
    memset(others, 0, sizeof(others));
    for (unsigned n = 0; n < 30000; n++)
        tt_hll_add(others, 12, mix(n));
    assert_memory_equal(registers, others, 1 << 12);
}

/* Hostile registers give a number, not a hang or a fault. */
static void any_registers_give_a_finite_number(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        memset(registers, byte, sizeof(registers));
        registers[0] = 1;
        assert_true(isfinite(tt_hll_count(registers, 12)) && tt_hll_count(registers, 12) >= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_stay_within_five_standard_errors),
        cmocka_unit_test(nothing_is_zero),
        cmocka_unit_test(a_register_holds_the_zeros_at_the_end_and_one),
        cmocka_unit_test(merged_is_as_if_added_to_one),
        cmocka_unit_test(any_registers_give_a_finite_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
