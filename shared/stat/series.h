/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Dynamic series: counters whose label values come from traffic. Bounded over all families together:
 * 5,000 at a time, 500 new label sets an hour; what finds no room counts under "__other__". A series
 * that did not move for an hour gives its place up. Memory is fixed at the start, the hash is keyed.
 * Source: design.md §8.
 */

#include "base/str.h"
#include "stat/metric.h"

enum { TT_SERIES_MAX = 5000, TT_SERIES_NEW_PER_HOUR = 500, TT_SERIES_VALUE_MAX = 63 };

struct tt_series;

/* Fails: TT_ENOMEM. */
int tt_series_new(struct tt_series **series);
void tt_series_free(struct tt_series **series);

/* metric: a COUNTER row with as many labels as values_n (at most 2). now_us: wall clock or replayed
 * time, which must not run backwards by more than it is noticed (then it counts as the latest).
 * Thread: the pipeline. */
void tt_series_add(struct tt_series *series, enum tt_metric metric, const struct tt_str *values,
                   unsigned values_n, uint64_t now_us, uint64_t n);

/* Visits the samples of one family, then telltale_series_active and telltale_series_created_total are
 * the numbers below. Thread: any. */
void tt_series_collect(struct tt_series *series, enum tt_metric metric, tt_metric_visit_f visit, void *arg);
void tt_series_counts(struct tt_series *series, uint64_t *active, uint64_t *created, uint64_t *overflowed);
