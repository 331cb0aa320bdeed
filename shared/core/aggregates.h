/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The topic aggregates, and telltale_top_*: each client event is counted once for every set of sinks that see
 * it alike (the same privacy policy, no filter of their own), and each window that is over becomes records
 * for those sinks. Sinks without a privacy of their own see an event as its view has it. A sink with filters
 * counts what passes them, so that a group never tells of what the sink may not have. What `ignore` names is
 * counted nowhere. Nothing is counted while nobody takes the topic and metrics.top names nothing, nor in a
 * replay. Thread: the pipeline, but for collect.
 */

#include "core/setup.h"
#include "stat/metric.h"

struct tt_stages;
struct tt_aggregates;

/* Counts nothing yet. Fails: TT_ENOMEM. */
int tt_aggregates_new(struct tt_aggregates **aggregates);
void tt_aggregates_free(struct tt_aggregates **aggregates);

/* To be called before the stages go on with `setup` (tt_stages_use), while the old one is still theirs: what is
 * open is closed and sent as the old one says. Nothing happens when the configuration is the same. */
void tt_stages_prepare_windows(struct tt_stages *stages, const struct tt_setup *setup);

/* Counts the event at hand (stages->event), which no `ignore` holds back. verdicts: by sink, TT_FILTER_REASONS_N
 * when its filters let it pass. */
void tt_stages_count_window(struct tt_stages *stages, const uint8_t *verdicts);

/* Sends what is over at now_us, wall clock: from each tick. */
void tt_stages_close_windows(struct tt_stages *stages, uint64_t now_us);

/* Sends what is open, over or not: before the last books. */
void tt_stages_end_windows(struct tt_stages *stages);

/* Visits the samples of telltale_top_*. Thread: any. */
void tt_aggregates_collect(struct tt_aggregates *aggregates, tt_metric_visit_f visit, void *arg);
