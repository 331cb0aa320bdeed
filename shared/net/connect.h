/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Outgoing connections with a time limit. */

#include "base/buf.h"
#include "base/compat.h"

/* "host:port", "[::1]:port": splits in place into copies. Fails: TT_ESYNTAX. */
enum { TT_NET_HOST_MAX = 256 };
struct tt_net_address {
    char host[TT_NET_HOST_MAX];
    uint16_t port;
};
int tt_net_parse_address(const char *text, struct tt_net_address *address);

/* Connects to a unix socket, or by TCP to any address of the host, until deadline_ns (monotonic). *fd is
 * non-blocking and close-on-exec. Fails, with a reason in *why: TT_EAGAIN. Looking a name up may take longer
 * than the deadline. Thread: a sink's own. */
int tt_net_connect_unix(const char *path, uint64_t deadline_ns, int *fd, struct tt_buf *why);
int tt_net_connect_tcp(const struct tt_net_address *address, uint64_t deadline_ns, int *fd, struct tt_buf *why);
