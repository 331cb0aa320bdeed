/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * EDNS (RFC 6891): the OPT record and the options that become facts: Client Subnet (RFC 7871),
 * Extended DNS Errors (RFC 8914), Cookie (RFC 7873). Allocates nothing. Thread: any.
 */

#include "base/compat.h"
#include "base/ip.h"

struct tt_msg_rr;
struct tt_buf;

enum tt_edns_option { TT_EDNS_ECS = 8, TT_EDNS_COOKIE = 10, TT_EDNS_EDE = 15 };

enum { TT_EDNS_DO = 1 << 15 /* RFC 3225 */ };

struct tt_ecs {
    struct tt_ip ip; /* bits behind the source prefix are 0; family 0: the option names no address */
    uint8_t source_prefix, scope_prefix; /* bits */
};

struct tt_edns {
    uint16_t udp_size; /* bytes */
    uint16_t flags; /* TT_EDNS_DO and reserved bits */
    uint8_t extended_rcode; /* upper eight bits of the response code */
    uint8_t version;
    bool is_cut; /* the last option leaves the RDATA; those before it count */
    bool has_cookie;
    bool has_ecs; /* then ecs is good */
    bool has_bad_ecs; /* at least one ECS option that RFC 7871 section 6 does not allow */
    uint16_t options_n;
    uint16_t ede_n; /* EDE options; the first is kept: */
    uint16_t ede_code;
    uint16_t ede_text_len;
    const uint8_t *ede_text; /* borrowed; as sent, not cleaned, without one terminating NUL */
    struct tt_ecs ecs; /* the first good one */
};

/*
 * Takes an OPT record apart; rdata: its RDATA. *edns borrows rdata.
 * Fails: TT_EMALFORMED (an option or an EDE is cut; is_cut is set, what came before it is good).
 */
int tt_edns_read(struct tt_edns *edns, uint16_t udp_size, uint32_t ttl, const uint8_t *rdata, size_t len);

/* The data of an ECS option, checked as RFC 7871 section 6 says: family 1 or 2 (or 0 with nothing
 * in it), prefixes that fit it, exactly the octets the source prefix needs, all bits behind it 0.
 * Fails: TT_EMALFORMED. */
int tt_ecs_read(struct tt_ecs *ecs, const uint8_t *option, size_t len);

/* "192.0.2.0/24", without the scope; nothing for family 0. */
void tt_ecs_format(struct tt_buf *buf, const struct tt_ecs *ecs);
