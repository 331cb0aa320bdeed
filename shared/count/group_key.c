/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "count/group_key.h"

#include <string.h>

#include "base/buf.h"

enum { HAS_TYPE = 1, HAS_RCODE = 2, HAS_NAME = 4, IS_WIRE = 8 };
enum { CLIENT_NONE, CLIENT_IP, CLIENT_NET, CLIENT_HASH };
enum { HASH_LEN = 32, HASH_KEY_LEN = 16, IP_LEN = 17, NET_LEN = 18 };

/* The first bytes of a key. */
struct head {
    uint16_t type, rcode;
    uint8_t has; /* HAS_… */
    uint8_t client; /* CLIENT_… */
    uint8_t client_len;
    uint8_t domain_len; /* of the name, its last bytes; with IS_WIRE unused */
};
TT_STATIC_ASSERT(sizeof(struct head) == TT_GROUP_HEAD, "a head is as large as group_key.h says");
TT_STATIC_ASSERT(HASH_LEN + HASH_KEY_LEN <= TT_GROUP_CLIENT_MAX - TT_GROUP_HEAD, "every client fits");

static void put_text(uint8_t *at, struct tt_str text, size_t len)
{
    memset(at, 0, len);
    memcpy(at, text.ptr, TT_MIN((size_t)text.len, len));
}

/* The client as far as it is shown: the most that is known. */
static void put_client(uint8_t *at, struct head *head, const struct tt_event *event, const struct tt_shown *shown)
{
    if (tt_fields_have(&shown->fields, TT_FIELD_client_ip)) {
        head->client = CLIENT_IP;
        head->client_len = IP_LEN;
        at[0] = event->client_ip.family;
        memcpy(at + 1, event->client_ip.bytes, sizeof(event->client_ip.bytes));
    } else if (tt_fields_have(&shown->fields, TT_FIELD_client_net)) {
        head->client = CLIENT_NET;
        head->client_len = NET_LEN;
        at[0] = shown->client_net.ip.family;
        memcpy(at + 1, shown->client_net.ip.bytes, sizeof(shown->client_net.ip.bytes));
        at[IP_LEN] = shown->client_net.prefix;
    } else if (tt_fields_have(&shown->fields, TT_FIELD_client_hash)) {
        head->client = CLIENT_HASH;
        head->client_len = HASH_LEN + HASH_KEY_LEN;
        put_text(at, shown->client_hash, HASH_LEN);
        put_text(at + HASH_LEN, shown->client_hash_key, HASH_KEY_LEN);
    }
}

unsigned tt_group_key_source(uint8_t *key, const struct tt_event *event, const struct tt_shown *shown)
{
    struct head head = {0};

    put_client(key + sizeof(head), &head, event, shown);
    memcpy(key, &head, sizeof(head));
    return (unsigned)sizeof(head) + head.client_len;
}

unsigned tt_group_key_client(uint8_t *key, const struct tt_event *event, const struct tt_shown *shown)
{
    struct head head = {0};

    if (tt_fields_have(&shown->fields, TT_FIELD_query_type)) {
        head.has |= HAS_TYPE;
        head.type = event->query_type;
    }
    if (tt_fields_have(&shown->fields, TT_FIELD_response_code)) {
        head.has |= HAS_RCODE;
        head.rcode = event->response_code;
    }
    put_client(key + sizeof(head), &head, event, shown);
    memcpy(key, &head, sizeof(head));
    return (unsigned)sizeof(head) + head.client_len;
}

unsigned tt_group_key_pack(uint8_t *out, struct tt_str name, bool *is_wire)
{
    uint8_t wire_len;

    *is_wire = name.len > TT_NAME_MAX;
    if (!*is_wire) {
        memcpy(out, name.ptr, name.len);
        return name.len;
    }
    return tt_name_parse(name, out, &wire_len) == 0 ? wire_len : 0;
}

struct tt_str tt_group_key_unpack(const uint8_t *packed, unsigned len, bool is_wire, char text[TT_NAME_TEXT_MAX])
{
    struct tt_buf buf = tt_buf_over(text, TT_NAME_TEXT_MAX);

    if (!is_wire)
        return (struct tt_str){(const char *)packed, len};
    tt_name_format(&buf, packed, len);
    return (struct tt_str){text, (uint32_t)buf.len};
}

/* Length of the registrable domain when it is shown and stands at the end of the name. */
static uint8_t domain_of(struct tt_str name, const struct tt_event *event, const struct tt_shown *shown)
{
    struct tt_str domain = event->registrable_domain;

    if (!tt_fields_have(&shown->fields, TT_FIELD_registrable_domain) || domain.len > name.len || domain.len == 0)
        return 0;
    return memcmp(name.ptr + name.len - domain.len, domain.ptr, domain.len) == 0 ? (uint8_t)domain.len : 0;
}

unsigned tt_group_key_name(uint8_t *key, unsigned client_len, const struct tt_event *event,
                           const struct tt_shown *shown)
{
    struct head head;
    bool is_wire;
    unsigned len;

    if (!tt_fields_have(&shown->fields, TT_FIELD_query_name))
        return client_len;
    memcpy(&head, key, sizeof(head));
    len = tt_group_key_pack(key + client_len, shown->query_name, &is_wire);
    head.has |= (uint8_t)(HAS_NAME | (is_wire ? IS_WIRE : 0));
    if (!is_wire)
        head.domain_len = domain_of(shown->query_name, event, shown);
    memcpy(key, &head, sizeof(head));
    return client_len + len;
}

static void read_client(const uint8_t *at, const struct head *head, struct tt_aggregate *aggregate)
{
    const char *text = (const char *)at;

    switch (head->client) {
    case CLIENT_IP:
        aggregate->client_ip.family = at[0];
        memcpy(aggregate->client_ip.bytes, at + 1, sizeof(aggregate->client_ip.bytes));
        break;
    case CLIENT_NET:
        aggregate->client_net.ip.family = at[0];
        memcpy(aggregate->client_net.ip.bytes, at + 1, sizeof(aggregate->client_net.ip.bytes));
        aggregate->client_net.prefix = at[IP_LEN];
        break;
    case CLIENT_HASH:
        aggregate->client_hash = (struct tt_str){text, (uint32_t)strnlen(text, HASH_LEN)};
        aggregate->client_hash_key =
            (struct tt_str){text + HASH_LEN, (uint32_t)strnlen(text + HASH_LEN, HASH_KEY_LEN)};
        break;
    default:
        break;
    }
}

void tt_group_key_read(const uint8_t *key, unsigned len, struct tt_aggregate *aggregate,
                       char text[TT_NAME_TEXT_MAX])
{
    struct tt_str name;
    struct head head;
    unsigned name_at;

    memcpy(&head, key, sizeof(head));
    name_at = (unsigned)sizeof(head) + head.client_len;
    aggregate->query_type = head.has & HAS_TYPE ? head.type : -1;
    aggregate->response_code = head.has & HAS_RCODE ? head.rcode : -1;
    read_client(key + sizeof(head), &head, aggregate);
    if ((head.has & HAS_NAME) == 0)
        return;
    name = tt_group_key_unpack(key + name_at, len - name_at, (head.has & IS_WIRE) != 0, text);
    aggregate->query_name = name;
    if (head.domain_len > 0)
        aggregate->registrable_domain =
            (struct tt_str){name.ptr + name.len - head.domain_len, head.domain_len};
}
