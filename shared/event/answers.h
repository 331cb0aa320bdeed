/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the records of an observation say: chain, addresses, record data, digest, serial. */

#include "event/event.h"
#include "event/facts.h"

/*
 * Sets answer_names answer_ips answer_rdata answer_truncated answer_digest soa_serial. Needs what
 * the head gave (query_type, query_class, response_code, referral …) and facts->qname; what they do
 * not allow stays absent. The event borrows from *arena. Fails: TT_ENOMEM. Thread: the pipeline.
 */
int tt_event_set_answers(struct tt_event *event, const struct tt_facts *facts, struct tt_arena *arena);
