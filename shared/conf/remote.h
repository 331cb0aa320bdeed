/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Where something on the network is, as far as the text alone tells: URLs, addresses, what is loopback. */

#include "base/compat.h"
#include "base/str.h"

/* Lends from the text it was parsed from. */
struct tt_remote {
    struct tt_str host; /* an IPv6 address without its brackets */
    uint16_t port;      /* 0: none given */
    bool is_tls;        /* https */
};

/* http or https, a host, and neither user nor password nor fragment; printable ASCII without blanks, quotes,
 * backslashes and braces (RFC 3986 has none of these). Fails: TT_ESYNTAX. Thread: any. */
int tt_remote_parse_url(struct tt_str text, struct tt_remote *remote);

/* "host:port" or "[2001:db8::1]:port", port from 1. Fails: TT_ESYNTAX. Thread: any. */
int tt_remote_parse_address(struct tt_str text, struct tt_remote *remote);

/* Takes the first item off a list joined by commas. False: there was none. */
bool tt_remote_next(struct tt_str *list, struct tt_str *item);

/* True for 127.0.0.0/8, ::1 and localhost: this machine, whoever is asked. Not for `localhost.` with its dot:
 * /etc/hosts does not know it, so a server would be asked. */
bool tt_remote_is_loopback(struct tt_str host);
