/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "remote_write_test.h"
#include "sink/remote_write_clock.h"

/* One look at the clock after wall and monotonic time went on by so much. */
struct look {
    int64_t wall_ms, mono_ms;
    enum tt_rw_due expect;
    int64_t time_s; /* after the start, of NOW */
};

static void run_looks(struct tt_rw_clock *clock, const struct look *looks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t time_ms = 0;
        hand_wall_us += (uint64_t)(looks[i].wall_ms * 1000);
        hand_mono_ns += (uint64_t)(looks[i].mono_ms * 1000000);
        if (tt_rw_clock_due(clock, &time_ms) != looks[i].expect)
            fail_msg("look %zu", i);
        if (looks[i].expect == TT_RW_DUE_NOW)
            assert_int_equal(time_ms, INT64_C(1795252800000) + looks[i].time_s * 1000);
    }
}

static void samples_are_taken_once_at_multiples_of_the_interval(void **state)
{
    static const struct look looks[] = {
        {0, 0, TT_RW_DUE_NOT, 0},          {14999, 14999, TT_RW_DUE_NOT, 0},
        {1, 1, TT_RW_DUE_NOW, 15},         {0, 0, TT_RW_DUE_NOT, 0},
        {14000, 14000, TT_RW_DUE_NOT, 0},  {1900, 1900, TT_RW_DUE_NOW, 30},
        {74000, 74000, TT_RW_DUE_NOW, 90}, /* slept over some */
        {99, 99, TT_RW_DUE_NOT, 0},
    };
    struct tt_rw_clock clock;

    (void)state;
    tt_rw_clock_init(&clock, 15);
    run_looks(&clock, looks, TT_COUNT(looks));
}

static void a_clock_that_goes_back_waits_until_it_has_caught_up(void **state)
{
    static const struct look looks[] = {
        {15000, 15000, TT_RW_DUE_NOW, 15},
        {-3600000, 1000, TT_RW_DUE_NOT, 0}, /* the interval is not over yet */
        {14000, 14000, TT_RW_DUE_BACK, 0},
        {1000, 1000, TT_RW_DUE_NOT, 0},
        {14000, 14000, TT_RW_DUE_BACK, 0},
        {3600000 - 29000, 1000, TT_RW_DUE_NOT, 0},
        {15000, 15000, TT_RW_DUE_NOW, 30},
    };
    struct tt_rw_clock clock;

    (void)state;
    tt_rw_clock_init(&clock, 15);
    run_looks(&clock, looks, TT_COUNT(looks));
}

static void a_clock_far_ahead_of_the_receivers_takes_nothing(void **state)
{
    static const struct look looks[] = {
        {15000, 15000, TT_RW_DUE_NOW, 15},
        {599000, 15000, TT_RW_DUE_NOW, 600}, /* 10 min less some: receivers take that */
        {86400000, 15000, TT_RW_DUE_AHEAD, 0},
        {1000, 1000, TT_RW_DUE_NOT, 0},
        {15000, 15000, TT_RW_DUE_AHEAD, 0},
        {-86400000 - 599000 + 15000, 15000, TT_RW_DUE_BACK, 0}, /* behind the one at 600 */
        {600000, 600000, TT_RW_DUE_NOW, 645},
    };
    struct tt_rw_clock clock;

    (void)state;
    tt_rw_clock_init(&clock, 15);
    tt_rw_clock_learn(&clock, (int64_t)(hand_wall_us / 1000000));
    run_looks(&clock, looks, TT_COUNT(looks));
}

static void a_step_that_the_receiver_knows_of_is_fine(void **state)
{
    static const struct look looks[] = {{86400000, 15000, TT_RW_DUE_NOW, 86400}};
    struct tt_rw_clock clock;

    (void)state;
    tt_rw_clock_init(&clock, 15);
    tt_rw_clock_learn(&clock, (int64_t)(hand_wall_us / 1000000) + 86385);
    run_looks(&clock, looks, TT_COUNT(looks));
}

static void last_words_come_after_all_others(void **state)
{
    struct tt_rw_clock clock;
    int64_t time_ms;

    (void)state;
    tt_rw_clock_init(&clock, 15);
    pass_ms(15000);
    assert_int_equal(tt_rw_clock_due(&clock, &time_ms), TT_RW_DUE_NOW);
    assert_int_equal(tt_rw_clock_take(&clock), time_ms + 1);
    pass_ms(7000);
    assert_int_equal(tt_rw_clock_take(&clock), time_ms + 7000);
    hand_wall_us -= 3600000000;
    assert_int_equal(tt_rw_clock_take(&clock), time_ms + 7001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(samples_are_taken_once_at_multiples_of_the_interval, reset),
        cmocka_unit_test_setup(a_clock_that_goes_back_waits_until_it_has_caught_up, reset),
        cmocka_unit_test_setup(a_clock_far_ahead_of_the_receivers_takes_nothing, reset),
        cmocka_unit_test_setup(a_step_that_the_receiver_knows_of_is_fine, reset),
        cmocka_unit_test_setup(last_words_come_after_all_others, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
