/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/records.h"

#include "base/buf.h"
#include "base/err.h"
#include "wire/codes.h"
#include "wire/rdata.h"

enum { RECORDS_TEXT_MAX = 4096 }; /* the cap of the row */

static bool is_shown(uint16_t type)
{
    switch (type) {
    case TT_TYPE_NS:
    case TT_TYPE_DS:
    case TT_TYPE_DNSKEY:
    case TT_TYPE_SOA:
    case TT_TYPE_MX:
    case TT_TYPE_CAA:
    case TT_TYPE_TXT:
        return true;
    default:
        return false;
    }
}

static int compare(struct tt_str a, struct tt_str b)
{
    int order = memcmp(a.ptr, b.ptr, TT_MIN(a.len, b.len));

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static void insert(struct tt_str *sorted, size_t n, struct tt_str item)
{
    for (; n > 0 && compare(item, sorted[n - 1]) < 0; n--)
        sorted[n] = sorted[n - 1];
    sorted[n] = item;
}

int tt_records_set(struct tt_event *event, const struct tt_fact_rr *const *rrs, size_t rrs_n,
                   struct tt_arena *arena, bool *is_cut)
{
    struct tt_str *items = NULL;
    struct tt_buf text = {NULL, 0, 0, false};
    uint16_t n = 0;

    for (size_t i = 0; i < rrs_n; i++) {
        size_t start = text.len;
        if (!is_shown(rrs[i]->type))
            continue;
        if (items == NULL) {
            items = tt_arena_take(arena, rrs_n * sizeof(*items));
            text = tt_buf_over(tt_arena_take(arena, RECORDS_TEXT_MAX), RECORDS_TEXT_MAX);
        }
        if (items == NULL || text.data == NULL)
            return TT_ENOMEM;
        tt_rdata_format(&text, rrs[i]->type, rrs[i]->rr_class, rrs[i]->rdata.bytes, rrs[i]->rdata.len);
        if (text.overflow) {
            text.len = start;
            text.overflow = false;
            *is_cut = true;
        } else if (text.len > start) {
            insert(items, n++, (struct tt_str){text.data + start, (uint32_t)(text.len - start)});
        }
    }
    if (n > 0)
        TT_EVENT_SET(event, answer_rdata, ((struct tt_strs){items, n}));
    return TT_OK;
}
