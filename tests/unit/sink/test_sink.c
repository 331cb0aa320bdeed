/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "sink_test.h"

#include "sink/worker.h"

static void books_are_exact_at_every_moment_under_load(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/load.jsonl");
    struct tt_sink_books books[TT_TOPICS_N];
    struct traffic traffic = {.records_n = 200000};
    pthread_t producer;
    uint64_t seen = 0, checks = 0;

    (void)state;
    conf.queue = 64 << 10;
    traffic.sink = open_sink(&conf);
    assert_int_equal(pthread_create(&producer, NULL, produce, &traffic), 0);
    while (!__atomic_load_n(&traffic.is_done, __ATOMIC_ACQUIRE)) {
        struct tt_sink_status status = status_of(traffic.sink);
        assert_true(status.books[TT_TOPIC_RAW].offered >= seen);
        assert_in_range(status.queue_bytes, 0, status.queue_size);
        seen = status.books[TT_TOPIC_RAW].offered;
        checks++;
    }
    pthread_join(producer, NULL);
    stop(&traffic.sink, books);
    assert_true(checks > 0);
    assert_int_equal(books[TT_TOPIC_RAW].offered + books[TT_TOPIC_ENRICHED].offered,
                     traffic.records_n);
    assert_int_equal(count_lines(at("load.jsonl")),
                     books[TT_TOPIC_RAW].delivered + books[TT_TOPIC_ENRICHED].delivered);
}

static void what_does_not_fit_is_counted_by_reason(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/never/started");
    struct tt_sink_place all = place();
    struct tt_sink_books books[TT_TOPICS_N];
    struct tt_sink *sink;
    char record[80000] = {0};
    uint64_t queued;

    (void)state;
    conf.queue = 64 << 10;
    assert_int_equal(tt_sink_new(&conf, &all, &sink), TT_OK);
    put_bytes(sink, TT_TOPIC_RAW, record, sizeof(record));
    put_bytes(sink, TT_TOPIC_RAW, record, SIZE_MAX);
    for (int i = 0; i < 100; i++)
        put_bytes(sink, TT_TOPIC_RAW, record, 1000);
    queued = status_of(sink).books[TT_TOPIC_RAW].queued;
    assert_in_range(queued, 40, 60);
    assert_false(status_of(sink).is_up);
    assert_true(status_of(sink).down_since_us > 0);
    tt_sink_stop(sink, 0, TT_SINK_DROP_REMOVED);
    put_bytes(sink, TT_TOPIC_RAW, record, 1);
    tt_sink_free(&sink, books);
    check_books(books);
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_TOO_LARGE], 2);
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_QUEUE_FULL], 100 - queued);
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_REMOVED], queued + 1);
}

static void a_path_of_another_owner_is_waited_for_then_given_up_then_taken(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/shared.jsonl");
    struct tt_sink_books books[TT_TOPICS_N];
    int fd = open(at("shared.jsonl"), O_CREAT | O_WRONLY, 0600);
    struct tt_sink *sink;

    (void)state;
    assert_int_equal(flock(fd, LOCK_EX), 0);
    sink = open_sink(&conf);
    put_text(sink, TT_TOPIC_RAW, "{\"n\":1}");
    AWAIT(count_in_log("owns it; give this sink a path of its own; records wait") == 1);
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].queued, 1);
    assert_false(status_of(sink).is_up);
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_UNAVAILABLE] == 1);
    put_text(sink, TT_TOPIC_RAW, "{\"n\":2}");
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_UNAVAILABLE], 2);
    assert_int_equal(count_in_log("given up"), 1);
    close(fd);
    AWAIT(status_of(sink).is_up);
    put_text(sink, TT_TOPIC_RAW, "{\"n\":3}");
    stop(&sink, books);
    assert_int_equal(books[TT_TOPIC_RAW].delivered, 1);
    check_file(at("shared.jsonl"), "{\"n\":3}\n");
}

static void a_changed_path_takes_the_queue_along(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/no/entry"),
                        next = file_conf("{state_dir}/yes.jsonl");
    struct tt_sink_place all = place();
    struct tt_sink_books books[TT_TOPICS_N];
    struct tt_sink *sink;

    (void)state;
    assert_int_equal(symlink(at("missing"), at("no")), 0);
    sink = open_sink(&conf);
    put_text(sink, TT_TOPIC_RAW, "{\"n\":1}");
    AWAIT(count_in_log("cannot create directory") == 1);
    next.topics = 1u << TT_TOPIC_RAW;
    assert_true(tt_sink_can_become(sink, &next));
    assert_int_equal(tt_sink_change(sink, &next, &all), TT_OK);
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].delivered == 1);
    assert_int_equal(status_of(sink).topics, 1u << TT_TOPIC_RAW);
    next.encoding = TT_ENCODING_PROTOBUF;
    assert_false(tt_sink_can_become(sink, &next));
    stop(&sink, books);
    check_file(at("yes.jsonl"), "{\"n\":1}\n");
}

static void a_sink_whose_thread_could_not_be_started_is_made_anew_by_a_reload(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/a.jsonl");
    struct tt_sink_place all = place();
    struct tt_sink *sink;

    (void)state;
    assert_int_equal(tt_sink_new(&conf, &all, &sink), TT_OK);
    assert_true(tt_sink_can_become(sink, &conf));
    sink->is_lost = true; /* as tt_sink_start leaves it */
    assert_false(tt_sink_can_become(sink, &conf));
    tt_sink_free(&sink, NULL);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(books_are_exact_at_every_moment_under_load),
        ROW(what_does_not_fit_is_counted_by_reason),
        ROW(a_path_of_another_owner_is_waited_for_then_given_up_then_taken),
        ROW(a_changed_path_takes_the_queue_along),
        ROW(a_sink_whose_thread_could_not_be_started_is_made_anew_by_a_reload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
