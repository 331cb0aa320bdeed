/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/buf.h"
#include "base/ip.h"
#include "wire/codes.h"
#include "wire/name.h"
#include "wire/rdata.h"
#include "wire/rdata_layout.h"

/* The presentation form of RDATA, field by field after its layout. */

void tt_rdata_format_byte(struct tt_buf *buf, uint8_t c)
{
    char text[4] = {'\\', (char)('0' + c / 100), (char)('0' + c / 10 % 10), (char)('0' + c % 10)};

    if (c < 0x20 || c > 0x7E) {
        tt_buf_bytes(buf, text, 4);
        return;
    }
    if (c == '"' || c == '\\')
        tt_buf_char(buf, '\\');
    tt_buf_char(buf, (char)c);
}

static void format_quoted(struct tt_buf *buf, const uint8_t *at, size_t len)
{
    tt_buf_char(buf, '"');
    for (size_t i = 0; i < len; i++)
        tt_rdata_format_byte(buf, at[i]);
    tt_buf_char(buf, '"');
}

static void format_strings(struct tt_buf *buf, const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i += at[i] + 1u) {
        if (i > 0)
            tt_buf_char(buf, ' ');
        format_quoted(buf, at + i + 1, at[i]);
    }
}

void tt_rdata_format_base64(struct tt_buf *buf, const uint8_t *at, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = (uint32_t)at[i] << 16;
        if (i + 1 < len)
            group |= (uint32_t)at[i + 1] << 8;
        if (i + 2 < len)
            group |= at[i + 2];
        char text[4] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63],
                        digits[group & 63]};
        if (i + 1 >= len)
            text[2] = '=';
        if (i + 2 >= len)
            text[3] = '=';
        tt_buf_bytes(buf, text, 4);
    }
}

/* RFC 4648 section 7, without padding (RFC 5155 section 3.3). */
static void format_base32hex(struct tt_buf *buf, const uint8_t *at, size_t len)
{
    uint32_t bits = 0;
    unsigned bits_n = 0;

    for (size_t i = 0; i < len; i++) {
        bits = (bits << 8 | at[i]) & 0xFFFF;
        for (bits_n += 8; bits_n >= 5; bits_n -= 5)
            tt_buf_char(buf, "0123456789abcdefghijklmnopqrstuv"[bits >> (bits_n - 5) & 31]);
    }
    if (bits_n > 0)
        tt_buf_char(buf, "0123456789abcdefghijklmnopqrstuv"[bits << (5 - bits_n) & 31]);
}

static void format_bitmap(struct tt_buf *buf, const uint8_t *at, size_t len)
{
    bool is_first = true;

    for (size_t i = 0; i < len; i += at[i + 1] + 2u) {
        for (unsigned bit = 0; bit < at[i + 1] * 8u; bit++) {
            if ((at[i + 2 + bit / 8] & 0x80 >> bit % 8) == 0)
                continue;
            if (!is_first)
                tt_buf_char(buf, ' ');
            tt_type_format(buf, (uint16_t)(at[i] << 8 | bit));
            is_first = false;
        }
    }
}

/* Seconds since 1970 as YYYYMMDDHHmmSS in UTC (RFC 4034 section 3.2); days to date after the
 * calendar's 400-year cycle, years beginning in March. */
static void format_time(struct tt_buf *buf, uint32_t seconds)
{
    uint32_t day = seconds / 86400 + 719468, second = seconds % 86400;
    uint32_t era = day / 146097, of_era = day % 146097;
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153; /* 0: March */

    tt_buf_format(buf, "%04u%02u%02u%02u%02u%02u", year + era * 400 + (month >= 10),
                  month < 10 ? month + 3 : month - 9, of_year - (153 * month + 2) / 5 + 1,
                  second / 3600, second / 60 % 60, second % 60);
}

static void format_ip(struct tt_buf *buf, const uint8_t *at, uint8_t family)
{
    struct tt_ip ip = {family, {0}};

    memcpy(ip.bytes, at, family == 4 ? 4 : 16);
    tt_ip_format(buf, &ip);
}

/* Bytes in hexadecimal, `group` of them together. */
static void format_groups(struct tt_buf *buf, const uint8_t *at, size_t len, size_t group,
                          char separator)
{
    for (size_t i = 0; i < len; i += group) {
        if (i > 0)
            tt_buf_char(buf, separator);
        tt_buf_hex(buf, at + i, group);
    }
}

static uint32_t number(const uint8_t *at, size_t len)
{
    uint32_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | at[i];
    return value;
}

/* A CAA tag that can stand unquoted (RFC 8659 section 4.1). */
static bool is_tag(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'z') ||
              (at[i] >= 'A' && at[i] <= 'Z')))
            return false;
    return true;
}

static void format_variable(struct tt_buf *buf, char kind, const uint8_t *at, size_t len)
{
    switch (kind) {
    case 'S':
    case 's':
    case 'o':
        format_strings(buf, at, len);
        break;
    case 'u':
        format_quoted(buf, at, len);
        break;
    case 'k':
        tt_buf_bytes(buf, at + 1, len - 1);
        break;
    case 'b':
        tt_rdata_format_base64(buf, at, len);
        break;
    case 'x':
        tt_buf_hex(buf, at, len);
        break;
    case 'h':
        if (len == 1)
            tt_buf_char(buf, '-');
        tt_buf_hex(buf, at + 1, len - 1);
        break;
    case 'H':
        format_base32hex(buf, at + 1, len - 1);
        break;
    case 'm':
        format_bitmap(buf, at, len);
        break;
    default:
        tt_svcb_format(buf, at, len);
        break;
    }
}

static void format_field(struct tt_buf *buf, char kind, const uint8_t *at, size_t len)
{
    switch (kind) {
    case 'n':
    case 'N':
        tt_name_format(buf, at, len);
        break;
    case '1':
    case '2':
    case '4':
        tt_buf_u64(buf, number(at, len));
        break;
    case 't':
        tt_type_format(buf, (uint16_t)number(at, len));
        break;
    case 'T':
        format_time(buf, number(at, len));
        break;
    case 'a':
        format_ip(buf, at, 4);
        break;
    case 'q':
        format_ip(buf, at, 6);
        break;
    case 'e':
    case 'E':
        format_groups(buf, at, len, 1, '-');
        break;
    case 'g':
        format_groups(buf, at, len, 2, ':');
        break;
    default:
        format_variable(buf, kind, at, len);
        break;
    }
}

/* Fields whose text would not lead back to the same bytes: nothing where something must stand. */
static bool has_text(char kind, const uint8_t *at, size_t len)
{
    if (kind == 'b' || kind == 'x')
        return len > 0;
    if (kind == 'H')
        return len > 1;
    return kind != 'k' || is_tag(at + 1, len - 1);
}

static bool format_fields(struct tt_buf *buf, const char *layout, const uint8_t *rdata, size_t len)
{
    size_t at = 0, field_len;

    for (const char *kind = layout; *kind != '\0'; kind++) {
        tt_rdata_field(*kind, rdata + at, len - at, &field_len);
        if (!has_text(*kind, rdata + at, field_len))
            return false;
        bool is_shown = field_len > 0 || *kind == 'u';
        if (kind != layout && is_shown)
            tt_buf_char(buf, ' ');
        if (is_shown)
            format_field(buf, *kind, rdata + at, field_len);
        at += field_len;
    }
    return true;
}

void tt_rdata_format(struct tt_buf *buf, uint16_t type, uint16_t rr_class, const uint8_t *rdata,
                     size_t len)
{
    bool is_generic;
    const char *layout = tt_rdata_layout(type, rr_class, &is_generic);
    size_t start = buf->len;

    if (buf->overflow)
        return;
    if (layout != NULL && !is_generic && len > 0 && tt_rdata_fits(type, rr_class, rdata, len)) {
        if (format_fields(buf, layout, rdata, len))
            return;
        tt_buf_reset(buf);
        buf->len = start;
    }
    tt_buf_text(buf, "\\# ");
    tt_buf_u64(buf, len);
    if (len > 0) {
        tt_buf_char(buf, ' ');
        tt_buf_hex(buf, rdata, len);
    }
}
