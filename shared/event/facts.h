/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The tail of an observation, taken apart: the common form of both shapes. Everything in it has been
 * measured against the record it came from; names are whole uncompressed wire names.
 */

#include "base/arena.h"
#include "event/obs.h"

/* Borrowed bytes; bytes NULL: absent. */
struct tt_span {
    const uint8_t *bytes;
    uint16_t len;
};

struct tt_fact_rr {
    struct tt_span owner; /* wire name */
    struct tt_span rdata; /* names in it uncompressed */
    uint32_t ttl; /* s */
    uint16_t type, rr_class;
    uint8_t section; /* enum tt_rr_section */
};

struct tt_facts {
    struct tt_span qname; /* wire name */
    struct tt_span ecs, ede_text, dnssec_reason, policy_name, upstream_zone, view;
    struct tt_span query, response; /* wire images */
    struct tt_fact_rr rrs[TT_OBS_RRS_MAX];
    uint16_t rrs_n;
    bool is_policy_a_name; /* policy_name is a wire name */
    bool has_answers; /* the answer section is here, whole unless is_cut */
    bool is_cut; /* RRs were left out */
};

/*
 * Reads the tail. Items of a kind that this version does not know are passed over. *facts borrows
 * from *obs. Fails: TT_EMALFORMED (an item that leaves its record, an RR without an owner, a name
 * that is none, an item twice, more RRs or bytes than a record holds). Thread: the pipeline.
 */
int tt_facts_from_tail(struct tt_facts *facts, const struct tt_obs *obs, size_t obs_len);
