/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A sink that is told to wait, a producer that waits for it, and records that never came so far. */

#include "sink_test.h"

#define PATH "{state_dir}/events.jsonl"

static void a_paused_sink_writes_nothing_and_goes_on_where_it_was(void **state)
{
    struct tt_conf_sink conf = file_conf(PATH);
    struct tt_sink *sink = open_sink(&conf);
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    put_text(sink, TT_TOPIC_RAW, "{\"n\":1}");
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].delivered == 1);
    assert_false(status_of(sink).is_paused);
    tt_sink_pause(sink, true);
    assert_true(status_of(sink).is_paused);
    put_text(sink, TT_TOPIC_RAW, "{\"n\":2}");
    put_text(sink, TT_TOPIC_RAW, "{\"n\":3}");
    /* A turn of its thread that would have written: it looks at its file about once a second. */
    nanosleep(&(struct timespec){1, 300000000}, NULL);
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].queued, 2);
    assert_true(status_of(sink).is_up);
    tt_sink_pause(sink, false);
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].delivered == 3);
    stop(&sink, books);
    check_file(at("events.jsonl"), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
}

static void a_paused_sink_fills_then_drops(void **state)
{
    struct tt_conf_sink conf = file_conf(PATH);
    struct tt_sink_books books[TT_TOPICS_N];
    char record[1000];
    struct tt_sink *sink;
    uint64_t queued;

    (void)state;
    memset(record, 'x', sizeof(record));
    conf.queue = 64 << 10;
    sink = open_sink(&conf);
    AWAIT(status_of(sink).is_up);
    tt_sink_pause(sink, true);
    for (unsigned i = 0; i < 100; i++)
        put_bytes(sink, TT_TOPIC_RAW, record, sizeof(record));
    queued = status_of(sink).books[TT_TOPIC_RAW].queued;
    assert_in_range(queued, 40, 60);
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_QUEUE_FULL], 100 - queued);
    /* Still paused at its end: nothing is written, and the books say so. */
    stop(&sink, books);
    assert_int_equal(books[TT_TOPIC_RAW].delivered, 0);
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_SHUTDOWN], queued);
    check_file(at("events.jsonl"), "");
}

static void a_change_keeps_the_pause(void **state)
{
    struct tt_conf_sink conf = file_conf(PATH), next = file_conf("{state_dir}/next.jsonl");
    struct tt_sink_place all = place();
    struct tt_sink *sink = open_sink(&conf);

    (void)state;
    AWAIT(status_of(sink).is_up);
    tt_sink_pause(sink, true);
    assert_int_equal(tt_sink_change(sink, &next, &all), TT_OK);
    put_text(sink, TT_TOPIC_RAW, "{\"n\":1}");
    AWAIT(access(at("next.jsonl"), F_OK) == 0);
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].queued, 1);
    tt_sink_pause(sink, false);
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].delivered == 1);
    stop(&sink, NULL);
    check_file(at("events.jsonl"), "");
    check_file(at("next.jsonl"), "{\"n\":1}\n");
}

static void a_producer_that_waits_loses_nothing(void **state)
{
    enum { N = 20000 };
    struct tt_conf_sink conf = file_conf(PATH);
    struct tt_sink_books books[TT_TOPICS_N];
    char record[300];
    struct tt_sink *sink;

    (void)state;
    conf.queue = 8192;
    sink = open_sink(&conf);
    for (unsigned i = 0; i < N; i++) {
        int len = snprintf(record, sizeof(record), "{\"kind\":\"dns\",\"n\":%u,\"pad\":\"%*s\"}", i,
                           (int)(i % 200), "");
        if (!put_wait(sink, TT_TOPIC_RAW, record, (size_t)len, tt_clock_mono_ns() + 60 * SECOND_NS))
            fail_msg("record %u was dropped", i);
    }
    stop(&sink, books);
    assert_int_equal(books[TT_TOPIC_RAW].delivered, N);
    assert_int_equal(count_lines(at("events.jsonl")), N);
}

static void a_wait_ends_at_its_deadline_or_when_waiting_is_of_no_use(void **state)
{
    struct tt_conf_sink conf = file_conf(PATH);
    struct tt_sink_books books[TT_TOPICS_N];
    char record[40000];
    struct tt_sink *sink;

    (void)state;
    memset(record, 'x', sizeof(record));
    conf.queue = 64 << 10;
    sink = open_sink(&conf);
    tt_sink_pause(sink, true);
    assert_true(put_wait(sink, TT_TOPIC_RAW, record, sizeof(record), 0));
    assert_false(put_wait(sink, TT_TOPIC_RAW, record, sizeof(record), 0));
    assert_false(
        put_wait(sink, TT_TOPIC_RAW, record, sizeof(record), tt_clock_mono_ns() + SECOND_NS / 100));
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_QUEUE_FULL], 2);
    assert_false(put_wait(sink, TT_TOPIC_RAW, record, 80000, UINT64_MAX));
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_TOO_LARGE], 1);
    tt_sink_stop(sink, 0, TT_SINK_DROP_REMOVED);
    assert_false(
        put_wait(sink, TT_TOPIC_RAW, record, sizeof(record), tt_clock_mono_ns() + 60 * SECOND_NS));
    tt_sink_free(&sink, books);
    check_books(books);
    assert_int_equal(books[TT_TOPIC_RAW].offered, 5);
}

struct waiter {
    struct tt_sink *sink;
    bool was_queued;
};

static void *wait_long(void *arg)
{
    struct waiter *waiter = arg;
    char record[40000] = {0};

    waiter->was_queued = put_wait(waiter->sink, TT_TOPIC_RAW, record, sizeof(record),
                                          tt_clock_mono_ns() + 3600 * SECOND_NS);
    return NULL;
}

/* Wakes a producer that sleeps: by room, and by the end of the sink. */
static void one_who_waits_is_woken(void **state)
{
    struct tt_conf_sink conf = file_conf(PATH);
    struct waiter waiter = {NULL, false};
    char record[40000] = {0};
    pthread_t thread;

    (void)state;
    conf.queue = 64 << 10;
    for (unsigned is_end = 0; is_end < 2; is_end++) {
        waiter.sink = open_sink(&conf);
        tt_sink_pause(waiter.sink, true);
        put_bytes(waiter.sink, TT_TOPIC_RAW, record, sizeof(record));
        assert_int_equal(pthread_create(&thread, NULL, wait_long, &waiter), 0);
        nanosleep(&(struct timespec){0, 50000000}, NULL); /* asleep by then, mostly; right in any case */
        if (is_end)
            tt_sink_stop(waiter.sink, tt_clock_mono_ns() + 20 * SECOND_NS, TT_SINK_DROP_SHUTDOWN);
        else
            tt_sink_pause(waiter.sink, false);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(waiter.was_queued, !is_end);
        stop(&waiter.sink, NULL);
    }
}

static void what_filters_hold_back_is_counted_by_reason_and_never_offered(void **state)
{
    struct tt_conf_sink conf = file_conf(PATH);
    struct tt_sink_books books[TT_TOPICS_N], sum = {.filtered = {0}};
    struct tt_sink *sink = open_sink(&conf);

    (void)state;
    for (unsigned reason = 0; reason < TT_FILTER_REASONS_N; reason++) {
        sum.filtered[reason] = 1;
        for (unsigned i = 0; i <= reason; i++)
            tt_sink_hold_back(sink, TT_TOPIC_ENRICHED, (enum tt_filter_reason)reason, 1);
    }
    put_text(sink, TT_TOPIC_ENRICHED, "{}");
    stop(&sink, books);
    tt_sink_books_add(&sum, &books[TT_TOPIC_ENRICHED]);
    for (unsigned reason = 0; reason < TT_FILTER_REASONS_N; reason++) {
        assert_int_equal(books[TT_TOPIC_ENRICHED].filtered[reason], reason + 1);
        assert_int_equal(books[TT_TOPIC_RAW].filtered[reason], 0);
        assert_int_equal(sum.filtered[reason], reason + 2);
    }
    assert_int_equal(books[TT_TOPIC_ENRICHED].offered, 1);
    assert_int_equal(sum.delivered, 1);
}

/* The configuration is freed after a reload: the sink keeps nothing of it. */
static void a_sink_keeps_nothing_that_belongs_to_the_configuration(void **state)
{
    struct tt_conf_sink *conf = malloc(sizeof(*conf)), next = file_conf(PATH);
    struct tt_sink_place all = place();
    struct tt_sink *sink;

    (void)state;
    assert_non_null(conf);
    *conf = file_conf(PATH);
    conf->keep = next.keep = 3;
    conf->name = strdup("file");
    conf->path = strdup(PATH);
    sink = open_sink(conf);
    memset(conf->name, 'x', strlen(conf->name));
    memset(conf->path, 'x', strlen(conf->path));
    free(conf->name);
    free(conf->path);
    memset(conf, 0xff, sizeof(*conf));
    free(conf);
    assert_true(tt_sink_can_become(sink, &next));
    put_text(sink, TT_TOPIC_RAW, "{\"n\":1}");
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].delivered == 1);
    assert_string_equal(status_of(sink).name, "file");
    /* Filters and privacy are not the sink's. How a file is rotated is, and it is taken over. */
    next.sample = 0.5;
    next.privacy.client = TT_PRIVACY_NONE;
    next.rotate = 1024;
    assert_int_equal(tt_sink_change(sink, &next, &all), TT_OK);
    for (unsigned i = 0; i < 200; i++)
        put_text(sink, TT_TOPIC_RAW, "{\"pad\":\"0123456789\"}");
    AWAIT(access(at("events.jsonl.1"), F_OK) == 0);
    stop(&sink, NULL);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_paused_sink_writes_nothing_and_goes_on_where_it_was),
        ROW(a_paused_sink_fills_then_drops),
        ROW(a_change_keeps_the_pause),
        ROW(a_producer_that_waits_loses_nothing),
        ROW(a_wait_ends_at_its_deadline_or_when_waiting_is_of_no_use),
        ROW(one_who_waits_is_woken),
        ROW(what_filters_hold_back_is_counted_by_reason_and_never_offered),
        ROW(a_sink_keeps_nothing_that_belongs_to_the_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
