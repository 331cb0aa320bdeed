/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Values of Protobuf through a bare cursor, each with its key before it: writes at `at`, where the
 * caller has made room, and returns the end. Source: protobuf.dev/programming-guides/encoding.
 */

#include <string.h>

#include "base/str.h"
#include "event/plain.h"

enum { TT_PROTO_VARINT = 0, TT_PROTO_I64 = 1, TT_PROTO_LEN = 2, TT_PROTO_I32 = 5 };

static inline uint8_t *tt_proto_varint(uint8_t *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

static inline uint8_t *tt_proto_key(uint8_t *at, uint32_t tag, uint32_t wire_type)
{
    return tt_proto_varint(at, tag << 3 | wire_type);
}

/* Without a key. */
static inline uint8_t *tt_proto_le(uint8_t *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++, value >>= 8)
        *at++ = (uint8_t)value;
    return at;
}

static inline uint8_t *tt_proto_number(uint8_t *at, uint32_t tag, uint64_t value)
{
    return tt_proto_varint(tt_proto_key(at, tag, TT_PROTO_VARINT), value);
}

static inline uint8_t *tt_proto_i64(uint8_t *at, uint32_t tag, uint64_t value)
{
    return tt_proto_le(tt_proto_key(at, tag, TT_PROTO_I64), value, 8);
}

static inline uint8_t *tt_proto_bytes(uint8_t *at, uint32_t tag, const void *bytes, size_t len)
{
    at = tt_proto_varint(tt_proto_key(at, tag, TT_PROTO_LEN), len);
    if (len > 0)
        memcpy(at, bytes, len);
    return at + len;
}

/* event_id and transaction_id: 16 bytes. */
static inline uint8_t *tt_proto_id(uint8_t *at, uint32_t tag, uint64_t random, uint64_t number)
{
    uint64_t halves[2] = {__builtin_bswap64(random), __builtin_bswap64(number)};

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    halves[0] = random;
    halves[1] = number;
#endif
    return tt_proto_bytes(at, tag, halves, sizeof(halves));
}

/* A proto3 string must be UTF-8: cleaned (base/str.h), at most cap bytes of it; cap ≤ 4096. */
static inline uint8_t *tt_proto_text(uint8_t *at, uint32_t tag, struct tt_str text, size_t cap)
{
    char clean[4096];
    size_t len = TT_MIN((size_t)text.len, cap);

    if (TT_LIKELY(tt_plain_is(text.ptr, len)))
        return tt_proto_bytes(at, tag, text.ptr, len);
    len = tt_str_clean(text.ptr, text.len, clean, TT_MIN(sizeof(clean), cap));
    return tt_proto_bytes(at, tag, clean, len);
}
