/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/tags.h"

#include <sys/mman.h>

#include "base/err.h"

enum { SLOTS_MIN = 512, HUGE_MIN = 4 << 20 };

/* At most five in eight slots are taken: a search ends after two or three of them. */
static size_t slots_for(size_t expected)
{
    size_t slots_n = SLOTS_MIN;

    while (slots_n / 8 * 5 < expected)
        slots_n *= 2;
    return slots_n;
}

size_t tt_tags_bytes(size_t expected)
{
    size_t slots_n = slots_for(expected);

    return slots_n * sizeof(uint64_t) + slots_n / 8 * sizeof(uint64_t);
}

/* Pages of its own: they go back to the system when the set goes, however the heap looks. */
int tt_tags_init(struct tt_tags *tags, size_t expected, unsigned value_bits)
{
    size_t bytes = tt_tags_bytes(expected), slots_n = slots_for(expected);
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *tags = (struct tt_tags){0};
    if (at == MAP_FAILED)
        return TT_ENOMEM;
    if (bytes >= HUGE_MIN)
        madvise(at, bytes, MADV_HUGEPAGE);
    tags->slots = at;
    tags->filter = tags->slots + slots_n;
    tags->mask = slots_n - 1;
    tags->shift = (unsigned)__builtin_clzll(tags->mask);
    tags->value_bits = value_bits;
    return TT_OK;
}

void tt_tags_fini(struct tt_tags *tags)
{
    if (tags->slots != NULL)
        munmap(tags->slots, (tags->mask + 1 + (tags->mask + 1) / 8) * sizeof(uint64_t));
    *tags = (struct tt_tags){0};
}

bool tt_tags_add(struct tt_tags *tags, struct tt_hash hash, unsigned value)
{
    uint64_t tag = tt_tags_tag(tags, hash), low = ((uint64_t)1 << tags->value_bits) - 1;
    uint64_t at = tt_tags_at(tags, hash);

    while (tags->slots[at] != 0 && (tags->slots[at] & ~low) != tag)
        at = (at + 1) & tags->mask;
    bool is_new = tags->slots[at] == 0;
    tags->slots[at] |= tag | value;
    *tt_tags_filter(tags, hash) |= tt_tags_bit(hash);
    tags->n += is_new;
    return is_new;
}
