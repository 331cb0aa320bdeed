/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A whole sink, with queue and spool, before brokers that librdkafka plays. */

#include "kafka_test.h"

static char root[64];

static uint64_t count_of(struct tt_sink *sink, enum tt_topic topic, bool is_spooled)
{
    struct tt_sink_status status;

    tt_sink_status(sink, &status);
    return is_spooled ? status.books[topic].spooled : status.books[topic].delivered;
}

static void put_to(struct tt_sink *sink, enum tt_topic topic, unsigned n)
{
    struct tt_record record = {.data = "{}", .len = 2, .topic = (uint8_t)topic, .units = 1, .time_us = 1};

    for (unsigned i = 0; i < n; i++)
        tt_sink_put(sink, &record);
    tt_sink_kick(sink);
}

#define AWAIT_SINK(condition)                                                                      \
    do {                                                                                           \
        uint64_t limit = tt_clock_mono_ns() + 30 * SECOND_NS;                                      \
        while (!(condition)) {                                                                     \
            if (tt_clock_mono_ns() > limit)                                                        \
                fail_msg("in vain: %s", #condition);                                               \
            nanosleep(&(struct timespec){0, 2000000}, NULL);                                       \
        }                                                                                          \
    } while (0)

static void a_spooled_topic_that_kafka_does_not_know_holds_up_no_alert(void **state)
{
    struct tt_sink_place place = {.names = {.state_dir = root, .software = "unbound", .n = 1},
                                  .node = "ns1",
                                  .instance = "ns1/unbound",
                                  .region = "eu"};
    struct tt_conf_sink conf = kafka_conf();
    struct tt_sink *sink;

    (void)state;
    conf.spool = (struct tt_conf_spool){
        .is_on = true, .topics = conf.topics, .size = 64 << 20, .path = (char *)(uintptr_t) "{state_dir}/spool"};
    rd_kafka_mock_topic_set_error(mock, "dns_raw", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    assert_int_equal(tt_sink_new(&conf, &place, &sink), TT_OK);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_to(sink, RAW, 1000);
    AWAIT_SINK(count_of(sink, RAW, true) == 1000);
    for (unsigned i = 1; i <= 20; i++) {
        put_to(sink, ALERTS, 1);
        AWAIT_SINK(count_of(sink, ALERTS, false) == i);
    }
    assert_int_equal(count_of(sink, RAW, true), 1000);
    rd_kafka_mock_topic_set_error(mock, "dns_raw", RD_KAFKA_RESP_ERR_NO_ERROR);
    AWAIT_SINK(count_of(sink, RAW, false) == 1000);
    assert_int_equal(count_of(sink, RAW, true), 0);
    tt_sink_stop(sink, tt_clock_mono_ns() + 5 * SECOND_NS, TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, NULL);
}

static int make_all(void **state)
{
    snprintf(root, sizeof(root), "/tmp/tt-sink-XXXXXX");
    return start_brokers(state) != 0 || mkdtemp(root) == NULL;
}

static int remove_all(void **state)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", root);
    return stop_brokers(state) != 0 || system(command) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_spooled_topic_that_kafka_does_not_know_holds_up_no_alert, make_all,
                                        remove_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
