/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What is known of queries that failed: when named answers the same question from its SERVFAIL cache,
 * it has forgotten why. One table of fixed size for the process; threads neither lock nor wait.
 */

#include "telltale_host.h"

/* named's servfail-ttl is at most this. */
enum { TT_FAILURES_KEPT_S = 30 };

/* What happened to a query that failed, kept for as long as named's own SERVFAIL cache may serve it. */
struct tt_failure {
    uint8_t servfail_reason, dnssec_status, reason_len, unused;
    char reason[60];
};

/* name: wire format, any case. What two threads write at once, one of them may lose. Thread: any. */
void tt_failures_remember(const void *view, const void *name, size_t len, uint16_t type,
                          const struct tt_failure *failure);

/* False: not known, older than TT_FAILURES_KEPT_S, or just being written. Thread: any. */
bool tt_failures_recall(const void *view, const void *name, size_t len, uint16_t type,
                        struct tt_failure *failure);

/* The same at a given moment (monotonic), for tests. */
void tt_failures_remember_at(uint64_t now_ns, const void *view, const void *name, size_t len, uint16_t type,
                             const struct tt_failure *failure);
bool tt_failures_recall_at(uint64_t now_ns, const void *view, const void *name, size_t len, uint16_t type,
                           struct tt_failure *failure);
