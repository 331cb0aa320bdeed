/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A dnstap message as an exchange. */

#include <string.h>

#include "base/clock.h"
#include "intake/exchange.h"

/* Which of our types the response of an exchange is; types that are not here tell no fate of a
 * query. */
static const uint8_t message_types[TT_DNSTAP_TYPES_END] = {
    [TT_DNSTAP_AUTH_RESPONSE] = TT_message_type_AUTH_RESPONSE,
    [TT_DNSTAP_RESOLVER_RESPONSE] = TT_message_type_RESOLVER_RESPONSE,
    [TT_DNSTAP_CLIENT_RESPONSE] = TT_message_type_CLIENT_RESPONSE,
    [TT_DNSTAP_FORWARDER_RESPONSE] = TT_message_type_FORWARDER_RESPONSE,
};

/* DNSCrypt is none of our transports: absent. */
static const uint8_t transports[] = {
    [TT_DNSTAP_UDP] = TT_transport_UDP, [TT_DNSTAP_TCP] = TT_transport_TCP,
    [TT_DNSTAP_DOT] = TT_transport_DOT, [TT_DNSTAP_DOH] = TT_transport_DOH,
    [TT_DNSTAP_DOQ] = TT_transport_DOQ,
};

static const uint8_t actions[] = {
    [TT_DNSTAP_ACTION_NXDOMAIN] = TT_policy_action_NXDOMAIN,
    [TT_DNSTAP_ACTION_NODATA] = TT_policy_action_NODATA,
    [TT_DNSTAP_ACTION_PASS] = TT_policy_action_PASSTHRU,
    [TT_DNSTAP_ACTION_DROP] = TT_policy_action_DROP,
    [TT_DNSTAP_ACTION_TRUNCATE] = TT_policy_action_TCP_ONLY,
    [TT_DNSTAP_ACTION_LOCAL_DATA] = TT_policy_action_DATA,
};

#define HAS(message, field) tt_dnstap_has((message)->have, TT_DNSTAP_MESSAGE_F_##field)

static uint64_t time_us(uint64_t sec, uint32_t nsec)
{
    return sec > TT_CLOCK_WALL_US_MAX / 1000000 ? TT_CLOCK_WALL_US_MAX
                                                : sec * 1000000 + nsec / 1000;
}

static void set_times(struct tt_exchange *exchange, const struct tt_dnstap_message *message)
{
    uint64_t asked = time_us(message->query_time_sec,
                             HAS(message, QUERY_TIME_NSEC) ? message->query_time_nsec : 0);
    uint64_t answered = time_us(message->response_time_sec,
                                HAS(message, RESPONSE_TIME_NSEC) ? message->response_time_nsec : 0);
    bool has_both = HAS(message, QUERY_TIME_SEC) && HAS(message, RESPONSE_TIME_SEC);

    exchange->time_us = HAS(message, RESPONSE_TIME_SEC) ? answered : asked;
    exchange->has_took = has_both && answered >= asked;
    exchange->took_us = exchange->has_took ? answered - asked : 0;
}

/* Addresses are as long as those of their family. */
static void set_ip(struct tt_ip *ip, bool is_there, const struct tt_dnstap_bytes *bytes)
{
    if (!is_there)
        return;
    if (bytes->len == 4) {
        ip->family = 4;
        memcpy(ip->bytes, bytes->ptr, 4);
    } else if (bytes->len == 16) {
        ip->family = 6;
        memcpy(ip->bytes, bytes->ptr, 16);
    }
}

static struct tt_exchange_bytes bytes_of(bool is_there, const struct tt_dnstap_bytes *bytes)
{
    return is_there ? (struct tt_exchange_bytes){bytes->ptr, bytes->len}
                    : (struct tt_exchange_bytes){NULL, 0};
}

static void set_ends(struct tt_exchange *exchange, const struct tt_dnstap_message *message)
{
    set_ip(&exchange->asker, HAS(message, QUERY_ADDRESS), &message->query_address);
    set_ip(&exchange->answerer, HAS(message, RESPONSE_ADDRESS), &message->response_address);
    exchange->has_asker_port = HAS(message, QUERY_PORT) && message->query_port <= UINT16_MAX;
    exchange->has_answerer_port =
        HAS(message, RESPONSE_PORT) && message->response_port <= UINT16_MAX;
    exchange->asker_port = exchange->has_asker_port ? (uint16_t)message->query_port : 0;
    exchange->answerer_port = exchange->has_answerer_port ? (uint16_t)message->response_port : 0;
    if (HAS(message, SOCKET_PROTOCOL))
        exchange->transport = transports[message->socket_protocol];
}

static void set_policy(struct tt_exchange *exchange, const struct tt_dnstap_policy *policy)
{
    if (tt_dnstap_has(policy->have, TT_DNSTAP_POLICY_F_ACTION))
        exchange->policy_action = actions[policy->action];
    exchange->policy_name =
        bytes_of(tt_dnstap_has(policy->have, TT_DNSTAP_POLICY_F_RULE), &policy->rule);
    if (exchange->policy_name.len == 0)
        exchange->policy_name =
            bytes_of(tt_dnstap_has(policy->have, TT_DNSTAP_POLICY_F_TYPE), &policy->type);
}

uint8_t tt_exchange_type_of(unsigned dnstap_type)
{
    unsigned response = tt_dnstap_is_query(dnstap_type) ? dnstap_type + 1 : dnstap_type;

    return response < TT_DNSTAP_TYPES_END ? message_types[response] : 0;
}

void tt_exchange_from_dnstap(const struct tt_dnstap_message *message, struct tt_exchange *exchange)
{
    *exchange = (struct tt_exchange){
        .message_type = tt_exchange_type_of(message->type),
        .outcome = tt_dnstap_is_query(message->type) ? 0 : TT_outcome_ANSWERED,
        .query = bytes_of(HAS(message, QUERY_MESSAGE), &message->query_message),
        .response = bytes_of(HAS(message, RESPONSE_MESSAGE), &message->response_message),
        .zone = bytes_of(HAS(message, QUERY_ZONE), &message->query_zone),
    };
    exchange->query_size = exchange->query.len;
    exchange->response_size = exchange->response.len;
    set_times(exchange, message);
    set_ends(exchange, message);
    if (HAS(message, POLICY))
        set_policy(exchange, &message->policy);
}
