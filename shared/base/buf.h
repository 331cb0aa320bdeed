/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A bounded append buffer with sticky overflow: write straight on, ask once at the end.
 * The first write that does not fit sets `overflow`, writes nothing and makes every later write a
 * no-op, so what stands in the buffer is always a prefix made of whole writes.
 */

#include <stdarg.h>
#include <string.h>

#include "base/compat.h"

struct tt_buf {
    char *data;
    size_t len;
    size_t cap;
    bool overflow;
};

/* A buffer over memory of the caller, who keeps owning it. */
static inline struct tt_buf tt_buf_over(void *memory, size_t cap)
{
    struct tt_buf buf = {(char *)memory, 0, cap, false};
    return buf;
}

static inline void tt_buf_reset(struct tt_buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
}

/* Room for len bytes at the end, or NULL and overflow set. The caller fills all of it. */
static inline char *tt_buf_room(struct tt_buf *buf, size_t len)
{
    if (TT_UNLIKELY(buf->overflow || buf->cap - buf->len < len)) {
        buf->overflow = true;
        return NULL;
    }
    char *at = buf->data + buf->len;
    buf->len += len;
    return at;
}

static inline void tt_buf_bytes(struct tt_buf *buf, const void *bytes, size_t len)
{
    char *at = tt_buf_room(buf, len);
    if (at != NULL && len > 0)
        memcpy(at, bytes, len);
}

static inline void tt_buf_char(struct tt_buf *buf, char c)
{
    char *at = tt_buf_room(buf, 1);
    if (at != NULL)
        *at = c;
}

/* A literal or terminated string, without its terminator. */
static inline void tt_buf_text(struct tt_buf *buf, const char *text)
{
    tt_buf_bytes(buf, text, strlen(text));
}

/* Decimal; lower-case hexadecimal of exactly `digits` digits; bytes as lower-case hexadecimal. */
void tt_buf_u64(struct tt_buf *buf, uint64_t value);
void tt_buf_hex64(struct tt_buf *buf, uint64_t value, unsigned digits);
void tt_buf_hex(struct tt_buf *buf, const void *bytes, size_t len);

/* printf for what is not on a hot path. */
void tt_buf_format(struct tt_buf *buf, const char *format, ...) TT_PRINTF(2, 3);
void tt_buf_vformat(struct tt_buf *buf, const char *format, va_list args);

/* Ends the text with a NUL that does not count (cap must hold it) and gives it; "" on overflow of
 * an empty buffer; otherwise the last byte is given up for the NUL. Lends until the next write. */
const char *tt_buf_cstr(struct tt_buf *buf);
