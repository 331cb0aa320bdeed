/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "failures.h"

#include "moment.h"

enum {
    WAYS = 4, /* slots that a key may lie in */
    SETS = 1024,
    WORDS = (sizeof(struct tt_failure) + 7) / 8,
};

#define KEPT_NS (TT_FAILURES_KEPT_S * UINT64_C(1000000000))

/*
 * A slot is written by the one thread that made its sequence odd, and is valid for a reader when the
 * sequence is even and the same before and after. The payload is words, each read and written whole.
 */
struct slot {
    uint64_t sequence;
    uint64_t key; /* hash of view, name and type; 0: never used */
    uint64_t written_ns;
    uint64_t words[WORDS];
};

static struct slot slots[SETS][WAYS];

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/* Two questions with one key would share a reason for half a minute; 64 bits make that no concern. */
static uint64_t key_of(const void *view, const void *name, size_t len, uint16_t type)
{
    const uint8_t *at = name;
    uint64_t hash = mix((uint64_t)(uintptr_t)view, (uint64_t)len << 16 | type);

    while (len > 0) {
        uint64_t word = 0;
        size_t n = TT_MIN(len, sizeof(word));

        for (size_t i = 0; i < n; i++)
            word = word << 8 | lower(at[i]);
        hash = mix(hash, word);
        at += n;
        len -= n;
    }
    return mix(hash, 1) | 1;
}

static struct slot *set_of(uint64_t key)
{
    return slots[key >> 32 & (SETS - 1)];
}

static uint64_t load(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* The slot that has the key, else the oldest. */
static struct slot *choose(struct slot *set, uint64_t key)
{
    struct slot *oldest = &set[0];

    for (unsigned i = 0; i < WAYS; i++) {
        if (load(&set[i].key) == key)
            return &set[i];
        if (load(&set[i].written_ns) < load(&oldest->written_ns))
            oldest = &set[i];
    }
    return oldest;
}

void tt_failures_remember_at(uint64_t now_ns, const void *view, const void *name, size_t len, uint16_t type,
                             const struct tt_failure *failure)
{
    uint64_t key = key_of(view, name, len, type), words[WORDS] = {0};
    struct slot *slot = choose(set_of(key), key);
    uint64_t sequence = load(&slot->sequence);

    if ((sequence & 1) != 0 || !__atomic_compare_exchange_n(&slot->sequence, &sequence, sequence + 1, false,
                                                            __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    memcpy(words, failure, sizeof(*failure));
    store(&slot->key, key);
    store(&slot->written_ns, now_ns);
    for (unsigned i = 0; i < WORDS; i++)
        store(&slot->words[i], words[i]);
    store(&slot->sequence, sequence + 2);
}

static bool read_slot(const struct slot *slot, uint64_t key, uint64_t now_ns, struct tt_failure *failure)
{
    uint64_t sequence = load(&slot->sequence), words[WORDS], written_ns;

    if ((sequence & 1) != 0 || load(&slot->key) != key)
        return false;
    written_ns = load(&slot->written_ns);
    for (unsigned i = 0; i < WORDS; i++)
        words[i] = load(&slot->words[i]);
    if (load(&slot->sequence) != sequence || now_ns > written_ns + KEPT_NS)
        return false;
    memcpy(failure, words, sizeof(*failure));
    return true;
}

bool tt_failures_recall_at(uint64_t now_ns, const void *view, const void *name, size_t len, uint16_t type,
                           struct tt_failure *failure)
{
    uint64_t key = key_of(view, name, len, type);
    const struct slot *set = set_of(key);

    for (unsigned i = 0; i < WAYS; i++)
        if (read_slot(&set[i], key, now_ns, failure))
            return true;
    return false;
}

void tt_failures_remember(const void *view, const void *name, size_t len, uint16_t type,
                          const struct tt_failure *failure)
{
    tt_failures_remember_at(tt_moment_mono_ns(), view, name, len, type, failure);
}

bool tt_failures_recall(const void *view, const void *name, size_t len, uint16_t type,
                        struct tt_failure *failure)
{
    return tt_failures_recall_at(tt_moment_mono_ns(), view, name, len, type, failure);
}
