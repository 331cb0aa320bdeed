/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "count/tally.h"
#include "event/event.h"

static char page[1 << 20];

/* The samples as text, without HELP and TYPE. */
static const char *page_of(const struct tt_tally *tally)
{
    struct tt_buf buf = tt_buf_over(page, sizeof(page));
    struct tt_expo expo;

    tt_expo_init(&expo, &buf);
    tt_tally_collect(tally, tt_expo_visit, &expo);
    assert_false(buf.overflow);
    return tt_buf_cstr(&buf);
}

static struct tt_tally *new_tally(void)
{
    struct tt_tally *tally;

    assert_int_equal(tt_tally_new(&tally), TT_OK);
    return tally;
}

static struct tt_event client_event(void)
{
    struct tt_event event;

    memset(&event, 0, sizeof(event));
    TT_EVENT_SET(&event, message_type, TT_message_type_CLIENT_RESPONSE);
    TT_EVENT_SET(&event, transport, TT_transport_UDP);
    TT_EVENT_SET(&event, client_ip, ((struct tt_ip){6, {0x20, 1}}));
    TT_EVENT_SET(&event, query_type, 28);
    TT_EVENT_SET(&event, outcome, TT_outcome_ANSWERED);
    TT_EVENT_SET(&event, response_code, 3);
    TT_EVENT_SET(&event, cache_status, TT_cache_status_HIT);
    TT_EVENT_SET(&event, dnssec_status, TT_dnssec_status_SECURE);
    TT_EVENT_SET(&event, latency_us, 30);
    return event;
}

static struct tt_event upstream_event(void)
{
    struct tt_event event;

    memset(&event, 0, sizeof(event));
    TT_EVENT_SET(&event, message_type, TT_message_type_RESOLVER_RESPONSE);
    TT_EVENT_SET(&event, upstream_transport, TT_transport_TCP);
    TT_EVENT_SET(&event, outcome, TT_outcome_ANSWERED);
    TT_EVENT_SET(&event, response_code, 0);
    TT_EVENT_SET(&event, upstream_rtt_us, 2500);
    return event;
}

static void has(const struct tt_tally *tally, const char *line)
{
    if (strstr(page_of(tally), line) == NULL)
        fail_msg("no line %s in\n%s", line, page);
}

static void an_answered_query_counts_by_its_labels(void **state)
{
    struct tt_tally *tally = new_tally();
    struct tt_event event = client_event();

    (void)state;
    tt_tally_add(tally, &event);
    TT_EVENT_SET(&event, message_type, TT_message_type_AUTH_RESPONSE);
    tt_tally_add(tally, &event);
    has(tally, "telltale_queries_total{proto=\"udp\",family=\"ipv6\",type=\"AAAA\"} 2\n");
    has(tally, "telltale_responses_total{rcode=\"NXDOMAIN\",cache=\"hit\",dnssec=\"secure\"} 2\n");
    has(tally, "telltale_response_duration_seconds_bucket{cache=\"hit\",le=\"2.5e-05\"} 0\n");
    has(tally, "telltale_response_duration_seconds_bucket{cache=\"hit\",le=\"5e-05\"} 2\n");
    has(tally, "telltale_response_duration_seconds_sum{cache=\"hit\"} 6e-05\n");
    has(tally, "telltale_response_duration_seconds_count{cache=\"hit\"} 2\n");
    tt_tally_free(&tally);
    assert_null(tally);
}

static void what_is_not_known_is_unknown_and_what_is_rare_is_other(void **state)
{
    struct tt_tally *tally = new_tally();
    struct tt_event event = client_event();

    (void)state;
    memset(&event.have, 0, sizeof(event.have));
    TT_EVENT_SET(&event, message_type, TT_message_type_CLIENT_RESPONSE);
    tt_tally_add(tally, &event);
    has(tally, "telltale_queries_total{proto=\"unknown\",family=\"unknown\",type=\"unknown\"} 1\n");
    has(tally,
        "telltale_responses_total{rcode=\"unknown\",cache=\"unknown\",dnssec=\"unknown\"} 1\n");
    assert_null(strstr(page_of(tally), "duration"));
    TT_EVENT_SET(&event, query_type, 65280);
    TT_EVENT_SET(&event, response_code, 4095);
    tt_tally_add(tally, &event);
    has(tally, "type=\"other\"} 1\n");
    has(tally, "{rcode=\"other\",");
    tt_tally_free(&tally);
}

static void a_dropped_query_counts_by_its_reason(void **state)
{
    struct tt_tally *tally = new_tally();
    struct tt_event event = client_event();

    (void)state;
    TT_EVENT_SET(&event, outcome, TT_outcome_DROPPED);
    tt_tally_add(tally, &event);
    TT_EVENT_SET(&event, drop_reason, TT_drop_reason_POLICY);
    tt_tally_add(tally, &event);
    has(tally, "telltale_dropped_queries_total{reason=\"unknown\"} 1\n");
    has(tally, "telltale_dropped_queries_total{reason=\"policy\"} 1\n");
    assert_null(strstr(page_of(tally), "telltale_responses_total{"));
    assert_null(strstr(page_of(tally), "_bucket"));
    tt_tally_free(&tally);
}

static void an_exchange_counts_by_what_became_of_it(void **state)
{
    struct tt_tally *tally = new_tally();
    struct tt_event event = upstream_event();

    (void)state;
    tt_tally_add(tally, &event);
    TT_EVENT_SET(&event, message_type, TT_message_type_FORWARDER_RESPONSE);
    TT_EVENT_SET(&event, outcome, TT_outcome_TIMEOUT);
    tt_tally_add(tally, &event);
    TT_EVENT_SET(&event, message_type, TT_message_type_PROBE_RESPONSE);
    tt_tally_add(tally, &event);
    has(tally, "telltale_upstream_exchanges_total{proto=\"tcp\",result=\"answered\",rcode="
               "\"NOERROR\"} 1\n");
    has(tally, "telltale_upstream_exchanges_total{proto=\"tcp\",result=\"timeout\"} 1\n");
    has(tally, "telltale_upstream_rtt_seconds_bucket{proto=\"tcp\",le=\"0.001\"} 0\n");
    has(tally, "telltale_upstream_rtt_seconds_bucket{proto=\"tcp\",le=\"0.0025\"} 1\n");
    has(tally, "telltale_upstream_rtt_seconds_count{proto=\"tcp\"} 1\n");
    assert_null(strstr(page_of(tally), "telltale_queries_total"));
    tt_tally_free(&tally);
}

struct sums {
    double value[TT_METRICS_N];
    unsigned series[TT_METRICS_N];
    uint64_t times;
};

static void add_up(const struct tt_metric_sample *sample, void *arg)
{
    struct sums *sums = arg;
    const struct tt_metric_histogram *histogram = sample->histogram;

    sums->series[sample->metric]++;
    sums->value[sample->metric] += sample->value;
    if (histogram == NULL)
        return;
    sums->times += histogram->count;
    for (unsigned i = 1; i < histogram->buckets_n; i++)
        assert_true(histogram->cumulative[i] >= histogram->cumulative[i - 1]);
    assert_true(histogram->count >= histogram->cumulative[histogram->buckets_n - 1]);
}

/* Any combination of any numbers: sums agree, and no more series than the rows say. */
static void no_client_can_raise_the_number_of_series(void **state)
{
    struct tt_tally *tally = new_tally();
    struct sums sums = {0};
    unsigned clients = 0, upstreams = 0;

    (void)state;
    srand(3);
    for (int i = 0; i < 400000; i++) {
        struct tt_event event = i % 2 ? client_event() : upstream_event();
        TT_EVENT_SET(&event, transport, (uint8_t)(rand() % 8));
        TT_EVENT_SET(&event, upstream_transport, (uint8_t)(rand() % 8));
        TT_EVENT_SET(&event, outcome, (uint8_t)(rand() % 5));
        TT_EVENT_SET(&event, drop_reason, (uint8_t)rand());
        TT_EVENT_SET(&event, cache_status, (uint8_t)(rand() % 8));
        TT_EVENT_SET(&event, dnssec_status, (uint8_t)(rand() % 8));
        TT_EVENT_SET(&event, response_code, (uint16_t)(rand() % 32));
        TT_EVENT_SET(&event, query_type, (uint16_t)(rand() % 300));
        TT_EVENT_SET(&event, latency_us, (uint32_t)rand() * 2u);
        if (rand() % 4 == 0) {
            tt_fields_drop(&event.have, TT_FIELD_query_type);
            tt_fields_drop(&event.have, TT_FIELD_response_code);
        }
        TT_EVENT_SET(&event, message_type,
                     i % 2 ? TT_message_type_CLIENT_RESPONSE : TT_message_type_RESOLVER_RESPONSE);
        event.client_ip.family = (uint8_t)(rand() % 8);
        tt_tally_add(tally, &event);
        clients += i % 2;
        upstreams += !(i % 2);
    }
    tt_tally_collect(tally, add_up, &sums);
    assert_int_equal(sums.value[TT_METRIC_QUERIES], clients);
    assert_int_equal(sums.value[TT_METRIC_RESPONSES] + sums.value[TT_METRIC_DROPPED_QUERIES],
                     clients);
    assert_int_equal(sums.value[TT_METRIC_UPSTREAM_EXCHANGES], upstreams);
    for (int i = TT_METRIC_QUERIES; i <= TT_METRIC_UPSTREAM_RTT; i++)
        assert_int_equal(sums.series[i], atoi(tt_metric_rows[i].bound));
    assert_true(sums.times > 0);
    tt_tally_free(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answered_query_counts_by_its_labels),
        cmocka_unit_test(what_is_not_known_is_unknown_and_what_is_rare_is_other),
        cmocka_unit_test(a_dropped_query_counts_by_its_reason),
        cmocka_unit_test(an_exchange_counts_by_what_became_of_it),
        cmocka_unit_test(no_client_can_raise_the_number_of_series),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
