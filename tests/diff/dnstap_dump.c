/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What tt_dnstap_read makes of payloads: one in hex a line on standard input, one line each out:
 * "refused", or the fields that are there as name=value, bytes in hex. For tests/diff/dnstap/run.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "wire/dnstap.h"

#define P(field) TT_DNSTAP_POLICY_F_##field
#define M(field) TT_DNSTAP_MESSAGE_F_##field

static void put_bytes(uint32_t have, unsigned field, const char *name,
                      const struct tt_dnstap_bytes *bytes)
{
    if (!tt_dnstap_has(have, field))
        return;
    printf("%s=", name);
    for (size_t i = 0; i < bytes->len; i++)
        printf("%02x", bytes->ptr[i]);
    putchar(' ');
}

static void put_number(uint32_t have, unsigned field, const char *name, uint64_t value)
{
    if (tt_dnstap_has(have, field))
        printf("%s=%" PRIu64 " ", name, value);
}

static void put_policy(const struct tt_dnstap_policy *policy)
{
    put_bytes(policy->have, P(TYPE), "message.policy.type", &policy->type);
    put_bytes(policy->have, P(RULE), "message.policy.rule", &policy->rule);
    put_number(policy->have, P(ACTION), "message.policy.action", policy->action);
    put_number(policy->have, P(MATCH), "message.policy.match", policy->match);
    put_bytes(policy->have, P(VALUE), "message.policy.value", &policy->value);
}

static void put_message(const struct tt_dnstap_message *message)
{
    uint32_t have = message->have;

    put_number(have, M(TYPE), "message.type", message->type);
    put_number(have, M(SOCKET_FAMILY), "message.socket_family", message->socket_family);
    put_number(have, M(SOCKET_PROTOCOL), "message.socket_protocol", message->socket_protocol);
    put_bytes(have, M(QUERY_ADDRESS), "message.query_address", &message->query_address);
    put_bytes(have, M(RESPONSE_ADDRESS), "message.response_address", &message->response_address);
    put_number(have, M(QUERY_PORT), "message.query_port", message->query_port);
    put_number(have, M(RESPONSE_PORT), "message.response_port", message->response_port);
    put_number(have, M(QUERY_TIME_SEC), "message.query_time_sec", message->query_time_sec);
    put_number(have, M(QUERY_TIME_NSEC), "message.query_time_nsec", message->query_time_nsec);
    put_bytes(have, M(QUERY_MESSAGE), "message.query_message", &message->query_message);
    put_bytes(have, M(QUERY_ZONE), "message.query_zone", &message->query_zone);
    put_number(have, M(RESPONSE_TIME_SEC), "message.response_time_sec", message->response_time_sec);
    put_number(have, M(RESPONSE_TIME_NSEC), "message.response_time_nsec",
               message->response_time_nsec);
    put_bytes(have, M(RESPONSE_MESSAGE), "message.response_message", &message->response_message);
    if (tt_dnstap_has(have, M(POLICY)))
        put_policy(&message->policy);
    put_number(have, M(HTTP_PROTOCOL), "message.http_protocol", message->http_protocol);
}

static void put(const uint8_t *payload, size_t len)
{
    struct tt_dnstap dnstap;

    if (tt_dnstap_read(&dnstap, payload, len) != TT_OK) {
        puts("refused");
        return;
    }
    put_bytes(dnstap.have, TT_DNSTAP_F_IDENTITY, "identity", &dnstap.identity);
    put_bytes(dnstap.have, TT_DNSTAP_F_VERSION, "version", &dnstap.version);
    put_bytes(dnstap.have, TT_DNSTAP_F_EXTRA, "extra", &dnstap.extra);
    if (tt_dnstap_has(dnstap.have, TT_DNSTAP_F_MESSAGE))
        put_message(&dnstap.message);
    put_number(dnstap.have, TT_DNSTAP_F_TYPE, "type", dnstap.type);
    putchar('\n');
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;

    while ((n = getline(&line, &cap, stdin)) > 0) {
        size_t len = (size_t)(n - 1) / 2;
        uint8_t *payload = malloc(len > 0 ? len : 1);

        for (size_t i = 0; payload != NULL && i < len; i++) {
            char digits[3] = {line[2 * i], line[2 * i + 1], '\0'};
            payload[i] = (uint8_t)strtoul(digits, NULL, 16);
        }
        if (payload != NULL)
            put(payload, len);
        free(payload);
    }
    free(line);
    return 0;
}
