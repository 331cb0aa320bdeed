/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ring/ring.h"

#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define SIZE_MAX_BYTES ((size_t)2 << 30)

/* Whole huge pages need an address that is a multiple of theirs: map one more, give the rest back. */
static char *map_aligned(size_t size)
{
    size_t slack = size >= HUGE_PAGE ? HUGE_PAGE : 0;
    char *at = mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t front;

    if (at == MAP_FAILED || slack == 0)
        return at == MAP_FAILED ? NULL : at;
    front = -(uintptr_t)at & (HUGE_PAGE - 1);
    if (front > 0)
        munmap(at, front);
    munmap(at + front + size, slack - front);
    /* Advice: where there are no huge pages the ring works on small ones. */
    madvise(at + front, size, MADV_HUGEPAGE);
    return at + front;
}

int tt_ring_init(struct tt_ring *ring, size_t size)
{
    char *data;

    memset(ring, 0, sizeof(*ring));
    if (size < TT_RING_SIZE_MIN || size > SIZE_MAX_BYTES || (size & (size - 1)) != 0)
        return TT_EINVAL;
    data = map_aligned(size);
    if (data == NULL)
        return TT_ENOMEM;
    ring->producer.data = ring->consumer.data = data;
    ring->producer.mask = ring->consumer.mask = size - 1;
    ring->producer.limit = size;
    return TT_OK;
}

void tt_ring_populate(struct tt_ring *ring)
{
    /* Unlike a write of ours it changes nothing, so the producer may be at work meanwhile. A kernel
     * before 5.14 knows it not: then the first lap takes the page faults. */
    madvise(ring->producer.data, ring->producer.mask + 1, MADV_POPULATE_WRITE);
}

void tt_ring_fini(struct tt_ring *ring)
{
    if (ring->producer.data != NULL)
        munmap(ring->producer.data, ring->producer.mask + 1);
    memset(ring, 0, sizeof(*ring));
}

size_t tt_ring_size(const struct tt_ring *ring)
{
    return ring->consumer.mask + 1;
}

size_t tt_ring_used(const struct tt_ring *ring)
{
    return (size_t)(TT_RING_LOAD(USED_HEAD, &ring->producer.head) - ring->consumer.released);
}

const void *tt_ring_peek(struct tt_ring *ring, size_t *len)
{
    struct tt_ring_header *header, seen;

    if (ring->consumer.walk == ring->consumer.head) {
        ring->consumer.head = TT_RING_LOAD(PEEK_HEAD, &ring->producer.head);
        if (ring->consumer.walk == ring->consumer.head)
            return NULL;
    }
    header = tt_ring_header_at(ring->consumer.data, ring->consumer.mask, ring->consumer.walk);
    seen = TT_RING_READ(header);
    if (TT_UNLIKELY((seen.flags & TT_RING_SKIP) != 0)) {
        /* Committed with the record behind it: that one is there without another look at head. */
        ring->consumer.walk += seen.len;
        header = tt_ring_header_at(ring->consumer.data, ring->consumer.mask, ring->consumer.walk);
        seen = TT_RING_READ(header);
    }
    *len = seen.len;
    return header + 1;
}

void tt_ring_next(struct tt_ring *ring)
{
    struct tt_ring_header *header =
        tt_ring_header_at(ring->consumer.data, ring->consumer.mask, ring->consumer.walk);

    ring->consumer.walk += tt_ring_space(TT_RING_READ(header).len);
}

void tt_ring_release(struct tt_ring *ring)
{
    if (ring->consumer.released == ring->consumer.walk)
        return;
    ring->consumer.released = ring->consumer.walk;
    TT_RING_STORE(RELEASE_TAIL, &ring->consumer.tail, ring->consumer.walk);
}
