/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The topic alerts, as far as telltale speaks of itself: once a second the facts about sinks, data files and
 * the configuration are put together and judged (detect/own.h); what comes of it goes to every sink that
 * takes alerts, also to the one that is down, whose queue and spool keep it. Thread: the pipeline, but for
 * watch.
 */

#include "core/setup.h"
#include "enrich/loader.h"
#include "stat/metric.h"

struct tt_stages;
struct tt_alarms;

/* Fails: TT_ENOMEM. */
int tt_alarms_new(struct tt_alarms **alarms);
void tt_alarms_free(struct tt_alarms **alarms);

/* Where the facts come from. loader NULL: nothing is known of data files, and nothing said; to be called with it
 * before the loader is freed. config_stale: read by a relaxed atomic load, may be NULL. Waits for facts that are
 * being read. Thread: the manager. */
void tt_alarms_watch(struct tt_alarms *alarms, struct tt_loader *loader, const unsigned *config_stale);

/* Judges when a second has passed since the last time; now_ns: monotonic. Not in a replay. */
void tt_stages_judge(struct tt_stages *stages, uint64_t now_ns);

/* Visits telltale_alerts_firing. Thread: any. */
void tt_alarms_collect(const struct tt_alarms *alarms, tt_metric_visit_f visit, void *arg);
