/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The answer as Unbound is about to encode it, and the callbacks' arguments in one place. */

#include "work.h"

enum tt_hook { TT_HOOK_REPLY, TT_HOOK_CACHE, TT_HOOK_LOCAL, TT_HOOK_SERVFAIL };

/* One call of a reply callback. */
struct tt_answer {
    enum tt_hook hook;
    int rcode; /* the callback's, which is not the answer's: use response_code */
    const struct query_info *qinfo; /* NULL: CHAOS */
    struct module_qstate *qstate;   /* NULL: answered by the worker itself */
    const struct reply_info *rep;   /* may be NULL */
    const struct edns_data *edns;
    const struct comm_reply *repinfo;
    const struct timeval *start_time;
    const struct worker *worker;
    struct tt_work *work;           /* with qstate */
    const struct tt_client *client; /* with qstate */
    /* Derived by tt_rewrite_foresee. */
    struct respip_action_info policy; /* when has_policy */
    bool has_policy, is_rewritten, is_dropped;
    /* Derived by tt_answer_read. */
    uint16_t query_flags; /* header word of the query */
    uint16_t response_code;
    bool is_error;     /* a header and question only: no records of rep are sent */
    bool is_truncated; /* the policy tcp-only */
    bool is_auth_zone; /* from an auth-zone with for-downstream */
    time_t now;        /* what the TTLs are relative to; 0: they are relative */
};

/* A response-ip rule or RPZ may change a cached answer. */
bool tt_answer_may_be_rewritten(const struct tt_answer *answer);

/* Asks the processor for the records of an answer, which lie all over Unbound's cache, so that they
 * are there when they are copied; Unbound encodes them right after. */
void tt_answer_prefetch(const struct reply_info *rep);

/* Derives from the arguments what is said above. */
void tt_answer_read(struct tt_answer *answer);

/* Fills code, flags, counts and TTL; with want_records also the answer section. */
void tt_answer_fill(struct tt_obs_writer *writer, const struct tt_answer *answer,
                    bool want_records);

/* Seconds that a TTL of a record is sent with; now as in struct tt_answer. */
uint32_t tt_answer_ttl(time_t ttl, time_t now);

/* Puts all records of an RRset, signatures left out. */
void tt_answer_put_rrset(struct tt_obs_writer *writer, enum tt_rr_section section,
                         const struct ub_packed_rrset_key *rrset, time_t now);
