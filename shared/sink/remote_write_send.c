/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/remote_write_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "sink/remote_write_bisect.h"

static const uint64_t second_ns = UINT64_C(1000000000);

/* Of what a server says: enough to know it by. */
enum { BODY_SHOWN = 600 };

/* Faults of the request itself that Prometheus answers with 500, which asks for the same again. */
static const char *const poison_words[] = {"is not unique", "not unique: invalid",
                                           "native histograms are disabled"};

static bool says_poison(struct tt_str body)
{
    for (unsigned i = 0; i < TT_COUNT(poison_words); i++) {
        if (body.len > 0 &&
            memmem(body.ptr, body.len, poison_words[i], strlen(poison_words[i])) != NULL)
            return true;
    }
    return false;
}

/* 401, 403, 404, 405, 407, 408 and 425 say nothing about the samples: they wait until somebody has
 * mended it. */
enum tt_rw_verdict tt_rw_judge(const struct tt_http_answer *answer)
{
    switch (answer->status) {
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
    case 408:
    case 425:
    case 429:
        return TT_RW_LATER;
    case 413:
        return TT_RW_TOO_LARGE;
    case 500:
        return says_poison(answer->body) ? TT_RW_POISON : TT_RW_SICK;
    default:
        if (answer->status >= 200 && answer->status < 300)
            return TT_RW_DONE;
        if (answer->status >= 400 && answer->status < 500)
            return TT_RW_REFUSED;
        return answer->status >= 500 ? TT_RW_UNKNOWN : TT_RW_LATER;
    }
}

void tt_rw_put_answer(struct tt_buf *buf, const struct tt_http_answer *answer)
{
    static const char mark[] = "\xEF\xBF\xBD"; /* what cleaning makes of the end of a line */
    const size_t mark_len = sizeof(mark) - 1;
    size_t len = TT_MIN(answer->body.len, BODY_SHOWN);

    while (len >= mark_len && memcmp(answer->body.ptr + len - mark_len, mark, mark_len) == 0)
        len -= mark_len;
    tt_buf_format(buf, len > 0 ? "%d: " : "%d", answer->status);
    tt_buf_bytes(buf, answer->body.ptr, len);
}

enum tt_rw_verdict tt_rw_send_post(struct tt_rw_send *send, struct tt_str body, unsigned retry,
                                   struct tt_buf *why)
{
    char attempt[40];
    const char *headers[] = {"Content-Type: application/x-protobuf", "Content-Encoding: snappy",
                             "X-Prometheus-Remote-Write-Version: 0.1.0", retry > 0 ? attempt : NULL,
                             NULL};
    struct tt_http_answer answer = {0};
    bool is_sent = false;
    enum tt_rw_verdict verdict;

    snprintf(attempt, sizeof(attempt), "Retry-Attempt: %u", retry);
    if (tt_http_post(send->http, headers, body.ptr, body.len, &answer, &is_sent, why) != TT_OK)
        return is_sent ? TT_RW_UNKNOWN : TT_RW_LATER;
    send->date_s = answer.date_s;
    verdict = tt_rw_judge(&answer);
    if (verdict == TT_RW_DONE)
        return verdict;
    tt_buf_reset(why);
    tt_buf_text(why, "the server answers ");
    tt_rw_put_answer(why, &answer);
    if (answer.retry_after_s > 0 && verdict != TT_RW_REFUSED && verdict != TT_RW_TOO_LARGE)
        tt_sink_wait_for(send->owner, answer.retry_after_s * second_ns);
    return verdict;
}

/* Keeps a request that the server took. */
static void keep_taken(struct tt_rw_send *send, const struct tt_sink_record *record)
{
    if (send->taken_cap < record->len) {
        uint8_t *grown = realloc(send->taken, record->len);
        if (grown == NULL)
            return;
        send->taken = grown;
        send->taken_cap = record->len;
    }
    memcpy(send->taken, record->data, record->len);
    send->taken_len = record->len;
}

/* Starts the counts anew for another request than the last. */
static void look_at(struct tt_rw_send *send, const struct tt_sink_record *record)
{
    uint64_t digest = XXH3_64bits(record->data, record->len);

    if (digest != send->digest)
        send->tries_n = send->sick_n = 0;
    send->digest = digest;
}

static int set_later(struct tt_rw_send *send, struct tt_sink_record *record,
                     enum tt_rw_verdict verdict)
{
    send->tries_n++;
    record->fate = verdict == TT_RW_LATER ? TT_FATE_AGAIN : TT_FATE_MAYBE;
    return TT_EAGAIN;
}

/* The request may be the reason for 500. */
static enum tt_rw_verdict look_into(struct tt_rw_send *send, struct tt_sink_record *record,
                                    enum tt_rw_verdict verdict, struct tt_buf *why)
{
    struct tt_str body = {record->data, record->len},
                  taken = {(const char *)send->taken, (uint32_t)send->taken_len};

    if (verdict == TT_RW_SICK) {
        send->sick_n++;
        if (send->sick_n < TT_RW_SICK_MAX)
            return TT_RW_UNKNOWN;
        if (!tt_rw_takes_others(send, body, taken))
            return TT_RW_UNKNOWN;
    }
    return tt_rw_bisect(send, body, &record->refused_n, why);
}

int tt_rw_send_record(struct tt_rw_send *send, struct tt_sink_record *record, struct tt_buf *why)
{
    struct tt_str body = {record->data, record->len};
    enum tt_rw_verdict verdict;

    look_at(send, record);
    record->refused_n = 0;
    verdict = tt_rw_send_post(send, body, send->tries_n, why);
    if (verdict == TT_RW_DONE)
        keep_taken(send, record);
    if (verdict == TT_RW_SICK || verdict == TT_RW_POISON)
        verdict = look_into(send, record, verdict, why);
    switch (verdict) {
    case TT_RW_DONE:
        record->fate = TT_FATE_DELIVERED;
        break;
    case TT_RW_REFUSED:
        record->fate = TT_FATE_REFUSED;
        break;
    case TT_RW_TOO_LARGE:
        record->fate = TT_FATE_TOO_LARGE;
        break;
    default:
        return set_later(send, record, verdict);
    }
    send->tries_n = send->sick_n = 0;
    return TT_OK;
}

void tt_rw_send_fini(struct tt_rw_send *send)
{
    free(send->taken);
    send->taken = NULL;
    send->taken_len = send->taken_cap = 0;
}
