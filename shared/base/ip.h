/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* An IP address as a value: 16 bytes and a family, so that it can cross a ring by copy. */

#include "base/compat.h"

struct tt_buf;
struct tt_str;

struct tt_ip {
    uint8_t family; /* 4, 6, or 0: absent */
    uint8_t bytes[16]; /* network order; the first 4 for family 4, the rest 0 */
};

/* Presentation form: dotted quad (RFC 1123) or RFC 5952. Nothing for family 0. Thread: any. */
void tt_ip_format(struct tt_buf *buf, const struct tt_ip *ip);

/* The same through a bare cursor, not terminated: room for TT_IP_TEXT_MAX bytes at `at`. Returns the end. */
enum { TT_IP_TEXT_MAX = 45 };
char *tt_ip_write(char *at, const struct tt_ip *ip);

/* The address with all bits after the prefix cleared; prefix is cut to 32 or 128. Thread: any. */
struct tt_ip tt_ip_cut(const struct tt_ip *ip, unsigned prefix);

/* An address from its presentation form. Fails: TT_ESYNTAX. Thread: any. */
int tt_ip_parse(struct tt_str text, struct tt_ip *ip);

/* "192.0.2.1:53" or "[2001:db8::1]:53". Port 0 is allowed. Fails: TT_ESYNTAX. Thread: any. */
int tt_ip_parse_endpoint(struct tt_str text, struct tt_ip *ip, uint16_t *port);
