/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Printable ASCII, eight bytes at a time. Almost every text of an event is, so the writers look
 * before they clean: what is not plain goes through tt_str_clean once more, and no exit depends on
 * an earlier stage having done so.
 */

#include <string.h>

#include "base/compat.h"

#define TT_EACH_BYTE(value) (0x0101010101010101u * (uint64_t)(value))

/* The top bit of each byte that equals value; a byte above a hit may be flagged as well. */
static inline uint64_t tt_plain_equal(uint64_t word, uint8_t value)
{
    uint64_t differ = word ^ TT_EACH_BYTE(value);

    return (differ - TT_EACH_BYTE(1)) & ~differ & TT_EACH_BYTE(0x80);
}

/* Not zero when one of the eight bytes is outside 0x20–0x7E. */
static inline uint64_t tt_plain_offends(uint64_t word)
{
    return ((word - TT_EACH_BYTE(0x20)) | word | tt_plain_equal(word, 0x7f)) & TT_EACH_BYTE(0x80);
}

static inline bool tt_plain_byte(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f;
}

/* All of text is printable ASCII. */
static inline bool tt_plain_is(const char *text, size_t len)
{
    size_t i = 0;

    for (; i + 8 <= len; i += 8) {
        uint64_t word;
        memcpy(&word, text + i, sizeof(word));
        if (tt_plain_offends(word) != 0)
            return false;
    }
    for (; i < len; i++)
        if (!tt_plain_byte((uint8_t)text[i]))
            return false;
    return true;
}
