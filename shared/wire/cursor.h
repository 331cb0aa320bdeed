/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Reads a message from front to back without ever leaving it: the first read that does not fit sets
 * `failed`, moves nothing and makes every later read give zeros, so a parser reads straight on and
 * asks once at the end. Reads are big-endian (RFC 1035 section 2.3.2). Thread: its one owner.
 */

#include "base/compat.h"

struct tt_cursor {
    const uint8_t *bytes; /* borrowed; the whole message, so that pointers can be followed */
    size_t len; /* reads stop here; may be less than the message */
    size_t at; /* offset of the next read */
    bool failed;
};

static inline struct tt_cursor tt_cursor_over(const void *bytes, size_t len)
{
    struct tt_cursor cursor = {(const uint8_t *)bytes, len, 0, false};
    return cursor;
}

static inline size_t tt_cursor_left(const struct tt_cursor *cursor)
{
    return cursor->failed ? 0 : cursor->len - cursor->at;
}

/* The next len bytes, passed over; NULL when they are not there. Lends as long as the message. */
static inline const uint8_t *tt_cursor_bytes(struct tt_cursor *cursor, size_t len)
{
    if (TT_UNLIKELY(cursor->failed || cursor->len - cursor->at < len)) {
        cursor->failed = true;
        return NULL;
    }
    cursor->at += len;
    return cursor->bytes + cursor->at - len;
}

static inline uint8_t tt_cursor_u8(struct tt_cursor *cursor)
{
    const uint8_t *at = tt_cursor_bytes(cursor, 1);

    return at == NULL ? 0 : at[0];
}

static inline uint16_t tt_cursor_u16(struct tt_cursor *cursor)
{
    const uint8_t *at = tt_cursor_bytes(cursor, 2);

    return at == NULL ? 0 : (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t tt_cursor_u32(struct tt_cursor *cursor)
{
    const uint8_t *at = tt_cursor_bytes(cursor, 4);

    return at == NULL ? 0 : (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
