/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Data quality: for each field the share of events that lack it and (for some) how many different
 * values it had, over the last window; and the age of events. Bounded memory (about 60 KiB), keyed
 * hashes. Which events a field is expected of, and which values are counted: quality.def. Fields
 * that only an exit fills (client_net, client_hash, dup, sample_weight …) and probes are left out.
 */

#include "event/event.h"
#include "stat/metric.h"

struct tt_quality;

/* Fails: TT_ENOMEM. */
int tt_quality_new(struct tt_quality **quality);
void tt_quality_free(struct tt_quality **quality);

/* Counts one event. Thread: the pipeline. */
void tt_quality_add(struct tt_quality *quality, const struct tt_event *event);

/*
 * Closes the window when it is over (1 minute by now_us, the wall clock or replayed time; at least
 * 1,000 events) and compares with the one before: a field that a data file fills and whose share of
 * absent values rose by 0.2 or more is said in one log line with its enrichment_id, and counted.
 * Another enrichment_id ends a window by itself, so that none mixes two: one of less than 1,000
 * events is then left out. Without such a change nothing is a loss. Takes the ages of the events
 * since the last call. Call it once a batch. Thread: the pipeline.
 */
void tt_quality_tick(struct tt_quality *quality, uint64_t now_us);

/* Visits telltale_field_null_ratio, telltale_field_distinct, telltale_event_age_seconds and
 * telltale_field_losses_total of the last closed window (the running one before the first closes).
 * Thread: any. */
void tt_quality_collect(const struct tt_quality *quality, tt_metric_visit_f visit, void *arg);
