/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A set of hashes with a few bits beside each, 8 bytes a slot: what suffixes, zones and threats are kept in.
 * Behind the slots stands a filter of 8 bits a slot, one of which each hash sets: where most questions are
 * answered with no, a large set answers them from an eighth of its memory.
 */

#include "enrich/labels.h"

struct tt_tags {
    uint64_t *slots;  /* 0: free */
    uint64_t *filter; /* one word a slot of eight */
    uint64_t mask;    /* slots - 1 */
    size_t n;
    unsigned shift;      /* 64 - log2(slots) */
    unsigned value_bits; /* low bits of a slot that are a value, up to 20 */
};

/* Room for `expected` hashes. Fails: TT_ENOMEM. */
int tt_tags_init(struct tt_tags *tags, size_t expected, unsigned value_bits);
void tt_tags_fini(struct tt_tags *tags);

/* The bytes that a set of `expected` hashes takes. */
size_t tt_tags_bytes(size_t expected);

static inline uint64_t tt_tags_at(const struct tt_tags *tags, struct tt_hash hash)
{
    return hash.place * 0x9e3779b97f4a7c15u >> tags->shift;
}

static inline uint64_t tt_tags_tag(const struct tt_tags *tags, struct tt_hash hash)
{
    uint64_t tag = hash.tag >> tags->value_bits << tags->value_bits;

    return tag != 0 ? tag : (uint64_t)1 << 63;
}

/* The word of the filter, and the bit in it. */
static inline uint64_t *tt_tags_filter(const struct tt_tags *tags, struct tt_hash hash)
{
    return &tags->filter[(hash.tag ^ hash.place >> 32) & tags->mask >> 3];
}

static inline uint64_t tt_tags_bit(struct tt_hash hash)
{
    return (uint64_t)1 << (hash.tag >> 58);
}

static inline void tt_tags_prefetch(const struct tt_tags *tags, struct tt_hash hash)
{
    __builtin_prefetch(tt_tags_filter(tags, hash));
}

/* False: it is not there. True: look. */
static inline bool tt_tags_may_have(const struct tt_tags *tags, struct tt_hash hash)
{
    return (*tt_tags_filter(tags, hash) & tt_tags_bit(hash)) != 0;
}

/* Adds a hash, or ORs the value into the one that is there. Returns whether it is new. Never more than
 * were expected. */
bool tt_tags_add(struct tt_tags *tags, struct tt_hash hash, unsigned value);

/* Whether the hash is there, and its value. Thread: any. */
static inline bool tt_tags_find(const struct tt_tags *tags, struct tt_hash hash, unsigned *value)
{
    uint64_t tag = tt_tags_tag(tags, hash), low = ((uint64_t)1 << tags->value_bits) - 1;

    for (uint64_t at = tt_tags_at(tags, hash); tags->slots[at] != 0; at = (at + 1) & tags->mask) {
        if ((tags->slots[at] & ~low) == tag) {
            *value = (unsigned)(tags->slots[at] & low);
            return true;
        }
    }
    return false;
}
