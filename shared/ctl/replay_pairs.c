/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_pairs.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ctl/replay_flow.h"
#include "wire/msg.h"

/* WALK_MAX: queries that one response is compared with; a bucket has more only when somebody wants
 * it. */
enum { BUCKETS = 1 << 16, WALK_MAX = 256 };

/* A query that waits, as its client sees it. */
struct waiting {
    struct waiting *next; /* in its bucket, oldest first */
    struct waiting *newer, *older;
    struct tt_replay_flow flow;
    uint8_t transport;
    bool has_question;
    uint64_t question; /* hash of the question, lower case */
    uint64_t time_us;
    size_t size, len;
    uint8_t bytes[];
};

struct bucket {
    struct waiting *first, *last;
};

struct tt_replay_pairs {
    struct tt_replay *replay;
    uint64_t seed;
    uint64_t now_us; /* latest time of the capture */
    struct waiting *oldest, *newest;
    size_t n, bytes;
    struct bucket buckets[BUCKETS];
};

/* What tells a message from others of the same flow. */
struct question {
    bool is_there;
    uint64_t hash;
};

static struct question read_question(const struct tt_replay_pairs *pairs,
                                     const struct tt_replay_wire *wire)
{
    struct question question = {false, 0};
    struct tt_msg msg;

    tt_msg_read(&msg, wire->bytes, wire->len);
    if (!msg.has_question)
        return question;
    tt_name_lower(msg.qname, msg.qname_len);
    question.is_there = true;
    question.hash = XXH3_64bits_withSeed(
        msg.qname, msg.qname_len, pairs->seed ^ ((uint64_t)msg.qtype << 16 | (uint64_t)msg.qclass));
    return question;
}

static struct bucket *bucket_of(struct tt_replay_pairs *pairs, const struct tt_replay_flow *flow)
{
    return &pairs->buckets[tt_replay_flow_hash(flow, pairs->seed) % BUCKETS];
}

/* Takes it out of bucket and order; the caller frees it. The oldest of all is the first of its
 * bucket. */
static void take_out(struct tt_replay_pairs *pairs, struct waiting *query)
{
    struct bucket *bucket = bucket_of(pairs, &query->flow);
    struct waiting *before = NULL;

    while ((before == NULL ? bucket->first : before->next) != query)
        before = before == NULL ? bucket->first : before->next;
    *(before == NULL ? &bucket->first : &before->next) = query->next;
    if (bucket->last == query)
        bucket->last = before;
    *(query->older != NULL ? &query->older->newer : &pairs->oldest) = query->newer;
    *(query->newer != NULL ? &query->newer->older : &pairs->newest) = query->older;
    pairs->n--;
    pairs->bytes -= sizeof(*query) + query->len;
}

static void set_query(struct tt_replay_exchange *exchange, const struct waiting *query)
{
    exchange->query = (struct tt_replay_bytes){query->bytes, query->len};
    exchange->query_size = query->size;
}

static struct tt_replay_exchange exchange_of(const struct tt_replay_flow *flow, uint8_t transport,
                                             uint8_t outcome)
{
    return (struct tt_replay_exchange){
        .message_type = TT_message_type_CLIENT_RESPONSE,
        .transport = transport,
        .outcome = outcome,
        .asker = flow->from,
        .answerer = flow->to,
        .has_asker_port = true,
        .has_answerer_port = true,
        .asker_port = flow->from_port,
        .answerer_port = flow->to_port,
    };
}

static void give_up(struct tt_replay_pairs *pairs, struct waiting *query, uint64_t time_us)
{
    struct tt_replay_exchange exchange =
        exchange_of(&query->flow, query->transport, TT_outcome_TIMEOUT);

    take_out(pairs, query);
    exchange.time_us = time_us;
    set_query(&exchange, query);
    pairs->replay->counts.timeouts++;
    tt_replay_observe(pairs->replay, &exchange);
    free(query);
}

void tt_replay_pairs_advance(struct tt_replay_pairs *pairs, uint64_t time_us)
{
    pairs->now_us = TT_MAX(pairs->now_us, time_us);
    while (pairs->oldest != NULL && pairs->oldest->time_us + TT_REPLAY_TIMEOUT_US <= pairs->now_us)
        give_up(pairs, pairs->oldest, pairs->oldest->time_us + TT_REPLAY_TIMEOUT_US);
}

static struct waiting *new_query(struct tt_replay_pairs *pairs, const struct tt_replay_wire *wire,
                                 const struct tt_replay_flow *flow)
{
    size_t len = TT_MIN(wire->len, (size_t)TT_OBS_IMAGE_MAX);
    struct question question = read_question(pairs, wire);
    struct waiting *query = malloc(sizeof(*query) + len);

    if (query == NULL)
        return NULL;
    *query = (struct waiting){.older = pairs->newest,
                              .flow = *flow,
                              .transport = wire->transport,
                              .has_question = question.is_there,
                              .question = question.hash,
                              .time_us = wire->time_us,
                              .size = wire->size,
                              .len = len};
    memcpy(query->bytes, wire->bytes, len);
    return query;
}

static void add_query(struct tt_replay_pairs *pairs, const struct tt_replay_wire *wire,
                      const struct tt_replay_flow *flow)
{
    struct bucket *bucket = bucket_of(pairs, flow);
    struct waiting *query;

    while (pairs->oldest != NULL &&
           (pairs->n >= TT_REPLAY_PAIRS_MAX || pairs->bytes >= TT_REPLAY_PAIRS_BYTES)) {
        pairs->replay->counts.evicted++;
        give_up(pairs, pairs->oldest, pairs->now_us);
    }
    query = new_query(pairs, wire, flow);
    if (query == NULL) {
        tt_replay_skip(pairs->replay, TT_REPLAY_SKIP_NO_MEMORY);
        return;
    }
    *(pairs->newest != NULL ? &pairs->newest->newer : &pairs->oldest) = query;
    pairs->newest = query;
    *(bucket->last != NULL ? &bucket->last->next : &bucket->first) = query;
    bucket->last = query;
    pairs->n++;
    pairs->bytes += sizeof(*query) + query->len;
}

/* The oldest query that this can be the response to. One without a readable question answers any.
 */
static struct waiting *find_query(struct tt_replay_pairs *pairs, const struct tt_replay_wire *wire,
                                  const struct tt_replay_flow *flow)
{
    struct question question = read_question(pairs, wire);
    struct waiting *query = bucket_of(pairs, flow)->first;

    for (unsigned i = 0; query != NULL && i < WALK_MAX; query = query->next, i++)
        if (query->transport == wire->transport && tt_replay_flow_equal(&query->flow, flow) &&
            (!query->has_question || !question.is_there || query->question == question.hash))
            return query;
    return NULL;
}

static void take_response(struct tt_replay_pairs *pairs, const struct tt_replay_wire *wire,
                          const struct tt_replay_flow *flow)
{
    struct tt_replay_exchange exchange = exchange_of(flow, wire->transport, TT_outcome_ANSWERED);
    struct waiting *query = find_query(pairs, wire, flow);

    exchange.time_us = wire->time_us;
    exchange.response = (struct tt_replay_bytes){wire->bytes, wire->len};
    exchange.response_size = wire->size;
    if (query != NULL) {
        take_out(pairs, query);
        set_query(&exchange, query);
        exchange.has_took = wire->time_us >= query->time_us;
        exchange.took_us = exchange.has_took ? wire->time_us - query->time_us : 0;
        pairs->replay->counts.paired++;
    } else {
        pairs->replay->counts.unpaired++;
    }
    tt_replay_observe(pairs->replay, &exchange);
    free(query);
}

void tt_replay_pairs_take(struct tt_replay_pairs *pairs, const struct tt_replay_wire *wire)
{
    struct tt_replay_flow flow = {wire->from, wire->to, wire->from_port, wire->to_port, 0};

    if (wire->len < TT_MSG_HEADER_LEN) {
        tt_replay_skip(pairs->replay, TT_REPLAY_SKIP_NOT_DNS);
        return;
    }
    tt_replay_pairs_advance(pairs, wire->time_us);
    flow.number = (uint16_t)(wire->bytes[0] << 8 | wire->bytes[1]);
    if ((wire->bytes[2] & 0x80) == 0) {
        add_query(pairs, wire, &flow);
        return;
    }
    /* The flow of its query. */
    flow.from = wire->to;
    flow.to = wire->from;
    flow.from_port = wire->to_port;
    flow.to_port = wire->from_port;
    take_response(pairs, wire, &flow);
}

int tt_replay_pairs_new(struct tt_replay *replay, struct tt_replay_pairs **pairs)
{
    *pairs = calloc(1, sizeof(**pairs));
    if (*pairs == NULL)
        return TT_ENOMEM;
    (*pairs)->replay = replay;
    (*pairs)->seed = tt_replay_flow_seed();
    return TT_OK;
}

void tt_replay_pairs_flush(struct tt_replay_pairs *pairs)
{
    while (pairs->oldest != NULL)
        give_up(pairs, pairs->oldest, TT_MAX(pairs->now_us, pairs->oldest->time_us));
}

void tt_replay_pairs_end(struct tt_replay_pairs **pairs)
{
    if (*pairs != NULL)
        tt_replay_pairs_flush(*pairs);
    free(*pairs);
    *pairs = NULL;
}
