/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/buf.h"
#include "base/ip.h"
#include "wire/rdata_layout.h"

/* SvcParams of SVCB and HTTPS (RFC 9460 sections 2.1, 2.2, 7, 8 and appendix A.1; RFC 9461). */

enum svcb_kind {
    KIND_TEXT,
    KIND_KEYS,
    KIND_LIST,
    KIND_NOTHING,
    KIND_PORT,
    KIND_IP4,
    KIND_IP6,
    KIND_BASE64
};

static const struct svcb_row {
    const char *word;
    enum svcb_kind kind;
} rows[] = {
    {"mandatory", KIND_KEYS}, {"alpn", KIND_LIST},    {"no-default-alpn", KIND_NOTHING},
    {"port", KIND_PORT},      {"ipv4hint", KIND_IP4}, {"ech", KIND_BASE64},
    {"ipv6hint", KIND_IP6},   {"dohpath", KIND_TEXT}, {"ohttp", KIND_NOTHING},
};

static enum svcb_kind kind_of(uint16_t key)
{
    return key < TT_COUNT(rows) ? rows[key].kind : KIND_TEXT;
}

static void format_key(struct tt_buf *buf, uint16_t key)
{
    if (key < TT_COUNT(rows)) {
        tt_buf_text(buf, rows[key].word);
        return;
    }
    tt_buf_text(buf, "key");
    tt_buf_u64(buf, key);
}

static uint16_t u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* Identifiers with a length byte, none of them empty. */
static bool is_list(const uint8_t *at, size_t len)
{
    size_t i = 0;

    while (i < len && at[i] > 0)
        i += at[i] + 1u;
    return len > 0 && i == len;
}

/* Keys in strictly increasing order, "mandatory" itself not among them. */
static bool is_keys(const uint8_t *at, size_t len)
{
    int last = 0;

    for (size_t i = 0; i + 1 < len; i += 2) {
        if (u16(at + i) <= last)
            return false;
        last = u16(at + i);
    }
    return len > 0 && len % 2 == 0;
}

static bool value_fits(enum svcb_kind kind, const uint8_t *at, size_t len)
{
    switch (kind) {
    case KIND_KEYS:
        return is_keys(at, len);
    case KIND_LIST:
        return is_list(at, len);
    case KIND_NOTHING:
        return len == 0;
    case KIND_PORT:
        return len == 2;
    case KIND_IP4:
        return len > 0 && len % 4 == 0;
    case KIND_IP6:
        return len > 0 && len % 16 == 0;
    default:
        return true;
    }
}

bool tt_svcb_fits(const uint8_t *at, size_t left)
{
    int last = -1;

    while (left > 0) {
        if (left < 4 || u16(at) <= last || left - 4 < u16(at + 2))
            return false;
        size_t len = u16(at + 2);
        last = u16(at);
        if (!value_fits(kind_of(u16(at)), at + 4, len))
            return false;
        at += 4 + len;
        left -= 4 + len;
    }
    return true;
}

/* A comma or backslash inside an identifier is escaped once for the list, then once for the string.
 */
static void format_list(struct tt_buf *buf, const uint8_t *at, size_t len)
{
    tt_buf_char(buf, '"');
    for (size_t i = 0; i < len; i += at[i] + 1u) {
        if (i > 0)
            tt_buf_char(buf, ',');
        for (size_t j = i + 1; j <= i + at[i]; j++) {
            if (at[j] == ',' || at[j] == '\\')
                tt_buf_text(buf, "\\\\");
            tt_rdata_format_byte(buf, at[j]);
        }
    }
    tt_buf_char(buf, '"');
}

static void format_text(struct tt_buf *buf, const uint8_t *at, size_t len)
{
    tt_buf_char(buf, '"');
    for (size_t i = 0; i < len; i++)
        tt_rdata_format_byte(buf, at[i]);
    tt_buf_char(buf, '"');
}

static void format_ips(struct tt_buf *buf, const uint8_t *at, size_t len, uint8_t family)
{
    size_t step = family == 4 ? 4 : 16;

    for (size_t i = 0; i < len; i += step) {
        struct tt_ip ip = {family, {0}};
        memcpy(ip.bytes, at + i, step);
        if (i > 0)
            tt_buf_char(buf, ',');
        tt_ip_format(buf, &ip);
    }
}

static void format_keys(struct tt_buf *buf, const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i += 2) {
        if (i > 0)
            tt_buf_char(buf, ',');
        format_key(buf, u16(at + i));
    }
}

static void format_value(struct tt_buf *buf, enum svcb_kind kind, const uint8_t *at, size_t len)
{
    switch (kind) {
    case KIND_KEYS:
        format_keys(buf, at, len);
        break;
    case KIND_LIST:
        format_list(buf, at, len);
        break;
    case KIND_PORT:
        tt_buf_u64(buf, u16(at));
        break;
    case KIND_IP4:
        format_ips(buf, at, len, 4);
        break;
    case KIND_IP6:
        format_ips(buf, at, len, 6);
        break;
    case KIND_BASE64:
        tt_rdata_format_base64(buf, at, len);
        break;
    default:
        format_text(buf, at, len);
        break;
    }
}

void tt_svcb_format(struct tt_buf *buf, const uint8_t *at, size_t left)
{
    for (size_t i = 0; i < left; i += 4u + u16(at + i + 2)) {
        size_t len = u16(at + i + 2);
        if (i > 0)
            tt_buf_char(buf, ' ');
        format_key(buf, u16(at + i));
        if (len == 0)
            continue;
        tt_buf_char(buf, '=');
        format_value(buf, kind_of(u16(at + i)), at + i + 4, len);
    }
}
