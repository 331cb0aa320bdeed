/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/mark.h"

#include <string.h>

#include "event/enums.h"
#include "event/proto_put.h"

enum { DUP_TAG = 8 }; /* row `dup` of event_fields.def, of every kind of record */

static const char json_mark[] = "\"dup\":\"maybe\"";

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Whether a key of the outermost object starts the mark. Bytes in strings and inner values do not count. */
static bool has_json_mark(const char *record, size_t len)
{
    unsigned depth = 0;

    if (memmem(record, len, json_mark, sizeof(json_mark) - 1) == NULL)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (record[i] == '"') {
            if (depth == 1 && len - i >= sizeof(json_mark) - 1 &&
                memcmp(record + i, json_mark, sizeof(json_mark) - 1) == 0)
                return true;
            for (i++; i < len && record[i] != '"'; i++)
                i += record[i] == '\\';
        } else if (record[i] == '{' || record[i] == '[') {
            depth++;
        } else if (record[i] == '}' || record[i] == ']') {
            depth--;
        }
    }
    return false;
}

static void mark_json(const char *record, size_t len, struct tt_buf *buf)
{
    size_t end = len, last;
    char *at;

    while (end > 0 && is_space(record[end - 1]))
        end--;
    if (end < 2 || record[0] != '{' || record[end - 1] != '}' || has_json_mark(record, end)) {
        tt_buf_bytes(buf, record, len);
        return;
    }
    for (last = --end; is_space(record[last - 1]); last--)
        ;
    bool is_empty = record[last - 1] == '{';
    at = tt_buf_room(buf, len + sizeof(json_mark) - (is_empty ? 1 : 0));
    if (at == NULL)
        return;
    memcpy(at, record, end);
    at += end;
    if (!is_empty)
        *at++ = ',';
    memcpy(at, json_mark, sizeof(json_mark) - 1);
    memcpy(at + sizeof(json_mark) - 1, record + end, len - end);
}

/* 0: not a whole varint. */
static size_t read_varint(const uint8_t *at, size_t len, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < len && i < 10; i++) {
        *value |= (uint64_t)(at[i] & 0x7f) << (7 * i);
        if (at[i] < 0x80)
            return i + 1;
    }
    return 0;
}

/* The bytes of a value of that wire type; 0: there is none that is whole. */
static size_t value_len(const uint8_t *at, size_t len, unsigned wire_type, uint64_t *value)
{
    size_t n = wire_type == TT_PROTO_I64 ? 8 : wire_type == TT_PROTO_I32 ? 4 : 0;

    if (wire_type == TT_PROTO_VARINT || wire_type == TT_PROTO_LEN)
        n = read_varint(at, len, value);
    if (n == 0 || n > len)
        return 0;
    if (wire_type != TT_PROTO_LEN)
        return n;
    return *value <= len - n ? n + (size_t)*value : 0;
}

static bool has_proto_mark(const uint8_t *at, size_t len)
{
    while (len > 0) {
        uint64_t key, value = 0;
        size_t key_len = read_varint(at, len, &key), n;
        if (key_len == 0)
            return false;
        n = value_len(at + key_len, len - key_len, key & 7, &value);
        if (n == 0)
            return false;
        if (key == (DUP_TAG << 3 | TT_PROTO_VARINT) && value == TT_dup_MAYBE)
            return true;
        at += key_len + n;
        len -= key_len + n;
    }
    return false;
}

static void mark_proto(const char *record, size_t len, struct tt_buf *buf)
{
    static const uint8_t mark[] = {DUP_TAG << 3 | TT_PROTO_VARINT, TT_dup_MAYBE};
    bool is_marked = has_proto_mark((const uint8_t *)record, len);
    char *at = tt_buf_room(buf, len + (is_marked ? 0 : sizeof(mark)));

    if (at == NULL)
        return;
    if (len > 0)
        memcpy(at, record, len);
    if (!is_marked)
        memcpy(at + len, mark, sizeof(mark));
}

void tt_mark_dup(enum tt_encoding encoding, const char *record, size_t len, struct tt_buf *buf)
{
    if (encoding == TT_ENCODING_JSON)
        mark_json(record, len, buf);
    else if (encoding == TT_ENCODING_PROTOBUF)
        mark_proto(record, len, buf);
    else
        tt_buf_bytes(buf, record, len);
}
