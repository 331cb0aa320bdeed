/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What a sink takes of the events it is offered: `ignore`, `residency`, `only`, `except`, `sample`
 * (design.md §6), decided on the event before anything is encoded, each refusal counted.
 */

#include "conf/conf.h"
#include "event/event.h"

/* Why a record was not offered: label `reason` of telltale_sink_filtered_total. */
#define TT_FILTER_REASONS(X)                                                                               \
    X(IGNORE, "ignore", "the configuration's ignore names it")                                             \
    X(RESIDENCY, "residency", "its data may not be kept where this sink is")                               \
    X(ONLY, "only", "the sink's only does not match")                                                      \
    X(EXCEPT, "except", "the sink's except matches")                                                       \
    X(SAMPLE, "sample", "not among the sample")                                                            \
    X(TOPIC, "topic", "the sink did not take the topic then: a configuration took it away and a later one gave it back") \
    X(SERIES, "series", "remote_write: beyond series_max, or with labels that no receiver takes")          \
    X(CLOCK, "clock", "remote_write: our clock was behind what was sent already, or far ahead of the receiver's")

enum tt_filter_reason {
#define X(name, word, doc) TT_FILTER_##name,
    TT_FILTER_REASONS(X)
#undef X
        TT_FILTER_REASONS_N /* passes */
};

/* A list of names from a file; its class and functions are in row 5's enrich, hence the pointer. */
typedef bool (*tt_filter_list_f)(const void *list, struct tt_str name);

struct tt_filter; /* compiled, of one sink; immutable */
struct tt_ignore; /* compiled, of the whole configuration */

/* Fails: TT_ENOMEM, TT_ESYNTAX (words or names that the configuration has not checked). conf is not
 * needed afterwards. Thread: any. */
int tt_filter_new(const struct tt_conf_sink *conf, struct tt_filter **filter);
void tt_filter_free(struct tt_filter **filter);
int tt_ignore_new(const struct tt_conf *conf, struct tt_ignore **ignore);
void tt_ignore_free(struct tt_ignore **ignore);

/* True when names or clients of `ignore` cover the event; upstream events have a name, but no client.
 * Thread: the pipeline. */
bool tt_ignore_has(const struct tt_ignore *ignore, const struct tt_event *event);

/* What the data files say, as loaded now. Until it is loaded nothing passes because of it: an only.list
 * that is NULL matches nothing, an except.list everything, and a sink with a residency holds all events
 * back while some zone may not be known. */
struct tt_filter_lists {
    bool are_zones_known;
    const void *only, *except;
    tt_filter_list_f has;
};

/* Everything but ignore and sample. TT_FILTER_REASONS_N: it passes. What an event does not have matches
 * nothing: `only: {clients: …}` lets no upstream event pass. An event without residency (of no watched
 * zone, or of one that names none) may be kept anywhere. Thread: the pipeline. */
enum tt_filter_reason tt_filter_event(const struct tt_filter *filter, const struct tt_filter_lists *lists,
                                      const struct tt_event *event);

/*
 * The weight of an event under a share: 0 it is left out, else how many events it stands for (1 for
 * what is always kept: client events with outcome other than answered, or a response code other than
 * NOERROR and NXDOMAIN). By hash of transaction_id, else of event_id, so that a transaction's events
 * stay together, on every sink alike: kept when XXH3-64 (seed 0) of the id's 16 bytes, shifted right by
 * 11, is below share × 2^53. A smaller share keeps a part of what a larger one keeps. Thread: any.
 */
float tt_sample_weight(const struct tt_event *event, double share);
