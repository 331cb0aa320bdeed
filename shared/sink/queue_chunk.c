/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/queue_chunk.h"

#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

enum {
    PAGE = 4096, /* what sizes are multiples of; where pages are larger, mmap rounds up */
    CAP_MIN = 16 * PAGE,
    CHUNK_MAX = 16 * PAGE,
    CHUNKS_MIN = 128, /* in a queue, so that small shares hold some */
    SPARE_KEPT = 16,
    TRIM_N = 32, /* at a time */
};

static const uint8_t shares[TT_TOPICS_N] = {
#define T(name, word, choice, share, doc) share,
#include "conf/topics.def"
#undef T
};

static size_t round_up(size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

void tt_queue_init(struct tt_queue *queue, uint64_t size, unsigned topics)
{
    size_t cap = round_up(TT_MAX((size_t)size, (size_t)CAP_MIN));
    size_t chunk = cap / CHUNKS_MIN / PAGE * PAGE;

    *queue =
        (struct tt_queue){.cap = cap, .chunk_size = TT_MIN(TT_MAX(chunk, (size_t)PAGE), (size_t)CHUNK_MAX)};
    tt_queue_set_topics(queue, topics);
}

void tt_queue_set_topics(struct tt_queue *queue, unsigned topics)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        sum += (topics >> i & 1u) != 0 ? shares[i] : 0;
    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        queue->topics[i].share = (topics >> i & 1u) != 0 ? queue->cap / TT_MAX(sum, 100u) * shares[i] : 0;
}

/* What a topic may use at most just now: all but the others' chunks and shares. */
static size_t limit_of(const struct tt_queue *queue, uint8_t topic, bool with_chunks)
{
    size_t others = 0;

    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        if (i != topic)
            others +=
                with_chunks ? TT_MAX(queue->topics[i].bytes, queue->topics[i].share) : queue->topics[i].share;
    return others < queue->cap ? queue->cap - others : 0;
}

static bool has_room(const struct tt_queue *queue, uint8_t topic, size_t size)
{
    return queue->topics[topic].bytes + size <= limit_of(queue, topic, true);
}

static void add_gone(struct tt_queue *queue, const struct tt_queue_chunk *chunk)
{
    struct tt_queue_gone *gone = &queue->gone[chunk->topic];
    const struct tt_queue_entry *entry;

    for (uint32_t at = chunk->first; at < chunk->end;
         at += (uint32_t)tt_queue_room(entry->len, entry->key_len)) {
        entry = tt_queue_entry_at(chunk, at);
        if (entry->state != TT_QUEUE_WAITING)
            continue;
        if ((entry->flags & TT_QUEUE_DOUBTFUL) != 0)
            gone->doubtful += entry->units;
        else
            gone->lost += entry->units;
    }
    queue->has_gone = true;
}

/* Gives up the topic's oldest chunk that nobody holds anything of, down to `rest` bytes. False: there is
 * none. */
static bool give_way(struct tt_queue *queue, unsigned of, size_t rest)
{
    struct tt_queue_topic *topic = &queue->topics[of];
    struct tt_queue_chunk *chunk = topic->oldest;

    while (chunk != NULL && (chunk->held_n > 0 || topic->bytes - chunk->size < rest))
        chunk = chunk->newer;
    if (chunk == NULL)
        return false;
    add_gone(queue, chunk);
    topic->waiting_n -= chunk->waiting_n;
    if (topic->waiting_n == 0)
        queue->waiting &= ~(1u << of);
    tt_queue_chunk_remove(queue, chunk);
    return true;
}

static bool make_room(struct tt_queue *queue, uint8_t topic, size_t size, enum tt_queue_way way)
{
    bool goes_on = way != TT_QUEUE_NOBODY;

    for (unsigned i = 0; goes_on && i < topic; i++)
        while (!has_room(queue, topic, size) && give_way(queue, i, queue->topics[i].share))
            ;
    while (way == TT_QUEUE_OLDEST && !has_room(queue, topic, size) && give_way(queue, topic, 0))
        ;
    return has_room(queue, topic, size);
}

static struct tt_queue_chunk *map(struct tt_queue *queue, size_t size)
{
    struct tt_queue_chunk *chunk = queue->spare;
    void *memory;

    if (size == queue->chunk_size && chunk != NULL) {
        queue->spare = chunk->newer;
        queue->spare_n--;
        return chunk;
    }
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

void tt_queue_unmap(struct tt_queue_chunk *chain)
{
    for (struct tt_queue_chunk *next; chain != NULL; chain = next) {
        next = chain->newer;
        munmap(chain, chain->size);
    }
}

static void append(struct tt_queue *queue, uint8_t of, struct tt_queue_chunk *chunk)
{
    struct tt_queue_topic *topic = &queue->topics[of];

    chunk->older = topic->newest;
    if (topic->newest != NULL)
        topic->newest->newer = chunk;
    else
        topic->oldest = chunk;
    topic->newest = chunk;
    topic->bytes += chunk->size;
    queue->used += chunk->size;
}

int tt_queue_chunk_add(struct tt_queue *queue, uint8_t topic, size_t room, enum tt_queue_way way)
{
    size_t size = sizeof(struct tt_queue_chunk) + room;
    struct tt_queue_chunk *chunk;

    size = size <= queue->chunk_size ? queue->chunk_size : round_up(size);
    if (size > limit_of(queue, topic, false) || size > UINT32_MAX)
        return TT_ELIMIT;
    if (!has_room(queue, topic, size) && !make_room(queue, topic, size, way))
        return TT_EAGAIN;
    chunk = map(queue, size);
    if (chunk == NULL)
        return TT_EAGAIN;
    *chunk = (struct tt_queue_chunk){
        .number = queue->next_number++,
        .size = (uint32_t)size,
        .end = sizeof(*chunk),
        .first = sizeof(*chunk),
        .topic = topic,
    };
    append(queue, topic, chunk);
    return TT_OK;
}

void tt_queue_chunk_remove(struct tt_queue *queue, struct tt_queue_chunk *chunk)
{
    struct tt_queue_topic *topic = &queue->topics[chunk->topic];

    if (chunk->older != NULL)
        chunk->older->newer = chunk->newer;
    else
        topic->oldest = chunk->newer;
    if (chunk->newer != NULL)
        chunk->newer->older = chunk->older;
    else
        topic->newest = chunk->older;
    if (topic->waiting_n == 0)
        topic->scan = NULL;
    else if (topic->scan == chunk)
        topic->scan = chunk->newer;
    topic->bytes -= chunk->size;
    queue->used -= chunk->size;
    if (chunk->size != queue->chunk_size) {
        if (!queue->keeps)
            munmap(chunk, chunk->size);
        return;
    }
    chunk->newer = queue->spare;
    queue->spare = chunk;
    queue->spare_n++;
}

struct tt_queue_chunk *tt_queue_trim(struct tt_queue *queue)
{
    struct tt_queue_chunk *chain = NULL;

    for (unsigned i = 0; i < TRIM_N && queue->spare_n > SPARE_KEPT && !queue->keeps; i++) {
        struct tt_queue_chunk *chunk = queue->spare;

        queue->spare = chunk->newer;
        queue->spare_n--;
        chunk->newer = chain;
        chain = chunk;
    }
    return chain;
}

void tt_queue_fini(struct tt_queue *queue)
{
    if (!queue->keeps)
        tt_queue_unmap(queue->spare);
    for (unsigned i = 0; i < TT_TOPICS_N && !queue->keeps; i++)
        tt_queue_unmap(queue->topics[i].oldest);
    *queue = (struct tt_queue){0};
}
