/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "pool.h"

#include <sys/mman.h>

static void *map(size_t size)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory != MAP_FAILED ? memory : NULL;
}

bool tt_pool_open(struct tt_pool *pool, unsigned queries_n)
{
    *pool = (struct tt_pool){.queries_n = queries_n, .slots_n = 2 * queries_n, .hash_shift = 64};
    for (unsigned n = pool->slots_n; n > 1; n /= 2)
        pool->hash_shift--;
    pool->queries = map(queries_n * sizeof(*pool->queries));
    pool->slots = map(pool->slots_n * sizeof(*pool->slots));
    if (pool->queries != NULL && pool->slots != NULL)
        return true;
    tt_pool_close(pool);
    return false;
}

void tt_pool_close(struct tt_pool *pool)
{
    if (pool->queries != NULL)
        munmap(pool->queries, pool->queries_n * sizeof(*pool->queries));
    if (pool->slots != NULL)
        munmap(pool->slots, pool->slots_n * sizeof(*pool->slots));
    *pool = (struct tt_pool){0};
}

/* Fibonacci hashing: the addresses of one allocator differ in few bits in the middle. */
static unsigned home_of(const struct tt_pool *pool, const void *client)
{
    return (unsigned)((uint64_t)(uintptr_t)client * UINT64_C(0x9e3779b97f4a7c15) >> pool->hash_shift);
}

static unsigned after(const struct tt_pool *pool, unsigned slot)
{
    return (slot + 1) & (pool->slots_n - 1);
}

/* The slot of a client, or the free one where its search ends. */
static unsigned slot_of(const struct tt_pool *pool, const void *client)
{
    unsigned slot = home_of(pool, client);

    while (pool->slots[slot] != 0 && pool->queries[pool->slots[slot] - 1].client != client)
        slot = after(pool, slot);
    return slot;
}

struct tt_query *tt_pool_search(struct tt_pool *pool, const void *client)
{
    uint32_t number = pool->slots[slot_of(pool, client)];

    if (number == 0)
        return NULL;
    pool->last = &pool->queries[number - 1];
    return pool->last;
}

static struct tt_query *take_free(struct tt_pool *pool)
{
    struct tt_query *query = pool->free_list;

    if (query != NULL) {
        memcpy(&pool->free_list, &query->client, sizeof(query->client));
        return query;
    }
    return pool->fresh_n < pool->queries_n ? &pool->queries[pool->fresh_n++] : NULL;
}

struct tt_query *tt_pool_take(struct tt_pool *pool, const void *client, bool *is_there)
{
    unsigned slot = slot_of(pool, client);
    uint32_t number = pool->slots[slot];
    struct tt_query *query = number != 0 ? &pool->queries[number - 1] : take_free(pool);

    *is_there = number != 0;
    if (query == NULL)
        return NULL;
    query->client = client;
    pool->slots[slot] = (uint32_t)(query - pool->queries) + 1;
    pool->last = query;
    return query;
}

/* Closes the gap, so that no search ends before its goal: what stands behind it moves up when its own
 * search would have passed the gap. */
static void free_slot(struct tt_pool *pool, unsigned gap)
{
    unsigned mask = pool->slots_n - 1;

    for (unsigned slot = after(pool, gap); pool->slots[slot] != 0; slot = after(pool, slot)) {
        unsigned home = home_of(pool, pool->queries[pool->slots[slot] - 1].client);

        if (((slot - home) & mask) < ((slot - gap) & mask))
            continue;
        pool->slots[gap] = pool->slots[slot];
        gap = slot;
    }
    pool->slots[gap] = 0;
}

void tt_pool_give(struct tt_pool *pool, struct tt_query *query)
{
    free_slot(pool, slot_of(pool, query->client));
    query->client = pool->free_list;
    pool->free_list = query;
    pool->last = NULL;
}
