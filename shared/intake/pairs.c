/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "intake/pairs.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "intake/flow.h"
#include "wire/msg.h"

/* WALK_MAX: queries that one response is compared with; a bucket has more only when somebody wants
 * it. */
enum { BUCKETS = 1 << 16, WALK_MAX = 256 };

/* A query that waits, as its asker sees it. */
struct waiting {
    struct waiting *next; /* in its bucket, oldest first */
    struct waiting *newer, *older;
    struct tt_flow flow;
    struct tt_exchange exchange; /* its bytes stand below */
    bool has_question;
    uint64_t question; /* hash of the question, lower case */
    size_t len;
    uint8_t bytes[]; /* query, zone */
};

struct bucket {
    struct waiting *first, *last;
};

struct tt_pairs {
    struct tt_pairs_limits limits;
    tt_pairs_out_f out;
    void *arg;
    uint64_t seed;
    uint64_t now_us; /* latest time of all messages */
    struct waiting *oldest, *newest;
    size_t n, bytes;
    struct bucket buckets[BUCKETS];
};

/* What tells a message from others of the same flow. */
struct question {
    bool is_there;
    uint64_t hash;
};

static struct question read_question(const struct tt_pairs *pairs,
                                     const struct tt_exchange_bytes *image)
{
    struct question question = {false, 0};
    struct tt_msg msg;

    tt_msg_read(&msg, image->ptr, image->len);
    if (!msg.has_question)
        return question;
    tt_name_lower(msg.qname, msg.qname_len);
    question.is_there = true;
    question.hash = XXH3_64bits_withSeed(
        msg.qname, msg.qname_len, pairs->seed ^ ((uint64_t)msg.qtype << 16 | (uint64_t)msg.qclass));
    return question;
}

static struct tt_flow flow_of(const struct tt_exchange *exchange,
                              const struct tt_exchange_bytes *image)
{
    return (struct tt_flow){exchange->asker, exchange->answerer, exchange->asker_port,
                            exchange->answerer_port,
                            (uint16_t)(image->ptr[0] << 8 | image->ptr[1])};
}

static struct bucket *bucket_of(struct tt_pairs *pairs, const struct tt_flow *flow)
{
    return &pairs->buckets[tt_flow_hash(flow, pairs->seed) % BUCKETS];
}

/* Takes it out of bucket and order; the caller frees it. The oldest of all is the first of its
 * bucket. */
static void take_out(struct tt_pairs *pairs, struct waiting *query)
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

static void give_up(struct tt_pairs *pairs, struct waiting *query, uint64_t time_us,
                    enum tt_pairs_end end)
{
    take_out(pairs, query);
    query->exchange.outcome = TT_outcome_TIMEOUT;
    query->exchange.time_us = time_us;
    pairs->out(pairs->arg, &query->exchange, end);
    free(query);
}

void tt_pairs_advance(struct tt_pairs *pairs, uint64_t time_us)
{
    uint64_t timeout_us = pairs->limits.timeout_us;

    pairs->now_us = TT_MAX(pairs->now_us, time_us);
    while (pairs->oldest != NULL && pairs->oldest->exchange.time_us + timeout_us <= pairs->now_us)
        give_up(pairs, pairs->oldest, pairs->oldest->exchange.time_us + timeout_us,
                TT_PAIRS_TIMED_OUT);
}

/* Both images and the zone are copied; what no observation holds of a query is not. */
static struct waiting *copy_query(const struct tt_pairs *pairs, const struct tt_exchange *from)
{
    size_t len = TT_MIN(from->query.len, (size_t)TT_OBS_IMAGE_MAX);
    size_t zone_len = from->zone.len <= TT_NAME_MAX ? from->zone.len : 0;
    struct question question = read_question(pairs, &from->query);
    struct waiting *query = malloc(sizeof(*query) + len + zone_len);

    if (query == NULL)
        return NULL;
    *query = (struct waiting){.flow = flow_of(from, &from->query),
                              .exchange = *from,
                              .has_question = question.is_there,
                              .question = question.hash,
                              .len = len + zone_len};
    memcpy(query->bytes, from->query.ptr, len);
    query->exchange.query = (struct tt_exchange_bytes){query->bytes, len};
    query->exchange.response = query->exchange.policy_name = (struct tt_exchange_bytes){NULL, 0};
    query->exchange.zone = (struct tt_exchange_bytes){NULL, 0};
    if (zone_len > 0) {
        memcpy(query->bytes + len, from->zone.ptr, zone_len);
        query->exchange.zone = (struct tt_exchange_bytes){query->bytes + len, zone_len};
    }
    return query;
}

int tt_pairs_query(struct tt_pairs *pairs, const struct tt_exchange *from)
{
    struct bucket *bucket;
    struct waiting *query;

    tt_pairs_advance(pairs, from->time_us);
    while (pairs->oldest != NULL &&
           (pairs->n >= pairs->limits.queries_max || pairs->bytes >= pairs->limits.bytes_max))
        give_up(pairs, pairs->oldest, pairs->now_us, TT_PAIRS_EVICTED);
    query = copy_query(pairs, from);
    if (query == NULL)
        return TT_ENOMEM;
    bucket = bucket_of(pairs, &query->flow);
    query->older = pairs->newest;
    *(pairs->newest != NULL ? &pairs->newest->newer : &pairs->oldest) = query;
    pairs->newest = query;
    *(bucket->last != NULL ? &bucket->last->next : &bucket->first) = query;
    bucket->last = query;
    pairs->n++;
    pairs->bytes += sizeof(*query) + query->len;
    return TT_OK;
}

/* The oldest query that this can be the response to. One without a readable question answers any.
 */
static struct waiting *find_query(struct tt_pairs *pairs, const struct tt_exchange *response)
{
    struct question question = read_question(pairs, &response->response);
    struct tt_flow flow = flow_of(response, &response->response);
    struct waiting *query = bucket_of(pairs, &flow)->first;

    for (unsigned i = 0; query != NULL && i < WALK_MAX; query = query->next, i++)
        if (query->exchange.transport == response->transport &&
            tt_flow_equal(&query->flow, &flow) &&
            (!query->has_question || !question.is_there || query->question == question.hash))
            return query;
    return NULL;
}

/* What the response does not say itself is taken from its query. */
static void fill_up(struct tt_exchange *exchange, const struct tt_exchange *query)
{
    if (exchange->query.ptr == NULL) {
        exchange->query = query->query;
        exchange->query_size = query->query_size;
    }
    if (exchange->zone.ptr == NULL)
        exchange->zone = query->zone;
    if (!exchange->has_took && exchange->time_us >= query->time_us) {
        exchange->has_took = true;
        exchange->took_us = exchange->time_us - query->time_us;
    }
}

void tt_pairs_response(struct tt_pairs *pairs, const struct tt_exchange *response)
{
    struct tt_exchange exchange = *response;
    struct waiting *query;

    tt_pairs_advance(pairs, response->time_us);
    query = find_query(pairs, response);
    if (query != NULL) {
        take_out(pairs, query);
        fill_up(&exchange, &query->exchange);
    }
    pairs->out(pairs->arg, &exchange, query != NULL ? TT_PAIRS_PAIRED : TT_PAIRS_UNPAIRED);
    free(query);
}

int tt_pairs_new(const struct tt_pairs_limits *limits, tt_pairs_out_f out, void *arg,
                 struct tt_pairs **pairs)
{
    *pairs = calloc(1, sizeof(**pairs));
    if (*pairs == NULL)
        return TT_ENOMEM;
    (*pairs)->limits = *limits;
    (*pairs)->out = out;
    (*pairs)->arg = arg;
    (*pairs)->seed = tt_flow_seed();
    return TT_OK;
}

void tt_pairs_flush(struct tt_pairs *pairs)
{
    while (pairs->oldest != NULL)
        give_up(pairs, pairs->oldest, TT_MAX(pairs->now_us, pairs->oldest->exchange.time_us),
                TT_PAIRS_LEFT);
}

void tt_pairs_set_back(struct tt_pairs *pairs, uint64_t time_us)
{
    tt_pairs_flush(pairs);
    pairs->now_us = time_us;
}

size_t tt_pairs_waiting(const struct tt_pairs *pairs)
{
    return pairs->n;
}

void tt_pairs_free(struct tt_pairs **pairs)
{
    while (*pairs != NULL && (*pairs)->oldest != NULL) {
        struct waiting *query = (*pairs)->oldest;
        take_out(*pairs, query);
        free(query);
    }
    free(*pairs);
    *pairs = NULL;
}
