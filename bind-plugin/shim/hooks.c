/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * A query on its way through named (lib/ns/query.c):
 *   SETUP           it begins; its end is watched through the client's clean-up function, which we wrap
 *   DONE_BEGIN      the end of each pass: an error, a policy's match, a fetch that was started, or the
 *                   answer: its sections are complete, it is going to be rendered and sent
 *   RESUME_BEGIN    a fetch has ended
 *   QCTX_DESTROYED  the end of each pass again, behind the sending: a query is told now when a prefetch, or
 *                   the refresh of stale data, may keep its client for seconds
 *   clean-up        it ends, and is told
 * Every hook returns NS_HOOK_CONTINUE, whatever happens: the answer is named's alone.
 */

#include "compat.h"

static void end_query(ns_client_t *client);

/* named's own clean-up: one function for all queries, kept with the first. */
static void (*cleanup_of_named)(ns_client_t *client);

static bool may_wrap(const ns_client_t *client)
{
    void (*known)(ns_client_t *) = __atomic_load_n(&cleanup_of_named, __ATOMIC_RELAXED);

    if (TT_UNLIKELY(known == NULL && client->cleanup != NULL && client->cleanup != end_query)) {
        known = client->cleanup;
        __atomic_store_n(&cleanup_of_named, known, __ATOMIC_RELAXED);
    }
    return known != NULL && client->cleanup == known;
}

static ns_hookresult_t begin_query(void *arg, void *data TT_UNUSED, isc_result_t *result TT_UNUSED)
{
    ns_client_t *client = ((query_ctx_t *)arg)->client;
    struct tt_query *query;

    if (TT_UNLIKELY(client == NULL || client->message == NULL || !may_wrap(client)))
        return NS_HOOK_CONTINUE;
    tt_shim_note_server(client);
    query = tt_shim_host->begin(SHIM_THREAD(client), client);
    if (TT_LIKELY(query != NULL)) {
        client->cleanup = end_query;
        tt_shim_note_query(query, client);
    }
    return NS_HOOK_CONTINUE;
}

/* A query that is not told yet. 9.18 asks on for its cache when it has answered with stale data. */
static struct tt_query *find_open(const ns_client_t *client)
{
    struct tt_query *query = tt_shim_host->find(SHIM_THREAD(client), client);

    return query != NULL && !query->is_told && (client->query.attributes & NS_QUERYATTR_ANSWERED) == 0 ? query : NULL;
}

static ns_hookresult_t end_fetch(void *arg, void *data TT_UNUSED, isc_result_t *result TT_UNUSED)
{
    const query_ctx_t *qctx = arg;
    struct tt_query *query = find_open(qctx->client);

    if (query == NULL)
        return NS_HOOK_CONTINUE;
    tt_shim_host->work(query);
    query->is_waiting = false;
    query->fetches_n = (uint16_t)TT_MIN(query->fetches_n + 1, UINT16_MAX);
    if (SHIM_FETCHED(qctx) != NULL) {
        query->fetch = tt_shim_result_of(SHIM_FETCHED(qctx)->result);
        query->validation = (int)SHIM_FETCHED(qctx)->vresult;
    }
    return NS_HOOK_CONTINUE;
}

/* The SERVFAIL cache is asked before any database; only it ends a query that early, and with this mark. */
static bool is_failure_cached(const query_ctx_t *qctx)
{
    const ns_client_t *client = qctx->client;

    return qctx->result == DNS_R_SERVFAIL && !client->query.authdbset && SHIM_FETCHED(qctx) == NULL &&
           (client->attributes & NS_CLIENTATTR_NOSETFC) != 0 &&
           (client->query.attributes & NS_QUERYATTR_RECURSIONOK) != 0;
}

/* Answered queries that wait for QCTX_DESTROYED: mostly none. */
static unsigned kept_n;

static void tell(struct tt_query *query, const ns_client_t *client)
{
    if (TT_UNLIKELY(query->is_kept))
        __atomic_sub_fetch(&kept_n, 1, __ATOMIC_RELAXED);
    query->is_kept = false;
    if (!query->is_told)
        tt_shim_tell(query, client);
}

static void end_with_answer(struct tt_query *query, const query_ctx_t *qctx)
{
    tt_shim_judge(query, qctx);
    if (TT_LIKELY(!SHIM_KEEPS(qctx->client) || query->is_kept))
        return;
    query->is_kept = true;
    __atomic_add_fetch(&kept_n, 1, __ATOMIC_RELAXED);
}

static ns_hookresult_t end_pass(void *arg, void *data TT_UNUSED, isc_result_t *result TT_UNUSED)
{
    const query_ctx_t *qctx = arg;
    const ns_client_t *client = qctx->client;
    unsigned partly = client->query.attributes & (NS_QUERYATTR_PARTIALANSWER | NS_QUERYATTR_WANTRECURSION);
    bool is_good = TT_LIKELY(qctx->result == ISC_R_SUCCESS) || partly == NS_QUERYATTR_PARTIALANSWER;
    struct tt_query *query = find_open(client);

    if (TT_UNLIKELY(query == NULL))
        return NS_HOOK_CONTINUE;
    if (TT_UNLIKELY(tt_shim_has_match(client)))
        tt_shim_note_policy(query, client);
    query->is_waiting = SHIM_WAITS(client);
    if (TT_LIKELY(!query->is_waiting)) /* with an answer, an error or a restart: then it is not for the last time */
        tt_shim_host->note_done(query);
    else
        tt_shim_host->work(query);
    if (TT_LIKELY(is_good && !query->is_waiting && !qctx->want_restart)) {
        end_with_answer(query, qctx);
    } else {
        query->result = tt_shim_result_of(qctx->result);
        query->is_failure_cached = is_failure_cached(qctx);
    }
    return NS_HOOK_CONTINUE;
}

/* The client may be gone by now: its address alone tells whether its query has ended; then nothing is read. */
static ns_hookresult_t leave_pass(void *arg, void *data TT_UNUSED, isc_result_t *result TT_UNUSED)
{
    const ns_client_t *client = ((const query_ctx_t *)arg)->client;
    bool is_any_kept = __atomic_load_n(&kept_n, __ATOMIC_RELAXED) > 0;
    struct tt_query *query = TT_UNLIKELY(is_any_kept) ? tt_shim_host->find(SHIM_THREAD_NOW(), client) : NULL;

    if (query != NULL && query->is_kept && (client->query.attributes & NS_QUERYATTR_ANSWERED) != 0)
        tell(query, client);
    return NS_HOOK_CONTINUE;
}

static void end_query(ns_client_t *client)
{
    struct tt_query *query = tt_shim_host->find(SHIM_THREAD(client), client);

    if (TT_LIKELY(query != NULL)) {
        tell(query, client);
        tt_shim_host->end(query);
    }
    __atomic_load_n(&cleanup_of_named, __ATOMIC_RELAXED)(client);
}

void tt_shim_add_hooks(ns_hooktable_t *hooktable, isc_mem_t *mctx)
{
    ns_hook_t *setup;

    ns_hook_add(hooktable, mctx, NS_QUERY_SETUP, &(ns_hook_t){.action = begin_query});
    /* In front of other plugins', which may answer there, wait, or wrap the clean-up too. */
    setup = ISC_LIST_TAIL((*hooktable)[NS_QUERY_SETUP]);
    ISC_LIST_UNLINK((*hooktable)[NS_QUERY_SETUP], setup, link);
    ISC_LIST_PREPEND((*hooktable)[NS_QUERY_SETUP], setup, link);
    ns_hook_add(hooktable, mctx, NS_QUERY_DONE_BEGIN, &(ns_hook_t){.action = end_pass});
    ns_hook_add(hooktable, mctx, NS_QUERY_RESUME_BEGIN, &(ns_hook_t){.action = end_fetch});
    ns_hook_add(hooktable, mctx, NS_QUERY_QCTX_DESTROYED, &(ns_hook_t){.action = leave_pass});
}
