/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/dnstap.h"

#include <stdio.h>
#include <string.h>

#include "event/dnstap_wire.h"
#include "event/proto_put.h"
#include "wire/dnstap.h"
#include "wire/name.h"

/* Room of what has no constant of its own: three texts at their caps, heads, numbers. */
enum {
    REST_MAX = 4096,
    WIRE_KEY_MAX = 32,
    HEAD_MAX = 4 /* of an embedded message: key and length */
};
TT_STATIC_ASSERT(TT_EVENT_JSON_MAX + 2 * TT_WIRE_MAX + REST_MAX <= TT_EVENT_DNSTAP_MAX,
                 "the longest payload fits TT_EVENT_DNSTAP_MAX");
TT_STATIC_ASSERT(TT_EVENT_DNSTAP_MAX < 1 << 21, "a length has three bytes");

static const uint8_t types[TT_message_type_END] = {
    [TT_message_type_CLIENT_RESPONSE] = TT_DNSTAP_CLIENT_RESPONSE,
    [TT_message_type_RESOLVER_RESPONSE] = TT_DNSTAP_RESOLVER_RESPONSE,
    [TT_message_type_FORWARDER_RESPONSE] = TT_DNSTAP_FORWARDER_RESPONSE,
    [TT_message_type_AUTH_RESPONSE] = TT_DNSTAP_AUTH_RESPONSE,
    [TT_message_type_PROBE_RESPONSE] = TT_DNSTAP_TOOL_RESPONSE,
};

static const uint8_t protocols[TT_transport_END] = {
    [TT_transport_UDP] = TT_DNSTAP_UDP, [TT_transport_TCP] = TT_DNSTAP_TCP,
    [TT_transport_DOT] = TT_DNSTAP_DOT, [TT_transport_DOH] = TT_DNSTAP_DOH,
    [TT_transport_DOQ] = TT_DNSTAP_DOQ,
};

/* 0: dnstap has no word for it. */
static const uint8_t actions[TT_policy_action_END] = {
    [TT_policy_action_NXDOMAIN] = TT_DNSTAP_ACTION_NXDOMAIN,
    [TT_policy_action_NODATA] = TT_DNSTAP_ACTION_NODATA,
    [TT_policy_action_PASSTHRU] = TT_DNSTAP_ACTION_PASS,
    [TT_policy_action_DROP] = TT_DNSTAP_ACTION_DROP,
    [TT_policy_action_TCP_ONLY] = TT_DNSTAP_ACTION_TRUNCATE,
    [TT_policy_action_DATA] = TT_DNSTAP_ACTION_LOCAL_DATA,
    [TT_policy_action_CNAME] = TT_DNSTAP_ACTION_LOCAL_DATA,
};

/* The words of `wire`. */
static const char *const wire_words[TT_WIRE_KINDS_N] = {
    [TT_WIRE_IMAGE] = "image", [TT_WIRE_EDITED] = "edited", [TT_WIRE_REBUILT] = "rebuilt"};

/* Event and what of it leaves. */
struct view {
    const struct tt_event *event;
    struct tt_shown shown;
    bool is_of_client, has_response;
};

#define SHOWN(view, id) tt_fields_have(&(view)->shown.fields, TT_FIELD_##id)

/* An embedded message is written behind room for its head, then moved to where its head really
 * ends. */
static uint8_t *end_embedded(uint8_t *start, uint32_t tag, const uint8_t *end)
{
    size_t len = (size_t)(end - start) - HEAD_MAX;
    uint8_t *at = tt_proto_varint(tt_proto_key(start, tag, TT_PROTO_LEN), len);

    memmove(at, start + HEAD_MAX, len);
    return at + len;
}

/* Address, port and family of the two ends, as far as they leave. */
struct end {
    const struct tt_ip *ip; /* NULL: absent */
    bool has_port;
    uint16_t port;
};

static struct end query_end(const struct view *view)
{
    const struct tt_event *event = view->event;
    struct end end = {NULL, false, 0};

    if (!view->is_of_client)
        return end;
    if (SHOWN(view, client_ip)) {
        end = (struct end){&event->client_ip, SHOWN(view, client_port), event->client_port};
    } else if (SHOWN(view, client_net)) {
        end.ip = &view->shown.client_net.ip;
    }
    return end;
}

static struct end response_end(const struct view *view)
{
    const struct tt_event *event = view->event;

    if (view->is_of_client)
        return (struct end){SHOWN(view, server_ip) ? &event->server_ip : NULL,
                            SHOWN(view, server_port), event->server_port};
    return (struct end){SHOWN(view, upstream_ip) ? &event->upstream_ip : NULL,
                        SHOWN(view, upstream_port), event->upstream_port};
}

static uint8_t *put_address(uint8_t *at, uint32_t tag, const struct end *end)
{
    if (end->ip == NULL)
        return at;
    return tt_proto_bytes(at, tag, end->ip->bytes, end->ip->family == 4 ? 4 : 16);
}

static uint8_t *put_port(uint8_t *at, uint32_t tag, const struct end *end)
{
    return end->has_port ? tt_proto_number(at, tag, end->port) : at;
}

#define M(name) TT_DNSTAP_MESSAGE_F_##name

static uint8_t *put_socket(uint8_t *at, const struct view *view)
{
    struct end query = query_end(view), response = response_end(view);
    const struct tt_ip *ip = query.ip != NULL ? query.ip : response.ip;
    const struct tt_event *event = view->event;
    bool is_known = view->is_of_client ? SHOWN(view, transport) : SHOWN(view, upstream_transport);
    uint8_t transport = view->is_of_client ? event->transport : event->upstream_transport;

    if (ip != NULL)
        at = tt_proto_number(at, M(SOCKET_FAMILY),
                             ip->family == 4 ? TT_DNSTAP_INET : TT_DNSTAP_INET6);
    if (is_known && transport < TT_transport_END)
        at = tt_proto_number(at, M(SOCKET_PROTOCOL), protocols[transport]);
    at = put_address(at, M(QUERY_ADDRESS), &query);
    at = put_address(at, M(RESPONSE_ADDRESS), &response);
    at = put_port(at, M(QUERY_PORT), &query);
    return put_port(at, M(RESPONSE_PORT), &response);
}

static uint8_t *put_time(uint8_t *at, uint32_t tag_sec, uint32_t tag_nsec, uint64_t time_us)
{
    at = tt_proto_number(at, tag_sec, time_us / 1000000);
    return tt_proto_le(tt_proto_key(at, tag_nsec, TT_PROTO_I32), time_us % 1000000 * 1000, 4);
}

/* A reader of a query looks at its time and at no other. */
static uint8_t *put_query_time(uint8_t *at, const struct view *view)
{
    const struct tt_event *event = view->event;
    bool has_took = view->is_of_client ? SHOWN(view, latency_us) : SHOWN(view, upstream_rtt_us);
    uint64_t took = view->is_of_client ? event->latency_us : event->upstream_rtt_us;

    if (!has_took && view->has_response)
        return at;
    took = has_took ? TT_MIN(took, event->timestamp) : 0;
    return put_time(at, M(QUERY_TIME_SEC), M(QUERY_TIME_NSEC), event->timestamp - took);
}

static uint8_t *put_zone(uint8_t *at, const struct view *view)
{
    uint8_t wire[TT_NAME_MAX], len = 0;

    if (view->is_of_client || !SHOWN(view, upstream_zone) ||
        tt_name_parse(view->shown.upstream_zone, wire, &len) != 0)
        return at;
    return tt_proto_bytes(at, M(QUERY_ZONE), wire, len);
}

static uint8_t *put_span(uint8_t *at, uint32_t tag, struct tt_span span)
{
    return span.bytes == NULL ? at : tt_proto_bytes(at, tag, span.bytes, span.len);
}

static uint8_t *put_policy(uint8_t *at, const struct view *view)
{
    const struct tt_event *event = view->event;
    uint8_t *start = at, action = 0;

    if (SHOWN(view, policy_action) && event->policy_action < TT_policy_action_END)
        action = actions[event->policy_action];
    if (!SHOWN(view, policy_name) && action == 0)
        return at;
    at += HEAD_MAX;
    if (SHOWN(view, policy_name))
        at = tt_proto_text(at, TT_DNSTAP_POLICY_F_RULE, event->policy_name, TT_NAME_TEXT_MAX + 1);
    if (action != 0)
        at = tt_proto_number(at, TT_DNSTAP_POLICY_F_ACTION, action);
    return end_embedded(start, M(POLICY), at);
}

static uint8_t *put_message(uint8_t *at, const struct view *view, const struct tt_wires *wires)
{
    unsigned type =
        types[view->event->message_type < TT_message_type_END ? view->event->message_type : 0];
    uint8_t *start = at;

    at = tt_proto_number(at + HEAD_MAX, M(TYPE), view->has_response ? type : type - 1);
    at = put_socket(at, view);
    at = put_query_time(at, view);
    at = put_span(at, M(QUERY_MESSAGE), wires->query);
    at = put_zone(at, view);
    if (view->has_response)
        at = put_time(at, M(RESPONSE_TIME_SEC), M(RESPONSE_TIME_NSEC), view->event->timestamp);
    at = put_span(at, M(RESPONSE_MESSAGE), wires->response);
    at = put_policy(at, view);
    return end_embedded(start, TT_DNSTAP_F_MESSAGE, at);
}

#undef M

/* The record with one key more. */
static uint8_t *put_extra(uint8_t *at, const struct view *view, const struct tt_policy *policy,
                          enum tt_wire_kind wire)
{
    struct tt_buf json = tt_buf_over(at + HEAD_MAX, TT_EVENT_JSON_MAX + WIRE_KEY_MAX);

    tt_event_to_json(view->event, TT_TOPIC_ENRICHED, policy, &json);
    if (json.len == 0)
        return at;
    if (wire_words[wire] != NULL) {
        json.len--; /* its brace */
        tt_buf_text(&json, ",\"wire\":\"");
        tt_buf_text(&json, wire_words[wire]);
        tt_buf_text(&json, "\"}");
    }
    return end_embedded(at, TT_DNSTAP_F_EXTRA, (const uint8_t *)json.data + json.len);
}

static uint8_t *put_version(uint8_t *at, const struct view *view)
{
    const char *word = SHOWN(view, software) ? tt_software_word(view->event->software) : NULL;
    char text[64];

    snprintf(text, sizeof(text), "%s (telltale, schema %d)", word != NULL ? word : "other",
             TT_EVENT_SCHEMA_VERSION);
    return tt_proto_bytes(at, TT_DNSTAP_F_VERSION, text, strlen(text));
}

void tt_event_to_dnstap(const struct tt_event *event, enum tt_topic topic,
                        const struct tt_policy *policy, struct tt_buf *buf)
{
    struct view view = {.event = event, .is_of_client = tt_event_is_of_client(event)};
    struct tt_wires wires;
    uint8_t *start, *at;

    (void)topic;
    start = at = (uint8_t *)tt_buf_room(buf, TT_EVENT_DNSTAP_MAX);
    if (start == NULL)
        return;
    tt_event_show(event, TT_TOPIC_ENRICHED, policy, &view.shown);
    view.has_response = !SHOWN(&view, outcome) || event->outcome == TT_outcome_ANSWERED;
    tt_wires_make(&wires, event, policy, &view.shown, view.has_response);
    if (SHOWN(&view, instance))
        at = tt_proto_text(at, TT_DNSTAP_F_IDENTITY, event->instance, 256);
    at = put_version(at, &view);
    at = put_extra(at, &view, policy, wires.kind);
    at = put_message(at, &view, &wires);
    at = tt_proto_number(at, TT_DNSTAP_F_TYPE, 1);
    buf->len -= TT_EVENT_DNSTAP_MAX - (size_t)(at - start);
}
