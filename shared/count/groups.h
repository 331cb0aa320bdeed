/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The groups of one window: how many queries of clients there were by (client, type, response code) and by
 * (name, client, type, response code), the most frequent of each, and the rest as one. Groups are made of
 * what a privacy policy lets leave, so a group never tells more than the records under that policy do.
 * Memory is fixed at the start; Space-Saving (top.h) with TT_GROUPS_COUNTERS counters for each group that
 * is shown. Thread: one.
 */

#include "event/aggregate.h"
#include "event/privacy.h"

enum { TT_GROUPS_COUNTERS = 10 };

struct tt_groups;

/* top_n: groups of each aggregation that are shown. Fails: TT_ENOMEM, TT_EINVAL (0, or far too many). */
int tt_groups_new(unsigned top_n, struct tt_groups **groups);
void tt_groups_free(struct tt_groups **groups);

/* Whether an event is the fate of a client's query; nothing else is counted. */
static inline bool tt_groups_counts(const struct tt_event *event)
{
    return event->message_type == TT_message_type_CLIENT_RESPONSE ||
           event->message_type == TT_message_type_AUTH_RESPONSE;
}

/* Counts one such event, shown for topic enriched under a policy. */
void tt_groups_add(struct tt_groups *groups, const struct tt_event *event, const struct tt_shown *shown);

/* How many were counted since the last clear. */
uint64_t tt_groups_total(const struct tt_groups *groups);

/* Visits the groups of both aggregations, each with its rest behind it where there is one, highest counts
 * first. of: a copy of it is filled in for each; its window, time and sequence are the caller's. */
void tt_groups_visit(const struct tt_groups *groups, const struct tt_aggregate *of,
                     void (*visit)(struct tt_aggregate *aggregate, void *arg), void *arg);

void tt_groups_clear(struct tt_groups *groups);
