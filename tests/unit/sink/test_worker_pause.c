/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Pauses that the receiver asks for, while the sink runs and in its last flush. */

#include "fake_class.h"

static void a_pause_that_the_receiver_asks_for_is_kept_and_the_end_tries_once_more(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    set_mode(FAKE_ASK);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_numbered(sink, TT_TOPIC_ALERTS, 1, 1);
    AWAIT(count_of(&fake.puts_n) == 1);
    set_mode(FAKE_TAKE);
    unsigned ticks_n = count_of(&fake.ticks_n);
    AWAIT(count_of(&fake.ticks_n) >= ticks_n + 2);
    assert_int_equal(count_of(&fake.puts_n), 1);
    stop(&sink, books);
    assert_int_equal(books[TT_TOPIC_ALERTS].delivered, 1);
    check_promises();
}

static void a_pause_that_is_over_in_time_does_not_end_the_last_flush(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N];
    unsigned puts_n;

    (void)state;
    set_mode(FAKE_ASK_SHORT);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_numbered(sink, TT_TOPIC_ALERTS, 1, 1);
    AWAIT(count_of(&fake.puts_n) >= 1);
    tt_sink_stop(sink, tt_clock_mono_ns() + 60 * SECOND_NS, TT_SINK_DROP_SHUTDOWN);
    puts_n = count_of(&fake.puts_n);
    AWAIT(count_of(&fake.puts_n) >= puts_n + 4); /* one was under way, one is the first of the end */
    set_mode(FAKE_TAKE);
    tt_sink_free(&sink, books);
    assert_int_equal(books[TT_TOPIC_ALERTS].delivered, 1);
    check_promises();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_pause_that_the_receiver_asks_for_is_kept_and_the_end_tries_once_more,
                                        make_root, remove_root),
        cmocka_unit_test_setup_teardown(a_pause_that_is_over_in_time_does_not_end_the_last_flush, make_root,
                                        remove_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
