/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Sends requests, the oldest first and one at a time, and judges the answers. The same bytes may be
 * sent again whenever it is not known whether they arrived: receivers take an equal sample twice.
 * Source: "Prometheus Remote-Write 1.0", research into what Prometheus and Mimir really answer
 * (docs/sinks/remote_write.md). Thread: the sink's own.
 */

#include "net/http.h"
#include "sink/class.h"

/* So often a request may be answered 500 before the server is asked whether it is the request's
 * fault. */
enum { TT_RW_SICK_MAX = 5 };

struct tt_rw_send {
    struct tt_http *http; /* the caller's; NULL: closed */
    struct tt_sink *owner;
    uint64_t digest;  /* of the request that failed last */
    unsigned tries_n; /* how often, in a row */
    unsigned sick_n;  /* how often with 500 */
    int64_t date_s;   /* of the last answer; 0: it had none, or there is none */
    uint8_t *taken;   /* a request that was delivered: to ask with */
    size_t taken_len, taken_cap;
};

void tt_rw_send_fini(struct tt_rw_send *send);

/* Sends one record and sets its fate; refused_n where a part of it was refused. Fails (its fate is
 * AGAIN or MAYBE), with a reason in *why: TT_EAGAIN. *why may hold a warning on success. */
int tt_rw_send_record(struct tt_rw_send *send, struct tt_sink_record *record, struct tt_buf *why);

/* What an answer means. */
enum tt_rw_verdict {
    TT_RW_DONE,
    TT_RW_LATER,   /* surely nothing of it was taken */
    TT_RW_UNKNOWN, /* as LATER, but something may have been taken */
    TT_RW_SICK,    /* 500: as UNKNOWN, but the request itself may be the reason */
    TT_RW_POISON,  /* 500 that would be the answer for ever */
    TT_RW_REFUSED,
    TT_RW_TOO_LARGE,
};
enum tt_rw_verdict tt_rw_judge(const struct tt_http_answer *answer);

/* The status and what the server says, cleaned and cut. */
void tt_rw_put_answer(struct tt_buf *buf, const struct tt_http_answer *answer);

/* POSTs one request; retry: how often it was tried before. */
enum tt_rw_verdict tt_rw_send_post(struct tt_rw_send *send, struct tt_str body, unsigned retry,
                                   struct tt_buf *why);
