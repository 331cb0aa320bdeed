/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The queue of a sink: who gives way to whom, and that nothing is lost without being counted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "sink/queue.h"

enum { KEY_MAX = 40, LEN_MAX = 30000, MODEL_MAX = 40000 };

#define EVERY ((1u << TT_TOPIC_RAW) | (1u << TT_TOPIC_ENRICHED) | (1u << TT_TOPIC_ALERTS))

static char bytes[LEN_MAX + KEY_MAX];

/* Bytes that tell which record they belong to. */
static void fill(char *to, size_t len, uint64_t number)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (char)(number * 31 + i);
}

static int put(struct tt_queue *queue, unsigned topic, uint64_t number, size_t len, unsigned key_len,
               enum tt_queue_way way)
{
    struct tt_record record = {.data = bytes,
                               .len = len,
                               .key = bytes + len,
                               .key_len = (uint8_t)key_len,
                               .topic = (uint8_t)topic,
                               .units = (uint16_t)(1 + number % 3),
                               .time_us = number,
                               .random = 7,
                               .sequence = number};

    fill(bytes, len + key_len, number);
    return tt_queue_put(queue, &record, way);
}

/* --- against a model: a list per topic --- */

struct model_record {
    uint64_t number;
    uint32_t len;
    uint8_t key_len, topic, state; /* as enum tt_queue_state; GONE: given up or settled */
    bool is_doubtful;
    struct tt_queue_entry *entry;
};

static struct model_record model[MODEL_MAX];
static unsigned model_n;

static unsigned units_of(const struct model_record *record)
{
    return 1 + (unsigned)(record->number % 3);
}

static void check_entry(const struct model_record *expect, const struct tt_queue_entry *entry)
{
    assert_int_equal(entry->sequence, expect->number);
    assert_int_equal(entry->time_us, expect->number);
    assert_int_equal(entry->random, 7);
    assert_int_equal(entry->len, expect->len);
    assert_int_equal(entry->key_len, expect->key_len);
    assert_int_equal(entry->topic, expect->topic);
    assert_int_equal(entry->units, units_of(expect));
    fill(bytes, (size_t)expect->len + expect->key_len, expect->number);
    assert_memory_equal(tt_queue_data(entry), bytes, expect->len);
    assert_memory_equal(tt_queue_key(entry), bytes + expect->len, expect->key_len);
}

/* What must come next: the oldest that waits of the most important topic. */
static struct model_record *model_next(unsigned topics)
{
    struct model_record *best = NULL;

    for (unsigned i = 0; i < model_n; i++)
        if (model[i].state == TT_QUEUE_WAITING && (topics >> model[i].topic & 1) != 0 &&
            (best == NULL || model[i].topic > best->topic))
            best = &model[i];
    return best;
}

struct seen {
    unsigned at[TT_TOPICS_N];
    bool is_there[MODEL_MAX];
};

static void see(void *arg, const struct tt_queue_entry *entry)
{
    struct seen *seen = arg;

    for (unsigned *i = &seen->at[entry->topic]; *i < model_n; ++*i)
        if (model[*i].topic == entry->topic && model[*i].number == entry->sequence) {
            seen->is_there[*i] = true;
            return;
        }
    fail_msg("record %u of topic %u is there twice, or out of order", (unsigned)entry->sequence,
             entry->topic);
}

/*
 * After a put: what waited and is there no more gave way, which must be in `gone`, to the unit; nothing that
 * was held did, nothing more important than the newcomer, and of others never more than was beyond their
 * share.
 */
static void check_gone(struct tt_queue *queue, unsigned newcomer, bool may_own)
{
    static struct seen seen;
    struct tt_queue_gone gone[TT_TOPICS_N] = {0};

    memset(&seen, 0, sizeof(seen));
    tt_queue_each(queue, see, &seen);
    for (unsigned i = 0; i < model_n; i++) {
        struct model_record *record = &model[i];
        if (record->state == TT_QUEUE_GONE)
            assert_false(seen.is_there[i]);
        if (record->state == TT_QUEUE_GONE || seen.is_there[i])
            continue;
        assert_int_equal(record->state, TT_QUEUE_WAITING);
        assert_true(record->topic < newcomer || (may_own && record->topic == newcomer));
        if (record->topic != newcomer)
            assert_true(queue->topics[record->topic].bytes >= queue->topics[record->topic].share);
        *(record->is_doubtful ? &gone[record->topic].doubtful : &gone[record->topic].lost) +=
            units_of(record);
        record->state = TT_QUEUE_GONE;
    }
    assert_memory_equal(queue->gone, gone, sizeof(gone));
    memset(queue->gone, 0, sizeof(queue->gone));
    queue->has_gone = false;
}

static void compact(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < model_n; i++)
        if (model[i].state != TT_QUEUE_GONE)
            model[n++] = model[i];
    model_n = n;
}

static void put_random(struct tt_queue *queue, uint64_t number, unsigned *full)
{
    static const unsigned topics[] = {TT_TOPIC_RAW, TT_TOPIC_RAW, TT_TOPIC_ENRICHED, TT_TOPIC_ENRICHED,
                                      TT_TOPIC_ALERTS};
    unsigned topic = topics[rand() % 5];
    size_t len = rand() % 50 == 0 ? (size_t)rand() % LEN_MAX : (size_t)rand() % 700;
    unsigned key_len = (unsigned)rand() % KEY_MAX;
    enum tt_queue_way way = (enum tt_queue_way)(rand() % 3);
    int err = put(queue, topic, number, len, key_len, way);

    if (err == TT_OK)
        model[model_n++] = (struct model_record){.number = number,
                                                 .len = (uint32_t)len,
                                                 .key_len = (uint8_t)key_len,
                                                 .topic = (uint8_t)topic,
                                                 .state = TT_QUEUE_WAITING};
    if (way == TT_QUEUE_NOBODY)
        assert_false(queue->has_gone);
    check_gone(queue, topic, way == TT_QUEUE_OLDEST);
    *full += err == TT_EAGAIN;
}

static void take_random(struct tt_queue *queue)
{
    static const unsigned masks[] = {~0u, ~(1u << TT_TOPIC_ALERTS), 1u << TT_TOPIC_RAW};
    unsigned topics = masks[rand() % 3];

    for (int i = rand() % 30; i > 0; i--) {
        struct model_record *expect = model_next(topics);
        struct tt_queue_entry *entry = tt_queue_take(queue, topics);
        if (expect == NULL) {
            assert_null(entry);
            return;
        }
        assert_non_null(entry);
        check_entry(expect, entry);
        expect->state = TT_QUEUE_HELD;
        expect->entry = entry;
    }
}

/* What is held is settled or comes back, in no order. */
static void land_random(struct tt_queue *queue)
{
    for (unsigned i = 0; i < model_n; i++) {
        struct model_record *record = &model[i];
        if (record->state != TT_QUEUE_HELD || rand() % 3 == 0)
            continue;
        check_entry(record, record->entry);
        if (rand() % 4 == 0) {
            record->is_doubtful |= rand() % 2 == 0;
            record->entry->flags = record->is_doubtful ? TT_QUEUE_DOUBTFUL : 0;
            tt_queue_give_back(queue, record->entry);
            record->state = TT_QUEUE_WAITING;
        } else {
            tt_queue_settle(queue, record->entry);
            record->state = TT_QUEUE_GONE;
        }
    }
}

static void a_random_life_agrees_with_a_simple_model(void **state)
{
    struct tt_queue queue;
    unsigned full = 0;

    (void)state;
    for (unsigned seed = 1; seed <= 40; seed++) {
        srand(seed);
        model_n = 0;
        tt_queue_init(&queue, 64 << 10 << (seed % 3 * 2), EVERY);
        for (uint64_t number = 1; number < 3000;) {
            for (int i = rand() % 40; i > 0; i--)
                put_random(&queue, number++, &full);
            take_random(&queue);
            land_random(&queue);
            compact();
            assert_in_range(queue.used, 0, queue.cap);
            assert_int_equal(queue.used == 0, model_n == 0);
            tt_queue_unmap(tt_queue_trim(&queue));
        }
        tt_queue_fini(&queue);
    }
    assert_true(full > 1000);
}

/* --- shares and sacrifice --- */

static unsigned fill_topic(struct tt_queue *queue, unsigned topic, enum tt_queue_way way)
{
    unsigned n = 0;

    while (n < 100000 && put(queue, topic, 3, 1000, 0, way) == TT_OK)
        n++;
    return n;
}

static uint64_t gone_of(const struct tt_queue *queue, unsigned topic)
{
    return queue->gone[topic].lost;
}

static void less_important_topics_give_way_down_to_their_share_and_no_further(void **state)
{
    struct tt_queue queue;
    unsigned raw, enriched, alerts, again;

    (void)state;
    tt_queue_init(&queue, 1 << 20, EVERY);
    raw = fill_topic(&queue, TT_TOPIC_RAW, TT_QUEUE_LESSER);
    assert_int_equal(queue.has_gone, false);
    /* The shares of the others were kept free. */
    assert_in_range(queue.topics[TT_TOPIC_RAW].bytes, (queue.cap * 78) / 100, (queue.cap * 80) / 100);
    enriched = fill_topic(&queue, TT_TOPIC_ENRICHED, TT_QUEUE_LESSER);
    assert_true(enriched > raw);
    assert_in_range(queue.topics[TT_TOPIC_RAW].bytes, queue.topics[TT_TOPIC_RAW].share,
                    queue.topics[TT_TOPIC_RAW].share + queue.chunk_size);
    assert_true(gone_of(&queue, TT_TOPIC_RAW) > 0);
    assert_int_equal(gone_of(&queue, TT_TOPIC_ENRICHED), 0);
    alerts = fill_topic(&queue, TT_TOPIC_ALERTS, TT_QUEUE_LESSER);
    assert_true(alerts > 0);
    assert_true(gone_of(&queue, TT_TOPIC_ENRICHED) > 0);
    assert_int_equal(gone_of(&queue, TT_TOPIC_ALERTS), 0);
    assert_true(queue.topics[TT_TOPIC_RAW].bytes >= queue.topics[TT_TOPIC_RAW].share);
    assert_true(queue.topics[TT_TOPIC_ENRICHED].bytes >= queue.topics[TT_TOPIC_ENRICHED].share);
    /* Nothing gives way to the less important ones, which go on with what is theirs. */
    uint64_t before = gone_of(&queue, TT_TOPIC_ENRICHED);
    again = fill_topic(&queue, TT_TOPIC_RAW, TT_QUEUE_LESSER);
    assert_true(again < 10);
    assert_int_equal(gone_of(&queue, TT_TOPIC_ENRICHED), before);
    tt_queue_fini(&queue);
}

static void an_alert_has_room_however_full_of_records_on_their_way_the_queue_is(void **state)
{
    struct tt_queue queue;
    unsigned alerts;

    (void)state;
    tt_queue_init(&queue, 1 << 20, EVERY);
    fill_topic(&queue, TT_TOPIC_ENRICHED, TT_QUEUE_LESSER);
    fill_topic(&queue, TT_TOPIC_RAW, TT_QUEUE_LESSER);
    while (tt_queue_take(&queue, ~0u) != NULL)
        ;
    alerts = fill_topic(&queue, TT_TOPIC_ALERTS, TT_QUEUE_LESSER);
    assert_in_range(alerts, 80, 105);
    assert_false(queue.has_gone);
    tt_queue_fini(&queue);
}

static void the_oldest_give_way_where_only_the_newest_count(void **state)
{
    struct tt_queue queue;
    struct tt_queue_entry *entry;
    uint64_t expect = 0;

    (void)state;
    tt_queue_init(&queue, 64 << 10, 1u << TT_TOPIC_METRICS);
    for (uint64_t number = 1; number <= 1000; number++)
        assert_int_equal(put(&queue, TT_TOPIC_METRICS, number, 1000, 0, TT_QUEUE_OLDEST), TT_OK);
    assert_true(queue.topics[TT_TOPIC_METRICS].waiting_n > 40);
    expect = 1000 - queue.topics[TT_TOPIC_METRICS].waiting_n;
    while ((entry = tt_queue_take(&queue, ~0u)) != NULL) {
        assert_int_equal(entry->sequence, ++expect);
        tt_queue_settle(&queue, entry);
    }
    assert_int_equal(expect, 1000);
    tt_queue_fini(&queue);
}

static void a_record_that_never_fits_is_told_from_one_that_must_wait(void **state)
{
    static const struct {
        size_t len;
        int expect;
    } cases[] = {{80000, TT_ELIMIT},
                 {SIZE_MAX, TT_ELIMIT},
                 {SIZE_MAX - 100, TT_ELIMIT},
                 {64 << 10, TT_ELIMIT},
                 {60000, TT_OK},
                 {60000, TT_EAGAIN},
                 {0, TT_OK},
                 {80000, TT_ELIMIT}};
    struct tt_record record = {.data = calloc(1, 80000), .topic = TT_TOPIC_RAW};
    struct tt_queue queue;

    (void)state;
    tt_queue_init(&queue, 1, 1u << TT_TOPIC_RAW);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        record.len = cases[i].len;
        assert_int_equal(tt_queue_put(&queue, &record, TT_QUEUE_LESSER), cases[i].expect);
    }
    tt_queue_fini(&queue);
    free((void *)(uintptr_t)record.data);
}

static void memory_of_a_long_queue_is_given_back_bit_by_bit(void **state)
{
    struct tt_queue queue;
    struct tt_queue_entry *entry;
    unsigned rounds = 0;

    (void)state;
    tt_queue_init(&queue, 16 << 20, EVERY);
    fill_topic(&queue, TT_TOPIC_ENRICHED, TT_QUEUE_LESSER);
    while ((entry = tt_queue_take(&queue, ~0u)) != NULL)
        tt_queue_settle(&queue, entry);
    assert_int_equal(queue.used, 0);
    for (struct tt_queue_chunk *chain; (chain = tt_queue_trim(&queue)) != NULL; rounds++)
        tt_queue_unmap(chain);
    assert_in_range(rounds, 2, 20);
    assert_in_range(queue.spare_n, 1, 16);
    tt_queue_fini(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_life_agrees_with_a_simple_model),
        cmocka_unit_test(less_important_topics_give_way_down_to_their_share_and_no_further),
        cmocka_unit_test(an_alert_has_room_however_full_of_records_on_their_way_the_queue_is),
        cmocka_unit_test(the_oldest_give_way_where_only_the_newest_count),
        cmocka_unit_test(a_record_that_never_fits_is_told_from_one_that_must_wait),
        cmocka_unit_test(memory_of_a_long_queue_is_given_back_bit_by_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
