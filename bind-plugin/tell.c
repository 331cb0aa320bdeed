/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "tell.h"

#include <netinet/in.h>

#include "judge.h"
#include "seats.h"
#include "sent.h"

enum { RCODE_SERVFAIL = 2 };

static void take_address(const struct sockaddr *from, struct tt_ip *ip, uint16_t *port)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)from;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)from;

    if (from->sa_family == AF_INET) {
        ip->family = 4;
        memcpy(ip->bytes, &v4->sin_addr, 4);
        *port = ntohs(v4->sin_port);
    } else if (from->sa_family == AF_INET6) {
        ip->family = 6;
        memcpy(ip->bytes, &v6->sin6_addr, 16);
        *port = ntohs(v6->sin6_port);
    }
}

void tt_tell_arrive(struct tt_query *query, const uint8_t *image, size_t len, size_t qname_len,
                    const struct sockaddr *proxy)
{
    uint16_t port;

    if (TT_UNLIKELY(proxy != NULL))
        take_address(proxy, &query->proxied_by, &port);
    if (TT_UNLIKELY(len < TT_SENT_HEADER_LEN || len > UINT16_MAX))
        return;
    query->query_size = (uint16_t)len;
    if (image != NULL)
        query->edns_udp_size = tt_sent_edns_size(image, len, qname_len);
}

static void fill_sides(struct tt_obs *obs, const struct tt_query *query, const struct tt_shim_facts *facts)
{
    take_address(facts->client, &obs->client_ip, &obs->client_port);
    take_address(facts->server, &obs->server_ip, &obs->server_port);
    obs->have |= (obs->client_ip.family != 0 ? TT_HAVE_CLIENT_PORT : 0u) |
                 (obs->server_ip.family != 0 ? TT_HAVE_SERVER_PORT : 0u);
    obs->proxied_by = query->proxied_by;
}

/* named keeps the option parsed (RFC 7871 section 6). */
static void put_ecs(struct tt_obs_writer *writer, const struct tt_shim_facts *facts)
{
    uint8_t option[4 + 16] = {0, facts->ecs_family, facts->ecs_prefix, 0};
    size_t len = facts->ecs_family != 0 ? TT_MIN(((size_t)facts->ecs_prefix + 7) / 8, (size_t)16) : 0;

    if (facts->ecs_address != NULL)
        memcpy(option + 4, facts->ecs_address, len);
    (void)tt_obs_put(writer, TT_TAIL_ECS, 0, option, 4 + len);
}

static void fill_question(struct tt_obs_writer *writer, const struct tt_shim_facts *facts)
{
    struct tt_obs *obs = writer->obs;

    obs->query_id = facts->id;
    obs->have |= TT_HAVE_QUERY_ID | TT_HAVE_DNSSEC_OK;
    obs->flags |= facts->is_dnssec_ok ? TT_OBS_DO : 0;
    if (TT_LIKELY(facts->name != NULL)) {
        (void)tt_obs_put(writer, TT_TAIL_QNAME, 0, facts->name, facts->name_len);
        obs->query_type = facts->type;
        obs->query_class = facts->rr_class;
        obs->have |= TT_HAVE_QUERY_TYPE;
    }
    if (TT_UNLIKELY(facts->has_ecs))
        put_ecs(writer, facts);
}

static void fill_how(struct tt_obs_writer *writer, const struct tt_shim_facts *facts)
{
    if (facts->view_name != NULL)
        (void)tt_obs_put(writer, TT_TAIL_VIEW, 0, facts->view_name, strnlen(facts->view_name, TT_OBS_TEXT_MAX));
    if (TT_LIKELY(facts->ede == NULL || facts->ede_len < 2))
        return;
    writer->obs->ede_code = (uint16_t)(facts->ede[0] << 8 | facts->ede[1]);
    writer->obs->have |= TT_HAVE_EDE_CODE;
    if (facts->ede_len > 2)
        (void)tt_obs_put(writer, TT_TAIL_EDE_TEXT, 0, facts->ede + 2, facts->ede_len - 2u);
}

/* A fetch that brought an answer and cost no exchange was somebody else's, joined. */
static void fill_work(struct tt_obs *obs, const struct tt_query *query, const struct tt_shim_facts *facts)
{
    if (TT_LIKELY(query->transaction == 0 || !facts->counts_exchanges))
        return;
    if (facts->exchanges_n > 0) {
        obs->upstream_count = (uint16_t)TT_MIN(facts->exchanges_n, (uint32_t)UINT16_MAX);
        obs->have |= TT_HAVE_UPSTREAM_COUNT | TT_HAVE_COALESCED;
    } else if (query->fetches_n > 0 && facts->is_answered && query->servfail_reason == 0) {
        obs->flags |= TT_OBS_COALESCED;
        obs->have |= TT_HAVE_COALESCED;
    }
}

static void fill_answer(struct tt_obs_writer *writer, const struct tt_query *query, const struct tt_shim_facts *facts)
{
    if (facts->is_referral) {
        writer->obs->flags |= TT_OBS_REFERRAL;
        writer->obs->have |= TT_HAVE_REFERRAL;
    }
    tt_sent_fill(writer, facts->sent, facts->sent_cap, facts->name != NULL ? facts->name_len : 0,
                 (tt_seats_wants(query) & TT_WANT_ANSWERS) != 0);
}

void tt_tell(struct tt_query *query, const struct tt_shim_facts *facts)
{
    bool has_answer = facts->is_answered && tt_sent_is_response(facts->sent, facts->sent_cap, facts->id);
    uint8_t message_type;
    struct tt_obs_writer writer;
    struct tt_obs *obs;

    if (!facts->is_answered)
        tt_judge_drop(query, facts);
    else if (has_answer && TT_UNLIKELY(tt_sent_rcode(facts->sent) == RCODE_SERVFAIL))
        tt_judge_failure(query, facts);
    message_type = query->cache_status == TT_cache_status_AUTHORITATIVE ? TT_message_type_AUTH_RESPONSE
                                                                        : TT_message_type_CLIENT_RESPONSE;
    obs = tt_seats_claim(query, message_type, &writer);
    if (TT_UNLIKELY(obs == NULL))
        return;
    obs->shape = TT_OBS_FACTS;
    obs->outcome = facts->is_answered ? TT_outcome_ANSWERED : TT_outcome_DROPPED;
    fill_sides(obs, query, facts);
    fill_question(&writer, facts);
    if (has_answer)
        fill_answer(&writer, query, facts);
    fill_how(&writer, facts);
    fill_work(obs, query, facts);
    tt_seats_commit(query, &writer);
}
