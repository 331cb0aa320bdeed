/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A TCP socket to accept scrapers on. */

#include "base/ip.h"

/*
 * Listens on the first free port of port … port + ports_n - 1 (port 0: any free one): non-blocking,
 * close-on-exec, never shared with another process. *fd is the caller's; errno says more on
 * failure. Fails: TT_EBUSY (all ports taken), TT_EPERM, TT_EIO. Thread: any but a host's worker.
 */
int tt_listen_tcp(const struct tt_ip *ip, uint16_t port, unsigned ports_n, int *fd,
                  uint16_t *port_taken);
