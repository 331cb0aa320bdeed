/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The inside of a sink, shared by sink.c (what the pipeline and scrapes call) and worker.c (the
 * sink's own thread).
 *
 * Writers: the pipeline puts, the worker releases; both change queue and books together under lock,
 * so at every moment offered = delivered + queued + dropped for each topic.
 * The lock is never held over I/O or a log line; the pipeline holds it for one copy.
 * Full: the newest record is dropped and counted, or the producer waits for room (tt_sink_put_wait).
 */

#include "base/log.h"
#include "base/thread.h"
#include "sink/class.h"
#include "sink/queue.h"
#include "sink/sink.h"

struct tt_sink {
    /* fixed after tt_sink_start */
    const struct tt_sink_class *sink_class;
    pthread_t thread;
    bool has_thread;

    /* of the thread that changes it */
    struct tt_conf_sink conf; /* a copy of what concerns a sink, strings and all; the name never changes,
                               * topics under lock; filters, privacy and all else that is decided before: 0 */

    /* under lock */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_cond_t room; /* something left the queue, or nothing will */
    unsigned room_waiters_n;
    struct tt_queue queue;
    struct tt_sink_books books[TT_TOPICS_N];
    uint64_t queued_n;
    uint64_t last_success_us;
    uint64_t stop_deadline_ns;
    enum tt_sink_drop stop_reason;
    bool is_up;
    bool is_lost; /* somebody else owns it: nothing is queued */
    bool is_stopping;
    bool is_paused;
    bool wants_kick; /* the worker waits for records */
    void *next_self; /* what the class made of a changed configuration; the worker takes it */

    /* the worker's own */
    void *self;
    bool is_open;
    bool has_failed;      /* a line about it was logged */
    uint64_t next_try_ns; /* to open, or to write */
    uint64_t next_tick_ns;
    uint64_t pace_ns;
    uint64_t busy_since_ns; /* 0: nobody else owns it */
    struct tt_log_limit limit;
    char why[TT_SINK_WHY_MAX]; /* the last reason logged */
};

/* The thread: opens, writes, ticks, tries again; ends after the last flush. */
void *tt_sink_work(void *sink);

/* Tells a producer that waits to look again. The lock is held. */
void tt_sink_tell_room(struct tt_sink *sink);

/* Counts everything queued as dropped. The lock is held. */
void tt_sink_drop_queued(struct tt_sink *sink, enum tt_sink_drop reason);
