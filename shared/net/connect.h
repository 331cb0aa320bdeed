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

/* When to give up, monotonic ns; asked each 50 ms while it waits, on the same thread. */
typedef uint64_t (*tt_net_until_f)(const void *arg);

/* Connects to a unix socket, or by TCP to any address of the host. *fd is non-blocking and close-on-exec. A name is
 * looked up on a thread that is left behind when it does not come back. Fails, with a reason in *why: TT_EAGAIN.
 * Thread: a sink's own. */
int tt_net_connect_unix(const char *path, tt_net_until_f until, const void *arg, int *fd, struct tt_buf *why);
int tt_net_connect_tcp(const struct tt_net_address *address, tt_net_until_f until, const void *arg, int *fd,
                       struct tt_buf *why);
