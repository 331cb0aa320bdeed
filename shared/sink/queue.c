/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/queue.h"

#include <string.h>

#include "base/err.h"
#include "sink/queue_chunk.h"

static struct tt_queue_chunk *chunk_of(struct tt_queue_entry *entry)
{
    return (struct tt_queue_chunk *)((uintptr_t)entry - entry->at);
}

static void note_waiting(struct tt_queue *queue, struct tt_queue_chunk *chunk)
{
    struct tt_queue_topic *topic = &queue->topics[chunk->topic];

    chunk->waiting_n++;
    topic->waiting_n++;
    queue->waiting |= 1u << chunk->topic;
    if (topic->scan == NULL || chunk->number < topic->scan->number)
        topic->scan = chunk;
}

static void fill(struct tt_queue_entry *entry, uint32_t at, const struct tt_record *record)
{
    char *bytes = (char *)(entry + 1);

    *entry = (struct tt_queue_entry){
        .at = at,
        .len = (uint32_t)record->len,
        .units = record->units > 0 ? record->units : 1,
        .topic = record->topic,
        .key_len = record->key_len,
        .state = TT_QUEUE_WAITING,
        .time_us = record->time_us,
        .random = record->random,
        .sequence = record->sequence,
    };
    if (record->len > 0)
        memcpy(bytes, record->data, record->len);
    if (record->key_len > 0)
        memcpy(bytes + record->len, record->key, record->key_len);
}

int tt_queue_put(struct tt_queue *queue, const struct tt_record *record, enum tt_queue_way way)
{
    struct tt_queue_topic *topic = &queue->topics[record->topic];
    struct tt_queue_chunk *chunk = topic->newest;
    size_t room;
    int err;

    if (record->len > queue->cap)
        return TT_ELIMIT;
    room = tt_queue_room(record->len, record->key_len);
    if (chunk == NULL || chunk->size - chunk->end < room) {
        err = tt_queue_chunk_add(queue, record->topic, room, way);
        if (err != TT_OK)
            return err;
        chunk = topic->newest;
    }
    fill(tt_queue_entry_at(chunk, chunk->end), chunk->end, record);
    chunk->end += (uint32_t)room;
    note_waiting(queue, chunk);
    return TT_OK;
}

/* The first chunk of the topic with a record that waits; there is one. */
static struct tt_queue_chunk *find_waiting(struct tt_queue_topic *topic)
{
    while (topic->scan->waiting_n == 0)
        topic->scan = topic->scan->newer;
    return topic->scan;
}

struct tt_queue_entry *tt_queue_take(struct tt_queue *queue, unsigned topics)
{
    unsigned some = queue->waiting & topics;
    struct tt_queue_topic *topic;
    struct tt_queue_chunk *chunk;
    struct tt_queue_entry *entry;

    if (some == 0)
        return NULL;
    topic = &queue->topics[31 - __builtin_clz(some)];
    chunk = find_waiting(topic);
    for (;;) {
        entry = tt_queue_entry_at(chunk, chunk->first);
        chunk->first += (uint32_t)tt_queue_room(entry->len, entry->key_len);
        if (entry->state == TT_QUEUE_WAITING)
            break;
    }
    __builtin_prefetch(tt_queue_entry_at(chunk, chunk->first), 1); /* the next one to be taken */
    entry->state = TT_QUEUE_HELD;
    chunk->held_n++;
    chunk->waiting_n--;
    if (--topic->waiting_n == 0) {
        queue->waiting &= ~(1u << chunk->topic);
        topic->scan = NULL;
    }
    return entry;
}

void tt_queue_give_back(struct tt_queue *queue, struct tt_queue_entry *entry)
{
    struct tt_queue_chunk *chunk = chunk_of(entry);

    entry->state = TT_QUEUE_WAITING;
    chunk->held_n--;
    chunk->first = TT_MIN(chunk->first, entry->at);
    note_waiting(queue, chunk);
}

void tt_queue_settle(struct tt_queue *queue, struct tt_queue_entry *entry)
{
    struct tt_queue_chunk *chunk = chunk_of(entry);

    entry->state = TT_QUEUE_GONE;
    chunk->held_n--;
    if (chunk->held_n == 0 && chunk->waiting_n == 0)
        tt_queue_chunk_remove(queue, chunk);
}

void tt_queue_each(const struct tt_queue *queue, void (*visit)(void *arg, const struct tt_queue_entry *entry),
                   void *arg)
{
    const struct tt_queue_entry *entry;

    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        for (const struct tt_queue_chunk *chunk = queue->topics[i].oldest; chunk != NULL;
             chunk = chunk->newer)
            for (uint32_t at = sizeof(*chunk); at < chunk->end;
                 at += (uint32_t)tt_queue_room(entry->len, entry->key_len)) {
                entry = tt_queue_entry_at(chunk, at);
                if (entry->state != TT_QUEUE_GONE)
                    visit(arg, entry);
            }
}
