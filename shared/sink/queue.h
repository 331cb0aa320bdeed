/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The queue of one sink, in memory: for each topic a chain of chunks (64 KiB, smaller where the whole is
 * small; a larger record has a chunk of its own), all from one budget of bytes. A record keeps its place
 * until it is settled, and a chunk is given back when all of its records are.
 *
 * Every topic has a share that nobody else may use; the rest goes to whoever comes first. Where there is no
 * room, the oldest chunks of less important topics (rows of topics.def) give way, but for the share that is
 * theirs and for chunks with a record that somebody holds. Nothing gives way to a less important topic.
 *
 * It has no lock: whoever owns it calls everything under one. The bytes of a held record are read without it:
 * nobody writes there before it is settled or given back.
 */

#include "base/compat.h"
#include "sink/sink.h"

enum tt_queue_state { TT_QUEUE_WAITING, TT_QUEUE_HELD, TT_QUEUE_GONE };

/* A flag: it may have arrived, so that it is uncertain when it is dropped. */
enum { TT_QUEUE_DOUBTFUL = 1 << 0 };

/* Stands before every record; data and key follow. */
struct tt_queue_entry {
    uint32_t at; /* of itself, from the start of its chunk */
    uint32_t len;
    uint16_t units;
    uint8_t topic;
    uint8_t key_len;
    uint8_t state; /* enum tt_queue_state */
    uint8_t flags; /* TT_QUEUE_DOUBTFUL; changed under the lock */
    uint8_t unused[2];
    uint64_t time_us;
    uint64_t random, sequence;
};

static inline const char *tt_queue_data(const struct tt_queue_entry *entry)
{
    return (const char *)(entry + 1);
}

static inline const char *tt_queue_key(const struct tt_queue_entry *entry)
{
    return tt_queue_data(entry) + entry->len;
}

struct tt_queue_chunk;

struct tt_queue {
    size_t cap;  /* bytes */
    size_t used; /* bytes of chunks in use, heads and unused ends included */
    size_t chunk_size;
    uint64_t next_number; /* of chunks: their age */
    unsigned waiting;     /* bit mask: topics with a record that nobody holds */
    struct tt_queue_topic {
        struct tt_queue_chunk *oldest, *newest;
        struct tt_queue_chunk *scan; /* before it is none that waits; NULL: none waits */
        size_t bytes;                /* of its chunks */
        size_t share;
        uint64_t waiting_n;
    } topics[TT_TOPICS_N];
    struct tt_queue_chunk *spare; /* free ones, kept to be used again */
    unsigned spare_n;
    bool keeps; /* what it has mapped stays so: somebody may still read it */
    /* Units of records that gave way, until somebody has put them into the books and set them to 0. */
    bool has_gone;
    struct tt_queue_gone {
        uint64_t lost, doubtful;
    } gone[TT_TOPICS_N];
};

/* size: bytes, at least 64 KiB; topics: bit mask of those that have a share. Maps nothing yet. */
void tt_queue_init(struct tt_queue *queue, uint64_t size, unsigned topics);
void tt_queue_fini(struct tt_queue *queue);

/* Other topics have shares from now on; what is queued stays. */
void tt_queue_set_topics(struct tt_queue *queue, unsigned topics);

/* Who gives way when there is no room. */
enum tt_queue_way {
    TT_QUEUE_NOBODY,
    TT_QUEUE_LESSER, /* less important topics */
    TT_QUEUE_OLDEST, /* less important topics, then the oldest of its own */
};

/* Appends a copy. Fails: TT_EAGAIN (no room now, or no memory), TT_ELIMIT (never any room). */
int tt_queue_put(struct tt_queue *queue, const struct tt_record *record, enum tt_queue_way way);

/* Holds the oldest record that waits of the most important of these topics; NULL: there is none. */
struct tt_queue_entry *tt_queue_take(struct tt_queue *queue, unsigned topics);

/* It waits again, in its old place. */
void tt_queue_give_back(struct tt_queue *queue, struct tt_queue_entry *entry);

/* It is done with. Its memory may be gone afterwards. */
void tt_queue_settle(struct tt_queue *queue, struct tt_queue_entry *entry);

/* Calls visit for all records, oldest first within a topic. */
void tt_queue_each(const struct tt_queue *queue, void (*visit)(void *arg, const struct tt_queue_entry *entry),
                   void *arg);

/* Some of the memory that a long queue has left over, NULL: none is to spare; for tt_queue_unmap, without the
 * lock. */
struct tt_queue_chunk *tt_queue_trim(struct tt_queue *queue);
void tt_queue_unmap(struct tt_queue_chunk *chain);
