/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The memory of a queue: queue.c puts records into chunks, queue_chunk.c finds chunks for them. */

#include "sink/queue.h"

/* Stands at its own start; records follow. */
struct tt_queue_chunk {
    struct tt_queue_chunk *older, *newer;
    uint64_t number;
    uint32_t size;  /* with this head */
    uint32_t end;   /* where the next record goes */
    uint32_t first; /* before it is none that waits */
    uint32_t waiting_n;
    uint32_t held_n;
    uint8_t topic;
    uint8_t unused[3];
};

/* Bytes that a record takes with its head, a multiple of 8. */
static inline size_t tt_queue_room(size_t len, size_t key_len)
{
    return sizeof(struct tt_queue_entry) + ((len + key_len + 7) & ~(size_t)7);
}

static inline struct tt_queue_entry *tt_queue_entry_at(const struct tt_queue_chunk *chunk, uint32_t at)
{
    return (struct tt_queue_entry *)((uintptr_t)chunk + at);
}

/* A chunk with so many bytes of room at the end of the topic's chain; others may give way. Fails: TT_EAGAIN,
 * TT_ELIMIT. */
int tt_queue_chunk_add(struct tt_queue *queue, uint8_t topic, size_t room, enum tt_queue_way way);

/* Takes a chunk out of its chain. */
void tt_queue_chunk_remove(struct tt_queue *queue, struct tt_queue_chunk *chunk);
