/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A sink: where records leave. Every sink has its own bounded queue and its own thread; the
 * pipeline only puts encoded records into the queue and never waits. What a protocol has to do is
 * one const vtable (struct tt_sink_class), listed in list.c; queue, spool, thread, books and retry
 * pace are common.
 *
 * Books, unit: record of (sink, topic), of topic metrics a sample:
 *   seen = filtered(reason) + offered
 *   offered + recovered = delivered + uncertain + queued + spooled + dropped(reason)
 */

#include "base/compat.h"
#include "conf/conf.h"
#include "sink/filter.h"
#include "sink/place.h"

struct tt_sink;

/* Why a record never left: rows for the label `reason` of telltale_sink_records_total. */
#define TT_SINK_DROPS(X)                                                                           \
    X(QUEUE_FULL, "queue_full", "the queue had no room")                                           \
    X(UNAVAILABLE, "unavailable", "the sink could not be opened")                                  \
    X(SHUTDOWN, "shutdown", "still queued when the time for the last flush was over")              \
    X(REMOVED, "removed", "still queued when a new configuration removed the sink")                \
    X(TOO_LARGE, "too_large", "larger than the sink takes")                                        \
    X(REFUSED, "refused", "the receiver refused it for good")                                      \
    X(SPOOL_FULL, "spool_full", "the spool was full: the oldest gave way")                         \
    X(SPOOL_CORRUPT, "spool_corrupt", "the spool's file was damaged there")

enum tt_sink_drop {
#define X(name, word, doc) TT_SINK_DROP_##name,
    TT_SINK_DROPS(X)
#undef X
        TT_SINK_DROPS_N
};

/* Counts of one topic; read from any thread, each value by itself is never torn. */
struct tt_sink_books {
    uint64_t filtered[TT_FILTER_REASONS_N];
    uint64_t offered;
    uint64_t recovered; /* found in the spool at start */
    uint64_t delivered;
    uint64_t uncertain; /* sent, and nobody will say whether it arrived */
    uint64_t queued; /* in memory, on its way included */
    uint64_t spooled; /* on disk, on its way included */
    uint64_t dropped[TT_SINK_DROPS_N];
};

struct tt_sink_status {
    const char *name; /* lends as long as the sink lives */
    const char *type;
    unsigned topics;
    uint64_t queue_bytes; /* of memory in use, with what stands before records and between them */
    uint64_t queue_size;
    uint64_t last_success_us; /* wall clock; 0: never */
    uint64_t spool_bytes; /* on disk */
    uint64_t down_since_us; /* wall clock: since then nothing worked; 0: it is up */
    bool is_up;               /* open, and the last write worked */
    char why[256];            /* it is not up: clean text in UTF-8, maybe cut; "": nobody knows */
    bool is_paused;
    bool is_insecure; /* for whoever knows the configuration: tt_sink_status leaves it false */
    struct tt_sink_books books[TT_TOPICS_N];
};

/*
 * Makes a sink with its queue; records can be put at once. Copies what it needs of conf and place.
 * Fails: TT_ENOMEM. Thread: the one that opens or reloads the core.
 */
int tt_sink_new(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                struct tt_sink **sink);

/*
 * Starts the thread "tt-<name>". Opening happens on that thread and is tried again (1 s, doubling,
 * up to 60 s) while records wait in the bounded queue; a write that failed is tried again after 1 s,
 * doubling up to 30 s, or when the receiver asked for it. A sink whose path somebody else owns for
 * more than 5 s is lost: its records are dropped as unavailable until a later try finds the path
 * free. Fails: TT_EAGAIN. Thread: as tt_sink_new.
 */
int tt_sink_start(struct tt_sink *sink);

/* True when the sink can go on as conf describes it, its queue kept: same name, type, queue size, encoding and
 * directory of the spool. What the pipeline does before (privacy, filters) does not matter. Thread: as
 * tt_sink_new. */
bool tt_sink_can_become(const struct tt_sink *sink, const struct tt_conf_sink *conf);

/* Makes a running sink go on as conf describes it; nothing happens when nothing changed. Its thread
 * closes and opens again; what is queued goes to the new place. Fails: TT_ENOMEM (it goes on as it
 * was). Thread: as tt_sink_new. */
int tt_sink_change(struct tt_sink *sink, const struct tt_conf_sink *conf,
                   const struct tt_sink_place *place);

/* One encoded record with what a sink must know of it. Lent for the call. */
struct tt_record {
    const void *data;
    size_t len; /* SIZE_MAX: no buffer held it, dropped as too_large */
    const char *key; /* what keeps an order among records: a registrable domain, an alert's fingerprint … */
    uint8_t key_len; /* 0: none */
    uint8_t topic; /* enum tt_topic */
    uint16_t units; /* what the books count: 1, or the samples in it */
    uint64_t time_us; /* of the event, wall clock */
    uint64_t random, sequence; /* event_id; both 0: none */
};

/*
 * Offers one encoded record: copied into the queue, or counted as dropped. Never waits for I/O; its
 * lock is held for the copy only. An alert wakes the sink's thread at once. Thread: the pipeline; a class
 * that makes its records itself (remote_write): the sink's own.
 */
void tt_sink_put(struct tt_sink *sink, const struct tt_record *record);

/* Counts n records that a filter held back. Thread: the pipeline. */
void tt_sink_hold_back(struct tt_sink *sink, enum tt_topic topic, enum tt_filter_reason reason, uint64_t n);

/* A paused sink writes nothing, not even when it is stopped, and its queue fills, then drops; resuming goes
 * on where it was. It stays paused when tt_sink_change changes it; not kept over a restart. Thread: any. */
void tt_sink_pause(struct tt_sink *sink, bool is_paused);

/* As tt_sink_put, but waits (for the queue, not longer than until deadline_ns, monotonic) instead of
 * dropping; for replay, never in a host. Returns false when it was dropped all the same. */
bool tt_sink_put_wait(struct tt_sink *sink, const struct tt_record *record, uint64_t deadline_ns);

/* Tells the sink's thread that a batch is complete; it looks at once, or in 20 ms when it looks then anyway.
 * Thread: the pipeline. */
void tt_sink_kick(struct tt_sink *sink);

/* Asks for the last flush; returns at once. What is still queued at deadline_ns (monotonic), or
 * when one more try of a sink that is down has failed (and the receiver did not ask for a pause that ends
 * before), is dropped with `reason`, and so is what is put after it; what may have arrived is uncertain, what
 * is on disk stays there. Then tt_sink_free joins.
 * Thread: any one. */
void tt_sink_stop(struct tt_sink *sink, uint64_t deadline_ns, enum tt_sink_drop reason);

/* Waits until the thread of a sink that was asked to stop has ended, not later than that deadline plus 100 ms.
 * All but put, change and start may still be called. Thread: the one that frees it. */
void tt_sink_wait(struct tt_sink *sink);

/* tt_sink_wait when nobody did; then frees, sets NULL.
 * The final books are copied to *books (TT_TOPICS_N entries) unless NULL. A thread that does not
 * come back is left alone and its memory with it. */
void tt_sink_free(struct tt_sink **sink, struct tt_sink_books *books);

/* A copy of what is known now. Thread: any. */
void tt_sink_status(struct tt_sink *sink, struct tt_sink_status *status);

/* *sum += *books. */
void tt_sink_books_add(struct tt_sink_books *sum, const struct tt_sink_books *books);
