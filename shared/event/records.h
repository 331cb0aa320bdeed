/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* answer_rdata: records in presentation form, sorted, within the bounds of its row. */

#include "event/event.h"
#include "event/facts.h"

/*
 * Sets answer_rdata to those of rrs[0 … rrs_n - 1] that are NS DS DNSKEY SOA MX CAA TXT; absent when
 * none is. *is_cut becomes true when one did not fit. The event borrows from *arena.
 * Fails: TT_ENOMEM. Thread: the pipeline.
 */
int tt_records_set(struct tt_event *event, const struct tt_fact_rr *const *rrs, size_t rrs_n,
                   struct tt_arena *arena, bool *is_cut);
