/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * An observation: what a host saw of one query or one upstream exchange. A fixed head followed by a
 * tail of items, no pointers, so that it crosses a ring by copy. The host fills it in place on its
 * own thread; everything that costs time (names to text, digests, enrichment) happens later, in the
 * pipeline. Two shapes:
 *
 *   facts  the host has parsed data (Unbound, BIND): numbers in the head, names and RRs in the tail.
 *   bytes  the host has wire images: TT_TAIL_QUERY and TT_TAIL_RESPONSE hold them, the pipeline
 *          parses. A head field that the host knows anyway (its `have` bit is set) wins.
 */

#include <string.h>

#include "base/compat.h"
#include "base/ip.h"
#include "event/enums.h"

enum tt_obs_shape { TT_OBS_FACTS = 1, TT_OBS_BYTES = 2 };

/* Which head fields are known. What is not set here is absent from the event, whatever it holds.
 * Enumerations and addresses need no bit: their 0 means absent. */
enum tt_obs_have {
    TT_HAVE_QUERY_TYPE = 1 << 0, /* and query_class */
    TT_HAVE_QUERY_ID = 1 << 1,
    TT_HAVE_QUERY_SIZE = 1 << 2,
    TT_HAVE_OPCODE = 1 << 3,
    TT_HAVE_QUERY_FLAGS = 1 << 4, /* TT_OBS_RD and TT_OBS_CD */
    TT_HAVE_DNSSEC_OK = 1 << 5,
    TT_HAVE_EDNS_UDP_SIZE = 1 << 6,
    TT_HAVE_RESPONSE_CODE = 1 << 7,
    TT_HAVE_RESPONSE_FLAGS = 1 << 8, /* TT_OBS_AA and TT_OBS_RA */
    TT_HAVE_TC = 1 << 9,
    TT_HAVE_AD = 1 << 10,
    TT_HAVE_ANSWER_COUNT = 1 << 11,
    TT_HAVE_TTL = 1 << 12,
    TT_HAVE_TTL_ORIGINAL = 1 << 13,
    TT_HAVE_RESPONSE_SIZE = 1 << 14,
    TT_HAVE_LATENCY = 1 << 15,
    TT_HAVE_EDE_CODE = 1 << 16,
    TT_HAVE_UPSTREAM_COUNT = 1 << 17,
    TT_HAVE_UPSTREAM_RTT = 1 << 18,
    TT_HAVE_CLIENT_PORT = 1 << 19,
    TT_HAVE_SERVER_PORT = 1 << 20,
    TT_HAVE_UPSTREAM_PORT = 1 << 21,
    TT_HAVE_WORKER = 1 << 22,
    TT_HAVE_COALESCED = 1 << 23,
    TT_HAVE_REFERRAL = 1 << 24,
    TT_HAVE_ANSWERS = 1 << 25, /* the tail holds the answer section, whole unless TT_OBS_CUT */
};

enum tt_obs_flag {
    TT_OBS_RD = 1 << 0,
    TT_OBS_CD = 1 << 1,
    TT_OBS_DO = 1 << 2,
    TT_OBS_AA = 1 << 3,
    TT_OBS_TC = 1 << 4,
    TT_OBS_RA = 1 << 5,
    TT_OBS_AD = 1 << 6,
    TT_OBS_COALESCED = 1 << 7, /* joined the work of an identical earlier query */
    TT_OBS_REFERRAL = 1 << 8,
    TT_OBS_CUT = 1 << 9, /* RRs were left out: more than TT_OBS_RRS_MAX or TT_OBS_RR_BYTES_MAX */
};

/* Tail items: a tt_tail_head, then len bytes, unaligned, one after the other. */
enum tt_tail_kind {
    TT_TAIL_QNAME = 1, /* uncompressed wire name, case as the client sent it */
    TT_TAIL_RR, /* struct tt_tail_rr */
    TT_TAIL_ECS, /* EDNS Client Subnet option data (RFC 7871 section 6) */
    TT_TAIL_EDE_TEXT, /* bytes as the host has them; cleaned in the pipeline */
    TT_TAIL_DNSSEC_REASON, /* text */
    TT_TAIL_POLICY_NAME, /* text, or a wire name when TT_TAIL_IS_NAME is set in flags */
    TT_TAIL_UPSTREAM_ZONE, /* wire name */
    TT_TAIL_VIEW, /* text */
    TT_TAIL_QUERY, /* bytes shape: wire image of the query */
    TT_TAIL_RESPONSE, /* bytes shape: wire image of the response */
};

enum { TT_TAIL_IS_NAME = 1 };

/* Section of an RR, in tt_tail_head.flags of a TT_TAIL_RR. */
enum tt_rr_section { TT_RR_ANSWER = 0, TT_RR_AUTHORITY = 1, TT_RR_ADDITIONAL = 2 };

struct tt_tail_head {
    uint8_t kind;
    uint8_t flags;
    uint16_t len;
};

/* Then owner_len bytes of uncompressed wire owner, then the RDATA: names in it uncompressed. */
struct tt_tail_rr {
    uint16_t type;
    uint16_t rr_class;
    uint32_t ttl; /* s, as sent to the client, or as received from the upstream */
    uint16_t rdata_len;
    uint8_t owner_len; /* 0: the same owner as the TT_TAIL_RR before it */
    uint8_t unused;
};

enum {
    TT_OBS_RRS_MAX = 32,
    TT_OBS_RR_BYTES_MAX = 4096,
    TT_OBS_IMAGE_MAX = 4096, /* query and response images together */
    TT_OBS_TEXT_MAX = 512, /* each text item */
    TT_OBS_MAX = 8192, /* head and tail of one record */
};

struct tt_obs {
    uint64_t sequence; /* port << 48 | number; set by tt_port_claim */
    uint64_t time_us; /* wall clock: the answer was handed over, or its fate known */
    uint64_t transaction; /* port << 48 | number of tt_port_transaction; 0: none */
    uint64_t parent; /* the transaction this sub-query works for; 0: none */
    uint32_t have; /* enum tt_obs_have */
    uint32_t latency_us;
    uint32_t ttl; /* s, minimum of the answer as sent */
    uint32_t ttl_original; /* s, minimum of the answer as received (upstream) */
    uint32_t upstream_rtt_us;
    uint16_t flags; /* enum tt_obs_flag */
    uint16_t worker;
    uint16_t query_type, query_class;
    uint16_t query_id, query_size; /* size in bytes */
    uint16_t edns_udp_size; /* bytes */
    uint16_t response_code; /* extended rcode merged (RFC 6891 section 6.1.3) */
    uint16_t response_size; /* bytes */
    uint16_t answer_count;
    uint16_t ede_code; /* RFC 8914 */
    uint16_t upstream_count;
    uint16_t client_port, server_port, upstream_port;
    uint16_t tail_len; /* bytes after the head */
    uint8_t shape; /* enum tt_obs_shape */
    uint8_t message_type, transport, outcome, drop_reason, cache_status, dnssec_status;
    uint8_t policy_action, servfail_reason, upstream_role, upstream_transport;
    uint8_t opcode;
    struct tt_ip client_ip, proxied_by, server_ip, upstream_ip;
};

TT_STATIC_ASSERT(sizeof(struct tt_obs) <= 184, "the head of an observation stays small");

/* Appends tail items behind an observation in memory of `cap` bytes (from tt_port_claim). */
struct tt_obs_writer {
    struct tt_obs *obs;
    uint16_t cap; /* bytes of tail that fit */
    uint16_t rrs_n, rr_bytes;
};

static inline uint8_t *tt_obs_tail(struct tt_obs *obs)
{
    return (uint8_t *)(obs + 1);
}

/* Room for an item of len bytes; NULL (nothing written) when it does not fit. */
static inline uint8_t *tt_obs_item(struct tt_obs_writer *writer, uint8_t kind, uint8_t flags, size_t len)
{
    struct tt_obs *obs = writer->obs;
    struct tt_tail_head head = {kind, flags, (uint16_t)len};
    uint8_t *at = tt_obs_tail(obs) + obs->tail_len;

    if (TT_UNLIKELY(len > UINT16_MAX || obs->tail_len + sizeof(head) + len > writer->cap))
        return NULL;
    memcpy(at, &head, sizeof(head));
    obs->tail_len = (uint16_t)(obs->tail_len + sizeof(head) + len);
    return at + sizeof(head);
}

static inline bool tt_obs_put(struct tt_obs_writer *writer, uint8_t kind, uint8_t flags, const void *bytes,
                              size_t len)
{
    uint8_t *at = tt_obs_item(writer, kind, flags, len);

    if (at != NULL && len > 0)
        memcpy(at, bytes, len);
    return at != NULL;
}

/* Adds one RR; over a limit it is left out and TT_OBS_CUT set. owner NULL, owner_len 0: as before. */
static inline void tt_obs_put_rr(struct tt_obs_writer *writer, enum tt_rr_section section,
                                 const struct tt_tail_rr *rr, const void *owner, const void *rdata)
{
    size_t len = sizeof(*rr) + rr->owner_len + rr->rdata_len;
    uint8_t *at = NULL;

    if (TT_LIKELY(writer->rrs_n < TT_OBS_RRS_MAX && writer->rr_bytes + len <= TT_OBS_RR_BYTES_MAX))
        at = tt_obs_item(writer, TT_TAIL_RR, (uint8_t)section, len);
    if (TT_UNLIKELY(at == NULL)) {
        writer->obs->flags |= TT_OBS_CUT;
        return;
    }
    memcpy(at, rr, sizeof(*rr));
    if (rr->owner_len > 0)
        memcpy(at + sizeof(*rr), owner, rr->owner_len);
    if (rr->rdata_len > 0)
        memcpy(at + sizeof(*rr) + rr->owner_len, rdata, rr->rdata_len);
    writer->rrs_n++;
    writer->rr_bytes = (uint16_t)(writer->rr_bytes + len);
}
