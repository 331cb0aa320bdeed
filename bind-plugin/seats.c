/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "seats.h"

#include <stdlib.h>

#include "moment.h"
#include "pool.h"
#include "tell.h"

/* The header's second word: RFC 1035 section 4.1.1, RFC 4035 section 3.2.2. */
enum { QUERY_RD = 0x0100, QUERY_CD = 0x0010, QUERY_OPCODE_SHIFT = 11, QUERY_OPCODE_MASK = 15 };

#define WALL_LOOK_NS UINT64_C(1000000000)

struct seat {
    struct tt_port *port; /* atomic; NULL: observe nothing */
    struct tt_pool pool;
    uint64_t wall_ahead_us; /* of the monotonic clock */
    uint64_t wall_seen_ns;  /* when that was looked at; 0: never */
    struct tt_seat_counts counts;
    uint16_t thread;
} __attribute__((aligned(TT_CACHE_PAD)));

/* Of the process, for ever: set when the first plugin instance is registered. */
static struct seat *seats;
static unsigned seats_n;

/* One writer: a plain read and a relaxed store are enough, and cheaper than a locked add. */
static void bump(uint64_t *counter)
{
    __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

static struct tt_port *port_of(const struct seat *seat)
{
    return __atomic_load_n(&seat->port, __ATOMIC_ACQUIRE);
}

static bool make_seats(unsigned threads_n, unsigned queries_n)
{
    struct seat *made = aligned_alloc(TT_CACHE_PAD, threads_n * sizeof(*made));

    if (made == NULL)
        return false;
    memset(made, 0, threads_n * sizeof(*made));
    for (unsigned i = 0; i < threads_n; i++) {
        made[i].thread = (uint16_t)i;
        if (!tt_pool_open(&made[i].pool, queries_n)) {
            while (i-- > 0)
                tt_pool_close(&made[i].pool);
            free(made);
            return false;
        }
    }
    seats = made;
    __atomic_store_n(&seats_n, threads_n, __ATOMIC_RELEASE);
    return true;
}

bool tt_seats_open(struct tt_core *core, unsigned threads_n, unsigned queries_n)
{
    if (seats_n == 0 && !make_seats(TT_MIN(threads_n, (unsigned)TT_SEATS_MAX), queries_n))
        return false;
    for (unsigned i = 0; i < seats_n; i++)
        __atomic_store_n(&seats[i].port, tt_core_port(core, i), __ATOMIC_RELEASE);
    return true;
}

bool tt_seats_have_ports(void)
{
    return __atomic_load_n(&seats_n, __ATOMIC_ACQUIRE) > 0 && port_of(&seats[0]) != NULL;
}

void tt_seats_count(struct tt_seat_counts *counts)
{
    *counts = (struct tt_seat_counts){0};
    for (unsigned i = 0; i < __atomic_load_n(&seats_n, __ATOMIC_ACQUIRE); i++) {
        const struct tt_seat_counts *of = &seats[i].counts;

        counts->lost += __atomic_load_n(&of->lost, __ATOMIC_RELAXED);
        counts->ended += __atomic_load_n(&of->ended, __ATOMIC_ACQUIRE);
        counts->begun += __atomic_load_n(&of->begun, __ATOMIC_RELAXED);
        counts->no_room += __atomic_load_n(&of->no_room, __ATOMIC_RELAXED);
    }
}

static struct seat *seat_of(unsigned thread)
{
    return TT_LIKELY(thread < seats_n) ? &seats[thread] : NULL;
}

static void count_end(struct seat *seat, const struct tt_query *query)
{
    if (TT_UNLIKELY(!query->is_told))
        bump(&seat->counts.lost);
    /* After all that the query was counted in before: a reader that sees it ended sees that too. */
    __atomic_store_n(&seat->counts.ended, seat->counts.ended + 1, __ATOMIC_RELEASE);
}

static struct tt_query *begin(unsigned thread, const void *client)
{
    struct seat *seat = seat_of(thread);
    struct tt_query *query;
    bool is_there;

    if (TT_UNLIKELY(seat == NULL || port_of(seat) == NULL))
        return NULL;
    query = tt_pool_take(&seat->pool, client, &is_there);
    if (TT_UNLIKELY(query == NULL)) {
        bump(&seat->counts.no_room);
        return NULL;
    }
    if (TT_UNLIKELY(is_there))
        count_end(seat, query);
    bump(&seat->counts.begun);
    memset(query, 0, offsetof(struct tt_query, policy_name));
    query->client = client;
    query->seat = seat;
    query->started_ns = tt_moment_mono_ns();
    return query;
}

static struct tt_query *find(unsigned thread, const void *client)
{
    struct seat *seat = seat_of(thread);

    return TT_LIKELY(seat != NULL) ? tt_pool_find(&seat->pool, client) : NULL;
}

static void note_done(struct tt_query *query)
{
    query->done_ns = tt_moment_mono_ns();
}

static void work(struct tt_query *query)
{
    struct tt_port *port = port_of(query->seat);

    if (query->transaction == 0 && port != NULL)
        query->transaction = tt_port_transaction(port);
}

unsigned tt_seats_wants(const struct tt_query *query)
{
    struct tt_port *port = port_of(query->seat);

    return TT_LIKELY(port != NULL) ? tt_port_wants(port) : 0;
}

/* The wall clock is looked at once a second: its steps and slews show with that delay. */
static uint64_t wall_us_at(struct seat *seat, uint64_t mono_ns)
{
    if (TT_UNLIKELY(seat->wall_seen_ns == 0 || mono_ns > seat->wall_seen_ns + WALL_LOOK_NS)) {
        seat->wall_seen_ns = tt_moment_mono_ns();
        seat->wall_ahead_us = tt_moment_wall_us() - seat->wall_seen_ns / 1000;
    }
    return seat->wall_ahead_us + mono_ns / 1000;
}

static void fill_times(struct seat *seat, struct tt_query *query, struct tt_obs *obs)
{
    if (query->done_ns == 0)
        note_done(query);
    obs->time_us = wall_us_at(seat, query->done_ns);
    obs->latency_us = (uint32_t)TT_MIN((query->done_ns - query->started_ns) / 1000, (uint64_t)UINT32_MAX);
    obs->have |= TT_HAVE_LATENCY;
}

static void fill_question(const struct tt_query *query, struct tt_obs *obs)
{
    obs->query_size = query->query_size;
    obs->edns_udp_size = query->edns_udp_size;
    obs->have |= (query->query_size != 0 ? TT_HAVE_QUERY_SIZE : 0u) |
                 (query->edns_udp_size != 0 ? TT_HAVE_EDNS_UDP_SIZE : 0u);
    if (!query->has_flags)
        return;
    obs->have |= TT_HAVE_QUERY_FLAGS | TT_HAVE_OPCODE;
    obs->opcode = query->query_flags >> QUERY_OPCODE_SHIFT & QUERY_OPCODE_MASK;
    if ((query->query_flags & QUERY_RD) != 0)
        obs->flags |= TT_OBS_RD;
    if ((query->query_flags & QUERY_CD) != 0)
        obs->flags |= TT_OBS_CD;
}

static void fill_fate(const struct tt_query *query, struct tt_obs_writer *writer)
{
    struct tt_obs *obs = writer->obs;

    obs->drop_reason = query->drop_reason;
    obs->cache_status = query->cache_status;
    obs->dnssec_status = query->dnssec_status;
    obs->policy_action = query->policy_action;
    obs->servfail_reason = query->servfail_reason;
    if (query->policy_name_len > 0)
        tt_obs_put(writer, TT_TAIL_POLICY_NAME, TT_TAIL_IS_NAME, query->policy_name, query->policy_name_len);
    if (query->reason_len > 0)
        tt_obs_put(writer, TT_TAIL_DNSSEC_REASON, 0, query->reason, query->reason_len);
}

struct tt_obs *tt_seats_claim(struct tt_query *query, uint8_t message_type, struct tt_obs_writer *writer)
{
    struct seat *seat = query->seat;
    struct tt_port *port = port_of(seat);
    struct tt_obs *obs;

    if (TT_UNLIKELY(query->is_told || port == NULL))
        return NULL;
    query->is_told = true;
    obs = tt_port_claim(port, message_type, writer);
    if (TT_UNLIKELY(obs == NULL))
        return NULL;
    fill_times(seat, query, obs);
    fill_question(query, obs);
    fill_fate(query, writer);
    obs->worker = seat->thread;
    obs->transport = query->transport;
    obs->transaction = query->transaction;
    obs->have |= TT_HAVE_WORKER;
    return obs;
}

void tt_seats_commit(struct tt_query *query, struct tt_obs_writer *writer)
{
    tt_port_commit(port_of(query->seat), writer);
}

static void end(struct tt_query *query)
{
    struct seat *seat = query->seat;

    count_end(seat, query);
    tt_pool_give(&seat->pool, query);
}

const struct tt_shim_host tt_seats_host = {
    .abi = TT_SHIM_ABI,
    .size = sizeof(struct tt_shim_host),
    .begin = begin,
    .find = find,
    .note_done = note_done,
    .work = work,
    .end = end,
    .arrive = tt_tell_arrive,
    .tell = tt_tell,
};
