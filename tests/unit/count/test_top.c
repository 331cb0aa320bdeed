/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Space-Saving against counting everything. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "count/top.h"

enum { KEYS = 5000, KEY_MAX = 40 };

static unsigned put_key(char *key, unsigned number)
{
    return (unsigned)snprintf(key, KEY_MAX, "%*u", 1 + (int)(number % 37), number);
}

/* A number that small ones are much more frequent than large ones. */
static unsigned skewed(double skew)
{
    double x = (double)random() / RAND_MAX;

    for (; skew > 1; skew--)
        x *= (double)random() / RAND_MAX;
    return (unsigned)(x * (KEYS - 1));
}

static int compare_counts(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x < y) - (x > y);
}

/* Everything that top.h promises, of one state. exact: by key number. */
static void check(const struct tt_top *top, unsigned counters_n, const uint64_t *exact, uint64_t n)
{
    struct tt_top_entry *entries = calloc(counters_n, sizeof(*entries));
    unsigned listed_n = tt_top_list(top, entries, counters_n), heavy_n = 0, heavy_listed_n = 0;
    uint64_t sum = 0, before = UINT64_MAX;

    assert_int_equal(tt_top_total(top), n);
    for (unsigned i = 0; i < KEYS; i++)
        heavy_n += exact[i] > n / counters_n;
    for (unsigned i = 0; i < listed_n; i++) {
        const struct tt_top_entry *entry = &entries[i];
        char text[KEY_MAX + 1] = "", again[KEY_MAX];
        unsigned number;

        memcpy(text, entry->key, entry->len);
        number = (unsigned)strtoul(text, NULL, 10);
        assert_true(number < KEYS && put_key(again, number) == entry->len);
        assert_true(entry->count >= exact[number] && entry->count - entry->error <= exact[number]);
        assert_true(entry->error <= n / counters_n);
        assert_true(entry->count <= before);
        before = entry->count;
        sum += entry->count;
        heavy_listed_n += exact[number] > n / counters_n;
    }
    assert_int_equal(sum, n);
    assert_int_equal(heavy_listed_n, heavy_n);
    free(entries);
}

static void counts_are_within_their_error_and_add_up(void **state)
{
    static const struct {
        unsigned counters;
        double skew;
    } rows[] = {{1, 1}, {2, 2}, {10, 1}, {10, 4}, {100, 1}, {100, 3}, {500, 5}, {1000, 2}, {4999, 1}, {6000, 1}};
    static uint64_t exact[KEYS];

    (void)state;
    srandom(6);
    for (size_t row = 0; row < TT_COUNT(rows); row++) {
        struct tt_top *top;

        assert_int_equal(tt_top_new(rows[row].counters, KEY_MAX, &top), TT_OK);
        for (int window = 0; window < 3; window++) {
            memset(exact, 0, sizeof(exact));
            for (uint64_t n = 1; n <= 20000; n++) {
                unsigned number = skewed(rows[row].skew);
                char key[KEY_MAX];

                exact[number]++;
                tt_top_add(top, key, put_key(key, number));
                if (n < 20 || n % 5000 == 0)
                    check(top, rows[row].counters, exact, n);
            }
            tt_top_clear(top);
            assert_int_equal(tt_top_total(top), 0);
        }
        tt_top_free(&top);
        assert_null(top);
    }
}

/* With enough counters nothing is estimated. */
static void with_room_for_all_counts_are_exact(void **state)
{
    enum { N = 300 };
    struct tt_top_entry entries[N + 10];
    struct tt_top *top;
    uint64_t counts[N];

    (void)state;
    assert_int_equal(tt_top_new(N, KEY_MAX, &top), TT_OK);
    for (unsigned i = 0; i < N; i++) {
        counts[i] = (i * 7919) % 100 + 1;
        for (uint64_t k = 0; k < counts[i]; k++) {
            char key[KEY_MAX];
            tt_top_add(top, key, put_key(key, i));
        }
    }
    qsort(counts, N, sizeof(counts[0]), compare_counts);
    assert_int_equal(tt_top_list(top, entries, TT_COUNT(entries)), N);
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(entries[i].count, counts[i]);
        assert_int_equal(entries[i].error, 0);
    }
    assert_int_equal(tt_top_list(top, entries, 3), 3);
    tt_top_free(&top);
}

/* Names that nobody asks twice must not push out what everybody asks. */
static void a_flood_of_new_keys_leaves_the_frequent_ones(void **state)
{
    enum { COUNTERS = 100, FLOOD = 100000 };
    struct tt_top_entry first;
    struct tt_top *top;
    char key[KEY_MAX];

    (void)state;
    assert_int_equal(tt_top_new(COUNTERS, KEY_MAX, &top), TT_OK);
    for (unsigned i = 0; i < FLOOD; i++) {
        tt_top_add(top, key, put_key(key, 1000 + i));
        if (i % 20 == 0)
            tt_top_add(top, "frequent", 8);
    }
    assert_int_equal(tt_top_list(top, &first, 1), 1);
    assert_int_equal(first.len, 8);
    assert_memory_equal(first.key, "frequent", 8);
    assert_true(first.count >= FLOOD / 20 && first.count - first.error <= FLOOD / 20);
    tt_top_free(&top);
}

static void keys_may_be_empty_and_hold_any_bytes(void **state)
{
    struct tt_top_entry entries[3];
    struct tt_top *top;

    (void)state;
    assert_int_equal(tt_top_new(3, 4, &top), TT_OK);
    tt_top_add(top, "", 0);
    tt_top_add(top, "\0\0", 2);
    tt_top_add(top, "\0", 1);
    tt_top_add(top, "\0\0", 2);
    assert_int_equal(tt_top_list(top, entries, 3), 3);
    assert_int_equal(entries[0].len, 2);
    assert_int_equal(entries[0].count, 2);
    tt_top_free(&top);
}

static void nonsense_is_refused(void **state)
{
    struct tt_top *top;

    (void)state;
    assert_int_equal(tt_top_new(0, 4, &top), TT_EINVAL);
    assert_int_equal(tt_top_new(UINT32_MAX, 4, &top), TT_EINVAL);
    assert_null(top);
    tt_top_free(&top);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_within_their_error_and_add_up),
        cmocka_unit_test(with_room_for_all_counts_are_exact),
        cmocka_unit_test(a_flood_of_new_keys_leaves_the_frequent_ones),
        cmocka_unit_test(keys_may_be_empty_and_hold_any_bytes),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
