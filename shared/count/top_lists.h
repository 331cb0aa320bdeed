/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * telltale_top_*: the most frequent names, domains and clients of the last window that was closed, as gauges;
 * off unless `metrics.top` names them. What is shown is what the count surely was: Space-Saving's count less
 * its error. Made of what the general privacy policy lets leave. Memory is fixed when it is switched on.
 */

#include "conf/conf.h"
#include "event/privacy.h"
#include "stat/metric.h"

enum { TT_TOP_LISTS_SHOWN = 50 };

struct tt_top_lists;

/* Nothing is switched on. Fails: TT_ENOMEM. */
int tt_top_lists_new(struct tt_top_lists **lists);
void tt_top_lists_free(struct tt_top_lists **lists);

/* Counts from now on those of mask (1 << enum tt_conf_top), anew, and shows nothing of others. shown_n: entries
 * of each, at most TT_TOP_LISTS_SHOWN. Fails: TT_ENOMEM (those it had no memory for stay off).
 * Thread: the pipeline. */
int tt_top_lists_use(struct tt_top_lists *lists, unsigned mask, unsigned shown_n);

/* Counts the fate of a client's query, shown for topic enriched, in window 0 or 1 (windows.h). Thread: the
 * pipeline. */
void tt_top_lists_add(struct tt_top_lists *lists, unsigned slot, const struct tt_event *event,
                      const struct tt_shown *shown);

/* That window is over: shown from now on, and empty. Thread: the pipeline. */
void tt_top_lists_close(struct tt_top_lists *lists, unsigned slot);

/* Visits the samples of all families telltale_top_*. Thread: any. */
void tt_top_lists_collect(struct tt_top_lists *lists, tt_metric_visit_f visit, void *arg);
