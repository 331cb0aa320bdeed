/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "sink/tap_queue.h"

/* Bytes that tell which record they belong to. */
static void fill(char *record, uint32_t len, unsigned number)
{
    for (uint32_t i = 0; i < len; i++)
        record[i] = (char)(number * 31 + i);
}

static void check(const char *record, uint32_t len, uint8_t topic, unsigned number,
                  uint32_t expect_len)
{
    char expect[4096];

    assert_non_null(record);
    assert_int_equal(len, expect_len);
    assert_int_equal(topic, number % 7);
    fill(expect, len, number);
    assert_memory_equal(record, expect, len);
}

static uint32_t length_of(unsigned number)
{
    return number * 2654435761u % 700;
}

static void records_come_out_as_they_went_in_over_many_wraps(void **state)
{
    struct tt_tap_queue queue;
    unsigned in = 0, out = 0, full = 0;
    char record[4096];
    uint32_t len;
    uint8_t topic;

    (void)state;
    assert_int_equal(tt_tap_queue_init(&queue, 4096), TT_OK);
    srand(1);
    while (out < 100000) {
        for (int i = rand() % 12; i > 0; i--) {
            fill(record, length_of(in), in);
            int err = tt_tap_queue_put(&queue, record, length_of(in), (uint8_t)(in % 7));
            if (err == TT_OK)
                in++;
            else
                full++;
        }
        struct tt_tap_queue_range range = tt_tap_queue_peek(&queue);
        for (int i = rand() % 12; i > 0 && out < in; i--, out++) {
            const char *at = tt_tap_queue_next(&queue, &range, &len, &topic);
            check(at, len, topic, out, length_of(out));
        }
        tt_tap_queue_release(&queue, &range);
        assert_in_range(queue.used, 0, queue.cap);
        assert_int_equal(queue.used == 0, in == out);
    }
    assert_true(full > 100);
    tt_tap_queue_fini(&queue);
}

static void a_queue_full_to_the_last_byte_empties(void **state)
{
    struct tt_tap_queue queue;
    char record[504] = {0};
    uint32_t len;
    uint8_t topic;

    (void)state;
    assert_int_equal(tt_tap_queue_init(&queue, 4096), TT_OK);
    for (int i = 0; i < 8; i++)
        assert_int_equal(tt_tap_queue_put(&queue, record, sizeof(record), 0), TT_OK);
    assert_int_equal(queue.used, 4096);
    assert_int_equal(tt_tap_queue_put(&queue, record, 0, 0), TT_EAGAIN);
    struct tt_tap_queue_range range = tt_tap_queue_peek(&queue);
    tt_tap_queue_release(&queue, &range);
    assert_int_equal(queue.used, 4096);
    for (int i = 0; i < 8; i++)
        assert_non_null(tt_tap_queue_next(&queue, &range, &len, &topic));
    assert_null(tt_tap_queue_next(&queue, &range, &len, &topic));
    tt_tap_queue_release(&queue, &range);
    assert_int_equal(queue.used, 0);
    tt_tap_queue_fini(&queue);
}

static void a_record_that_never_fits_is_told_from_one_that_must_wait(void **state)
{
    static const struct {
        uint32_t len;
        int expect;
    } cases[] = {{4089, TT_ELIMIT},
                 {4088, TT_OK},
                 {4088, TT_EAGAIN},
                 {0, TT_EAGAIN},
                 {UINT32_MAX, TT_ELIMIT}};
    struct tt_tap_queue queue;
    char record[4096] = {0};

    (void)state;
    assert_int_equal(tt_tap_queue_init(&queue, 1), TT_OK);
    for (size_t i = 0; i < TT_COUNT(cases); i++)
        assert_int_equal(tt_tap_queue_put(&queue, record, cases[i].len, 0), cases[i].expect);
    tt_tap_queue_fini(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_as_they_went_in_over_many_wraps),
        cmocka_unit_test(a_queue_full_to_the_last_byte_empties),
        cmocka_unit_test(a_record_that_never_fits_is_told_from_one_that_must_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
