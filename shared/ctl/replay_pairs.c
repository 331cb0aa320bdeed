/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_pairs.h"

#include <stdlib.h>

#include "base/err.h"
#include "intake/pairs.h"
#include "wire/msg.h"

struct tt_replay_pairs {
    struct tt_replay *replay;
    struct tt_pairs *pairs;
};

static void take_exchange(void *arg, const struct tt_exchange *exchange, enum tt_pairs_end end)
{
    struct tt_replay *replay = arg;

    replay->counts.paired += end == TT_PAIRS_PAIRED;
    replay->counts.unpaired += end == TT_PAIRS_UNPAIRED;
    replay->counts.timeouts += exchange->outcome == TT_outcome_TIMEOUT;
    replay->counts.evicted += end == TT_PAIRS_EVICTED;
    tt_replay_observe(replay, exchange);
}

/* As the one who asked sees it. */
static struct tt_exchange exchange_of(const struct tt_replay_wire *wire, bool is_query)
{
    struct tt_exchange_bytes image = {wire->bytes, wire->len};
    struct tt_exchange exchange = {
        .message_type = TT_message_type_CLIENT_RESPONSE,
        .transport = wire->transport,
        .time_us = wire->time_us,
        .asker = is_query ? wire->from : wire->to,
        .answerer = is_query ? wire->to : wire->from,
        .asker_port = is_query ? wire->from_port : wire->to_port,
        .answerer_port = is_query ? wire->to_port : wire->from_port,
        .has_asker_port = true,
        .has_answerer_port = true,
    };

    if (is_query) {
        exchange.query = image;
        exchange.query_size = wire->size;
    } else {
        exchange.outcome = TT_outcome_ANSWERED;
        exchange.response = image;
        exchange.response_size = wire->size;
    }
    return exchange;
}

void tt_replay_pairs_take(struct tt_replay_pairs *pairs, const struct tt_replay_wire *wire)
{
    struct tt_exchange exchange;
    bool is_query;

    if (wire->len < TT_MSG_HEADER_LEN) {
        tt_replay_skip(pairs->replay, TT_REPLAY_SKIP_NOT_DNS);
        return;
    }
    is_query = (wire->bytes[2] & 0x80) == 0;
    exchange = exchange_of(wire, is_query);
    if (!is_query)
        tt_pairs_response(pairs->pairs, &exchange);
    else if (tt_pairs_query(pairs->pairs, &exchange) != TT_OK)
        tt_replay_skip(pairs->replay, TT_REPLAY_SKIP_NO_MEMORY);
}

int tt_replay_pairs_new(struct tt_replay *replay, struct tt_replay_pairs **pairs)
{
    static const struct tt_pairs_limits limits = {
        .timeout_us = TT_REPLAY_TIMEOUT_US,
        .queries_max = TT_REPLAY_PAIRS_MAX,
        .bytes_max = TT_REPLAY_PAIRS_BYTES,
    };

    *pairs = calloc(1, sizeof(**pairs));
    if (*pairs == NULL)
        return TT_ENOMEM;
    (*pairs)->replay = replay;
    if (tt_pairs_new(&limits, take_exchange, replay, &(*pairs)->pairs) == TT_OK)
        return TT_OK;
    free(*pairs);
    *pairs = NULL;
    return TT_ENOMEM;
}

void tt_replay_pairs_advance(struct tt_replay_pairs *pairs, uint64_t time_us)
{
    tt_pairs_advance(pairs->pairs, time_us);
}

void tt_replay_pairs_flush(struct tt_replay_pairs *pairs)
{
    tt_pairs_flush(pairs->pairs);
}

void tt_replay_pairs_end(struct tt_replay_pairs **pairs)
{
    if (*pairs != NULL) {
        tt_pairs_flush((*pairs)->pairs);
        tt_pairs_free(&(*pairs)->pairs);
    }
    free(*pairs);
    *pairs = NULL;
}
