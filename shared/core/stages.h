/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What happens to one observation, without the threads around it: event, enrichment, counting, then for
 * each output filters, encoding, delivery. The pipeline thread and telltalectl replay run the same.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "core/setup.h"
#include "count/named.h"
#include "count/quality.h"
#include "count/tally.h"
#include "enrich/enrich.h"
#include "stat/series.h"

/* Why an observation never became a record: label `reason` of telltale_lost_total{stage="pipeline"}. */
#define TT_PIPELINE_LOSSES(X)                                                                              \
    X(MALFORMED, "malformed", "the observation contradicts itself")                                        \
    X(NO_MEMORY, "no_memory", "larger than the memory of one event")

enum tt_pipeline_loss {
#define X(name, word, doc) TT_PIPELINE_LOSS_##name,
    TT_PIPELINE_LOSSES(X)
#undef X
        TT_PIPELINE_LOSSES_N
};
TT_STATIC_ASSERT(TT_PIPELINE_LOSSES_N <= sizeof(((struct tt_birth *)0)->lost) / sizeof(uint64_t),
                 "a birth holds every reason");

/* Hands one encoded record to one sink. NULL sink: the tap. */
typedef void (*tt_deliver_f)(void *arg, struct tt_sink *sink, const struct tt_record *record);

/* How far each port's records have been taken; port 0 is ourselves. */
struct tt_progress {
    uint64_t taken; /* observations that left the rings */
    uint64_t replayed; /* of these: records that were made elsewhere, of no port of ours */
    uint64_t next[TT_PORTS_MAX + 1]; /* by port: the sequence expected next */
};

#define TT_BOOKS_EVERY_NS UINT64_C(10000000000)

struct tt_stages {
    struct tt_setup *setup; /* with its data; changed by tt_stages_use only */
    struct tt_tally *tally;
    struct tt_quality *quality;
    struct tt_series *series;
    struct tt_named *zones, *threats; /* queries by watched zone, by threat list */
    struct tt_enricher *enricher;
    struct tt_aggregates *aggregates;
    struct tt_alarms *alarms;
    tt_deliver_f deliver;
    void *deliver_arg;
    bool is_replay; /* nobody reads metrics: nothing is counted for them; the tap's outputs are delivered */
    struct tt_arena arena; /* of one event */
    struct tt_event *event;
    struct tt_buf record; /* one encoded record */
    struct tt_progress progress;
    uint64_t made[TT_TOPICS_N]; /* records of topics that we make ourselves */
    uint64_t now_us; /* of the last tick */
    uint64_t next_books_ns; /* monotonic */
    uint64_t lost[TT_PIPELINE_LOSSES_N]; /* atomic, the owner writes */
};

/* deliver NULL: into the sinks' queues. Owns all that it points to but setup. Fails: TT_ENOMEM. */
int tt_stages_init(struct tt_stages *stages, tt_deliver_f deliver, void *deliver_arg);
void tt_stages_fini(struct tt_stages *stages);

/* Goes on with another setup, whose data may be another snapshot. */
void tt_stages_use(struct tt_stages *stages, struct tt_setup *setup);

/* One observation, len bytes. Thread: the owner. */
void tt_stages_take(struct tt_stages *stages, const struct tt_obs *obs, size_t len);

/* One event that was made elsewhere (replayed records): enriched anew, counted, delivered. It borrows
 * from stages->arena or from memory that lives through the call. */
void tt_stages_take_event(struct tt_stages *stages, struct tt_event *event);

/* After a batch: kicks sinks, closes windows. now_us: wall clock or replayed time. */
void tt_stages_tick(struct tt_stages *stages, uint64_t now_us);

/* Sends the books of every sink and topic to the sinks that take them: every 10 s from the tick, and
 * at the end with is_final. Source: design.md §4 "Exact books". Thread: the owner. */
void tt_stages_send_books(struct tt_stages *stages, bool is_final);

/* Sends the last books of those sinks of `before` that the setup has no more; what still waits in their
 * queues stands under queued. Thread: the owner. */
void tt_stages_send_gone(struct tt_stages *stages, const struct tt_setup *before);

/* Notes where sinks of the setup begin that have not begun yet. */
void tt_stages_note_births(struct tt_stages *stages);

/* Counts what sinks missed of topics that they take again: their books go on from where they began. */
void tt_stages_note_gaps(struct tt_stages *stages);
