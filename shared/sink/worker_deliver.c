/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* One batch: what the class has begun, then what is on disk, then what is in the queue. */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "event/mark.h"
#include "sink/worker.h"

/* A put that took nothing and did not fail: the class is full just now. */
static const uint64_t idle_ns = 20 * 1000000u;

/* Records that may be added to n. */
static unsigned room_behind(const struct tt_sink *sink, unsigned n)
{
    unsigned batch_max = sink->sink_class->batch_max > 0 ? sink->sink_class->batch_max : TT_SINK_BATCH_MAX;
    unsigned room = batch_max > n ? batch_max - n : 0, flying_max = sink->sink_class->flying_max;

    if (flying_max == 0)
        return room;
    return flying_max > sink->flying_n + n ? TT_MIN(room, flying_max - sink->flying_n - n) : 0;
}

unsigned tt_sink_resting_topics(const struct tt_sink *sink)
{
    uint64_t now = tt_clock_mono_ns();
    unsigned topics = 0;

    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        topics |= (unsigned)(now < sink->rests_until_ns[i]) << i;
    return topics;
}

bool tt_sink_can_deliver(const struct tt_sink *sink)
{
    unsigned queued = sink->queue.waiting & ~tt_sink_spooled_topics(sink);

    if (sink->begun_n > 0)
        return true;
    return room_behind(sink, 0) > 0 && ((sink->spool_unsent | queued) & ~tt_sink_resting_topics(sink)) != 0;
}

uint64_t tt_sink_rest_ends(const struct tt_sink *sink)
{
    unsigned waiting = sink->queue.waiting | sink->spool_unsent;
    uint64_t now = tt_clock_mono_ns(), end = UINT64_MAX;

    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        if ((waiting >> i & 1u) != 0 && sink->rests_until_ns[i] > now)
            end = TT_MIN(end, sink->rests_until_ns[i]);
    return end;
}

static void put_id(uint8_t id[16], const struct tt_queue_entry *entry)
{
    for (unsigned i = 0; i < 8; i++) {
        id[i] = (uint8_t)(entry->random >> (56 - 8 * i));
        id[8 + i] = (uint8_t)(entry->sequence >> (56 - 8 * i));
    }
}

/* Samples of metrics have no place for a mark. */
static bool is_marked(const struct tt_sink *sink, const struct tt_queue_entry *entry)
{
    return (entry->flags & TT_QUEUE_DOUBTFUL) != 0 && entry->topic != TT_TOPIC_METRICS &&
           sink->encoding != TT_ENCODING_DNSTAP;
}

bool tt_sink_show(const struct tt_sink *sink, const struct tt_queue_entry *entry,
                  struct tt_sink_record *record, char **copy)
{
    struct tt_buf marked;

    *copy = NULL;
    record->data = tt_queue_data(entry);
    record->key = tt_queue_key(entry);
    record->len = entry->len;
    record->key_len = entry->key_len;
    record->topic = entry->topic;
    record->flags = (entry->flags & TT_QUEUE_DOUBTFUL) != 0 ? TT_RECORD_AGAIN : 0;
    record->fate = TT_FATE_WAITING;
    record->units = entry->units;
    record->refused_n = 0;
    record->time_us = entry->time_us;
    put_id(record->id, entry);
    if (!is_marked(sink, entry))
        return true;
    *copy = malloc((size_t)entry->len + TT_MARK_MAX);
    if (*copy == NULL)
        return false;
    marked = tt_buf_over(*copy, (size_t)entry->len + TT_MARK_MAX);
    tt_mark_dup((enum tt_encoding)sink->encoding, record->data, record->len, &marked);
    record->data = *copy;
    record->len = (uint32_t)marked.len;
    record->flags |= TT_RECORD_BRIEF;
    return true;
}

static unsigned gather_queued(struct tt_sink *sink, unsigned n, unsigned topics)
{
    unsigned room = room_behind(sink, n);
    size_t bytes = 0;

    for (unsigned i = 0; i < n; i++)
        bytes += sink->batch[i].len;
    pthread_mutex_lock(&sink->lock);
    for (; room > 0 && bytes < TT_SINK_BATCH_BYTES; room--) {
        struct tt_queue_entry *entry = tt_queue_take(&sink->queue, topics);
        struct tt_flight *flight;

        if (entry == NULL)
            break;
        flight = tt_flight_claim(sink, &sink->batch[n].token);
        flight->origin = (uintptr_t)entry;
        flight->units = entry->units;
        flight->topic = entry->topic;
        flight->is_spooled = false;
        bytes += entry->len;
        sink->batch[n++].len = entry->len;
    }
    pthread_mutex_unlock(&sink->lock);
    return n;
}

/* Disk and memory share what room there is, so that neither starves the other. Of one topic (its spool failed while
 * records lay in it) what is on disk is older and goes first, as long as it can be read. */
static unsigned gather(struct tt_sink *sink)
{
    unsigned n = sink->begun_n, room = room_behind(sink, n), topics = ~tt_sink_resting_topics(sink);
    unsigned on_disk = sink->spool_unsent & topics, queued = topics & ~tt_sink_spooled_topics(sink), read_n = 0;
    bool has_queued;

    if (on_disk != 0 && room > 0) {
        pthread_mutex_lock(&sink->lock);
        has_queued = (sink->queue.waiting & queued) != 0;
        pthread_mutex_unlock(&sink->lock);
        read_n = tt_sink_spool_gather(sink, topics, n, has_queued ? (room + 1) / 2 : room);
    }
    return gather_queued(sink, n + read_n, read_n > 0 ? queued & ~on_disk : queued);
}

/* Makes the batch ready to be shown; returns how many of its n records are. */
static unsigned show(struct tt_sink *sink, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct tt_sink_record *record = &sink->batch[i];
        const struct tt_flight *flight = &sink->flights[(uint32_t)record->token];
        const struct tt_queue_entry *entry = (const struct tt_queue_entry *)(uintptr_t)flight->origin;

        record->fate = TT_FATE_WAITING;
        record->refused_n = 0;
        sink->copies[i] = NULL;
        if (!flight->is_spooled && !tt_sink_show(sink, entry, record, &sink->copies[i]))
            return i;
    }
    return n;
}

static void forget_copies(struct tt_sink *sink, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        free(sink->copies[i]);
}

static void note_failure(struct tt_sink *sink, struct tt_buf *why)
{
    sink->is_failing = true;
    tt_sink_set_up(sink, false);
    tt_sink_say_failure(sink, why, "records wait, sent again by itself");
    tt_sink_back_off(sink);
}

static void note_success(struct tt_sink *sink, const struct tt_flight_tally *tally, struct tt_buf *why)
{
    if (why->len > 0)
        tt_sink_say_warning(sink, why);
    if (tally->answered_n > 0) {
        tt_sink_note_answer(sink);
        if (tally->waiting_n == 0 && tally->back_n == 0)
            tt_sink_say_recovery(sink);
    } else if (tally->back_n > 0) {
        tt_sink_back_off(sink);
    } else if (tally->flying_n == 0) {
        sink->next_try_ns = tt_clock_mono_ns() + idle_ns;
    }
    if (sink->asked_pause_ns > 0)
        tt_sink_back_off(sink);
}

int tt_sink_deliver(struct tt_sink *sink)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_flight_tally tally;
    unsigned all_n = gather(sink), n = show(sink, all_n);
    int err;

    if (all_n == 0) { /* what is on disk cannot be read just now */
        sink->next_try_ns = tt_clock_mono_ns() + idle_ns;
        return TT_OK;
    }
    err = n > 0 ? sink->sink_class->put(sink->self, sink->batch, n, &why) : TT_OK;
    forget_copies(sink, n);
    tt_flight_land(sink, n, all_n, &tally);
    if (err == TT_OK)
        note_success(sink, &tally, &why);
    else
        note_failure(sink, &why);
    return err;
}
