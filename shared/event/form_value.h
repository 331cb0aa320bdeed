/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* How the writers of forms read members; only for them. base: the struct that the row's member is of. */

#include <string.h>

#include "event/form.h"

/* Lists that were cut, by the offset of their member. */
struct tt_form_cuts {
    uint16_t offsets[8];
    unsigned n;
};

enum { TT_FORM_ITEM_MAX = 8 * 1024, TT_FORM_SEQUENCE_BITS = 48 };

static inline const void *tt_form_at(const struct tt_form_row *row, const void *base)
{
    return (const char *)base + row->offset;
}

static inline uint64_t tt_form_u64(const struct tt_form_row *row, const void *base)
{
    uint64_t value;

    memcpy(&value, tt_form_at(row, base), sizeof(value));
    return value;
}

static inline uint32_t tt_form_u32(const struct tt_form_row *row, const void *base)
{
    uint32_t value;

    memcpy(&value, tt_form_at(row, base), sizeof(value));
    return value;
}

static inline uint8_t tt_form_u8(const struct tt_form_row *row, const void *base)
{
    return *(const uint8_t *)tt_form_at(row, base);
}

static inline unsigned tt_form_n(const struct tt_form_row *row, const void *base)
{
    unsigned n;

    memcpy(&n, (const char *)base + row->n_offset, sizeof(n));
    return n;
}

static inline const void *tt_form_pointer(const struct tt_form_row *row, const void *base)
{
    const void *pointer;

    memcpy(&pointer, tt_form_at(row, base), sizeof(pointer));
    return pointer;
}

static inline uint64_t tt_form_sequence(const struct tt_form_row *row, const void *base)
{
    return tt_form_u64(row, base) & (((uint64_t)1 << TT_FORM_SEQUENCE_BITS) - 1);
}

/* Of TEXT, VIEW, NAME and TOPIC. */
struct tt_str tt_form_text(const struct tt_form_row *row, const void *base);

/* Whether the member is to be written. */
bool tt_form_has(const struct tt_form_row *row, const void *base, const struct tt_form_cuts *cuts);
