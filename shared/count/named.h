/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Counters by a name of the configuration (a watched zone, a threat list): bounded by what the
 * configuration may hold, so no name ever has to give its place up. What traffic brings is in
 * stat/series.h instead.
 */

#include "base/str.h"
#include "stat/metric.h"

struct tt_named;

/* Room for max names; what finds none counts under "__other__". Fails: TT_ENOMEM. */
int tt_named_new(unsigned max, struct tt_named **named);
void tt_named_free(struct tt_named **named);

/* Counts one. The first time a name is seen, memory is taken for it; names stay until the end.
 * Thread: the pipeline. */
void tt_named_add(struct tt_named *named, struct tt_str name);

/* Visits one sample a name, of a COUNTER with one label. Thread: any. */
void tt_named_collect(const struct tt_named *named, enum tt_metric metric, tt_metric_visit_f visit, void *arg);
