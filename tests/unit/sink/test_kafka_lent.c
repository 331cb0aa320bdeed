/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What librdkafka reads when a sink ends, or its client is replaced: a thread of it that does not run for a while
 * in the middle of a batch finds the records where they were. */

#include <dlfcn.h>

#include "kafka_test.h"
#include "sink/worker.h"

enum { RECORDS_N = 1000, LEN = 899 };

static int hold, held; /* atomic: the next batch is to wait, one does */

/* librdkafka finds this one. */
__attribute__((visibility("default"))) size_t LZ4F_compressUpdate(void *, void *, size_t, const void *, size_t,
                                                                  const void *);

size_t LZ4F_compressUpdate(void *context, void *into, size_t cap, const void *from, size_t len, const void *options)
{
    size_t (*real)(void *, void *, size_t, const void *, size_t, const void *);

    *(void **)&real = dlsym(RTLD_NEXT, "LZ4F_compressUpdate");
    if (__atomic_load_n(&hold, __ATOMIC_ACQUIRE) == 1) {
        __atomic_store_n(&held, 1, __ATOMIC_RELEASE);
        while (__atomic_load_n(&hold, __ATOMIC_ACQUIRE) == 1)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        __atomic_store_n(&held, 0, __ATOMIC_RELEASE);
    }
    return real(context, into, cap, from, len, options);
}

#define AWAIT_SOON(condition)                                                                     \
    for (uint64_t limit_ns = tt_clock_mono_ns() + 30 * SECOND_NS; !(condition);                   \
         nanosleep(&(struct timespec){0, 2000000}, NULL))                                         \
    assert_true(tt_clock_mono_ns() < limit_ns)

static uint64_t delivered_of(struct tt_sink *sink)
{
    struct tt_sink_status status;

    tt_sink_status(sink, &status);
    return status.books[RAW].delivered;
}

static void put_records(struct tt_sink *sink, unsigned first, unsigned n)
{
    static char text[LEN];

    for (unsigned i = 0; i < LEN; i++)
        text[i] = (char)('a' + i % 23);
    for (unsigned i = 0; i < n; i++) {
        const struct tt_record record = {.data = text, .len = LEN, .key = "k", .key_len = 1, .topic = RAW,
                                         .units = 1, .random = 1, .sequence = first + i};
        tt_sink_put(sink, &record);
    }
    tt_sink_kick(sink);
}

/* A sink one record of which has arrived, and a batch of which librdkafka is in the middle. */
static struct tt_sink *start_and_hold(struct tt_conf_sink *conf, const struct tt_sink_place *place)
{
    struct tt_sink *sink;

    conf->topics = 1u << RAW;
    conf->queue = 8 << 20;
    while (strcmp(tt_conf_compression_word(conf->compression), "lz4") != 0)
        conf->compression++;
    __atomic_store_n(&hold, 0, __ATOMIC_RELEASE);
    assert_int_equal(tt_sink_new_of(&tt_sink_kafka, conf, place, &sink), TT_OK);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_records(sink, 1, 1);
    AWAIT_SOON(delivered_of(sink) == 1);
    __atomic_store_n(&hold, 1, __ATOMIC_RELEASE);
    put_records(sink, 2, RECORDS_N);
    AWAIT_SOON(__atomic_load_n(&held, __ATOMIC_ACQUIRE) == 1);
    return sink;
}

static void let_go(void)
{
    __atomic_store_n(&hold, 2, __ATOMIC_RELEASE);
    AWAIT_SOON(__atomic_load_n(&held, __ATOMIC_ACQUIRE) == 0);
}

static void what_is_still_read_at_the_end_stays(void **state)
{
    struct tt_sink_place place = {.node = "ns1", .instance = "ns1/unbound"};
    struct tt_conf_sink conf = kafka_conf();
    struct tt_sink_books books[TT_TOPICS_N], *raw = &books[RAW];
    struct tt_sink *sink = start_and_hold(&conf, &place);

    (void)state;
    tt_sink_stop(sink, tt_clock_mono_ns() + SECOND_NS / 5, TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, books);
    assert_true(raw->uncertain > 0);
    assert_int_equal(raw->offered, raw->delivered + raw->uncertain + raw->dropped[TT_SINK_DROP_SHUTDOWN]);
    let_go(); /* it reads them now */
}

/* In life the memory is needed again, so the former client is waited for. */
static void what_is_still_read_is_not_used_again(void **state)
{
    struct tt_sink_place place = {.node = "ns1", .instance = "ns1/unbound"};
    struct tt_conf_sink conf = kafka_conf();
    struct tt_sink_books books[TT_TOPICS_N];
    struct tt_sink *sink = start_and_hold(&conf, &place);
    char region[] = "eu";

    (void)state;
    place.region = region;
    assert_int_equal(tt_sink_change(sink, &conf, &place), TT_OK);
    for (uint64_t end_ns = tt_clock_mono_ns() + 3 * SECOND_NS; tt_clock_mono_ns() < end_ns;
         nanosleep(&(struct timespec){0, 10000000}, NULL))
        assert_int_equal(delivered_of(sink), 1);
    let_go();
    AWAIT_SOON(delivered_of(sink) == 1 + RECORDS_N);
    tt_sink_stop(sink, tt_clock_mono_ns() + 10 * SECOND_NS, TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, books);
    assert_int_equal(books[RAW].delivered, 1 + RECORDS_N);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_brokers, stop_brokers)
    const struct CMUnitTest tests[] = {
        TEST(what_is_still_read_at_the_end_stays),
        TEST(what_is_still_read_is_not_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
