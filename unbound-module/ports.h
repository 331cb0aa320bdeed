/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A seat: what one Unbound worker thread has of us. Its port, the counts of its queries, and what
 * the next callback must know of the last. Seats outlive reloads, so that counts never run
 * backwards.
 */

#include "host.h"
#include "unseen.h"

struct tt_work;

/* Which query a callback was for, to recognise a second callback for the same one. */
struct tt_told {
    const struct comm_reply *repinfo;
    struct timeval loop_time;       /* Unbound's event loop: query_n starts anew at times */
    long long query_n;              /* worker->stats.num_queries */
    uint16_t query_id, client_port; /* network order */
};

/* The first half of an answer that is an alias, see rewrite.h. */
struct tt_partial {
    struct tt_told query;
    struct reply_info *base; /* in the worker's scratch region; NULL: none */
    struct respip_action_info policy;
};

struct tt_seat {
    struct tt_port *port; /* NULL: observe nothing */
    bool is_checked;      /* this process may write to the port */
    bool is_cut_off;      /* its states end unfinished, and the clients of all are noted */
    struct tt_unseen unseen;
    struct tt_told last; /* told from the worker itself */
    struct tt_partial partial;
    struct tt_work *working; /* states with clients, a ring; one of them */
    uint64_t noted_n;        /* clients of theirs that are not told yet */
    size_t jostled;          /* mesh->stats_jostled as seen last */
    uint32_t visit;          /* walks over waiting states, see work.c */
    unsigned visits_n;       /* states counted up for the exchange at hand */
} __attribute__((aligned(TT_CACHE_PAD)));

/* Makes or grows the seats and gives each its port. False: out of memory, or the core has no port.
 * Thread: main, in init, while no worker runs. */
bool tt_seats_open(struct tt_module *module, unsigned threads_n);

/* Names the query of a client that is answered at once. */
struct tt_told tt_told_of(const struct worker *worker, const struct comm_reply *repinfo);
bool tt_told_is_same(const struct tt_told *a, const struct tt_told *b);

/* The seat of a worker, NULL when it observes nothing. No thread-local variable is needed: the
 * worker knows its number, and queries that end at shutdown are cleared on the main thread when
 * their own thread has ended. Thread: the worker's, or main when that has ended. */
struct tt_seat *tt_seat_of(const struct worker *worker);
