/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A ring of bytes between two threads, for records of different length that lie in one piece.
 *
 *            tail                 walk            head
 *   ──────────┴────────────────────┴───────────────┴────────────►  positions, 64 bits, never wrap
 *    free      walked, not given    committed       free, or claimed and being written
 *              back
 *
 * Writers    One thread, the producer: claim, fill, commit. It alone moves head.
 * Reader     One thread, the consumer: peek and next over many records, then one release. It alone
 *            moves tail.
 * Invariant  tail <= walk <= head <= tail + size, all multiples of 16. Memory in [tail, head) belongs
 *            to the consumer, the rest to the producer. A position is handed over by a release store
 *            and taken by an acquire load (orders.def says why for each), and with it the memory.
 * Wrap       A record never straddles the end: when the room does not fit before it, a skip mark
 *            fills the rest, published together with the record behind it. Positions are multiples
 *            of 16, so there is always place for the mark. Positions do not wrap: at 10 GB/s, 2^64 bytes last
 *            58 years, so there is no ABA and full and empty differ.
 * Full       claim gives NULL. The caller counts and goes on; nothing waits, nothing is overwritten.
 *
 * Each side keeps what it last saw of the other's position and looks again only when that says full
 * or empty, so the two cache lines hardly travel. No lock, no system call, no wake-up: the consumer
 * polls. A producer that dies between claim and commit leaves the ring whole without that record.
 *
 * Memory     One mapping of `size` bytes; tt_ring_populate takes its pages ahead, so that no host thread
 *            has to. Resident memory is `size` a ring from then on and never more. On 2 MiB pages where
 *            the system has them (no page walks when caches are cold).
 *            It lives until tt_ring_fini, which is called when both threads are done. After a fork
 *            each process has its own copy, as of everything private.
 */

#include "base/compat.h"
#include "ring/order.h"

/* In front of each record, 8 bytes. */
struct tt_ring_header {
    uint32_t len; /* bytes of the record as committed; of a skip mark: all to the end, itself included */
    uint32_t flags; /* enum tt_ring_flag */
};

enum tt_ring_flag { TT_RING_SKIP = 1 };

enum { TT_RING_SIZE_MIN = 64, TT_RING_AHEAD = 512 /* bytes fetched before they are written */ };

struct tt_ring {
    struct {
        uint64_t head; /* atomic: what the consumer may read up to */
        uint64_t next; /* the same, for ourselves */
        uint64_t claimed; /* where the claimed record's header stands */
        uint64_t limit; /* tail as last seen + size */
        char *data;
        size_t mask; /* size - 1 */
        char pad[2 * TT_CACHE_PAD - 6 * 8];
    } producer;
    struct {
        uint64_t tail; /* atomic: what the producer may write up to, plus size */
        uint64_t released; /* the same, for ourselves */
        uint64_t walk;
        uint64_t head; /* as last seen */
        char *data;
        size_t mask;
        char pad[2 * TT_CACHE_PAD - 6 * 8];
    } consumer;
};

/*
 * Makes an empty ring of `size` bytes, a power of two from TT_RING_SIZE_MIN to 2 GiB. Owns its memory
 * until tt_ring_fini. Fails: TT_EINVAL, TT_ENOMEM. Thread: any, before both sides start.
 */
int tt_ring_init(struct tt_ring *ring, size_t size);

/* Takes the ring's pages from the system (about 2 ms for 4 MiB); both sides may be at work.
 * Thread: any, but not a host's. */
void tt_ring_populate(struct tt_ring *ring);

/* Gives the memory back; records in it are gone. An all-zero ring is fine. */
void tt_ring_fini(struct tt_ring *ring);

/* Bytes of the ring. The largest room that is sure to fit an empty ring is size / 2 - 8. Thread: any. */
size_t tt_ring_size(const struct tt_ring *ring);

/* Bytes in use, headers and skip marks included; at most the size. Thread: consumer. */
size_t tt_ring_used(const struct tt_ring *ring);

/*
 * The record the walk stands at, where it was claimed, and its length; NULL when all committed ones
 * are walked. Lends until tt_ring_release. Thread: consumer.
 */
const void *tt_ring_peek(struct tt_ring *ring, size_t *len);

/* Walks past the record that tt_ring_peek just gave; it stays readable. Thread: consumer. */
void tt_ring_next(struct tt_ring *ring);

/* Gives the room of all walked records back, by one store. Thread: consumer. */
void tt_ring_release(struct tt_ring *ring);

/* Bytes that a record of len takes, header included: a multiple of 16, so that every record starts at
 * 8 modulo 16 and whoever fills it knows which of its stores are aligned (measured: 6 ns a record). */
static inline size_t tt_ring_space(size_t len)
{
    return (sizeof(struct tt_ring_header) + len + 15) & ~(size_t)15;
}

static inline struct tt_ring_header *tt_ring_header_at(char *data, size_t mask, uint64_t position)
{
    return (struct tt_ring_header *)(void *)(data + (position & mask));
}

/*
 * Room for a record of up to `room` bytes, not cleared, at an address of 8 modulo 16; NULL when the
 * ring is full. A claim is undone by claiming again. Thread: producer.
 */
static inline void *tt_ring_claim(struct tt_ring *ring, size_t room)
{
    uint64_t at = ring->producer.next;
    size_t to_end = ring->producer.mask + 1 - (at & ring->producer.mask);
    size_t space = tt_ring_space(room);
    uint64_t start = TT_LIKELY(space <= to_end) ? at : at + to_end;

    if (TT_UNLIKELY(start + space > ring->producer.limit)) {
        ring->producer.limit = TT_RING_LOAD(CLAIM_TAIL, &ring->consumer.tail) + ring->producer.mask + 1;
        if (start + space > ring->producer.limit)
            return NULL;
    }
    if (TT_UNLIKELY(start != at)) {
        struct tt_ring_header skip = {(uint32_t)to_end, TT_RING_SKIP};
        TT_RING_WRITE(tt_ring_header_at(ring->producer.data, ring->producer.mask, at), skip);
    }
    ring->producer.claimed = start;
    return tt_ring_header_at(ring->producer.data, ring->producer.mask, start) + 1;
}

/* Publishes the first `used` bytes (at most the room) of what was claimed. Thread: producer. */
static inline void tt_ring_commit(struct tt_ring *ring, size_t used)
{
    struct tt_ring_header header = {(uint32_t)used, 0};
    uint64_t at = ring->producer.claimed, next = at + tt_ring_space(used);
    char *data = ring->producer.data;
    size_t mask = ring->producer.mask;

    TT_RING_WRITE(tt_ring_header_at(data, mask, at), header);
    ring->producer.next = next;
    TT_RING_STORE(COMMIT_HEAD, &ring->producer.head, next);
    /* As many lines as this record took, so that what is fetched stays ahead by as much. */
    for (uint64_t line = at + TT_RING_AHEAD; line < next + TT_RING_AHEAD; line += 64)
        __builtin_prefetch(data + (line & mask), 1);
}
