/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "count/quality.h"

static const uint64_t start_us = UINT64_C(1795252800000000), second_us = 1000000;
static char page[1 << 18], log_text[1 << 14];

static void keep_log(enum tt_log_level level, const char *line, void *arg)
{
    size_t used = strlen(log_text);

    (void)level;
    (void)arg;
    snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
}

static struct tt_quality *new_quality(void)
{
    struct tt_quality *quality;

    tt_log_set(keep_log, NULL);
    log_text[0] = '\0';
    assert_int_equal(tt_quality_new(&quality), TT_OK);
    tt_quality_tick(quality, start_us);
    return quality;
}

static const char *page_of(const struct tt_quality *quality)
{
    struct tt_buf buf = tt_buf_over(page, sizeof(page));
    struct tt_expo expo;

    tt_expo_init(&expo, &buf);
    tt_quality_collect(quality, tt_expo_visit, &expo);
    assert_false(buf.overflow);
    return tt_buf_cstr(&buf);
}

static void has(const struct tt_quality *quality, const char *line)
{
    if (strstr(page_of(quality), line) == NULL)
        fail_msg("no line %s in\n%s", line, page);
}

static void has_not(const struct tt_quality *quality, const char *words)
{
    if (strstr(page_of(quality), words) != NULL)
        fail_msg("%s in\n%s", words, page);
}

static struct tt_event client_event(void)
{
    struct tt_event event;

    memset(&event, 0, sizeof(event));
    TT_EVENT_SET(&event, message_type, TT_message_type_CLIENT_RESPONSE);
    TT_EVENT_SET(&event, timestamp, start_us);
    TT_EVENT_SET(&event, client_ip, ((struct tt_ip){4, {192, 0, 2, 1}}));
    TT_EVENT_SET(&event, query_name, TT_STR("www.example.com"));
    TT_EVENT_SET(&event, query_type, 1);
    TT_EVENT_SET(&event, residency, TT_STR("eu")); /* the last row: the other word of the set */
    return event;
}

static struct tt_event upstream_event(void)
{
    struct tt_event event;

    memset(&event, 0, sizeof(event));
    TT_EVENT_SET(&event, message_type, TT_message_type_RESOLVER_RESPONSE);
    TT_EVENT_SET(&event, timestamp, start_us);
    TT_EVENT_SET(&event, upstream_zone, TT_STR("com"));
    return event;
}

static void add_n(struct tt_quality *quality, const struct tt_event *event, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        tt_quality_add(quality, event);
}

/* One window of 2,000 client events, known_n of them with a country, under one enrichment_id. */
static void add_window(struct tt_quality *quality, uint64_t enrichment_id, unsigned known_n,
                       unsigned n)
{
    struct tt_event event = client_event();

    TT_EVENT_SET(&event, enrichment_id, enrichment_id);
    add_n(quality, &event, n - known_n);
    TT_EVENT_SET(&event, country, TT_STR("DE"));
    add_n(quality, &event, known_n);
}

static void a_field_counts_for_the_events_that_could_have_it(void **state)
{
    struct tt_quality *quality = new_quality();
    struct tt_event client = client_event(), upstream = upstream_event();

    (void)state;
    add_n(quality, &client, 700);
    tt_fields_drop(&client.have, TT_FIELD_query_type);
    tt_fields_drop(&client.have, TT_FIELD_client_ip);
    add_n(quality, &client, 300);
    TT_EVENT_SET(&client, client_ip, ((struct tt_ip){4, {1}}));
    TT_EVENT_SET(&client, country, TT_STR("DE"));
    add_n(quality, &client, 100);
    add_n(quality, &upstream, 900);
    tt_quality_tick(quality, start_us + 60 * second_us);
    has(quality, "telltale_field_null_ratio{field=\"timestamp\"} 0\n");
    has(quality, "telltale_field_null_ratio{field=\"upstream_zone\"} 0\n");
    has(quality, "telltale_field_null_ratio{field=\"upstream_rtt_us\"} 1\n");
    has(quality, "telltale_field_null_ratio{field=\"query_type\"} 0.65\n");
    has(quality, "telltale_field_null_ratio{field=\"client_ip\"} 0.272727272727272");
    has(quality,
        "telltale_field_null_ratio{field=\"country\"} 0.875\n"); /* of 800 with client_ip */
    has(quality, "telltale_field_null_ratio{field=\"cache_status\"} 1\n");
    has(quality,
        "telltale_field_null_ratio{field=\"residency\"} 0\n"); /* of 1,100 with query_name */
    has_not(quality, "\"ecs_country\"}");                      /* no event had an ecs */
    has_not(quality, "client_net");
    has_not(quality, "sample_weight");
    tt_quality_free(&quality);
    assert_null(quality);
}

/* Any sets of fields: the bit-sliced counts are those of counting one by one. */
static void every_bit_is_counted(void **state)
{
    struct tt_quality *quality = new_quality();
    struct tt_event event = client_event();
    unsigned absent_n[TT_FIELDS_N] = {0}, events_n = 5000;
    uint64_t random = 1;
    char line[128];

    (void)state;
    for (unsigned i = 0; i < events_n; i++) {
        for (unsigned field = TT_FIELD_query_type; field <= TT_FIELD_ecs; field++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            tt_fields_drop(&event.have, field);
            if (random >> 40 & 1 || field % 5 == 0)
                tt_fields_add(&event.have, field);
            else
                absent_n[field]++;
        }
        tt_quality_add(quality, &event);
    }
    tt_quality_tick(quality, start_us + 60 * second_us);
    for (unsigned field = TT_FIELD_query_type; field <= TT_FIELD_ecs; field++) {
        double got = -1;
        snprintf(line, sizeof(line), "telltale_field_null_ratio{field=\"%s\"} ",
                 tt_field_rows[field].id);
        const char *at = strstr(page_of(quality), line);
        if (at != NULL)
            got = strtod(at + strlen(line), NULL);
        assert_int_equal((int)(got * events_n + 0.5), absent_n[field]);
    }
    tt_quality_free(&quality);
}

static double value_of(const struct tt_quality *quality, const char *series)
{
    const char *at = strstr(page_of(quality), series);

    if (at == NULL)
        fail_msg("no %s in\n%s", series, page);
    return strtod(at + strlen(series), NULL);
}

static void different_values_are_counted(void **state)
{
    struct tt_quality *quality = new_quality();
    struct tt_event event = client_event();
    char name[64];

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        int len = snprintf(name, sizeof(name), "n%u.example.org", i % 5000);
        TT_EVENT_SET(&event, query_name, ((struct tt_str){name, (uint32_t)len}));
        TT_EVENT_SET(&event, query_type, (uint16_t)(i % 20));
        TT_EVENT_SET(&event, client_ip,
                     ((struct tt_ip){4, {10, 0, (uint8_t)(i % 4), (uint8_t)(i >> 2)}}));
        tt_quality_add(quality, &event);
    }
    tt_quality_tick(quality, start_us + 60 * second_us);
    assert_in_range((int)value_of(quality, "telltale_field_distinct{field=\"query_name\"} "), 4600,
                    5400);
    assert_in_range((int)value_of(quality, "telltale_field_distinct{field=\"client_ip\"} "), 960,
                    1090);
    assert_in_range(
        (int)(value_of(quality, "telltale_field_distinct{field=\"query_type\"} ") + 0.5), 19, 21);
    has(quality, "telltale_field_distinct{field=\"country\"} 0\n");
    has_not(quality, "telltale_field_distinct{field=\"client_port\"}");
    tt_quality_free(&quality);
}

static void a_window_closes_after_a_minute_and_a_thousand_events(void **state)
{
    struct tt_quality *quality = new_quality();

    (void)state;
    add_window(quality, 1, 0, 500);
    has_not(quality, "country");
    tt_quality_tick(quality, start_us + second_us); /* the running one, before the first closes */
    has(quality, "telltale_field_null_ratio{field=\"country\"} 1\n");
    add_window(quality, 1, 499, 499);
    tt_quality_tick(quality, start_us + 70 * second_us); /* 999 events: goes on */
    add_window(quality, 1, 1001, 1001);
    tt_quality_tick(quality, start_us + 71 * second_us);
    has(quality, "telltale_field_null_ratio{field=\"country\"} 0.25\n");
    add_window(quality, 1, 0, 2000);
    tt_quality_tick(quality, start_us + 130 * second_us); /* not over yet */
    has(quality, "telltale_field_null_ratio{field=\"country\"} 0.25\n");
    tt_quality_tick(quality, start_us + 131 * second_us);
    has(quality, "telltale_field_null_ratio{field=\"country\"} 1\n");
    assert_string_equal(log_text, ""); /* the data did not change: no loss */
    has_not(quality, "losses");
    tt_quality_free(&quality);
}

static void a_file_that_knows_less_is_said(void **state)
{
    struct tt_quality *quality = new_quality();

    (void)state;
    add_window(quality, 0xabc, 1940, 2000);
    tt_quality_tick(quality, start_us + 30 * second_us);
    add_window(quality, 0xdef, 40, 2000); /* ends the window before by itself */
    tt_quality_tick(quality, start_us + 90 * second_us);
    has(quality, "telltale_field_losses_total{field=\"country\"} 1\n");
    assert_string_equal(
        log_text,
        "country: known for 2 % of the events since data or configuration changed "
        "(enrichment_id 0000000000000def), was 97 % (enrichment_id 0000000000000abc): look at "
        "the data files changed last\n");
    add_window(quality, 0xdef, 40, 2000);
    tt_quality_tick(quality, start_us + 150 * second_us);
    has(quality, "telltale_field_losses_total{field=\"country\"} 1\n");
    add_window(quality, 0x123, 1940, 2000);
    tt_quality_tick(quality, start_us + 210 * second_us); /* more is no loss */
    has(quality, "telltale_field_losses_total{field=\"country\"} 1\n");
    tt_quality_free(&quality);
}

static void small_rises_and_small_windows_are_no_loss(void **state)
{
    struct tt_quality *quality = new_quality();

    (void)state;
    add_window(quality, 1, 2000, 2000);
    add_window(quality, 2, 0, 900); /* too few to say anything: left out */
    add_window(quality, 3, 1625, 2000);
    tt_quality_tick(quality, start_us + 60 * second_us);
    has(quality, "telltale_field_null_ratio{field=\"country\"} 0.1875\n");
    assert_string_equal(log_text, "");
    tt_quality_free(&quality);
}

static void ages_are_those_at_the_end_of_the_batch(void **state)
{
    struct tt_quality *quality = new_quality();
    struct tt_event event = client_event();

    (void)state;
    add_n(quality, &event, 3);
    TT_EVENT_SET(&event, timestamp, start_us + 990000);
    add_n(quality, &event, 2);
    TT_EVENT_SET(&event, timestamp, start_us + 5 * second_us); /* a clock that is ahead */
    tt_quality_add(quality, &event);
    tt_quality_tick(quality, start_us + second_us);
    has(quality, "telltale_event_age_seconds_bucket{le=\"0.001\"} 1\n");
    has(quality, "telltale_event_age_seconds_bucket{le=\"0.01\"} 3\n");
    has(quality, "telltale_event_age_seconds_bucket{le=\"0.5\"} 3\n");
    has(quality, "telltale_event_age_seconds_bucket{le=\"1\"} 6\n");
    has(quality, "telltale_event_age_seconds_sum 3.02\n");
    TT_EVENT_SET(&event, timestamp, start_us + second_us);
    add_n(quality, &event, 5000); /* more than are kept for the end of a batch */
    tt_quality_tick(quality, start_us + second_us);
    has(quality, "telltale_event_age_seconds_count 5006\n");
    has(quality, "telltale_event_age_seconds_bucket{le=\"0.001\"} 5001\n");
    tt_quality_free(&quality);
}

static void time_that_runs_backwards_starts_a_window(void **state)
{
    struct tt_quality *quality = new_quality();

    (void)state;
    add_window(quality, 1, 0, 2000);
    tt_quality_tick(quality, start_us - 3600 * second_us);
    tt_quality_tick(quality, start_us - 3541 * second_us);
    has(quality, "telltale_field_null_ratio{field=\"country\"} 1\n"); /* the running one */
    tt_quality_tick(quality, start_us - 3540 * second_us);
    add_window(quality, 1, 2000, 2000);
    tt_quality_tick(quality, start_us - 3480 * second_us);
    has(quality, "telltale_field_null_ratio{field=\"country\"} 0\n");
    tt_quality_free(&quality);
}

static void probes_and_unknown_messages_count_nowhere(void **state)
{
    struct tt_quality *quality = new_quality();
    struct tt_event event = client_event();

    (void)state;
    TT_EVENT_SET(&event, message_type, TT_message_type_PROBE_RESPONSE);
    add_n(quality, &event, 2000);
    event.message_type = 200;
    add_n(quality, &event, 2000);
    tt_fields_drop(&event.have, TT_FIELD_message_type);
    add_n(quality, &event, 2000);
    tt_quality_tick(quality, start_us + 60 * second_us);
    has_not(quality, "ratio");
    tt_quality_free(&quality);
}

struct reader {
    const struct tt_quality *quality;
    bool is_done;
};

static void check_sample(const struct tt_metric_sample *sample, void *arg)
{
    (void)arg;
    if (sample->metric == TT_METRIC_FIELD_NULL_RATIO)
        assert_true(sample->value >= 0 && sample->value <= 1);
}

static void *scrape(void *arg)
{
    struct reader *reader = arg;

    while (!__atomic_load_n(&reader->is_done, __ATOMIC_ACQUIRE))
        tt_quality_collect(reader->quality, check_sample, NULL);
    return NULL;
}

static void scrapes_run_beside_the_pipeline(void **state)
{
    struct tt_quality *quality = new_quality();
    struct reader reader = {.quality = quality};
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, scrape, &reader), 0);
    for (unsigned i = 1; i < 100; i++) {
        add_window(quality, i, i % 2 * 1500, 1500);
        tt_quality_tick(quality, start_us + i * 60 * second_us);
    }
    __atomic_store_n(&reader.is_done, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    has(quality, "telltale_field_losses_total{field=\"country\"} 49\n");
    tt_quality_free(&quality);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_counts_for_the_events_that_could_have_it),
        cmocka_unit_test(every_bit_is_counted),
        cmocka_unit_test(different_values_are_counted),
        cmocka_unit_test(a_window_closes_after_a_minute_and_a_thousand_events),
        cmocka_unit_test(a_file_that_knows_less_is_said),
        cmocka_unit_test(small_rises_and_small_windows_are_no_loss),
        cmocka_unit_test(ages_are_those_at_the_end_of_the_batch),
        cmocka_unit_test(time_that_runs_backwards_starts_a_window),
        cmocka_unit_test(probes_and_unknown_messages_count_nowhere),
        cmocka_unit_test(scrapes_run_beside_the_pipeline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
