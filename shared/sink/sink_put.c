/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Records into a sink, and what else others tell it while it runs. */

#include "base/clock.h"
#include "base/err.h"
#include "sink/worker.h"

void tt_sink_tell_room(struct tt_sink *sink)
{
    if (sink->room_waiters_n > 0)
        pthread_cond_broadcast(&sink->room);
}

void tt_sink_drop_queued(struct tt_sink *sink, enum tt_sink_drop reason)
{
    struct tt_queue_entry *entry;

    while ((entry = tt_queue_take(&sink->queue, ~0u)) != NULL) {
        struct tt_sink_books *books = &sink->books[entry->topic];

        books->queued -= entry->units;
        if ((entry->flags & TT_QUEUE_DOUBTFUL) != 0)
            books->uncertain += entry->units;
        else
            books->dropped[reason] += entry->units;
        tt_queue_settle(&sink->queue, entry);
    }
    tt_sink_tell_room(sink);
}

/* Why a record cannot be queued, TT_SINK_DROPS_N when it was. The lock is held. */
static enum tt_sink_drop queue_or_drop(struct tt_sink *sink, const struct tt_record *record,
                                       enum tt_queue_way way)
{
    int err;

    if (sink->is_stopping && !sink->has_last_words)
        return sink->stop_reason;
    if (sink->is_lost)
        return TT_SINK_DROP_UNAVAILABLE;
    err = tt_queue_put(&sink->queue, record, way);
    if (err == TT_OK)
        return TT_SINK_DROPS_N;
    return err == TT_ELIMIT ? TT_SINK_DROP_TOO_LARGE : TT_SINK_DROP_QUEUE_FULL;
}

/* What gave way in the queue, to the books. The lock is held. */
static void account_gone(struct tt_sink *sink)
{
    for (unsigned i = 0; i < TT_TOPICS_N; i++) {
        struct tt_queue_gone *gone = &sink->queue.gone[i];

        sink->books[i].queued -= gone->lost + gone->doubtful;
        sink->books[i].dropped[TT_SINK_DROP_QUEUE_FULL] += gone->lost;
        sink->books[i].uncertain += gone->doubtful;
        *gone = (struct tt_queue_gone){0};
    }
    sink->queue.has_gone = false;
}

/* The lock is held. */
static void account_put(struct tt_sink *sink, const struct tt_record *record, enum tt_sink_drop drop)
{
    struct tt_sink_books *books = &sink->books[record->topic];
    uint64_t units = record->units > 0 ? record->units : 1;

    books->offered += units;
    if (drop != TT_SINK_DROPS_N)
        books->dropped[drop] += units;
    else
        books->queued += units;
    if (TT_UNLIKELY(sink->queue.has_gone))
        account_gone(sink);
}

void tt_sink_put(struct tt_sink *sink, const struct tt_record *record)
{
    enum tt_queue_way way = sink->sink_class->drops_oldest ? TT_QUEUE_OLDEST : TT_QUEUE_LESSER;
    bool wake;

    pthread_mutex_lock(&sink->lock);
    account_put(sink, record, queue_or_drop(sink, record, way));
    wake = record->topic == TT_TOPIC_ALERTS && (sink->wants & 1u << TT_TOPIC_ALERTS) != 0;
    if (wake)
        sink->wants = 0;
    pthread_mutex_unlock(&sink->lock);
    if (wake)
        pthread_cond_signal(&sink->wake);
}

/* Sleeps until the worker made room; it is woken first. The lock is held. False: time is up. */
static bool wait_for_room(struct tt_sink *sink, uint64_t deadline_ns)
{
    bool is_in_time;

    if (sink->wants != 0) {
        sink->wants = 0;
        pthread_cond_signal(&sink->wake);
    }
    sink->room_waiters_n++;
    is_in_time = tt_cond_wait(&sink->room, &sink->lock, deadline_ns);
    sink->room_waiters_n--;
    return is_in_time;
}

/* Nothing gives way to one who can wait. */
bool tt_sink_put_wait(struct tt_sink *sink, const struct tt_record *record, uint64_t deadline_ns)
{
    bool is_in_time = true;
    enum tt_sink_drop drop;

    pthread_mutex_lock(&sink->lock);
    for (;;) {
        drop = queue_or_drop(sink, record, TT_QUEUE_NOBODY);
        if (drop != TT_SINK_DROP_QUEUE_FULL || !is_in_time)
            break;
        is_in_time = wait_for_room(sink, deadline_ns);
    }
    account_put(sink, record, drop);
    pthread_mutex_unlock(&sink->lock);
    return drop == TT_SINK_DROPS_N;
}

void tt_sink_hold_back(struct tt_sink *sink, enum tt_topic topic, enum tt_filter_reason reason, uint64_t n)
{
    pthread_mutex_lock(&sink->lock);
    sink->books[topic].filtered[reason] += n;
    pthread_mutex_unlock(&sink->lock);
}

void tt_sink_pause(struct tt_sink *sink, bool is_paused)
{
    pthread_mutex_lock(&sink->lock);
    sink->is_paused = is_paused;
    pthread_mutex_unlock(&sink->lock);
    pthread_cond_signal(&sink->wake);
}

/* The worker is about to look for results, and what waits is less than a batch and leaves room enough: it may
 * wait as well, that is one wake instead of several. The lock is held. */
static bool can_wait(const struct tt_sink *sink)
{
    uint64_t waiting_n = 0;

    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        waiting_n += sink->queue.topics[i].waiting_n;
    return sink->wakes_ns != 0 && sink->wakes_ns <= tt_clock_mono_ns() + TT_SINK_REAP_NS &&
           waiting_n < TT_SINK_BATCH_MAX && sink->queue.used < sink->queue.cap / 8;
}

void tt_sink_kick(struct tt_sink *sink)
{
    bool wake;

    pthread_mutex_lock(&sink->lock);
    wake = (sink->wants & sink->queue.waiting) != 0 && !can_wait(sink);
    if (wake)
        sink->wants = 0;
    pthread_mutex_unlock(&sink->lock);
    if (wake)
        pthread_cond_signal(&sink->wake);
}

uint64_t tt_sink_must_end(const struct tt_sink *owner)
{
    return __atomic_load_n(&owner->must_end_ns, __ATOMIC_RELAXED);
}

void tt_sink_wait_for(struct tt_sink *owner, uint64_t pause_ns)
{
    owner->asked_pause_ns = pause_ns;
}

void tt_sink_rest_topic(struct tt_sink *owner, enum tt_topic topic, uint64_t pause_ns)
{
    owner->rests_until_ns[topic] = tt_clock_mono_ns() + pause_ns;
}
