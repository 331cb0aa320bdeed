/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The books of a worker's queries: what Unbound itself has counted, against what we have told.
 * Read from the worker's own counters on the worker's own thread; the sums here are cumulative over
 * every reset of those (stats command, statistics-interval, reload).
 */

#include "host.h"

enum tt_unseen_reason {
#define REASON(name, word, source, doc) TT_UNSEEN_##name,
#include "unseen.def"
#undef REASON
    TT_UNSEEN_N
};

extern const char *const tt_unseen_words[TT_UNSEEN_N];

/* Unbound's counters, as read last or as summed up. */
struct tt_unseen_counters {
    uint64_t queries;        /* num_queries: every query with a sound header */
    uint64_t missed;         /* of these, handed to the mesh */
    uint64_t ip_ratelimited; /* of these, dropped before the cache */
    uint64_t unwanted;       /* denied or refused before they are counted in queries */
    uint64_t timed_out;      /* dropped before they are counted in queries */
    uint64_t not_taken; /* handed to the mesh, which did not take them, or threw the answer away */
};

struct tt_unseen {
    const struct worker *worker; /* whose counters `before` is of; NULL after a reload */
    struct tt_unseen_counters before, sum;
    uint64_t told;                /* client events told from the worker itself, not from the mesh */
    uint64_t told_waiting;        /* and those told from the mesh */
    uint64_t discarded;           /* client events told of answers thrown away as too old */
    uint64_t uncounted;           /* clients this Unbound forgot to take off num_reply_addrs */
    struct tt_host_counts counts; /* as published last */
};

/* The worker's counters start from 0 again: a reload. port may be NULL. Thread: main, in init. */
void tt_unseen_restart(struct tt_unseen *unseen, struct tt_port *port);

/* Reads the counters and publishes the books. Call it when all events of the query at hand are
 * committed. arrived: this call is made for a query that no call was made for yet. */
void tt_unseen_publish(struct tt_unseen *unseen, struct tt_port *port, const struct worker *worker,
                       bool arrived);

/* To be called before the last publish of a worker that is stopping: what is missing by now is of
 * clients that Unbound forgot before a hook could note them. */
void tt_unseen_settle(struct tt_unseen *unseen, const struct worker *worker);

/* Clients that wait by Unbound's count. */
uint64_t tt_unseen_waiting(struct tt_unseen *unseen, const struct worker *worker);
