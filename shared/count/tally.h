/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The DNS metrics: events counted into fixed cells. No strings, no allocation after tt_tally_new, a
 * number of series that no client can raise (unknown types and codes fall into "other").
 *
 * Writer: the pipeline alone. Readers: any (relaxed loads; each cell is exact, a scrape may see an
 * event in one family and not yet in the next). Over a quiet moment
 *   telltale_queries_total = telltale_responses_total + telltale_dropped_queries_total.
 */

#include "stat/metric.h"

struct tt_event;
struct tt_tally;

/* Fails: TT_ENOMEM. Thread: any. */
int tt_tally_new(struct tt_tally **tally);
void tt_tally_free(struct tt_tally **tally);

/* Counts one event: client_response and auth_response as a query of a client, resolver_response and
 * forwarder_response as an exchange with an upstream, others not at all. Thread: pipeline. */
void tt_tally_add(struct tt_tally *tally, const struct tt_event *event);

/* Visits the samples of TT_METRIC_QUERIES … TT_METRIC_UPSTREAM_RTT; a series appears with its first
 * event. Thread: any. */
void tt_tally_collect(const struct tt_tally *tally, tt_metric_visit_f visit, void *arg);
