/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/worker.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

#define SECOND_NS 1000000000u

static const uint64_t pace_min_ns = 1 * (uint64_t)SECOND_NS;
static const uint64_t pace_max_ns = 60 * (uint64_t)SECOND_NS;
static const uint64_t write_pace_ns = SECOND_NS;
static const uint64_t tick_ns = SECOND_NS;
static const uint64_t lost_after_ns = 5 * (uint64_t)SECOND_NS;

/* One batch: few enough that a deadline is met, many enough that a system call is shared. */
enum { BATCH_MAX = 512, BATCH_BYTES_MAX = 1 << 20 };

static void set_up(struct tt_sink *sink, bool is_up)
{
    pthread_mutex_lock(&sink->lock);
    sink->is_up = is_up;
    pthread_mutex_unlock(&sink->lock);
}

/* One line for each new reason; the same one again says nothing. */
static void say_failure(struct tt_sink *sink, struct tt_buf *why, const char *then)
{
    const char *text = tt_buf_cstr(why);

    if (sink->has_failed && strcmp(text, sink->why) == 0)
        return;
    sink->has_failed = true;
    snprintf(sink->why, sizeof(sink->why), "%s", text);
    tt_log_limited(&sink->limit, TT_LOG_WARNING, "sink %s: %s; %s", sink->conf.name, text, then);
}

static void say_recovery(struct tt_sink *sink)
{
    if (!sink->has_failed)
        return;
    sink->has_failed = false;
    tt_log(TT_LOG_INFO, "sink %s: works again", sink->conf.name);
}

static void lose(struct tt_sink *sink)
{
    bool was_lost;

    pthread_mutex_lock(&sink->lock);
    was_lost = sink->is_lost;
    sink->is_lost = true;
    tt_sink_drop_queued(sink, TT_SINK_DROP_UNAVAILABLE);
    pthread_mutex_unlock(&sink->lock);
    if (!was_lost)
        tt_log(TT_LOG_ERROR, "sink %s: given up, its records are dropped until the path is free",
               sink->conf.name);
}

/* When to try again. A path that somebody else owns may only be on its way to us: a little
 * patience. */
static void plan_next_open(struct tt_sink *sink, int err, uint64_t now)
{
    sink->next_try_ns = now + sink->pace_ns;
    sink->pace_ns = TT_MIN(2 * sink->pace_ns, pace_max_ns);
    if (err != TT_EBUSY) {
        sink->busy_since_ns = 0;
        return;
    }
    if (sink->busy_since_ns == 0)
        sink->busy_since_ns = now;
    if (now - sink->busy_since_ns >= lost_after_ns)
        lose(sink);
    else
        sink->next_try_ns = TT_MIN(sink->next_try_ns, sink->busy_since_ns + lost_after_ns);
}

static void try_open(struct tt_sink *sink, uint64_t now)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    int err = sink->sink_class->open(sink->self, &why);

    if (err != TT_OK) {
        say_failure(sink, &why, "records wait in the queue, tried again by itself");
        plan_next_open(sink, err, now);
        return;
    }
    sink->is_open = true;
    sink->pace_ns = pace_min_ns;
    sink->busy_since_ns = 0;
    sink->next_try_ns = 0;
    sink->next_tick_ns = now + tick_ns;
    pthread_mutex_lock(&sink->lock);
    sink->is_lost = false;
    sink->is_up = true;
    pthread_mutex_unlock(&sink->lock);
}

static void close_sink(struct tt_sink *sink)
{
    sink->sink_class->close(sink->self);
    sink->is_open = false;
    sink->pace_ns = pace_min_ns;
    sink->next_try_ns = 0;
    set_up(sink, false);
}

static void tick(struct tt_sink *sink, uint64_t now)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    sink->next_tick_ns = now + tick_ns;
    if (sink->sink_class->tick(sink->self, &why) == TT_OK)
        return;
    tt_log(TT_LOG_INFO, "sink %s: %s; opened anew", sink->conf.name, tt_buf_cstr(&why));
    close_sink(sink);
    try_open(sink, now);
}

/* Up to one batch of what is queued; range moves behind it. */
static unsigned take_batch(const struct tt_sink *sink, struct tt_queue_range *range,
                           struct tt_sink_record *records)
{
    size_t bytes = 0;
    unsigned n = 0;

    while (n < BATCH_MAX && bytes < BATCH_BYTES_MAX) {
        struct tt_sink_record *record = &records[n];
        record->data = tt_queue_next(&sink->queue, range, &record->len, &record->topic);
        if (record->data == NULL)
            break;
        bytes += record->len;
        n++;
    }
    return n;
}

/* Counts the first n records of the queue as delivered and gives their room back. */
static void account(struct tt_sink *sink, struct tt_queue_range range, unsigned n, bool is_up)
{
    uint32_t len;
    uint8_t topic;

    for (unsigned i = 0; i < n; i++) {
        tt_queue_next(&sink->queue, &range, &len, &topic);
        sink->books[topic].queued--;
        sink->books[topic].delivered++;
    }
    tt_queue_release(&sink->queue, &range);
    sink->queued_n -= n;
    sink->is_up = is_up;
    tt_sink_tell_room(sink);
    if (n > 0)
        sink->last_success_us = tt_clock_wall_us();
}

/* One batch. The records are read without the lock: nobody writes there before they are released.
 */
static int deliver(struct tt_sink *sink, uint64_t now)
{
    struct tt_sink_record records[BATCH_MAX];
    struct tt_queue_range start, range;
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    unsigned n, taken_n = 0;
    bool is_paused;
    int err;

    pthread_mutex_lock(&sink->lock);
    start = range = tt_queue_peek(&sink->queue);
    is_paused = sink->is_paused;
    pthread_mutex_unlock(&sink->lock);
    n = is_paused ? 0 : take_batch(sink, &range, records);
    if (n == 0)
        return TT_OK;
    err = sink->sink_class->put(sink->self, records, n, &taken_n, &why);
    pthread_mutex_lock(&sink->lock);
    account(sink, start, taken_n, err == TT_OK);
    pthread_mutex_unlock(&sink->lock);
    if (err == TT_OK && taken_n == n)
        say_recovery(sink);
    if (err == TT_OK)
        return TT_OK;
    say_failure(sink, &why, "records wait in the queue, tried again each second");
    if (err == TT_ECLOSED)
        close_sink(sink);
    sink->next_try_ns = now + write_pace_ns;
    return err;
}

/* Goes on as a changed configuration says. */
static void take_change(struct tt_sink *sink)
{
    void *next;

    pthread_mutex_lock(&sink->lock);
    next = sink->next_self;
    sink->next_self = NULL;
    pthread_mutex_unlock(&sink->lock);
    if (next == NULL)
        return;
    close_sink(sink);
    sink->busy_since_ns = 0;
    sink->has_failed = false;
    sink->sink_class->destroy(sink->self);
    sink->self = next;
}

static void step(struct tt_sink *sink)
{
    uint64_t now = tt_clock_mono_ns();

    take_change(sink);
    if (!sink->is_open) {
        if (now >= sink->next_try_ns)
            try_open(sink, now);
        return;
    }
    if (now >= sink->next_tick_ns)
        tick(sink, now);
    if (sink->is_open && now >= sink->next_try_ns)
        deliver(sink, now);
}

/* Sleeps until there is something to do. The lock is held. */
static void wait_for_work(struct tt_sink *sink)
{
    uint64_t now = tt_clock_mono_ns();
    bool may_write = sink->is_open && now >= sink->next_try_ns && !sink->is_paused;
    uint64_t until = sink->is_open ? sink->next_tick_ns : sink->next_try_ns;

    if (sink->is_open && !may_write && !sink->is_paused)
        until = TT_MIN(until, sink->next_try_ns);
    if (sink->next_self != NULL || until <= now || (may_write && sink->queued_n > 0))
        return;
    sink->wants_kick = may_write;
    tt_cond_wait(&sink->wake, &sink->lock, until);
    sink->wants_kick = false;
}

/* The last flush: as long as it goes on well, until the deadline. A paused sink has none. */
static void drain(struct tt_sink *sink)
{
    uint64_t deadline, now = tt_clock_mono_ns();
    bool is_empty = false;

    take_change(sink);
    pthread_mutex_lock(&sink->lock);
    deadline = sink->stop_deadline_ns;
    is_empty = sink->queued_n == 0 || sink->is_paused;
    pthread_mutex_unlock(&sink->lock);
    if (!sink->is_open && !is_empty)
        try_open(sink, now);
    while (sink->is_open && !is_empty && tt_clock_mono_ns() < deadline) {
        if (deliver(sink, now) != TT_OK)
            break;
        pthread_mutex_lock(&sink->lock);
        is_empty = sink->queued_n == 0 || sink->is_paused;
        pthread_mutex_unlock(&sink->lock);
    }
    if (sink->is_open)
        sink->sink_class->flush(sink->self, deadline);
    close_sink(sink);
}

void *tt_sink_work(void *arg)
{
    struct tt_sink *sink = arg;

    sink->pace_ns = pace_min_ns;
    pthread_mutex_lock(&sink->lock);
    while (!sink->is_stopping) {
        pthread_mutex_unlock(&sink->lock);
        step(sink);
        pthread_mutex_lock(&sink->lock);
        if (!sink->is_stopping)
            wait_for_work(sink);
    }
    pthread_mutex_unlock(&sink->lock);
    drain(sink);
    pthread_mutex_lock(&sink->lock);
    tt_sink_drop_queued(sink, sink->stop_reason);
    pthread_mutex_unlock(&sink->lock);
    return NULL;
}
