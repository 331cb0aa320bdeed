/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * As json.c: the rows expand into straight-line code over a bare cursor, room is asked for once.
 * Fields go out in the order of the rows, which is the order of the tags.
 */

#include "event/proto.h"

#include <string.h>

#include "event/proto_put.h"
#include "event/shown.h"

/* Bytes of a value at worst, its key apart; lists have a key before each item. */
#define ROOM_BOOL(cap) 1
#define ROOM_U8(cap) 2
#define ROOM_U16(cap) 3
#define ROOM_U32(cap) 5
#define ROOM_F32(cap) 4
#define ROOM_ENUM(cap) 2
#define ROOM_TYPE(cap) 3
#define ROOM_CLASS(cap) 3
#define ROOM_RCODE(cap) 3
#define ROOM_OPCODE(cap) 2
#define ROOM_TIME(cap) 8
#define ROOM_EVENT_ID(cap) 17
#define ROOM_TRANSACTION_ID(cap) 17
#define ROOM_HEX64(cap) 8
#define ROOM_IP(cap) 17
#define ROOM_NET(cap) 18
#define ROOM_TEXT(cap) (3 + (cap))
#define ROOM_NAME(cap) ROOM_TEXT(cap)
#define ROOM_TEXTS(cap) (5 * TT_EVENT_LIST_MAX + (cap))
#define ROOM_NAMES(cap) ROOM_TEXTS(cap)
#define ROOM_IPS(cap) (19 * (cap))
#define ROOM_U32S(cap) (3 + 5 * (cap))

enum {
    PROTO_ROOM = 0
#define F(id, kind, cap, ...) +2 + ROOM_##kind(cap)
#include "event/event_fields.def"
#undef F
};
TT_STATIC_ASSERT(PROTO_ROOM <= (int)TT_EVENT_PROTO_MAX,
                 "the longest event fits TT_EVENT_PROTO_MAX");

#define F(id, kind, cap, tag, ...)                                                                 \
    TT_STATIC_ASSERT((tag) < 2048, "the key of " #id " has two bytes");
#include "event/event_fields.def"
#undef F

static uint8_t *put_f32(uint8_t *at, uint32_t tag, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return tt_proto_le(tt_proto_key(at, tag, TT_PROTO_I32), bits, 4);
}

static uint8_t *put_ip(uint8_t *at, uint32_t tag, const struct tt_ip *ip)
{
    return tt_proto_bytes(at, tag, ip->bytes, ip->family == 4 ? 4 : 16);
}

static uint8_t *put_net(uint8_t *at, uint32_t tag, const struct tt_net *net)
{
    uint8_t bytes[17];
    size_t len = net->ip.family == 4 ? 4 : 16;

    memcpy(bytes, net->ip.bytes, len);
    bytes[len] = net->prefix;
    return tt_proto_bytes(at, tag, bytes, len + 1);
}

static uint8_t *put_texts(uint8_t *at, uint32_t tag, const struct tt_strs *list, size_t cap)
{
    const uint8_t *end = at + ROOM_TEXTS(cap);

    for (size_t i = 0; i < list->items_n && i < TT_EVENT_LIST_MAX; i++) {
        size_t room = (size_t)(end - at) - 5 * (TT_EVENT_LIST_MAX - i);
        if (list->items[i].len > room)
            break;
        at = tt_proto_text(at, tag, list->items[i], room);
    }
    return at;
}

static uint8_t *put_ips(uint8_t *at, uint32_t tag, const struct tt_ips *list, size_t cap)
{
    for (size_t i = 0; i < list->items_n && i < cap; i++)
        at = put_ip(at, tag, &list->items[i]);
    return at;
}

static uint8_t *put_u32s(uint8_t *at, uint32_t tag, const struct tt_u32s *list, size_t cap)
{
    uint8_t packed[5 * TT_EVENT_LIST_MAX];
    uint8_t *end = packed;

    for (size_t i = 0; i < list->items_n && i < TT_MIN(cap, TT_EVENT_LIST_MAX); i++)
        end = tt_proto_varint(end, list->items[i]);
    return tt_proto_bytes(at, tag, packed, (size_t)(end - packed));
}

#define PUT_NUMBER(id, tag, cap) tt_proto_number(at, tag, event->id)
#define PUT_BOOL(id, tag, cap) PUT_NUMBER(id, tag, cap)
#define PUT_U8(id, tag, cap) PUT_NUMBER(id, tag, cap)
#define PUT_U16(id, tag, cap) PUT_NUMBER(id, tag, cap)
#define PUT_U32(id, tag, cap) PUT_NUMBER(id, tag, cap)
#define PUT_F32(id, tag, cap) put_f32(at, tag, TT_SHOWN(id))
#define PUT_ENUM(id, tag, cap) PUT_NUMBER(id, tag, cap)
#define PUT_TYPE(id, tag, cap) PUT_NUMBER(id, tag, cap)
#define PUT_CLASS(id, tag, cap) PUT_NUMBER(id, tag, cap)
#define PUT_RCODE(id, tag, cap) PUT_NUMBER(id, tag, cap)
#define PUT_OPCODE(id, tag, cap) PUT_NUMBER(id, tag, cap)
#define PUT_TIME(id, tag, cap) tt_proto_i64(at, tag, event->id)
#define PUT_EVENT_ID(id, tag, cap) tt_proto_id(at, tag, event->random, event->id)
#define PUT_TRANSACTION_ID(id, tag, cap) tt_proto_id(at, tag, event->random, event->id)
#define PUT_HEX64(id, tag, cap) tt_proto_i64(at, tag, event->id)
#define PUT_IP(id, tag, cap) put_ip(at, tag, &event->id)
#define PUT_NET(id, tag, cap) put_net(at, tag, &TT_SHOWN(id))
#define PUT_TEXT(id, tag, cap) tt_proto_text(at, tag, TT_SHOWN(id), cap)
#define PUT_NAME(id, tag, cap) tt_proto_text(at, tag, TT_SHOWN(id), cap)
#define PUT_TEXTS(id, tag, cap) put_texts(at, tag, &event->id, cap)
#define PUT_NAMES(id, tag, cap) put_texts(at, tag, &event->id, cap)
#define PUT_IPS(id, tag, cap) put_ips(at, tag, &event->id, cap)
#define PUT_U32S(id, tag, cap) put_u32s(at, tag, &event->id, cap)

void tt_event_to_proto(const struct tt_event *event, enum tt_topic topic,
                       const struct tt_policy *policy, struct tt_buf *buf)
{
    struct tt_shown shown;
    uint8_t *start, *at;

    tt_event_show(event, topic, policy, &shown);
    start = at = (uint8_t *)tt_buf_room(buf, TT_EVENT_PROTO_MAX);
    if (start == NULL)
        return;
#define F(id, kind, cap, tag, ...)                                                                 \
    if (tt_fields_have(&shown.fields, TT_FIELD_##id))                                              \
        at = PUT_##kind(id, tag, cap);
#include "event/event_fields.def"
#undef F
    buf->len -= TT_EVENT_PROTO_MAX - (size_t)(at - start);
}
