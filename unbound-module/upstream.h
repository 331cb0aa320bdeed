/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Exchanges with upstream servers. Each query callback opens one, and each ends in exactly one
 * event: answered, timeout, or dropped. What Unbound does inside one (retransmission, EDNS and TCP
 * fallback) is not visible and part of its round-trip time.
 */

#include "work.h"

/* Unbound's inplace_cb_query and inplace_cb_query_response. */
int tt_upstream_query(struct query_info *qinfo, uint16_t flags, struct module_qstate *qstate,
                      struct sockaddr_storage *addr, socklen_t addrlen, uint8_t *zone,
                      size_t zonelen, struct regional *region, int id, void *arg);
int tt_upstream_response(struct module_qstate *qstate, struct dns_msg *response, int id, void *arg);

/* Ends the exchange under way, if any, as dropped. */
void tt_upstream_abandon(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work,
                         uint8_t drop_reason);
