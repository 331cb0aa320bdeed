/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Room for the queries that one thread works at, and the way from named's client object to its query:
 * open addressing over the client's address. Of one thread. Memory is mapped once and becomes resident
 * as it is used, last in first out.
 */

#include "telltale_host.h"

struct tt_pool {
    struct tt_query *queries;
    uint32_t *slots;  /* 1 + index of the query, 0: free; twice as many as queries */
    unsigned slots_n; /* a power of two */
    unsigned hash_shift;
    unsigned queries_n;
    unsigned fresh_n;           /* queries from here on were never used */
    struct tt_query *free_list; /* linked through `client` */
    struct tt_query *last;      /* found or taken, and not given back: mostly the one that is looked for */
};

/* queries_n: a power of two. False: out of memory. */
bool tt_pool_open(struct tt_pool *pool, unsigned queries_n);
void tt_pool_close(struct tt_pool *pool);

/* The query of a client, NULL when it has none. */
struct tt_query *tt_pool_search(struct tt_pool *pool, const void *client);

static inline struct tt_query *tt_pool_find(struct tt_pool *pool, const void *client)
{
    return TT_LIKELY(pool->last != NULL && pool->last->client == client) ? pool->last
                                                                         : tt_pool_search(pool, client);
}

/* A query for a client, or the one that it has: *is_there. `client` is set, the rest is as it was left.
 * NULL: full. */
struct tt_query *tt_pool_take(struct tt_pool *pool, const void *client, bool *is_there);

void tt_pool_give(struct tt_pool *pool, struct tt_query *query);
