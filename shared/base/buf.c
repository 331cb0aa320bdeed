/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/buf.h"

#include <stdio.h>

static const char hex_digits[] = "0123456789abcdef";

void tt_buf_u64(struct tt_buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    tt_buf_bytes(buf, digits + at, sizeof(digits) - at);
}

void tt_buf_hex64(struct tt_buf *buf, uint64_t value, unsigned digits)
{
    char *at = tt_buf_room(buf, digits);

    if (at == NULL)
        return;
    for (unsigned i = digits; i > 0; i--, value >>= 4)
        at[i - 1] = hex_digits[value & 15];
}

void tt_buf_hex(struct tt_buf *buf, const void *bytes, size_t len)
{
    const uint8_t *in = bytes;
    char *at = tt_buf_room(buf, len * 2);

    if (at == NULL)
        return;
    for (size_t i = 0; i < len; i++) {
        at[2 * i] = hex_digits[in[i] >> 4];
        at[2 * i + 1] = hex_digits[in[i] & 15];
    }
}

void tt_buf_vformat(struct tt_buf *buf, const char *format, va_list args)
{
    char text[1024];
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(text, sizeof(text), format, args);
    if (len >= 0 && (size_t)len < sizeof(text)) {
        tt_buf_bytes(buf, text, (size_t)len);
    } else if (len >= 0 && !buf->overflow && buf->cap - buf->len > (size_t)len) {
        /* Longer than the stack should hold: straight to its place, with a byte for the NUL. */
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    } else {
        buf->overflow = true;
    }
    va_end(again);
}

void tt_buf_format(struct tt_buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tt_buf_vformat(buf, format, args);
    va_end(args);
}

const char *tt_buf_cstr(struct tt_buf *buf)
{
    if (buf->cap == 0)
        return "";
    if (buf->len == buf->cap)
        buf->len--;
    buf->data[buf->len] = '\0';
    return buf->data;
}
