/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A seat: what one of named's threads has of us. Its port, a pool of struct tt_query and the map from
 * named's client objects to them. Seats outlive reloads, so that counts never run backwards. A seat
 * is touched by its own thread alone, but for the counts and the port.
 */

#include "telltale_host.h"
#include "telltale.h"

enum { TT_SEAT_QUERIES_DEFAULT = 16384, TT_SEATS_MAX = 1024 };

/*
 * Makes the seats, the first time: one for each of threads_n threads, each with room for queries_n
 * queries at work (a power of two), whose memory becomes resident as it is used. Then, and each time,
 * gives the seats the ports that core has. False: out of memory; then there are none.
 * Thread: one of named's, one at a time; named's other threads may be at work.
 */
bool tt_seats_open(struct tt_core *core, unsigned threads_n, unsigned queries_n);

/* All seats together, cumulative. */
struct tt_seat_counts {
    uint64_t begun;   /* queries that got a struct tt_query */
    uint64_t ended;   /* of these, those that have ended or were taken for lost */
    uint64_t no_room; /* queries that found the pool full */
    uint64_t lost;    /* ended or lost without having been told */
};

/* Each number is read before those that a query passes earlier. Thread: any. */
void tt_seats_count(struct tt_seat_counts *counts);

/* Whether any seat has a port: else nothing is observed. Thread: any. */
bool tt_seats_have_ports(void);

/* Bits of enum tt_want. Thread: the query's. */
unsigned tt_seats_wants(const struct tt_query *query);

/*
 * Claims the record, with time, latency, worker, transport and transaction filled in, and from struct
 * tt_query: query_size, edns_udp_size, opcode, RD and CD, the five statuses and reasons, and in the
 * tail policy_name and reason; not upstream_count. NULL: no room, counted. At most once a query:
 * is_told is set either way. Followed by exactly one commit. Thread: the query's.
 */
struct tt_obs *tt_seats_claim(struct tt_query *query, uint8_t message_type, struct tt_obs_writer *writer);
void tt_seats_commit(struct tt_query *query, struct tt_obs_writer *writer);

/* What is done for a shim: the seats' part and that of tell.h. Static. */
extern const struct tt_shim_host tt_seats_host;
