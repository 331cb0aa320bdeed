/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "judge.h"

#include "failures.h"

static const uint8_t meanings[] = {
    [TT_RESULT_TIMEOUT] = TT_servfail_reason_UPSTREAM_TIMEOUT,
    [TT_RESULT_MALFORMED] = TT_servfail_reason_UPSTREAM_MALFORMED,
    [TT_RESULT_UNREACHABLE] = TT_servfail_reason_NO_UPSTREAM,
    [TT_RESULT_LOOP] = TT_servfail_reason_LIMIT_EXCEEDED,
    [TT_RESULT_QUOTA] = TT_servfail_reason_LIMIT_EXCEEDED,
    [TT_RESULT_INTERNAL] = TT_servfail_reason_INTERNAL,
    [TT_RESULT_DROP] = 0, /* the last */
};

static bool recall(const struct tt_shim_facts *facts, struct tt_failure *failure)
{
    return facts->name != NULL &&
           tt_failures_recall(facts->view, facts->name, facts->name_len, facts->type, failure);
}

static void remember(const struct tt_query *query, const struct tt_shim_facts *facts)
{
    struct tt_failure failure = {query->servfail_reason, query->dnssec_status, 0, 0, {0}};

    if (facts->name == NULL || !facts->is_failure_kept)
        return;
    failure.reason_len = (uint8_t)TT_MIN((size_t)query->reason_len, sizeof(failure.reason));
    memcpy(failure.reason, query->reason, failure.reason_len);
    tt_failures_remember(facts->view, facts->name, facts->name_len, facts->type, &failure);
}

static void take_reason(struct tt_query *query, const char *text, size_t len)
{
    query->reason_len = (uint8_t)TT_MIN(len, (size_t)TT_REASON_MAX);
    memcpy(query->reason, text, query->reason_len);
}

/* named repeats the failure and has forgotten why; what was bogus still is. */
static void judge_repeated(struct tt_query *query, const struct tt_shim_facts *facts)
{
    struct tt_failure failure;

    query->cache_status = TT_cache_status_HIT;
    query->servfail_reason = TT_servfail_reason_CACHED;
    if (!recall(facts, &failure) || failure.dnssec_status != TT_dnssec_status_BOGUS)
        return;
    query->servfail_reason = failure.servfail_reason;
    query->dnssec_status = failure.dnssec_status;
    take_reason(query, failure.reason, TT_MIN(failure.reason_len, sizeof(failure.reason)));
}

/* The last fetch failed: the servers, unless a limit ended it (max-recursion-queries, max-query-count). */
static uint8_t reason_of_fetch(const struct tt_query *query, const struct tt_shim_facts *facts)
{
    bool is_worn_out = facts->exchanges_max != 0 && facts->exchanges_n >= facts->exchanges_max;
    struct tt_failure of_another;

    if (meanings[query->fetch] != 0)
        return meanings[query->fetch];
    if (facts->counts_exchanges && is_worn_out)
        return TT_servfail_reason_LIMIT_EXCEEDED;
    if (!facts->counts_exchanges || facts->exchanges_n > 0)
        return TT_servfail_reason_UPSTREAM_FAILURE;
    /* It cost no exchange: it had joined another's fetch, or there was nobody to ask. */
    return recall(facts, &of_another) ? of_another.servfail_reason : TT_servfail_reason_NO_UPSTREAM;
}

/* Fetches brought what they were to, or there was none. */
static uint8_t reason_of_query(const struct tt_query *query, const struct tt_shim_facts *facts)
{
    if (query->result == TT_RESULT_SUCCESS) /* max-restarts, or thrown out for a newer client */
        return TT_servfail_reason_LIMIT_EXCEEDED;
    if (query->fetches_n == 0 &&
        (query->result == TT_RESULT_QUOTA || (query->result == TT_RESULT_OTHER && facts->may_fetch)))
        return TT_servfail_reason_RATE_LIMITED; /* recursive-clients, fetches-per-zone */
    return meanings[query->result] != 0 ? meanings[query->result] : TT_servfail_reason_OTHER;
}

void tt_judge_failure(struct tt_query *query, const struct tt_shim_facts *facts)
{
    query->dnssec_status = 0;
    if (query->is_failure_cached) {
        judge_repeated(query, facts);
        return;
    }
    /* Without an error, and yet not answered: max-restarts. */
    if (query->cache_status == 0 && query->transaction == 0 && query->result == TT_RESULT_SUCCESS)
        query->cache_status = TT_cache_status_HIT;
    if (query->cache_status == 0 && query->transaction != 0)
        query->cache_status = TT_cache_status_MISS;
    if (facts->validation != NULL) {
        query->dnssec_status = TT_dnssec_status_BOGUS;
        query->servfail_reason = TT_servfail_reason_DNSSEC_BOGUS;
        take_reason(query, facts->validation, strlen(facts->validation));
    } else {
        query->servfail_reason = query->fetches_n > 0 && query->fetch != TT_RESULT_SUCCESS
                                     ? reason_of_fetch(query, facts)
                                     : reason_of_query(query, facts);
    }
    remember(query, facts);
}

static uint8_t drop_reason(const struct tt_query *query, const struct tt_shim_facts *facts)
{
    if (query->is_waiting)
        return TT_drop_reason_SHUTDOWN;
    if (query->result == TT_RESULT_DUPLICATE)
        return TT_drop_reason_DUPLICATE;
    if (query->result == TT_RESULT_DROP)
        return query->policy_action == TT_policy_action_DROP ? TT_drop_reason_POLICY : TT_drop_reason_RATE_LIMIT;
    /* An error that a rate limit holds back never gets its code (lib/ns/client.c, ns_client_error). */
    return query->result != TT_RESULT_SUCCESS && !facts->has_code ? TT_drop_reason_RATE_LIMIT : TT_drop_reason_OTHER;
}

void tt_judge_drop(struct tt_query *query, const struct tt_shim_facts *facts)
{
    if (query->transaction != 0)
        query->cache_status = TT_cache_status_MISS;
    query->drop_reason = drop_reason(query, facts);
}
