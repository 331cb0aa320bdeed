/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What differs between BIND 9.18 and 9.20, and what the shim's files say to each other. BIND's functions that
 * are called, and when:
 *   registering   ns_hook_add; when the first query comes: ns_server_attach, ns_server_detach
 *   SETUP         isc_nm_is_http_handle, isc_nm_has_encryption; 9.20: isc_nm_is_proxy_handle,
 *                 isc_nmhandle_real_peeraddr: later they may end named, for then nobody holds the handle
 *   any hook      isc_counter_used, isc_counter_getlimit, isc_result_totext, dns_zone_getautomatic;
 *                 9.18: isc_nm_tid
 *   own thread    ns_stats_get_counter, dns_opcodestats_dump, dns_rdatatypestats_dump,
 *                 dns_rdatatype_ismeta, isc_log_write; 9.20: rcu_register_thread, rcu_unregister_thread
 * Of dns_view_t only `name` and `enablevalidation` are read, which stand before its first rwlock: behind it the
 * members move with BIND's config.h, which is not installed.
 */

#include <dns/message.h>
#include <dns/resolver.h>
#include <dns/rpz.h>
#include <dns/stats.h>
#include <dns/view.h>
#include <dns/zone.h>
#include <isc/counter.h>
#include <isc/log.h>
#include <ns/client.h>
#include <ns/hooks.h>
#include <ns/log.h>
#include <ns/server.h>
#include <ns/stats.h>

#include "telltale_host.h"

#if NS_PLUGIN_VERSION == 1 /* 9.18 */
#define SHIM_SERVER(client) ((client)->sctx)
#define SHIM_THREAD(client) ((unsigned)(client)->tid)
#define SHIM_THREAD_NOW() ((unsigned)isc_nm_tid())
/* In the pass that answers with stale data because a fetch takes too long it does not wait for it. */
#define SHIM_WAITS(client) ((client)->query.fetch != NULL && !(client)->nodetach)
#define SHIM_FETCHED(qctx) ((qctx)->event)
#define SHIM_KEEPS(client) ((client)->nodetach || (client)->query.prefetch != NULL)
#define SHIM_EDE(client) ((client)->ede)
#define SHIM_HAS_QUERY(client) true
#define SHIM_ENTER_THREAD() ((void)0)
#define SHIM_LEAVE_THREAD() ((void)0)
#elif NS_PLUGIN_VERSION == 2 /* 9.20 */
#include <isc/tid.h>
#include <isc/urcu.h>
#define SHIM_SERVER(client) ((client)->manager->sctx)
#define SHIM_THREAD(client) ((unsigned)(client)->manager->tid)
#define SHIM_THREAD_NOW() ((unsigned)isc_tid())
#define SHIM_WAITS(client) (FETCH_RECTYPE_NORMAL(client) != NULL)
#define SHIM_FETCHED(qctx) ((qctx)->fresp)
#define SHIM_KEEPS(client)                                                                                       \
    (FETCH_RECTYPE_PREFETCH(client) || FETCH_RECTYPE_STALE_REFRESH(client) || FETCH_RECTYPE_RPZ(client))
#define SHIM_EDE(client) ((client)->edectx.ede[0]) /* the first of up to three */
/* A query signed with SIG(0) goes on when the network's buffer is gone. */
#define SHIM_HAS_QUERY(client) (!(client)->async || (client)->message->free_query)
#define SHIM_ENTER_THREAD() rcu_register_thread()
#define SHIM_LEAVE_THREAD() rcu_unregister_thread()
#else
#error "a BIND that this shim was not written for"
#endif

/* What telltale.so does for us; set before the first hook is added. */
extern const struct tt_shim_host *tt_shim_host;

void tt_shim_add_hooks(ns_hooktable_t *hooktable, isc_mem_t *mctx);
uint8_t tt_shim_result_of(isc_result_t result);
/* Holds, from the first client on, the server whose statistics are read. */
void tt_shim_note_server(const ns_client_t *client);
/* A query that begins. */
void tt_shim_note_query(struct tt_query *query, const ns_client_t *client);
/* At the end of a pass: a response policy has matched; which. */
bool tt_shim_has_match(const ns_client_t *client);
void tt_shim_note_policy(struct tt_query *query, const ns_client_t *client);
/* Where an answer comes from and what validation says of it; its sections are complete. */
void tt_shim_judge(struct tt_query *query, const query_ctx_t *qctx);
/* The event; what is answered has been handed to the network. */
void tt_shim_tell(struct tt_query *query, const ns_client_t *client);
