/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/remote_write_bisect.h"

#include "base/err.h"
#include "sink/remote_write_request.h"

struct search {
    struct tt_rw_send *send;
    struct tt_rw_parts *parts;
    struct tt_buf *why;
    unsigned refused_n, posts_n;
};

static bool is_later(enum tt_rw_verdict verdict)
{
    return verdict == TT_RW_LATER || verdict == TT_RW_UNKNOWN;
}

/* One part and, if it is the reason, its halves. DONE, LATER or UNKNOWN. */
static enum tt_rw_verdict send_part(struct search *search, unsigned first, unsigned n)
{
    enum tt_rw_verdict verdict;
    bool may_split = n > 1 && search->posts_n < TT_RW_BISECT_MAX;

    search->posts_n++;
    verdict =
        tt_rw_send_post(search->send, tt_rw_parts_pack(search->parts, first, n), 0, search->why);
    if (verdict == TT_RW_DONE || is_later(verdict))
        return verdict;
    if (!may_split || verdict == TT_RW_REFUSED) {
        search->refused_n += n;
        return TT_RW_DONE;
    }
    verdict = send_part(search, first, n / 2);
    return verdict == TT_RW_DONE ? send_part(search, first + n / 2, n - n / 2) : verdict;
}

/* The server said yes or no to a single series, so it is not the server. */
static bool answers_single(struct tt_rw_send *send, struct tt_rw_parts *parts, unsigned which)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    enum tt_rw_verdict verdict = tt_rw_send_post(send, tt_rw_parts_pack(parts, which, 1), 0, &why);

    return verdict == TT_RW_DONE || verdict == TT_RW_REFUSED;
}

bool tt_rw_takes_others(struct tt_rw_send *send, struct tt_str body, struct tt_str taken)
{
    bool is_known = taken.len > 0, answers = false;
    struct tt_rw_parts *parts = tt_rw_parts_new(is_known ? taken : body);

    if (parts == NULL)
        return false;
    answers = answers_single(send, parts, 0);
    if (!answers && !is_known)
        answers =
            answers_single(send, parts, parts->n - 1) || answers_single(send, parts, parts->n / 2);
    tt_rw_parts_free(&parts);
    return answers;
}

enum tt_rw_verdict tt_rw_bisect(struct tt_rw_send *send, struct tt_str body, uint16_t *refused_n,
                                struct tt_buf *why)
{
    struct tt_rw_parts *parts = tt_rw_parts_new(body);
    struct search search = {.send = send, .parts = parts, .why = why};
    enum tt_rw_verdict verdict;
    unsigned n;

    if (parts == NULL)
        return TT_RW_UNKNOWN;
    n = parts->n;
    if (n == 1)
        verdict = TT_RW_REFUSED;
    else
        verdict = send_part(&search, 0, n / 2);
    if (n > 1 && verdict == TT_RW_DONE)
        verdict = send_part(&search, n / 2, n - n / 2);
    tt_rw_parts_free(&parts);
    if (verdict != TT_RW_DONE)
        return verdict;
    if (search.refused_n == n)
        return TT_RW_REFUSED;
    *refused_n = (uint16_t)search.refused_n;
    if (search.refused_n > 0)
        tt_buf_format(why, " (%u of %u samples refused, the others delivered)", search.refused_n,
                      n);
    return TT_RW_DONE;
}
