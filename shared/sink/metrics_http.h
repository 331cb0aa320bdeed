/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * /metrics for a scraper: one small HTTP server (libmicrohttpd) on one thread, "tt-metrics", apart
 * from everything else: a slow, broken or hostile scraper costs its own connection only. At most 8
 * connections, one request each, 10 s without a byte and 30 s in all, then they are cut off.
 * GET and HEAD of /metrics; other paths 404, other methods 405.
 */

#include "base/ip.h"
#include "stat/metric.h"

struct tt_metrics_http;

/* Visits all samples, family by family, from one snapshot. Runs on tt-metrics; must not wait long.
 */
typedef void (*tt_metrics_collect_f)(void *arg, tt_metric_visit_f visit, void *visit_arg);

enum { TT_METRICS_PORTS_N = 16, TT_METRICS_CONNECTIONS_MAX = 8 };

/*
 * Listens on the first free port of port … port + ports_n - 1 (port 0: any free one) and starts the
 * thread. A port is never shared with another process. On failure one line is logged.
 * Fails: TT_EBUSY (all ports taken), TT_EPERM, TT_EINVAL (no address), TT_EAGAIN, TT_ENOMEM,
 * TT_EIO. Thread: the one that opens or reloads the core. collect and arg must live until stop.
 */
int tt_metrics_http_start(const struct tt_ip *ip, uint16_t port, unsigned ports_n,
                          tt_metrics_collect_f collect, void *arg, struct tt_metrics_http **http,
                          uint16_t *port_taken);

/* Cuts all connections, ends the thread, frees, sets NULL; NULL is fine. A thread that has not come
 * back at deadline_ns (monotonic) is left alone and its memory with it: then false, and collect may
 * still be running. */
bool tt_metrics_http_stop(struct tt_metrics_http **http, uint64_t deadline_ns);
