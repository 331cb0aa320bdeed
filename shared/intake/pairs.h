/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Queries and responses that come one by one, put together: a query waits for the response with the
 * same addresses, ports, transport, ID and question. A response whose query is not there is an
 * exchange without it; a query without a response for a time is one of outcome timeout. Time is
 * that of the messages. What waits is bounded; beyond, the oldest is given up early. Everything
 * belongs to one thread.
 */

#include "intake/exchange.h"

struct tt_pairs_limits {
    uint64_t timeout_us;
    size_t queries_max, bytes_max; /* that wait */
};

/* How an exchange came to its end: X(NAME, word, doc). */
#define TT_PAIRS_ENDS(X)                                                                           \
    X(PAIRED, "paired", "query and response")                                                      \
    X(UNPAIRED, "unpaired", "a response alone")                                                    \
    X(TIMED_OUT, "timeout", "a query alone, all its time over")                                    \
    X(EVICTED, "evicted", "a query alone, given up early for want of room")                        \
    X(LEFT, "left", "a query alone, at the end of all messages")

enum tt_pairs_end {
#define X(name, word, doc) TT_PAIRS_##name,
    TT_PAIRS_ENDS(X)
#undef X
        TT_PAIRS_ENDS_N
};

/* A query alone has outcome timeout, at the time when it was given up. The exchange is lent for the
 * call. */
typedef void (*tt_pairs_out_f)(void *arg, const struct tt_exchange *exchange,
                               enum tt_pairs_end end);

struct tt_pairs;

/* Fails: TT_ENOMEM. */
int tt_pairs_new(const struct tt_pairs_limits *limits, tt_pairs_out_f out, void *arg,
                 struct tt_pairs **pairs);

/* Of `query`, what the asker sent counts, of `response` what came back; the images have a header.
 * Each also tells what time it is. Fails: TT_ENOMEM (the query is not kept). */
int tt_pairs_query(struct tt_pairs *pairs, const struct tt_exchange *query);
void tt_pairs_response(struct tt_pairs *pairs, const struct tt_exchange *response);

/* It is time_us by now: what waits too long is given up. Time does not run backwards. */
void tt_pairs_advance(struct tt_pairs *pairs, uint64_t time_us);

/* No more messages: gives up all that waits. */
void tt_pairs_flush(struct tt_pairs *pairs);

/* The clock that the messages come by was set back: flushes, and time goes on from time_us. */
void tt_pairs_set_back(struct tt_pairs *pairs, uint64_t time_us);

/* How many queries wait. */
size_t tt_pairs_waiting(const struct tt_pairs *pairs);

/* Frees without a word about what waits, sets NULL; NULL is fine. */
void tt_pairs_free(struct tt_pairs **pairs);
