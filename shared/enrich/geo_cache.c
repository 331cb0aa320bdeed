/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Rows of four places, one cache line each. A network (/24, /48) is asked first: it holds the facts
 * of all its addresses, or the word that the databases are finer there, then the address has a
 * place of its own. The index is keyed by chance: who chooses addresses cannot choose places.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "enrich/geo.h"

enum { PLACES_N = 65536, WAYS_N = 4, NET_BITS_V4 = 24, NET_BITS_V6 = 48 };
enum key_kind { KEY_NET_V4 = 1, KEY_NET_V6, KEY_ADDRESS_V4, KEY_ADDRESS_V6 };

struct key {
    uint64_t bytes[2];
    uint8_t kind; /* enum key_kind */
};

struct place {
    struct key key;
    uint32_t generation; /* another one than the cache's: empty */
    bool is_finer;       /* a network whose addresses differ; facts are of none */
    struct tt_geo_facts facts;
};

TT_STATIC_ASSERT(sizeof(struct place) <= 64, "a place is one cache line");

union line {
    struct place place;
    uint8_t bytes[64];
};

struct tt_geo_cache {
    union line *lines;
    uint64_t seed;
    uint32_t generation;
};

int tt_geo_cache_new(struct tt_geo_cache **cache)
{
    *cache = calloc(1, sizeof(**cache));
    if (*cache == NULL)
        return TT_ENOMEM;
    (*cache)->lines = aligned_alloc(64, PLACES_N * sizeof(union line));
    if ((*cache)->lines == NULL) {
        tt_geo_cache_free(cache);
        return TT_ENOMEM;
    }
    memset((*cache)->lines, 0, PLACES_N * sizeof(union line));
    (*cache)->generation = 1;
    if (getrandom(&(*cache)->seed, sizeof((*cache)->seed), GRND_NONBLOCK) != sizeof((*cache)->seed))
        (*cache)->seed = tt_clock_mono_ns() ^ (uintptr_t)*cache;
    return TT_OK;
}

void tt_geo_cache_free(struct tt_geo_cache **cache)
{
    if (*cache == NULL)
        return;
    free((*cache)->lines);
    free(*cache);
    *cache = NULL;
}

void tt_geo_cache_forget(struct tt_geo_cache *cache)
{
    if (++cache->generation != 0)
        return;
    memset(cache->lines, 0, PLACES_N * sizeof(union line));
    cache->generation = 1;
}

static inline struct key make_key(const struct tt_ip *ip, bool is_net)
{
    struct key key = {{0, 0}, 0};

    if (ip->family == 4) {
        key.kind = is_net ? KEY_NET_V4 : KEY_ADDRESS_V4;
        memcpy(key.bytes, ip->bytes, is_net ? NET_BITS_V4 / 8 : 4);
        return key;
    }
    key.kind = is_net ? KEY_NET_V6 : KEY_ADDRESS_V6;
    memcpy(key.bytes, ip->bytes, is_net ? NET_BITS_V6 / 8 : 16);
    return key;
}

static inline union line *find_row(struct tt_geo_cache *cache, const struct key *key)
{
    uint64_t hash = XXH3_64bits_withSeed(key->bytes, sizeof(key->bytes), cache->seed + key->kind);

    return &cache->lines[hash % (PLACES_N / WAYS_N) * WAYS_N];
}

static inline struct place *find_place(struct tt_geo_cache *cache, const struct key *key,
                                       union line *row)
{
    for (unsigned i = 0; i < WAYS_N; i++) {
        struct place *place = &row[i].place;
        if (place->key.bytes[0] == key->bytes[0] && place->key.bytes[1] == key->bytes[1] &&
            place->key.kind == key->kind && place->generation == cache->generation)
            return place;
    }
    return NULL;
}

void tt_geo_cache_prefetch(struct tt_geo_cache *cache, const struct tt_ip *ip)
{
    struct key key = make_key(ip, true);

    __builtin_prefetch(find_row(cache, &key));
}

/* The newest of a row stands first, the oldest falls out. */
static struct place *take_place(struct tt_geo_cache *cache, const struct key *key, union line *row)
{
    memmove(row + 1, row, (WAYS_N - 1) * sizeof(*row));
    row[0].place = (struct place){.key = *key, .generation = cache->generation};
    return &row[0].place;
}

/* What is not kept of a network: looked up, and kept as widely as it holds. */
static const struct tt_geo_facts *look_up(struct tt_geo_cache *cache, const struct tt_geo *country,
                                          const struct tt_geo *asn, const struct tt_ip *ip,
                                          bool is_known_finer)
{
    struct key net = make_key(ip, true), address = make_key(ip, false);
    struct tt_geo_facts facts;
    unsigned prefix = tt_geo_find(country, asn, ip, &facts);
    bool is_finer = prefix > (ip->family == 4 ? NET_BITS_V4 : NET_BITS_V6);
    struct place *place = NULL;

    if (!is_known_finer) {
        place = take_place(cache, &net, find_row(cache, &net));
        place->is_finer = is_finer;
    }
    if (is_finer || place == NULL)
        place = take_place(cache, &address, find_row(cache, &address));
    place->facts = facts;
    return &place->facts;
}

const struct tt_geo_facts *tt_geo_cache_find(struct tt_geo_cache *cache,
                                             const struct tt_geo *country, const struct tt_geo *asn,
                                             const struct tt_ip *ip)
{
    static const struct tt_geo_facts nothing;
    struct key key = make_key(ip, true);
    struct place *place;
    bool is_known_finer;

    if (ip->family == 0)
        return &nothing;
    place = find_place(cache, &key, find_row(cache, &key));
    is_known_finer = place != NULL && place->is_finer;
    if (is_known_finer) {
        key = make_key(ip, false);
        place = find_place(cache, &key, find_row(cache, &key));
    }
    return place != NULL ? &place->facts : look_up(cache, country, asn, ip, is_known_finer);
}
