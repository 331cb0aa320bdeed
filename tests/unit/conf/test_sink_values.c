/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What becomes of a sink: defaults by its type, values, copies. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/remote.h"

#define ONE(rest) "sinks: [ { " rest " } ]"
#define KAFKA(rest) ONE("type: kafka, brokers: '127.0.0.1:9092', " rest)
#define WRITE(rest) ONE("type: remote_write, url: 'https://m/push', " rest)
#define LOKI(rest) ONE("type: loki, url: 'https://l/push', " rest)
#define DNSTAP(rest) ONE("type: dnstap, " rest)
#define FAR(rest) ONE("type: kafka, brokers: 'k1:9093', " rest)
#define USER "user: u, password_file: p"

static struct tt_conf *load(const char *text)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;

    if (tt_conf_parse_text(text, strlen(text), "/etc/t.yaml", 1, &conf, &errors) != TT_OK)
        print_error("%s", errors.text);
    assert_non_null(conf);
    return conf;
}

enum {
    EVENTS = 1 << TT_TOPIC_ENRICHED | 1 << TT_TOPIC_ALERTS | 1 << TT_TOPIC_BOOKS,
    ALERTS = 1 << TT_TOPIC_ALERTS,
    AGGREGATES = 1 << TT_TOPIC_AGGREGATES
};

static const struct {
    const char *yaml;
    unsigned topics, spooled, timeout_s;
    uint8_t encoding, mechanism;
    const char *path, *spool;
} defaults[] = {
    {"", EVENTS, 0, 0, TT_ENCODING_JSON, TT_AUTH_NONE, "{state_dir}/events.jsonl", NULL},
    {ONE("type: file, path: a"), EVENTS, 0, 0, TT_ENCODING_JSON, TT_AUTH_NONE, "/etc/a", NULL},
    {KAFKA(""), EVENTS, ALERTS, 0, TT_ENCODING_JSON, TT_AUTH_NONE, NULL, "{state_dir}/spool/kafka"},
    {KAFKA("name: bus, encoding: protobuf"), EVENTS, ALERTS, 0, TT_ENCODING_PROTOBUF, TT_AUTH_NONE, NULL,
     "{state_dir}/spool/bus"},
    {KAFKA("topics: [raw]"), 1 << TT_TOPIC_RAW, 0, 0, TT_ENCODING_JSON, TT_AUTH_NONE, NULL, NULL},
    {KAFKA("topics: [raw], spool: {}"), 1 << TT_TOPIC_RAW, 1 << TT_TOPIC_RAW, 0, TT_ENCODING_JSON,
     TT_AUTH_NONE, NULL, "{state_dir}/spool/kafka"},
    {KAFKA("spool: off"), EVENTS, 0, 0, TT_ENCODING_JSON, TT_AUTH_NONE, NULL, NULL},
    {KAFKA("spool: { topics: [enriched], path: s }, auth: { mechanism: plain, " USER " }"), EVENTS,
     1 << TT_TOPIC_ENRICHED, 0, TT_ENCODING_JSON, TT_AUTH_PLAIN, NULL, "/etc/s"},
    {WRITE(""), 1 << TT_TOPIC_METRICS, 0, 30, TT_ENCODING_JSON, TT_AUTH_NONE, NULL, NULL},
    {WRITE("timeout: 7s, auth: { " USER " }"), 1 << TT_TOPIC_METRICS, 0, 7, TT_ENCODING_JSON, TT_AUTH_BASIC,
     NULL, NULL},
    {LOKI("auth: { token_file: t }"), ALERTS | AGGREGATES, 0, 10, TT_ENCODING_JSON, TT_AUTH_BEARER, NULL,
     NULL},
    {LOKI("spool: {}"), ALERTS | AGGREGATES, ALERTS, 10, TT_ENCODING_JSON, TT_AUTH_NONE, NULL,
     "{state_dir}/spool/loki"},
    {DNSTAP("path: /s"), 1 << TT_TOPIC_DNSTAP, 0, 5, TT_ENCODING_DNSTAP, TT_AUTH_NONE, "/s", NULL},
    {DNSTAP("file: s, spool: {}"), 1 << TT_TOPIC_DNSTAP, 1 << TT_TOPIC_DNSTAP, 5, TT_ENCODING_DNSTAP,
     TT_AUTH_NONE, "/etc/s", "{state_dir}/spool/dnstap"},
};

static const uint64_t queues[] = {
    [TT_SINK_FILE] = 16 << 20, [TT_SINK_KAFKA] = 32 << 20,  [TT_SINK_REMOTE_WRITE] = 8 << 20,
    [TT_SINK_LOKI] = 16 << 20, [TT_SINK_DNSTAP] = 16 << 20,
};

static void every_type_has_its_defaults(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(defaults); i++) {
        struct tt_conf *conf = load(defaults[i].yaml);
        const struct tt_conf_sink *sink = &conf->sinks[0];

        assert_int_equal(sink->topics, defaults[i].topics);
        assert_int_equal(sink->spool.is_on ? sink->spool.topics : 0, defaults[i].spooled);
        assert_int_equal(sink->timeout_s, sink->type == TT_SINK_FILE || sink->type == TT_SINK_KAFKA
                                              ? sink->timeout_s
                                              : defaults[i].timeout_s);
        assert_int_equal(sink->encoding, defaults[i].encoding);
        assert_int_equal(sink->auth.mechanism, defaults[i].mechanism);
        assert_string_equal(sink->path != NULL ? sink->path : "",
                            defaults[i].path != NULL ? defaults[i].path : "");
        assert_string_equal(sink->spool.path != NULL ? sink->spool.path : "",
                            defaults[i].spool != NULL ? defaults[i].spool : "");
        assert_int_equal(sink->spool.size, 64 << 20);
        assert_int_equal(sink->queue, queues[sink->type]);
        assert_int_equal(conf->aggregates.is_on, sink->type == TT_SINK_LOKI);
        tt_conf_free(&conf);
    }
}

static void values_of_sinks_arrive(void **state)
{
    struct tt_conf *conf = load("{ metrics: { top: [client] }, aggregates: { window: 5m, top: 20 }, sinks: ["
                                "{ type: kafka, brokers: 'k1:1,k2:2', prefix: '', compression: zstd, "
                                "properties: { linger.ms: 7, a: true },"
                                "  tls: { ca_file: ca.pem }, registry: { url: 'https://r' } },"
                                "{ type: remote_write, url: 'http://m/x', insecure: yes, tenant: t, "
                                "interval: 1m, series_max: 500 } ] }");
    const struct tt_conf_sink *kafka = &conf->sinks[0], *write = &conf->sinks[1];

    (void)state;
    assert_true(conf->aggregates.is_on && conf->aggregates.window_s == 300 && conf->aggregates.top == 20);
    assert_int_equal(conf->metrics_top, 1 << TT_TOP_CLIENT);
    assert_string_equal(kafka->brokers, "k1:1,k2:2");
    assert_string_equal(kafka->prefix, "");
    assert_string_equal(tt_conf_compression_word(kafka->compression), "zstd");
    assert_int_equal(kafka->properties.items_n, 2);
    assert_string_equal(kafka->properties.items[0].key, "linger.ms");
    assert_string_equal(kafka->properties.items[1].value, "true");
    assert_true(kafka->tls.is_given && !kafka->is_insecure && !write->tls.is_given && write->is_insecure);
    assert_string_equal(kafka->tls.ca_file, "/etc/ca.pem");
    assert_string_equal(kafka->registry.url, "https://r");
    assert_string_equal(write->url, "http://m/x");
    assert_string_equal(write->tenant, "t");
    assert_true(write->interval_s == 60 && write->series_max == 500);
    tt_conf_free(&conf);
}

static const char *const variants[] = {
    KAFKA(""),
    FAR("tls: {}"),
    KAFKA("name: a"),
    KAFKA("prefix: a"),
    KAFKA("compression: gzip"),
    KAFKA("properties: { a: b }"),
    KAFKA("properties: { a: c }"),
    KAFKA("registry: { url: 'https://r' }"),
    KAFKA("tls: { ca_file: a }"),
    KAFKA("tls: {}"),
    KAFKA("insecure: yes"),
    KAFKA("spool: off"),
    KAFKA("spool: { size: 1GiB }"),
    KAFKA("auth: { mechanism: plain, " USER " }"),
    KAFKA("queue: 1MiB"),
    KAFKA("only: { clients: [192.0.2.0/24], names: [a], types: [A] }"),
    KAFKA("only: { clients: [192.0.2.0/25] }"),
    KAFKA("residency: [eu]"),
    KAFKA("residency: [us]"),
    KAFKA("sample: 0.5"),
    KAFKA("privacy: { client: none }"),
    KAFKA("privacy: {}"),
    KAFKA("topics: [raw]"),
    WRITE(""),
    WRITE("interval: 20s"),
    WRITE("series_max: 200"),
    WRITE("timeout: 9s"),
    WRITE("tenant: t"),
    DNSTAP("path: /x"),
    DNSTAP("file: /x"),
    DNSTAP("address: 'localhost:1'"),
};

static void copies_are_equal_and_nothing_else_is(void **state)
{
    struct tt_conf *confs[TT_COUNT(variants)];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(variants); i++)
        confs[i] = load(variants[i]);
    for (size_t i = 0; i < TT_COUNT(variants); i++) {
        struct tt_conf_sink copied;

        assert_int_equal(tt_conf_sink_copy(&copied, &confs[i]->sinks[0]), TT_OK);
        for (size_t j = 0; j < TT_COUNT(variants); j++)
            assert_int_equal(tt_conf_sink_equal(&copied, &confs[j]->sinks[0]), i == j);
        tt_conf_sink_fini(&copied);
        assert_null(copied.name);
        tt_conf_sink_fini(&copied);
    }
    for (size_t i = 0; i < TT_COUNT(variants); i++)
        tt_conf_free(&confs[i]);
}

static void loopback_is_known_by_its_text(void **state)
{
    static const struct {
        const char *host;
        bool expect;
    } rows[] = {{"127.0.0.1", true},
                    {"127.255.255.254", true},
                    {"::1", true},
                    {"localhost", true},
                    {"LOCALHOST", true},
                    {"0:0:0:0:0:0:0:1", true},
                    {"128.0.0.1", false},
                    {"0.0.0.0", false},
                    {"::", false},
                    {"::2", false},
                    {"localhost.", false},
                    {"a.localhost", false},
                    {"localhost.example", false},
                    {"127.0.0.1.example", false},
                    {"127.1", false},
                    {"::ffff:7f00:1", false},
                    {"", false}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++)
        assert_int_equal(tt_remote_is_loopback(tt_str_from(rows[i].host)), rows[i].expect);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_its_defaults),
        cmocka_unit_test(values_of_sinks_arrive),
        cmocka_unit_test(copies_are_equal_and_nothing_else_is),
        cmocka_unit_test(loopback_is_known_by_its_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
