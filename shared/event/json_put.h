/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Values of JSON (RFC 8259) through a bare cursor: each writes at `at`, where the caller has made
 * room, and returns the end. Strings come with their quotes. For the writers of records.
 */

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "event/plain.h"

/* Bytes at worst. */
enum {
    TT_JSON_U32_MAX = 10,
    TT_JSON_U64_MAX = 20,
    TT_JSON_ID_MAX = 34,
    TT_JSON_HEX64_MAX = 18,
    TT_JSON_TIME_MAX = 29
};
#define TT_JSON_TEXT_MAX(cap) (2 * (cap) + 2)

/* A literal, or bytes that are JSON already. */
static inline char *tt_json_bytes(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}
#define TT_JSON_LITERAL(at, literal) tt_json_bytes(at, literal, sizeof(literal) - 1)

/* A few bytes, mostly less than 16, without a call: two copies of fixed length that overlap. */
static inline char *tt_json_few(char *at, const char *bytes, size_t len)
{
    if (len >= 16) {
        memcpy(at, bytes, len);
    } else if (len >= 8) {
        memcpy(at, bytes, 8);
        memcpy(at + len - 8, bytes + len - 8, 8);
    } else if (len >= 4) {
        memcpy(at, bytes, 4);
        memcpy(at + len - 4, bytes + len - 4, 4);
    } else {
        for (size_t i = 0; i < len; i++)
            at[i] = bytes[i];
    }
    return at + len;
}

static inline char *tt_json_pair(char *at, unsigned value)
{
    static const char digits[] = "00010203040506070809101112131415161718192021222324"
                                 "25262728293031323334353637383940414243444546474849"
                                 "50515253545556575859606162636465666768697071727374"
                                 "75767778798081828384858687888990919293949596979899";

    memcpy(at, digits + (size_t)2 * value, 2);
    return at + 2;
}

static inline char *tt_json_u32(char *at, uint32_t value)
{
    char digits[16];
    size_t from = sizeof(digits);

    for (; value >= 100; value /= 100)
        tt_json_pair(digits + (from -= 2), value % 100);
    if (value >= 10)
        tt_json_pair(digits + (from -= 2), value);
    else
        digits[--from] = (char)('0' + value);
    return tt_json_few(at, digits + from, sizeof(digits) - from);
}

static inline char *tt_json_u64(char *at, uint64_t value)
{
    char digits[TT_JSON_U64_MAX];
    size_t from = sizeof(digits);

    do
        digits[--from] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    return tt_json_bytes(at, digits + from, sizeof(digits) - from);
}

/* Sixteen digits without quotes: each byte's two halves are spread, then become digits at once. */
static inline char *tt_json_hex64_digits(char *at, uint64_t value)
{
    for (int half = 0; half < 2; half++) {
        uint64_t x = half == 0 ? value >> 32 : value & 0xffffffff;
        x = (x | x << 16) & 0x0000ffff0000ffff;
        x = (x | x << 8) & 0x00ff00ff00ff00ff;
        x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
        /* a byte above 9 carries into its bit 4 when 6 is added, and 'a' - '0' - 10 is 39 */
        x += TT_EACH_BYTE('0') + ((x + TT_EACH_BYTE(6)) >> 4 & TT_EACH_BYTE(1)) * 39;
        x = __builtin_bswap64(x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        x = __builtin_bswap64(x);
#endif
        memcpy(at, &x, sizeof(x));
        at += sizeof(x);
    }
    return at;
}

static inline char *tt_json_hex64(char *at, uint64_t value)
{
    *at++ = '"';
    at = tt_json_hex64_digits(at, value);
    *at++ = '"';
    return at;
}

/* event_id and transaction_id. */
static inline char *tt_json_id(char *at, uint64_t random, uint64_t number)
{
    *at++ = '"';
    at = tt_json_hex64_digits(at, random);
    at = tt_json_hex64_digits(at, number);
    *at++ = '"';
    return at;
}

static inline char *tt_json_time(char *at, uint64_t wall_us)
{
    *at++ = '"';
    at = tt_clock_write_us(at, wall_us);
    *at++ = '"';
    return at;
}

/* A word of ours: nothing in it needs an escape. */
static inline char *tt_json_word(char *at, struct tt_str word)
{
    *at++ = '"';
    at = tt_json_few(at, word.ptr, word.len);
    *at++ = '"';
    return at;
}

/* A text of any bytes, cleaned (base/str.h), at most cap bytes of it before escapes; cap ≤ 4096. */
char *tt_json_text(char *at, struct tt_str text, size_t cap);
