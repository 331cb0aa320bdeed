/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the tests of the Kafka sink share: brokers that librdkafka plays itself, the class driven by
 * hand. */

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "sink/kafka_state.h"

#define SECOND_NS 1000000000ull
#define RAW TT_TOPIC_RAW
#define ALERTS TT_TOPIC_ALERTS

static rd_kafka_t *mock_host;
static rd_kafka_mock_cluster_t *mock;
static void *self; /* of the class */
static char why_text[TT_SINK_WHY_MAX];
static struct tt_buf why;
static unsigned fates[16]; /* how many records had each fate, in reap or at once */

static TT_UNUSED void no_log(enum tt_log_level level, const char *line, void *arg)
{
    (void)level, (void)arg;
    if (getenv("TT_TEST_LOG") != NULL)
        fprintf(stderr, "%s\n", line);
}

static TT_UNUSED int start_brokers(void **state)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    (void)state;
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    mock_host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    assert_non_null(mock_host);
    mock = rd_kafka_mock_cluster_new(mock_host, 3);
    assert_non_null(mock);
    rd_kafka_mock_topic_create(mock, "dns_raw", 4, 3);
    rd_kafka_mock_topic_create(mock, "dns_alerts", 4, 3);
    tt_log_set(no_log, NULL);
    memset(fates, 0, sizeof(fates));
    why = tt_buf_over(why_text, sizeof(why_text));
    return 0;
}

static TT_UNUSED int stop_brokers(void **state)
{
    (void)state;
    if (self != NULL)
        tt_sink_kafka.destroy(self);
    self = NULL;
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(mock_host);
    return 0;
}

static TT_UNUSED struct tt_conf_sink kafka_conf(void)
{
    static char brokers[512], name[] = "bus", prefix[] = "dns_";
    /* What a mistake would take seconds to show, in milliseconds. */
    static struct tt_conf_pair pairs[] = {
        {(char *)(uintptr_t) "topic.metadata.propagation.max.ms", (char *)(uintptr_t) "100"},
        {(char *)(uintptr_t) "topic.metadata.refresh.interval.ms", (char *)(uintptr_t) "100"},
        {(char *)(uintptr_t) "reconnect.backoff.max.ms", (char *)(uintptr_t) "200"},
    };

    snprintf(brokers, sizeof(brokers), "%s", rd_kafka_mock_cluster_bootstraps(mock));
    return (struct tt_conf_sink){.name = name,
                                 .type = TT_SINK_KAFKA,
                                 .encoding = TT_ENCODING_JSON,
                                 .topics = 1u << RAW | 1u << ALERTS,
                                 .queue = 1 << 20,
                                 .brokers = brokers,
                                 .prefix = prefix,
                                 .properties = {pairs, TT_COUNT(pairs)}};
}

static TT_UNUSED int open_kafka(const struct tt_conf_sink *conf)
{
    struct tt_sink_place place = {.node = "ns1", .instance = "ns1/unbound", .region = "eu"};

    assert_int_equal(tt_sink_kafka.make(conf, &place, NULL, &self), TT_OK);
    tt_buf_reset(&why);
    return tt_sink_kafka.open(self, &why);
}

static TT_UNUSED struct tt_sink_record record_of(enum tt_topic topic, const char *key,
                                                 const char *data)
{
    static uint64_t token;

    return (struct tt_sink_record){.data = data,
                                   .key = key,
                                   .len = (uint32_t)strlen(data),
                                   .key_len = (uint8_t)strlen(key),
                                   .topic = (uint8_t)topic,
                                   .units = 1,
                                   .time_us = 1700000000123456,
                                   .id = {1, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                                   .token = ++token};
}

static TT_UNUSED int put(struct tt_sink_record *records, unsigned n)
{
    tt_buf_reset(&why);
    int err = tt_sink_kafka.put(self, records, n, &why);
    for (unsigned i = 0; i < n; i++)
        fates[records[i].fate]++;
    return err;
}

static TT_UNUSED void put_one(enum tt_topic topic, const char *key, const char *data)
{
    struct tt_sink_record record = record_of(topic, key, data);

    assert_int_equal(put(&record, 1), TT_OK);
    assert_int_equal(record.fate, TT_FATE_FLYING);
}

static TT_UNUSED unsigned reap(void)
{
    struct tt_sink_result results[64];

    tt_buf_reset(&why);
    unsigned n = tt_sink_kafka.reap(self, results, TT_COUNT(results), &why);
    for (unsigned i = 0; i < n; i++)
        fates[results[i].fate]++;
    tt_buf_cstr(&why);
    return n;
}

/* Reaps until the condition holds; 30 s are for a machine that is busy with something else. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        uint64_t limit = tt_clock_mono_ns() + 30 * SECOND_NS;                                      \
        while (reap(), !(condition)) {                                                             \
            if (tt_clock_mono_ns() > limit)                                                        \
                fail_msg("in vain: %s (%s)", #condition, why_text);                                \
            nanosleep(&(struct timespec){0, 2000000}, NULL);                                       \
        }                                                                                          \
    } while (0)

#define AWAIT_WHY(words) AWAIT(strstr(why_text, (words)) != NULL)
