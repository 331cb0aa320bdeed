/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Events of a known client and name, as facts and as wire images, through the writer of dnstap and
 * back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "build.h"
#include "event/dnstap.h"
#include "event/privacy_rows.h"
#include "wire/dnstap.h"

enum { PORT = 47613, TIME_S = 1795251900, TIME_US = 250123 };

static TT_UNUSED const uint8_t client_v4[4] = {198, 18, 177, 201}, server_v4[4] = {192, 0, 2, 53};
static struct build build;
static struct tt_policy policies[TT_PRIVACY_CLIENTS_N][TT_PRIVACY_NAMES_N];
static char payload[TT_EVENT_DNSTAP_MAX];
static struct tt_buf out;
static struct tt_dnstap read_back;

static const char qname[] = "\012kanarienVG\013zebradomain\007example";
#define QNAME qname, sizeof(qname)

/* A query of the client with an EDNS of many options, or without any. */
static TT_UNUSED size_t make_query(uint8_t *at, bool has_edns)
{
    static const char options[] =
        "\x00\x08\x00\x08\x00\x01\x20\x00\xc6\x12\xb1\xc9" /* ECS: the client, whole */
        "\x00\x0a\x00\x08KEKSKEKS"                         /* cookie */
        "\xfd\xe9\x00\x06\x02\xab\xcd\xef\x01\x02";        /* a hardware address */
    uint8_t *start = at;

    memcpy(at, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00", 11);
    at[11] = has_edns;
    memcpy(at + 12, qname, sizeof(qname));
    at += 12 + sizeof(qname);
    memcpy(at, "\x00\x01\x00\x01", 4);
    at += 4;
    if (!has_edns)
        return (size_t)(at - start);
    memcpy(at, "\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00", 10);
    at[10] = sizeof(options) - 1;
    memcpy(at + 11, options, sizeof(options) - 1);
    return (size_t)(at + 11 + sizeof(options) - 1 - start);
}

/* Answer and, in front of a record of the additional section that points back, the OPT record; then
 * a TSIG. */
static TT_UNUSED size_t make_response(uint8_t *at)
{
    static const char head[] = "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x03";
    static const char records[] = "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07"
                                  "\x00\x00\x29\x10\x00\x00\x00\x80\x00\x00\x18"
                                  "\x00\x08\x00\x08\x00\x01\x20\x18\xc6\x12\xb1\xc9"
                                  "\x00\x0f\x00\x08\x00\x03stale!"
                                  "\xc0\x17\x00\x1c\x00\x01\x00\x00\x00\x3c\x00\x10"
                                  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
                                  "\x09TSIGTSIGT\x00\x00\xfa\x00\xff\x00\x00\x00\x00\x00\x04KEYS";
    uint8_t *start = at;

    memcpy(at, head, 12);
    memcpy(at + 12, qname, sizeof(qname));
    at += 12 + sizeof(qname);
    memcpy(at, "\x00\x01\x00\x01", 4);
    memcpy(at + 4, records, sizeof(records) - 1);
    return (size_t)(at + 4 + sizeof(records) - 1 - start);
}

static TT_UNUSED void set_ends(struct tt_obs *obs, bool is_of_client)
{
    struct tt_ip server = {4, {0}}, client = {4, {0}};

    memcpy(server.bytes, server_v4, 4);
    memcpy(client.bytes, client_v4, 4);
    obs->time_us = (uint64_t)TIME_S * 1000000 + TIME_US;
    obs->query_id = 0x1234;
    obs->flags = TT_OBS_RD | TT_OBS_RA | TT_OBS_AD | TT_OBS_DO;
    obs->have |= TT_HAVE_QUERY_ID | TT_HAVE_QUERY_FLAGS | TT_HAVE_OPCODE | TT_HAVE_RESPONSE_FLAGS |
                 TT_HAVE_AD;
    if (!is_of_client) {
        obs->upstream_ip = server;
        obs->upstream_port = 53;
        obs->upstream_transport = TT_transport_TCP;
        obs->upstream_rtt_us = 300000;
        obs->have |= TT_HAVE_UPSTREAM_PORT | TT_HAVE_UPSTREAM_RTT;
        tt_obs_put(&build.writer, TT_TAIL_UPSTREAM_ZONE, 0,
                   NAME("\x07"
                        "example"));
        return;
    }
    obs->client_ip = client;
    obs->server_ip = server;
    obs->client_port = PORT;
    obs->server_port = 853;
    obs->transport = TT_transport_DOQ;
    obs->latency_us = 300000;
    obs->have |= TT_HAVE_CLIENT_PORT | TT_HAVE_SERVER_PORT | TT_HAVE_LATENCY;
}

static TT_UNUSED bool is_of_client(uint8_t type)
{
    return type != TT_message_type_RESOLVER_RESPONSE && type != TT_message_type_FORWARDER_RESPONSE;
}

static TT_UNUSED void begin(uint8_t type)
{
    build_begin(&build, type);
    set_ends(&build.record.obs, is_of_client(type));
}

static TT_UNUSED void make_facts(uint8_t type)
{
    begin(type);
    build_qname(&build, QNAME);
    build.record.obs.edns_udp_size = 1232;
    build.record.obs.have |= TT_HAVE_EDNS_UDP_SIZE | TT_HAVE_DNSSEC_OK;
    build_rr(&build, TT_RR_ANSWER, 5, QNAME,
             NAME("\x03"
                  "cdn\x07"
                  "example"));
    build_rr(&build, TT_RR_ANSWER, 1,
             NAME("\x03"
                  "cdn\x07"
                  "example"),
             "\xc0\x00\x02\x07", 4);
}

static TT_UNUSED void make_images(uint8_t type, bool has_edns)
{
    uint8_t query[512], response[512];

    begin(type);
    build.record.obs.shape = TT_OBS_BYTES;
    build.record.obs.have &=
        ~(unsigned)(TT_HAVE_ANSWERS | TT_HAVE_RESPONSE_CODE | TT_HAVE_QUERY_TYPE);
    tt_obs_put(&build.writer, TT_TAIL_QUERY, 0, query, make_query(query, has_edns));
    tt_obs_put(&build.writer, TT_TAIL_RESPONSE, 0, response, make_response(response));
}

/* The payload of what was built, read back. */
static TT_UNUSED void write_event(const struct tt_policy *policy)
{
    out = tt_buf_over(payload, sizeof(payload));
    tt_event_to_dnstap(&build.event, TT_TOPIC_DNSTAP, policy, &out);
    assert_false(out.overflow);
    assert_int_equal(tt_dnstap_read(&read_back, payload, out.len), TT_OK);
    assert_true(tt_dnstap_has(read_back.have, TT_DNSTAP_F_MESSAGE));
}

static TT_UNUSED void write_built(const struct tt_policy *policy)
{
    assert_int_equal(build_event(&build), TT_OK);
    TT_EVENT_SET(&build.event, registrable_domain, TT_STR("zebradomain.example"));
    write_event(policy);
}

static TT_UNUSED const struct tt_policy *full(void)
{
    return &policies[TT_PRIVACY_FULL][TT_PRIVACY_NAME_FULL];
}

static TT_UNUSED int make_policies(void **state)
{
    static const struct tt_hash_key key = {"8899aabbccddeeff", 16, "secret key bytes"};

    (void)state;
    for (unsigned client = 0; client < TT_PRIVACY_CLIENTS_N; client++) {
        for (unsigned name = 0; name < TT_PRIVACY_NAMES_N; name++) {
            struct tt_privacy privacy = {(uint8_t)client, (uint8_t)name, 24, 48, NULL};
            if (tt_policy_init(&policies[client][name], &privacy, &key) != TT_OK)
                return -1;
        }
    }
    return tt_arena_init(&build.arena, TT_EVENT_ARENA_MAX);
}

static TT_UNUSED int drop_policies(void **state)
{
    (void)state;
    for (unsigned client = 0; client < TT_PRIVACY_CLIENTS_N; client++)
        for (unsigned name = 0; name < TT_PRIVACY_NAMES_N; name++)
            tt_policy_fini(&policies[client][name]);
    tt_arena_fini(&build.arena);
    return 0;
}
