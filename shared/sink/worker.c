/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

#define SECOND_NS UINT64_C(1000000000)

static const uint64_t open_pace_max_ns = 60 * SECOND_NS;
static const uint64_t tick_ns = SECOND_NS;
static const uint64_t drain_wait_ns = SECOND_NS / 200;
static const uint64_t lost_after_ns = 5 * SECOND_NS;

void tt_sink_set_up(struct tt_sink *sink, bool is_up)
{
    uint64_t now_us = tt_clock_wall_us();

    pthread_mutex_lock(&sink->lock);
    if (is_up) {
        sink->down_since_us = 0;
        sink->down_why[0] = '\0';
    } else if (sink->down_since_us == 0) {
        sink->down_since_us = now_us;
    }
    pthread_mutex_unlock(&sink->lock);
}

/* For whoever asks why it is down. */
static void keep_why(struct tt_sink *sink, const char *text)
{
    char clean[sizeof(sink->down_why)];
    size_t len = tt_str_clean(text, strlen(text), clean, sizeof(clean) - 1);

    clean[len] = '\0';
    pthread_mutex_lock(&sink->lock);
    memcpy(sink->down_why, clean, len + 1);
    pthread_mutex_unlock(&sink->lock);
}

void tt_sink_say_failure(struct tt_sink *sink, struct tt_buf *why, const char *then)
{
    const char *text = tt_buf_cstr(why);

    keep_why(sink, text);
    if ((sink->has_failed && strcmp(text, sink->why) == 0) || !tt_log_may(&sink->limit)) /* it comes again */
        return;
    sink->has_failed = true;
    snprintf(sink->why, sizeof(sink->why), "%s", text);
    tt_log_limited(&sink->limit, TT_LOG_WARNING, "sink %s: %s; %s", sink->name, text, then);
}

void tt_sink_say_warning(struct tt_sink *sink, struct tt_buf *why)
{
    const char *text = tt_buf_cstr(why);

    if (strcmp(text, sink->warning) == 0 || !tt_log_may(&sink->limit))
        return;
    snprintf(sink->warning, sizeof(sink->warning), "%s", text);
    tt_log_limited(&sink->limit, TT_LOG_WARNING, "sink %s: %s", sink->name, text);
}

void tt_sink_say_recovery(struct tt_sink *sink)
{
    if (!sink->has_failed)
        return;
    sink->has_failed = false;
    tt_log(TT_LOG_INFO, "sink %s: works again", sink->name);
}

void tt_sink_back_off(struct tt_sink *sink)
{
    uint64_t now = tt_clock_mono_ns();

    sink->is_asked = sink->asked_pause_ns > 0;
    if (sink->is_asked) {
        sink->next_try_ns = now + sink->asked_pause_ns;
        sink->asked_pause_ns = 0;
        return;
    }
    sink->next_try_ns = now + sink->put_pace_ns;
    sink->put_pace_ns = TT_MIN(2 * sink->put_pace_ns, TT_SINK_PACE_MAX_NS);
}

void tt_sink_note_answer(struct tt_sink *sink)
{
    sink->is_failing = false;
    sink->put_pace_ns = TT_SINK_PACE_MIN_NS;
    tt_sink_set_up(sink, true);
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
        tt_log(TT_LOG_ERROR, "sink %s: given up, its records are dropped until the path is free", sink->name);
}

/* When to try again. A path that somebody else owns may only be on its way to us: a little patience. */
static void plan_next_open(struct tt_sink *sink, int err)
{
    uint64_t now = tt_clock_mono_ns();

    sink->next_try_ns = now + sink->open_pace_ns;
    sink->open_pace_ns = TT_MIN(2 * sink->open_pace_ns, open_pace_max_ns);
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

static void try_open(struct tt_sink *sink)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    int err = sink->sink_class->open(sink->self, &why);

    if (err != TT_OK) {
        tt_sink_say_failure(sink, &why, "records wait, tried again by itself");
        plan_next_open(sink, err);
        return;
    }
    if (why.len > 0)
        tt_sink_say_warning(sink, &why);
    sink->is_open = true;
    sink->open_pace_ns = TT_SINK_PACE_MIN_NS;
    sink->busy_since_ns = 0;
    sink->next_try_ns = 0;
    sink->next_tick_ns = tt_clock_mono_ns() + tick_ns;
    pthread_mutex_lock(&sink->lock);
    sink->is_lost = false;
    pthread_mutex_unlock(&sink->lock);
    if (!sink->is_failing) /* else it is up when a record got through */
        tt_sink_set_up(sink, true);
}

static void close_sink(struct tt_sink *sink)
{
    sink->sink_class->close(sink->self);
    tt_flight_end(sink);
    sink->is_open = false;
    sink->open_pace_ns = TT_SINK_PACE_MIN_NS;
    sink->next_try_ns = 0;
    tt_sink_set_up(sink, false);
}

/* Returns the error that put gave, with what it means for the connection done. */
static int deliver(struct tt_sink *sink)
{
    int err = tt_sink_deliver(sink);
    uint64_t next_try_ns = sink->next_try_ns;

    if (err == TT_ECLOSED) {
        close_sink(sink);
        sink->next_try_ns = next_try_ns;
    }
    return err;
}

static void tick(struct tt_sink *sink)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    int err = sink->sink_class->tick(sink->self, &why);

    sink->next_tick_ns = tt_clock_mono_ns() + tick_ns;
    if (err == TT_OK) {
        if (why.len > 0)
            tt_sink_say_warning(sink, &why);
        return;
    }
    tt_log(TT_LOG_INFO, "sink %s: %s; opened anew", sink->name, tt_buf_cstr(&why));
    close_sink(sink);
    sink->put_pace_ns = TT_SINK_PACE_MIN_NS;
    try_open(sink);
}

/* Goes on as a changed configuration says. */
static void take_change(struct tt_sink *sink)
{
    struct tt_sink_next *next;

    pthread_mutex_lock(&sink->lock);
    next = sink->next;
    sink->next = NULL;
    pthread_mutex_unlock(&sink->lock);
    if (next == NULL)
        return;
    close_sink(sink);
    sink->busy_since_ns = 0;
    sink->has_failed = sink->is_failing = false;
    sink->put_pace_ns = TT_SINK_PACE_MIN_NS;
    sink->sink_class->destroy(sink->self);
    sink->self = next->self;
    tt_sink_spool_take_plan(sink, &next->plan);
    free(next);
}

static void trim(struct tt_sink *sink, uint64_t now)
{
    struct tt_queue_chunk *chain;

    if (now < sink->next_trim_ns)
        return;
    sink->next_trim_ns = now + SECOND_NS;
    pthread_mutex_lock(&sink->lock);
    chain = tt_queue_trim(&sink->queue);
    pthread_mutex_unlock(&sink->lock);
    tt_queue_unmap(chain);
}

/* True when it may put, and something is there. */
static bool is_due(struct tt_sink *sink)
{
    bool is_due;

    if (!sink->is_open || tt_clock_mono_ns() < sink->next_try_ns)
        return false;
    pthread_mutex_lock(&sink->lock);
    is_due = !sink->is_paused && tt_sink_can_deliver(sink);
    pthread_mutex_unlock(&sink->lock);
    return is_due;
}

static void step(struct tt_sink *sink)
{
    uint64_t now = tt_clock_mono_ns();

    take_change(sink);
    trim(sink, now);
    tt_sink_spool_step(sink, now);
    if (!sink->is_open) {
        if (now >= sink->next_try_ns)
            try_open(sink);
        return;
    }
    tt_flight_reap(sink);
    if (now >= sink->next_tick_ns)
        tick(sink);
    if (is_due(sink))
        deliver(sink);
}

/* Sleeps until there is something to do. The lock is held. */
static void wait_for_work(struct tt_sink *sink)
{
    uint64_t now = tt_clock_mono_ns();
    bool may_write = sink->is_open && now >= sink->next_try_ns && !sink->is_paused;
    uint64_t until = sink->is_open ? sink->next_tick_ns : sink->next_try_ns;
    unsigned spooled = tt_sink_spooled_topics(sink);

    if (sink->is_open && !may_write && !sink->is_paused)
        until = TT_MIN(until, sink->next_try_ns);
    if (sink->flying_n > 0)
        until = TT_MIN(until, now + TT_SINK_REAP_NS);
    if (may_write)
        until = TT_MIN(until, tt_sink_rest_ends(sink));
    until = TT_MIN(until, tt_sink_spool_due(sink));
    if (sink->next != NULL || until <= now || (may_write && tt_sink_can_deliver(sink)) ||
        (sink->queue.waiting & spooled) != 0)
        return;
    sink->wants = (may_write ? ~tt_sink_resting_topics(sink) : 0) | spooled;
    sink->wakes_ns = sink->flying_n > 0 ? until : 0;
    tt_cond_wait(&sink->wake, &sink->lock, until);
    sink->wants = 0;
}

/* One turn of the last flush. False: it is over. */
static bool drain_step(struct tt_sink *sink, uint64_t deadline)
{
    bool has_more, is_later, is_now;
    uint64_t now;

    tt_sink_spool_step(sink, tt_clock_mono_ns());
    tt_flight_reap(sink);
    now = tt_clock_mono_ns();
    pthread_mutex_lock(&sink->lock);
    has_more = !sink->is_paused && tt_sink_can_deliver(sink) && sink->next_try_ns < deadline;
    is_now = has_more && now >= sink->next_try_ns;
    is_later = has_more || sink->flying_n > 0 || (!sink->is_paused && tt_sink_rest_ends(sink) < deadline);
    if (!is_now && is_later) /* nobody signals the end of any of these */
        tt_cond_wait(&sink->wake, &sink->lock, TT_MIN(now + drain_wait_ns, deadline));
    pthread_mutex_unlock(&sink->lock);
    if (!is_now)
        return is_later;
    /* Whoever names a time is alive: a pause that fits is kept. Of all others one failure is enough. */
    return deliver(sink) == TT_OK || (sink->is_asked && sink->next_try_ns < deadline);
}

/* What a class that makes its records itself has to say at the end, with tt_sink_must_end set. */
static void take_last_words(struct tt_sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    sink->has_last_words = !sink->is_paused;
    pthread_mutex_unlock(&sink->lock);
    if (sink->has_last_words)
        tick(sink);
    pthread_mutex_lock(&sink->lock);
    sink->has_last_words = false;
    pthread_mutex_unlock(&sink->lock);
}

/* The last flush: as long as it goes on well, until the deadline. A paused sink has none. */
static void drain(struct tt_sink *sink)
{
    uint64_t deadline = tt_sink_must_end(sink);
    bool has_work;

    take_change(sink);
    sink->next_spool_try_ns = 0; /* one more try of it, too */
    tt_sink_spool_step(sink, tt_clock_mono_ns());
    pthread_mutex_lock(&sink->lock);
    has_work = !sink->is_paused && tt_sink_can_deliver(sink);
    pthread_mutex_unlock(&sink->lock);
    if (!sink->is_open && has_work)
        try_open(sink);
    if (sink->is_open)
        take_last_words(sink);
    sink->next_try_ns = 0; /* one more try, however long it should wait */
    while (sink->is_open && tt_clock_mono_ns() < deadline && drain_step(sink, deadline))
        ;
    if (sink->is_open)
        sink->sink_class->flush(sink->self, deadline);
    close_sink(sink);
    tt_sink_spool_step(sink, tt_clock_mono_ns()); /* what came back, and had gone past the spool */
    pthread_mutex_lock(&sink->lock);
    tt_sink_drop_queued(sink, sink->stop_reason);
    pthread_mutex_unlock(&sink->lock);
    tt_sink_spool_close(sink);
}

void *tt_sink_work(void *arg)
{
    struct tt_sink *sink = arg;

    sink->open_pace_ns = sink->put_pace_ns = sink->spool_pace_ns = TT_SINK_PACE_MIN_NS;
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
    return NULL;
}
