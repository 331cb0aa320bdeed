/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Each message is a table of rows by field number; one loop reads all of them. */

#include "wire/dnstap.h"

#include "base/err.h"

enum wire_type { VARINT, FIXED64, BYTES, GROUP_START, GROUP_END, FIXED32, WIRE_TYPES_N };

/* What a field becomes. */
enum field_kind { NONE, ENUM, U32, U64, NSEC, VIEW, MESSAGE };

enum { GROUPS_MAX = 32, FIELDS_MAX = 17, VARINT_MAX = 10, TAG_MAX = 5 /* bytes */ };

struct field {
    uint8_t kind;
    uint8_t value_max;        /* of ENUM */
    uint16_t offset;          /* in the struct that starts with `have` */
    const struct field *rows; /* of MESSAGE */
};

#define ROW(number, kind, type, member, max, rows)                                                 \
    [number] = {kind, max, offsetof(struct type, member), rows}

static const struct field policy_rows[FIELDS_MAX] = {
    ROW(TT_DNSTAP_POLICY_F_TYPE, VIEW, tt_dnstap_policy, type, 0, NULL),
    ROW(TT_DNSTAP_POLICY_F_RULE, VIEW, tt_dnstap_policy, rule, 0, NULL),
    ROW(TT_DNSTAP_POLICY_F_ACTION, ENUM, tt_dnstap_policy, action, TT_DNSTAP_ACTION_LOCAL_DATA,
        NULL),
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

/* What is left of a message. Each read that does not fit says so and leaves it as it is. */
struct left {
    const uint8_t *at, *end;
};

static int read_rows(struct left left, const struct field *rows, void *into);

/* Little-endian groups of seven bits, ten at most; bits beyond the 64th are dropped. */
static int read_long_varint(struct left *left, uint64_t *value)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < VARINT_MAX; i++) {
        if (left->at + i == left->end)
            return TT_ETRUNCATED;
        sum |= (uint64_t)(left->at[i] & 0x7f) << 7 * i;
        if (left->at[i] < 0x80) {
            left->at += i + 1;
            *value = sum;
            return TT_OK;
        }
    }
    return TT_EMALFORMED;
}

/* Almost all are one byte. */
static inline int read_varint(struct left *left, uint64_t *value)
{
    if (TT_UNLIKELY(left->at == left->end || *left->at >= 0x80))
        return read_long_varint(left, value);
    *value = *left->at++;
    return TT_OK;
}

static inline int read_bytes(struct left *left, struct tt_dnstap_bytes *bytes)
{
    uint64_t len;
    int err = read_varint(left, &len);

    if (TT_UNLIKELY(err != TT_OK))
        return err;
    if (TT_UNLIKELY(len > (size_t)(left->end - left->at)))
        return TT_ETRUNCATED;
    *bytes = (struct tt_dnstap_bytes){left->at, (size_t)len};
    left->at += len;
    return TT_OK;
}

/* A number of 32 bits in five bytes at most; as in the reference implementation bits beyond are
 * dropped. */
static inline int read_tag(struct left *left, uint32_t *number, uint8_t *wire)
{
    const uint8_t *start = left->at;
    uint64_t tag;
    int err = read_varint(left, &tag);

    if (TT_UNLIKELY(err != TT_OK))
        return err;
    *number = (uint32_t)tag >> 3;
    *wire = tag & 7;
    if (TT_UNLIKELY(left->at - start > TAG_MAX || *number == 0 || *wire >= WIRE_TYPES_N))
        return TT_EMALFORMED;
    return TT_OK;
}

static int skip_value(struct left *left, uint8_t wire)
{
    struct tt_dnstap_bytes bytes;
    uint64_t value;
    size_t len = wire == FIXED64 ? 8 : 4;

    if (wire == VARINT)
        return read_varint(left, &value);
    if (wire == BYTES)
        return read_bytes(left, &bytes);
    if ((size_t)(left->end - left->at) < len)
        return TT_ETRUNCATED;
    left->at += len;
    return TT_OK;
}

/* A group ends with its own number, and groups nest. */
static int skip_group(struct left *left, uint32_t number)
{
    uint32_t open[GROUPS_MAX] = {number};
    unsigned open_n = 1;
    int err = TT_OK;

    while (open_n > 0 && err == TT_OK) {
        uint8_t wire;

        err = read_tag(left, &number, &wire);
        if (err != TT_OK)
            return err;
        if (wire == GROUP_END && open[--open_n] != number)
            return TT_EMALFORMED;
        if (wire == GROUP_START && open_n == GROUPS_MAX)
            return TT_EMALFORMED;
        if (wire == GROUP_START)
            open[open_n++] = number;
        else if (wire != GROUP_END)
            err = skip_value(left, wire);
    }
    return err;
}

static int skip_field(struct left *left, uint32_t number, uint8_t wire)
{
    if (wire == GROUP_START)
        return skip_group(left, number);
    return wire == GROUP_END ? TT_EMALFORMED : skip_value(left, wire);
}

static int read_message(struct left *left, const struct field *row, void *into, bool is_first)
{
    struct tt_dnstap_bytes bytes;
    int err = read_bytes(left, &bytes);

    if (err != TT_OK)
        return err;
    if (is_first)
        *(uint32_t *)into = 0; /* its `have` */
    return read_rows((struct left){bytes.ptr, bytes.ptr + bytes.len}, row->rows, into);
}

static inline int read_fixed32(struct left *left, uint32_t *value)
{
    const uint8_t *at = left->at;

    if (TT_UNLIKELY(left->end - at < 4))
        return TT_ETRUNCATED;
    *value = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    left->at += 4;
    return TT_OK;
}

/* Returns whether the value is there. An enumeration's value is an int32: of a longer number its
 * low 32 bits. */
static inline bool keep_number(const struct field *row, uint64_t value, void *at)
{
    if (row->kind == U64) {
        *(uint64_t *)at = value;
    } else if (row->kind == U32) {
        *(uint32_t *)at = (uint32_t)value;
    } else {
        if ((uint32_t)value - 1 >= row->value_max)
            return false;
        *(uint8_t *)at = (uint8_t)value;
    }
    return true;
}

static inline int read_known(struct left *left, const struct field *row, uint32_t number,
                             void *into)
{
    uint32_t *have = into;
    void *at = (char *)into + row->offset;
    uint64_t value = 0;
    int err;

    if (row->kind == VIEW) {
        err = read_bytes(left, at);
    } else if (row->kind == NSEC) {
        err = read_fixed32(left, at);
    } else if (row->kind == MESSAGE) {
        err = read_message(left, row, at, !tt_dnstap_has(*have, number));
    } else {
        err = read_varint(left, &value);
        if (err == TT_OK && !keep_number(row, value, at))
            return TT_OK;
    }
    *have |= UINT32_C(1) << number;
    return err;
}

static int read_rows(struct left left, const struct field *rows, void *into)
{
    int err = TT_OK;

    while (err == TT_OK && left.at < left.end) {
        uint32_t number;
        uint8_t wire;

        err = read_tag(&left, &number, &wire);
        if (TT_UNLIKELY(err != TT_OK))
            return err;
        if (TT_LIKELY(number < FIELDS_MAX && wire_of_kind[rows[number].kind] == wire))
            err = read_known(&left, &rows[number], number, into);
        else
            err = skip_field(&left, number, wire);
    }
    return err;
}

int tt_dnstap_read(struct tt_dnstap *dnstap, const void *payload, size_t len)
{
    const uint8_t *bytes = payload;
    int err;

    dnstap->have = dnstap->message.have = dnstap->message.policy.have = 0;
    err = read_rows((struct left){bytes, bytes + len}, dnstap_rows, dnstap);
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
