/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A sink with a spool: nothing is sent that is not on disk, and what is on disk is sent some day. */

#include <sys/stat.h>

#include "fake_class.h"

static struct tt_conf_sink spool_conf(unsigned topics)
{
    struct tt_conf_sink conf = fake_conf();

    conf.spool.is_on = true;
    conf.spool.topics = topics;
    conf.spool.size = 64 << 20;
    conf.spool.path = (char *)(uintptr_t) "{state_dir}/spool";
    return conf;
}

static uint64_t spooled_of(struct tt_sink *sink, enum tt_topic topic)
{
    return status_of(sink).books[topic].spooled;
}

static void what_could_not_be_sent_is_found_by_the_next_start_and_marked(void **state)
{
    struct tt_conf_sink conf = spool_conf(1u << TT_TOPIC_ALERTS);
    struct tt_sink_books books[TT_TOPICS_N];
    struct tt_sink *sink = new_fake(&fake_sync, &conf);

    (void)state;
    set_mode(FAKE_FAIL);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    for (unsigned number = 0; number < 100; number++)
        put_numbered(sink, number % 2 != 0 ? TT_TOPIC_ALERTS : TT_TOPIC_RAW, number, 1);
    AWAIT(spooled_of(sink, TT_TOPIC_ALERTS) == 50);
    assert_true(status_of(sink).spool_bytes > 0);
    stop(&sink, books);
    check_promises();
    assert_int_equal(books[TT_TOPIC_ALERTS].spooled, 50);
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_SHUTDOWN], 50);

    conf = spool_conf(1u << TT_TOPIC_ALERTS);
    for (unsigned number = 1; number < 100; number += 2)
        fake.maybe[number] = 1; /* who knows what the process before did */
    set_mode(FAKE_TAKE);
    sink = new_fake(&fake_sync, &conf);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    AWAIT(status_of(sink).books[TT_TOPIC_ALERTS].delivered == 50);
    stop(&sink, books);
    check_promises();
    assert_int_equal(books[TT_TOPIC_ALERTS].recovered, 50);
    assert_int_equal(books[TT_TOPIC_ALERTS].offered, 0);
    assert_int_equal(books[TT_TOPIC_ALERTS].spooled, 0);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(fake.order[i], 2 * i + 1);
}

/* What the class of the lives before was told. */
static struct lives {
    uint8_t delivered[FAKE_MAX], maybe[FAKE_MAX], topics[FAKE_MAX];
    unsigned number;                                           /* of the next record */
    struct tt_sink_books books[TT_TOPICS_N], sum[TT_TOPICS_N]; /* of the last one; of all */
} lives;

static void put_many(struct tt_sink *sink, unsigned n)
{
    static const enum tt_topic topics[] = {TT_TOPIC_RAW, TT_TOPIC_ALERTS, TT_TOPIC_ENRICHED};

    for (unsigned end = lives.number + n; lives.number < end; lives.number++) {
        put_numbered(sink, topics[lives.number % 3], lives.number, 1);
        if (lives.number % 128 == 0) {
            tt_sink_kick(sink);
            status_of(sink);
        }
    }
}

static void live(const struct tt_sink_class *sink_class, unsigned seed, bool is_last)
{
    struct tt_conf_sink conf = spool_conf(1u << TT_TOPIC_ALERTS | 1u << TT_TOPIC_ENRICHED);
    struct tt_sink *sink;

    memcpy(fake.delivered, lives.delivered, sizeof(fake.delivered));
    memcpy(fake.topics, lives.topics, sizeof(fake.topics));
    for (unsigned i = 0; i < lives.number; i++) /* whatever is recovered carries the mark */
        fake.maybe[i] = lives.maybe[i] | (lives.delivered[i] == 0);
    fake.dice = seed;
    sink = new_fake(sink_class, &conf);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_many(sink, 3000);
    set_mode(is_last ? FAKE_TAKE : FAKE_FAIL); /* so that some are left, however fast it was */
    put_many(sink, 1000);
    for (unsigned i = 0; is_last && i < TT_TOPICS_N; i++)
        AWAIT(status_of(sink).books[i].queued + status_of(sink).books[i].spooled == 0);
    tt_sink_stop(sink, tt_clock_mono_ns() + SECOND_NS / 20, TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, lives.books);
    check_promises();
    memcpy(lives.delivered, fake.delivered, sizeof(fake.delivered));
    memcpy(lives.maybe, fake.maybe, sizeof(fake.maybe));
    memcpy(lives.topics, fake.topics, sizeof(fake.topics));
}

/* Several lives of one spool: in the end each record has one final fate, and the books of all lives agree. */
static void lives_of_dice(const struct tt_sink_class *sink_class, unsigned seed)
{
    uint64_t left[TT_TOPICS_N] = {0};

    memset(&lives, 0, sizeof(lives));
    for (unsigned life = 0; life < 4; life++) {
        live(sink_class, seed + life, life == 3);
        for (unsigned t = 0; t < TT_TOPICS_N; t++) {
            check_books(&lives.books[t]);
            assert_int_equal(lives.books[t].queued, 0);
            assert_int_equal(lives.books[t].recovered, left[t]);
            left[t] = lives.books[t].spooled;
            tt_sink_books_add(&lives.sum[t], &lives.books[t]);
        }
    }
    for (unsigned i = 0; i < lives.number; i++)
        if (i % 3 != 0)
            assert_int_not_equal(lives.delivered[i], 0);
    assert_int_equal(lives.sum[TT_TOPIC_ALERTS].dropped[TT_SINK_DROP_SHUTDOWN], 0);
    assert_int_equal(lives.sum[TT_TOPIC_ENRICHED].dropped[TT_SINK_DROP_SHUTDOWN], 0);
    assert_int_equal(lives.sum[TT_TOPIC_ALERTS].uncertain, 0);
    assert_true(lives.sum[TT_TOPIC_ENRICHED].recovered > 0);
    assert_int_equal(left[TT_TOPIC_ALERTS] + left[TT_TOPIC_ENRICHED], 0);
}

static void over_several_lives_nothing_of_a_spooled_topic_is_lost(void **state)
{
    (void)state;
    lives_of_dice(&fake_sync, 7);
    lives_of_dice(&fake_async, 9);
}

static void where_the_spool_cannot_be_had_records_go_by_memory_and_it_is_tried_again(void **state)
{
    struct tt_conf_sink conf = spool_conf(1u << TT_TOPIC_ALERTS);
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N];
    FILE *file = fopen(at("spool"), "w"); /* in the way */

    (void)state;
    fclose(file);
    set_mode(FAKE_TAKE);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_numbered(sink, TT_TOPIC_ALERTS, 1, 1);
    AWAIT(status_of(sink).books[TT_TOPIC_ALERTS].delivered == 1);
    assert_int_equal(count_in_log("records stay in memory"), 1);
    assert_int_equal(unlink(at("spool")), 0);
    AWAIT(count_in_log("the spool works again") == 1);
    assert_int_equal(access(at("spool"), F_OK), 0);
    set_mode(FAKE_FAIL);
    put_numbered(sink, TT_TOPIC_ALERTS, 2, 1);
    AWAIT(spooled_of(sink, TT_TOPIC_ALERTS) == 1);
    stop(&sink, books);
    assert_int_equal(books[TT_TOPIC_ALERTS].spooled, 1);
    check_promises();
}

static void what_flew_past_a_spool_that_failed_is_in_it_at_the_end(void **state)
{
    struct tt_conf_sink conf = spool_conf(1u << TT_TOPIC_ALERTS);
    struct tt_sink *sink = new_fake(&fake_async, &conf);
    struct tt_sink_books books[TT_TOPICS_N];
    FILE *file = fopen(at("spool"), "w"); /* in the way */

    (void)state;
    fclose(file);
    set_mode(FAKE_FLY);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_numbered(sink, TT_TOPIC_ALERTS, 1, 1);
    AWAIT(count_of(&fake.puts_n) >= 1);
    assert_int_equal(unlink(at("spool")), 0);
    stop(&sink, books);
    assert_int_equal(books[TT_TOPIC_ALERTS].spooled, 1);
    assert_int_equal(books[TT_TOPIC_ALERTS].uncertain, 0);
    check_promises();
}

static void the_spool_may_be_switched_on_and_off_while_it_runs(void **state)
{
    struct tt_conf_sink conf = spool_conf(1u << TT_TOPIC_ALERTS), off, more;
    struct tt_sink_place all = place();
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    off = more = conf;
    off.spool.is_on = false;
    more.spool.topics |= 1u << TT_TOPIC_RAW;
    fake.maybe[1] = 2; /* the spool is opened anew, and cannot tell it from what was found there */
    set_mode(FAKE_FAIL);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_numbered(sink, TT_TOPIC_ALERTS, 1, 1);
    AWAIT(spooled_of(sink, TT_TOPIC_ALERTS) == 1);
    assert_int_equal(tt_sink_change(sink, &off, &all), TT_OK);
    AWAIT(count_of(&fake.opens_n) >= 2);
    put_numbered(sink, TT_TOPIC_ALERTS, 2, 1);
    AWAIT(count_of(&fake.puts_n) >= 2);
    assert_int_equal(spooled_of(sink, TT_TOPIC_ALERTS), 1);
    assert_int_equal(status_of(sink).books[TT_TOPIC_ALERTS].queued, 1);
    assert_int_equal(tt_sink_change(sink, &more, &all), TT_OK);
    put_numbered(sink, TT_TOPIC_RAW, 3, 1);
    tt_sink_kick(sink);
    AWAIT(spooled_of(sink, TT_TOPIC_RAW) == 1);
    AWAIT(spooled_of(sink, TT_TOPIC_ALERTS) == 2);
    assert_int_equal(status_of(sink).books[TT_TOPIC_ALERTS].recovered, 0);
    more.spool.path = (char *)(uintptr_t) "{state_dir}/elsewhere";
    assert_false(tt_sink_can_become(sink, &more));
    set_mode(FAKE_TAKE);
    AWAIT(status_of(sink).books[TT_TOPIC_ALERTS].delivered == 2);
    stop(&sink, books);
    check_promises();
    assert_int_equal(books[TT_TOPIC_RAW].delivered, 1);
}

static void a_topic_that_rests_on_disk_holds_up_no_other(void **state)
{
    struct tt_conf_sink conf = spool_conf(1u << TT_TOPIC_RAW | 1u << TT_TOPIC_ALERTS);
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    set_mode(FAKE_REST);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    for (unsigned number = 0; number < 600; number++)
        put_numbered(sink, TT_TOPIC_RAW, number, 1);
    tt_sink_kick(sink);
    AWAIT(count_of(&fake.puts_n) >= 1);
    set_mode(FAKE_TAKE);
    put_numbered(sink, TT_TOPIC_ALERTS, 600, 1);
    put_numbered(sink, TT_TOPIC_ENRICHED, 601, 1);
    tt_sink_kick(sink);
    AWAIT(status_of(sink).books[TT_TOPIC_ALERTS].delivered == 1);
    AWAIT(status_of(sink).books[TT_TOPIC_ENRICHED].delivered == 1);
    AWAIT(spooled_of(sink, TT_TOPIC_RAW) == 600);
    stop(&sink, books);
    check_promises();
    assert_int_equal(books[TT_TOPIC_RAW].spooled, 600);
}

/* Records whose segments gave way while they flew are told of before the spool is closed. */
static void the_books_are_exact_when_the_plan_changes_while_records_fly(void **state)
{
    struct tt_conf_sink conf = spool_conf(1u << TT_TOPIC_ALERTS), larger;
    struct tt_sink_place all = place();
    struct tt_sink *sink = new_fake(&fake_async, &conf);
    struct tt_sink_books books[TT_TOPICS_N], *alerts = &books[TT_TOPIC_ALERTS];

    (void)state;
    memset(fake.maybe, 2, sizeof(fake.maybe));
    conf.spool.size = 32 << 10;
    assert_int_equal(tt_sink_change(sink, &conf, &all), TT_OK);
    larger = conf;
    larger.spool.size = 64 << 10;
    set_mode(FAKE_FLY);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    for (unsigned number = 0; number < 600; number++)
        put_numbered(sink, TT_TOPIC_ALERTS, number, 1);
    AWAIT(count_of(&fake.puts_n) >= 1);
    for (unsigned number = 600; number < 3000; number++)
        put_numbered(sink, TT_TOPIC_ALERTS, number, 1);
    AWAIT(status_of(sink).books[TT_TOPIC_ALERTS].queued == 0);
    AWAIT(status_of(sink).books[TT_TOPIC_ALERTS].dropped[TT_SINK_DROP_SPOOL_FULL] > 0);
    assert_int_equal(tt_sink_change(sink, &larger, &all), TT_OK);
    AWAIT(count_of(&fake.opens_n) >= 2);
    set_mode(FAKE_TAKE);
    AWAIT(spooled_of(sink, TT_TOPIC_ALERTS) == 0);
    stop(&sink, books);
    check_promises();
    assert_int_equal(alerts->offered, 3000);
    assert_true(alerts->uncertain > 0); /* they flew, and their place was gone when nobody said what became of them */
    assert_int_equal(alerts->delivered + alerts->uncertain + alerts->dropped[TT_SINK_DROP_SPOOL_FULL], 3000);
}

/* Its receiver takes a record and says nothing: what comes meanwhile is on disk, not in a queue that fills. */
static void the_spool_goes_on_while_the_class_waits_for_its_receiver(void **state)
{
    struct tt_conf_sink conf = spool_conf(1u << TT_TOPIC_ALERTS);
    struct tt_sink *sink = new_fake(&fake_sync, &conf);
    struct tt_sink_books books[TT_TOPICS_N], *alerts = &books[TT_TOPIC_ALERTS];

    (void)state;
    set_mode(FAKE_BLOCK);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    put_numbered(sink, TT_TOPIC_ALERTS, 0, 1);
    AWAIT(count_of(&fake.puts_n) == 1);
    for (unsigned number = 1; number < 2000; number++)
        put_numbered(sink, TT_TOPIC_ALERTS, number, 1);
    AWAIT(spooled_of(sink, TT_TOPIC_ALERTS) == 2000);
    assert_int_equal(count_of(&fake.puts_n), 1);
    assert_int_equal(status_of(sink).books[TT_TOPIC_ALERTS].queued, 0);
    stop(&sink, books);
    check_promises();
    assert_int_equal(alerts->spooled, 2000);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(what_could_not_be_sent_is_found_by_the_next_start_and_marked),
        ROW(over_several_lives_nothing_of_a_spooled_topic_is_lost),
        ROW(where_the_spool_cannot_be_had_records_go_by_memory_and_it_is_tried_again),
        ROW(what_flew_past_a_spool_that_failed_is_in_it_at_the_end),
        ROW(the_spool_may_be_switched_on_and_off_while_it_runs),
        ROW(a_topic_that_rests_on_disk_holds_up_no_other),
        ROW(the_spool_goes_on_while_the_class_waits_for_its_receiver),
        ROW(the_books_are_exact_when_the_plan_changes_while_records_fly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
