/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/form_value.h"

struct tt_str tt_form_text(const struct tt_form_row *row, const void *base)
{
    struct tt_str text;

    switch (row->kind) {
    case TT_FORM_TEXT:
        return tt_str_from(tt_form_pointer(row, base));
    case TT_FORM_TOPIC:
        return tt_str_from(tt_topic_word(tt_form_u8(row, base)));
    default:
        memcpy(&text, tt_form_at(row, base), sizeof(text));
        return text;
    }
}

static bool is_cut(const struct tt_form_row *row, const struct tt_form_cuts *cuts)
{
    for (unsigned i = 0; i < cuts->n; i++)
        if (cuts->offsets[i] == row->offset)
            return true;
    return false;
}

/* Items that begin with first and last, the bounds of a range. */
static bool has_range(const void *base)
{
    uint64_t range[2];

    memcpy(range, base, sizeof(range));
    return range[1] >= range[0];
}

bool tt_form_has(const struct tt_form_row *row, const void *base, const struct tt_form_cuts *cuts)
{
    switch (row->kind) {
    case TT_FORM_DUP:
        return false;
    case TT_FORM_ENUM:
        return row->need == 'n' || tt_form_u8(row, base) != 0;
    case TT_FORM_TIME:
        return row->need == 'n' || tt_form_u64(row, base) != 0;
    case TT_FORM_TEXT:
    case TT_FORM_VIEW:
    case TT_FORM_NAME:
        return tt_form_text(row, base).len > 0;
    case TT_FORM_MARK:
    case TT_FORM_IP:
    case TT_FORM_NET: /* both begin with the family */
        return tt_form_u8(row, base) != 0;
    case TT_FORM_SEQUENCE:
        return has_range(base);
    case TT_FORM_HEX64:
        return tt_form_u64(row, base) != 0;
    case TT_FORM_TYPE:
    case TT_FORM_RCODE:
        return (int32_t)tt_form_u32(row, base) >= 0;
    case TT_FORM_TEXTS:
        return tt_form_n(row, base) > 0;
    case TT_FORM_CUT:
        return is_cut(row, cuts);
    default:
        return true;
    }
}

size_t tt_form_sum(const struct tt_form *form, size_t (*room)(const struct tt_form_row *row))
{
    size_t sum = 2;

    for (unsigned i = 0; i < form->rows_n; i++)
        sum += room(&form->rows[i]);
    return sum;
}
