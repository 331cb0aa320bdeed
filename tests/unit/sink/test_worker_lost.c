/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Records that a class took and never reports, not even when it is closed. */

#include "fake_class.h"

static unsigned reap_nothing(void *self, struct tt_sink_result *results, unsigned max, struct tt_buf *why)
{
    (void)self, (void)results, (void)max, (void)why;
    return 0;
}

static void what_a_class_never_reports_may_have_arrived(void **state)
{
    struct tt_sink_class forgetful = fake_async;
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink_books books[TT_TOPICS_N];
    struct tt_sink *sink;

    (void)state;
    forgetful.reap = reap_nothing;
    sink = new_fake(&forgetful, &conf);
    set_mode(FAKE_FLY);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    for (unsigned number = 0; number < 600; number++)
        put_numbered(sink, TT_TOPIC_RAW, number, 1);
    tt_sink_kick(sink);
    AWAIT(count_of(&fake.puts_n) >= 2); /* all of them fly */
    tt_sink_stop(sink, tt_clock_mono_ns() + SECOND_NS / 5, TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, books);
    check_books(&books[TT_TOPIC_RAW]);
    assert_int_equal(books[TT_TOPIC_RAW].uncertain, 600);
    assert_int_equal(books[TT_TOPIC_RAW].queued, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_class_never_reports_may_have_arrived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
