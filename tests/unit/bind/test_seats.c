/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What named's threads have of us: queries begun and ended, records claimed, all counted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <time.h>

#include "core/port.h"
#include "seats.h"

enum { THREADS_N = 3, QUERIES_N = 8, RING_SIZE = 65536 };

/* The core's side: a port for the first two threads. */
static struct tt_port *ports[THREADS_N];
static unsigned wants_all = TT_WANT_ANSWERS;

struct tt_port *tt_core_port(struct tt_core *core, unsigned index)
{
    (void)core;
    return ports[index];
}

static const struct tt_shim_host *const host = &tt_seats_host;

static const void *client(unsigned number)
{
    return (const char *)0x1000 + (size_t)number * 64;
}

static int open_seats(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++)
        if (tt_port_new(i + 1, RING_SIZE, &wants_all, &ports[i]) != TT_OK)
            return -1;
    return tt_seats_open(NULL, THREADS_N, QUERIES_N) && tt_seats_have_ports() ? 0 : -1;
}

static struct tt_seat_counts counts(void)
{
    struct tt_seat_counts now;

    tt_seats_count(&now);
    return now;
}

/* Tells it, too: what is not told counts as lost. */
static void finish(struct tt_query *query)
{
    struct tt_obs_writer writer;
    struct tt_obs *obs = tt_seats_claim(query, TT_message_type_CLIENT_RESPONSE, &writer);

    if (obs != NULL)
        tt_seats_commit(query, &writer);
    host->end(query);
}

static void drain(unsigned thread)
{
    size_t len;

    while (tt_ring_peek(&ports[thread]->ring, &len) != NULL)
        tt_ring_next(&ports[thread]->ring);
}

static void a_full_pool_is_counted_and_has_room_again(void **state)
{
    struct tt_seat_counts before = counts(), after;
    struct tt_query *queries[QUERIES_N];

    (void)state;
    for (unsigned i = 0; i < QUERIES_N; i++)
        assert_non_null(queries[i] = host->begin(0, client(i)));
    assert_null(host->begin(0, client(100)));
    assert_null(host->begin(0, client(101)));
    after = counts();
    assert_int_equal(after.begun - before.begun, QUERIES_N);
    assert_int_equal(after.ended, before.ended);
    assert_int_equal(after.no_room - before.no_room, 2);
    for (unsigned i = 0; i < QUERIES_N; i++)
        finish(queries[i]);
    assert_non_null(queries[0] = host->begin(0, client(100)));
    finish(queries[0]);
    after = counts();
    assert_int_equal(after.begun - before.begun, after.ended - before.ended);
    assert_int_equal(after.lost, before.lost);
    drain(0);
}

static void a_query_that_never_ended_is_lost_when_its_client_is_used_again(void **state)
{
    struct tt_seat_counts before = counts(), after;
    struct tt_query *first, *second;

    (void)state;
    first = host->begin(1, client(1));
    host->work(first);
    first->policy_name_len = 3;
    second = host->begin(1, client(1));
    assert_ptr_equal(second, host->find(1, client(1)));
    assert_int_equal(second->transaction, 0);
    assert_int_equal(second->policy_name_len, 0);
    after = counts();
    assert_int_equal(after.begun - before.begun, 2);
    assert_int_equal(after.ended - before.ended, 1);
    assert_int_equal(after.lost - before.lost, 1);
    finish(second);
    after = counts();
    assert_int_equal(after.ended - before.ended, 2);
    assert_int_equal(after.lost - before.lost, 1);
    drain(1);
}

static void a_query_that_ends_untold_is_lost(void **state)
{
    struct tt_seat_counts before = counts(), after;

    (void)state;
    host->end(host->begin(0, client(1)));
    after = counts();
    assert_int_equal(after.ended - before.ended, 1);
    assert_int_equal(after.lost - before.lost, 1);
}

static void threads_without_seat_or_port_observe_nothing(void **state)
{
    static const unsigned threads[] = {2, THREADS_N, 1000, UINT32_MAX};
    struct tt_seat_counts before = counts(), after;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(threads); i++) {
        assert_null(host->begin(threads[i], client(1)));
        assert_null(host->find(threads[i], client(1)));
    }
    after = counts();
    assert_memory_equal(&before, &after, sizeof(before));
}

static void a_client_is_found_on_its_own_thread_only(void **state)
{
    struct tt_query *query = host->begin(0, client(7));

    (void)state;
    assert_ptr_equal(host->find(0, client(7)), query);
    assert_null(host->find(1, client(7)));
    assert_null(host->find(0, client(8)));
    finish(query);
    assert_null(host->find(0, client(7)));
    drain(0);
}

static void work_gives_one_transaction(void **state)
{
    struct tt_query *query = host->begin(1, client(1));
    uint64_t transaction;

    (void)state;
    assert_int_equal(query->transaction, 0);
    host->work(query);
    transaction = query->transaction;
    assert_int_equal(transaction >> 48, 2);
    host->work(query);
    assert_int_equal(query->transaction, transaction);
    finish(query);
    drain(1);
}

static uint64_t wall_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static const uint8_t policy[] = "\x03rpz";

/* A query of 1.5 ms of which everything is known. */
static struct tt_query *full_query(void)
{
    struct tt_query *query = host->begin(1, client(1));

    query->query_size = 41;
    query->edns_udp_size = 1232;
    query->has_flags = true;
    query->query_flags = 0x0110; /* RD CD */
    query->transport = TT_transport_DOT;
    query->cache_status = TT_cache_status_MISS;
    query->dnssec_status = TT_dnssec_status_BOGUS;
    query->servfail_reason = TT_servfail_reason_DNSSEC_BOGUS;
    query->policy_action = TT_policy_action_DROP;
    query->drop_reason = TT_drop_reason_POLICY;
    memcpy(query->policy_name, policy, sizeof(policy));
    query->policy_name_len = sizeof(policy);
    memcpy(query->reason, "expired", 7);
    query->reason_len = 7;
    host->work(query);
    host->note_done(query);
    query->started_ns = query->done_ns - 1500000;
    return query;
}

static void expect_full_head(const struct tt_obs *obs, uint64_t transaction)
{
    assert_int_equal(obs->message_type, TT_message_type_CLIENT_RESPONSE);
    assert_int_equal(obs->latency_us, 1500);
    /* Both clocks are cut to µs, so it may lie one ahead. */
    assert_in_range(wall_us() + 1 - obs->time_us, 0, 3600u * 1000000);
    assert_int_equal(obs->worker, 1);
    assert_int_equal(obs->transaction, transaction);
    assert_int_equal(obs->query_size, 41);
    assert_int_equal(obs->edns_udp_size, 1232);
    assert_int_equal(obs->flags, TT_OBS_RD | TT_OBS_CD);
    assert_int_equal(obs->opcode, 0);
    assert_int_equal(obs->have, TT_HAVE_LATENCY | TT_HAVE_WORKER | TT_HAVE_QUERY_SIZE |
                                    TT_HAVE_EDNS_UDP_SIZE | TT_HAVE_QUERY_FLAGS | TT_HAVE_OPCODE);
    assert_int_equal(obs->transport, TT_transport_DOT);
    assert_int_equal(obs->cache_status, TT_cache_status_MISS);
    assert_int_equal(obs->dnssec_status, TT_dnssec_status_BOGUS);
    assert_int_equal(obs->servfail_reason, TT_servfail_reason_DNSSEC_BOGUS);
    assert_int_equal(obs->policy_action, TT_policy_action_DROP);
    assert_int_equal(obs->drop_reason, TT_drop_reason_POLICY);
}

static void a_claimed_record_says_what_the_query_knows(void **state)
{
    struct tt_query *query = full_query();
    struct tt_obs_writer writer;
    struct tt_obs *obs = tt_seats_claim(query, TT_message_type_CLIENT_RESPONSE, &writer);
    const uint8_t *tail;

    (void)state;
    assert_non_null(obs);
    assert_null(tt_seats_claim(query, TT_message_type_CLIENT_RESPONSE, &writer));
    expect_full_head(obs, query->transaction);
    tail = tt_obs_tail(obs);
    assert_int_equal(obs->tail_len, 4 + sizeof(policy) + 4 + 7);
    assert_int_equal(tail[0], TT_TAIL_POLICY_NAME);
    assert_int_equal(tail[1], TT_TAIL_IS_NAME);
    assert_memory_equal(tail + 4, policy, sizeof(policy));
    assert_int_equal(tail[4 + sizeof(policy)], TT_TAIL_DNSSEC_REASON);
    assert_memory_equal(tail + 8 + sizeof(policy), "expired", 7);
    tt_seats_commit(query, &writer);
    host->end(query);
    drain(1);
}

static void a_full_ring_gives_no_record_and_the_query_counts_as_told(void **state)
{
    struct tt_seat_counts before = counts(), after;
    struct tt_obs_writer writer;
    unsigned n = 0;

    (void)state;
    for (struct tt_query *query; (query = host->begin(0, client(1))) != NULL && n < 100000; n++) {
        struct tt_obs *obs = tt_seats_claim(query, TT_message_type_CLIENT_RESPONSE, &writer);

        if (obs != NULL)
            tt_seats_commit(query, &writer);
        assert_true(query->is_told);
        host->end(query);
        if (obs == NULL)
            break;
    }
    after = counts();
    assert_in_range(n, 100, 1000);
    assert_int_equal(after.begun - before.begun, n + 1);
    assert_int_equal(after.lost, before.lost);
    drain(0);
}

enum { ROUNDS_N = 50000 };

static void *ask(void *arg)
{
    unsigned thread = *(const unsigned *)arg;
    struct tt_query *held[4] = {NULL};

    for (unsigned i = 0; i < ROUNDS_N; i++) {
        unsigned at = i % TT_COUNT(held);

        if (held[at] != NULL)
            finish(held[at]);
        held[at] = host->begin(thread, client(at));
        drain(thread);
    }
    for (unsigned at = 0; at < TT_COUNT(held); at++)
        finish(held[at]);
    drain(thread);
    return NULL;
}

static void two_threads_are_counted_while_they_work(void **state)
{
    static const unsigned numbers[] = {0, 1};
    struct tt_seat_counts before = counts(), now;
    pthread_t threads[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, (void *)(uintptr_t)&numbers[i]), 0);
    do {
        now = counts();
        assert_true(now.begun >= now.ended);
    } while (now.begun - before.begun < 2 * ROUNDS_N);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    now = counts();
    assert_int_equal(now.begun - before.begun, 2 * ROUNDS_N);
    assert_int_equal(now.ended - before.ended, 2 * ROUNDS_N);
    assert_int_equal(now.lost, before.lost);
    assert_int_equal(now.no_room, before.no_room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_pool_is_counted_and_has_room_again),
        cmocka_unit_test(a_query_that_never_ended_is_lost_when_its_client_is_used_again),
        cmocka_unit_test(a_query_that_ends_untold_is_lost),
        cmocka_unit_test(threads_without_seat_or_port_observe_nothing),
        cmocka_unit_test(a_client_is_found_on_its_own_thread_only),
        cmocka_unit_test(work_gives_one_transaction),
        cmocka_unit_test(a_claimed_record_says_what_the_query_knows),
        cmocka_unit_test(a_full_ring_gives_no_record_and_the_query_counts_as_told),
        cmocka_unit_test(two_threads_are_counted_while_they_work),
    };

    return cmocka_run_group_tests(tests, open_seats, NULL);
}
