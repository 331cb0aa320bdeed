/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "ring/ring.h"

static bool send_record(struct tt_ring *ring, size_t room, size_t used, uint8_t fill)
{
    void *at = tt_ring_claim(ring, room);

    if (at == NULL)
        return false;
    assert_int_equal((uintptr_t)at % 16, 8);
    memset(at, fill, used);
    tt_ring_commit(ring, used);
    return true;
}

static void expect_record(struct tt_ring *ring, size_t len, uint8_t fill)
{
    size_t got_len = 0;
    const uint8_t *at = tt_ring_peek(ring, &got_len);

    assert_non_null(at);
    assert_int_equal((uintptr_t)at % 16, 8);
    assert_int_equal(got_len, len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(at[i], fill);
    tt_ring_next(ring);
}

static void expect_nothing(struct tt_ring *ring)
{
    size_t len;

    assert_null(tt_ring_peek(ring, &len));
}

static void only_powers_of_two_within_the_limits_are_sizes(void **state)
{
    static const struct {
        size_t size;
        int expect;
    } cases[] = {
        {0, TT_EINVAL},     {1, TT_EINVAL},           {32, TT_EINVAL},
        {63, TT_EINVAL},    {96, TT_EINVAL},          {4095, TT_EINVAL},
        {64, TT_OK},        {4096, TT_OK},            {65536, TT_OK},
        {4 << 20, TT_OK},   {(4 << 20) + 16, TT_EINVAL}, {(size_t)4 << 30, TT_EINVAL},
    };
    struct tt_ring ring;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        assert_int_equal(tt_ring_init(&ring, cases[i].size), cases[i].expect);
        if (cases[i].expect == TT_OK) {
            assert_int_equal(tt_ring_size(&ring), cases[i].size);
            assert_int_equal(tt_ring_used(&ring), 0);
            expect_nothing(&ring);
        }
        tt_ring_fini(&ring);
        tt_ring_fini(&ring);
    }
}

static void its_memory_is_there_once_populated_and_goes_with_it(void **state)
{
    enum { SIZE = 4 << 20 };
    static unsigned char pages[SIZE / 4096];
    struct tt_ring ring;
    size_t len;
    char *data;

    (void)state;
    assert_int_equal(sysconf(_SC_PAGESIZE), 4096);
    assert_int_equal(tt_ring_init(&ring, SIZE), TT_OK);
    data = ring.producer.data;
    assert_int_equal((uintptr_t)data % (2 << 20), 0);
    memcpy(tt_ring_claim(&ring, 8), "as it is", 8);
    tt_ring_commit(&ring, 8);
    tt_ring_populate(&ring);
    assert_memory_equal(tt_ring_peek(&ring, &len), "as it is", 8);
    assert_int_equal(mincore(data, SIZE, pages), 0);
    for (size_t i = 0; i < sizeof(pages); i++)
        assert_true(pages[i] & 1);
    tt_ring_fini(&ring);
    assert_int_equal(mincore(data, SIZE, pages), -1);
}

static void both_sides_keep_to_lines_of_their_own(void **state)
{
    (void)state;
    assert_true(offsetof(struct tt_ring, consumer) >= 6 * 8 + TT_CACHE_PAD);
    assert_true(sizeof(struct tt_ring) - offsetof(struct tt_ring, consumer) >= 6 * 8 + TT_CACHE_PAD);
}

static void a_record_takes_its_length_and_eight_bytes_in_steps_of_sixteen(void **state)
{
    static const struct {
        size_t len, space;
    } cases[] = {{0, 16}, {1, 16}, {8, 16}, {9, 32}, {24, 32}, {25, 48}, {8184, 8192}, {8192, 8208}};
    struct tt_ring ring;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        assert_int_equal(tt_ring_init(&ring, 65536), TT_OK);
        assert_true(send_record(&ring, 8192, cases[i].len, 7));
        assert_int_equal(tt_ring_used(&ring), cases[i].space);
        expect_record(&ring, cases[i].len, 7);
        expect_nothing(&ring);
        tt_ring_fini(&ring);
    }
}

static void it_fills_to_the_last_byte_and_then_says_no(void **state)
{
    struct tt_ring ring;

    (void)state;
    assert_int_equal(tt_ring_init(&ring, 64), TT_OK);
    for (int lap = 0; lap < 5; lap++) {
        for (uint8_t i = 0; i < 4; i++)
            assert_true(send_record(&ring, 8, 8, i));
        assert_int_equal(tt_ring_used(&ring), 64);
        assert_null(tt_ring_claim(&ring, 0));
        for (uint8_t i = 0; i < 4; i++)
            expect_record(&ring, 8, i);
        assert_null(tt_ring_claim(&ring, 0));
        tt_ring_release(&ring);
        assert_int_equal(tt_ring_used(&ring), 0);
    }
    tt_ring_fini(&ring);
}

/* Where the free room ends: `before` bytes are used up to the claim of `room` in a ring of 256. */
static void a_record_never_straddles_the_end(void **state)
{
    static const struct {
        const char *name;
        size_t before, room;
        size_t used; /* in use with the record, 0: no room */
        size_t offset; /* of the record's payload */
    } cases[] = {
        {"fits with bytes to spare", 192, 40, 48, 200}, {"fits exactly", 192, 56, 64, 200},
        {"one byte too long", 192, 57, 64 + 80, 8},     {"the mark takes the last slot", 240, 24, 16 + 32, 8},
        {"at the very end", 256, 24, 32, 8},            {"the largest room", 240, 120, 16 + 128, 8},
        {"too large ever", 240, 250, 0, 0},
    };
    struct tt_ring ring;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        assert_int_equal(tt_ring_init(&ring, 256), TT_OK);
        for (size_t at = 0; at < cases[i].before; at += 16) {
            assert_true(send_record(&ring, 8, 8, 1));
            expect_record(&ring, 8, 1);
            tt_ring_release(&ring);
        }
        assert_int_equal(send_record(&ring, cases[i].room, cases[i].room, 9), cases[i].used > 0);
        assert_int_equal(tt_ring_used(&ring), cases[i].used);
        if (cases[i].used > 0) {
            size_t len;
            assert_ptr_equal(tt_ring_peek(&ring, &len), ring.producer.data + cases[i].offset);
            expect_record(&ring, cases[i].room, 9);
        }
        expect_nothing(&ring);
        tt_ring_fini(&ring);
    }
}

static void the_largest_room_always_fits_an_empty_ring(void **state)
{
    enum { SIZE = 1024, LARGEST = SIZE / 2 - 8 };
    struct tt_ring ring;

    (void)state;
    for (size_t before = 0; before <= SIZE; before += 16) {
        assert_int_equal(tt_ring_init(&ring, SIZE), TT_OK);
        for (size_t at = 0; at < before; at += 16)
            assert_true(send_record(&ring, 0, 0, 0));
        for (size_t at = 0; at < before; at += 16)
            expect_record(&ring, 0, 0);
        tt_ring_release(&ring);
        assert_true(send_record(&ring, LARGEST, LARGEST, 3));
        expect_record(&ring, LARGEST, 3);
        tt_ring_fini(&ring);
    }
}

static void nothing_is_seen_before_the_commit(void **state)
{
    struct tt_ring ring;
    void *at;

    (void)state;
    assert_int_equal(tt_ring_init(&ring, 256), TT_OK);
    at = tt_ring_claim(&ring, 100);
    assert_non_null(at);
    expect_nothing(&ring);
    assert_int_equal(tt_ring_used(&ring), 0);
    assert_ptr_equal(tt_ring_claim(&ring, 24), at);
    memset(at, 5, 24);
    tt_ring_commit(&ring, 24);
    expect_record(&ring, 24, 5);
    tt_ring_fini(&ring);
}

static void walked_records_stay_until_the_release(void **state)
{
    struct tt_ring ring;
    const void *first;
    size_t len;

    (void)state;
    assert_int_equal(tt_ring_init(&ring, 64), TT_OK);
    for (uint8_t i = 0; i < 4; i++)
        assert_true(send_record(&ring, 8, 8, i));
    first = tt_ring_peek(&ring, &len);
    assert_ptr_equal(tt_ring_peek(&ring, &len), first);
    for (uint8_t i = 0; i < 3; i++) {
        expect_record(&ring, 8, i);
        assert_false(send_record(&ring, 8, 8, 9));
        assert_int_equal(tt_ring_used(&ring), 64);
    }
    tt_ring_release(&ring);
    tt_ring_release(&ring);
    assert_int_equal(tt_ring_used(&ring), 16);
    for (uint8_t i = 0; i < 3; i++)
        assert_true(send_record(&ring, 8, 8, (uint8_t)(10 + i)));
    assert_false(send_record(&ring, 8, 8, 13));
    expect_record(&ring, 8, 3);
    for (uint8_t i = 0; i < 3; i++)
        expect_record(&ring, 8, (uint8_t)(10 + i));
    expect_nothing(&ring);
    tt_ring_fini(&ring);
}

/* A queue of lengths that knows nothing of bytes: what was sent and not yet taken, in order. */
struct queue {
    size_t len[4096];
    unsigned first, last;
};

static void take_some(struct tt_ring *ring, struct queue *queue, unsigned n)
{
    for (; n > 0 && queue->first != queue->last; n--, queue->first++)
        expect_record(ring, queue->len[queue->first % 4096], (uint8_t)queue->first);
    if (queue->first == queue->last)
        expect_nothing(ring);
}

static void a_million_steps_match_a_plain_queue(void **state)
{
    static const size_t sizes[] = {64, 256, 4096, 65536};
    static struct queue queue;
    struct tt_ring ring;
    unsigned refused_n = 0;

    (void)state;
    srandom(1);
    for (size_t i = 0; i < TT_COUNT(sizes); i++) {
        size_t most = TT_MIN(sizes[i] / 2 - 8, (size_t)8192);
        memset(&queue, 0, sizeof(queue));
        assert_int_equal(tt_ring_init(&ring, sizes[i]), TT_OK);
        for (int step = 0; step < 250000; step++) {
            size_t room = (size_t)random() % (random() % 4 == 0 ? most + 1 : TT_MIN(most, (size_t)300) + 1);
            size_t used = (size_t)random() % (room + 1);
            if (send_record(&ring, room, used, (uint8_t)queue.last))
                queue.len[queue.last++ % 4096] = used;
            else
                refused_n++;
            if (random() % 3 == 0)
                take_some(&ring, &queue, (unsigned)random() % 8);
            if (random() % 2 == 0)
                tt_ring_release(&ring);
            assert_true(tt_ring_used(&ring) <= sizes[i]);
        }
        take_some(&ring, &queue, 4096);
        tt_ring_release(&ring);
        assert_int_equal(tt_ring_used(&ring), 0);
        tt_ring_fini(&ring);
    }
    assert_true(refused_n > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_powers_of_two_within_the_limits_are_sizes),
        cmocka_unit_test(its_memory_is_there_once_populated_and_goes_with_it),
        cmocka_unit_test(both_sides_keep_to_lines_of_their_own),
        cmocka_unit_test(a_record_takes_its_length_and_eight_bytes_in_steps_of_sixteen),
        cmocka_unit_test(it_fills_to_the_last_byte_and_then_says_no),
        cmocka_unit_test(a_record_never_straddles_the_end),
        cmocka_unit_test(the_largest_room_always_fits_an_empty_ring),
        cmocka_unit_test(nothing_is_seen_before_the_commit),
        cmocka_unit_test(walked_records_stay_until_the_release),
        cmocka_unit_test(a_million_steps_match_a_plain_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
