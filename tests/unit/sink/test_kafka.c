/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "kafka_test.h"

enum { API_PRODUCE = 0 };

/* All messages of a topic, until n are there. */
static unsigned read_back(const char *topic, rd_kafka_message_t **messages, unsigned n,
                          rd_kafka_t **consumer)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *parts = rd_kafka_topic_partition_list_new(4);
    uint64_t limit = tt_clock_mono_ns() + 30 * SECOND_NS;
    unsigned got = 0;

    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(mock), NULL, 0);
    rd_kafka_conf_set(conf, "group.id", "test", NULL, 0);
    *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
    assert_non_null(*consumer);
    rd_kafka_poll_set_consumer(*consumer);
    for (int i = 0; i < 4; i++)
        rd_kafka_topic_partition_list_add(parts, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(*consumer, parts);
    rd_kafka_topic_partition_list_destroy(parts);
    while (got < n && tt_clock_mono_ns() < limit) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(*consumer, 100);
        if (message != NULL && message->err == 0)
            messages[got++] = message;
        else if (message != NULL)
            rd_kafka_message_destroy(message);
    }
    return got;
}

static void check_header(const rd_kafka_message_t *message, const char *name, const void *expect,
                         size_t len)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t got = 0;

    assert_int_equal(rd_kafka_message_headers(message, &headers), 0);
    assert_int_equal(rd_kafka_header_get_last(headers, name, &value, &got), 0);
    assert_int_equal(got, len);
    assert_memory_equal(value, expect, len);
}

static void a_record_arrives_with_its_key_headers_and_time(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    struct tt_sink_record record = record_of(RAW, "example.com", "{}");
    rd_kafka_message_t *messages[1];
    rd_kafka_timestamp_type_t kind;
    rd_kafka_t *consumer;

    (void)state;
    assert_int_equal(open_kafka(&conf), TT_OK);
    assert_int_equal(put(&record, 1), TT_OK);
    AWAIT(fates[TT_FATE_DELIVERED] == 1);
    assert_int_equal(read_back("dns_raw", messages, 1, &consumer), 1);
    assert_memory_equal(messages[0]->payload, "{}", 2);
    assert_int_equal(messages[0]->key_len, 11);
    assert_memory_equal(messages[0]->key, "example.com", 11);
    check_header(messages[0], "id", record.id, 16);
    check_header(messages[0], "schema", "telltale.v1/dns", 15);
    check_header(messages[0], "region", "eu", 2);
    assert_int_equal(rd_kafka_message_timestamp(messages[0], &kind), 1700000000123);
    rd_kafka_message_destroy(messages[0]);
    rd_kafka_destroy(consumer);
}

/* The headers of one that arrived serve the next. */
static void each_record_has_its_own_id_or_none(void **state)
{
    static const uint8_t ids[] = {1, 2, 0, 0, 3, 4};
    struct tt_conf_sink conf = kafka_conf();
    rd_kafka_message_t *messages[TT_COUNT(ids)];
    rd_kafka_t *consumer;

    (void)state;
    assert_int_equal(open_kafka(&conf), TT_OK);
    for (unsigned i = 0; i < TT_COUNT(ids); i++) {
        struct tt_sink_record record = record_of(RAW, "same partition", "{}");
        memset(record.id, ids[i], sizeof(record.id));
        assert_int_equal(put(&record, 1), TT_OK);
        AWAIT(fates[TT_FATE_DELIVERED] == i + 1);
    }
    assert_int_equal(read_back("dns_raw", messages, TT_COUNT(ids), &consumer), TT_COUNT(ids));
    for (unsigned i = 0; i < TT_COUNT(ids); i++) {
        rd_kafka_headers_t *headers = NULL;
        uint8_t id[16];
        memset(id, ids[i], sizeof(id));
        if (ids[i] != 0)
            check_header(messages[i], "id", id, sizeof(id));
        check_header(messages[i], "schema", "telltale.v1/dns", 15);
        check_header(messages[i], "region", "eu", 2);
        assert_int_equal(rd_kafka_message_headers(messages[i], &headers), 0);
        assert_int_equal(rd_kafka_header_cnt(headers), ids[i] != 0 ? 3 : 2);
        rd_kafka_message_destroy(messages[i]);
    }
    rd_kafka_destroy(consumer);
}

static void what_is_lent_for_the_call_only_is_copied(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    char data[] = "{\"a\":1}", key[] = "k";
    struct tt_sink_record record = record_of(ALERTS, key, data);
    rd_kafka_message_t *messages[1];
    rd_kafka_t *consumer;

    (void)state;
    record.flags = TT_RECORD_BRIEF;
    assert_int_equal(open_kafka(&conf), TT_OK);
    assert_int_equal(put(&record, 1), TT_OK);
    memset(data, 'x', sizeof(data));
    memset(key, 'x', sizeof(key));
    AWAIT(fates[TT_FATE_DELIVERED] == 1);
    assert_int_equal(read_back("dns_alerts", messages, 1, &consumer), 1);
    assert_memory_equal(messages[0]->payload, "{\"a\":1}", 7);
    assert_memory_equal(messages[0]->key, "k", 1);
    check_header(messages[0], "schema", "telltale.v1/alert", 17);
    rd_kafka_message_destroy(messages[0]);
    rd_kafka_destroy(consumer);
}

static void an_empty_key_is_none_and_no_id_no_header(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    struct tt_sink_record record = record_of(RAW, "", "{}");
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_message_t *messages[1];
    rd_kafka_t *consumer;
    const void *value;
    size_t len;

    (void)state;
    memset(record.id, 0, sizeof(record.id));
    record.time_us = tt_clock_wall_us() + 86400ull * 1000000;
    assert_int_equal(open_kafka(&conf), TT_OK);
    assert_int_equal(put(&record, 1), TT_OK);
    AWAIT(fates[TT_FATE_DELIVERED] == 1);
    assert_int_equal(read_back("dns_raw", messages, 1, &consumer), 1);
    assert_null(messages[0]->key);
    assert_int_equal(rd_kafka_message_headers(messages[0], &headers), 0);
    assert_int_equal(rd_kafka_header_get_last(headers, "id", &value, &len),
                     RD_KAFKA_RESP_ERR__NOENT);
    /* A time from a clock that runs ahead is not sent: brokers refuse it. */
    assert_in_range(rd_kafka_message_timestamp(messages[0], NULL), 1700000000000,
                    tt_clock_wall_us() / 1000);
    rd_kafka_message_destroy(messages[0]);
    rd_kafka_destroy(consumer);
}

static void an_unknown_topic_gives_its_records_back_and_holds_up_no_other(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    struct tt_sink_record records[2] = {record_of(RAW, "a", "{}"), record_of(ALERTS, "a", "{}")};

    (void)state;
    rd_kafka_mock_topic_set_error(mock, "dns_raw", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    assert_int_equal(open_kafka(&conf), TT_OK);
    assert_int_equal(put(records, 2), TT_OK);
    AWAIT(fates[TT_FATE_DELIVERED] == 1 && fates[TT_FATE_AGAIN] == 1);
    assert_string_equal(why_text, "");
    records[0].fate = records[1].fate = TT_FATE_WAITING;
    assert_int_equal(put(records, 2), TT_OK);
    assert_non_null(strstr(tt_buf_cstr(&why), "topic dns_raw is not there"));
    assert_non_null(strstr(why_text, "telltale-kafka-topics"));
    assert_int_equal(records[0].fate, TT_FATE_AGAIN);
    assert_int_equal(records[1].fate, TT_FATE_FLYING);
    /* As long as others arrive it is a warning, then a failure. */
    AWAIT(fates[TT_FATE_DELIVERED] == 2);
    assert_int_equal(put(records, 1), TT_OK);
    ((struct tt_kafka *)self)->waits_since_ns -= 20 * SECOND_NS;
    assert_int_equal(put(records, 1), TT_EAGAIN);
    rd_kafka_mock_topic_set_error(mock, "dns_raw", RD_KAFKA_RESP_ERR_NO_ERROR);
    AWAIT(records[0].fate == TT_FATE_FLYING || (put(records, 1), false));
    AWAIT(fates[TT_FATE_DELIVERED] == 3);
    assert_string_equal(why_text, "");
}

/* As a reload or a new start finds them in the queue and in the spool. */
static void records_of_a_topic_that_is_taken_no_more_are_sent_all_the_same(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    struct tt_sink_record record = record_of(ALERTS, "fp", "{}");

    (void)state;
    conf.topics = 1u << RAW;
    assert_int_equal(open_kafka(&conf), TT_OK);
    assert_int_equal(put(&record, 1), TT_OK);
    assert_int_equal(record.fate, TT_FATE_AGAIN);
    tt_buf_reset(&why);
    assert_int_equal(tt_sink_kafka.tick(self, &why), TT_EAGAIN);
    assert_non_null(strstr(tt_buf_cstr(&why), "dns_alerts"));
    tt_sink_kafka.close(self);
    assert_int_equal(tt_sink_kafka.open(self, &why), TT_OK);
    put_one(ALERTS, "fp", "{}");
    put_one(RAW, "a", "{}");
    AWAIT(fates[TT_FATE_DELIVERED] == 2);
    assert_int_equal(tt_sink_kafka.tick(self, &why), TT_OK);
}

static void errors_that_pass_are_not_seen(void **state)
{
    struct tt_conf_sink conf = kafka_conf();

    (void)state;
    assert_int_equal(open_kafka(&conf), TT_OK);
    put_one(RAW, "a", "{}");
    AWAIT(fates[TT_FATE_DELIVERED] == 1);
    rd_kafka_mock_push_request_errors(
        mock, API_PRODUCE, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    put_one(RAW, "a", "{}");
    AWAIT(fates[TT_FATE_DELIVERED] == 2);
    assert_string_equal(why_text, "");
}

static void a_batch_that_is_too_large_comes_again_in_smaller_ones(void **state)
{
    struct tt_conf_sink conf = kafka_conf();

    (void)state;
    assert_int_equal(open_kafka(&conf), TT_OK);
    rd_kafka_mock_push_request_errors(mock, API_PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    put_one(RAW, "a", "{}");
    AWAIT(fates[TT_FATE_AGAIN] == 1);
    tt_buf_reset(&why);
    assert_int_equal(tt_sink_kafka.tick(self, &why), TT_EAGAIN);
    assert_non_null(strstr(tt_buf_cstr(&why), "goes on with 250000"));
    tt_sink_kafka.close(self);
    assert_int_equal(tt_sink_kafka.open(self, &why), TT_OK);
    assert_int_equal(tt_sink_kafka.tick(self, &why), TT_OK);
    put_one(RAW, "a", "{}");
    AWAIT(fates[TT_FATE_DELIVERED] == 1);
}

static void a_record_that_is_too_large_is_dropped(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    char *data = malloc(2000001);
    struct tt_sink_record record;

    (void)state;
    memset(data, 'x', 2000000);
    data[2000000] = '\0';
    record = record_of(RAW, "a", data);
    assert_int_equal(open_kafka(&conf), TT_OK);
    assert_int_equal(put(&record, 1), TT_OK);
    assert_int_equal(record.fate, TT_FATE_TOO_LARGE);
    free(data);
}

static void after_a_fatal_error_a_new_producer_goes_on(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    struct tt_sink_record record = record_of(RAW, "a", "{}");
    struct tt_kafka *kafka;

    (void)state;
    assert_int_equal(open_kafka(&conf), TT_OK);
    kafka = self;
    for (int i = 0; i < 10; i++)
        put_one(RAW, "a", "{}");
    rd_kafka_test_fatal_error(kafka->client->rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                              "as 2.0.2 does");
    AWAIT_WHY("a new producer goes on");
    assert_int_equal(put(&record, 1), TT_ECLOSED);
    assert_int_equal(record.fate, TT_FATE_WAITING);
    assert_int_equal(tt_sink_kafka.tick(self, &why), TT_ECLOSED);
    tt_sink_kafka.close(self);
    while (reap() > 0) {
    }
    assert_int_equal(kafka->flying_n, 0);
    assert_int_equal(fates[TT_FATE_DELIVERED] + fates[TT_FATE_AGAIN] + fates[TT_FATE_MAYBE], 10);
    tt_buf_reset(&why);
    assert_int_equal(tt_sink_kafka.open(self, &why), TT_OK);
    unsigned before = fates[TT_FATE_DELIVERED];
    put_one(RAW, "a", "{}");
    AWAIT(fates[TT_FATE_DELIVERED] == before + 1);
    assert_string_equal(why_text, "");
}

static void many_records_are_each_reported_once(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    static struct tt_sink_record records[500];
    unsigned taken_n = 0;

    (void)state;
    assert_int_equal(open_kafka(&conf), TT_OK);
    while (taken_n < 60000) {
        for (unsigned i = 0; i < TT_COUNT(records); i++)
            records[i] = record_of(i % 2 == 0 ? RAW : ALERTS, i % 3 == 0 ? "a" : "bc",
                                   "{\"some\":\"record\"}");
        assert_int_equal(put(records, TT_COUNT(records)), TT_OK);
        for (unsigned i = 0; i < TT_COUNT(records); i++)
            taken_n += records[i].fate == TT_FATE_FLYING;
        reap();
    }
    AWAIT(fates[TT_FATE_DELIVERED] == taken_n);
    assert_int_equal(tt_sink_kafka.flush(self, 0), TT_OK);
    assert_int_equal(reap(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_brokers, stop_brokers)
    const struct CMUnitTest tests[] = {
        TEST(a_record_arrives_with_its_key_headers_and_time),
        TEST(each_record_has_its_own_id_or_none),
        TEST(what_is_lent_for_the_call_only_is_copied),
        TEST(an_empty_key_is_none_and_no_id_no_header),
        TEST(an_unknown_topic_gives_its_records_back_and_holds_up_no_other),
        TEST(records_of_a_topic_that_is_taken_no_more_are_sent_all_the_same),
        TEST(errors_that_pass_are_not_seen),
        TEST(a_batch_that_is_too_large_comes_again_in_smaller_ones),
        TEST(a_record_that_is_too_large_is_dropped),
        TEST(after_a_fatal_error_a_new_producer_goes_on),
        TEST(many_records_are_each_reported_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
