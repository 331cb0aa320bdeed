/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "wire/summary.h"

#include <string.h>

#include "base/err.h"
#include "wire/codes.h"

static void add_opt(struct tt_summary *summary, const struct tt_msg_rr *rr)
{
    struct tt_cursor rdata = tt_msg_rdata(&summary->msg, rr);

    if (rr->section != TT_MSG_ADDITIONAL || rr->owner_len != 1 || summary->has_edns) {
        summary->has_bad_edns = true;
        return;
    }
    if (tt_edns_read(&summary->edns, rr->rr_class, rr->ttl, tt_cursor_bytes(&rdata, rr->rdata_len),
                     rr->rdata_len) != 0)
        summary->has_bad_edns = true;
    summary->has_edns = true;
    summary->rcode = (uint16_t)(summary->edns.extended_rcode << 4 | summary->msg.rcode);
}

static void add_answer(struct tt_summary *summary, const struct tt_msg_rr *rr)
{
    uint32_t ttl = tt_msg_ttl(rr->ttl);

    summary->answer_count++;
    if (!summary->has_ttl || ttl < summary->ttl)
        summary->ttl = ttl;
    summary->has_ttl = true;
}

int tt_summary_walk(struct tt_summary *summary, const void *bytes, size_t len,
                    tt_summary_visit_f visit, void *arg)
{
    struct tt_msg_rr rr;

    /* All but the message, which is long and set by its own reader. */
    memset(&summary->edns, 0, sizeof(*summary) - offsetof(struct tt_summary, edns));
    summary->error = tt_msg_read(&summary->msg, bytes, len);
    summary->has_header = len >= TT_MSG_HEADER_LEN;
    summary->rcode = summary->msg.rcode;
    if (summary->error != 0)
        return summary->error;
    struct tt_msg_walk walk = tt_msg_walk(&summary->msg);
    while (tt_msg_next(&walk, &rr)) {
        if (rr.type == TT_TYPE_OPT)
            add_opt(summary, &rr);
        else if (rr.section == TT_MSG_ANSWER)
            add_answer(summary, &rr);
        if (visit != NULL)
            visit(arg, summary, &rr);
    }
    summary->trailing_len = walk.trailing_len;
    summary->error = walk.error;
    return summary->error;
}
