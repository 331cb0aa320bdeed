/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The stage `enrich`: suffix, watch list, geo, threat, risk, in this order (design.md §7). It only
 * adds fields that are computed; one whose data is not loaded stays absent.
 */

#include "enrich/data.h"
#include "event/event.h"

/* What a pipeline keeps between events: caches, valid for one snapshot. */
struct tt_enricher;

/* Fails: TT_ENOMEM. Thread: the one that owns it, afterwards the pipeline. */
int tt_enricher_new(struct tt_enricher **enricher);
void tt_enricher_free(struct tt_enricher **enricher);

/*
 * Adds to event what data knows, and enrichment_id; what an earlier enrichment left in a replayed record
 * is dropped first, so that one record never mixes two. The threat list is the first, in the order of the
 * configuration, that has query_name, or where none has it an address of the answer. Texts point into data, query_name or *arena: the
 * event must be done with before data is released. Every snapshot that follows another at the same
 * address is told apart by its enrichment_id and the caller's tt_enricher_forget.
 * Thread: the pipeline.
 */
void tt_enrich_event(struct tt_enricher *enricher, const struct tt_data *data, struct tt_event *event,
                     struct tt_arena *arena);

/* Empties the caches: to be called when another snapshot comes into use. Thread: the pipeline. */
void tt_enricher_forget(struct tt_enricher *enricher);
