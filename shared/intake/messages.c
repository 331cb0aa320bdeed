/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "intake/messages.h"

#include "base/err.h"
#include "base/log.h"
#include "wire/msg.h"

enum { SET_BACK_US = 2000000 /* a clock that moved so much was set */ };

static void count(uint64_t *counter)
{
    __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/*
 * BIND 9.18 calls every exchange RESOLVER_*: it looks for RD in the query after it has cleared it
 * (resolver.c, resquery_send and rctx_logpacket). It sets RD when it asks a forwarder, and only
 * then; a response repeats it.
 */
static bool is_of_forwarder(const struct tt_exchange *exchange)
{
    const struct tt_exchange_bytes *image =
        exchange->query.ptr != NULL ? &exchange->query : &exchange->response;

    return image->len >= TT_MSG_HEADER_LEN && ((unsigned)image->ptr[2] << 8 & TT_MSG_RD) != 0;
}

/* What was given up for want of room, or with the clock, may have been answered: it is no event. */
static void take_end(void *arg, const struct tt_exchange *exchange, enum tt_pairs_end end)
{
    struct tt_messages *messages = arg;
    struct tt_exchange told = *exchange;

    count(&messages->counts->ends[end]);
    if (end == TT_PAIRS_EVICTED || end == TT_PAIRS_LEFT)
        return;
    if (is_of_forwarder(exchange))
        told.message_type = TT_message_type_FORWARDER_RESPONSE;
    messages->out(messages->arg, &told);
}

int tt_messages_init(struct tt_messages *messages, tt_messages_out_f out, void *arg,
                     struct tt_messages_counts *counts)
{
    static const struct tt_pairs_limits limits = {
        .timeout_us = TT_MESSAGES_TIMEOUT_US,
        .queries_max = TT_MESSAGES_QUERIES_MAX,
        .bytes_max = TT_MESSAGES_BYTES_MAX,
    };

    *messages = (struct tt_messages){.counts = counts, .out = out, .arg = arg};
    return tt_pairs_new(&limits, take_end, messages, &messages->pairs);
}

void tt_messages_fini(struct tt_messages *messages)
{
    tt_pairs_free(&messages->pairs);
}

static void ignore(struct tt_messages *messages, unsigned type)
{
    if (!messages->has_told)
        tt_log(TT_LOG_WARNING,
               "upstream: the host sends %s messages, which are of no use here: counted and "
               "ignored; what "
               "named.conf should have is: dnstap { resolver; forwarder; };",
               tt_dnstap_type_word(type));
    messages->has_told = true;
}

static enum tt_messages_frame take_query(struct tt_messages *messages,
                                         const struct tt_exchange *exchange)
{
    if (exchange->query.len < TT_MSG_HEADER_LEN)
        return TT_MESSAGES_MALFORMED;
    return tt_pairs_query(messages->pairs, exchange) == TT_OK ? TT_MESSAGES_QUERY
                                                              : TT_MESSAGES_NO_MEMORY;
}

static enum tt_messages_frame take_response(struct tt_messages *messages,
                                            const struct tt_exchange *exchange)
{
    if (exchange->response.len < TT_MSG_HEADER_LEN)
        return TT_MESSAGES_MALFORMED;
    tt_pairs_response(messages->pairs, exchange);
    return TT_MESSAGES_RESPONSE;
}

static enum tt_messages_frame take(struct tt_messages *messages, const void *payload, size_t len)
{
    const struct tt_dnstap_message *message;
    struct tt_exchange exchange;
    struct tt_dnstap dnstap;

    if (tt_dnstap_read(&dnstap, payload, len) != TT_OK ||
        !tt_dnstap_has(dnstap.have, TT_DNSTAP_F_MESSAGE))
        return TT_MESSAGES_MALFORMED;
    message = &dnstap.message;
    tt_exchange_from_dnstap(message, &exchange);
    if (exchange.message_type != TT_message_type_RESOLVER_RESPONSE &&
        exchange.message_type != TT_message_type_FORWARDER_RESPONSE) {
        ignore(messages, message->type);
        return TT_MESSAGES_IGNORED;
    }
    if (exchange.time_us == 0)
        return TT_MESSAGES_MALFORMED;
    /* By the same clock as ours, so never later; a wrong time would end all that waits. */
    exchange.time_us = TT_MIN(exchange.time_us, messages->now_us);
    return tt_dnstap_is_query(message->type) ? take_query(messages, &exchange)
                                             : take_response(messages, &exchange);
}

/* When the clock is set back, what waits would otherwise end at once, and all that comes as well.
 */
static void set_time(struct tt_messages *messages, uint64_t now_us)
{
    if (now_us + SET_BACK_US < messages->now_us)
        tt_pairs_set_back(messages->pairs, now_us);
    messages->now_us = now_us;
}

void tt_messages_take(struct tt_messages *messages, const void *payload, size_t len,
                      uint64_t now_us)
{
    set_time(messages, now_us);
    count(&messages->counts->frames[take(messages, payload, len)]);
}

void tt_messages_tick(struct tt_messages *messages, uint64_t now_us)
{
    set_time(messages, now_us);
    tt_pairs_advance(messages->pairs, now_us - TT_MIN(now_us, (uint64_t)TT_MESSAGES_LATE_US));
}
