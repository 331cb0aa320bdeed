/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "count/top.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"

/* Places in the tables below are numbered from 1: 0 is nowhere. Keys lie apart, so that the cells of many
 * counters stay in the processor's first caches: a key is read only when its hash is the one that is sought. */
struct cell {
    uint64_t hash;
    uint64_t error;
    uint32_t chain; /* the next one of the same slot */
    uint32_t bucket;
    uint32_t prev, next; /* of the same bucket */
    uint32_t len; /* of the key */
};

struct bucket {
    uint64_t count;
    uint32_t first; /* cell */
    uint32_t lower, higher; /* buckets in order; higher is also the list of free ones */
};

struct tt_top {
    uint64_t seed;
    uint64_t total;
    unsigned cells_n, used_n; /* cells in all, with a key */
    unsigned slots_mask;
    size_t key_max;
    uint32_t lowest, highest; /* buckets */
    uint32_t fresh; /* buckets from here on were never used */
    uint32_t free; /* used and given back */
    uint32_t *slots;
    struct bucket *buckets;
    struct cell *cells;
    uint8_t *keys; /* key_max bytes each */
};

enum { COUNTERS_MAX = 1 << 24 };

static uint8_t *key_at(const struct tt_top *top, uint32_t at)
{
    return top->keys + at * top->key_max;
}

int tt_top_new(unsigned counters_n, unsigned key_max, struct tt_top **out)
{
    struct tt_top *top = NULL;
    unsigned slots_n = 16;

    *out = NULL;
    if (counters_n == 0 || counters_n > COUNTERS_MAX || key_max > UINT16_MAX)
        return TT_EINVAL;
    while (slots_n < counters_n + counters_n / 2)
        slots_n *= 2;
    top = calloc(1, sizeof(*top));
    if (top == NULL)
        return TT_ENOMEM;
    top->key_max = key_max;
    top->cells_n = counters_n;
    top->slots_mask = slots_n - 1;
    top->fresh = 1;
    top->slots = calloc(slots_n, sizeof(top->slots[0]));
    top->buckets = calloc((size_t)counters_n + 2, sizeof(top->buckets[0]));
    top->cells = calloc((size_t)counters_n + 1, sizeof(top->cells[0]));
    top->keys = calloc((size_t)counters_n + 1, TT_MAX(key_max, 1u));
    /* Without entropy the place in memory has to do. */
    if (getrandom(&top->seed, sizeof(top->seed), GRND_NONBLOCK) != sizeof(top->seed))
        top->seed = (uintptr_t)top * UINT64_C(0x9e3779b97f4a7c15);
    if (top->slots == NULL || top->buckets == NULL || top->cells == NULL || top->keys == NULL)
        tt_top_free(&top);
    *out = top;
    return top != NULL ? TT_OK : TT_ENOMEM;
}

void tt_top_free(struct tt_top **top)
{
    if (*top == NULL)
        return;
    free((*top)->keys);
    free((*top)->cells);
    free((*top)->buckets);
    free((*top)->slots);
    free(*top);
    *top = NULL;
}

/* A bucket for count right above `lower` (0: below all). */
static uint32_t add_bucket(struct tt_top *top, uint64_t count, uint32_t lower)
{
    uint32_t at = top->free != 0 ? top->free : top->fresh;
    struct bucket *bucket = &top->buckets[at];
    uint32_t higher = lower != 0 ? top->buckets[lower].higher : top->lowest;

    if (top->free != 0)
        top->free = bucket->higher;
    else
        top->fresh++;
    *bucket = (struct bucket){count, 0, lower, higher};
    *(lower != 0 ? &top->buckets[lower].higher : &top->lowest) = at;
    *(higher != 0 ? &top->buckets[higher].lower : &top->highest) = at;
    return at;
}

static void drop_bucket(struct tt_top *top, uint32_t at)
{
    struct bucket *bucket = &top->buckets[at];

    *(bucket->lower != 0 ? &top->buckets[bucket->lower].higher : &top->lowest) = bucket->higher;
    *(bucket->higher != 0 ? &top->buckets[bucket->higher].lower : &top->highest) = bucket->lower;
    bucket->higher = top->free;
    top->free = at;
}

static void hang(struct tt_top *top, uint32_t at, uint32_t on)
{
    struct cell *cell = &top->cells[at];
    struct bucket *bucket = &top->buckets[on];

    cell->bucket = on;
    cell->prev = 0;
    cell->next = bucket->first;
    if (bucket->first != 0)
        top->cells[bucket->first].prev = at;
    bucket->first = at;
}

/* One more for a cell: onto the bucket above its own, which is made where there is none. */
static void raise_cell(struct tt_top *top, uint32_t at)
{
    struct cell *cell = &top->cells[at];
    uint32_t from = cell->bucket;
    struct bucket *bucket = &top->buckets[from];
    uint32_t to = bucket->higher;
    bool is_alone = bucket->first == at && cell->next == 0;
    bool has_next = to != 0 && top->buckets[to].count == bucket->count + 1;

    if (is_alone && !has_next) {
        bucket->count++;
        return;
    }
    if (!has_next)
        to = add_bucket(top, bucket->count + 1, from);
    if (cell->next != 0)
        top->cells[cell->next].prev = cell->prev;
    *(cell->prev != 0 ? &top->cells[cell->prev].next : &bucket->first) = cell->next;
    if (is_alone)
        drop_bucket(top, from);
    hang(top, at, to);
}

static void forget_key(struct tt_top *top, uint32_t at)
{
    const struct cell *cell = &top->cells[at];
    uint32_t *link = &top->slots[cell->hash & top->slots_mask];

    while (*link != at)
        link = &top->cells[*link].chain;
    *link = cell->chain;
}

static void set_key(struct tt_top *top, uint32_t at, uint64_t hash, const void *key, unsigned len)
{
    struct cell *cell = &top->cells[at];
    uint32_t *slot = &top->slots[hash & top->slots_mask];

    cell->hash = hash;
    cell->len = len;
    memcpy(key_at(top, at), key, len);
    cell->chain = *slot;
    *slot = at;
}

/* A key that has no counter: a new one, or that of the lowest, whose count becomes its error. */
static void admit(struct tt_top *top, uint64_t hash, const void *key, unsigned len)
{
    uint32_t at;

    if (top->used_n < top->cells_n) {
        at = ++top->used_n;
        set_key(top, at, hash, key, len);
        top->cells[at].error = 0;
        if (top->lowest == 0 || top->buckets[top->lowest].count != 1)
            add_bucket(top, 1, 0);
        hang(top, at, top->lowest);
        return;
    }
    at = top->buckets[top->lowest].first;
    forget_key(top, at);
    set_key(top, at, hash, key, len);
    top->cells[at].error = top->buckets[top->lowest].count;
    raise_cell(top, at);
}

void tt_top_add(struct tt_top *top, const void *key, unsigned len)
{
    uint64_t hash = XXH3_64bits_withSeed(key, len, top->seed);
    uint32_t at = top->slots[hash & top->slots_mask];

    top->total++;
    for (; at != 0; at = top->cells[at].chain) {
        const struct cell *cell = &top->cells[at];

        if (cell->hash == hash && cell->len == len && memcmp(key_at(top, at), key, len) == 0) {
            raise_cell(top, at);
            return;
        }
    }
    admit(top, hash, key, len);
}

uint64_t tt_top_total(const struct tt_top *top)
{
    return top->total;
}

unsigned tt_top_list(const struct tt_top *top, struct tt_top_entry *entries, unsigned entries_max)
{
    unsigned n = 0;

    for (uint32_t bucket = top->highest; bucket != 0; bucket = top->buckets[bucket].lower) {
        for (uint32_t at = top->buckets[bucket].first; at != 0; at = top->cells[at].next) {
            const struct cell *cell = &top->cells[at];

            if (n == entries_max)
                return n;
            entries[n++] = (struct tt_top_entry){key_at(top, at), cell->len, top->buckets[bucket].count, cell->error};
        }
    }
    return n;
}

void tt_top_clear(struct tt_top *top)
{
    memset(top->slots, 0, ((size_t)top->slots_mask + 1) * sizeof(top->slots[0]));
    top->total = 0;
    top->used_n = 0;
    top->lowest = top->highest = top->free = 0;
    top->fresh = 1;
}
