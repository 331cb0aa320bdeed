/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Room for the queries at work, and the way from a client to its query. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "pool.h"

static const void *client(uint64_t number)
{
    return (const void *)(uintptr_t)(0x7f0000000000 + number * 6912);
}

static struct tt_query *take(struct tt_pool *pool, uint64_t number)
{
    bool is_there;
    struct tt_query *query = tt_pool_take(pool, client(number), &is_there);

    assert_false(is_there);
    return query;
}

static void a_client_that_has_a_query_keeps_it(void **state)
{
    struct tt_query *first;
    struct tt_pool pool;
    bool is_there;

    (void)state;
    assert_true(tt_pool_open(&pool, 2));
    first = take(&pool, 0);
    assert_ptr_equal(tt_pool_take(&pool, client(0), &is_there), first);
    assert_true(is_there);
    assert_non_null(take(&pool, 1));
    assert_null(take(&pool, 2));
    tt_pool_close(&pool);
}

static void a_full_pool_gives_nothing_until_a_query_is_given_back(void **state)
{
    struct tt_query *first;
    struct tt_pool pool;

    (void)state;
    assert_true(tt_pool_open(&pool, 4));
    first = take(&pool, 0);
    for (unsigned i = 1; i < 4; i++)
        assert_non_null(take(&pool, i));
    assert_null(take(&pool, 4));
    assert_null(tt_pool_find(&pool, client(4)));
    assert_ptr_equal(tt_pool_find(&pool, client(0)), first);
    tt_pool_give(&pool, first);
    assert_null(tt_pool_find(&pool, client(0)));
    assert_ptr_equal(take(&pool, 4), first);
    assert_null(take(&pool, 0));
    tt_pool_close(&pool);
}

/* Against a plain table: which query each client has. */
static void clients_come_and_go_and_each_is_found(void **state)
{
    enum { CLIENTS_N = 1500, QUERIES_N = 1024, STEPS_N = 200000 };
    static struct tt_query *has[CLIENTS_N];
    unsigned random = 12345, used = 0;
    struct tt_pool pool;

    (void)state;
    assert_true(tt_pool_open(&pool, QUERIES_N));
    for (unsigned step = 0; step < STEPS_N; step++) {
        unsigned i = (random = random * 1664525 + 1013904223) >> 8;

        i %= CLIENTS_N;
        assert_ptr_equal(tt_pool_find(&pool, client(i)), has[i]);
        if (has[i] != NULL) {
            tt_pool_give(&pool, has[i]);
            has[i] = NULL;
            used--;
        } else {
            has[i] = take(&pool, i);
            assert_int_equal(has[i] != NULL, used < QUERIES_N);
            used += has[i] != NULL;
        }
    }
    for (unsigned i = 0; i < CLIENTS_N; i++)
        assert_ptr_equal(tt_pool_find(&pool, client(i)), has[i]);
    assert_true(used > QUERIES_N / 2);
    tt_pool_close(&pool);
}

static size_t resident_pages(void *memory, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page, n = 0;
    unsigned char *in = malloc(pages);

    assert_non_null(in);
    assert_int_equal(mincore(memory, size, in), 0);
    for (size_t i = 0; i < pages; i++)
        n += in[i] & 1;
    free(in);
    return n;
}

static void memory_is_resident_only_where_it_was_used(void **state)
{
    struct tt_pool pool;

    (void)state;
    assert_true(tt_pool_open(&pool, 16384));
    for (unsigned i = 0; i < 10000; i++)
        tt_pool_give(&pool, take(&pool, i % 8));
    assert_in_range(resident_pages(pool.queries, 16384 * sizeof(struct tt_query)), 1, 2);
    tt_pool_close(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_has_a_query_keeps_it),
        cmocka_unit_test(a_full_pool_gives_nothing_until_a_query_is_given_back),
        cmocka_unit_test(clients_come_and_go_and_each_is_found),
        cmocka_unit_test(memory_is_resident_only_where_it_was_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
