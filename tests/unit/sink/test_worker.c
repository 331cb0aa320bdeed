/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The common part of all sinks, with a class that throws dice: fates now and later, the books, pauses, ends.
 */

#include "fake_class.h"

static struct tt_sink_books total_of(const struct tt_sink_books *books)
{
    struct tt_sink_books sum = {.offered = 0};

    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        tt_sink_books_add(&sum, &books[i]);
    return sum;
}

/* What the class says it was told to be delivered, and what the books say. */
static void check_against_class(const struct tt_sink_books *books)
{
    uint64_t delivered[TT_TOPICS_N] = {0}, refused[TT_TOPICS_N] = {0}, too_large[TT_TOPICS_N] = {0};

    for (unsigned i = 0; i < FAKE_MAX; i++) {
        delivered[fake.topics[i]] += fake.delivered[i] == TT_FATE_DELIVERED;
        refused[fake.topics[i]] += fake.delivered[i] == TT_FATE_REFUSED;
        too_large[fake.topics[i]] += fake.delivered[i] == TT_FATE_TOO_LARGE;
    }
    for (unsigned t = 0; t < TT_TOPICS_N; t++) {
        assert_int_equal(books[t].delivered, delivered[t]);
        assert_int_equal(books[t].dropped[TT_SINK_DROP_REFUSED], refused[t]);
        assert_int_equal(books[t].dropped[TT_SINK_DROP_TOO_LARGE], too_large[t]);
    }
}

static void run_dice(const struct tt_sink_class *sink_class, unsigned seed, uint64_t queue)
{
    static const enum tt_topic topics[] = {TT_TOPIC_RAW, TT_TOPIC_ENRICHED, TT_TOPIC_RAW, TT_TOPIC_ALERTS};
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink_books books[TT_TOPICS_N], sum;
    struct tt_sink *sink;

    conf.queue = queue;
    fake.dice = seed;
    sink = new_fake(sink_class, &conf);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    for (unsigned number = 0; number < 20000; number++) {
        put_numbered(sink, topics[number % 4], number, 1);
        if (number % 64 == 63)
            tt_sink_kick(sink);
        if (number % 256 == 0) {
            status_of(sink);
            nanosleep(&(struct timespec){0, 2000000},
                      NULL); /* lets the thread have some; right in any case */
        }
        if (number == 10000)
            __atomic_store_n(&fake.is_rotated, true, __ATOMIC_RELEASE);
    }
    set_mode(FAKE_TAKE);
    AWAIT(total_of(status_of(sink).books).queued == 0);
    stop(&sink, books);
    check_promises();
    check_against_class(books);
    sum = total_of(books);
    assert_int_equal(sum.offered, 20000);
    if (queue > 20000 * 100)
        assert_int_equal(
            sum.dropped[TT_SINK_DROP_QUEUE_FULL] + sum.uncertain + sum.dropped[TT_SINK_DROP_SHUTDOWN], 0);
}

static void whatever_a_class_says_of_records_the_books_are_exact(void **state)
{
    (void)state;
    run_dice(&fake_sync, 1, 16 << 20);
    run_dice(&fake_sync, 2, 64 << 10);
    run_dice(&fake_async, 3, 16 << 20);
    run_dice(&fake_async, 4, 64 << 10);
}

static void what_flies_at_the_end_is_uncertain_and_what_never_left_is_dropped(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink_books books[TT_TOPICS_N];
    struct tt_sink *sink = new_fake(&fake_async, &conf);

    (void)state;
    set_mode(FAKE_FLY);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    for (unsigned number = 0; number < 1000; number++)
        put_numbered(sink, TT_TOPIC_RAW, number, 1);
    tt_sink_kick(sink);
    AWAIT(count_of(&fake.puts_n) >= 2); /* 512 and 187: no more may fly */
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].queued, 1000);
    tt_sink_stop(sink, tt_clock_mono_ns() + SECOND_NS / 5, TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, books);
    check_promises();
    check_books(&books[TT_TOPIC_RAW]);
    uint64_t uncertain = 0;
    for (unsigned i = 0; i < 1000; i++)
        uncertain += fake.maybe[i];
    assert_in_range(uncertain, 200, 600); /* of what flew the class said half surely did not arrive */
    assert_int_equal(books[TT_TOPIC_RAW].uncertain, uncertain);
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_SHUTDOWN], 1000 - uncertain);
}

static void important_topics_are_sent_first(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    static const enum tt_topic topics[] = {TT_TOPIC_RAW, TT_TOPIC_ALERTS, TT_TOPIC_ENRICHED};

    (void)state;
    set_mode(FAKE_TAKE);
    for (unsigned number = 0; number < 300; number++)
        put_numbered(sink, topics[number % 3], number, 1);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    stop(&sink, NULL);
    check_promises();
    assert_int_equal(fake.order_n, 300);
    for (unsigned i = 0; i < 300; i++)
        assert_int_equal(fake.order[i], i % 100 * 3 + (i < 100 ? 1 : i < 200 ? 2 : 0));
}

static void put_then_alert(enum fake_mode mode, unsigned alert_at)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);

    set_mode(mode);
    for (unsigned number = 0; number < 600; number++)
        put_numbered(sink, TT_TOPIC_RAW, number, 1);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    AWAIT(count_of(&fake.puts_n) == 1);
    set_mode(FAKE_TAKE);
    put_numbered(sink, TT_TOPIC_ALERTS, 600, 1);
    stop(&sink, NULL);
    check_promises();
    assert_int_equal(fake.order_n, 601);
    for (unsigned i = 0; i < 601; i++)
        assert_int_equal(fake.order[i], i == alert_at ? 600 : i - (i > alert_at));
}

static void nothing_but_a_record_that_was_begun_stands_before_an_alert(void **state)
{
    (void)state;
    put_then_alert(FAKE_FAIL, 0);
    put_then_alert(FAKE_BEGIN, 1);
}

static void a_topic_that_rests_holds_up_no_other(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    set_mode(FAKE_REST);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    for (unsigned number = 0; number < 600; number++)
        put_numbered(sink, TT_TOPIC_RAW, number, 1);
    tt_sink_kick(sink);
    AWAIT(count_of(&fake.puts_n) == 1);
    set_mode(FAKE_TAKE);
    put_numbered(sink, TT_TOPIC_ENRICHED, 600, 1);
    tt_sink_kick(sink);
    put_numbered(sink, TT_TOPIC_ALERTS, 601, 1);
    AWAIT(status_of(sink).books[TT_TOPIC_ALERTS].delivered == 1);
    AWAIT(status_of(sink).books[TT_TOPIC_ENRICHED].delivered == 1);
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].queued, 600);
    stop(&sink, books);
    check_promises();
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_SHUTDOWN], 600);
}

static void a_sink_that_fails_is_down_since_then_and_up_when_a_record_gets_through(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    uint64_t since;

    (void)state;
    assert_true(status_of(sink).down_since_us > 0);
    set_mode(FAKE_FAIL);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    AWAIT(status_of(sink).is_up);
    assert_string_equal(status_of(sink).why, "");
    put_numbered(sink, TT_TOPIC_ALERTS, 1, 1);
    AWAIT(!status_of(sink).is_up);
    AWAIT(strcmp(status_of(sink).why, "nobody\xEF\xBF\xBD is there") == 0);
    since = status_of(sink).down_since_us;
    AWAIT(count_of(&fake.puts_n) == 2); /* after 1 s */
    assert_int_equal(status_of(sink).down_since_us, since);
    assert_int_equal(count_in_log(" is there;"), 1);
    set_mode(FAKE_TAKE);
    AWAIT(status_of(sink).books[TT_TOPIC_ALERTS].delivered == 1);
    AWAIT(count_in_log("works again") == 1);
    assert_int_equal(status_of(sink).down_since_us, 0);
    assert_string_equal(status_of(sink).why, "");
    stop(&sink, NULL);
    check_promises();
}

static void units_of_a_record_may_share_different_fates(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    set_mode(FAKE_SPLIT);
    put_numbered(sink, TT_TOPIC_RAW, 1, 500);
    put_numbered(sink, TT_TOPIC_RAW, 2, 1);
    assert_int_equal(status_of(sink).books[TT_TOPIC_RAW].queued, 501);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    stop(&sink, books);
    assert_int_equal(books[TT_TOPIC_RAW].offered, 501);
    assert_int_equal(books[TT_TOPIC_RAW].delivered, 498);
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_REFUSED], 3);
}

static void a_class_that_blocks_sees_that_it_must_end(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    set_mode(FAKE_BLOCK);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_numbered(sink, TT_TOPIC_ALERTS, 1, 1);
    AWAIT(count_of(&fake.puts_n) == 1);
    tt_sink_stop(sink, tt_clock_mono_ns(), TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, books);
    assert_int_equal(count_in_log("left behind"), 0);
    assert_int_equal(books[TT_TOPIC_ALERTS].uncertain, 1);
}

static size_t memory_of(struct tt_sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    size_t used = sink->queue.used;
    pthread_mutex_unlock(&sink->lock);
    return used;
}

static void what_a_thread_left_behind_had_shown_is_uncertain(void **state)
{
    static struct tt_sink *left; /* for who looks for leaks */
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = left = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    set_mode(FAKE_HANG);
    pthread_mutex_lock(&fake.hang);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    for (unsigned number = 0; number < 600; number++)
        put_numbered(sink, TT_TOPIC_RAW, number, 1);
    tt_sink_kick(sink);
    AWAIT(count_of(&fake.puts_n) == 1);
    put_numbered(sink, TT_TOPIC_RAW, 600, 1);
    uint64_t shown = 0;
    pthread_mutex_lock(&sink->lock);
    for (unsigned i = 0; i < sink->flights_max; i++)
        shown += sink->flights[i].state == TT_FLIGHT_SHOWN;
    pthread_mutex_unlock(&sink->lock);
    tt_sink_stop(sink, tt_clock_mono_ns(), TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, books);
    assert_int_equal(count_in_log("left behind"), 1);
    assert_in_range(shown, 1, 512);
    assert_int_equal(books[TT_TOPIC_RAW].uncertain, shown);
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_SHUTDOWN], 601 - shown);
    check_books(&books[TT_TOPIC_RAW]);
    pthread_mutex_unlock(&fake.hang);
    AWAIT(memory_of(left) == 0); /* it comes back to nobody */
}

static void an_alert_wakes_the_thread_at_once_and_others_when_a_batch_is_complete(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);

    (void)state;
    sink->wants = ~0u; /* as the thread leaves it when it falls asleep */
    tt_sink_kick(sink);
    assert_int_equal(sink->wants, ~0u);
    put_numbered(sink, TT_TOPIC_RAW, 1, 1);
    assert_int_equal(sink->wants, ~0u);
    tt_sink_kick(sink);
    assert_int_equal(sink->wants, 0);
    sink->wants = ~0u;
    put_numbered(sink, TT_TOPIC_ALERTS, 2, 1);
    assert_int_equal(sink->wants, 0);
    sink->wants = 1u << TT_TOPIC_ENRICHED;
    put_numbered(sink, TT_TOPIC_ALERTS, 3, 1);
    tt_sink_kick(sink);
    assert_int_equal(sink->wants, 1u << TT_TOPIC_ENRICHED);
    tt_sink_free(&sink, NULL);
}

static void records_wait_for_the_next_look_for_results_unless_they_are_a_batch(void **state)
{
    struct tt_conf_sink conf = fake_conf();
    struct tt_sink *sink = new_fake(&fake_async, &conf);

    (void)state;
    sink->wants = ~0u;
    sink->wakes_ns = tt_clock_mono_ns();
    for (unsigned number = 1; number <= TT_SINK_BATCH_MAX; number++) {
        assert_int_equal(sink->wants, ~0u);
        put_numbered(sink, TT_TOPIC_RAW, number, 1);
        tt_sink_kick(sink);
    }
    assert_int_equal(sink->wants, 0);
    tt_sink_free(&sink, NULL);
}

static void everything_but_a_few_things_may_change_while_it_runs(void **state)
{
    static struct tt_conf_pair pair = {(char *)(uintptr_t) "linger.ms", (char *)(uintptr_t) "5"};
    struct tt_conf_sink conf = fake_conf(), next = conf;
    struct tt_sink_place all = place();
    struct tt_sink *sink = new_fake(&fake_async, &conf);
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    set_mode(FAKE_FAIL);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_numbered(sink, TT_TOPIC_ALERTS, 1, 1);
    AWAIT(count_of(&fake.puts_n) == 1);
    next.sample = 0.5;
    next.has_privacy = true;
    assert_int_equal(tt_sink_change(sink, &next, &all), TT_OK);
    assert_int_equal(count_of(&fake.makes_n), 1); /* decided before: nothing to do */
    all.region = "elsewhere"; /* what labels say */
    assert_int_equal(tt_sink_change(sink, &next, &all), TT_OK);
    assert_int_equal(count_of(&fake.makes_n), 2);
    assert_int_equal(tt_sink_change(sink, &next, &all), TT_OK);
    assert_int_equal(count_of(&fake.makes_n), 2);
    set_mode(FAKE_TAKE);
    for (unsigned i = 0; i < 4; i++) {
        next.tenant = i == 0 ? (char *)(uintptr_t) "x" : next.tenant;
        next.auth.password_file = i == 1 ? (char *)(uintptr_t) "/secret" : next.auth.password_file;
        next.properties = i == 2 ? (struct tt_conf_pairs){&pair, 1} : next.properties;
        next.timeout_s = i;
        assert_true(tt_sink_can_become(sink, &next));
        assert_int_equal(tt_sink_change(sink, &next, &all), TT_OK);
        assert_int_equal(count_of(&fake.makes_n), 3 + i);
    }
    AWAIT(status_of(sink).books[TT_TOPIC_ALERTS].delivered == 1);
    next.spool.is_on = true;
    assert_true(tt_sink_can_become(sink, &next));
    next.encoding = TT_ENCODING_PROTOBUF;
    assert_false(tt_sink_can_become(sink, &next));
    stop(&sink, books);
    check_promises();
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(whatever_a_class_says_of_records_the_books_are_exact),
        ROW(what_flies_at_the_end_is_uncertain_and_what_never_left_is_dropped),
        ROW(important_topics_are_sent_first),
        ROW(nothing_but_a_record_that_was_begun_stands_before_an_alert),
        ROW(a_topic_that_rests_holds_up_no_other),
        ROW(a_sink_that_fails_is_down_since_then_and_up_when_a_record_gets_through),
        ROW(units_of_a_record_may_share_different_fates),
        ROW(a_class_that_blocks_sees_that_it_must_end),
        ROW(what_a_thread_left_behind_had_shown_is_uncertain),
        ROW(an_alert_wakes_the_thread_at_once_and_others_when_a_batch_is_complete),
        ROW(records_wait_for_the_next_look_for_results_unless_they_are_a_batch),
        ROW(everything_but_a_few_things_may_change_while_it_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
