/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A name in text form seen from its right end: one keyed hash for each suffix, made in a single pass, so
 * that every table can be asked for every suffix without reading the name again.
 */

#include "base/compat.h"
#include "base/ip.h"
#include "base/str.h"

/*
 * 128 bits: the tag is what a table compares, the place says where it looks. They are keyed with bytes
 * the kernel drew for this process, so nobody outside can construct two names that collide; two names
 * that do by chance are one in 2^64 for each comparison.
 */
struct tt_hash {
    uint64_t tag, place;
};

enum { TT_LABELS_MAX = 127 };

/* items[0] is the root (at: the text's length), items[d] the suffix of d labels, starting at `at`. */
struct tt_labels {
    unsigned n; /* labels read */
    struct tt_label {
        struct tt_hash hash;
        uint32_t at;
    } items[TT_LABELS_MAX + 1];
};

/* The hash of the root: the key. The same for the whole process, forked children included. Thread: any. */
struct tt_hash tt_hash_root(void);

/* The hash of what went before and two words more. */
static inline struct tt_hash tt_hash_mix(struct tt_hash hash, uint64_t word, uint64_t mark)
{
    uint64_t left = hash.tag ^ word, right = hash.place ^ mark;
    unsigned __int128 product = (unsigned __int128)left * right;
    uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64);

    return (struct tt_hash){low ^ high, high + (left << 29 | left >> 35)};
}

/* The network of an address (bits behind the prefix are 0), apart from every name. */
struct tt_hash tt_hash_net(struct tt_hash root, const struct tt_ip *ip, unsigned prefix);

/* Reads up to max labels of a name (wire/name.h) from the right; escapes do not split labels. Of a text
 * that is no name it makes something, within bounds. */
void tt_labels_read(struct tt_labels *labels, struct tt_hash root, struct tt_str name, unsigned max);
