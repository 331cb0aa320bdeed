/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "wire/name.h"
#include "wire/rdata.h"

/* RFC 4034 section 6.3: as left-justified octet strings, the shorter first. */
static int compare(struct tt_span a, struct tt_span b)
{
    int order = memcmp(a.bytes, b.bytes, TT_MIN(a.len, b.len));

    return order != 0 ? order : (int)a.len - (int)b.len;
}

/* Inserts into a sorted list without duplicates. Returns the new length. */
static size_t insert(struct tt_span *sorted, size_t n, struct tt_span item)
{
    size_t at = n;
    int order = 1;

    while (at > 0 && (order = compare(item, sorted[at - 1])) < 0)
        at--;
    if (at > 0 && order == 0)
        return n;
    memmove(sorted + at + 1, sorted + at, (n - at) * sizeof(*sorted));
    sorted[at] = item;
    return n + 1;
}

static uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    *at++ = (uint8_t)(value >> 8);
    *at++ = (uint8_t)value;
    return at;
}

/* The canonical RDATA; the record's own when it is that already. ptr NULL: no memory. */
static struct tt_span canonical(const struct tt_fact_rr *rr, bool has_case, struct tt_arena *arena)
{
    struct tt_span out = rr->rdata;
    uint8_t *bytes;

    if (!has_case)
        return out;
    out.bytes = bytes = tt_arena_take(arena, out.len);
    if (bytes != NULL) /* the length never changes, so there is always room */
        tt_rdata_canonical(rr->type, rr->rr_class, rr->rdata.bytes, out.len, bytes, out.len,
                           &out.len);
    return out;
}

int tt_digest_rrset(const struct tt_fact_rr *const *rrs, size_t rrs_n, struct tt_arena *arena,
                    uint64_t *digest)
{
    struct tt_span sorted[TT_OBS_RRS_MAX + 1];
    size_t n = 0, len = rrs[0]->owner.len + 4u;
    bool has_case = tt_rdata_has_case(rrs[0]->type, rrs[0]->rr_class);

    if (rrs_n > TT_OBS_RRS_MAX)
        return TT_ELIMIT;
    for (size_t i = 0; i < rrs_n; i++) {
        struct tt_span rdata = canonical(rrs[i], has_case, arena);
        if (rdata.bytes == NULL)
            return TT_ENOMEM;
        n = insert(sorted, n, rdata);
        len += 2u + rdata.len;
    }
    uint8_t *text = tt_arena_take(arena, len), *at = text;
    if (text == NULL)
        return TT_ENOMEM;
    memcpy(at, rrs[0]->owner.bytes, rrs[0]->owner.len);
    tt_name_lower(at, rrs[0]->owner.len);
    at = put_u16(put_u16(at + rrs[0]->owner.len, rrs[0]->type), rrs[0]->rr_class);
    for (size_t i = 0; i < n; i++) {
        at = put_u16(at, sorted[i].len);
        memcpy(at, sorted[i].bytes, sorted[i].len);
        at += sorted[i].len;
    }
    *digest = XXH3_64bits(text, (size_t)(at - text));
    return TT_OK;
}
