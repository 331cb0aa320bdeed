/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Each message is a table of rows by field number; one loop reads all of them. */

#include "wire/dnstap.h"

#include <string.h>

#include "base/err.h"
#include "wire/cursor.h"

enum wire_type { VARINT, FIXED64, BYTES, GROUP_START, GROUP_END, FIXED32, WIRE_TYPES_N };

/* What a field becomes. */
enum field_kind { NONE, ENUM, U32, U64, NSEC, VIEW, MESSAGE };

enum { GROUPS_MAX = 32, FIELDS_MAX = 17 };

struct field {
    uint8_t kind;
    uint8_t value_max; /* of ENUM */
    uint16_t offset; /* in the struct that starts with `have` */
    const struct field *rows; /* of MESSAGE */
};

#define ROW(number, kind, type, member, max, rows)                                                         \
    [number] = {kind, max, offsetof(struct type, member), rows}

static const struct field policy_rows[FIELDS_MAX] = {
    ROW(TT_DNSTAP_POLICY_F_TYPE, VIEW, tt_dnstap_policy, type, 0, NULL),
    ROW(TT_DNSTAP_POLICY_F_RULE, VIEW, tt_dnstap_policy, rule, 0, NULL),
    ROW(TT_DNSTAP_POLICY_F_ACTION, ENUM, tt_dnstap_policy, action, TT_DNSTAP_ACTION_LOCAL_DATA, NULL),
    ROW(TT_DNSTAP_POLICY_F_MATCH, ENUM, tt_dnstap_policy, match, 5, NULL),
    ROW(TT_DNSTAP_POLICY_F_VALUE, VIEW, tt_dnstap_policy, value, 0, NULL),
};

#define M(name) TT_DNSTAP_MESSAGE_F_##name
static const struct field message_rows[FIELDS_MAX] = {
    ROW(M(TYPE), ENUM, tt_dnstap_message, type, TT_DNSTAP_TYPES_END - 1, NULL),
    ROW(M(SOCKET_FAMILY), ENUM, tt_dnstap_message, socket_family, TT_DNSTAP_INET6, NULL),
    ROW(M(SOCKET_PROTOCOL), ENUM, tt_dnstap_message, socket_protocol, TT_DNSTAP_DOQ, NULL),
    ROW(M(QUERY_ADDRESS), VIEW, tt_dnstap_message, query_address, 0, NULL),
    ROW(M(RESPONSE_ADDRESS), VIEW, tt_dnstap_message, response_address, 0, NULL),
    ROW(M(QUERY_PORT), U32, tt_dnstap_message, query_port, 0, NULL),
    ROW(M(RESPONSE_PORT), U32, tt_dnstap_message, response_port, 0, NULL),
    ROW(M(QUERY_TIME_SEC), U64, tt_dnstap_message, query_time_sec, 0, NULL),
    ROW(M(QUERY_TIME_NSEC), NSEC, tt_dnstap_message, query_time_nsec, 0, NULL),
    ROW(M(QUERY_MESSAGE), VIEW, tt_dnstap_message, query_message, 0, NULL),
    ROW(M(QUERY_ZONE), VIEW, tt_dnstap_message, query_zone, 0, NULL),
    ROW(M(RESPONSE_TIME_SEC), U64, tt_dnstap_message, response_time_sec, 0, NULL),
    ROW(M(RESPONSE_TIME_NSEC), NSEC, tt_dnstap_message, response_time_nsec, 0, NULL),
    ROW(M(RESPONSE_MESSAGE), VIEW, tt_dnstap_message, response_message, 0, NULL),
    ROW(M(POLICY), MESSAGE, tt_dnstap_message, policy, 0, policy_rows),
    ROW(M(HTTP_PROTOCOL), ENUM, tt_dnstap_message, http_protocol, 3, NULL),
};
#undef M

static const struct field dnstap_rows[FIELDS_MAX] = {
    ROW(TT_DNSTAP_F_IDENTITY, VIEW, tt_dnstap, identity, 0, NULL),
    ROW(TT_DNSTAP_F_VERSION, VIEW, tt_dnstap, version, 0, NULL),
    ROW(TT_DNSTAP_F_EXTRA, VIEW, tt_dnstap, extra, 0, NULL),
    ROW(TT_DNSTAP_F_MESSAGE, MESSAGE, tt_dnstap, message, 0, message_rows),
    ROW(TT_DNSTAP_F_TYPE, ENUM, tt_dnstap, type, 1, NULL),
};

static const uint8_t wire_of_kind[] = {WIRE_TYPES_N, VARINT, VARINT, VARINT, FIXED32, BYTES, BYTES};

static int read_rows(struct tt_cursor *cursor, const struct field *rows, void *into);

/* Little-endian groups of seven bits, ten at most; bits beyond the 64th are dropped. */
static int read_long_varint(struct tt_cursor *cursor, uint64_t *value)
{
    uint64_t byte = tt_cursor_u8(cursor);

    *value = byte & 0x7f;
    for (unsigned shift = 7; byte & 0x80; shift += 7) {
        if (shift == 70)
            return TT_EMALFORMED;
        byte = tt_cursor_u8(cursor);
        *value |= shift < 64 ? (byte & 0x7f) << shift : 0;
    }
    return cursor->failed ? TT_ETRUNCATED : TT_OK;
}

/* Almost all are one byte. */
static inline int read_varint(struct tt_cursor *cursor, uint64_t *value)
{
    if (TT_LIKELY(!cursor->failed && cursor->at < cursor->len && cursor->bytes[cursor->at] < 0x80)) {
        *value = cursor->bytes[cursor->at++];
        return TT_OK;
    }
    return read_long_varint(cursor, value);
}

static inline int read_bytes(struct tt_cursor *cursor, struct tt_dnstap_bytes *bytes)
{
    uint64_t len;
    int err = read_varint(cursor, &len);

    if (err != TT_OK)
        return err;
    if (len > tt_cursor_left(cursor))
        return TT_ETRUNCATED;
    bytes->len = (size_t)len;
    bytes->ptr = tt_cursor_bytes(cursor, bytes->len);
    return TT_OK;
}

static inline int read_tag(struct tt_cursor *cursor, uint32_t *number, uint8_t *wire)
{
    uint64_t tag;
    int err = read_varint(cursor, &tag);

    if (err != TT_OK)
        return err;
    *number = (uint32_t)(tag >> 3);
    *wire = tag & 7;
    return tag > UINT32_MAX || *number == 0 || *wire >= WIRE_TYPES_N ? TT_EMALFORMED : TT_OK;
}

static int skip_value(struct tt_cursor *cursor, uint8_t wire)
{
    struct tt_dnstap_bytes bytes;
    uint64_t value;

    switch (wire) {
    case VARINT:
        return read_varint(cursor, &value);
    case BYTES:
        return read_bytes(cursor, &bytes);
    default:
        tt_cursor_bytes(cursor, wire == FIXED64 ? 8 : 4);
        return cursor->failed ? TT_ETRUNCATED : TT_OK;
    }
}

/* A group ends with its own number, and groups nest. */
static int skip_group(struct tt_cursor *cursor, uint32_t number)
{
    uint32_t open[GROUPS_MAX] = {number};
    unsigned open_n = 1;
    uint8_t wire;
    int err = TT_OK;

    while (open_n > 0 && err == TT_OK) {
        err = read_tag(cursor, &number, &wire);
        if (err != TT_OK)
            return err;
        if (wire == GROUP_END && open[--open_n] != number)
            return TT_EMALFORMED;
        if (wire == GROUP_START && open_n == GROUPS_MAX)
            return TT_EMALFORMED;
        if (wire == GROUP_START)
            open[open_n++] = number;
        else if (wire != GROUP_END)
            err = skip_value(cursor, wire);
    }
    return err;
}

static int read_message(struct tt_cursor *cursor, const struct field *row, void *into, bool is_first)
{
    struct tt_dnstap_bytes bytes;
    struct tt_cursor inner;
    int err = read_bytes(cursor, &bytes);

    if (err != TT_OK)
        return err;
    if (is_first)
        *(uint32_t *)into = 0; /* its `have` */
    inner = tt_cursor_over(bytes.ptr, bytes.len);
    return read_rows(&inner, row->rows, into);
}

/* An enumeration's value is an int32: of a longer number its low 32 bits. Returns whether it is known. */
static bool keep_enum(const struct field *row, uint64_t value, void *at)
{
    int32_t number = (int32_t)(uint32_t)value;

    if (number < 1 || number > row->value_max)
        return false;
    *(uint8_t *)at = (uint8_t)number;
    return true;
}

/* Little-endian. */
static uint32_t read_fixed32(struct tt_cursor *cursor)
{
    return __builtin_bswap32(tt_cursor_u32(cursor));
}

static int read_known(struct tt_cursor *cursor, const struct field *row, uint32_t number, void *into)
{
    uint32_t *have = into;
    char *at = (char *)into + row->offset;
    uint64_t value = 0;
    int err = TT_OK;

    switch (row->kind) {
    case VIEW:
        err = read_bytes(cursor, (struct tt_dnstap_bytes *)(void *)at);
        break;
    case MESSAGE:
        err = read_message(cursor, row, at, !tt_dnstap_has(*have, number));
        break;
    case NSEC:
        *(uint32_t *)(void *)at = read_fixed32(cursor);
        err = cursor->failed ? TT_ETRUNCATED : TT_OK;
        break;
    default:
        err = read_varint(cursor, &value);
        if (row->kind == U64)
            *(uint64_t *)(void *)at = value;
        else if (row->kind == U32)
            *(uint32_t *)(void *)at = (uint32_t)value;
        else if (!keep_enum(row, value, at))
            return err;
    }
    *have |= UINT32_C(1) << number;
    return err;
}

static int read_rows(struct tt_cursor *cursor, const struct field *rows, void *into)
{
    int err = TT_OK;

    while (err == TT_OK && tt_cursor_left(cursor) > 0) {
        uint32_t number;
        uint8_t wire;

        err = read_tag(cursor, &number, &wire);
        if (err != TT_OK)
            return err;
        if (TT_LIKELY(number < FIELDS_MAX && wire_of_kind[rows[number].kind] == wire))
            err = read_known(cursor, &rows[number], number, into);
        else if (wire == GROUP_START)
            err = skip_group(cursor, number);
        else
            err = wire == GROUP_END ? TT_EMALFORMED : skip_value(cursor, wire);
    }
    return err;
}

int tt_dnstap_read(struct tt_dnstap *dnstap, const void *payload, size_t len)
{
    struct tt_cursor cursor = tt_cursor_over(payload, len);
    int err;

    dnstap->have = dnstap->message.have = dnstap->message.policy.have = 0;
    err = read_rows(&cursor, dnstap_rows, dnstap);
    if (err != TT_OK)
        return err;
    if (!tt_dnstap_has(dnstap->have, TT_DNSTAP_F_TYPE))
        return TT_EMALFORMED;
    if (tt_dnstap_has(dnstap->have, TT_DNSTAP_F_MESSAGE) &&
        !tt_dnstap_has(dnstap->message.have, TT_DNSTAP_MESSAGE_F_TYPE))
        return TT_EMALFORMED;
    return TT_OK;
}

const char *tt_dnstap_type_word(unsigned type)
{
    static const char *const words[TT_DNSTAP_TYPES_END] = {
#define X(name, number, word) [number] = word,
        TT_DNSTAP_TYPES(X)
#undef X
    };

    return type < TT_DNSTAP_TYPES_END ? words[type] : NULL;
}
