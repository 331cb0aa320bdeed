/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/head.h"

#include "event/words.h"

/* A field whose presence is a `have` bit of the observation. */
#define SET_IF(id, bit, value)                                                                     \
    do {                                                                                           \
        if (obs->have & (bit))                                                                     \
            TT_EVENT_SET(event, id, value);                                                        \
    } while (0)

#define SET_FLAG_IF(id, bit, flag) SET_IF(id, bit, (obs->flags & (flag)) != 0)

/* A word of an enumeration; a number without one is left out, whoever wrote it. */
#define SET_WORD(id, type, value)                                                                  \
    do {                                                                                           \
        unsigned number = (value);                                                                 \
        if (number < TT_##type##_END && tt_##type##_words[number].ptr != NULL)                     \
            TT_EVENT_SET(event, id, (uint8_t)number);                                              \
    } while (0)

#define SET_IP(id)                                                                                 \
    do {                                                                                           \
        if (obs->id.family == 4 || obs->id.family == 6)                                            \
            TT_EVENT_SET(event, id, obs->id);                                                      \
    } while (0)

static void set_origin(struct tt_event *event, const struct tt_event_origin *origin)
{
    event->random = origin->random;
    TT_EVENT_SET(event, instance, tt_str_from(origin->instance));
    TT_EVENT_SET(event, node, tt_str_from(origin->node));
    SET_WORD(software, software, origin->software);
    if (origin->region != NULL)
        TT_EVENT_SET(event, source_region, tt_str_from(origin->region));
}

static void set_identity(struct tt_event *event, const struct tt_obs *obs)
{
    TT_EVENT_SET(event, kind, TT_record_kind_DNS);
    TT_EVENT_SET(event, schema_version, TT_EVENT_SCHEMA_VERSION);
    TT_EVENT_SET(event, event_id, obs->sequence);
    TT_EVENT_SET(event, timestamp, obs->time_us);
    if (obs->transaction != 0)
        TT_EVENT_SET(event, transaction_id, obs->transaction);
    if (obs->parent != 0)
        TT_EVENT_SET(event, parent_transaction_id, obs->parent);
    SET_WORD(message_type, message_type, obs->message_type);
    SET_IF(worker, TT_HAVE_WORKER, obs->worker);
}

static void set_question(struct tt_event *event, const struct tt_obs *obs)
{
    SET_IF(query_type, TT_HAVE_QUERY_TYPE, obs->query_type);
    SET_IF(query_class, TT_HAVE_QUERY_TYPE, obs->query_class);
    SET_IF(opcode, TT_HAVE_OPCODE, obs->opcode);
    SET_IF(query_id, TT_HAVE_QUERY_ID, obs->query_id);
    SET_IF(query_size, TT_HAVE_QUERY_SIZE, obs->query_size);
    SET_FLAG_IF(rd, TT_HAVE_QUERY_FLAGS, TT_OBS_RD);
    SET_FLAG_IF(cd, TT_HAVE_QUERY_FLAGS, TT_OBS_CD);
    SET_FLAG_IF(dnssec_ok, TT_HAVE_DNSSEC_OK, TT_OBS_DO);
    SET_IF(edns_udp_size, TT_HAVE_EDNS_UDP_SIZE, obs->edns_udp_size);
    SET_FLAG_IF(coalesced, TT_HAVE_COALESCED, TT_OBS_COALESCED);
}

static void set_client(struct tt_event *event, const struct tt_obs *obs)
{
    SET_IP(client_ip);
    if (TT_EVENT_HAS(event, client_ip)) {
        struct tt_net whole = {obs->client_ip, obs->client_ip.family == 4 ? 32 : 128};
        TT_EVENT_SET(event, client_net, whole); /* each exit cuts it to its prefix: privacy.c */
    }
    SET_IF(client_port, TT_HAVE_CLIENT_PORT, obs->client_port);
    SET_WORD(transport, transport, obs->transport);
    SET_IP(proxied_by);
    SET_IP(server_ip);
    SET_IF(server_port, TT_HAVE_SERVER_PORT, obs->server_port);
}

static void set_answer(struct tt_event *event, const struct tt_obs *obs)
{
    SET_WORD(outcome, outcome, obs->outcome);
    SET_WORD(drop_reason, drop_reason, obs->drop_reason);
    SET_IF(response_code, TT_HAVE_RESPONSE_CODE, obs->response_code);
    SET_FLAG_IF(aa, TT_HAVE_RESPONSE_FLAGS, TT_OBS_AA);
    SET_FLAG_IF(tc, TT_HAVE_TC, TT_OBS_TC);
    SET_FLAG_IF(ra, TT_HAVE_RESPONSE_FLAGS, TT_OBS_RA);
    SET_FLAG_IF(ad, TT_HAVE_AD, TT_OBS_AD);
    SET_IF(answer_count, TT_HAVE_ANSWER_COUNT, obs->answer_count);
    SET_IF(ttl, TT_HAVE_TTL, obs->ttl);
    SET_IF(response_size, TT_HAVE_RESPONSE_SIZE, obs->response_size);
    SET_IF(latency_us, TT_HAVE_LATENCY, obs->latency_us);
    SET_WORD(cache_status, cache_status, obs->cache_status);
    SET_WORD(dnssec_status, dnssec_status, obs->dnssec_status);
    SET_IF(ede_code, TT_HAVE_EDE_CODE, obs->ede_code);
    SET_WORD(policy_action, policy_action, obs->policy_action);
    SET_WORD(servfail_reason, servfail_reason, obs->servfail_reason);
}

static void set_upstream(struct tt_event *event, const struct tt_obs *obs)
{
    SET_IP(upstream_ip);
    SET_IF(upstream_port, TT_HAVE_UPSTREAM_PORT, obs->upstream_port);
    SET_WORD(upstream_transport, transport, obs->upstream_transport);
    SET_WORD(upstream_role, upstream_role, obs->upstream_role);
    SET_IF(upstream_count, TT_HAVE_UPSTREAM_COUNT, obs->upstream_count);
    SET_IF(upstream_rtt_us, TT_HAVE_UPSTREAM_RTT, obs->upstream_rtt_us);
    SET_IF(ttl_original, TT_HAVE_TTL_ORIGINAL, obs->ttl_original);
    SET_FLAG_IF(referral, TT_HAVE_REFERRAL, TT_OBS_REFERRAL);
}

void tt_event_set_head(struct tt_event *event, const struct tt_obs *obs, const struct tt_event_origin *origin)
{
    event->have = (struct tt_fields){{0, 0}};
    set_origin(event, origin);
    set_identity(event, obs);
    set_question(event, obs);
    set_client(event, obs);
    set_answer(event, obs);
    set_upstream(event, obs);
}
