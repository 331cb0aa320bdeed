/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* An exchange as an observation of shape bytes. */

#include "intake/exchange.h"

#include "wire/msg.h"
#include "wire/summary.h"

enum { QUERY_MAX = 1024 /* of the room for images, when both do not fit */ };

static bool is_of_client(const struct tt_exchange *exchange)
{
    return exchange->message_type == TT_message_type_CLIENT_RESPONSE ||
           exchange->message_type == TT_message_type_AUTH_RESPONSE;
}

static void set_client(struct tt_obs *obs, const struct tt_exchange *exchange)
{
    obs->client_ip = exchange->asker;
    obs->server_ip = exchange->answerer;
    obs->client_port = exchange->asker_port;
    obs->server_port = exchange->answerer_port;
    obs->have |= exchange->has_asker_port ? TT_HAVE_CLIENT_PORT : 0;
    obs->have |= exchange->has_answerer_port ? TT_HAVE_SERVER_PORT : 0;
    obs->transport = exchange->transport;
    obs->latency_us = (uint32_t)TT_MIN(exchange->took_us, (uint64_t)UINT32_MAX);
    obs->have |= exchange->has_took ? TT_HAVE_LATENCY : 0;
}

static void set_upstream(struct tt_obs *obs, const struct tt_exchange *exchange)
{
    obs->upstream_ip = exchange->answerer;
    obs->upstream_port = exchange->answerer_port;
    obs->have |= exchange->has_answerer_port ? TT_HAVE_UPSTREAM_PORT : 0;
    obs->upstream_transport = exchange->transport;
    obs->upstream_role = exchange->message_type == TT_message_type_FORWARDER_RESPONSE
                             ? TT_upstream_role_FORWARDER
                             : TT_upstream_role_AUTHORITY;
    obs->upstream_rtt_us = (uint32_t)TT_MIN(exchange->took_us, (uint64_t)UINT32_MAX);
    obs->have |= exchange->has_took ? TT_HAVE_UPSTREAM_RTT : 0;
}

/* Without the query: what a response repeats of it (RFC 1035 section 4.1.1, RFC 4035
 * section 3.1.6). */
static void set_echoes(struct tt_obs *obs, const struct tt_exchange_bytes *response)
{
    unsigned flags;

    if (response->len < TT_MSG_HEADER_LEN)
        return;
    flags = (unsigned)response->ptr[2] << 8 | response->ptr[3];
    obs->query_id = (uint16_t)(response->ptr[0] << 8 | response->ptr[1]);
    obs->opcode = flags >> 11 & 15;
    obs->flags |=
        (uint16_t)((flags & TT_MSG_RD ? TT_OBS_RD : 0) | (flags & TT_MSG_CD ? TT_OBS_CD : 0));
    obs->have |= TT_HAVE_QUERY_ID | TT_HAVE_OPCODE | TT_HAVE_QUERY_FLAGS;
}

/* What the end of a long response tells and the pipeline will not see. */
static void set_verdict(struct tt_obs_writer *writer, const struct tt_exchange *exchange)
{
    struct tt_obs *obs = writer->obs;
    struct tt_summary summary;

    tt_summary_read(&summary, exchange->response.ptr, exchange->response.len);
    if (!summary.has_header)
        return;
    obs->response_code = summary.rcode;
    obs->have |= TT_HAVE_RESPONSE_CODE;
    if (summary.has_ttl && is_of_client(exchange)) {
        obs->ttl = summary.ttl;
        obs->have |= TT_HAVE_TTL;
    } else if (summary.has_ttl) {
        obs->ttl_original = summary.ttl;
        obs->have |= TT_HAVE_TTL_ORIGINAL;
    }
    if (summary.has_edns && summary.edns.ede_n > 0) {
        obs->ede_code = summary.edns.ede_code;
        obs->have |= TT_HAVE_EDE_CODE;
        tt_obs_put(writer, TT_TAIL_EDE_TEXT, 0, summary.edns.ede_text,
                   TT_MIN(summary.edns.ede_text_len, (uint16_t)TT_OBS_TEXT_MAX));
    }
}

static void set_edns(struct tt_obs *obs, const struct tt_exchange_bytes *query)
{
    struct tt_summary summary;

    if (tt_summary_read(&summary, query->ptr, query->len) != 0 || !summary.has_edns)
        return;
    obs->edns_udp_size = summary.edns.udp_size;
    obs->flags |= (summary.edns.flags & TT_EDNS_DO) != 0 ? TT_OBS_DO : 0;
    obs->have |= TT_HAVE_EDNS_UDP_SIZE | TT_HAVE_DNSSEC_OK;
}

static void put_images(struct tt_obs_writer *writer, const struct tt_exchange *exchange)
{
    struct tt_obs *obs = writer->obs;
    size_t query_len = exchange->query.len, response_len = exchange->response.len;

    if (TT_UNLIKELY(query_len + response_len > TT_OBS_IMAGE_MAX)) {
        query_len = TT_MIN(query_len, (size_t)QUERY_MAX);
        response_len = TT_MIN(response_len, TT_OBS_IMAGE_MAX - query_len);
        if (response_len < exchange->response.len)
            set_verdict(writer, exchange);
        if (query_len < exchange->query.len)
            set_edns(obs, &exchange->query);
    }
    if (exchange->query.ptr != NULL) {
        tt_obs_put(writer, TT_TAIL_QUERY, 0, exchange->query.ptr, query_len);
        obs->query_size = (uint16_t)TT_MIN(exchange->query_size, (size_t)TT_MSG_MAX);
        obs->have |= query_len < exchange->query_size ? TT_HAVE_QUERY_SIZE : 0;
    } else if (exchange->response.ptr != NULL) {
        set_echoes(obs, &exchange->response);
    }
    if (exchange->response.ptr != NULL) {
        tt_obs_put(writer, TT_TAIL_RESPONSE, 0, exchange->response.ptr, response_len);
        obs->response_size = (uint16_t)TT_MIN(exchange->response_size, (size_t)TT_MSG_MAX);
        obs->have |= response_len < exchange->response_size ? TT_HAVE_RESPONSE_SIZE : 0;
    }
}

static bool is_name(const struct tt_exchange_bytes *bytes)
{
    return bytes->ptr != NULL && bytes->len > 0 &&
           tt_name_len(bytes->ptr, bytes->len) == bytes->len;
}

void tt_exchange_write(const struct tt_exchange *exchange, struct tt_obs_writer *writer)
{
    struct tt_obs *obs = writer->obs;

    obs->shape = TT_OBS_BYTES;
    obs->time_us = exchange->time_us;
    obs->message_type = exchange->message_type;
    obs->outcome = exchange->outcome;
    obs->policy_action = exchange->policy_action;
    if (is_of_client(exchange))
        set_client(obs, exchange);
    else
        set_upstream(obs, exchange);
    if (is_name(&exchange->zone))
        tt_obs_put(writer, TT_TAIL_UPSTREAM_ZONE, 0, exchange->zone.ptr, exchange->zone.len);
    if (exchange->policy_name.ptr != NULL && exchange->policy_name.len > 0)
        tt_obs_put(writer, TT_TAIL_POLICY_NAME,
                   is_name(&exchange->policy_name) ? TT_TAIL_IS_NAME : 0, exchange->policy_name.ptr,
                   TT_MIN(exchange->policy_name.len, (size_t)TT_OBS_TEXT_MAX));
    put_images(writer, exchange);
}
