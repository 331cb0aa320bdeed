/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Pushing to Loki: choose what fits into a request and what Loki would refuse anyway, send, read the status.
 *
 * A 400 means that some lines were refused and all others stored, without saying which. So the halves are
 * sent apart, again and again, until a refused line is alone; lines that are there already are the same to
 * the byte and Loki drops them.
 */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/loki_state.h"

#define SECOND_NS UINT64_C(1000000000)
#define AGE_MAX_US (UINT64_C(7) * 86400 * 1000000) /* Loki's reject_old_samples_max_age, by default */
#define AHEAD_MAX_US (UINT64_C(600) * 1000000)     /* its creation_grace_period */
#define DATE_STEP_US UINT64_C(1000000)             /* what a Date leaves out */

enum { SAID_FOR_S = 60, BODY_SAID_MAX = 200, HALVES_MAX = 2 * 13 };

/* The first row that fits counts. */
static const struct tt_loki_status statuses[] = {
    {260, 260, TT_LOKI_REFUSED, "Loki's operator has blocked the ingestion of this tenant"},
    {200, 299, TT_LOKI_DONE, NULL},
    {100, 399, TT_LOKI_AGAIN, "redirects are not followed: set url to where it leads"},
    {400, 400, TT_LOKI_SPLIT, NULL},
    {401, 401, TT_LOKI_AGAIN, "look at auth"},
    {403, 403, TT_LOKI_AGAIN, "look at auth and tenant"},
    {404, 405, TT_LOKI_AGAIN, "look at url, which mostly ends in /loki/api/v1/push"},
    {407, 407, TT_LOKI_AGAIN, NULL},
    {408, 408, TT_LOKI_MAYBE, NULL},
    {413, 413, TT_LOKI_SPLIT, NULL},
    {425, 425, TT_LOKI_AGAIN, NULL},
    {429, 429, TT_LOKI_MAYBE, NULL}, /* a limit of one stream leaves the others stored */
    {400, 499, TT_LOKI_REFUSED, NULL},
    {500, 599, TT_LOKI_MAYBE, NULL},
};

const struct tt_loki_status *tt_loki_status_find(int status)
{
    size_t i = 0;

    while (i + 1 < TT_COUNT(statuses) && (status < statuses[i].low || status > statuses[i].high))
        i++;
    return &statuses[i];
}

/* A limit of the whole tenant is looked at before anything is stored (pkg/distributor). */
static enum tt_loki_verdict judge(const struct tt_http_answer *answer)
{
    static const char whole[] = "ngestion rate limit exceeded";

    if (answer->status == 429 && answer->body.len > 0 &&
        memmem(answer->body.ptr, answer->body.len, whole, sizeof(whole) - 1) != NULL)
        return TT_LOKI_AGAIN;
    return tt_loki_status_find(answer->status)->verdict;
}

/* Servers put times and counts into their words; a line for each would bury the log. */
static void say_status(const struct tt_loki *loki, struct tt_loki_said *said,
                       const struct tt_http_answer *answer, const char *what, struct tt_buf *why)
{
    const char *advice = tt_loki_status_find(answer->status)->advice;
    uint64_t now = tt_clock_mono_ns();
    int body_len = (int)TT_MIN(answer->body.len, (uint32_t)BODY_SAID_MAX);

    if (answer->status != said->status || now >= said->until_ns) {
        said->status = answer->status;
        said->until_ns = now + SAID_FOR_S * SECOND_NS;
        snprintf(said->text, sizeof(said->text), "%.*s", body_len, body_len > 0 ? answer->body.ptr : "");
        said->text[strcspn(said->text, "\r\n")] = '\0';
    }
    tt_buf_format(why, "%s: %s: status %d%s%s%s%s", loki->conf.url, what, answer->status,
                  said->text[0] != '\0' ? ": " : "", said->text, advice != NULL ? "; " : "",
                  advice != NULL ? advice : "");
}

/* One call: the first n of what is chosen are to be sent. */
struct push {
    struct tt_loki *loki;
    struct tt_sink_record **chosen;
    unsigned n;
    struct tt_buf *why;
};

static void settle(struct push *push, unsigned from, unsigned n, enum tt_fate fate)
{
    for (unsigned i = from; i < from + n; i++)
        push->chosen[i]->fate = (uint8_t)fate;
}

/* They come again; what may have arrived in a request before stays so. */
static void give_back(struct push *push, unsigned from, unsigned n, bool may_have_arrived)
{
    for (unsigned i = from; i < from + n; i++)
        if (push->chosen[i]->fate != TT_FATE_MAYBE)
            push->chosen[i]->fate = may_have_arrived ? TT_FATE_MAYBE : TT_FATE_AGAIN;
}

static void warn(struct push *push, const char *text)
{
    if (push->why->len == 0)
        tt_buf_text(push->why, text);
}

/* What time it is there, give or take a second; 0: it never said. Ours may be wrong, and what is dropped by
 * it might have been taken. */
static uint64_t its_now_us(const struct tt_loki *loki)
{
    uint64_t since_us = (tt_clock_mono_ns() - loki->date_mono_ns) / 1000;

    return loki->date_s > 0 ? (uint64_t)loki->date_s * 1000000 + since_us : 0;
}

/* What Loki refuses by its default limits; its own words for it would cost a request for each half. now_us:
 * its clock, 0: not known, then it judges by itself. */
static enum tt_fate judge_record(struct push *push, const struct tt_sink_record *record, uint64_t now_us)
{
    if (tt_loki_body_line_len(record) > TT_LOKI_LINE_MAX) {
        warn(push, "records larger than 256 KiB are dropped, Loki takes no such lines");
        return TT_FATE_TOO_LARGE;
    }
    if (now_us == 0)
        return TT_FATE_WAITING;
    if (record->time_us + AGE_MAX_US < now_us) {
        warn(push, "records older than 7 days are dropped, Loki takes none");
        return TT_FATE_REFUSED;
    }
    if (record->time_us > now_us + AHEAD_MAX_US + DATE_STEP_US) {
        warn(push, "records more than 10 minutes ahead of Loki's clock are dropped, it takes none");
        return TT_FATE_REFUSED;
    }
    return TT_FATE_WAITING;
}

/* From the front as many as one request takes. */
static void choose(struct push *push, struct tt_sink_record *records, unsigned n)
{
    uint64_t now_us = its_now_us(push->loki);
    size_t cost = 0;

    for (unsigned i = 0; i < n && push->n < TT_LOKI_LINES_MAX; i++) {
        enum tt_fate fate = judge_record(push, &records[i], now_us);
        records[i].fate = (uint8_t)fate;
        if (fate != TT_FATE_WAITING)
            continue;
        cost += tt_loki_body_cost(&records[i]);
        if (push->n > 0 && cost > TT_LOKI_TEXT_MAX)
            break;
        push->chosen[push->n++] = &records[i];
    }
}

/* Sends a part. TT_OK: *answer is there. */
static int send_part(struct push *push, unsigned from, unsigned n, struct tt_http_answer *answer,
                     bool *is_sent)
{
    static const char *const headers[] = {"Content-Type: application/json", "Content-Encoding: gzip", NULL};
    struct tt_loki *loki = push->loki;
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    const void *data = NULL;
    size_t len = 0;
    int err = tt_loki_body_make(loki->body, (const struct tt_sink_record *const *)&push->chosen[from], n,
                                &data, &len);

    *is_sent = false;
    if (err == TT_OK)
        err = tt_http_post(loki->http, headers, data, len, answer, is_sent, &why);
    else
        tt_buf_text(&why, tt_error_text(err));
    if (err != TT_OK) {
        tt_buf_reset(push->why);
        tt_buf_text(push->why, tt_buf_cstr(&why));
    }
    return err;
}

/* One line that is refused by itself. */
static void refuse_one(struct push *push, unsigned at, const struct tt_http_answer *answer)
{
    bool is_large = answer->status == 413;

    settle(push, at, 1, is_large ? TT_FATE_TOO_LARGE : TT_FATE_REFUSED);
    if (push->why->len == 0)
        say_status(push->loki, &push->loki->refused, answer,
                   is_large ? "a record is too large" : "a record is refused", push->why);
}

static int fail(struct push *push, const struct tt_http_answer *answer)
{
    tt_buf_reset(push->why);
    say_status(push->loki, &push->loki->failed, answer, "nothing is taken", push->why);
    if (answer->retry_after_s > 0)
        tt_sink_wait_for(push->loki->owner, answer->retry_after_s * SECOND_NS);
    return TT_EAGAIN;
}

struct part {
    unsigned from, n;
};

/* One part: settled, or its halves put onto the stack. */
static int push_part(struct push *push, struct part part, struct part *stack, unsigned *depth)
{
    struct tt_http_answer answer;
    bool is_sent;
    int err = send_part(push, part.from, part.n, &answer, &is_sent);
    enum tt_loki_verdict verdict = err == TT_OK ? judge(&answer) : TT_LOKI_MAYBE;

    if (err != TT_OK) {
        give_back(push, part.from, part.n, is_sent);
        return err;
    }
    if (answer.date_s > 0) {
        push->loki->date_s = answer.date_s;
        push->loki->date_mono_ns = tt_clock_mono_ns();
    }
    switch (verdict) {
    case TT_LOKI_DONE:
        settle(push, part.from, part.n, TT_FATE_DELIVERED);
        return TT_OK;
    case TT_LOKI_REFUSED:
        settle(push, part.from, part.n, TT_FATE_REFUSED);
        if (push->why->len == 0)
            say_status(push->loki, &push->loki->refused, &answer, "records are refused and dropped",
                       push->why);
        return TT_OK;
    case TT_LOKI_SPLIT:
        if (part.n == 1) {
            refuse_one(push, part.from, &answer);
            return TT_OK;
        }
        give_back(push, part.from, part.n, answer.status != 413);
        stack[(*depth)++] = (struct part){part.from + part.n / 2, part.n - part.n / 2};
        stack[(*depth)++] = (struct part){part.from, part.n / 2};
        return TT_OK;
    case TT_LOKI_AGAIN:
    case TT_LOKI_MAYBE:
        break;
    }
    give_back(push, part.from, part.n, verdict == TT_LOKI_MAYBE);
    return fail(push, &answer);
}

int tt_loki_put(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why)
{
    struct tt_loki *loki = self;
    struct push push = {.loki = loki, .chosen = loki->chosen, .why = why};
    struct part stack[HALVES_MAX];
    unsigned depth = 0;
    int err = TT_OK;

    choose(&push, records, n);
    if (push.n > 0)
        stack[depth++] = (struct part){0, push.n};
    while (depth > 0 && err == TT_OK) {
        depth--;
        err = push_part(&push, stack[depth], stack, &depth);
    }
    return err;
}
