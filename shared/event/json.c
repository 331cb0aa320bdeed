/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * The rows expand into one straight line of "is it shown? key, value": no walk, no table at run
 * time (style.md §8). Room is asked for once, so the put functions write through a bare cursor;
 * every one of them writes at most what ROOM_<kind> says.
 */

#include "event/json.h"

#include <string.h>

#include "event/json_put.h"
#include "event/shown.h"
#include "event/words.h"
#include "wire/codes.h"

/* Bytes of a value at worst, quotes included; a text may need a backslash before every byte. */
#define ROOM_BOOL(cap) 5
#define ROOM_U8(cap) 3
#define ROOM_U16(cap) 5
#define ROOM_U32(cap) TT_JSON_U32_MAX
#define ROOM_F32(cap) 20
#define ROOM_ENUM(cap) 64
#define ROOM_CODE (TT_CODE_TEXT_MAX + 2)
#define ROOM_TYPE(cap) ROOM_CODE
#define ROOM_CLASS(cap) ROOM_CODE
#define ROOM_RCODE(cap) ROOM_CODE
#define ROOM_OPCODE(cap) ROOM_CODE
#define ROOM_TIME(cap) TT_JSON_TIME_MAX
#define ROOM_EVENT_ID(cap) TT_JSON_ID_MAX
#define ROOM_TRANSACTION_ID(cap) TT_JSON_ID_MAX
#define ROOM_HEX64(cap) TT_JSON_HEX64_MAX
#define ROOM_IP(cap) 48
#define ROOM_NET(cap) 52
#define ROOM_TEXT(cap) TT_JSON_TEXT_MAX(cap)
#define ROOM_NAME(cap) ROOM_TEXT(cap)
#define ROOM_TEXTS(cap) (2 * (cap) + 3 * TT_EVENT_LIST_MAX + 2)
#define ROOM_NAMES(cap) ROOM_TEXTS(cap)
#define ROOM_IPS(cap) (49 * (cap) + 2)
#define ROOM_U32S(cap) (11 * (cap) + 2)

enum {
    JSON_ROOM = 2
#define F(id, kind, cap, ...) +sizeof(",\"" #id "\":") + ROOM_##kind(cap)
#include "event/event_fields.def"
#undef F
};
TT_STATIC_ASSERT(JSON_ROOM <= (size_t)TT_EVENT_JSON_MAX,
                 "the longest event fits TT_EVENT_JSON_MAX");

/* The budget is in written bytes: what cleaning adds to one text is taken from those behind it. */
static char *put_texts(char *at, const struct tt_strs *list, size_t cap)
{
    char *start = at++;
    size_t room = 2 * cap;

    *start = '[';
    for (size_t i = 0; i < list->items_n && i < TT_EVENT_LIST_MAX && list->items[i].len <= room / 2;
         i++) {
        if (i > 0)
            *at++ = ',';
        char *end = tt_json_text(at, list->items[i], room / 2);
        room -= (size_t)(end - at) - 2;
        at = end;
    }
    *at++ = ']';
    return at;
}

/* Six decimals at most, independent of the process's locale. */
static char *put_f32(char *at, float value)
{
    double whole = value > 0 ? TT_MIN((double)value, 4e9) : 0;
    uint64_t millionths = (uint64_t)(whole * 1e6 + 0.5);
    uint32_t rest = (uint32_t)(millionths % 1000000);

    at = tt_json_u32(at, (uint32_t)(millionths / 1000000));
    if (rest == 0)
        return at;
    *at++ = '.';
    for (uint32_t unit = 100000; rest > 0; rest %= unit, unit /= 10)
        *at++ = (char)('0' + rest / unit);
    return at;
}

/* Mnemonics: the common case is a word of the table; only unknown numbers are put together. */
#define DEFINE_PUT_CODE(code, type)                                                                \
    static char *put_##code(char *at, type number)                                                 \
    {                                                                                              \
        const char *word = tt_##code##_word(number);                                               \
        struct tt_buf buf = tt_buf_over(at + 1, TT_CODE_TEXT_MAX);                                 \
                                                                                                   \
        if (TT_LIKELY(word != NULL))                                                               \
            return tt_json_word(at, tt_str_from(word));                                            \
        *at = '"';                                                                                 \
        tt_##code##_format(&buf, number);                                                          \
        at += buf.len + 1;                                                                         \
        *at++ = '"';                                                                               \
        return at;                                                                                 \
    }
DEFINE_PUT_CODE(type, uint16_t)
DEFINE_PUT_CODE(class, uint16_t)
DEFINE_PUT_CODE(rcode, uint16_t)
DEFINE_PUT_CODE(opcode, uint8_t)

static inline char *put_ip(char *at, const struct tt_ip *ip)
{
    *at++ = '"';
    at = tt_ip_write(at, ip);
    *at++ = '"';
    return at;
}

static char *put_net(char *at, const struct tt_net *net)
{
    at = put_ip(at, &net->ip);
    at[-1] = '/';
    at = tt_json_u32(at, net->prefix);
    *at++ = '"';
    return at;
}

static inline char *put_word(char *at, const struct tt_str *words, size_t words_n, unsigned value)
{
    return tt_json_word(at, words[value < words_n ? value : 0]);
}

static char *put_ips(char *at, const struct tt_ips *list, size_t cap)
{
    *at++ = '[';
    for (size_t i = 0; i < list->items_n && i < cap; i++) {
        if (i > 0)
            *at++ = ',';
        at = put_ip(at, &list->items[i]);
    }
    *at++ = ']';
    return at;
}

static char *put_u32s(char *at, const struct tt_u32s *list, size_t cap)
{
    *at++ = '[';
    for (size_t i = 0; i < list->items_n && i < cap; i++) {
        if (i > 0)
            *at++ = ',';
        at = tt_json_u32(at, list->items[i]);
    }
    *at++ = ']';
    return at;
}

#define PUT_BOOL(id, cap) (event->id ? tt_json_bytes(at, "true", 4) : tt_json_bytes(at, "false", 5))
#define PUT_U8(id, cap) tt_json_u32(at, event->id)
#define PUT_U16(id, cap) tt_json_u32(at, event->id)
#define PUT_U32(id, cap) tt_json_u32(at, event->id)
#define PUT_F32(id, cap) put_f32(at, TT_SHOWN(id))
#define PUT_ENUM(id, cap) put_word(at, tt_##cap##_words, TT_COUNT(tt_##cap##_words), event->id)
#define PUT_TIME(id, cap) tt_json_time(at, event->id)
#define PUT_EVENT_ID(id, cap) tt_json_id(at, event->random, event->id)
#define PUT_TRANSACTION_ID(id, cap) tt_json_id(at, event->random, event->id)
#define PUT_HEX64(id, cap) tt_json_hex64(at, event->id)
#define PUT_IP(id, cap) put_ip(at, &event->id)
#define PUT_NET(id, cap) put_net(at, &TT_SHOWN(id))
#define PUT_TEXT(id, cap) tt_json_text(at, TT_SHOWN(id), cap)
#define PUT_NAME(id, cap) tt_json_text(at, TT_SHOWN(id), cap)
#define PUT_TEXTS(id, cap) put_texts(at, &event->id, cap)
#define PUT_NAMES(id, cap) put_texts(at, &event->id, cap)
#define PUT_IPS(id, cap) put_ips(at, &event->id, cap)
#define PUT_U32S(id, cap) put_u32s(at, &event->id, cap)
#define PUT_TYPE(id, cap) put_type(at, event->id)
#define PUT_CLASS(id, cap) put_class(at, event->id)
#define PUT_RCODE(id, cap) put_rcode(at, event->id)
#define PUT_OPCODE(id, cap) put_opcode(at, event->id)

void tt_event_to_json(const struct tt_event *event, enum tt_topic topic,
                      const struct tt_policy *policy, struct tt_buf *buf)
{
    struct tt_shown shown;
    char *start, *at;

    tt_event_show(event, topic, policy, &shown);
    start = at = tt_buf_room(buf, TT_EVENT_JSON_MAX);
    if (start == NULL)
        return;
#define F(id, kind, cap, ...)                                                                      \
    if (tt_fields_have(&shown.fields, TT_FIELD_##id)) {                                            \
        at = tt_json_bytes(at, ",\"" #id "\":", sizeof(",\"" #id "\":") - 1);                      \
        at = PUT_##kind(id, cap);                                                                  \
    }
#include "event/event_fields.def"
#undef F
    if (at > start) {
        *start = '{';
        *at++ = '}';
    }
    buf->len -= TT_EVENT_JSON_MAX - (size_t)(at - start);
}
