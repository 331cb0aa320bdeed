/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the tests of the host's dnstap share: payloads as named makes them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "intake/messages.h"

enum { SECOND = 1000000, PAYLOAD_MAX = 512, SERVER_PORT = 53 };

/* One message. */
struct said {
    uint8_t type;     /* enum tt_dnstap_type */
    uint8_t protocol; /* enum tt_dnstap_protocol */
    uint8_t id;
    char name;                      /* one letter; '-': no question */
    uint16_t port;                  /* of the asker */
    uint16_t flags;                 /* header word, without QR */
    uint64_t asked_us, answered_us; /* 0: no such time */
    size_t image_len;               /* cut to that; 0: whole */
};

struct payload {
    uint8_t bytes[PAYLOAD_MAX];
    size_t len;
};

static TT_UNUSED void put_byte(struct payload *payload, unsigned byte)
{
    assert_true(payload->len < sizeof(payload->bytes));
    payload->bytes[payload->len++] = (uint8_t)byte;
}

static TT_UNUSED void put_varint(struct payload *payload, unsigned field, uint64_t value)
{
    put_byte(payload, field << 3);
    for (; value > 127; value >>= 7)
        put_byte(payload, (unsigned)(value & 127) | 128);
    put_byte(payload, (unsigned)value);
}

static TT_UNUSED void put_field(struct payload *payload, unsigned field, const void *bytes,
                                size_t len)
{
    const uint8_t *from = bytes;

    if (field > 15)
        fail();
    put_byte(payload, field << 3 | 2);
    for (size_t left = len; left > 127 || (put_byte(payload, (unsigned)left), false); left >>= 7)
        put_byte(payload, (unsigned)(left & 127) | 128);
    for (size_t i = 0; i < len; i++)
        put_byte(payload, from[i]);
}

/* Seconds and nanoseconds in two fields, as the second one a fixed32. */
static TT_UNUSED void put_time(struct payload *payload, unsigned field, uint64_t time_us)
{
    uint32_t ns = (uint32_t)(time_us % SECOND) * 1000;

    put_varint(payload, field, time_us / SECOND);
    put_byte(payload, (field + 1) << 3 | 5);
    for (unsigned i = 0; i < 4; i++)
        put_byte(payload, ns >> 8 * i & 255);
}

static TT_UNUSED size_t write_image(uint8_t *image, const struct said *said)
{
    bool is_query = tt_dnstap_is_query(said->type);
    uint8_t header[12] = {0,
                          said->id,
                          (uint8_t)(said->flags >> 8 | (is_query ? 0 : 0x80)),
                          (uint8_t)said->flags,
                          0,
                          said->name != '-'};
    uint8_t question[] = {1, (uint8_t)said->name, 0, 0, 1, 0, 1};
    size_t len = sizeof(header);

    memcpy(image, header, sizeof(header));
    if (said->name != '-') {
        memcpy(image + len, question, sizeof(question));
        len += sizeof(question);
    }
    return said->image_len > 0 ? TT_MIN(len, said->image_len) : len;
}

/* The fields that named's messages have. */
static TT_UNUSED struct payload make_payload(const struct said *said)
{
    static const uint8_t asker[] = {192, 0, 2, 1}, server[] = {192, 0, 2, 2}, zone[] = {1, 'z', 0};
    struct payload message = {.len = 0}, payload = {.len = 0};
    uint8_t image[64];

    put_varint(&message, TT_DNSTAP_MESSAGE_F_TYPE, said->type);
    put_varint(&message, TT_DNSTAP_MESSAGE_F_SOCKET_FAMILY, TT_DNSTAP_INET);
    put_varint(&message, TT_DNSTAP_MESSAGE_F_SOCKET_PROTOCOL, said->protocol);
    put_field(&message, TT_DNSTAP_MESSAGE_F_QUERY_ADDRESS, asker, sizeof(asker));
    put_field(&message, TT_DNSTAP_MESSAGE_F_RESPONSE_ADDRESS, server, sizeof(server));
    put_varint(&message, TT_DNSTAP_MESSAGE_F_QUERY_PORT, said->port);
    put_varint(&message, TT_DNSTAP_MESSAGE_F_RESPONSE_PORT, SERVER_PORT);
    put_field(&message, TT_DNSTAP_MESSAGE_F_QUERY_ZONE, zone, sizeof(zone));
    if (said->asked_us > 0)
        put_time(&message, TT_DNSTAP_MESSAGE_F_QUERY_TIME_SEC, said->asked_us);
    if (said->answered_us > 0)
        put_time(&message, TT_DNSTAP_MESSAGE_F_RESPONSE_TIME_SEC, said->answered_us);
    put_field(&message,
              tt_dnstap_is_query(said->type) ? TT_DNSTAP_MESSAGE_F_QUERY_MESSAGE
                                             : TT_DNSTAP_MESSAGE_F_RESPONSE_MESSAGE,
              image, write_image(image, said));
    put_varint(&payload, TT_DNSTAP_F_TYPE, 1);
    put_field(&payload, TT_DNSTAP_F_MESSAGE, message.bytes, message.len);
    return payload;
}
