/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The facts of a message image in one pass, for observations of shape bytes: header, question,
 * EDNS, and what the answer section says. Nothing is allocated; linear in the message. Thread: any.
 */

#include "wire/edns.h"
#include "wire/msg.h"

struct tt_summary {
    struct tt_msg msg;
    struct tt_edns edns; /* with has_edns */
    int error;           /* 0, or what stopped the reading: TT_ETRUNCATED, TT_EMALFORMED */
    bool has_header;     /* else nothing else is known */
    bool has_edns;       /* an OPT record with root owner in the additional section */
    bool has_bad_edns;   /* a second, misplaced, owned or cut OPT; the first good one counts */
    bool has_ttl;
    uint16_t rcode;        /* extended rcode merged */
    uint16_t answer_count; /* records of the answer section that were read */
    uint32_t ttl;          /* s, smallest of the answer section, after tt_msg_ttl */
    size_t trailing_len;   /* bytes behind the last record */
};

/* Is shown each record on the way, after the message's header and question were read. */
typedef void (*tt_summary_visit_f)(void *arg, const struct tt_summary *summary,
                                   const struct tt_msg_rr *rr);

/* Reads all of it. *summary borrows bytes. visit: NULL, or who wants to see the records as well.
 * Returns summary->error. */
int tt_summary_walk(struct tt_summary *summary, const void *bytes, size_t len,
                    tt_summary_visit_f visit, void *arg);

static inline int tt_summary_read(struct tt_summary *summary, const void *bytes, size_t len)
{
    return tt_summary_walk(summary, bytes, len, NULL, NULL);
}
