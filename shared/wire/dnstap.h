/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The payload of a dnstap frame: a message `Dnstap` of https://dnstap.info/dnstap.proto in Protobuf
 * (proto2) encoding. Nothing is allocated; byte fields are views into the payload. As every
 * Protobuf reader does: fields that are not known, of another wire type or with an enumeration
 * value that is not known are passed over, of a field that occurs twice the last one counts, and a
 * message that occurs twice is one. Thread: any.
 */

#include "base/compat.h"

/* Message.Type: X(NAME, number, word). */
#define TT_DNSTAP_TYPES(X)                                                                         \
    X(AUTH_QUERY, 1, "auth_query")                                                                 \
    X(AUTH_RESPONSE, 2, "auth_response")                                                           \
    X(RESOLVER_QUERY, 3, "resolver_query")                                                         \
    X(RESOLVER_RESPONSE, 4, "resolver_response")                                                   \
    X(CLIENT_QUERY, 5, "client_query")                                                             \
    X(CLIENT_RESPONSE, 6, "client_response")                                                       \
    X(FORWARDER_QUERY, 7, "forwarder_query")                                                       \
    X(FORWARDER_RESPONSE, 8, "forwarder_response")                                                 \
    X(STUB_QUERY, 9, "stub_query")                                                                 \
    X(STUB_RESPONSE, 10, "stub_response")                                                          \
    X(TOOL_QUERY, 11, "tool_query")                                                                \
    X(TOOL_RESPONSE, 12, "tool_response")                                                          \
    X(UPDATE_QUERY, 13, "update_query")                                                            \
    X(UPDATE_RESPONSE, 14, "update_response")

enum tt_dnstap_type {
#define X(name, number, word) TT_DNSTAP_##name = number,
    TT_DNSTAP_TYPES(X)
#undef X
        TT_DNSTAP_TYPES_END
};

/* A query has an odd number, its response the next one. */
static inline bool tt_dnstap_is_query(unsigned type)
{
    return (type & 1) != 0;
}

enum tt_dnstap_family { TT_DNSTAP_INET = 1, TT_DNSTAP_INET6 };
enum tt_dnstap_protocol {
    TT_DNSTAP_UDP = 1,
    TT_DNSTAP_TCP,
    TT_DNSTAP_DOT,
    TT_DNSTAP_DOH,
    TT_DNSTAP_DNSCRYPT_UDP,
    TT_DNSTAP_DNSCRYPT_TCP,
    TT_DNSTAP_DOQ
};
enum tt_dnstap_action {
    TT_DNSTAP_ACTION_NXDOMAIN = 1,
    TT_DNSTAP_ACTION_NODATA,
    TT_DNSTAP_ACTION_PASS,
    TT_DNSTAP_ACTION_DROP,
    TT_DNSTAP_ACTION_TRUNCATE,
    TT_DNSTAP_ACTION_LOCAL_DATA
};

/* Borrowed bytes of the payload. */
struct tt_dnstap_bytes {
    const uint8_t *ptr;
    size_t len;
};

/* In each of the three, bit n of `have` says whether field n is there; what is not has no meaning.
 */
struct tt_dnstap_policy {
    uint32_t have;
    uint8_t action, match;
    struct tt_dnstap_bytes type, rule, value;
};

struct tt_dnstap_message {
    uint32_t have;
    uint8_t type; /* enum tt_dnstap_type; always there */
    uint8_t socket_family, socket_protocol, http_protocol;
    uint32_t query_port, response_port;
    uint32_t query_time_nsec, response_time_nsec;
    uint64_t query_time_sec, response_time_sec; /* s since 1970 */
    struct tt_dnstap_bytes query_address, response_address;
    struct tt_dnstap_bytes query_message, response_message; /* wire images */
    struct tt_dnstap_bytes query_zone;                      /* wire name, unchecked */
    struct tt_dnstap_policy policy;
};

struct tt_dnstap {
    uint32_t have;
    uint8_t type; /* always there */
    struct tt_dnstap_bytes identity, version, extra;
    struct tt_dnstap_message message;
};

/* Field numbers, for `have`. */
enum {
    TT_DNSTAP_F_IDENTITY = 1,
    TT_DNSTAP_F_VERSION = 2,
    TT_DNSTAP_F_EXTRA = 3,
    TT_DNSTAP_F_MESSAGE = 14,
    TT_DNSTAP_F_TYPE = 15,
};
enum {
    TT_DNSTAP_MESSAGE_F_TYPE = 1,
    TT_DNSTAP_MESSAGE_F_SOCKET_FAMILY = 2,
    TT_DNSTAP_MESSAGE_F_SOCKET_PROTOCOL = 3,
    TT_DNSTAP_MESSAGE_F_QUERY_ADDRESS = 4,
    TT_DNSTAP_MESSAGE_F_RESPONSE_ADDRESS = 5,
    TT_DNSTAP_MESSAGE_F_QUERY_PORT = 6,
    TT_DNSTAP_MESSAGE_F_RESPONSE_PORT = 7,
    TT_DNSTAP_MESSAGE_F_QUERY_TIME_SEC = 8,
    TT_DNSTAP_MESSAGE_F_QUERY_TIME_NSEC = 9,
    TT_DNSTAP_MESSAGE_F_QUERY_MESSAGE = 10,
    TT_DNSTAP_MESSAGE_F_QUERY_ZONE = 11,
    TT_DNSTAP_MESSAGE_F_RESPONSE_TIME_SEC = 12,
    TT_DNSTAP_MESSAGE_F_RESPONSE_TIME_NSEC = 13,
    TT_DNSTAP_MESSAGE_F_RESPONSE_MESSAGE = 14,
    TT_DNSTAP_MESSAGE_F_POLICY = 15,
    TT_DNSTAP_MESSAGE_F_HTTP_PROTOCOL = 16,
};
enum {
    TT_DNSTAP_POLICY_F_TYPE = 1,
    TT_DNSTAP_POLICY_F_RULE = 2,
    TT_DNSTAP_POLICY_F_ACTION = 3,
    TT_DNSTAP_POLICY_F_MATCH = 4,
    TT_DNSTAP_POLICY_F_VALUE = 5,
};

static inline bool tt_dnstap_has(uint32_t have, unsigned field)
{
    return have >> field & 1;
}

/*
 * Reads a payload; *dnstap borrows it. The message may be absent (its bit in `have`).
 * Fails: TT_ETRUNCATED (a field leaves the payload), TT_EMALFORMED (no Protobuf message, or one
 * without a field that must be there: type of either).
 */
int tt_dnstap_read(struct tt_dnstap *dnstap, const void *payload, size_t len);

/* "client_response"; NULL for a number that is none. Lends for ever. */
const char *tt_dnstap_type_word(unsigned type);
